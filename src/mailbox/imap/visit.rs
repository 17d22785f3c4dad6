//! A visit to a mailbox on a server: what the door asks for, in commands.

use super::{ImapError, ImapMailbox};
use crate::mailbox::{DraftHead, DraftNow, Entry, Folder, Look, Lying, Mark, NewDraft, Parcel, Places, Put, Surveyed};
use std::sync::Arc;

/// One logged-in connection.
#[derive(Debug)]
pub struct ImapVisit {
    _mailbox: Arc<ImapMailbox>,
}

impl ImapVisit {
    pub async fn enter(_mailbox: Arc<ImapMailbox>) -> Result<Self, ImapError> {
        todo!()
    }
    pub async fn survey(&mut self) -> Result<Vec<Surveyed>, ImapError> {
        todo!()
    }
    pub async fn drafts_folder(&mut self) -> Result<Folder, ImapError> {
        todo!()
    }
    pub async fn look(&mut self, _wire_name: &str, _known: &Places, _last: Option<&Mark>) -> Result<Look, ImapError> {
        todo!()
    }
    pub async fn fetch(&mut self, _wire_name: &str, _entries: &[Entry]) -> Result<Vec<Parcel>, ImapError> {
        todo!()
    }
    pub async fn put_drafts(&mut self, _wire_name: &str, _drafts: Vec<NewDraft>) -> Vec<Result<Put, ImapError>> {
        todo!()
    }
    pub async fn put_note(&mut self, _note: NewDraft) -> Result<Put, ImapError> {
        todo!()
    }
    pub async fn draft_now(&mut self, _wire_name: &str, _draft: &Lying) -> Result<DraftNow, ImapError> {
        todo!()
    }
    pub async fn take_back(&mut self, _wire_name: &str, _draft: &Lying) -> Result<DraftNow, ImapError> {
        todo!()
    }
    pub async fn heads(&mut self, _wire_name: &str, _known: &Places) -> Result<(Vec<DraftHead>, Vec<Entry>), ImapError> {
        todo!()
    }
    pub async fn leave(self) {}
}
