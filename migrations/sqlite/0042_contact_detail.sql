-- What else is known of a person: kind is title, website, address, time_zone, or a telephone's: office, mobile, whatsapp, fax. value is as
-- it was written; e164 is a telephone number as it is dialled from anywhere, empty where that is not certain.
CREATE TABLE contact_detail (
    contact_id INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    e164 TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    learned_at INTEGER NOT NULL,
    PRIMARY KEY (contact_id, kind, value)
) STRICT;
