//! `tradepost pause` and `tradepost resume`.

use super::{receive, refused, said};
use crate::support::daemon::{Workplace, until};
use std::time::{Duration, Instant};

/// Longer than the daemon takes to see that a pause is over, and much shorter than it takes to look by itself.
const HEARD_MAX: Duration = Duration::from_secs(20);

#[test]
fn a_pause_keeps_a_running_daemon_from_drafting_and_its_end_is_heard_within_seconds() {
    let workplace = Workplace::opened(&[]);
    let paused = said(&workplace, &["pause", "--why", "stock-taking"]);
    assert!(paused.starts_with("Paused: stock-taking. Nothing is drafted"), "{paused}");
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    assert!(daemon.said().contains("Paused, because somebody asked for it."), "{}", daemon.said());
    assert!(!daemon.said().contains("stock-taking"), "a person's words are not for the log");
    receive(&workplace, 1);
    until("the mail is recorded", || workplace.show(&["messages"]).as_array().is_some_and(|list| list.len() == 1));
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(workplace.drafts().len(), 0, "read and recorded, not answered");
    let status = workplace.ask(&["status"]);
    assert!(status.out.contains("Paused: stock-taking. tradepost resume goes on."), "{status:?}");

    let resumed = said(&workplace, &["resume"]);
    assert!(resumed.starts_with("The pause is over. Acts that wait: 1;"), "{resumed}");
    let asked = Instant::now();
    until("the draft is there", || workplace.drafts().len() == 1);
    assert!(asked.elapsed() < HEARD_MAX, "{:?}", asked.elapsed());
    assert_eq!(daemon.stop().0.code(), Some(0));
}

#[test]
fn pausing_twice_and_resuming_twice_says_that_it_was_so_already() {
    let workplace = Workplace::opened(&[]);
    assert_eq!(said(&workplace, &["resume"]), "It was not paused; work goes on as before.\n");
    assert!(said(&workplace, &["pause"]).starts_with("Paused: somebody asked for it and gave no reason."));
    assert_eq!(
        said(&workplace, &["pause", "--why", " the fair\n in Canton"]),
        "It was paused already; the reason is now: the fair in Canton.\n"
    );
    let already = said(&workplace, &["pause"]);
    assert!(already.starts_with("It was paused already: the fair in Canton. That reason stays;"), "{already}");
    let json: serde_json::Value = serde_json::from_str(&workplace.ask(&["status", "--json"]).out).expect("JSON");
    assert_eq!(json["paused"], "the fair in Canton");
    said(&workplace, &["resume"]);
    assert_eq!(said(&workplace, &["resume"]), "It was not paused; work goes on as before.\n");
}

#[test]
fn before_the_first_run_there_is_nothing_to_pause() {
    let workplace = Workplace::new();
    let error = refused(&workplace, &["pause"]);
    assert!(error.contains("do not exist"), "{error}");
}
