-- Mail that is known to lie there and of which nothing is kept: private, or erased.
CREATE TABLE passed_place (
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id BIGINT NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uidvalidity BIGINT NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT NOT NULL,
    -- Since when it lies there no longer.
    gone_at BIGINT,
    PRIMARY KEY (account_id, folder_id, uidvalidity, place)
);
CREATE INDEX passed_place_folder ON passed_place (folder_id);
