//! Attached papers, read in a process of our own binary.
//!
//! The readers of PDF and office papers are large, and whoever writes to us chooses what they read. So they run in a child: it gets
//! the bytes of the papers of one mail, and nothing else; no environment, no files, no network names, limits on memory and processor
//! time that it sets itself before it reads the first byte (`serve`), and a deadline that we keep (`child`). It lives as long as one
//! mail's papers take: what one mail did to it, the next one does not meet. A child that breaks costs one paper, which is said among
//! the letter's defects; the papers after it are read by another child.
//!
//! Known and accepted: while all seats are taken, others wait; a mail whose papers all break their readers takes `STOPS_MAX` times
//! the processor limit.

mod child;
mod seats;
mod serve;

pub use serve::serve;

use crate::parse::carve::Leaf;
use crate::parse::papers::{self, Format, Paper};
use crate::parse::{self, Automatic, Defect, Letter};
use seats::Seats;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The subcommand that reads papers.
pub const SUBCOMMAND: &str = "read-paper";
/// Children of one mail that may break; the papers after that are not tried.
const STOPS_MAX: usize = 2;
/// Children at the same time: each may take its whole share of memory.
const SEATS: usize = 2;

/// Reads papers, a few mails at a time. A clone shares the seats.
#[derive(Debug, Clone)]
pub struct PaperReaders {
    program: PathBuf,
    seats: Arc<Seats>,
}

/// A paper to be read.
#[derive(Debug)]
pub(super) struct Asked {
    attachment: usize,
    format: Format,
    bytes: Vec<u8>,
}

impl PaperReaders {
    /// By this program itself: also when its file was replaced since it started.
    pub fn of_this_program() -> Self {
        let own = Path::new("/proc/self/exe");
        // A path that cannot be had shows as a reader that cannot be started.
        Self::of(if own.exists() { own.to_owned() } else { std::env::current_exe().unwrap_or_default() })
    }

    /// By that program.
    pub fn of(program: PathBuf) -> Self {
        Self { program, seats: Arc::new(Seats::new(SEATS)) }
    }

    /// Reads the papers of a letter into it, and says among its defects what could not be read. Blocks until it is done: a job for a
    /// thread beside the runtime. `open` gives the bytes of what was carved out of the mail.
    pub fn read_into<R: Read>(&self, letter: &mut Letter, remainder: &[u8], leaves: &[Leaf], open: impl FnMut(&Leaf) -> io::Result<R>) {
        // What machines send is not read for facts.
        if letter.bounce.is_some() || letter.automatic.is_some_and(|kind| kind != Automatic::List) {
            return;
        }
        let wanted = papers::wanted(&letter.attachments);
        letter.defects.extend(wanted.too_much.then_some(Defect::PaperTooMuch));
        let mut asked = Vec::with_capacity(wanted.numbers.len());
        if !wanted.numbers.is_empty() {
            for (attachment, bytes) in parse::enclosures(remainder, leaves, &wanted.numbers, open) {
                match letter.attachments.get(attachment).and_then(|listed| Format::of(listed, &bytes)) {
                    Some(format) => asked.push(Asked { attachment, format, bytes }),
                    None => letter.defects.push(Defect::PaperBroken),
                }
            }
        }
        for (asked, answer) in asked.iter().zip(self.read(&asked)) {
            match answer {
                Ok(paper) => {
                    letter.defects.extend(&paper.defects);
                    letter.papers.push(Paper { attachment: asked.attachment, ..paper });
                }
                Err(defect) => letter.defects.push(defect),
            }
        }
        letter.defects.sort_unstable();
        letter.defects.dedup();
    }

    /// An answer for each paper.
    fn read(&self, asked: &[Asked]) -> Vec<Result<Paper, Defect>> {
        let mut answers = Vec::with_capacity(asked.len());
        if asked.is_empty() {
            return answers;
        }
        let _seat = self.seats.take();
        for _ in 0..STOPS_MAX {
            let rest = asked.get(answers.len()..).unwrap_or_default();
            if rest.is_empty() {
                return answers;
            }
            match child::ask(&self.program, rest) {
                Ok(given) => {
                    let all = given.len() == rest.len();
                    answers.extend(given);
                    if !all {
                        tracing::warn!(paper = answers.len(), "The reader of an attached paper was stopped");
                        answers.push(Err(Defect::PaperStopped));
                    }
                }
                Err(error) => {
                    tracing::error!(kind = %error.kind(), "The reader of attached papers cannot be started");
                    break;
                }
            }
        }
        answers.resize_with(asked.len(), || Err(Defect::PaperUnread));
        answers
    }
}
