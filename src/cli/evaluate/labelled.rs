//! Mail of which people have said what it is: a folder for each intent, or a list.

use super::super::intents;
use super::super::triage::{self, Source};
use crate::cli::words::Words;
use crate::types::{Intent, Language};
use serde::Deserialize;
use std::fs;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

/// A line of a list longer than this is no mail of a team's own.
const LINE_LEN_MAX: usize = 8 << 20;

/// What a mail really is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub intent: Intent,
    /// Other intents that are right as well.
    pub others: Vec<Intent>,
    pub language: Option<Language>,
}

/// A mail with its label.
#[derive(Debug)]
pub(super) struct Labelled {
    pub source: Source,
    pub label: Label,
}

/// Mails with their labels, in their order, or a sentence why something is left out.
pub(super) type Found = Box<dyn Iterator<Item = Result<Labelled, String>>>;

/// The labelled mail at a path.
pub(super) fn find(path: &Path, words: &Words) -> Result<Found, String> {
    let facts = fs::metadata(path).map_err(|error| triage::unreadable(path, &error, words))?;
    if facts.is_dir() {
        return folder(path, words);
    }
    if has_ending(path, "mbox") {
        let intent = intents::find_or_say(&stem(path), words)?;
        return Ok(below(path, Label { intent, others: Vec::new(), language: None }));
    }
    list(path, words)
}

/// A folder with one for each intent, or with lists, or one that is named after an intent itself.
fn folder(path: &Path, words: &Words) -> Result<Found, String> {
    let entries = entries(path).map_err(|error| triage::unreadable(path, &error, words))?;
    let mut parts: Vec<Found> = Vec::new();
    let mut is_any = false;
    for entry in entries {
        let is_folder = entry.is_dir();
        if !is_folder && has_ending(&entry, "jsonl") {
            is_any = true;
            parts.push(list(&entry, words).unwrap_or_else(|problem| Box::new(std::iter::once(Err(problem)))));
            continue;
        }
        if !is_folder && !has_ending(&entry, "mbox") {
            continue;
        }
        match intents::find_or_say(&stem(&entry), words) {
            Ok(intent) => {
                is_any = true;
                parts.push(of_intent(&entry, intent));
            }
            Err(problem) => parts.push(Box::new(std::iter::once(Err(format!("{}: {problem}", entry.display()))))),
        }
    }
    if is_any {
        return Ok(Box::new(parts.into_iter().flatten()));
    }
    // `evaluate labelled/inquiry`
    match fs::canonicalize(path).ok().and_then(|whole| intents::find(&stem(&whole))) {
        Some(intent) => Ok(of_intent(path, intent)),
        None => Err(words.say("evaluate.nothing", &[("path", &path.display())])),
    }
}

/// The mail of one intent; folders and files in it that bear a language's code say the language.
fn of_intent(path: &Path, intent: Intent) -> Found {
    let label = move |language| Label { intent, others: Vec::new(), language };
    if !path.is_dir() {
        return below(path, label(None));
    }
    let root = path.to_owned();
    let in_folders = triage::sources(path).map(move |source| {
        let language = match &source {
            Source::File(file) => file.strip_prefix(&root).ok().and_then(|inside| language_of(inside.parent()?)),
            _ => None,
        };
        Ok(Labelled { source, label: label(language) })
    });
    // A folder walked gives no mailbox files.
    let boxes = entries(path).unwrap_or_default().into_iter().filter(|entry| has_ending(entry, "mbox") && !entry.is_dir());
    let in_boxes = boxes.flat_map(move |file| below(&file, label(language_called(&stem(&file)))));
    Box::new(in_folders.chain(in_boxes))
}

fn below(path: &Path, label: Label) -> Found {
    Box::new(triage::sources(path).map(move |source| Ok(Labelled { source, label: label.clone() })))
}

/// The language that the first folder of a path is named after.
fn language_of(inside: &Path) -> Option<Language> {
    inside.components().next().and_then(|first| language_called(&first.as_os_str().to_string_lossy()))
}

fn language_called(name: &str) -> Option<Language> {
    // The shelves of a Maildir are no languages, whatever codes there will be.
    Some(name).filter(|name| !matches!(*name, "cur" | "new" | "tmp")).and_then(Language::parse)
}

/// What is in a folder, by name; hidden files are nobody's labels.
fn entries(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = fs::read_dir(path)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    found.retain(|entry| entry.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')));
    found.sort();
    Ok(found)
}

fn stem(path: &Path) -> String {
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

/// One line of a list.
#[derive(Debug, Deserialize)]
struct Line {
    path: Option<PathBuf>,
    subject: Option<String>,
    #[serde(alias = "text", alias = "fresh_text")]
    body: Option<String>,
    intent: String,
    #[serde(default)]
    alt: OneOrMany,
    #[serde(alias = "lang")]
    language: Option<String>,
}

/// A name, several, or none.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn names(&self) -> &[String] {
        match self {
            OneOrMany::None => &[],
            OneOrMany::One(name) => std::slice::from_ref(name),
            OneOrMany::Many(names) => names,
        }
    }
}

/// A file of JSON objects, one a line; paths start from its folder.
fn list(path: &Path, words: &Words) -> Result<Found, String> {
    let file = fs::File::open(path).map_err(|error| triage::unreadable(path, &error, words))?;
    let (path, words) = (path.to_owned(), words.clone());
    let lines = Lines { reader: io::BufReader::new(file), ended: false };
    let labelled = lines.enumerate().filter_map(move |(at, line)| {
        let problem = |what: String| words.say("evaluate.bad_line", &[("path", &path.display()), ("line", &(at + 1)), ("what", &what)]);
        match line {
            Ok(line) if line.trim_ascii().is_empty() => None,
            Ok(line) => Some(of_line(&line, &path, at + 1, &words).map_err(problem)),
            Err(error) => Some(Err(triage::unreadable(&path, &error, &words))),
        }
    });
    Ok(Box::new(labelled))
}

fn of_line(line: &[u8], list: &Path, number: usize, words: &Words) -> Result<Labelled, String> {
    let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let intent = intents::find_or_say(&line.intent, words)?;
    let others = line.alt.names().iter().filter(|other| !other.is_empty()).map(|other| intents::find_or_say(other, words));
    let others = others.collect::<Result<Vec<Intent>, String>>()?;
    let language = match line.language.as_deref().filter(|code| !code.is_empty()) {
        Some(code) => Some(Language::parse(code).ok_or_else(|| words.say("import.not_a_language", &[("text", &code)]))?),
        None => None,
    };
    let source = match (line.path, line.body.or_else(|| line.subject.clone())) {
        (Some(mail), _) => Source::File(list.parent().unwrap_or(Path::new("")).join(mail)),
        (None, Some(body)) => {
            let path = format!("{}#{number}", list.display());
            Source::Message { path, bytes: message(line.subject.as_deref().unwrap_or_default(), &body) }
        }
        (None, None) => return Err(words.say("evaluate.no_mail", &[])),
    };
    Ok(Labelled { source, label: Label { intent, others, language } })
}

/// A mail of nothing but a subject and a text.
fn message(subject: &str, body: &str) -> Vec<u8> {
    let subject: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let head = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";
    format!("Subject: {subject}\r\n{head}\r\n{body}").into_bytes()
}

/// Lines of bounded length; the rest of a longer one is passed over.
struct Lines<R> {
    reader: R,
    ended: bool,
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        while !self.ended {
            let (used, is_whole) = match self.reader.fill_buf() {
                Ok([]) => {
                    self.ended = true;
                    return (!line.is_empty()).then_some(Ok(line));
                }
                Ok(piece) => {
                    let end = piece.iter().position(|byte| *byte == b'\n');
                    let part = piece.get(..end.unwrap_or(piece.len())).unwrap_or(piece);
                    let room = LINE_LEN_MAX.saturating_sub(line.len());
                    line.extend_from_slice(part.get(..room).unwrap_or(part));
                    (part.len() + usize::from(end.is_some()), end.is_some())
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            };
            self.reader.consume(used);
            if is_whole {
                return Some(Ok(line));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        Words::of(Language::ENGLISH)
    }

    fn labels(path: &Path) -> Vec<(Intent, Option<&'static str>)> {
        let found = find(path, &words()).expect("labelled mail");
        let label = |one: Result<Labelled, String>| one.map(|one| (one.label.intent, one.label.language.map(Language::code)));
        found.map(|one| label(one).expect("a label")).collect()
    }

    fn write(root: &Path, file: &str, text: &str) {
        let path = root.join(file);
        fs::create_dir_all(path.parent().expect("it has one")).expect("made");
        fs::write(path, text).expect("written");
    }

    #[test]
    fn folders_and_mailbox_files_say_what_their_mail_is() {
        let home = tempfile::tempdir().expect("a folder");
        for file in [
            "inquiry/a.eml",
            "inquiry/es/b.eml",
            "Auto-Reply/cur/1.x:2,S",
            "Auto-Reply/new/2.x",
            "Auto-Reply/tmp/3.x",
            "README.txt",
            ".git/x.eml",
        ] {
            write(home.path(), file, "Subject: x\n\nx\n");
        }
        let mbox = "From a@b Mon Nov  2 09:12:44 2026\nSubject: one\n\nx\n\n";
        write(home.path(), "order.mbox", mbox);
        write(home.path(), "inquiry/zh-Hans.mbox", &mbox.repeat(2));
        let wanted = [
            (Intent::AutoReply, None),
            (Intent::AutoReply, None),
            (Intent::Inquiry, None),
            (Intent::Inquiry, Some("es")),
            (Intent::Inquiry, Some("zh-Hans")),
            (Intent::Inquiry, Some("zh-Hans")),
            (Intent::Order, None),
        ];
        assert_eq!(labels(home.path()), wanted);
        assert_eq!(labels(&home.path().join("inquiry")).len(), 4, "a folder of one intent");
    }

    #[test]
    fn a_list_names_mail_or_holds_it_and_a_faulty_line_is_named() {
        let home = tempfile::tempdir().expect("a folder");
        let text = "{\"path\":\"a.eml\",\"intent\":\"order\",\"alt\":[\"negotiation\"]}\n\n\
                    {\"subject\":\"Hola\\r\\nBcc: x@y.example\",\"body\":\"precio\",\"intent\":\"inquiry\",\"lang\":\"es\",\"alt\":null}\n\
                    {\"path\":\"a.eml\",\"intent\":\"oder\"}\n{\"intent\":\"order\"}\nnot json\n";
        write(home.path(), "labels.jsonl", text);
        let found: Vec<_> = find(&home.path().join("labels.jsonl"), &words()).expect("a list").collect();
        let [Ok(first), Ok(second), Err(meant), Err(nothing), Err(no_json)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(first.label.others, [Intent::Negotiation]);
        assert!(matches!(&first.source, Source::File(path) if *path == home.path().join("a.eml")));
        let Source::Message { bytes, .. } = &second.source else { panic!("{second:?}") };
        let letter = crate::parse::letter(bytes);
        assert_eq!((letter.subject.as_deref(), letter.text.trim()), (Some("Hola  Bcc: x@y.example"), "precio"));
        assert!(meant.contains("order") && meant.contains('4'), "{meant}");
        assert!(nothing.contains('5') && no_json.contains('6'), "{nothing} {no_json}");
    }

    #[test]
    fn a_folder_without_labels_says_what_one_looks_like() {
        let home = tempfile::tempdir().expect("a folder");
        write(home.path(), "a.eml", "x");
        let Err(said) = find(home.path(), &words()) else { panic!("there are no labels") };
        assert!(said.contains("inquiry"), "{said}");
    }
}
