//! A small mail server for tests: folders in memory, over a real socket, with the habits of those that are out there.

use super::watch::{Pace, watch_at};
use super::{Deadlines, ImapError, ImapMailbox, ImapVisit, RefusedTokens};
use crate::config::{SecretText, Security};
use crate::mailbox::providers::Providers;
use crate::mailbox::{Bell, Credential, CredentialError, Credentials, FolderNames, Server};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

/// A server whose folders the test changes behind the client's back.
#[derive(Clone)]
pub(super) struct Model {
    state: Arc<Mutex<State>>,
    port: u16,
    news: broadcast::Sender<String>,
}

#[derive(Default)]
pub(super) struct State {
    pub folders: BTreeMap<String, Shelf>,
    pub habits: Habits,
    /// Mails that were put and are not shown yet: their folder, and how often it is selected before that.
    pub kept: Vec<(String, Mail, usize)>,
    /// What went from each folder, for QRESYNC.
    histories: BTreeMap<String, History>,
    /// All commands, without their tags.
    pub heard: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Shelf {
    pub uidvalidity: u32,
    pub uidnext: u32,
    pub mails: BTreeMap<u32, Mail>,
}

/// A folder as it was looked at last, and what went before.
#[derive(Default)]
struct History {
    uidvalidity: u32,
    there: BTreeSet<u32>,
    modseq: u64,
    /// With the MODSEQ at which each went.
    vanished: Vec<(u64, u32)>,
}

#[derive(Clone, Default)]
pub(super) struct Mail {
    pub flags: BTreeSet<String>,
    pub body: Vec<u8>,
    /// Rises with every change of flags.
    pub modseq: u64,
}

/// What it does otherwise than the standard, or does not offer.
#[derive(Clone, Default)]
pub(super) struct Habits {
    pub capabilities: &'static str,
    /// What it says first.
    pub greeting: &'static str,
    /// What it answers to ID, a list in parentheses.
    pub id: &'static str,
    /// The operator's own `rules/providers.toml`.
    pub known_as: &'static str,
    /// It announces IDLE and says nothing while it lasts.
    pub is_silent_in_idle: bool,
    pub refuses_descending: bool,
    pub tells_no_uidnext: bool,
    pub tells_no_size: bool,
    pub rewrites: bool,
    /// It gives what is put a Message-ID of its own.
    pub renames: bool,
    /// What is put shows when its folder has been selected so often since.
    pub shows_after: usize,
    /// What is put is stored, and the connection ends before it says so.
    pub cuts_append: bool,
    /// It takes what is put, and the connection ends at the next look at the folder.
    pub cuts_after_append: bool,
    /// Keeps what it showed a connection until that selects anew.
    pub is_stale: bool,
    /// A UIDNEXT that is told so many times instead of the right one.
    pub uidnext_told: Option<(u32, usize)>,
    /// What lay in the inbox earlier, shown so many times instead of what lies there now.
    pub lags_behind: Option<(Shelf, usize)>,
    /// It remembers nothing of what went.
    pub forgets_vanished: bool,
    /// UIDs that FETCH leaves out, so many times.
    pub hidden: HashMap<u32, usize>,
    /// UIDs whose FETCH of a body it refuses.
    pub unreadable: BTreeSet<u32>,
    /// UIDs that are listed and of which no body is given.
    pub bodiless: BTreeSet<u32>,
    /// What it answers to FETCH of the text of a mail that another client deleted since the folder was selected.
    pub of_gone: OfGone,
    /// What it tells of a mail's size, whatever it holds.
    pub claims: Option<usize>,
    /// UIDs that another client deletes after so many texts of them, or parts, were given.
    pub going: HashMap<u32, usize>,
    /// A person opens the mail at the moment it is about to be marked.
    pub opens_before_store: bool,
    /// It refuses a NOTIFY that holds this word.
    pub refuses_notify_of: &'static str,
    /// It tells no UIDVALIDITY of this folder.
    pub tells_no_uidvalidity_of: &'static str,
    /// It answers `STATUS name ()` for this folder.
    pub tells_no_status_of: &'static str,
}

/// RFC 2180 §4.1.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) enum OfGone {
    /// The text, as long as the folder is selected.
    #[default]
    Text,
    Nothing,
    Nil,
    Empty,
    /// The others, and NO.
    No,
    /// NO, and not the others either.
    NoAtAll,
}

impl Shelf {
    pub fn new(uidvalidity: u32) -> Self {
        Self { uidvalidity, uidnext: 1, mails: BTreeMap::new() }
    }

    pub fn add(&mut self, body: &str) -> u32 {
        self.put(Mail { body: body.into(), modseq: 1, ..Mail::default() })
    }

    fn put(&mut self, mail: Mail) -> u32 {
        let uid = self.uidnext;
        self.uidnext += 1;
        self.mails.insert(uid, mail);
        uid
    }
}

impl State {
    /// A folder is selected: what was put into it long enough ago is there now.
    fn show_kept(&mut self, name: &str) {
        for (folder, mail, selects) in std::mem::take(&mut self.kept) {
            match self.folders.get_mut(&folder) {
                Some(shelf) if folder == name && selects <= 1 => {
                    shelf.put(mail);
                }
                _ => self.kept.push((folder.clone(), mail, if folder == name { selects - 1 } else { selects })),
            }
        }
    }

    /// Notes what changed in a folder since it was looked at last; its highest MODSEQ.
    fn note_changes(&mut self, name: &str) -> u64 {
        let Some(shelf) = self.folders.get(name) else { return 0 };
        let history = self.histories.entry(name.to_owned()).or_default();
        if history.uidvalidity != shelf.uidvalidity {
            *history = History { uidvalidity: shelf.uidvalidity, modseq: 1_000, ..History::default() };
        }
        let there: BTreeSet<u32> = shelf.mails.keys().copied().collect();
        let is_new = there.iter().any(|uid| !history.there.contains(uid));
        let gone: Vec<u32> = history.there.difference(&there).copied().collect();
        history.modseq += u64::from(is_new || !gone.is_empty());
        history.vanished.extend(gone.into_iter().map(|uid| (history.modseq, uid)));
        history.there = there;
        history.modseq
    }

    /// `VANISHED (EARLIER)`, where a FETCH asks for it.
    fn vanished(&self, name: &str, set: &str, items: &str) -> String {
        let since =
            items.split_once("CHANGEDSINCE ").and_then(|(_, rest)| rest.strip_suffix(" VANISHED)")).map(|since| since.parse::<u64>());
        let Some(since) = since.map(|since| since.expect("a MODSEQ")) else { return String::new() };
        let (first, last) = set.split_once(':').expect("a range");
        let (first, last) = (first.parse::<u32>().expect("a UID"), last.parse::<u32>().expect("a UID"));
        let told = self.histories[name].vanished.iter().filter(|(modseq, uid)| *modseq > since && (first..=last).contains(uid));
        let told: Vec<String> = told.map(|(_, uid)| uid.to_string()).collect();
        if told.is_empty() || self.habits.forgets_vanished { String::new() } else { format!("* VANISHED (EARLIER) {}\r\n", told.join(",")) }
    }
}

impl Model {
    pub async fn start(capabilities: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let folders = BTreeMap::from([("INBOX".to_owned(), Shelf::new(7))]);
        let state = State { folders, habits: Habits { capabilities, ..Habits::default() }, ..State::default() };
        let model = Self { state: Arc::new(Mutex::new(state)), port, news: broadcast::channel(64).0 };
        let serving = model.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("a socket");
                let (model, news) = (serving.clone(), serving.news.subscribe());
                tokio::spawn(async move {
                    let _ = Talk { model, stream: BufReader::new(stream), open: None, news }.serve().await;
                });
            }
        });
        model
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panicked while it held it")
    }

    pub fn shelf<T>(&self, name: &str, work: impl FnOnce(&mut Shelf) -> T) -> T {
        work(self.state().folders.entry(name.to_owned()).or_insert_with(|| Shelf::new(7)))
    }

    pub fn mailbox(&self) -> ImapMailbox {
        let server = Server { host: "127.0.0.1".into(), port: self.port, security: Security::None, ca_file: None, proxy: None };
        ImapMailbox {
            server,
            names: FolderNames::default(),
            credentials: Arc::new(Pass),
            spool: std::env::temp_dir(),
            deadlines: Deadlines { shown: [Duration::from_millis(1); 3], catch_up: Duration::from_millis(2), ..Deadlines::default() },
            providers: Arc::new(Providers::compile(self.state().habits.known_as).expect("a file of providers")),
            provider: None,
            refused: RefusedTokens::default(),
        }
    }

    pub async fn visit(&self) -> ImapVisit {
        ImapVisit::enter(Arc::new(self.mailbox())).await.expect("the model lets everybody in")
    }

    /// Says a line to everybody who is connected: at once in IDLE, else before the next answer.
    pub fn tell(&self, line: &str) {
        self.news.send(line.to_owned()).expect("somebody watches");
    }

    /// A watcher at work, and the bell it rings.
    pub fn watched(&self, pace: Pace) -> (Arc<Bell>, JoinHandle<Result<Infallible, ImapError>>) {
        let (mailbox, bell) = (self.mailbox(), Arc::new(Bell::default()));
        let rings = Arc::clone(&bell);
        (bell, tokio::spawn(async move { watch_at(&mailbox, &rings, pace).await }))
    }

    pub fn heard(&self, word: &str) -> usize {
        self.state().heard.iter().filter(|command| command.contains(word)).count()
    }
}

#[derive(Debug)]
struct Pass;

impl Credentials for Pass {
    fn credential(&self, _refused: bool) -> Pin<Box<dyn Future<Output = Result<Credential, CredentialError>> + Send + '_>> {
        Box::pin(async { Ok(Credential::Password { user: "u".into(), password: SecretText::new("p".into()) }) })
    }
}

struct Talk {
    model: Model,
    stream: BufReader<TcpStream>,
    /// What is selected, as it was shown.
    open: Option<(String, Shelf)>,
    news: broadcast::Receiver<String>,
}

impl Talk {
    async fn serve(&mut self) -> std::io::Result<()> {
        let greeting = self.model.state().habits.greeting;
        self.stream.write_all(format!("* OK {greeting} ready\r\n").as_bytes()).await?;
        loop {
            let mut line = Vec::new();
            if self.stream.read_until(b'\n', &mut line).await? == 0 {
                return Ok(());
            }
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            self.model.state().heard.push(command.to_owned());
            if command == "IDLE" {
                self.idle().await?;
            }
            while let Ok(news) = self.news.try_recv() {
                self.stream.write_all(news.as_bytes()).await?;
            }
            if command.starts_with("EXAMINE ") && self.model.heard("APPEND") > 0 && self.model.state().habits.cuts_after_append {
                return Ok(());
            }
            let answer = match self.literal(command).await? {
                Some(body) => self.append(command, body),
                None => self.answer(command),
            };
            let (mut answer, end) = answer;
            if command.starts_with("APPEND ") && self.model.state().habits.cuts_append {
                return Ok(());
            }
            answer.extend(format!("{tag} {end}\r\n").into_bytes());
            self.stream.write_all(&answer).await?;
        }
    }

    async fn idle(&mut self) -> std::io::Result<()> {
        self.stream.write_all(b"+ idling\r\n").await?;
        let mut done = Vec::new();
        loop {
            tokio::select! {
                _ = self.stream.read_until(b'\n', &mut done) => return Ok(()),
                news = self.news.recv() => {
                    if self.model.state().habits.is_silent_in_idle {
                        continue;
                    }
                    let news = news.expect("the test is slower than we are");
                    self.stream.get_mut().write_all(news.as_bytes()).await?;
                }
            }
        }
    }

    async fn literal(&mut self, command: &str) -> std::io::Result<Option<Vec<u8>>> {
        let Some(len) = command.strip_suffix('}').and_then(|command| command.rsplit_once('{')).map(|(_, len)| len) else { return Ok(None) };
        self.stream.write_all(b"+ go on\r\n").await?;
        let mut body = vec![0; len.parse().expect("a length")];
        self.stream.read_exact(&mut body).await?;
        let mut rest = Vec::new();
        self.stream.read_until(b'\n', &mut rest).await?;
        Ok(Some(body))
    }

    fn answer(&mut self, command: &str) -> (Vec<u8>, String) {
        let ok = |untagged: String| (untagged.into_bytes(), "OK done".to_owned());
        let words: Vec<&str> = command.splitn(4, ' ').collect();
        let mut state = self.model.state();
        match words.as_slice() {
            ["CAPABILITY"] => ok(format!("* CAPABILITY IMAP4rev1 {}\r\n", state.habits.capabilities)),
            ["LIST", ..] => ok(state.folders.keys().map(|name| format!("* LIST (\\HasNoChildren) \"/\" \"{name}\"\r\n")).collect()),
            ["ID", ..] => ok(format!("* ID {}\r\n", if state.habits.id.is_empty() { "NIL" } else { state.habits.id })),
            ["NOTIFY", ..] if !state.habits.refuses_notify_of.is_empty() && command.contains(state.habits.refuses_notify_of) => {
                (Vec::new(), "NO [BADEVENT] not that".into())
            }
            ["STATUS", name, ..] => {
                let name = name.trim_matches('"');
                let shelf = &state.folders[name];
                let uidnext = if state.habits.tells_no_uidnext { String::new() } else { format!("UIDNEXT {} ", shelf.uidnext) };
                let marks = format!("MESSAGES {} {uidnext}UIDVALIDITY {}", shelf.mails.len(), shelf.uidvalidity);
                let marks = if state.habits.tells_no_status_of == name { String::new() } else { marks };
                ok(format!("* STATUS \"{name}\" ({marks})\r\n"))
            }
            ["CREATE", name] => {
                state.folders.insert(name.trim_matches('"').into(), Shelf::new(9));
                ok(String::new())
            }
            [verb @ ("EXAMINE" | "SELECT"), name, ..] => {
                let name = name.trim_matches('"').to_owned();
                state.show_kept(&name);
                let modseq = state.note_changes(&name);
                let Some(mut shelf) = state.folders.get(&name).cloned() else { return (Vec::new(), "NO no such folder".into()) };
                if let Some((earlier, times)) = state.habits.lags_behind.as_mut().filter(|(_, times)| *times > 0 && name == "INBOX") {
                    *times -= 1;
                    shelf = earlier.clone();
                }
                let mut uidnext = shelf.uidnext;
                if let Some((low, times)) = state.habits.uidnext_told.as_mut().filter(|(_, times)| *times > 0) {
                    *times -= 1;
                    uidnext = *low;
                }
                let mut told = format!("* {} EXISTS\r\n", shelf.mails.len());
                if state.habits.tells_no_uidvalidity_of != name {
                    told += &format!("* OK [UIDVALIDITY {}] .\r\n", shelf.uidvalidity);
                }
                if !state.habits.tells_no_uidnext {
                    told += &format!("* OK [UIDNEXT {uidnext}] .\r\n");
                }
                if state.habits.capabilities.contains("CONDSTORE") {
                    told += &format!("* OK [HIGHESTMODSEQ {modseq}] .\r\n");
                }
                drop(state);
                self.open = Some((name, shelf));
                (told.into_bytes(), format!("OK [READ-{}] done", if *verb == "SELECT" { "WRITE" } else { "ONLY" }))
            }
            ["UID", "FETCH", set, items] => {
                let (set, items) = ((*set).to_owned(), (*items).to_owned());
                drop(state);
                self.fetch(&set, &items)
            }
            ["UID", "STORE", set, what] => {
                let (set, what) = ((*set).to_owned(), (*what).to_owned());
                drop(state);
                self.store(&set, &what)
            }
            ["UID", "EXPUNGE", set] => {
                let name = self.open.as_ref().map(|(name, _)| name.clone()).expect("selected");
                let uids: Vec<u32> = set.split(',').map(|uid| uid.parse().expect("single UIDs")).collect();
                let shelf = state.folders.get_mut(&name).expect("there");
                shelf.mails.retain(|uid, mail| !(uids.contains(uid) && mail.flags.contains("\\Deleted")));
                ok(String::new())
            }
            // As some large providers do.
            ["UID", "SEARCH", ..] => ok("* SEARCH 1 2 3 4 5 6 7 8 9\r\n".into()),
            _ => ok(String::new()),
        }
    }

    fn fetch(&mut self, set: &str, items: &str) -> (Vec<u8>, String) {
        let mut state = self.model.state();
        let (name, shown) = self.open.as_mut().expect("selected");
        if !state.habits.is_stale {
            *shown = state.folders.get(name.as_str()).cloned().unwrap_or_else(|| shown.clone());
        }
        if items.contains("CHANGEDSINCE") {
            // None of the model's mails changes its flags between two looks.
            return (state.vanished(name, set, items).into_bytes(), "OK done".into());
        }
        let last = shown.mails.keys().next_back().copied().unwrap_or(0);
        let mut uids = BTreeSet::new();
        for range in set.split(',') {
            let number = |text: &str| if text == "*" { last } else { text.parse().expect("a number") };
            let (from, to) = range.split_once(':').map_or_else(|| (number(range), number(range)), |(from, to)| (number(from), number(to)));
            if from > to && state.habits.refuses_descending {
                return (Vec::new(), "BAD descending".into());
            }
            uids.extend(shown.mails.range(from.min(to)..=from.max(to)).map(|(uid, _)| *uid));
        }
        if items.contains("BODY.PEEK[]") && uids.iter().any(|uid| state.habits.unreadable.contains(uid)) {
            return (Vec::new(), "NO [SERVERBUG] cannot read".into());
        }
        let (mut told, mut end) = (Vec::new(), "OK done");
        let numbers: BTreeMap<u32, usize> = shown.mails.keys().copied().zip(1..).collect();
        for uid in uids {
            if let Some(times) = state.habits.hidden.get_mut(&uid).filter(|times| **times > 0) {
                *times -= 1;
                continue;
            }
            let mail = &shown.mails[&uid];
            let is_gone = items.contains("BODY.PEEK[]") && !state.folders[name.as_str()].mails.contains_key(&uid);
            match state.habits.of_gone {
                OfGone::Nothing if is_gone => continue,
                OfGone::No if is_gone => {
                    end = "NO [EXPUNGEISSUED] Some of them no longer exist";
                    continue;
                }
                OfGone::NoAtAll if is_gone => return (Vec::new(), "NO Some of them no longer exist".into()),
                _ => {}
            }
            told.extend(format!("* {} FETCH (UID {uid}", numbers[&uid]).into_bytes());
            if items.contains("FLAGS") {
                let flags: Vec<&str> = mail.flags.iter().map(String::as_str).collect();
                told.extend(format!(" FLAGS ({})", flags.join(" ")).into_bytes());
            }
            if items.contains("INTERNALDATE") && !state.habits.tells_no_size {
                told.extend(b" INTERNALDATE \"17-Jul-2026 02:44:25 +0000\"");
            }
            if items.contains("RFC822.SIZE") && !state.habits.tells_no_size {
                told.extend(format!(" RFC822.SIZE {}", state.habits.claims.unwrap_or(mail.body.len())).into_bytes());
            }
            if items.contains("MODSEQ") {
                told.extend(format!(" MODSEQ ({})", mail.modseq).into_bytes());
            }
            match state.habits.of_gone {
                _ if !items.contains("BODY.PEEK[") => {}
                OfGone::Nil if is_gone => told.extend(b" BODY[] NIL"),
                OfGone::Empty if is_gone => told.extend(b" BODY[] \"\""),
                _ => told.extend(text(uid, mail, items, &state.habits)),
            }
            told.extend(b")\r\n");
            if let Some(left) = state.habits.going.get_mut(&uid).filter(|_| items.contains("BODY.PEEK[]")) {
                *left -= 1;
                if *left == 0 {
                    state.habits.going.remove(&uid);
                    state.folders.get_mut(name.as_str()).map(|shelf| shelf.mails.remove(&uid));
                }
            }
        }
        (told, end.into())
    }

    fn store(&mut self, set: &str, what: &str) -> (Vec<u8>, String) {
        let mut state = self.model.state();
        let opens = state.habits.opens_before_store;
        let (name, _) = self.open.as_ref().expect("selected");
        let uid: u32 = set.parse().expect("one UID");
        let Some(mail) = state.folders.get_mut(name).and_then(|shelf| shelf.mails.get_mut(&uid)) else {
            return (Vec::new(), "OK done".into());
        };
        if opens {
            mail.flags.insert("\\Seen".into());
            mail.modseq += 1;
        }
        let condition =
            what.split_once("UNCHANGEDSINCE ").and_then(|(_, rest)| rest.split_once(')')).map(|(number, _)| number.parse::<u64>());
        if condition.is_some_and(|modseq| modseq.expect("a number") < mail.modseq) {
            return (Vec::new(), format!("OK [MODIFIED {uid}] not all"));
        }
        mail.flags.insert("\\Deleted".into());
        mail.modseq += 1;
        (Vec::new(), "OK done".into())
    }

    fn append(&mut self, command: &str, mut body: Vec<u8>) -> (Vec<u8>, String) {
        let mut state = self.model.state();
        if state.habits.rewrites {
            let mut written = b"X-Server: was here\r\n".to_vec();
            written.append(&mut body);
            body = written;
        }
        if state.habits.renames {
            let text = String::from_utf8(body).expect("text");
            body = text.replacen("Message-ID: <", "Message-ID: <server.", 1).into_bytes();
        }
        let name = command.split('"').nth(1).expect("a folder").to_owned();
        let flags = command.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(flags, _)| flags).unwrap_or_default();
        let tells = state.habits.capabilities.contains("UIDPLUS");
        let flags = flags.split(' ').filter(|flag| !flag.is_empty()).map(str::to_owned).collect();
        let (mail, shows_after) = (Mail { flags, body, modseq: 1 }, state.habits.shows_after);
        let Some(shelf) = state.folders.get_mut(&name) else { return (Vec::new(), "NO [TRYCREATE] no such folder".into()) };
        if shows_after > 0 {
            state.kept.push((name, mail, shows_after));
            return (Vec::new(), "OK done".into());
        }
        let uid = shelf.put(mail);
        let code = if tells { format!("[APPENDUID {} {uid}] ", shelf.uidvalidity) } else { String::new() };
        (Vec::new(), format!("OK {code}done"))
    }
}

/// ` BODY[…] {n}` with the text, or the part of it that was asked for.
fn text(uid: u32, mail: &Mail, items: &str, habits: &Habits) -> Vec<u8> {
    let (section, after) = items.split_once("BODY.PEEK[").and_then(|(_, rest)| rest.split_once(']')).expect("a section");
    let end = mail.body.windows(4).position(|four| four == b"\r\n\r\n").map_or(mail.body.len(), |at| at + 4);
    let whole = if section.is_empty() { mail.body.as_slice() } else { &mail.body[..end] };
    let part = after.strip_prefix('<').and_then(|part| part.split_once('>')).and_then(|(part, _)| part.split_once('.'));
    let part = part.map(|(start, len)| (start.parse::<usize>().expect("a start"), len.parse::<usize>().expect("a length")));
    if habits.bodiless.contains(&uid) {
        return format!(" BODY[{section}] NIL").into_bytes();
    }
    let (start, mark) = part.map_or((0, String::new()), |(start, _)| (start, format!("<{start}>")));
    let start = start.min(whole.len());
    let end = part.map_or(whole.len(), |(_, len)| (start + len).min(whole.len()));
    let mut told = format!(" BODY[{section}]{mark} {{{}}}\r\n", end - start).into_bytes();
    told.extend(&whole[start..end]);
    told
}
