//! The parts the other stories are told with do what they say.

use crate::support::client::{Client, Edit, Program, field};
use crate::support::daemon::until;
use crate::support::mailserver::{PASSWORD, Security, Shape, server, unusual};
use crate::support::proxy::{Fault, Habits, Plan, Proxy};
use rustix::process::Signal;

const MAIL: &[u8] =
    b"From: a@customer.example\r\nTo: sales@bright.example\r\nSubject: Lamps\r\nMessage-ID: <a@customer.example>\r\n\r\n.Hello\r\n";

#[test]
fn mail_comes_by_lmtp_and_is_read_filed_and_sent_by_an_ordinary_client() {
    let li = server().user_on_record();
    let mut client = li.client();
    client.select("INBOX");
    std::thread::scope(|scope| {
        let told = scope.spawn(|| client.idle(|line| line != "* 1 EXISTS"));
        li.receive(MAIL);
        told.join().expect("IDLE tells of it");
    });
    assert_eq!(client.folders(), ["Drafts", "INBOX", "Junk", "Sent", "Trash"]);
    let [mail] = client.mails("INBOX").try_into().expect("one mail");
    assert!(mail.flags.is_empty() && mail.bytes.ends_with(b"\r\n.Hello\r\n"), "{mail:?}");
    let again = client.fetch(&mail.uid.to_string());
    assert!(again == std::slice::from_ref(&mail), "looking changes nothing");
    client.move_to(&mail.uid.to_string(), "Trash");
    assert_eq!((client.count("INBOX"), client.count("Trash")), (0, 1));

    let draft = client.append("Drafts", "\\Draft", MAIL);
    let edited = Program::Outlook.edit(&mut client, "Drafts", draft, Edit { from: "Hello", to: "Good morning" });
    let text = String::from_utf8(edited.bytes.clone()).expect("text");
    assert!(text.ends_with(".Good morning\r\n") && field(&text, "message-id") != Some("<a@customer.example>".to_owned()), "{text}");
    assert_eq!(client.count("Drafts"), 1);
    Program::Outlook.send(&mut client, (&li.address, li.submission()), ("Drafts", "Sent"), edited.uid, "b@customer.example");
    assert_eq!((client.count("Drafts"), client.count("Sent")), (0, 1));
    let sent = || crate::support::daemon::files(&server().world().join("new"));
    until("Postfix brings it out into the world", || {
        sent().iter().any(|path| {
            std::fs::read_to_string(path)
                .is_ok_and(|text| text.contains("for <b@customer.example>") || text.contains("Delivered-To: b@customer.example"))
        })
    });
    client.command("LOGOUT");
    until("the record is written", || li.said_to_server().contains("LOGOUT"));
    assert!(li.said_to_server().contains("UID EXPUNGE") && li.said_by_server().contains("APPENDUID"));
}

#[test]
fn folders_of_any_name_are_made_and_listed() {
    let user = server().user();
    let mut client = user.client();
    let names = ["a b&c", "back\\slash", "q\"x", "Отправленные", "已发送", "已发送/a/b/c/d"];
    for name in names {
        client.create(name);
        client.append(name, "", MAIL);
        assert_eq!(client.count(name), 1);
    }
    let folders = client.folders();
    assert!(names.iter().all(|name| folders.iter().any(|folder| folder == name)), "{folders:?}");
}

#[test]
fn one_mailbox_can_be_halted_while_others_go_on() {
    let (halted, other) = (server().user(), server().user());
    let mut stuck = halted.client();
    until("it is logged in", || halted.connections() == 1);
    assert_eq!(halted.signal(Signal::STOP), 1);
    assert_eq!(other.client().count("INBOX"), 0);
    assert_eq!(halted.signal(Signal::CONT), 1);
    assert_eq!(stuck.count("INBOX"), 0);
}

#[test]
fn a_proxy_spoils_what_the_plan_says_and_counts_it() {
    let user = server().user();
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let mut client = Client::login(proxy.port(), &user.address, PASSWORD);
    client.append("INBOX", "", MAIL);
    assert_eq!(client.mails("INBOX").len(), 1);
    assert_eq!((proxy.commands("APPEND"), proxy.commands("UID FETCH"), proxy.faults().len()), (1, 1, 0));
    let spoil = |faults: &'static [Fault]| proxy.change(Plan { commands: &["NOOP", "APPEND", "UID FETCH"], faults, ..Plan::storm(1, 1) });
    for (fault, answer) in [(Fault::No, "NO"), (Fault::Bad, "BAD")] {
        spoil(if fault == Fault::No { &[Fault::No] } else { &[Fault::Bad] });
        assert!(client.try_command("NOOP").1.starts_with(answer));
    }
    spoil(&[Fault::Stall]);
    let began = std::time::Instant::now();
    assert!(client.try_command("NOOP").1.starts_with("OK"));
    assert!(began.elapsed() >= std::time::Duration::from_secs(1));
    // However it is cut, nobody sees a whole answer; what the server did is done.
    for faults in [&[Fault::CutBefore][..], &[Fault::CutAtLine], &[Fault::CutInLine], &[Fault::CutInLiteral], &[Fault::CutBeforeDone]] {
        proxy.change(Plan::calm());
        let mut client = Client::login(proxy.port(), &user.address, PASSWORD);
        client.select("INBOX");
        spoil(faults);
        let cut = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.fetch("1:*")));
        assert!(cut.is_err(), "{faults:?}");
    }
    proxy.change(Plan::calm());
    let mut client = Client::login(proxy.port(), &user.address, PASSWORD);
    spoil(&[Fault::CutBeforeDone]);
    let cut = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.append("INBOX", "", MAIL)));
    assert!(cut.is_err() && user.client().count("INBOX") == 2, "the mail lies there, and nobody was told");
    assert_eq!(proxy.faults().values().sum::<usize>(), 9);
}

#[test]
fn a_proxy_plays_a_server_without_uidplus_whose_search_finds_everything() {
    let user = server().user();
    let proxy =
        Proxy::start(server().imap(), Plan::calm(), Habits { search_finds_everything: true, no_uidplus: true, ..Habits::default() });
    user.receive(MAIL);
    let mut client = Client::login(proxy.port(), &user.address, PASSWORD);
    let told = client.command("CAPABILITY");
    assert!(told.iter().all(|line| !line.text.contains("UIDPLUS")), "{told:?}");
    client.select("INBOX");
    assert_eq!(client.command("UID SEARCH HEADER Message-ID none").first().map(|line| line.text.clone()), Some("* SEARCH 1".to_owned()));
    assert!(client.try_command("UID EXPUNGE 1").1.starts_with("BAD"));
}

#[test]
fn an_unusual_server_is_as_unusual_as_was_asked() {
    let shape = Shape { connections_max: Some(2), capability: Some("IMAP4rev1 IDLE"), separator: Some('.'), ..Shape::default() };
    let server = unusual(&shape);
    let user = server.user();
    let mut client = user.client();
    let told = client.command("CAPABILITY");
    assert_eq!(told.first().map(|line| line.text.as_str()), Some("* CAPABILITY IMAP4rev1 IDLE"));
    client.create("Customers.Spain");
    assert!(client.folders().contains(&"Customers.Spain".to_owned()));
    let _second = user.client();
    let third = std::panic::catch_unwind(|| Client::login(server.imap(), &user.address, PASSWORD));
    assert!(third.is_err(), "a third connection is refused");
    assert!(user.door(Security::Tls).contains("cert.pem"));
}
