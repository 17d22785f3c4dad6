//! A daemon that is asked to stop while a server keeps it waiting.

use super::office::{books, drafts, inquiry, messages, opened_at};
use crate::support::daemon::{Daemon, Workplace, until};
use crate::support::mailserver::{User, server};
use crate::support::proxy::{Fault, Habits, Plan, Proxy};
use std::time::Duration;

/// What is in hand is given half a minute.
const DRAINED_WITHIN: Duration = Duration::from_secs(32);
const AT_ONCE: Duration = Duration::from_secs(2);

/// Longer than anybody waits.
const NO_ANSWER: Duration = Duration::from_secs(600);

/// A daemon that has drafted for one mail, and is in the middle of a command to which there is no answer when this returns.
fn stuck(li: &User<'_>, proxy: &Proxy, workplace: &Workplace, command: &'static [&'static str]) -> Daemon {
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    li.receive(inquiry("before").as_bytes());
    until("the first draft", || drafts(li).len() == 1 && daemon.said().contains("Acts were done"));
    proxy.change(Plan { seed: 1, one_in: 1, commands: command, faults: &[Fault::Stall], stall: NO_ANSWER });
    for number in 0..5 {
        li.receive(inquiry(&format!("stuck-{number}")).as_bytes());
    }
    until("the server falls silent", || proxy.faults().contains_key(&Fault::Stall));
    // The command has reached the server.
    std::thread::sleep(Duration::from_secs(1));
    daemon
}

/// The next start finds what is left.
async fn each_is_drafted_for_once(li: &User<'_>, workplace: &Workplace, proxy: &Proxy) {
    proxy.change(Plan::calm());
    let daemon = workplace.start();
    let mut books = books(workplace).await;
    until("all drafts", || drafts(li).len() == 6);
    while books.number("SELECT COUNT(*) FROM act WHERE state <> 'done'").await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(daemon.stop().0.code(), Some(0));
    let before = (messages(&mut books).await, drafts(li));
    workplace.pass();
    assert!(before == (messages(&mut books).await, drafts(li)) && before.1.len() == 6, "{before:?}");
}

#[tokio::test]
async fn asked_once_the_daemon_waits_half_a_minute_for_a_silent_server_and_nothing_is_lost() {
    let li = server().user();
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let workplace = opened_at(&li.door_at(proxy.port()));
    let daemon = stuck(&li, &proxy, &workplace, &["UID FETCH"]);
    let (ended, took) = daemon.stop();
    println!("asked once: {took:?}");
    assert_eq!(ended.code(), Some(0));
    assert!(took > Duration::from_secs(25) && took < DRAINED_WITHIN, "{took:?}");
    each_is_drafted_for_once(&li, &workplace, &proxy).await;
}

#[tokio::test]
async fn asked_twice_it_ends_at_once_and_a_draft_that_was_on_its_way_is_put_there_once() {
    let li = server().user();
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let workplace = opened_at(&li.door_at(proxy.port()));
    let daemon = stuck(&li, &proxy, &workplace, &["APPEND"]);
    daemon.ask_to_stop();
    // Two signals in one instant are one.
    std::thread::sleep(Duration::from_millis(500));
    let (ended, took) = daemon.stop();
    println!("asked twice: {took:?}");
    assert_eq!(ended.code(), Some(0));
    assert!(took < AT_ONCE, "{took:?}");
    each_is_drafted_for_once(&li, &workplace, &proxy).await;
}
