//! What is due by the clock: the daily mail in each member's morning, and alarms about mailboxes in trouble. Here they are only planned;
//! `outward` puts them into the inboxes. To be called every minute.
//!
//! Wanted: a daily mail exists once, whatever kills the process. So the act, named after member and day, and the moment up to which
//! that mail reached are written in one transaction; the next mail goes on from there, also when it comes days later.

use super::inbound::InboundError;
use super::suppressing::{self, List};
use super::transaction::in_books;
use super::{Account, Office, corrections};
use crate::config::{Member, NamedSecret};
use crate::decide::daily::{self, Day, Ending, MailboxDay, Pause, Proof, Reader, TroubleNow};
use crate::decide::{Act, TroubleKind, Way, alarm, way};
use crate::mailbox::readable_name;
use crate::record::acts::NewAct;
use crate::record::closed::{self, ClosedFolder};
use crate::record::health::{self, Trouble};
use crate::record::{BooksError, Session, acts, daily as day_rows, owed, settings};
use crate::types::{AccountId, ActId, EmailAddress, Moment};

/// Lives of the daemon looked at; a machine that restarts it every minute is told of in the log.
const RUNS_MAX: i64 = 200;
/// So much quarantine within an hour is told at once.
const QUARANTINE_ALARM: i64 = 10;
const HOUR_MS: i64 = 3_600_000;

/// Enters a daily mail for every member whose morning has come and who has none of this day yet; how many were entered.
pub async fn plan_daily(office: &Office, now: Moment) -> Result<usize, InboundError> {
    let mut entered = 0;
    for member in &office.config.team.members {
        let today = daily::due_day(&member.time_zone, now);
        let mut session = office.books.look().await?;
        let mark = find_mark(&mut session, member).await?;
        match (mark, today) {
            (Some(mark), Some(today)) if mark.day < today => {
                let outdated = outdated(&mut session, member, now).await?;
                // What nobody was told yet is told now.
                let since = outdated.iter().filter_map(|daily| daily.since).fold(mark.until, Moment::min);
                let mut facts = facts(&mut session, office, since, now).await?;
                facts.precision = corrections::last_week(&mut session, office, member, (since, now)).await?;
                let inbox = inbox_of(office, member, &health::list_troubles(&mut session).await?);
                drop(session);
                entered += usize::from(enter_daily(office, member, inbox, &facts, &outdated, today).await?);
            }
            (Some(_), _) => {}
            // Nothing was watched before, so there is nothing to tell this morning.
            (None, today) => {
                drop(session);
                let local = member.time_zone.to_datetime(now.timestamp()).date();
                let day = today.unwrap_or_else(|| local.yesterday().unwrap_or(local));
                in_books(&office.books, async |session| Ok(set_mark(session, member, Mark { day, until: now }).await?)).await?;
            }
        }
    }
    Ok(entered)
}

/// Up to where a member's daily mails reach.
#[derive(Debug, Clone, Copy)]
struct Mark {
    day: jiff::civil::Date,
    until: Moment,
}

fn mark_key(member: &Member) -> String {
    format!("daily:{}", member.address.folded())
}

async fn find_mark(session: &mut Session, member: &Member) -> Result<Option<Mark>, BooksError> {
    let text = settings::find(session, &mark_key(member)).await?;
    Ok(text.and_then(|text| {
        let (day, until) = text.split_once(' ')?;
        Some(Mark { day: day.parse().ok()?, until: Moment(until.parse().ok()?) })
    }))
}

async fn set_mark(session: &mut Session, member: &Member, mark: Mark) -> Result<(), BooksError> {
    settings::mark(session, &mark_key(member), &format!("{} {}", mark.day, mark.until.0)).await
}

/// A daily mail that could not be put anywhere so far.
struct Outdated {
    act: ActId,
    /// From when on it tells; `None` when that cannot be read any more.
    since: Option<Moment>,
}

/// The member's daily mails that wait: their mailbox was out of reach, or all is paused.
async fn outdated(session: &mut Session, member: &Member, now: Moment) -> Result<Vec<Outdated>, BooksError> {
    let of_member = format!("{}:", mark_key(member));
    let waiting = day_rows::list_undelivered(session, now).await?;
    let ours = waiting.into_iter().filter(|waiting| waiting.effect_key.starts_with(&of_member));
    Ok(ours
        .map(|waiting| match serde_json::from_str(&waiting.payload) {
            Ok(Act::Daily(order)) => Outdated { act: waiting.id, since: Some(order.since) },
            Ok(_) | Err(_) => Outdated { act: waiting.id, since: None },
        })
        .collect())
}

/// After an outage a member finds one daily mail, the newest, which tells what the outdated ones would have told.
async fn enter_daily(
    office: &Office,
    member: &Member,
    inbox: Option<&Account>,
    day: &Day<'_>,
    outdated: &[Outdated],
    today: jiff::civil::Date,
) -> Result<bool, InboundError> {
    let order = match inbox {
        Some(account) => {
            let reader = Reader {
                member,
                is_admin: daily::admin(&office.config.team).is_some_and(|admin| admin.address == member.address),
                mailbox: account.config.address.clone(),
                message_id: office.ids.message_id(&account.config.address)?,
            };
            daily::daily(day, &reader).map(|order| (account.id, order))
        }
        // A member without a mailbox here cannot be told anything.
        None => None,
    };
    let effect_key = format!("{}:{today}", mark_key(member));
    let payload = order.map(|(account, order)| Ok((account, serde_json::to_string(&Act::Daily(Box::new(order)))?)));
    let payload = payload.transpose().map_err(InboundError::Payload)?;
    in_books(&office.books, async |session| {
        set_mark(session, member, Mark { day: today, until: day.until }).await?;
        let Some((account, payload)) = &payload else { return Ok(false) };
        for daily in outdated {
            day_rows::mark_dropped(session, daily.act, day.until, "a newer daily mail tells it").await?;
        }
        let why = "the member's morning has come";
        Ok(enter(session, &effect_key, "daily", *account, payload, why, day.until).await?)
    })
    .await
}

async fn enter(
    session: &mut Session,
    effect_key: &str,
    kind: &str,
    account: AccountId,
    payload: &str,
    why: &str,
    due_at: Moment,
) -> Result<bool, BooksError> {
    let new = NewAct { effect_key, kind, message: None, thread: None, account, payload, why, due_at };
    acts::add(session, &new).await
}

/// The mailbox a member reads: their own, else one they own; one that works, if there is one.
fn inbox_of<'a>(office: &'a Office, member: &Member, troubles: &[Trouble]) -> Option<&'a Account> {
    let own = office.accounts.iter().filter(|account| member.has(&account.config.address));
    let read = || own.clone().chain(office.accounts.iter().filter(|account| account.config.is_read_by(member)));
    read().find(|account| is_well(account, troubles)).or_else(|| read().next())
}

/// Whether a note can be put there, as far as the books know.
fn is_well(account: &Account, troubles: &[Trouble]) -> bool {
    !troubles.iter().any(|trouble| trouble.account == account.id && trouble.kind.keeps_out())
}

/// What happened in the house in that time.
async fn facts<'a>(session: &mut Session, office: &'a Office, since: Moment, until: Moment) -> Result<Day<'a>, InboundError> {
    let mut arrived = day_rows::list_arrived(session, since, until).await?;
    for place in arrived.iter_mut().flat_map(|mail| &mut mail.places) {
        place.folder = readable_name(&place.folder);
    }
    let answered = day_rows::list_answered(session, since, until).await?;
    let now_wrong = health::list_troubles(session).await?;
    let over = health::list_over(session, since, until).await?;
    let (of_house, over): (Vec<_>, Vec<_>) = over.into_iter().partition(|trouble| trouble.kind == TroubleKind::BooksFull);
    let house_over = of_house.iter().map(now_of).collect();
    let (mut mailboxes, mut drafts, mut quarantined) = (Vec::new(), Vec::new(), Vec::new());
    for account in office.accounts.iter() {
        drafts.extend(day_rows::list_waiting(session, account.id).await?);
        quarantined.extend(day_rows::list_set_aside(session, account.id, since, until).await?);
        mailboxes.push(MailboxDay {
            account: account.id,
            name: account.config.name.clone(),
            owner: account.config.owner.clone(),
            troubles: troubles_of(&now_wrong, account.id),
            over: troubles_of(&over, account.id),
            proof: proof(session, account.id).await?,
            closed: closed::list(session, account.id).await?.iter().map(closed_of).collect(),
            endings: office.config.secrets_of(&account.config).iter().filter_map(ending).collect(),
        });
    }
    quarantined.iter_mut().for_each(|aside| aside.folder = readable_name(&aside.folder));
    drafts.sort_by_key(|draft| draft.placed_at);
    let lives: Vec<(Moment, Moment)> =
        health::list_runs(session, since, RUNS_MAX).await?.iter().map(|run| (run.began_at, run.ended_at.unwrap_or(run.alive_at))).collect();
    let mut pauses = daily::pauses(&lives, &arrived, since, until);
    for Pause { from, to, sent_late, .. } in &mut pauses {
        *sent_late = unsigned(day_rows::count_sent_late(session, *from, *to).await?);
    }
    let given_up = unsigned(day_rows::count_given_up(session).await?);
    let house_endings = office.config.secrets_of_house().iter().filter_map(ending).collect();
    let unheard = office.config.unheard().map(|member| member.name.clone()).collect();
    let team = &office.config.team;
    let written = &office.written;
    Ok(Day {
        team,
        written,
        since,
        until,
        mailboxes,
        arrived,
        answered,
        drafts,
        quarantined,
        given_up,
        pauses,
        house_endings,
        unheard,
        house_over,
        dragged: corrections::dragged(session, since, until).await?,
        precision: None,
    })
}

fn troubles_of(troubles: &[Trouble], account: AccountId) -> Vec<TroubleNow> {
    let of_account = troubles.iter().filter(|trouble| trouble.account == account);
    of_account.map(now_of).collect()
}

fn now_of(trouble: &Trouble) -> TroubleNow {
    TroubleNow { kind: trouble.kind, since: trouble.since, over_at: trouble.over_at }
}

fn closed_of(folder: &ClosedFolder) -> daily::ClosedFolder {
    daily::ClosedFolder { name: readable_name(&folder.wire_name), since: folder.since }
}

/// When a secret ends, if that is known. The mailbox's name alone stands for its password.
fn ending(named: &NamedSecret<'_>) -> Option<Ending> {
    let what = match named.mailbox {
        Some(mailbox) if named.key == NamedSecret::IMAP_PASSWORD => mailbox.name.clone(),
        Some(mailbox) => format!("{}, {}", mailbox.name, named.key),
        None => named.key.to_owned(),
    };
    Some(Ending { what, on: named.secret.expires? })
}

/// What the server listed in all folders of a mailbox against what the books hold; `None` before anything was counted.
pub async fn proof(session: &mut Session, account: AccountId) -> Result<Option<Proof>, BooksError> {
    let counts = health::list_counts(session, account).await?;
    let closed = closed::list(session, account).await?.len();
    let mut proof = Proof { closed: u64::try_from(closed).unwrap_or(u64::MAX), ..Proof::default() };
    for count in &counts {
        let known = health::count_known(session, count).await?;
        // Private mail is nobody's business, not even as a number.
        let listed = count.listed - known.passed;
        proof.server += unsigned(listed);
        proof.recorded += unsigned(known.recorded);
        proof.quarantined += unsigned(known.quarantined);
        // Folder by folder: too many in one must not hide what another lacks.
        proof.gaps += unsigned(listed - known.recorded - known.quarantined);
    }
    Ok((!counts.is_empty()).then_some(proof))
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Enters an alarm for every trouble that is to be told at once, through another mailbox that works, once a day and trouble; how many
/// were entered.
pub async fn plan_alarms(office: &Office, now: Moment) -> Result<usize, InboundError> {
    note_quarantine(office, now).await?;
    note_key(office, now).await?;
    let mut session = office.books.look().await?;
    let troubles = health::list_troubles(&mut session).await?;
    drop(session);
    let mut entered = 0;
    for trouble in troubles.iter().filter(|trouble| trouble.kind.is_alarming(trouble.since, trouble.times, now)) {
        let Some(broken) = office.account(trouble.account) else { continue };
        entered += usize::from(enter_alarm(office, broken, trouble, &troubles, now).await?);
    }
    Ok(entered)
}

/// The mailbox in trouble of nobody: what concerns the house avoids none.
const NOBODY: AccountId = AccountId(0);

/// Through which of the mailboxes that work an alarm can be told, one of them avoided.
fn way_out<'o>(office: &'o Office, all: &[Trouble], avoided: AccountId) -> Option<Way<'o>> {
    let mailboxes: Vec<(AccountId, &EmailAddress, Option<&EmailAddress>, bool)> = office
        .accounts
        .iter()
        .map(|account| (account.id, &account.config.address, account.config.owner.as_ref(), is_well(account, all)))
        .collect();
    way(&office.config.team, &mailboxes, avoided)
}

/// The books were full and can be written again: the house's trouble is written down as it was, and told at once; the mailbox through
/// which it is told.
pub(super) async fn tell_books_full(office: &Office, since: Moment, now: Moment) -> Result<Option<AccountId>, InboundError> {
    let Some(first) = office.accounts.first() else { return Ok(None) };
    let kind = TroubleKind::BooksFull;
    let mut session = office.books.look().await?;
    let troubles = health::list_troubles(&mut session).await?;
    drop(session);
    let way = way_out(office, &troubles, NOBODY);
    let told = match way.and_then(|way| Some((office.account(way.account)?, way))) {
        Some((through, way)) => {
            let address = &through.config.address;
            let order = alarm(("", kind, since, Some(now)), &way, address, &office.written, office.ids.message_id(address)?, now);
            Some((through.id, serde_json::to_string(&Act::Alarm(Box::new(order)))?))
        }
        None => None,
    };
    let effect_key = format!("alarm:{}:{}", kind.name(), since.0);
    in_books(&office.books, async |session| {
        // A row belongs to a mailbox; this one stands for all.
        health::mark_trouble(session, first.id, kind, "the disk of the books was full", since).await?;
        health::mark_over(session, first.id, kind, now).await?;
        if let Some((account, payload)) = &told {
            enter(session, &effect_key, "alarm", *account, payload, "the books can be written again", now).await?;
        }
        Ok(())
    })
    .await?;
    Ok(told.map(|(account, _)| account))
}

async fn enter_alarm(office: &Office, broken: &Account, trouble: &Trouble, all: &[Trouble], now: Moment) -> Result<bool, InboundError> {
    // Mail in quarantine keeps nobody from reading a note in the same mailbox.
    let avoided = if trouble.kind.keeps_out() { broken.id } else { NOBODY };
    let Some(way) = way_out(office, all, avoided) else {
        tracing::error!(account = %broken.id, kind = trouble.kind.name(), "A mailbox is in trouble, and no other works through which to tell");
        return Ok(false);
    };
    let today = way.reader.time_zone.to_datetime(now.timestamp()).date();
    let told_on = trouble.told_at.map(|told| way.reader.time_zone.to_datetime(told.timestamp()).date());
    let Some(through) = office.account(way.account).filter(|_| told_on != Some(today)) else { return Ok(false) };
    let id = office.ids.message_id(&through.config.address)?;
    let what = (broken.config.name.as_str(), trouble.kind, trouble.since, None);
    let order = alarm(what, &way, &through.config.address, &office.written, id, now);
    let payload = serde_json::to_string(&Act::Alarm(Box::new(order)))?;
    let effect_key = format!("alarm:{}:{}:{today}", broken.id, trouble.kind.name());
    in_books(&office.books, async |session| {
        health::mark_told(session, trouble.id, now).await?;
        Ok(enter(session, &effect_key, "alarm", way.account, &payload, "a mailbox is in trouble", now).await?)
    })
    .await
}

/// Quarantine that grows is a trouble like others; it ends when an hour brought little.
async fn note_quarantine(office: &Office, now: Moment) -> Result<(), InboundError> {
    for account in office.accounts.iter() {
        let mut session = office.books.look().await?;
        let recent = health::count_quarantined_since(&mut session, account.id, now.plus_ms(-HOUR_MS)).await?;
        let is_known = health::list_troubles(&mut session)
            .await?
            .iter()
            .any(|trouble| trouble.account == account.id && trouble.kind == TroubleKind::QuarantineGrows);
        drop(session);
        let grows = recent >= QUARANTINE_ALARM;
        if grows == is_known {
            continue;
        }
        in_books(&office.books, async |session| {
            match grows {
                true => health::mark_trouble(session, account.id, TroubleKind::QuarantineGrows, "quarantine", now).await?,
                false => _ = health::mark_over(session, account.id, TroubleKind::QuarantineGrows, now).await?,
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// A key file that is missing, unreadable or another one holds back whatever goes by itself. The trouble is the house's; its row belongs to
/// a mailbox, and the first one stands for all. When the key is back, whoever could not be entered meanwhile is entered.
pub(super) async fn note_key(office: &Office, now: Moment) -> Result<(), InboundError> {
    let Some(first) = office.accounts.first() else { return Ok(()) };
    let kind = TroubleKind::KeyUnusable;
    let mut session = office.books.look().await?;
    let fault = suppressing::fault(&mut session, &office.keys).await?;
    let is_known = health::list_troubles(&mut session).await?.iter().any(|trouble| trouble.kind == kind);
    let is_owed = owed::has_any(&mut session).await?;
    drop(session);
    match fault {
        Some(fault) if !is_known => {
            tracing::error!(reason = %fault, "Nothing goes by itself until the key file of the books is back");
            let detail = fault.to_string();
            in_books(&office.books, async |session| Ok(health::mark_trouble(session, first.id, kind, &detail, now).await?)).await
        }
        None if is_known || is_owed => {
            in_books(&office.books, async |session| {
                // After a start nobody may have needed the key yet, and it is only now that it cannot be made.
                if let List::Closed { .. } = suppressing::open(session, &office.keys).await? {
                    return Ok(());
                }
                for trouble in health::list_troubles(session).await?.iter().filter(|trouble| trouble.kind == kind) {
                    health::mark_over(session, trouble.account, kind, now).await?;
                }
                Ok(())
            })
            .await
        }
        Some(_) | None => Ok(()),
    }
}
