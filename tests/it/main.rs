//! The stories Tradepost is held to. One binary, so that it links once.

#![expect(clippy::expect_used, clippy::panic, reason = "a story stops where it does not hold, and says why")]
#![expect(clippy::disallowed_methods, reason = "tests wait and measure by the real clock")]

mod books;
mod config;
mod corpus;
mod house;
mod letters;
mod stories;
mod support;
