-- Which Message-IDs a message names: threads are found by what is cited, also when the cited mail comes later.
CREATE TABLE mention (
    header_id TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('in_reply_to', 'references')),
    PRIMARY KEY (header_id, message_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX mention_message ON mention (message_id);
