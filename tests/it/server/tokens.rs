//! A mailbox entered with tokens that are new at each use, through all that can happen to one, beside a mailbox that is well.

use super::office::{books, drafts, inquiry, lying};
use crate::support::daemon::{Daemon, PATIENCE, Workplace, until, within};
use crate::support::desk::as_seen;
use crate::support::gate::Gate;
use crate::support::mailserver::{Security, User, server};
use crate::support::token_server::{CANARY, TokenServer, Whim};

/// The mailbox of the team behind the gate, and Li Wei's own, whose server takes a password.
fn workplace(gate: &Gate, tokens: &TokenServer, own: &User<'_>) -> Workplace {
    let at = &tokens.address;
    let issuer = format!("{{ device_url = \"{at}/device\", token_url = \"{at}/token\", scope = \"imap\" }}");
    let door = format!(
        "imap = {{ host = \"127.0.0.1\", port = {}, security = \"none\", oauth = {{ issuer = {issuer}, client_id = \"us\" }} }}\n\
         drafts = \"shared\"",
        gate.port()
    );
    let own = format!("[[mailboxes]]\nname = \"li\"\naddress = \"li.wei@bright.example\"\n{}\n\n", own.door(Security::Tls));
    Workplace::with(&[("maildir = \"sales\"", &door), ("[storage]", &format!("{own}[storage]"))])
}

/// The token is some minutes old, so that a refusal means that it has ended.
async fn age(workplace: &Workplace) {
    books(workplace).await.run("UPDATE token SET issued_at_ms = issued_at_ms - 300000").await.expect("SQL of the test");
}

fn log_in(workplace: &Workplace) {
    let answer = workplace.ask(&["login", "sales"]);
    assert_eq!(answer.code, Some(0), "{answer:?}");
}

fn receive(sales: &User<'_>, which: &str, daemon: &Daemon) {
    let before = drafts(sales).len();
    sales.receive(inquiry(which).as_bytes());
    let drafted = within(PATIENCE, || (drafts(sales).len() > before).then_some(()));
    assert!(drafted.is_some(), "no draft for {which}:\n{}", daemon.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_end_in_mid_session_are_lost_between_answer_and_books_and_end_for_good_and_no_mail_is_missing() {
    let (sales, li) = (server().user(), server().user());
    let (gate, tokens) = (Gate::before(&sales).await, TokenServer::start());
    let workplace = workplace(&gate, &tokens, &li);
    log_in(&workplace);
    workplace.pass();
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    receive(&sales, "first", &daemon);
    assert_eq!((gate.refused(), tokens.renewals()), (0, 0));

    // The token ends while two connections are open with it: the first login is refused, one renewal serves both.
    age(&workplace).await;
    gate.end_before(2);
    receive(&sales, "renewed", &daemon);
    assert_eq!(tokens.renewals(), 1, "{}", daemon.said());
    assert!((1..=2).contains(&gate.refused()), "each connection was refused once at most: {}", gate.refused());

    // The server gives the next token and counts on its use; the process dies before it can write it down.
    age(&workplace).await;
    tokens.will([Whim::Stall]);
    gate.end_before(3);
    until("the renewal is under way", || tokens.renewals() == 2);
    sales.receive(inquiry("meanwhile").as_bytes());
    daemon.kill();
    let mut daemon = workplace.start();
    until("the draft of meanwhile", || drafts(&sales).len() == 3);
    daemon.wait_until_serving();
    assert_eq!(tokens.renewals(), 3, "the refresh token of before, once");
    let asked: Vec<String> = tokens.desk().asked.iter().rev().take(2).cloned().collect();
    assert!(asked[0] == asked[1] && asked[0].contains("refresh-2-"), "{asked:?}");

    // The authorisation ends for good: whoever can be told is told, and the other mailbox goes on.
    age(&workplace).await;
    tokens.will([Whim::Refuse("invalid_grant")]);
    gate.end_before(5);
    let alarms = || lying(&li, "").into_iter().filter(|mail| mail.contains("Auto-Submitted: auto-generated")).collect::<Vec<_>>();
    until("the alarm", || !alarms().is_empty());
    let alarm = as_seen(&alarms()[0]);
    assert!(
        alarm.contains("tradepost login sales") && alarm.contains("To: =?utf-8?B?") || alarm.contains("li.wei@bright.example"),
        "{alarm}"
    );
    let status = workplace.ask(&["status"]);
    assert!(status.code == Some(1) && status.out.contains("The permission to read the mailbox has ended"), "{status:?}");
    assert!(status.out.contains("tradepost login sales"), "{status:?}");
    sales.receive(inquiry("waits").as_bytes());
    li.receive(inquiry("elsewhere").as_bytes());
    let mut books = books(&workplace).await;
    while books.number("SELECT COUNT(*) FROM message WHERE message_id = 'elsewhere@customer.example'").await == 0 {
        assert!(daemon.is_running(), "{}", daemon.said());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(alarms().len(), 1, "one alarm");

    // A person logs in again, and the daemon goes on by itself.
    log_in(&workplace);
    until("the draft of the mail that waited", || drafts(&sales).len() == 4);
    assert!(!daemon.said().contains(CANARY), "no secret is told");
    assert_eq!(daemon.stop().0.code(), Some(0));
    let here = "FROM placement JOIN folder ON folder.id = placement.folder_id WHERE folder.role = 'inbox' AND placement.gone_at IS NULL";
    // Four in `sales`; in Li's own the one that came, and the alarm.
    assert_eq!(books.number(format!("SELECT COUNT(*) {here}")).await, 6);
    assert_eq!(books.number("SELECT COUNT(*) FROM message WHERE message_id LIKE '%@customer.example'").await, 5);
    assert_eq!(books.number("SELECT COUNT(*) FROM act WHERE state <> 'done'").await, 0);
    let status = workplace.ask(&["status"]);
    assert!(status.out.contains("on the server 4, recorded 4, in quarantine 0, missing 0"), "{status:?}");
    assert!(status.out.contains("All is well."), "{status:?}");
}
