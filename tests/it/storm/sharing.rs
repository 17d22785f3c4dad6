//! Three daemons on one database server share twelve mailboxes: one is killed, one is halted for longer than its leases last, while mail
//! pours in.

use crate::support::daemon::{Daemon, PATIENCE, Workplace, deliver, files};
use crate::support::engines::{Backdoor, Engine, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

const MAILBOXES: usize = 12;
const LEASE: Duration = Duration::from_secs(6);
/// Customers of each mailbox.
const CUSTOMERS: usize = 6;
const LOOK_AGAIN: Duration = Duration::from_millis(50);

fn name(mailbox: usize) -> String {
    if mailbox == 0 { "sales".to_owned() } else { format!("sales-{mailbox:02}") }
}

fn next(mailbox: usize) -> String {
    name((mailbox + 1) % MAILBOXES)
}

/// The house of these stories, looked at once, so that whatever comes now is new.
fn house(place: &Place) -> Workplace {
    let sections: String = (1..MAILBOXES)
        .map(name)
        .map(|name| {
            format!("[[mailboxes]]\nname = \"{name}\"\naddress = \"{name}@bright.example\"\nmaildir = \"{name}\"\nmode = \"draft\"\n\n")
        })
        .collect();
    let storage = format!("\"{}\"\nlease_seconds = {}", place.address_text(), LEASE.as_secs());
    let workplace = Workplace::with(&[("\"books.sqlite\"", &storage), ("[storage]", &format!("{sections}[storage]"))]);
    (1..MAILBOXES).for_each(|mailbox| workplace.make_maildir(&name(mailbox)));
    workplace.pass();
    workplace
}

/// A customer's mail, the first or a further one in their thread.
fn mail(customer: &str, round: usize) -> String {
    let (again, fields) = match round {
        0 => (String::new(), String::new()),
        _ => (format!("-{round}"), format!("In-Reply-To: <{customer}@buyers.example>\nReferences: <{customer}@buyers.example>\n")),
    };
    let subject = format!("{}Inquiry for LED panels {customer}", if round == 0 { "" } else { "Re: " });
    format!(
        "From: Carla Ruiz <buyer@{customer}.example>\nTo: sales@bright.example\nSubject: {subject}\nDate: Mon, 16 Nov 2026 08:00:00 +0100\n\
         Message-ID: <{customer}{again}@buyers.example>\n{fields}MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n\
         Dear Sir or Madam,\n\nWe are a wholesaler. Please send us your best price for {} pcs of LED panel {customer}, CIF Hamburg, and your \
         delivery time.\n\nKind regards\nCarla Ruiz\n",
        500 + round
    )
}

/// Drops one customer's mail for every mailbox; the second customer's comes to the next mailbox too.
fn pour(workplace: &Workplace, customer: usize) {
    for mailbox in 0..MAILBOXES {
        let who = format!("c{mailbox:02}-{customer}");
        deliver(&workplace.path(&name(mailbox)), &format!("{who}.first"), mail(&who, 0).as_bytes());
        if customer == 1 {
            let copy = format!("Received: from mx2 by mail; Mon, 16 Nov 2026 09:00:00 +0800\n{}", mail(&who, 0));
            deliver(&workplace.path(&next(mailbox)), &format!("{who}.copy"), copy.as_bytes());
        }
    }
}

/// The first customer of every mailbox writes again, to the next one: the draft there replaces the one here.
fn pour_again(workplace: &Workplace) {
    for mailbox in 0..MAILBOXES {
        let who = format!("c{mailbox:02}-0");
        deliver(&workplace.path(&next(mailbox)), &format!("{who}.again"), mail(&who, 1).as_bytes());
    }
}

/// The mails that the drafts in all mailboxes answer, by customer.
fn drafts(workplace: &Workplace) -> BTreeMap<String, Vec<String>> {
    let mut drafts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let paths = (0..MAILBOXES).flat_map(|mailbox| files(&workplace.path(&name(mailbox)).join(".Drafts/cur")));
    for text in paths.filter_map(|path| fs::read_to_string(path).ok()) {
        let answers = text.lines().find_map(|line| line.strip_prefix("In-Reply-To: <")?.strip_suffix("@buyers.example>"));
        let answers = answers.unwrap_or_else(|| panic!("a draft answers a mail: {text}"));
        let customer = answers.splitn(3, '-').take(2).collect::<Vec<_>>().join("-");
        drafts.entry(customer).or_default().push(answers.to_owned());
    }
    drafts
}

/// How many mailboxes each daemon looks after now, by the name of its configuration.
async fn shares(backdoor: &mut Backdoor) -> BTreeMap<String, usize> {
    let held = "SELECT owner FROM lease WHERE name LIKE 'mailbox:%' AND until_ms > EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000";
    let mut shares = BTreeMap::new();
    for owner in backdoor.texts(held).await {
        let daemon = owner.rsplit('/').next().and_then(|file| file.strip_suffix(".toml")).unwrap_or(&owner).to_owned();
        *shares.entry(daemon).or_default() += 1;
    }
    shares
}

/// Waits until the mailboxes are shared like that; how long it took.
async fn until_shared(backdoor: &mut Backdoor, wanted: &[(&str, usize)]) -> Duration {
    let wanted: BTreeMap<String, usize> = wanted.iter().map(|(daemon, count)| ((*daemon).to_owned(), *count)).collect();
    let began = Instant::now();
    loop {
        let shares = shares(backdoor).await;
        if shares == wanted {
            return began.elapsed();
        }
        assert!(began.elapsed() < PATIENCE, "{shares:?} is not {wanted:?}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Waits until every thread has its one draft, which answers its last mail.
async fn until_drafted(workplace: &Workplace, customers: usize, rounds: usize) {
    let customers = (0..MAILBOXES).flat_map(|mailbox| (0..customers).map(move |customer| (mailbox, customer)));
    let wanted: BTreeMap<String, Vec<String>> = customers
        .map(|(mailbox, customer)| {
            let who = format!("c{mailbox:02}-{customer}");
            let answered = if customer == 0 && rounds > 1 { format!("{who}-1") } else { who.clone() };
            (who, vec![answered])
        })
        .collect();
    let began = Instant::now();
    loop {
        let lying = drafts(workplace);
        if lying == wanted {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "lying {lying:?}\nwanted {wanted:?}");
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn is_well(daemon: &mut Daemon) {
    assert!(daemon.is_running(), "it ended by itself:\n{}", daemon.said());
}

#[tokio::test]
async fn of_three_daemons_that_share_mailboxes_one_is_killed_and_one_halted_and_no_mail_is_handled_twice_or_lost() {
    let place = Place::new(Engine::Postgres).await;
    let (workplace, mut backdoor) = (house(&place), place.backdoor().await);
    let [killed, mut halted, mut steady] = ["one", "two", "three"].map(|name| workplace.start_as(name));
    until_shared(&mut backdoor, &[("one", 4), ("two", 4), ("three", 4)]).await;
    pour(&workplace, 0);
    until_drafted(&workplace, 1, 1).await;

    pour_again(&workplace);
    pour(&workplace, 1);
    pour(&workplace, 2);
    killed.kill();
    pour(&workplace, 3);
    let took = until_shared(&mut backdoor, &[("two", 6), ("three", 6)]).await;
    println!("after {took:?} the killed daemon's mailboxes are looked after");
    assert!(took < 2 * LEASE, "{took:?}");

    pour(&workplace, 4);
    halted.halt();
    let took = until_shared(&mut backdoor, &[("three", MAILBOXES)]).await;
    println!("after {took:?} the halted daemon's mailboxes are looked after");
    assert!(took < 2 * LEASE, "{took:?}");
    pour(&workplace, 5);
    halted.go_on();
    until_shared(&mut backdoor, &[("two", 6), ("three", 6)]).await;
    until_drafted(&workplace, CUSTOMERS, 2).await;
    [&mut halted, &mut steady].into_iter().for_each(is_well);
    assert!(halted.said().contains("Another daemon has taken a mailbox over"), "{}", halted.said());
    assert_eq!(halted.stop().0.code(), Some(0));
    let took = until_shared(&mut backdoor, &[("three", MAILBOXES)]).await;
    println!("after {took:?} the mailboxes of the one that was stopped are looked after");
    assert_eq!(steady.stop().0.code(), Some(0));

    let distinct = MAILBOXES * (CUSTOMERS + 1);
    let count = |table: &str| format!("SELECT COUNT(*) FROM {table}");
    assert_eq!(backdoor.number(count("message")).await, i64::try_from(distinct).expect("a small number"), "each mail once");
    let placed = "placement WHERE gone_at IS NULL AND folder_id IN (SELECT id FROM folder WHERE role = 'inbox')";
    assert_eq!(backdoor.number(count(placed)).await, i64::try_from(distinct + MAILBOXES).expect("a small number"), "and its copies");
    assert_eq!(backdoor.number(count("quarantine")).await, 0);
    assert_eq!(backdoor.number(count("act WHERE state <> 'done'")).await, 0);
    let before = drafts(&workplace);
    workplace.pass();
    assert_eq!(drafts(&workplace), before, "nothing was left");
    drop(backdoor);
    place.clear().await;
}

#[tokio::test]
async fn beside_daemons_at_work_status_says_who_looks_after_what_and_a_single_pass_is_refused() {
    let place = Place::new(Engine::Postgres).await;
    let (workplace, mut backdoor) = (house(&place), place.backdoor().await);
    let [mut one, mut two] = ["one", "two"].map(|name| workplace.start_as(name));
    until_shared(&mut backdoor, &[("one", 6), ("two", 6)]).await;
    let status = workplace.ask(&["status", "--json"]);
    assert_eq!(status.code, Some(0), "{status:?}");
    let status: serde_json::Value = serde_json::from_str(&status.out).expect("one JSON value");
    assert_eq!((&status["daemon"]["state"], status["daemon"]["holders"].as_array().map(Vec::len)), (&"running".into(), Some(2)));
    let keepers: Vec<&str> =
        status["mailboxes"].as_array().expect("a list").iter().filter_map(|mailbox| mailbox["looked_after_by"].as_str()).collect();
    assert_eq!((keepers.len(), keepers.into_iter().collect::<BTreeSet<_>>().len()), (MAILBOXES, 2));
    let told = workplace.ask(&["status"]).out;
    assert_eq!(told.matches("looked after by ").count(), MAILBOXES, "{told}");

    let refused = workplace.ask(&["run", "--once"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("leave nothing for a single pass. Stop them first"), "{refused:?}");
    [&mut one, &mut two].into_iter().for_each(is_well);
    for daemon in [one, two] {
        assert_eq!(daemon.stop().0.code(), Some(0));
    }
    let released = backdoor.number("SELECT COUNT(*) FROM lease WHERE until_ms > 0").await;
    assert_eq!(released, 0, "who stops gives everything back");
    drop(backdoor);
    place.clear().await;
}
