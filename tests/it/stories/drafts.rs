//! Drafts that nobody has to fear: whose they are, and what becomes of them.

use crate::support::desk::Desk;
use crate::support::engines::for_each_engine;
use std::path::PathBuf;
use std::sync::Arc;
use tradepost::config::DraftsIn;
use tradepost::flow::outward::Done;
use tradepost::record::drafts::{self, Draft, DraftState};
use tradepost::record::{person_drafts, settings, threads};
use tradepost::types::EmailAddress;

const INQUIRY: &str = "From: Tom Hall <tom@hall-lighting.example>
To: sales@bright.example
Subject: Price for flood lights 50W
Date: Mon, 16 Nov 2026 00:40:00 +0000
Message-ID: <tom-1@hall-lighting.example>

Hi, please quote 1,000 pcs flood lights 50W FOB Ningbo. Thanks, Tom
";

const MORE: &str = "From: Tom Hall <tom@hall-lighting.example>
To: sales@bright.example
Subject: Re: Price for flood lights 50W
Date: Mon, 16 Nov 2026 00:50:00 +0000
Message-ID: <tom-2@hall-lighting.example>
In-Reply-To: <tom-1@hall-lighting.example>
References: <tom-1@hall-lighting.example>

Hi again, please quote 3,000 pcs flood lights 50W FOB Ningbo instead. Thanks, Tom
";

/// What Anna begins to write by hand.
const ANNAS_OWN: &str = "From: Anna Berg <anna@bright.example>
To: Tom Hall <tom@hall-lighting.example>
Subject: Re: Price for flood lights 50W
Date: Mon, 16 Nov 2026 09:05:00 +0800
Message-ID: <by-hand@bright.example>
In-Reply-To: <tom-1@hall-lighting.example>

Dear Tom,
";

async fn drafts_in_books(desk: &Desk) -> Vec<Draft> {
    let mut session = desk.office.books.look().await.expect("a look");
    let mut found = drafts::list_recent(&mut session, 100).await.expect("the drafts");
    found.reverse();
    found
}

async fn states(desk: &Desk) -> Vec<DraftState> {
    drafts_in_books(desk).await.iter().map(|draft| draft.state).collect()
}

fn draft_file(desk: &Desk) -> PathBuf {
    desk.paths("sales/.Drafts/cur").pop().expect("a draft")
}

/// A client that edits a draft saves another one and deletes the first; the words and the Message-ID change, References stay.
fn edit(desk: &Desk, words: &str) -> PathBuf {
    let path = draft_file(desk);
    let draft = std::fs::read_to_string(&path).expect("readable");
    let (head, body) = draft.split_once("\r\n\r\n").expect("a header");
    let kept = head.replace("\r\nMessage-ID: <", "\r\nMessage-ID: <edited.").replace("X-Tradepost-Draft", "X-Dropped-By-The-Client");
    std::fs::remove_file(&path).expect("deleted");
    desk.deliver("sales/.Drafts/cur", ":2,DS", &format!("{kept}\r\n\r\n{words}\r\n{body}"))
}

/// What was in Drafts is now in Sent.
fn send(path: &PathBuf) {
    let sent = path.to_string_lossy().replace("/.Drafts/", "/.Sent/").replace(":2,D", ":2,S");
    std::fs::rename(path, sent.replace(":2,SS", ":2,S")).expect("sent");
}

#[tokio::test]
async fn a_draft_that_a_person_opened_stays_and_gets_no_second_one_beside_it() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let path = draft_file(&desk);
        let read = PathBuf::from(format!("{}S", path.display()));
        std::fs::rename(&path, &read).expect("Li Wei opens it");
        desk.settle().await;
        assert_eq!(states(&desk).await, [DraftState::Persons]);

        desk.office.clock.forward(60_000);
        desk.receive(MORE);
        let report = desk.settle().await;
        assert_eq!((report.done.spared, desk.drafts().len()), (1, 1));
        let sales = desk.office.accounts[0].id;
        let mut session = desk.office.books.look().await.expect("a look");
        let waiting = person_drafts::list_waiting(&mut session, sales).await.expect("a list");
        assert_eq!(waiting.len(), 1, "Tom wrote again, and Li Wei's draft waits: the daily mail says so");
        drop(session);

        std::fs::remove_file(&read).expect("Li Wei throws it away");
        desk.settle().await;
        assert_eq!(states(&desk).await, [DraftState::Gone]);
        desk.receive(&MORE.replace("tom-2", "tom-3").replace("3,000", "5,000"));
        desk.settle().await;
        assert!(desk.draft().contains("5,000"), "what comes later is drafted again");
    })
    .await;
}

#[tokio::test]
async fn a_draft_that_anna_begins_by_hand_withdraws_ours_in_the_other_mailbox() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        assert_eq!(desk.drafts().len(), 1);
        desk.folder("anna/.Drafts");
        let by_hand = desk.deliver("anna/.Drafts/cur", ":2,DS", ANNAS_OWN);
        let report = desk.settle().await;
        assert_eq!((report.done.withdrawn, desk.drafts().len()), (1, 0));
        assert_eq!(states(&desk).await, [DraftState::Withdrawn]);
        assert_eq!(std::fs::read_to_string(&by_hand).expect("it lies there"), ANNAS_OWN);

        desk.receive(MORE);
        desk.settle().await;
        assert_eq!((desk.drafts().len(), desk.drafts_of("anna").len()), (0, 1), "none is put beside hers");
    })
    .await;
}

#[tokio::test]
async fn a_draft_edited_in_a_client_is_known_under_its_new_message_id_and_when_it_is_sent() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let edited = edit(&desk, "USD 4.20.");
        desk.settle().await;
        assert_eq!(states(&desk).await, [DraftState::Persons]);
        assert_eq!(desk.drafts().len(), 1, "the edited one, and no other");

        send(&edited);
        desk.settle().await;
        assert_eq!(states(&desk).await, [DraftState::Sent]);
        let recorded = desk.recorded().await;
        assert_eq!(recorded[0].thread, recorded[1].thread, "it is in Tom's thread");
        assert_eq!(desk.mails("sales/new").len(), 1, "nobody is told of a draft that was up to date");
        assert_eq!(desk.notes(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn tom_s_answer_carries_our_token_and_is_toms_mail_all_the_same() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let draft = drafts_in_books(&desk).await.remove(0);
        send(&draft_file(&desk));
        desk.settle().await;
        let (id, token) = (&draft.message_id, draft.message_id.draft_token());
        let answer = MORE
            .replace("In-Reply-To: <tom-1@hall-lighting.example>", &format!("In-Reply-To: <{id}>"))
            .replace("References: <tom-1@hall-lighting.example>", &format!("References: <{token}> <tom-1@hall-lighting.example> <{id}>"));
        desk.receive(&answer);
        desk.settle().await;
        assert_eq!(states(&desk).await, [DraftState::Sent, DraftState::Ours]);
        let recorded = desk.recorded().await;
        assert!(recorded.iter().all(|mail| mail.thread == recorded[0].thread));

        // Li Wei answers by hand: not the draft, whose token stands further up.
        let by_hand = ANNAS_OWN.replace("anna@", "sales@").replace(
            "In-Reply-To: <tom-1@hall-lighting.example>",
            &format!("In-Reply-To: <tom-2@hall-lighting.example>\nReferences: <{token}> <tom-1@hall-lighting.example> <{id}> <tom-2@hall-lighting.example>"),
        );
        desk.deliver("sales/.Sent/cur", ":2,S", &by_hand);
        desk.settle().await;
        assert_eq!(states(&desk).await, [DraftState::Sent, DraftState::Withdrawn]);
        assert_eq!((desk.notes(), desk.drafts()), (vec![], vec![]));
    })
    .await;
}

#[tokio::test]
async fn anna_sends_a_superseded_draft_anyway_and_is_told_in_german_what_differs() {
    for_each_engine(|books| async move {
        // Foxmail sends a draft that is open in its window also when the server's copy has gone.
        let desk = Desk::open(&books).await;
        let to_anna = |mail: &str| mail.replace("To: sales@", "To: anna@");
        desk.deliver("anna/new", "", &to_anna(INQUIRY));
        desk.settle().await;
        let open_in_the_window = desk.paths("anna/.Drafts/cur").pop().expect("a draft");
        let first = std::fs::read_to_string(&open_in_the_window).expect("readable");
        desk.deliver("anna/new", "", &to_anna(MORE));
        desk.settle().await;
        assert_eq!(states(&desk).await, [DraftState::Withdrawn, DraftState::Ours]);

        desk.deliver("anna/.Sent/cur", ":2,S", &first);
        let report = desk.settle().await;
        assert_eq!((report.done.told, report.done.withdrawn), (1, 0));
        assert_eq!(states(&desk).await, [DraftState::Sent, DraftState::Ours]);
        assert_eq!(desk.drafts_of("anna").len(), 1, "the current draft answers Tom's newer mail and stays");
        let note = desk.mails("anna/new").into_iter().find(|mail| mail.contains("Auto-Submitted: auto-generated")).expect("a note");
        let note =
            mail_parser::MessageParser::default().parse(note.as_bytes()).expect("a message").body_text(0).expect("text").into_owned();
        for said in
            ["aus einem veralteten Entwurf", "1,000 pcs", "3,000 pcs", "Gesendet haben Sie:", "Im aktuellen Entwurf steht:", "> Hi again"]
        {
            assert!(note.contains(said), "{said}:\n{note}");
        }
        desk.settle().await;
        assert_eq!(desk.mails("anna/new").iter().filter(|mail| mail.contains("auto-generated")).count(), 1, "she is told once");
    })
    .await;
}

#[tokio::test]
async fn a_shared_mailbox_may_keep_its_drafts_and_a_new_owner_gets_the_draft_once() {
    for_each_engine(|books| async move {
        let mut desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let thread = desk.last().await.thread.expect("a thread");
        let mut session = books.begin().await.expect("a session");
        let anna = EmailAddress::parse("anna@bright.example").expect("an address");
        threads::mark_owner(&mut session, thread, &anna).await.expect("Anna takes over");
        session.commit().await.expect("committed");
        desk.receive(MORE);
        desk.settle().await;
        assert_eq!((desk.drafts().len(), desk.drafts_of("anna").len()), (0, 1), "the old one first, then the new one");
        assert_eq!(states(&desk).await, [DraftState::Withdrawn, DraftState::Ours]);

        Arc::get_mut(&mut desk.office.accounts).expect("the only office")[0].config.drafts = DraftsIn::Shared;
        desk.receive(&MORE.replace("tom-2", "tom-3").replace("3,000", "5,000"));
        desk.settle().await;
        assert_eq!((desk.drafts().len(), desk.drafts_of("anna").len()), (1, 0), "in sales again, and never in both");
        assert!(desk.draft().contains("5,000"));
    })
    .await;
}

#[tokio::test]
async fn mail_that_nobody_looks_after_gets_no_draft_and_the_books_say_why() {
    for_each_engine(|books| async move {
        let mut desk = Desk::open(&books).await;
        Arc::get_mut(&mut desk.office.accounts).expect("the only office")[0].config.owner = None;
        desk.receive(INQUIRY);
        desk.settle().await;
        assert_eq!(desk.drafts(), Vec::<String>::new());
        let why = desk.last().await.why;
        assert!(why.contains("unassigned"), "{why}");
    })
    .await;
}

#[tokio::test]
async fn a_double_that_a_slow_server_delivers_late_is_taken_back() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        // The first try broke off, and nobody knew that it would come through.
        let known = drafts_in_books(&desk).await.remove(0);
        let mut session = books.begin().await.expect("a session");
        let size = u64::try_from(known.size).expect("a size");
        let again = drafts::mark_put_again(&mut session, known.id, &known.content_hash, size, &known.says, desk.office.now()).await;
        assert!(again.expect("known"));
        settings::mark_paused(&mut session, Some("stock-taking")).await.expect("room");
        session.commit().await.expect("committed");
        let late = copy(&desk, ":2,D");
        desk.settle().await;
        assert!(late.exists(), "in a pause nothing is taken back");
        let mut session = books.begin().await.expect("a session");
        settings::mark_paused(&mut session, None).await.expect("room");
        session.commit().await.expect("committed");
        desk.settle().await;
        assert!(!late.exists() && draft_file(&desk).exists(), "the one the books know stays");
        assert_eq!(states(&desk).await, [DraftState::Ours]);

        let opened = copy(&desk, ":2,DS");
        desk.settle().await;
        assert!(opened.exists(), "a copy that a person has opened is that person's");
        assert_eq!(desk.drafts().len(), 1, "ours makes way");
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_li_wei_made_of_a_draft_is_li_weis_also_before_it_is_opened() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let (ours, copied) = (draft_file(&desk), copy(&desk, ":2,D"));
        desk.settle().await;
        assert!(copied.exists() && !ours.exists(), "one draft was put, so the other is a person's, and ours makes way");
        assert_eq!(states(&desk).await, [DraftState::Withdrawn]);

        // From an archive, after the draft was withdrawn.
        std::fs::rename(&copied, desk.path("sales/.Sent/tmp/archived")).expect("moved away");
        desk.settle().await;
        let back = desk.deliver("sales/.Drafts/cur", ":2,D", "");
        std::fs::rename(desk.path("sales/.Sent/tmp/archived"), &back).expect("moved back");
        desk.settle().await;
        assert!(back.exists());
    })
    .await;
}

/// The draft once more at another place.
fn copy(desk: &Desk, flags: &str) -> PathBuf {
    let bytes = std::fs::read(draft_file(desk)).expect("readable");
    let copied = desk.deliver("sales/.Drafts/cur", flags, "");
    std::fs::write(&copied, &bytes).expect("the same bytes at another place");
    copied
}

#[tokio::test]
async fn a_draft_that_lies_at_another_place_unchanged_is_still_ours() {
    for_each_engine(|books| async move {
        // As after a server has counted its folder anew.
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let path = draft_file(&desk);
        std::fs::rename(&path, path.with_file_name("1.recounted.host:2,D")).expect("renamed");
        desk.settle().await;
        let known = drafts_in_books(&desk).await;
        assert_eq!((known.len(), known[0].state, known[0].place.as_str()), (1, DraftState::Ours, "1.recounted.host"));
        desk.receive(MORE);
        desk.settle().await;
        assert!(desk.draft().contains("3,000"), "it was replaced, not joined");
    })
    .await;
}

#[tokio::test]
async fn what_a_person_answered_meanwhile_is_not_drafted_however_much_else_was_sent() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        let pause = async |why: Option<&str>| {
            let mut session = books.begin().await.expect("free books");
            settings::mark_paused(&mut session, why).await.expect("room");
            session.commit().await.expect("room");
        };
        pause(Some("stock-taking")).await;
        desk.receive(INQUIRY);
        assert_eq!(desk.settle().await.done, Done::default());
        // More than is read at once; the answer is the last of them.
        for number in 0..130 {
            let other =
                format!("From: anna@bright.example\nTo: x@friend.example\nMessage-ID: <sent-{number}@bright.example>\n\nHello {number}\n");
            desk.deliver("sales/.Sent/cur", ":2,S", &other);
        }
        desk.deliver("sales/.Sent/cur", ":2,S", ANNAS_OWN);
        pause(None).await;
        desk.settle().await;
        assert_eq!(desk.drafts(), Vec::<String>::new());
        assert_eq!(states(&desk).await, [], "none was put there and taken back either");
    })
    .await;
}
