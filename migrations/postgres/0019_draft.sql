-- What becomes of a draft that is sent, the words it had, and whether one we took away still lies there marked as deleted: a server
-- without UIDPLUS cannot remove a single mail.
ALTER TABLE draft DROP CONSTRAINT draft_state_check;
ALTER TABLE draft ADD CONSTRAINT draft_state_check CHECK (state IN ('ours', 'persons', 'sent', 'gone', 'withdrawn'));
ALTER TABLE draft ADD COLUMN lingers BIGINT NOT NULL DEFAULT 0 CHECK (lingers IN (0, 1));
ALTER TABLE draft ADD COLUMN says TEXT COLLATE "C" NOT NULL DEFAULT '';
