-- Where a firm's money goes, as mails told it: kind is iban, account, bic or beneficiary; state is first_seen, or doubted when it differed
-- from what was known or came in a mail that was not to be trusted. Without a firm it is a contact's; ours is our own.
CREATE TABLE bank_detail (
    id INTEGER NOT NULL PRIMARY KEY,
    company_id INTEGER REFERENCES company (id) ON DELETE CASCADE,
    contact_id INTEGER REFERENCES contact (id) ON DELETE CASCADE,
    ours INTEGER NOT NULL DEFAULT 0 CHECK (ours IN (0, 1)),
    kind TEXT NOT NULL CHECK (kind IN ('iban', 'account', 'bic', 'beneficiary')),
    detail_key TEXT NOT NULL,
    written TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'first_seen' CHECK (state IN ('first_seen', 'doubted')),
    message_id INTEGER REFERENCES message (id) ON DELETE SET NULL,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX bank_detail_company ON bank_detail (company_id);
CREATE INDEX bank_detail_contact ON bank_detail (contact_id);
CREATE INDEX bank_detail_message ON bank_detail (message_id);
CREATE INDEX bank_detail_ours ON bank_detail (ours) WHERE ours = 1;
