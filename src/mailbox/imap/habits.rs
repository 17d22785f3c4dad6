//! The door's verbs on servers as they are: what the standard leaves open, and what large providers do against it.

use super::ImapError;
use super::ImapVisit;
use super::model::{Model, Shelf};
use super::watch::Pace;
use crate::mailbox::{DraftNow, Entry, Landing, Look, Lying, Mark, NewDraft, Parcel, Places, Put, Role, Tried, UidSet};
use crate::types::MessageId;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const INBOX: &str = "INBOX";
/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(20);

/// What the books would know of a folder.
#[derive(Default)]
struct Books {
    uidvalidity: u32,
    known: BTreeSet<u32>,
    last: Option<Mark>,
    /// How often each mail was brought, by its text.
    brought: BTreeMap<String, usize>,
}

impl Books {
    fn places(&self) -> Places {
        Places::Uids { uidvalidity: self.uidvalidity, uids: self.known.iter().copied().collect() }
    }

    /// Whether UIDs that begin anew would be below those seen.
    fn would_notice(&self, model: &Model) -> bool {
        let uidvalidity = model.shelf(INBOX, |shelf| shelf.uidvalidity);
        self.uidvalidity == uidvalidity && self.last.and_then(|last| last.uidnext).is_some_and(|uidnext| uidnext > 2)
    }

    async fn look(&mut self, visit: &mut ImapVisit) -> Look {
        let look = visit.look(INBOX, &self.places(), self.last.as_ref()).await.expect("the model answers");
        if look.is_reset {
            self.known.clear();
        }
        self.uidvalidity = u32::try_from(look.mark.uidvalidity).expect("a UIDVALIDITY");
        for place in &look.gone {
            assert!(self.known.remove(&place.parse().expect("a UID")), "{place} is gone and was never known");
        }
        self.last = Some(look.mark);
        look
    }

    /// Fetches what is new, of which some is forgotten as in a crash.
    async fn take(&mut self, visit: &mut ImapVisit, look: &Look, forgets: impl Fn(usize) -> bool) {
        let parcels = visit.fetch(INBOX, &look.newcomers).await.expect("the model answers");
        assert_eq!(parcels.len(), look.newcomers.len());
        for (at, (entry, parcel)) in look.newcomers.iter().zip(parcels).enumerate() {
            let (Ok(text), false) = (parcel.open(u64::MAX), forgets(at)) else { continue };
            assert!(self.known.insert(entry.place.parse().expect("a UID")), "{} was known", entry.place);
            *self.brought.entry(String::from_utf8(text).expect("text")).or_default() += 1;
        }
    }
}

/// What happens in a folder between two looks.
#[derive(Debug, Clone)]
enum Step {
    Arrive(usize),
    Expunge(usize),
    /// Mails vanish from listings for a while.
    Hide(usize),
    MadeAnew,
    Restored,
    LookAndForget(usize),
    Look,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1_usize..6).prop_map(Step::Arrive),
        3 => (0_usize..20).prop_map(Step::Expunge),
        1 => (0_usize..20).prop_map(Step::Hide),
        1 => Just(Step::MadeAnew),
        1 => Just(Step::Restored),
        2 => (1_usize..4).prop_map(Step::LookAndForget),
        4 => Just(Step::Look),
    ];
    proptest::collection::vec(step, 1..30)
}

/// Does to the folder what a step says; a fresh text for each mail that arrives.
fn act(shelf: &mut Shelf, step: &Step, serial: &mut usize) {
    let arrive = |shelf: &mut Shelf, serial: &mut usize| {
        *serial += 1;
        shelf.add(&format!("Subject: {serial}\r\n\r\n"));
    };
    match step {
        Step::Arrive(count) => (0..*count).for_each(|_| arrive(shelf, serial)),
        Step::Expunge(at) => {
            let uid = shelf.mails.keys().nth(at % shelf.mails.len().max(1)).copied();
            uid.map(|uid| shelf.mails.remove(&uid));
        }
        Step::MadeAnew => {
            *shelf = Shelf::new(shelf.uidvalidity + 1);
            (0..3).for_each(|_| arrive(shelf, serial));
        }
        // From a copy: UIDs go down, and mean other mail.
        Step::Restored => {
            *shelf = Shelf::new(shelf.uidvalidity);
            arrive(shelf, serial);
        }
        Step::Hide(_) | Step::LookAndForget(_) | Step::Look => {}
    }
}

/// How a server remembers what went from a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remembers {
    Nothing,
    /// It offers QRESYNC and has always forgotten.
    Badly,
    Well,
}

/// What is promised: every mail comes, and comes once, whatever happens between two looks, and whatever the server leaves out of an
/// answer now and then. A mail that it leaves out of two listings running counts as gone. That a folder was restored from a copy
/// under the same UIDVALIDITY is known from UIDNEXT alone, and only while it is below what was seen: else the same UIDs are other mail,
/// and nobody can tell.
async fn live(steps: Vec<Step>, tells_no_uidnext: bool, refuses_descending: bool, remembers: Remembers) {
    let model = Model::start(if remembers == Remembers::Nothing { "UIDPLUS" } else { "UIDPLUS ENABLE CONDSTORE QRESYNC" }).await;
    model.state().habits.forgets_vanished = remembers == Remembers::Badly;
    (model.state().habits.tells_no_uidnext, model.state().habits.refuses_descending) = (tells_no_uidnext, refuses_descending);
    let (mut visit, mut books, mut serial) = (model.visit().await, Books::default(), 0);
    for step in steps {
        match step {
            // Without UIDNEXT nobody can tell that UIDs began anew.
            Step::Restored if tells_no_uidnext || !books.would_notice(&model) => continue,
            Step::Hide(at) => {
                let uid = model.shelf(INBOX, |shelf| shelf.mails.keys().nth(at % shelf.mails.len().max(1)).copied());
                model.state().habits.hidden.extend(uid.map(|uid| (uid, 1)));
            }
            _ => model.shelf(INBOX, |shelf| act(shelf, &step, &mut serial)),
        }
        match step {
            Step::Look => {
                let look = books.look(&mut visit).await;
                books.take(&mut visit, &look, |_| false).await;
            }
            Step::LookAndForget(every) => {
                let look = books.look(&mut visit).await;
                books.take(&mut visit, &look, |at| at % every == 0).await;
            }
            // A restored folder is noticed while its UIDs are still below those known.
            Step::Restored => {
                let look = books.look(&mut visit).await;
                books.take(&mut visit, &look, |_| false).await;
            }
            _ => {}
        }
    }
    model.state().habits.hidden.clear();
    for _ in 0..3 {
        let look = books.look(&mut visit).await;
        books.take(&mut visit, &look, |_| false).await;
    }
    let there: BTreeMap<u32, String> =
        model.shelf(INBOX, |shelf| shelf.mails.iter().map(|(uid, mail)| (*uid, String::from_utf8_lossy(&mail.body).into())).collect());
    assert_eq!(books.known, there.keys().copied().collect(), "what is known is what lies there");
    assert!(there.values().all(|text| books.brought.get(text) == Some(&1)), "each mail came once: {:?}", books.brought);
    assert!(books.brought.values().all(|times| *times == 1));
    assert_eq!(model.heard("SEARCH") + model.heard("UID STORE") + model.heard("SELECT"), 0, "looking changes nothing and asks no SEARCH");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn every_mail_is_brought_exactly_once(
        steps in steps(),
        tells_no_uidnext in any::<bool>(),
        refuses in any::<bool>(),
        remembers in proptest::sample::select(vec![Remembers::Nothing, Remembers::Badly, Remembers::Well]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(live(steps, tells_no_uidnext, refuses, remembers));
    }
}

fn none() -> Places {
    Places::Uids { uidvalidity: 0, uids: UidSet::default() }
}

fn known(uidvalidity: u32, uids: &[u32]) -> Places {
    Places::Uids { uidvalidity, uids: uids.iter().copied().collect() }
}

fn places(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.place.as_str()).collect()
}

#[tokio::test]
async fn a_uid_after_the_last_is_never_asked_for() {
    let model = Model::start("").await;
    model.state().habits.refuses_descending = true;
    model.shelf(INBOX, |shelf| {
        shelf.add("a\r\n\r\n");
        shelf.uidnext = 20;
    });
    let look = model.visit().await.look(INBOX, &known(7, &[1]), None).await.expect("nothing descends");
    assert_eq!((look.newcomers, look.gone), (vec![], vec![]));
}

#[tokio::test]
async fn what_a_connection_was_shown_once_is_not_believed_again() {
    let model = Model::start("").await;
    model.state().habits.is_stale = true;
    let mut visit = model.visit().await;
    assert_eq!(visit.look(INBOX, &none(), None).await.expect("empty").newcomers, []);
    model.shelf(INBOX, |shelf| shelf.add("a\r\n\r\n"));
    let look = visit.look(INBOX, &none(), None).await.expect("looks anew");
    assert_eq!(places(&look.newcomers), ["1"]);
}

#[tokio::test]
async fn a_folder_that_always_hides_a_mail_still_gives_the_others() {
    let model = Model::start("").await;
    model.shelf(INBOX, |shelf| ["a", "b", "c"].map(|text| shelf.add(text)));
    model.state().habits.hidden.insert(2, usize::MAX);
    let mut visit = model.visit().await;
    let look = visit.look(INBOX, &known(7, &[1]), None).await.expect("the rest is there");
    assert_eq!((places(&look.newcomers), look.mark.messages), (vec!["3"], 3));
}

#[tokio::test]
async fn a_mail_without_a_size_comes_in_parts_and_a_large_one_too() {
    let model = Model::start("").await;
    let large = format!("Subject: large\r\n\r\n{}", "x".repeat(3 * 1024 * 1024));
    model.shelf(INBOX, |shelf| shelf.add(&large));
    model.state().habits.tells_no_size = true;
    let mut visit = model.visit().await;
    let look = visit.look(INBOX, &none(), None).await.expect("told by its UID alone");
    let parcels = visit.fetch(INBOX, &look.newcomers).await.expect("in parts");
    let [Parcel::Spooled { len, .. }] = parcels.as_slice() else { panic!("{parcels:?}") };
    assert_eq!(*len, large.len() as u64);
    assert_eq!(parcels.into_iter().next().map(|parcel| parcel.open(u64::MAX).expect("readable")), Some(large.into_bytes()));
}

#[tokio::test]
async fn one_mail_that_the_server_cannot_read_holds_up_no_other() {
    let model = Model::start("").await;
    model.shelf(INBOX, |shelf| ["a", "b", "c", "d"].map(|text| shelf.add(text)));
    model.state().habits.unreadable.insert(1);
    model.state().habits.bodiless.insert(3);
    let mut visit = model.visit().await;
    let look = visit.look(INBOX, &none(), None).await.expect("listed");
    let parcels = visit.fetch(INBOX, &look.newcomers).await.expect("the others");
    let missing: Vec<bool> = parcels.iter().map(|parcel| matches!(parcel, Parcel::Missing)).collect();
    assert_eq!(missing, [true, false, true, false]);
    model.state().habits.unreadable.extend([2, 3, 4]);
    assert!(visit.fetch(INBOX, &look.newcomers).await.is_err(), "a server that refuses all is out of order");
}

#[tokio::test]
async fn a_folder_made_anew_between_look_and_fetch_mixes_nothing_up() {
    let model = Model::start("").await;
    model.shelf(INBOX, |shelf| shelf.add("old\r\n\r\n"));
    model.shelf("Sent", |shelf| shelf.add("other\r\n\r\n"));
    let mut visit = model.visit().await;
    let look = visit.look(INBOX, &none(), None).await.expect("one mail");
    visit.look("Sent", &none(), None).await.expect("another folder is open now");
    model.shelf(INBOX, |shelf| {
        *shelf = Shelf::new(8);
        shelf.add("new\r\n\r\n")
    });
    let error = visit.fetch(INBOX, &look.newcomers).await.expect_err("UIDs of another folder");
    assert!(!error.ends_connection(), "{error}");
    let mut other = model.visit().await;
    assert!(other.fetch(INBOX, &look.newcomers).await.is_err(), "nobody knows what these UIDs meant");
}

fn draft(id: &str, tried: Tried) -> NewDraft {
    let message_id = MessageId::parse(id).expect("an id");
    let bytes = format!("Message-ID: <{id}>\r\nSubject: Offer\r\n\r\nDear Bob\r\n").into_bytes();
    NewDraft { unique: String::new(), message_id, bytes, tried }
}

async fn put(visit: &mut ImapVisit, draft: &NewDraft) -> Put {
    match visit.put_drafts("Drafts", vec![draft.clone()]).await.pop() {
        Some(Ok(Landing::Lies(put))) => put,
        other => panic!("it was put: {other:?}"),
    }
}

fn lying(draft: &NewDraft, put: Put) -> Lying {
    Lying { put, message_id: draft.message_id.clone() }
}

#[tokio::test]
async fn a_folder_without_lasting_uids_is_refused_and_the_visit_goes_on() {
    let model = Model::start("").await;
    model.state().habits.tells_no_uidvalidity_of = "Odd";
    for name in [INBOX, "Odd"] {
        model.shelf(name, |shelf| shelf.add("x"));
    }
    let mut visit = model.visit().await;
    let odd = visit.look("Odd", &known(7, &[]), None).await;
    assert!(matches!(&odd, Err(error @ ImapError::NoLastingUids) if !error.ends_connection()), "{odd:?}");
    assert_eq!(places(&visit.look(INBOX, &known(7, &[]), None).await.expect("the others are read").newcomers), ["1"]);
}

#[tokio::test]
async fn a_draft_is_put_once_whatever_the_server_tells() {
    for (capabilities, rewrites) in [("UIDPLUS", false), ("UIDPLUS", true), ("", false), ("", true)] {
        let model = Model::start(capabilities).await;
        model.state().habits.rewrites = rewrites;
        model.shelf("Drafts", |shelf| shelf.add("Message-ID: <theirs@x>\r\n\r\nHello\r\n"));
        let mut visit = model.visit().await;
        let folder = visit.drafts_folder().await.expect("found by its name");
        assert_eq!((folder.wire_name.as_str(), folder.role), ("Drafts", Role::Drafts));
        let first = draft("a@x", Tried::Never);
        let second = draft("b@x", Tried::Never);
        let puts = visit.put_drafts("Drafts", vec![first.clone(), second.clone()]).await;
        let [Ok(Landing::Lies(one)), Ok(Landing::Lies(two))] = puts.as_slice() else { panic!("{puts:?}") };
        assert_eq!((one.place.as_str(), two.place.as_str()), ("2", "3"));
        assert_eq!(one.size == first.bytes.len() as u64, !rewrites, "the size is that of what the server gives back");
        let again = put(&mut visit, &draft("b@x", Tried::Before)).await;
        assert_eq!(&again, two, "found again, nothing put");
        assert_eq!(model.shelf("Drafts", |shelf| shelf.mails.len()), 3);
        for (draft, put) in [(&first, one), (&second, two)] {
            let now = visit.draft_now("Drafts", &lying(draft, put.clone())).await.expect("there");
            assert_eq!(now, DraftNow::Untouched, "{capabilities} {rewrites}");
        }
        let flags = model.shelf("Drafts", |shelf| shelf.mails[&2].flags.clone());
        assert_eq!(flags.into_iter().collect::<Vec<_>>(), ["\\Draft"]);
        assert_eq!(model.heard("SEARCH"), 0);
    }
}

#[tokio::test]
async fn only_a_draft_that_nobody_touched_is_taken_back() {
    let model = Model::start("UIDPLUS CONDSTORE").await;
    model.shelf("Drafts", |shelf| shelf.add("Message-ID: <theirs@x>\r\n\r\nHello\r\n"));
    let mut visit = model.visit().await;
    let ours = draft("a@x", Tried::Never);
    let lies = lying(&ours, put(&mut visit, &ours).await);
    for flag in ["\\Seen", "\\Flagged", "\\Answered"] {
        model.shelf("Drafts", |shelf| shelf.mails.get_mut(&2).map(|mail| mail.flags.insert(flag.into())));
        assert_eq!(visit.take_back("Drafts", &lies).await.expect("an answer"), DraftNow::Touched, "{flag}");
        model.shelf("Drafts", |shelf| shelf.mails.get_mut(&2).map(|mail| mail.flags.remove(flag)));
    }
    model.state().habits.opens_before_store = true;
    assert_eq!(visit.take_back("Drafts", &lies).await.expect("an answer"), DraftNow::Touched, "opened at the last moment");
    model.state().habits.opens_before_store = false;
    assert!(model.shelf("Drafts", |shelf| !shelf.mails[&2].flags.contains("\\Deleted")));
    model.shelf("Drafts", |shelf| shelf.mails.get_mut(&2).map(|mail| mail.flags.clear()));
    // Somebody else's deleted mail in the same folder stays.
    model.shelf("Drafts", |shelf| shelf.mails.get_mut(&1).map(|mail| mail.flags.insert("\\Deleted".into())));
    assert_eq!(visit.take_back("Drafts", &lies).await.expect("an answer"), DraftNow::Untouched);
    assert_eq!(model.shelf("Drafts", |shelf| shelf.mails.keys().copied().collect::<Vec<_>>()), [1]);
    assert_eq!(visit.take_back("Drafts", &lies).await.expect("an answer"), DraftNow::Gone);
}

#[tokio::test]
async fn without_uidplus_nothing_is_expunged() {
    let model = Model::start("").await;
    model.shelf("Drafts", |shelf| shelf.add("Message-ID: <theirs@x>\r\n\r\nHello\r\n"));
    let mut visit = model.visit().await;
    let ours = draft("a@x", Tried::Never);
    let lies = lying(&ours, put(&mut visit, &ours).await);
    assert!(!visit.can_expunge());
    assert_eq!(visit.take_back("Drafts", &lies).await.expect("an answer"), DraftNow::Untouched);
    assert_eq!(visit.draft_now("Drafts", &lies).await.expect("an answer"), DraftNow::Gone, "marked as deleted by us, not a person's");
    assert_eq!(model.shelf("Drafts", |shelf| shelf.mails.len()), 2);
    assert_eq!(model.heard("EXPUNGE") + model.heard("CLOSE"), 0);
}

/// What an operator found out about the servers of his town.
const OWN_RULES: &str = r#"
[town]
name = "Mail of the town"
login = ["password"]
files_sent = "learn"
quirks = ["no-uidplus", "no-idle"]
keywords = true
folders = { drafts = "Drafts", sent = "Sent", junk = "Junk" }
greetings = ["townmail"]
since = "2026-11"
note = "found out"
"#;

#[tokio::test]
async fn a_server_that_promises_uidplus_wrongly_is_known_by_what_it_says_and_nothing_is_expunged() {
    for (greeting, id) in [("TownMail 3", ""), ("", r#"("name" "TownMail" "version" "3")"#)] {
        let model = Model::start("UIDPLUS ID").await;
        (model.state().habits.greeting, model.state().habits.id) = (greeting, id);
        model.shelf("Drafts", |_| ());
        let ours = draft("a@x", Tried::Never);
        let visit = model.visit().await;
        assert!(visit.can_expunge() && visit.provider().is_none(), "nobody knows it yet");
        visit.leave().await;

        model.state().habits.known_as = OWN_RULES;
        let mut visit = model.visit().await;
        assert_eq!((visit.provider(), visit.can_expunge()), (Some("town"), false), "{greeting:?} {id:?}");
        let lies = lying(&ours, put(&mut visit, &ours).await);
        assert_eq!(visit.take_back("Drafts", &lies).await.expect("an answer"), DraftNow::Untouched);
        assert_eq!((model.shelf("Drafts", |shelf| shelf.mails.len()), model.heard("EXPUNGE")), (1, 0), "only marked");
    }
}

#[tokio::test]
async fn a_server_that_is_silent_in_idle_is_asked_instead() {
    let model = Model::start("IDLE NOTIFY").await;
    (model.state().habits.greeting, model.state().habits.is_silent_in_idle) = ("TownMail 3", true);
    let often = Duration::from_millis(20);
    let pace = Pace { poll: often, special: LONG, sweep: LONG, ..Pace::default() };
    let (bell, watching) = model.watched(pace);
    assert!(bell.wait(LONG).await.anywhere, "what came before");
    model.tell("* 5 EXISTS\r\n");
    assert!(bell.wait(often * 20).await.is_empty(), "as long as nobody says so, its word is believed");
    watching.abort();

    model.state().habits.known_as = OWN_RULES;
    let (bell, watching) = model.watched(pace);
    assert!(bell.wait(LONG).await.anywhere, "what came before");
    model.shelf(INBOX, |shelf| shelf.add("x"));
    assert_eq!(bell.wait(LONG).await.folders.into_iter().collect::<Vec<_>>(), [INBOX]);
    watching.abort();
}

#[tokio::test]
async fn a_server_whose_notices_never_come_is_looked_after_folder_by_folder() {
    let rules = OWN_RULES.replace(r#""no-uidplus", "no-idle""#, r#""no-notify""#);
    let model = Model::start("IDLE NOTIFY").await;
    (model.state().habits.greeting, model.state().habits.known_as) = ("TownMail 3", Box::leak(rules.into_boxed_str()));
    model.shelf("Sent", |_| ());
    let often = Duration::from_millis(20);
    let (bell, watching) = model.watched(Pace { idle_min: often, special: often, sweep: often, ..Pace::default() });
    assert!(bell.wait(LONG).await.anywhere, "what came before");
    model.shelf("Sent", |shelf| shelf.add("x"));
    assert_eq!(bell.wait(LONG).await.folders.into_iter().collect::<Vec<_>>(), ["Sent"]);
    assert_eq!(model.heard("NOTIFY"), 0);
    watching.abort();
}

#[tokio::test]
async fn a_draft_is_ours_under_a_new_uidvalidity_too() {
    let model = Model::start("UIDPLUS").await;
    model.shelf("Drafts", |shelf| shelf.uidnext = 40);
    let mut visit = model.visit().await;
    let ours = draft("a@x", Tried::Never);
    let lies = lying(&ours, put(&mut visit, &ours).await);
    model.shelf("Drafts", |shelf| {
        let mail = shelf.mails.remove(&40).expect("the draft");
        *shelf = Shelf::new(8);
        shelf.add("Message-ID: <theirs@x>\r\n\r\nHello\r\n");
        shelf.mails.insert(2, mail);
        shelf.uidnext = 41;
        shelf.add("Message-ID: <a@y>\r\n\r\nanother\r\n")
    });
    assert_eq!(visit.draft_now("Drafts", &lies).await.expect("an answer"), DraftNow::Untouched);
    assert_eq!(visit.take_back("Drafts", &lies).await.expect("an answer"), DraftNow::Untouched);
    assert_eq!(model.shelf("Drafts", |shelf| shelf.mails.keys().copied().collect::<Vec<_>>()), [1, 41]);
}

#[tokio::test]
async fn heads_of_unknown_drafts_come_with_the_entries_of_all() {
    let model = Model::start("").await;
    model.shelf("Drafts", |shelf| ["a", "b"].map(|id| shelf.add(&format!("Message-ID: <{id}@x>\r\n\r\nbody\r\n"))));
    let (heads, entries) = model.visit().await.heads("Drafts", &known(7, &[1])).await.expect("an answer");
    assert_eq!(places(&entries), ["1", "2"]);
    assert_eq!(heads.iter().map(|head| head.header.clone()).collect::<Vec<_>>(), [b"Message-ID: <b@x>\r\n\r\n".to_vec()]);
}

#[tokio::test]
async fn a_mailbox_without_drafts_gets_a_folder_for_them() {
    let model = Model::start("").await;
    let mut visit = model.visit().await;
    let made = visit.drafts_folder().await.expect("made");
    assert_eq!(made.wire_name, "Drafts");
    assert_eq!(visit.drafts_folder().await.expect("found").wire_name, "Drafts");
    assert_eq!((model.heard("CREATE"), model.heard("SUBSCRIBE")), (1, 1));
    let names: Vec<String> = visit.survey().await.expect("listed").into_iter().map(|surveyed| surveyed.folder.name).collect();
    assert_eq!(names, ["INBOX", "Drafts"]);
}

#[tokio::test]
async fn news_of_all_folders_come_by_notify_whatever_their_names_are_written_in() {
    let model = Model::start("IDLE NOTIFY").await;
    model.state().habits.refuses_notify_of = "FlagChange";
    for name in ["&XfJT0ZAB-", "a b&-c", "Sent"] {
        model.shelf(name, |_| ());
    }
    let (bell, watching) = model.watched(Pace::default());
    assert!(bell.wait(LONG).await.anywhere, "what came before");
    for (line, folder) in [
        ("* 5 EXISTS\r\n", INBOX),
        ("* 2 EXPUNGE\r\n", INBOX),
        ("* 1 FETCH (UID 3 FLAGS (\\Seen))\r\n", INBOX),
        ("* STATUS Sent (MESSAGES 1 UIDNEXT 2)\r\n", "Sent"),
        ("* STATUS {9}\r\n已发送 (MESSAGES 1 UIDNEXT 2)\r\n", "&XfJT0ZAB-"),
        ("* STATUS \"&XfJT0ZAB-\" (MESSAGES 1)\r\n", "&XfJT0ZAB-"),
        ("* STATUS \"a b&c\" ()\r\n", "a b&-c"),
        ("* STATUS \"a b&-c\" (MESSAGES 1)\r\n", "a b&-c"),
    ] {
        model.tell(line);
        let hints = bell.wait(LONG).await;
        assert_eq!((hints.folders.into_iter().collect::<Vec<_>>(), hints.anywhere), (vec![folder.to_owned()], false), "{line}");
    }
    model.tell("* LIST () \"/\" New\r\n");
    assert!(bell.wait(LONG).await.anywhere, "a new folder");
    model.tell("* 5 RECENT\r\n* OK Still here\r\n* OK [NOTIFICATIONOVERFLOW] Too much\r\n");
    let ended = watching.await.expect("it did not panic");
    assert!(ended.is_err_and(|error| error.ends_connection()), "nothing would be told any more");
    assert_eq!((model.heard("NOTIFY SET"), model.heard("STATUS")), (2, 0));
}

#[tokio::test]
async fn without_notify_changed_marks_ring_and_the_inbox_rings_at_once() {
    let model = Model::start("IDLE").await;
    for name in ["Sent", "Deals", "Empty"] {
        model.shelf(name, |_| ());
    }
    model.state().habits.tells_no_status_of = "Empty";
    let often = Duration::from_millis(20);
    let (bell, watching) = model.watched(Pace { idle_min: often, special: often, sweep: often * 4, ..Pace::default() });
    assert!(bell.wait(LONG).await.anywhere, "what came before");
    for name in ["Sent", "Deals"] {
        model.shelf(name, |shelf| shelf.add("x"));
        assert_eq!(bell.wait(LONG).await.folders.into_iter().collect::<Vec<_>>(), [name]);
    }
    assert!(bell.wait(often * 12).await.is_empty(), "nothing changed");
    model.tell("* 5 EXISTS\r\n");
    assert_eq!(bell.wait(LONG).await.folders.into_iter().collect::<Vec<_>>(), [INBOX]);
    watching.abort();
}

#[tokio::test]
async fn without_idle_the_server_is_asked_and_a_safety_look_comes_anyway() {
    let model = Model::start("").await;
    let often = Duration::from_millis(20);
    let (bell, watching) = model.watched(Pace { poll: often, ..Pace::default() });
    assert!(bell.wait(LONG).await.anywhere, "what came before");
    model.shelf(INBOX, |shelf| shelf.add("x"));
    assert_eq!(bell.wait(LONG).await.folders.into_iter().collect::<Vec<_>>(), [INBOX]);
    watching.abort();
    let (bell, watching) = model.watched(Pace { poll: often, safety: often * 3, ..Pace::default() });
    assert!(bell.wait(LONG).await.anywhere && bell.wait(LONG).await.anywhere);
    watching.abort();
}

#[tokio::test]
async fn without_idle_sent_is_asked_for_as_often_as_with_it() {
    let model = Model::start("").await;
    model.shelf("Sent", |_| ());
    let often = Duration::from_millis(20);
    let (bell, watching) = model.watched(Pace { poll: LONG, special: often, sweep: LONG, ..Pace::default() });
    assert!(bell.wait(LONG).await.anywhere, "what came before");
    for _ in 0..3 {
        model.shelf("Sent", |shelf| shelf.add("x"));
        let rung = bell.wait(LONG / 4).await;
        assert_eq!(rung.folders.into_iter().collect::<Vec<_>>(), ["Sent"], "a reply is known soon");
    }
    watching.abort();
}

#[tokio::test]
async fn mail_that_a_connection_is_never_told_of_rings_all_the_same() {
    let often = Duration::from_millis(20);
    // Asked as soon as may be; in IDLE, where all folders are swept; and where the provider is known for it.
    let paces = [
        ("", Pace { poll: often, ..Pace::default() }),
        ("IDLE", Pace { idle_min: often, special: often, sweep: often * 4, ..Pace::default() }),
        ("IDLE NOTIFY RESELECT", Pace { idle_min: often, special: often, ..Pace::default() }),
    ];
    for (capabilities, pace) in paces {
        let model = Model::start(capabilities).await;
        model.shelf("Sent", |_| ());
        model.state().habits.is_stale = true;
        let rules = OWN_RULES.replace(
            r#""no-uidplus", "no-idle""#,
            if capabilities.contains("RESELECT") { r#""no-notify", "reselect""# } else { r#""no-notify""# },
        );
        (model.state().habits.greeting, model.state().habits.known_as) = ("TownMail 3", Box::leak(rules.into_boxed_str()));
        let (bell, watching) = model.watched(pace);
        assert!(bell.wait(LONG).await.anywhere, "what came before");
        for _ in 0..2 {
            model.shelf(INBOX, |shelf| shelf.add("x"));
            let rung = bell.wait(LONG).await;
            assert_eq!((rung.folders.into_iter().collect::<Vec<_>>(), rung.anywhere), (vec![INBOX.to_owned()], false), "{capabilities}");
        }
        assert!(bell.wait(often * 12).await.is_empty(), "nothing changed: {capabilities}");
        watching.abort();
    }
}

#[tokio::test]
async fn as_many_mails_as_before_may_be_others() {
    let model = Model::start("").await;
    let [old, _] = model.shelf("Sent", |shelf| ["a", "b"].map(|text| shelf.add(text)));
    model.state().habits.tells_no_uidnext = true;
    let often = Duration::from_millis(20);
    let (bell, watching) = model.watched(Pace { poll: often, special: often, ..Pace::default() });
    assert!(bell.wait(LONG).await.anywhere, "what came before");
    model.shelf("Sent", |shelf| {
        shelf.mails.remove(&old);
        shelf.add("c")
    });
    let is_rung = async { while !bell.wait(LONG).await.folders.contains("Sent") {} };
    tokio::time::timeout(LONG, is_rung).await.expect("nobody can tell from a count");
    watching.abort();
}
