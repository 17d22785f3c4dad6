//! Numbers as people write them in any script, and what shape they have: an amount of money, a share, a size, a code, or a plain
//! count. Only plain ones can be quantities. One pass from left to right; every look aside is bounded.

use super::figures::{Figures, digit, separators};
use super::lexicon::{Hit, Use};
use super::page::{Page, is_letter, runs_on};
use crate::types::Currency;
use rust_decimal::Decimal;

/// A number of the page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    pub start: usize,
    /// Behind the figures and a multiplier; the currency sign of a price is not in it.
    pub end: usize,
    pub value: Decimal,
    /// The same read as a count of things, where `1.500` is never one and a half.
    pub count: Decimal,
    /// The upper end when it is a range.
    pub to: Option<Decimal>,
    pub shape: Shape,
    /// Written as a word.
    pub spelled: bool,
}

/// What a number looks like from its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    Price(Currency),
    Percent,
    /// One of several figures joined by a times sign: 200 x 300.
    Size,
    /// Part of a model, date, telephone number, time, numbering.
    Code,
}

/// Numbers read of one page: more are a table somebody pasted, and its first thousands say what it is.
const NUMBERS_MAX: usize = 4000;

/// The numbers of a page, in order.
pub(super) fn scan(page: &Page) -> Vec<Number> {
    let mut numbers = Vec::new();
    let mut spelled = page.hits.iter().filter_map(|hit| match hit.means {
        Use::Number(row) => {
            let spelled = page.rules.numbers.get(row)?;
            let is_here = spelled.languages.is_empty() || spelled.languages.contains(&page.language);
            is_here.then(|| word(hit.start, hit.end, Decimal::from(spelled.value)))
        }
        _ => None,
    });
    let mut next_spelled = spelled.next();
    let mut spelled_until = 0;
    let mut at = 0;
    let mut in_size = false;
    while let Some(c) = page.after(at) {
        if numbers.len() >= NUMBERS_MAX {
            break;
        }
        while let Some(word) = next_spelled.take_if(|word| word.start <= at) {
            next_spelled = spelled.next();
            if word.start == at && word.start >= spelled_until {
                let mut word = word;
                while let Some(next) = next_spelled.take_if(|next| compose(page, &mut word, next)) {
                    word.end = next.end;
                    next_spelled = spelled.next();
                }
                let number = spelled_price(page, word);
                spelled_until = number.end;
                numbers.push(number);
            }
        }
        if digit(c).is_some() {
            let mut number = read(page, at);
            at = number.end.max(at + c.len_utf8());
            let times = times_sign(page, number.end);
            if number.shape == Shape::Plain && (in_size || times) {
                number.shape = Shape::Size;
            }
            in_size = times && number.shape != Shape::Code;
            numbers.push(number);
        } else if let Some(number) = chinese(page, at, c) {
            at = number.end;
            numbers.push(spelled_price(page, number));
        } else {
            at += c.len_utf8();
        }
    }
    numbers
}

fn word(start: usize, end: usize, value: Decimal) -> Number {
    Number { start, end, value, count: value, to: None, shape: Shape::Plain, spelled: true }
}

/// "forty-five", "three hundred": takes a spelled number that follows into the one before it.
fn compose(page: &Page, number: &mut Number, next: &Number) -> bool {
    let between = page.folded(number.end, next.start);
    let is_joined = matches!(between, " " | "-" | " and " | " y " | " e " | " et ");
    let (value, more) = (number.value, next.value);
    let sum = match () {
        () if !is_joined => None,
        () if value >= Decimal::from(20) && more < Decimal::TEN && (value % Decimal::TEN).is_zero() => value.checked_add(more),
        () if value >= Decimal::ONE_HUNDRED && more < Decimal::ONE_HUNDRED && (value % Decimal::ONE_HUNDRED).is_zero() => {
            value.checked_add(more)
        }
        () if value < Decimal::TEN && more == Decimal::ONE_HUNDRED && between == " " => value.checked_mul(more),
        () => None,
    };
    let Some(sum) = sum else { return false };
    (number.value, number.count) = (sum, sum);
    true
}

fn spelled_price(page: &Page, mut number: Number) -> Number {
    multiply(page, &mut number);
    number.shape = price(page, number.start, number.end).map_or(Shape::Plain, Shape::Price);
    number
}

/// Reads the number whose first digit stands here.
fn read(page: &Page, start: usize) -> Number {
    let Some(figures) = Figures::read(page, start) else {
        return Number { end: digits_end(page, start), shape: Shape::Code, spelled: false, ..word(start, start, Decimal::ZERO) };
    };
    let (value, count) = figures.values(separators(page));
    let mut number = Number { start, end: figures.end, value, count, to: None, shape: Shape::Plain, spelled: false };
    multiply(page, &mut number);
    range(page, &mut number);
    number.shape = shape(page, &number);
    if number.shape == Shape::Code {
        number.end = code_end(page, number.end);
    }
    number
}

fn digits_end(page: &Page, start: usize) -> usize {
    start + page.rest(start).chars().take_while(|c| digit(*c).is_some() || matches!(c, '.' | ',')).map(char::len_utf8).sum::<usize>()
}

/// What is tied to a code by hyphens, points and slashes belongs to it: 15.12.2026, 555-1234.
fn code_end(page: &Page, end: usize) -> usize {
    let tied = |c: &char| c.is_ascii_alphanumeric() || digit(*c).is_some() || matches!(c, '-' | '/' | ':' | '_' | '.');
    let run = page.rest(end).chars().take(64).take_while(tied);
    end + run.map(char::len_utf8).sum::<usize>()
}

/// Takes "k", "万", "million" behind the figures into the number.
fn multiply(page: &Page, number: &mut Number) {
    for _ in 0..3 {
        let at = page.skip_blanks(number.end);
        let Some((length, readings)) = page.rules.multipliers.longest(page.rest(at)) else { return };
        let reading = readings.iter().find(|reading| reading.languages.is_empty() || reading.languages.contains(&page.language));
        let Some(reading) = reading else { return };
        // "5 k": a lone letter counts only when it sticks to the figures.
        if length == 1 && at != number.end {
            return;
        }
        let (Some(value), Some(count)) = (number.value.checked_mul(reading.value), number.value.checked_mul(reading.value)) else { return };
        (number.value, number.count) = (value.normalize(), count.normalize());
        number.to = number.to.and_then(|to| to.checked_mul(reading.value)).map(|to| to.normalize());
        number.end = at + length;
        if page.after(number.end) == Some('.') && page.after(number.end + 1) == Some(' ') {
            number.end += 1;
        }
    }
}

/// A range wider than this is a dash between two thoughts: "cable 2.5 — 1500 m".
const RANGE_TIMES_MAX: u32 = 50;

/// Takes "500-1000" as one number with an upper end.
fn range(page: &Page, number: &mut Number) {
    let mut at = page.skip_blanks(number.end);
    let Some(dash) = page.after(at).filter(|c| matches!(c, '-' | '–' | '—' | '~' | '～' | '〜' | '−')) else { return };
    at = page.skip_blanks(at + dash.len_utf8());
    if page.after(at).and_then(digit).is_none() {
        return;
    }
    let Some(figures) = Figures::read(page, at) else { return };
    let (value, count) = figures.values(separators(page));
    let mut upper = Number { end: figures.end, count, ..word(at, at, value) };
    let before = upper.value;
    multiply(page, &mut upper);
    // "10-20k" means ten thousand to twenty thousand.
    let times = upper.value.checked_div(before).filter(|times| *times > Decimal::ONE);
    if let Some(times) = times.filter(|_| number.value < before) {
        number.value = number.value.checked_mul(times).unwrap_or(number.value).normalize();
        number.count = number.value;
    }
    let tied = page.after(upper.end).is_some_and(|c| matches!(c, '-' | '/' | ':'))
        && page.rest(upper.end).chars().nth(1).is_some_and(|c| digit(c).is_some());
    let near = number.value.checked_mul(Decimal::from(RANGE_TIMES_MAX)).is_some_and(|most| upper.value <= most);
    if upper.value > number.value && near && !tied {
        number.to = Some(if upper.count > number.count { upper.count } else { upper.value });
        number.end = upper.end;
    }
}

/// What the neighbours make of a number.
fn shape(page: &Page, number: &Number) -> Shape {
    if let Some(currency) = price(page, number.start, number.end) {
        return Shape::Price(currency);
    }
    if is_tied_before(page, number.start) || is_tied_behind(page, number) || is_numbering(page, number) {
        return Shape::Code;
    }
    let behind = page.rest(page.skip_blanks(number.end));
    // Turkish sets the sign before the figure.
    if behind.starts_with(['%', '％', '٪', '‰']) || matches!(page.before(number.start), Some('%' | '٪')) {
        return Shape::Percent;
    }
    if behind.starts_with(['°', '"', '″', '”', '±', 'Ø', '℃'])
        || page.before(number.start).is_some_and(|c| matches!(c, 'ø' | '±' | '≥' | '≤'))
    {
        return Shape::Size;
    }
    Shape::Plain
}

/// Letters, hyphens, slashes, plus and number signs before the figures make a code of them.
fn is_tied_before(page: &Page, start: usize) -> bool {
    let Some(c) = page.before(start) else { return false };
    let beyond = page.before(start - c.len_utf8());
    // Arabic and Hebrew write "and", "to", "in" as one with the figure, Hebrew with a hyphen: و5, ל-60.
    let letters_end = if matches!(c, '-' | '־' | '\u{640}') { start - c.len_utf8() } else { start };
    if is_semitic_prefix(page.folded(page.word_start(letters_end), letters_end)) {
        return false;
    }
    let after_word = beyond.is_some_and(|b| (is_letter(b) && !runs_on(b)) || digit(b).is_some());
    match c {
        '+' | '#' | '№' | '_' | '\\' | '@' | '=' | '$' => true,
        '-' | '–' | '/' | '.' | '\'' | '’' | ',' => after_word,
        ':' => beyond.is_some_and(|b| digit(b).is_some()),
        'x' | 'х' | '×' => after_word,
        _ => is_letter(c) && !runs_on(c),
    }
}

fn is_semitic_prefix(letters: &str) -> bool {
    let is_one = |c: char| matches!(c, 'و' | 'ب' | 'ل' | 'ف' | 'ك' | 'ا' | '\u{640}' | 'ל' | 'כ' | 'ו' | 'ה' | 'ב' | 'ש' | 'מ');
    !letters.is_empty() && letters.chars().count() <= 2 && letters.chars().all(is_one)
}

/// A further figure behind a slash, colon or hyphen, or a word behind a hyphen: dates, times, "5-tier".
fn is_tied_behind(page: &Page, number: &Number) -> bool {
    let mut behind = page.rest(number.end).chars();
    let (Some(c), next) = (behind.next(), behind.next()) else { return false };
    let digit_next = next.is_some_and(|n| digit(n).is_some());
    match c {
        '/' | ':' | '.' | ',' | '_' => digit_next,
        '-' | '–' => digit_next || next.is_some_and(|n| is_letter(n) && !runs_on(n)),
        '\'' | '’' => digit_next,
        '@' => true,
        _ => false,
    }
}

/// "1." or "2)" at the beginning of a line numbers it.
fn is_numbering(page: &Page, number: &Number) -> bool {
    let front = page.folded(page.line_start(number.start), number.start);
    let behind = page.rest(number.end);
    number.value < Decimal::from(100)
        && front.chars().all(|c| c.is_whitespace() || matches!(c, '(' | '>'))
        && behind.starts_with([')', '.', '、', '）', '．'])
}

/// The currency named directly before or behind an amount.
fn price(page: &Page, start: usize, end: usize) -> Option<Currency> {
    let mut front = page.back_blanks(start);
    // "USD: 200", "US$ (200)".
    if page.before(front).is_some_and(|c| matches!(c, ':' | '.')) {
        front = page.back_blanks(front - 1);
    }
    // "6205-2RS 2000", "5$ 1500": a sign that figures touch belongs to them.
    let is_free = |hit: &&Hit| page.before(hit.start).is_none_or(|c| digit(c).is_none());
    let before = page.hits_before(front).take_while(|hit| hit.end == front).filter(is_free).find_map(|hit| beside_amount(page, hit));
    let behind = page.skip_blanks(end);
    before.or_else(|| page.hits_from(behind).take_while(|hit| hit.start == behind).find_map(|hit| beside_amount(page, hit)))
}

/// A code that is also a word, such as TRY, counts in capitals only.
fn beside_amount(page: &Page, hit: &Hit) -> Option<Currency> {
    let Use::Money { sure, .. } = hit.means else { return None };
    let written = page.written(hit.start, hit.end);
    let is_word =
        !sure && written.len() == 3 && written.chars().all(|c| c.is_ascii_alphabetic()) && written.chars().any(|c| c.is_ascii_lowercase());
    if is_word { None } else { money(page, hit.means) }
}

/// The currency a listed word names in the language of the page.
pub(super) fn money(page: &Page, means: Use) -> Option<Currency> {
    let Use::Money { row, .. } = means else { return None };
    let money = page.rules.money.get(row)?;
    let here = money.elsewhere.iter().find(|(language, _)| *language == page.language);
    Some(here.map_or(money.currency, |(_, currency)| *currency))
}

/// Whether a times sign and another figure follow, the unit of the first between: 200cm × 300cm.
fn times_sign(page: &Page, end: usize) -> bool {
    let mut at = page.word_end(end);
    if page.folded(end, at).ends_with(['x', 'х']) {
        at -= page.before(at).map_or(0, char::len_utf8);
    }
    let at = page.skip_blanks(at);
    let Some(sign) = page.after(at).filter(|c| matches!(c, 'x' | 'х' | '×' | '*' | '✕')) else { return false };
    page.after(page.skip_blanks(at + sign.len_utf8())).is_some_and(|c| digit(c).is_some())
}

/// A number in Chinese characters: 两, 三十, 一百二十, 三千万.
fn chinese(page: &Page, start: usize, first: char) -> Option<Number> {
    numeral(first)?;
    let (mut total, mut section, mut pending, mut end) = (0_u64, 0_u64, None, start);
    for c in page.rest(start).chars().take(12) {
        let Some(value) = numeral(c) else { break };
        end += c.len_utf8();
        match value {
            0..=9 => pending = Some(value),
            10..=1000 => section += pending.take().unwrap_or(1) * value,
            _ => total = (total + section + pending.take().unwrap_or(0)).max(1).checked_mul(value)?,
        }
        if value >= 10_000 {
            section = 0;
        }
    }
    let value = total.checked_add(section)?.checked_add(pending.unwrap_or(0))?;
    (value > 0).then(|| word(start, end, Decimal::from(value)))
}

fn numeral(c: char) -> Option<u64> {
    Some(match c {
        '零' | '〇' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '兩' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        '十' => 10,
        '百' => 100,
        '千' => 1000,
        '万' | '萬' => 10_000,
        '亿' | '億' => 100_000_000,
        _ => return None,
    })
}
