//! How much more may leave a mailbox: what its provider takes, less what people and we sent, less what is kept for people.
//!
//! All is counted in recipients and by hours; a day is the last 24 of them, so no provider's day, wherever it begins, gets more. Of hour
//! and day a share is the people's: what they do not use of it stays theirs, and what they use beyond it is taken from the rest. Of the rest
//! a share is kept from sequences for answers, which somebody waits for. Sequences are spread: over eight hours of a day, and over an hour
//! in steps of five minutes. A person's own mail is never held back.

use crate::config;
use crate::types::Moment;

/// An hour.
pub const HOUR_MS: i64 = 3_600_000;
/// A day, in hours.
const DAY_HOURS: i64 = 24;
/// What a day allows sequences is spread over at least so many hours, about a working day.
const SPREAD_HOURS: i64 = 8;
/// What an hour allows them is spread over so many steps.
const STEPS: i64 = 12;
const STEP_MS: i64 = HOUR_MS / STEPS;

/// Of a provider whose limit is not known. Mail hosts of small companies take at least so many.
const PER_DAY: i64 = 500;
/// Sequences to one domain: more in an hour looks like a flood there.
const PER_DOMAIN_PER_HOUR: i64 = 30;
/// Sequences on the first day of a mailbox that is new at sending; each day after it twice as many.
const RAMP_FIRST_DAY: i64 = 20;
/// By then the ramp is above every limit there is.
const RAMP_DAYS_MAX: i64 = 20;

/// What a mailbox may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub per_hour: i64,
    pub per_day: i64,
    /// Of sequences, to one domain.
    pub per_domain_per_hour: i64,
    /// In percent of hour and day.
    pub people_reserve: i64,
    /// In percent of what is not kept for people; 0 where nothing is answered by itself.
    pub answers_reserve: i64,
    pub ramp: bool,
}

impl Limits {
    /// What is written; else what is known of the provider; else careful numbers. Nothing is kept for answers where none are written.
    pub fn of(budget: &config::Budget, sends_a_day: Option<u32>, answers: bool) -> Self {
        let written = |number: Option<u32>| number.map(i64::from);
        let per_day = written(budget.per_day.or(sends_a_day)).unwrap_or(PER_DAY);
        Self {
            per_hour: written(budget.per_hour).unwrap_or_else(|| div_ceil(per_day, SPREAD_HOURS)),
            per_day,
            per_domain_per_hour: written(budget.per_domain_per_hour).unwrap_or(PER_DOMAIN_PER_HOUR),
            people_reserve: i64::from(budget.people_reserve),
            answers_reserve: if answers { i64::from(budget.answers_reserve) } else { 0 },
            ramp: budget.ramp,
        }
    }

    /// What of a limit is kept for people.
    pub fn reserve(&self, limit: i64) -> i64 {
        limit.saturating_mul(self.people_reserve) / 100
    }

    /// What of a limit is kept for answers. Of very little it is nothing: then they only come first.
    pub fn answers_share(&self, limit: i64) -> i64 {
        (limit - self.reserve(limit)).saturating_mul(self.answers_reserve) / 100
    }
}

/// Recipients, by who wrote to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recipients {
    /// Of people's mail: what lies in Sent, and letters that left through us.
    pub people: i64,
    /// Of answers, and of mail to our own team.
    pub ours: i64,
    /// Of sequences.
    pub bulk: i64,
}

impl Recipients {
    /// All of them.
    pub fn all(self) -> i64 {
        self.people.saturating_add(self.ours).saturating_add(self.bulk)
    }
}

impl std::ops::AddAssign for Recipients {
    fn add_assign(&mut self, other: Self) {
        self.people = self.people.saturating_add(other.people);
        self.ours = self.ours.saturating_add(other.ours);
        self.bulk = self.bulk.saturating_add(other.bulk);
    }
}

/// What was sent in which hour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent(pub Vec<(i64, Recipients)>);

impl Sent {
    /// In the hours from `first` to `last`, both included.
    pub fn between(&self, first: i64, last: i64) -> Recipients {
        let mut sum = Recipients::default();
        self.0.iter().filter(|(hour, _)| (first..=last).contains(hour)).for_each(|(_, sent)| sum += *sent);
        sum
    }

    /// In the last 24 hours, the one that has begun included.
    pub fn day(&self, now: Moment) -> Recipients {
        self.between(first_hour_of_day(now), hour_of(now))
    }
}

/// The hour of a moment, counted from 1970.
pub fn hour_of(at: Moment) -> i64 {
    at.0.div_euclid(HOUR_MS)
}

/// The first hour that counts to the day of a moment.
pub fn first_hour_of_day(now: Moment) -> i64 {
    hour_of(now) - DAY_HOURS + 1
}

/// How a mailbox stands: what it may send and what it sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub limits: Limits,
    /// From this mailbox.
    pub own: Sent,
    /// From all mailboxes that share its provider's limit, this one included.
    pub pool: Sent,
    /// What the pool may send in an hour and in a day.
    pub pool_limits: Limits,
    /// So many mailboxes of the pool have sequences that could go now, this one included: they share what there is.
    pub hungry: i64,
    /// When anything left it first; `None` when nothing did.
    pub begun: Option<Moment>,
}

/// What may leave a mailbox now, and what is put off until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free {
    pub answers: i64,
    pub bulk: i64,
    /// When the next sequence mail may leave, if none may now; `None` when nothing is allowed in the next day.
    pub bulk_from: Option<Moment>,
}

impl Standing {
    /// Whether sequences of this mailbox could go as far as it is concerned alone.
    pub fn has_room(&self, now: Moment) -> bool {
        self.own_bulk(now) > 0
    }

    /// What may leave now.
    pub fn free(&self, now: Moment) -> Free {
        let bulk = self.bulk(now);
        Free { answers: self.answers(now), bulk, bulk_from: if bulk > 0 { Some(now) } else { self.bulk_from(now) } }
    }

    /// The most sequences may send in 24 hours while the mailbox is new; `None` when it is not, with the day it is at, from 1.
    pub fn ramp(&self, now: Moment) -> Option<(i64, i64)> {
        let passed = self.begun.map_or(0, |begun| (hour_of(now) - hour_of(begun)).max(0) / DAY_HOURS);
        let most = RAMP_FIRST_DAY.saturating_mul(1 << passed.min(RAMP_DAYS_MAX));
        (self.limits.ramp && most < self.limits.per_day).then_some((passed + 1, most))
    }

    /// Whether people alone sent more than the provider takes.
    pub fn is_over(&self, now: Moment) -> bool {
        self.pool.day(now).people > self.pool_limits.per_day || self.own.day(now).people > self.limits.per_day
    }

    fn answers(&self, now: Moment) -> i64 {
        let free = |sent: &Sent, limits: &Limits| {
            let (hour, day) = Self::rest(sent, now, limits, |_| 0);
            hour.min(day)
        };
        free(&self.own, &self.limits).min(free(&self.pool, &self.pool_limits)).max(0)
    }

    fn bulk(&self, now: Moment) -> i64 {
        self.own_bulk(now).min(self.fair_share(now)).max(0)
    }

    /// What the mailbox may send of sequences if nobody shared its limit.
    fn own_bulk(&self, now: Moment) -> i64 {
        let ramp = self.ramp(now).map_or(i64::MAX, |(_, most)| most);
        Self::bulk_of(&self.own, &self.limits, ramp, now)
    }

    /// What the pool leaves it: nobody gets more of a day than another who wants it too.
    fn fair_share(&self, now: Moment) -> i64 {
        let free = Self::bulk_of(&self.pool, &self.pool_limits, i64::MAX, now);
        let (of_pool, own) = (self.pool.day(now).bulk, self.own.day(now).bulk);
        free.min(div_ceil(of_pool + free, self.hungry.max(1)) - own)
    }

    fn bulk_of(sent: &Sent, limits: &Limits, ramp: i64, now: Moment) -> i64 {
        let (rest_of_hour, rest_of_day) = Self::rest(sent, now, limits, |limit| limits.answers_share(limit));
        let (in_hour, in_day) = (sent.between(hour_of(now), hour_of(now)).bulk, sent.day(now).bulk);
        let day = rest_of_day.saturating_add(in_day).min(ramp);
        let hour = rest_of_hour.saturating_add(in_hour).min(div_ceil(day, SPREAD_HOURS));
        let step = now.0.rem_euclid(HOUR_MS) / STEP_MS;
        let by_now = div_ceil(hour.saturating_mul(step + 1), STEPS);
        (day - in_day).min(by_now - in_hour)
    }

    /// What hour and day leave for us, of which so much of each limit is kept for answers. Below zero when it is overdrawn.
    fn rest(sent: &Sent, now: Moment, limits: &Limits, kept: impl Fn(i64) -> i64) -> (i64, i64) {
        let rest = |limit: i64, sent: Recipients| limit - sent.people.max(limits.reserve(limit)) - sent.ours.max(kept(limit)) - sent.bulk;
        (rest(limits.per_hour, sent.between(hour_of(now), hour_of(now))), rest(limits.per_day, sent.day(now)))
    }

    /// The next step at which a sequence mail may leave if nothing else does meanwhile.
    fn bulk_from(&self, now: Moment) -> Option<Moment> {
        let first = (now.0.div_euclid(STEP_MS) + 1) * STEP_MS;
        // Whether others will still want their share then is not known.
        let this = Self { hungry: 1, ..self.clone() };
        let mut steps = (0..=DAY_HOURS * STEPS).map(|step| Moment(first + step * STEP_MS));
        steps.find(|at| this.bulk(*at) > 0)
    }
}

/// Divides and rounds up, also what is below zero.
fn div_ceil(number: i64, by: i64) -> i64 {
    -(-number).div_euclid(by)
}

/// The `k`-th mail, from 0, of a sequence whose recipient's domain got enough in this hour: the hour in which it may go, and a moment of it
/// that `chance` chooses. No later than a day from now, where it is looked at again.
pub fn put_off(now: Moment, k: i64, per_domain_per_hour: i64, chance: u64) -> Moment {
    let hours = (1 + k / per_domain_per_hour.max(1)).min(DAY_HOURS);
    let inside = i64::try_from(chance % HOUR_MS.unsigned_abs()).unwrap_or(0);
    Moment((hour_of(now) + hours) * HOUR_MS + inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Budget;

    /// Monday, 09:00.
    const MONDAY: Moment = Moment(1_794_790_800_000);

    fn limits(per_day: u32, people_reserve: u8, ramp: bool) -> Limits {
        Limits::of(&Budget { per_day: Some(per_day), people_reserve, ramp, ..Budget::default() }, None, false)
    }

    fn alone(limits: Limits) -> Standing {
        Standing { limits, own: Sent::default(), pool: Sent::default(), pool_limits: limits, hungry: 1, begun: None }
    }

    fn people(people: i64) -> Recipients {
        Recipients { people, ..Recipients::default() }
    }

    impl Standing {
        fn send(&mut self, at: Moment, sent: Recipients) {
            if sent == Recipients::default() {
                return;
            }
            for Sent(hours) in [&mut self.own, &mut self.pool] {
                // As the books do it: a row an hour, for a day.
                hours.retain(|(hour, _)| *hour >= first_hour_of_day(at));
                match hours.iter_mut().find(|(hour, _)| *hour == hour_of(at)) {
                    Some((_, known)) => *known += sent,
                    None => hours.push((hour_of(at), sent)),
                }
            }
            self.begun = self.begun.or(Some(at));
        }

        /// Sends all that is allowed, minute by minute; how many sequence mails went in each of these hours.
        fn run(&mut self, from: Moment, hours: i64) -> Vec<i64> {
            let hour = |this: &mut Self, begins: Moment| {
                let minutes = (0..60).map(|minute| begins.plus_ms(minute * 60_000));
                let sent = minutes.map(|at| {
                    let bulk = this.free(at).bulk;
                    this.send(at, Recipients { bulk, ..Recipients::default() });
                    bulk
                });
                sent.sum()
            };
            (0..hours).map(|passed| hour(self, from.plus_ms(passed * HOUR_MS))).collect()
        }
    }

    #[test]
    fn a_thousand_mails_at_a_hundred_a_day_take_ten_days_of_a_hundred() {
        let mut standing = alone(limits(100, 0, false));
        let hours = standing.run(MONDAY, 10 * 24);
        for (day, hours) in hours.chunks(24).enumerate() {
            assert_eq!(hours.iter().sum::<i64>(), 100, "day {day}: {hours:?}");
            assert!(hours.iter().all(|sent| *sent <= 13), "day {day} is spread: {hours:?}");
        }
        let windows = hours.windows(24).map(|window| window.iter().sum::<i64>());
        assert!(windows.into_iter().all(|sent| sent <= 100), "and no 24 hours have more: {hours:?}");
    }

    #[test]
    fn an_hour_is_spread_in_steps() {
        let mut standing = alone(Limits { per_hour: 12, ..limits(1_000, 0, false) });
        let mut steps = Vec::new();
        for step in 0..12 {
            let at = MONDAY.plus_ms(step * STEP_MS);
            let free = standing.free(at);
            steps.push(free.bulk);
            standing.send(at, Recipients { bulk: free.bulk, ..Recipients::default() });
            let next = standing.free(at).bulk_from;
            assert_eq!(next, Some(at.plus_ms(STEP_MS)), "the next step");
        }
        assert_eq!(steps, [1; 12]);
    }

    #[test]
    fn half_is_kept_for_people_and_what_they_need_beyond_it_is_taken_from_the_rest() {
        let noon = MONDAY.plus_ms(3 * HOUR_MS);
        let after = |sent: i64| {
            let mut standing = alone(limits(100, 50, false));
            standing.send(noon.plus_ms(-HOUR_MS), people(sent));
            standing.run(noon, 20).into_iter().sum::<i64>()
        };
        assert_eq!([after(0), after(40), after(70)], [50, 50, 30]);
        // Beyond the limit nothing of ours goes; a person's mail is never asked about.
        let mut standing = alone(limits(100, 50, false));
        standing.send(noon, people(130));
        assert_eq!((standing.free(noon).answers, standing.free(noon).bulk, standing.is_over(noon)), (0, 0, true));
        let tomorrow = standing.free(noon).bulk_from.expect("within a day");
        assert_eq!(hour_of(tomorrow), hour_of(noon) + 24);
    }

    #[test]
    fn answers_come_before_sequences_and_both_only_after_the_reserve() {
        let mut standing = alone(limits(16, 50, false));
        assert_eq!(standing.free(MONDAY).answers, 1, "two an hour, one of them for people");
        standing.send(MONDAY, Recipients { ours: 1, ..Recipients::default() });
        let free = standing.free(MONDAY);
        assert_eq!((free.answers, free.bulk, free.bulk_from), (0, 0, Some(MONDAY.plus_ms(HOUR_MS))));
        let nothing = alone(limits(100, 100, false));
        assert_eq!(nothing.free(MONDAY), Free { answers: 0, bulk: 0, bulk_from: None }, "all of it is people's");
    }

    #[test]
    fn a_sequence_leaves_answers_their_share_and_gets_it_back_nowhere() {
        let mut standing = alone(Limits { answers_reserve: 20, ..limits(100, 50, false) });
        let noon = MONDAY.plus_ms(12 * HOUR_MS);
        assert_eq!(standing.run(MONDAY, 12).into_iter().sum::<i64>(), 40, "a fifth of fifty is kept");
        assert_eq!(standing.free(noon).answers, 7, "all that an hour has for us");
        standing.send(noon, Recipients { ours: 7, ..Recipients::default() });
        assert_eq!(standing.free(noon.plus_ms(HOUR_MS)).answers, 3, "ten in a day");
        // Where answers need more than their share, they take it from the sequence.
        let mut standing = alone(Limits { answers_reserve: 20, ..limits(100, 50, false) });
        standing.send(MONDAY, Recipients { ours: 25, ..Recipients::default() });
        assert_eq!(standing.run(MONDAY.plus_ms(HOUR_MS), 20).into_iter().sum::<i64>(), 25);
    }

    #[test]
    fn a_new_mailbox_begins_with_twenty_and_doubles_every_day() {
        let mut standing = alone(limits(300, 0, true));
        assert_eq!(standing.ramp(MONDAY), Some((1, 20)));
        let hours = standing.run(MONDAY, 6 * 24);
        let days: Vec<i64> = hours.chunks(24).map(|day| day.iter().sum()).collect();
        assert_eq!(days, [20, 40, 80, 160, 300, 300]);
        assert_eq!(standing.ramp(MONDAY.plus_ms(6 * 24 * HOUR_MS)), None);
        let old = Standing { begun: Some(MONDAY.plus_ms(-400 * 24 * HOUR_MS)), ..alone(limits(300, 0, true)) };
        assert_eq!(old.ramp(MONDAY), None, "a mailbox people have long sent from is not new");
        let people_first = Standing { begun: Some(MONDAY.plus_ms(-25 * HOUR_MS)), ..alone(limits(300, 0, true)) };
        assert_eq!(people_first.ramp(MONDAY), Some((2, 40)));
        assert_eq!(alone(limits(300, 0, true)).free(MONDAY).answers, 38, "the ramp is for sequences only");
    }

    #[test]
    fn mailboxes_that_share_a_limit_share_it() {
        let mut one = alone(limits(100, 0, false));
        let other = Recipients { bulk: 70, people: 20, ours: 5 };
        one.pool.0.push((hour_of(MONDAY) - 10, other));
        assert_eq!(one.run(MONDAY, 12).into_iter().sum::<i64>(), 5);
    }

    #[test]
    fn of_those_who_share_a_limit_none_takes_it_all() {
        let share = |mine: i64, theirs: i64| {
            let mut one = Standing { hungry: 2, ..alone(limits(96, 0, false)) };
            one.own.0.push((hour_of(MONDAY) - 5, Recipients { bulk: mine, ..Recipients::default() }));
            one.pool.0.push((hour_of(MONDAY) - 5, Recipients { bulk: mine + theirs, ..Recipients::default() }));
            one.free(MONDAY).bulk
        };
        // One mail in each step of five minutes.
        assert_eq!([share(0, 0), share(0, 30), share(30, 0), share(10, 10), share(11, 10), share(11, 11)], [1, 1, 0, 1, 0, 1]);
        let alone = Standing { hungry: 1, ..alone(limits(96, 0, false)) };
        assert_eq!(alone.free(MONDAY).bulk, 1, "what nobody else wants is not kept for anybody");
    }

    #[test]
    fn what_nobody_wrote_comes_from_the_provider_or_is_careful() {
        let unknown = Limits::of(&Budget::default(), None, true);
        let careful = Limits { per_hour: 63, per_day: 500, per_domain_per_hour: 30, people_reserve: 50, answers_reserve: 20, ramp: true };
        assert_eq!((unknown, unknown.reserve(500), unknown.answers_share(500)), (careful, 250, 50));
        assert_eq!(Limits::of(&Budget::default(), Some(200), true), Limits { per_hour: 25, per_day: 200, ..careful });
        let written = Budget {
            per_hour: Some(7),
            per_day: Some(90),
            per_domain_per_hour: Some(3),
            people_reserve: 20,
            answers_reserve: 30,
            ramp: false,
        };
        let expected = Limits { per_hour: 7, per_day: 90, per_domain_per_hour: 3, people_reserve: 20, answers_reserve: 30, ramp: false };
        assert_eq!(Limits::of(&written, Some(200), true), expected);
        assert_eq!(Limits::of(&written, None, false), Limits { answers_reserve: 0, ..expected }, "nothing is answered there");
    }

    #[test]
    fn what_a_domain_has_to_wait_for_is_spread_over_the_hours_to_come() {
        for (k, chance, hours) in [(0, 0, 1), (29, u64::MAX, 1), (30, 5, 2), (1_000_000, 7, 24)] {
            let until = put_off(MONDAY.plus_ms(1_234_567), k, 30, chance);
            assert_eq!(hour_of(until), hour_of(MONDAY) + hours, "{k}");
        }
    }
}
