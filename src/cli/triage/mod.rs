//! `tradepost triage [--json] PATH…`: what would be understood of mail, touching nothing and needing no configuration.

mod credit;
mod mbox;
mod row;
mod walk;
mod workers;

use super::reasons;
use super::words::Words;
use crate::flow::papers::PaperReaders;
use crate::parse::limits::MESSAGE_LEN_MAX;
use crate::understand::Rules;
use row::Row;
use std::io::{self, BufWriter, Read, Write};
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
    let sources = paths.iter().flat_map(|path| walk::sources(path));
    let mut block = Vec::with_capacity(BLOCK_LEN);
    let mut held = 0;
    for source in sources {
        held += source.held();
        block.push(source);
        if block.len() == BLOCK_LEN || held > BLOCK_BYTES_MAX {
            held = 0;
            failed |= print_block(&mut out, &std::mem::take(&mut block), form, reader, words)?;
        }
    }
    failed |= print_block(&mut out, &block, form, reader, words)?;
    out.flush()?;
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// Reads and prints one block; true when a path of it could not be read.
fn print_block(out: &mut impl Write, block: &[walk::Source], form: Form, reader: &Reader<'_>, words: &Words) -> io::Result<bool> {
    let answers = workers::each(block, |source| answer(source, form, reader, words));
    let mut failed = false;
    for answer in answers {
        match answer {
            Ok(text) => out.write_all(text.as_bytes())?,
            Err(error) => {
                failed = true;
                match form {
                    Form::Json => writeln!(out, "{}", serde_json::json!({ "error": error }))?,
                    Form::Text => eprintln!("{error}"),
                }
            }
        }
    }
    Ok(failed)
}

/// The printed row of one source, or the sentence why it could not be read.
fn answer(source: &walk::Source, form: Form, reader: &Reader<'_>, words: &Words) -> Result<String, String> {
    let unreadable = |path: &Path, error: &io::Error| {
        words.say("triage.unreadable", &[("path", &path.display()), ("why", &reasons::system(error, words))])
    };
    let row = match source {
        walk::Source::Unreadable { path, error } => return Err(unreadable(path, error)),
        walk::Source::Message { path, bytes } => Row::read(path.clone(), bytes, reader),
        walk::Source::StandardInput => {
            let bytes = read(io::stdin().lock()).map_err(|error| unreadable(Path::new("-"), &error))?;
            Row::read("-".to_owned(), &bytes, reader)
        }
        walk::Source::File(path) => {
            let bytes = std::fs::File::open(path).and_then(read).map_err(|error| unreadable(path, &error))?;
            Row::read(path.to_string_lossy().into_owned(), &bytes, reader)
        }
    };
    Ok(match form {
        Form::Json => row.json(),
        Form::Text => row.text(words),
    })
}

/// At most as much as a message may have; a longer one is cut and says so among its defects.
fn read(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MESSAGE_LEN_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
