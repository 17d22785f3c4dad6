//! The real program as its users run it: a folder with a configuration, mailboxes and books, in which it is started, asked,
//! stopped and killed.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than anything here takes, also on a machine that does much else.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at something that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

const CONFIG: &str = r#"[team]
company = "Ningbo Bright Lighting Co., Ltd."
domains = ["bright.example"]

[[team.members]]
name = "Li Wei"
address = "li.wei@bright.example"
language = "zh-Hans"
time_zone = "Asia/Shanghai"

[[mailboxes]]
name = "sales"
address = "sales@bright.example"
maildir = "sales"
mode = "draft"

[storage]
books = "books.sqlite"
"#;

/// A folder in which the program works.
pub struct Workplace {
    home: TempDir,
}

/// What a command answered.
#[derive(Debug)]
pub struct Answer {
    /// `None` when a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A running `tradepost run`, killed when the story ends before it.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Workplace {
    /// One mailbox, `sales`, in mode `draft`, and books in a file; nothing was looked at yet.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// The same with parts of the configuration changed.
    pub fn with(changes: &[(&str, &str)]) -> Self {
        let workplace = Self { home: tempfile::tempdir().expect("a folder for the story") };
        workplace.make_maildir("sales");
        workplace.configure(changes);
        workplace
    }

    /// The same after the first look at an empty mailbox, so that whatever comes now is new.
    pub fn opened(changes: &[(&str, &str)]) -> Self {
        let workplace = Self::with(changes);
        workplace.pass();
        workplace
    }

    /// Writes the configuration anew, with parts of it changed.
    pub fn configure(&self, changes: &[(&str, &str)]) {
        let text = changes.iter().fold(CONFIG.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from} is in the configuration");
            text.replacen(from, to, 1)
        });
        let file = self.path("tradepost.toml");
        // It may hold a password, which nobody else may read.
        let mut made = File::options().write(true).create(true).truncate(true).mode(0o600).open(file).expect("a configuration");
        made.write_all(text.as_bytes()).expect("written");
    }

    /// An empty Maildir.
    pub fn make_maildir(&self, below: &str) {
        for shelf in ["cur", "new", "tmp"] {
            fs::create_dir_all(self.path(below).join(shelf)).expect("a Maildir");
        }
    }

    /// A path in this folder.
    pub fn path(&self, below: &str) -> PathBuf {
        self.home.path().join(below)
    }

    /// Delivers a mail as a delivery agent does: written aside, then moved to where readers look.
    pub fn deliver(&self, folder: &str, name: &str, mail: &[u8]) {
        deliver(&self.path(folder), name, mail);
    }

    /// Runs a command to its end.
    pub fn ask(&self, arguments: &[&str]) -> Answer {
        answer(self.command(arguments))
    }

    /// The same for an operator in China.
    pub fn ask_in_chinese(&self, arguments: &[&str]) -> Answer {
        let mut command = self.command(arguments);
        command.env("LANG", "zh_CN.UTF-8");
        answer(command)
    }

    /// One pass over all that waits; it succeeds.
    pub fn pass(&self) -> Answer {
        let answer = self.ask(&["run", "--once"]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        answer
    }

    /// What `show` says to a script.
    pub fn show(&self, what: &[&str]) -> Value {
        let answer = self.ask(&[&["show", "--json", "--limit", "100000"], what].concat());
        assert_eq!(answer.code, Some(0), "{answer:?}");
        serde_json::from_str(&answer.out).expect("one JSON value")
    }

    /// The command as the user would type it in this folder, with English words.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradepost"));
        command.args(arguments).current_dir(self.home.path()).stdin(Stdio::null()).env("LANG", "C");
        for name in ["LC_ALL", "LC_MESSAGES", "TRADEPOST_CONFIG", "TRADEPOST_LOG"] {
            command.env_remove(name);
        }
        command
    }

    /// Starts the daemon.
    pub fn start(&self) -> Daemon {
        self.start_with(&[])
    }

    /// The same with more in its environment.
    pub fn start_with(&self, environment: &[(&str, &str)]) -> Daemon {
        let log = self.path("log");
        let mut command = self.command(&["run"]);
        command.envs(environment.iter().copied());
        command.stdout(Stdio::null()).stderr(File::create(&log).expect("a log"));
        Daemon { child: command.spawn().expect("the program starts"), log }
    }

    /// Starts a daemon with a configuration file of its own beside `tradepost.toml`, as another machine has it.
    pub fn start_as(&self, name: &str) -> Daemon {
        let file = format!("{name}.toml");
        fs::copy(self.path("tradepost.toml"), self.path(&file)).expect("a copy");
        let log = self.path(&format!("{name}.log"));
        let mut command = self.command(&["run", "--config", &file]);
        command.stdout(Stdio::null()).stderr(File::create(&log).expect("a log"));
        Daemon { child: command.spawn().expect("the program starts"), log }
    }

    /// The mails in the Drafts folder with their names, oldest name first.
    pub fn drafts(&self) -> Vec<(PathBuf, String)> {
        let paths = files(&self.path("sales/.Drafts/cur"));
        // A draft that is taken back between the two looks is none.
        paths.into_iter().filter_map(|path| fs::read_to_string(&path).ok().map(|text| (path, text))).collect()
    }
}

impl Daemon {
    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it said so far.
    pub fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child of ours").is_none()
    }

    /// Waits until it watches its mailboxes.
    pub fn wait_until_serving(&mut self) {
        until("the daemon serves", || self.said().contains("Tradepost watches the mailboxes"));
    }

    /// Halts it in the middle of whatever it does.
    pub fn halt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::STOP).expect("a child of ours");
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        kill_process(Pid::from_child(&self.child), Signal::CONT).expect("a child of ours");
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("a child of ours");
        self.child.wait().expect("a child of ours");
    }

    /// Asks it to stop, as systemd does.
    pub fn ask_to_stop(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("a child of ours");
    }

    /// The same; how it ended, and how long that took.
    pub fn stop(mut self) -> (ExitStatus, Duration) {
        let asked = Instant::now();
        self.ask_to_stop();
        let ended = until_some("the daemon stops", || self.child.try_wait().expect("a child of ours"));
        (ended, asked.elapsed())
    }

    /// The most memory it ever held, in kB (proc_pid_status(5), VmHWM).
    pub fn peak_memory_kb(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the kernel tells");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so; a story that waits in vain fails with what it waited for.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    until_some(what, || is_so().then_some(()));
}

/// Waits until there is something.
pub fn until_some<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let found = within(PATIENCE, &mut look);
    found.unwrap_or_else(|| panic!("waited in vain: {what}"))
}

/// Waits until there is something, but only so long.
pub fn within<T>(longest: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if began.elapsed() > longest {
            return None;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// The files of a folder by name; none when it is not there.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Writes a mail into `tmp` and moves it into `new`.
pub fn deliver(maildir: &Path, name: &str, mail: &[u8]) {
    let staged = maildir.join("tmp").join(name);
    fs::write(&staged, mail).expect("written");
    fs::rename(&staged, maildir.join("new").join(name)).expect("delivered");
}

/// Runs a command to its end. One that hangs is killed and fails the story.
pub fn answer(mut command: Command) -> Answer {
    let said = tempfile::tempdir().expect("a folder for what it says");
    let (out, err) = (said.path().join("out"), said.path().join("err"));
    command.stdout(File::create(&out).expect("a file")).stderr(File::create(&err).expect("a file"));
    let mut child = command.spawn().expect("the program starts");
    let ended = within(PATIENCE, || child.try_wait().expect("a child of ours"));
    if ended.is_none() {
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
    }
    let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).expect("a file of ours")).into_owned();
    let answer = Answer { code: ended.and_then(|status| status.code()), out: read(&out), err: read(&err) };
    assert!(ended.is_some(), "{command:?} does not end: {answer:?}");
    answer
}
