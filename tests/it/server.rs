//! Mailboxes on a real server, through the real program: Dovecot keeps them, Postfix sends, and the clients are those of people.

mod parts;
