//! Mailboxes that give trouble beside mailboxes that do not.

use super::office::{at, books, drafts, inquiry, lying, with_more};
use crate::support::daemon::{Daemon, Workplace, files, until, within};
use crate::support::desk::{Desk, soon};
use crate::support::engines::{Engine, Place};
use crate::support::mailserver::{Security, User, server};
use crate::support::proxy::{Fault, Habits, Plan, Proxy, TEXTS};
use crate::support::scripted::Scripted;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tradepost::record::health;

/// Ten times what is usual, and far less than any deadline of a server that says nothing.
const SOON: Duration = Duration::from_secs(30);
/// Longer than every story here.
const STALL: Duration = Duration::from_secs(600);
/// A line of an attachment.
const LINE: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\r\n";

/// Every FETCH of mail meets with that.
fn spoilt(faults: &'static [Fault]) -> Plan {
    Plan { commands: &[TEXTS], faults, stall: STALL, ..Plan::storm(1, 1) }
}

/// Mailboxes behind those ports, each with a name and an address.
fn more(mailboxes: &[(&User<'_>, u16)]) -> Vec<(String, String, String)> {
    let one = |(number, (user, port)): (usize, &(&User<'_>, u16))| {
        (format!("more-{number}"), format!("more-{number}@bright.example"), user.door_at(*port))
    };
    mailboxes.iter().enumerate().map(one).collect()
}

/// The sections of further mailboxes, and that of the books behind them.
fn sections(mailboxes: &[(String, String, String)]) -> String {
    let section = |(name, address, door): &(String, String, String)| {
        format!("[[mailboxes]]\nname = \"{name}\"\naddress = \"{address}\"\n{door}\nmode = \"draft\"\n\n")
    };
    mailboxes.iter().map(section).collect::<String>() + "[storage]"
}

fn serving(workplace: &Workplace) -> Daemon {
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    daemon
}

/// An inquiry with so many lines more.
fn long(which: &str, lines: usize) -> Vec<u8> {
    inquiry(which).replace("Kind regards", &LINE.repeat(lines)).into_bytes()
}

#[test]
fn mailboxes_whose_servers_stall_leave_room_for_the_one_that_is_well() {
    const STALLED: usize = 8;
    let (well, stalled) = (server().user(), [(); STALLED].map(|()| server().user()));
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let places: Vec<(&User<'_>, u16)> = stalled.iter().map(|user| (user, proxy.port())).collect();
    let workplace = with_more(&well.door(Security::Tls), &more(&places));
    proxy.change(spoilt(&[Fault::Stall]));
    // Four megabytes each: together more than there is room for.
    for user in &stalled {
        (0..4).for_each(|number| user.receive(&long(&format!("long-{number}"), 13_000)));
    }
    let daemon = serving(&workplace);
    until("all of them are asked for mail", || proxy.faults().values().sum::<usize>() >= STALLED);
    let began = Instant::now();
    well.receive(&long("healthy", 30_000));
    let drafted = within(SOON, || (drafts(&well).len() == 1).then_some(()));
    println!("beside {STALLED} stalled mailboxes the healthy one was served after {:?}", began.elapsed());
    assert!(drafted.is_some(), "{}", daemon.said());
    assert!(stalled.iter().all(|user| lying(user, "Drafts").is_empty()), "the others are still stalled");
}

#[tokio::test]
async fn mailboxes_that_cannot_be_read_keep_no_other_from_its_history() {
    const MAILS: usize = 30;
    let users = [(); 4].map(|()| server().user());
    for (of, user) in users.iter().enumerate() {
        (0..MAILS).for_each(|number| user.receive(inquiry(&format!("year-{of}-{number}")).as_bytes()));
    }
    let [first_broken, second_broken, first, second] = &users;
    let proxy = Proxy::start(server().imap(), spoilt(&[Fault::CutInLiteral]), Habits::default());
    // The broken ones ask for their turns before the others do.
    let others = more(&[(second_broken, proxy.port()), (first, server().imap()), (second, server().imap())]);
    let door = first_broken.door_at(proxy.port());
    let workplace = Workplace::with(&[("maildir = \"sales\"", &door), ("[storage]", &sections(&others))]);
    let daemon = serving(&workplace);
    let mut books = books(&workplace).await;
    let mut is_read = async |of: [usize; 2]| {
        let mut read = 0;
        for of in of {
            let history = format!("FROM message WHERE historical = 1 AND message_id LIKE 'year-{of}-%'");
            read += books.number(format!("SELECT COUNT(*) {history}")).await;
        }
        read
    };
    let (all, began) = (2 * MAILS as i64, Instant::now());
    while is_read([2, 3]).await < all {
        assert!(began.elapsed() < 2 * SOON, "{} of {all}:\n{}", is_read([2, 3]).await, daemon.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("the two that are well read their history in {:?}", began.elapsed());
    assert_eq!(is_read([0, 1]).await, 0, "the others are broken");
    proxy.change(Plan::calm());
    while is_read([0, 1]).await < all {
        assert!(began.elapsed() < 5 * SOON, "{} of {all}:\n{}", is_read([0, 1]).await, daemon.said());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("all four after {:?}", began.elapsed());
    assert_eq!(daemon.stop().0.code(), Some(0));
}

/// In place of the five minutes between a refused login and the second try.
const SECOND_TRY: Duration = Duration::from_secs(4);

#[tokio::test]
async fn a_server_that_refuses_a_second_login_is_not_asked_again_and_again() {
    let li = server().user();
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits { one_login: true, ..Habits::default() });
    let place = Place::new(Engine::Sqlite).await;
    let mut desk = Desk::before_first_look(&place.open().await, &[("maildir = \"sales\"", &li.door_at(proxy.port()))]).await;
    desk.try_again_after(SECOND_TRY);
    desk.settle().await;
    let logins = || proxy.commands("LOGIN") + proxy.commands("AUTHENTICATE");
    let before = logins();
    desk.at_work(async {
        soon("one that is well, and one that is refused", async || logins() - before == 2).await;
        let began = Instant::now();
        soon("the second try", async || logins() - before == 3).await;
        assert!(began.elapsed() > SECOND_TRY - Duration::from_secs(1), "{:?}", began.elapsed());
        let began = Instant::now();
        li.receive(inquiry("one-login").as_bytes());
        soon("the draft, though nobody watches", async || drafts(&li).len() == 1).await;
        println!("drafted after {:?}, {} logins", began.elapsed(), logins() - before);
        assert_eq!(logins() - before, 3, "two were refused, and that is all");
        // A new visit is a new login, and no reason to be refused again.
        proxy.cut();
        li.receive(inquiry("after-cut").as_bytes());
        soon("the next draft", async || drafts(&li).len() == 2).await;
        assert_eq!(logins() - before, 4);
    })
    .await;
    let mut session = desk.office.books.look().await.expect("a look");
    assert_eq!(health::list_troubles(&mut session).await.expect("listed"), [], "the mailbox is well");
}

#[tokio::test]
async fn a_login_answered_with_bad_or_bye_is_tried_twice_with_time_between_and_told() {
    for answer in ["TAG BAD LOGIN failed", "* BYE Authentication failed", "TAG NO [AUTHENTICATIONFAILED] wrong"] {
        let (server, door) = refusing(answer, "\"wrong\"").await;
        let place = Place::new(Engine::Sqlite).await;
        let changes = [("maildir = \"sales\"", "maildir = \"sales\"\nfirst_look = \"handle\""), ("maildir = \"anna\"", &door)];
        let mut desk = Desk::before_first_look(&place.open().await, &changes).await;
        desk.try_again_after(SECOND_TRY);
        let logins = || server.heard().iter().filter(|line| line.starts_with("LOGIN")).count();
        desk.at_work(async {
            soon("the first login", async || logins() == 1).await;
            let began = Instant::now();
            desk.receive(&inquiry("healthy").replace("\r\n", "\n"));
            soon("the other mailbox is read", async || desk.drafts().len() == 1).await;
            assert_eq!((logins(), desk.notes()), (1, Vec::new()), "one refusal may be a slip of the server's");
            soon("the second login", async || logins() == 2).await;
            assert!(began.elapsed() > SECOND_TRY - Duration::from_secs(1), "{answer}: {:?}", began.elapsed());
            soon("the alarm", async || desk.notes().len() == 1).await;
            // Two more tries would fit into this time.
            tokio::time::sleep(SECOND_TRY * 3).await;
            assert_eq!((logins(), desk.notes().len()), (2, 1), "{answer}: {:?}", server.heard());
        })
        .await;
    }
}

#[tokio::test]
async fn one_slip_of_the_provider_stops_no_mailbox() {
    // The first login is refused, and nothing was wrong with it.
    let (li, slips) = (server().user(), Arc::new(AtomicUsize::new(0)));
    let (port, counted) = (server().imap(), Arc::clone(&slips));
    let slipping = Scripted::play(move |mut talk| {
        let slips = Arc::clone(&counted);
        async move {
            if slips.fetch_add(1, Ordering::SeqCst) > 0 {
                return talk.join(port).await;
            }
            talk.say("* OK [CAPABILITY IMAP4rev1] hello\r\n").await;
            let tag = talk.expect("LOGIN").await;
            talk.say(&format!("{tag} NO [AUTHENTICATIONFAILED] the directory is down\r\n")).await;
        }
    })
    .await;
    let place = Place::new(Engine::Sqlite).await;
    let door = li.door_at(slipping.port) + "\nfirst_look = \"handle\"";
    let mut desk = Desk::before_first_look(&place.open().await, &[("maildir = \"sales\"", &door)]).await;
    desk.try_again_after(SECOND_TRY);
    li.receive(inquiry("slip").as_bytes());
    desk.at_work(async { soon("the draft", async || drafts(&li).len() == 1).await }).await;
    let mut session = desk.office.books.look().await.expect("a look");
    assert_eq!(health::list_troubles(&mut session).await.expect("listed"), [], "it is over");
}

/// A server that answers every login so, but for the password `mended`, and the door to it.
async fn refusing(answer: &'static str, password: &str) -> (Scripted, String) {
    let server = Scripted::play(move |mut talk| async move {
        talk.say("* OK [CAPABILITY IMAP4rev1] hello\r\n").await;
        let Some(line) = talk.line().await else { return };
        let tag = line.split(' ').next().unwrap_or_default().to_owned();
        let answer = if line.contains("mended") { "TAG OK in" } else { answer };
        talk.say(&(answer.replace("TAG", &tag) + "\r\n")).await;
        if !answer.starts_with("* BYE") {
            talk.stall().await;
        }
    })
    .await;
    let port = server.port;
    let door = format!("imap = {{ host = \"127.0.0.1\", port = {port}, security = \"none\", user = \"u\", password = {password} }}");
    (server, door)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_mended_in_the_moment_of_the_refusal_is_tried_at_once() {
    // Wrong for the first login, right from then on.
    let script = "n=$(cat count || echo 0); n=$((n+1)); echo $n > count; test $n -le 1 && echo wrong || echo mended";
    let command = format!("{{ command = ['sh', '-c', '{script}'] }}");
    let (server, door) = refusing("TAG NO [AUTHENTICATIONFAILED] wrong", &command).await;
    let workplace = Workplace::opened(&[]);
    workplace.configure(&[("[storage]", &sections(&[("dead".to_owned(), "dead@bright.example".to_owned(), door)]))]);
    let daemon = workplace.start();
    let heard = |password: &str| server.heard().iter().filter(|line| line.contains(password)).count();
    let tried = within(SOON, || (heard("mended") > 0).then_some(()));
    assert!(tried.is_some(), "{:?}\n{}", server.heard(), daemon.said());
    assert_eq!(heard("wrong"), 1, "{:?}", server.heard());
}

#[tokio::test]
async fn a_pause_costs_nothing_and_its_end_is_heard_within_seconds() {
    const MAILBOXES: usize = 4;
    let others: Vec<String> = (1..MAILBOXES).map(|number| format!("more-{number}")).collect();
    let more: Vec<(String, String, String)> =
        others.iter().map(|name| (name.clone(), format!("{name}@bright.example"), format!("maildir = \"{name}\""))).collect();
    let workplace = Workplace::new();
    others.iter().for_each(|name| workplace.make_maildir(name));
    workplace.configure(&[("[storage]", &sections(&more))]);
    workplace.pass();
    let mut books = books(&workplace).await;
    books.run("INSERT INTO setting (key, value) VALUES ('paused', 'stock-taking')").await.expect("room");
    let daemon = workplace.start_with(&[("TRADEPOST_LOG", "info,tradepost::flow::transaction=trace")]);
    for name in others.iter().map(String::as_str).chain(["sales"]) {
        workplace.deliver(name, "1.paused", inquiry(&format!("paused-{name}")).as_bytes());
    }
    let due = "SELECT COUNT(DISTINCT account_id) FROM act WHERE state = 'due' AND kind = 'draft'";
    let began = Instant::now();
    while books.number(due).await < MAILBOXES as i64 {
        assert!(began.elapsed() < 2 * SOON, "{}", daemon.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // What a look does after the mail was recorded.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let written = || daemon.said().matches("A transaction that writes begins").count();
    let before = written();
    assert!(before > 0, "they are counted");
    tokio::time::sleep(Duration::from_secs(8)).await;
    println!("{} transactions that write in 8 s of a pause", written() - before);
    // Once a minute the daemon says that it lives, and that a mailbox is well.
    assert!(written() - before <= 1 + MAILBOXES, "{}", daemon.said());
    assert!(workplace.drafts().is_empty());
    books.run("DELETE FROM setting WHERE key = 'paused'").await.expect("room");
    let resumed = Instant::now();
    let is_drafted = |name: &str| files(&workplace.path(name).join(".Drafts/cur")).len() == 1;
    let heard = within(SOON, || (others.iter().all(|name| is_drafted(name)) && is_drafted("sales")).then_some(()));
    println!("work goes on {:?} after the pause", resumed.elapsed());
    assert!(heard.is_some(), "{}", daemon.said());
    assert_eq!(daemon.stop().0.code(), Some(0));
}

#[test]
fn a_pass_does_not_wait_for_a_silent_server_before_it_looks_at_the_others() {
    let (silent, well) = (server().user(), server().user());
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let workplace = with_more(&silent.door_at(proxy.port()), &more(&[(&well, server().imap())]));
    proxy.change(spoilt(&[Fault::Stall]));
    for user in [&silent, &well] {
        user.receive(inquiry("pass").as_bytes());
    }
    let mut pass = workplace.command(&["run", "--once"]).stdout(Stdio::null()).spawn().expect("it starts");
    let drafted = within(SOON, || (drafts(&well).len() == 1).then_some(()));
    assert!(drafted.is_some(), "the second is read while the first is silent");
    proxy.cut();
    let ended = pass.wait().expect("a child of ours");
    assert_eq!(ended.code(), Some(1), "one mailbox could not be looked at");
}

#[test]
fn what_comes_into_a_private_folder_causes_no_look() {
    let li = server().user();
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let mut client = li.client();
    client.create("Family");
    let workplace = at(&(li.door_at(proxy.port()) + "\nprivate = { folders = [\"Family\"] }"));
    workplace.pass();
    let daemon = serving(&workplace);
    li.receive(inquiry("public").as_bytes());
    until("the draft", || drafts(&li).len() == 1);
    // The looks that the start and our own draft cause.
    std::thread::sleep(Duration::from_secs(3));
    let before = proxy.commands("LIST");
    for number in 0..5 {
        client.append("Family", "", inquiry(&format!("private-{number}")).as_bytes());
        std::thread::sleep(Duration::from_millis(600));
    }
    assert_eq!(proxy.commands("LIST"), before, "{:?}\n{}", proxy.all_commands(), daemon.said());
    assert_eq!(daemon.stop().0.code(), Some(0));
}
