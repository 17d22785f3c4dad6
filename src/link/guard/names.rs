//! Names at addresses that are not theirs.

use super::{Surroundings, Suspect};
use crate::config::Team;
use crate::link::{company_domain, name_key};
use crate::types::EmailAddress;
use crate::understand::{Flag, FlagKind, Rules};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest key, in characters.
const KEY_CHARS_MAX: usize = 120;
/// Letters of a full name; a Han character counts for three.
const LETTERS_MIN: usize = 5;

/// What two spellings of a person's name share, in whatever order its words stand; `None` for what is no full name.
pub fn person_key(name: &str) -> Option<String> {
    let folded: String = name.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).take(KEY_CHARS_MAX * 2).collect();
    let mut words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let weight: usize = words.iter().flat_map(|word| word.chars()).map(|c| if c >= '\u{2e80}' { 3 } else { 1 }).sum();
    let is_full = words.len() > 1 || folded.chars().any(|c| c >= '\u{2e80}');
    if name.contains('@') || !is_full || weight < LETTERS_MIN {
        return None;
    }
    words.sort_unstable();
    Some(words.join(" ").chars().take(KEY_CHARS_MAX).collect())
}

/// A colleague's name at an address that is not ours.
pub(super) fn colleague(suspect: &Suspect<'_>, address: &EmailAddress, team: &Team) -> Option<Flag> {
    let name = person_key(suspect.writer.person.name.as_deref()?)?;
    let colleague = team.members.iter().find(|member| !member.has(address) && person_key(&member.name).as_ref() == Some(&name))?;
    Some(Flag::new(FlagKind::ImitatesColleague, address.as_str(), colleague.address.as_str()))
}

/// A known customer's name at another address: the firm's own, or a person's together with the firm's.
pub(super) fn customer(suspect: &Suspect<'_>, address: &EmailAddress, known: &Surroundings, rules: &Rules) -> Option<Flag> {
    let domain = company_domain(address, rules);
    let flag = |other: &str| Some(Flag::new(FlagKind::ImitatesCustomer, address.as_str(), other));
    for namesake in &known.namesakes {
        let is_other = namesake.address.folded() != address.folded() && company_domain(&namesake.address, rules) != domain;
        let firm = known.their_companies.iter().find(|company| Some(company.id) == namesake.company);
        if is_other && firm.is_some_and(|firm| names_firm(suspect, &firm.name, firm.domain.as_deref())) {
            return flag(namesake.address.as_str());
        }
    }
    // A firm's name at an address that anybody can have. That a customer's people write from such addresses is common; that the address
    // bears the firm's name instead of theirs, or that they name a bank, is not.
    let firm = known.same_name_company.as_ref().filter(|_| domain.is_none())?;
    let firm_domain = firm.domain.as_deref()?;
    let bears_name = suspect.writer.person.name.as_deref().is_some_and(|name| name_key(name) == name_key(&firm.name));
    if bears_name || !suspect.bank.is_empty() { flag(firm_domain) } else { None }
}

/// Whether a mail speaks in the name of a firm.
fn names_firm(suspect: &Suspect<'_>, name: &str, domain: Option<&str>) -> bool {
    let key = name_key(name);
    let signature = suspect.letter.fresh.signature.as_ref();
    let signed = signature.and_then(|signature| signature.company.as_deref()).is_some_and(|company| name_key(company) == key);
    let lines = signature.map(|signature| signature.lines.join("\n")).unwrap_or_default();
    let own = [suspect.letter.fresh.text.as_str(), lines.as_str()];
    let says = |wanted: &str| wanted.chars().count() >= 4 && own.iter().any(|text| name_key_of(text).contains(wanted));
    signed || says(&key) || domain.is_some_and(|domain| own.iter().any(|text| text.to_lowercase().contains(domain)))
}

/// A text as names are compared; the beginning of it.
fn name_key_of(text: &str) -> String {
    text.chars().take(20_000).nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_in_any_order_and_spelling() {
        assert_eq!(person_key("Müller, Anna-Maria"), person_key("ANNA MARIA MULLER"));
        assert_eq!(person_key("李伟").as_deref(), Some("李伟"));
        for none in ["Anna", "sales@acme.example", "Li W", "", "A B"] {
            assert_eq!(person_key(none), None, "{none}");
        }
    }
}
