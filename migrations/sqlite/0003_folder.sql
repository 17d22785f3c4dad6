-- A folder as the server names it. The cursor counts only below its own UIDVALIDITY (RFC 9051 §2.3.1.1).
CREATE TABLE folder (
    id INTEGER NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    wire_name TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT 'other',
    uidvalidity INTEGER NOT NULL DEFAULT 0,
    cursor_uid INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account_id, wire_name)
) STRICT;
