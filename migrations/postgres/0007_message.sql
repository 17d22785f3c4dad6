-- A message, however many folders hold it. identity is the hash of Message-ID and body; where it lies is in placement.
-- The long texts come last, so that counting and listing seldom touch their overflow pages.
CREATE TABLE message (
    id BIGINT NOT NULL PRIMARY KEY,
    identity BYTEA NOT NULL UNIQUE CHECK (LENGTH(identity) = 32),
    message_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    sent_at BIGINT,
    recorded_at BIGINT NOT NULL,
    direction TEXT COLLATE "C" NOT NULL CHECK (direction IN ('in', 'out')),
    historical BIGINT NOT NULL DEFAULT 0 CHECK (historical IN (0, 1)),
    from_address TEXT COLLATE "C" NOT NULL DEFAULT '',
    from_name TEXT COLLATE "C" NOT NULL DEFAULT '',
    language TEXT COLLATE "C" NOT NULL DEFAULT 'und',
    language_confidence_milli BIGINT NOT NULL DEFAULT 0,
    intent TEXT COLLATE "C" NOT NULL DEFAULT '',
    intent_confidence_milli BIGINT NOT NULL DEFAULT 0,
    automatic TEXT COLLATE "C" NOT NULL DEFAULT '',
    via TEXT COLLATE "C" NOT NULL DEFAULT '',
    thread_id BIGINT REFERENCES thread (id) ON DELETE SET NULL,
    contact_id BIGINT REFERENCES contact (id) ON DELETE SET NULL,
    thread_index TEXT COLLATE "C" NOT NULL DEFAULT '',
    size BIGINT NOT NULL DEFAULT 0,
    subject TEXT COLLATE "C" NOT NULL DEFAULT '',
    why TEXT COLLATE "C" NOT NULL DEFAULT '',
    reading TEXT COLLATE "C" NOT NULL DEFAULT '',
    fresh_text TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX message_header ON message (message_id, id) WHERE message_id <> '';
CREATE INDEX message_thread ON message (thread_id, id);
CREATE INDEX message_contact ON message (contact_id);
CREATE INDEX message_conversation ON message (thread_index, id) WHERE thread_index <> '';
-- Counting mail by intent or language reads this and nothing else.
CREATE INDEX message_counts ON message (direction, historical, intent, language);
