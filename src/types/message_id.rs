//! Message-IDs (RFC 5322 §3.6.4), kept without their angle brackets.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest id we keep; real ones stay below 250 bytes.
const MESSAGE_ID_LEN_MAX: usize = 998;
/// What ids of our own have before their domain.
const OUR_MARK: &str = ".tradepost@";
/// What a draft's token begins with.
const TOKEN_MARK: &str = "draft.";

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
        Self(format!("{unique}{OUR_MARK}{}", from.domain()))
    }

    /// What stands for a draft with this id in its own References: clients give a draft that is edited or sent another Message-ID, and
    /// keep its References.
    pub fn draft_token(&self) -> Self {
        Self(format!("{TOKEN_MARK}{}", self.0))
    }

    /// The id of the draft that this one is the token of; `None` when it is none.
    pub fn of_token(&self) -> Option<Self> {
        let id = self.0.strip_prefix(TOKEN_MARK)?;
        id.contains(OUR_MARK).then(|| Self(id.to_owned()))
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

    #[test]
    fn a_token_leads_back_to_its_draft_and_nothing_else_does() {
        let from = crate::types::EmailAddress::parse("sales@bright.example").expect("an address");
        let id = MessageId::of_parts("17ab", &from);
        assert_eq!(id.draft_token().of_token(), Some(id.clone()));
        for other in [id, MessageId::parse("draft.1@mail.example").expect("an id")] {
            assert_eq!(other.of_token(), None, "{other}");
        }
    }
}
