//! The door itself: the same verbs for a server and for a Maildir.

use super::imap::{Deadlines, ImapMailbox, ImapVisit, RefusedTokens};
use super::maildir::Visitor;
use super::providers::Providers;
use super::{
    Bell, Credentials, DraftHead, DraftNow, Entry, Floor, Folder, FolderNames, Landing, Lying, MailboxError, Maildir, NewDraft, Parcel,
    Places, Server,
};
use crate::config;
use crate::types::Moment;
use std::path::PathBuf;
use std::sync::Arc;

/// A mailbox that may be reached; nothing is opened yet.
#[derive(Debug, Clone)]
pub enum Mailbox {
    Maildir(Maildir),
    Imap(Arc<ImapMailbox>),
}

/// An open mailbox. One caller at a time; on a server it is one connection.
#[derive(Debug)]
pub enum Visit {
    Maildir(Visitor),
    Imap(Box<ImapVisit>),
}

/// A folder with what the server says of it unasked (RFC 5819): enough to know whether a look is worth its while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    pub folder: Folder,
    /// `None` where asking costs as much as looking.
    pub mark: Option<Mark>,
}

/// What a folder looked like at some moment. [`Mark::is_as`] tells whether anything came or went since.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mark {
    pub uidvalidity: i64,
    /// Some servers do not tell.
    pub uidnext: Option<u32>,
    pub messages: u64,
    /// RFC 7162; rises with every change, flags included.
    pub modseq: Option<u64>,
}

/// What lies in a folder, less what is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    pub mark: Mark,
    /// The UIDs mean other mail than those known did: a new UIDVALIDITY, or UIDs that went down (RFC 9051 §2.3.1.1). Everything is
    /// among the newcomers, and nothing among the gone.
    pub is_reset: bool,
    /// Mail at places not known, in the order of arrival.
    pub newcomers: Vec<Entry>,
    /// Known places where nothing lies any more, or other mail may: that is among the newcomers too.
    pub gone: Vec<String>,
}

/// What a folder holds at a glance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Glance {
    pub messages: u64,
    /// When its first and its last mail came, as far as that is to be had with a few short answers.
    pub first: Option<Moment>,
    pub last: Option<Moment>,
}

/// What came into a folder since it was opened for the first time; what lay there before is not listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fresh {
    pub look: Look,
    /// The UID from which on mail is fresh.
    pub above: u32,
    /// How many mails lie there besides, and are not known.
    pub older: u64,
}

impl Mark {
    /// Whether nothing came and nothing went between two marks of one folder. Only what never goes down can tell: as many mails as
    /// before may be others.
    pub fn is_as(&self, before: &Mark) -> bool {
        self == before && (self.uidnext.is_some() || self.modseq.is_some())
    }
}

impl Mailbox {
    /// The mailbox of a configuration. Large mails are put into `spool` while they are fetched.
    pub fn of_config(
        mailbox: &config::Mailbox,
        providers: &Arc<Providers>,
        credentials: impl FnOnce(&config::Imap) -> Arc<dyn Credentials>,
        spool: PathBuf,
    ) -> Self {
        let given = &mailbox.folders;
        let names = FolderNames { drafts: given.drafts.clone(), sent: given.sent.clone(), junk: given.junk.clone() };
        match &mailbox.door {
            config::Door::Maildir(path) => Mailbox::Maildir(Maildir::new(path.clone(), names)),
            config::Door::Imap(imap) => {
                let server = Server {
                    host: imap.host.clone(),
                    port: imap.port,
                    security: imap.security,
                    ca_file: imap.ca_file.clone(),
                    proxy: imap.proxy.clone(),
                };
                let (credentials, deadlines) = (credentials(imap), Deadlines::default());
                let (providers, provider) = (Arc::clone(providers), imap.provider.clone());
                Mailbox::Imap(Arc::new(ImapMailbox {
                    server,
                    names,
                    credentials,
                    spool,
                    deadlines,
                    providers,
                    provider,
                    refused: RefusedTokens::default(),
                }))
            }
        }
    }

    /// The same with other deadlines, for whoever looks while somebody waits. Before it is opened.
    pub fn within(mut self, deadlines: Deadlines) -> Self {
        if let Mailbox::Imap(mailbox) = &mut self
            && let Some(mailbox) = Arc::get_mut(mailbox)
        {
            mailbox.deadlines = deadlines;
        }
        self
    }

    /// Opens it: on a server a connection is made and logged in.
    pub async fn enter(&self) -> Result<Visit, MailboxError> {
        match self {
            Mailbox::Maildir(maildir) => Ok(Visit::Maildir(Visitor::enter(maildir.clone()).await)),
            Mailbox::Imap(mailbox) => Ok(Visit::Imap(Box::new(ImapVisit::enter(Arc::clone(mailbox)).await?))),
        }
    }

    /// Rings the bell at every news, until it no longer can. On a server this is a connection of its own.
    pub async fn watch(&self, bell: &Bell) -> Result<std::convert::Infallible, MailboxError> {
        match self {
            Mailbox::Maildir(maildir) => super::maildir::watch(maildir, bell).await.map_err(MailboxError::from),
            Mailbox::Imap(mailbox) => super::imap::watch(mailbox, bell).await.map_err(MailboxError::from),
        }
    }
}

/// Asks whichever mailbox it is; both answer to the same verbs.
macro_rules! either {
    ($visit:expr, $mailbox:ident => $work:expr) => {
        match $visit {
            Visit::Maildir($mailbox) => $work.await.map_err(MailboxError::from),
            Visit::Imap($mailbox) => $work.await.map_err(MailboxError::from),
        }
    };
}

impl Visit {
    /// All folders that can hold mail, inbox first, then by name.
    pub async fn survey(&mut self) -> Result<Vec<Surveyed>, MailboxError> {
        either!(self, mailbox => mailbox.survey())
    }

    /// The Drafts folder, made when the mailbox has none.
    pub async fn drafts_folder(&mut self) -> Result<Folder, MailboxError> {
        either!(self, mailbox => mailbox.drafts_folder())
    }

    /// What lies in a folder now, told apart from what is known. `last` is the mark of the look before, if there was one.
    pub async fn look(&mut self, wire_name: &str, known: &Places, last: Option<&Mark>) -> Result<Look, MailboxError> {
        either!(self, mailbox => mailbox.look(wire_name, known, last))
    }

    /// What lies in a folder from a UID on, or will: without one, from the next that comes. `None` in a Maildir, where a look costs no
    /// more.
    pub async fn look_above(&mut self, wire_name: &str, known: &Places, above: Option<u32>) -> Result<Option<Fresh>, MailboxError> {
        match self {
            Visit::Maildir(_) => Ok(None),
            Visit::Imap(mailbox) => mailbox.look_above(wire_name, known, above).await.map(Some).map_err(MailboxError::from),
        }
    }

    /// What a folder holds at a glance.
    pub async fn glance(&mut self, wire_name: &str) -> Result<Glance, MailboxError> {
        either!(self, mailbox => mailbox.glance(wire_name))
    }

    /// Mail of a folder, one parcel for each entry in its order. Nothing is changed by fetching: no mail becomes read.
    pub async fn fetch(&mut self, wire_name: &str, entries: &[Entry]) -> Result<Vec<Parcel>, MailboxError> {
        either!(self, mailbox => mailbox.fetch(wire_name, entries))
    }

    /// Puts mails into a folder as drafts, unread, each whole or not at all, and only once; safe from a power cut when it returns.
    /// The answers come in the order of the drafts. After an answer that ends the visit the rest was not tried. A server that is late to
    /// show what it took is waited for, some seconds for all of them.
    pub async fn put_drafts(&mut self, wire_name: &str, drafts: Vec<NewDraft>) -> Vec<Result<Landing, MailboxError>> {
        match self {
            Visit::Maildir(mailbox) => mailbox.put_drafts(wire_name, drafts).await.into_iter().map(|put| put.map_err(Into::into)).collect(),
            Visit::Imap(mailbox) => mailbox.put_drafts(wire_name, drafts).await.into_iter().map(|put| put.map_err(Into::into)).collect(),
        }
    }

    /// Puts a mail into the inbox as new mail, whole or not at all, and only once. What lay there before the first try bounds the search
    /// for what earlier tries left.
    pub async fn put_note(&mut self, note: NewDraft, floor: Option<Floor>) -> Result<(), MailboxError> {
        match self {
            // A file is found by its name.
            Visit::Maildir(mailbox) => mailbox.put_note(note).await.map_err(MailboxError::from),
            Visit::Imap(mailbox) => mailbox.put_note(note, floor).await.map_err(MailboxError::from),
        }
    }

    /// Puts the copy of a mail that was sent into Sent, read, whole or not at all, and only once.
    pub async fn put_sent(&mut self, copy: NewDraft) -> Result<(), MailboxError> {
        either!(self, mailbox => mailbox.put_sent(copy))
    }

    /// How a draft of ours lies there now.
    pub async fn draft_now(&mut self, wire_name: &str, draft: &Lying) -> Result<DraftNow, MailboxError> {
        either!(self, mailbox => mailbox.draft_now(wire_name, draft))
    }

    /// Takes a draft of ours away when nobody touched it; how it lay there before.
    pub async fn take_back(&mut self, wire_name: &str, draft: &Lying) -> Result<DraftNow, MailboxError> {
        either!(self, mailbox => mailbox.take_back(wire_name, draft))
    }

    /// How soon a mail that is put here shows, at the latest, as far as anybody can tell: before that, one that is not seen may be on
    /// its way.
    pub fn shows_within_ms(&self) -> i64 {
        match self {
            Visit::Maildir(_) => 0,
            Visit::Imap(mailbox) => mailbox.shows_within_ms(),
        }
    }

    /// Whether a draft that is taken back goes away at once. On a server without UIDPLUS it is only marked as deleted, and whoever
    /// tells a person about it should say so.
    pub fn can_expunge(&self) -> bool {
        match self {
            Visit::Maildir(_) => true,
            Visit::Imap(mailbox) => mailbox.can_expunge(),
        }
    }

    /// The mails of a folder that lie there now and are not known by their heads, and the entries (flags, size) of all.
    pub async fn heads(&mut self, wire_name: &str, known: &Places) -> Result<(Vec<DraftHead>, Vec<Entry>), MailboxError> {
        either!(self, mailbox => mailbox.heads(wire_name, known))
    }

    /// Who keeps the mailbox, by its id in `rules/providers.toml`; nobody keeps a Maildir.
    pub fn provider(&self) -> Option<&str> {
        match self {
            Visit::Maildir(_) => None,
            Visit::Imap(mailbox) => mailbox.provider(),
        }
    }

    /// Whether news are told: by the server in IDLE, or by the system of a Maildir.
    pub fn is_told_news(&self) -> bool {
        match self {
            Visit::Maildir(_) => true,
            Visit::Imap(mailbox) => mailbox.can_idle(),
        }
    }

    /// Leaves in order. Not leaving is as good; servers wait for a while.
    pub async fn leave(self) {
        if let Visit::Imap(mailbox) = self {
            mailbox.leave().await;
        }
    }
}
