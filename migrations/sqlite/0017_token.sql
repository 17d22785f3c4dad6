-- Tokens of mailboxes that are entered without a password, encrypted with a key that lies outside the books. Every storing raises the
-- epoch, so that of two who ask for tokens at once the slower one changes nothing. `ended` is why a person must log in again.
CREATE TABLE token (
    account_id INTEGER NOT NULL PRIMARY KEY REFERENCES account (id),
    refresh_sealed BLOB NOT NULL,
    access_sealed BLOB NOT NULL,
    issued_at_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    ended TEXT NOT NULL DEFAULT ''
) STRICT;
