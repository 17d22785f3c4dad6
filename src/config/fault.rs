//! What is wrong with a configuration: where, what, and what to write instead.

use std::fmt;

/// One fault of the file. `tradepost` prints it in the operator's language; `Display` is for logs and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which setting, as `section.key` (`mailboxes[2].address`, counted from 1); empty when it is the whole file.
    pub key: String,
    /// Counted from 1; `None` when the file lacks the place altogether.
    pub line: Option<usize>,
    pub problem: Problem,
}

/// What kind of value a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Flag,
    List,
    Section,
    /// `"value"`, `{ env = … }`, `{ file = … }` or `{ command = […] }`.
    Secret,
    /// `"text"` or `{ text = …, html = … }`.
    Signature,
    /// `"address"` or `{ name = …, address = … }`.
    Identity,
    /// A date, time or fraction: nothing of ours takes one.
    Else,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no such file.
    NoFile,
    /// We may not read the file.
    NotAllowed,
    /// The file cannot be read for another reason.
    Unreadable { why: String },
    /// The file is not text in UTF-8.
    NotUtf8,
    /// The file holds secrets and others may read it.
    ReadableByOthers { mode: u32 },
    /// The file names commands and others may write it.
    WritableByOthers { mode: u32 },
    /// It is no TOML here; `why` is the reader's own English.
    Syntax { why: String },
    /// No such setting; the one that was probably meant, and all there are.
    UnknownKey { meant: Option<&'static str>, known: Vec<&'static str> },
    /// It is not there and has no default.
    Missing { example: &'static str },
    /// It is there and says nothing.
    Empty,
    /// Another kind of value is wanted.
    WrongKind { found: Kind, wanted: Kind },
    /// None of the values that may stand here.
    NotOneOf { text: String, meant: Option<&'static str>, allowed: Vec<&'static str> },
    /// A number beyond its bounds.
    OutOfRange { found: String, least: i64, most: i64 },
    /// No e-mail address.
    NotAnAddress { text: String },
    /// No mail domain, like `company.com`.
    NotADomain { text: String },
    /// No language we write.
    NotALanguage { text: String },
    /// No time zone of the IANA database.
    NotATimeZone { text: String, meant: Option<String> },
    /// No ISO 3166-1 alpha-2 code.
    NotACountry { text: String },
    /// No short name: letters, digits, `-`, `_`, `.`, at most 40.
    NotAName { text: String },
    /// No host's name or address.
    NotAHost { text: String },
    /// No `https://…` address.
    NotAWebAddress { text: String },
    /// No `postgres://user@host/database`.
    NotAPostgresAddress { text: String },
    /// A line break or control character where one line is wanted.
    NotOneLine,
    /// `~` is the shell's; we take whole paths.
    HomePath { text: String },
    /// Already written elsewhere.
    Duplicate { text: String, first_line: usize },
    /// No member has this address.
    NotAMember { text: String, members: Vec<String> },
    /// Several members, and the mailbox says none of them.
    WhichOwner { members: Vec<String> },
    /// IMAP comes with a later version.
    ImapLater,
    /// `answer` needs a mailbox in mode `full`.
    AnswerNeedsFull,
    /// `answer` needs `[sending]`.
    AnswerNeedsSending,
    /// Machines are never answered, nor drafted to.
    NeverAnswered { text: String },
    /// The password stands in the address of the database, where logs and errors may show it.
    PasswordInAddress,
    /// A secret is one of `env`, `file`, `command`.
    OneSecret,
    /// It only makes sense with another setting.
    Needs { other: &'static str },
    /// Without TLS only to this machine.
    PlainOnlyLocal,
}

impl Fault {
    /// A fault at a place of the file.
    pub fn new(key: impl Into<String>, line: Option<usize>, problem: Problem) -> Self {
        Self { key: key.into(), line, problem }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{:?}", self.problem)
    }
}

impl std::error::Error for Fault {}
