//! Where somebody is: the postal address of a signature, the country with what speaks for it, the time zone people live by there.

use super::words::{self, ZonePlace};
use super::{has_reach, is_mark, spaced};
use crate::types::{Country, EmailAddress};
use crate::understand::Rules;

/// Lines of an address, and its longest form in characters.
const LINES_MAX: usize = 5;
const ADDRESS_CHARS_MAX: usize = 250;
/// Longest line that is one of an address, in characters.
const LINE_CHARS_MAX: usize = 140;
/// Words of a country's name.
const NAME_WORDS_MAX: usize = 5;

/// The lines of a block that are a postal address, joined: labelled ones, those with words of streets and districts, and what stands
/// directly below them with a postal code or a country.
pub(super) fn address(pieces: &[String], rules: &Rules) -> Option<String> {
    let mut lines: Vec<&str> = Vec::new();
    let mut is_open = false;
    for piece in pieces {
        if lines.len() >= LINES_MAX {
            break;
        }
        let folded = rules.folder.fold_word(piece);
        if let Some(value) = labelled(piece, rules) {
            is_open = true;
            lines.extend(Some(value).filter(|value| !value.is_empty()));
            continue;
        }
        let looks_so =
            !has_reach(piece) && piece.chars().count() <= LINE_CHARS_MAX && (is_street(&folded) || is_open && goes_on(piece, rules));
        if looks_so {
            lines.push(piece);
        }
        is_open = looks_so;
    }
    let joined: Vec<&str> =
        lines.iter().map(|line| line.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | ';'))).collect();
    let joined: String = joined.join(", ").chars().take(ADDRESS_CHARS_MAX).collect();
    (!joined.is_empty()).then_some(joined)
}

/// What stands behind a label of an address.
fn labelled<'p>(piece: &'p str, rules: &Rules) -> Option<&'p str> {
    let (label, value) = piece.split_once([':', '：'])?;
    let label = rules.folder.fold_word(label.trim_matches(|c: char| !c.is_alphanumeric() && !is_mark(c)));
    words::get().address_labels.contains(&label).then(|| value.trim())
}

/// Words of a street, with a number.
fn is_street(folded: &str) -> bool {
    let words = words::get();
    let has_figure = folded.chars().any(char::is_numeric);
    let mut tokens = folded.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|token| !token.is_empty());
    let says = |token: &str| {
        words.address_words.contains(token)
            || words.address_endings.iter().any(|ending| token.len() > ending.len() && token.ends_with(ending.as_str()))
    };
    let joined = words.address_joined.iter().filter(|part| folded.contains(part.as_str())).count();
    has_figure && tokens.any(says) || joined >= 2 || joined >= 1 && has_figure
}

/// A line below an address that belongs to it: a postal code with a town, or a country.
fn goes_on(piece: &str, rules: &Rules) -> bool {
    let figures = piece.chars().filter(|c| c.is_numeric()).count();
    let letters = piece.chars().filter(|c| c.is_alphabetic()).count();
    let few = piece.split_whitespace().count() <= 8;
    few && ((4..=9).contains(&figures) && letters >= 2 || country_in(piece, rules).is_some())
}

/// The country that a line of an address names, best in its last words.
pub(super) fn country_in(line: &str, rules: &Rules) -> Option<Country> {
    let own = &words::get().countries;
    let named = |name: &str| own.get(name).copied().or_else(|| rules.portals.country_named(name));
    let folded = rules.folder.fold_word(line);
    for part in folded.split([',', ';', '，', '(', ')', '-']).rev().map(|part| part.trim().trim_end_matches('.')) {
        let tokens: Vec<&str> = part.split_whitespace().collect();
        for start in tokens.len().saturating_sub(NAME_WORDS_MAX)..tokens.len() {
            let name = tokens.get(start..).unwrap_or_default().join(" ");
            if let Some(country) = named(&name) {
                return Some(country);
            }
        }
    }
    // Where words are not parted a name may stand anywhere, most often first.
    let wide = |name: &&String| name.chars().all(|c| c >= '\u{2e80}' || ('\u{e00}'..='\u{e7f}').contains(&c));
    let own = own.iter().filter(|(name, _)| wide(name) && folded.contains(name.as_str())).min_by_key(|(name, _)| name.len());
    own.map(|(_, country)| *country).or_else(|| rules.portals.country_within(&folded, |name| name.chars().all(|c| c >= '\u{2e80}')))
}

/// The country whose people use an address's or a site's top-level domain.
pub(super) fn country_of_domain(domain: &str) -> Option<Country> {
    let ending = domain.rsplit('.').next()?.to_ascii_lowercase();
    let words = words::get();
    if words.anywhere_domains.contains(&ending) {
        return None;
    }
    words.domains.get(&ending).copied().or_else(|| if ending.len() == 2 { Country::parse(&ending) } else { None })
}

/// Countries that have a firm's legal form.
pub(super) fn countries_of_form(company: &str, rules: &Rules) -> &'static [Country] {
    let folded = format!(" {} ", rules.folder.fold_word(company).replace([',', ';'], " "));
    let joined = |form: &str| form.chars().next().is_some_and(|c| c >= '\u{2e80}');
    let has = |form: &String| if joined(form) { folded.contains(form.as_str()) } else { folded.contains(&format!(" {form} ")) };
    words::get().forms.iter().find(|(form, _)| has(form)).map_or(&[][..], |(_, countries)| countries.as_slice())
}

/// The time zone of a country, or of the part of it that the address names.
pub(super) fn time_zone(country: Country, address: Option<&str>, rules: &Rules) -> Option<&'static str> {
    let words = words::get();
    let of_place = address.and_then(|address| {
        let folded = format!(" {} ", spaced(&rules.folder.fold_word(address)));
        let is_there = |place: &&ZonePlace| {
            let codes: Vec<&str> = address.split(|c: char| !c.is_alphanumeric()).collect();
            place.names.iter().any(|name| folded.contains(name.as_str())) || place.codes.iter().any(|code| codes.contains(&code.as_str()))
        };
        let mut of_country = words.places.iter().filter(|place| place.country == country);
        // A town's or state's full name says more than two letters do.
        let by_name = words
            .places
            .iter()
            .filter(|place| place.country == country)
            .filter(|place| place.names.iter().any(|name| folded.contains(name.as_str())));
        by_name
            .max_by_key(|place| place.names.iter().filter(|name| folded.contains(name.as_str())).map(String::len).max())
            .or_else(|| of_country.find(is_there))
    });
    of_place.map(|place| place.zone.as_str()).or_else(|| words.zones.get(&country).map(String::as_str))
}

/// The domain of a web address.
pub(super) fn domain_of_site(site: &str) -> Option<String> {
    let host = site.trim_start_matches("https://").trim_start_matches("http://").split(['/', ':', '?']).next()?;
    EmailAddress::parse(&format!("x@{host}")).ok().map(|address| address.domain().to_owned())
}
