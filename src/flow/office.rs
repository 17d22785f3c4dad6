//! What the flow works with: configuration, books, rules, letters, mailboxes, clock and ids.

use super::leaves::Store;
use super::{Clock, Ids};
use crate::act::render::Letters;
use crate::config::{self, Config, DraftsIn, FirstLook};
use crate::decide::LetterName;
use crate::link::OurAddresses;
use crate::mailbox::{Bell, FolderNames, Mailbox, Maildir};
use crate::record::{self, Books, BooksError};
use crate::types::{AccountId, Language, Moment};
use crate::understand::Rules;
use std::sync::Arc;

/// Everything a daemon holds. Made once; stages get values, never this.
pub struct Office {
    pub config: Config,
    pub books: Books,
    pub rules: Arc<Rules>,
    pub letters: Letters,
    pub accounts: Vec<Account>,
    pub ours: Arc<OurAddresses>,
    /// The languages letters exist in.
    pub written: Vec<Language>,
    pub clock: Clock,
    pub ids: Ids,
    /// Where large attachments are kept.
    pub files: Store,
    /// This process among those that share the books.
    pub owner: String,
}

/// A watched mailbox with its place in the books.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub config: config::Mailbox,
    pub maildir: Maildir,
    pub mailbox: Mailbox,
    /// Wakes whoever looks after it.
    pub bell: Arc<Bell>,
}

/// The office could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    #[error(transparent)]
    Books(#[from] BooksError),
    #[error(transparent)]
    Ids(#[from] super::NoRandomness),
}

impl Office {
    /// Opens an office: the mailboxes of the configuration get their place in the books.
    pub async fn open(config: Config, books: Books, rules: Rules, letters: Letters, clock: Clock, ids: Ids) -> Result<Self, OfficeError> {
        let mut accounts = Vec::with_capacity(config.mailboxes.len());
        let mut session = books.begin().await?;
        for mailbox in &config.mailboxes {
            let account = record::accounts::find_or_add(&mut session, &mailbox.name, &mailbox.address).await?;
            let names = FolderNames {
                drafts: mailbox.folders.drafts.clone(),
                sent: mailbox.folders.sent.clone(),
                junk: mailbox.folders.junk.clone(),
            };
            let maildir = Maildir::new(mailbox.maildir().map(Into::into).unwrap_or_default(), names);
            let mailbox_door = Mailbox::Maildir(maildir.clone());
            accounts.push(Account { id: account.id, config: mailbox.clone(), maildir, mailbox: mailbox_door, bell: Arc::default() });
        }
        session.commit().await?;
        let members = config.team.members.iter().flat_map(|member| std::iter::once(&member.address).chain(&member.aliases));
        let mailboxes = config.mailboxes.iter().flat_map(|mailbox| [&mailbox.address, &mailbox.send_as.address]);
        let ours = Arc::new(OurAddresses::new(members.chain(mailboxes), config.team.domains.iter().map(String::as_str)));
        let written =
            Language::all_written().filter(|language| letters.language_for(LetterName::FirstReply, *language) == *language).collect();
        let owner = ids.owner()?;
        let files = Store::new(config.storage.attachments.clone());
        Ok(Self { config, books, rules: Arc::new(rules), letters, accounts, ours, written, clock, ids, files, owner })
    }

    /// The account whose Drafts an owner's drafts go to: the owner's own mailbox, else the one that got the mail; that one always when its
    /// drafts are shared.
    pub fn desk_of<'a>(&'a self, owner: &config::Member, received_by: &'a Account) -> &'a Account {
        if received_by.config.drafts == DraftsIn::Shared {
            return received_by;
        }
        let is_own = |account: &&Account| owner.has(&account.config.address);
        self.accounts.iter().find(is_own).unwrap_or(received_by)
    }

    /// The account with that place in the books.
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// What time it is.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }
}

impl Account {
    /// Whether mail that lies here at the first look is only read.
    pub fn reads_history(&self) -> bool {
        self.config.first_look == FirstLook::History
    }
}
