-- Tokens of mailboxes that are entered without a password, encrypted with a key that lies outside the books. Every storing raises the
-- epoch, so that of two who ask for tokens at once the slower one changes nothing. `ended` is why a person must log in again.
CREATE TABLE token (
    account_id BIGINT NOT NULL PRIMARY KEY REFERENCES account (id),
    refresh_sealed BYTEA NOT NULL,
    access_sealed BYTEA NOT NULL,
    issued_at_ms BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    ended TEXT COLLATE "C" NOT NULL DEFAULT ''
);
