//! Two mailboxes that are about to draft in one thread.

use super::office::{books, drafts, inquiry, second_thought, with_more};
use crate::support::daemon::until;
use crate::support::mailserver::{User, server};
use crate::support::proxy::{Fault, Habits, Plan, Proxy};
use std::time::{Duration, Instant};

/// Longer than it takes until a mail in the other mailbox is drafted for.
const SLOW: Duration = Duration::from_secs(4);

#[tokio::test]
async fn a_mail_that_comes_elsewhere_while_a_draft_is_about_to_be_put_decides_about_it() {
    let (li, wang) = (server().user(), server().user());
    let (first, second) = (proxied(), proxied());
    let door = |user: &User<'_>, proxy: &Proxy| format!("{}\ndrafts = \"shared\"", user.door_at(proxy.port()));
    let more = ("export".to_owned(), "export@bright.example".to_owned(), door(&wang, &second));
    let workplace = with_more(&door(&li, &first), &[more]);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    let mut books = books(&workplace).await;
    // Its Drafts is found slowly, so that the draft is written some seconds before it is entered.
    first.change(Plan { seed: 1, one_in: 1, commands: &["LIST"], faults: &[Fault::Stall], stall: SLOW });
    li.receive(inquiry("both").as_bytes());
    let began = Instant::now();
    while books.number("SELECT COUNT(*) FROM act WHERE kind = 'draft' AND claimed_by <> ''").await == 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", daemon.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    wang.receive(second_thought("both", 1).as_bytes());
    until("the newer draft", || drafts(&wang).len() == 1);
    first.change(Plan::calm());
    let undone = "SELECT COUNT(*) FROM act WHERE state <> 'done'";
    while books.number(undone).await > 0 {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", daemon.said());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((drafts(&li).len(), drafts(&wang).len()), (0, 1), "{}", daemon.said());
    assert!(!daemon.said().contains("ERROR"), "{}", daemon.said());
    assert_eq!(daemon.stop().0.code(), Some(0));
}

fn proxied() -> Proxy {
    Proxy::start(server().imap(), Plan::calm(), Habits::default())
}
