//! Return paths of our own, one for each delivery (VERP): whatever comes back to one tells by its address what it is about.

use crate::parse::Letter;
use crate::types::{DeliveryId, DerivedKey, EmailAddress};

/// What its key is derived for.
pub const VERP_PURPOSE: &str = "verp 1";
/// Digits of the tag: 32 bits, so that nobody makes up an address that is taken for one of ours.
const TAG_DIGITS: usize = 8;
/// Fields in which the address that a mail came to may stand.
const FIELDS: [&str; 6] = ["Delivered-To", "X-Original-To", "X-Envelope-To", "Envelope-To", "X-Delivered-To", "To"];
/// Addresses that are looked at in one mail.
const ADDRESSES_MAX: usize = 64;

/// `bounce+<delivery>.<tag>@…`.
#[derive(Debug, Clone)]
pub struct Verp {
    at: EmailAddress,
    key: DerivedKey,
}

impl Verp {
    /// Return paths below that address.
    pub fn new(at: EmailAddress, key: DerivedKey) -> Self {
        Self { at, key }
    }

    /// The return path of a delivery, for a mail that leaves from `from`; `None` where that is in another domain, because SPF and DMARC
    /// would hold it against us.
    pub fn path(&self, delivery: DeliveryId, from: &EmailAddress) -> Option<EmailAddress> {
        if from.domain() != self.at.domain() {
            return None;
        }
        let (local, domain, tag) = (self.at.local(), self.at.domain(), self.tag(delivery));
        EmailAddress::parse(&format!("{local}+{delivery}.{tag}@{domain}")).ok()
    }

    /// The delivery whose return path this is.
    pub fn delivery_of(&self, address: &EmailAddress) -> Option<DeliveryId> {
        let local = address.local().to_ascii_lowercase();
        let rest = local.strip_prefix(&self.at.local().to_ascii_lowercase())?.strip_prefix('+')?;
        let (number, tag) = rest.split_once('.')?;
        let delivery = DeliveryId(number.parse().ok().filter(|number| *number > 0)?);
        (address.domain() == self.at.domain() && tag == self.tag(delivery)).then_some(delivery)
    }

    /// The delivery that a mail came back from: by the address it came to, or the one it says the mail left from.
    pub fn delivery_in(&self, letter: &Letter) -> Option<DeliveryId> {
        let fields = FIELDS.iter().flat_map(|name| letter.headers.all(name));
        let words = fields.flat_map(|value| value.split([',', ' ', '<', '>', ';'])).filter(|word| word.contains('+') && word.contains('@'));
        let came_to = words.take(ADDRESSES_MAX).filter_map(|word| EmailAddress::parse(word).ok());
        let left_from = letter.bounce.as_ref().and_then(|bounce| bounce.mail_from.clone());
        came_to.chain(left_from).find_map(|address| self.delivery_of(&address))
    }

    fn tag(&self, delivery: DeliveryId) -> String {
        self.key.short_tag(&delivery.0.to_be_bytes(), TAG_DIGITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("an address")
    }

    fn verp(secret: u8) -> Verp {
        Verp::new(address("bounce@bright.example"), DerivedKey::derive(&[secret; 32], VERP_PURPOSE).expect("a key"))
    }

    #[test]
    fn a_return_path_leads_back_to_its_delivery_and_one_made_up_leads_nowhere() {
        let path = verp(1).path(DeliveryId(4711), &address("sales@bright.example")).expect("our domain");
        assert_eq!(verp(1).delivery_of(&path), Some(DeliveryId(4711)));
        assert_eq!(verp(1).delivery_of(&address(&path.as_str().to_uppercase())), Some(DeliveryId(4711)), "some servers shout");
        assert_eq!(verp(2).delivery_of(&path), None, "another team's key");
        for made_up in
            [path.as_str().replace("4711", "4712"), "bounce+4711.00000000@bright.example".into(), "bounce+@bright.example".into()]
        {
            assert_eq!(verp(1).delivery_of(&address(&made_up)), None, "{made_up}");
        }
        assert_eq!(verp(1).path(DeliveryId(4711), &address("sales@dark.example")), None);
    }

    #[test]
    fn it_is_found_where_servers_write_whom_a_mail_came_to() {
        let path = verp(1).path(DeliveryId(9), &address("sales@bright.example")).expect("our domain");
        for field in
            [format!("Delivered-To: {path}"), format!("To: \"Bounces\" <{path}>, <x+y@z.example>"), format!("X-Original-To: <{path}>")]
        {
            let letter = parse::letter(format!("From: a@b.example\n{field}\nSubject: x\n\nx\n").as_bytes());
            assert_eq!(verp(1).delivery_in(&letter), Some(DeliveryId(9)), "{field}");
        }
    }
}
