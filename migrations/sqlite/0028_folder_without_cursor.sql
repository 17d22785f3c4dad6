-- How far a folder was read, its places tell: recorded, in quarantine, or passed over.
ALTER TABLE folder DROP COLUMN cursor_uid;
