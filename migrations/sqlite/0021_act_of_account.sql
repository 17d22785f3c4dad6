-- Each mailbox does its own acts. faults counts the attempts that failed for a reason of the act itself: a mailbox that cannot be
-- reached for a week is no reason to give its acts up.
ALTER TABLE act ADD COLUMN faults INTEGER NOT NULL DEFAULT 0;
DROP INDEX act_due;
CREATE INDEX act_due ON act (account_id, due_at, id) WHERE state = 'due';
