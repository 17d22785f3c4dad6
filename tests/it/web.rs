//! The public listener and that of this machine, asked by hand.

mod answers;
mod browser;
mod hostile;
mod leaving;
mod limits;
mod links;
mod quiet;
mod replay;
mod strangers;
