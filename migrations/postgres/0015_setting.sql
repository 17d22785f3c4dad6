-- Switches that outlive a run, such as the pause that stops every claim.
CREATE TABLE setting (
    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
