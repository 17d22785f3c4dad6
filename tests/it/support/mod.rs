//! What stories share: books on both engines, and a PostgreSQL of our own.

pub mod daemon;
pub mod desk;
pub mod engines;
pub mod postgres;
pub mod scripted;
pub mod token_server;
