//! A sales desk for stories: a Maildir, books, and a clock that stands until the story moves it.

use super::daemon::PATIENCE;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tradepost::act::render::Letters;
use tradepost::config::Config;
use tradepost::flow::papers::PaperReaders;
use tradepost::flow::{Clock, Ids, Office, Report, run_once, run_until};
use tradepost::mailbox::Mailbox;
use tradepost::mailbox::providers::Providers;
use tradepost::record::messages::Message;
use tradepost::record::{Books, messages};
use tradepost::types::Moment;
use tradepost::understand::Rules;

/// Monday 16 November 2026, 09:00 in Shanghai.
pub const MONDAY_MORNING: Moment = Moment(1_794_790_800_000);

/// Two members, a shared mailbox and one of Anna's own.
const CONFIG: &str = r#"
[team]
company = "Ningbo Bright Lighting Co., Ltd."
domains = ["bright.example"]

[[team.members]]
name = "Li Wei"
address = "li.wei@bright.example"
language = "zh-Hans"
time_zone = "Asia/Shanghai"
[team.members.signatures]
default = "Li Wei\nExport Manager\nNingbo Bright Lighting Co., Ltd."
es = { text = "Li Wei\nGerente de exportación", html = "<p>Li Wei<br><b>Gerente de exportación</b></p>" }

[[team.members]]
name = "Anna Berg"
address = "anna@bright.example"
language = "de"
time_zone = "Europe/Berlin"

[[mailboxes]]
name = "sales"
address = "sales@bright.example"
owner = "li.wei@bright.example"
maildir = "sales"
send_as = { name = "Li Wei", address = "sales@bright.example" }
mode = "draft"

[[mailboxes]]
name = "anna"
address = "anna@bright.example"
owner = "anna@bright.example"
maildir = "anna"
mode = "draft"

[storage]
books = "books.sqlite"
"#;

/// The desk of one story.
pub struct Desk {
    pub office: Office,
    home: TempDir,
    arrivals: std::cell::Cell<usize>,
}

impl Desk {
    /// A desk whose first look at empty mailboxes is done, so that whatever comes now is new.
    pub async fn open(books: &Books) -> Self {
        Self::open_with(books, &[]).await
    }

    /// The same with some lines of the configuration changed.
    pub async fn open_with(books: &Books, changes: &[(&str, &str)]) -> Self {
        let desk = Self::before_first_look(books, changes).await;
        desk.settle().await;
        desk
    }

    /// A desk that has looked at nothing yet.
    pub async fn before_first_look(books: &Books, changes: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a folder for the story");
        for mailbox in ["sales", "anna"] {
            for shelf in ["cur", "new", "tmp", ".Sent/cur", ".Sent/new", ".Sent/tmp"] {
                fs::create_dir_all(home.path().join(mailbox).join(shelf)).expect("a Maildir");
            }
        }
        let text = changes.iter().fold(CONFIG.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from} is in the configuration");
            text.replacen(from, to, 1)
        });
        let config = Config::of_text(&text, &home.path().join("tradepost.toml")).expect("a sound configuration");
        let rules = Rules::compile(&Rules::built_in_files()).expect("sound rules");
        let letters = Letters::load(&[]).unwrap_or_else(|faults| panic!("{faults:?}"));
        let office =
            Office::open(config, books.clone(), rules, Providers::built_in(), letters, Clock::by_hand(MONDAY_MORNING), Ids::counted());
        let mut office = office.await.expect("an office");
        // This process is the tests' program, which reads no papers.
        office.papers = PaperReaders::of(env!("CARGO_BIN_EXE_tradepost").into());
        Self { office, home, arrivals: std::cell::Cell::new(0) }
    }

    /// A mail comes into the inbox of `sales`; LF line ends are as good as CRLF.
    pub fn receive(&self, mail: &str) {
        self.deliver("sales/new", "", mail);
    }

    /// A mail comes into another folder, as `sales/.Sent/cur` or `anna/new`.
    pub fn deliver(&self, shelf: &str, flags: &str, mail: &str) -> PathBuf {
        let number = self.arrivals.get() + 1;
        self.arrivals.set(number);
        let path = self.home.path().join(shelf).join(format!("{number:05}.story{flags}"));
        fs::write(&path, mail).expect("delivered");
        path
    }

    /// A folder that is not there yet, as `anna/.Drafts`.
    pub fn folder(&self, name: &str) {
        for shelf in ["cur", "new", "tmp"] {
            fs::create_dir_all(self.home.path().join(name).join(shelf)).expect("a folder");
        }
    }

    /// Where a file or folder of the story lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The daemon is at work in this process as long as the story goes on. The story must not keep the thread.
    pub async fn at_work(&self, story: impl Future<Output = ()>) {
        let (office, (stop, mut stops)) = (Arc::new(self.office.clone()), tokio::sync::mpsc::channel(1));
        let story = async {
            story.await;
            stop.send(()).await.expect("it is at work");
        };
        let (ended, ()) = tokio::join!(run_until(&office, &mut stops), story);
        ended.expect("it ends in order");
    }

    /// A refused login is tried again after so long; to be said before anything is done.
    pub fn try_again_after(&mut self, pause: Duration) {
        for account in Arc::get_mut(&mut self.office.accounts).expect("nobody else has the office") {
            if let Mailbox::Imap(mailbox) = &mut account.mailbox {
                Arc::get_mut(mailbox).expect("nobody else has the mailbox").deadlines.after_refusal = pause;
            }
        }
    }

    /// The daemon does all there is to do.
    pub async fn settle(&self) -> Report {
        run_once(&self.office).await.expect("a pass")
    }

    /// The drafts in a mailbox, oldest name first.
    pub fn drafts_of(&self, mailbox: &str) -> Vec<String> {
        self.mails(&format!("{mailbox}/.Drafts/cur"))
    }

    /// The drafts in `sales`.
    pub fn drafts(&self) -> Vec<String> {
        self.drafts_of("sales")
    }

    /// The one draft there is.
    pub fn draft(&self) -> String {
        let mut drafts = self.drafts();
        assert_eq!(drafts.len(), 1, "one draft:\n{}", drafts.join("\n=====\n"));
        drafts.remove(0)
    }

    /// The notes to members in the inbox of `sales`.
    pub fn notes(&self) -> Vec<String> {
        let ours = |mail: &String| mail.contains("Auto-Submitted: auto-generated");
        self.mails("sales/new").into_iter().filter(ours).collect()
    }

    /// The mails of a shelf, by name.
    pub fn mails(&self, shelf: &str) -> Vec<String> {
        let paths = self.paths(shelf);
        paths.iter().map(|path| fs::read_to_string(path).expect("readable").replace("\r\n", "\n")).collect()
    }

    /// The files of a shelf, by name.
    pub fn paths(&self, shelf: &str) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.home.path().join(shelf)) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths
    }

    /// Everything recorded, oldest first.
    pub async fn recorded(&self) -> Vec<Message> {
        let mut session = self.office.books.look().await.expect("a look");
        let mut found = messages::list_recent(&mut session, 1_000).await.expect("the messages");
        found.reverse();
        found
    }

    /// The last recorded message.
    pub async fn last(&self) -> Message {
        self.recorded().await.pop().expect("a message")
    }
}

/// Waits until something is so, while others go on on this thread.
pub async fn soon(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A draft as a person would see it in the mail client: the headers that matter and the decoded text.
pub fn as_seen(draft: &str) -> String {
    let message = mail_parser::MessageParser::default().parse(draft.as_bytes()).expect("a draft is a message");
    let mut lines = Vec::new();
    for name in ["From", "To", "Cc", "Subject", "In-Reply-To", "References"] {
        if let Some(value) = message.header_raw(name) {
            lines.push(format!("{name}: {}", value.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    lines.push(String::new());
    lines.push(message.body_text(0).expect("a text").replace("\r\n", "\n"));
    lines.join("\n")
}
