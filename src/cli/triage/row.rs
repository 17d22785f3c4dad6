//! One message as `triage` prints it. The keys are a contract: scripts depend on them.

use super::Reader;
use super::credit;
use crate::cli::words::Words;
use crate::parse::{self, Letter};
use crate::trade::payments::credit::Credit;
use crate::types::{Intent, MessageId, NamedAddress};
use crate::understand::{self, Reading};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Evidence shown to people.
const EVIDENCE_SHOWN_MAX: usize = 3;

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
    /// For people only.
    #[serde(skip)]
    credit: Option<Credit>,
    #[serde(skip)]
    sent_on: Option<Date>,
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
    /// Reads a message. A reader that breaks is our fault, never a reason to lose the row.
    pub(super) fn read(path: String, raw: &[u8], reader: &Reader<'_>) -> Self {
        let read = || {
            let mut letter = parse::letter(raw);
            reader.papers.read_into(&mut letter, raw, &[], |_| Ok(io::empty()));
            let reading = understand::read(&letter, reader.rules);
            (letter, reading)
        };
        match catch_unwind(AssertUnwindSafe(read)) {
            Ok((letter, reading)) => Self::new(path, &letter, &reading),
            Err(_) => {
                let letter = Letter::default();
                let reading = understand::read(&letter, reader.rules);
                let mut row = Self::new(path, &letter, &reading);
                row.defects = vec!["unreadable"];
                row
            }
        }
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
            credit: reading.credit.clone(),
            sent_on: letter.date.as_deref().and_then(|date| date.get(..10)?.parse().ok()),
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

    /// A few lines for people.
    pub(super) fn text(&self, words: &Words) -> String {
        let from = [self.from.name.as_deref(), self.from.address.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let percent = |confidence: f64| format!("{:.0} %", confidence * 100.0);
        let mut lines = vec![self.path.clone()];
        let mut line = |key: &str, value: String| {
            if !value.is_empty() {
                lines.push(format!("  {:<12} {}", words.say(key, &[]), one_line(&value)));
            }
        };
        line("triage.from", from);
        line("triage.subject", self.subject.clone().unwrap_or_default());
        line("triage.language", format!("{} ({})", self.language.code, percent(self.language.confidence)));
        let second = self.intent.second.map(|second| format!(", {second}?")).unwrap_or_default();
        line("triage.intent", format!("{} ({}){second}", self.intent.name, percent(self.intent.confidence)));
        line(
            "triage.evidence",
            self.intent.evidence.iter().take(EVIDENCE_SHOWN_MAX).map(|w| format!("“{w}”")).collect::<Vec<_>>().join(" "),
        );
        line("triage.via", self.intent.via.clone().unwrap_or_default());
        line("triage.automatic", self.automatic.unwrap_or_default().to_owned());
        line("triage.returns", self.returns.clone().unwrap_or_default());
        line("triage.bounce", self.bounce.as_ref().map(BounceRow::text).unwrap_or_default());
        line("triage.facts", self.facts.text());
        if let Some(found) = &self.credit {
            line("triage.credit", credit::terms(found));
            for trap in found.traps(self.sent_on) {
                line("triage.trap", credit::trap(&trap, words));
            }
        }
        line(
            "triage.attachments",
            self.attachments.iter().map(|a| a.name.as_deref().unwrap_or(&a.media_type)).collect::<Vec<_>>().join(", "),
        );
        line("triage.flags", self.flags.join(", "));
        line("triage.defects", self.defects.join(", "));
        lines.join("\n") + "\n\n"
    }
}

/// Mail must not move the cursor of a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Two decimals: more would pretend.
fn rounded(confidence: f64) -> f64 {
    (confidence * 100.0).round() / 100.0
}

fn plain(value: &Decimal) -> String {
    value.normalize().to_string()
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

    fn text(&self) -> String {
        [Some(self.kind), self.recipient.as_deref(), self.status.as_deref(), self.reason.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
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

    fn text(&self) -> String {
        let quantity = |q: &QuantityRow| {
            let to = q.to.as_ref().map(|to| format!("–{to}")).unwrap_or_default();
            let unit = q.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
            format!("{}{to}{unit}", q.value)
        };
        let mut parts: Vec<String> = self.quantities.iter().map(quantity).collect();
        parts.extend(self.products.iter().filter_map(|product| product.name.clone().or_else(|| product.sku.clone())));
        let term = [self.incoterm, self.place.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let price = self.target_price.as_ref().map(|price| format!("{} {price}", self.currency.as_deref().unwrap_or("")).trim().to_owned());
        parts.extend(
            [Some(term), price.or_else(|| self.currency.clone()), self.deadline.clone(), self.payment_terms.clone()].into_iter().flatten(),
        );
        parts.extend(self.certificates.iter().cloned());
        parts.extend(self.references.iter().cloned());
        parts.retain(|part| !part.is_empty());
        parts.join(" · ")
    }
}

impl AttachmentRow {
    fn new(attachment: &parse::Attachment) -> Self {
        Self { name: attachment.name.clone(), media_type: attachment.media_type.clone(), size: attachment.size }
    }
}
