-- What a mailbox showed of its provider's habits, and the further copies of mails of ours that came to light under another identity:
-- providers give a mail another Message-ID on its way out, and file a copy of their own beside the one of the mail program.
CREATE TABLE habit (
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    since INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    -- The message or draft that showed it last.
    evidence INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE message_copy (
    identity BLOB NOT NULL PRIMARY KEY CHECK (LENGTH(identity) = 32),
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    -- The Message-ID that this copy bears.
    header_id TEXT NOT NULL DEFAULT '',
    found_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX message_copy_message ON message_copy (message_id);
CREATE INDEX message_copy_header ON message_copy (header_id) WHERE header_id <> '';
-- A copy is looked for by its writer and its Date.
CREATE INDEX message_written ON message (from_address, sent_at) WHERE direction = 'out';
