//! When an absent person is back.

use super::dates::{self, Written};
use super::rules::{Cue, Meaning, absences};
use jiff::ToSpan;
use jiff::civil::Date;

/// Bytes of an answer that are read for a date; what follows is quoted.
const TEXT_LEN_MAX: usize = 16 * 1024;
/// Characters before a date in which it is told what it means.
const BEFORE_MAX: usize = 48;
/// Characters behind a date.
const AFTER_MAX: usize = 26;

/// The first day back. Words that name it ("back on the 14th") come before words that name the last day away ("until the 13th",
/// "1-13 December"), which give the day after; of several last days the latest counts. "From the 14th on" is the first day back
/// where it comes after the last day away, or where nothing says that somebody is away from then on. Weekdays count only where no
/// date is named.
pub(super) fn returns(text: &str, sent_on: Option<Date>) -> Option<Date> {
    let text = plain(text);
    first_back(&text, &dates::written(&text), sent_on).or_else(|| {
        let days = dates::relative(&text);
        // `Monday to Friday, 9 to 5` are office hours.
        let hours =
            |at: usize| [at.checked_sub(1), at.checked_add(1)].into_iter().flatten().any(|other| is_beside(&text, &days, at, other));
        let alone: Vec<Written> = days.iter().enumerate().filter(|(at, _)| !hours(*at)).map(|(_, day)| day.clone()).collect();
        first_back(&text, &alone, sent_on)
    })
}

/// Whether two weekdays are joined by a few words.
fn is_beside(text: &str, days: &[Written], one: usize, other: usize) -> bool {
    let (Some(one), Some(other)) = (days.get(one.min(other)), days.get(one.max(other))) else { return false };
    text.get(one.place.end..other.place.start).is_some_and(|between| between.chars().count() <= 16)
}

fn first_back(text: &str, dates: &[Written], sent_on: Option<Date>) -> Option<Date> {
    let (mut last_away, mut from): (Option<Date>, Option<Date>) = (None, None);
    for (at, date) in dates.iter().enumerate() {
        let previous = at.checked_sub(1).and_then(|before| dates.get(before));
        let Some(cue) = meaning(text, date, previous) else { continue };
        let Some(day) = date.day(cue.order, sent_on) else { continue };
        match cue.meaning {
            Meaning::Back => return Some(day),
            Meaning::Until => last_away = last_away.max(Some(day)),
            Meaning::From => from = from.max(Some(day)),
        }
    }
    match (last_away, from) {
        (Some(away), Some(back)) if back > away => Some(back),
        (Some(away), _) => away.checked_add(1.day()).ok(),
        (None, from) => from,
    }
}

/// Lower case, one blank for white space, figures of all scripts as ours.
fn plain(text: &str) -> String {
    let mut kept = String::with_capacity(text.len().min(TEXT_LEN_MAX));
    for c in text.chars() {
        if kept.len() >= TEXT_LEN_MAX {
            break;
        }
        match c {
            _ if c.is_whitespace() || c.is_control() => {
                if !kept.ends_with(' ') {
                    kept.push(' ');
                }
            }
            '’' => kept.push('\''),
            // Turkish capitals would become two characters.
            'İ' => kept.push('i'),
            _ => match digit(c) {
                Some(digit) => kept.push(digit),
                None => kept.extend(c.to_lowercase()),
            },
        }
    }
    kept
}

/// A figure of a script that mail is written in, as ours.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 6] = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0xff10];
    let value = ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

fn meaning(text: &str, date: &Written, previous: Option<&Written>) -> Option<Cue> {
    let before = before(text, date.place.start, previous);
    let behind = text.get(date.place.end..)?;
    // The full stop of `14.12.` ends no sentence, or perhaps it does.
    let undotted = behind.strip_prefix('.');
    let ends = |c: &char| !matches!(c, '.' | '。' | '!' | ';');
    let after: String = undotted.unwrap_or(behind).chars().take(AFTER_MAX).take_while(ends).collect();
    let says_away = |words: &str| absences().says_away(words);
    let in_range = || date.ends_range || ends_range(text, date, previous);
    match (absences().before(before), absences().after(&after)) {
        (Some(cue), _) if cue.meaning == Meaning::Back => Some(cue),
        (Some(cue), Some(_)) if cue.meaning == Meaning::Until && undotted.is_some() => Some(cue),
        (_, Some(cue)) => Some(cue),
        (Some(cue), None) if cue.meaning == Meaning::From && in_range() => Some(Cue { meaning: Meaning::Until, ..cue }),
        (Some(cue), None) if cue.meaning == Meaning::From && (says_away(&after) || says_away(before)) => None,
        (Some(cue), None) => Some(cue),
        (None, None) => in_range().then(Cue::of_a_range),
    }
}

/// The words between the previous date or sentence and this date.
fn before<'a>(text: &'a str, start: usize, previous: Option<&Written>) -> &'a str {
    let from = previous.map_or(0, |previous| previous.place.end.min(start));
    let words = text.get(from..start).unwrap_or_default();
    let skipped = words.chars().count().saturating_sub(BEFORE_MAX);
    let words = words.char_indices().nth(skipped).and_then(|(at, _)| words.get(at..)).unwrap_or_default();
    // A full stop ends no sentence here: `Mon. 14 December`, `bis einschl. 13.12.`.
    words.rsplit_once(['。', '!', '?', '\u{61f}']).map_or(words, |(_, rest)| rest)
}

/// `from 1 to 14 December`: a number or date, then a word that joins the ends.
fn ends_range(text: &str, date: &Written, previous: Option<&Written>) -> bool {
    let Some(words) = text.get(..date.place.start).map(str::trim_end) else { return false };
    let joined = |before: &str| {
        let before = before.trim_end().trim_end_matches(['.', ')']);
        let touches = previous.is_some_and(|previous| previous.place.end + 3 >= before.len() && previous.place.end <= before.len() + 1);
        let numbered = before.chars().rev().take_while(|c| !c.is_whitespace()).any(|c| c.is_ascii_digit());
        touches || numbered
    };
    absences().ranges.iter().any(|range| words.strip_suffix(range.as_str()).is_some_and(joined))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(text: &str) -> String {
        let sent = Date::new(2026, 11, 25).expect("a day");
        returns(text, Some(sent)).map(|day| day.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_first_day_back_is_taken_as_it_stands() {
        for text in [
            "I am out of the office and will be back on 14 December.",
            "I will be back in the office on Monday, December 14th, 2026.",
            "I will not be back until 14 December",
            "Away from 30 November to 13 December, returning 14 December. Call +86 574 8765 4321.",
            "我将于12月14日返回公司，紧急事宜请致电。",
            "12月14日に戻ります。",
            "12月14日より通常営業いたします。",
            "Regreso el 14 de diciembre de 2026.",
            "Je serai de retour le 14 décembre.",
            "Ich bin ab dem 14.12. wieder erreichbar.",
            "Am 14.12.2026 bin ich wieder im Büro, wieder erreichbar ab 14.12.2026",
            "Retorno em 14 de dezembro.",
            "Я вернусь в офис 14 декабря.",
            "سأعود إلى المكتب في ١٤ ديسمبر",
            "Rientrerò il 14 dicembre.",
            "Ik ben op 14 december weer terug: weer terug op 14 december",
            "Wracam 14 grudnia.",
            "14 Aralık tarihinde döneceğim.",
            "Jag är tillbaka den 14 december.",
            "Jeg er tilbage den 14. december.",
            "Jeg er tilbake 14. desember.",
            "Palaan töihin 14. joulukuuta.",
            "Vrátím se 14. prosince.",
        ] {
            assert_eq!(back(text), "2026-12-14", "{text}");
        }
    }

    #[test]
    fn a_last_day_away_gives_the_day_after() {
        for text in [
            "I am on leave until 13 December.",
            "Out of office through 12/13/2026",
            "on leave until 12/13",
            "on holiday from 1 to 13 December",
            "Annual leave: December 1-13",
            "Annual leave 1 December - 13 December",
            "我从12月1日至13日休假。",
            "本人休假至12月13日，期间",
            "12月13日まで休暇をいただいております。",
            "12月1日～13日の間、不在です",
            "Estaré fuera hasta el 13 de diciembre.",
            "Je suis absent jusqu'au 13 décembre inclus.",
            "Ich bin bis einschließlich 13.12. nicht im Haus.",
            "Vom 1.12. bis 13.12.2026 bin ich im Urlaub.",
            "Estarei ausente até 13/12.",
            "Буду в отпуске до 13 декабря.",
            "В отпуске с 1 по 13 декабря",
            "أنا في إجازة حتى 13 ديسمبر",
            "Sono in ferie fino al 13 dicembre.",
            "Ik ben afwezig tot en met 13 december.",
            "Jestem na urlopie do 13 grudnia.",
            "13 Aralık tarihine kadar izindeyim.",
            "Jag är ledig till och med 13 december.",
            "Jeg holder ferie til og med 13. december.",
            "Jeg er på ferie til og med 13. desember.",
            "Olen lomalla 13. joulukuuta asti.",
            "Jsem na dovolené do 13. prosince.",
            "2026-12-01 - 2026-12-13 out of office",
        ] {
            assert_eq!(back(text), "2026-12-14", "{text}");
        }
    }

    #[test]
    fn a_bare_date_is_read_as_its_language_does_and_after_the_mail() {
        assert_eq!(back("Ausente hasta el 3/12"), "2026-12-04");
        assert_eq!(back("Away until 12/3"), "2026-12-04", "American, for 12 March is far");
        assert_eq!(back("Away until 3/12"), "2026-12-04", "British, for 12 March is far");
        assert_eq!(back("back on 4 January"), "2027-01-04");
        assert_eq!(back("back on 4 January 2019"), "", "an old note was left switched on");
        assert_eq!(returns("back on 4 January", None), None);
        assert_eq!(back("Zurück ab 29. Februar, wieder ab 29. Februar"), "2028-02-29");
    }

    #[test]
    fn from_a_day_on_is_back_only_where_nobody_is_away_from_then_on() {
        for (text, expected) in [
            ("Ich bin ab dem 30.11. nicht im Büro, ab dem 14.12. wieder erreichbar.", "2026-12-14"),
            ("Ab dem 30.11. bin ich bis 13.12. im Urlaub.", "2026-12-14"),
            ("Je suis absent jusqu'au vendredi 11 décembre, joignable à partir du lundi 14 décembre.", "2026-12-14"),
            ("Ich bin ab dem 30.11. im Urlaub.", ""),
            ("Estoy disponible a partir del 14 de diciembre.", "2026-12-14"),
        ] {
            assert_eq!(back(text), expected, "{text}");
        }
    }

    #[test]
    fn a_weekday_is_the_next_one_and_office_hours_are_none() {
        for (text, expected) in [
            ("I will be back on Monday.", "2026-11-30"),
            ("I am out until Friday.", "2026-11-28"),
            ("下周五回公司", "2026-12-04"),
            ("本周五回公司", "2026-11-27"),
            ("Вернусь в четверг", "2026-11-26"),
            ("I am back tomorrow.", "2026-11-26"),
            ("Our office is open from Monday to Friday.", ""),
            ("We are open Monday through Friday.", ""),
        ] {
            assert_eq!(back(text), expected, "{text}");
        }
    }

    #[test]
    fn dates_without_a_meaning_and_figures_that_are_no_dates_say_nothing() {
        for text in
            ["Our fair is on 3 December.", "Price until 12.50 USD", "call 12/34-567", "", "back on 31 February", "until further notice"]
        {
            assert_eq!(back(text), "", "{text}");
        }
    }
}
