//! Mailboxes on a real server, through the real program: Dovecot keeps them, Postfix sends, and the clients are those of people.

mod afternoon;
mod beside;
mod closed;
mod door;
mod doubled;
mod first_look;
mod folders;
mod full;
mod halted;
mod kills;
mod large;
mod late;
pub mod office;
mod pace;
mod parts;
mod persons;
mod spoilt;
mod stopping;
mod superseded;
mod tokens;
mod uids;
