//! What one look through the door shows: which folders, how many mails, from when to when. Nothing is changed by looking.

use crate::config;
use crate::mailbox::imap::Deadlines;
use crate::mailbox::providers::Providers;
use crate::mailbox::{Credentials, Glance, Mailbox, MailboxError, Role, Surveyed, Visit};
use crate::types::Moment;
use std::sync::Arc;
use std::time::Duration;

/// How long we wait for what: somebody sits there.
const PATIENCE: Deadlines = Deadlines {
    connect: Duration::from_secs(20),
    opening: Duration::from_secs(30),
    read: Duration::from_secs(20),
    command: Duration::from_secs(30),
    idle_end: Duration::from_secs(5),
    catch_up: Duration::from_secs(1),
    after_refusal: Duration::ZERO, // one look, one login: nobody waits for a second
    shown: [Duration::from_secs(1); 3],
};
/// After that what was seen is enough.
const ENOUGH: Duration = Duration::from_secs(60);

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
    /// In all folders that were counted.
    pub mails: u64,
    /// In the inbox.
    pub inbox_mails: u64,
    /// In Sent, when there is one.
    pub sent_mails: Option<u64>,
    /// When the first and the last mail of the inbox and Sent came.
    pub first: Option<Moment>,
    pub last: Option<Moment>,
    /// Some of it did not come in time, or was refused.
    pub is_partial: bool,
    /// The server lacks UIDPLUS (RFC 4315) or IDLE (RFC 2177), or does not do what they promise.
    pub lacks_uidplus: bool,
    pub lacks_idle: bool,
}

/// The door to a mailbox of the configuration, for somebody who waits for it.
pub fn door(mailbox: &config::Mailbox, providers: &Arc<Providers>, credentials: Arc<dyn Credentials>) -> Mailbox {
    Mailbox::of_config(mailbox, providers, |_| credentials, std::env::temp_dir()).within(PATIENCE)
}

/// Looks once, and leaves. Whoever lets us in and lists folders is there: what is slow, or does not come, is left out.
pub async fn see(mailbox: &Mailbox) -> Result<Seen, MailboxError> {
    let mut visit = mailbox.enter().await?;
    let seen = look(&mut visit).await?;
    visit.leave().await;
    Ok(seen)
}

async fn look(visit: &mut Visit) -> Result<Seen, MailboxError> {
    let mut folders = visit.survey().await?;
    let name = |role: Role| folders.iter().find(|surveyed| surveyed.folder.role == role).map(|surveyed| surveyed.folder.name.clone());
    let mut seen = Seen { drafts: name(Role::Drafts), sent: name(Role::Sent), junk: name(Role::Junk), ..Seen::default() };
    seen.folders = folders.iter().map(|one| (one.folder.name.clone(), one.folder.role == Role::Other)).collect();
    (seen.lacks_uidplus, seen.lacks_idle) = (!visit.can_expunge(), !visit.is_told_news());
    seen.provider = visit.provider().map(str::to_owned);
    // What is told of in detail comes first, should the rest take too long.
    folders.sort_by_key(|surveyed| !is_dated(surveyed));
    let mut enough = std::pin::pin!(tokio::time::sleep(ENOUGH));
    for surveyed in &folders {
        let glance = match surveyed.mark.filter(|_| !is_dated(surveyed)) {
            Some(mark) => Glance { messages: mark.messages, ..Glance::default() },
            None => {
                let glance = tokio::select! {
                    glance = visit.glance(&surveyed.folder.wire_name) => glance,
                    () = &mut enough => return Ok(Seen { is_partial: true, ..seen }),
                };
                match glance {
                    Ok(glance) => glance,
                    Err(error) if error.ends_visit() => return Ok(Seen { is_partial: true, ..seen }),
                    // A mailbox whose inbox is refused cannot be used.
                    Err(error) if surveyed.folder.role == Role::Inbox => return Err(error),
                    Err(_) => {
                        seen.is_partial = true;
                        continue;
                    }
                }
            }
        };
        seen.add(surveyed.folder.role, &glance);
    }
    Ok(seen)
}

fn is_dated(surveyed: &Surveyed) -> bool {
    matches!(surveyed.folder.role, Role::Inbox | Role::Sent)
}

impl Seen {
    fn add(&mut self, role: Role, glance: &Glance) {
        self.mails += glance.messages;
        self.first = self.first.into_iter().chain(glance.first).min();
        self.last = self.last.into_iter().chain(glance.last).max();
        match role {
            Role::Inbox => self.inbox_mails += glance.messages,
            Role::Sent => self.sent_mails = Some(self.sent_mails.unwrap_or_default() + glance.messages),
            _ => {}
        }
    }
}
