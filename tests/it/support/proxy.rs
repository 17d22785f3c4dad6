//! A TCP proxy between the daemon and its server that understands enough IMAP to spoil it: it answers NO or BAD in the server's
//! place, cuts the connection where it hurts, stalls, and plays the habits of servers that Dovecot does not have.

mod plan;
mod relay;

pub use plan::{Fault, HELD, Habits, Plan, TEXTS};

use plan::Drawn;
use std::collections::BTreeMap;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A proxy on a port of its own. It ends with the story.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

/// What all connections of a proxy share.
struct Shared {
    server: u16,
    plan: Mutex<Drawn>,
    habits: Habits,
    /// Folders that are not opened, by wire name.
    closed: Mutex<BTreeMap<String, Fault>>,
    is_over: AtomicBool,
    open: AtomicUsize,
    most_open: AtomicUsize,
    /// What went to the clients.
    answered_bytes: AtomicUsize,
    /// How often each command was given, by its name: `UID FETCH`, `APPEND`.
    commands: Mutex<BTreeMap<String, usize>>,
    /// What was done to which command.
    faults: Mutex<BTreeMap<Fault, usize>>,
    streams: Mutex<Vec<TcpStream>>,
    /// How many mails the provider filed by itself.
    filed: AtomicUsize,
}

impl Proxy {
    /// Listens on a free port and hands everything on to a server's port, but for what the plan spoils.
    pub fn start(server: u16, plan: Plan, habits: Habits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let shared = Arc::new(Shared {
            server,
            plan: Mutex::new(Drawn::new(plan)),
            habits,
            closed: Mutex::default(),
            is_over: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
            answered_bytes: AtomicUsize::new(0),
            commands: Mutex::default(),
            faults: Mutex::default(),
            streams: Mutex::default(),
            filed: AtomicUsize::new(0),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.is_over.load(Ordering::Relaxed) {
                    return;
                }
                // One that has gone again is none.
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", accepting.server))) else { continue };
                relay::begin(&accepting, client, server);
            }
        });
        Self { port, shared }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on it spoils by another plan.
    pub fn change(&self, plan: Plan) {
        *lock(&self.shared.plan) = Drawn::new(plan);
    }

    /// From now on whoever opens a folder, by its wire name, gets that instead.
    pub fn close(&self, folder: &str, fault: Fault) {
        lock(&self.shared.closed).insert(folder.to_owned(), fault);
    }

    /// The folder can be opened again.
    pub fn open(&self, folder: &str) {
        lock(&self.shared.closed).remove(folder);
    }

    /// How often a command was given, `UID FETCH` or `APPEND`.
    pub fn commands(&self, name: &str) -> usize {
        lock(&self.shared.commands).get(name).copied().unwrap_or_default()
    }

    /// All commands with how often they were given.
    pub fn all_commands(&self) -> BTreeMap<String, usize> {
        lock(&self.shared.commands).clone()
    }

    /// How many bytes of lines the server answered so far.
    pub fn answered_bytes(&self) -> usize {
        self.shared.answered_bytes.load(Ordering::Relaxed)
    }

    /// What was spoilt how often.
    pub fn faults(&self) -> BTreeMap<Fault, usize> {
        lock(&self.shared.faults).clone()
    }

    /// How many connections are open, and the most that ever were at once.
    pub fn connections(&self) -> (usize, usize) {
        (self.shared.open.load(Ordering::SeqCst), self.shared.most_open.load(Ordering::SeqCst))
    }

    /// Cuts all connections now.
    pub fn cut(&self) {
        for stream in lock(&self.shared.streams).drain(..) {
            // One that has ended already is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.cut();
        // Wakes the listener, so that it sees that all is over.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// A story that failed while it held something must not spoil the message of its failure.
fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
