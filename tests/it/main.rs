//! The stories Tradepost is held to. One binary, so that it links once.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "all of this is tests, which may stop and measure; clippy takes only functions marked #[test] for such"
)]

mod backup;
mod books;
mod carving;
mod commands;
mod config;
mod console;
mod corpus;
mod house;
mod imap;
mod languages;
mod letters;
mod mailbox_add;
mod papers;
mod reading;
mod readme;
mod sending;
mod server;
mod smtp;
mod stories;
mod storm;
mod support;
mod teaching;
mod tokens;
mod web;
