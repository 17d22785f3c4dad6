//! The fact lists `rules/facts/*.toml` as a person writes them, read into what the finders need. A fault names file and line and
//! says what to write instead.

use super::columns::Columns;
use super::lexicon::{Gathering, Lexicon, Phrases, Use};
pub(super) use super::meanings::{Local, Money, Multiplier, NumberWord, Separators, Unit, UnitKind};
use super::page::fold_word;
use super::rows::{ColumnList, CueList, CurrencyList, MonthList, NumberList, PlaceList, TermList, UnitList};
use super::variants;
use crate::types::{Currency, Incoterm, Language};
use crate::understand::rules::RuleError;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// The word lists facts are found with: units, number words, places, currencies, months, of all languages.
#[derive(Debug, Default)]
pub struct FactRules {
    pub(super) lexicon: Lexicon,
    pub(super) units: Phrases<Vec<Unit>>,
    pub(super) numbers: Vec<NumberWord>,
    pub(super) counted: Vec<(u32, String)>,
    pub(super) multipliers: Phrases<Vec<Multiplier>>,
    pub(super) separators: Separators,
    pub(super) local: Phrases<Vec<Local>>,
    /// The UN/LOCODE of each place; `None` for a town that is known by name alone.
    pub(super) places: Vec<Option<String>>,
    /// What is tied to a name or a unit, by language.
    pub(super) endings: BTreeMap<&'static str, Vec<String>>,
    /// Those that say "to".
    pub(super) endings_to: BTreeMap<&'static str, Vec<String>>,
    pub(super) money: Vec<Money>,
    pub(super) certificates: Vec<String>,
    pub(super) columns: Columns,
    minor_units: BTreeMap<String, u8>,
}

impl FactRules {
    /// Compiles the fact lists among rule files given as `(name below rules/, text)`; other files are not its business.
    pub fn compile(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        let mut rules = Self::default();
        let mut words = Gathering::default();
        for (name, text) in files {
            let Some(list) = name.strip_prefix("facts/") else { continue };
            let file = File { name, text };
            match list {
                "units.toml" => rules.take_units(&file, file.read()?)?,
                "number_words.toml" => rules.take_numbers(&file, file.read()?, &mut words)?,
                "places.toml" => rules.take_places(&file, file.read()?, &mut words)?,
                "currencies.toml" => rules.take_currencies(&file, file.read()?, &mut words)?,
                "months.toml" => rules.take_months(&file, file.read()?, &mut words)?,
                "terms.toml" => rules.take_terms(&file, file.read()?, &mut words)?,
                "columns.toml" => rules.columns = Columns::new(&file.read::<ColumnList>()?),
                "cues.toml" => rules.take_cues(file.read()?, &mut words),
                _ => return Err(file.fault(None, format!("no list has this name; the fact lists are {FILES}"))),
            }
        }
        rules.lexicon = words.build().map_err(|error| RuleError { file: "facts".to_owned(), line: None, problem: error.to_string() })?;
        Ok(rules)
    }

    /// How many decimals amounts of a currency have by ISO 4217: 2 for most, 0 for JPY, 3 for KWD.
    pub fn minor_units(&self, currency: Currency) -> Option<u8> {
        self.minor_units.get(currency.code()).copied()
    }

    /// Whether a folded word has a meaning beside numbers and names.
    pub(super) fn means(&self, word: &str, local: Local) -> bool {
        self.local.get(word).is_some_and(|meanings| meanings.contains(&local))
    }

    /// The longest phrase with that meaning a folded text begins with, by its length in bytes.
    pub(super) fn begins_with(&self, low: &str, local: Local) -> Option<usize> {
        self.local.longest(low).filter(|(_, meanings)| meanings.contains(&local)).map(|(end, _)| end)
    }

    fn add_local(&mut self, list: &[String], local: Local) {
        for word in list.iter().flat_map(|word| variants::of(word)) {
            let mut meanings = self.local.get(&word).cloned().unwrap_or_default();
            if !meanings.contains(&local) {
                meanings.push(local);
                self.local.add(&word, meanings);
            }
        }
    }

    fn take_units(&mut self, file: &File, list: UnitList) -> Result<(), RuleError> {
        for row in list.unit {
            let languages = file.languages(&row.languages)?;
            let unit = |exact| Unit { name: row.name.clone(), kind: row.kind, exact, languages: languages.clone() };
            for word in row.words.iter().flat_map(|word| variants::of(word)) {
                self.add_unit(&word, unit(None));
            }
            for word in &row.exact {
                self.add_unit(word, unit(Some(word.clone())));
            }
        }
        Ok(())
    }

    /// A word that is a unit only in some languages, or only in these letters, is asked first.
    fn add_unit(&mut self, word: &str, unit: Unit) {
        let mut units = self.units.get(&fold_word(word)).cloned().unwrap_or_default();
        if unit.languages.is_empty() && unit.exact.is_none() {
            units.retain(|known| !known.languages.is_empty() || known.exact.is_some());
            units.push(unit);
        } else {
            units.insert(0, unit);
        }
        self.units.add(word, units);
    }

    fn take_numbers(&mut self, file: &File, list: NumberList, words: &mut Gathering) -> Result<(), RuleError> {
        self.separators.point = file.languages(&list.point_groups_thousands)?;
        self.separators.space = file.languages(&list.space_groups_thousands)?;
        self.separators.after_goods = file.languages(&list.number_after_goods)?;
        for row in list.word {
            words.add_all(&row.words, Use::Number(self.numbers.len()));
            let languages = file.languages(&row.languages)?;
            self.numbers.push(NumberWord { value: row.value, languages });
        }
        for row in list.multiplier {
            let languages = file.languages(&row.languages)?;
            for word in row.words.iter().flat_map(|word| variants::of(word)) {
                let mut readings = self.multipliers.get(&word).cloned().unwrap_or_default();
                readings.push(Multiplier { value: Decimal::from(row.value), languages: languages.clone() });
                self.multipliers.add(&word, readings);
            }
        }
        for row in list.counted {
            words.add_all(&row.words, Use::Counted(self.counted.len()));
            self.counted.push((row.value, row.unit));
        }
        self.add_local(&list.range, Local::Range);
        self.add_local(&list.range_and, Local::RangeAnd);
        self.add_local(&list.between, Local::Between);
        Ok(())
    }

    fn take_places(&mut self, file: &File, list: PlaceList, words: &mut Gathering) -> Result<(), RuleError> {
        for (code, names) in list.places {
            let is_code = code.len() == 5 && code.bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'9').contains(&b));
            if !is_code {
                let problem = format!("`{code}` is no UN/LOCODE; write two letters of the country and three of the place, such as DEHAM");
                return Err(file.fault(Some(&code), problem));
            }
            words.add_all(&names, Use::Place(self.places.len()));
            self.places.push(Some(code));
        }
        words.add_all(&list.towns, Use::Place(self.places.len()));
        self.places.push(None);
        words.add_all(&list.destination, Use::Destination);
        words.add_all(&list.delivering, Use::Delivering);
        self.endings = file.endings(list.endings)?;
        self.endings_to = file.endings(list.endings_to)?;
        self.add_local(&list.towards_or_in, Local::TowardsOrIn);
        self.add_local(&list.towards, Local::Towards);
        self.add_local(&list.towards_after, Local::TowardsAfter);
        self.add_local(&list.within_after, Local::WithinAfter);
        self.add_local(&list.from, Local::From);
        self.add_local(&list.from_after, Local::FromAfter);
        self.add_local(&list.fillers, Local::PlaceFiller);
        self.add_local(&list.owners, Local::Owner);
        self.add_local(&list.not_places, Local::NotPlace);
        self.add_local(&list.joints, Local::PlaceJoint);
        Ok(())
    }

    fn take_currencies(&mut self, file: &File, list: CurrencyList, words: &mut Gathering) -> Result<(), RuleError> {
        for (code, row) in list.currencies {
            let currency = file.currency(&code)?;
            let mut elsewhere = Vec::new();
            for (language, other) in &row.elsewhere {
                let languages = file.languages(std::slice::from_ref(language))?;
                let other = file.currency(other)?;
                elsewhere.extend(languages.into_iter().map(|language| (language, other)));
            }
            let here = self.money.len();
            if !row.names_only {
                words.add(&code, Use::Money { row: here, sure: row.sure });
            }
            words.add_all(&row.words, Use::Money { row: here, sure: true });
            words.add_all(&row.signs, Use::Money { row: here, sure: false });
            self.money.push(Money { currency, elsewhere: Vec::new() });
            if !elsewhere.is_empty() {
                words.add_all(&row.shared, Use::Money { row: self.money.len(), sure: false });
                self.money.push(Money { currency, elsewhere });
            }
            self.minor_units.insert(code, row.minor);
        }
        words.add_all(&list.target, Use::Target);
        Ok(())
    }

    fn take_months(&mut self, file: &File, list: MonthList, words: &mut Gathering) -> Result<(), RuleError> {
        for (number, names) in &list.months {
            let month = number.parse().ok().filter(|month| (1..=12).contains(month));
            let month = month.ok_or_else(|| file.fault(Some(number), format!("`{number}` is no month; write 1 to 12")))?;
            words.add_all(names, Use::Month(month));
        }
        for (number, names) in &list.persian {
            let month = number.parse::<u8>().ok().filter(|month| (1..=12).contains(month));
            let month = month.ok_or_else(|| file.fault(Some(number), format!("`{number}` is no month; write 1 to 12")))?;
            words.add_all(names, Use::Month(12 + month));
        }
        for (number, names) in &list.weekdays {
            let day = number.parse().ok().filter(|day| (1..=7).contains(day));
            let day = day.ok_or_else(|| file.fault(Some(number), format!("`{number}` is no day of the week; write 1 (Monday) to 7")))?;
            words.add_all(names, Use::Weekday(day));
        }
        words.add_all(&list.today, Use::RelativeDay(0));
        words.add_all(&list.tomorrow, Use::RelativeDay(1));
        words.add_all(&list.periods, Use::Period);
        self.add_local(&list.time_units, Local::TimeUnit);
        self.add_local(&list.time_units, Local::NotGoods);
        self.add_local(&list.within, Local::Within);
        self.add_local(&list.until, Local::Until);
        self.add_local(&list.until_after, Local::UntilAfter);
        Ok(())
    }

    fn take_terms(&mut self, file: &File, list: TermList, words: &mut Gathering) -> Result<(), RuleError> {
        for (code, row) in &list.incoterms {
            let term = Incoterm::parse(code);
            let term = term.ok_or_else(|| file.fault(Some(code), format!("`{code}` is no Incoterm; write one such as FOB")))?;
            words.add_all(&row.words, Use::Incoterm { term, sure: true });
            words.add_all(&row.with_place, Use::Incoterm { term, sure: false });
        }
        for (name, spellings) in list.certificates {
            words.add(&name, Use::Certificate(self.certificates.len()));
            words.add_all(&spellings, Use::Certificate(self.certificates.len()));
            self.certificates.push(name);
        }
        words.add_all(&list.payment, Use::Payment);
        self.add_local(&list.payment_tails, Local::PaymentTail);
        Ok(())
    }

    fn take_cues(&mut self, list: CueList, words: &mut Gathering) {
        words.add_all(&list.buying, Use::Buying);
        words.add_all(&list.quantity_labels, Use::QuantityLabel);
        words.add_all(&list.minimum, Use::Minimum);
        words.add_all(&list.asking_for, Use::Asking);
        words.add_all(&list.model, Use::Model);
        words.add_all(&list.references, Use::Reference);
        self.add_local(&list.per, Local::Per);
        self.add_local(&list.per_before, Local::PerBefore);
        self.add_local(&list.each, Local::Each);
        self.add_local(&list.papers, Local::Papers);
        self.add_local(&list.not_goods, Local::NotGoods);
        self.add_local(&list.not_before, Local::NotBefore);
        self.add_local(&list.of, Local::Of);
        self.add_local(&list.out_of, Local::OutOf);
        self.add_local(&list.paper_stems, Local::PaperStem);
        self.add_local(&list.articles, Local::Article);
        self.add_local(&list.stops, Local::Stop);
        self.add_local(&list.not_products, Local::NotProduct);
    }
}

const FILES: &str = "units, number_words, places, currencies, months, terms, columns and cues, each with .toml";

/// A rule file in hand.
struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn read<T: DeserializeOwned>(&self) -> Result<T, RuleError> {
        toml::from_str(self.text).map_err(|error| {
            let line = error.span().and_then(|span| self.text.get(..span.start)).map(|front| front.matches('\n').count() + 1);
            RuleError { file: self.name.to_owned(), line, problem: error.message().to_owned() }
        })
    }

    /// A fault at the line that begins with a key or first names a word.
    fn fault(&self, word: Option<&str>, problem: String) -> RuleError {
        let line = word.and_then(|word| {
            let starts = |line: &str| line.trim_start_matches(['"', ' ']).starts_with(word);
            let found = self.text.lines().position(starts).or_else(|| self.text.lines().position(|line| line.contains(word)));
            found.map(|row| row + 1)
        });
        RuleError { file: self.name.to_owned(), line, problem }
    }

    fn currency(&self, code: &str) -> Result<Currency, RuleError> {
        let known = Currency::parse(code);
        known.ok_or_else(|| {
            self.fault(Some(code), format!("`{code}` is no active ISO 4217 code; write one such as USD or leave the row out"))
        })
    }

    fn endings(&self, list: BTreeMap<String, String>) -> Result<BTreeMap<&'static str, Vec<String>>, RuleError> {
        let read = |(code, endings): (String, String)| {
            let language = Language::parse(&code)
                .ok_or_else(|| self.fault(Some(&code), format!("`{code}` is no language code; write one such as tr")))?;
            Ok((language.code(), endings.split_whitespace().map(fold_word).collect()))
        };
        list.into_iter().map(read).collect()
    }

    fn languages(&self, codes: &[String]) -> Result<Vec<Language>, RuleError> {
        let read = |code: &String| {
            let known = Language::parse(code);
            known.ok_or_else(|| self.fault(Some(code), format!("`{code}` is no language code; write one such as de or zh-Hans")))
        };
        codes.iter().map(read).collect()
    }
}
