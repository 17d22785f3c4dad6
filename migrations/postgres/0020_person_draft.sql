-- A person's draft that lies in a watched mailbox now: one of ours that was touched (draft_id), or one written by hand. While it lies
-- there, no draft of ours is put into its thread.
CREATE TABLE person_draft (
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id BIGINT NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    uidvalidity BIGINT NOT NULL,
    place TEXT COLLATE "C" NOT NULL,
    thread_id BIGINT NOT NULL REFERENCES thread (id) ON DELETE CASCADE,
    draft_id BIGINT REFERENCES draft (id) ON DELETE SET NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder_id, uidvalidity, place)
);
CREATE INDEX person_draft_thread ON person_draft (thread_id);
CREATE INDEX person_draft_folder ON person_draft (folder_id);
CREATE INDEX person_draft_ours ON person_draft (draft_id);
