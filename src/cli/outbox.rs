//! `tradepost outbox`: what leaves, what became of it, and what a person decides of mail whose end nobody knows.

use super::budgets::{self, MailboxBudget};
use super::open;
use super::show::draw;
use super::words::Words;
use crate::config::Config;
use crate::flow::{Clock, resolve_delivery};
use crate::mailbox::providers::Providers;
use crate::record::outbox::DeliveryState;
use crate::record::outbox::claims::Resolution;
use crate::record::outbox::holds::{self, HoldOf};
use crate::record::outbox::lists::{self, Delivery};
use crate::record::{Books, BooksError, Purpose, accounts};
use crate::types::{AccountId, DeliveryId, Moment};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

/// What a person says of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Decision {
    /// It arrived, or was taken by the server.
    Sent,
    /// The same mail goes once more, under the same Message-ID.
    Resend,
    /// It does not go any more.
    Drop,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// All of them, not only what a person must look into.
    pub all: bool,
    pub limit: i64,
    pub as_json: bool,
}

/// Lists the outbox.
pub fn list(file: &Path, listing: Listing, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let runtime = open::runtime()?;
    let providers = open::providers(&config)?;
    let shown = runtime.block_on(async {
        let books = open::books(&config, Purpose::Look).await?;
        let outbox = gather(&books, &config, &providers, listing).await;
        books.close().await;
        outbox
    })?;
    let mut out = stdout().lock();
    match listing.as_json {
        true => writeln!(out, "{}", json_of(&shown, &config))?,
        false => writeln!(out, "{}", text_of(&shown, listing, words))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Resolves a delivery; 1 when it cannot be.
pub fn resolve(file: &Path, id: i64, decision: Decision, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let runtime = open::runtime()?;
    let id = DeliveryId(id);
    let (before, done) = runtime.block_on(async {
        let books = open::books(&config, Purpose::Command).await?;
        let resolved = decide(&books, id, decision, Clock::System.now()).await;
        books.close().await;
        Ok::<_, anyhow::Error>(resolved?)
    })?;
    let (key, code) = match (&before, done, decision) {
        (None, ..) => ("outbox.no_such", ExitCode::FAILURE),
        (Some(_), false, _) => ("outbox.not_resolvable", ExitCode::FAILURE),
        (Some(_), true, Decision::Sent) => ("outbox.resolved_sent", ExitCode::SUCCESS),
        (Some(_), true, Decision::Resend) => ("outbox.resolved_resend", ExitCode::SUCCESS),
        (Some(_), true, Decision::Drop) => ("outbox.resolved_drop", ExitCode::SUCCESS),
    };
    let state = before.map(|delivery| delivery.state.name()).unwrap_or_default();
    let sentence = words.say(key, &[("id", &id), ("state", &state)]);
    if code == ExitCode::SUCCESS {
        writeln!(stdout(), "{sentence}")?;
    } else {
        eprintln!("{sentence}");
    }
    Ok(code)
}

async fn decide(books: &Books, id: DeliveryId, decision: Decision, now: Moment) -> Result<(Option<Delivery>, bool), BooksError> {
    let mut session = books.begin().await?;
    let Some(before) = lists::find(&mut session, id).await? else { return Ok((None, false)) };
    let how = match decision {
        Decision::Sent => Resolution::Sent,
        Decision::Resend => Resolution::Resend,
        Decision::Drop => Resolution::Drop,
    };
    let done = resolve_delivery(&mut session, &before, how, now, "a person decided").await?;
    session.commit().await?;
    Ok((Some(before), done))
}

/// Everything there is to list.
struct Outbox {
    names: BTreeMap<AccountId, String>,
    counts: Vec<(AccountId, DeliveryState, i64)>,
    holds: Vec<holds::Hold>,
    budgets: Vec<MailboxBudget>,
    deliveries: Vec<Delivery>,
}

async fn gather(books: &Books, config: &Config, providers: &Providers, listing: Listing) -> anyhow::Result<Outbox> {
    let mut session = books.look().await?;
    let names = accounts::list(&mut session).await?.into_iter().map(|account| (account.id, account.name)).collect();
    let deliveries = match listing.all {
        true => lists::list_recent(&mut session, listing.limit).await?,
        false => lists::list_open(&mut session, listing.limit).await?,
    };
    let counts = lists::count_by_state(&mut session).await?;
    let now = Clock::System.now();
    let holds = holds::list(&mut session, now).await?;
    let budgets = budgets::gather(&mut session, config, providers, now).await?;
    Ok(Outbox { names, counts, holds, budgets, deliveries })
}

impl Outbox {
    fn name(&self, account: AccountId) -> &str {
        self.names.get(&account).map_or("", String::as_str)
    }
}

fn text_of(outbox: &Outbox, listing: Listing, words: &Words) -> String {
    let budgets = outbox.budgets.iter().flat_map(|budget| budget.lines(words));
    if outbox.counts.is_empty() {
        return std::iter::once(words.say("outbox.empty", &[])).chain(budgets).collect::<Vec<_>>().join("\n");
    }
    let mut lines = Vec::new();
    for account in outbox.names.keys() {
        let of_account = outbox.counts.iter().filter(|(of, ..)| of == account);
        let counts: Vec<String> = of_account.map(|(_, state, count)| format!("{count} {}", state.name())).collect();
        if !counts.is_empty() {
            let counts = words.list(counts.iter().map(String::as_str));
            lines.push(words.say("outbox.counts", &[("mailbox", &outbox.name(*account)), ("counts", &counts)]));
        }
    }
    for hold in &outbox.holds {
        let key = if hold.of == HoldOf::Everything { "outbox.held" } else { "outbox.held_bulk" };
        lines.push(words.say(key, &[("mailbox", &outbox.name(hold.account)), ("until", &hold.until), ("why", &hold.why)]));
    }
    lines.extend(budgets);
    if outbox.deliveries.is_empty() {
        lines.push(words.say("outbox.nothing_open", &[]));
        return lines.join("\n");
    }
    if !listing.all {
        lines.push(words.say("outbox.open", &[]));
    }
    lines.push(draw(&outbox.deliveries.iter().map(row).collect::<Vec<_>>()));
    lines.join("\n")
}

/// A delivery on one line: number, when, state, tries, recipient, subject, why.
fn row(delivery: &Delivery) -> Vec<String> {
    let why = [&delivery.why, &delivery.warning, &delivery.reply].into_iter().find(|why| !why.is_empty()).cloned().unwrap_or_default();
    vec![
        delivery.id.to_string(),
        delivery.changed_at.to_string().chars().take(16).collect(),
        delivery.state.name().to_owned(),
        delivery.attempts.to_string(),
        delivery.recipient.clone(),
        delivery.subject.clone(),
        why,
    ]
}

fn json_of(outbox: &Outbox, config: &Config) -> Value {
    let counts: Vec<Value> = outbox
        .counts
        .iter()
        .map(|(account, state, count)| json!({ "mailbox": outbox.name(*account), "state": state.name(), "count": count }))
        .collect();
    let holds: Vec<Value> = outbox
        .holds
        .iter()
        .map(|hold| json!({ "mailbox": outbox.name(hold.account), "of": hold.of.name(), "until": hold.until.to_string(), "why": hold.why }))
        .collect();
    let deliveries: Vec<Value> = outbox.deliveries.iter().map(|delivery| delivery_json(delivery, outbox)).collect();
    let sends = config.mailboxes.iter().any(|mailbox| mailbox.sending.is_some());
    let budgets: Vec<Value> = outbox.budgets.iter().map(MailboxBudget::json).collect();
    json!({ "sends": sends, "counts": counts, "holds": holds, "budgets": budgets, "deliveries": deliveries })
}

fn delivery_json(delivery: &Delivery, outbox: &Outbox) -> Value {
    json!({
        "id": delivery.id.0, "mail": delivery.outgoing.0, "mailbox": outbox.name(delivery.account), "class": delivery.class.name(),
        "recipient": delivery.recipient, "state": delivery.state.name(), "due_at": delivery.due_at.to_string(),
        "changed_at": delivery.changed_at.to_string(), "attempts": delivery.attempts, "reply_code": delivery.reply_code,
        "reply": delivery.reply, "why": delivery.why, "warning": delivery.warning, "message_id": delivery.header_id, "subject": delivery.subject,
        "thread": delivery.thread.map(|thread| thread.0),
    })
}
