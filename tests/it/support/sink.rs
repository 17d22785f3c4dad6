//! A submission server that keeps what it is given and breaks on request: replies of a choice, cuts at a chosen byte. The real ones of
//! the other stories do not break when they are asked to.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What becomes of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// 250, and it is kept.
    Taken,
    /// The same with words of a choice, as `2.0.0 Ok 0102-0304`.
    TakenAs(String),
    /// A refusal of its recipient, as `554 5.1.1 nobody here`.
    RefusedAtRcpt(String),
    /// A refusal after the final dot.
    RefusedAtDot(String),
    /// It is kept, and the connection is cut before the answer.
    TakenAndCut,
    /// The connection is cut in the middle of the mail.
    CutInBody,
    /// The connection is cut after the final dot, and the mail is not kept.
    LostAndCut,
}

/// A listening server, until the story ends.
pub struct Sink {
    pub port: u16,
    kept: Arc<Mutex<Kept>>,
    connections: Arc<AtomicUsize>,
    crowd: Arc<Crowd>,
}

/// Who is connected, and for how many there is room.
#[derive(Debug)]
struct Crowd {
    room: AtomicUsize,
    now: AtomicUsize,
    /// The most at a time since it was last asked.
    peak: AtomicUsize,
    turned_away: AtomicUsize,
}

#[derive(Default)]
struct Kept {
    /// How often each Message-ID came to each recipient.
    mails: BTreeMap<(String, String), usize>,
    bytes: Vec<(String, Vec<u8>)>,
    /// The return paths of all transactions.
    paths: Vec<String>,
    /// The envelope's ids of all transactions that had one.
    envelope_ids: Vec<String>,
}

type Decide = dyn Fn(&str, usize) -> Fate + Send + Sync;

impl Sink {
    /// Decides about each mail by its recipient and a count of the transactions so far, from 0.
    pub fn start(decide: impl Fn(&str, usize) -> Fate + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let (kept, connections, transactions) = (Arc::default(), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let decide: Arc<Decide> = Arc::new(decide);
        let number = AtomicUsize::new;
        let crowd = Arc::new(Crowd { room: number(usize::MAX), now: number(0), peak: number(0), turned_away: number(0) });
        let (keeping, counting, watching) = (Arc::clone(&kept), Arc::clone(&connections), Arc::clone(&crowd));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counting.fetch_add(1, Ordering::SeqCst);
                let (kept, decide, transactions) = (Arc::clone(&keeping), Arc::clone(&decide), Arc::clone(&transactions));
                if watching.now.load(Ordering::SeqCst) >= watching.room.load(Ordering::SeqCst) {
                    watching.turned_away.fetch_add(1, Ordering::SeqCst);
                    // Whoever went away before needs no answer.
                    let _ = (&stream).write_all(b"421 4.3.2 sink.example Too many connections, try again later\r\n");
                    continue;
                }
                let now = watching.now.fetch_add(1, Ordering::SeqCst) + 1;
                watching.peak.fetch_max(now, Ordering::SeqCst);
                let crowd = Arc::clone(&watching);
                // A client that went away ends its own connection only.
                std::thread::spawn(move || {
                    drop(serve(&stream, &kept, &*decide, &transactions));
                    crowd.now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { port, kept, connections, crowd }
    }

    /// From now on there is room for so many connections at a time; others are turned away with a 421.
    pub fn make_room(&self, connections: usize) {
        self.crowd.room.store(connections, Ordering::SeqCst);
    }

    /// How many connections are open.
    pub fn connected(&self) -> usize {
        self.crowd.now.load(Ordering::SeqCst)
    }

    /// The most that were open at a time since this was last asked.
    pub fn peak(&self) -> usize {
        self.crowd.peak.swap(0, Ordering::SeqCst)
    }

    /// How many were turned away.
    pub fn turned_away(&self) -> usize {
        self.crowd.turned_away.load(Ordering::SeqCst)
    }

    /// How many times a mail of that Message-ID came, over all recipients.
    pub fn copies(&self) -> BTreeMap<(String, String), usize> {
        self.kept.lock().expect("no thread stopped while it held it").mails.clone()
    }

    /// Recipients and mails in the order of their coming.
    pub fn mails(&self) -> Vec<(String, Vec<u8>)> {
        self.kept.lock().expect("no thread stopped while it held it").bytes.clone()
    }

    /// The return paths of all transactions, in the order of their coming.
    pub fn return_paths(&self) -> Vec<String> {
        self.kept.lock().expect("no thread stopped while it held it").paths.clone()
    }

    /// The envelope's ids, in the order of their coming.
    pub fn envelope_ids(&self) -> Vec<String> {
        self.kept.lock().expect("no thread stopped while it held it").envelope_ids.clone()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(stream: &TcpStream, kept: &Mutex<Kept>, decide: &Decide, transactions: &AtomicUsize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream;
    let mut lines = BufReader::new(stream);
    out.write_all(b"220 sink.example ESMTP\r\n")?;
    let (mut to, mut fate) = (String::new(), Fate::Taken);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.split([' ', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => out.write_all(
                b"250-sink.example\r\n250-AUTH PLAIN\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES\r\n",
            )?,
            "MAIL" => {
                let path = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                let envelope_id = line.split_whitespace().find_map(|word| word.strip_prefix("ENVID=")).map(str::to_owned);
                let mut kept = kept.lock().expect("no thread stopped while it held it");
                kept.paths.push(path);
                kept.envelope_ids.extend(envelope_id);
                drop(kept);
                out.write_all(b"250 2.1.0 Ok\r\n")?;
            }
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                fate = decide(&to, transactions.fetch_add(1, Ordering::SeqCst));
                match &fate {
                    Fate::RefusedAtRcpt(reply) => out.write_all(format!("{reply}\r\n").as_bytes())?,
                    _ => out.write_all(b"250 2.1.5 Ok\r\n")?,
                }
            }
            "DATA" if matches!(fate, Fate::RefusedAtRcpt(_)) => out.write_all(b"554 5.5.1 No valid recipients\r\n")?,
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                if fate == Fate::CutInBody {
                    return stream.shutdown(std::net::Shutdown::Both);
                }
                let Some(mail) = body(&mut lines)? else { return Ok(()) };
                match &fate {
                    Fate::RefusedAtDot(reply) => out.write_all(format!("{reply}\r\n").as_bytes())?,
                    Fate::LostAndCut => return stream.shutdown(std::net::Shutdown::Both),
                    Fate::TakenAndCut => {
                        keep(kept, &to, mail);
                        return stream.shutdown(std::net::Shutdown::Both);
                    }
                    Fate::TakenAs(words) => {
                        keep(kept, &to, mail);
                        out.write_all(format!("250 {words}\r\n").as_bytes())?;
                    }
                    _ => {
                        keep(kept, &to, mail);
                        out.write_all(b"250 2.0.0 Ok: queued as 4711\r\n")?;
                    }
                }
            }
            "AUTH" => out.write_all(b"235 2.7.0 Come in\r\n")?,
            "QUIT" => return out.write_all(b"221 2.0.0 Bye\r\n"),
            _ => out.write_all(b"250 2.0.0 Ok\r\n")?,
        }
    }
}

/// The mail up to its final dot, unstuffed; `None` when the client went away before.
fn body(lines: &mut impl BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut mail = Vec::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line == b".\r\n" {
            return Ok(Some(mail));
        }
        mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

fn keep(kept: &Mutex<Kept>, to: &str, mail: Vec<u8>) {
    let text = String::from_utf8_lossy(&mail);
    let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_default().trim_matches(['<', '>']).to_owned();
    let mut kept = kept.lock().expect("no thread stopped while it held it");
    *kept.mails.entry((id, to.to_owned())).or_default() += 1;
    kept.bytes.push((to.to_owned(), mail));
}
