//! Which template files there are: those compiled in, and the team's own in their place.

use super::fault::Fault;
use crate::decide::LetterName;
use crate::types::Language;
use include_dir::{Dir, include_dir};
use std::collections::BTreeMap;

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// A file compiled in, by its name below `templates/`: for those who read other files of the same folder than letters.
pub fn built_in(name: &str) -> Option<&'static str> {
    TEMPLATES.get_file(name)?.contents_utf8()
}

/// The folder of what all languages share.
const SHARED: &str = "shared";

/// What a template makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Subject,
    Text,
    Html,
}

impl Form {
    const ALL: [Form; 3] = [Form::Subject, Form::Text, Form::Html];

    fn ending(self) -> &'static str {
        match self {
            Form::Subject => "subject.hbs",
            Form::Text => "text.hbs",
            Form::Html => "html.hbs",
        }
    }
}

/// What a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// A letter to a customer.
    Letter(LetterName),
    /// The note to a member.
    Note,
    /// The note to a member who sent an outdated draft.
    Superseded,
    /// The note about a mail that should not be trusted.
    Warning,
    /// The daily mail to a member.
    Daily,
    /// Trouble told at once.
    Alarm,
}

impl Writing {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let notes = [Writing::Note, Writing::Superseded, Writing::Warning, Writing::Daily, Writing::Alarm];
        LetterName::ALL.into_iter().map(Writing::Letter).chain(notes)
    }

    /// The template's file name without its endings.
    pub(super) fn file(self) -> &'static str {
        match self {
            Writing::Letter(letter) => letter.file(),
            Writing::Note => "notice",
            Writing::Superseded => "superseded",
            Writing::Warning => "warning",
            Writing::Daily => "daily",
            Writing::Alarm => "alarm",
        }
    }

    fn parse(file: &str) -> Option<Self> {
        Self::all().find(|writing| writing.file() == file)
    }
}

/// All files by their name below `templates/`, `es/order.text.hbs`.
pub(super) struct Sources(BTreeMap<String, String>);

/// One template file.
pub(super) struct Template<'a> {
    pub file: &'a str,
    /// The name in its registry: `es/order`, `es/order.subject`, and for shared ones `layout`.
    pub name: &'a str,
    pub form: Form,
    /// `None` when all share it.
    pub writing: Option<Writing>,
    pub text: &'a str,
}

impl Sources {
    /// The files that are compiled in, replaced and added to by overrides. Files that cannot belong to a letter are faults; what
    /// other parts read from the same folder (`console.toml`, papers, notes) is passed over.
    pub(super) fn gather(overrides: &[(String, String)]) -> (Self, Vec<Fault>) {
        let mut files = BTreeMap::new();
        collect(&TEMPLATES, &mut files);
        let mut faults = Vec::new();
        for (file, text) in overrides {
            let file = file.replace('\\', "/");
            match place(&file) {
                Place::Ours => _ = files.insert(file, text.clone()),
                Place::Other => {}
                Place::Nowhere => faults.push(Fault::unknown_file(&file)),
            }
        }
        (Self(files), faults)
    }

    /// All `words.toml`: language, file name, text.
    pub(super) fn words(&self) -> impl Iterator<Item = (&'static str, &str, &str)> {
        self.of_languages("/words.toml")
    }

    /// All `page.toml`, likewise.
    pub(super) fn pages(&self) -> impl Iterator<Item = (&'static str, &str, &str)> {
        self.of_languages("/page.toml")
    }

    fn of_languages(&self, ending: &'static str) -> impl Iterator<Item = (&'static str, &str, &str)> {
        self.0.iter().filter_map(move |(file, text)| {
            let folder = file.strip_suffix(ending)?;
            Some((language(folder)?, file.as_str(), text.as_str()))
        })
    }

    /// All templates.
    pub(super) fn templates(&self) -> impl Iterator<Item = Template<'_>> {
        self.0.iter().filter_map(|(file, text)| {
            let form = Form::ALL.into_iter().find(|form| file.ends_with(form.ending()))?;
            let stem = file.strip_suffix(form.ending())?.strip_suffix('.')?;
            let name = match form {
                Form::Subject => file.strip_suffix(".hbs")?,
                Form::Text | Form::Html => stem.strip_prefix("shared/").unwrap_or(stem),
            };
            let writing = stem.rsplit_once('/').and_then(|(folder, stem)| Writing::parse(stem).filter(|_| folder != SHARED));
            Some(Template { file, name, form, writing, text })
        })
    }

    /// What a language has whole: words, subject, text and HTML. A half one is a fault.
    pub(super) fn whole(&self, faults: &mut Vec<Fault>) -> Vec<(&'static str, Writing)> {
        let mut whole = Vec::new();
        for language in Language::all_written() {
            for writing in Writing::all() {
                let mut files = Form::ALL.map(|form| format!("{}/{}.{}", language.code(), writing.file(), form.ending())).to_vec();
                let missing: Vec<&String> = files.iter().filter(|file| !self.0.contains_key(*file)).collect();
                if missing.len() == Form::ALL.len() {
                    continue;
                }
                faults.extend(missing.into_iter().map(|file| Fault::missing(file)));
                files.push(format!("{}/words.toml", language.code()));
                if files.iter().all(|file| self.0.contains_key(file)) {
                    whole.push((language.code(), writing));
                } else if let Some(words) = files.last().filter(|file| !self.0.contains_key(*file)) {
                    let fault = Fault::missing(words);
                    if !faults.contains(&fault) {
                        faults.push(fault);
                    }
                }
            }
        }
        whole
    }
}

fn collect(dir: &'static Dir<'static>, files: &mut BTreeMap<String, String>) {
    for file in dir.files() {
        let name = file.path().to_string_lossy().replace('\\', "/");
        if let (Place::Ours, Some(text)) = (place(&name), file.contents_utf8()) {
            files.insert(name, text.to_owned());
        }
    }
    for folder in dir.dirs() {
        collect(folder, files);
    }
}

/// Where a file below `templates/` belongs.
enum Place {
    /// A letter's template or words, or those of a page.
    Ours,
    /// Something another part reads, or nobody.
    Other,
    /// It looks like a letter's, but no letter, form or language is called so.
    Nowhere,
}

fn place(file: &str) -> Place {
    let Some((folder, name)) = file.split_once('/') else { return Place::Other };
    let Some(stem) = name.strip_suffix(".hbs") else {
        return if matches!(name, "words.toml" | "page.toml") && language(folder).is_some() { Place::Ours } else { Place::Other };
    };
    let Some((letter, form)) = stem.rsplit_once('.') else { return Place::Nowhere };
    match (folder, form) {
        (SHARED, "text" | "html") => Place::Ours,
        (_, "subject" | "text" | "html") if language(folder).is_some() && Writing::parse(letter).is_some() => Place::Ours,
        _ => Place::Nowhere,
    }
}

/// The language whose folder this is: only the code itself, so that `zh` and `pt-BR` are no folders.
fn language(folder: &str) -> Option<&'static str> {
    Language::all_written().map(Language::code).find(|code| *code == folder)
}
