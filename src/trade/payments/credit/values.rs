//! The values of a credit's fields: SWIFT's dates and amounts, and how banks print them.

use super::{Permission, Tolerance};
use crate::types::{Currency, Money};
use jiff::civil::Date;
use rust_decimal::Decimal;

/// Documents, conditions and lines that are kept.
const ITEMS_MAX: usize = 60;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The lines of a value, without those that say nothing.
pub(super) fn lines(value: &[&str]) -> Vec<String> {
    let words = value.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    words.filter(|line| line.chars().any(char::is_alphanumeric)).take(ITEMS_MAX * 4).collect()
}

/// The goods, a line each, without the plus sign that begins an item: "+12 SETS" is no telephone number.
pub(super) fn goods(value: &[&str]) -> String {
    let lines = lines(value);
    lines.iter().map(|line| line.trim_start_matches(['+', '*', ' '])).collect::<Vec<_>>().join("\n")
}

/// A value as one line.
pub(super) fn one_line(value: &[&str]) -> String {
    lines(value).join(" ")
}

/// A party without its account, which stands on a line of its own.
pub(super) fn party(value: &[&str]) -> Vec<String> {
    let mut lines = lines(value);
    if lines.first().is_some_and(|line| line.starts_with('/')) {
        lines.remove(0);
    }
    lines
}

/// The items of a list: each begins with a plus sign, a number or a letter; without any, each line is one.
pub(super) fn items(value: &[&str]) -> Vec<String> {
    let lines = lines(value);
    let is_marked = lines.iter().any(|line| mark(line).is_some());
    let mut items: Vec<String> = Vec::new();
    for line in lines {
        match (mark(&line), items.last_mut()) {
            (None, Some(item)) if is_marked => {
                item.push(' ');
                item.push_str(&line);
            }
            (begun, _) => items.push(begun.unwrap_or(&line).to_owned()),
        }
    }
    items.truncate(ITEMS_MAX);
    items
}

/// What follows the mark of a list's item.
fn mark(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix(['+', '*', '•']) {
        return Some(rest.trim_start());
    }
    let figures = line.chars().take_while(char::is_ascii_digit).count();
    let rest =
        if figures > 0 { line.get(figures..)? } else { line.get(line.chars().next().filter(char::is_ascii_alphabetic)?.len_utf8()..)? };
    // "1.50 MM" and "U.S." are no marks.
    let bracket = || rest.strip_prefix(')').filter(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    let rest = rest.strip_prefix('.').filter(|rest| rest.starts_with(' ')).or_else(bracket)?;
    (figures < 3).then(|| rest.trim_start())
}

/// A day and the place named behind it.
pub(super) fn day_and_place(value: &[&str]) -> (Option<Date>, Option<String>) {
    let text = one_line(value);
    let Some((day, end)) = day(&text) else { return (None, None) };
    let place = text.get(end..).unwrap_or_default();
    let place = place.trim_matches(|c: char| !c.is_alphanumeric() && c != '(' && c != ')');
    let place = ["place of expiry", "place", "in", "at"].iter().find_map(|word| without_word(place, word)).unwrap_or(place);
    (Some(day), Some(place.to_owned()).filter(|place| !place.is_empty()))
}

fn without_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (front, rest) = text.split_at_checked(word.len())?;
    let is_it = front.eq_ignore_ascii_case(word) && rest.starts_with([' ', ':']);
    is_it.then(|| rest.trim_start_matches([' ', ':', '.']))
}

/// The first day in a text and where it ends: `260315`, `20260315`, `2026-03-15`, `15 MAR 2026`, `MAR 15, 2026`.
fn day(text: &str) -> Option<(Date, usize)> {
    let mut tokens: Vec<(usize, usize, &str)> = Vec::new();
    let mut start: Option<(usize, bool)> = None;
    // Runs of figures and of letters; `260315CHINA` is two.
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let kind = c.is_ascii_alphanumeric().then(|| c.is_ascii_digit());
        if let Some((from, _)) = start.filter(|(_, is_figure)| kind != Some(*is_figure)) {
            tokens.push((from, at, text.get(from..at)?));
            start = None;
        }
        if let (None, Some(is_figure)) = (start, kind) {
            start = Some((at, is_figure));
        }
        if tokens.len() > 12 {
            break;
        }
    }
    tokens.iter().enumerate().find_map(|(number, (_, end, token))| {
        let next = |ahead: usize| tokens.get(number + ahead).map(|(_, _, token)| *token);
        let end_of = |ahead: usize| tokens.get(number + ahead).map_or(*end, |(_, end, _)| *end);
        match token.len() {
            6 if is_number(token) => Some((compact(&format!("20{token}"))?, *end)),
            8 if is_number(token) => Some((compact(token)?, *end)),
            4 if is_number(token) => Some((date(token, &month(next(1)?)?, next(2)?)?, end_of(2))),
            1 | 2 if is_number(token) => Some((date(&year(next(2)?)?, &month(next(1)?)?, token)?, end_of(2))),
            _ => Some((date(&year(next(2)?)?, &month(token).filter(|_| !is_number(token))?, next(1)?)?, end_of(2))),
        }
    })
}

fn is_number(token: &str) -> bool {
    token.bytes().all(|b| b.is_ascii_digit())
}

/// `20260315`.
fn compact(figures: &str) -> Option<Date> {
    date(figures.get(..4)?, figures.get(4..6)?, figures.get(6..8)?)
}

fn year(token: &str) -> Option<String> {
    match token.len() {
        2 if is_number(token) => Some(format!("20{token}")),
        4 if is_number(token) => Some(token.to_owned()),
        _ => None,
    }
}

fn month(token: &str) -> Option<String> {
    if is_number(token) {
        return Some(token.to_owned());
    }
    let low = token.to_ascii_lowercase();
    MONTHS.iter().position(|name| low.starts_with(name)).map(|number| (number + 1).to_string())
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The first number of a value.
pub(super) fn first_number(value: &[&str]) -> Option<u16> {
    let text = one_line(value);
    let figures: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    figures.parse().ok()
}

/// A currency and an amount: `USD50000,00` in the message, `Currency: USD Amount: #50,000.00#` in print.
pub(super) fn money(value: &[&str]) -> Option<Money> {
    let text = one_line(value);
    let mut words = text.split(|c: char| !c.is_ascii_alphabetic());
    let currency = words.find_map(|word| (word.len() == 3).then(|| Currency::parse(word)).flatten())?;
    let from = text.find(|c: char| c.is_ascii_digit())?;
    let number: String = text.get(from..)?.chars().take_while(|c| c.is_ascii_digit() || matches!(c, ',' | '.' | '\'' | ' ')).collect();
    Some(Money { amount: amount(number.trim(), currency)?, currency })
}

/// SWIFT writes a decimal comma and no thousands; prints have either. A sign before exactly three figures parts thousands, unless it
/// stands behind four and more, or the currency has thousandths.
fn amount(number: &str, currency: Currency) -> Option<Decimal> {
    let number: String = number.chars().filter(|c| !matches!(c, ' ' | '\'')).collect();
    let number = number.trim_end_matches(['.', ',']);
    let (whole, share) = match number.rfind([',', '.']).and_then(|at| Some((at, number.get(at..=at)?, number.get(at + 1..)?))) {
        Some((at, sign, share)) => {
            let front = number.get(..at)?;
            let parts_thousands = share.len() == 3 && front.len() <= 3 && !THOUSANDTHS.contains(&currency.code());
            let is_decimal = !front.contains(sign) && (front.contains([',', '.']) || !parts_thousands);
            if is_decimal { (front, share) } else { (number, "") }
        }
        None => (number, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    format!("{whole}.{}", if share.is_empty() { "0" } else { share }).parse::<Decimal>().ok().map(|amount| amount.normalize())
}

/// Currencies with thousandths (ISO 4217).
const THOUSANDTHS: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// `10/10`, `05/00`, `+/-5`.
pub(super) fn tolerance(value: &[&str]) -> Option<Tolerance> {
    let text = one_line(value);
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|figures| !figures.is_empty());
    let more: Decimal = numbers.next()?.parse().ok()?;
    let less = numbers.next().and_then(|figures| figures.parse().ok()).unwrap_or(more);
    (more <= Decimal::ONE_HUNDRED && less <= Decimal::ONE_HUNDRED).then_some(Tolerance { more, less })
}

/// Whether something is allowed.
pub(super) fn permission(value: &[&str]) -> Option<Permission> {
    let text = one_line(value).to_ascii_uppercase();
    if text.contains("CONDITIONAL") {
        return Some(Permission::Conditional);
    }
    let is_allowed = ["ALLOWED", "PERMITTED"].iter().any(|word| text.contains(word));
    let is_refused = ["NOT ", "PROHIBITED", "FORBIDDEN", "DISALLOWED", "NOTALLOWED"].iter().any(|word| text.contains(word));
    match (is_allowed, is_refused) {
        (_, true) => Some(Permission::NotAllowed),
        (true, false) => Some(Permission::Allowed),
        (false, false) => None,
    }
}
