//! How every section is read: from the TOML tree with its places in the text, collecting faults instead of stopping.
//!
//! A reader that meets a fault notes it and hands out a stand-in or nothing, so that the rest is still looked at. The
//! configuration is given out only when no fault was noted, so no stand-in is ever used.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use crate::types::EmailAddress;

use super::fault::{Fault, Kind, Problem};
use super::near::nearest;

/// A configuration's text, and what was found out about it while reading.
pub(super) struct Page {
    /// The folder relative paths start from.
    folder: PathBuf,
    /// Where each line starts.
    line_starts: Vec<usize>,
    faults: RefCell<Vec<Fault>>,
    /// A secret stands in the text itself.
    pub(super) holds_secrets: Cell<bool>,
    /// The text names programs that we run.
    pub(super) names_commands: Cell<bool>,
}

/// A table of the text: a section, an entry of a list, or an inline table.
pub(super) struct Section<'t> {
    page: &'t Page,
    /// `team.members[1]`; empty for the whole file.
    path: String,
    /// `None` when the section is not in the file: then everything is missing or at its default.
    table: Option<&'t DeTable<'t>>,
    line: Option<usize>,
    asked: Vec<&'static str>,
    seen: Vec<&'t str>,
}

/// One setting of the text.
pub(super) struct Value<'t> {
    page: &'t Page,
    place: Place,
    value: &'t DeValue<'t>,
}

/// Where a setting stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub key: String,
    pub line: Option<usize>,
}

/// What must not be written twice.
#[derive(Default)]
pub(super) struct Once(BTreeMap<String, usize>);

impl Page {
    pub(super) fn new(text: &str, folder: &Path) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self {
            folder: folder.to_owned(),
            line_starts: std::iter::once(0).chain(after_breaks).collect(),
            faults: RefCell::default(),
            holds_secrets: Cell::default(),
            names_commands: Cell::default(),
        }
    }

    /// The line of a place in the text, counted from 1.
    pub(super) fn line(&self, span: &Range<usize>) -> usize {
        self.line_starts.partition_point(|start| *start <= span.start)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn fault(&self, place: &Place, problem: Problem) {
        self.faults.borrow_mut().push(Fault { key: place.key.clone(), line: place.line, problem });
    }

    /// All faults, in the order of the lines; those without a line come first.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.line);
        faults
    }

    /// The whole file as one section.
    pub(super) fn root<'t>(&'t self, table: &'t DeTable<'t>) -> Section<'t> {
        Section { page: self, path: String::new(), table: Some(table), line: None, asked: Vec::new(), seen: Vec::new() }
    }
}

impl<'t> Section<'t> {
    /// A setting, if it is there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'t>> {
        self.asked.push(key);
        self.find(key)
    }

    /// A setting that has no default.
    pub(super) fn require(&mut self, key: &'static str, example: &'static str) -> Option<Value<'t>> {
        let value = self.take(key);
        if value.is_none() {
            self.page.fault(&Place { key: self.path_of(key), line: self.line }, Problem::Missing { example });
        }
        value
    }

    /// A section inside this one. Always given, so that what is missing in it is said in full.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'t> {
        let inner = self.take(key).and_then(|value| value.section());
        let absent = Section { page: self.page, path: self.path_of(key), table: None, line: None, asked: Vec::new(), seen: Vec::new() };
        inner.unwrap_or(absent)
    }

    /// The entries of a list of sections that needs at least one.
    pub(super) fn sections(&mut self, key: &'static str, example: &'static str) -> Vec<Section<'t>> {
        let Some(value) = self.require(key, example) else { return Vec::new() };
        if value.kind() == Kind::Section {
            value.fault(Problem::SingleBrackets { section: self.path_of(key) });
            return Vec::new();
        }
        let Some(values) = value.list() else { return Vec::new() };
        if values.is_empty() {
            value.fault(Problem::Missing { example });
        }
        values.iter().filter_map(Value::section).collect()
    }

    /// Every setting that was not asked for by name, in a section whose keys are data.
    pub(super) fn others(&mut self) -> Vec<(&'t str, Value<'t>)> {
        let keys: Vec<&'t str> = self.table.iter().flat_map(|table| table.keys()).map(|key| key.get_ref().as_ref()).collect();
        let unseen: Vec<&'t str> = keys.into_iter().filter(|key| !self.seen.contains(key)).collect();
        unseen.into_iter().filter_map(|key| Some((key, self.find(key)?))).collect()
    }

    /// How many settings of the section were taken so far, right or wrong.
    pub(super) fn written(&self) -> usize {
        self.seen.len()
    }

    /// Whether the file has this section.
    pub(super) fn is_there(&self) -> bool {
        self.table.is_some()
    }

    pub(super) fn page(&self) -> &'t Page {
        self.page
    }

    /// Where a setting of this section stands or would stand.
    pub(super) fn place(&self, key: &str) -> Place {
        Place { key: self.path_of(key), line: self.line }
    }

    /// Says of everything that nobody asked for that it is unknown.
    pub(super) fn close(mut self) {
        for (key, value) in self.others() {
            let meant = nearest(key, self.asked.iter().copied());
            let meant = self.asked.iter().copied().find(|asked| Some(*asked) == meant);
            value.fault(Problem::UnknownKey { meant, known: self.asked.clone() });
        }
    }

    fn find(&mut self, key: &str) -> Option<Value<'t>> {
        let (name, value) = self.table?.get_key_value(key)?;
        self.seen.push(name.get_ref().as_ref());
        let place = Place { key: self.path_of(key), line: Some(self.page.line(&name.span())) };
        Some(Value { page: self.page, place, value: value.get_ref() })
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

impl<'t> Value<'t> {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn fault(&self, problem: Problem) {
        self.page.fault(&self.place, problem);
    }

    /// What kind of value stands here.
    pub(super) fn kind(&self) -> Kind {
        match self.value {
            DeValue::String(_) => Kind::Text,
            DeValue::Integer(_) => Kind::Number,
            DeValue::Boolean(_) => Kind::Flag,
            DeValue::Array(_) => Kind::List,
            DeValue::Table(_) => Kind::Section,
            DeValue::Datetime(moment) if moment.time.is_none() => Kind::Date,
            DeValue::Float(_) | DeValue::Datetime(_) => Kind::Else,
        }
    }

    /// Notes that another kind of value is wanted.
    pub(super) fn wants<T>(&self, wanted: Kind) -> Option<T> {
        self.fault(Problem::WrongKind { found: self.kind(), wanted });
        None
    }

    /// Whether just this word stands here; says nothing when it does not.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.value.as_str().is_some_and(|text| text.trim() == word)
    }

    /// One line of text, without white space around it.
    pub(super) fn line(&self) -> Option<&'t str> {
        let text = self.text()?.trim();
        if text.chars().any(char::is_control) {
            self.fault(Problem::NotOneLine);
            return None;
        }
        Some(text)
    }

    /// Text that may have several lines.
    pub(super) fn text(&self) -> Option<&'t str> {
        let Some(text) = self.value.as_str() else { return self.wants(Kind::Text) };
        if text.trim().is_empty() {
            self.fault(Problem::Empty);
            return None;
        }
        Some(text)
    }

    pub(super) fn flag(&self) -> Option<bool> {
        self.value.as_bool().or_else(|| self.wants(Kind::Flag))
    }

    /// A day without a time; `None` when something else stands here.
    pub(super) fn date(&self) -> Option<jiff::civil::Date> {
        let written = self.value.as_datetime().filter(|moment| moment.time.is_none())?.date?;
        let (month, day) = (i8::try_from(written.month).ok()?, i8::try_from(written.day).ok()?);
        jiff::civil::Date::new(i16::try_from(written.year).ok()?, month, day).ok()
    }

    /// A whole number within bounds.
    pub(super) fn number<N: TryFrom<i64>>(&self, least: i64, most: i64) -> Option<N> {
        let Some(written) = self.value.as_integer() else { return self.wants(Kind::Number) };
        let number = i64::from_str_radix(written.as_str(), written.radix()).ok().filter(|n| (least..=most).contains(n));
        let number = number.and_then(|number| N::try_from(number).ok());
        if number.is_none() {
            self.fault(Problem::OutOfRange { found: written.to_string(), least, most });
        }
        number
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&self, all: &[T], name: impl Fn(T) -> &'static str) -> Option<T> {
        let text = self.line()?;
        let found = all.iter().copied().find(|one| name(*one) == text);
        if found.is_none() {
            let allowed: Vec<&'static str> = all.iter().map(|one| name(*one)).collect();
            let near = nearest(text, allowed.iter().copied());
            let meant = allowed.iter().copied().find(|word| Some(*word) == near);
            self.fault(Problem::NotOneOf { text: text.to_owned(), meant, allowed });
        }
        found
    }

    pub(super) fn address(&self) -> Option<EmailAddress> {
        let text = self.line()?;
        let address = EmailAddress::parse(text).ok();
        if address.is_none() {
            self.fault(Problem::NotAnAddress { text: text.to_owned() });
        }
        address
    }

    /// A file or folder, resolved against the configuration's own folder.
    pub(super) fn path(&self) -> Option<PathBuf> {
        let text = self.line()?;
        if text.starts_with('~') {
            self.fault(Problem::HomePath { text: text.to_owned() });
            return None;
        }
        Some(self.page.folder.join(text))
    }

    /// The entries of a list.
    pub(super) fn list(&self) -> Option<Vec<Value<'t>>> {
        let Some(array) = self.value.as_array() else { return self.wants(Kind::List) };
        let entries = array.iter().enumerate().map(|(index, entry)| {
            let place = Place { key: format!("{}[{}]", self.place.key, index + 1), line: Some(self.page.line(&entry.span())) };
            Value { page: self.page, place, value: entry.get_ref() }
        });
        Some(entries.collect())
    }

    /// A table, inline or with a header of its own.
    pub(super) fn section(&self) -> Option<Section<'t>> {
        let Some(table) = self.value.as_table() else { return self.wants(Kind::Section) };
        let Place { key, line } = self.place.clone();
        Some(Section { page: self.page, path: key, table: Some(table), line, asked: Vec::new(), seen: Vec::new() })
    }

    pub(super) fn page(&self) -> &'t Page {
        self.page
    }
}

impl Once {
    /// Notes a text; a fault when it was there before.
    pub(super) fn note(&mut self, folded: String, value: &Value<'_>, text: &str) {
        let line = value.place.line.unwrap_or_default();
        match self.0.get(&folded) {
            Some(&first_line) => value.fault(Problem::Duplicate { text: text.to_owned(), first_line }),
            None => {
                self.0.insert(folded, line);
            }
        }
    }
}
