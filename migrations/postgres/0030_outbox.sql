-- A mail that leaves through us. Its bytes are fixed here before anything is said to a server, so that whatever is sent again is the same
-- mail under the same Message-ID. sent_copy says what becomes of the copy in Sent.
CREATE TABLE outgoing (
    id BIGINT NOT NULL PRIMARY KEY,
    effect_key TEXT COLLATE "C" NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    thread_id BIGINT REFERENCES thread (id) ON DELETE SET NULL,
    answers_message BIGINT REFERENCES message (id) ON DELETE SET NULL,
    header_id TEXT COLLATE "C" NOT NULL UNIQUE,
    class TEXT COLLATE "C" NOT NULL CHECK (class IN ('answer', 'letter', 'bulk', 'team')),
    envelope_from TEXT COLLATE "C" NOT NULL DEFAULT '',
    subject TEXT COLLATE "C" NOT NULL DEFAULT '',
    sent_copy TEXT COLLATE "C" NOT NULL DEFAULT 'wanted' CHECK (sent_copy IN ('wanted', 'put', 'left', 'none')),
    created_at BIGINT NOT NULL,
    size BIGINT NOT NULL,
    zstd BYTEA NOT NULL
);
CREATE INDEX outgoing_thread ON outgoing (thread_id);
CREATE INDEX outgoing_account ON outgoing (account_id);
CREATE INDEX outgoing_answers ON outgoing (answers_message);
-- What becomes of it at one recipient. final_dot is written before the end of the mail is: whoever died after that does not know whether
-- the server took it, and such a row is never sent again blindly.
CREATE TABLE delivery (
    id BIGINT NOT NULL PRIMARY KEY,
    outgoing_id BIGINT NOT NULL REFERENCES outgoing (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    class TEXT COLLATE "C" NOT NULL CHECK (class IN ('answer', 'letter', 'bulk', 'team')),
    recipient TEXT COLLATE "C" NOT NULL,
    recipient_key TEXT COLLATE "C" NOT NULL,
    recipient_domain TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'planned' CHECK (state IN
        ('planned', 'claimed', 'sending', 'final_dot', 'sent', 'deferred', 'failed', 'uncertain', 'missed', 'dropped')),
    due_at BIGINT NOT NULL,
    -- Later than this it asks instead of going.
    not_after BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    claimed_until BIGINT,
    claimed_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    changed_at BIGINT NOT NULL,
    -- What the server said last (RFC 5321 §4.2, RFC 3463).
    reply_code BIGINT NOT NULL DEFAULT 0,
    reply TEXT COLLATE "C" NOT NULL DEFAULT '',
    why TEXT COLLATE "C" NOT NULL DEFAULT '',
    UNIQUE (outgoing_id, recipient_key)
);
CREATE INDEX delivery_due ON delivery (account_id, due_at, id) WHERE state IN ('planned', 'deferred');
CREATE INDEX delivery_hand ON delivery (account_id, claimed_until) WHERE state IN ('claimed', 'sending', 'final_dot');
CREATE INDEX delivery_recipient ON delivery (recipient_key, changed_at);
CREATE INDEX delivery_domain ON delivery (recipient_domain, changed_at);
CREATE INDEX delivery_open ON delivery (state, id) WHERE state IN ('failed', 'uncertain', 'missed');
-- What was sent since some moment.
CREATE INDEX delivery_sent ON delivery (changed_at) WHERE state = 'sent';
CREATE INDEX delivery_counts ON delivery (account_id, state);
-- Why nothing leaves a mailbox now: its server refused us, not a recipient. Beside it, what it holds for until when.
CREATE TABLE sending_hold (
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    class TEXT COLLATE "C" NOT NULL CHECK (class IN ('all', 'bulk')),
    until BIGINT NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (account_id, class)
);
