//! What in a salesperson's own mailbox is nobody's business.

use super::OurAddresses;
use crate::config::Private;
use crate::parse::Letter;
use crate::types::EmailAddress;

/// Whether a letter is private: it comes from such a person, or we wrote it to such people and to nobody else outside the team.
pub fn is_private(letter: &Letter, private: &Private, ours: &OurAddresses) -> bool {
    if private.addresses.is_empty() && private.domains.is_empty() {
        return false;
    }
    let senders = std::iter::once(&letter.from).chain(&letter.reply_to).filter_map(|person| person.address.as_ref());
    if senders.into_iter().any(|address| names(private, address)) {
        return true;
    }
    let is_own = letter.from.address.as_ref().is_none_or(|address| ours.holds(address));
    let hidden = hidden(letter);
    let to = letter.to.iter().chain(&letter.cc).filter_map(|person| person.address.as_ref()).chain(&hidden);
    let mut outside = to.filter(|address| !ours.holds(address) || names(private, address)).peekable();
    is_own && outside.peek().is_some() && outside.all(|address| names(private, address))
}

/// To whom a mail of our own went without the others' knowing; clients keep the field in Sent.
pub fn hidden(letter: &Letter) -> Vec<EmailAddress> {
    let people = letter.headers.get("Bcc").unwrap_or_default().split([',', ';']);
    let address = |person: &str| {
        let bare = person.rsplit_once('<').map_or(person, |(_, address)| address.trim_end().trim_end_matches('>'));
        EmailAddress::parse(bare.trim()).ok()
    };
    people.filter_map(address).collect()
}

/// Whether an address is one of the private ones.
fn names(private: &Private, address: &EmailAddress) -> bool {
    let domain = address.domain();
    let is_below = |private: &String| domain == private || domain.strip_suffix(private.as_str()).is_some_and(|head| head.ends_with('.'));
    private.addresses.iter().any(|known| known.folded() == address.folded()) || private.domains.iter().any(is_below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    #[test]
    fn mail_from_and_to_private_people_is_private_and_a_customers_copy_is_not() {
        let address = |text: &str| EmailAddress::parse(text).expect("an address");
        let private =
            Private { addresses: vec![address("mum@home.example")], domains: vec!["clinic.example".into()], ..Private::default() };
        let ours = OurAddresses::new([&address("anna@bright.example")], []);
        for (from, to, expected) in [
            ("mum@home.example", "anna@bright.example", true),
            ("dr@ward.clinic.example", "anna@bright.example", true),
            ("anna@bright.example", "mum@home.example", true),
            ("anna@bright.example", "mum@home.example, buyer@shop.example", false),
            ("buyer@shop.example", "anna@bright.example, mum@home.example", false),
            ("dad@home.example", "anna@bright.example", false),
            ("anna@bright.example", "anna@bright.example\r\nBcc: Mum <mum@home.example>", true),
            ("anna@bright.example", "anna@bright.example\r\nBcc: mum@home.example, \"Shop, the\" <buyer@shop.example>", false),
            ("anna@bright.example", "mum@home.example\r\nBcc: anna@bright.example", true),
        ] {
            let letter = parse::letter(format!("From: {from}\r\nTo: {to}\r\nSubject: x\r\n\r\nhello\r\n").as_bytes());
            assert_eq!(is_private(&letter, &private, &ours), expected, "{from} to {to}");
        }
    }
}
