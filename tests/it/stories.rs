//! What happens with a mail, told as a salesperson would tell it. Every story is held to on both engines.

mod copies;
mod customers;
mod daily;
mod drafts;
mod guards;
mod large;
mod lessons;
mod machines;
mod mailbox;
mod papers;
mod staff;
mod traces;
