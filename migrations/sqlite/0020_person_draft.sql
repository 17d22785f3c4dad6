-- A person's draft that lies in a watched mailbox now: one of ours that was touched (draft_id), or one written by hand. While it lies
-- there, no draft of ours is put into its thread.
CREATE TABLE person_draft (
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uidvalidity INTEGER NOT NULL,
    place TEXT NOT NULL,
    thread_id INTEGER NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
    draft_id INTEGER REFERENCES draft (id) ON DELETE SET NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, folder_id, uidvalidity, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_draft_thread ON person_draft (thread_id);
CREATE INDEX person_draft_folder ON person_draft (folder_id);
CREATE INDEX person_draft_ours ON person_draft (draft_id);
