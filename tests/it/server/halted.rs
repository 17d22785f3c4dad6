//! A server that halts, and one that has little room.

use super::office::{drafts, inquiry, opened_at, with_more};
use crate::support::daemon::{until, within};
use crate::support::mailserver::{Security, Shape, server, unusual};
use crate::support::proxy::{Habits, Plan, Proxy};
use rustix::process::Signal;
use std::time::{Duration, Instant};

/// IDLE is begun anew every two minutes, and the longest a server may be silent to a command is two minutes more.
const FOUND_OUT_MAX: Duration = Duration::from_secs(330);

#[test]
fn a_mailbox_whose_server_halts_is_caught_up_and_disturbs_no_other() {
    let (halted, other) = (server().user(), server().user());
    let more = [("other".to_owned(), "other@bright.example".to_owned(), other.door(Security::Tls))];
    let workplace = with_more(&halted.door(Security::Tls), &more);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    halted.receive(inquiry("first").as_bytes());
    until("the first draft", || drafts(&halted).len() == 1 && daemon.said().contains("Acts were done"));

    assert!(halted.signal(Signal::STOP) >= 1, "its processes are halted");
    for number in 0..20 {
        halted.receive(inquiry(&format!("halted-{number}")).as_bytes());
    }
    other.receive(inquiry("undisturbed").as_bytes());
    let began = Instant::now();
    let quick = within(Duration::from_secs(15), || (drafts(&other).len() == 1).then_some(()));
    assert!(quick.is_some(), "the other mailbox goes on:\n{}", daemon.said());
    println!("the other one was served after {:?}", began.elapsed());
    // The old processes stay halted: the daemon must find out by itself and come again.
    let caught_up = within(FOUND_OUT_MAX, || (drafts(&halted).len() == 21).then_some(()));
    println!("caught up after {:?}, {} connections", began.elapsed(), halted.connections());
    assert!(caught_up.is_some(), "{} of 21 drafts:\n{}", drafts(&halted).len(), daemon.said());
    halted.signal(Signal::CONT);
    until("the old connections end", || halted.connections() <= 2);
    assert_eq!(daemon.stop().0.code(), Some(0));
}

#[test]
fn a_server_that_allows_three_connections_is_never_asked_for_more_than_two() {
    let server = unusual(&Shape { connections_max: Some(3), ..Shape::default() });
    let li = server.user();
    let proxy = Proxy::start(server.imap(), Plan::calm(), Habits::default());
    let workplace = opened_at(&li.door_at(proxy.port()));
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    let logins = || proxy.commands("LOGIN") + proxy.commands("AUTHENTICATE");
    let began = (logins(), Instant::now());
    for number in 0..10 {
        li.receive(inquiry(&format!("cut-{number}")).as_bytes());
        std::thread::sleep(Duration::from_secs(2));
        proxy.cut();
    }
    let drafted = within(Duration::from_secs(100), || (drafts(&li).len() == 10).then_some(()));
    println!("{} logins in {:?}, most connections at once {:?}", logins() - began.0, began.1.elapsed(), proxy.connections());
    assert!(drafted.is_some(), "{} of 10 drafts:\n{}", drafts(&li).len(), daemon.said());
    assert!(proxy.connections().1 <= 2, "{:?}", proxy.connections());
    // Two connections, ten cuts, and a try or two after each.
    assert!(logins() - began.0 <= 50, "{} logins", logins() - began.0);
    assert!(!server.said().contains("Maximum number of connections"), "nobody was refused");
    assert_eq!(daemon.stop().0.code(), Some(0));
}

#[test]
fn after_a_lost_connection_only_what_changed_is_looked_into() {
    let li = server().user_on_record();
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let workplace = opened_at(&li.door_at(proxy.port()));
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    li.receive(inquiry("before").as_bytes());
    until("the first draft", || drafts(&li).len() == 1 && daemon.said().contains("Acts were done"));
    let listings = || li.said_to_server().lines().filter(|line| line.contains(" UID FETCH 1") && line.ends_with(" (UID)")).count();
    // The first draft is looked at as well: what it made to be listed comes before what is counted.
    let mut before = listings();
    until("nothing more is listed", || {
        std::thread::sleep(Duration::from_secs(1));
        std::mem::replace(&mut before, listings()) == before
    });
    proxy.cut();
    li.receive(inquiry("after").as_bytes());
    until("the second draft", || drafts(&li).len() == 2);
    assert_eq!(listings(), before, "the marks tell that nothing went");
}
