//! Names as a server is told them: addresses (RFC 5321 §4.1.2), our own host's name (§4.1.4), and what stands in parameters.

use crate::types::EmailAddress;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest domain in octets (RFC 5321 §4.5.3.1.2), and the longest of its labels (RFC 1035 §2.3.4).
const DOMAIN_BYTES_MAX: usize = 255;
const LABEL_BYTES_MAX: usize = 63;
/// Characters that RFC 5321 §4.1.2 wants in quotes; unquoted they may be read as a route, a comment or a command.
const SPECIALS: &str = "()<>[]:;@\\,\"";

/// What stands between `<` and `>`; nothing in it ends the command or begins another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path(String);

impl Path {
    /// Its domain in A-labels (RFC 5891), for which no server must know SMTPUTF8; the part before the `@` untouched. `None` when a server
    /// cannot be told it.
    pub(super) fn of(address: &EmailAddress) -> Option<Self> {
        let local = address.local();
        let domain = match literal(address.domain()) {
            Some(literal) => literal,
            None => ascii_domain(address.domain())?,
        };
        (is_dot_string(local) || is_quoted(local)).then(|| Self(format!("{local}@{domain}")))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_ascii(&self) -> bool {
        self.0.is_ascii()
    }
}

/// Our own host's name for EHLO: a full name in A-labels, or an address in brackets. What is neither would make servers suspicious;
/// then this machine's own address stands there, as mail clients do it.
pub(super) fn own_name(name: &str) -> String {
    let name = name.trim().trim_end_matches('.');
    if let Ok(address) = name.parse::<IpAddr>() {
        return in_brackets(address);
    }
    let full = ascii_domain(&name.to_lowercase()).filter(|name| name.contains('.') && !name.contains('_'));
    full.or_else(|| literal(name)).unwrap_or_else(|| in_brackets(Ipv4Addr::LOCALHOST.into()))
}

/// Text in a parameter (RFC 3461 §4): `+`, `=` and all that is not printable as `+` and two digits.
pub(super) fn xtext(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if byte != b'+' && byte != b'=' => written.push(char::from(byte)),
            _ => drop(write!(written, "+{byte:02X}")),
        }
    }
    written
}

/// Atoms and dots. Dots may stand anywhere: `a..b@` and `a.@` are real addresses of Japanese telephones.
fn is_dot_string(local: &str) -> bool {
    !local.is_empty() && !local.chars().any(|c| c.is_control() || c.is_whitespace() || SPECIALS.contains(c))
}

/// A quoted string whose only bare quotes are at its ends.
fn is_quoted(local: &str) -> bool {
    let Some(mut inside) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map(str::chars) else { return false };
    while let Some(c) = inside.next() {
        let is_harmless = match c {
            '"' => false,
            '\\' => inside.next().is_some_and(|escaped| matches!(escaped, '!'..='~') && !"<>".contains(escaped)),
            c => !c.is_control() && !c.is_whitespace() && !"<>".contains(c),
        };
        if !is_harmless {
            return false;
        }
    }
    local.len() > 2
}

/// The domain in A-labels and small letters.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = if domain.is_ascii() {
        // Taken as it is: what is in use need not be valid by the rules for new names.
        domain.to_owned()
    } else {
        let converted = Uts46::new().to_ascii(domain.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::Verify);
        converted.ok()?.into_owned()
    };
    let is_label = |label: &str| {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.len() <= LABEL_BYTES_MAX && label.bytes().all(is_fit)
    };
    (ascii.len() <= DOMAIN_BYTES_MAX && ascii.split('.').all(is_label)).then_some(ascii)
}

/// An address literal (RFC 5321 §4.1.3), `[192.0.2.1]` or `[IPv6:2001:db8::1]`, as we write it.
fn literal(text: &str) -> Option<String> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    let (tag, after) = inside.split_at_checked(5).unwrap_or((inside, ""));
    let address = if tag.eq_ignore_ascii_case("IPv6:") {
        after.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    } else {
        inside.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
    };
    address.map(in_brackets)
}

fn in_brackets(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Option<String> {
        let address = EmailAddress::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        Path::of(&address).map(|path| path.0)
    }

    #[test]
    fn a_domain_goes_in_a_labels_and_the_part_before_it_as_it_is() {
        for (address, expected) in [
            ("Bob.Smith@ACME.example", "Bob.Smith@acme.example"),
            ("info@müller.example", "info@xn--mller-kva.example"),
            ("info@例え.テスト", "info@xn--r8jz45g.xn--zckzah"),
            ("info@пример.example", "info@xn--e1afmkfd.example"),
            ("josé@müller.example", "josé@xn--mller-kva.example"),
            ("a..b@docomo.example", "a..b@docomo.example"),
            ("a.@docomo.example", "a.@docomo.example"),
            ("o'neil+x=1/2@acme.example", "o'neil+x=1/2@acme.example"),
            ("\"a@b\"@acme.example", "\"a@b\"@acme.example"),
            ("\"a\\\"b\"@acme.example", "\"a\\\"b\"@acme.example"),
            ("bob@[192.0.2.1]", "bob@[192.0.2.1]"),
            ("bob@[ipv6:2001:db8::1]", "bob@[IPv6:2001:db8::1]"),
            ("bob@foo_bar.example", "bob@foo_bar.example"),
            ("bob@localhost", "bob@localhost"),
        ] {
            assert_eq!(path(address).as_deref(), Some(expected), "{address}");
        }
    }

    #[test]
    fn what_could_be_read_as_something_else_is_told_to_nobody() {
        for address in [
            "@relay.example:bob@acme.example",
            "a,b@acme.example",
            "a;b@acme.example",
            "bob(x)@acme.example",
            "a\"b@acme.example",
            "\"a\"b\"@acme.example",
            "\"a\\\"@acme.example",
            "\"\"@acme.example",
            "\"@acme.example",
            "bob@acme..example",
            "bob@acme.example/x",
            "bob@[192.0.2.1",
            "bob@[not.an.address]",
            "bob@[IPv6:192.0.2.1]",
            "bob@\u{ad}.example",
        ] {
            assert_eq!(path(address), None, "{address}");
        }
        let long = format!("bob@{}.example", "x".repeat(64));
        assert_eq!(path(&long), None);
    }

    #[test]
    fn our_own_name_is_full_or_an_address() {
        for (name, expected) in [
            ("Mail.Bright.Example.", "mail.bright.example"),
            ("büro.bright.example", "xn--bro-hoa.bright.example"),
            ("192.0.2.1", "[192.0.2.1]"),
            ("2001:db8::1", "[IPv6:2001:db8::1]"),
            ("[192.0.2.1]", "[192.0.2.1]"),
            ("vm", "[127.0.0.1]"),
            ("localhost", "[127.0.0.1]"),
            ("my_pc.local", "[127.0.0.1]"),
            ("", "[127.0.0.1]"),
            ("a b.example", "[127.0.0.1]"),
            ("x.example\r\nMAIL FROM:<a@b>", "[127.0.0.1]"),
        ] {
            assert_eq!(own_name(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_parameter_cannot_end_early() {
        assert_eq!(xtext("bob+x=1@acme.example"), "bob+2Bx+3D1@acme.example");
        assert_eq!(xtext("a b\r\nä"), "a+20b+0D+0A+C3+A4");
    }
}
