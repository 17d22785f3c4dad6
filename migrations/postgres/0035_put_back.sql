-- When a mail was first put back because of its mailbox's server and not of itself. Such a try does not count, but not for ever.
ALTER TABLE delivery ADD COLUMN first_put_back_at BIGINT;
