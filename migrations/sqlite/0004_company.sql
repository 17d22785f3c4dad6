-- A customer's firm. domain is the registrable domain, NULL for free mail, which says nothing about a firm.
CREATE TABLE company (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    domain TEXT UNIQUE,
    country TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX company_name_key ON company (name_key, id);
