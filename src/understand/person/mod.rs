//! Who is behind a mail: name, office, firm, telephones, website, postal address, country and time zone, from the lines of the signature.
//!
//! A country is named by what speaks for it most: its name in the address, the code of a telephone number, the ending of a domain. A
//! legal form speaks for several and decides nothing alone. Telephone numbers become E.164 only where country and length are certain.

mod phones;
mod places;
mod words;

pub use phones::{Phone, PhoneKind};

use super::{Reading, Rules};
use crate::parse::Letter;
use crate::types::Country;

/// Telephones of one person.
const PHONES_MAX: usize = 8;
/// Lines of a block, and longest line, in bytes.
const LINES_MAX: usize = 30;
const LINE_LEN_MAX: usize = 600;
/// What speaks for a country, and how much of it is enough.
const BY_ADDRESS: u32 = 5;
const BY_PHONE: u32 = 4;
const BY_FORM_FIELD: u32 = 5;
const BY_DOMAIN: u32 = 3;
const BY_LEGAL_FORM: u32 = 1;
const ENOUGH: u32 = 3;

/// What a mail tells of its writer. Nothing of it is certain: a person may have written anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub name: Option<String>,
    pub title: Option<String>,
    pub company: Option<String>,
    pub phones: Vec<Phone>,
    pub website: Option<String>,
    /// Postal, on one line.
    pub address: Option<String>,
    pub country: Option<Country>,
    /// By its IANA name; a hint.
    pub time_zone: Option<&'static str>,
}

/// Reads the person behind a letter. `known` is the country the books have, for numbers that do not name theirs.
pub fn person(letter: &Letter, reading: &Reading, rules: &Rules, known: Option<Country>) -> Person {
    let signature = letter.fresh.signature.clone().unwrap_or_default();
    let buyer = reading.buyer.as_ref();
    let pieces: Vec<String> = match buyer {
        // The signature of a form is the machine's.
        Some(_) => Vec::new(),
        None => signature.lines.iter().filter(|line| line.len() <= LINE_LEN_MAX).take(LINES_MAX).flat_map(|line| pieces(line)).collect(),
    };
    let mut person = match buyer {
        Some(buyer) => Person { name: buyer.name.clone(), company: buyer.company.clone(), ..Person::default() },
        None => Person {
            name: signature.name.or_else(|| letter.from.name.clone().filter(|name| !name.contains('@'))),
            title: signature.title,
            company: signature.company,
            website: signature.website,
            ..Person::default()
        },
    };
    let mut numbers: Vec<phones::Found> = pieces.iter().flat_map(|piece| phones::find(piece, &rules.folder)).collect();
    numbers.extend(buyer.and_then(|buyer| buyer.phone.clone()).map(|written| phones::Found { kinds: vec![PhoneKind::Office], written }));
    person.address = places::address(&pieces, rules);
    let country = country(&person, &pieces, &numbers, letter, reading, rules);
    person.country = country;
    person.phones = phones_of(&numbers, country.or(known));
    person.time_zone = country.or(known).and_then(|country| places::time_zone(country, person.address.as_deref(), rules));
    person
}

/// Each number once for each kind.
fn phones_of(numbers: &[phones::Found], country: Option<Country>) -> Vec<Phone> {
    let mut all: Vec<Phone> = Vec::new();
    for found in numbers {
        let (e164, _) = phones::e164(&found.written, country);
        for kind in &found.kinds {
            let phone = Phone { kind: *kind, written: found.written.clone(), e164: e164.clone() };
            if all.len() < PHONES_MAX && !all.contains(&phone) {
                all.push(phone);
            }
        }
    }
    all
}

/// The country that most speaks for, when it is enough.
fn country(
    person: &Person,
    pieces: &[String],
    numbers: &[phones::Found],
    letter: &Letter,
    reading: &Reading,
    rules: &Rules,
) -> Option<Country> {
    let mut votes: Vec<(Country, u32)> = Vec::new();
    let mut vote = |country: Option<Country>, weight: u32| {
        let Some(country) = country else { return };
        match votes.iter_mut().find(|(known, _)| *known == country) {
            Some((_, sum)) => *sum += weight,
            None => votes.push((country, weight)),
        }
    };
    vote(reading.buyer.as_ref().and_then(|buyer| buyer.country), BY_FORM_FIELD);
    let in_address = person.address.as_deref().and_then(|address| places::country_in(address, rules));
    // A line that is a country's name and nothing else needs no street above it.
    let alone = || pieces.iter().filter(|piece| piece.split_whitespace().count() <= 4).find_map(|piece| places::country_in(piece, rules));
    vote(in_address.or_else(alone), BY_ADDRESS);
    let mut by_code: Vec<Country> = numbers.iter().filter_map(|found| phones::e164(&found.written, None).1).collect();
    by_code.dedup();
    by_code.iter().take(1).for_each(|country| vote(Some(*country), BY_PHONE));
    let address = reading.buyer.as_ref().map_or(letter.from.address.as_ref(), |buyer| buyer.address.as_ref());
    let sites = person.website.as_deref().and_then(places::domain_of_site);
    // A provider's own country says little of its users, and yet few use a foreign one.
    let domain = address.map(|address| address.domain().to_owned());
    let by_domain = domain.as_deref().and_then(places::country_of_domain).or_else(|| sites.as_deref().and_then(places::country_of_domain));
    vote(by_domain, BY_DOMAIN);
    let forms = person.company.as_deref().map_or(&[][..], |company| places::countries_of_form(company, rules));
    forms.iter().for_each(|country| vote(Some(*country), BY_LEGAL_FORM));
    // The first of equals was named by what is more certain.
    let mut best: Option<(Country, u32)> = None;
    for (country, weight) in votes {
        if best.is_none_or(|(_, most)| weight > most) {
            best = Some((country, weight));
        }
    }
    best.filter(|(_, weight)| *weight >= ENOUGH).map(|(country, _)| country)
}

/// Parts of a line that stand for themselves.
fn pieces(line: &str) -> Vec<String> {
    let parts = line.split(['|', '｜', '•', '·', '\t', '●', '■', '▪', '│']).flat_map(|part| part.split("   "));
    let mut pieces: Vec<String> = Vec::new();
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        match pieces.last_mut().filter(|last| last.ends_with([':', '：'])) {
            // A label in a cell of its own.
            Some(label) => *label = format!("{label} {part}"),
            None => pieces.push(part.to_owned()),
        }
    }
    pieces
}

/// Whether a piece says how to reach somebody otherwise than by letter.
fn has_reach(piece: &str) -> bool {
    let lower = piece.to_ascii_lowercase();
    piece.contains('@')
        || lower.contains("www.")
        || lower.contains("http")
        || !phones::find(piece, &super::fold::Folder::default()).is_empty()
}

/// Marks that belong to the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{97f}' | '\u{e31}'..='\u{e4e}')
}

/// A folded text with a single space for whatever stands between its words.
fn spaced(text: &str) -> String {
    text.split(|c: char| !c.is_alphanumeric() && c != '-' && !is_mark(c)).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
