-- A folder that its server does not let us look into: what lies there is unknown, and nothing is counted in it.
CREATE TABLE closed_folder (
    folder_id BIGINT NOT NULL PRIMARY KEY REFERENCES folder (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    since BIGINT NOT NULL,
    -- When it was tried last.
    tried_at BIGINT NOT NULL,
    -- Trying ends the connection, so that it is tried seldom.
    cuts BIGINT NOT NULL DEFAULT 0 CHECK (cuts IN (0, 1)),
    detail TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX closed_folder_account ON closed_folder (account_id);
