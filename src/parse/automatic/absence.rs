//! When an absent person is back.

use super::dates::{self, Written};
use super::rules::{Cue, Meaning, Order, absences};
use jiff::ToSpan;
use jiff::civil::Date;

/// Bytes of an answer that are read for a date; what follows is quoted.
const TEXT_LEN_MAX: usize = 16 * 1024;
/// Characters before a date in which it is told what it means.
const BEFORE_MAX: usize = 48;
/// Characters behind a date.
const AFTER_MAX: usize = 18;

/// The first day back. Words that name it ("back on the 14th") come before words that name the last day away ("until the 13th",
/// "1-13 December"), which give the day after; of several last days the latest counts.
pub(super) fn returns(text: &str, sent_on: Option<Date>) -> Option<Date> {
    let text = plain(text);
    let mut last_away: Option<Date> = None;
    let dates = dates::written(&text);
    for (at, date) in dates.iter().enumerate() {
        let previous = at.checked_sub(1).and_then(|before| dates.get(before));
        let Some(cue) = meaning(&text, date, previous) else { continue };
        let Some(day) = date.day(cue.order, sent_on) else { continue };
        match cue.meaning {
            Meaning::Back => return Some(day),
            Meaning::Until => last_away = last_away.max(Some(day)),
        }
    }
    last_away.and_then(|day| day.checked_add(1.day()).ok())
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
            '\u{0660}'..='\u{0669}' => kept.extend(char::from_digit(c as u32 - 0x0660, 10)),
            '\u{06f0}'..='\u{06f9}' => kept.extend(char::from_digit(c as u32 - 0x06f0, 10)),
            '\u{ff10}'..='\u{ff19}' => kept.extend(char::from_digit(c as u32 - 0xff10, 10)),
            '’' => kept.push('\''),
            // Turkish capitals would become two characters.
            'İ' => kept.push('i'),
            _ => kept.extend(c.to_lowercase()),
        }
    }
    kept
}

fn meaning(text: &str, date: &Written, previous: Option<&Written>) -> Option<Cue> {
    let before = before(text, date.place.start, previous);
    let after: String = text.get(date.place.end..)?.chars().take(AFTER_MAX).take_while(|c| !matches!(c, '.' | '。' | '!' | ';')).collect();
    let (told_before, told_after) = (absences().before(before), absences().after(&after));
    match (told_before, told_after) {
        (Some(cue), _) if cue.meaning == Meaning::Back => Some(cue),
        (_, Some(cue)) => Some(cue),
        (Some(cue), None) => Some(cue),
        (None, None) if date.ends_range || ends_range(text, date, previous) => Some(Cue { meaning: Meaning::Until, order: Order::Sooner }),
        (None, None) => None,
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
    fn dates_without_a_meaning_and_figures_that_are_no_dates_say_nothing() {
        for text in
            ["Our fair is on 3 December.", "Price until 12.50 USD", "call 12/34-567", "", "back on 31 February", "until further notice"]
        {
            assert_eq!(back(text), "", "{text}");
        }
    }
}
