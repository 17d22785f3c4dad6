//! Where a password comes from: never from the command line, where other users of the machine see it.

use crate::config::{Secret, SecretText};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

/// No password is longer; a file sent to us by mistake would be read for ever.
const SECRET_LEN_MAX: u64 = 4 * 1024;

/// Where the operator keeps the password.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SecretArguments {
    /// The environment variable that holds the password.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["password_file", "password_command"])]
    pub password_env: Option<String>,
    /// The file whose first line is the password.
    #[arg(long, value_name = "FILE", conflicts_with = "password_command")]
    pub password_file: Option<PathBuf>,
    /// The program that prints the password, with its arguments; everything behind it belongs to it.
    #[arg(long, value_name = "PROGRAM", num_args = 1.., allow_hyphen_values = true)]
    pub password_command: Option<Vec<String>>,
}

impl SecretArguments {
    /// What the configuration will say; `None` when the operator is to be asked.
    pub fn kept(&self) -> Option<Secret> {
        let file = |path: &PathBuf| Secret::File(std::path::absolute(path).unwrap_or_else(|_| path.clone()));
        self.password_env
            .clone()
            .map(Secret::Env)
            .or_else(|| self.password_file.as_ref().map(file))
            .or_else(|| self.password_command.clone().map(Secret::Command))
    }
}

/// Asks for a password on the terminal, without showing it. Without a terminal the first line of standard input is it. `None` when
/// nothing was typed.
pub fn ask(question: &str) -> std::io::Result<Option<SecretText>> {
    let input = std::io::stdin();
    let hidden = if input.is_terminal() {
        let mut terminal = std::io::stderr().lock();
        write!(terminal, "{question} ")?;
        terminal.flush()?;
        Some(Hidden::begin()?)
    } else {
        None
    };
    let mut line = String::new();
    std::io::Read::take(input.lock(), SECRET_LEN_MAX).read_line(&mut line)?;
    if hidden.is_some() {
        // The line end that was typed was hidden with the rest.
        writeln!(std::io::stderr())?;
    }
    let typed = line.trim_end_matches(['\r', '\n']);
    Ok((!typed.is_empty()).then(|| SecretText::new(typed.to_owned())))
}

/// While it lives the terminal shows nothing of what is typed.
struct Hidden {
    before: Termios,
}

impl Hidden {
    fn begin() -> std::io::Result<Self> {
        let before = tcgetattr(std::io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self { before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.before);
    }
}
