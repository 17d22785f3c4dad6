-- What was erased, as a hash only, so that a mailbox or a backup cannot bring it back.
CREATE TABLE tombstone (
    hash BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
