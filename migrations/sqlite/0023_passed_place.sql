-- Mail that is known to lie there and of which nothing is kept: private, or erased.
CREATE TABLE passed_place (
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uidvalidity INTEGER NOT NULL,
    place TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    -- Since when it lies there no longer.
    gone_at INTEGER,
    PRIMARY KEY (account_id, folder_id, uidvalidity, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX passed_place_folder ON passed_place (folder_id);
