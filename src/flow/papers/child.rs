//! The parent's side: a child is started, asked, and stopped when it takes too long or says too much.

use super::serve::Question;
use super::{Asked, SUBCOMMAND};
use crate::parse::Defect;
use crate::parse::papers::Paper;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The processor limit stops a child that computes; this one stops a child that waits, and all of them on a machine that stands still.
const DEADLINE: Duration = Duration::from_secs(60);
/// What a child may say of all papers of a mail, in bytes: their words and tables, and the marks of JSON around them.
const ANSWERS_LEN_MAX: u64 = 16 * 1024 * 1024;

/// A child that does not outlive whoever asked it.
struct Kept(Child);

impl Drop for Kept {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and that is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks a child for the papers, in order. Fewer answers than papers: it broke on the one after the last answer. An error: there is no
/// child to ask.
pub(super) fn ask(program: &Path, asked: &[Asked]) -> io::Result<Vec<Result<Paper, Defect>>> {
    let mut command = Command::new(program);
    command.arg(SUBCOMMAND).env_clear().current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = Kept(command.spawn()?);
    let (Some(input), Some(output)) = (child.0.stdin.take(), child.0.stdout.take()) else {
        return Err(io::Error::other("a child without pipes"));
    };
    let (teller, told) = mpsc::channel();
    thread::scope(|scope| {
        // A child that is gone reads no more; what it said before counts.
        scope.spawn(move || say(input, asked));
        scope.spawn(move || hear(output, asked.len(), &teller));
        let answers = told.recv_timeout(DEADLINE);
        // With the child its ends of the pipes are gone, and so both threads end.
        drop(child);
        Ok(answers.or_else(|_| told.recv()).unwrap_or_default())
    })
}

fn say(mut input: impl Write, asked: &[Asked]) -> io::Result<()> {
    let questions: Vec<Question> = asked.iter().map(|asked| Question { format: asked.format, len: asked.bytes.len() }).collect();
    let mut head = serde_json::to_vec(&questions)?;
    head.push(b'\n');
    input.write_all(&head)?;
    for asked in asked {
        input.write_all(&asked.bytes)?;
    }
    input.flush()
}

/// Hears answers, a line each, until all are there or the child ends.
fn hear(output: impl Read, count: usize, teller: &mpsc::Sender<Vec<Result<Paper, Defect>>>) {
    let lines = BufReader::new(output.take(ANSWERS_LEN_MAX)).split(b'\n').take(count);
    let answers = lines.map_while(|line| serde_json::from_slice(&line.ok()?).ok()).collect();
    // Whoever asked waits for it.
    let _ = teller.send(answers);
}
