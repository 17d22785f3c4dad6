-- A person's name as names are compared, folded by the program; empty for what is no full name.
ALTER TABLE contact ADD COLUMN name_key TEXT COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX contact_named ON contact (name_key, id);
