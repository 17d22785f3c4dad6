-- What was erased, as a hash only, so that a mailbox or a backup cannot bring it back.
CREATE TABLE tombstone (
    hash BYTEA NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
