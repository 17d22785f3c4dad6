-- Where a message lies or lay: an IMAP UID below a UIDVALIDITY, or a Maildir base name (uidvalidity 0).
CREATE TABLE placement (
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uidvalidity INTEGER NOT NULL,
    place TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    seen_at INTEGER NOT NULL,
    gone_at INTEGER,
    PRIMARY KEY (account_id, folder_id, uidvalidity, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX placement_message ON placement (message_id);
