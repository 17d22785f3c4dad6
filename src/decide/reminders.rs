//! When somebody is reminded that a mailbox's password ends.

use jiff::civil::Date;

/// How many days before the end somebody is reminded.
const DAYS_BEFORE: [i32; 2] = [14, 3];

/// Whether today's daily mail reminds somebody: 14 and 3 days before the end, and every day after it. A day on which nobody could be told
/// is made up for by the next. `expires` is the last day; `told` is the day up to which daily mails have told everything.
pub fn is_due(expires: Date, told: Date, today: Date) -> bool {
    let left = |day: Date| day.until(expires).map_or(i32::MAX, |span| span.get_days());
    let (before, now) = (left(told), left(today));
    now < before && (now < 0 || DAYS_BEFORE.into_iter().any(|mark| now <= mark && mark < before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    /// The days from the 10th of February to the 4th of March on which somebody is reminded of an end on the 1st of March.
    fn reminded_on(is_up: impl Fn(Date) -> bool) -> Vec<Date> {
        let mut told = date(2027, 2, 9);
        let mut reminded = Vec::new();
        let days = date(2027, 2, 10).series(1.day()).take_while(|day| *day <= date(2027, 3, 4));
        for today in days.filter(|day| is_up(*day)) {
            reminded.extend(is_due(date(2027, 3, 1), told, today).then_some(today));
            told = today;
        }
        reminded
    }

    #[test]
    fn two_weeks_and_three_days_before_and_every_day_after() {
        let expected = [date(2027, 2, 15), date(2027, 2, 26), date(2027, 3, 2), date(2027, 3, 3), date(2027, 3, 4)];
        assert_eq!(reminded_on(|_| true), expected);
    }

    #[test]
    fn a_day_that_was_slept_through_is_made_up_for_once() {
        let awake = |day: Date| day < date(2027, 2, 14) || (day > date(2027, 2, 19) && day < date(2027, 2, 25)) || day == date(2027, 3, 1);
        assert_eq!(reminded_on(awake), [date(2027, 2, 20), date(2027, 3, 1)]);
    }
}
