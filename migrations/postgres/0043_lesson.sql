-- What people said that a mail really is: read_intent and read_language are what it had been taken for. The words are those a model is
-- trained on. A lesson goes with the mail and with the person it came from. revision counts how often the intent was said anew, and
-- apply_due tells that what follows from it for a mail of these books is still to be done.
CREATE TABLE lesson (
    id BIGINT NOT NULL PRIMARY KEY,
    identity BYTEA NOT NULL UNIQUE CHECK (LENGTH(identity) = 32),
    header_id TEXT COLLATE "C" NOT NULL DEFAULT '',
    message_id BIGINT REFERENCES message (id) ON DELETE CASCADE,
    contact_id BIGINT REFERENCES contact (id) ON DELETE CASCADE,
    intent TEXT COLLATE "C" NOT NULL DEFAULT '',
    language TEXT COLLATE "C" NOT NULL DEFAULT '',
    read_intent TEXT COLLATE "C" NOT NULL DEFAULT '',
    read_intent_confidence_milli BIGINT NOT NULL DEFAULT 0,
    read_language TEXT COLLATE "C" NOT NULL DEFAULT 'und',
    read_language_confidence_milli BIGINT NOT NULL DEFAULT 0,
    taught_at BIGINT NOT NULL,
    taught_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    source TEXT COLLATE "C" NOT NULL CHECK (source IN ('command', 'folder')),
    revision BIGINT NOT NULL DEFAULT 1,
    apply_due BIGINT NOT NULL DEFAULT 0 CHECK (apply_due IN (0, 1)),
    subject TEXT COLLATE "C" NOT NULL DEFAULT '',
    fresh_text TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX lesson_message ON lesson (message_id);
CREATE INDEX lesson_contact ON lesson (contact_id);
CREATE INDEX lesson_taught ON lesson (taught_at, id);
CREATE INDEX lesson_apply ON lesson (apply_due, id) WHERE apply_due = 1;
-- What was learned of the lessons there were; the newest counts.
CREATE TABLE model (
    id BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    trained_at BIGINT NOT NULL,
    lessons BIGINT NOT NULL DEFAULT 0,
    bytes BYTEA NOT NULL
);
CREATE INDEX model_trained ON model (trained_at, id);
