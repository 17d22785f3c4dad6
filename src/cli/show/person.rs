//! What is known of a person beside name and address, and what speaks against them.

use super::columns::one_line;
use crate::cli::words::Words;
use crate::link::KnownContact;
use crate::record::banks::{self, BankState, Party};
use crate::record::contact_details::{self, DetailKind};
use crate::record::doubts::{self, About};
use crate::record::{BooksError, Session, companies};
use serde_json::{Map, Value, json};

/// The same twice: lines for a person, fields for a script.
pub(super) struct Known {
    pub lines: Vec<String>,
    pub json: Map<String, Value>,
}

/// Firm, office, telephones, address, where money goes, and doubts with both values.
pub(super) async fn of(session: &mut Session, contact: &KnownContact, words: &Words) -> Result<Known, BooksError> {
    let company = match contact.company {
        Some(company) => companies::find_by_id(session, company).await?,
        None => None,
    };
    let details = contact_details::list(session, contact.id).await?;
    let (mut found, mut doubted) =
        (banks::list(session, Party::Contact(contact.id)).await?, doubts::list(session, About::Contact(contact.id)).await?);
    if let Some(company) = &company {
        found.extend(banks::list(session, Party::Company(company.id)).await?);
        doubted.extend(doubts::list(session, About::Company(company.id)).await?);
    }
    let mut lines = Vec::new();
    let mut line = |key: &str, value: &str| lines.push(format!("  {:<14} {}", words.say(key, &[]), one_line(value)));
    if let Some(company) = &company {
        line("person.company", &company.name);
    }
    for kind in DetailKind::ALL {
        for detail in details.iter().filter(|detail| detail.kind == kind) {
            let dialled = detail.e164.as_deref().filter(|dialled| *dialled != detail.value);
            line(word(kind), &dialled.map_or_else(|| detail.value.clone(), |dialled| format!("{} ({dialled})", detail.value)));
        }
    }
    for (bank, state) in &found {
        let doubt = if *state == BankState::Doubted { format!(" ({})", words.say("person.doubted", &[])) } else { String::new() };
        line(bank_word(bank.kind), &format!("{}{doubt}", bank.written));
    }
    for flag in &doubted {
        let (name, found, known) = (flag.name(), one_line(&flag.found), one_line(&flag.known));
        lines.push(format!("  {}", words.say("person.doubt", &[("flag", &name), ("found", &found), ("known", &known)])));
    }
    let details = details.iter().map(|one| json!({ "kind": one.kind.name(), "value": one.value, "e164": one.e164 }));
    let bank = found.iter().map(|(one, state)| json!({ "kind": one.kind, "value": one.written, "state": state.name() }));
    let doubts = doubted.iter().map(|flag| json!({ "flag": flag.name(), "found": flag.found, "known": flag.known }));
    let fields = [
        ("company_name", json!(company.map(|company| company.name))),
        ("details", details.collect()),
        ("bank", bank.collect()),
        ("doubts", doubts.collect()),
    ];
    Ok(Known { lines, json: fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect() })
}

/// The sentence that names a part of bank data.
fn bank_word(kind: &str) -> &'static str {
    match kind {
        "iban" => "person.iban",
        "bic" => "person.bic",
        "beneficiary" => "person.beneficiary",
        _ => "person.account",
    }
}

fn word(kind: DetailKind) -> &'static str {
    match kind {
        DetailKind::Title => "person.title",
        DetailKind::Website => "person.website",
        DetailKind::Address => "person.address",
        DetailKind::TimeZone => "person.time_zone",
        DetailKind::Office => "person.office",
        DetailKind::Mobile => "person.mobile",
        DetailKind::WhatsApp => "person.whatsapp",
        DetailKind::Fax => "person.fax",
    }
}
