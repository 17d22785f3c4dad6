-- What came back of a mail that left: a bounce, a report, a receipt, an answer. reason holds the other server's words, returns_on the first
-- day an absent person is back (2026-12-14), matched_by what shows that it is about this delivery.
CREATE TABLE returned (
    delivery_id BIGINT NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    message_id BIGINT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN
        ('bounce_hard', 'bounce_soft', 'bounce_policy', 'bounce_unexplained', 'bounce_elsewhere', 'delayed', 'delivered', 'complaint',
         'displayed', 'deleted', 'arrived', 'auto_reply', 'reply')),
    at BIGINT NOT NULL,
    -- RFC 3463.
    status TEXT COLLATE "C" NOT NULL DEFAULT '',
    reason TEXT COLLATE "C" NOT NULL DEFAULT '',
    returns_on TEXT COLLATE "C" NOT NULL DEFAULT '',
    matched_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (delivery_id, message_id)
);
CREATE INDEX returned_message ON returned (message_id);
-- Who is not written to by itself any more. It is a hash under a key that is not in the books: so it may stay when everything else of a
-- person is erased, and tells nobody who that was. A person and a domain are hashed as different things.
CREATE TABLE suppression (
    hash BYTEA NOT NULL CHECK (LENGTH(hash) = 32),
    reason TEXT COLLATE "C" NOT NULL CHECK (reason IN
        ('hard_bounce', 'soft_bounces', 'complaint', 'unsubscribe', 'erased', 'by_hand', 'imported')),
    scope TEXT COLLATE "C" NOT NULL CHECK (scope IN ('person', 'domain')),
    since BIGINT NOT NULL,
    until BIGINT,
    -- What showed it, for as long as the books hold that.
    message_id BIGINT REFERENCES message (id) ON DELETE SET NULL,
    delivery_id BIGINT REFERENCES delivery (id) ON DELETE SET NULL,
    -- What the person said who entered it.
    note TEXT COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (hash, reason)
);
CREATE INDEX suppression_message ON suppression (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX suppression_delivery ON suppression (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX suppression_counts ON suppression (reason, scope);
-- Why a person should have thought twice before this letter left.
ALTER TABLE delivery ADD COLUMN warning TEXT COLLATE "C" NOT NULL DEFAULT '';
-- When a person last had it sent once more: what came back before that was of an earlier attempt.
ALTER TABLE delivery ADD COLUMN resent_at BIGINT;
-- When the end of the mail was last about to be written: before that no server can have it.
ALTER TABLE delivery ADD COLUMN final_dot_at BIGINT;
