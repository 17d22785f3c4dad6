-- Between the moment a server is asked to take a draft and the moment it shows it: how often it was asked and may have taken it, when last,
-- and whether it said that it took it (taken), so that nobody asks it again. Some show it minutes later.
ALTER TABLE draft ADD COLUMN puts BIGINT NOT NULL DEFAULT 1 CHECK (puts >= 0);
ALTER TABLE draft ADD COLUMN put_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE draft ADD COLUMN taken BIGINT NOT NULL DEFAULT 0 CHECK (taken IN (0, 1));
UPDATE draft SET put_at = placed_at;
