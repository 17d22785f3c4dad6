//! Drafts of people are theirs, also on servers that answer nonsense.

use super::office::{inquiry, lying, opened_at, second_thought};
use crate::support::mailserver::{Shape, unusual};
use crate::support::proxy::{Habits, Plan, Proxy};

const PERSONS: usize = 40;
const ROUNDS: usize = 5;
const CUSTOMERS: usize = 10;
/// What Dovecot can, without UIDPLUS, NOTIFY, CONDSTORE and MOVE.
const POOR: &str = "IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ SPECIAL-USE LIST-EXTENDED CHILDREN NAMESPACE";

#[test]
fn forty_drafts_of_people_survive_many_withdrawals_on_a_server_whose_search_finds_everything_and_that_has_no_uidplus() {
    let server = unusual(&Shape { capability: Some(POOR), ..Shape::default() });
    let li = server.user();
    let habits = Habits { search_finds_everything: true, no_uidplus: true, ..Habits::default() };
    let proxy = Proxy::start(server.imap(), Plan::calm(), habits);
    let mut client = li.client();
    for number in 0..PERSONS {
        let draft = format!(
            "From: sales@bright.example\r\nTo: someone@else-{number}.example\r\nSubject: An offer {number}\r\nMessage-ID: \
             <own-{number}@bright.example>\r\n\r\nDear customer {number},\r\n"
        );
        client.append("Drafts", if number % 2 == 0 { "\\Draft" } else { "\\Draft \\Seen" }, draft.as_bytes());
    }
    let workplace = opened_at(&li.door_at(proxy.port()));
    let before = client.mails("Drafts");
    assert_eq!(before.len(), PERSONS);
    let mut lmtp = server.lmtp();
    for customer in 0..CUSTOMERS {
        lmtp.deliver(&[&li.address], inquiry(&format!("c{customer}")).as_bytes());
    }
    workplace.pass();
    assert_eq!(client.mails("Drafts").len(), PERSONS + CUSTOMERS);
    for round in 0..ROUNDS {
        for customer in 0..CUSTOMERS {
            lmtp.deliver(&[&li.address], second_thought(&format!("c{customer}"), round).as_bytes());
        }
        workplace.pass();
        let now = client.mails("Drafts");
        assert!(before.iter().all(|draft| now.contains(draft)), "round {round}: a person's draft was touched");
        let open = now.iter().filter(|mail| !mail.flags.contains(&"\\Deleted".to_owned())).count();
        assert_eq!(open, PERSONS + CUSTOMERS, "round {round}: each customer has one draft that counts");
    }
    println!("{:?}", proxy.all_commands());
    assert_eq!(
        proxy.commands("EXPUNGE") + proxy.commands("UID EXPUNGE") + proxy.commands("CLOSE"),
        0,
        "without UIDPLUS nothing is expunged"
    );
    assert_eq!(lying(&li, "").len(), CUSTOMERS * (ROUNDS + 1));
    let told = workplace.ask(&["status"]).out;
    assert_eq!(told.matches("struck through").count(), 1, "what lies there marked as deleted is told of: {told}");
}
