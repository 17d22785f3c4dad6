//! The stories Tradepost is held to. One binary, so that it links once.

mod books;
mod config;
mod corpus;
mod house;
mod letters;
mod stories;
mod storm;
mod support;
