//! Folders of watched mailboxes. How far each was read, its places tell ([`places`](super::places)).

use super::statement::Row;
use super::{BooksError, Session};
use crate::types::{AccountId, FolderId, Moment};

/// What a folder is for, as its server or its name says (RFC 6154).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FolderRole {
    Inbox,
    Sent,
    Drafts,
    Junk,
    Other,
}

/// What in a folder was there before we were. A UID is asked for because clocks differ, a moment because a folder that shows up late
/// may hold both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// Mail from this UID on is new.
    pub below_uid: i64,
    /// Of mail below it, what came from this moment on is new all the same.
    pub before: Moment,
}

/// A folder of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub id: FolderId,
    pub account: AccountId,
    /// The name as the server writes it.
    pub wire_name: String,
    pub role: FolderRole,
    /// 0 before the first look, and in a Maildir.
    pub uidvalidity: i64,
    pub history: History,
}

impl History {
    /// Everything is new.
    pub const NONE: History = History { below_uid: 0, before: Moment(0) };

    /// Whether a mail was there before we were.
    pub fn holds(self, uid: i64, arrived_at: Moment) -> bool {
        uid < self.below_uid && arrived_at < self.before
    }
}

impl FolderRole {
    /// All roles.
    pub const ALL: [FolderRole; 5] = [FolderRole::Inbox, FolderRole::Sent, FolderRole::Drafts, FolderRole::Junk, FolderRole::Other];

    /// The word the books use.
    pub fn name(self) -> &'static str {
        match self {
            FolderRole::Inbox => "inbox",
            FolderRole::Sent => "sent",
            FolderRole::Drafts => "drafts",
            FolderRole::Junk => "junk",
            FolderRole::Other => "other",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

statements! { STATEMENTS;
    FIND(2) = "
SELECT id, account_id, wire_name, role, uidvalidity, history_below, history_before
  FROM folder
 WHERE account_id = $1
   AND wire_name = $2";

    LIST(1) = "
SELECT id, account_id, wire_name, role, uidvalidity, history_below, history_before
  FROM folder
 WHERE account_id = $1
 ORDER BY wire_name";

    ADD(4) = "
INSERT INTO folder (id, account_id, wire_name, role)
VALUES ($1, $2, $3, $4)";

    MARK_ROLE(2) = "
UPDATE folder
   SET role = $2
 WHERE id = $1";

    MARK_UIDVALIDITY(4) = "
UPDATE folder
   SET uidvalidity = $2, history_below = $3, history_before = $4
 WHERE id = $1";
}

/// The folder of that name, added when the books do not know it; its role follows what the server says now.
pub async fn find_or_add(session: &mut Session, account: AccountId, wire_name: &str, role: FolderRole) -> Result<Folder, BooksError> {
    if let Some(row) = session.row(&FIND, &[account.into(), wire_name.into()]).await? {
        let mut folder = read(&row)?;
        if folder.role != role {
            session.run(&MARK_ROLE, &[folder.id.into(), role.name().into()]).await?;
            folder.role = role;
        }
        return Ok(folder);
    }
    let id = FolderId(session.next_id().await?);
    session.run(&ADD, &[id.into(), account.into(), wire_name.into(), role.name().into()]).await?;
    Ok(Folder { id, account, wire_name: wire_name.to_owned(), role, uidvalidity: 0, history: History::NONE })
}

/// An account's folders.
pub async fn list(session: &mut Session, account: AccountId) -> Result<Vec<Folder>, BooksError> {
    session.rows(&LIST, &[account.into()]).await?.iter().map(read).collect()
}

/// The UIDs of a folder mean other mail from now on, and this much of it is history.
pub async fn mark_uidvalidity(session: &mut Session, id: FolderId, uidvalidity: i64, history: History) -> Result<(), BooksError> {
    session.run(&MARK_UIDVALIDITY, &[id.into(), uidvalidity.into(), history.below_uid.into(), history.before.into()]).await.map(|_| ())
}

fn read(row: &Row) -> Result<Folder, BooksError> {
    Ok(Folder {
        id: FolderId(row.int(0)?),
        account: AccountId(row.int(1)?),
        wire_name: row.text(2)?,
        role: row.word(3, FolderRole::parse)?,
        uidvalidity: row.int(4)?,
        history: History { below_uid: row.int(5)?, before: row.moment(6)? },
    })
}
