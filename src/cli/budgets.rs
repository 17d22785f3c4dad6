//! What `tradepost outbox` says of budgets: how much left each mailbox, how much may, and since when it is new at sending.

use super::words::Words;
use crate::config::{Config, Mailbox};
use crate::decide::budget::{Free, Recipients, Standing, hour_of};
use crate::flow::outbox::{Sharer, Sharers, purses, standing};
use crate::mailbox::providers::Providers;
use crate::record::{BooksError, Session, accounts};
use crate::types::Moment;
use serde_json::{Value, json};
use std::fmt::Display;

/// How one mailbox stands.
#[derive(Debug, Clone)]
pub struct MailboxBudget {
    pub mailbox: String,
    /// Other mailboxes that share its provider's limit.
    pub sharers: Vec<String>,
    standing: Standing,
    free: Free,
    now: Moment,
}

/// How all mailboxes stand from which mail is sent and which the books know.
pub async fn gather(session: &mut Session, config: &Config, providers: &Providers, now: Moment) -> Result<Vec<MailboxBudget>, BooksError> {
    let accounts = accounts::list(session).await?;
    let purses = purses(config, providers);
    let known: Vec<(&Mailbox, Sharer<'_>)> = config
        .mailboxes
        .iter()
        .zip(&purses)
        .filter_map(|(mailbox, purse)| {
            let account = accounts.iter().find(|account| account.name == mailbox.name)?.id;
            Some((mailbox, Sharer { account, from: mailbox.send_as.address.as_str(), purse }))
        })
        .collect();
    let mut budgets = Vec::new();
    for (mailbox, own) in known.iter().filter(|(mailbox, _)| mailbox.sending.is_some()) {
        let others = || known.iter().filter(|(_, other)| other.account != own.account && other.purse.pool == own.purse.pool);
        let sharers = Sharers { own: *own, others: others().map(|(_, other)| *other).collect() };
        let standing = standing(session, &sharers, now).await?;
        let free = standing.free(now);
        let sharers = others().map(|(other, _)| other.name.clone()).collect();
        budgets.push(MailboxBudget { mailbox: mailbox.name.clone(), sharers, standing, free, now });
    }
    Ok(budgets)
}

impl MailboxBudget {
    fn hour(&self) -> Recipients {
        self.standing.own.between(hour_of(self.now), hour_of(self.now))
    }

    /// A line a fact, in the operator's language.
    pub fn lines(&self, words: &Words) -> Vec<String> {
        let (standing, limits) = (&self.standing, &self.standing.limits);
        let (day, reserve) = (standing.own.day(self.now), limits.reserve(limits.per_day));
        let (used, hour) = (day.all(), self.hour().all());
        let values: [(&str, &dyn Display); 9] = [
            ("mailbox", &self.mailbox),
            ("used", &used),
            ("limit", &limits.per_day),
            ("people", &day.people),
            ("ours", &day.ours),
            ("bulk", &day.bulk),
            ("reserve", &reserve),
            ("hour", &hour),
            ("per_hour", &limits.per_hour),
        ];
        let mut lines = vec![words.say("budget.line", &values)];
        if !self.sharers.is_empty() {
            let (sharers, used) = (words.list(&self.sharers), standing.pool.day(self.now).all());
            let values: [(&str, &dyn Display); 4] =
                [("mailbox", &self.mailbox), ("others", &sharers), ("used", &used), ("limit", &standing.pool_limits.per_day)];
            lines.push(words.say("budget.shared", &values));
        }
        if let Some((day, most)) = standing.ramp(self.now) {
            lines.push(words.say("budget.ramp", &[("mailbox", &self.mailbox), ("day", &day), ("limit", &most)]));
        }
        match self.free.bulk_from {
            Some(from) if from > self.now => lines.push(words.say("budget.waits", &[("mailbox", &self.mailbox), ("from", &from)])),
            Some(_) => {}
            None => lines.push(words.say("budget.nothing", &[("mailbox", &self.mailbox)])),
        }
        if standing.is_over(self.now) {
            lines.push(words.say("budget.over", &[("mailbox", &self.mailbox), ("limit", &standing.pool_limits.per_day)]));
        }
        lines
    }

    /// The same for scripts.
    pub fn json(&self) -> Value {
        let (standing, limits) = (&self.standing, &self.standing.limits);
        let used = |sent: Recipients| json!({ "people": sent.people, "ours": sent.ours, "bulk": sent.bulk });
        json!({
            "mailbox": self.mailbox,
            "shared_with": self.sharers,
            "day": used(standing.own.day(self.now)),
            "hour": used(self.hour()),
            "pool_day": used(standing.pool.day(self.now)),
            "per_day": limits.per_day,
            "per_hour": limits.per_hour,
            "pool_per_day": standing.pool_limits.per_day,
            "reserve": limits.reserve(limits.per_day),
            "answers_reserve": limits.answers_share(limits.per_day),
            "ramp": standing.ramp(self.now).map(|(day, most)| json!({ "day": day, "per_day": most })),
            "bulk_free": self.free.bulk,
            "answers_free": self.free.answers,
            "bulk_from": self.free.bulk_from.map(|from| from.to_string()),
            "over": standing.is_over(self.now),
        })
    }
}
