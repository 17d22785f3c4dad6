//! The public listener and that of this machine, asked by hand.

mod browser;
mod leaving;
mod limits;
mod links;
mod replay;
