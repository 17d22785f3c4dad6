//! How fast mail leaves: `cargo bench --bench sending`, or `cargo bench --bench sending -- 2000` with fewer mails.
//!
//! It starts Postfix's `smtp-sink` and sends the same number of mails of the same size to it in every run, first with Postfix's own load
//! generator `smtp-source`, which writes nothing down, then from the outbox, with every step of every mail safe on disk. Nothing is
//! asserted. `cargo bench --bench sending -- 1000000 due` prints the memory of a daemon with so many mails due at a server that takes none,
//! `cargo bench --bench sending -- 100000 inbound` how long an inquiry waits for its draft while nothing leaves, and while so many do.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "it measures, and it is told with what the tests are told with"
)]

mod support;

use anyhow::{Context, bail};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::daemon::{self, Workplace, until};
use tradepost::record::outbox::{self, MailClass, NewOutgoing, SentCopy, claims};
use tradepost::record::{Books, BooksAddress, Purpose, RawMail, accounts};
use tradepost::types::{AccountId, EmailAddress, MessageId, Moment};

const MAILS: usize = 20_000;
const RUNS: usize = 3;
const CONNECTIONS: usize = 16;
const BYTES: usize = 5_000;
const INQUIRIES: usize = 100;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mails = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(MAILS).max(1);
    let runtime = tokio::runtime::Runtime::new()?;
    println!("{mails} mails of {BYTES} bytes, {CONNECTIONS} connections, {} cores\n", std::thread::available_parallelism()?);
    let is_asked = |what: &str| arguments.iter().any(|argument| argument == what);
    match (is_asked("due"), is_asked("inbound")) {
        (true, _) => runtime.block_on(memory(mails)),
        (_, true) => runtime.block_on(inbound(mails)),
        _ => runtime.block_on(speed(mails)),
    }
}

async fn speed(mails: usize) -> anyhow::Result<()> {
    let sink = Sink::start()?;
    let (mut plain, mut outbox) = (Vec::new(), Vec::new());
    for run in 1..=RUNS {
        let began = Instant::now();
        source(sink.port, mails)?;
        plain.push(began.elapsed());
        let workplace = workplace(sink.port);
        fill(&workplace, mails).await?;
        let began = Instant::now();
        workplace.pass();
        outbox.push(began.elapsed());
        println!("run {run}: smtp-source {:>6.0}/s, outbox {:>6.0}/s", rate(mails, plain[run - 1]), rate(mails, outbox[run - 1]));
    }
    let (plain, outbox) = (rate(mails, median(&mut plain)), rate(mails, median(&mut outbox)));
    println!("\nmedian: smtp-source {plain:.0}/s, outbox {outbox:.0}/s, {:.2} of it", outbox / plain);
    waiting(&sink, mails.min(2_000)).await
}

/// From the claim of a delivery to the end of DATA but for the final dot, read off a log.
async fn waiting(sink: &Sink, mails: usize) -> anyhow::Result<()> {
    let workplace = workplace(sink.port);
    fill(&workplace, mails).await?;
    let mut command = workplace.command(&["run", "--once"]);
    command.env("TRADEPOST_LOG", "warn,tradepost::flow::outbox=trace");
    let said = command.output().context("the program starts")?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let of_line = |line: &str| line.split("since_claim_ms=").nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok();
    let mut waits_ms: Vec<u64> = said.lines().filter_map(of_line).collect();
    waits_ms.sort_unstable();
    if waits_ms.is_empty() {
        bail!("the log tells no waiting times");
    }
    let at = |percent: usize| waits_ms[(waits_ms.len() - 1) * percent / 100];
    println!("claim to the last byte before the final dot, {} mails: p50 {} ms, p99 {} ms", waits_ms.len(), at(50), at(99));
    Ok(())
}

/// From the arrival of an inquiry in a Maildir to its draft: while nothing leaves, then while mail leaves all the time.
async fn inbound(mails: usize) -> anyhow::Result<()> {
    let sink = Sink::start()?;
    let workplace = workplace(sink.port);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    drafts_in_time(&workplace, 0, "nothing leaves");
    fill(&workplace, mails).await?;
    // The daemon asks what other processes have entered every two seconds.
    std::thread::sleep(Duration::from_secs(3));
    drafts_in_time(&workplace, INQUIRIES, "mail leaves");
    let books = Books::open(&BooksAddress::Sqlite(workplace.path("books.sqlite")), Purpose::Command).await?;
    let mut session = books.look().await?;
    let account = accounts::list(&mut session).await?.first().context("a mailbox")?.id;
    if claims::find_next_due(&mut session, account, MailClass::Letter).await?.is_none() {
        bail!("all mail had left before the inquiries ended: ask for more");
    }
    Ok(())
}

/// Delivers inquiries, one after the other was drafted, and prints how long each waited.
fn drafts_in_time(workplace: &Workplace, before: usize, what: &str) {
    let mut waits_ms: Vec<u128> = Vec::with_capacity(INQUIRIES);
    for number in before + 1..=before + INQUIRIES {
        let inquiry = format!(
            "From: Buyer {number} <buyer@firm-{number}.example>\r\nTo: sales@bright.example\r\nSubject: Flood lights\r\n\
             Date: Mon, 16 Nov 2026 09:00:00 +0000\r\nMessage-ID: <inquiry-{number}@firm-{number}.example>\r\n\r\n\
             Dear Sirs,\r\nplease quote 500 pcs LED flood light 50 W, CIF Hamburg.\r\n"
        );
        let began = Instant::now();
        workplace.deliver("sales", &format!("1794790700.{number}.mx"), inquiry.as_bytes());
        while daemon::files(&workplace.path("sales/.Drafts/cur")).len() < number {
            std::thread::sleep(Duration::from_millis(1));
        }
        waits_ms.push(began.elapsed().as_millis());
        std::thread::sleep(Duration::from_millis(50));
    }
    waits_ms.sort_unstable();
    let at = |percent: usize| waits_ms[(waits_ms.len() - 1) * percent / 100];
    println!("{what}: arrival to draft, {INQUIRIES} inquiries: p50 {} ms, p99 {} ms", at(50), at(99));
}

async fn memory(mails: usize) -> anyhow::Result<()> {
    // A port that nobody listens on: everything stays due.
    let closed = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let workplace = workplace(closed);
    fill(&workplace, mails).await?;
    let daemon = workplace.start();
    std::thread::sleep(Duration::from_secs(20));
    println!("{mails} due: {:.0} MB at most", daemon.peak_memory_kb() as f64 / 1_000.0);
    Ok(())
}

fn workplace(port: u16) -> Workplace {
    let sending = format!("[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {port}\nconnections = {CONNECTIONS}\n\n[storage]");
    Workplace::opened(&[("[storage]", &sending)])
}

/// Mails, each to its own recipient, as they wait in the outbox.
async fn fill(workplace: &Workplace, mails: usize) -> anyhow::Result<()> {
    let books = Books::open(&BooksAddress::Sqlite(workplace.path("books.sqlite")), Purpose::Command).await?;
    let mut session = books.look().await?;
    let account = accounts::list(&mut session).await?.first().context("a mailbox")?.id;
    drop(session);
    let from = EmailAddress::parse("sales@bright.example")?;
    for first in (0..mails).step_by(2_000) {
        let mut session = books.begin().await?;
        for number in first..mails.min(first + 2_000) {
            add(&mut session, account, &from, number).await?;
        }
        session.commit().await?;
    }
    books.close().await;
    Ok(())
}

async fn add(session: &mut tradepost::record::Session, account: AccountId, from: &EmailAddress, number: usize) -> anyhow::Result<()> {
    let (to, id) = (format!("buyer-{number}@customers.example"), format!("offer-{number}@bright.example"));
    let head = format!(
        "From: Li Wei <{from}>\r\nTo: {to}\r\nSubject: Offer {number}\r\nDate: Mon, 16 Nov 2026 09:00:00 +0800\r\nMessage-ID: <{id}>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    );
    let line = format!("{number:06} LED flood lights of 50 W, IP66, in cartons of ten, FOB Ningbo\r\n");
    let text = line.repeat(BYTES.saturating_sub(head.len()) / line.len());
    let raw = RawMail::compress(format!("{head}{text}").as_bytes())?;
    let new = NewOutgoing {
        effect_key: &format!("letter:{number}"),
        account,
        thread: None,
        answers: None,
        header_id: &MessageId::parse(&id).context("an id")?,
        class: MailClass::Letter,
        envelope_from: Some(from),
        subject: "Offer",
        sent_copy: SentCopy::None,
        raw: &raw,
        recipients: &[EmailAddress::parse(&to)?],
        due_at: Moment(0),
        not_after: None,
        now: Moment(0),
    };
    outbox::add(session, &new).await?;
    Ok(())
}

/// Postfix's server that takes everything and keeps nothing.
struct Sink {
    port: u16,
    child: Child,
}

impl Sink {
    fn start() -> anyhow::Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut command = Command::new(program("smtp-sink"));
        command.args(["-u", "nobody", "-c", &format!("127.0.0.1:{port}"), "1000"]).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().context("smtp-sink of Postfix is needed")?;
        until("smtp-sink listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Ok(Self { port, child })
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn source(port: u16, mails: usize) -> anyhow::Result<()> {
    let mut command = Command::new(program("smtp-source"));
    command.args(["-d", "-s", &CONNECTIONS.to_string(), "-m", &mails.to_string(), "-l", &BYTES.to_string()]);
    command.args(["-f", "sales@bright.example", "-t", "buyer@customers.example", &format!("127.0.0.1:{port}")]);
    let done = command.output().context("smtp-source of Postfix is needed")?;
    if !done.status.success() {
        bail!("smtp-source failed: {}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(())
}

/// Where Debian puts what is the administrator's.
fn program(name: &str) -> PathBuf {
    ["/usr/sbin", "/usr/local/sbin"]
        .iter()
        .map(|folder| PathBuf::from(folder).join(name))
        .find(|path| path.is_file())
        .unwrap_or(name.into())
}

fn rate(mails: usize, took: Duration) -> f64 {
    mails as f64 / took.as_secs_f64()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
