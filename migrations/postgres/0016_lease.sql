-- Who holds what until when. Every taking raises the epoch, so a holder that slept through its end can be told apart.
CREATE TABLE lease (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    epoch BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);
