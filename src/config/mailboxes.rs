//! `[[mailboxes]]`: what is watched.

use std::path::{Path, PathBuf};

use crate::types::EmailAddress;

use super::fault::{Kind, Problem};
use super::imap::{self, Imap, Login};
use super::near::nearest;
use super::policies::Mode;
use super::private::{self, Private};
use super::reader::{Once, Section, Value};
use super::secret::DatedSecret;
use super::sending::{self, Sending};
use super::team::{Member, TeamRead};

/// A watched mailbox.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// Short and unique; the books know the mailbox by it.
    pub name: String,
    pub address: EmailAddress,
    /// The member to whom mail goes that has no other owner: the member's main address, also when an alias was written. `None` in a
    /// shared mailbox that nobody owns: its unassigned mail gets no draft.
    pub owner: Option<EmailAddress>,
    pub door: Door,
    /// In whose Drafts replies to this mailbox's mail are put.
    pub drafts: DraftsIn,
    pub private: Private,
    /// Whom drafts in this mailbox are from.
    pub send_as: Identity,
    /// The server that takes its mail: its own `smtp`, or that of `[sending]`; `None` when nothing can be sent from here.
    pub sending: Option<Sending>,
    /// The mailbox's own mode, or that of `[policies]`.
    pub mode: Mode,
    pub first_look: FirstLook,
    pub folders: FolderNames,
}

/// Where a mailbox is.
#[derive(Debug, Clone)]
pub enum Door {
    /// A folder of this machine: absolute, unless the configuration's own path was relative.
    Maildir(PathBuf),
    Imap(Box<Imap>),
}

/// In whose Drafts the replies to a shared mailbox's mail lie; never in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DraftsIn {
    /// In the owner's own mailbox, when it is watched; else in the one that got the mail.
    #[default]
    Owner,
    /// In the mailbox that got the mail.
    Shared,
}

/// A name and address in From.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The owner's name when none is written; the company's in a mailbox that nobody owns.
    pub name: String,
    pub address: EmailAddress,
}

/// What becomes of mail that lies in a mailbox when it is seen for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstLook {
    /// It is only read, to learn contacts and threads: no draft, no timer.
    #[default]
    History,
    /// It is handled like new mail.
    Handle,
}

/// Names of folders that are not recognised by themselves; `None` means: find it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderNames {
    pub drafts: Option<String>,
    pub sent: Option<String>,
    pub junk: Option<String>,
}

impl DraftsIn {
    /// Both.
    pub const ALL: [DraftsIn; 2] = [DraftsIn::Owner, DraftsIn::Shared];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            DraftsIn::Owner => "owner",
            DraftsIn::Shared => "shared",
        }
    }
}

impl Mailbox {
    /// The Maildir, when it is one.
    pub fn maildir(&self) -> Option<&Path> {
        match &self.door {
            Door::Maildir(path) => Some(path),
            Door::Imap(_) => None,
        }
    }
}

impl FirstLook {
    /// Both, the careful one first.
    pub const ALL: [FirstLook; 2] = [FirstLook::History, FirstLook::Handle];

    /// The name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            FirstLook::History => "history",
            FirstLook::Handle => "handle",
        }
    }
}

impl Mailbox {
    /// What it is entered with, where that is a password.
    pub fn password(&self) -> Option<&DatedSecret> {
        match &self.door {
            Door::Imap(imap) => match &imap.login {
                Login::Password(password) => Some(password),
                Login::OAuth(_) => None,
            },
            Door::Maildir(_) => None,
        }
    }

    /// Whether notes put here reach that member: it is their own, or one they own.
    pub fn is_read_by(&self, member: &Member) -> bool {
        member.has(&self.address) || self.owner.as_ref().is_some_and(|owner| member.has(owner))
    }
}

/// Longest name of a mailbox, in characters; it stands in tables and logs.
const NAME_LEN_MAX: usize = 40;

pub(super) const EXAMPLE: &str = "[[mailboxes]] name = \"sales\" address = \"sales@bright.example\" maildir = \"/var/mail/sales/Maildir\"";

/// What no two mailboxes share.
#[derive(Default)]
struct Unique {
    names: Once,
    addresses: Once,
    maildirs: Once,
    servers: Once,
}

/// What holds for mailboxes that do not say otherwise.
pub(super) struct Usual<'a> {
    pub mode: Mode,
    pub sending: Option<&'a Sending>,
}

pub(super) fn read(sections: Vec<Section<'_>>, team: &TeamRead, usual: &Usual<'_>) -> Vec<Mailbox> {
    let mut unique = Unique::default();
    sections.into_iter().filter_map(|section| mailbox(section, team, usual, &mut unique)).collect()
}

fn mailbox(mut section: Section<'_>, team: &TeamRead, usual: &Usual<'_>, unique: &mut Unique) -> Option<Mailbox> {
    let name = section.require("name", "name = \"sales\"").and_then(|value| name(&value, &mut unique.names));
    let address = section.require("address", "address = \"sales@bright.example\"").and_then(|value| {
        let address = value.address()?;
        unique.addresses.note(address.folded(), &value, address.as_str());
        Some(address)
    });
    let owner = owner(&mut section, team, address.as_ref());
    let door = door(&mut section, address.as_ref(), unique);
    let is_on_server = matches!(door, Some(Door::Imap(_)));
    let smtp = sending::of_mailbox(section.section("smtp"), is_on_server, &team.team);
    let drafts = section.take("drafts").and_then(|value| value.one_of(&DraftsIn::ALL, DraftsIn::name));
    let private = private::read(section.section("private"));
    let mode = section.take("mode").and_then(|value| value.one_of(&Mode::ALL, Mode::name));
    let first_look = section.take("first_look").and_then(|value| value.one_of(&FirstLook::ALL, FirstLook::name));
    let send_as = section.take("send_as").and_then(|value| identity(&value));
    let folders = folders(section.section("folders"));
    section.close();

    let address = address?;
    let owner_name = owner.map_or(team.team.company.as_str(), |member| member.name.as_str());
    let (from_name, from_address) = send_as.unwrap_or_default();
    Some(Mailbox {
        name: name.unwrap_or_default().to_owned(),
        owner: owner.map(|member| member.address.clone()),
        door: door.unwrap_or_else(|| Door::Maildir(PathBuf::new())),
        drafts: drafts.unwrap_or_default(),
        private,
        send_as: Identity {
            name: from_name.unwrap_or_else(|| owner_name.to_owned()),
            address: from_address.unwrap_or_else(|| address.clone()),
        },
        address,
        sending: smtp.or_else(|| usual.sending.cloned()),
        mode: mode.unwrap_or(usual.mode),
        first_look: first_look.unwrap_or_default(),
        folders,
    })
}

fn name<'t>(value: &Value<'t>, names: &mut Once) -> Option<&'t str> {
    let text = value.line()?;
    let fits = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.')) && !text.starts_with('.');
    if !fits || text.chars().count() > NAME_LEN_MAX {
        value.fault(Problem::NotAName { text: text.to_owned() });
        return None;
    }
    names.note(text.to_lowercase(), value, text);
    Some(text)
}

/// Written instead of an owner where an address that nobody has is meant so.
const NOBODY: &str = "nobody";

/// The member written; else the one whose address it is, or the only one there is. A shared mailbox may have none; but an address
/// that is almost a member's own was probably meant to be it, and all that member's mail would go without drafts.
fn owner<'m>(section: &mut Section<'_>, team: &'m TeamRead, address: Option<&EmailAddress>) -> Option<&'m Member> {
    if let Some(value) = section.take("owner") {
        return if value.is_word(NOBODY) { None } else { team.member(&value) };
    }
    let members = &team.team.members;
    let address = address?;
    if let Some(own) = team.team.member(address) {
        return Some(own);
    }
    if let [only] = members.as_slice() {
        return Some(only);
    }
    let known = members.iter().flat_map(|member| std::iter::once(&member.address).chain(&member.aliases));
    if let Some(meant) = nearest(address.as_str(), known.map(EmailAddress::as_str)) {
        let problem = Problem::WhichOwner { text: address.to_string(), meant: meant.to_owned() };
        section.page().fault(&section.place("owner"), problem);
    }
    None
}

/// Exactly one of `imap` and `maildir`.
fn door(section: &mut Section<'_>, address: Option<&EmailAddress>, unique: &mut Unique) -> Option<Door> {
    match (section.take("maildir"), section.take("imap")) {
        (Some(value), None) => {
            let path = value.path()?;
            unique.maildirs.note(path.display().to_string(), &value, value.line()?);
            Some(Door::Maildir(path))
        }
        (None, Some(value)) => {
            let imap = imap::read(value.section()?, address.map_or("", EmailAddress::as_str))?;
            unique.servers.note(imap.place(), &value, &format!("{} @ {}", imap.user, imap.host));
            Some(Door::Imap(Box::new(imap)))
        }
        (Some(_), Some(second)) => {
            second.fault(Problem::OneDoor);
            None
        }
        (None, None) => {
            section.page().fault(&section.place("imap"), Problem::OneDoor);
            None
        }
    }
}

/// `"address"`, or `{ name = "…", address = "…" }` of which either may be missing.
fn identity(value: &Value<'_>) -> Option<(Option<String>, Option<EmailAddress>)> {
    match value.kind() {
        Kind::Text => Some((None, Some(value.address()?))),
        Kind::Section => {
            let mut section = value.section()?;
            let name = section.take("name").and_then(|value| value.line());
            let address = section.take("address").and_then(|value| value.address());
            section.close();
            Some((name.map(str::to_owned), address))
        }
        _ => value.wants(Kind::Identity),
    }
}

fn folders(mut section: Section<'_>) -> FolderNames {
    let mut folder = |key| section.take(key).and_then(|value| value.line()).map(str::to_owned);
    let folders = FolderNames { drafts: folder("drafts"), sent: folder("sent"), junk: folder("junk") };
    section.close();
    folders
}
