-- Why a contact or a firm was not to be trusted when it was new: at its second mail it is no longer new. Both values are for people.
CREATE TABLE doubt (
    id INTEGER NOT NULL PRIMARY KEY,
    contact_id INTEGER REFERENCES contact (id) ON DELETE CASCADE,
    company_id INTEGER REFERENCES company (id) ON DELETE CASCADE,
    flag TEXT NOT NULL,
    found TEXT NOT NULL DEFAULT '',
    known TEXT NOT NULL DEFAULT '',
    since INTEGER NOT NULL
) STRICT;
CREATE INDEX doubt_contact ON doubt (contact_id);
CREATE INDEX doubt_company ON doubt (company_id);
