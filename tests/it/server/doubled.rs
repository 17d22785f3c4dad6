//! A provider that files a copy of its own of whatever is put into Sent, under another Message-ID.

use super::office::{books, drafts, inquiry, opened_at};
use crate::support::client::{Client, Program};
use crate::support::daemon::until;
use crate::support::mailserver::{PASSWORD, server};
use crate::support::proxy::{Habits, Plan, Proxy};
use std::time::{Duration, Instant};

/// The customer answers the only Message-ID they ever saw, in a mail that has nothing else of the conversation.
fn answer(to: &str, number: usize) -> String {
    format!(
        "From: Carla's office <office@buyers.example>\r\nTo: sales@bright.example\r\nSubject: One more thing\r\nDate: Tue, 17 Nov 2026 \
         08:00:00 +0100\r\nMessage-ID: <answer-{number}@customer.example>\r\nIn-Reply-To: <{to}>\r\n\r\nPlease add 200 pcs of street \
         lights, FOB Ningbo.\r\n"
    )
}

#[tokio::test]
async fn sent_copies_doubled_under_another_message_id_are_one_mail_and_answers_to_either_find_it() {
    let li = server().user();
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits { doubles_sent: true, ..Habits::default() });
    let workplace = opened_at(&li.door_at(proxy.port()));
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    let mut books = books(&workplace).await;
    // The salesperson's program speaks to the same provider.
    let mut client = Client::login(proxy.port(), &li.address, PASSWORD);
    for (number, program) in [(1, Program::Thunderbird), (2, Program::Outlook)] {
        let which = format!("twice-{number}");
        li.receive(inquiry(&which).as_bytes());
        until("the draft", || drafts(&li).len() == 1);
        let [draft] = client.mails("Drafts").try_into().expect("one draft");
        program.send(&mut client, (&li.address, li.submission()), ("Drafts", "Sent"), draft.uid, &format!("buyer@{which}.example"));
        assert_eq!(client.count("Sent"), 2 * number, "the provider files its own copy");

        let (began, placed) = (Instant::now(), "FROM placement JOIN folder ON folder.id = placement.folder_id WHERE folder.role = 'sent'");
        while books.number(format!("SELECT COUNT(*) {placed}")).await < 2 * number as i64 {
            assert!(began.elapsed() < Duration::from_secs(60), "{}", daemon.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(books.number(format!("SELECT COUNT(DISTINCT placement.message_id) {placed}")).await, number as i64, "one mail each");
        assert_eq!(books.number("SELECT COUNT(*) FROM message WHERE direction = 'out'").await, number as i64);

        li.receive(answer(&format!("tencent_{number}@qq.example"), number).as_bytes());
        let of = |id: &str| format!("SELECT COUNT(*) FROM message WHERE message_id = '{id}@customer.example'");
        while books.number(of(&format!("answer-{number}"))).await == 0 {
            assert!(began.elapsed() < Duration::from_secs(60), "{}", daemon.said());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let threads = format!(
            "SELECT COUNT(DISTINCT thread_id) FROM message WHERE message_id IN ('{which}@customer.example', 'answer-{number}@customer.example')"
        );
        assert_eq!(books.number(threads).await, 1, "{program:?}: the answer joins by the provider's id alone");
    }
    assert_eq!(books.number("SELECT COUNT(*) FROM draft WHERE state = 'sent'").await, 2);
    assert_eq!(books.number("SELECT COUNT(*) FROM act WHERE kind IN ('superseded', 'tell')").await, 0, "nobody is bothered");
    assert_eq!(books.texts("SELECT kind FROM habit WHERE times = 2 ORDER BY kind").await, ["doubles_sent", "rewrites_message_id"]);
    assert_eq!(daemon.stop().0.code(), Some(0));
    let told = workplace.ask(&["check"]);
    for sentence in ["Sent mail lies in Sent twice, seen 2 times", "Sent mail came to light under a second Message-ID, seen 2 times"] {
        assert!(told.out.contains(sentence), "{told:?}");
    }
}
