//! Somebody with a mailbox on the server.

use super::{MailServer, PASSWORD};
use crate::support::client::Client;
use crate::support::daemon::files;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use tradepost::config::Security;

/// A user with a mailbox of their own.
#[derive(Clone)]
pub struct User<'s> {
    server: &'s MailServer,
    pub address: String,
    home: PathBuf,
}

impl<'s> User<'s> {
    pub(super) fn new(server: &'s MailServer, address: String, home: PathBuf) -> Self {
        Self { server, address, home }
    }

    /// The part of a mailbox's configuration that says where it is.
    pub fn door(&self, security: Security) -> String {
        let (name, port) = (security.name(), self.port(security));
        if security == Security::None {
            return self.door_at(port);
        }
        let (user, certificate) = (&self.address, self.server.certificate());
        format!(
            "imap = {{ host = \"localhost\", port = {port}, security = \"{name}\", user = \"{user}\", password = \"{PASSWORD}\", \
             ca_file = \"{}\" }}",
            certificate.display()
        )
    }

    /// The port where IMAP begins like that.
    pub fn port(&self, security: Security) -> u16 {
        if security == Security::Tls { self.server.imaps() } else { self.server.imap() }
    }

    /// The same by way of a port of this machine, without TLS.
    pub fn door_at(&self, port: u16) -> String {
        let user = &self.address;
        format!("imap = {{ host = \"127.0.0.1\", port = {port}, security = \"none\", user = \"{user}\", password = \"{PASSWORD}\" }}")
    }

    /// Delivers a mail into this mailbox.
    pub fn receive(&self, mail: &[u8]) {
        self.server.lmtp().deliver(&[&self.address], mail);
    }

    /// A mail client logged in here.
    pub fn client(&self) -> Client {
        Client::login(self.server.imap(), &self.address, PASSWORD)
    }

    /// The certificate of the server.
    pub fn certificate(&self) -> PathBuf {
        self.server.certificate()
    }

    /// A port for the mail this user sends, with the same name and password.
    pub fn submission(&self) -> u16 {
        self.server.submission()
    }

    /// The Maildir. Nobody else may be at work in it while it is changed.
    pub fn maildir(&self) -> PathBuf {
        self.home.join("Maildir")
    }

    /// Gives what was put into the Maildir by hand to its owner.
    pub fn own(&self) {
        let owner = fs::metadata(&self.home).expect("a home");
        give(&self.maildir(), owner.uid(), owner.gid());
    }

    /// Everything that was said to the server in this mailbox, one connection after the other; for a user on record.
    pub fn said_to_server(&self) -> String {
        self.rawlog("in")
    }

    /// Everything the server answered.
    pub fn said_by_server(&self) -> String {
        self.rawlog("out")
    }

    fn rawlog(&self, side: &str) -> String {
        let folder = self.home.join("rawlog");
        assert!(folder.is_dir(), "{} is not on record", self.address);
        let logs = files(&folder).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == side));
        logs.map(|path| String::from_utf8_lossy(&fs::read(path).expect("a log")).into_owned()).collect()
    }

    /// How many connections this user has open.
    pub fn connections(&self) -> usize {
        self.processes().len()
    }

    /// Halts the server's processes of this mailbox, or lets them run on; how many there are.
    pub fn signal(&self, signal: Signal) -> usize {
        let processes = self.processes();
        for process in &processes {
            // One that has just ended is none.
            let _ = kill_process(*process, signal);
        }
        processes.len()
    }

    /// The imap processes of this user, known by their titles (`verbose_proctitle`).
    fn processes(&self) -> Vec<Pid> {
        let title = format!("dovecot-{}/imap [{} ", self.server.name(), self.address);
        let numbers = files(std::path::Path::new("/proc")).into_iter().filter_map(|path| path.file_name()?.to_str()?.parse().ok());
        let ours = numbers.filter(|number: &i32| {
            let line = fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
            line.starts_with(title.as_bytes())
        });
        ours.filter_map(Pid::from_raw).collect()
    }
}

/// Gives a folder with all that is in it to a user, as far as it is not theirs.
fn give(path: &std::path::Path, uid: u32, gid: u32) {
    std::os::unix::fs::chown(path, Some(uid), Some(gid)).expect("root may");
    if path.is_dir() {
        files(path).iter().for_each(|below| give(below, uid, gid));
    }
}
