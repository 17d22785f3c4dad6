//! `tradepost init DIR`: a commented configuration to begin with, in the operator's language. It never writes over one that
//! is there, and makes nothing else.

use super::reasons;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::act::render;
use crate::config::FILE_NAME;
use crate::types::Language;

use super::words::Words;

/// What became of it.
#[derive(Debug)]
pub enum Written {
    /// The file is new.
    New(PathBuf),
    /// There was one already; it is as it was.
    AlreadyThere(PathBuf),
}

/// Writes the file and says what to do next. The exit code is 1 when nothing was written.
pub fn run(dir: &Path, words: &Words) -> anyhow::Result<ExitCode> {
    let zone = jiff::tz::TimeZone::system();
    match write(dir, words, zone.iana_name()) {
        Ok(Written::New(file)) => {
            writeln!(std::io::stdout().lock(), "{}", next_steps(&file, words))?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(Written::AlreadyThere(file)) => {
            writeln!(std::io::stderr().lock(), "{}", words.say("init.there", &[("file", &file.display())]))?;
            Ok(ExitCode::FAILURE)
        }
        Err(why) => {
            let file = dir.join(FILE_NAME);
            writeln!(
                std::io::stderr().lock(),
                "{}",
                words.say("init.failed", &[("file", &file.display()), ("why", &reasons::system(&why, words))])
            )?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Writes `DIR/tradepost.toml`, readable by its owner alone, and `DIR` when it is not there.
pub fn write(dir: &Path, words: &Words, time_zone: Option<&str>) -> std::io::Result<Written> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let path = dir.join(FILE_NAME);
    // Looking first and writing then would lose a file made in between.
    let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => file,
        Err(why) if why.kind() == ErrorKind::AlreadyExists => return Ok(Written::AlreadyThere(path)),
        Err(why) => return Err(why),
    };
    let whole = file.write_all(text(words, time_zone).as_bytes()).and_then(|()| file.sync_all());
    if let Err(why) = whole {
        // Half a file would stop the next attempt.
        let _ = std::fs::remove_file(&path);
        return Err(why);
    }
    Ok(Written::New(path))
}

fn text(words: &Words, time_zone: Option<&str>) -> String {
    let file = |language: Language| render::built_in(&format!("{}/{FILE_NAME}", language.code()));
    let text = file(words.language()).or_else(|| file(Language::ENGLISH)).unwrap_or_default();
    let zone_else = if words.language() == Language::CHINESE_SIMPLIFIED { "Asia/Shanghai" } else { "UTC" };
    text.replace("{time_zone}", time_zone.unwrap_or(zone_else))
}

fn next_steps(file: &Path, words: &Words) -> String {
    let argument = file.display().to_string();
    let argument = if argument.contains(char::is_whitespace) { format!("\"{argument}\"") } else { argument };
    let written = words.say("init.written", &[("file", &file.display())]);
    format!("{written}\n\n{}", words.say("init.next", &[("argument", &argument)]))
}
