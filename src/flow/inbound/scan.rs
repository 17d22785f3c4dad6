//! What is new in a mailbox: the places that lie there now, less the places the books know.

use super::InboundError;
use super::backlog::Waiting;
use super::closed::{self, Refused};
use super::known::{Known, KnownFolder, REFUSALS_MAX, Refusals};
use crate::flow::transaction::in_books;
use crate::flow::{Account, Notice, Office};
use crate::mailbox::{Entry, Folder, Hints, Mailbox, MailboxError, Mark, Places, Role, Surveyed, UidSet, Visit};
use crate::record::folders::{self, FolderRole, History};
use crate::record::{self, Session, health, places, settings};
use crate::types::{FolderId, Moment};
use crate::watch::mail;
use std::collections::HashSet;
use std::sync::Arc;

/// Places marked as gone in one transaction.
const GONE_BATCH_LEN: usize = 500;
/// Mail in a folder that shows up late, or that is put into a mailbox from an archive, is history when it is older than this: a folder
/// that was hidden must not lead to answers to last year's mail, and a new folder's first mail must not be taken for history.
pub(super) const LATE_MS: i64 = 3 * 86_400_000;

/// A folder whose mail is read.
#[derive(Debug, Clone)]
pub struct Found {
    pub row: folders::Folder,
    /// As a person reads it.
    pub name: String,
    pub role: Role,
    /// Below which its places are known; 0 in a Maildir.
    pub uidvalidity: i64,
}

/// Whether mail found now is history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstLook {
    /// The owner wants everything handled.
    Handle,
    /// It goes on. Mail that came until this moment is history; after a crash the moment stays, so that what came since is not taken
    /// for history.
    Since(Moment),
    /// It was done then.
    Done(Moment),
}

/// Whether the account still reads its history, and since when.
pub(super) async fn first_look(office: &Office, account: &Account) -> Result<FirstLook, InboundError> {
    if !account.reads_history() {
        return Ok(FirstLook::Handle);
    }
    let mut session = office.books.look().await?;
    if let Some(done_at) = done_at(&mut session, account).await? {
        return Ok(FirstLook::Done(done_at));
    }
    drop(session);
    let key = began_key(account);
    in_books(&office.books, async |session| {
        if let Some(done_at) = done_at(session, account).await? {
            return Ok(FirstLook::Done(done_at));
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
    if done_at(&mut session, account).await?.is_some() {
        return Ok(());
    }
    drop(session);
    in_books(&office.books, async |session| {
        record::accounts::mark_first_look_done(session, account.id, office.now()).await?;
        Ok(settings::erase(session, &began_key(account)).await?)
    })
    .await?;
    if matches!(first_look, FirstLook::Since(_)) {
        tracing::info!(account = %account.id, "The first look at the mailbox is done");
    }
    Ok(())
}

async fn done_at(session: &mut Session, account: &Account) -> Result<Option<Moment>, InboundError> {
    let accounts = record::accounts::list(session).await?;
    Ok(accounts.iter().find(|known| known.id == account.id).and_then(|known| known.first_look_done_at))
}

/// Where the books keep when the first look began.
fn began_key(account: &Account) -> String {
    format!("first-look:{}", account.id)
}

/// What a look brought beside the backlog.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Mail that is no longer where it was.
    pub gone: usize,
    /// Why the inbox or Sent cannot be looked into.
    pub trouble: Option<MailboxError>,
}

/// Looks where something may have happened and adds what is new to the backlog.
pub(super) async fn look(
    office: &Office,
    account: &Account,
    visit: &mut Visit,
    known: &mut Known,
    hints: &Hints,
    first_look: FirstLook,
) -> Result<Looked, InboundError> {
    let mut looked = Looked::default();
    let is_whole = hints.anywhere
        || !known.is_whole
        || hints.folders.iter().any(|folder| !known.folders.contains_key(folder) && !known.aside.contains_key(folder));
    if is_whole && matches!(first_look, FirstLook::Since(_)) && known.turn.is_none() {
        // Listing years of mail is a part of reading it. Whoever has to wait for a turn lists only what comes meanwhile.
        if let Ok(turn) = Arc::clone(&office.history_turns).try_acquire_owned() {
            known.take_turn(turn);
        }
    }
    let surveyed = if is_whole { Some(visit.survey().await?) } else { None };
    if let Some(surveyed) = &surveyed {
        looked.gone += forget_vanished(office, account, known, surveyed).await?;
        known.note_private(account.private_among(surveyed));
        known.private.unmatched.iter().for_each(|unmatched| {
            let (mailbox, unmatched) = (account.config.name.clone(), unmatched.clone());
            office.notices.say(Notice::NoSuchFolder { mailbox, unmatched });
        });
        let is_aside = |one: &&Surveyed| mail::reading_order(one.folder.role).is_none() || known.private.holds(&one.folder.name);
        let aside = surveyed.iter().filter(is_aside);
        known.aside = aside.map(|one| (one.folder.wire_name.clone(), one.folder.role)).collect();
    }
    let wanted = worth_a_look(known, hints, surveyed);
    if is_whole {
        closed::forget_others(office, account, &wanted.iter().map(|(folder, _)| folder.wire_name.as_str()).collect::<Vec<_>>()).await?;
    }
    let mut is_complete = true;
    for (folder, mark) in wanted {
        let refused = match look_into(office, account, visit, known, &folder, mark, first_look).await {
            Ok(None) => continue,
            Ok(Some(more)) => {
                looked.gone += more;
                closed::note_admission(office, account, known, &folder).await?;
                continue;
            }
            // The server refuses this folder, now or for ever; the others are looked into.
            Err(InboundError::Mailbox(error @ MailboxError::Imap(_))) if !error.ends_visit() => {
                closed::note_refusal(office, account, known, &folder, error, first_look).await?
            }
            Err(InboundError::Mailbox(error)) if error.ends_visit() => {
                closed::note_cut(office, account, known, &folder, &error, first_look).await?;
                return Err(error.into());
            }
            Err(error) => return Err(error),
        };
        is_complete &= matches!(refused, Refused::Closed);
        match refused {
            Refused::Once => account.bell.ring_for(&folder.wire_name),
            Refused::Closed => {}
            Refused::Trouble(error) => looked.trouble = Some(error),
        }
    }
    known.is_whole |= is_whole && is_complete;
    Ok(looked)
}

/// The folders to look into, in their order, with what the server says of them unasked.
fn worth_a_look(known: &Known, hints: &Hints, surveyed: Option<Vec<Surveyed>>) -> Vec<(Folder, Option<Mark>)> {
    let mut wanted: Vec<(u8, Folder, Option<Mark>)> = if let Some(surveyed) = surveyed {
        let is_read = |surveyed: &Surveyed| !known.private.holds(&surveyed.folder.name);
        surveyed.into_iter().filter(is_read).filter_map(|one| Some((mail::reading_order(one.folder.role)?, one.folder, one.mark))).collect()
    } else {
        let hinted = known.folders.values().filter(|folder| hints.folders.contains(&folder.found.row.wire_name));
        let folder = |known: &KnownFolder| Folder {
            wire_name: known.found.row.wire_name.clone(),
            name: known.found.name.clone(),
            role: known.found.role,
        };
        hinted.filter_map(|known| Some((mail::reading_order(known.found.role)?, folder(known), None))).collect()
    };
    // What ended the connection comes last.
    let turn = |order: u8, folder: &Folder| (known.cuts(&folder.wire_name), order);
    wanted.sort_by(|(a, x, _), (b, y, _)| (turn(*a, x), &x.wire_name).cmp(&(turn(*b, y), &y.wire_name)));
    wanted.into_iter().map(|(_, folder, mark)| (folder, mark)).collect()
}

/// Mail of folders that are no longer listed is not there any more: the folder was deleted, hidden or renamed. Under another name its
/// mail is known again by its identity.
async fn forget_vanished(office: &Office, account: &Account, known: &mut Known, surveyed: &[Surveyed]) -> Result<usize, InboundError> {
    let listed: HashSet<&str> = surveyed.iter().map(|one| one.folder.wire_name.as_str()).collect();
    let vanished: Vec<FolderId> = if known.is_whole {
        let vanished = known.folders.iter().filter(|(name, _)| !listed.contains(name.as_str()));
        vanished.map(|(_, folder)| folder.found.row.id).collect()
    } else {
        let mut session = office.books.look().await?;
        let rows = folders::list(&mut session, account.id).await?;
        rows.into_iter().filter(|row| !listed.contains(row.wire_name.as_str())).map(|row| row.id).collect()
    };
    let mut gone = 0;
    for folder in vanished {
        known.forget(folder);
        let marked = in_books(&office.books, async |session| {
            health::forget_count(session, folder).await?;
            Ok(places::mark_all_gone(session, account.id, folder, office.now()).await?)
        })
        .await?;
        gone += usize::try_from(marked).unwrap_or(usize::MAX);
    }
    Ok(gone)
}

/// Looks into a folder; how many mails are gone from it. `None` when it is left out.
async fn look_into(
    office: &Office,
    account: &Account,
    visit: &mut Visit,
    known: &mut Known,
    folder: &Folder,
    mark: Option<Mark>,
    first_look: FirstLook,
) -> Result<Option<usize>, InboundError> {
    let is_same = |known: &KnownFolder| known.found.name == folder.name && known.found.role == folder.role;
    if !known.folders.get(&folder.wire_name).is_some_and(is_same) {
        let opened = open(office, account, folder).await?;
        known.folders.insert(folder.wire_name.clone(), opened);
    }
    let is_busy = !known.backlog.is_empty();
    let Some(state) = known.folders.get_mut(&folder.wire_name) else { return Ok(None) };
    if state.is_left_out(office.now()) || (state.is_closed() && state.refusals.cuts && is_busy) {
        return Ok(None);
    }
    if mark.zip(state.last).is_some_and(|(now, last)| now.is_as(&last)) {
        return Ok(Some(0));
    }
    let waits = known.turn.is_none() && matches!(first_look, FirstLook::Since(_));
    if waits && look_before_turn(office, account, visit, known, folder, first_look).await? {
        return Ok(Some(0));
    }
    let Some(state) = known.folders.get_mut(&folder.wire_name) else { return Ok(None) };
    let look = visit.look(&folder.wire_name, &state.found_places(), state.last.as_ref()).await?;
    // Also the first time: then nothing was known of how the folder counts.
    if look.is_reset || look.mark.uidvalidity != state.found.uidvalidity {
        known.backlog.forget(state.found.row.id);
        let uids = look.newcomers.iter().filter_map(|entry| entry.place.parse::<i64>().ok());
        let above = uids.max().map_or(0, |last| last.saturating_add(1));
        reset(office, account, state, look.mark.uidvalidity, above, first_look).await?;
    }
    forget_gone(office, account, state, &look.gone).await?;
    let gone = look.gone.len();
    let now_last = look.mark;
    let found = Arc::clone(&state.found);
    let mut newcomers: Vec<Waiting> = Vec::new();
    for entry in look.newcomers {
        if !state.pending.contains(&entry.place) {
            let historical = is_history(&found, &entry, first_look);
            newcomers.push(Waiting { entry, historical });
        }
    }
    (state.last, state.seen) = (Some(now_last), Some(now_last));
    if waits && newcomers.iter().any(|one| one.historical) {
        // Its turn has not come; what is new is read all the same. The next look finds the rest again.
        newcomers.retain(|one| !one.historical);
        state.last = None;
        known.wants_turn = true;
    }
    known.add(&found, newcomers);
    Ok(Some(gone))
}

/// Before a mailbox's turn to read history: takes what came since the folder was opened for the first time, and lists nothing else.
/// `false` when nothing else is there, so that an ordinary look costs no more.
async fn look_before_turn(
    office: &Office,
    account: &Account,
    visit: &mut Visit,
    known: &mut Known,
    folder: &Folder,
    first_look: FirstLook,
) -> Result<bool, InboundError> {
    let Some(state) = known.folders.get_mut(&folder.wire_name) else { return Ok(false) };
    let below_uid = u32::try_from(state.found.row.history.below_uid).unwrap_or(u32::MAX);
    let above = (state.found.uidvalidity != 0).then_some(below_uid.max(1));
    let Some(fresh) = visit.look_above(&folder.wire_name, &state.found_places(), above).await?.filter(|fresh| fresh.older > 0) else {
        return Ok(false);
    };
    let uidvalidity = fresh.look.mark.uidvalidity;
    if fresh.look.is_reset || uidvalidity != state.found.uidvalidity {
        known.backlog.forget(state.found.row.id);
        reset(office, account, state, uidvalidity, i64::from(fresh.above), first_look).await?;
    }
    // The next look finds the rest.
    (state.last, state.seen) = (None, None);
    let found = Arc::clone(&state.found);
    known.wants_turn = true;
    known.add(&found, fresh.look.newcomers.into_iter().map(|entry| Waiting { entry, historical: false }).collect());
    Ok(true)
}

/// A mail was there before we were, or comes from an archive.
fn is_history(found: &Found, entry: &Entry, first_look: FirstLook) -> bool {
    let uid = entry.place.parse().ok().filter(|_| found.uidvalidity != 0);
    match (first_look, uid) {
        (FirstLook::Handle, _) => false,
        (FirstLook::Since(began), None) => entry.arrived_at <= began,
        (FirstLook::Since(_), Some(uid)) => found.row.history.holds(uid, entry.arrived_at),
        (FirstLook::Done(_), None) => false,
        (FirstLook::Done(done), Some(uid)) => {
            // A server that does not tell when mail came makes it no older.
            let is_old = entry.arrived_at != Moment(0) && entry.arrived_at < done.plus_ms(-LATE_MS);
            found.row.history.holds(uid, entry.arrived_at) || is_old
        }
    }
}

/// The folder's place in the books, with what they know of it.
async fn open(office: &Office, account: &Account, folder: &Folder) -> Result<KnownFolder, InboundError> {
    let role = match folder.role {
        Role::Inbox => FolderRole::Inbox,
        Role::Sent => FolderRole::Sent,
        Role::Drafts => FolderRole::Drafts,
        Role::Junk => FolderRole::Junk,
        Role::Trash | Role::Templates | Role::Other => FolderRole::Other,
    };
    let row =
        in_books(&office.books, async |session| Ok(folders::find_or_add(session, account.id, &folder.wire_name, role).await?)).await?;
    let uidvalidity = row.uidvalidity;
    let mut session = office.books.look().await?;
    let known = places::list(&mut session, account.id, row.id, uidvalidity).await?;
    let closed = record::closed::find(&mut session, row.id).await?;
    drop(session);
    let places = match (&account.mailbox, u32::try_from(uidvalidity)) {
        (Mailbox::Maildir(_), _) => Places::Names(Arc::new(known.into_iter().collect())),
        (Mailbox::Imap(_), Ok(uidvalidity)) => {
            let uids: UidSet = known.iter().filter_map(|place| place.parse().ok()).collect();
            Places::Uids { uidvalidity, uids }
        }
        // No server counts so: whatever stands in the books is of another kind of mailbox.
        (Mailbox::Imap(_), Err(_)) => Places::no_uids(0),
    };
    let found = Found { row, name: folder.name.clone(), role: folder.role, uidvalidity };
    let refused = |closed: record::closed::ClosedFolder| Refusals { count: REFUSALS_MAX, cuts: closed.cuts, tried_at: closed.tried_at };
    let refusals = closed.map_or(Refusals::NONE, refused);
    Ok(KnownFolder { found: Arc::new(found), places, pending: HashSet::new(), last: None, seen: None, refusals })
}

/// The folder's UIDs mean other mail than before, and those below `above` are there already: the books forget where its mail lay, and everything is found anew. Mail they know is
/// known again by its identity, and leads to nothing a second time.
async fn reset(
    office: &Office,
    account: &Account,
    state: &mut KnownFolder,
    uidvalidity: i64,
    above: i64,
    first_look: FirstLook,
) -> Result<(), InboundError> {
    let mut found = (*state.found).clone();
    let is_first = found.row.uidvalidity == 0;
    // Of a folder that was closed to us until now it is known what was there before we were.
    let known_before = Some(found.row.history.before).filter(|before| is_first && *before > Moment(0));
    let history = match (first_look, known_before) {
        (FirstLook::Handle, _) => History::NONE,
        (_, Some(before)) => History { below_uid: above, before },
        (FirstLook::Since(_), None) => History { below_uid: above, before: Moment(i64::MAX) },
        (FirstLook::Done(_), None) if is_first => History { below_uid: above, before: office.now().plus_ms(-LATE_MS) },
        (FirstLook::Done(_), None) => History::NONE,
    };
    in_books(&office.books, async |session| {
        let forgotten = places::mark_all_gone(session, account.id, found.row.id, office.now()).await?;
        folders::mark_uidvalidity(session, found.row.id, uidvalidity, history).await?;
        if forgotten > 0 {
            tracing::warn!(account = %account.id, folder = %found.row.id, forgotten, "A folder counts its mail anew; it is read again");
        }
        Ok(())
    })
    .await?;
    found.uidvalidity = uidvalidity;
    found.row.uidvalidity = uidvalidity;
    found.row.history = history;
    state.found = Arc::new(found);
    state.places = u32::try_from(uidvalidity).map_or_else(|_| Places::no_names(), Places::no_uids);
    state.pending.clear();
    Ok(())
}

/// Marks mail that is no longer where it was; it may be somewhere else or deleted, and neither is ours to undo.
async fn forget_gone(office: &Office, account: &Account, state: &mut KnownFolder, gone: &[String]) -> Result<(), InboundError> {
    let found = Arc::clone(&state.found);
    for part in gone.chunks(GONE_BATCH_LEN) {
        let part: Vec<&str> = part.iter().map(String::as_str).collect();
        in_books(&office.books, async |session| {
            Ok(places::mark_gone(session, account.id, found.row.id, found.uidvalidity, &part, office.now()).await?)
        })
        .await?;
    }
    for place in gone {
        state.places.remove(place);
    }
    Ok(())
}
