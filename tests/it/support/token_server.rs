//! An authorisation server on this machine (RFC 6749, RFC 8628): device codes, and refresh tokens that are new at each use. The one
//! before stays good until the new one was used; used after that, it is a replay and ends everything, as with real servers.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Stands in every secret the server gives, so that a story can look for it where it must not be.
pub const CANARY: &str = "geheim4711";

/// What the server does with the next token request instead of answering it properly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whim {
    Refuse(&'static str),
    Status(u16),
    /// Does what was asked, and the answer never arrives.
    LoseAnswer,
    /// The same, and the client is kept waiting until it goes.
    Stall,
}

/// In place of a status: there is no answer, and the connection stays open.
const STALLED: u16 = 0;

#[derive(Debug)]
pub struct Desk {
    pub whims: VecDeque<Whim>,
    /// How long access tokens are good.
    pub life_s: u64,
    /// Form bodies of all requests at the token address.
    pub asked: Vec<String>,
    /// How many tokens were given; each has its number.
    pub count: u64,
    newest: Option<String>,
    before: Option<String>,
    ended: bool,
}

#[derive(Clone)]
pub struct TokenServer {
    pub address: String,
    desk: Arc<Mutex<Desk>>,
}

impl TokenServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let desk = Desk { whims: VecDeque::new(), life_s: 3600, asked: Vec::new(), count: 0, newest: None, before: None, ended: false };
        let server = Self { address, desk: Arc::new(Mutex::new(desk)) };
        let serving = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = serving.clone();
                // A client that goes away in the middle is its own affair.
                std::thread::spawn(move || server.answer(stream));
            }
        });
        server
    }

    pub fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn will(&self, whims: impl IntoIterator<Item = Whim>) {
        self.desk().whims.extend(whims);
    }

    /// How often a renewal was asked for.
    pub fn renewals(&self) -> usize {
        self.desk().asked.iter().filter(|body| body.contains("grant_type=refresh_token")).count()
    }

    fn answer(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut first = String::new();
        reader.read_line(&mut first).ok()?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).ok()?;
        let (status, answer) = if first.contains("/device") { (200, Some(self.device())) } else { self.token(body) };
        let mut stream = stream;
        let Some(answer) = answer else {
            if status == STALLED {
                // Ready when the client has gone.
                let _ = reader.read(&mut [0]);
            }
            return None;
        };
        write!(
            stream,
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
            answer.len()
        )
        .ok()
    }

    fn device(&self) -> String {
        format!(
            "{{\"device_code\":\"device-{CANARY}\",\"user_code\":\"WDJB-MJHT\",\"verification_uri\":\"{}/go\",\"expires_in\":600,\"interval\":1}}",
            self.address
        )
    }

    fn token(&self, body: String) -> (u16, Option<String>) {
        let mut desk = self.desk();
        let whim = desk.whims.pop_front();
        let field = |name: &str| body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default().to_owned();
        let (refresh, device) = (field("refresh_token"), field("device_code"));
        desk.asked.push(body.clone());
        let refused = |error: &str| (400, Some(format!("{{\"error\":\"{error}\",\"error_description\":\"{body} {CANARY}\"}}")));
        match whim {
            Some(Whim::Refuse(error)) => return refused(error),
            Some(Whim::Status(status)) => return (status, Some(format!("<html>{CANARY}</html>"))),
            Some(Whim::LoseAnswer | Whim::Stall) | None => {}
        }
        if device.is_empty() {
            let is_newest = desk.newest.as_ref() == Some(&refresh);
            let is_before = desk.before.as_ref() == Some(&refresh);
            if desk.ended || !(is_newest || is_before) {
                // A replay: whoever holds the other token cannot be told from a thief.
                desk.ended = true;
                return refused("invalid_grant");
            }
            if is_newest {
                desk.before = Some(refresh);
            }
        } else {
            desk.ended = false;
            desk.before = None;
        }
        desk.count += 1;
        let (access, next) = (format!("access-{}-{CANARY}", desk.count), format!("refresh-{}-{CANARY}", desk.count));
        let answer = format!("{{\"access_token\":\"{access}\",\"refresh_token\":\"{next}\",\"expires_in\":{}}}", desk.life_s);
        desk.newest = Some(next);
        match whim {
            Some(Whim::LoseAnswer) => (200, None),
            Some(Whim::Stall) => (STALLED, None),
            _ => (200, Some(answer)),
        }
    }
}
