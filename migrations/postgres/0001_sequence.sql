-- Ids are made by the program, in blocks, from one row: an id is never used twice, and no two kinds of thing share one.
CREATE TABLE sequence (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
);
INSERT INTO sequence (name, next) VALUES ('id', 1);
