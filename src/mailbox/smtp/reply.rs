//! What a server answered, for the books and for people: a code, a status, and words that can do no harm.

use super::wire::RawReply;
use crate::types::HeaderValue;
use std::fmt;

/// A reply (RFC 5321 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// The enhanced status, wherever in the text the server wrote it.
    pub status: Option<EnhancedStatus>,
    /// The words of all lines without the status, on one line, at most 900 bytes, no control characters.
    pub text: String,
}

/// `class.subject.detail` (RFC 3463).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnhancedStatus {
    pub class: u8,
    pub subject: u8,
    pub detail: u16,
}

/// Subjects that RFC 3463 §3 knows; numbers beyond are those of addresses and versions.
const SUBJECT_MAX: u8 = 7;

impl EnhancedStatus {
    /// Reads `5.7.1`, and nothing around it.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |part: &str| part.parse::<u16>().ok().filter(|_| part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit()));
        let mut parts = text.split('.');
        let (class, subject, detail) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
        let status = Self { class: u8::try_from(class).ok()?, subject: u8::try_from(subject).ok()?, detail };
        (parts.next().is_none() && matches!(class, 2 | 4 | 5) && status.subject <= SUBJECT_MAX).then_some(status)
    }

    /// Subject and detail, which say what it is about whether it lasts or not.
    pub fn about(self) -> (u8, u16) {
        (self.subject, self.detail)
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl Reply {
    /// From what came; `hide` takes out of the words what must get on to nobody.
    pub(super) fn read(raw: &RawReply, hide: impl FnOnce(String) -> String) -> Self {
        let mut status = None;
        let mut words: Vec<&str> = Vec::new();
        for line in &raw.lines {
            let (leading, text) = split_status(line);
            status = status.or(leading);
            words.push(text);
        }
        let text = hide(words.join(" "));
        let status = status.or_else(|| status_within(&text, raw.code));
        Self { code: raw.code, status, text: HeaderValue::new(&text).as_str().to_owned() }
    }

    /// 4xx: the same may be taken later.
    pub fn is_temporary(&self) -> bool {
        self.code / 100 == 4
    }

    /// 5xx: the same will never be taken.
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// 421: the server ends the connection (RFC 5321 §3.8).
    pub fn is_closing(&self) -> bool {
        self.code == 421
    }

    /// Subject and detail of the status, when it has one.
    pub(super) fn about(&self) -> Option<(u8, u16)> {
        self.status.map(EnhancedStatus::about)
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(status) = self.status {
            write!(f, " {status}")?;
        }
        if self.text.is_empty() { Ok(()) } else { write!(f, " {}", self.text) }
    }
}

/// The status that a line begins with (RFC 2034 §4), and the rest of it.
fn split_status(line: &str) -> (Option<EnhancedStatus>, &str) {
    let line = line.trim_start();
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    match EnhancedStatus::parse(first.trim_end_matches(':')) {
        Some(status) => (Some(status), rest.trim_start()),
        None => (None, line),
    }
}

/// `#5.1.1`, `(4.7.0)`: a status in the text of a server that does not say it has them. It is of the reply's own class.
fn status_within(text: &str, code: u16) -> Option<EnhancedStatus> {
    let numbers = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|token| token.trim_matches('.'));
    numbers.filter_map(EnhancedStatus::parse).find(|status| u16::from(status.class) == code / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16, lines: &[&str]) -> Reply {
        Reply::read(&RawReply { code, lines: lines.iter().map(|line| (*line).to_owned()).collect() }, |text| text)
    }

    #[test]
    fn a_status_is_found_where_servers_write_it() {
        let about = |code, line: &str| reply(code, &[line]).status.map(|status| status.to_string());
        assert_eq!(about(550, "5.7.515 Access denied").as_deref(), Some("5.7.515"));
        assert_eq!(about(550, "#5.1.0 Address rejected").as_deref(), Some("5.1.0"));
        assert_eq!(about(450, "try later (4.7.0)").as_deref(), Some("4.7.0"));
        assert_eq!(about(550, "4.7.1: hm").as_deref(), Some("4.7.1"), "a server that contradicts itself still says what it is about");
        for none in ["host 5.6.7.8 is blocked", "Exim 5.94.2", "5.7", "5.7.1111", "version 4.5.1 of it", "5.1.+1"] {
            assert_eq!(about(550, none), None, "{none}");
        }
    }

    #[test]
    fn lines_become_one_without_the_status_of_each() {
        let gmail = reply(550, &["5.1.1 The email account that you tried to reach", "5.1.1 does not exist. Please try", "5.1.1"]);
        assert_eq!(gmail.text, "The email account that you tried to reach does not exist. Please try");
        assert_eq!(gmail.to_string(), "550 5.1.1 The email account that you tried to reach does not exist. Please try");
        assert_eq!(reply(250, &[""]).to_string(), "250");
    }

    #[test]
    fn words_can_do_no_harm() {
        let hostile = reply(550, &["no\0pe \x1b[31m\u{202e}abc", &"x".repeat(5_000)]);
        assert!(!hostile.text.chars().any(|c| c.is_control() || crate::types::is_bidi_control(c)), "{}", hostile.text);
        assert!(hostile.text.starts_with("no pe [31mabc x") && hostile.text.len() <= 900);
    }
}
