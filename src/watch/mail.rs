//! Which folders hold letters, and in which order they are read.

use crate::mailbox::Role;

/// When a folder's turn is, `None` for a folder that is not read. Sent comes first: an answer that a person sent is known before the
/// mail it answers is drafted for. Bin, templates and Drafts hold nobody's letters to us.
pub fn reading_order(role: Role) -> Option<u8> {
    match role {
        Role::Sent => Some(0),
        Role::Inbox => Some(1),
        Role::Other => Some(2),
        Role::Junk => Some(3),
        Role::Drafts | Role::Trash | Role::Templates => None,
    }
}
