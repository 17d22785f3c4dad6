-- A message, however many folders hold it. identity is the hash of Message-ID and body; where it lies is in placement.
-- The long texts come last, so that counting and listing seldom touch their overflow pages.
CREATE TABLE message (
    id INTEGER NOT NULL PRIMARY KEY,
    identity BLOB NOT NULL UNIQUE CHECK (LENGTH(identity) = 32),
    message_id TEXT NOT NULL DEFAULT '',
    sent_at INTEGER,
    recorded_at INTEGER NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    historical INTEGER NOT NULL DEFAULT 0 CHECK (historical IN (0, 1)),
    from_address TEXT NOT NULL DEFAULT '',
    from_name TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT 'und',
    language_confidence_milli INTEGER NOT NULL DEFAULT 0,
    intent TEXT NOT NULL DEFAULT '',
    intent_confidence_milli INTEGER NOT NULL DEFAULT 0,
    automatic TEXT NOT NULL DEFAULT '',
    via TEXT NOT NULL DEFAULT '',
    thread_id INTEGER REFERENCES thread (id) ON DELETE SET NULL,
    contact_id INTEGER REFERENCES contact (id) ON DELETE SET NULL,
    thread_index TEXT NOT NULL DEFAULT '',
    size INTEGER NOT NULL DEFAULT 0,
    subject TEXT NOT NULL DEFAULT '',
    why TEXT NOT NULL DEFAULT '',
    reading TEXT NOT NULL DEFAULT '',
    fresh_text TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX message_header ON message (message_id, id) WHERE message_id <> '';
CREATE INDEX message_thread ON message (thread_id, id);
CREATE INDEX message_contact ON message (contact_id);
CREATE INDEX message_conversation ON message (thread_index, id) WHERE thread_index <> '';
-- Counting mail by intent or language reads this and nothing else.
CREATE INDEX message_counts ON message (direction, historical, intent, language);
