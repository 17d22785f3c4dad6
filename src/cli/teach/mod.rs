//! `tradepost teach`: a person says what mails really are. Speaks to the books only, beside a running daemon or without one; what follows
//! for a mail of the books, the daemon does.

mod list;

use super::intents;
use super::open;
use super::triage::{self, Mail, Reader};
use super::words::Words;
use crate::config::Config;
use crate::flow::lessons::{self, Follows, Taught, Teaching, Was};
use crate::flow::papers::PaperReaders;
use crate::flow::{Clock, learned};
use crate::record::lessons::{LessonSource, count};
use crate::record::messages::{self, Message};
use crate::record::{Books, BooksError, Purpose, Retry, Session};
use crate::types::{Intent, Language, LessonId, MessageId, MessageRow};
use crate::understand::Rules;
use clap::Args;
use std::fmt::Display;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Mails entered in one transaction.
const BATCH_LEN: usize = 64;
/// Messages that bear one Message-ID and are all meant.
const COPIES_MAX: i64 = 16;

/// What to teach, list or forget.
#[derive(Debug, Args)]
pub struct TeachArguments {
    /// What the mails really are (inquiry, order, complaint …), and the mails: files, folders with Maildirs or *.eml, *.mbox.
    #[arg(value_name = "INTENT PATH…", required_unless_present_any = ["list", "forget", "messages"])]
    words: Vec<String>,
    /// A mail of the books, by its number in `show messages` or its Message-ID; may be given several times.
    #[arg(long = "message", value_name = "ID|MESSAGE-ID")]
    messages: Vec<String>,
    /// The language the mails are really in, like es or zh-Hans.
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// Lists what was taught, the newest first.
    #[arg(long, conflicts_with_all = ["words", "messages", "language", "forget"])]
    list: bool,
    /// How many to list at most.
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: u32,
    /// JSON on standard output, with --list.
    #[arg(long, requires = "list")]
    pub json: bool,
    /// Forgets what was taught, by its number in the list.
    #[arg(long, value_name = "ID", conflicts_with_all = ["words", "messages", "language"])]
    forget: Option<i64>,
}

/// What is said of which mails.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    intent: Option<Intent>,
    language: Option<Language>,
    paths: Vec<PathBuf>,
}

/// Does it.
pub fn run(file: &Path, arguments: &TeachArguments, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    if arguments.list {
        return list::run(&config, i64::from(arguments.limit), arguments.json, words);
    }
    if let Some(id) = arguments.forget {
        return forget(&config, LessonId(id), words);
    }
    let said = said(arguments, words).map_err(anyhow::Error::msg)?;
    open::runtime()?.block_on(async {
        let books = open::books_to_write(&config, "teach").await?;
        let taught = teach(&config, &books, &said, &arguments.messages, words).await;
        books.close().await;
        taught
    })
}

/// The first word is the intent. With a language it may be left out.
fn said(arguments: &TeachArguments, words: &Words) -> Result<Said, String> {
    let language = match arguments.language.as_deref() {
        Some(code) => {
            let known = Language::parse(code).filter(|language| *language != Language::UNKNOWN);
            Some(known.ok_or_else(|| words.say("teach.not_a_language", &[("text", &code)]))?)
        }
        None => None,
    };
    let (intent, paths) = match arguments.words.split_first() {
        Some((first, rest)) => match intents::find_or_say(first, words) {
            Ok(intent) => (Some(intent), rest),
            Err(_) if language.is_some() => (None, arguments.words.as_slice()),
            Err(problem) => return Err(problem),
        },
        None if language.is_some() => (None, arguments.words.as_slice()),
        None => return Err(words.say("teach.no_intent", &[])),
    };
    if paths.is_empty() && arguments.messages.is_empty() {
        return Err(words.say("teach.no_mail", &[]));
    }
    Ok(Said { intent, language, paths: paths.iter().map(PathBuf::from).collect() })
}

/// What came of all mails.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    kept: usize,
    known: usize,
    planned: usize,
    recorded: usize,
    problems: usize,
}

async fn teach(config: &Config, books: &Books, said: &Said, asked: &[String], words: &Words) -> anyhow::Result<ExitCode> {
    let (by, rules) = (who(), Arc::new(open::rules(config)?));
    let teaching =
        Teaching { intent: said.intent, language: said.language, by: &by, source: LessonSource::Command, at: Clock::System.now() };
    let mut tally = Tally::default();
    for asked in asked {
        match teach_recorded(books, asked, &teaching).await? {
            taught if taught.is_empty() => {
                tally.problems += 1;
                eprintln!("{}", words.say("teach.no_such_message", &[("id", asked)]));
            }
            taught => taught.iter().try_for_each(|taught| tell(asked, taught, said, &mut tally, words))?,
        }
    }
    if !said.paths.is_empty() {
        teach_paths(&rules, books, said, &teaching, &mut tally, words).await?;
    }
    learned::train_if_outdated(books, &rules, Clock::System.now()).await?;
    let lessons = count(&mut books.look().await?).await?;
    let counts: [(&str, &dyn Display); 3] = [("kept", &tally.kept), ("known", &tally.known), ("lessons", &lessons)];
    writeln!(stdout(), "{}", words.say("teach.done", &counts))?;
    if tally.planned > 0 {
        writeln!(stdout(), "{}", words.say("teach.planned", &[("count", &tally.planned)]))?;
    }
    if tally.recorded > 0 {
        writeln!(stdout(), "{}", words.say("teach.recorded", &[("count", &tally.recorded)]))?;
    }
    Ok(if tally.problems > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Who says so: the name this user logged in with.
fn who() -> String {
    ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok()).filter(|name| !name.is_empty()).unwrap_or_default()
}

/// Teaches a mail of the books, or all that bear a Message-ID; nothing when there is none.
async fn teach_recorded(books: &Books, asked: &str, teaching: &Teaching<'_>) -> Result<Vec<Taught>, BooksError> {
    in_transaction(books, async |session| {
        let mut taught = Vec::new();
        for message in find(session, asked).await? {
            taught.push(lessons::teach_message(session, &message, teaching).await?);
        }
        Ok(taught)
    })
    .await
}

async fn find(session: &mut Session, asked: &str) -> Result<Vec<Message>, BooksError> {
    if let Ok(number) = asked.parse() {
        return Ok(messages::find_by_id(session, MessageRow(number)).await?.into_iter().collect());
    }
    match MessageId::parse(asked) {
        Some(id) => messages::list_by_header_id(session, &id, COPIES_MAX).await,
        None => Ok(Vec::new()),
    }
}

/// Teaches all mail below the paths.
async fn teach_paths(
    rules: &Rules,
    books: &Books,
    said: &Said,
    teaching: &Teaching<'_>,
    tally: &mut Tally,
    words: &Words,
) -> anyhow::Result<()> {
    let reader = Reader { rules, learned: learned::find(&mut books.look().await?).await?, papers: PaperReaders::of_this_program() };
    let mut sources = said.paths.iter().flat_map(|path| triage::sources(path));
    loop {
        let batch: Vec<_> = sources.by_ref().take(BATCH_LEN).collect();
        if batch.is_empty() {
            return Ok(());
        }
        let mut read = Vec::with_capacity(batch.len());
        for answer in triage::each(&batch, |source| source.bytes().map(|(path, bytes)| (path, Mail::read(&bytes, &reader)))) {
            match answer {
                Ok(mail) => read.push(mail),
                Err((path, error)) => {
                    tally.problems += 1;
                    eprintln!("{}", triage::unreadable(&path, &error, words));
                }
            }
        }
        let taught = in_transaction(books, async |session| {
            let mut taught = Vec::with_capacity(read.len());
            for (_, mail) in &read {
                taught.push(lessons::teach_letter(session, &mail.letter, &mail.reading, teaching).await?);
            }
            Ok(taught)
        });
        for ((path, _), taught) in read.iter().zip(taught.await?) {
            tell(path, &taught, said, tally, words)?;
        }
    }
}

/// One line for a mail.
fn tell(mail: &str, taught: &Taught, said: &Said, tally: &mut Tally, words: &Words) -> std::io::Result<()> {
    let line = match taught {
        Taught::Kept { lesson, was, follows } => {
            tally.kept += 1;
            match follows {
                Follows::Planned => tally.planned += 1,
                Follows::Recorded => tally.recorded += 1,
                Follows::Nothing => {}
            }
            let values: [(&str, &dyn Display); 4] = [("id", lesson), ("mail", &mail), ("was", &read_as(was)), ("is", &is(said))];
            words.say("teach.kept", &values)
        }
        Taught::Known { lesson } => {
            tally.known += 1;
            words.say("teach.known", &[("id", lesson), ("mail", &mail)])
        }
        Taught::Ours => {
            tally.problems += 1;
            words.say("teach.ours", &[("mail", &mail)])
        }
        Taught::Erased => {
            tally.problems += 1;
            words.say("teach.erased", &[("mail", &mail)])
        }
    };
    writeln!(stdout(), "{line}")
}

fn is(said: &Said) -> String {
    let parts = [said.intent.map(|intent| intent.name().to_owned()), said.language.map(|language| language.code().to_owned())];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `inquiry, es, 62 %`.
fn read_as(was: &Was) -> String {
    let intent = was.intent.map_or("–", Intent::name);
    format!("{intent}, {}, {} %", was.language.code(), was.intent_confidence_milli / 10)
}

fn forget(config: &Config, id: LessonId, words: &Words) -> anyhow::Result<ExitCode> {
    let forgotten = open::runtime()?.block_on(async {
        let books = open::books(config, Purpose::Command).await?;
        let forgotten = in_transaction(&books, async |session| lessons::forget(session, id).await).await?;
        if forgotten.is_some() {
            learned::train_if_outdated(&books, &Arc::new(open::rules(config)?), Clock::System.now()).await?;
        }
        books.close().await;
        Ok::<_, anyhow::Error>(forgotten)
    })?;
    match forgotten {
        Some(lesson) => {
            let key = if lesson.message.is_some() { "teach.forgotten_mail" } else { "teach.forgotten" };
            writeln!(stdout(), "{}", words.say(key, &[("id", &id)]))?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            eprintln!("{}", words.say("teach.no_such_lesson", &[("id", &id)]));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Runs work in a transaction of its own, begun again when it met one of the daemon's.
async fn in_transaction<T>(books: &Books, work: impl AsyncFn(&mut Session) -> Result<T, BooksError>) -> Result<T, BooksError> {
    let mut retry = Retry::default();
    let once = async || {
        let mut session = books.begin().await?;
        let done = work(&mut session).await?;
        session.commit().await?;
        Ok(done)
    };
    loop {
        match once().await {
            Err(error) => retry.after(error).await?,
            Ok(done) => return Ok(done),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str], messages: &[&str], language: Option<&str>) -> Result<Said, String> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let language = language.map(str::to_owned);
        let arguments =
            TeachArguments { words: owned(words), messages: owned(messages), language, list: false, limit: 1, json: false, forget: None };
        said(&arguments, &Words::of(Language::ENGLISH))
    }

    #[test]
    fn the_first_word_is_the_intent_and_may_be_left_out_beside_a_language() {
        let one = asked(&["Reklamation", "a.eml"], &[], None).expect("said");
        assert_eq!(one, Said { intent: Some(Intent::Complaint), language: None, paths: vec!["a.eml".into()] });
        let gl = Language::parse("gl");
        let two = asked(&["a.eml"], &[], Some("gl")).expect("said");
        assert_eq!(two, Said { intent: None, language: gl, paths: vec!["a.eml".into()] });
        let both = asked(&["order"], &["17"], Some("gl")).expect("said");
        assert_eq!(both, Said { intent: Some(Intent::Order), language: gl, paths: Vec::new() });
    }

    #[test]
    fn what_is_missing_or_misspelt_is_said() {
        for (words, messages, language, word) in [
            (&["odrer", "a.eml"][..], &[][..], None, "order"),
            (&["order"], &[], None, "--message"),
            (&[], &["17"], None, "inquiry"),
            (&["order", "a.eml"], &[], Some("klingon"), "klingon"),
        ] {
            let said = asked(words, messages, language).expect_err("not to be done");
            assert!(said.contains(word), "{said}");
        }
    }
}
