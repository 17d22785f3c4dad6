-- Mail we could not handle, kept whole: the cursor may pass it, and a person can look at it.
CREATE TABLE quarantine (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id BIGINT NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uidvalidity BIGINT NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    zstd BYTEA NOT NULL,
    UNIQUE (account_id, folder_id, uidvalidity, place)
);
