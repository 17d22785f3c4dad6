-- What letters tell of themselves and what their readers chose. A delivery is a letter to one person; its number is the outbox's.
CREATE TABLE tracked_letter (
    delivery_id BIGINT NOT NULL PRIMARY KEY,
    address_key TEXT COLLATE "C" NOT NULL,
    -- The token of its picture; empty when it has none.
    pixel TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- How many links it has, without the one no person can see.
    links BIGINT NOT NULL DEFAULT 0,
    -- Why it tells nothing; empty when it tells what was switched on.
    untracked TEXT COLLATE "C" NOT NULL DEFAULT '',
    made_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE UNIQUE INDEX tracked_letter_pixel ON tracked_letter (pixel) WHERE pixel <> '';
CREATE INDEX tracked_letter_address ON tracked_letter (address_key);
-- Where a link leads, byte by byte. Number 0 is the link that no person can see.
CREATE TABLE tracked_link (
    token TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    delivery_id BIGINT NOT NULL REFERENCES tracked_letter (delivery_id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    url TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX tracked_link_mail ON tracked_link (delivery_id, number);
-- What was asked for, by whom as far as that can be told. Of an address only its network is kept (/24, /48), and both that and the
-- program's name only for a month (detailed): to know machines, no more is needed, and a person cannot be told by it.
CREATE TABLE tracking_event (
    id BIGINT NOT NULL PRIMARY KEY,
    delivery_id BIGINT NOT NULL REFERENCES tracked_letter (delivery_id) ON DELETE CASCADE,
    kind TEXT COLLATE "C" NOT NULL,
    link BIGINT NOT NULL DEFAULT 0,
    at BIGINT NOT NULL,
    class TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    user_agent TEXT COLLATE "C" NOT NULL DEFAULT '',
    network TEXT COLLATE "C" NOT NULL DEFAULT '',
    detailed BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX tracking_event_mail ON tracking_event (delivery_id, at);
CREATE INDEX tracking_event_counts ON tracking_event (kind, class);
CREATE INDEX tracking_event_detailed ON tracking_event (at) WHERE detailed = 1;
-- What is too old to be kept is found by it.
CREATE INDEX tracking_event_age ON tracking_event (kind, at);
-- By which somebody leaves without a login: of a topic, or of everything when it names none.
CREATE TABLE unsubscribe_token (
    token TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    address_key TEXT COLLATE "C" NOT NULL,
    topic TEXT COLLATE "C" NOT NULL DEFAULT '',
    delivery_id BIGINT,
    made_at BIGINT NOT NULL
);
CREATE INDEX unsubscribe_token_address ON unsubscribe_token (address_key, topic);
-- What somebody chose: of a topic, and under the empty one in which language, until when nothing is to come, and since when letters may
-- or may not tell that they were read.
CREATE TABLE preference (
    address_key TEXT COLLATE "C" NOT NULL,
    topic TEXT COLLATE "C" NOT NULL DEFAULT '',
    language TEXT COLLATE "C" NOT NULL DEFAULT '',
    paused_until BIGINT,
    telling TEXT COLLATE "C" NOT NULL DEFAULT '',
    telling_since BIGINT,
    unsubscribed_at BIGINT,
    PRIMARY KEY (address_key, topic)
);
-- Who wants nothing more.
CREATE TABLE unsubscribed (
    address_key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    reason TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL
);
-- A tracked mail without what tells: its copy in Sent is looked at by the team, and must not tell as if its reader did.
CREATE TABLE untracked_copy (
    outgoing_id BIGINT NOT NULL PRIMARY KEY REFERENCES outgoing (id) ON DELETE CASCADE,
    size BIGINT NOT NULL,
    zstd BYTEA NOT NULL
);
