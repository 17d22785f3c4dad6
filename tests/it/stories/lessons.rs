//! What a salesperson puts right: by the command `teach` (here by what it writes into the books) and by moving a mail.

use crate::support::desk::{Desk, MONDAY_MORNING, as_seen};
use crate::support::engines::for_each_engine;
use std::path::PathBuf;
use tradepost::flow::corrections::precision;
use tradepost::flow::due::plan_daily;
use tradepost::flow::lessons::{self, Follows, Taught, Teaching};
use tradepost::record::lessons::{Lesson, LessonSource, list_recent};
use tradepost::record::messages::{self, Message};
use tradepost::types::{Intent, Language, LessonId, Moment};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

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

/// Another buyer's inquiry.
fn inquiry_of(number: usize) -> String {
    let text = INQUIRY.replace("tom-1@", &format!("buyer-{number}@")).replace("Tom Hall <tom@", &format!("Buyer <buyer{number}@"));
    text.replace("hall-lighting.example", &format!("firm{number}.example"))
}

/// Li Wei says at the command line what a mail really is.
async fn teach(desk: &Desk, message: &Message, intent: Option<Intent>, language: Option<Language>) -> Taught {
    let teaching = Teaching { intent, language, by: "li", source: LessonSource::Command, at: desk.office.now() };
    let mut session = desk.office.books.begin().await.expect("free books");
    let taught = lessons::teach_message(&mut session, message, &teaching).await.expect("taught");
    session.commit().await.expect("committed");
    taught
}

async fn forget(desk: &Desk, id: LessonId) -> Option<Lesson> {
    let mut session = desk.office.books.begin().await.expect("free books");
    let forgotten = lessons::forget(&mut session, id).await.expect("forgotten");
    session.commit().await.expect("committed");
    forgotten
}

async fn lessons(desk: &Desk) -> Vec<Lesson> {
    list_recent(&mut desk.office.books.look().await.expect("a look"), 100).await.expect("listed")
}

fn follows(taught: &Taught) -> Follows {
    let Taught::Kept { follows, .. } = taught else { panic!("{taught:?}") };
    *follows
}

/// The owner drags all customers' mail of a shelf into a folder.
fn drag(desk: &Desk, from: &str, to: &str) {
    desk.folder(&format!("sales/{to}"));
    let is_customers = |path: &PathBuf| !std::fs::read_to_string(path).expect("readable").contains("auto-generated");
    for path in desk.paths(&format!("sales/{from}")).into_iter().filter(is_customers) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let name = name.split(":2,").next().unwrap_or_default().to_owned();
        std::fs::rename(&path, desk.path(&format!("sales/{to}/cur/{name}:2,S"))).expect("moved");
    }
}

#[tokio::test]
async fn a_mail_that_is_an_order_after_all_gets_the_letter_of_an_order_in_place_of_the_other_and_once() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let first = desk.draft();
        assert_eq!(follows(&teach(&desk, &desk.last().await, Some(Intent::Order), None).await), Follows::Planned);
        let message = desk.last().await;
        assert_eq!((message.intent, message.intent_confidence_milli), (Some(Intent::Order), 1_000), "the books know at once");
        assert_eq!(desk.draft(), first, "the daemon does the rest");
        desk.settle().await;
        let second = desk.draft();
        assert_ne!(as_seen(&second), as_seen(&first));
        let why = desk.last().await.why;
        assert!(why.starts_with("taught: order (li); it was read as inquiry in en") && why.lines().count() > 2, "{why}");
        // Whatever is repeated, it is drafted once.
        let again = teach(&desk, &desk.last().await, Some(Intent::Order), None).await;
        assert!(matches!(again, Taught::Known { .. }), "{again:?}");
        desk.settle().await;
        assert_eq!(desk.draft(), second);
        // Li Wei was wrong: back again.
        teach(&desk, &desk.last().await, Some(Intent::Inquiry), None).await;
        desk.settle().await;
        // A draft's own id stands among its references.
        let words = |draft: &str| as_seen(draft).split_once("\n\n").map(|(_, words)| words.to_owned());
        assert_eq!(words(&desk.draft()), words(&first), "as it was at first");
        let [lesson] = lessons(&desk).await.try_into().expect("one lesson for one mail");
        assert_eq!((lesson.intent, lesson.read_intent, lesson.revision), (Some(Intent::Inquiry), Some(Intent::Inquiry), 2));
    })
    .await;
}

#[tokio::test]
async fn the_draft_for_a_mail_that_only_wants_to_sell_is_taken_back() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        desk.draft();
        teach(&desk, &desk.last().await, Some(Intent::Solicitation), None).await;
        desk.settle().await;
        assert_eq!(desk.drafts(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_draft_that_a_person_changed_stays_whatever_the_mail_is() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let path = desk.paths("sales/.Drafts/cur").pop().expect("a draft");
        let seen = PathBuf::from(path.to_string_lossy().replace(":2,D", ":2,DS"));
        std::fs::rename(&path, &seen).expect("opened");
        for intent in [Intent::Order, Intent::Solicitation] {
            teach(&desk, &desk.last().await, Some(intent), None).await;
            desk.settle().await;
            assert_eq!(desk.paths("sales/.Drafts/cur"), std::slice::from_ref(&seen), "{intent}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_followed_by_another_mail_or_is_old_is_only_recorded_anew() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let old = desk.last().await;
        desk.receive(MORE);
        desk.settle().await;
        let draft = desk.draft();
        teach(&desk, &old, Some(Intent::Order), None).await;
        desk.settle().await;
        assert_eq!(desk.draft(), draft, "the newer mail's draft is its own");
        let mut session = desk.office.books.look().await.expect("a look");
        let old = messages::find_by_id(&mut session, old.id).await.expect("found").expect("there");
        drop(session);
        assert_eq!(old.intent, Some(Intent::Order));
        desk.office.clock.forward(20 * DAY_MS);
        teach(&desk, &desk.last().await, Some(Intent::Order), None).await;
        desk.settle().await;
        let drafts = desk.drafts();
        assert!(drafts.contains(&draft), "nobody answers after three weeks by itself");
    })
    .await;
}

#[tokio::test]
async fn what_is_forgotten_is_as_it_was_read_and_a_language_is_taught_alone() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let (draft, before) = (desk.draft(), desk.last().await);
        let galician = Language::parse("gl");
        assert_eq!(follows(&teach(&desk, &before, None, galician).await), Follows::Recorded);
        teach(&desk, &desk.last().await, Some(Intent::Complaint), None).await;
        let [lesson] = lessons(&desk).await.try_into().expect("one lesson for one mail");
        assert_eq!((lesson.intent, lesson.language), (Some(Intent::Complaint), galician), "both are kept");
        assert_eq!(desk.last().await.language.code(), "gl");
        forget(&desk, lesson.id).await.expect("it was there");
        let after = desk.last().await;
        assert_eq!((after.intent, after.language, &after.why), (before.intent, before.language, &before.why));
        desk.settle().await;
        assert_eq!(desk.draft(), draft, "nothing follows from what is forgotten");
        assert_eq!(forget(&desk, lesson.id).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_lesson_goes_with_its_mail() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let message = desk.last().await;
        teach(&desk, &message, Some(Intent::Order), None).await;
        let mut session = desk.office.books.begin().await.expect("free books");
        assert!(messages::erase(&mut session, message.id).await.expect("erased"));
        session.commit().await.expect("committed");
        assert_eq!(lessons(&desk).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_mail_dragged_into_the_folder_of_an_intent_is_such_a_mail_and_dragged_on_another() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        desk.draft();
        drag(&desk, "new", "意图/推销");
        desk.settle().await;
        assert_eq!(desk.last().await.intent, Some(Intent::Solicitation));
        assert_eq!(desk.drafts(), Vec::<String>::new(), "whoever sells gets no draft");
        let [lesson] = lessons(&desk).await.try_into().expect("one lesson");
        assert_eq!((lesson.source, lesson.taught_by.as_str()), (LessonSource::Folder, "sales"));
        drag(&desk, "意图/推销/cur", ".Intent.order");
        desk.settle().await;
        assert_eq!(desk.last().await.intent, Some(Intent::Order));
        desk.draft();
        desk.settle().await;
        let [lesson] = lessons(&desk).await.try_into().expect("one lesson for one mail");
        assert_eq!((lesson.read_intent, lesson.revision), (Some(Intent::Inquiry), 2));
    })
    .await;
}

#[tokio::test]
async fn mail_that_a_server_files_by_itself_and_mail_that_a_rule_moves_teach_nothing() {
    for_each_engine(|books| async move {
        let desk = desk_at_work(&books).await;
        desk.folder("sales/.Intent.order");
        desk.deliver("sales/.Intent.order/cur", ":2,", INQUIRY);
        desk.settle().await;
        assert_eq!((desk.last().await.intent, lessons(&desk).await.len()), (Some(Intent::Inquiry), 0), "it lay nowhere before");
        (1..=5).for_each(|number| desk.receive(&inquiry_of(number)));
        desk.settle().await;
        assert_eq!(desk.drafts().len(), 6);
        drag(&desk, "new", ".Intent.solicitation");
        desk.settle().await;
        let recorded = desk.recorded().await;
        assert!(recorded.iter().all(|message| message.intent == Some(Intent::Inquiry)), "five at once are moved by no hand");
        assert_eq!(desk.drafts().len(), 6);
        // What nobody believed is told, and can be said.
        let note = daily_mail(&desk, MONDAY_MORNING.plus_ms(DAY_MS)).await;
        assert!(note.contains("sales：同时移动的邮件 5 封"), "{note}");
        let moved = recorded.into_iter().rev().find(|message| message.from_address.starts_with("buyer")).expect("moved");
        assert_eq!(follows(&teach(&desk, &moved, Some(Intent::Solicitation), None).await), Follows::Planned);
    })
    .await;
}

/// A desk whose daily mails begin today.
async fn desk_at_work(books: &tradepost::record::Books) -> Desk {
    let desk = Desk::open(books).await;
    plan_daily(&desk.office, MONDAY_MORNING).await.expect("planned");
    desk.office.clock.forward(HOUR_MS);
    desk
}

/// Li Wei's daily mail of that morning.
async fn daily_mail(desk: &Desk, morning: Moment) -> String {
    desk.office.clock.forward(morning.0 - desk.office.now().0);
    plan_daily(&desk.office, morning).await.expect("planned");
    desk.settle().await;
    as_seen(&desk.notes().pop().expect("a daily mail"))
}

#[tokio::test]
async fn the_first_daily_mail_of_a_week_says_how_mail_was_read_and_the_others_what_was_moved() {
    for_each_engine(|books| async move {
        let desk = desk_at_work(&books).await;
        (1..=4).for_each(|number| desk.receive(&inquiry_of(number)));
        desk.settle().await;
        teach(&desk, &desk.last().await, Some(Intent::Order), None).await;
        std::fs::remove_file(desk.paths("sales/new").pop().expect("the last")).expect("deleted");
        for path in desk.paths("sales/new").into_iter().skip(1) {
            let read = desk.path("sales/cur").join(format!("{}:2,S", path.file_name().expect("a name").to_string_lossy()));
            std::fs::rename(path, read).expect("read");
        }
        desk.settle().await;
        drag(&desk, "new", ".Intent.complaint");
        desk.settle().await;
        let tuesday = daily_mail(&desk, MONDAY_MORNING.plus_ms(DAY_MS)).await;
        assert!(tuesday.contains("移动文件夹作出的更正\n- 投诉 – ") && tuesday.contains("原判为“询盘”"), "{tuesday}");
        assert!(!tuesday.contains("上周邮件判读情况"), "{tuesday}");
        let monday = daily_mail(&desk, MONDAY_MORNING.plus_ms(7 * DAY_MS)).await;
        assert!(monday.contains("上周判读邮件：4；由您更正：2\n- 询盘：4 封中 2 封判断正确"), "{monday}");
        let next = daily_mail(&desk, MONDAY_MORNING.plus_ms(8 * DAY_MS)).await;
        assert!(!next.contains("上周"), "{next}");
        let mut session = desk.office.books.look().await.expect("a look");
        let of_day = precision(&mut session, MONDAY_MORNING, MONDAY_MORNING.plus_ms(DAY_MS)).await.expect("counted");
        assert_eq!((of_day.read, of_day.corrected), (4, 2));
    })
    .await;
}

const CALL_OFF: &str = "From: Jo Maes <jo@maes.example>
To: sales@bright.example
Subject: Frame contract
Date: Mon, 16 Nov 2026 01:40:00 +0000
Message-ID: <jo-1@maes.example>

Hello, please release the next lot of frame contract 17 to our Antwerp warehouse, 4 pallets. Thank you, Jo
";

#[tokio::test]
async fn mail_like_one_that_was_put_right_is_read_so_from_then_on_and_as_before_when_that_is_forgotten() {
    for_each_engine(|books| async move {
        let desk = Desk::open(&books).await;
        desk.receive(CALL_OFF);
        desk.settle().await;
        let message = desk.last().await;
        let read = message.intent.expect("it was read");
        let is = if read == Intent::Negotiation { Intent::Complaint } else { Intent::Negotiation };
        teach(&desk, &message, Some(is), None).await;
        desk.office.clock.forward(HOUR_MS);
        desk.settle().await;
        let like_it = |number: u32| {
            let text = CALL_OFF
                .replace("next lot", "following lot")
                .replace("17 to our Antwerp", "22 to our Ghent")
                .replace("4 pallets", "6 pallets");
            text.replace("jo-1@", &format!("jo-{number}@")).replace("Subject: Frame contract", &format!("Subject: Lot {number}"))
        };
        desk.receive(&like_it(2));
        desk.receive(INQUIRY);
        desk.settle().await;
        let recorded = desk.recorded().await;
        let of = |id: &str| recorded.iter().find(|message| message.message_id.as_ref().is_some_and(|known| known.as_str().starts_with(id)));
        let (like, other) = (of("jo-2@").expect("recorded"), of("tom-1@").expect("recorded"));
        assert_eq!((like.intent, other.intent), (Some(is), Some(Intent::Inquiry)), "{}", like.reading);
        assert!(like.reading.contains("learned: ") && like.intent_confidence_milli < 950, "{}", like.reading);
        let lesson = lessons(&desk).await.pop().expect("one lesson");
        forget(&desk, lesson.id).await;
        desk.office.clock.forward(HOUR_MS);
        desk.settle().await;
        desk.receive(&like_it(3));
        desk.settle().await;
        assert_eq!(desk.last().await.intent, Some(read));
    })
    .await;
}
