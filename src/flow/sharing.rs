//! Which mailboxes this daemon looks after, where several daemons share one set of books (on PostgreSQL).
//!
//! Wanted: of the daemons that live, exactly one looks after a mailbox, and each after about as many; a dead one's mailboxes are taken
//! over within two lease times; nothing goes back and forth. So every daemon reckons the same shares from the same leases and does its
//! own part only: it takes what is free up to its share, and gives back what is beyond it. Nobody takes anything from one that lives.
//!
//! A daemon that was halted for longer than a lease learns of it late, and that is why everything it writes is fenced (`record::leases`).
//! What it had begun outside the books, putting a draft into a mailbox, is told apart by the books: the draft's row was committed
//! before. The new holder asks the mailbox for the draft's Message-ID before it puts it there, and when the old holder's APPEND comes
//! through after all, the double is found in Drafts and taken back (`outward::desk`). Known race, accepted: a note to a member, halted
//! between the command and its text, may stand in the inbox twice.

use super::inbound::InboundError;
use super::transaction::in_books;
use super::{Account, Office};
use crate::record::leases::{self, Fence, Lease};
use crate::record::{BooksError, acts};
use crate::types::{AccountId, Moment};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// So many rounds, two lease times, a mailbox waits for the daemon whose share it belongs to. Then whoever knows it takes it: the others'
/// configurations may not name it.
const IDLE_ROUNDS_MAX: u32 = 6;
/// Rounds in a lease time.
const ROUNDS: i64 = 3;

/// Something one daemon at a time does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Post {
    /// What is no mailbox's: what the clock asks for.
    Duties,
    Mailbox(AccountId),
}

impl Post {
    /// Everything there is to do.
    pub fn all(accounts: &[Account]) -> Vec<Post> {
        std::iter::once(Post::Duties).chain(accounts.iter().map(|account| Post::Mailbox(account.id))).collect()
    }

    fn lease(self) -> String {
        match self {
            Post::Duties => leases::DUTIES.to_owned(),
            Post::Mailbox(account) => leases::mailbox(account),
        }
    }
}

/// A daemon among others, and what it remembers from round to round.
#[derive(Debug)]
pub(super) struct Sharing {
    owner: String,
    lease_ms: i64,
    posts: Vec<Post>,
    /// Who lived in the last round.
    daemons: BTreeSet<String>,
    /// For how many rounds nobody has held a mailbox.
    idle: BTreeMap<Post, u32>,
    /// Mailboxes held beyond the share, because nobody else took them; kept until daemons come or go.
    strays: BTreeSet<Post>,
}

/// What a round brought.
#[derive(Debug)]
pub(super) struct Round {
    pub held: Vec<(Post, Fence)>,
    /// Of them, what is to be given back.
    pub surplus: Vec<Post>,
    /// Nobody else lives.
    pub is_alone: bool,
}

/// What is to be done in a round.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    take: Vec<Post>,
    give_back: Vec<Post>,
}

impl Sharing {
    /// `None` where the books are in a file: there is one daemon, and it does everything.
    pub fn new(office: &Office) -> Option<Self> {
        let owner = office.books.sharer()?.to_owned();
        Some(Self::of(owner, office.config.storage.lease_ms, Post::all(&office.accounts)))
    }

    fn of(owner: String, lease_ms: i64, posts: Vec<Post>) -> Self {
        Self { owner, lease_ms, posts, daemons: BTreeSet::new(), idle: BTreeMap::new(), strays: BTreeSet::new() }
    }

    /// The pace of rounds.
    pub fn pace(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.lease_ms / ROUNDS).unwrap_or(1).max(1))
    }

    /// Prolongs what is held and takes what is free, up to this daemon's share.
    pub async fn go_round(&mut self, office: &Office) -> Result<Round, InboundError> {
        let mut session = office.books.look().await?;
        let (now, leases) = (leases::now(&mut session).await?, leases::list(&mut session).await?);
        drop(session);
        let plan = self.plan(&leases, now);
        let held = self.hold(office, &plan.take).await?;
        Ok(Round { held, surplus: plan.give_back, is_alone: self.daemons.len() == 1 })
    }

    /// Takes everything, for a single pass over all mailboxes. Refused while daemons are at work: they leave nothing for it to do.
    pub async fn hold_all(&self, office: &Office) -> Result<Vec<(Post, Fence)>, InboundError> {
        let at_work = |holder: String| BooksError::AtWork { place: office.books.place().to_owned(), holder };
        let mut session = office.books.look().await?;
        let (now, leases) = (leases::now(&mut session).await?, leases::list(&mut session).await?);
        drop(session);
        if let Some(other) = leases.iter().find(|lease| lease.owner != self.owner && lease.until > now) {
            return Err(at_work(format!("{} until {}", other.owner, other.until)).into());
        }
        let held = self.hold(office, &self.posts).await?;
        // Another one came in this very instant.
        if held.len() < self.posts.len() { Err(at_work("another daemon".to_owned()).into()) } else { Ok(held) }
    }

    /// Prolongs what is held and takes more in one transaction; everything that is held then.
    async fn hold(&self, office: &Office, more: &[Post]) -> Result<Vec<(Post, Fence)>, InboundError> {
        in_books(&office.books, async |session| {
            let now = leases::now(session).await?;
            let until = now.plus_ms(self.lease_ms);
            let mut held: BTreeMap<String, i64> =
                leases::renew_all(session, &self.owner, until).await?.into_iter().map(|lease| (lease.name, lease.epoch)).collect();
            for post in more {
                let Some(epoch) = leases::take(session, &post.lease(), &self.owner, now, until).await? else { continue };
                if let Post::Mailbox(account) = post {
                    // Whoever claimed acts there before is dead, or can no longer settle them.
                    acts::mark_account_released(session, *account).await?;
                }
                held.insert(post.lease(), epoch);
            }
            let find = |post: &Post| held.remove_entry(&post.lease()).map(|(name, epoch)| (*post, Fence { name, epoch }));
            Ok(self.posts.iter().filter_map(find).collect())
        })
        .await
    }

    /// Prolongs what is held.
    pub async fn prolong(&self, office: &Office) -> Result<(), InboundError> {
        self.hold(office, &[]).await.map(|_| ())
    }

    /// Gives a post back whose task has ended.
    pub async fn give_back(&self, office: &Office, held: &Fence) -> Result<(), InboundError> {
        in_books(&office.books, async |session| Ok(leases::release(session, &self.owner, held).await?)).await
    }

    fn plan(&mut self, leases: &[Lease], now: Moment) -> Plan {
        let mut daemons: BTreeSet<String> = leases::living(leases, now).map(str::to_owned).collect();
        daemons.insert(self.owner.clone());
        if daemons != self.daemons {
            self.daemons = daemons;
            self.strays.clear();
        }
        let by_name: BTreeMap<&str, &Lease> = leases.iter().map(|lease| (lease.name.as_str(), lease)).collect();
        let (mut own, mut free) = (Vec::new(), Vec::new());
        for post in &self.posts {
            match by_name.get(post.lease().as_str()) {
                // Also one that ended meanwhile: nobody has taken it.
                Some(lease) if lease.owner == self.owner && lease.until.0 > 0 => own.push(*post),
                Some(lease) if lease.until >= now => {}
                _ => free.push(*post),
            }
        }
        let mut plan = Plan::default();
        plan.take.extend(free.iter().filter(|post| **post == Post::Duties));
        own.retain(|post| *post != Post::Duties && !self.strays.contains(post));
        free.retain(|post| *post != Post::Duties);

        let (share, first) = self.share();
        plan.give_back.extend(own.iter().skip(share));
        // Each begins elsewhere, so that two seldom reach for the same one.
        let turn = free.iter().position(|post| self.posts.iter().position(|known| known == post) >= Some(first)).unwrap_or(0);
        free.rotate_left(turn);
        let rest = free.split_off(share.saturating_sub(own.len()).min(free.len()));
        plan.take.extend(free);
        self.idle = rest.into_iter().map(|post| (post, self.idle.get(&post).map_or(1, |rounds| rounds + 1))).collect();
        let long_idle: Vec<Post> = self.idle.iter().filter(|(_, rounds)| **rounds > IDLE_ROUNDS_MAX).map(|(post, _)| *post).collect();
        self.strays.extend(&long_idle);
        plan.take.extend(long_idle);
        plan
    }

    /// How many mailboxes are this daemon's share, and with which it begins. The shares of all who live are all mailboxes.
    fn share(&self) -> (usize, usize) {
        let mailboxes = self.posts.iter().filter(|post| **post != Post::Duties).count();
        let rank = self.daemons.iter().position(|daemon| *daemon == self.owner).unwrap_or(0);
        let (each, over) = (mailboxes / self.daemons.len().max(1), mailboxes % self.daemons.len().max(1));
        (each + usize::from(rank < over), self.posts.len() - mailboxes + rank * each + rank.min(over))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_794_790_800_000);
    const LEASE_MS: i64 = 60_000;

    /// Daemons that share mailboxes, without a database: each does its round in turn.
    struct House {
        now: Moment,
        daemons: Vec<Sharing>,
        leases: BTreeMap<String, Lease>,
    }

    impl House {
        fn sharer_of(mailboxes: i64) -> impl Fn(&str) -> Sharing {
            move |owner| {
                let posts = std::iter::once(Post::Duties).chain((1..=mailboxes).map(|id| Post::Mailbox(AccountId(id)))).collect();
                Sharing::of(owner.to_owned(), LEASE_MS, posts)
            }
        }

        fn of(daemons: Vec<Sharing>) -> Self {
            Self { now: NOW, daemons, leases: BTreeMap::new() }
        }

        /// A round of everybody; how many mailboxes changed hands.
        fn round(&mut self) -> usize {
            let mut changes = 0;
            self.now = self.now.plus_ms(LEASE_MS / ROUNDS);
            for daemon in &mut self.daemons {
                let leases: Vec<Lease> = self.leases.values().cloned().collect();
                let plan = daemon.plan(&leases, self.now);
                let until = self.now.plus_ms(LEASE_MS);
                self.leases.values_mut().filter(|l| l.owner == daemon.owner && l.until.0 > 0).for_each(|l| l.until = until);
                let own = leases::daemon(&daemon.owner);
                for name in plan.take.iter().map(|post| post.lease()).chain([own]) {
                    changes += usize::from(name.starts_with("mailbox:"));
                    let lease = Lease { name: name.clone(), owner: daemon.owner.clone(), epoch: 1, until };
                    let before = self.leases.insert(name, lease);
                    assert!(before.is_none_or(|l| l.owner == daemon.owner || l.until < self.now), "nobody takes from one that lives");
                }
                for post in plan.give_back {
                    self.leases.entry(post.lease()).and_modify(|lease| lease.until = Moment(0));
                }
            }
            changes
        }

        /// How many mailboxes each holds, by name.
        fn shares(&self) -> BTreeMap<&str, usize> {
            let mut shares: BTreeMap<&str, usize> = self.daemons.iter().map(|daemon| (daemon.owner.as_str(), 0)).collect();
            for lease in self.leases.values().filter(|lease| lease.name.starts_with("mailbox:") && lease.until >= self.now) {
                *shares.entry(&lease.owner).or_default() += 1;
            }
            shares
        }
    }

    #[test]
    fn a_daemon_alone_does_everything() {
        let daemon = House::sharer_of(5);
        let mut house = House::of(vec![daemon("a")]);
        house.round();
        assert_eq!(house.shares(), BTreeMap::from([("a", 5)]));
        assert_eq!(house.leases.get(leases::DUTIES).map(|lease| lease.owner.as_str()), Some("a"));
    }

    #[test]
    fn whoever_joins_gets_a_share_in_two_rounds_and_then_nothing_moves() {
        let daemon = House::sharer_of(13);
        let mut house = House::of(vec![daemon("c")]);
        house.round();
        house.daemons.extend([daemon("a"), daemon("b")]);
        (0..3).for_each(|_| _ = house.round());
        assert_eq!(house.shares(), BTreeMap::from([("a", 5), ("b", 4), ("c", 4)]));
        assert!((0..50).all(|_| house.round() == 0));
    }

    #[test]
    fn the_mailboxes_of_a_dead_daemon_are_taken_over_within_two_lease_times() {
        let daemon = House::sharer_of(12);
        let mut house = House::of(vec![daemon("a"), daemon("b"), daemon("c")]);
        (0..4).for_each(|_| _ = house.round());
        house.daemons.remove(1);
        let rounds = (1..).find(|_| house.round() > 0).expect("somebody takes them");
        house.round();
        assert_eq!(house.shares(), BTreeMap::from([("a", 6), ("c", 6)]));
        assert!(rounds + 1 < 2 * ROUNDS, "{rounds}");
    }

    #[test]
    fn a_mailbox_that_only_one_configuration_names_is_looked_after() {
        let (few, many) = (House::sharer_of(6), House::sharer_of(9));
        let mut house = House::of(vec![few("a"), many("z")]);
        (0..20).for_each(|_| _ = house.round());
        assert_eq!(house.shares().values().sum::<usize>(), 9, "{:?}", house.shares());
        assert!((0..50).all(|_| house.round() == 0), "and nothing goes back and forth");
    }
}
