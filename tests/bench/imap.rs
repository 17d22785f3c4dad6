//! How fast mail on a server is handled: `cargo bench --bench imap`, or `cargo bench --bench imap -- 2000` with fewer mails.
//!
//! It starts Dovecot in a folder of its own, as the tests do, and needs `mbsync` (package `isync`) to compare with. Both fetch the
//! same mailbox, one after the other, in every run. Nothing is asserted.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "it measures, and it is told with what the tests are told with"
)]

mod mail;
mod support;
mod tap;

use anyhow::{Context, bail};
use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::client::field;
use support::daemon::{Workplace, files, until, within};
use support::mailserver::{PASSWORD, Security, Shape, User, unusual};
use tap::Tap;

const MAILS: usize = 20_000;
const RUNS: usize = 3;
/// Lengths of the attachments: in base64 the longest are 2 MB.
const ATTACHMENTS: std::ops::Range<usize> = 10_000..1_500_000;
const LATENCY_MAILS: usize = 300;
const LATENCY_PAUSE: Duration = Duration::from_millis(100);
const MAILBOXES: usize = 100;

fn main() -> anyhow::Result<()> {
    let wanted = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let mails = wanted.unwrap_or(MAILS).max(1);
    let server = unusual(&Shape::default());
    println!("{} cores, {RUNS} runs each\n", std::thread::available_parallelism()?);
    let li = server.user();
    backlog(&li, server.imap(), mails)?;
    latency(&server.user(), server.imap())?;
    memory(&(0..MAILBOXES).map(|_| server.user()).collect::<Vec<_>>())
}

/// `mbsync` and the program fetch the same mailbox.
fn backlog(li: &User<'_>, port: u16, mails: usize) -> anyhow::Result<()> {
    li.client().select("INBOX");
    mail::write(&li.maildir(), mails, &ATTACHMENTS)?;
    li.own();
    let mut sizes: Vec<u64> =
        files(&li.maildir().join("cur")).iter().filter_map(|path| fs::metadata(path).ok()).map(|facts| facts.len()).collect();
    sizes.sort_unstable();
    let megabytes = sizes.iter().sum::<u64>() >> 20;
    println!("{mails} mails, {megabytes} MB, half of them below {} bytes, the largest {} kB", sizes[mails / 2], sizes[mails - 1] / 1_024);
    // Dovecot reads the mailbox once before anything is measured.
    li.client().command("SELECT INBOX");
    mbsync(li, port)?;

    println!("{:<20} {:>10} {:>10}", "", "seconds", "mails/s");
    let line = |name: &str, seconds: f64| print!("{name:<20} {seconds:>10.1} {:>10.0}", mails as f64 / seconds);
    let mut ratios = Vec::new();
    for _ in 0..RUNS {
        let theirs = mbsync(li, port)?;
        line("mbsync", theirs);
        println!();
        // The same without drafts: what is left is fetching, understanding and recording.
        for (name, mode) in [("tradepost, observing", "observe"), ("tradepost, drafting", "draft")] {
            let pass = tradepost(li, mode)?;
            line(name, pass.seconds);
            println!("   {:.1} s of the processor, {} drafts, most memory {}", pass.cpu_seconds, pass.drafts, pass.peak);
            if mode == "draft" {
                ratios.push(theirs / pass.seconds);
            }
        }
    }
    ratios.sort_by(f64::total_cmp);
    println!("tradepost fetches, understands, records and drafts at {:.2} times the pace of mbsync (median)\n", ratios[RUNS / 2]);
    Ok(())
}

/// Seconds `mbsync` needs to fetch the mailbox into an empty folder.
fn mbsync(li: &User<'_>, port: u16) -> anyhow::Result<f64> {
    let place = tempfile::Builder::new().prefix("tradepost-bench-").tempdir()?;
    let folder = place.path().display();
    let text = format!(
        "IMAPStore server\nHost 127.0.0.1\nPort {port}\nUser {}\nPass {PASSWORD}\nSSLType None\nAuthMechs LOGIN\n\nMaildirStore here\nInbox \
         {folder}/INBOX\nPath {folder}/\n\nChannel pull\nFar :server:\nNear :here:\nPatterns INBOX\nSync Pull\nCreate Near\nSyncState *\n",
        li.address
    );
    let config = place.path().join("mbsyncrc");
    fs::write(&config, text)?;
    let began = Instant::now();
    let output =
        Command::new("mbsync").arg("-c").arg(&config).arg("-q").arg("pull").output().context("mbsync comes with the package isync")?;
    let took = began.elapsed().as_secs_f64();
    if !output.status.success() {
        bail!("mbsync: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(took)
}

/// What one pass over the mailbox took.
struct Pass {
    seconds: f64,
    /// Of them in our own process.
    cpu_seconds: f64,
    drafts: usize,
    peak: String,
}

/// One pass over the mailbox as if all of it were new. What it left is removed.
fn tradepost(li: &User<'_>, mode: &str) -> anyhow::Result<Pass> {
    let mut client = li.client();
    let before: Vec<u32> = client.flags("INBOX").iter().map(|(uid, _)| *uid).collect();
    let workplace = Workplace::with(&[
        ("maildir = \"sales\"", &li.door(Security::None)),
        ("mode = \"draft\"", &format!("mode = \"{mode}\"\nfirst_look = \"handle\"")),
    ]);
    let mut command = workplace.command(&["run", "--once"]);
    command.env("TRADEPOST_LOG", "error").stdout(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn()?;
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let (mut peak, mut ticks) = (String::new(), 0);
    let ended = loop {
        // The kernel keeps both: the last look before the end has them, but for the last hundredth of a second.
        let status = fs::read_to_string(process.join("status")).unwrap_or_default();
        if let Some(line) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            line.trim().clone_into(&mut peak);
        }
        ticks = ticks.max(cpu_ticks(&fs::read_to_string(process.join("stat")).unwrap_or_default()));
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let seconds = began.elapsed().as_secs_f64();
    if !ended.success() {
        bail!("tradepost run --once failed ({ended})");
    }
    let drafts = client.count("Drafts");
    client.select("Drafts");
    if drafts > 0 {
        client.add_flags("1:*", "\\Deleted");
        client.command("EXPUNGE");
    }
    let notes: Vec<String> =
        client.flags("INBOX").iter().filter(|(uid, _)| !before.contains(uid)).map(|(uid, _)| uid.to_string()).collect();
    for note in notes {
        client.remove(note.parse()?);
    }
    // Linux counts in hundredths (proc_pid_stat(5)).
    Ok(Pass { seconds, cpu_seconds: ticks as f64 / 100.0, drafts, peak })
}

/// utime and stime of `/proc/PID/stat`; the name before them may hold anything but a closing bracket after the last.
fn cpu_ticks(stat: &str) -> u64 {
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

/// How long after the server tells the daemon of a mail its draft lies there: by the clock of a tap between the two, for Dovecot tells
/// each connection half a second after the last change at the most, and no two at the same moment.
fn latency(li: &User<'_>, port: u16) -> anyhow::Result<()> {
    let tap = Tap::on(port)?;
    let door = li.door_at(tap.port);
    let workplace = Workplace::opened(&[("maildir = \"sales\"", &door)]);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    let mut came = Vec::new();
    let mut lies = HashMap::new();
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let receiving = scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(2));
            (0..LATENCY_MAILS)
                .map(|number| {
                    li.receive(inquiry(number).as_bytes());
                    let now = Instant::now();
                    std::thread::sleep(LATENCY_PAUSE);
                    now
                })
                .collect::<Vec<_>>()
        });
        let mut seen = std::collections::HashSet::new();
        within(Duration::from_secs(120), || {
            for path in ["new", "cur"].iter().flat_map(|shelf| files(&li.maildir().join(".Drafts").join(shelf))) {
                let name = path.file_name().unwrap_or_default().to_string_lossy().split(":2,").next().unwrap_or_default().to_owned();
                if !seen.insert(name) {
                    continue;
                }
                let now = Instant::now();
                let text = fs::read_to_string(&path).unwrap_or_default();
                let answers = field(&text, "In-Reply-To").unwrap_or_default();
                if let Some(number) =
                    answers.trim_start_matches("<latency-").split('@').next().and_then(|number| number.parse::<usize>().ok())
                {
                    lies.insert(number, now);
                }
            }
            (lies.len() == LATENCY_MAILS).then_some(())
        })
        .context("not every mail got its draft")?;
        came = receiving.join().ok().context("a mail could not be delivered")?;
        Ok(())
    })?;
    let span = |from: Option<Instant>, number: &usize| Some(lies.get(number)?.saturating_duration_since(from?));
    percentiles("from EXISTS to the draft", lies.keys().filter_map(|number| span(tap.told_of_more_than(*number), number)).collect());
    percentiles("from the delivery to the draft", lies.keys().filter_map(|number| span(came.get(*number).copied(), number)).collect());
    daemon.stop();
    println!();
    Ok(())
}

fn percentiles(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |hundredths: usize| took.get(took.len() * hundredths / 100).or(took.last()).copied().unwrap_or_default();
    println!("{} mails at ten a second, {what}: p50 {:?}, p99 {:?}, longest {:?}", took.len(), at(50), at(99), at(100));
}

fn inquiry(number: usize) -> String {
    format!(
        "From: Buyer {number} <buyer@latency-{number}.example>\r\nTo: sales@bright.example\r\nSubject: Inquiry KX-{number}\r\nDate: Mon, 16 Nov \
         2026 08:00:00 +0100\r\nMessage-ID: <latency-{number}@customer.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlease send us \
         your best price for 500 pcs of LED panel KX-{number}, CIF Hamburg.\r\n\r\nKind regards\r\nBuyer {number}\r\n"
    )
}

/// What the daemon needs for many mailboxes, each with a mail.
fn memory(users: &[User<'_>]) -> anyhow::Result<()> {
    let (first, others) = users.split_first().context("there are users")?;
    let sections: String = (1..)
        .zip(others)
        .map(|(number, user)| {
            format!(
                "[[mailboxes]]\nname = \"m{number}\"\naddress = \"m{number}@bright.example\"\n{}\nmode = \"draft\"\n\n",
                user.door(Security::Tls)
            )
        })
        .collect();
    let door = first.door(Security::Tls);
    let workplace = Workplace::opened(&[("maildir = \"sales\"", &door), ("[storage]", &format!("{sections}[storage]"))]);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    for (number, user) in (10_000..).zip(users) {
        user.receive(inquiry(number).as_bytes());
    }
    until("every mailbox has its draft", || users.iter().all(|user| !files(&user.maildir().join(".Drafts/cur")).is_empty()));
    let connections: usize = users.iter().map(User::connections).sum();
    println!("{} mailboxes with TLS, {connections} connections: most memory {} MB", users.len(), daemon.peak_memory_kb() / 1_024);
    daemon.stop();
    Ok(())
}
