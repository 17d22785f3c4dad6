//! What follows for the recipient: the server's words first, its status code (RFC 3463) only when the words say nothing.
//! Codes alone mislabel: many servers answer `5.1.1` to a full mailbox and `5.0.0` to an unknown user.

use super::BounceKind;
use super::words::{Reason, folded, words};

/// What is known about one recipient's failure.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Evidence<'a> {
    /// The remote server's words.
    pub words: &'a str,
    /// The report's own status field.
    pub status: Option<&'a str>,
    /// The recipient was refused only after the whole mail had been sent.
    pub after_data: bool,
}

/// What the words say; `None` when they say nothing we know.
pub(super) fn by_words(evidence: Evidence<'_>) -> Option<BounceKind> {
    let text = folded(evidence.words);
    let said = enhanced_code(evidence.words);
    let of = |subject: &str| said.is_some_and(|code| code.contains(subject)) || evidence.status.is_some_and(|code| code.contains(subject));
    let after_data = evidence.after_data || text.contains("end of data");
    Some(match words().reason(&text)? {
        Reason::Full | Reason::Expired | Reason::Disabled | Reason::Trouble => BounceKind::Soft,
        Reason::Policy => BounceKind::Policy,
        // `550 5.7.1 User unknown` is a filter's way of saying no; a server that took the recipient and refuses the mail
        // afterwards speaks about the mail; and what the reporting server itself calls temporary suppresses nobody.
        Reason::Gone | Reason::Certain if said.is_some_and(|code| code.starts_with("5.7.")) => BounceKind::Policy,
        Reason::Gone | Reason::Certain if is_temporary(evidence) => BounceKind::Soft,
        Reason::Gone if after_data && !of("5.1.1") => BounceKind::Soft,
        Reason::Gone | Reason::Certain => BounceKind::Hard,
    })
}

/// What a status code says by itself; `None` for codes that say only "no".
pub(super) fn by_status(status: &str) -> Option<BounceKind> {
    let mut parts = status.split('.');
    let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
    match (class, subject, detail) {
        ("5", "1", "0" | "1" | "2" | "3" | "6" | "10") => Some(BounceKind::Hard),
        (_, "7", _) | ("5", "1", "7" | "8") => Some(BounceKind::Policy),
        (_, "0", "0") => None,
        ("4" | "5", ..) => Some(BounceKind::Soft),
        _ => None,
    }
}

/// The first enhanced status code of a refusal in a text, `5.1.1`; addresses of machines are passed over.
pub(super) fn enhanced_code(text: &str) -> Option<&str> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map(|token| token.trim_matches('.'))
        .find(|token| !token.starts_with('2') && is_enhanced_code(token))
}

/// Whether this is `class.subject.detail` with a class RFC 3463 knows.
pub(super) fn is_enhanced_code(token: &str) -> bool {
    let mut parts = token.split('.');
    let class = parts.next().is_some_and(|class| matches!(class, "2" | "4" | "5"));
    let numbers = parts.by_ref().take(2).filter(|n| (1..=3).contains(&n.len()) && n.chars().all(|c| c.is_ascii_digit())).count();
    class && numbers == 2 && parts.next().is_none()
}

/// The first SMTP reply code that refuses, `550`.
pub(super) fn reply_code(text: &str) -> Option<&str> {
    text.split_whitespace()
        .filter_map(|token| token.trim_start_matches(['(', '[', '#', '\'', '"', ':']).get(..3).map(|code| (token, code)))
        .find_map(|(token, code)| {
            let refuses = code.starts_with(['4', '5']) && code.chars().all(|c| c.is_ascii_digit());
            let ends = !token.split_once(code).is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
            (refuses && ends).then_some(code)
        })
}

fn is_temporary(evidence: Evidence<'_>) -> bool {
    let class = |code: Option<&str>| code.and_then(|code| code.chars().next());
    match class(enhanced_code(evidence.words)).or(class(reply_code(evidence.words))) {
        Some(said) => said == '4',
        None => class(evidence.status) == Some('4'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(words: &str, status: Option<&str>) -> Option<BounceKind> {
        by_words(Evidence { words, status, after_data: false })
    }

    #[test]
    fn the_words_come_before_the_code() {
        assert_eq!(kind("552 5.1.1 mailbox of ivan is over quota", Some("5.1.1")), Some(BounceKind::Soft));
        assert_eq!(kind("550 No such user here", Some("5.0.0")), Some(BounceKind::Hard));
        assert_eq!(kind("550 5.7.1 User unknown", Some("5.7.1")), Some(BounceKind::Policy));
        assert_eq!(kind("554 5.7.1 Host blocked using dnsbl", Some("5.1.1")), Some(BounceKind::Policy));
    }

    #[test]
    fn what_is_temporary_never_suppresses() {
        assert_eq!(kind("450 4.1.1 user unknown, try once more", None), Some(BounceKind::Soft));
        assert_eq!(kind("DNS lookup answered NXDOMAIN", Some("4.0.0")), Some(BounceKind::Soft));
    }

    #[test]
    fn a_refusal_after_the_mail_was_sent_is_about_the_mail() {
        assert_eq!(kind("550 Unknown user (in reply to end of DATA command)", Some("5.0.0")), Some(BounceKind::Soft));
        assert_eq!(kind("550 5.1.1 Unknown user (in reply to end of DATA command)", Some("5.1.1")), Some(BounceKind::Hard));
        assert_eq!(
            kind("554 delivery error: This user doesn't have a mail account (in reply to end of DATA command)", None),
            Some(BounceKind::Hard)
        );
    }

    #[test]
    fn codes_are_told_from_addresses_of_machines() {
        assert_eq!(enhanced_code("host mx[192.0.2.1] said: 550-5.1.1 gone"), Some("5.1.1"));
        assert_eq!(enhanced_code("client 5.6.7.8 is fine"), None);
        assert_eq!(reply_code("host 5.1.2.3 said: 550 gone"), Some("550"));
        assert_eq!(by_status("5.2.2"), Some(BounceKind::Soft));
        assert_eq!(by_status("5.0.0"), None);
    }
}
