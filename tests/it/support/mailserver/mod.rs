//! A private Dovecot (IMAP plain, with STARTTLS and with TLS; LMTP; SASL) and Postfix (submission) for the tests of one run.
//!
//! They listen on free ports of this machine and live in a folder in `/tmp`, with their mailboxes. Both end with the test process,
//! however that ends: a guard shell reads from a pipe that only we hold. A guard that was killed, too, leaves a folder with its
//! number; the next run clears it away.

mod lmtp;
mod user;

pub use lmtp::Lmtp;
pub use tradepost::config::Security;
pub use user::User;

use rustix::process::getuid;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// The first user number of mailboxes. Each has its own: the kernel counts watches of folders by user.
const FIRST_UID: u32 = 5_000;
/// Users who are there from the beginning, behind the alias [`TEAM`].
const TEAM_LEN: u32 = 10;
/// Users there can be; Dovecot looks only once a second whether its list of users has changed, so all stand in it from the beginning.
const USERS_MAX: u32 = 2_000;
/// What is sent here comes to ten people.
pub const TEAM: &str = "everyone@mail.test";
/// The password of every user.
pub const PASSWORD: &str = "pw";
/// Another process may take a port between our choice and the server's start.
const STARTS_MAX: usize = 4;

/// What is unusual about a server.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// How many connections one user may have from one address (`mail_max_userip_connections`).
    pub connections_max: Option<u16>,
    /// What the server says it can do, in place of what Dovecot can (`imap_capability`).
    pub capability: Option<&'static str>,
    /// What separates the names of folders; `/` otherwise.
    pub separator: Option<char>,
    /// Lines for Dovecot's configuration.
    pub more: String,
}

/// A running server.
pub struct MailServer {
    folder: PathBuf,
    ports: Ports,
    /// Closed by the system when this process ends; the guard waits for that, and makes users on request.
    guard: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    last_user: AtomicU32,
    has_postfix: bool,
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    imap: u16,
    imaps: u16,
    lmtp: u16,
    auth: u16,
    submission: u16,
}

/// The server of this run, started by the first test that asks.
///
/// # Panics
/// When it does not start: the stories of real mailboxes are told on real servers or not at all.
pub fn server() -> &'static MailServer {
    static SERVER: OnceLock<Result<MailServer, String>> = OnceLock::new();
    match SERVER.get_or_init(|| MailServer::start(&Shape::default(), true)) {
        Ok(server) => server,
        Err(why) => panic!("{why}"),
    }
}

/// A server of a story's own, without Postfix; it ends with the story.
pub fn unusual(shape: &Shape) -> MailServer {
    MailServer::start(shape, false).unwrap_or_else(|why| panic!("{why}"))
}

impl MailServer {
    /// Somebody with an empty mailbox.
    pub fn user(&self) -> User<'_> {
        self.next_user("")
    }

    /// The same; everything said on the user's connections is kept (Dovecot's rawlog).
    pub fn user_on_record(&self) -> User<'_> {
        self.next_user("rawlog")
    }

    /// The ten who are behind the alias [`TEAM`]. One story only may use them.
    pub fn team(&self) -> Vec<User<'_>> {
        (1..=TEAM_LEN).map(|number| self.furnish_user(number, "")).collect()
    }

    /// The port of IMAP without TLS and with STARTTLS.
    pub fn imap(&self) -> u16 {
        self.ports.imap
    }

    /// The port of IMAP with TLS.
    pub fn imaps(&self) -> u16 {
        self.ports.imaps
    }

    /// The port of submission (RFC 6409).
    pub fn submission(&self) -> u16 {
        assert!(self.has_postfix, "only the common server has a Postfix");
        self.ports.submission
    }

    /// The certificate of both servers, for `localhost` and 127.0.0.1, signed by itself.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("cert.pem")
    }

    /// A connection on which mail is delivered.
    pub fn lmtp(&self) -> Lmtp {
        Lmtp::connect(self.ports.lmtp)
    }

    /// The mailbox of everybody who is no user of ours: what was sent to customers lies there.
    pub fn world(&self) -> PathBuf {
        self.folder.join("home/world/Maildir")
    }

    /// What Dovecot's processes call it.
    fn name(&self) -> String {
        name(&self.folder)
    }

    /// What Dovecot had to say.
    pub fn said(&self) -> String {
        fs::read_to_string(self.folder.join("dovecot.log")).unwrap_or_default()
    }

    fn next_user(&self, rawlog: &str) -> User<'_> {
        let number = self.last_user.fetch_add(1, Ordering::Relaxed) + 1;
        assert!(number <= USERS_MAX, "there are {USERS_MAX} users");
        self.furnish_user(number, rawlog)
    }

    fn furnish_user(&self, number: u32, rawlog: &str) -> User<'_> {
        let (uid, gid) = owner(number);
        let home = home(&self.folder, number);
        // A story that failed in here leaves nothing half done that matters to others.
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let (orders, answers) = &mut *guard;
        writeln!(orders, "{uid} {gid} {} {rawlog}", home.display()).expect("the guard listens");
        let mut answer = String::new();
        answers.read_line(&mut answer).expect("the guard answers");
        assert_eq!(answer.trim(), "ready", "a user was made");
        User::new(self, address(number), home)
    }

    fn start(shape: &Shape, has_postfix: bool) -> Result<Self, String> {
        let mut why = String::new();
        for _ in 0..STARTS_MAX {
            match Self::try_start(shape, has_postfix) {
                Err(failed) if failed.contains("Address already in use") => why = failed,
                done => return done,
            }
        }
        Err(why)
    }

    fn try_start(shape: &Shape, has_postfix: bool) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("tp-mail-").tempdir_in("/tmp").map_err(|error| error.to_string())?.keep();
        let ports = Ports::free().map_err(|error| error.to_string())?;
        furnish(&folder, ports, shape, has_postfix).map_err(|error| format!("{} cannot be furnished: {error}", folder.display()))?;
        certify(&folder)?;
        let mut guard = root_shell()?;
        guard.args(["-c", include_str!("guard.sh"), "guard"]).arg(&folder);
        guard.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Of its own process group, so that an interrupt at the terminal leaves it time to clean up.
        guard.process_group(0);
        let mut guard = guard.spawn().map_err(|error| error.to_string())?;
        let orders = guard.stdin.take().ok_or("the guard has no standard input")?;
        let mut answers = BufReader::new(guard.stdout.take().ok_or("the guard has no standard output")?);
        let mut answer = String::new();
        answers.read_line(&mut answer).map_err(|error| error.to_string())?;
        match answer.trim() {
            "ready" => Ok(Self { folder, ports, guard: Mutex::new((orders, answers)), last_user: AtomicU32::new(TEAM_LEN), has_postfix }),
            failed => Err(format!("Dovecot or Postfix did not start ({failed}). `tests/run` installs both.")),
        }
    }
}

impl Ports {
    /// Ports that nobody listens on; held together, so that no two are the same.
    fn free() -> std::io::Result<Self> {
        let held = [(); 5].map(|()| TcpListener::bind("127.0.0.1:0"));
        let mut numbers = [0; 5];
        for (number, listener) in numbers.iter_mut().zip(held.each_ref()) {
            *number = listener.as_ref().map_err(|error| error.kind())?.local_addr()?.port();
        }
        let [imap, imaps, lmtp, auth, submission] = numbers;
        Ok(Self { imap, imaps, lmtp, auth, submission })
    }
}

/// The user and group number of a new mailbox: our own, when we may not give files away.
fn owner(number: u32) -> (u32, u32) {
    if getuid().is_root() { (FIRST_UID + number, FIRST_UID + number) } else { (getuid().as_raw(), rustix::process::getgid().as_raw()) }
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn address(number: u32) -> String {
    format!("u{number}@mail.test")
}

fn home(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("home/u{number}"))
}

/// A shell that may start servers.
fn root_shell() -> Result<Command, String> {
    if getuid().is_root() {
        return Ok(Command::new("sh"));
    }
    let asked = Command::new("sudo").args(["-n", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !asked.is_ok_and(|status| status.success()) {
        return Err("These tests start Dovecot and Postfix, which only root may: run `tests/run` as root, \
                    or as a user whom `sudo` asks for no password."
            .to_owned());
    }
    let mut command = Command::new("sudo");
    command.args(["-n", "sh"]);
    Ok(command)
}

/// Writes what the servers read.
fn furnish(folder: &Path, ports: Ports, shape: &Shape, has_postfix: bool) -> std::io::Result<()> {
    // Mailboxes are in it, and their users are others than we.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for below in ["run", "state", "home"] {
        fs::create_dir(folder.join(below))?;
    }
    let (uid, gid) = owner(0);
    let more = shape.capability.map(|words| format!("imap_capability = {words}\n")).unwrap_or_default() + &shape.more;
    let fill = |text: &str| {
        [
            ("@DIR@", folder.display().to_string()),
            ("@NAME@", name(folder)),
            ("@CONNECTIONS@", shape.connections_max.unwrap_or(1_000).to_string()),
            ("@SEPARATOR@", shape.separator.unwrap_or('/').to_string()),
            ("@WORLD_UID@", uid.to_string()),
            ("@WORLD_GID@", gid.to_string()),
            ("@IMAP@", ports.imap.to_string()),
            ("@IMAPS@", ports.imaps.to_string()),
            ("@LMTP@", ports.lmtp.to_string()),
            ("@AUTH@", ports.auth.to_string()),
            ("@SUBMISSION@", ports.submission.to_string()),
            ("@MORE@", more.clone()),
        ]
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    };
    let line = |number| {
        let (uid, gid) = owner(number);
        format!("{}:{{PLAIN}}{PASSWORD}:{uid}:{gid}::{}::\n", address(number), home(folder, number).display())
    };
    fs::write(folder.join("users"), (1..=USERS_MAX).map(line).collect::<String>())?;
    fs::write(folder.join("dovecot.conf"), fill(include_str!("dovecot.conf")))?;
    // Everybody out in the world is one person, who is not there yet.
    let world = folder.join("home/world");
    fs::create_dir(&world)?;
    std::os::unix::fs::chown(&world, Some(uid), Some(gid))?;
    if has_postfix {
        let postfix = folder.join("postfix");
        fs::create_dir(&postfix)?;
        fs::write(postfix.join("main.cf"), fill(include_str!("main.cf")))?;
        fs::write(postfix.join("master.cf"), fill(include_str!("master.cf")))?;
        let team: Vec<String> = (1..=TEAM_LEN).map(address).collect();
        fs::write(postfix.join("aliases"), format!("{TEAM} {}\n", team.join(" ")))?;
    }
    Ok(())
}

/// Makes a key and a certificate signed with it.
fn certify(folder: &Path) -> Result<(), String> {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]);
    openssl.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    // A certificate of the end entity's kind: rustls takes no authority for one.
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.arg("-keyout").arg(folder.join("key.pem")).arg("-out").arg(folder.join("cert.pem"));
    let output = openssl.stdin(Stdio::null()).output().map_err(|error| format!("openssl cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("openssl made no certificate: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(())
}
