//! What is to be done about a mail.

use super::{AlarmOrder, DailyOrder, WarningOrder};
use crate::types::{Currency, DraftId, EmailAddress, Incoterm, Intent, Language, MessageId, Moment, NamedAddress, OutgoingId, Quantity};
use serde::{Deserialize, Serialize};

/// The decision about one case, with its reason.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    pub acts: Vec<Act>,
    /// What would have been done, were the mailbox not only observed; the daily mail tells it.
    pub withheld: Option<Act>,
    /// One line for `show` and the daily mail: which rule led here, and in observe mode what would have been done.
    pub why: String,
}

/// One thing to do in the world. Kept in the books as JSON until it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Put a reply draft into the owner's Drafts; it takes the place of an earlier one of the thread that nobody touched.
    Draft(Box<DraftOrder>),
    /// Tell the owner, without any text for the customer.
    Tell(Box<NoticeOrder>),
    /// Tell the owner or the lead that a mail should not be trusted, and why.
    Warn(Box<WarningOrder>),
    /// Take the thread's draft back, if nobody touched it: the mail was answered.
    Withdraw,
    /// Take that draft back, if nobody touched it, wherever in the books its thread is by now.
    TakeBack { draft: DraftId },
    /// Tell whoever sent an outdated draft what the current one says.
    Superseded(Box<SupersededOrder>),
    /// The daily mail to a member.
    Daily(Box<DailyOrder>),
    /// Trouble that is told at once.
    Alarm(Box<AlarmOrder>),
    /// Send an answer to the customer, without a person.
    Answer(Box<DraftOrder>),
    /// Put the copy of a mail that was sent into Sent, unless the provider has filed one.
    FileSent { outgoing: OutgoingId },
}

impl Act {
    /// The name books and logs use.
    pub fn kind(&self) -> &'static str {
        match self {
            Act::Draft(_) => "draft",
            Act::Tell(_) => "tell",
            Act::Warn(_) => "warn",
            Act::Withdraw => "withdraw",
            Act::TakeBack { .. } => "take_back",
            Act::Superseded(_) => "superseded",
            Act::Daily(_) => "daily",
            Act::Alarm(_) => "alarm",
            Act::Answer(_) => "answer",
            Act::FileSent { .. } => "file_sent",
        }
    }
}

/// Which letter to write. The template files are named after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterName {
    /// First answer to an inquiry, with the questions that a quote needs answered.
    FirstReply,
    /// We have your mail and come back to you: negotiation, and whatever needs a person's words.
    Acknowledgement,
    /// Answer to a request for samples.
    Sample,
    /// Thanks for an order; we check it and confirm.
    Order,
    /// Answer to a question where the goods are.
    Shipping,
}

impl LetterName {
    /// All letters.
    pub const ALL: [LetterName; 5] =
        [LetterName::FirstReply, LetterName::Acknowledgement, LetterName::Sample, LetterName::Order, LetterName::Shipping];

    /// The template's file name without its endings.
    pub fn file(self) -> &'static str {
        match self {
            LetterName::FirstReply => "first_reply",
            LetterName::Acknowledgement => "acknowledgement",
            LetterName::Sample => "sample",
            LetterName::Order => "order",
            LetterName::Shipping => "shipping",
        }
    }

    /// The letter of that file name.
    pub fn parse(file: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|letter| letter.file() == file)
    }
}

/// Something a quote, sample or order still needs to be told; asked in the draft in the customer's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Which product or model.
    Product,
    /// How many.
    Quantity,
    /// Which Incoterm and destination port or place.
    Destination,
    /// Where samples are to be sent, with a phone number for the courier.
    DeliveryAddress,
    /// The order's, invoice's or bill of lading's number, when a mail about goods names none.
    Reference,
}

impl Question {
    /// All questions.
    pub const ALL: [Question; 5] =
        [Question::Product, Question::Quantity, Question::Destination, Question::DeliveryAddress, Question::Reference];

    /// The name templates and books use.
    pub fn name(self) -> &'static str {
        match self {
            Question::Product => "product",
            Question::Quantity => "quantity",
            Question::Destination => "destination",
            Question::DeliveryAddress => "delivery_address",
            Question::Reference => "reference",
        }
    }

    /// The question of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|question| question.name() == name)
    }
}

/// Everything a draft is made of; words are chosen from `templates/` when it is rendered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DraftOrder {
    pub letter: LetterName,
    /// The customer's language, or the nearest one we write.
    pub language: Language,
    /// The team member in whose name it is written, and the identity the mailbox may send as.
    pub from: NamedAddress,
    /// Empty when it is not certain who should get it.
    pub to: Vec<NamedAddress>,
    pub cc: Vec<NamedAddress>,
    /// Our own Message-ID, chosen when the plan was made.
    pub message_id: MessageId,
    pub in_reply_to: Option<MessageId>,
    pub references: Vec<MessageId>,
    /// The whole Thread-Index of the mail answered, base64 as it came.
    pub thread_index: Option<String>,
    /// The subject answered, without any `Re:`; empty when there was none.
    pub subject: String,
    /// How to address the customer: their name when the mail gives one.
    pub customer_name: Option<String>,
    pub company: String,
    pub member_name: String,
    pub signature: SignatureText,
    pub questions: Vec<Question>,
    /// What the mail named, repeated so that the customer sees it was read.
    pub products: Vec<Goods>,
    /// All quantities, also those of the products.
    pub quantities: Vec<Quantity>,
    pub incoterm: Option<Incoterm>,
    pub place: Option<String>,
    pub currency: Option<Currency>,
    pub references_named: Vec<String>,
    pub quoted: QuotedMail,
    /// When the plan was made; the draft's Date.
    pub at: Moment,
}

/// Goods the mail named, with how many of them when that is certain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    pub name: String,
    pub quantity: Option<Quantity>,
}

/// A member's signature in one language, as text and as HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureText {
    pub text: String,
    /// Written by the member, so taken as it is; `None` makes HTML of the text.
    pub html: Option<String>,
}

/// The mail a draft answers, for quoting below it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotedMail {
    pub from: NamedAddress,
    pub sent_at: Option<Moment>,
    /// RFC 3339 with the customer's own offset.
    pub date: Option<String>,
    pub text: String,
}

/// A note to a member about a mail that needs the member's own words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticeOrder {
    /// The member's interface language, or the nearest one we write.
    pub language: Language,
    /// The mailbox's own address: the note never leaves the team.
    pub from: NamedAddress,
    /// The member's main address, whose mailbox gets the note.
    pub to: NamedAddress,
    pub member: EmailAddress,
    pub message_id: MessageId,
    /// The mail it is about.
    pub about: Option<MessageId>,
    pub intent: Intent,
    pub customer: NamedAddress,
    pub customer_company: Option<String>,
    pub subject: String,
    /// The words that spoke for the intent, as they stand in the mail.
    pub evidence: Vec<String>,
    /// The mailbox's short name and the folder, where the mail lies.
    pub mailbox: String,
    pub folder: String,
    /// File names that came with it.
    pub attachments: Vec<String>,
    pub quoted: QuotedMail,
    pub at: Moment,
}

/// A note to a member who sent a draft that was out of date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupersededOrder {
    /// The member's interface language, or the nearest one we write.
    pub language: Language,
    /// The mailbox's own address: the note never leaves the team.
    pub from: NamedAddress,
    /// Who sent it.
    pub to: NamedAddress,
    pub message_id: MessageId,
    /// The mail that was sent.
    pub about: Option<MessageId>,
    /// Its subject without any `Re:`.
    pub subject: String,
    /// To whom it went.
    pub customer: NamedAddress,
    /// The customer has written again since the draft was made; else it had been withdrawn.
    pub newer_mail: bool,
    /// What stands only in the mail that was sent; all of it when there is no current draft.
    pub sent: Vec<String>,
    /// What stands only in the draft that waits now; `None` when none waits.
    pub current: Option<Vec<String>>,
    /// Lines were left out.
    pub shortened: bool,
    /// The short name of the mailbox in whose Drafts the current draft lies.
    pub mailbox: String,
    /// The customer's newest mail.
    pub quoted: QuotedMail,
    pub at: Moment,
}
