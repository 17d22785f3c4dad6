-- How many recipients were written to in which hour (since 1970), by whom: people, we, or sequences. scope is a mailbox, all mailboxes that
-- share a provider's limit, or these towards one domain.
CREATE TABLE sending_use (
    scope TEXT NOT NULL,
    hour INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('people', 'ours', 'bulk')),
    recipients INTEGER NOT NULL,
    PRIMARY KEY (scope, hour, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX sending_use_hour ON sending_use (hour);
-- Each class of mail is claimed by itself: a million mails of a sequence that wait for their budget stand in nobody's way.
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (account_id, class, due_at, id) WHERE state IN ('planned', 'deferred');
CREATE INDEX delivery_not_after ON delivery (account_id, not_after) WHERE state IN ('planned', 'deferred') AND not_after IS NOT NULL;
