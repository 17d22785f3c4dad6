-- Large parts of a mail, kept in files named by their SHA-256; what else there is of the mail is its raw_mail.
CREATE TABLE leaf (
    message_id BIGINT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    len BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    decoded BIGINT NOT NULL,
    broken BIGINT NOT NULL DEFAULT 0 CHECK (broken IN (0, 1)),
    PRIMARY KEY (message_id, number)
);
CREATE INDEX leaf_sha256 ON leaf (sha256);
CREATE TABLE quarantine_leaf (
    quarantine_id BIGINT NOT NULL REFERENCES quarantine (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    len BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    decoded BIGINT NOT NULL,
    broken BIGINT NOT NULL DEFAULT 0 CHECK (broken IN (0, 1)),
    PRIMARY KEY (quarantine_id, number)
);
CREATE INDEX quarantine_leaf_sha256 ON quarantine_leaf (sha256);
