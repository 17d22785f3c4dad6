//! The stories Tradepost is held to. One binary, so that it links once.

mod books;
mod config;
mod corpus;
mod house;
mod letters;
mod readme;
mod stories;
mod support;
