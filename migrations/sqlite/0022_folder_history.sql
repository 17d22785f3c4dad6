-- Mail below this UID that came before this moment was there before we were: it is only read.
ALTER TABLE folder ADD COLUMN history_below INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN history_before INTEGER NOT NULL DEFAULT 0;
