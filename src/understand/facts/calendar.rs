//! Days of the Persian solar calendar, which letters from Iran and Afghanistan name, as days of ours.

use jiff::ToSpan;
use jiff::civil::{Date, date};

/// The first day of the year 1400.
const ANCHOR: (i16, Date) = (1400, date(2021, 3, 21));

/// The next such day from the day of the mail on.
pub(super) fn next_persian(month: u32, day: u32, sent_on: Option<Date>) -> Option<Date> {
    let sent = sent_on?;
    let year = sent.year() - 621;
    [year - 1, year, year + 1].into_iter().filter_map(|year| from_persian(year, month, day)).find(|date| *date >= sent)
}

/// Six months of 31 days, then of 30, the last of 29, in leap years of 30.
fn from_persian(year: i16, month: u32, day: u32) -> Option<Date> {
    let length = match month {
        1..=6 => 31,
        7..=11 => 30,
        12 => 29 + i32::from(is_leap(year)),
        _ => return None,
    };
    let (month, day) = (i32::try_from(month).ok()?, i32::try_from(day).ok()?);
    if !(1..=length).contains(&day) || !(1300..1500).contains(&year) {
        return None;
    }
    let days_of = |year: i16| 365 + i32::from(is_leap(year));
    let (anchor, first) = ANCHOR;
    let years: i32 = if year >= anchor { (anchor..year).map(days_of).sum() } else { -(year..anchor).map(days_of).sum::<i32>() };
    let months = (month - 1) * 31 - (month - 7).max(0);
    first.checked_add((years + months + day - 1).days()).ok()
}

/// Eight leap years in thirty-three, true to the sun from 1178 to 1633.
fn is_leap(year: i16) -> bool {
    matches!(year.rem_euclid(33), 1 | 5 | 9 | 13 | 17 | 22 | 26 | 30)
}

#[cfg(test)]
mod tests {
    use super::{from_persian, next_persian};
    use jiff::civil::date;

    #[test]
    fn persian_days_are_days_of_ours() {
        for (year, month, day, ours) in [
            (1400, 1, 1, date(2021, 3, 21)),
            (1403, 1, 1, date(2024, 3, 20)),
            (1403, 12, 30, date(2025, 3, 20)),
            (1404, 1, 1, date(2025, 3, 21)),
            (1405, 9, 5, date(2026, 11, 26)),
            (1399, 12, 30, date(2021, 3, 20)),
        ] {
            assert_eq!(from_persian(year, month, day), Some(ours), "{year}-{month}-{day}");
        }
        assert_eq!(from_persian(1404, 12, 30), None, "no leap year");
        assert_eq!(next_persian(1, 15, Some(date(2026, 11, 2))), Some(date(2027, 4, 4)));
    }
}
