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
    /// `"google"`, `"microsoft"` or `{ device_url = …, token_url = …, scope = … }`.
    Issuer,
    /// `"socks5://…"` or `{ url = …, password = … }`.
    Proxy,
    /// A day, without a time.
    Date,
    /// A time or fraction: nothing of ours takes one.
    Else,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is no such file.
    #[error("there is no such file")]
    NoFile,
    /// We may not read the file.
    #[error("this user may not read it")]
    NotAllowed,
    /// The file cannot be read for another reason.
    #[error("it cannot be read: {why}")]
    Unreadable { why: String },
    /// The file is not text in UTF-8.
    #[error("it is not text in UTF-8")]
    NotUtf8,
    /// The file holds secrets and others may read it.
    #[error("it holds secrets and others may read it (mode {mode:o})")]
    ReadableByOthers { mode: u32 },
    /// The file names commands and others may write it.
    #[error("it names commands and others may write it (mode {mode:o})")]
    WritableByOthers { mode: u32 },
    /// The file names commands and belongs to a user who is neither us nor the superuser.
    #[error("it names commands and belongs to another user ({owner})")]
    OwnedByAnother { owner: u32 },
    /// It is no TOML here; `why` is the reader's own English.
    #[error("it is not TOML: {why}")]
    Syntax { why: String },
    /// No such setting; the one that was probably meant, and all there are.
    #[error("there is no such setting")]
    UnknownKey { meant: Option<&'static str>, known: Vec<&'static str> },
    /// It is not there and has no default.
    #[error("it is missing")]
    Missing { example: &'static str },
    /// It is there and says nothing.
    #[error("it is empty")]
    Empty,
    /// Another kind of value is wanted.
    #[error("a {wanted:?} belongs here, not a {found:?}")]
    WrongKind { found: Kind, wanted: Kind },
    /// `[mailboxes]` where `[[mailboxes]]` belongs: there may be several.
    #[error("it may be there several times, so it is written [[{section}]]")]
    SingleBrackets { section: String },
    /// None of the values that may stand here.
    #[error("`{text}` is none of {allowed:?}")]
    NotOneOf { text: String, meant: Option<&'static str>, allowed: Vec<&'static str> },
    /// A number beyond its bounds.
    #[error("{found} is not between {least} and {most}")]
    OutOfRange { found: String, least: i64, most: i64 },
    /// No e-mail address.
    #[error("`{text}` is no e-mail address")]
    NotAnAddress { text: String },
    /// No mail domain, like `company.com`.
    #[error("`{text}` is no mail domain")]
    NotADomain { text: String },
    /// No language we write.
    #[error("`{text}` is no language we write")]
    NotALanguage { text: String },
    /// No time zone of the IANA database.
    #[error("`{text}` is no time zone")]
    NotATimeZone { text: String, meant: Option<String> },
    /// No ISO 3166-1 alpha-2 code.
    #[error("`{text}` is no country code")]
    NotACountry { text: String },
    /// No short name: letters, digits, `-`, `_`, `.`, at most 40.
    #[error("`{text}` is no short name")]
    NotAName { text: String },
    /// No host's name or address.
    #[error("`{text}` is no host")]
    NotAHost { text: String },
    /// No `https://…` address.
    #[error("`{text}` is no https address")]
    NotAWebAddress { text: String },
    /// No `postgres://user@host/database`.
    #[error("`{text}` is no PostgreSQL address")]
    NotAPostgresAddress { text: String },
    /// A line break or control character where one line is wanted.
    #[error("it has a line break or control character")]
    NotOneLine,
    /// `~` is the shell's; we take whole paths.
    #[error("`{text}` begins with `~`")]
    HomePath { text: String },
    /// Already written elsewhere.
    #[error("`{text}` is already on line {first_line}")]
    Duplicate { text: String, first_line: usize },
    /// No member has this address.
    #[error("`{text}` is no member")]
    NotAMember { text: String, members: Vec<String> },
    /// An address that is no member's and lies in none of our domains.
    #[error("`{text}` is no address of the team")]
    NotOurAddress { text: String },
    /// Nobody owns the mailbox, and its address is that of a member but for a slip of the finger.
    #[error("`{text}` is no member's address but almost that of {meant}, and no owner is written")]
    WhichOwner { text: String, meant: String },
    /// A mailbox is on a server or in a folder: one of the two.
    #[error("a mailbox has exactly one of imap and maildir")]
    OneDoor,
    /// A login is by password or by token: one of the two.
    #[error("a login has exactly one of password and oauth")]
    OneLogin,
    /// No `socks5://user@host:port` or `http://user@host:port`.
    #[error("`{text}` is no proxy's address")]
    NotAProxy { text: String },
    /// The proxy's password stands in its address, where logs and errors may show it.
    #[error("a password stands in the proxy's address")]
    PasswordInProxy,
    /// `answer` needs a mailbox in mode `full`.
    #[error("no mailbox has mode full")]
    AnswerNeedsFull,
    /// `answer` needs `[sending]`.
    #[error("no SMTP server is configured")]
    AnswerNeedsSending,
    /// Machines are never answered, nor drafted to.
    #[error("`{text}` is never done for mail from machines")]
    NeverAnswered { text: String },
    /// The password stands in the address of the database, where logs and errors may show it.
    #[error("a password stands in the address")]
    PasswordInAddress,
    /// A secret is one of `env`, `file`, `command`.
    #[error("a secret is one of env, file, command")]
    OneSecret,
    /// It only makes sense with another setting.
    #[error("it needs {other}")]
    Needs { other: &'static str },
    /// No address with a port, at which to listen.
    #[error("`{text}` is no address and port to listen at")]
    NotAListener { text: String },
    /// This listener is only for this machine.
    #[error("`{text}` can be reached from other machines")]
    NotThisMachine { text: String },
    /// Two listeners at one place.
    #[error("{other} is at the same address and port")]
    SameListener { other: &'static str },
    /// No address or network of the internet.
    #[error("`{text}` is no address or network")]
    NotANetwork { text: String },
    /// A network that holds more than anybody's own house.
    #[error("`{text}` is wider than any office's network")]
    WideNetwork { text: String },
    /// More entries than a list may have.
    #[error("{found} entries are more than {most}")]
    TooMany { found: usize, most: usize },
    /// An address that is meant for the world leads to this machine.
    #[error("`{text}` is this machine for everybody who follows it")]
    NotPublic { text: String },
    /// Without TLS only to this machine.
    #[error("a connection without TLS is only for this machine")]
    PlainOnlyLocal,
}

impl Problem {
    /// The name under which the words for it are kept (`problem.<name>` in `templates/<language>/console.toml`).
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoFile => "no_file",
            Self::NotAllowed => "not_allowed",
            Self::Unreadable { .. } => "unreadable",
            Self::NotUtf8 => "not_utf8",
            Self::ReadableByOthers { .. } => "readable_by_others",
            Self::WritableByOthers { .. } => "writable_by_others",
            Self::OwnedByAnother { .. } => "owned_by_another",
            Self::Syntax { .. } => "syntax",
            Self::UnknownKey { .. } => "unknown_key",
            Self::Missing { .. } => "missing",
            Self::Empty => "empty",
            Self::WrongKind { .. } => "wrong_kind",
            Self::SingleBrackets { .. } => "single_brackets",
            Self::NotOneOf { .. } => "not_one_of",
            Self::OutOfRange { .. } => "out_of_range",
            Self::NotAnAddress { .. } => "not_an_address",
            Self::NotADomain { .. } => "not_a_domain",
            Self::NotALanguage { .. } => "not_a_language",
            Self::NotATimeZone { .. } => "not_a_time_zone",
            Self::NotACountry { .. } => "not_a_country",
            Self::NotAName { .. } => "not_a_name",
            Self::NotAHost { .. } => "not_a_host",
            Self::NotAWebAddress { .. } => "not_a_web_address",
            Self::NotAPostgresAddress { .. } => "not_a_postgres_address",
            Self::NotOneLine => "not_one_line",
            Self::HomePath { .. } => "home_path",
            Self::Duplicate { .. } => "duplicate",
            Self::NotAMember { .. } => "not_a_member",
            Self::NotOurAddress { .. } => "not_our_address",
            Self::WhichOwner { .. } => "which_owner",
            Self::OneDoor => "one_door",
            Self::OneLogin => "one_login",
            Self::NotAProxy { .. } => "not_a_proxy",
            Self::PasswordInProxy => "password_in_proxy",
            Self::AnswerNeedsFull => "answer_needs_full",
            Self::AnswerNeedsSending => "answer_needs_sending",
            Self::NeverAnswered { .. } => "never_answered",
            Self::PasswordInAddress => "password_in_address",
            Self::OneSecret => "one_secret",
            Self::Needs { .. } => "needs",
            Self::NotAListener { .. } => "not_a_listener",
            Self::NotThisMachine { .. } => "not_this_machine",
            Self::SameListener { .. } => "same_listener",
            Self::NotANetwork { .. } => "not_a_network",
            Self::WideNetwork { .. } => "wide_network",
            Self::TooMany { .. } => "too_many",
            Self::NotPublic { .. } => "not_public",
            Self::PlainOnlyLocal => "plain_only_local",
        }
    }
}

impl Kind {
    /// The name under which the words for it are kept (`kind.<name>`).
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Flag => "flag",
            Self::List => "list",
            Self::Section => "section",
            Self::Secret => "secret",
            Self::Signature => "signature",
            Self::Identity => "identity",
            Self::Issuer => "issuer",
            Self::Proxy => "proxy",
            Self::Date => "date",
            Self::Else => "else",
        }
    }
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
        self.problem.fmt(f)
    }
}

impl std::error::Error for Fault {}
