//! One mail of ours, however many copies of it lie in Sent and whatever Message-IDs they bear.

use crate::support::desk::Desk;
use crate::support::engines::for_each_engine;
use std::path::PathBuf;
use tradepost::record::drafts::{self, DraftState};
use tradepost::record::habits::{self, HabitKind};
use tradepost::record::mentions::{self, Answered};
use tradepost::record::messages::{self, Direction};
use tradepost::record::{copies, placements, tombstones};
use tradepost::types::Moment;

const INQUIRY: &str = "From: Tom Hall <tom@hall-lighting.example>
To: sales@bright.example
Subject: Price for flood lights 50W
Date: Mon, 16 Nov 2026 00:40:00 +0000
Message-ID: <tom-1@hall-lighting.example>

Hi, please quote 1,000 pcs flood lights 50W FOB Ningbo. Thanks, Tom
";

/// What Li Wei writes by herself.
const BY_HAND: &str = "From: Li Wei <sales@bright.example>
To: Ann Reed <ann@reed.example>
Subject: New catalogue
Date: Mon, 16 Nov 2026 09:05:00 +0800
Message-ID: <by-hand@bright.example>

Dear Ann, our new catalogue is out. Shall I send you one? Li Wei
";

/// Answers a Message-ID under another subject, with nothing else to know the thread by.
fn answer(to: &str, from: &str) -> String {
    format!(
        "From: {from}
To: sales@bright.example
Subject: One more thing
Date: Tue, 17 Nov 2026 00:40:00 +0000
Message-ID: <answer-to-{to}>
In-Reply-To: <{to}>

Please quote 3,000 pcs street lights FOB Ningbo too. Thanks
"
    )
}

fn draft_file(desk: &Desk) -> PathBuf {
    desk.paths("sales/.Drafts/cur").pop().expect("a draft")
}

/// The same mail as the provider files it: a Message-ID of its own, and its traces at the top.
fn as_filed(mail: &str, id: &str) -> String {
    let mail = mail.replace("\r\n", "\n");
    let (head, body) = mail.split_once("\n\n").expect("a header");
    let fields: Vec<&str> = head.split('\n').filter(|field| !field.starts_with("Message-ID:")).collect();
    format!("X-QQ-mid: 4711\nMessage-ID: <{id}>\n{}\n\n{body}", fields.join("\n"))
}

async fn states(desk: &Desk) -> Vec<DraftState> {
    let mut session = desk.office.books.look().await.expect("a look");
    drafts::list_recent(&mut session, 100).await.expect("the drafts").iter().rev().map(|draft| draft.state).collect()
}

/// How many mails of ours there are, and at how many places the last of them lies.
async fn ours(desk: &Desk) -> (usize, usize) {
    let ours: Vec<_> = desk.recorded().await.into_iter().filter(|mail| mail.direction == Direction::Out).collect();
    let mut session = desk.office.books.look().await.expect("a look");
    let last = ours.last().expect("a mail of ours");
    (ours.len(), placements::list_of_message(&mut session, last.id).await.expect("its places").len())
}

async fn seen(desk: &Desk) -> Vec<(HabitKind, i64)> {
    let mut session = desk.office.books.look().await.expect("a look");
    let seen = habits::list(&mut session, desk.office.accounts[0].id).await.expect("the habits");
    seen.iter().map(|habit| (habit.kind, habit.times)).collect()
}

#[tokio::test]
async fn a_draft_that_the_provider_files_once_more_under_its_own_id_is_one_mail() {
    // Either copy may be met first, and the provider may drop our header.
    for (is_filed_first, keeps_header) in [(false, true), (true, true), (true, false)] {
        for_each_engine(|books| async move {
            let desk = Desk::open(&books).await;
            desk.receive(INQUIRY);
            desk.settle().await;
            let mail = std::fs::read_to_string(draft_file(&desk)).expect("readable");
            std::fs::remove_file(draft_file(&desk)).expect("sent");
            let filed = as_filed(&mail, "tencent_1@qq.example");
            let filed = if keeps_header { filed } else { filed.replace("X-Tradepost-Draft", "X-Dropped") };
            let copies = if is_filed_first { [filed.as_str(), mail.as_str()] } else { [mail.as_str(), filed.as_str()] };
            for copy in copies {
                desk.deliver("sales/.Sent/cur", ":2,S", copy);
                desk.settle().await;
            }
            assert_eq!(ours(&desk).await, (1, 2), "one mail at two places");
            assert_eq!(states(&desk).await, [DraftState::Sent]);
            assert_eq!((desk.notes(), desk.drafts()), (vec![], vec![]));
            assert_eq!(seen(&desk).await, [(HabitKind::DoublesSent, 1), (HabitKind::RewritesMessageId, 1)]);

            // Tom's server never saw the Message-ID that his mail program answers.
            desk.receive(&answer("tencent_1@qq.example", "Tom Hall <tom@hall-lighting.example>"));
            desk.settle().await;
            let recorded = desk.recorded().await;
            assert_eq!(recorded[0].thread, recorded.last().expect("the answer").thread, "{}", recorded.last().expect("it").why);
        })
        .await;
    }
}

#[tokio::test]
async fn a_draft_that_lies_in_sent_under_another_id_only_is_sent_and_answers_to_either_id_find_it() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let mail = std::fs::read_to_string(draft_file(&desk)).expect("readable");
        let given = mail.lines().find_map(|line| line.strip_prefix("Message-ID: <")).and_then(|id| id.strip_suffix('>')).expect("an id");
        std::fs::remove_file(draft_file(&desk)).expect("sent");
        desk.deliver("sales/.Sent/cur", ":2,S", &as_filed(&mail, "tencent_1@qq.example").replace("X-Tradepost-Draft", "X-Dropped"));
        desk.settle().await;
        assert_eq!((states(&desk).await, ours(&desk).await), (vec![DraftState::Sent], (1, 1)));
        for id in ["tencent_1@qq.example", given] {
            desk.receive(&answer(id, "Tom Hall <tom@hall-lighting.example>"));
            desk.settle().await;
            let recorded = desk.recorded().await;
            assert_eq!(recorded[0].thread, recorded.last().expect("the answer").thread, "{id}");
        }
    })
    .await;
}

#[tokio::test]
async fn copies_of_mail_written_by_hand_are_one_and_a_mailing_or_a_second_mail_is_not() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.deliver("sales/.Sent/cur", ":2,S", BY_HAND);
        let filed = as_filed(BY_HAND, "tencent_2@qq.example");
        desk.deliver("sales/.Sent/cur", ":2,S", &filed);
        desk.settle().await;
        assert_eq!(ours(&desk).await, (1, 2));
        // Anna was in blind copy, and her copy came through the provider.
        desk.deliver("anna/new", "", &filed);
        desk.settle().await;
        assert_eq!(ours(&desk).await, (1, 3));
        assert_eq!((desk.drafts_of("anna"), desk.notes()), (vec![], vec![]));

        for (number, to) in ["bob@one.example", "carla@two.example", "dora@three.example"].into_iter().enumerate() {
            let mailing = BY_HAND.replace("Ann Reed <ann@reed.example>", to).replace("by-hand", &format!("mailing-{number}"));
            desk.deliver("sales/.Sent/cur", ":2,S", &mailing);
        }
        desk.deliver("sales/.Sent/cur", ":2,S", &BY_HAND.replace("09:05:00", "09:09:00").replace("by-hand", "once-more"));
        desk.settle().await;
        assert_eq!(ours(&desk).await.0, 5);

        desk.receive(&answer("tencent_2@qq.example", "Ann's office <office@reed.example>"));
        desk.settle().await;
        let recorded = desk.recorded().await;
        assert_eq!(recorded[0].thread, recorded.last().expect("the answer").thread, "by the provider's id alone");
    })
    .await;
}

#[tokio::test]
async fn doubled_history_is_counted_once() {
    for_each_engine(|books| async move {
        let desk = Desk::before_first_look(&books, &[]).await;
        for id in ["tencent_3@qq.example", "tencent_4@qq.example"] {
            desk.deliver("sales/.Sent/cur", ":2,S", &as_filed(BY_HAND, id));
        }
        desk.deliver("sales/.Sent/cur", ":2,S", BY_HAND);
        desk.settle().await;
        assert_eq!(ours(&desk).await, (1, 3));
        // Nothing is read twice afterwards, whichever copy comes to light again.
        std::fs::rename(desk.paths("sales/.Sent/cur").remove(1), desk.path("sales/.Sent/cur/moved.story:2,S")).expect("moved");
        desk.settle().await;
        assert_eq!(ours(&desk).await, (1, 3));
    })
    .await;
}

#[tokio::test]
async fn an_erased_mail_does_not_come_back_with_its_copy() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        for mail in [BY_HAND, &as_filed(BY_HAND, "tencent_2@qq.example")] {
            desk.deliver("sales/.Sent/cur", ":2,S", mail);
        }
        desk.settle().await;
        let mail = desk.last().await;
        let mut session = books.begin().await.expect("a session");
        let copies = copies::list_identities(&mut session, mail.id).await.expect("the copy");
        assert_eq!(copies.len(), 1);
        for identity in copies.iter().chain([&mail.identity]) {
            tombstones::add(&mut session, identity, "message", desk.office.now()).await.expect("buried");
        }
        assert!(messages::erase(&mut session, mail.id).await.expect("erased"));
        session.commit().await.expect("committed");
        for path in desk.paths("sales/.Sent/cur") {
            std::fs::rename(&path, path.with_file_name(format!("again-{}", path.file_name().expect("a name").display()))).expect("moved");
        }
        desk.settle().await;
        assert_eq!(desk.recorded().await, []);
    })
    .await;
}

#[tokio::test]
async fn answers_to_mails_of_ours_that_nobody_saved_are_counted() {
    for_each_engine(|books| async move {
        let desk = Desk::before_first_look(&books, &[]).await;
        // The files carry today's date, and are to be there before the first look.
        desk.office.clock.forward(400 * 86_400_000);
        let answered = async |with_history| {
            let mut session = desk.office.books.look().await.expect("a look");
            let sales = desk.office.accounts[0].id;
            mentions::count_answered(&mut session, sales, Moment(0), with_history).await.expect("counted")
        };
        desk.deliver("sales/cur", ":2,S", &answer("lost-1@bright.example", "Ann <ann@reed.example>"));
        desk.settle().await;
        assert_eq!(answered(true).await, Answered { all: 1, unknown: 1 });
        assert_eq!(answered(false).await, Answered::default(), "it was there before we were");

        desk.deliver("sales/.Sent/cur", ":2,S", BY_HAND);
        desk.deliver("sales/.Sent/cur", ":2,S", &as_filed(BY_HAND, "tencent_2@qq.example"));
        desk.settle().await;
        for (number, id) in
            ["by-hand@bright.example", "tencent_2@qq.example", "lost-2@bright.example", "lost-2@bright.example"].iter().enumerate()
        {
            desk.receive(&answer(id, "Ann <ann@reed.example>").replace("answer-to-", &format!("{number}-")));
        }
        desk.settle().await;
        assert_eq!(answered(false).await, Answered { all: 3, unknown: 1 }, "either id of a mail is known, and one mail is counted once");
        assert_eq!(answered(true).await, Answered { all: 4, unknown: 2 });
    })
    .await;
}
