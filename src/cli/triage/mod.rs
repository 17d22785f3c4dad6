//! `tradepost triage [--json] PATH…`: what would be understood of mail, touching nothing and needing no configuration.

mod credit;
mod mail;
mod marked;
mod mbox;
mod people;
mod row;
mod walk;
mod workers;

pub(in crate::cli) use mail::Mail;
pub(in crate::cli) use walk::{Source, sources};
pub(in crate::cli) use workers::each;

use super::reasons;
use super::words::Words;
use crate::flow::papers::PaperReaders;
use crate::parse::limits::MESSAGE_LEN_MAX;
use crate::understand::Rules;
use crate::understand::facts::FactKind;
use crate::understand::learned::Model;
use marked::Paint;
use row::Row;
use rust_decimal::Decimal;
use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line; nothing else on standard output.
    Json,
    /// A few lines a mail, for people.
    Text,
}

/// What messages are read with.
#[derive(Debug)]
pub struct Reader<'r> {
    pub rules: &'r Rules,
    /// What was learned of people's corrections, where there are books to ask.
    pub learned: Option<Model>,
    pub papers: PaperReaders,
}

/// Messages read at once, so that rows come in the order of the paths and memory stays bounded.
const BLOCK_LEN: usize = 256;
/// Bytes of messages that wait in a block.
const BLOCK_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Reads every message below the paths and prints one row each. 0 whatever the mail looks like, 1 when a path cannot be read.
pub fn run(paths: &[PathBuf], form: Form, reader: &Reader<'_>, words: &Words) -> anyhow::Result<ExitCode> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut failed = false;
    let printing = Printing { form, paint: paint(), reader, words };
    let sources = paths.iter().flat_map(|path| walk::sources(path));
    let mut block = Vec::with_capacity(BLOCK_LEN);
    let mut held = 0;
    for source in sources {
        held += source.held();
        block.push(source);
        if block.len() == BLOCK_LEN || held > BLOCK_BYTES_MAX {
            held = 0;
            failed |= print_block(&mut out, &std::mem::take(&mut block), &printing)?;
        }
    }
    failed |= print_block(&mut out, &block, &printing)?;
    out.flush()?;
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// How rows are made and shown.
struct Printing<'p> {
    form: Form,
    paint: Paint,
    reader: &'p Reader<'p>,
    words: &'p Words,
}

/// Colours are for a terminal, and for people who did not ask for none (<https://no-color.org>).
fn paint() -> Paint {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if io::stdout().is_terminal() && !unwanted { Paint::Colours } else { Paint::Plain }
}

/// Reads and prints one block; true when a path of it could not be read.
fn print_block(out: &mut impl Write, block: &[Source], printing: &Printing<'_>) -> io::Result<bool> {
    let answers = workers::each(block, |source| answer(source, printing));
    let mut failed = false;
    for answer in answers {
        match answer {
            Ok(text) => out.write_all(text.as_bytes())?,
            Err(error) => {
                failed = true;
                match printing.form {
                    Form::Json => writeln!(out, "{}", serde_json::json!({ "error": error }))?,
                    Form::Text => eprintln!("{error}"),
                }
            }
        }
    }
    Ok(failed)
}

/// The printed row of one source, or the sentence why it could not be read.
fn answer(source: &Source, printing: &Printing<'_>) -> Result<String, String> {
    let (path, bytes) = source.bytes().map_err(|(path, error)| unreadable(&path, &error, printing.words))?;
    let mail = Mail::read(&bytes, printing.reader);
    Ok(match printing.form {
        Form::Json => Row::of(&path, &mail).json(),
        Form::Text => people::text(&path, &mail, printing.words, printing.paint),
    })
}

/// Why there is no row of a path.
pub(in crate::cli) fn unreadable(path: &Path, error: &io::Error, words: &Words) -> String {
    words.say("triage.unreadable", &[("path", &path.display()), ("why", &reasons::system(error, words))])
}

/// The path as it is shown, and the bytes of a message.
type Bytes<'s> = (String, Cow<'s, [u8]>);
/// A path, and why it cannot be read.
type NotRead = (PathBuf, io::Error);

impl Source {
    /// The path as it is shown, and the bytes of the message there.
    pub(in crate::cli) fn bytes(&self) -> Result<Bytes<'_>, NotRead> {
        match self {
            // An error of the system has no copy; its number says the same.
            Source::Unreadable { path, error } => Err((path.clone(), again(error))),
            Source::Message { path, bytes } => Ok((path.clone(), Cow::Borrowed(bytes))),
            Source::StandardInput => {
                let bytes = read(io::stdin().lock()).map_err(|error| (PathBuf::from("-"), error))?;
                Ok(("-".to_owned(), Cow::Owned(bytes)))
            }
            Source::File(path) => {
                let bytes = std::fs::File::open(path).and_then(read).map_err(|error| (path.clone(), error))?;
                Ok((path.to_string_lossy().into_owned(), Cow::Owned(bytes)))
            }
        }
    }
}

fn again(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from_raw_os_error)
}

/// What a fact is called.
fn fact_word(fact: FactKind, words: &Words) -> String {
    let key = match fact {
        FactKind::Product => "fact.product",
        FactKind::Quantity => "fact.quantity",
        FactKind::Incoterm => "fact.incoterm",
        FactKind::Place => "fact.place",
        FactKind::Currency => "fact.currency",
        FactKind::TargetPrice => "fact.target_price",
        FactKind::Deadline => "fact.deadline",
        FactKind::Certificate => "fact.certificate",
        FactKind::PaymentTerms => "fact.payment_terms",
        FactKind::Reference => "fact.reference",
    };
    words.say(key, &[])
}

/// A number without trailing zeros.
fn plain(value: &Decimal) -> String {
    value.normalize().to_string()
}

/// At most as much as a message may have; a longer one is cut and says so among its defects.
fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MESSAGE_LEN_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
