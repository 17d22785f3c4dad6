-- The bytes as they came, compressed; size is what they were before, and bounds what decompressing may give.
CREATE TABLE raw_mail (
    message_id INTEGER NOT NULL PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    size INTEGER NOT NULL,
    zstd BLOB NOT NULL
) STRICT;
