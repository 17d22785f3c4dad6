//! Secrets: written as a value, or as the name of where the value is. Reading them waits until somebody needs them, and
//! nothing here ever prints one.

use std::ffi::OsString;
use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::fault::{Kind, Problem};
use super::reader::Value;

/// How long a command may take to tell a secret.
const COMMAND_DEADLINE: Duration = Duration::from_secs(10);
/// How often a running command is looked at.
const COMMAND_LOOK: Duration = Duration::from_millis(10);
/// Nothing longer is a password; a file or command that gives more is cut there, and its first line counts.
const SECRET_LEN_MAX: u64 = 64 * 1024;

/// Where a secret is.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// Written in the configuration itself.
    Value(SecretText),
    /// The value of an environment variable.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
    /// The first line a program prints: its name and arguments, run without a shell.
    Command(Vec<String>),
}

/// A secret, and the day it ends when whoever gave it sets one: app passwords, authorisation codes and client secrets do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedSecret {
    pub secret: Secret,
    /// The last day on which it is good.
    pub expires: Option<jiff::civil::Date>,
}

/// A secret in plain. `Debug` and `Display` never show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

/// Why a secret could not be had. Never holds any part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    #[error("the environment variable {0} is not set")]
    NoVariable(String),
    #[error("{file} cannot be read: {why}")]
    NoFile { file: String, why: SystemFault },
    #[error("{program} cannot be run: {why}")]
    NoCommand { program: String, why: SystemFault },
    #[error("{program} did not end within {} seconds", limit.as_secs())]
    TooSlow { program: String, limit: Duration },
    #[error("{program} failed ({status})")]
    Failed { program: String, status: ExitStatus },
    #[error("its first line is empty")]
    Empty,
    /// No login can hand it over.
    #[error("it holds a NUL character")]
    HoldsNul,
    #[error("reading it broke off")]
    Broken,
}

/// What the system said, to be compared and told in other words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SystemFault {
    pub kind: std::io::ErrorKind,
    text: String,
}

impl From<std::io::Error> for SystemFault {
    fn from(error: std::io::Error) -> Self {
        Self { kind: error.kind(), text: error.to_string() }
    }
}

impl Secret {
    /// Fetches the secret. Blocks: a command may take up to ten seconds.
    pub fn read(&self) -> Result<SecretText, SecretError> {
        self.read_with(|name| std::env::var_os(name), COMMAND_DEADLINE)
    }

    /// The same with another environment and another deadline.
    pub fn read_with(&self, env: impl Fn(&str) -> Option<OsString>, deadline: Duration) -> Result<SecretText, SecretError> {
        let bytes = match self {
            Self::Value(text) => return Ok(text.clone()),
            Self::Env(name) => env(name).ok_or_else(|| SecretError::NoVariable(name.clone()))?.into_encoded_bytes(),
            Self::File(path) => {
                let failed = |why: std::io::Error| SecretError::NoFile { file: path.display().to_string(), why: why.into() };
                let mut bytes = Vec::new();
                let file = std::fs::File::open(path).map_err(failed)?;
                file.take(SECRET_LEN_MAX).read_to_end(&mut bytes).map_err(failed)?;
                bytes
            }
            Self::Command(words) => output_of(words, deadline)?,
        };
        SecretText::first_line(&bytes).ok_or(SecretError::Empty)
    }
}

impl DatedSecret {
    /// Fetches the secret. Blocks: a command may take up to ten seconds.
    pub fn read(&self) -> Result<SecretText, SecretError> {
        self.secret.read()
    }
}

impl From<Secret> for DatedSecret {
    fn from(secret: Secret) -> Self {
        Self { secret, expires: None }
    }
}

impl SecretText {
    /// The secret from here on in this type.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself, for the one who hands it to a server.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn first_line(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        text.lines().next().filter(|line| !line.is_empty()).map(|line| Self(line.to_owned()))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl fmt::Display for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A command's arguments are left out too: somebody will write a password there.
        match self {
            Self::Value(_) => f.write_str("(secret)"),
            Self::Env(name) => write!(f, "(secret of variable {name})"),
            Self::File(path) => write!(f, "(secret in {})", path.display()),
            Self::Command(words) => write!(f, "(secret of {})", words.first().map_or("", String::as_str)),
        }
    }
}

/// `"value"`, `{ env = "NAME" }`, `{ file = "path" }` or `{ command = ["program", "argument"] }`; in braces `expires` may stand too.
pub(super) fn read(value: &Value<'_>) -> Option<DatedSecret> {
    match value.kind() {
        Kind::Text => {
            let text = value.text()?.to_owned();
            value.page().holds_secrets.set(true);
            Some(Secret::Value(SecretText(text)).into())
        }
        Kind::Section => {
            let mut section = value.section()?;
            let env = section.take("env").and_then(|value| Some(Secret::Env(value.line()?.to_owned())));
            let file = section.take("file").and_then(|value| Some(Secret::File(value.path()?)));
            let command = section.take("command").and_then(|value| command(&value));
            let ways = section.written();
            let expires = section.take("expires").and_then(|value| date(&value));
            section.close();
            if ways != 1 {
                value.fault(Problem::OneSecret);
            }
            env.or(file).or(command).map(|secret| DatedSecret { secret, expires })
        }
        _ => value.wants(Kind::Secret),
    }
}

/// A day as TOML writes it, `2027-03-01`, without quotes and without a time.
pub(super) fn date(value: &Value<'_>) -> Option<jiff::civil::Date> {
    value.date().or_else(|| value.wants(Kind::Date))
}

/// A program and its arguments. No shell reads them, so one text with spaces is no command.
fn command(value: &Value<'_>) -> Option<Secret> {
    value.page().names_commands.set(true);
    let entries = value.list()?;
    if entries.is_empty() {
        value.fault(Problem::Empty);
        return None;
    }
    let words: Option<Vec<String>> = entries.iter().map(|entry| entry.text().map(str::to_owned)).collect();
    words.map(Secret::Command)
}

/// What a program prints, cut at [`SECRET_LEN_MAX`]. The program and everything it started end with the deadline.
fn output_of(words: &[String], deadline: Duration) -> Result<Vec<u8>, SecretError> {
    let program = words.first().cloned().unwrap_or_default();
    let failed = |why: std::io::Error| SecretError::NoCommand { program: program.clone(), why: why.into() };
    let mut command = Command::new(&program);
    command.args(words.get(1..).unwrap_or_default());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    own_group(&mut command);
    let mut child = command.spawn().map_err(failed)?;

    // The pipe is read beside us, so that a program which prints much, or nothing, cannot hold us.
    let (tell, told) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stdout.take(SECRET_LEN_MAX).read_to_end(&mut bytes);
            let _ = tell.send(bytes);
        });
    }
    let status = match wait(&mut child, deadline) {
        Ok(Some(status)) => status,
        Ok(None) => {
            end(&mut child);
            return Err(SecretError::TooSlow { program, limit: deadline });
        }
        Err(why) => {
            end(&mut child);
            return Err(failed(why));
        }
    };
    if !status.success() {
        return Err(SecretError::Failed { program, status });
    }
    // A program that ended but left a child behind with the pipe is as good as one that hangs.
    told.recv_timeout(deadline).map_err(|_| {
        end(&mut child);
        SecretError::TooSlow { program, limit: deadline }
    })
}

/// Waits for the end of a program by looking at it again and again: the clock belongs to `flow`.
fn wait(child: &mut Child, deadline: Duration) -> std::io::Result<Option<ExitStatus>> {
    let looks = deadline.as_millis() / COMMAND_LOOK.as_millis().max(1);
    for _ in 0..=looks {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(COMMAND_LOOK);
    }
    Ok(None)
}

/// Puts a program in a process group of its own, so that what it starts can be ended with it.
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Ends a program and its process group; a program that is already gone is fine.
fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
