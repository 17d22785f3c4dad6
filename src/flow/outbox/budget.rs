//! Budgets: what `decide::budget` needs of configuration, provider and books, and what it decides about what is due.
//!
//! A delivery counts from its claim on: first as one in hand, then, in the transaction that writes down that it was sent, as a recipient of
//! that hour. Claims are made under the same look at the books that counted (`BEGIN IMMEDIATE`, SERIALIZABLE), so that of two mailboxes, or
//! two daemons, that share a limit none takes what the other did.

use crate::config::{self, Config, Handling, Mode, SmtpLogin};
use crate::decide::budget::{self, Limits, Recipients, Sent, Standing, hour_of};
use crate::mailbox::providers::{Provider, Providers};
use crate::record::outbox::MailClass;
use crate::record::outbox::claims::{self, Claim, Claimed};
use crate::record::outbox::uses::{self, Scope, Use, UseKind};
use crate::record::{BooksError, Session};
use crate::types::{AccountId, Intent, Moment};
use std::collections::BTreeMap;

/// Older hours are forgotten. A mailbox's first days are not: they are in its mail.
const KEPT_HOURS: i64 = 15 * 24;
/// Mails of sequences that are looked at for one claim; what domains that got enough leave of them goes with the next.
const LOOKED_AT_MAX: i64 = 500;

/// What a mailbox may send, and with whom it shares that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purse {
    pub limits: Limits,
    /// The name of those who share a provider's limit: mailboxes of one domain, or of one login.
    pub pool: String,
    /// The largest that any of them has.
    pub pool_limits: Limits,
}

/// The purses of all mailboxes, in the order of the configuration.
pub fn purses(config: &Config, providers: &Providers) -> Vec<Purse> {
    let own: Vec<(Limits, String)> = config.mailboxes.iter().map(|mailbox| own(config, mailbox, providers)).collect();
    let pool_limits = |pool: &String| {
        let of_pool = own.iter().filter(|(_, other)| other == pool).map(|(limits, _)| *limits);
        of_pool.reduce(|a, b| Limits {
            per_hour: a.per_hour.max(b.per_hour),
            per_day: a.per_day.max(b.per_day),
            answers_reserve: a.answers_reserve.max(b.answers_reserve),
            ..a
        })
    };
    let purse = |(limits, pool): &(Limits, String)| Purse {
        limits: *limits,
        pool: pool.clone(),
        pool_limits: pool_limits(pool).unwrap_or(*limits),
    };
    own.iter().map(purse).collect()
}

/// What a mailbox may send, and the name of its pool.
fn own(config: &Config, mailbox: &config::Mailbox, providers: &Providers) -> (Limits, String) {
    let provider = provider(mailbox, providers);
    let budget = mailbox.sending.as_ref().map(|sending| sending.budget).unwrap_or_default();
    let answers = mailbox.mode == Mode::Full && Intent::ALL.into_iter().any(|intent| config.policies.handling(intent) == Handling::Answer);
    let limits = Limits::of(&budget, provider.and_then(|provider| provider.sends_a_day), answers);
    let domain = mailbox.address.domain();
    let sharers = match provider {
        Some(provider) if provider.sends_each || provider.is_public(domain) => login(mailbox),
        _ => psl::domain_str(domain).unwrap_or(domain).to_owned(),
    };
    (limits, format!("{}/{sharers}", provider.map_or("-", |provider| provider.id.as_str())))
}

/// Who takes a mailbox's mail; where nothing is sent through us, who keeps it.
fn provider<'p>(mailbox: &config::Mailbox, providers: &'p Providers) -> Option<&'p Provider> {
    let keeper = || match &mailbox.door {
        config::Door::Imap(imap) => providers.recognise(imap.provider.as_deref(), &imap.host, ""),
        config::Door::Maildir(_) => None,
    };
    let by_domain = || providers.by_domain(mailbox.address.domain()).map(|known| known.provider);
    match &mailbox.sending {
        None => keeper().or_else(by_domain),
        Some(sending) => {
            let by_host = providers.by_smtp_host(&sending.host).map(|known| known.provider);
            by_host.or_else(|| if matches!(sending.login, SmtpLogin::AsMailbox) { keeper() } else { None })
        }
    }
}

/// Whom the server takes the mailbox for.
fn login(mailbox: &config::Mailbox) -> String {
    let user = mailbox.sending.as_ref().and_then(|sending| match &sending.login {
        SmtpLogin::Password { user, .. } => Some(user.to_lowercase()),
        SmtpLogin::AsMailbox | SmtpLogin::None => None,
    });
    user.unwrap_or_else(|| mailbox.address.folded())
}

/// A mailbox that sends.
#[derive(Debug, Clone, Copy)]
pub struct Sharer<'a> {
    pub account: AccountId,
    /// The address mail from it bears.
    pub from: &'a str,
    pub purse: &'a Purse,
}

/// It, with the others that share its limit.
#[derive(Debug, Clone)]
pub struct Sharers<'a> {
    pub own: Sharer<'a>,
    pub others: Vec<Sharer<'a>>,
}

/// How a mailbox stands at a moment.
pub async fn standing(session: &mut Session, sharers: &Sharers<'_>, now: Moment) -> Result<Standing, BooksError> {
    let Sharers { own, others } = sharers;
    let in_hand = in_hand(session, own.account, now).await?;
    let mut standing = alone(session, own, in_hand.clone(), now).await?;
    standing.pool = sent(session, Scope::Pool(&own.purse.pool), now).await?;
    standing.pool.0.extend(in_hand.0);
    standing.pool_limits = own.purse.pool_limits;
    for other in others {
        let in_hand = self::in_hand(session, other.account, now).await?;
        standing.pool.0.extend(in_hand.0.iter().copied());
        standing.hungry += i64::from(is_hungry(session, other, in_hand, now).await?);
    }
    Ok(standing)
}

/// How it would stand if nobody shared its limit.
async fn alone(session: &mut Session, sharer: &Sharer<'_>, in_hand: Sent, now: Moment) -> Result<Standing, BooksError> {
    let limits = sharer.purse.limits;
    let mut own = sent(session, Scope::Mailbox(sharer.account), now).await?;
    own.0.extend(in_hand.0);
    let begun = if limits.ramp { begun(session, sharer).await? } else { None };
    Ok(Standing { limits, pool: own.clone(), own, pool_limits: limits, hungry: 1, begun })
}

/// Whether a mailbox has sequences that could go now.
async fn is_hungry(session: &mut Session, sharer: &Sharer<'_>, in_hand: Sent, now: Moment) -> Result<bool, BooksError> {
    let claim = Claim { owner: "", account: sharer.account, class: MailClass::Bulk, now, lease_ms: 0, limit: 1 };
    let is_due = !claims::list_claimable(session, &claim).await?.is_empty();
    Ok(is_due && alone(session, sharer, in_hand, now).await?.has_room(now))
}

/// What is in somebody's hands counts as sent in this hour.
async fn in_hand(session: &mut Session, account: AccountId, now: Moment) -> Result<Sent, BooksError> {
    let in_hand = claims::list_in_hand(session, account).await?;
    Ok(Sent(in_hand.into_iter().map(|held| (hour_of(now), recipients(kind(held.class), held.count))).collect()))
}

async fn sent(session: &mut Session, scope: Scope<'_>, now: Moment) -> Result<Sent, BooksError> {
    let used = uses::list(session, scope, budget::first_hour_of_day(now)).await?;
    Ok(Sent(used.into_iter().map(|used| (used.hour, recipients(used.kind, used.recipients))).collect()))
}

/// When the mailbox began to send, as far as the books know.
async fn begun(session: &mut Session, sharer: &Sharer<'_>) -> Result<Option<Moment>, BooksError> {
    let counted = uses::find_first(session, Scope::Mailbox(sharer.account)).await?.map(|hour| Moment(hour * budget::HOUR_MS));
    let written = uses::find_first_written(session, sharer.from).await?;
    Ok(counted.into_iter().chain(written).min())
}

fn kind(class: MailClass) -> UseKind {
    match class {
        MailClass::Letter => UseKind::People,
        MailClass::Answer | MailClass::Team => UseKind::Ours,
        MailClass::Bulk => UseKind::Bulk,
    }
}

fn recipients(kind: UseKind, count: i64) -> Recipients {
    match kind {
        UseKind::People => Recipients { people: count, ..Recipients::default() },
        UseKind::Ours => Recipients { ours: count, ..Recipients::default() },
        UseKind::Bulk => Recipients { bulk: count, ..Recipients::default() },
    }
}

/// Recipients to be counted, gathered before they are written down: those of one commit share their rows.
#[derive(Debug, Default)]
pub(in crate::flow) struct Uses<'a>(BTreeMap<(Scope<'a>, i64, UseKind), i64>);

impl<'a> Uses<'a> {
    /// Counts a delivery that was sent.
    pub(super) fn count_delivery(&mut self, account: AccountId, purse: &'a Purse, delivery: &'a Claimed, at: Moment) {
        let domain = delivery.recipient.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.count(account, purse, domain, kind(delivery.class), at);
    }

    /// Counts a recipient at that domain.
    pub(in crate::flow) fn count(&mut self, account: AccountId, purse: &'a Purse, domain: &'a str, kind: UseKind, at: Moment) {
        let towards = Scope::Domain { pool: &purse.pool, domain: towards(domain) };
        for scope in [Scope::Mailbox(account), Scope::Pool(&purse.pool), towards] {
            *self.0.entry((scope, hour_of(at), kind)).or_default() += 1;
        }
    }

    /// Writes them down in the caller's transaction.
    pub(in crate::flow) async fn write(self, session: &mut Session) -> Result<(), BooksError> {
        let used = self.0.into_iter().map(|((scope, hour, kind), recipients)| (scope, Use { hour, kind, recipients }));
        uses::add(session, &used.collect::<Vec<_>>()).await
    }
}

/// The domain that a receiver counts by.
fn towards(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

/// Whether anything of that hour is still counted.
pub(in crate::flow) fn counts(at: Moment, now: Moment) -> bool {
    hour_of(at) > hour_of(now) - KEPT_HOURS
}

/// Forgets hours that nothing is reckoned from.
pub(in crate::flow) async fn forget_old(session: &mut Session, now: Moment) -> Result<(), BooksError> {
    uses::erase_before(session, hour_of(now) - KEPT_HOURS).await.map(|_| ())
}

/// Claims what is due and allowed: a person's mail and our team's before answers, answers before sequences.
pub(super) async fn claim(
    session: &mut Session,
    sharers: &Sharers<'_>,
    claim: &Claim<'_>,
    chance: u64,
) -> Result<Vec<Claimed>, BooksError> {
    let mut claimed = Vec::new();
    for class in [MailClass::Letter, MailClass::Team] {
        let limit = left(claim, &claimed);
        if limit > 0 {
            claimed.extend(claims::claim_due(session, &Claim { class, limit, ..*claim }).await?);
        }
    }
    if left(claim, &claimed) == 0 || !(is_due(session, claim, MailClass::Answer).await? || is_due(session, claim, MailClass::Bulk).await?) {
        return Ok(claimed);
    }
    // What was claimed above is in hand, and counts.
    let mut standing = standing(session, sharers, claim.now).await?;
    let limit = left(claim, &claimed).min(standing.free(claim.now).answers);
    if limit > 0 {
        let answers = claims::claim_due(session, &Claim { class: MailClass::Answer, limit, ..*claim }).await?;
        let hour = (hour_of(claim.now), recipients(UseKind::Ours, i64::try_from(answers.len()).unwrap_or(i64::MAX)));
        standing.own.0.push(hour);
        standing.pool.0.push(hour);
        claimed.extend(answers);
    }
    let limit = left(claim, &claimed).min(standing.free(claim.now).bulk);
    if limit > 0 {
        claimed.extend(claim_bulk(session, sharers, &Claim { class: MailClass::Bulk, limit, ..*claim }, chance).await?);
    }
    Ok(claimed)
}

fn left(claim: &Claim<'_>, claimed: &[Claimed]) -> i64 {
    claim.limit - i64::try_from(claimed.len()).unwrap_or(i64::MAX)
}

async fn is_due(session: &mut Session, claim: &Claim<'_>, class: MailClass) -> Result<bool, BooksError> {
    Ok(claims::find_next_due(session, claim.account, class).await?.is_some_and(|due| due <= claim.now))
}

/// Claims mails of sequences, and puts those off whose recipient's domain got enough in this hour.
async fn claim_bulk(session: &mut Session, sharers: &Sharers<'_>, claim: &Claim<'_>, chance: u64) -> Result<Vec<Claimed>, BooksError> {
    let per_domain = sharers.own.purse.limits.per_domain_per_hour;
    let mut domains = Domains::new(session, sharers).await?;
    let (mut claimed, mut put_off) = (Vec::new(), BTreeMap::<String, i64>::new());
    for due in claims::list_claimable(session, &Claim { limit: LOOKED_AT_MAX, ..*claim }).await? {
        if left(claim, &claimed) == 0 {
            break;
        }
        let domain = towards(&due.recipient_domain).to_owned();
        if domains.count(session, &domain, claim.now).await? < per_domain {
            if let Some(delivery) = claims::claim(session, claim, due.id).await? {
                domains.note(&domain);
                claimed.push(delivery);
            }
            continue;
        }
        let k = put_off.entry(domain).or_default();
        // Spread by its own number, too, so that one chance does for all of them.
        let until = budget::put_off(claim.now, *k, per_domain, chance.wrapping_mul(due.id.0.unsigned_abs() | 1));
        *k += 1;
        claims::put_off(session, due.id, until, claim.now, "its recipient's domain got enough in this hour").await?;
    }
    Ok(claimed)
}

/// What went to each domain in this hour, asked once for each.
struct Domains<'a> {
    pool: &'a str,
    in_hand: BTreeMap<String, i64>,
    known: BTreeMap<String, i64>,
}

impl<'a> Domains<'a> {
    async fn new(session: &mut Session, sharers: &'a Sharers<'_>) -> Result<Self, BooksError> {
        let mut in_hand = BTreeMap::new();
        for sharer in std::iter::once(&sharers.own).chain(&sharers.others) {
            for held in claims::list_in_hand(session, sharer.account).await? {
                *in_hand.entry(towards(&held.recipient_domain).to_owned()).or_default() += held.count;
            }
        }
        Ok(Self { pool: &sharers.own.purse.pool, in_hand, known: BTreeMap::new() })
    }

    async fn count(&mut self, session: &mut Session, domain: &str, now: Moment) -> Result<i64, BooksError> {
        if let Some(count) = self.known.get(domain) {
            return Ok(*count);
        }
        let used = uses::list(session, Scope::Domain { pool: self.pool, domain }, hour_of(now)).await?;
        let count = used.iter().map(|used| used.recipients).sum::<i64>() + self.in_hand.get(domain).copied().unwrap_or(0);
        self.known.insert(domain.to_owned(), count);
        Ok(count)
    }

    fn note(&mut self, domain: &str) {
        if let Some(count) = self.known.get_mut(domain) {
            *count += 1;
        }
    }
}

/// Whether something is due that may leave now.
pub(super) async fn is_any_free(session: &mut Session, sharers: &Sharers<'_>, claim: &Claim<'_>) -> Result<bool, BooksError> {
    for class in [MailClass::Letter, MailClass::Team] {
        if is_due(session, claim, class).await? {
            return Ok(true);
        }
    }
    let (answers, bulk) = (is_due(session, claim, MailClass::Answer).await?, is_due(session, claim, MailClass::Bulk).await?);
    if !answers && !bulk {
        return Ok(false);
    }
    let free = standing(session, sharers, claim.now).await?.free(claim.now);
    Ok((answers && free.answers > 0) || (bulk && free.bulk > 0))
}
