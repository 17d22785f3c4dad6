//! Days as automatic answers write them, in words and in figures.

use super::rules::{Order, Relative, absences, pattern};
use jiff::civil::{Date, Weekday};
use jiff::{ToSpan, civil};
use regex::{Captures, Regex};
use std::ops::Range;
use std::sync::LazyLock;

/// Dates of one text that are looked at.
const DATES_MAX: usize = 50;
/// Letters that may grow onto a month's name.
const SUFFIX_MAX: usize = 8;

/// A day as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub place: Range<usize>,
    day: Day,
    /// The second end of a time away, `1-14 December`.
    pub ends_range: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Figures(Figures),
    /// Days from Monday; of the next week where that is said.
    Weekday(i8, bool),
    Tomorrow,
}

/// A date, its year perhaps left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Figures {
    year: Option<i16>,
    first: i8,
    second: i8,
    /// Whether `first` is the month; `None` when only the language can tell.
    month_first: Option<bool>,
    /// Of Iran's calendar.
    solar: bool,
}

impl Written {
    /// The day that is meant: without a year the next one after `sent_on`. A day before the mail was sent is none.
    pub(super) fn day(&self, order: Order, sent_on: Option<Date>) -> Option<Date> {
        match self.day {
            Day::Figures(figures) => figures.day(order, sent_on),
            Day::Weekday(day, true) => {
                let sent = sent_on?;
                let monday = sent.checked_sub(sent.weekday().to_monday_zero_offset().days()).ok()?;
                monday.checked_add((7 + day).days()).ok()
            }
            Day::Weekday(day, false) => sent_on?.nth_weekday(1, Weekday::from_monday_zero_offset(day).ok()?).ok(),
            Day::Tomorrow => sent_on?.checked_add(1.day()).ok(),
        }
    }
}

impl Figures {
    fn day(self, order: Order, sent_on: Option<Date>) -> Option<Date> {
        let month_first = || self.in_year(self.first, self.second, sent_on);
        let day_first = || self.in_year(self.second, self.first, sent_on);
        let day = match (self.month_first, order) {
            (Some(true), _) => month_first(),
            (Some(false), _) => day_first(),
            (None, Order::MonthDay) => month_first().or_else(day_first),
            (None, Order::DayMonth) => day_first().or_else(month_first),
            (None, Order::Sooner) => {
                [month_first(), day_first()].into_iter().flatten().filter(|day| sent_on.is_none_or(|sent| *day >= sent)).min()
            }
        }?;
        sent_on.is_none_or(|sent| day >= sent).then_some(day)
    }

    fn in_year(self, month: i8, day: i8, sent_on: Option<Date>) -> Option<Date> {
        let date = |year: i16| if self.solar { from_solar(year, month, day) } else { Date::new(year, month, day).ok() };
        match (self.year, sent_on) {
            (Some(year), _) => date(year),
            // Four years reach the next 29 February.
            (None, Some(sent)) => {
                let first = if self.solar { sent.year().checked_sub(622)? } else { sent.year() };
                (0..5).filter_map(|ahead| date(first.checked_add(ahead)?)).find(|day| *day >= sent)
            }
            (None, None) => None,
        }
    }
}

/// A day of Iran's calendar, by the 33-year cycle that holds from 1178 to 1633.
fn from_solar(year: i16, month: i8, day: i8) -> Option<Date> {
    let months = 1..=12;
    let days = 1..=if month <= 6 { 31 } else { 30 };
    if !(1300..1500).contains(&year) || !months.contains(&month) || !days.contains(&day) {
        return None;
    }
    let (year, month, day) = (i32::from(year) + 1595, i32::from(month), i32::from(day));
    let before = if month < 7 { (month - 1) * 31 } else { (month - 7) * 30 + 186 };
    let days = -355_668 + 365 * year + year / 33 * 8 + (year % 33 + 3) / 4 + day + before;
    // Counted from the beginning of year 0; 719,528 days before 1970.
    civil::date(1970, 1, 1).checked_add((days - 719_528).days()).ok()
}

static IN_FIGURES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"(?:^|[^\d./:+-])(?P<first>\d{1,2})[./-](?P<second>\d{1,2})(?:[./-](?P<year>\d{4}|\d{2})(?:\D|$)|\.|[^\d:]|$)")
});
static YEAR_FIRST: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?P<year>20\d\d|25\d\d|14\d\d)\s?[-/.年]\s?(?P<first>\d{1,2})\s?[-/.月]\s?(?P<second>\d{1,2})"));
static BY_SIGNS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?:(?P<year>20\d\d)\s?[年년]\s?)?(?P<first>\d{1,2})\s?[月월]\s?(?P<from>\d{1,2}\s?[日号號일]?\s?(?:[-–—~〜～至到]|から)\s?)?(?P<second>\d{1,2})\s?[日号號일]",
    )
});
static DAY_THANG: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?P<second>\d{1,2})\s?tháng\s?(?P<first>\d{1,2})(?:\s?(?:năm|/|-)\s?(?P<year>20\d\d))?"));
static DAY_MONTH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let months = &absences().month_pattern;
    pattern(&format!(
        r"(?P<from>\d{{1,2}}\.?\s?[-–—]\s?)?(?P<second>\d{{1,2}})(?:st|nd|rd|th|er|\.|º|ª|-?го|-?е|ης|η)?\s?(?:of |de |di |d'|-|ב|ל)?(?P<month>{months})\.?,?\s?(?:del? |of |ماه |năm |พ\.ศ\. ?)?(?P<year>20\d\d|25\d\d|14\d\d)?"
    ))
});
static MONTH_DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let months = &absences().month_pattern;
    pattern(&format!(
        r"\b(?P<month>{months})(?P<suffix>\p{{L}}{{0,4}})\.?\s(?:the )?(?P<from>\d{{1,2}}(?:st|nd|rd|th|\.)?\s?(?:-|–|—|to|through|thru|until|till)\s?)?(?P<second>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(?P<year>20\d\d))?"
    ))
});

/// The dates of a text in lower case, from left to right; where two readings overlap, the earlier and more explicit one.
pub(super) fn written(text: &str) -> Vec<Written> {
    let mut found: Vec<Written> = Vec::new();
    for (regex, month_first) in [
        (&YEAR_FIRST, Some(true)),
        (&BY_SIGNS, Some(true)),
        (&DAY_THANG, Some(true)),
        (&DAY_MONTH, Some(true)),
        (&MONTH_DAY, Some(true)),
        (&IN_FIGURES, None),
    ] {
        let Some(regex) = regex.as_ref() else { continue };
        let dates = regex.captures_iter(text).filter_map(|captures| date(&captures, month_first, text)).take(DATES_MAX);
        let new: Vec<Written> = dates.filter(|date| !found.iter().any(|known| overlap(&known.place, &date.place))).collect();
        found.extend(new);
    }
    found.sort_by_key(|date| date.place.start);
    found
}

/// Weekdays and "tomorrow", for answers that name no date.
pub(super) fn relative(text: &str) -> Vec<Written> {
    let day = |(place, day): (Range<usize>, Relative)| {
        let before = text.get(..place.start).unwrap_or_default().trim_end();
        let next_week = absences().next_week.iter().any(|words| before.ends_with(words.as_str()));
        let day = match day {
            Relative::Weekday(day) => Day::Weekday(day, next_week),
            Relative::Tomorrow => Day::Tomorrow,
        };
        Written { place, day, ends_range: false }
    };
    absences().relative(text).map(day).take(DATES_MAX).collect()
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

fn date(captures: &Captures<'_>, month_first: Option<bool>, text: &str) -> Option<Written> {
    let number = |name: &str| captures.name(name).and_then(|m| m.as_str().parse::<i8>().ok());
    let month = match captures.name("month") {
        Some(name) => Some(absences().month(name.as_str(), text).filter(|month| ends_there(text, name.end(), month.suffixed))?),
        None => None,
    };
    let first = month.map_or_else(|| number("first"), |month| Some(month.number))?;
    let second = number("second")?;
    let year = captures.name("year").and_then(|m| m.as_str().parse::<i16>().ok());
    let (year, solar) = match year {
        Some(year @ 0..100) => (Some(year + 2_000), false),
        // Thailand counts from the Buddha's death on; the years of Islam's calendar are left alone.
        Some(year @ 2_500..2_600) => (Some(year - 543), false),
        Some(1_430..1_500) => return None,
        Some(year @ 1_300..1_430) => (Some(year), true),
        year => (year, month.is_some_and(|month| month.solar)),
    };
    let starts = ["year", "first", "month", "second", "from"].iter().filter_map(|name| captures.name(name)).map(|m| m.start()).min()?;
    let ends = ["year", "first", "month", "second"].iter().filter_map(|name| captures.name(name)).map(|m| m.end()).max()?;
    // The end of a year or of a telephone number is no day: `2026. december 13`.
    if text.get(..starts)?.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let day = Day::Figures(Figures { year, first, second, month_first, solar });
    Some(Written { place: starts..ends, day, ends_range: captures.name("from").is_some() })
}

/// Whether a month's name ends its word, or goes on as its language lets it. Thai does not part words.
fn ends_there(text: &str, end: usize, suffixed: bool) -> bool {
    let rest = text.get(end..).unwrap_or_default();
    let letters = rest.chars().take(SUFFIX_MAX + 1).take_while(|c| c.is_alphabetic() && (*c as u32) < 0x0e00).count();
    letters == 0 || suffixed && letters <= SUFFIX_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn irans_calendar_is_read() {
        for ((year, month, day), expected) in
            [((1405, 1, 1), "2026-03-21"), ((1405, 9, 22), "2026-12-13"), ((1404, 12, 29), "2026-03-20"), ((1403, 12, 30), "2025-03-20")]
        {
            assert_eq!(from_solar(year, month, day).map(|day| day.to_string()).as_deref(), Some(expected));
        }
        assert_eq!((from_solar(1405, 13, 1), from_solar(1405, 7, 31), from_solar(2026, 1, 1)), (None, None, None));
    }
}
