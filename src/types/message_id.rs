//! Message-IDs (RFC 5322 §3.6.4), kept without their angle brackets.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest id we keep; real ones stay below 250 bytes.
const MESSAGE_ID_LEN_MAX: usize = 998;

/// A Message-ID without angle brackets, as written otherwise: ids are compared byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessageId(String);

impl MessageId {
    /// Reads an id with or without its brackets; `None` when nothing usable is left.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('<').unwrap_or(text);
        let text = text.strip_suffix('>').unwrap_or(text).trim();
        let usable = !text.is_empty()
            && text.len() <= MESSAGE_ID_LEN_MAX
            && !text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '<' || c == '>');
        usable.then(|| Self(text.to_owned()))
    }

    /// An id of our own: `unique` (letters and digits) at the domain of the address that writes.
    pub fn of_parts(unique: &str, from: &super::EmailAddress) -> Self {
        let unique: String = unique.chars().filter(char::is_ascii_alphanumeric).collect();
        Self(format!("{unique}.tradepost@{}", from.domain()))
    }

    /// The id without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MessageId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(&text).ok_or("no Message-ID: empty, too long or with spaces")
    }
}

impl From<MessageId> for String {
    fn from(id: MessageId) -> String {
        id.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_no_part_of_an_id() {
        assert_eq!(MessageId::parse(" <a.b@c> "), MessageId::parse("a.b@c"));
        assert_eq!(MessageId::parse("<>"), None);
        assert_eq!(MessageId::parse("a b@c"), None);
    }
}
