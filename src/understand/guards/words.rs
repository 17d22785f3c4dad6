//! The words of `rules/guards.toml`, compiled once.

use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// The file as compiled in.
const GUARDS: &str = include_str!("../../../rules/guards.toml");

/// All words, ready for use.
pub(super) fn get() -> &'static Words {
    // A file that cannot be read would let every mail pass; a test makes sure that it can.
    static WORDS: LazyLock<Words> = LazyLock::new(|| compile(GUARDS).unwrap_or_default());
    &WORDS
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    machine_text: MachineText,
    scam: Scam,
    mailing_tools: MailingTools,
    look_alike: LookAlike,
    bank: BankWords,
    iban: HashMap<String, usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MachineText {
    groups: Vec<Group>,
    sure: Vec<String>,
    hidden: Vec<String>,
    gates: Vec<String>,
}

/// Phrases of a verb, perhaps a filler, and an object.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    verbs: Vec<String>,
    fillers: Vec<String>,
    objects: Vec<String>,
    #[serde(default)]
    verb_last: bool,
}

/// Words of frauds, folded.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scam {
    sure: Vec<String>,
    lures: Vec<String>,
    asks: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MailingTools {
    domains: HashSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LookAlike {
    words: Vec<String>,
}

/// Labels before bank data.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BankWords {
    beneficiary: Vec<String>,
    account: Vec<String>,
    swift: Vec<String>,
    letter_of_credit: Vec<String>,
}

/// What a label before bank data names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Beneficiary,
    Account,
    Swift,
}

/// What a phrase of frauds is by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScamWord {
    /// Proof enough.
    Sure,
    /// What is promised or threatened; proof together with what is asked for it.
    Lure,
    /// What is asked for it.
    Ask,
}

/// The words, compiled.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Whether a text may hold a phrase at all; over the text as it is written.
    pub gates: Option<AhoCorasick>,
    /// Over folded text.
    pub phrases: Option<AhoCorasick>,
    pub hidden: Vec<String>,
    /// Over folded text: phrases of frauds, and by the number of each what it is.
    pub scam: Option<AhoCorasick>,
    pub scam_words: Vec<ScamWord>,
    pub mailing_tools: HashSet<String>,
    pub look_alike: Vec<String>,
    /// Folded label to what it names.
    pub labels: HashMap<String, Label>,
    pub letter_of_credit: Option<AhoCorasick>,
    pub iban_lengths: HashMap<String, usize>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
enum WordsError {
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    #[error(transparent)]
    Phrases(#[from] aho_corasick::BuildError),
}

fn compile(file: &str) -> Result<Words, WordsError> {
    let File { machine_text, scam, mailing_tools, look_alike, bank, iban } = toml::from_str(file)?;
    let mut labels = HashMap::new();
    for (label, names) in [(Label::Swift, &bank.swift), (Label::Account, &bank.account), (Label::Beneficiary, &bank.beneficiary)] {
        labels.extend(names.iter().map(|name| (name.clone(), label)));
    }
    let scam_words = [(ScamWord::Sure, &scam.sure), (ScamWord::Lure, &scam.lures), (ScamWord::Ask, &scam.asks)];
    let any_case = |words: &[String]| AhoCorasick::builder().ascii_case_insensitive(true).build(words);
    Ok(Words {
        gates: Some(any_case(&machine_text.gates)?),
        phrases: Some(AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(phrases(&machine_text))?),
        hidden: machine_text.hidden,
        scam: Some(AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(scam_words.iter().flat_map(|(_, words)| *words))?),
        scam_words: scam_words.iter().flat_map(|(kind, words)| words.iter().map(|_| *kind)).collect(),
        mailing_tools: mailing_tools.domains,
        look_alike: look_alike.words,
        labels,
        letter_of_credit: Some(any_case(&bank.letter_of_credit)?),
        iban_lengths: iban,
    })
}

fn phrases(rules: &MachineText) -> Vec<String> {
    let mut phrases = rules.sure.clone();
    for group in &rules.groups {
        for (verb, object) in group.verbs.iter().flat_map(|verb| group.objects.iter().map(move |object| (verb, object))) {
            let (first, last) = if group.verb_last { (object, verb) } else { (verb, object) };
            // Scripts without spaces between words join what others part.
            let space = if first.chars().next_back().is_some_and(crate::understand::fold::is_unspaced) { "" } else { " " };
            for filler in &group.fillers {
                phrases.push(match filler.as_str() {
                    "" => format!("{first}{space}{last}"),
                    filler => format!("{first}{space}{filler}{space}{last}"),
                });
            }
        }
    }
    phrases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::fold::Folder;
    use crate::understand::language::LanguageRules;
    use crate::understand::rules::Rules;

    #[test]
    fn the_file_compiles_and_its_words_are_written_as_texts_are_folded() {
        let words = compile(GUARDS).expect("rules/guards.toml is well-formed");
        let languages = LanguageRules::compile(&Rules::built_in_files()).expect("sound rules");
        let folder = Folder::with_pairs(languages.han_pairs());
        let file: File = toml::from_str(GUARDS).expect("well-formed");
        let mut unlike: Vec<String> = Vec::new();
        let listed = phrases(&file.machine_text).into_iter().chain(words.labels.keys().cloned()).chain(words.hidden.clone());
        let listed = listed.chain(file.scam.sure.clone()).chain(file.scam.lures.clone()).chain(file.scam.asks.clone());
        for word in listed {
            if folder.fold_word(&word) != word {
                unlike.push(word);
            }
        }
        assert_eq!(unlike, Vec::<String>::new(), "written otherwise than a folded text has it");
        // What a phrase says opens its gate, or nobody would look.
        let gates = words.gates.expect("there are some");
        let shut: Vec<String> = phrases(&file.machine_text).into_iter().filter(|phrase| !gates.is_match(&format!(" {phrase} "))).collect();
        assert_eq!(shut, Vec::<String>::new());
    }
}
