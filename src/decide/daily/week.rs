//! Where a working week begins.

use crate::types::Country;
use jiff::civil::{Date, Weekday};

/// Where Friday and Saturday are the weekend.
const SUNDAY_WORKS: [&str; 18] =
    ["AF", "BD", "BH", "DZ", "EG", "IL", "IQ", "JO", "KW", "LY", "MV", "OM", "PS", "QA", "SA", "SD", "SY", "YE"];

/// The first working day of the week in which a day lies, in a team's country.
pub fn week_began(country: Option<Country>, day: Date) -> Date {
    let is_sunday = country.is_some_and(|country| SUNDAY_WORKS.contains(&country.to_string().as_str()));
    let first = if is_sunday { Weekday::Sunday } else { Weekday::Monday };
    let since = first.since(Weekday::Monday);
    let days = (i64::from(day.weekday().to_monday_zero_offset()) - i64::from(since)).rem_euclid(7);
    day.checked_sub(jiff::Span::new().days(days)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday_and_on_sunday_where_friday_is_free() {
        let day = |text: &str| text.parse::<Date>().expect("a day");
        let egypt = Country::parse("EG");
        assert!(egypt.is_some());
        for (on, monday, sunday) in [
            ("2026-11-16", "2026-11-16", "2026-11-15"),
            ("2026-11-15", "2026-11-09", "2026-11-15"),
            ("2026-11-21", "2026-11-16", "2026-11-15"),
        ] {
            assert_eq!((week_began(None, day(on)), week_began(egypt, day(on))), (day(monday), day(sunday)), "{on}");
        }
    }
}
