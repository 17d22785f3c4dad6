-- What becomes of a draft that is sent, the words it had, and whether one we took away still lies there marked as deleted: a server
-- without UIDPLUS cannot remove a single mail. SQLite changes a check only by making the table anew.
CREATE TABLE draft_anew (
    id INTEGER NOT NULL PRIMARY KEY,
    thread_id INTEGER NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
    act_id INTEGER REFERENCES act (id) ON DELETE SET NULL,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uidvalidity INTEGER NOT NULL DEFAULT 0,
    place TEXT NOT NULL DEFAULT '',
    message_id_header TEXT NOT NULL UNIQUE,
    content_hash BLOB NOT NULL,
    size INTEGER NOT NULL,
    answers_message INTEGER REFERENCES message (id) ON DELETE SET NULL,
    state TEXT NOT NULL DEFAULT 'ours' CHECK (state IN ('ours', 'persons', 'sent', 'gone', 'withdrawn')),
    placed_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    lingers INTEGER NOT NULL DEFAULT 0 CHECK (lingers IN (0, 1)),
    says TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO draft_anew (id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at)
SELECT id, thread_id, act_id, account_id, folder_id, uidvalidity, place, message_id_header, content_hash, size,
       answers_message, state, placed_at, changed_at
  FROM draft;
DROP TABLE draft;
ALTER TABLE draft_anew RENAME TO draft;
-- A thread never has two drafts of ours at once.
CREATE UNIQUE INDEX draft_one_ours ON draft (thread_id) WHERE state = 'ours';
CREATE INDEX draft_thread ON draft (thread_id);
CREATE INDEX draft_account ON draft (account_id, state);
CREATE INDEX draft_folder ON draft (folder_id);
CREATE INDEX draft_act ON draft (act_id);
CREATE INDEX draft_answers ON draft (answers_message);
