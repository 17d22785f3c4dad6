-- Why a contact or a firm was not to be trusted when it was new: at its second mail it is no longer new. Both values are for people.
CREATE TABLE doubt (
    id BIGINT NOT NULL PRIMARY KEY,
    contact_id BIGINT REFERENCES contact (id) ON DELETE CASCADE,
    company_id BIGINT REFERENCES company (id) ON DELETE CASCADE,
    flag TEXT COLLATE "C" NOT NULL,
    found TEXT COLLATE "C" NOT NULL DEFAULT '',
    known TEXT COLLATE "C" NOT NULL DEFAULT '',
    since BIGINT NOT NULL
);
CREATE INDEX doubt_contact ON doubt (contact_id);
CREATE INDEX doubt_company ON doubt (company_id);
