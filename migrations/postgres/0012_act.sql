-- Something to be done in the world, once: effect_key names the effect, so planning it again adds nothing.
-- A claim that ran out (claimed_until) is due again; slot spreads claims over several daemons.
CREATE TABLE act (
    id BIGINT NOT NULL PRIMARY KEY,
    effect_key TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    message_id BIGINT REFERENCES message (id) ON DELETE SET NULL,
    thread_id BIGINT REFERENCES thread (id) ON DELETE SET NULL,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'gave_up', 'uncertain')),
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    claimed_until BIGINT,
    claimed_by TEXT COLLATE "C" NOT NULL DEFAULT '',
    done_at BIGINT,
    why TEXT COLLATE "C" NOT NULL DEFAULT '',
    payload TEXT COLLATE "C" NOT NULL DEFAULT '{}'
);
CREATE INDEX act_due ON act (due_at, id) WHERE state = 'due';
-- For counts only; an index that begins with the state would be taken for the search of what is due.
CREATE INDEX act_counts ON act (kind, state);
CREATE INDEX act_message ON act (message_id);
CREATE INDEX act_thread ON act (thread_id);
CREATE INDEX act_account ON act (account_id);
