//! What stands in our web addresses: a letter for what it is, and a token.

use crate::types::WebToken;

/// A kind of address of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// A letter's picture.
    Pixel,
    /// A link of a letter.
    Click,
    Unsubscribe,
    Preferences,
}

impl Door {
    pub const ALL: [Door; 4] = [Door::Pixel, Door::Click, Door::Unsubscribe, Door::Preferences];

    /// The first part of its path.
    fn letter(self) -> &'static str {
        match self {
            Door::Pixel => "o",
            Door::Click => "c",
            Door::Unsubscribe => "u",
            Door::Preferences => "p",
        }
    }

    /// Some mail programs show only pictures that are called so.
    fn ending(self) -> &'static str {
        if self == Door::Pixel { ".gif" } else { "" }
    }

    /// The address behind which this token is, below our public one.
    pub fn address(self, public_address: &str, token: WebToken) -> String {
        format!("{public_address}/{}/{token}{}", self.letter(), self.ending())
    }

    /// What all its addresses begin with.
    pub fn beginning(self, public_address: &str) -> String {
        format!("{public_address}/{}/", self.letter())
    }

    /// The door a path leads to, and what stands behind it, which may be no token.
    pub(super) fn of_path(path: &str) -> Option<(Self, &str)> {
        let (letter, name) = path.strip_prefix('/')?.split_once('/')?;
        let door = Door::ALL.into_iter().find(|door| door.letter() == letter)?;
        let name = name.strip_suffix('/').unwrap_or(name);
        Some((door, name.strip_suffix(door.ending()).unwrap_or(name)))
    }
}
