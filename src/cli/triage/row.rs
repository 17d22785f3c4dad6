//! One message as `triage --json` prints it. The keys are a contract: scripts depend on them.

use super::mail::{BROKEN, Mail};
use super::plain;
use crate::parse::{self, Letter};
use crate::types::{Intent, MessageId, NamedAddress};
use crate::understand::{self, Reading};
use serde::Serialize;

/// Everything `triage` says about one message. Every key is always there.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    path: String,
    message_id: Option<String>,
    date: Option<String>,
    from: Person,
    subject: Option<String>,
    language: LanguageRow,
    intent: IntentRow,
    automatic: Option<&'static str>,
    returns: Option<String>,
    bounce: Option<BounceRow>,
    fresh_text: String,
    signature: Option<SignatureRow>,
    facts: FactsRow,
    attachments: Vec<AttachmentRow>,
    flags: Vec<&'static str>,
    defects: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Person {
    name: Option<String>,
    address: Option<String>,
}

#[derive(Debug, Serialize)]
struct LanguageRow {
    code: &'static str,
    confidence: f64,
    second: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct IntentRow {
    name: &'static str,
    confidence: f64,
    second: Option<&'static str>,
    evidence: Vec<String>,
    via: Option<String>,
}

#[derive(Debug, Serialize)]
struct BounceRow {
    kind: &'static str,
    recipient: Option<String>,
    recipients: Vec<String>,
    status: Option<String>,
    reason: Option<String>,
    message_id: Option<String>,
}

#[derive(Debug, Serialize)]
struct SignatureRow {
    name: Option<String>,
    company: Option<String>,
    phone: Option<String>,
    title: Option<String>,
    website: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct FactsRow {
    products: Vec<ProductRow>,
    quantities: Vec<QuantityRow>,
    incoterm: Option<&'static str>,
    place: Option<String>,
    place_code: Option<String>,
    currency: Option<String>,
    target_price: Option<String>,
    deadline: Option<String>,
    certificates: Vec<String>,
    payment_terms: Option<String>,
    references: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ProductRow {
    name: Option<String>,
    sku: Option<String>,
}

#[derive(Debug, Serialize)]
struct QuantityRow {
    value: String,
    to: Option<String>,
    unit: Option<String>,
}

#[derive(Debug, Serialize)]
struct AttachmentRow {
    name: Option<String>,
    #[serde(rename = "type")]
    media_type: String,
    size: usize,
}

impl Row {
    pub(super) fn of(path: &str, mail: &Mail) -> Self {
        let mut row = Self::new(path.to_owned(), &mail.letter, &mail.reading);
        if mail.is_broken {
            row.defects = vec![BROKEN];
        }
        row
    }

    fn new(path: String, letter: &Letter, reading: &Reading) -> Self {
        Self {
            path,
            message_id: letter.message_id.as_ref().map(MessageId::to_string),
            date: letter.date.clone(),
            from: Person::new(&letter.from),
            subject: letter.subject.clone(),
            language: LanguageRow {
                code: reading.language.language.code(),
                confidence: rounded(reading.language.confidence),
                second: reading.language.second.map(|second| second.code()),
            },
            intent: IntentRow {
                name: reading.intent.intent.name(),
                confidence: rounded(reading.intent.confidence),
                second: reading.intent.second.map(Intent::name),
                evidence: reading.intent.evidence.iter().map(|evidence| evidence.words.clone()).collect(),
                via: reading.via.as_ref().map(|via| via.name().to_owned()),
            },
            automatic: reading.automatic.map(|kind| kind.name()),
            returns: reading.returns.map(|day| day.to_string()),
            bounce: letter.bounce.as_ref().map(BounceRow::new),
            fresh_text: letter.fresh.text.clone(),
            signature: letter.fresh.signature.clone().map(|s| SignatureRow {
                name: s.name,
                company: s.company,
                phone: s.phone,
                title: s.title,
                website: s.website,
            }),
            facts: FactsRow::new(&reading.facts),
            attachments: letter.attachments.iter().map(AttachmentRow::new).collect(),
            flags: reading.flags.iter().map(|flag| flag.name()).collect(),
            defects: letter.defects.iter().map(|defect| defect.name()).collect(),
        }
    }

    /// One line of JSON.
    pub(super) fn json(&self) -> String {
        match serde_json::to_string(self) {
            Ok(mut line) => {
                line.push('\n');
                line
            }
            // Strings and numbers always become JSON; a row must not vanish should that ever change.
            Err(error) => format!("{}\n", serde_json::json!({ "path": self.path, "error": error.to_string() })),
        }
    }
}

/// Two decimals: more would pretend.
fn rounded(confidence: f64) -> f64 {
    (confidence * 100.0).round() / 100.0
}

impl Person {
    fn new(from: &NamedAddress) -> Self {
        Self { name: from.name.clone(), address: from.address.as_ref().map(ToString::to_string) }
    }
}

impl BounceRow {
    fn new(bounce: &parse::Bounce) -> Self {
        Self {
            kind: bounce.kind.name(),
            recipient: bounce.recipient.as_ref().map(ToString::to_string),
            recipients: bounce.recipients.iter().map(ToString::to_string).collect(),
            status: bounce.status.clone(),
            reason: bounce.reason.clone(),
            message_id: bounce.message_id.as_ref().map(MessageId::to_string),
        }
    }
}

impl FactsRow {
    fn new(facts: &understand::Facts) -> Self {
        Self {
            products: facts.products.iter().map(|p| ProductRow { name: p.name.clone(), sku: p.sku.clone() }).collect(),
            quantities: facts
                .quantities
                .iter()
                .map(|q| QuantityRow { value: plain(&q.value), to: q.to.as_ref().map(plain), unit: q.unit.clone() })
                .collect(),
            incoterm: facts.incoterm.map(|term| term.code()),
            place: facts.place.clone(),
            place_code: facts.place_code.clone(),
            currency: facts.currency.map(|currency| currency.to_string()),
            target_price: facts.target_price.as_ref().map(plain),
            deadline: facts.deadline.clone(),
            certificates: facts.certificates.clone(),
            payment_terms: facts.payment_terms.clone(),
            references: facts.references.clone(),
        }
    }
}

impl AttachmentRow {
    fn new(attachment: &parse::Attachment) -> Self {
        Self { name: attachment.name.clone(), media_type: attachment.media_type.clone(), size: attachment.size }
    }
}
