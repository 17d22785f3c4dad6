//! Somebody has gone for good: said by a colleague, by an answering machine, by a mail system that sends our mail back.

use super::passage::Passage;
use super::rules::absences;
use super::{names, substitute};
use crate::types::{EmailAddress, NamedAddress};
use std::ops::Range;

/// Bytes between an address and the words that its owner has gone.
const GAP_MAX: usize = 160;

/// Who has gone and who is to be written to instead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Departure {
    /// Whose address works no longer. Only a name where the text gives no more.
    pub gone: NamedAddress,
    /// Whom to write to instead, where that is told.
    pub successor: Option<NamedAddress>,
}

/// What is known about a text that may tell of a departure.
pub(in crate::parse) struct Told<'a> {
    pub text: &'a str,
    /// What it answers, where the address that has gone may stand.
    pub quoted: &'a str,
    pub from: &'a NamedAddress,
    /// To whom it was written: ourselves.
    pub to: &'a [NamedAddress],
    /// A machine answered in somebody's name: that it is nobody any more is about its own address.
    pub answering: bool,
    /// The recipient of a mail that came back.
    pub failed: Option<&'a EmailAddress>,
}

/// See [`super::departure`].
pub(super) fn read(told: &Told<'_>) -> Option<Departure> {
    let passage = Passage::of(told.text);
    let words = &absences().departure;
    let own_words = words.self_gone.places(&passage.lower).next();
    let others_words = words.gone.places(&passage.lower).next();
    let said = own_words.clone().or_else(|| others_words.clone())?;
    let own: Vec<EmailAddress> = told.to.iter().chain([told.from]).filter_map(|party| party.address.clone()).collect();
    let gone = match (told.failed, &own_words) {
        (Some(failed), _) => NamedAddress { name: name_before(&passage, &said), address: Some(failed.clone()) },
        (None, Some(_)) => told.from.clone(),
        (None, None) => third_person(told, &passage, &said)?,
    };
    let known: Vec<EmailAddress> = own.into_iter().chain(gone.address.clone()).collect();
    let successor = substitute::find(told.text, &known, true);
    // A colleague may mean herself: "please write to me".
    let me = (told.from.address.is_some() && told.from.address != gone.address && !told.answering && told.failed.is_none())
        .then(|| told.from.clone());
    // Without an address to write to, a person's remark about somebody is only that.
    let certain = told.answering || told.failed.is_some() || own_words.is_some() || gone.address.is_some() || successor.is_some();
    certain.then(|| Departure { successor: successor.or(me), gone })
}

/// Whoever is named before the words.
fn third_person(told: &Told<'_>, passage: &Passage<'_>, said: &Range<usize>) -> Option<NamedAddress> {
    let name = name_before(passage, said);
    if told.answering {
        // The machine answers in the name of the one it speaks of.
        let named = |own: &&String| passage.written.contains(own.as_str());
        let name = told.from.name.as_ref().filter(named).cloned().or(name).or_else(|| told.from.name.clone());
        return Some(NamedAddress { name, address: told.from.address.clone() });
    }
    let start = passage.origin(said.start);
    let head = passage.written.get(..start).unwrap_or_default();
    let near = head.get(head.floor_char_boundary(head.len().saturating_sub(GAP_MAX))..).unwrap_or_default();
    let mut addresses = substitute::addresses(near);
    let own = |address: &EmailAddress| told.to.iter().chain([told.from]).any(|party| party.address.as_ref() == Some(address));
    addresses.retain(|address| !own(address));
    let address = addresses.pop().or_else(|| {
        let name = name.as_deref()?;
        substitute::addresses(told.quoted).into_iter().find(|address| !own(address) && names::owns(name, address))
    });
    (name.is_some() || address.is_some()).then_some(NamedAddress { name, address })
}

fn name_before(passage: &Passage<'_>, said: &Range<usize>) -> Option<String> {
    names::ending(passage.written.get(..passage.origin(said.start))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str, address: &str) -> NamedAddress {
        NamedAddress { name: Some(name.to_owned()), address: EmailAddress::parse(address).ok() }
    }

    fn read_of(text: &str, answering: bool) -> Option<(String, String, String)> {
        let from = party("Tom Hill", "tom@firm.example");
        let to = [party("Us", "us@exporter.example")];
        let told = Told { text, quoted: "To: m.lopez@firm.example", from: &from, to: &to, answering, failed: None };
        let written = |party: &NamedAddress| party.address.as_ref().map(|a| a.as_str().to_owned()).unwrap_or_default();
        let found = read(&told)?;
        let successor = found.successor.as_ref().map(written).unwrap_or_default();
        Some((found.gone.name.clone().unwrap_or_default(), written(&found.gone), successor))
    }

    fn told(name: &str, gone: &str, successor: &str) -> Option<(String, String, String)> {
        Some((name.to_owned(), gone.to_owned(), successor.to_owned()))
    }

    #[test]
    fn a_colleague_says_who_has_gone_and_who_comes() {
        assert_eq!(
            read_of("Maria Lopez (m.lopez@firm.example) no longer works here. Please write to Eva Stone at eva@firm.example.", false),
            told("Maria Lopez", "m.lopez@firm.example", "eva@firm.example")
        );
        assert_eq!(
            read_of("Dear all, Maria Lopez has left the company. I take over her customers.", false),
            told("Maria Lopez", "m.lopez@firm.example", "tom@firm.example"),
            "the address stands in what is answered"
        );
        assert_eq!(
            read_of("Frau Lopez ist nicht mehr bei uns. Bitte wenden Sie sich an eva@firm.example.", false),
            told("Lopez", "m.lopez@firm.example", "eva@firm.example")
        );
    }

    #[test]
    fn a_machine_speaks_of_its_own_address() {
        assert_eq!(
            read_of("Tom Hill no longer works for Firm. Please contact eva@firm.example.", true),
            told("Tom Hill", "tom@firm.example", "eva@firm.example")
        );
        assert_eq!(read_of("I have left the company.", false), told("Tom Hill", "tom@firm.example", ""));
    }

    #[test]
    fn things_that_no_longer_work_are_nobody() {
        assert_eq!(read_of("The pump no longer works with 60 Hz, please quote a new one.", false), None);
        assert_eq!(read_of("Our old supplier is no longer with us in price.", false), None);
    }
}
