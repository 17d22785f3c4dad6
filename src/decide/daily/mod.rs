//! The daily mail: the facts of a day come in, what one member is told comes out. Everything is bounded, so that a day of ten thousand
//! mails is still a mail one reads. A member learns of their own customers and mailboxes; of the house only the admin does.
//!
//! A member with nothing to be told gets no mail. The admin gets one every day: silence must mean that the daemon is dead.

mod choose;
mod corrections;
mod pause;
mod week;

pub use choose::daily;
pub use corrections::{Dragged, OfIntent, Precision};
pub use pause::{PAUSE_MS_MIN, pauses};
pub use week::week_began;

use super::TroubleKind;
use super::plan::LetterName;
use crate::config::{Member, Team};
use crate::types::{AccountId, EmailAddress, Intent, Language, MessageId, Moment, NamedAddress};
use serde::{Deserialize, Serialize};

/// What happened in the house between two moments.
#[derive(Debug, Clone)]
pub struct Day<'a> {
    pub team: &'a Team,
    /// The languages the daily mail exists in.
    pub written: &'a [Language],
    pub since: Moment,
    /// Now.
    pub until: Moment,
    pub mailboxes: Vec<MailboxDay>,
    /// Mail that came, oldest first; history is not among it.
    pub arrived: Vec<Arrived>,
    /// Mail of our own because of which observe mode kept something back, oldest first; `who` is the customer.
    pub answered: Vec<Arrived>,
    /// Drafts of ours that wait, oldest first.
    pub drafts: Vec<Waiting>,
    pub quarantined: Vec<SetAside>,
    /// Acts that nobody but a person can bring further, by kind.
    pub given_up: u64,
    pub pauses: Vec<Pause>,
    /// Secrets that end and belong to no mailbox.
    pub house_endings: Vec<Ending>,
    /// Members who read none of the mailboxes, by name.
    pub unheard: Vec<String>,
    /// Troubles of the house that ended since the last daily mail.
    pub house_over: Vec<TroubleNow>,
    /// Mail that people moved into folders named after intents, oldest first.
    pub dragged: Vec<Dragged>,
    /// How mail was read last week, on the first working day of a week.
    pub precision: Option<Precision>,
}

/// A mailbox as it stands.
#[derive(Debug, Clone)]
pub struct MailboxDay {
    pub account: AccountId,
    pub name: String,
    pub owner: Option<EmailAddress>,
    pub troubles: Vec<TroubleNow>,
    /// Ended since the last daily mail.
    pub over: Vec<TroubleNow>,
    /// What the server listed against what the books hold; `None` before the first count.
    pub proof: Option<Proof>,
    pub closed: Vec<ClosedFolder>,
    /// Its password, authorisation code and other secrets that have an end.
    pub endings: Vec<Ending>,
}

/// A secret that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Which one, by names of the configuration.
    pub what: String,
    /// Its last day.
    pub on: jiff::civil::Date,
}

/// Something wrong with a mailbox, now or until a while ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleNow {
    pub kind: TroubleKind,
    pub since: Moment,
    pub over_at: Option<Moment>,
}

/// A folder that the server does not let us look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedFolder {
    /// As a person reads its name.
    pub name: String,
    pub since: Moment,
}

/// That nothing of a mailbox is missing from the books, or how much is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Mails the server listed.
    pub server: u64,
    pub recorded: u64,
    pub quarantined: u64,
    pub gaps: u64,
    /// Folders that the server does not let us look into: of them nothing is known.
    #[serde(default)]
    pub closed: u64,
}

impl Proof {
    /// Whether it is known that nothing is missing.
    pub fn is_whole(&self) -> bool {
        self.gaps == 0 && self.closed == 0
    }
}

/// A mail that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    pub recorded_at: Moment,
    pub sent_at: Option<Moment>,
    pub who: NamedAddress,
    pub company: Option<String>,
    pub subject: String,
    pub intent: Option<Intent>,
    /// A machine wrote it.
    pub is_automatic: bool,
    /// Who looks after the contact, the firm, the thread, as far as anybody does.
    pub owners: Vec<EmailAddress>,
    pub places: Vec<LiesIn>,
    pub withheld: Option<Withheld>,
}

/// Where a mail lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiesIn {
    pub account: AccountId,
    /// As a person reads its name.
    pub folder: String,
    pub is_junk: bool,
    /// It lay there, and does no longer.
    pub is_gone: bool,
}

/// What observe mode kept back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// A draft of this letter.
    Draft { letter: LetterName, language: Language },
    /// A note to whoever looks after the customer.
    Note,
    /// A note to whoever sent a draft that was out of date.
    Superseded,
    /// A draft, itself kept back, would no longer wait: one of us answered.
    Withdraw,
}

/// A draft of ours that nobody touched.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub account: AccountId,
    pub who: NamedAddress,
    pub company: Option<String>,
    pub subject: String,
    pub owners: Vec<EmailAddress>,
    pub placed_at: Moment,
}

/// A mail in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    pub account: AccountId,
    pub folder: String,
    pub at: Moment,
}

/// A time in which no daemon ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub from: Moment,
    pub to: Moment,
    /// Mail of that time that was read afterwards.
    pub caught_up: u64,
    /// What should have been sent in that time and was sent afterwards.
    pub sent_late: u64,
}

/// Everything a daily mail says; the words are chosen from `templates/` when it is rendered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DailyOrder {
    /// The member's interface language, or the nearest one we write.
    pub language: Language,
    pub from: NamedAddress,
    pub to: NamedAddress,
    pub message_id: MessageId,
    /// The member's time zone by its IANA name.
    pub time_zone: String,
    pub since: Moment,
    /// When it was made; its Date.
    pub at: Moment,
    pub sections: Vec<Section>,
}

/// Lines under one heading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    pub heading: Heading,
    pub lines: Vec<Line>,
    /// How many lines were left out.
    pub more: u64,
}

/// What a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heading {
    /// Mailboxes in trouble.
    Trouble,
    /// Troubles that are over.
    Over,
    /// Mail that came, in numbers.
    Counts,
    /// The same, one by one.
    Came,
    /// Mail of shared mailboxes that nobody looks after.
    Unassigned,
    /// Drafts of ours that wait to be sent.
    Drafts,
    /// What observe mode kept back.
    Observed,
    /// Probable customers in Junk.
    Junk,
    /// Mail that could not be read or recorded.
    Quarantine,
    /// Folders that cannot be looked into.
    Closed,
    /// Passwords and authorisation codes that end soon.
    Ending,
    /// Acts that only a person can bring further.
    GivenUp,
    /// Members whom no daily mail can reach.
    Unheard,
    /// Times in which no daemon ran.
    Pauses,
    /// What people put right by moving it into a folder.
    Corrected,
    /// How mail was read last week.
    Precision,
    /// Proof that nothing is missing.
    Complete,
}

impl Heading {
    /// All headings, in the order in which a mail has them: what needs a hand comes first.
    pub const ALL: [Heading; 17] = [
        Heading::Trouble,
        Heading::Over,
        Heading::Ending,
        Heading::Counts,
        Heading::Came,
        Heading::Unassigned,
        Heading::Junk,
        Heading::Drafts,
        Heading::Observed,
        Heading::Quarantine,
        Heading::Closed,
        Heading::GivenUp,
        Heading::Unheard,
        Heading::Pauses,
        Heading::Corrected,
        Heading::Precision,
        Heading::Complete,
    ];
}

/// One line of a section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    Trouble {
        mailbox: String,
        trouble: TroubleNow,
    },
    Count {
        intent: Intent,
        count: u64,
    },
    Mail {
        mail: Mail,
    },
    /// In a folder of that mailbox.
    Lies {
        mail: Mail,
        mailbox: String,
        folder: String,
    },
    Draft {
        mail: Mail,
        since: Moment,
    },
    Withheld {
        mail: Mail,
        withheld: Withheld,
    },
    SetAside {
        mailbox: String,
        folder: String,
        at: Moment,
    },
    /// Since then a folder cannot be looked into.
    Closed {
        mailbox: String,
        folder: String,
        since: Moment,
    },
    /// The last day, as the provider set it; the mailbox alone stands for its password.
    Ends {
        mailbox: String,
        on: String,
    },
    GivenUp {
        count: u64,
    },
    /// The member's name.
    Unheard {
        name: String,
    },
    Pause {
        pause: Pause,
    },
    /// What it had been read as.
    Corrected {
        mail: Mail,
        was: Option<Intent>,
    },
    /// So many were moved together that nothing was learned from them.
    MovedAtOnce {
        mailbox: String,
        count: u64,
    },
    Precision {
        read: u64,
        corrected: u64,
    },
    /// Of the mails read as one intent.
    PrecisionOf {
        intent: Intent,
        read: u64,
        corrected: u64,
    },
    /// `None` before the first look is over.
    Complete {
        mailbox: String,
        proof: Option<Proof>,
    },
}

/// A mail on one line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    pub intent: Option<Intent>,
    pub who: NamedAddress,
    pub company: Option<String>,
    pub subject: String,
}

/// To whom a daily mail goes, and how.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    pub member: &'a Member,
    pub is_admin: bool,
    /// The mailbox it is put into.
    pub mailbox: EmailAddress,
    pub message_id: MessageId,
}

/// At this hour of a member's own day the daily mail is due.
pub const DUE_AT_HOUR: i8 = 8;

/// The day in a member's time zone for which a daily mail is due now; `None` before the morning.
pub fn due_day(time_zone: &jiff::tz::TimeZone, now: Moment) -> Option<jiff::civil::Date> {
    let local = time_zone.to_datetime(now.timestamp());
    (local.hour() >= DUE_AT_HOUR).then(|| local.date())
}

/// The member who gets the mail about the whole house.
pub fn admin(team: &Team) -> Option<&Member> {
    team.admin.as_ref().and_then(|address| team.member(address)).or_else(|| team.members.first())
}
