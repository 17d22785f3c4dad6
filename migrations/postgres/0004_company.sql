-- A customer's firm. domain is the registrable domain, NULL for free mail, which says nothing about a firm.
CREATE TABLE company (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    domain TEXT COLLATE "C" UNIQUE,
    country TEXT COLLATE "C" NOT NULL DEFAULT '',
    language TEXT COLLATE "C" NOT NULL DEFAULT '',
    owner TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX company_name_key ON company (name_key, id);
