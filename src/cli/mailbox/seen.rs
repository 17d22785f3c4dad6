//! What one look through the door shows: which folders, how many mails, from when to when. Nothing is changed by looking.

use crate::config;
use crate::mailbox::providers::Providers;
use crate::mailbox::{Credentials, Mailbox, MailboxError, Mark, Places, Role, Surveyed, UidSet, Visit};
use crate::types::Moment;
use std::sync::Arc;
use std::time::Duration;

/// How long one mailbox may take, from the connection to the last answer.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Who keeps it, by the id in `rules/providers.toml`: by what is written, by the host, or by what the server says of itself.
    pub provider: Option<String>,
    /// All folders by the names people read, and whether they are the owner's own.
    pub folders: Vec<(String, bool)>,
    pub drafts: Option<String>,
    pub sent: Option<String>,
    pub junk: Option<String>,
    /// In all folders.
    pub mails: u64,
    /// In the inbox.
    pub inbox_mails: u64,
    /// In Sent, when there is one.
    pub sent_mails: Option<u64>,
    /// When the oldest and the newest mail of the inbox and Sent came.
    pub first: Option<Moment>,
    pub last: Option<Moment>,
    /// The server lacks UIDPLUS (RFC 4315) or IDLE (RFC 2177), or does not do what they promise.
    pub lacks_uidplus: bool,
    pub lacks_idle: bool,
}

/// Why nothing was seen.
#[derive(Debug, thiserror::Error)]
pub enum Unseen {
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    #[error("the server did not answer within {} s", DEADLINE.as_secs())]
    TooSlow,
}

/// The door to a mailbox of the configuration.
pub fn door(mailbox: &config::Mailbox, providers: &Arc<Providers>, credentials: Arc<dyn Credentials>) -> Mailbox {
    Mailbox::of_config(mailbox, providers, |_| credentials, std::env::temp_dir())
}

/// Looks once, and leaves.
pub async fn see(mailbox: &Mailbox) -> Result<Seen, Unseen> {
    let looking = async {
        let mut visit = mailbox.enter().await?;
        let seen = look(&mut visit).await?;
        visit.leave().await;
        Ok(seen)
    };
    tokio::time::timeout(DEADLINE, looking).await.unwrap_or(Err(Unseen::TooSlow))
}

async fn look(visit: &mut Visit) -> Result<Seen, Unseen> {
    let folders = visit.survey().await?;
    let name = |role: Role| folders.iter().find(|surveyed| surveyed.folder.role == role).map(|surveyed| surveyed.folder.name.clone());
    let mut seen = Seen { drafts: name(Role::Drafts), sent: name(Role::Sent), junk: name(Role::Junk), ..Seen::default() };
    seen.folders = folders.iter().map(|one| (one.folder.name.clone(), one.folder.role == Role::Other)).collect();
    (seen.lacks_uidplus, seen.lacks_idle) = (!visit.can_expunge(), !visit.is_told_news());
    seen.provider = visit.provider().map(str::to_owned);
    for surveyed in &folders {
        let role = surveyed.folder.role;
        let is_dated = matches!(role, Role::Inbox | Role::Sent);
        let count = match (surveyed.mark, is_dated) {
            (Some(mark), false) => mark.messages,
            (mark, _) => {
                let arrivals = arrivals(visit, surveyed, mark).await?;
                if is_dated {
                    seen.first = seen.first.into_iter().chain(arrivals.iter().copied()).min();
                    seen.last = seen.last.into_iter().chain(arrivals.iter().copied()).max();
                }
                arrivals.len() as u64
            }
        };
        seen.mails += count;
        match role {
            Role::Inbox => seen.inbox_mails += count,
            Role::Sent => seen.sent_mails = Some(seen.sent_mails.unwrap_or_default() + count),
            _ => {}
        }
    }
    Ok(seen)
}

/// When each mail of a folder came.
async fn arrivals(visit: &mut Visit, surveyed: &Surveyed, mark: Option<Mark>) -> Result<Vec<Moment>, MailboxError> {
    let known = match mark {
        Some(mark) => Places::Uids { uidvalidity: u32::try_from(mark.uidvalidity).unwrap_or_default(), uids: UidSet::default() },
        None => Places::no_names(),
    };
    let look = visit.look(&surveyed.folder.wire_name, &known, None).await?;
    Ok(look.newcomers.into_iter().map(|entry| entry.arrived_at).collect())
}
