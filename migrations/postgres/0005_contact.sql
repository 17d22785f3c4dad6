-- A person outside the team. address is as written, address_key as folded by the program: two spellings are one person.
CREATE TABLE contact (
    id BIGINT NOT NULL PRIMARY KEY,
    address TEXT COLLATE "C" NOT NULL,
    address_key TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL DEFAULT '',
    company_id BIGINT REFERENCES company (id) ON DELETE SET NULL,
    country TEXT COLLATE "C" NOT NULL DEFAULT '',
    language TEXT COLLATE "C" NOT NULL DEFAULT '',
    owner TEXT COLLATE "C" NOT NULL DEFAULT '',
    source TEXT COLLATE "C" NOT NULL DEFAULT '',
    first_seen_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX contact_company ON contact (company_id);
