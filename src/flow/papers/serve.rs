//! The child's side: limits first, then the papers that come, then an end.

use crate::parse::Defect;
use crate::parse::papers::{self, Format, Paper};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Memory of one child, its program and stack included, in bytes.
const MEMORY_MAX: u64 = 512 * 1024 * 1024;
/// Processor time of one child, in seconds.
const SECONDS_MAX: u64 = 5;
/// Standard input, output and error, and none besides: no file can be opened and no connection made.
const OPEN_FILES: u64 = 3;
/// The line that says what comes.
const HEAD_LEN_MAX: u64 = 4096;

/// One paper to come.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Question {
    pub format: Format,
    /// Its length in bytes.
    pub len: usize,
}

/// Reads the papers that come on `input` and answers a line of JSON for each. Limits this process for good before it reads.
pub fn serve(input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    limit_this_process()?;
    let mut head = Vec::new();
    input.by_ref().take(HEAD_LEN_MAX).read_until(b'\n', &mut head)?;
    let questions: Vec<Question> = serde_json::from_slice(&head)?;
    for question in questions {
        let mut bytes = Vec::new();
        input.by_ref().take(question.len as u64).read_to_end(&mut bytes)?;
        if bytes.len() < question.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // A reader that breaks costs its paper.
        let read = AssertUnwindSafe(|| papers::read(question.format, bytes));
        let answer: Result<Paper, Defect> = catch_unwind(read).unwrap_or(Err(Defect::PaperStopped));
        serde_json::to_writer(&mut *output, &answer)?;
        output.write_all(b"\n")?;
        output.flush()?;
    }
    Ok(())
}

/// Memory, processor time, files: what cannot be limited is not read with.
fn limit_this_process() -> io::Result<()> {
    let limits = [
        (Resource::As, MEMORY_MAX),
        (Resource::Cpu, SECONDS_MAX),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, OPEN_FILES),
    ];
    for (resource, limit) in limits {
        // A limit that is lower already stays.
        let known = getrlimit(resource).maximum.map_or(limit, |known| known.min(limit));
        setrlimit(resource, Rlimit { current: Some(known), maximum: Some(known) })?;
    }
    Ok(())
}
