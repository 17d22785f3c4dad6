//! What stories share: books on both engines, and a PostgreSQL of our own.

pub mod browser;
pub mod client;
pub mod daemon;
pub mod desk;
pub mod engines;
pub mod gate;
pub mod mailserver;
pub mod postgres;
pub mod proxy;
pub mod purse;
pub mod scripted;
pub mod sink;
pub mod small_disk;
pub mod token_server;
pub mod verifier;
pub mod web;
