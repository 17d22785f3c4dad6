//! The daemon at its ordinary work: mail comes while it watches, and it is asked to stop.

use crate::support::daemon::{Daemon, PATIENCE, Workplace, files, until};
use crate::support::engines::{Engine, Place};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};

const INQUIRY: &str = "From: Carla Ruiz <carla@bombas.example>
To: sales@bright.example
Subject: Consulta de precios bombas BX-20
Date: Mon, 16 Nov 2026 08:00:00 +0100
Message-ID: <live-1@bombas.example>
Content-Type: text/plain; charset=utf-8

Buenos días: por favor, envíennos su mejor precio para 300 unidades de la bomba BX-20, CIF Valencia.

Un saludo
Carla Ruiz
";

/// A look without a reason comes after half a minute: an event must have been noticed when the draft is there before that.
const SOON: Duration = Duration::from_secs(25);

fn serving(workplace: &Workplace) -> Daemon {
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    // The pass at the start is over once a mail dropped before it is drafted for.
    workplace.deliver("sales", "0.before", INQUIRY.replace("live-1", "before").replace("BX-20", "AX-10").as_bytes());
    until("the first draft", || workplace.drafts().len() == 1);
    daemon
}

#[test]
fn a_mail_that_comes_while_the_daemon_watches_has_its_draft_within_seconds() {
    let workplace = Workplace::opened(&[]);
    let daemon = serving(&workplace);
    let mut quickest = Duration::MAX;
    // A busy machine may be slow once; a daemon that only scans is slow every time.
    for number in 2..5 {
        let dropped = Instant::now();
        let mail = INQUIRY.replace("live-1", &format!("live-{number}")).replace("BX-20", &format!("BX-{number}0"));
        workplace.deliver("sales", &format!("{number}.live"), mail.replace("carla@", &format!("carla{number}@")).as_bytes());
        until("its draft", || workplace.drafts().len() == number);
        quickest = quickest.min(dropped.elapsed());
    }
    assert!(quickest < Duration::from_secs(5), "the quickest of three drafts took {quickest:?}");
    let (ended, _) = daemon.stop();
    assert_eq!(ended.code(), Some(0));
}

#[test]
fn a_folder_made_later_is_noticed_with_the_mail_in_it() {
    let workplace = Workplace::opened(&[]);
    let daemon = serving(&workplace);
    workplace.make_maildir("sales/.Customers");
    workplace.deliver("sales/.Customers", "1.moved", INQUIRY.as_bytes());
    until("the draft for the mail in the new folder", || workplace.drafts().len() == 2);
    // From now on the new folder is watched like the others.
    let dropped = Instant::now();
    let other = INQUIRY.replace("live-1", "live-2").replace("BX-20", "CX-77").replace("carla@", "carlos@");
    workplace.deliver("sales/.Customers", "2.moved", other.as_bytes());
    until("the draft for the next mail there", || workplace.drafts().len() == 3);
    assert!(dropped.elapsed() < SOON, "it took {:?}", dropped.elapsed());
    let places = workplace.show(&["messages"]);
    assert_eq!(places.as_array().expect("a list").len(), 3);
    assert_eq!(daemon.stop().0.code(), Some(0));
}

#[test]
fn a_daemon_that_is_asked_to_stop_stops_within_seconds_and_nothing_is_lost() {
    let workplace = Workplace::opened(&[]);
    // So much that the daemon is in the middle of it.
    for number in 0..400 {
        let mail = INQUIRY.replace("live-1", &format!("many-{number}")).replace("BX-20", &format!("BX-{number}"));
        workplace.deliver("sales", &format!("{number}.many"), mail.replace("carla@", &format!("carla{number}@")).as_bytes());
    }
    let daemon = workplace.start();
    until("the first draft", || !workplace.drafts().is_empty());
    let (ended, took) = daemon.stop();
    let in_the_middle = workplace.drafts().len();
    assert_eq!(ended.code(), Some(0), "it ended in order");
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    println!("stopped after {took:?} with {in_the_middle} drafts of 400");
    workplace.pass();
    assert_eq!(workplace.drafts().len(), 400);
    assert_eq!(files(&workplace.path("sales/.Drafts/tmp")), Vec::<std::path::PathBuf>::new());
}

#[test]
fn the_books_can_be_looked_at_while_the_daemon_works() {
    let workplace = Workplace::opened(&[]);
    let mut daemon = serving(&workplace);
    let before = std::fs::read_dir(workplace.path("")).expect("readable").count();
    for what in [&[][..], &["messages"], &["contacts"], &["drafts"], &["acts"], &["quarantine"], &["contact", "carla@bombas.example"]] {
        let shown = workplace.show(what);
        assert!(shown.is_array() || shown.is_object(), "{shown}");
        let answer = workplace.ask(&[&["show"], what].concat());
        assert!(answer.code == Some(0) && !answer.out.trim().is_empty() && answer.err.is_empty(), "{answer:?}");
    }
    let message = workplace.show(&["messages"])[0]["id"].to_string();
    let shown = workplace.show(&["message", &message]);
    assert_eq!((shown["subject"].as_str(), shown["intent"].as_str()), (Some("Consulta de precios bombas AX-10"), Some("inquiry")));
    assert!(daemon.is_running());
    assert_eq!(std::fs::read_dir(workplace.path("")).expect("readable").count(), before, "looking leaves nothing behind");
    assert_ne!(daemon.pid(), 0);
    assert!(Path::new(&workplace.path("books.sqlite")).is_file());
}

/// The other end of sd_notify(3): what the daemon tells, up to that word.
fn hear_until(socket: &UnixDatagram, wanted: &str) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.last().is_none_or(|last| last != wanted) {
        let mut words = [0; 256];
        let len = socket.recv(&mut words).unwrap_or_else(|error| panic!("{wanted} does not come after {heard:?}: {error}"));
        heard.push(String::from_utf8_lossy(&words[..len]).trim().to_owned());
    }
    heard
}

#[test]
fn systemd_is_told_that_the_daemon_is_ready_alive_and_stopping() {
    let workplace = Workplace::opened(&[]);
    let place = workplace.path("notify");
    let socket = UnixDatagram::bind(&place).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("set");
    let place = place.to_str().expect("a path in words");
    let daemon = workplace.start_with(&[("NOTIFY_SOCKET", place), ("WATCHDOG_USEC", "500000")]);
    assert_eq!(hear_until(&socket, "READY=1"), ["READY=1"], "first of all");
    let began = Instant::now();
    for _ in 0..4 {
        assert_eq!(hear_until(&socket, "WATCHDOG=1"), ["WATCHDOG=1"]);
    }
    // At once, then at half the time allowed.
    assert!(began.elapsed() >= Duration::from_millis(500), "{:?}", began.elapsed());
    assert_eq!(daemon.stop().0.code(), Some(0));
    assert!(hear_until(&socket, "STOPPING=1").iter().rev().skip(1).all(|word| word == "WATCHDOG=1"));
}

#[test]
fn a_daemon_nobody_watches_says_no_signs_of_life() {
    let workplace = Workplace::opened(&[]);
    let place = workplace.path("notify");
    let socket = UnixDatagram::bind(&place).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("set");
    let daemon = workplace.start_with(&[("NOTIFY_SOCKET", place.to_str().expect("a path in words"))]);
    hear_until(&socket, "READY=1");
    assert_eq!(daemon.stop().0.code(), Some(0));
    assert_eq!(hear_until(&socket, "STOPPING=1"), ["STOPPING=1"]);
}

#[tokio::test]
async fn a_database_server_that_drops_its_connections_ends_nothing() {
    let place = Place::new(Engine::Postgres).await;
    let workplace = Workplace::opened(&[("books.sqlite", &place.address_text())]);
    let mut daemon = serving(&workplace);
    let mut backdoor = place.backdoor().await;
    for number in 2..5 {
        let others =
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert!(backdoor.number(others).await > 0, "the daemon is connected");
        let mail = INQUIRY.replace("live-1", &format!("live-{number}")).replace("BX-20", &format!("BX-{number}0"));
        workplace.deliver("sales", &format!("{number}.live"), mail.replace("carla@", &format!("carla{number}@")).as_bytes());
        until("its draft", || !daemon.is_running() || workplace.drafts().len() == number);
        assert!(daemon.is_running(), "{}", daemon.said());
    }
    assert_eq!(daemon.stop().0.code(), Some(0));
    drop(backdoor);
    place.clear().await;
}
