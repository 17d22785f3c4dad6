//! Whom an answer says to write to instead.

use super::names;
use super::passage::Passage;
use super::rules::absences;
use crate::types::{EmailAddress, NamedAddress};
use std::ops::Range;

/// Characters before an address in which it is told what it is for.
const BEFORE_MAX: usize = 160;
/// Characters behind it.
const AFTER_MAX: usize = 60;
/// Addresses of one text that are looked at.
const ADDRESSES_MAX: usize = 30;

/// An address of a text and where it stands in it.
struct Place {
    address: EmailAddress,
    place: Range<usize>,
}

/// The address a text says to write to, with the name beside it. `own` are the addresses of those who write to each other; `bare`
/// says that an address needs no words about it, as in a note of somebody who is away.
pub(super) fn find(text: &str, own: &[EmailAddress], bare: bool) -> Option<NamedAddress> {
    let passage = Passage::of(text);
    let known = |address: &EmailAddress| own.iter().any(|own| own.folded() == address.folded());
    let places: Vec<Place> =
        places(passage.written).into_iter().filter(|place| !known(&place.address) && takes_mail(&place.address)).collect();
    let told = places.iter().find(|place| is_told_of(&passage, place));
    // One that stands alone in such a note can be nothing else.
    let alone = || places.first().filter(|first| bare && places.iter().all(|place| place.address == first.address));
    let found = told.or_else(alone)?;
    let name = names::beside(passage.written, &found.place, &found.address);
    Some(NamedAddress { name, address: Some(found.address.clone()) })
}

/// The addresses of a text, from left to right.
pub(super) fn addresses(text: &str) -> Vec<EmailAddress> {
    places(text).into_iter().map(|place| place.address).collect()
}

/// The same with their places.
fn places(text: &str) -> Vec<Place> {
    let ends = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || "<>()[],;:\"'`{}*|/。、，；：（）「」【】《》“”‘’«»".contains(c)
            || ('\u{2e80}'..'\u{ff00}').contains(&c)
    };
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@').take(ADDRESSES_MAX * 4) {
        let start =
            text.get(..at).and_then(|before| before.char_indices().rev().find(|(_, c)| ends(*c))).map_or(0, |(at, c)| at + c.len_utf8());
        let end = text.get(at..).and_then(|rest| rest.find(ends)).map_or(text.len(), |len| at + len);
        let Some(token) = text.get(start..end) else { continue };
        let token = token.trim_end_matches(['.', '!', '?', '-', '؟', '।', '۔']);
        let plausible = token.len() < 255 && token.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.'));
        let Some(address) = EmailAddress::parse(token).ok().filter(|_| plausible) else { continue };
        if found.len() < ADDRESSES_MAX {
            found.push(Place { address, place: start..start + token.len() });
        }
    }
    found
}

/// Whether somebody reads what is sent there, and it is not a matter of form.
fn takes_mail(address: &EmailAddress) -> bool {
    const NOBODY: [&str; 9] =
        ["noreply", "donotreply", "unsubscribe", "privacy", "postmaster", "mailerdaemon", "abuse", "dataprotection", "gdpr"];
    let plain: String = address.local().chars().filter(|c| !matches!(c, '.' | '-' | '_')).collect::<String>().to_lowercase();
    !NOBODY.iter().any(|nobody| plain.contains(nobody))
}

/// Whether a word before the address, in the same paragraph, or shortly behind it says that it is the one to write to.
fn is_told_of(passage: &Passage<'_>, place: &Place) -> bool {
    let window = |from: usize, to: usize| passage.written.get(from..to).unwrap_or_default();
    let before = window(0, place.place.start);
    let from = before.char_indices().rev().nth(BEFORE_MAX).map_or(0, |(at, _)| at);
    let from = before.rfind("\n\n").map_or(from, |at| {
        // A paragraph that ends with a colon announces the next one.
        let announced = before.get(..at).is_some_and(|above| above.trim_end().ends_with([':', '：']));
        if announced { from } else { from.max(at) }
    });
    let after = window(place.place.end, passage.written.len());
    let to = after.char_indices().nth(AFTER_MAX).map_or(after.len(), |(at, _)| at);
    let to = place.place.end + after.find("\n\n").map_or(to, |at| at.min(to));
    let substitute = &absences().substitute;
    let says = |words: &str| {
        let words = Passage::of(words);
        substitute.cues.places(&words.lower).next().is_some() || substitute.roles.whole_places(&words.lower).next().is_some()
    };
    says(window(from, place.place.start)) || says(window(place.place.end, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<(String, String)> {
        let own = ["me@firm.example", "you@exporter.example"].map(|own| EmailAddress::parse(own).expect("valid"));
        let found = find(text, &own, false)?;
        Some((found.name.unwrap_or_default(), found.address.map(|a| a.as_str().to_owned()).unwrap_or_default()))
    }

    fn named(name: &str, address: &str) -> Option<(String, String)> {
        Some((name.to_owned(), address.to_owned()))
    }

    #[test]
    fn the_address_to_write_to_is_found_with_its_name() {
        for (text, name) in [
            ("In urgent cases please contact Anna Schmidt <anna.schmidt@firm.example>.", "Anna Schmidt"),
            ("For urgent matters contact my colleague Mr. Li Wei at anna.schmidt@firm.example", "Li Wei"),
            ("Bitte wenden Sie sich an Frau Dr. Anna Schmidt, Tel. +49 40 1234, anna.schmidt@firm.example.", "Anna Schmidt"),
            ("Urgent matters:\n\nanna.schmidt@firm.example (Anna Schmidt)", "Anna Schmidt"),
            ("Please write to anna.schmidt@firm.example", ""),
            ("如有急事请联系张伟，邮箱：anna.schmidt@firm.example。", "张伟"),
            ("Neem contact op met Jan van der Meer via anna.schmidt@firm.example", "Jan van der Meer"),
        ] {
            assert_eq!(told(text), named(name, "anna.schmidt@firm.example"), "{text}");
        }
    }

    #[test]
    fn an_address_of_those_who_write_or_of_nobody_is_none() {
        assert_eq!(told("Please contact me at me@firm.example"), None);
        assert_eq!(told("In urgent cases do not answer noreply@firm.example"), None);
        assert_eq!(told("You wrote to buyers@firm.example on Monday."), None);
    }
}
