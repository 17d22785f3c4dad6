-- A conversation with one customer about one matter. subject_key is the base subject, folded and cut by the program.
CREATE TABLE thread (
    id BIGINT NOT NULL PRIMARY KEY,
    contact_id BIGINT REFERENCES contact (id) ON DELETE SET NULL,
    company_id BIGINT REFERENCES company (id) ON DELETE SET NULL,
    subject TEXT COLLATE "C" NOT NULL DEFAULT '',
    subject_key TEXT COLLATE "C" NOT NULL DEFAULT '',
    owner TEXT COLLATE "C" NOT NULL DEFAULT '',
    opened_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    last_inbound_at BIGINT
);
CREATE INDEX thread_subject ON thread (contact_id, subject_key, last_at);
CREATE INDEX thread_company ON thread (company_id);
