//! When somebody is reminded that a mailbox's password ends.

use jiff::civil::Date;

/// What the daily mail says of a password or authorisation code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reminder {
    /// It ends in so many days; 0 is today.
    Ends { days: i32 },
    /// It ended so many days ago.
    Ended { days: i32 },
}

/// How many days before the end somebody is reminded.
const DAYS_BEFORE: [i32; 2] = [14, 3];

/// Whether a reminder is due: once from each of 14 and 3 days before, and every day after the end. A day on which nobody could be told
/// is made up for. `expires` is the last day; `reminded` is the day of the last reminder for it, `None` when there was none.
pub fn due(expires: Date, today: Date, reminded: Option<Date>) -> Option<Reminder> {
    let left = |day: Date| day.until(expires).map_or(i32::MAX, |span| span.get_days());
    let days = left(today);
    // The days left at the last reminder; before the first there were more than any.
    let before = reminded.map_or(i32::MAX, left);
    if days < 0 {
        return (days < before).then_some(Reminder::Ended { days: -days });
    }
    DAYS_BEFORE.into_iter().any(|mark| days <= mark && mark < before).then_some(Reminder::Ends { days })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    /// The days from the 10th of February to the 4th of March on which somebody is reminded of an end on the 1st of March.
    fn reminded_on(is_up: impl Fn(Date) -> bool) -> Vec<(Date, Reminder)> {
        let mut said: Vec<(Date, Reminder)> = Vec::new();
        let days = date(2027, 2, 10).series(1.day()).take_while(|day| *day <= date(2027, 3, 4));
        for today in days.filter(|day| is_up(*day)) {
            said.extend(due(date(2027, 3, 1), today, said.last().map(|(day, _)| *day)).map(|reminder| (today, reminder)));
        }
        said
    }

    #[test]
    fn two_weeks_and_three_days_before_and_every_day_after() {
        let expected = [
            (date(2027, 2, 15), Reminder::Ends { days: 14 }),
            (date(2027, 2, 26), Reminder::Ends { days: 3 }),
            (date(2027, 3, 2), Reminder::Ended { days: 1 }),
            (date(2027, 3, 3), Reminder::Ended { days: 2 }),
            (date(2027, 3, 4), Reminder::Ended { days: 3 }),
        ];
        assert_eq!(reminded_on(|_| true), expected);
    }

    #[test]
    fn a_day_that_was_slept_through_is_made_up_for_once() {
        let awake = |day: Date| day < date(2027, 2, 14) || (day > date(2027, 2, 19) && day < date(2027, 2, 25)) || day == date(2027, 3, 1);
        let expected = [(date(2027, 2, 20), Reminder::Ends { days: 9 }), (date(2027, 3, 1), Reminder::Ends { days: 0 })];
        assert_eq!(reminded_on(awake), expected);
    }
}
