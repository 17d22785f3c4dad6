//! A visit to a mailbox on a server: what the door asks for, in commands.
//!
//! What must stay true, whatever a server says or leaves out:
//!
//! - Every verb selects its folder anew: some large providers keep what they showed a connection once.
//! - UIDs mean something only below their UIDVALIDITY. It is compared before anything is fetched, and again when a folder has to be
//!   opened a second time.
//! - Ranges ascend and end at a UID that can exist; `n:*` is never asked for, nor is SEARCH.
//! - Nothing but our own drafts is ever stored or expunged ([`drafts`](super::drafts)), and those by their UID. CLOSE and EXPUNGE
//!   are not to be found here.

use super::folders;
use super::quirks::Quirks;
use super::{Connection, Fetched, ImapError, ImapMailbox, Selected, SpecialUse, quoted};
use crate::mailbox::{Folder, Role, Surveyed};
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

/// One logged-in connection.
#[derive(Debug)]
pub struct ImapVisit {
    pub(super) mailbox: Arc<ImapMailbox>,
    pub(super) connection: Connection,
    pub(super) quirks: Quirks,
    /// What is selected, when it is known.
    pub(super) open: Option<Open>,
    /// The UIDVALIDITY that a caller's UIDs of a folder were told under.
    told: HashMap<String, u32>,
    /// Whether this server writes anew what is put there; learnt from the first draft of the visit.
    pub(super) rewrites: Option<bool>,
    /// Whether it waited in vain for a mail to be shown: once is enough for a visit.
    pub(super) has_waited: bool,
}

/// A folder as it was when it was selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    pub wire_name: String,
    pub uidvalidity: u32,
    /// Some servers do not tell.
    pub uidnext: Option<u32>,
    pub messages: u64,
    pub modseq: Option<u64>,
}

impl ImapVisit {
    /// Connects and logs in.
    pub async fn enter(mailbox: Arc<ImapMailbox>) -> Result<Self, ImapError> {
        let connection = Connection::open(&mailbox).await?;
        let quirks = Quirks::of(&mailbox, &connection);
        Ok(Self { mailbox, connection, quirks, open: None, told: HashMap::new(), rewrites: None, has_waited: false })
    }

    /// Who keeps the mailbox, by its id in `rules/providers.toml`.
    pub fn provider(&self) -> Option<&str> {
        self.mailbox.provider(&self.connection.said()).map(|provider| provider.id.as_str())
    }

    /// Whether it pays to wait for news: the server announces IDLE (RFC 2177), and is not known to be silent in it.
    pub fn can_idle(&self) -> bool {
        let offers = self.connection.offers("IDLE") || self.connection.offers("IMAP4REV2");
        offers && !self.quirks.no_idle
    }

    /// All folders that can hold mail, inbox first, then by name; with marks where the server gives them unasked (RFC 5819).
    pub async fn survey(&mut self) -> Result<Vec<Surveyed>, ImapError> {
        let listed = self.connection.list().await?;
        let surveyed = listed.iter().filter_map(|listed| {
            let folder = folders::folder(&listed.wire_name, listed.delimiter, &listed.attributes, &self.mailbox.names)?;
            Some(Surveyed { folder, mark: listed.status })
        });
        Ok(folders::in_order(surveyed.collect()))
    }

    /// The Drafts folder: the one the configuration or the server names, else one that is called so, else a new one.
    pub async fn drafts_folder(&mut self) -> Result<Folder, ImapError> {
        self.folder_of_ours(Role::Drafts).await
    }

    /// The folder of a role in which we put mail, Drafts or Sent: the one that the server says it is, else by its name, else made.
    pub(super) async fn folder_of_ours(&mut self, role: Role) -> Result<Folder, ImapError> {
        let listed = self.connection.list().await?;
        let given = &self.mailbox.names;
        let (use_of_role, name_given, name_usual) = match role {
            Role::Sent => (SpecialUse::Sent, &given.sent, "Sent"),
            _ => (SpecialUse::Drafts, &given.drafts, "Drafts"),
        };
        let mut ours: Vec<(bool, Folder)> = listed
            .iter()
            .filter_map(|listed| {
                let folder = folders::folder(&listed.wire_name, listed.delimiter, &listed.attributes, given)?;
                let is_said = listed.special_use == Some(use_of_role);
                (folder.role == role).then_some((is_said, folder))
            })
            .collect();
        ours.sort_by(|a, b| (!a.0, &a.1.wire_name).cmp(&(!b.0, &b.1.wire_name)));
        if let Some((_, folder)) = ours.into_iter().next() {
            return Ok(folder);
        }
        let delimiter = listed.iter().find_map(|listed| listed.delimiter);
        let wire_names: Vec<String> = listed.into_iter().map(|listed| listed.wire_name).collect();
        let name = name_given.clone().unwrap_or_else(|| name_usual.to_owned());
        let wire_name = folders::wire_name_of(&name, delimiter, &wire_names);
        self.connection.create(&wire_name).await?;
        match self.connection.exec("SUBSCRIBE", &format!("SUBSCRIBE {}", quoted(&wire_name)), |_| Ok(())).await {
            Err(error) if error.ends_connection() => return Err(error),
            // Without a subscription some clients hide the folder; what lies there is safe all the same.
            Ok(_) | Err(_) => {}
        }
        Ok(Folder { name: folders::readable(&wire_name, delimiter), wire_name, role })
    }

    /// Whether a draft that is taken back goes away at once. Else it is only marked as deleted, for then a plain EXPUNGE would take
    /// other people's mail too.
    pub fn can_expunge(&self) -> bool {
        let offers = self.connection.offers("UIDPLUS") || self.connection.offers("IMAP4REV2");
        offers && !self.quirks.no_uidplus
    }

    /// Leaves in order.
    pub async fn leave(self) {
        self.connection.logout().await;
    }

    /// Selects a folder anew, read-only.
    pub(super) async fn examine(&mut self, wire_name: &str) -> Result<Open, ImapError> {
        self.open = None;
        let selected = self.connection.examine(wire_name).await?;
        self.opened(wire_name, &selected)
    }

    /// Selects a folder anew, so that something of ours in it can change.
    pub(super) async fn select(&mut self, wire_name: &str) -> Result<Open, ImapError> {
        self.open = None;
        let selected = self.connection.select(wire_name).await?;
        self.opened(wire_name, &selected)
    }

    fn opened(&mut self, wire_name: &str, selected: &Selected) -> Result<Open, ImapError> {
        let open = Open {
            wire_name: wire_name.to_owned(),
            uidvalidity: selected.uidvalidity.ok_or(ImapError::NoLastingUids)?,
            uidnext: selected.uidnext,
            messages: u64::from(selected.exists),
            modseq: selected.modseq,
        };
        self.open = Some(open.clone());
        Ok(open)
    }

    /// What a FETCH gives of the mails asked for.
    pub(super) async fn fetched(&mut self, set: impl Display, items: &str) -> Result<Vec<Fetched>, ImapError> {
        let mut mails = Vec::new();
        self.connection.uid_fetch(set, items, |mail| mails.push(mail)).await?;
        Ok(mails)
    }

    /// Notes that a caller was told UIDs of that folder.
    pub(super) fn tell(&mut self, open: &Open) {
        if self.told.len() >= folders::FOLDERS_MAX {
            self.told.clear();
        }
        self.told.insert(open.wire_name.clone(), open.uidvalidity);
    }

    /// Selects the folder, unless it still is, for UIDs that a caller was told in this visit.
    pub(super) async fn reopen(&mut self, wire_name: &str) -> Result<(), ImapError> {
        let told = self.told.get(wire_name).copied().ok_or(ImapError::MadeAnew)?;
        let uidvalidity = match &self.open {
            Some(open) if open.wire_name == wire_name => open.uidvalidity,
            _ => self.examine(wire_name).await?.uidvalidity,
        };
        if uidvalidity == told { Ok(()) } else { Err(ImapError::MadeAnew) }
    }

    /// A UID above which nothing lies that can be known of; 0 when the folder is empty.
    pub(super) async fn top(&mut self, open: &Open) -> Result<u32, ImapError> {
        match open.uidnext {
            _ if open.messages == 0 => Ok(0),
            Some(uidnext) => Ok(uidnext.saturating_sub(1)),
            None => {
                let last = self.fetched("*", "(UID)").await?;
                // A server that tells nothing of its last mail has one all the same.
                Ok(last.iter().map(|mail| mail.uid).max().unwrap_or(u32::MAX))
            }
        }
    }
}
