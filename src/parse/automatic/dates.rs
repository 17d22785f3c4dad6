//! Days as automatic answers write them, in words and in figures.

use super::rules::{Order, absences, pattern};
use jiff::civil::Date;
use regex::{Captures, Regex};
use std::ops::Range;
use std::sync::LazyLock;

/// Dates of one text that are looked at.
const DATES_MAX: usize = 50;

/// A date as written, its year perhaps left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub place: Range<usize>,
    year: Option<i16>,
    first: i8,
    second: i8,
    /// Whether `first` is the month; `None` when only the language can tell.
    month_first: Option<bool>,
    /// The second end of a time away, `1-14 December`.
    pub ends_range: bool,
}

impl Written {
    /// The day that is meant: without a year the next one after `sent_on`. A day before the mail was sent is none.
    pub(super) fn day(&self, order: Order, sent_on: Option<Date>) -> Option<Date> {
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

    fn in_year(&self, month: i8, day: i8, sent_on: Option<Date>) -> Option<Date> {
        match (self.year, sent_on) {
            (Some(year), _) => Date::new(year, month, day).ok(),
            // Four years reach the next 29 February.
            (None, Some(sent)) => {
                (0..5).filter_map(|ahead| Date::new(sent.year().checked_add(ahead)?, month, day).ok()).find(|day| *day >= sent)
            }
            (None, None) => None,
        }
    }
}

static IN_FIGURES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(r"(?:^|[^\d./:+-])(?P<first>\d{1,2})[./-](?P<second>\d{1,2})(?:[./-](?P<year>\d{4}|\d{2})(?:\D|$)|\.|[^\d:]|$)")
});
static YEAR_FIRST: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?P<year>20\d\d)\s?[-/.年]\s?(?P<first>\d{1,2})\s?[-/.月]\s?(?P<second>\d{1,2})"));
static BY_SIGNS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?:(?P<year>20\d\d)\s?[年년]\s?)?(?P<first>\d{1,2})\s?[月월]\s?(?P<from>\d{1,2}\s?[日号號일]?\s?(?:[-–—~〜～至到]|から)\s?)?(?P<second>\d{1,2})\s?[日号號일]",
    )
});
static DAY_MONTH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let months = &absences().month_pattern;
    pattern(&format!(
        r"(?P<second>\d{{1,2}})(?:st|nd|rd|th|er|\.|º|ª|-?го|-?е)?\s?(?:of |de |di |d'|-)?(?P<month>{months})\b\.?,?\s?(?:del? |of )?(?P<year>20\d\d)?"
    ))
});
static MONTH_DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let months = &absences().month_pattern;
    pattern(&format!(
        r"\b(?P<month>{months})\.?\s(?:the )?(?P<from>\d{{1,2}}(?:st|nd|rd|th)?\s?(?:-|–|—|to|through|thru|until|till)\s?)?(?P<second>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(?P<year>20\d\d))?"
    ))
});

/// The dates of a text in lower case, from left to right; where two readings overlap, the earlier and more explicit one.
pub(super) fn written(text: &str) -> Vec<Written> {
    let mut found: Vec<Written> = Vec::new();
    for (regex, month_first) in
        [(&YEAR_FIRST, Some(true)), (&BY_SIGNS, Some(true)), (&DAY_MONTH, Some(true)), (&MONTH_DAY, Some(true)), (&IN_FIGURES, None)]
    {
        let Some(regex) = regex.as_ref() else { continue };
        let dates = regex.captures_iter(text).filter_map(|captures| date(&captures, month_first)).take(DATES_MAX);
        let new: Vec<Written> = dates.filter(|date| !found.iter().any(|known| overlap(&known.place, &date.place))).collect();
        found.extend(new);
    }
    found.sort_by_key(|date| date.place.start);
    found
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

fn date(captures: &Captures<'_>, month_first: Option<bool>) -> Option<Written> {
    let number = |name: &str| captures.name(name).and_then(|m| m.as_str().parse::<i8>().ok());
    let first = captures.name("month").map_or_else(|| number("first"), |month| absences().month(month.as_str()))?;
    let second = number("second")?;
    let year = captures.name("year").and_then(|m| m.as_str().parse::<i16>().ok()).map(|year| if year < 100 { year + 2_000 } else { year });
    let starts = ["year", "first", "month", "second", "from"].iter().filter_map(|name| captures.name(name)).map(|m| m.start()).min()?;
    let ends = ["year", "first", "month", "second"].iter().filter_map(|name| captures.name(name)).map(|m| m.end()).max()?;
    Some(Written { place: starts..ends, year, first, second, month_first, ends_range: captures.name("from").is_some() })
}
