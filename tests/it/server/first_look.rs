//! The first look at a mailbox that is years old.

use super::office::{at, at_with_more, books, inquiry, lying, messages};
use crate::support::daemon::{files, until};
use crate::support::mailserver::{Security, User, server};
use crate::support::proxy::{Fault, Habits, Plan, Proxy, TEXTS};
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

const MAILS: usize = 5_000;
/// 14 November 2023; a mail every hour from then on.
const BEGAN_S: usize = 1_700_000_000;

#[tokio::test]
async fn the_first_look_at_five_thousand_mails_reads_and_changes_nothing() {
    let li = server().user_on_record();
    fill(&li);
    let before = li.client().flags("INBOX");
    assert_eq!(before.len(), MAILS);
    assert_eq!(before.iter().filter(|(_, flags)| flags.contains(&"\\Seen".to_owned())).count(), MAILS / 2);
    let (said_before, out_before) = (li.said_to_server().len(), files(&server().world().join("new")).len());

    let workplace = at(&li.door(Security::Tls));
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    let mut books = books(&workplace).await;
    while messages(&mut books).await < MAILS as i64 {
        assert!(daemon.is_running(), "{}", daemon.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A mail that comes now is no history.
    li.receive(inquiry("today").as_bytes());
    until("the draft of today", || lying(&li, "Drafts").len() == 1);
    assert_eq!(daemon.stop().0.code(), Some(0));

    let history = "FROM message WHERE message_id LIKE 'year-%'";
    assert_eq!(books.number(format!("SELECT COUNT(*) {history} AND historical = 1")).await, MAILS as i64);
    assert_eq!(books.number("SELECT COUNT(*) FROM draft").await, 1);
    // The newest first: whoever writes today is known before last year is read.
    let first = books.number(format!("SELECT MIN(sent_at) FROM (SELECT sent_at {history} ORDER BY message.id LIMIT 500)")).await;
    let last = books.number(format!("SELECT MAX(sent_at) FROM (SELECT sent_at {history} ORDER BY message.id DESC LIMIT 500)")).await;
    assert!(first > last, "the first 500 recorded are younger than the last 500");
    let dates = (0..MAILS).map(|number| i64::try_from((BEGAN_S + 3_600 * number) * 1_000).expect("small"));
    assert_eq!(books.number(format!("SELECT SUM(sent_at) {history}")).await, dates.sum::<i64>(), "dates are kept");

    let mut after = li.client().flags("INBOX");
    assert_eq!(after.pop().map(|(_, flags)| flags), Some(Vec::new()));
    assert_eq!(after, before, "no flag was changed");
    let said = li.said_to_server().split_off(said_before);
    for word in [" STORE", " EXPUNGE", " MOVE ", " COPY ", " DELETE ", " RENAME ", " BODY["] {
        assert!(!said.to_uppercase().contains(word), "{word} was said");
    }
    assert_eq!(said.matches("APPEND ").count(), 1, "the draft of today, and nothing else");
    assert_eq!(files(&server().world().join("new")).len(), out_before, "nothing was sent to him or her");
}

#[test]
fn a_mailbox_that_waits_for_its_turn_to_read_history_lists_none_of_it_and_reads_what_comes() {
    let (busy, other, li) = (server().user(), server().user(), server().user_on_record());
    for (whose, user) in [&busy, &other, &li].into_iter().enumerate() {
        let mut client = user.client();
        (0..60).for_each(|number| _ = client.append("INBOX", "\\Seen", inquiry(&format!("old-{whose}-{number}")).as_bytes()));
    }
    let proxies = [(); 3].map(|()| Proxy::start(server().imap(), Plan::calm(), Habits::default()));
    // Two mailboxes read their history and are held up in it.
    let held_up = Plan { commands: &[TEXTS], faults: &[Fault::Stall], stall: Duration::from_secs(90), ..Plan::storm(1, 1) };
    proxies[0].change(held_up.clone());
    proxies[1].change(held_up);
    proxies[2].change(Plan { commands: &["LIST"], faults: &[Fault::CutBefore], ..Plan::storm(1, 1) });
    let door = |user: &User<'_>, proxy: &Proxy| user.door_at(proxy.port());
    let more = [
        ("other".to_owned(), "other@bright.example".to_owned(), door(&other, &proxies[1])),
        ("li".to_owned(), "li.wei@bright.example".to_owned(), door(&li, &proxies[2])),
    ];
    let workplace = at_with_more(&door(&busy, &proxies[0]), &more);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    until("both are held up", || proxies.iter().take(2).all(|proxy| proxy.faults().contains_key(&Fault::Stall)));
    let said_before = li.said_to_server().len();
    proxies[2].change(Plan::calm());
    until("it was looked at", || li.said_to_server().split_off(said_before).contains("EXAMINE"));
    std::thread::sleep(Duration::from_millis(500));
    li.receive(inquiry("today").as_bytes());
    until("the draft of today", || lying(&li, "Drafts").len() == 1);
    let said = li.said_to_server().split_off(said_before);
    // Number 1 alone is the draft, which is looked at once it lies there.
    let listed: Vec<&str> = said.lines().filter(|line| line.contains(" UID FETCH 1:") || line.contains(":60 ")).collect();
    assert_eq!(listed, Vec::<&str>::new(), "nothing of the history");
    // The others are through.
    proxies.iter().for_each(|proxy| proxy.change(Plan::calm()));
    proxies.iter().take(2).for_each(Proxy::cut);
    let is_done = || workplace.show(&["messages"]).as_array().map_or(0, Vec::len) == 181;
    until("all history is read", is_done);
    assert_eq!(daemon.stop().0.code(), Some(0));
}

/// Years of mail, half of it read; the file's time is the day it came.
fn fill(li: &User<'_>) {
    li.client().select("INBOX");
    for number in 0..MAILS {
        let at = BEGAN_S + 3_600 * number;
        let date = jiff::Timestamp::from_second(at as i64).expect("a time").strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let mail = inquiry(&format!("year-{number:04}")).replace("Mon, 16 Nov 2026 08:00:00 +0100", &date).replace("<year-", "<year-x");
        let path = li.maildir().join("cur").join(format!("{at}.M{number}.mx:2,{}", if number % 2 == 0 { "S" } else { "" }));
        fs::write(&path, mail).expect("written");
        let came = SystemTime::UNIX_EPOCH + Duration::from_secs(at as u64);
        File::options().write(true).open(&path).and_then(|file| file.set_modified(came)).expect("dated");
    }
    li.own();
}
