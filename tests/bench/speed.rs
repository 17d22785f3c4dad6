//! How fast mail is handled, and where the time goes: `cargo bench`, or `cargo bench -- 2000` with fewer mails.
//!
//! Everything is said beside what the same machine needs to read each file and hash it, because seconds of two machines, or of
//! two days, do not compare. Nothing is asserted.

mod mail;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tradepost::parse::{self, fresh};
use tradepost::record::RawMail;
use tradepost::understand::{self, Rules};

const MAILS: usize = 20_000;
const RUNS: usize = 3;
/// Lengths of the attachments: the mails have 5 kB on average with them.
const ATTACHMENTS: std::ops::Range<usize> = 3_000..3_001;

fn main() -> anyhow::Result<()> {
    let wanted = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let mails = wanted.unwrap_or(MAILS).max(1);
    let place = tempfile::Builder::new().prefix("tradepost-bench-").tempdir()?;
    let bench = Bench { folder: place.path().to_owned(), maildir: place.path().join("Maildir"), mails };
    mail::write(&bench.maildir, mails, &ATTACHMENTS)?;
    let (files, bytes) = bench.files()?;
    let cores = std::thread::available_parallelism()?;
    println!("{mails} mails of {} bytes on average, {cores} cores, {RUNS} runs each\n", bytes / mails as u64);

    println!("{:<28} {:>9} {:>9} {:>9} {:>10} {:>9}", "", "fastest", "median", "slowest", "mails/s", "× hashing");
    let hashing = bench.times(|| hash_all(&files))?;
    hashing.say("read and hash, one core", mails, &hashing);
    bench.stages(&files, &hashing)?;
    println!();
    bench.program(&hashing)
}

struct Bench {
    folder: PathBuf,
    maildir: PathBuf,
    mails: usize,
}

impl Bench {
    /// The mails in the order of their names, and their bytes together. Reading them once also warms the system's cache.
    fn files(&self) -> anyhow::Result<(Vec<PathBuf>, u64)> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.maildir.join("cur"))?.filter_map(Result::ok).map(|entry| entry.path()).collect();
        files.sort();
        let mut bytes = 0;
        for file in &files {
            bytes += fs::read(file)?.len() as u64;
        }
        Ok((files, bytes))
    }

    fn times(&self, mut work: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<Times> {
        let mut times = Times::default();
        for _ in 0..RUNS {
            let (done, took) = timed(&mut work);
            done?;
            times.add(took);
        }
        Ok(times)
    }

    /// Where the time goes while a mail is read, on one core and without any file or database.
    fn stages(&self, files: &[PathBuf], hashing: &Times) -> anyhow::Result<()> {
        let rules = Rules::compile(&Rules::built_in_files()).context("The rules that came with the program")?;
        let (mut parse, mut split, mut read, mut pack) = <(Times, Times, Times, Times)>::default();
        for _ in 0..RUNS {
            let [mut parsing, mut splitting, mut reading, mut packing] = [Duration::ZERO; 4];
            for file in files {
                let bytes = fs::read(file)?;
                let (letter, took) = timed(|| parse::letter(&bytes));
                parsing += took;
                let name = letter.from.name.as_deref();
                splitting += timed(|| fresh::split(&letter.text, &letter.quotes, name, letter.subject.as_deref())).1;
                reading += timed(|| understand::read(&letter, &rules)).1;
                packing += timed(|| RawMail::compress(&bytes)).1;
            }
            parse.add(parsing);
            split.add(splitting);
            read.add(reading);
            pack.add(packing);
        }
        parse.say("parse, one core", self.mails, hashing);
        split.say("  of it: fresh text", self.mails, hashing);
        read.say("understand, one core", self.mails, hashing);
        pack.say("compress, one core", self.mails, hashing);
        Ok(())
    }

    /// The program as people start it.
    fn program(&self, hashing: &Times) -> anyhow::Result<()> {
        let maildir = self.maildir.to_string_lossy().into_owned();
        let (triage, memory) = self.program_times(&["triage", "--json", &maildir], false)?;
        triage.say("triage --json", self.mails, hashing);
        println!("{:<28} {memory}", "  most memory");

        let mut observed = None;
        for mode in ["observe", "draft"] {
            let config = self.configure(mode)?;
            let (times, memory) = self.program_times(&["run", "--once", "--config", &config], true)?;
            times.say(&format!("run --once, {mode}"), self.mails, hashing);
            println!("{:<28} {memory}", "  most memory");
            match observed.take() {
                None => observed = Some(times),
                // Reading runs beside recording; so this is what the wall clock shows of them, not their sum.
                Some(observed) => println!(
                    "\nof run --once, draft: {:.0} % reading and recording, {:.0} % drafts and notes ({} drafts)",
                    100.0 * observed.median() / times.median(),
                    100.0 * (1.0 - observed.median() / times.median()),
                    self.drafts()
                ),
            }
        }
        Ok(())
    }

    /// Times of the program, and the most memory it took.
    fn program_times(&self, arguments: &[&str], from_new: bool) -> anyhow::Result<(Times, String)> {
        let (mut times, mut memory_kb) = (Times::default(), None);
        for _ in 0..RUNS {
            if from_new {
                self.forget()?;
            }
            let (most, took) = timed(|| run(arguments));
            times.add(took);
            memory_kb = memory_kb.max(most?);
        }
        // Only Linux tells.
        Ok((times, memory_kb.map_or_else(|| "not known here".to_owned(), |kb| format!("{} MB", kb / 1024))))
    }

    /// Removes the books of an earlier run and what it put into the mailbox.
    fn forget(&self) -> anyhow::Result<()> {
        for file in ["books.sqlite", "books.sqlite-wal", "books.sqlite-shm"] {
            absent_is_fine(fs::remove_file(self.folder.join(file)))?;
        }
        absent_is_fine(fs::remove_dir_all(self.maildir.join(".Drafts")))?;
        fs::remove_dir_all(self.maildir.join("new"))?;
        Ok(fs::create_dir(self.maildir.join("new"))?)
    }

    fn drafts(&self) -> usize {
        fs::read_dir(self.maildir.join(".Drafts/cur")).map_or(0, Iterator::count)
    }

    fn configure(&self, mode: &str) -> anyhow::Result<String> {
        let text = format!(
            r#"
[team]
company = "Bright Lighting"
domains = ["bright.example"]
[[team.members]]
name = "Li Wei"
address = "li.wei@bright.example"
language = "en"
time_zone = "Asia/Shanghai"
[[mailboxes]]
name = "sales"
address = "sales@bright.example"
maildir = "Maildir"
mode = "{mode}"
first_look = "handle"
"#
        );
        let file = self.folder.join("tradepost.toml");
        fs::write(&file, text)?;
        Ok(file.to_string_lossy().into_owned())
    }
}

fn hash_all(files: &[PathBuf]) -> anyhow::Result<()> {
    for file in files {
        std::hint::black_box(Sha256::digest(fs::read(file)?));
    }
    Ok(())
}

/// Runs the program to its end; its peak of memory in kB.
fn run(arguments: &[&str]) -> anyhow::Result<Option<u64>> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tradepost"))
        .args(arguments)
        .env("TRADEPOST_LOG", "error")
        .stdout(Stdio::null())
        .spawn()
        .context("The program was built with the bench")?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut memory_kb = None;
    let ended = loop {
        // The kernel keeps the peak: the last look before the end has it, but for the last hundredth of a second.
        memory_kb = memory_kb.max(peak(&status));
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    if !ended.success() {
        bail!("tradepost {} failed ({ended})", arguments.join(" "));
    }
    Ok(memory_kb)
}

/// proc(5): the high-water mark of resident memory.
fn peak(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?.parse().ok()
}

fn absent_is_fine(removed: std::io::Result<()>) -> std::io::Result<()> {
    removed.or_else(|error| if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

#[expect(clippy::disallowed_methods, reason = "measuring is what a bench does")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}

/// Seconds of several runs, the fastest first.
#[derive(Default)]
struct Times(Vec<f64>);

impl Times {
    fn add(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64());
        self.0.sort_by(f64::total_cmp);
    }

    fn at(&self, place: usize) -> f64 {
        self.0.get(place).copied().unwrap_or(f64::NAN)
    }

    fn median(&self) -> f64 {
        self.at(self.0.len() / 2)
    }

    fn say(&self, what: &str, mails: usize, baseline: &Times) {
        let (fastest, median, slowest) = (self.at(0), self.median(), self.at(self.0.len().saturating_sub(1)));
        let (pace, ratio) = (mails as f64 / median, median / baseline.median());
        println!("{what:<28} {fastest:>7.2} s {median:>7.2} s {slowest:>7.2} s {pace:>10.0} {ratio:>9.1}");
    }
}
