//! `tradepost status`: how the daemon and every mailbox fare, and what to do about trouble. Reads only, also beside a running daemon.

use super::words::Words;
use super::{open, pause};
use crate::config::{self, Config};
use crate::decide::TroubleKind;
use crate::decide::daily::{OfIntent, Precision, Proof};
use crate::flow::Clock;
use crate::flow::{corrections, due};
use crate::mailbox::readable_name;
use crate::record::closed::ClosedFolder;
use crate::record::habits::HabitKind;
use crate::record::health::{Run, Trouble};
use crate::record::leases::{self, Lease};
use crate::record::settings::{self, Pause};
use crate::record::{Books, BooksError, Lock, Purpose, Session, accounts, closed, daily, drafts, habits, health};
use crate::types::{AccountId, Moment};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

/// Tells it; 1 when something is in trouble: a mailbox, a gap, an act given up, a daemon that died.
pub fn run(file: &Path, as_json: bool, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let runtime = open::runtime()?;
    let status = runtime.block_on(async {
        let books = open::books(&config, Purpose::Look).await?;
        let status = gather(&config, &books, Clock::System.now()).await;
        books.close().await;
        status
    })?;
    let mut out = stdout().lock();
    let told = Told { words, zone: open::zone(&config) };
    match as_json {
        true => writeln!(out, "{}", status.json(told.paused(&status)))?,
        false => writeln!(out, "{}", told.text(&status))?,
    }
    Ok(if status.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A daemon that said so long nothing has ended, whatever the clocks of two machines say.
const RECENT_MS: i64 = 10 * 60_000;
/// So much mail is told of.
const WEEK_MS: i64 = 7 * 86_400_000;
/// Lives looked at for one that goes on.
const RUNS_MAX: i64 = 100;

/// Everything there is to tell.
struct Status {
    /// Who holds the books; several only where they are shared.
    holders: Vec<String>,
    last_run: Option<Run>,
    paused: Option<Pause>,
    mailboxes: Vec<MailboxStatus>,
    waiting: i64,
    given_up: i64,
    /// How the mail of the last seven days was read.
    week: Precision,
}

struct MailboxStatus {
    name: String,
    address: String,
    /// The daemon that looks after it, where several share the books.
    kept_by: Option<String>,
    /// Its first look is over.
    is_known: bool,
    looked_at: Option<Moment>,
    troubles: Vec<Trouble>,
    proof: Option<Proof>,
    /// Folders that the server does not let us look into.
    closed: Vec<ClosedFolder>,
    drafts: usize,
    ends_on: Option<jiff::civil::Date>,
    /// Drafts that were taken back stay there, marked as deleted, because the server deletes no single mails.
    keeps_deleted_drafts: bool,
}

/// How a daemon fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Daemon {
    Running(Moment),
    /// Something holds the books that said nothing of itself: `run --once`, a demonstration.
    AtWork,
    Stopped(Moment),
    Died(Moment),
    Never,
}

/// How a mailbox fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Well,
    FirstLook,
    Trouble,
    Unseen,
}

async fn gather(config: &Config, books: &Books, now: Moment) -> anyhow::Result<Status> {
    let mut session = books.look().await?;
    let leases = match &config.storage.books {
        config::Books::Sqlite { .. } => Vec::new(),
        config::Books::Postgres { .. } => living(&mut session).await?,
    };
    let holders = match &config.storage.books {
        config::Books::Sqlite { .. } => Lock::holder(Path::new(books.place())).into_iter().collect(),
        config::Books::Postgres { .. } => owners(&leases),
    };
    let known = accounts::list(&mut session).await?;
    let troubles = health::list_troubles(&mut session).await?;
    let mut mailboxes = Vec::with_capacity(config.mailboxes.len());
    for mailbox in &config.mailboxes {
        let account = known.iter().find(|account| account.name == mailbox.name);
        let mut status = mailbox_status(&mut session, mailbox, account, &troubles).await?;
        status.kept_by = account.and_then(|account| keeper(&leases, account.id));
        mailboxes.push(status);
    }
    Ok(Status {
        last_run: find_run(&mut session, !holders.is_empty(), now).await?,
        holders,
        paused: settings::find_pause(&mut session).await?,
        mailboxes,
        waiting: daily::count_due(&mut session).await?,
        given_up: daily::count_given_up(&mut session).await?,
        week: corrections::precision(&mut session, now.plus_ms(-WEEK_MS), now).await?,
    })
}

/// The leases that are held, by the database's clock.
async fn living(session: &mut Session) -> Result<Vec<Lease>, BooksError> {
    let now = leases::now(session).await?;
    let mut leases = leases::list(session).await?;
    leases.retain(|lease| lease.until > now);
    Ok(leases)
}

fn owners(living: &[Lease]) -> Vec<String> {
    let mut owners: Vec<String> = living.iter().map(|lease| lease.owner.clone()).collect();
    owners.sort();
    owners.dedup();
    owners
}

fn keeper(living: &[Lease], account: AccountId) -> Option<String> {
    let name = leases::mailbox(account);
    living.iter().find(|lease| lease.name == name).map(|lease| lease.owner.clone())
}

/// The life that is told of: while somebody works, one that goes on, for another daemon may have been stopped since.
async fn find_run(session: &mut Session, is_held: bool, now: Moment) -> Result<Option<Run>, BooksError> {
    let recent = health::list_runs(session, now.plus_ms(-RECENT_MS), RUNS_MAX).await?;
    let goes_on = recent.iter().rev().find(|run| is_held && run.ended_at.is_none() && run.alive_at >= now.plus_ms(-RECENT_MS));
    Ok(goes_on.or(recent.last()).copied())
}

async fn mailbox_status(
    session: &mut Session,
    mailbox: &config::Mailbox,
    account: Option<&accounts::Account>,
    troubles: &[Trouble],
) -> Result<MailboxStatus, BooksError> {
    let mut status = MailboxStatus {
        name: mailbox.name.clone(),
        address: mailbox.address.to_string(),
        kept_by: None,
        is_known: account.is_some_and(|account| account.first_look_done_at.is_some()),
        looked_at: None,
        troubles: Vec::new(),
        proof: None,
        closed: Vec::new(),
        drafts: 0,
        ends_on: mailbox.password().and_then(|password| password.expires),
        keeps_deleted_drafts: false,
    };
    let Some(account) = account else { return Ok(status) };
    status.looked_at = health::find_look(session, account.id).await?;
    status.troubles = troubles.iter().filter(|trouble| trouble.account == account.id).cloned().collect();
    status.proof = due::proof(session, account.id).await?;
    status.closed = closed::list(session, account.id).await?;
    status.drafts = drafts::list_open(session, account.id).await?.len();
    let habits = habits::list(session, account.id).await?;
    status.keeps_deleted_drafts = habits.iter().any(|habit| habit.kind == HabitKind::KeepsDeletedDrafts);
    Ok(status)
}

impl Status {
    fn daemon(&self) -> Daemon {
        match (self.holders.is_empty(), self.last_run) {
            (false, Some(run)) if run.ended_at.is_none() => Daemon::Running(run.began_at),
            (false, _) => Daemon::AtWork,
            (true, None) => Daemon::Never,
            (true, Some(run)) => run.ended_at.map_or(Daemon::Died(run.alive_at), Daemon::Stopped),
        }
    }

    fn is_well(&self) -> bool {
        let mailbox_is_well =
            |mailbox: &MailboxStatus| mailbox.state() != State::Trouble && mailbox.closed.is_empty() && !mailbox.has_gaps();
        self.given_up == 0 && !matches!(self.daemon(), Daemon::Died(_)) && self.mailboxes.iter().all(mailbox_is_well)
    }

    fn json(&self, paused: Option<String>) -> Value {
        let (state, since) = match self.daemon() {
            Daemon::Running(since) => ("running", Some(since)),
            Daemon::AtWork => ("at_work", None),
            Daemon::Stopped(at) => ("stopped", Some(at)),
            Daemon::Died(at) => ("died", Some(at)),
            Daemon::Never => ("never", None),
        };
        json!({
            "well": self.is_well(),
            "daemon": { "state": state, "since": since.map(|at| at.to_string()), "holder": self.holders.first(), "holders": self.holders },
            "paused": paused,
            "mailboxes": self.mailboxes.iter().map(MailboxStatus::json).collect::<Vec<_>>(),
            "week": { "read": self.week.read, "corrected": self.week.corrected, "intents": self.week.intents.iter().map(of_intent).collect::<Value>() },
            "acts": { "waiting": self.waiting, "given_up": self.given_up },
        })
    }
}

fn of_intent(one: &OfIntent) -> Value {
    json!({ "intent": one.intent.name(), "read": one.read, "corrected": one.corrected })
}

impl MailboxStatus {
    fn state(&self) -> State {
        match () {
            () if !self.troubles.is_empty() => State::Trouble,
            () if self.is_known => State::Well,
            () if self.proof.is_some() => State::FirstLook,
            () => State::Unseen,
        }
    }

    /// What a first look has not read yet is no gap.
    fn has_gaps(&self) -> bool {
        self.is_known && self.proof.is_some_and(|proof| proof.gaps > 0)
    }

    fn json(&self) -> Value {
        let state = match self.state() {
            State::Well => "well",
            State::FirstLook => "first_look",
            State::Trouble => "trouble",
            State::Unseen => "unseen",
        };
        let trouble = |trouble: &Trouble| {
            json!({
                "kind": trouble.kind.name(), "since": trouble.since.to_string(), "seen_at": trouble.seen_at.to_string(),
                "times": trouble.times, "detail": trouble.detail, "told_at": trouble.told_at.map(|at| at.to_string()),
            })
        };
        let closed = |folder: &ClosedFolder| {
            json!({
                "folder": readable_name(&folder.wire_name), "since": folder.since.to_string(),
                "tried_at": folder.tried_at.to_string(), "detail": folder.detail,
            })
        };
        json!({
            "name": self.name,
            "address": self.address,
            "state": state,
            "looked_after_by": self.kept_by,
            "last_look": self.looked_at.map(|at| at.to_string()),
            "troubles": self.troubles.iter().map(trouble).collect::<Vec<_>>(),
            "server": self.proof.map(|proof| proof.server),
            "recorded": self.proof.map(|proof| proof.recorded),
            "quarantined": self.proof.map(|proof| proof.quarantined),
            // Where something is unknown, nobody can say that nothing is missing.
            "gaps": self.proof.filter(|proof| proof.gaps > 0 || self.closed.is_empty()).map(|proof| proof.gaps),
            "closed_folders": self.closed.iter().map(closed).collect::<Vec<_>>(),
            "drafts": self.drafts,
            "keeps_deleted_drafts": self.keeps_deleted_drafts,
            "password_ends": self.ends_on.map(|day| day.to_string()),
        })
    }
}

/// Tells a status to a person.
struct Told<'a> {
    words: &'a Words,
    zone: TimeZone,
}

impl Told<'_> {
    fn text(&self, status: &Status) -> String {
        let words = self.words;
        let mut lines = vec![self.daemon(status)];
        lines.extend(self.paused(status).map(|why| words.say("status.paused", &[("why", &why)])));
        for mailbox in &status.mailboxes {
            self.mailbox(mailbox, &mut lines);
            if status.holders.len() > 1 {
                lines.push(match &mailbox.kept_by {
                    Some(daemon) => words.say("status.kept_by", &[("daemon", daemon)]),
                    None => words.say("status.kept_by_nobody", &[]),
                });
            }
        }
        if status.week.is_worth_telling() {
            lines.push(words.say("status.week", &[("read", &status.week.read), ("corrected", &status.week.corrected)]));
            lines.extend(status.week.intents.iter().map(|one| {
                let (intent, right) = (words.intent(one.intent), one.read.saturating_sub(one.corrected));
                words.say("status.week_of", &[("intent", &intent), ("right", &right), ("read", &one.read)])
            }));
        }
        if status.waiting > 0 || status.given_up > 0 {
            lines.push(words.say("status.acts", &[("waiting", &status.waiting), ("given_up", &status.given_up)]));
        }
        if status.is_well() {
            lines.push(words.say("status.all_well", &[]));
        }
        lines.join("\n")
    }

    fn paused(&self, status: &Status) -> Option<String> {
        status.paused.as_ref().map(|why| pause::reason(why, &self.zone, self.words))
    }

    fn daemon(&self, status: &Status) -> String {
        let words = self.words;
        let holder = words.list(status.holders.iter().map(String::as_str));
        match status.daemon() {
            Daemon::Running(since) => words.say("status.running", &[("since", &self.at(since)), ("holder", &holder)]),
            Daemon::AtWork => words.say("status.at_work", &[("holder", &holder)]),
            Daemon::Stopped(at) => words.say("status.stopped", &[("at", &self.at(at))]),
            Daemon::Died(at) => words.say("status.died", &[("at", &self.at(at))]),
            Daemon::Never => words.say("status.never", &[]),
        }
    }

    fn mailbox(&self, mailbox: &MailboxStatus, lines: &mut Vec<String>) {
        let words = self.words;
        let proof = mailbox.proof.unwrap_or_default();
        let state = match mailbox.state() {
            State::Well => words.say("status.well", &[]),
            State::Trouble => words.say("status.in_trouble", &[]),
            State::Unseen => words.say("status.unseen", &[]),
            State::FirstLook => {
                let known = proof.recorded + proof.quarantined;
                words.say("status.first_look", &[("known", &known), ("listed", &proof.server)])
            }
        };
        lines.push(match mailbox.looked_at {
            Some(at) => words.say("status.mailbox", &[("mailbox", &mailbox.name), ("state", &state), ("looked", &self.at(at))]),
            None => words.say("status.mailbox_unseen", &[("mailbox", &mailbox.name), ("state", &state)]),
        });
        for trouble in &mailbox.troubles {
            let (what, advice) = self.trouble(trouble.kind, &mailbox.name);
            let since = self.at(trouble.since);
            let values: [(&str, &dyn std::fmt::Display); 4] =
                [("what", &what), ("since", &since), ("times", &trouble.times), ("detail", &trouble.detail)];
            lines.push(words.say("status.trouble", &values));
            lines.push(words.say("status.advice", &[("advice", &advice)]));
        }
        lines.push(match mailbox.proof {
            None => words.say("status.no_proof", &[("drafts", &mailbox.drafts)]),
            Some(proof) => words.say(
                if proof.closed > 0 { "status.proof_but" } else { "status.proof" },
                &[
                    ("server", &proof.server),
                    ("recorded", &proof.recorded),
                    ("quarantined", &proof.quarantined),
                    ("gaps", &proof.gaps),
                    ("closed", &proof.closed),
                    ("drafts", &mailbox.drafts),
                ],
            ),
        });
        for folder in &mailbox.closed {
            let (name, since) = (readable_name(&folder.wire_name), self.at(folder.since));
            lines.push(words.say("status.closed", &[("folder", &name), ("since", &since), ("detail", &folder.detail)]));
            lines.push(words.say("status.advice", &[("advice", &words.say("status.closed_do", &[]))]));
        }
        if mailbox.has_gaps() {
            lines.push(words.say("status.advice", &[("advice", &words.say("status.gaps_do", &[]))]));
        }
        if mailbox.keeps_deleted_drafts {
            lines.push(words.say("status.keeps_deleted_drafts", &[]));
        }
        lines.extend(mailbox.ends_on.map(|day| words.say("status.password_ends", &[("date", &day)])));
    }

    /// What is wrong, and what to do.
    fn trouble(&self, kind: TroubleKind, mailbox: &str) -> (String, String) {
        let (what, advice) = match kind {
            TroubleKind::LoginRefused => ("trouble.login_refused", "trouble.login_refused_do"),
            TroubleKind::TokenEnded => ("trouble.token_ended", "trouble.token_ended_do"),
            TroubleKind::Unreachable => ("trouble.unreachable", "trouble.unreachable_do"),
            TroubleKind::Untrusted => ("trouble.untrusted", "trouble.untrusted_do"),
            TroubleKind::Unencrypted => ("trouble.unencrypted", "trouble.unencrypted_do"),
            TroubleKind::NoLogin => ("trouble.no_login", "trouble.no_login_do"),
            TroubleKind::StorageFull => ("trouble.storage_full", "trouble.storage_full_do"),
            TroubleKind::BooksFull => ("trouble.books_full", "trouble.books_full_do"),
            TroubleKind::NoListener => ("trouble.no_listener", "trouble.no_listener_do"),
            TroubleKind::MailboxFull => ("trouble.mailbox_full", "trouble.mailbox_full_do"),
            TroubleKind::DiskFull => ("trouble.disk_full", "trouble.disk_full_do"),
            TroubleKind::MailboxGone => ("trouble.mailbox_gone", "trouble.mailbox_gone_do"),
            TroubleKind::FolderClosed => ("trouble.folder_closed", "trouble.folder_closed_do"),
            TroubleKind::QuarantineGrows => ("trouble.quarantine_grows", "trouble.quarantine_grows_do"),
            TroubleKind::SendingRefused => ("trouble.sending_refused", "trouble.sending_refused_do"),
            TroubleKind::SendingUnreachable => ("trouble.sending_unreachable", "trouble.sending_unreachable_do"),
            TroubleKind::SendingWaits => ("trouble.sending_waits", "trouble.sending_waits_do"),
            TroubleKind::KeyUnusable => ("trouble.key_unusable", "trouble.key_unusable_do"),
        };
        (self.words.say(what, &[]), self.words.say(advice, &[("mailbox", &mailbox)]))
    }

    fn at(&self, moment: Moment) -> String {
        self.zone.to_datetime(moment.timestamp()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}
