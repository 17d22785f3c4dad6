-- The bytes as they came, compressed; size is what they were before, and bounds what decompressing may give.
CREATE TABLE raw_mail (
    message_id BIGINT NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    size BIGINT NOT NULL,
    zstd BYTEA NOT NULL
);
