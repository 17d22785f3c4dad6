-- How the mailboxes and the daemon fare, so that trouble is told once and a proof of completeness can be given.
CREATE TABLE trouble (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL DEFAULT '',
    since BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    times BIGINT NOT NULL DEFAULT 1,
    told_at BIGINT,
    over_at BIGINT
);
-- A mailbox has one trouble of a kind at a time.
CREATE UNIQUE INDEX trouble_open ON trouble (account_id, kind) WHERE over_at IS NULL;
CREATE INDEX trouble_account ON trouble (account_id);
CREATE INDEX trouble_over ON trouble (over_at) WHERE over_at IS NOT NULL;
-- When a mailbox was last looked at and all was well.
CREATE TABLE look (
    account_id BIGINT NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    at BIGINT NOT NULL
);
-- How many mails the server listed in a folder, and when.
CREATE TABLE folder_count (
    folder_id BIGINT NOT NULL PRIMARY KEY REFERENCES folder (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    uidvalidity BIGINT NOT NULL,
    listed BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX folder_count_account ON folder_count (account_id);
-- A life of the daemon. One that was killed has no end; alive_at says how far it came.
CREATE TABLE run (
    id BIGINT NOT NULL PRIMARY KEY,
    began_at BIGINT NOT NULL,
    alive_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX run_alive ON run (alive_at);
-- Mail in quarantine that no longer lies in its mailbox fills no gap there.
ALTER TABLE quarantine ADD COLUMN gone_at BIGINT;
