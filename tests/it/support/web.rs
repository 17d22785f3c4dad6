//! The daemon with its listeners in this process, beside a story that asks it by hand: byte by byte, so that nothing a client library
//! would tidy up is hidden.

use super::desk::{Desk, soon};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tradepost::flow::run_until;
use tradepost::flow::web::{Equipped, Outgoing, WayOutOfLetter, enter, equip, way_out};
use tradepost::record::choices::{self, Chosen};
use tradepost::record::{Books, tracking};
use tradepost::trade::tracking::{Class, Consent, EventKind, Past};
use tradepost::types::{DeliveryId, EmailAddress, Moment, WebToken};

pub const PUBLIC: &str = "https://mail.bright.example/letters";
pub const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// A daemon whose listeners are open.
pub struct Web {
    pub desk: Desk,
    pub public: SocketAddr,
    pub metrics: SocketAddr,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    /// The head, as it came, without the body.
    pub head: Vec<u8>,
    pub body: Vec<u8>,
}

/// A letter that is ready.
pub struct Letter {
    pub equipped: Equipped,
    pub way_out: WayOutOfLetter,
}

/// A port nobody listens at.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port").local_addr().expect("bound").port()
}

/// Tells a story beside the daemon; more lines of `[tracking]` may be given.
pub async fn beside_daemon(books: &Books, more: &str, story: impl AsyncFnOnce(&Web)) {
    let here = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (public, metrics) = (here(free_port()), here(free_port()));
    let section = format!(
        "[tracking]\npublic_address = \"{PUBLIC}\"\nlisten = \"{public}\"\nmetrics = \"{metrics}\"\nopens = true\nclicks = true\n{more}\n[storage]"
    );
    let desk = Desk::before_first_look(books, &[("[storage]", &section)]).await;
    let web = Web { desk, public, metrics };
    web.run(async |web| {
        web.wait_until_open(web.public).await;
        story(web).await;
    })
    .await;
}

impl Web {
    /// Runs the daemon for as long as the story lasts; it ends in order.
    pub async fn run(&self, story: impl AsyncFnOnce(&Web)) {
        let (say, mut stops) = mpsc::channel(2);
        let office = Arc::new(self.desk.office.clone());
        let told = async {
            story(self).await;
            say.send(()).await.expect("the daemon listens");
        };
        let (ended, ()) = tokio::join!(run_until(&office, &mut stops), told);
        ended.expect("the daemon ends in order");
    }

    /// Waits until somebody listens there.
    pub async fn wait_until_open(&self, place: SocketAddr) {
        soon(&format!("somebody listens at {place}"), async || TcpStream::connect(place).await.is_ok()).await;
    }

    pub fn now(&self) -> Moment {
        self.desk.office.now()
    }

    /// Time goes on.
    pub fn wait_ms(&self, ms: i64) {
        self.desk.office.clock.forward(ms);
    }

    /// A letter to somebody who agreed to be told on, sent now.
    pub async fn send(&self, delivery: i64, to: &str, topic: Option<&str>, html: &str) -> Letter {
        let letter = self.write(delivery, to, topic, html).await;
        let mut session = self.desk.office.books.begin().await.expect("free books");
        tracking::mark_sent(&mut session, &[DeliveryId(delivery)], self.now()).await.expect("sent");
        session.commit().await.expect("committed");
        letter
    }

    /// The same before it is sent.
    pub async fn write(&self, delivery: i64, to: &str, topic: Option<&str>, html: &str) -> Letter {
        let office = &self.desk.office;
        let (to, mailbox) = (address(to), address("sales@bright.example"));
        let way_out = way_out(office).expect("tokens");
        let mut session = office.books.begin().await.expect("free books");
        let chosen = choices::find_chosen(&mut session, &to).await.expect("choices");
        let agreed = Chosen { topics: Vec::new(), telling: Some(Consent::Given { on: self.now() }), ..chosen };
        choices::mark_chosen(&mut session, &to, &agreed, self.now()).await.expect("agreed");
        let outgoing = Outgoing { to: &to, mailbox: &mailbox };
        let equipped = equip(office, &mut session, &outgoing, &way_out, html).await.expect("a letter made ready");
        enter(&mut session, &equipped, DeliveryId(delivery), &to, topic, self.now()).await.expect("entered");
        session.commit().await.expect("committed");
        Letter { equipped, way_out }
    }

    /// What was asked for of a letter, the oldest first.
    pub async fn events(&self, delivery: i64) -> Vec<Past> {
        let mut session = self.desk.office.books.look().await.expect("a look");
        let mut events = tracking::list_events(&mut session, DeliveryId(delivery)).await.expect("events");
        events.reverse();
        events
    }

    /// How many events of a kind and class there are.
    pub async fn count(&self, delivery: i64, kind: EventKind, class: Class) -> usize {
        self.events(delivery).await.iter().filter(|event| event.kind == kind && event.class == class).count()
    }

    /// Asks as Firefox does, from that address, through the web server before us.
    pub async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut all = vec![("User-Agent", FIREFOX), ("X-Forwarded-For", "203.0.113.7")];
        all.retain(|(name, _)| !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)));
        all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
        let lines: String = all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let request = format!("{method} {path} HTTP/1.1\r\nHost: mail.bright.example\r\n{lines}{length}Connection: close\r\n\r\n{body}");
        exchange(self.public, request.as_bytes()).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], "").await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, body: &str) -> Reply {
        self.ask("POST", path, &[("Content-Type", "application/x-www-form-urlencoded")], body).await
    }
}

/// One exchange on a connection of its own.
pub async fn exchange(place: SocketAddr, request: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(place).await.expect("somebody listens");
    // Who is refused before everything was said may be cut off while speaking.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.expect("an answer in time");
    Reply::read(&answer)
}

impl Reply {
    pub fn read(answer: &[u8]) -> Self {
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(answer.len());
        let (head, body) = answer.split_at(end);
        let status = String::from_utf8_lossy(head).split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_vec(), body: body.get(4..).unwrap_or_default().to_vec() }
    }

    /// How long its body is to be, and how much of it is there; `None` while its head is not whole.
    pub fn lengths(&self) -> Option<(usize, usize)> {
        let said = self.head.split(|byte| *byte == b'\n').find_map(|line| {
            let (name, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        Some((said?, self.body.len()))
    }

    /// A field's value, byte by byte.
    pub fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.head.split(|byte| *byte == b'\n').find_map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let (field, value) = line.split_at_checked(name.len())?;
            let value = field.eq_ignore_ascii_case(name.as_bytes()).then_some(value)?.strip_prefix(b": ")?;
            Some(value.to_vec())
        })
    }

    pub fn text_of(&self, name: &str) -> String {
        String::from_utf8_lossy(&self.header(name).unwrap_or_default()).into_owned()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Letter {
    /// The path of its picture.
    pub fn picture(&self) -> String {
        self.path_of("<img src=\"")
    }

    /// The paths of its links in order; the last one is the one no person sees.
    pub fn links(&self) -> Vec<String> {
        let rest = self.equipped.html.split("href=\"").skip(1);
        let addresses = rest.filter_map(|rest| rest.split('"').next());
        addresses.filter_map(|address| Some(below(address)?.to_owned())).filter(|path| path.starts_with("/c/")).collect()
    }

    fn path_of(&self, before: &str) -> String {
        let rest = self.equipped.html.split(before).nth(1).expect("it is in the letter");
        below(rest.split('"').next().expect("an address")).expect("ours").to_owned()
    }

    pub fn token(&self) -> WebToken {
        self.way_out.token
    }
}

/// What stands behind our public address.
pub fn below(address: &str) -> Option<&str> {
    address.strip_prefix(PUBLIC)
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address of the story")
}
