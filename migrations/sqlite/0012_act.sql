-- Something to be done in the world, once: effect_key names the effect, so planning it again adds nothing.
-- A claim that ran out (claimed_until) is due again; slot spreads claims over several daemons.
CREATE TABLE act (
    id INTEGER NOT NULL PRIMARY KEY,
    effect_key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    message_id INTEGER REFERENCES message (id) ON DELETE SET NULL,
    thread_id INTEGER REFERENCES thread (id) ON DELETE SET NULL,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    state TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'gave_up', 'uncertain')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    slot INTEGER NOT NULL,
    claimed_until INTEGER,
    claimed_by TEXT NOT NULL DEFAULT '',
    done_at INTEGER,
    why TEXT NOT NULL DEFAULT '',
    payload TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX act_due ON act (due_at, id) WHERE state = 'due';
-- For counts only; an index that begins with the state would be taken for the search of what is due.
CREATE INDEX act_counts ON act (kind, state);
CREATE INDEX act_message ON act (message_id);
CREATE INDEX act_thread ON act (thread_id);
CREATE INDEX act_account ON act (account_id);
