//! A server that numbers a folder anew: after a move to another one, or from an old backup.

use super::office::{at, books, drafts, inquiry, messages};
use crate::corpus::Dice;
use crate::support::daemon::{Workplace, files};
use crate::support::mailserver::{Security, User, server};
use crate::support::proxy::{Fault, Habits, Plan, Proxy};
use std::fs;
use std::time::Duration;

const OLD: usize = 1_000;
const NEW: usize = 10;

#[tokio::test]
async fn a_new_uidvalidity_in_another_order_adds_only_what_is_new() {
    let li = server().user();
    let workplace = imported(&li).await;
    renumber(&li, None);
    only_the_new(&workplace, &li).await;
}

#[tokio::test]
async fn uids_that_go_down_with_the_same_uidvalidity_add_only_what_is_new() {
    let li = server().user();
    // The old UIDs begin high, so that the new ones are lower.
    fill(&li, 0..OLD);
    let uidvalidity = 1_700_000_000;
    number(&li, uidvalidity, 5_001);
    let workplace = handled(&li);
    renumber(&li, Some(uidvalidity));
    only_the_new(&workplace, &li).await;
}

#[tokio::test]
async fn uids_of_mail_that_was_set_aside_or_passed_over_hide_no_other_mail_after_a_crash() {
    const LYING: &str = "SELECT COUNT(*) FROM placement WHERE gone_at IS NULL";
    let (li, uidvalidity) = (server().user(), 1_700_000_000);
    fill(&li, 0..40);
    number(&li, uidvalidity, 1);
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let workplace = at(&li.door_at(proxy.port()));
    workplace.pass();
    let mut books = books(&workplace).await;
    assert_eq!(books.number(LYING).await, 40);
    // As if one had been private, and one too broken to be read.
    for sql in [
        "INSERT INTO passed_place (account_id, folder_id, uidvalidity, place, seen_at)
         SELECT account_id, folder_id, uidvalidity, place, seen_at FROM placement WHERE place = '3'",
        "INSERT INTO quarantine (id, account_id, folder_id, uidvalidity, place, reason, at, size, zstd)
         SELECT 1000000, account_id, folder_id, uidvalidity, place, 'broken', seen_at, 1, X'00' FROM placement WHERE place = '4'",
        "DELETE FROM placement WHERE place IN ('3', '4')",
    ] {
        books.run(sql).await.expect("the books take it");
    }
    for path in ["new", "cur"].iter().flat_map(|shelf| files(&li.maildir().join(shelf))).take(20) {
        fs::remove_file(path).expect("removed");
    }
    renumber(&li, Some(uidvalidity));
    // Slow enough to be killed when all is forgotten and nothing is read again.
    let slow = Plan { seed: 1, one_in: 1, commands: &["UID FETCH"], faults: &[Fault::Stall], stall: Duration::from_millis(400) };
    proxy.change(slow);
    let daemon = workplace.start();
    let is_forgotten = async {
        while books.number(LYING).await > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), is_forgotten).await.expect("UIDNEXT went down");
    daemon.kill();
    proxy.change(Plan::calm());
    workplace.pass();
    assert_eq!(books.number(LYING).await, 30, "20 old ones and 10 new ones");
    assert_eq!(books.number("SELECT COUNT(*) FROM message WHERE message_id LIKE 'new-%'").await, NEW as i64);
    for table in ["quarantine", "passed_place"] {
        assert_eq!(books.number(format!("SELECT COUNT(*) FROM {table} WHERE gone_at IS NULL")).await, 0, "{table}");
    }
    assert_eq!(books.number("SELECT COUNT(*) FROM quarantine").await, 1, "its bytes are kept");
}

async fn imported(li: &User<'_>) -> Workplace {
    fill(li, 0..OLD);
    handled(li)
}

/// The old mails are handled as new: each has its draft, so that an effect that comes twice is seen.
fn handled(li: &User<'_>) -> Workplace {
    let workplace = Workplace::with(&[
        ("maildir = \"sales\"", &li.door(Security::Tls)),
        ("mode = \"draft\"", "mode = \"draft\"\nfirst_look = \"handle\""),
    ]);
    workplace.pass();
    assert_eq!(drafts(li).len(), OLD);
    workplace
}

/// Writes mails into the inbox while nobody looks.
fn fill(li: &User<'_>, numbers: std::ops::Range<usize>) {
    let new = li.maildir().join("new");
    if !new.is_dir() {
        // Dovecot makes the Maildir with the owner it needs.
        li.client().select("INBOX");
    }
    for number in numbers {
        fs::write(new.join(format!("{}.M{number}.mx", 1_700_000_000 + number)), inquiry(&format!("old-{number}"))).expect("written");
    }
    li.own();
}

/// Gives the mails new names, so that their order is another, adds new mails among them, and forgets all numbers.
fn renumber(li: &User<'_>, uidvalidity: Option<u32>) {
    let mut dice = Dice(0x1dea_11d5_1dea_11d5);
    let cur = li.maildir().join("cur");
    for shelf in ["new", "cur"] {
        for path in files(&li.maildir().join(shelf)) {
            let flags = path.to_string_lossy().split_once(":2,").map_or(String::new(), |(_, flags)| flags.to_owned());
            let name = format!("{}.M{}.moved:2,{flags}", 1_700_000_000 + dice.below(9_000_000), dice.below(1 << 30));
            fs::rename(&path, cur.join(name)).expect("renamed");
        }
    }
    for number in 0..NEW {
        let name = format!("{}.M{number}.new:2,", 1_700_000_000 + dice.below(9_000_000));
        fs::write(cur.join(name), inquiry(&format!("new-{number}"))).expect("written");
    }
    for path in files(&li.maildir()) {
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("dovecot")) {
            fs::remove_file(path).expect("removed");
        }
    }
    if let Some(uidvalidity) = uidvalidity {
        number(li, uidvalidity, 1);
    }
    li.own();
}

/// Writes Dovecot's list of UIDs: the files in the order of their names, from a first number on.
fn number(li: &User<'_>, uidvalidity: u32, first: usize) {
    let mut names: Vec<String> = ["new", "cur"]
        .iter()
        .flat_map(|shelf| files(&li.maildir().join(shelf)))
        .map(|path| path.file_name().unwrap_or_default().to_string_lossy().split(":2,").next().unwrap_or_default().to_owned())
        .collect();
    names.sort();
    let lines: String = (first..).zip(&names).map(|(uid, name)| format!("{uid} :{name}\n")).collect();
    let head = format!("3 V{uidvalidity} N{} Gaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", first + names.len());
    for path in files(&li.maildir()) {
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("dovecot.index")) {
            fs::remove_file(path).expect("removed");
        }
    }
    fs::write(li.maildir().join("dovecot-uidlist"), head + &lines).expect("written");
    li.own();
}

async fn only_the_new(workplace: &Workplace, li: &User<'_>) {
    let mut books = books(workplace).await;
    let before = (messages(&mut books).await, books.number("SELECT COUNT(*) FROM act WHERE kind = 'draft'").await);
    let old: Vec<String> = drafts(li).into_keys().collect();
    workplace.pass();
    let customers = "SELECT COUNT(*) FROM message WHERE message_id LIKE '%@customer.example'";
    assert_eq!(books.number(customers).await, (OLD + NEW) as i64);
    assert_eq!(books.number("SELECT COUNT(*) FROM act WHERE kind = 'draft'").await - before.1, NEW as i64, "effects");
    let now = drafts(li);
    assert!(old.iter().all(|id| now.contains_key(id)) && now.len() == OLD + NEW, "{} drafts", now.len());
    let lying =
        "SELECT COUNT(*) FROM placement JOIN folder ON folder.id = placement.folder_id WHERE folder.role = 'inbox' AND gone_at IS NULL";
    assert_eq!(books.number(lying).await, (OLD + NEW) as i64, "each lies where it lies now, and nowhere else");
    let uids: std::collections::BTreeSet<String> = books.texts(lying.replace("COUNT(*)", "placement.place")).await.into_iter().collect();
    assert_eq!(uids, li.client().flags("INBOX").iter().map(|(uid, _)| uid.to_string()).collect());
    assert!(before.0 >= OLD as i64);
}

#[test]
fn the_server_numbers_as_this_story_wants_it() {
    let li = server().user();
    fill(&li, 0..5);
    number(&li, 1_700_000_000, 5_001);
    let mut client = li.client();
    let told = client.command("STATUS INBOX (UIDVALIDITY UIDNEXT)");
    assert!(told.iter().any(|line| line.text.contains("UIDVALIDITY 1700000000") && line.text.contains("UIDNEXT 5006")), "{told:?}");
    let first = String::from_utf8(client.mails("INBOX").remove(0).bytes).expect("text");
    drop(client);
    renumber(&li, Some(1_700_000_000));
    let mut client = li.client();
    let told = client.command("STATUS INBOX (UIDVALIDITY UIDNEXT MESSAGES)");
    assert!(
        told.iter().any(|line| line.text.contains("UIDVALIDITY 1700000000")
            && line.text.contains("UIDNEXT 16")
            && line.text.contains("MESSAGES 15")),
        "{told:?}"
    );
    assert_ne!(String::from_utf8(client.mails("INBOX").remove(0).bytes).expect("text"), first, "the order is another");
}
