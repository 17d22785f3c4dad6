//! The server and the client of the tests.

#![expect(dead_code, unused_imports, reason = "the tests use more of it")]

#[path = "../it/support/client/mod.rs"]
pub mod client;
#[path = "../it/support/daemon.rs"]
pub mod daemon;
#[path = "../it/support/mailserver/mod.rs"]
pub mod mailserver;
