//! Rules as data: `rules/intents/<language>.toml` and the lists beside them, read into what the engine needs.

use super::fold::Folder;
use super::intent::{Example, IntentRules};
use super::language::LanguageRules;
use super::via::PortalRules;
use crate::parse::{Fresh, Letter};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A rule file that cannot be used: where, what, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {problem}", line.map(|l| format!(" line {l}")).unwrap_or_default())]
pub struct RuleError {
    /// The file's name below `rules/`.
    pub file: String,
    pub line: Option<usize>,
    pub problem: String,
}

/// Every rule file compiled into the program.
static BUILT_IN: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/rules");

/// All rules. What came with the program is prepared when a mail first needs it, a team's own files at once.
#[derive(Debug, Default)]
pub struct Rules {
    pub facts: super::facts::FactRules,
    pub(super) folder: Folder,
    pub(super) languages: LanguageRules,
    pub(super) intents: IntentRules,
    pub(super) portals: PortalRules,
}

impl Rules {
    /// Compiles rule files given as `(name below rules/, text)`.
    pub fn compile(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        let languages = LanguageRules::compile(files)?;
        let folder = Folder::with_pairs(languages.han_pairs());
        Ok(Self {
            facts: super::facts::FactRules::compile(files)?,
            intents: IntentRules::compile(files, &folder)?,
            portals: PortalRules::compile(files, &folder)?,
            languages,
            folder,
        })
    }

    /// A text as cues are matched against it: small letters without accents, Chinese in simplified characters.
    pub fn fold(&self, text: &str) -> String {
        self.folder.fold_word(text)
    }

    /// Whether an address at that domain says nothing about a firm (`free_mail.toml`).
    pub fn is_free_mail(&self, domain: &str) -> bool {
        self.portals.is_free_mail(domain)
    }

    /// Examples of the rule files that are not read as their file says, one sentence each; a first line `Subject: …` of an example
    /// is its subject.
    pub fn misread(&self) -> Vec<String> {
        self.intents.examples(&self.folder).filter_map(|example| self.misreading(example)).collect()
    }

    fn misreading(&self, example: &Example) -> Option<String> {
        let subject_and_text = example.text.strip_prefix("Subject: ").and_then(|rest| rest.split_once('\n'));
        let (subject, text) = subject_and_text.map_or((None, example.text.as_str()), |(subject, text)| (Some(subject.to_owned()), text));
        let fresh = Fresh { text: text.to_owned(), ..Fresh::default() };
        let guess = super::read(&Letter { subject, fresh, ..Letter::default() }, self).intent;
        let because: Vec<&str> = guess.evidence.iter().map(|evidence| evidence.rule.as_str()).collect();
        let because = if because.is_empty() { "no cue".to_owned() } else { because.join(", ") };
        (guess.intent != example.intent)
            .then(|| format!("{}: `{}` is read as {} for {because}, not as {}", example.file, example.text, guess.intent, example.intent))
    }

    /// Compiles what is otherwise compiled when a mail first needs it, and says what cannot be used.
    #[cfg(test)]
    fn check(&self) -> Result<(), RuleError> {
        self.intents.check(&self.folder)
    }

    /// The file of that name that was compiled into the program.
    pub(super) fn built_in_file(name: &str) -> Option<RuleFile<'static>> {
        let file = BUILT_IN.get_file(name)?;
        Some(RuleFile { name: file.path().to_str()?, text: file.contents_utf8()? })
    }

    /// The files compiled into the program, as `(name below rules/, text)`.
    pub fn built_in_files() -> Vec<(&'static str, &'static str)> {
        let mut files = Vec::new();
        let mut folders = vec![&BUILT_IN];
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            files.extend(folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?))));
        }
        files.sort_unstable();
        files
    }
}

/// A rule file being read: gives errors their place.
#[derive(Debug, Clone, Copy)]
pub(super) struct RuleFile<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

impl<'a> RuleFile<'a> {
    /// The file of that name, if there is one.
    pub fn find(files: &[(&'a str, &'a str)], name: &str) -> Option<Self> {
        files.iter().find(|(file, _)| *file == name).map(|&(name, text)| Self { name, text })
    }

    /// Its top-level table, every value with its place.
    pub fn parse(&self) -> Result<DeTable<'a>, RuleError> {
        match DeTable::parse(self.text) {
            Ok(table) => Ok(table.into_inner()),
            Err(fault) => Err(self.error(fault.span(), format!("{}; see rules/README.md for how a file is written", fault.message()))),
        }
    }

    /// An error at a byte range of the file.
    pub fn error(&self, at: Option<Range<usize>>, problem: impl Into<String>) -> RuleError {
        let line = at.and_then(|at| self.text.get(..at.start)).map(|before| before.matches('\n').count() + 1);
        RuleError { file: self.name.to_owned(), line, problem: problem.into() }
    }

    /// A value that must be a table.
    pub fn table<'t>(&self, key: &str, value: &'t Spanned<DeValue<'a>>) -> Result<&'t DeTable<'a>, RuleError> {
        value
            .get_ref()
            .as_table()
            .ok_or_else(|| self.error(Some(value.span()), format!("`{key}` is to be a section; write `[{key}]` on a line of its own")))
    }

    /// A value that must be one text.
    pub fn text<'t>(&self, key: &str, value: &'t Spanned<DeValue<'a>>) -> Result<&'t str, RuleError> {
        let text = value.get_ref().as_str().map(str::trim).filter(|text| !text.is_empty());
        text.ok_or_else(|| self.error(Some(value.span()), format!("`{key}` is to be a text; write `{key} = \"…\"`")))
    }

    /// A value that must be a list of texts, each with its place.
    pub fn texts<'t>(&self, key: &str, value: &'t Spanned<DeValue<'a>>) -> Result<Vec<(&'t str, Range<usize>)>, RuleError> {
        let wanted = || format!("`{key}` is to be a list of texts; write `{key} = [\"…\", \"…\"]`");
        let list = value.get_ref().as_array().ok_or_else(|| self.error(Some(value.span()), wanted()))?;
        let mut texts = Vec::with_capacity(list.len());
        for item in list.iter() {
            let text = item.get_ref().as_str().ok_or_else(|| self.error(Some(item.span()), wanted()))?;
            if text.trim().is_empty() {
                return Err(
                    self.error(Some(item.span()), format!("an empty text in `{key}`; write words between the quotes or take it out"))
                );
            }
            texts.push((text, item.span()));
        }
        Ok(texts)
    }

    /// A key that is not known here.
    pub fn unknown(&self, key: &str, at: Range<usize>, known: &[&str]) -> RuleError {
        self.error(Some(at), format!("`{key}` is not known here; write one of {}", known.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_file_can_be_used() {
        Rules::compile(&Rules::built_in_files()).expect("the built-in rules compile").check().expect("and so do the cues");
    }

    #[test]
    fn every_example_of_every_file_is_read_as_its_intent() {
        let rules = Rules::compile(&Rules::built_in_files()).expect("the built-in rules compile");
        assert!(rules.intents.examples(&rules.folder).count() > 500, "the rule files have examples");
        assert_eq!(rules.misread(), Vec::<String>::new());
    }

    #[test]
    fn an_example_that_is_misread_is_told_with_its_reasons() {
        let rules =
            Rules::compile(&[("intents/en.toml", "[inquiry]\nsure = [\"please quote\"]\n[order]\nexamples = [\"Please quote 5 tons.\"]")]);
        let misread = rules.expect("good rules").misread();
        assert_eq!(misread, ["intents/en.toml: `Please quote 5 tons.` is read as inquiry for en.inquiry: please quote, not as order"]);
    }

    #[test]
    fn a_fault_names_its_file_and_line_and_what_to_write() {
        let fault = |text: &str| Rules::compile(&[("intents/en.toml", text)]).expect_err("a faulty file").to_string();
        assert_eq!(
            fault("[inquiry]\nsure = [\"please quote\"]\nsur = [\"x y\"]"),
            "intents/en.toml line 3: `sur` is not known here; write one of sure, likely, hint, against, subject, attachments, examples"
        );
        assert!(
            fault("\n[inquiri]\nsure = []")
                .starts_with("intents/en.toml line 2: `inquiri` is not known here; write one of inquiry, sample")
        );
        assert!(fault("[inquiry]\nsure = [\n  \" \",\n]").starts_with("intents/en.toml line 3: an empty text in `sure`"));
        assert!(fault("[inquiry]\nsure = [\"/pri(ce/\"]").contains("cannot be read as a pattern"));
        assert!(fault("[inquiry]\nsure = \"please quote\"").contains("write `sure = [\"…\", \"…\"]`"));
        assert!(fault("[inquiry\nsure = []").starts_with("intents/en.toml line 1: "));
    }
}
