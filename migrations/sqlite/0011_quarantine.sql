-- Mail we could not handle, kept whole: the cursor may pass it, and a person can look at it.
CREATE TABLE quarantine (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uidvalidity INTEGER NOT NULL,
    place TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    zstd BLOB NOT NULL,
    UNIQUE (account_id, folder_id, uidvalidity, place)
) STRICT;
