//! Backups of books on a database server, and from one engine to the other.

use super::{mails, receive, refused, said};
use crate::support::daemon::Workplace;
use crate::support::engines::{Engine, Place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn books_go_from_a_database_into_a_file_and_into_another_database() {
    let (first, second) = (Place::new(Engine::Postgres).await, Place::new(Engine::Postgres).await);
    let office = Workplace::opened(&[("books.sqlite", &first.address_text())]);
    (0..5).for_each(|number| receive(&office, number));
    office.pass();
    said(&office, &["pause"]);
    receive(&office, 5);
    office.pass();
    let mut daemon = office.start();
    daemon.wait_until_serving();
    let made = said(&office, &["backup", "monday.tar"]);
    assert!(made.starts_with("monday.tar is whole: messages 6, attachments 0,"), "{made}");
    let backup = office.path("monday.tar").display().to_string();
    let error = refused(&office, &["restore", &backup, "--force"]);
    assert!(error.starts_with("Tradepost works on these books (process "), "{error}");
    assert_eq!(daemon.stop().0.code(), Some(0));
    let error = refused(&office, &["restore", &backup, "--force"]);
    assert!(error.contains("holds books already. Create an empty one"), "{error}");

    let on_file = Workplace::new();
    let on_other = Workplace::with(&[("books.sqlite", &second.address_text())]);
    for elsewhere in [&on_file, &on_other] {
        let restored = said(elsewhere, &["restore", &backup]);
        assert!(restored.contains("messages 6") && restored.contains("\n  draft: 1, due from "), "{restored}");
        assert_eq!(mails(elsewhere), mails(&office));
        // The mailbox came along.
        (0..6).for_each(|number| receive(elsewhere, number));
        let pass = elsewhere.pass();
        assert!(pass.err.contains("Paused: the books were restored on "), "{pass:?}");
        assert_eq!(elsewhere.drafts().len(), 0);
        said(elsewhere, &["resume"]);
        elsewhere.pass();
        assert_eq!(elsewhere.drafts().len(), 1, "the others were answered before");
        assert_eq!(elsewhere.show(&["messages"]).as_array().map(Vec::len), Some(6));
    }
    assert_eq!(on_other.ask(&["status"]).code, Some(0));
    first.clear().await;
    second.clear().await;
}
