-- A draft we placed. It is ours only while it still lies there unchanged; once a person touched it, it is theirs for good.
CREATE TABLE draft (
    id BIGINT NOT NULL PRIMARY KEY,
    thread_id BIGINT NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
    act_id BIGINT REFERENCES act (id) ON DELETE SET NULL,
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id BIGINT NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uidvalidity BIGINT NOT NULL DEFAULT 0,
    place TEXT COLLATE "C" NOT NULL DEFAULT '',
    message_id_header TEXT COLLATE "C" NOT NULL UNIQUE,
    content_hash BYTEA NOT NULL,
    size BIGINT NOT NULL,
    answers_message BIGINT REFERENCES message (id) ON DELETE SET NULL,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'ours' CHECK (state IN ('ours', 'persons', 'gone', 'withdrawn')),
    placed_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- A thread never has two drafts of ours at once.
CREATE UNIQUE INDEX draft_one_ours ON draft (thread_id) WHERE state = 'ours';
CREATE INDEX draft_thread ON draft (thread_id);
CREATE INDEX draft_account ON draft (account_id, state);
CREATE INDEX draft_folder ON draft (folder_id);
CREATE INDEX draft_act ON draft (act_id);
CREATE INDEX draft_answers ON draft (answers_message);
