//! What was understood of a letter.

use super::{Facts, Rules, intent, language};
use crate::parse::{Automatic, Letter};
use crate::types::{Country, EmailAddress, Intent, Language};

/// What a letter says, with the reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub language: LanguageGuess,
    pub intent: IntentGuess,
    pub automatic: Option<Automatic>,
    pub returns: Option<jiff::civil::Date>,
    /// A portal or web form that passed a buyer's words on.
    pub via: Option<Via>,
    /// The buyer whose words those are.
    pub buyer: Option<Buyer>,
    pub facts: Facts,
    pub flags: Vec<Flag>,
}

/// The language the person writes in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LanguageGuess {
    pub language: Language,
    /// 0 to 1; of answers given with 0.9 and more at least 98 % should be right.
    pub confidence: f64,
    pub second: Option<Language>,
}

/// What the letter is about.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentGuess {
    pub intent: Intent,
    /// 0 to 1.
    pub confidence: f64,
    pub second: Option<Intent>,
    pub evidence: Vec<Evidence>,
}

/// Words of the mail that spoke for an intent, and the rule they satisfied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The words as they stand in the mail.
    pub words: String,
    /// The rule, `es.inquiry.3`, or the structural reason, `header:Auto-Submitted`.
    pub rule: String,
}

/// How a buyer's words came here when not by the buyer's own mail.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Via {
    /// A form on a web page.
    WebForm,
    /// A trade portal by its short name: `alibaba`, `made-in-china`.
    Portal(String),
}

impl Via {
    /// The name `triage --json` writes.
    pub fn name(&self) -> &str {
        match self {
            Via::WebForm => "web-form",
            Via::Portal(name) => name,
        }
    }
}

/// A buyer as a portal or web form names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buyer {
    pub name: Option<String>,
    pub address: Option<EmailAddress>,
    pub company: Option<String>,
    pub country: Option<Country>,
    pub phone: Option<String>,
    /// The buyer's own words.
    pub text: String,
}

/// Something a person should look at before trusting the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flag {
    /// More than one From field.
    SeveralFroms,
    /// Reply-To leads to another domain than From.
    ReplyElsewhere,
}

impl Flag {
    /// The name `triage --json` writes.
    pub fn name(self) -> &'static str {
        match self {
            Flag::SeveralFroms => "several-froms",
            Flag::ReplyElsewhere => "reply-elsewhere",
        }
    }
}

/// Reads a letter by the rules. Pure and total: any letter gets a reading.
pub fn read(letter: &Letter, rules: &Rules) -> Reading {
    let fresh = letter.fresh.text.as_str();
    let forwarded = letter.fresh.forwarded.as_ref();
    let below = forwarded.map(|inner| inner.text.as_str()).filter(|text| !text.trim().is_empty()).unwrap_or(&letter.fresh.quoted);
    let sources = language::Sources { fresh, subject: letter.subject.as_deref(), quoted: below, declared: letter.declared_language };
    let language = language::guess(&sources, &rules.languages);
    let names: Vec<&str> = letter.attachments.iter().filter_map(|attachment| attachment.name.as_deref()).collect();
    let words = intent::Words {
        text: fresh,
        subject: letter.subject.as_deref(),
        is_reply: is_reply(letter),
        attachment_names: &names.join("\n\n").replace(['_', '-', '.'], " "),
        language,
    };
    let intent = intent::judge(&words, &rules.intents, &rules.folder);
    Reading {
        language,
        intent,
        automatic: letter.automatic,
        returns: letter.returns,
        via: None,
        buyer: None,
        facts: Facts::default(),
        flags: Vec::new(),
    }
}

fn is_reply(letter: &Letter) -> bool {
    !letter.in_reply_to.is_empty()
}
