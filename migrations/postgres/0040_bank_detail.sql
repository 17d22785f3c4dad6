-- Where a firm's money goes, as mails told it: kind is iban, account, bic or beneficiary; state is first_seen, or doubted when it differed
-- from what was known or came in a mail that was not to be trusted. Without a firm it is a contact's; ours is our own.
CREATE TABLE bank_detail (
    id BIGINT NOT NULL PRIMARY KEY,
    company_id BIGINT REFERENCES company (id) ON DELETE CASCADE,
    contact_id BIGINT REFERENCES contact (id) ON DELETE CASCADE,
    ours BIGINT NOT NULL DEFAULT 0 CHECK (ours IN (0, 1)),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('iban', 'account', 'bic', 'beneficiary')),
    detail_key TEXT COLLATE "C" NOT NULL,
    written TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL DEFAULT 'first_seen' CHECK (state IN ('first_seen', 'doubted')),
    message_id BIGINT REFERENCES message (id) ON DELETE SET NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX bank_detail_company ON bank_detail (company_id);
CREATE INDEX bank_detail_contact ON bank_detail (contact_id);
CREATE INDEX bank_detail_message ON bank_detail (message_id);
CREATE INDEX bank_detail_ours ON bank_detail (ours) WHERE ours = 1;
