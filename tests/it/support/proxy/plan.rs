//! What is spoilt, and when: drawn from a seed, so that a storm can be told again.

use crate::corpus::Dice;
use std::time::Duration;

/// What can be done to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// NO in the server's place; the server never hears of the command.
    No,
    /// The same with BAD.
    Bad,
    /// The command is not handed on, and the connection ends.
    CutBefore,
    /// After the first line of the answer.
    CutAtLine,
    /// In the middle of a line of the answer.
    CutInLine,
    /// In the middle of a literal of the answer; where there is none, at its end.
    CutInLiteral,
    /// The server has done it, and nobody hears so: for APPEND, the mail lies there.
    CutBeforeDone,
    /// Nothing is heard for a while, then all of it.
    Stall,
}

/// FETCH of texts of mails, and not of what is asked in a look.
pub const TEXTS: &str = "FETCH of texts";

/// Which commands are spoilt.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    /// One in so many; 0 spoils none.
    pub one_in: usize,
    /// Names of commands, `UID FETCH`, or [`TEXTS`] for those that ask for texts of mails; others go through. Empty means any but LOGIN
    /// and what a connection begins with.
    pub commands: &'static [&'static str],
    pub faults: &'static [Fault],
    /// How long a stall lasts.
    pub stall: Duration,
}

/// Where drafts are that a server has taken and does not show yet.
pub const HELD: &str = "Held";

/// Habits of other servers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Habits {
    /// SEARCH finds all there is, whatever was asked (Tencent, Alibaba).
    pub search_finds_everything: bool,
    /// Whoever is logged in may not do so a second time; what the server says is the same as for a wrong password.
    pub one_login: bool,
    /// UIDPLUS (RFC 4315) is unknown: no APPENDUID, and UID EXPUNGE is BAD.
    pub no_uidplus: bool,
    /// What is put into Drafts does not show there: it lies in [`HELD`] until the story moves it.
    pub holds_drafts_back: bool,
    /// QRESYNC (RFC 7162) is unknown: what went is nowhere remembered.
    pub no_qresync: bool,
    /// Whatever is put into Sent lies there a second time, as the provider filed it: under a Message-ID of its own (Tencent, NetEase).
    pub doubles_sent: bool,
}

impl Fault {
    /// All that end quickly.
    pub const QUICK: &'static [Fault] =
        &[Fault::No, Fault::Bad, Fault::CutBefore, Fault::CutAtLine, Fault::CutInLine, Fault::CutInLiteral, Fault::CutBeforeDone];
    /// All of them.
    pub const ALL: &'static [Fault] = &[
        Fault::No,
        Fault::Bad,
        Fault::CutBefore,
        Fault::CutAtLine,
        Fault::CutInLine,
        Fault::CutInLiteral,
        Fault::CutBeforeDone,
        Fault::Stall,
    ];
}

impl Plan {
    /// Everything goes through.
    pub fn calm() -> Self {
        Self { seed: 1, one_in: 0, commands: &[], faults: &[], stall: Duration::ZERO }
    }

    /// One command in so many is spoilt, in any way, whichever it is.
    pub fn storm(seed: u64, one_in: usize) -> Self {
        Self { seed, one_in, commands: &[], faults: Fault::ALL, stall: Duration::from_secs(1) }
    }
}

/// A plan with its dice.
pub(super) struct Drawn {
    plan: Plan,
    dice: Dice,
}

impl Drawn {
    pub(super) fn new(plan: Plan) -> Self {
        Self { dice: Dice(plan.seed), plan }
    }

    /// What becomes of a command, and how long a stall would last.
    pub(super) fn draw(&mut self, command: &str, line: &str) -> Option<(Fault, Duration)> {
        // A server that refuses logins is another story: nobody may try that often.
        let is_meant = if self.plan.commands.is_empty() {
            !matches!(command, "LOGIN" | "AUTHENTICATE" | "CAPABILITY" | "ID" | "STARTTLS" | "IDLE" | "LOGOUT" | "ENABLE")
        } else {
            self.plan.commands.contains(&command) || (self.plan.commands.contains(&TEXTS) && line.contains("BODY.PEEK["))
        };
        if !is_meant || self.plan.one_in == 0 || self.dice.below(self.plan.one_in) != 0 {
            return None;
        }
        let fault = self.plan.faults.get(self.dice.below(self.plan.faults.len()))?;
        Some((*fault, self.plan.stall))
    }
}
