-- A folder as the server names it. The cursor counts only below its own UIDVALIDITY (RFC 9051 §2.3.1.1).
CREATE TABLE folder (
    id BIGINT NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    wire_name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL DEFAULT 'other',
    uidvalidity BIGINT NOT NULL DEFAULT 0,
    cursor_uid BIGINT NOT NULL DEFAULT 0,
    UNIQUE (account_id, wire_name)
);
