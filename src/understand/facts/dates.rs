//! By when something is wanted: a day as `2026-12-15` where one is named or can be told from the day of the mail, otherwise the
//! words. Only behind words such as "by", "until", "within", or before their like; a date alone is no deadline.

use super::Found;
use super::calendar;
use super::figures::digit;
use super::lexicon::{Hit, Use};
use super::lists::Local;
use super::numbers::{Number, Shape};
use super::page::{Page, runs_on};
use jiff::civil::{Date, Weekday};

/// Words looked at before a date, and characters where words are not spaced.
const CUE_WORDS_MAX: usize = 4;
/// Dates, weekdays and periods tried.
const ANCHORS_MAX: usize = 200;
/// Months of the Persian calendar are counted on from the twelve of ours.
const PERSIAN_MONTH: u32 = 12;

/// A stretch of the page that names a time.
struct Time {
    start: usize,
    end: usize,
    day: Option<Date>,
    /// "within" rather than "by" stands before it.
    is_span: bool,
}

/// Finds the first deadline.
pub(super) fn find(page: &Page, numbers: &[Number], sent_on: Option<Date>) -> Option<Found<String>> {
    let mut times: Vec<Time> = page.hits.iter().filter_map(|hit| listed(page, hit, sent_on)).take(ANCHORS_MAX).collect();
    times.extend(numbers.iter().filter_map(|number| figured(page, number, sent_on)).take(ANCHORS_MAX));
    times.sort_by_key(|time| time.start);
    times.iter().find_map(|time| Some(Found { what: deadline(page, time)?, start: time.start, end: time.end }))
}

/// The time as a deadline, when words beside it make it one.
fn deadline(page: &Page, time: &Time) -> Option<String> {
    let before = if time.is_span { cue_before(page, time.start, Local::Within) } else { cue_before(page, time.start, Local::Until) };
    // Turkish ties the case to the date: 15 Aralık'a kadar.
    let case = if matches!(page.after(time.end), Some('\'')) { page.word_end(time.end + 1) } else { time.end };
    let behind = page.skip_blanks(case);
    let behind = page.rules.begins_with(page.rest(behind), Local::UntilAfter).map(|length| behind + length);
    if before.is_none() && behind.is_none() || is_about_payment(page, time) {
        return None;
    }
    if let Some(day) = time.day {
        return Some(day.to_string());
    }
    let words = page.written(before.unwrap_or(time.start), behind.unwrap_or(time.end));
    Some(words.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|words| !words.is_empty())
}

/// "balance within 30 days after B/L" is about money.
fn is_about_payment(page: &Page, time: &Time) -> bool {
    let from = page.sentence_start(time.start);
    time.is_span && page.hits_before(time.start).take_while(|hit| hit.start >= from).any(|hit| hit.means == Use::Payment)
}

/// Where the cue that ends before an offset begins.
fn cue_before(page: &Page, at: usize, local: Local) -> Option<usize> {
    let mut end = page.back_blanks(at);
    if let Some(mark) = page.before(end).filter(|c| matches!(c, ':' | '：' | '-' | '–')) {
        end = page.back_blanks(end - mark.len_utf8());
    }
    let mut start = end;
    let mut found = None;
    for _ in 0..CUE_WORDS_MAX {
        let last = page.before(start)?;
        start -= if runs_on(last) { last.len_utf8() } else { start - page.word_start(start) };
        if page.rules.means(page.folded(start, end), local) {
            found = Some(start);
        }
        let next = page.back_blanks(start);
        let joined = page.before(next).filter(|c| matches!(c, '\'' | '’'));
        let next = next - joined.map_or(0, char::len_utf8);
        if next == start && !page.before(start).is_some_and(runs_on) {
            break;
        }
        start = next;
    }
    found
}

/// A month, weekday, "tomorrow" or a listed period.
fn listed(page: &Page, hit: &Hit, sent_on: Option<Date>) -> Option<Time> {
    let time = |day| Time { start: hit.start, end: hit.end, day, is_span: false };
    match hit.means {
        Use::Month(month) => Some(in_month(page, hit, month, sent_on)),
        Use::Weekday(number) => {
            let weekday = Weekday::from_monday_one_offset(number).ok()?;
            Some(time(sent_on.and_then(|sent| sent.nth_weekday(1, weekday).ok())))
        }
        Use::RelativeDay(days) => Some(time(sent_on.and_then(|sent| sent.checked_add(jiff::Span::new().days(i64::from(days))).ok()))),
        Use::Period => {
            // "Ende KW 50": the week's number belongs to it.
            let next = page.skip_blanks(hit.end);
            let number = page.rest(next).chars().take(4).take_while(|c| digit(*c).is_some()).map(char::len_utf8).sum::<usize>();
            Some(Time { end: if number > 0 { next + number } else { hit.end }, ..time(None) })
        }
        _ => None,
    }
}

/// A month with the day and the year around it.
fn in_month(page: &Page, hit: &Hit, month: u8, sent_on: Option<Date>) -> Time {
    let (mut start, mut end) = (hit.start, hit.end);
    let mut day = None;
    if let Some((from, number)) = day_before(page, hit.start) {
        (start, day) = (from, Some(number));
    } else if let Some((to, number)) = number_after(page, hit.end, 2).filter(|(_, number)| (1..=31).contains(number)) {
        (end, day) = (skip_ordinal(page, to), Some(number));
    }
    // 12月底, 12月上旬: a part of the month.
    let part = ["上旬", "中旬", "下旬", "底", "末", "初"].into_iter().find(|part| page.rest(end).starts_with(part));
    end += part.map_or(0, str::len);
    let mut year = None;
    if let Some((to, number)) = number_after(page, end, 4).filter(|(_, number)| (2000..=2100).contains(number)) {
        (end, year) = (to, Some(number));
    } else if let Some((from, number)) = number_before(page, start, &['年']).filter(|(_, number)| (2000..=2100).contains(number)) {
        (start, year) = (from, Some(number));
    }
    let date = day.and_then(|day| match u32::from(month).checked_sub(PERSIAN_MONTH) {
        Some(month @ 1..) => calendar::next_persian(month, day, sent_on),
        _ => on(year, u32::from(month), day, sent_on),
    });
    Time { start, end, day: date, is_span: false }
}

/// The day of a date; without a year the next such day from the day of the mail on.
fn on(year: Option<u32>, month: u32, day: u32, sent_on: Option<Date>) -> Option<Date> {
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    if let Some(year) = year {
        return Date::new(i16::try_from(year).ok()?, month, day).ok();
    }
    let sent = sent_on?;
    let this_year = Date::new(sent.year(), month, day).ok()?;
    if this_year >= sent { Some(this_year) } else { Date::new(sent.year() + 1, month, day).ok() }
}

/// "15 ", "15. ", "15th of ", "15 de " before a month.
fn day_before(page: &Page, start: usize) -> Option<(usize, u32)> {
    let mut at = page.back_blanks(start);
    for _ in 0..2 {
        let word = page.word_start(at);
        if matches!(page.folded(word, at), "of" | "de" | "th" | "st" | "nd" | "rd" | "er" | "го" | "е" | "a" | "d" | "dia") {
            at = page.back_blanks(word);
        }
    }
    number_before(page, at, &['.', 'º', '°', '-', '/', '‑']).filter(|(_, number)| (1..=31).contains(number))
}

/// The short number that ends here, one of the marks between.
fn number_before(page: &Page, end: usize, marks: &[char]) -> Option<(usize, u32)> {
    let mut end = page.back_blanks(end);
    if let Some(mark) = page.before(end).filter(|c| marks.contains(c)) {
        end = page.back_blanks(end - mark.len_utf8());
    }
    let figures = page.front(end).chars().rev().take(5).take_while(|c| digit(*c).is_some());
    let start = end - figures.map(char::len_utf8).sum::<usize>();
    let is_apart = page.before(start).is_none_or(|c| !matches!(c, '.' | '/' | '-') && digit(c).is_none());
    (start < end && is_apart).then(|| Some((start, value(page, start, end)?)))?
}

/// A number of at most so many figures that begins here, a comma, point, "de" or 日 aside.
fn number_after(page: &Page, end: usize, length_max: usize) -> Option<(usize, u32)> {
    let mut at = page.skip_blanks(end);
    if let Some(mark) = page.after(at).filter(|c| matches!(c, ',' | '.' | '-' | '/')) {
        at = page.skip_blanks(at + mark.len_utf8());
    }
    if matches!(page.folded(at, page.word_end(at)), "de" | "del" | "the") {
        at = page.skip_blanks(page.word_end(at));
    }
    let length = page.rest(at).chars().take(5).take_while(|c| digit(*c).is_some()).count();
    let stop = at + page.rest(at).chars().take(length).map(char::len_utf8).sum::<usize>();
    let is_time = page.after(stop) == Some(':');
    ((1..=length_max).contains(&length) && !is_time).then(|| Some((stop, value(page, at, stop)?)))?
}

fn skip_ordinal(page: &Page, end: usize) -> usize {
    let word = page.word_end(end);
    if matches!(page.folded(end, word), "th" | "st" | "nd" | "rd") {
        return word;
    }
    end + page.after(end).filter(|c| matches!(c, '日' | '号' | '號' | '일')).map_or(0, char::len_utf8)
}

fn value(page: &Page, start: usize, end: usize) -> Option<u32> {
    page.folded(start, end).chars().try_fold(0_u32, |sum, c| sum.checked_mul(10)?.checked_add(digit(c)?))
}

/// `2026-12-15`, `15.12.2026`, `15/12`, or "35 days".
fn figured(page: &Page, number: &Number, sent_on: Option<Date>) -> Option<Time> {
    match number.shape {
        Shape::Code => {
            let written = page.folded(number.start, number.end).trim_end_matches(['.', '-', '/', ':']);
            let day = numeric_date(page, written, sent_on)?;
            Some(Time { start: number.start, end: number.start + written.len(), day, is_span: false })
        }
        Shape::Plain => {
            let at = page.skip_blanks(number.end);
            if let Some(length) = page.rules.begins_with(page.rest(at), Local::TimeUnit) {
                return Some(Time { start: number.start, end: at + length, day: None, is_span: true });
            }
            // "15.12." reads as one and a decimal part.
            let written = page.folded(number.start, number.end);
            let day = numeric_date(page, written, sent_on)?;
            Some(Time { start: number.start, end: number.end, day, is_span: false })
        }
        _ => None,
    }
}

/// `Some(None)` when it is a date that may be meant two ways.
fn numeric_date(page: &Page, written: &str, sent_on: Option<Date>) -> Option<Option<Date>> {
    let mark = written.chars().find(|c| matches!(c, '-' | '.' | '/'))?;
    let mut parts = written.split(mark).map(|part| part.parse::<u32>().ok().map(|number| (number, part.len())));
    let (first, second, third) = (parts.next()??, parts.next()??, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let third = match third {
        Some(part) => Some(part?),
        None => None,
    };
    if first.1 == 4 {
        return Some(Some(on(Some(first.0), second.0, third?.0, sent_on)?));
    }
    let year = match third {
        Some((year, 2)) => Some(2000 + year),
        Some((year, 4)) => Some(year),
        Some(_) => return None,
        None => None,
    };
    if third.is_none() && (mark == '-' || first.1 > 2 || second.1 > 2 || (mark == '.' && second.1 != 2)) {
        return None;
    }
    let (day, month) = match (first.0, second.0) {
        (day, month) if day > 12 && month <= 12 => (day, month),
        (month, day) if day > 12 && month <= 12 && mark == '/' => (day, month),
        // 3/4 in an English mail: the third of April or the fourth of March, nobody knows.
        (day, month) if mark == '/' && page.language == crate::types::Language::ENGLISH && day != month => {
            return (day <= 12 && month <= 12).then_some(None);
        }
        (day, month) => (day, month),
    };
    on(year, month, day, sent_on).map(Some)
}

#[cfg(test)]
mod tests {
    use super::super::tests::facts;

    #[test]
    fn a_deadline_is_a_day_where_one_can_be_told() {
        // The mails are sent on Monday, 2 November 2026.
        let rows = [
            ("en", "Please deliver by 15 December 2026.", Some("2026-12-15")),
            ("en", "We need it before December 15.", Some("2026-12-15")),
            ("en", "Delivery no later than January 10th", Some("2027-01-10")),
            ("en", "Payment is due by 2026-11-30.", Some("2026-11-30")),
            ("en", "Please reply by Friday.", Some("2026-11-06")),
            ("en", "Please reply by 3/4.", Some("by 3/4")),
            ("en", "Deliver by 25/12", Some("2026-12-25")),
            ("de", "Bitte bis 15.12.2026 liefern.", Some("2026-12-15")),
            ("de", "Lieferung bis zum 15. Dezember", Some("2026-12-15")),
            ("de", "vor Ende KW 50", Some("vor Ende KW 50")),
            ("ru", "Нужно до 15 декабря.", Some("2026-12-15")),
            ("fr", "Livraison avant le 15 décembre 2026", Some("2026-12-15")),
            ("es", "antes del 15 de diciembre", Some("2026-12-15")),
            ("pt", "até 15 de dezembro", Some("2026-12-15")),
            ("it", "entro il 15 dicembre", Some("2026-12-15")),
            ("zh-Hans", "请在12月15日前交货", Some("2026-12-15")),
            ("zh-Hans", "12月底前", Some("12月底前")),
            ("ja", "12月15日までに納品", Some("2026-12-15")),
            ("ar", "قبل 15 ديسمبر", Some("2026-12-15")),
            ("en", "Shipment by end of August", Some("by end of August")),
            ("en", "We want delivery within 35 days.", Some("within 35 days")),
            ("de", "innerhalb von 6 Wochen", Some("innerhalb von 6 Wochen")),
            ("en", "Our letter of 15 December 2026 and the fair in May", None),
            ("en", "30% deposit, balance within 30 days after B/L date", None),
            ("en", "The year 2026 went by 500 times", None),
        ];
        for (language, text, want) in rows {
            assert_eq!(facts(language, text).deadline.as_deref(), want, "{text}");
        }
    }
}
