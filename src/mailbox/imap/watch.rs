//! News of a mailbox on a server, on a connection of its own: NOTIFY, else IDLE.

use super::{ImapError, ImapMailbox};
use crate::mailbox::Bell;
use std::convert::Infallible;

pub(in crate::mailbox) async fn watch(_mailbox: &ImapMailbox, _bell: &Bell) -> Result<Infallible, ImapError> {
    todo!()
}
