//! What is new in a mailbox: the places that lie there now, less the places the books know.

use super::InboundError;
use crate::flow::disk::{MAILDIR_UIDVALIDITY, beside};
use crate::flow::transaction::in_books;
use crate::flow::{Account, Office};
use crate::mailbox::{Entry, Role};
use crate::record::{self, Session, folders, placements, quarantine, settings};
use crate::types::{FolderId, Moment};
use crate::watch::mail;
use std::collections::{HashMap, HashSet, hash_map};
use std::sync::Arc;

/// Places marked as gone in one transaction.
const GONE_BATCH_LEN: usize = 500;

/// The places of each folder that the books know, kept beside them so that a look costs no query.
#[derive(Debug, Default)]
pub struct Known {
    places: HashMap<FolderId, Arc<HashSet<String>>>,
}

impl Known {
    /// Notes places that were recorded or set aside.
    pub fn add(&mut self, folder: FolderId, places: impl IntoIterator<Item = String>) {
        Arc::make_mut(self.places.entry(folder).or_default()).extend(places);
    }
}

/// A folder with what is new in it.
#[derive(Debug)]
pub struct Found {
    pub folder: record::folders::Folder,
    /// As a person reads it.
    pub name: String,
    pub role: Role,
    /// Oldest first.
    pub newcomers: Vec<Entry>,
    /// Known places that are no longer there.
    pub gone: Vec<String>,
}

/// Whether mail found now is history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstLook {
    /// It was done, or the owner wants everything handled.
    Over,
    /// Mail that came until this moment is history. After a crash the moment stays, so that what came since is not taken for history.
    Since(Moment),
}

impl FirstLook {
    pub(super) fn is_history(self, arrived_at: Moment) -> bool {
        matches!(self, FirstLook::Since(began) if arrived_at <= began)
    }
}

/// Whether the account still reads its history, and since when.
pub(super) async fn first_look(office: &Office, account: &Account) -> Result<FirstLook, InboundError> {
    if !account.reads_history() {
        return Ok(FirstLook::Over);
    }
    let key = began_key(account);
    in_books(&office.books, async |session| {
        if is_done(session, account).await? {
            return Ok(FirstLook::Over);
        }
        if let Some(ms) = settings::find(session, &key).await?.and_then(|text| text.parse().ok()) {
            return Ok(FirstLook::Since(Moment(ms)));
        }
        let now = office.now();
        settings::mark(session, &key, &now.0.to_string()).await?;
        Ok(FirstLook::Since(now))
    })
    .await
}

/// Notes that everything that lay there has been read.
pub(super) async fn finish_first_look(office: &Office, account: &Account, first_look: FirstLook) -> Result<(), InboundError> {
    let mut session = office.books.look().await?;
    if is_done(&mut session, account).await? {
        return Ok(());
    }
    drop(session);
    in_books(&office.books, async |session| {
        record::accounts::mark_first_look_done(session, account.id, office.now()).await?;
        Ok(settings::erase(session, &began_key(account)).await?)
    })
    .await?;
    if first_look != FirstLook::Over {
        tracing::info!(account = %account.id, "The first look at the mailbox is done");
    }
    Ok(())
}

async fn is_done(session: &mut Session, account: &Account) -> Result<bool, InboundError> {
    let accounts = record::accounts::list(session).await?;
    Ok(accounts.iter().any(|known| known.id == account.id && known.first_look_done_at.is_some()))
}

/// Where the books keep when the first look began.
fn began_key(account: &Account) -> String {
    format!("first-look:{}", account.id)
}

/// The folders whose mail is read, in their order, with what is new in each.
pub(super) async fn folders(office: &Office, account: &Account, known: &mut Known) -> Result<Vec<Found>, InboundError> {
    let maildir = account.maildir.clone();
    let listed = beside(move || maildir.folders()).await?;
    let mut wanted: Vec<_> = listed.into_iter().filter_map(|folder| Some((mail::reading_order(folder.role)?, folder))).collect();
    wanted.sort_by(|(a, x), (b, y)| (a, &x.wire_name).cmp(&(b, &y.wire_name)));
    let mut found = Vec::with_capacity(wanted.len());
    for (_, folder) in wanted {
        let recorded = recorded(office, account, &folder.wire_name, folder.role).await?;
        let places = match known.places.entry(recorded.id) {
            hash_map::Entry::Occupied(known) => known.into_mut(),
            hash_map::Entry::Vacant(unknown) => unknown.insert(Arc::new(known_places(office, account, recorded.id).await?)),
        };
        let (maildir, wire_name, places) = (account.maildir.clone(), folder.wire_name.clone(), Arc::clone(places));
        let mail::News { newcomers, gone } = beside(move || mail::news(&maildir, &wire_name, &places)).await?;
        found.push(Found { folder: recorded, name: folder.name, role: folder.role, newcomers, gone });
    }
    Ok(found)
}

/// Marks mail that is no longer where it was; it may be somewhere else or deleted, and neither is ours to undo.
pub(super) async fn forget_gone(office: &Office, account: &Account, known: &mut Known, found: &Found) -> Result<usize, InboundError> {
    for gone in found.gone.chunks(GONE_BATCH_LEN) {
        let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
        in_books(&office.books, async |session| {
            Ok(placements::mark_gone(session, account.id, found.folder.id, MAILDIR_UIDVALIDITY, &gone, office.now()).await?)
        })
        .await?;
    }
    if let Some(places) = known.places.get_mut(&found.folder.id) {
        let places = Arc::make_mut(places);
        for place in &found.gone {
            places.remove(place);
        }
    }
    Ok(found.gone.len())
}

async fn recorded(office: &Office, account: &Account, wire_name: &str, role: Role) -> Result<folders::Folder, InboundError> {
    let role = match role {
        Role::Inbox => folders::FolderRole::Inbox,
        Role::Sent => folders::FolderRole::Sent,
        Role::Drafts => folders::FolderRole::Drafts,
        Role::Junk => folders::FolderRole::Junk,
        Role::Trash | Role::Templates | Role::Other => folders::FolderRole::Other,
    };
    in_books(&office.books, async |session| Ok(folders::find_or_add(session, account.id, wire_name, role).await?)).await
}

async fn known_places(office: &Office, account: &Account, folder: FolderId) -> Result<HashSet<String>, InboundError> {
    let mut session = office.books.look().await?;
    let placed = placements::list_places(&mut session, account.id, folder, MAILDIR_UIDVALIDITY).await?;
    let aside = quarantine::list_places(&mut session, account.id, folder, MAILDIR_UIDVALIDITY).await?;
    Ok(placed.into_iter().map(|(place, _)| place).chain(aside).collect())
}
