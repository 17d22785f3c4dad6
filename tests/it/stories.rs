//! What happens with a mail, told as a salesperson would tell it. Every story is held to on both engines.

mod customers;
mod large;
mod drafts;
mod daily;
mod machines;
mod mailbox;
mod staff;
