-- A person outside the team. address is as written, address_key as folded by the program: two spellings are one person.
CREATE TABLE contact (
    id INTEGER NOT NULL PRIMARY KEY,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL DEFAULT '',
    company_id INTEGER REFERENCES company (id) ON DELETE SET NULL,
    country TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL DEFAULT '',
    source TEXT NOT NULL DEFAULT '',
    first_seen_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contact_company ON contact (company_id);
