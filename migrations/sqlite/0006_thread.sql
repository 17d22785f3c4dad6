-- A conversation with one customer about one matter. subject_key is the base subject, folded and cut by the program.
CREATE TABLE thread (
    id INTEGER NOT NULL PRIMARY KEY,
    contact_id INTEGER REFERENCES contact (id) ON DELETE SET NULL,
    company_id INTEGER REFERENCES company (id) ON DELETE SET NULL,
    subject TEXT NOT NULL DEFAULT '',
    subject_key TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL DEFAULT '',
    opened_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    last_inbound_at INTEGER
) STRICT;
CREATE INDEX thread_subject ON thread (contact_id, subject_key, last_at);
CREATE INDEX thread_company ON thread (company_id);
