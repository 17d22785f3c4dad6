//! `[policies]`: how much is done without a person.

use std::collections::BTreeMap;

use crate::types::Intent;

use super::fault::Problem;
use super::mailboxes::Mailbox;
use super::reader::{Page, Place, Section};

/// What may happen, and what becomes of each kind of mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policies {
    /// For mailboxes that do not say their own.
    pub mode: Mode,
    /// One for every intent.
    intents: BTreeMap<Intent, Handling>,
}

/// How far Tradepost goes in a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Mode {
    /// It reads and keeps the books; the mailbox is not changed.
    #[default]
    Observe,
    /// It also puts drafts into Drafts.
    Draft,
    /// It also answers where an intent's handling is `answer`.
    Full,
}

/// What becomes of a mail of one intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Handling {
    /// It is kept with its contact and thread, and listed in the daily mail.
    File,
    /// A reply draft is put into Drafts.
    Draft,
    /// A reply is sent. Needs mode `full` and `[sending]`.
    Answer,
    /// The owner is told, without any text for the customer.
    Tell,
    /// It is kept in the books and mentioned nowhere.
    Ignore,
}

impl Policies {
    /// What becomes of a mail of this intent.
    pub fn handling(&self, intent: Intent) -> Handling {
        self.intents.get(&intent).copied().unwrap_or_else(|| Handling::default_of(intent))
    }

    /// These policies with another handling of one intent, for tests and for `demo`.
    #[must_use]
    pub fn with(mut self, intent: Intent, handling: Handling) -> Self {
        self.intents.insert(intent, handling);
        self
    }
}

impl Default for Policies {
    fn default() -> Self {
        let intents = Intent::ALL.into_iter().map(|intent| (intent, Handling::default_of(intent))).collect();
        Self { mode: Mode::default(), intents }
    }
}

impl Mode {
    /// All modes, the most careful first.
    pub const ALL: [Mode; 3] = [Mode::Observe, Mode::Draft, Mode::Full];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Observe => "observe",
            Mode::Draft => "draft",
            Mode::Full => "full",
        }
    }
}

impl Handling {
    /// All handlings.
    pub const ALL: [Handling; 5] = [Handling::File, Handling::Draft, Handling::Answer, Handling::Tell, Handling::Ignore];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Handling::File => "file",
            Handling::Draft => "draft",
            Handling::Answer => "answer",
            Handling::Tell => "tell",
            Handling::Ignore => "ignore",
        }
    }

    /// What happens when the configuration says nothing.
    pub fn default_of(intent: Intent) -> Self {
        match intent {
            Intent::Inquiry | Intent::Sample | Intent::Order | Intent::Negotiation | Intent::Shipping => Handling::Draft,
            Intent::Complaint | Intent::Payment | Intent::Documents | Intent::Privacy => Handling::Tell,
            Intent::Unsubscribe | Intent::Solicitation | Intent::Other => Handling::File,
            Intent::AutoReply | Intent::Bounce | Intent::Bulk => Handling::File,
        }
    }
}

/// Policies, and where `answer` was written: whether that holds depends on sections read later.
pub(super) struct PoliciesRead {
    pub policies: Policies,
    answers: Vec<Place>,
}

pub(super) fn read(mut section: Section<'_>) -> PoliciesRead {
    let mode = section.take("mode").and_then(|value| value.one_of(&Mode::ALL, Mode::name));
    let mut policies = Policies { mode: mode.unwrap_or_default(), ..Policies::default() };
    let mut answers = Vec::new();
    let mut intents = section.section("intents");
    for intent in Intent::ALL {
        let Some(value) = intents.take(intent.name()) else { continue };
        let Some(handling) = value.one_of(&Handling::ALL, Handling::name) else { continue };
        let from_machine = matches!(intent, Intent::AutoReply | Intent::Bounce | Intent::Bulk);
        match handling {
            // RFC 3834 §2: answering a machine makes loops.
            Handling::Answer | Handling::Draft if from_machine => value.fault(Problem::NeverAnswered { text: handling.name().to_owned() }),
            Handling::Answer => answers.push(value.place().clone()),
            _ => {}
        }
        policies.intents.insert(intent, handling);
    }
    intents.close();
    section.close();
    PoliciesRead { policies, answers }
}

impl PoliciesRead {
    /// `answer` is for a mailbox in mode `full`, and for a team that can send.
    pub(super) fn check_answers(&self, page: &Page, mailboxes: &[Mailbox], can_send: bool) {
        // Without any mailbox that could be read, its own fault is said.
        let somewhere_full = mailboxes.is_empty() || mailboxes.iter().any(|mailbox| mailbox.mode == Mode::Full);
        for place in &self.answers {
            if !somewhere_full {
                page.fault(place, Problem::AnswerNeedsFull);
            }
            if !can_send {
                page.fault(place, Problem::AnswerNeedsSending);
            }
        }
    }
}
