-- Where a message lies or lay: an IMAP UID below a UIDVALIDITY, or a Maildir base name (uidvalidity 0).
CREATE TABLE placement (
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id BIGINT NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uidvalidity BIGINT NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    message_id BIGINT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    seen_at BIGINT NOT NULL,
    gone_at BIGINT,
    PRIMARY KEY (account_id, folder_id, uidvalidity, place)
);
CREATE INDEX placement_message ON placement (message_id);
