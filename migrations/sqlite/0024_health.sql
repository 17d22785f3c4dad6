-- How the mailboxes and the daemon fare, so that trouble is told once and a proof of completeness can be given.
CREATE TABLE trouble (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    since INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    told_at INTEGER,
    over_at INTEGER
) STRICT;
-- A mailbox has one trouble of a kind at a time.
CREATE UNIQUE INDEX trouble_open ON trouble (account_id, kind) WHERE over_at IS NULL;
CREATE INDEX trouble_account ON trouble (account_id);
CREATE INDEX trouble_over ON trouble (over_at) WHERE over_at IS NOT NULL;
-- When a mailbox was last looked at and all was well.
CREATE TABLE look (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    at INTEGER NOT NULL
) STRICT;
-- How many mails the server listed in a folder, and when.
CREATE TABLE folder_count (
    folder_id INTEGER NOT NULL PRIMARY KEY REFERENCES folder (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    uidvalidity INTEGER NOT NULL,
    listed INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX folder_count_account ON folder_count (account_id);
-- A life of the daemon. One that was killed has no end; alive_at says how far it came.
CREATE TABLE run (
    id INTEGER NOT NULL PRIMARY KEY,
    began_at INTEGER NOT NULL,
    alive_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX run_alive ON run (alive_at);
-- Mail in quarantine that no longer lies in its mailbox fills no gap there.
ALTER TABLE quarantine ADD COLUMN gone_at INTEGER;
