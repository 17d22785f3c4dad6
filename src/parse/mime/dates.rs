//! The Date field: RFC 5322 §3.3 with its obsolete forms, and what programs write instead.

use crate::types::Moment;
use jiff::civil;

/// A date with the sender's own offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sent {
    local: civil::DateTime,
    offset_minutes: i32,
}

impl Sent {
    /// Reads a date; `None` when day, month, year or time of day are not all there and possible.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut found = Found::default();
        let text = without_comments(text);
        for token in text.split(|c: char| c.is_whitespace() || c == ',').filter(|t| !t.is_empty()).take(20) {
            found.take(token)?;
        }
        found.finish()
    }

    /// The instant.
    pub(super) fn moment(self) -> Option<Moment> {
        let utc = self.local.checked_sub(jiff::Span::new().minutes(i64::from(self.offset_minutes))).ok()?;
        Some(jiff::tz::TimeZone::UTC.to_timestamp(utc).ok()?.into())
    }

    /// The sender's day.
    pub(super) fn day(self) -> civil::Date {
        self.local.date()
    }

    /// RFC 3339 with the sender's offset.
    pub(super) fn rfc3339(self) -> String {
        let (sign, offset) = if self.offset_minutes < 0 { ('-', -self.offset_minutes) } else { ('+', self.offset_minutes) };
        format!("{}{sign}{:02}:{:02}", self.local.strftime("%Y-%m-%dT%H:%M:%S"), offset / 60, offset % 60)
    }
}

#[derive(Default)]
struct Found {
    day: Option<i8>,
    month: Option<i8>,
    year: Option<i16>,
    time: Option<civil::Time>,
    afternoon: Option<bool>,
    offset_minutes: Option<i32>,
    /// A zone by name, which a number beside it overrules.
    named_offset_minutes: Option<i32>,
}

impl Found {
    /// Takes one word; `None` when it makes the whole unreadable.
    fn take(&mut self, token: &str) -> Option<()> {
        if let Some((date, time)) = token.split_once(['T', 't']).filter(|(d, _)| d.len() == 10 && d.contains('-')) {
            self.take_iso_date(date)?;
            return self.take_iso_time(time);
        }
        if let Some(minutes) = self.time.and_then(|_| numeric_offset(token)) {
            self.offset_minutes.get_or_insert(minutes);
        } else if token.starts_with(|c: char| c.is_ascii_digit()) {
            self.take_number(token)?;
        } else if let Some(month) = month(token) {
            self.month = self.month.or(Some(month));
        } else if let Some(minutes) = zone(token) {
            self.named_offset_minutes = self.named_offset_minutes.or(Some(minutes));
        } else if let Some(number) = ["GMT", "UTC", "UT"].iter().find_map(|z| token.strip_prefix(z)) {
            self.offset_minutes = self.offset_minutes.or(numeric_offset(number));
        } else {
            match token.to_ascii_uppercase().as_str() {
                "AM" | "A.M." => self.afternoon = Some(false),
                "PM" | "P.M." => self.afternoon = Some(true),
                // Names of weekdays and of unknown zones say nothing that is needed.
                _ => {}
            }
        }
        Some(())
    }

    fn take_number(&mut self, token: &str) -> Option<()> {
        if token.contains(':') || (self.year.is_some() && self.time.is_none() && token.matches('.').count() == 2) {
            // Only the first time of day counts, and only when it is one.
            if self.time.is_none() {
                self.take_iso_time(token)?;
            }
            return Some(());
        }
        if token.get(4..5).is_some_and(|mark| mark == "/") {
            return self.take_iso_date(&token.replace('/', "-"));
        }
        if token.contains('-') {
            return if token.get(4..5) == Some("-") { self.take_iso_date(token) } else { self.take_dashed(token) };
        }
        let digits = token.trim_end_matches(['.', 't', 'h', 's', 'n', 'd', 'r']);
        let number: i16 = digits.parse().ok()?;
        if self.day.is_none() && digits.len() <= 2 {
            self.day = i8::try_from(number).ok();
        } else if self.year.is_none() {
            self.year = Some(year(number, digits.len())?);
        }
        Some(())
    }

    /// `2-Nov-2026`.
    fn take_dashed(&mut self, token: &str) -> Option<()> {
        let mut parts = token.split('-');
        self.day = Some(parts.next()?.parse().ok()?);
        self.month = Some(month(parts.next()?)?);
        let written = parts.next()?;
        self.year = Some(year(written.parse().ok()?, written.len())?);
        Some(())
    }

    fn take_iso_date(&mut self, token: &str) -> Option<()> {
        let mut parts = token.split('-');
        self.year = Some(parts.next()?.parse().ok()?);
        self.month = Some(parts.next()?.parse().ok()?);
        self.day = Some(parts.next()?.parse().ok()?);
        Some(())
    }

    /// `09:12`, `9:12:44`, `09:12:44.123+08:00`, `09.12.44`, `9:12:44PM`.
    fn take_iso_time(&mut self, token: &str) -> Option<()> {
        let end = token.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.')).unwrap_or(token.len());
        let (clock, tail) = token.split_at_checked(end)?;
        let mut parts = clock.split([':', '.']);
        let hour = parts.next()?.parse().ok()?;
        let minute = parts.next()?.parse().ok()?;
        let second: i8 = parts.next().filter(|s| !s.is_empty()).map_or(Some(0), |s| s.parse().ok())?;
        // A leap second is the second before it.
        self.time = Some(civil::Time::new(hour, minute, second.min(59), 0).ok()?);
        match tail.to_ascii_uppercase().as_str() {
            "" => {}
            "Z" => self.offset_minutes = Some(0),
            "AM" => self.afternoon = Some(false),
            "PM" => self.afternoon = Some(true),
            _ => self.offset_minutes = numeric_offset(tail).or(self.offset_minutes),
        }
        Some(())
    }

    fn finish(self) -> Option<Sent> {
        let date = civil::Date::new(self.year.filter(|y| (1970..=2200).contains(y))?, self.month?, self.day?).ok()?;
        let mut time = self.time?;
        match (self.afternoon, time.hour()) {
            (Some(true), 1..12) => time = civil::Time::new(time.hour() + 12, time.minute(), time.second(), 0).ok()?,
            (Some(false), 12) => time = civil::Time::new(0, time.minute(), time.second(), 0).ok()?,
            _ => {}
        }
        // Without a zone the time is taken as UTC, as RFC 5322 §4.3 does for unknown ones.
        let offset_minutes = self.offset_minutes.or(self.named_offset_minutes).unwrap_or(0);
        Some(Sent { local: date.to_datetime(time), offset_minutes })
    }
}

/// Two digits are this century up to 49, the last one from 50; three count from 1900 (RFC 5322 §4.3).
fn year(number: i16, digits: usize) -> Option<i16> {
    match digits {
        1 | 2 if number < 50 => Some(2000 + number),
        1..=3 => Some(1900 + number),
        4 => Some(number),
        _ => None,
    }
}

/// `+0800`, `-03:30`, `+8`, within a day.
fn numeric_offset(text: &str) -> Option<i32> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

fn month(token: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = token.get(..3)?.to_ascii_lowercase();
    let position = MONTHS.iter().position(|m| *m == start)?;
    // "Mar" and "March", but not "Marseille".
    (token.len() <= 9).then(|| i8::try_from(position + 1).ok())?
}

/// Zones by name: those of RFC 5322 §4.3 and others in use. `CST` is the American one, as the RFC says.
fn zone(token: &str) -> Option<i32> {
    let hours = match token.trim_matches('"') {
        "UT" | "UTC" | "GMT" | "Z" | "WET" => 0,
        "CET" | "MET" | "BST" | "WEST" => 1,
        "CEST" | "MEST" | "EET" | "SAST" => 2,
        "EEST" | "MSK" | "TRT" => 3,
        "PKT" => 5,
        "IST" => return Some(330),
        "ICT" | "WIB" => 7,
        "HKT" | "SGT" | "AWST" => 8,
        "JST" | "KST" => 9,
        "AEST" => 10,
        "NZST" => 12,
        "BRT" | "ART" => -3,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        _ => return None,
    };
    Some(hours * 60)
}

/// Comments in parentheses repeat the zone in the sender's language.
fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    text.chars()
        .take(200)
        .filter(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Sent::parse(text).map(Sent::rfc3339)
    }

    #[test]
    fn dates_are_read_as_programs_write_them() {
        let same = Some("2026-11-02T09:12:44+08:00".to_owned());
        for text in [
            "Mon, 2 Nov 2026 09:12:44 +0800",
            "Mon, 02 Nov 26 09:12:44 +0800 (CST)",
            "2 November 2026 09:12:44 GMT+8",
            "Mon Nov 2 09:12:44 2026 +0800",
            "Mon, 2-Nov-2026 09:12:44 +08:00",
            "2026-11-02T09:12:44.5+08:00",
            "2026-11-02 09:12:44 +0800",
            "2026/11/02 09:12:44 +0800",
            "Mon, 2 Nov 2026 9:12:44 AM HKT",
            "Mon,2 Nov 2026 09:12:44 CST +0800",
        ] {
            assert_eq!(read(text), same, "{text}");
        }
        assert_eq!(read("Mon, 2 Nov 2026 21:12 EST").as_deref(), Some("2026-11-02T21:12:00-05:00"));
        assert_eq!(read("2 Nov 2026 09:12:60").as_deref(), Some("2026-11-02T09:12:59+00:00"));
    }

    #[test]
    fn an_impossible_date_is_none() {
        for text in [
            "",
            "yesterday",
            "Mon, 31 Feb 2026 09:12:44 +0800",
            "2 Nov 2026",
            "周一, 2 十一月 2026 09:12:44",
            "2 Nov 2026 25:00:00",
            "99999999999",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_instant_takes_the_offset_into_account() {
        let sent = Sent::parse("Mon, 2 Nov 2026 09:12:44 +0800").expect("a plain date");
        assert_eq!(sent.moment().map(|m| m.to_string()).as_deref(), Some("2026-11-02T01:12:44Z"));
    }
}
