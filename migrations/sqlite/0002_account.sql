-- A watched mailbox. Until first_look_done_at is set, whatever is found in it is history: nothing is sent, flagged or timed.
CREATE TABLE account (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    address TEXT NOT NULL,
    first_look_done_at INTEGER
) STRICT;
