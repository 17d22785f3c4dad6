-- What else is known of a person: kind is title, website, address, time_zone, or a telephone's: office, mobile, whatsapp, fax. value is as
-- it was written; e164 is a telephone number as it is dialled from anywhere, empty where that is not certain.
CREATE TABLE contact_detail (
    contact_id BIGINT NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    e164 TEXT COLLATE "C" NOT NULL DEFAULT '',
    source TEXT COLLATE "C" NOT NULL DEFAULT '',
    learned_at BIGINT NOT NULL,
    PRIMARY KEY (contact_id, kind, value)
);
