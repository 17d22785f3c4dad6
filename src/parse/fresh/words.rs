//! The words of `rules/quotes.toml`, compiled once.

use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};
use regex::{Regex, RegexSet, RegexSetBuilder};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The file as compiled in.
const QUOTES: &str = include_str!("../../../rules/quotes.toml");

/// All words, ready for use.
pub(in crate::parse) fn get() -> &'static Words {
    // A file that cannot be read would leave everything as the sender's own words; a test makes sure that it can.
    static WORDS: LazyLock<Words> = LazyLock::new(|| compile(QUOTES).unwrap_or_default());
    &WORDS
}

/// The file's shape.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    attribution: AttributionLists,
    labels: LabelLists,
    separators: SeparatorLists,
    subject: SubjectLists,
    closings: ClosingLists,
    footers: FooterLists,
    signature: SignatureLists,
    html: HtmlLists,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributionLists {
    openers: Vec<String>,
    verbs: Vec<String>,
    verbs_joined: Vec<String>,
    second_person: Vec<String>,
    day_words: HashSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelLists {
    from: Vec<String>,
    date: Vec<String>,
    to: Vec<String>,
    cc: Vec<String>,
    subject: Vec<String>,
    other: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeparatorLists {
    original: HashSet<String>,
    forwarded: HashSet<String>,
    forwarded_by: Vec<String>,
    forwarded_begin: HashSet<String>,
    forwarded_end: HashSet<String>,
    reply_above: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectLists {
    forward: HashSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClosingLists {
    words: HashSet<String>,
    ends: Vec<String>,
    postscript: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FooterLists {
    device: Vec<String>,
    device_names: Vec<String>,
    sentence: Vec<String>,
    disclaimers: Vec<String>,
    disclaimer_words: Vec<String>,
    speaks: Vec<String>,
    speaks_joined: Vec<String>,
    list_server: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureLists {
    phone: Vec<String>,
    fax: Vec<String>,
    mail: Vec<String>,
    web: Vec<String>,
    address: Vec<String>,
    titles: Vec<String>,
    company: Vec<String>,
    company_exact: Vec<String>,
    company_weak: Vec<String>,
    company_joined: Vec<String>,
    honorifics: HashSet<String>,
}

/// Names by which mail programs mark a quote in HTML.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::parse) struct HtmlLists {
    pub(in crate::parse) quote_elements: Vec<String>,
    pub(in crate::parse) quote_ids: Vec<String>,
    pub(in crate::parse) quote_id_starts: Vec<String>,
    pub(in crate::parse) quote_classes: Vec<String>,
    pub(in crate::parse) rest_ids: Vec<String>,
    pub(in crate::parse) rest_classes: Vec<String>,
    pub(in crate::parse) perhaps_rest_ids: Vec<String>,
}

/// What a label above a quoted mail names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Field {
    From,
    Date,
    To,
    Cc,
    Subject,
    Other,
}

/// What a label in a signature names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contact {
    Phone,
    Fax,
    Mail,
    Web,
    Address,
}

/// The words, compiled.
#[derive(Debug, Default)]
pub(in crate::parse) struct Words {
    pub(super) openers: Vec<String>,
    pub(super) verb: Pattern,
    pub(super) verb_at_end: Pattern,
    pub(super) second_person: Pattern,
    pub(super) day_words: HashSet<String>,
    pub(super) labels: HashMap<String, Field>,
    pub(super) original: HashSet<String>,
    pub(super) forwarded: HashSet<String>,
    pub(super) forwarded_by: Vec<String>,
    pub(super) forwarded_begin: HashSet<String>,
    pub(super) forwarded_end: HashSet<String>,
    pub(super) reply_above: Pattern,
    pub(super) forward_prefixes: HashSet<String>,
    pub(super) closings: HashSet<String>,
    pub(super) closing_ends: Vec<String>,
    pub(super) postscript: Pattern,
    pub(super) device: RegexSet,
    pub(super) device_name: Pattern,
    pub(super) sentence: Pattern,
    disclaimer_starts: Option<AhoCorasick>,
    pub(super) disclaimer_word: Pattern,
    pub(super) speaks: Pattern,
    pub(super) list_server: Pattern,
    pub(super) contacts: HashMap<String, Contact>,
    pub(super) title: Pattern,
    company: Pattern,
    company_exact: Pattern,
    company_weak: Pattern,
    pub(super) honorifics: HashSet<String>,
    pub(in crate::parse) html: HtmlLists,
}

impl Words {
    /// Whether a company is named, by its legal form or, where no office is named, by what companies are called.
    pub(super) fn names_company(&self, text: &str) -> bool {
        self.company.is_match(text) || self.company_exact.is_match(text) || self.company_weak.is_match(text) && !self.title.is_match(text)
    }

    /// Whether a text is a company's name that ends with its legal form, full stop and all: `Great Wall Trading Co., Ltd.`
    pub(super) fn is_company_in_full(&self, text: &str) -> bool {
        const BETWEEN: [&str; 17] = ["&", "and", "of", "und", "ve", "y", "e", "et", "i", "och", "og", "en", "de", "di", "do", "и", "für"];
        let named = |word: &str| BETWEEN.contains(&word) || !word.chars().next().is_some_and(char::is_lowercase);
        let last: Vec<&str> = text.split_whitespace().rev().take(2).collect();
        let form = last.iter().rev().copied().collect::<Vec<_>>().join(" ");
        text.ends_with('.') && text.split_whitespace().all(named) && (self.company.is_match(&form) || self.company_exact.is_match(&form))
    }

    /// Whether a text, in lower case, begins as paragraphs do that a company's mail system adds.
    pub(super) fn begins_disclaimer(&self, lower: &str) -> bool {
        self.disclaimer_starts
            .as_ref()
            .is_some_and(|starts| starts.try_find(Input::new(lower).anchored(Anchored::Yes)).is_ok_and(|found| found.is_some()))
    }
}

/// A pattern that may be absent, and then matches nothing.
#[derive(Debug, Default)]
pub(super) struct Pattern(Option<Regex>);

impl Pattern {
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }

    /// The byte range of the last match.
    pub(super) fn find_last(&self, text: &str) -> Option<std::ops::Range<usize>> {
        self.0.as_ref()?.find_iter(text).last().map(|found| found.range())
    }
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
enum WordsError {
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    #[error(transparent)]
    Pattern(#[from] regex::Error),
    #[error(transparent)]
    Starts(#[from] aho_corasick::BuildError),
}

fn compile(file: &str) -> Result<Words, WordsError> {
    let File { attribution, labels, separators, subject, closings, footers, signature, html } = toml::from_str(file)?;
    let disclaimer_starts =
        AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).start_kind(StartKind::Anchored).build(&footers.disclaimers)?;
    Ok(Words {
        openers: attribution.openers,
        verb: whole_words(&attribution.verbs, &attribution.verbs_joined, "")?,
        verb_at_end: whole_words(&attribution.verbs, &attribution.verbs_joined, "$")?,
        second_person: whole_words(&attribution.second_person, &[], "")?,
        day_words: attribution.day_words,
        labels: labels_of(&labels),
        original: separators.original,
        forwarded: separators.forwarded,
        forwarded_by: separators.forwarded_by,
        forwarded_begin: separators.forwarded_begin,
        forwarded_end: separators.forwarded_end,
        reply_above: any_of(&separators.reply_above, "", "")?,
        forward_prefixes: subject.forward,
        closings: closings.words,
        closing_ends: closings.ends,
        postscript: any_of(&closings.postscript, "^", "")?,
        device: RegexSetBuilder::new(footers.device.iter().map(|pattern| format!("^(?:{pattern})$"))).case_insensitive(true).build()?,
        device_name: any_of(&footers.device_names, "", "")?,
        sentence: any_of(&footers.sentence, "", "")?,
        disclaimer_starts: Some(disclaimer_starts),
        disclaimer_word: any_of(&footers.disclaimer_words, "", "")?,
        speaks: whole_words(&footers.speaks, &footers.speaks_joined, "")?,
        list_server: any_of(&footers.list_server, "", "")?,
        contacts: contacts_of(&signature),
        title: whole_words(&signature.titles, &[], "")?,
        company: whole_words(&signature.company, &signature.company_joined, "")?,
        company_exact: exact_words(&signature.company_exact)?,
        company_weak: whole_words(&signature.company_weak, &[], "")?,
        honorifics: signature.honorifics,
        html,
    })
}

fn labels_of(lists: &LabelLists) -> HashMap<String, Field> {
    let fields = [
        (Field::From, &lists.from),
        (Field::Date, &lists.date),
        (Field::To, &lists.to),
        (Field::Cc, &lists.cc),
        (Field::Subject, &lists.subject),
        (Field::Other, &lists.other),
    ];
    let mut labels = HashMap::new();
    for (field, names) in fields {
        for name in names {
            labels.entry(without_spaces(name)).or_insert(field);
        }
    }
    labels
}

fn contacts_of(lists: &SignatureLists) -> HashMap<String, Contact> {
    let kinds = [
        (Contact::Phone, &lists.phone),
        (Contact::Fax, &lists.fax),
        (Contact::Mail, &lists.mail),
        (Contact::Web, &lists.web),
        (Contact::Address, &lists.address),
    ];
    let mut contacts = HashMap::new();
    for (kind, names) in kinds {
        for name in names {
            contacts.entry(without_spaces(name.trim_end_matches('.'))).or_insert(kind);
        }
    }
    contacts
}

/// Some write `收 件 人`; a label is known without its spaces.
pub(super) fn without_spaces(label: &str) -> String {
    label.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Any of the words, not within a longer word; and any of the `joined` ones anywhere; then what is to come `after` them.
fn whole_words(words: &[String], joined: &[String], after: &str) -> Result<Pattern, regex::Error> {
    let longest_first = |words: &[String]| {
        let mut words: Vec<String> = words.iter().map(|word| regex::escape(word)).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.join("|")
    };
    let (apart, joined) = (longest_first(words), longest_first(joined));
    let joined = if joined.is_empty() { joined } else { format!("|{joined}") };
    // Scripts without spaces: a word among Han, Kana, Thai letters counts wherever it stands.
    let pattern = format!(
        r"(?i)(?:(?:^|[^\p{{L}}\p{{N}}]|[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\p{{Thai}}\p{{Hangul}}])(?:{apart})(?:$|[^\p{{L}}\p{{N}}]|[\p{{Han}}\p{{Thai}}]){joined}){after}"
    );
    Regex::new(&pattern).map(|pattern| Pattern(Some(pattern)))
}

/// Any of the words in these very letters.
fn exact_words(words: &[String]) -> Result<Pattern, regex::Error> {
    let words: Vec<String> = words.iter().map(|word| regex::escape(word)).collect();
    Regex::new(&format!(r"(?:^|[^\p{{L}}\p{{N}}])(?:{})(?:$|[^\p{{L}}\p{{N}}])", words.join("|"))).map(|pattern| Pattern(Some(pattern)))
}

fn any_of(patterns: &[String], before: &str, after: &str) -> Result<Pattern, regex::Error> {
    Regex::new(&format!("(?i){before}(?:{}){after}", patterns.join("|"))).map(|pattern| Pattern(Some(pattern)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_compiles_and_its_words_are_found() {
        let words = compile(QUOTES).expect("rules/quotes.toml is well-formed");
        assert_eq!(words.labels.get("发件人"), Some(&Field::From));
        assert_eq!(words.labels.get("تاريخالإرسال"), Some(&Field::Date));
        assert!(words.verb.is_match("Am 12.11.2026 schrieb Jan:") && words.verb.is_match("张伟 写道："));
        assert!(!words.verb.is_match("a typewroter"), "only whole words");
        assert!(words.begins_disclaimer("this e-mail and any attachments are confidential"));
    }
}
