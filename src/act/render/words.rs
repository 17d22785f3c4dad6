//! `templates/<language>/words.toml`: the forms that code fills rather than a template. Greetings, dates, numbers, units, questions.

use super::clean;
use super::fault::Fault;
use super::phrase::{Phrase, Run};
use super::report_words::{self, DailyWords, TroubleWords};
use crate::decide::{LetterName, Question, TroubleKind};
use crate::types::{Intent, Language, Quantity};
use crate::understand::FlagKind;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Longest unit we have no word for, in characters.
const UNIT_LEN_MAX: usize = 20;

/// The forms of one language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub greeting: Greeting,
    /// The line above the signature.
    pub closing: String,
    pub quote: QuoteWords,
    date: DateWords,
    pub list: ListWords,
    numbers: NumberWords,
    questions: Questions,
    units: BTreeMap<String, Unit>,
    /// What a mail is about, as a noun that begins a sentence.
    intents: BTreeMap<Intent, String>,
    pub daily: DailyWords,
    /// Why a mail should not be trusted, with both values.
    warnings: BTreeMap<FlagKind, String>,
    troubles: BTreeMap<TroubleKind, TroubleWords>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Greeting {
    pub named: String,
    pub neutral: String,
}

/// The line above the quoted mail, by what is known of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuoteWords {
    pub dated: String,
    pub undated: String,
    pub anonymous: String,
    /// The same in a note to a member.
    pub customer: String,
    pub shortened: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DateWords {
    months: [String; 12],
    /// The first of a month: `1er` in French, `1º` in Italian, `1` elsewhere.
    first_day: String,
    day: String,
    moment: String,
}

/// How a list of values reads.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListWords {
    pub separator: String,
    /// Between the goods and the delivery terms.
    pub clause_separator: String,
    /// Products with their quantities: `{products} ({quantities})`.
    pub with_quantities: String,
    /// Words repeated as they stand in the mail: `“{words}”`.
    pub quoted: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberWords {
    decimal: String,
    group: String,
    /// Numbers of fewer digits are not grouped: Spanish writes `1500`, but `15 000`.
    group_from_digits: usize,
    range: String,
    counting: Counting,
    quantity: String,
}

/// Which numbers share a word form (CLDR plural rules, as far as quantities of goods need them).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Counting {
    /// No plural: Chinese, Japanese.
    #[default]
    None,
    /// One, and all others.
    Western,
    /// 1, 21, 31 …; 2 to 4, 22 to 24 …; the others.
    Slavic,
    /// One; 3 to 10, 103 to 110 …; the others.
    Arabic,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Questions {
    product: String,
    quantity: String,
    destination: String,
    delivery_address: String,
    reference: String,
    sample: SampleQuestions,
}

/// What is asked in other words when it is about samples.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleQuestions {
    product: String,
    quantity: String,
}

/// The word of a unit. Abbreviations have one form.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Unit {
    Always(String),
    Counted(Counted),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    one: String,
    few: Option<String>,
    other: String,
}

impl Words {
    /// Reads a `words.toml`.
    pub(super) fn read(file: &str, text: &str) -> Result<Self, Vec<Fault>> {
        let words: Words = toml::from_str(text).map_err(|error| vec![Fault::of_words(file, text, &error)])?;
        let misfits = words.forms().into_iter().filter_map(|(key, form, places)| Some((key.to_owned(), misfit(form, places)?)));
        let unnamed = Intent::ALL.into_iter().filter(|intent| words.intent(*intent).trim().is_empty());
        let unnamed = unnamed.map(|intent| (format!("intents.{intent}"), "it has no word here".to_owned()));
        let reports = report_words::faults(&words.daily, &words.troubles);
        let warnings = FlagKind::ALL.into_iter().filter_map(|kind| {
            let places: &[&str] = if matches!(kind, FlagKind::MachineText | FlagKind::Scam) { &["found"] } else { &["found", "known"] };
            Some((format!("warnings.{}", kind.key()), misfit(words.warning(kind), places)?))
        });
        let faults: Vec<Fault> =
            misfits.chain(unnamed).chain(warnings).chain(reports).map(|(key, what)| Fault::of_form(file, text, &key, &what)).collect();
        if faults.is_empty() { Ok(words) } else { Err(faults) }
    }

    /// Every form with the places it must have.
    fn forms(&self) -> [(&'static str, &str, &'static [&'static str]); 13] {
        [
            ("greeting.named", &self.greeting.named, &["name"]),
            ("greeting.neutral", &self.greeting.neutral, &[]),
            ("quote.dated", &self.quote.dated, &["date", "name"]),
            ("quote.undated", &self.quote.undated, &["name"]),
            ("quote.anonymous", &self.quote.anonymous, &[]),
            ("quote.customer", &self.quote.customer, &[]),
            ("quote.shortened", &self.quote.shortened, &[]),
            ("date.day", &self.date.day, &["day", "month", "year"]),
            ("date.moment", &self.date.moment, &["date", "time"]),
            ("list.with_quantities", &self.list.with_quantities, &["products", "quantities"]),
            ("list.quoted", &self.list.quoted, &["words"]),
            ("numbers.range", &self.numbers.range, &["from", "to"]),
            ("numbers.quantity", &self.numbers.quantity, &["number", "unit"]),
        ]
    }

    /// The question as this letter asks it.
    pub(super) fn question(&self, question: Question, letter: LetterName) -> &str {
        let sample = letter == LetterName::Sample;
        match question {
            Question::Product if sample => &self.questions.sample.product,
            Question::Quantity if sample => &self.questions.sample.quantity,
            Question::Product => &self.questions.product,
            Question::Quantity => &self.questions.quantity,
            Question::Destination => &self.questions.destination,
            Question::DeliveryAddress => &self.questions.delivery_address,
            Question::Reference => &self.questions.reference,
        }
    }

    /// What a mail is about.
    pub(super) fn intent(&self, intent: Intent) -> &str {
        self.intents.get(&intent).map_or("", String::as_str)
    }

    /// The intent that is called so.
    pub(super) fn intent_called(&self, name: &str) -> Option<Intent> {
        let name = name.trim().to_lowercase();
        self.intents.iter().find(|(_, called)| called.to_lowercase() == name).map(|(intent, _)| *intent)
    }

    /// Why a mail should not be trusted.
    pub(super) fn warning(&self, kind: FlagKind) -> &str {
        self.warnings.get(&kind).map_or("", String::as_str)
    }

    /// What a trouble is called, and what to do about it.
    pub(super) fn trouble(&self, kind: TroubleKind) -> &TroubleWords {
        static NONE: TroubleWords = TroubleWords { what: String::new(), advice: String::new() };
        self.troubles.get(&kind).unwrap_or(&NONE)
    }

    /// A count as the language writes numbers.
    pub(super) fn count(&self, count: u64, language: Language) -> Phrase {
        Phrase::of(&self.number(Decimal::from(count)), Run::LeftToRight, language)
    }

    /// A date, with its time of day when that is known.
    pub(super) fn date(&self, date: jiff::civil::Date, time: Option<jiff::civil::Time>, language: Language) -> Phrase {
        let month = usize::try_from(date.month() - 1).ok().and_then(|index| self.date.months.get(index)).map_or("", String::as_str);
        let (day, year) = (if date.day() == 1 { self.date.first_day.clone() } else { date.day().to_string() }, date.year().to_string());
        let [day, year] = [day, year].map(|number| Phrase::of(&number, Run::LeftToRight, Language::ENGLISH));
        let month = Phrase::of(month, Run::AsWritten, Language::ENGLISH);
        // One isolate holds the whole day: its parts stand in the order of the language it is written in.
        let day = Phrase::fill(&self.date.day, &[("day", &day), ("month", &month), ("year", &year)]).plain_words();
        let day = Phrase::of(&day, Run::AsWritten, language);
        match time {
            None => day,
            Some(time) => {
                let time = Phrase::of(&format!("{:02}:{:02}", time.hour(), time.minute()), Run::LeftToRight, language);
                Phrase::fill(&self.date.moment, &[("date", &day), ("time", &time)])
            }
        }
    }

    /// A quantity as the language writes numbers, with its unit's word; a unit we have no word for stays as the mail wrote it.
    pub(super) fn quantity(&self, quantity: &Quantity, language: Language) -> Phrase {
        let number = match quantity.to {
            None => self.number(quantity.value),
            Some(to) => self.numbers.range.replacen("{from}", &self.number(quantity.value), 1).replacen("{to}", &self.number(to), 1),
        };
        let Some(unit) = &quantity.unit else { return Phrase::of(&number, Run::LeftToRight, language) };
        let Some(word) = self.units.get(unit) else { return unnamed_unit(&number, unit, language) };
        let mut unit = Phrase::default();
        unit.say(word.form_for(quantity.to.unwrap_or(quantity.value), self.numbers.counting));
        let number = Phrase::of(&number, Run::LeftToRight, language);
        Phrase::fill(&self.numbers.quantity, &[("number", &number), ("unit", &unit)])
    }

    /// A number with the language's separators.
    fn number(&self, value: Decimal) -> String {
        let plain = value.normalize().to_string();
        let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let mut number = sign.to_owned();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place) % 3 == 0 && whole.len() >= self.numbers.group_from_digits {
                number.push_str(&self.numbers.group);
            }
            number.push(digit);
        }
        if !fraction.is_empty() {
            number.push_str(&self.numbers.decimal);
            number.push_str(fraction);
        }
        number
    }
}

/// A quantity in a unit we have no word for: `2 × 40HQ`, because `2 40HQ` or `240HQ` would be another number.
fn unnamed_unit(number: &str, unit: &str, language: Language) -> Phrase {
    let unit = clean::line(unit, UNIT_LEN_MAX);
    let between = if unit.starts_with(char::is_numeric) { "\u{a0}×\u{a0}" } else { " " };
    if clean::has_right_to_left(&unit) {
        let mut phrase = Phrase::of(number, Run::LeftToRight, language);
        phrase.say(between);
        phrase.name(&unit, Run::AsWritten, language);
        return phrase;
    }
    Phrase::of(&format!("{number}{between}{unit}"), Run::LeftToRight, language)
}

impl Unit {
    fn form_for(&self, count: Decimal, counting: Counting) -> &str {
        let counted = match self {
            Unit::Always(word) => return word,
            Unit::Counted(counted) => counted,
        };
        let whole = count.is_integer().then(|| count.to_i64()).flatten();
        let last_two = whole.map(|whole| whole.rem_euclid(100));
        let few = counted.few.as_ref().unwrap_or(&counted.other);
        match (counting, last_two) {
            (Counting::Slavic, Some(11..=14)) => &counted.other,
            (Counting::Slavic, Some(last)) if last % 10 == 1 => &counted.one,
            (Counting::Slavic, Some(last)) if (2..=4).contains(&(last % 10)) => few,
            // Russian counts fractions with the genitive singular, which is its form for two to four.
            (Counting::Slavic, None) => few,
            (Counting::Arabic, Some(3..=10)) => few,
            (Counting::Western | Counting::Arabic, _) if whole == Some(1) => &counted.one,
            _ => &counted.other,
        }
    }
}

/// What is wrong with a form's places, if anything.
pub(super) fn misfit(form: &str, places: &[&str]) -> Option<String> {
    let mut found = Vec::new();
    let mut rest = form;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { return Some("a `{` is not closed".to_owned()) };
        found.push(name);
        rest = after;
    }
    if let Some(unknown) = found.iter().find(|name| !places.contains(name)) {
        return Some(format!("`{{{unknown}}}` means nothing here"));
    }
    places.iter().find(|place| !found.contains(place)).map(|missing| format!("`{{{missing}}}` is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn words(code: &str) -> Words {
        let file = format!("{code}/words.toml");
        let sources = super::super::sources::Sources::gather(&[]).0;
        let (_, _, text) = sources.words().find(|(language, _, _)| *language == code).expect("a language we write");
        Words::read(&file, text).expect("our own words are sound")
    }

    fn quantity(value: &str, to: Option<&str>, unit: Option<&str>) -> Quantity {
        let number = |text: &str| Decimal::from_str(text).expect("a number");
        Quantity { value: number(value), to: to.map(number), unit: unit.map(str::to_owned) }
    }

    #[test]
    fn numbers_stand_in_the_customers_form() {
        let written = |code: &str, value: &str| {
            let language = Language::parse(code).expect("ours");
            words(code).quantity(&quantity(value, None, None), language).plain()
        };
        assert_eq!(written("en", "1234567.50"), "1,234,567.5");
        assert_eq!(written("de", "1500"), "1.500");
        assert_eq!(written("es", "1500"), "1500", "Spanish groups from five digits on");
        assert_eq!(written("es", "15000"), "15\u{a0}000");
        assert_eq!(written("fr", "1500.25"), "1\u{202f}500,25");
        assert_eq!(written("ar", "1500"), "\u{2066}1,500\u{2069}");
    }

    #[test]
    fn units_have_a_word_and_agree_with_their_number() {
        let written = |code: &str, quantity: &Quantity| words(code).quantity(quantity, Language::parse(code).expect("ours")).plain();
        assert_eq!(written("en", &quantity("1", None, Some("rolls"))), "1 roll");
        assert_eq!(written("de", &quantity("500", Some("1000"), Some("pcs"))), "500–1.000 Stück");
        assert_eq!(written("zh-Hans", &quantity("500", None, Some("pcs"))), "500件");
        assert_eq!(written("ar", &quantity("5", None, Some("pcs"))), "\u{2066}5\u{2069} قطع");
        assert_eq!(written("ru", &quantity("21", None, Some("rolls"))), "21 рулон");
        assert_eq!(written("ru", &quantity("22", None, Some("rolls"))), "22 рулона");
        assert_eq!(written("ru", &quantity("12", None, Some("rolls"))), "12 рулонов");
        assert_eq!(written("ru", &quantity("2.5", None, Some("rolls"))), "2,5 рулона");
        assert_eq!(written("zh-Hans", &quantity("2", None, Some("40HQ"))), "2\u{a0}×\u{a0}40HQ", "never 240HQ");
        assert_eq!(written("ar", &quantity("500", None, Some("pcs"))), "\u{2066}500\u{2069} قطعة");
        assert_eq!(written("en", &quantity("2", None, Some("40HQ"))), "2\u{a0}×\u{a0}40HQ", "and cannot be taken for 240");
    }

    #[test]
    fn a_form_that_lost_its_place_is_named_with_its_line() {
        let sources = super::super::sources::Sources::gather(&[]).0;
        let (_, _, text) = sources.words().find(|(language, _, _)| *language == "en").expect("English is there");
        let faults = Words::read("en/words.toml", &text.replace("Dear {name},", "Dear {nmae},")).expect_err("a place is misspelt");
        assert_eq!(
            faults.first().map(ToString::to_string).as_deref(),
            Some("templates/en/words.toml:4: greeting.named: `{nmae}` means nothing here")
        );
    }
}
