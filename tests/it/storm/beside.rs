//! Two mailboxes that draft in the same threads at the same moment.

use crate::support::daemon::{Workplace, files, until};
use std::collections::BTreeMap;
use std::fs;

const THREADS: usize = 60;
const MAILBOX: &str = "name = \"sales\"\naddress = \"sales@bright.example\"\nmaildir = \"sales\"\nmode = \"draft\"\n";

/// Li Wei wrote first, so no thread has a draft when the answers come.
fn opening(thread: usize) -> String {
    format!(
        "From: Li Wei <sales@bright.example>\nTo: buyer@c{thread}.example\nSubject: Our new panels {thread}\nDate: Mon, 16 Nov 2026 08:00:00 \
         +0800\nMessage-ID: <offer-{thread}@bright.example>\n\nDear buyer, may we show you our new panels? Li Wei\n"
    )
}

fn answer(thread: usize, which: &str, pieces: usize) -> String {
    format!(
        "From: Carla Ruiz <buyer@c{thread}.example>\nTo: {which}@bright.example\nSubject: Re: Our new panels {thread}\nDate: Mon, 16 Nov 2026 \
         09:00:00 +0100\nMessage-ID: <{which}-{thread}@c{thread}.example>\nIn-Reply-To: <offer-{thread}@bright.example>\nReferences: \
         <offer-{thread}@bright.example>\n\nDear Li Wei, please send us your best price for {pieces} pcs of LED panel P{thread}, CIF Hamburg.\n\
         \nKind regards\nCarla Ruiz\n"
    )
}

/// The drafts in both mailboxes, by the thread they are in.
fn drafts(workplace: &Workplace) -> BTreeMap<String, usize> {
    let mut drafts = BTreeMap::new();
    for mailbox in ["sales", "export"] {
        for path in files(&workplace.path(mailbox).join(".Drafts/cur")) {
            // One that is taken back between the two looks is none.
            let Ok(text) = fs::read_to_string(path) else { continue };
            let thread = text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
            *drafts.entry(thread.to_owned()).or_default() += 1;
        }
    }
    drafts
}

#[test]
fn each_thread_ends_with_one_draft_and_nothing_went_wrong() {
    let shared = format!("{MAILBOX}drafts = \"shared\"\n");
    let both = format!("{shared}\n[[mailboxes]]\n{}", shared.replace("sales", "export"));
    let workplace = Workplace::with(&[(MAILBOX, &both)]);
    for mailbox in ["export", "sales/.Sent"] {
        workplace.make_maildir(mailbox);
    }
    for thread in 0..THREADS {
        workplace.deliver("sales/.Sent", &format!("{thread}.opening"), opening(thread).as_bytes());
    }
    workplace.pass();
    for thread in 0..THREADS {
        workplace.deliver("sales", &format!("{thread}.answer"), answer(thread, "sales", 500).as_bytes());
        workplace.deliver("export", &format!("{thread}.answer"), answer(thread, "export", 800).as_bytes());
    }
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    let is_due = || {
        let acts = workplace.show(&["acts"]);
        acts.as_array().expect("a list").iter().any(|act| act["state"] != "done")
    };
    until("all is recorded", || workplace.show(&["messages"]).as_array().is_some_and(|all| all.len() == 3 * THREADS));
    until("all is done", || !is_due());
    let found = drafts(&workplace);
    assert!(found.len() == THREADS && found.values().all(|count| *count == 1), "{found:#?}\n{}", daemon.said());
    let said = daemon.said();
    assert!(!said.contains("ERROR"), "{said}");
    assert_eq!(daemon.stop().0.code(), Some(0));
}
