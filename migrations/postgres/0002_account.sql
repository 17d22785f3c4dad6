-- A watched mailbox. Until first_look_done_at is set, whatever is found in it is history: nothing is sent, flagged or timed.
CREATE TABLE account (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    address TEXT COLLATE "C" NOT NULL,
    first_look_done_at BIGINT
);
