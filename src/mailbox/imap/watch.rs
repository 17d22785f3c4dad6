//! News of a mailbox on a server, on a connection of its own: NOTIFY (RFC 5465) for all folders where the server offers it, else
//! IDLE for the inbox and a look at the marks of the others in between, else questions.
//!
//! The bell is rung while the line is being read, before anything else is done. Every command here hears the news that come with
//! its answer: what is told once is not told again. But for the opening of the inbox, whose mark says it all.
//!
//! What a server pushes, and what it answers to NOOP, is of the folder as it was selected; some large providers never look at it again
//! for a connection. So where nothing is notified the inbox is selected anew with every sweep, and its mark compared as the others'
//! are.

use super::folders::{self, INBOX};
use super::quirks::Quirks;
use super::{Connection, ImapError, ImapMailbox, Listed, commands, quoted};
use crate::mailbox::{Bell, Mark, Role, utf7};
use imap_proto::{MailboxDatum, Response};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior};

/// What NOTIFY is asked for: everything, or no more than every server that has it must know (RFC 5465 §5).
const NOTIFY: [&str; 2] = [
    "(selected (MessageNew MessageExpunge FlagChange)) (personal (MessageNew MessageExpunge FlagChange MailboxName))",
    "(selected (MessageNew MessageExpunge)) (personal (MessageNew MessageExpunge))",
];

/// Folders that are watched; a look everywhere now and then finds what comes in others.
const LISTED_MAX: usize = 2 * folders::FOLDERS_MAX;

/// How often we ask when nobody tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// IDLE begins anew: routers forget connections that are silent.
    pub idle_max: Duration,
    /// Between two IDLEs of a server that ends them by itself.
    pub idle_min: Duration,
    /// Sent, Drafts and Junk: a reply from any client is known soon.
    pub special: Duration,
    /// All other folders.
    pub sweep: Duration,
    /// The inbox, without IDLE.
    pub poll: Duration,
    /// A look everywhere without a reason, for all that was never told.
    pub safety: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            idle_max: Duration::from_secs(120),
            idle_min: Duration::from_secs(1),
            special: Duration::from_secs(8),
            sweep: Duration::from_secs(60),
            poll: Duration::from_secs(15),
            safety: Duration::from_secs(600),
        }
    }
}

pub(in crate::mailbox) async fn watch(mailbox: &ImapMailbox, bell: &Bell) -> Result<Infallible, ImapError> {
    watch_at(mailbox, bell, Pace::default()).await
}

pub(super) async fn watch_at(mailbox: &ImapMailbox, bell: &Bell, pace: Pace) -> Result<Infallible, ImapError> {
    let mut connection = Connection::open(mailbox).await?;
    let mut ear = Ear::new(bell);
    ear.learn(&connection.list().await?, mailbox);
    ear.examine_inbox(&mut connection).await?;
    let quirks = Quirks::of(mailbox, &connection);
    // Notices come while we wait in IDLE.
    let is_notified = !quirks.no_notify && !quirks.no_idle && ask_for_notices(&mut connection, &mut ear).await?;
    if !is_notified {
        ear.sweep(&mut connection, |_| true).await?;
    }
    // From here on everything is told, or differs from the marks: one look at what came before.
    bell.ring();
    let can_idle = connection.offers("IDLE") && !quirks.no_idle;
    let (mut special, mut sweep, mut safety) = (Due::every(pace.special), Due::every(pace.sweep), Due::every(pace.safety));
    let mut turn = tokio::time::interval(if can_idle { pace.idle_min } else { pace.poll.min(pace.special) });
    // Where nobody tells anything, each turn is one for what must be known soon: a clock of its own would miss every other.
    let is_special_each_turn = !can_idle && pace.special <= pace.poll;
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turn.tick().await;
        if can_idle {
            let longest = if is_notified { pace.idle_max } else { pace.idle_max.min(pace.special) };
            let hear = |response: &Response<'_>| {
                ear.hear(response)?;
                Ok(if ear.is_deaf { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            };
            connection.idle(longest, hear).await?;
            if ear.is_deaf {
                // Whoever starts us again begins anew.
                return Err(ImapError::Lost { command: "NOTIFY" });
            }
        } else {
            ear.examine_inbox(&mut connection).await?;
        }
        if !is_notified && sweep.is_now() {
            ear.sweep(&mut connection, |_| true).await?;
            if can_idle {
                ear.examine_inbox(&mut connection).await?;
            }
        } else if !is_notified && (special.is_now() || is_special_each_turn) {
            ear.sweep(&mut connection, |role| matches!(role, Role::Sent | Role::Drafts | Role::Junk)).await?;
            if can_idle && quirks.reselect {
                ear.examine_inbox(&mut connection).await?;
            }
        }
        if safety.is_now() {
            let listed = list(&mut connection, &mut ear).await?;
            ear.learn(&listed, mailbox);
            bell.ring();
        }
    }
}

/// Asks to be told of all folders; `false` when the server offers no NOTIFY, or refuses ours.
async fn ask_for_notices(connection: &mut Connection, ear: &mut Ear<'_>) -> Result<bool, ImapError> {
    // Notices that wait for the next command come late.
    if !connection.offers("NOTIFY") || !connection.offers("IDLE") {
        return Ok(false);
    }
    for what in NOTIFY {
        match connection.notify_set(what, |response| ear.hear(response)).await {
            Ok(()) => return Ok(true),
            Err(ImapError::No { .. } | ImapError::Bad { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// The folders, while news of the inbox are heard.
async fn list(connection: &mut Connection, ear: &mut Ear<'_>) -> Result<Vec<Listed>, ImapError> {
    connection.list_and(|response| ear.compare(response)).await
}

/// A folder other than the inbox.
struct Watched {
    wire_name: String,
    role: Role,
    mark: Option<Mark>,
}

/// Hears what the server says, and rings.
struct Ear<'a> {
    bell: &'a Bell,
    /// The inbox when it was selected last.
    inbox: Option<Mark>,
    /// By readable name, for some servers write names in NOTIFY in another way than in LIST. `None`: not for us to read.
    folders: HashMap<String, Option<Watched>>,
    /// The server tells nothing any more (RFC 5465 §5.8).
    is_deaf: bool,
}

impl<'a> Ear<'a> {
    fn new(bell: &'a Bell) -> Self {
        Self { bell, inbox: None, folders: HashMap::new(), is_deaf: false }
    }

    /// Which folders there are. Marks of those that were there before are kept.
    fn learn(&mut self, listed: &[Listed], mailbox: &ImapMailbox) {
        let mut before = std::mem::take(&mut self.folders);
        for listed in listed.iter().take(LISTED_MAX) {
            let name = utf7::decode(&listed.wire_name);
            let folder = folders::folder(&listed.wire_name, listed.delimiter, &listed.attributes, &mailbox.names);
            let mark = before.remove(&name).flatten().and_then(|watched| watched.mark);
            let watched = folder.filter(|folder| folder.role != Role::Inbox);
            let watched = watched.map(|folder| Watched { wire_name: folder.wire_name, role: folder.role, mark });
            self.folders.insert(name, watched);
        }
    }

    /// A line that nobody asked for.
    fn hear(&mut self, response: &Response<'_>) -> Result<(), ImapError> {
        match response {
            Response::MailboxData(MailboxDatum::Exists(_)) | Response::Expunge(_) | Response::Vanished { .. } | Response::Fetch(..) => {
                self.bell.ring_for(INBOX);
            }
            Response::MailboxData(MailboxDatum::Status { mailbox, .. }) => match self.folders.get(&utf7::decode(mailbox)) {
                Some(Some(watched)) => self.bell.ring_for(&watched.wire_name),
                Some(None) if !mailbox.eq_ignore_ascii_case(INBOX) => {}
                _ if mailbox.eq_ignore_ascii_case(INBOX) => self.bell.ring_for(INBOX),
                _ => self.bell.ring(),
            },
            Response::MailboxData(MailboxDatum::List(_)) => self.bell.ring(),
            Response::Data { outcome, .. } if says_overflow(outcome.information.as_deref()) => {
                self.bell.ring();
                self.is_deaf = true;
            }
            _ => {}
        }
        Ok(())
    }

    /// Selects the inbox anew, and rings when it changed since it was selected last.
    async fn examine_inbox(&mut self, connection: &mut Connection) -> Result<(), ImapError> {
        let now = connection.examine(INBOX).await?.mark();
        if self.inbox.replace(now).is_some_and(|before| !now.is_as(&before)) {
            self.bell.ring_for(INBOX);
        }
        Ok(())
    }

    /// Asks for the marks of folders and rings for those that changed.
    async fn sweep(&mut self, connection: &mut Connection, is_wanted: impl Fn(Role) -> bool) -> Result<(), ImapError> {
        let items = connection.status_items();
        let watched = || self.folders.values().flatten();
        let wanted: Vec<String> = watched().filter(|watched| is_wanted(watched.role)).map(|watched| watched.wire_name.clone()).collect();
        let is_all = wanted.len() == watched().count();
        if is_all && wanted.len() > 1 && connection.offers("LIST-EXTENDED") && connection.offers("LIST-STATUS") {
            let command = format!(r#"LIST "" "*" RETURN (STATUS ({items}))"#);
            connection.exec("LIST", &command, |response| self.compare(response)).await?;
            return Ok(());
        }
        for wire_name in wanted {
            match connection.exec("STATUS", &format!("STATUS {} ({items})", quoted(&wire_name)), |response| self.compare(response)).await {
                Err(error) if error.ends_connection() => return Err(error),
                // Deleted meanwhile, or not for us: the next listing will tell.
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// A line that comes with the answer to a sweep: a mark, or news.
    fn compare(&mut self, response: &Response<'_>) -> Result<(), ImapError> {
        match response {
            Response::MailboxData(MailboxDatum::List(_)) => Ok(()),
            Response::MailboxData(MailboxDatum::Status { mailbox, status }) => {
                // What the server does not tell is no news.
                let Some(now) = commands::mark(status) else { return Ok(()) };
                let folder = self.folders.entry(utf7::decode(mailbox));
                let is_new = matches!(folder, Entry::Vacant(_)) && !mailbox.eq_ignore_ascii_case(INBOX);
                if let Some(watched) = folder.or_insert(None) {
                    if watched.mark.replace(now).is_some_and(|before| !now.is_as(&before)) {
                        self.bell.ring_for(&watched.wire_name);
                    }
                } else if is_new {
                    self.bell.ring();
                }
                Ok(())
            }
            news => self.hear(news),
        }
    }
}

fn says_overflow(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.to_ascii_uppercase().starts_with("[NOTIFICATIONOVERFLOW]"))
}

/// Something to be done every so often.
struct Due(Interval);

impl Due {
    fn every(period: Duration) -> Self {
        let mut interval = tokio::time::interval(period);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first tick comes at once and is none.
        interval.reset();
        Self(interval)
    }

    /// Whether it is time, without waiting.
    fn is_now(&mut self) -> bool {
        self.0.poll_tick(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}
