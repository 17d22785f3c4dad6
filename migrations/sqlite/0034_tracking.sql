-- What letters tell of themselves and what their readers chose. A delivery is a letter to one person; its number is the outbox's.
CREATE TABLE tracked_letter (
    delivery_id INTEGER NOT NULL PRIMARY KEY,
    address_key TEXT NOT NULL,
    -- The token of its picture; empty when it has none.
    pixel TEXT NOT NULL DEFAULT '',
    -- How many links it has, without the one no person can see.
    links INTEGER NOT NULL DEFAULT 0,
    -- Why it tells nothing; empty when it tells what was switched on.
    untracked TEXT NOT NULL DEFAULT '',
    made_at INTEGER NOT NULL,
    sent_at INTEGER
) STRICT;
CREATE UNIQUE INDEX tracked_letter_pixel ON tracked_letter (pixel) WHERE pixel <> '';
CREATE INDEX tracked_letter_address ON tracked_letter (address_key);
-- Where a link leads, byte by byte. Number 0 is the link that no person can see.
CREATE TABLE tracked_link (
    token TEXT NOT NULL PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES tracked_letter (delivery_id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    url TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX tracked_link_mail ON tracked_link (delivery_id, number);
-- What was asked for, by whom as far as that can be told. Of an address only its network is kept (/24, /48), and both that and the
-- program's name only for a month (detailed): to know machines, no more is needed, and a person cannot be told by it.
CREATE TABLE tracking_event (
    id INTEGER NOT NULL PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES tracked_letter (delivery_id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    link INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL,
    class TEXT NOT NULL,
    reason TEXT NOT NULL,
    user_agent TEXT NOT NULL DEFAULT '',
    network TEXT NOT NULL DEFAULT '',
    detailed INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX tracking_event_mail ON tracking_event (delivery_id, at);
CREATE INDEX tracking_event_counts ON tracking_event (kind, class);
CREATE INDEX tracking_event_detailed ON tracking_event (at) WHERE detailed = 1;
-- What is too old to be kept is found by it.
CREATE INDEX tracking_event_age ON tracking_event (kind, at);
-- By which somebody leaves without a login: of a topic, or of everything when it names none.
CREATE TABLE unsubscribe_token (
    token TEXT NOT NULL PRIMARY KEY,
    address_key TEXT NOT NULL,
    topic TEXT NOT NULL DEFAULT '',
    delivery_id INTEGER,
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX unsubscribe_token_address ON unsubscribe_token (address_key, topic);
-- What somebody chose: of a topic, and under the empty one in which language, until when nothing is to come, and since when letters may
-- or may not tell that they were read.
CREATE TABLE preference (
    address_key TEXT NOT NULL,
    topic TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    paused_until INTEGER,
    telling TEXT NOT NULL DEFAULT '',
    telling_since INTEGER,
    unsubscribed_at INTEGER,
    PRIMARY KEY (address_key, topic)
) STRICT, WITHOUT ROWID;
-- Who wants nothing more.
CREATE TABLE unsubscribed (
    address_key TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- A tracked mail without what tells: its copy in Sent is looked at by the team, and must not tell as if its reader did.
CREATE TABLE untracked_copy (
    outgoing_id INTEGER NOT NULL PRIMARY KEY REFERENCES outgoing (id) ON DELETE CASCADE,
    size INTEGER NOT NULL,
    zstd BLOB NOT NULL
) STRICT;
