//! Figures with their separators: `1.500`, `1 500`, `1,500.25`, `1,50,000`, `٥٠٠`. Which of them is a thousand and which a decimal
//! part is decided by their form, and where that leaves it open, by the language.

use super::page::Page;
use rust_decimal::Decimal;

/// The value of a digit in the scripts trade mail is written in.
pub(super) fn digit(c: char) -> Option<u32> {
    let base = match c {
        '0'..='9' => '0',
        '\u{0660}'..='\u{0669}' => '\u{0660}',
        '\u{06f0}'..='\u{06f9}' => '\u{06f0}',
        '\u{0966}'..='\u{096f}' => '\u{0966}',
        '\u{09e6}'..='\u{09ef}' => '\u{09e6}',
        '\u{0a66}'..='\u{0a6f}' => '\u{0a66}',
        '\u{0ae6}'..='\u{0aef}' => '\u{0ae6}',
        '\u{0be6}'..='\u{0bef}' => '\u{0be6}',
        '\u{0c66}'..='\u{0c6f}' => '\u{0c66}',
        '\u{0ce6}'..='\u{0cef}' => '\u{0ce6}',
        '\u{0d66}'..='\u{0d6f}' => '\u{0d66}',
        '\u{0e50}'..='\u{0e59}' => '\u{0e50}',
        '\u{0ed0}'..='\u{0ed9}' => '\u{0ed0}',
        '\u{1040}'..='\u{1049}' => '\u{1040}',
        '\u{17e0}'..='\u{17e9}' => '\u{17e0}',
        _ => return None,
    };
    Some(u32::from(c) - u32::from(base))
}

/// Digits with what separates their groups.
pub(super) struct Figures {
    pub end: usize,
    /// All digits in a row.
    digits: u128,
    /// Separator before each group but the first, and the group's digits.
    groups: [(char, u8); GROUPS_MAX],
    count: usize,
    first_is_zero: bool,
}

const GROUPS_MAX: usize = 6;
const DIGITS_MAX: u32 = 18;

impl Figures {
    /// `None` when these are more digits or groups than any amount has, or groups that no way of writing numbers makes.
    pub fn read(page: &Page, start: usize) -> Option<Self> {
        let mut figures = Figures { end: start, digits: 0, groups: [('\0', 0); GROUPS_MAX], count: 0, first_is_zero: false };
        let mut total = 0;
        let mut separator = '\0';
        loop {
            let mut length = 0_u8;
            for c in page.rest(figures.end).chars() {
                let Some(value) = digit(c) else { break };
                total += 1;
                if total > DIGITS_MAX {
                    return None;
                }
                figures.first_is_zero |= total == 1 && value == 0;
                figures.digits = figures.digits * 10 + u128::from(value);
                length += 1;
                figures.end += c.len_utf8();
            }
            *figures.groups.get_mut(figures.count)? = (separator, length);
            figures.count += 1;
            let Some(next) = figures.separator(page) else { break };
            separator = if next.is_whitespace() || next == '’' { '\'' } else { next };
            figures.end += next.len_utf8();
        }
        figures.is_number().then_some(figures)
    }

    /// The separator here when another group of the same number follows it.
    fn separator(&self, page: &Page) -> Option<char> {
        let c = page.after(self.end)?;
        let behind = page.rest(self.end + c.len_utf8());
        let digits = behind.chars().take(4).take_while(|d| digit(*d).is_some()).count();
        let tight =
            self.groups.iter().take(self.count).all(|(s, length)| if *s == '\0' { *length <= 3 } else { *length == 3 && *s == '\'' });
        let is_separator = match c {
            '.' | ',' | '٫' | '٬' => digits > 0,
            '\'' | '’' | '\u{a0}' | '\u{202f}' | '\u{2009}' => digits == 3 && tight,
            ' ' => {
                digits == 3
                    && tight
                    && !self.first_is_zero
                    && (page.rules.separators.space.contains(&page.language) || behind.starts_with("000"))
            }
            _ => false,
        };
        is_separator.then_some(c)
    }

    fn tail(&self) -> &[(char, u8)] {
        self.groups.get(1..self.count).unwrap_or_default()
    }

    /// Groups of three, Indian groups of two before the last three, or one decimal part.
    fn is_number(&self) -> bool {
        let tail = self.tail();
        let Some(((last, last_length), front)) = tail.split_last() else { return true };
        let same = front.iter().all(|(s, _)| s == last);
        let threes = front.iter().all(|(_, length)| *length == 3);
        match front.first() {
            None => true,
            Some((first, _)) if !same => threes && front.iter().all(|(s, _)| s == first),
            Some(_) => *last_length == 3 && (threes || (*last == ',' && front.iter().all(|(_, length)| *length == 2))),
        }
    }

    /// The number as its language reads it, and as a count of things.
    pub fn values(&self, separators: (bool, bool)) -> (Decimal, Decimal) {
        let whole = self.scaled(0);
        let Some(((last, last_length), front)) = self.tail().split_last() else { return (whole, whole) };
        let decimal = self.scaled(u32::from(*last_length));
        if front.iter().any(|(s, _)| s != last) {
            return (decimal, decimal);
        }
        if !front.is_empty() || *last == '\'' || *last == '٬' {
            return (whole, whole);
        }
        let first_length = self.groups.first().map_or(0, |(_, length)| *length);
        if *last_length != 3 || first_length > 3 || self.first_is_zero || *last == '٫' {
            return (decimal, decimal);
        }
        let (point_groups, comma_decimals) = separators;
        let grouped = if *last == '.' { point_groups } else { !comma_decimals };
        (if grouped { whole } else { decimal }, whole)
    }

    fn scaled(&self, scale: u32) -> Decimal {
        i128::try_from(self.digits).ok().and_then(|digits| Decimal::try_from_i128_with_scale(digits, scale).ok()).unwrap_or_default()
    }
}

/// Which separator groups thousands here: whether the point does, and whether the comma makes decimals.
pub(super) fn separators(page: &Page) -> (bool, bool) {
    let (point, space) = (&page.rules.separators.point, &page.rules.separators.space);
    let by_point = point.contains(&page.language);
    (by_point, by_point || space.contains(&page.language))
}
