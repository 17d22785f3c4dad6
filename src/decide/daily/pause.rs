//! Times in which no daemon ran.

use super::{Arrived, Pause};
use crate::types::Moment;

/// A restart for an update is nobody's concern.
pub const PAUSE_MS_MIN: i64 = 5 * 60_000;
/// Pauses told at once; a daemon that comes and goes is a trouble of another kind.
const PAUSES_MAX: usize = 10;

/// The pauses that ended between `since` and `until`, oldest first: times in which no daemon lived. `lives` are the daemons' lives, each
/// as its beginning and the last moment it was seen alive; several may live at once. `arrived` is the mail recorded in that time.
pub fn pauses(lives: &[(Moment, Moment)], arrived: &[Arrived], since: Moment, until: Moment) -> Vec<Pause> {
    let mut lives = lives.to_vec();
    lives.sort_unstable();
    let mut last_seen = lives.first().map_or(since, |(_, to)| *to);
    let between = lives.into_iter().filter_map(|(began, seen)| {
        let gap = (last_seen, began);
        last_seen = last_seen.max(seen);
        (gap.0 < gap.1).then_some(gap)
    });
    let told = between.filter(|(from, to)| to.0 - from.0 >= PAUSE_MS_MIN && (since.0..until.0).contains(&to.0));
    let mut found: Vec<Pause> = told
        .map(|(from, to)| {
            let of_pause = |mail: &&Arrived| mail.recorded_at >= to && mail.sent_at.is_some_and(|sent| sent >= from && sent < to);
            let caught_up = arrived.iter().filter(of_pause).count();
            Pause { from, to, caught_up: u64::try_from(caught_up).unwrap_or(u64::MAX), sent_late: 0 }
        })
        .collect();
    let extra = found.len().saturating_sub(PAUSES_MAX);
    found.drain(..extra);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::NamedAddress;

    const MINUTE_MS: i64 = 60_000;

    fn at(minutes: i64) -> Moment {
        Moment(1_794_790_800_000 + minutes * MINUTE_MS)
    }

    fn mail(sent: i64, recorded: i64) -> Arrived {
        Arrived {
            recorded_at: at(recorded),
            sent_at: Some(at(sent)),
            who: NamedAddress::default(),
            company: None,
            subject: String::new(),
            intent: None,
            is_automatic: false,
            owners: Vec::new(),
            places: Vec::new(),
            withheld: None,
        }
    }

    #[test]
    fn a_night_without_power_is_told_with_what_was_caught_up() {
        let lives = [(at(-5_000), at(0)), (at(593), at(1_000))];
        let arrived = [mail(-10, -9), mail(30, 594), mail(500, 594), mail(594, 595)];
        let found = pauses(&lives, &arrived, at(-100), at(1_000));
        assert_eq!(found, [Pause { from: at(0), to: at(593), caught_up: 2, sent_late: 0 }]);
    }

    #[test]
    fn while_one_of_several_daemons_lives_nothing_pauses() {
        let lives = [(at(0), at(100)), (at(500), at(600)), (at(10), at(1_000)), (at(1_200), at(1_300))];
        let found = pauses(&lives, &[], at(-100), at(2_000));
        assert_eq!(found, [Pause { from: at(1_000), to: at(1_200), caught_up: 0, sent_late: 0 }]);
    }

    #[test]
    fn a_restart_is_not_told_and_what_was_told_yesterday_is_not_told_again() {
        assert_eq!(pauses(&[(at(-9), at(0)), (at(4), at(900))], &[], at(-100), at(1_000)), []);
        assert_eq!(pauses(&[(at(-9), at(0)), (at(90), at(900))], &[], at(91), at(1_000)), []);
        assert_eq!(pauses(&[(at(-9), at(0))], &[], at(-100), at(1_000)), []);
    }
}
