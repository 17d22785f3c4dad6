-- Large parts of a mail, kept in files named by their SHA-256; what else there is of the mail is its raw_mail.
CREATE TABLE leaf (
    message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    len INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    decoded INTEGER NOT NULL,
    broken INTEGER NOT NULL DEFAULT 0 CHECK (broken IN (0, 1)),
    PRIMARY KEY (message_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX leaf_sha256 ON leaf (sha256);
CREATE TABLE quarantine_leaf (
    quarantine_id INTEGER NOT NULL REFERENCES quarantine (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    len INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    decoded INTEGER NOT NULL,
    broken INTEGER NOT NULL DEFAULT 0 CHECK (broken IN (0, 1)),
    PRIMARY KEY (quarantine_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_leaf_sha256 ON quarantine_leaf (sha256);
