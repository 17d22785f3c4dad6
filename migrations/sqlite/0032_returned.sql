-- What came back of a mail that left: a bounce, a report, a receipt, an answer. reason holds the other server's words, returns_on the first
-- day an absent person is back (2026-12-14), matched_by what shows that it is about this delivery.
CREATE TABLE returned (
    delivery_id INTEGER NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN
        ('bounce_hard', 'bounce_soft', 'bounce_policy', 'bounce_unexplained', 'bounce_elsewhere', 'delayed', 'delivered', 'complaint',
         'displayed', 'deleted', 'arrived', 'auto_reply', 'reply')),
    at INTEGER NOT NULL,
    -- RFC 3463.
    status TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    returns_on TEXT NOT NULL DEFAULT '',
    matched_by TEXT NOT NULL,
    PRIMARY KEY (delivery_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX returned_message ON returned (message_id);
-- Who is not written to by itself any more. It is a hash under a key that is not in the books: so it may stay when everything else of a
-- person is erased, and tells nobody who that was. A person and a domain are hashed as different things.
CREATE TABLE suppression (
    hash BLOB NOT NULL CHECK (LENGTH(hash) = 32),
    reason TEXT NOT NULL CHECK (reason IN
        ('hard_bounce', 'soft_bounces', 'complaint', 'unsubscribe', 'erased', 'by_hand', 'imported')),
    scope TEXT NOT NULL CHECK (scope IN ('person', 'domain')),
    since INTEGER NOT NULL,
    until INTEGER,
    -- What showed it, for as long as the books hold that.
    message_id INTEGER REFERENCES message (id) ON DELETE SET NULL,
    delivery_id INTEGER REFERENCES delivery (id) ON DELETE SET NULL,
    -- What the person said who entered it.
    note TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (hash, reason)
) STRICT, WITHOUT ROWID;
CREATE INDEX suppression_message ON suppression (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX suppression_delivery ON suppression (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX suppression_counts ON suppression (reason, scope);
-- Why a person should have thought twice before this letter left.
ALTER TABLE delivery ADD COLUMN warning TEXT NOT NULL DEFAULT '';
-- When a person last had it sent once more: what came back before that was of an earlier attempt.
ALTER TABLE delivery ADD COLUMN resent_at INTEGER;
-- When the end of the mail was last about to be written: before that no server can have it.
ALTER TABLE delivery ADD COLUMN final_dot_at INTEGER;
