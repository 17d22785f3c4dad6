-- Ids are made by the program, in blocks, from one row: an id is never used twice, and no two kinds of thing share one.
CREATE TABLE sequence (
    name TEXT NOT NULL PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT;
INSERT INTO sequence (name, next) VALUES ('id', 1);
