//! Storms and faults, through the real program: killed, starved, misconfigured, fed with rubbish. Whatever happens, every mail is
//! recorded once, every thread that wants a draft has one, and whoever looks is told what to do.

mod beside;
mod faults;
mod flood;
mod kills;
mod live;
pub mod mails;
mod sharing;
mod silent;
