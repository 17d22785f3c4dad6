//! Mailboxes, people, firms, and the mail that came from them.

use super::{HOUR_MS, MONDAY, address, header_id, identity, inquiry, mailbox};
use crate::support::engines::for_each_engine;
use tradepost::parse::carve::Leaf;
use tradepost::record::companies::NewCompany;
use tradepost::record::contacts::{ContactDetails, NewContact};
use tradepost::record::folders::{FolderRole, History};
use tradepost::record::messages::{Direction, NewMessage};
use tradepost::record::placements::NewPlacement;
use tradepost::record::quarantine::NewQuarantine;
use tradepost::record::{
    RawMail, accounts, companies, contacts, folders, leaves, messages, passed, placements, places, quarantine, raw, settings, tombstones,
};
use tradepost::types::{Country, Intent, Language, MessageRow, Moment};

#[tokio::test]
async fn a_mailbox_is_entered_once_and_its_first_look_ends_once() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let first = accounts::find_or_add(&mut session, "sales", &address("sales@nordwerk.example")).await.expect("new");
        assert_eq!(first.first_look_done_at, None);
        accounts::mark_first_look_done(&mut session, first.id, MONDAY).await.expect("known");
        accounts::mark_first_look_done(&mut session, first.id, MONDAY.plus_ms(HOUR_MS)).await.expect("known");
        let again = accounts::find_or_add(&mut session, "sales", &address("verkauf@nordwerk.example")).await.expect("known");
        assert_eq!((again.id, again.first_look_done_at), (first.id, Some(MONDAY)));
        assert_eq!(again.address, address("verkauf@nordwerk.example"), "the configuration is right about the address");
        assert_eq!(accounts::list(&mut session).await.expect("accounts"), [again]);
    })
    .await;
}

#[tokio::test]
async fn a_folder_follows_what_the_server_says_of_it() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, inbox) = mailbox(&mut session).await;
        let history = History { below_uid: 30, before: MONDAY };
        folders::mark_uidvalidity(&mut session, inbox, 2, history).await.expect("known");
        let folder = folders::find_or_add(&mut session, account, "INBOX", FolderRole::Inbox).await.expect("known");
        assert_eq!((folder.uidvalidity, folder.history), (2, history));
        folders::find_or_add(&mut session, account, "Gesendet", FolderRole::Other).await.expect("new");
        folders::find_or_add(&mut session, account, "Gesendet", FolderRole::Sent).await.expect("known");
        let listed = folders::list(&mut session, account).await.expect("folders");
        let shown: Vec<_> = listed.iter().map(|folder| (folder.wire_name.as_str(), folder.role, folder.uidvalidity)).collect();
        assert_eq!(shown, [("Gesendet", FolderRole::Sent, 0), ("INBOX", FolderRole::Inbox, 2)]);
    })
    .await;
}

#[tokio::test]
async fn a_message_is_one_in_however_many_folders() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, inbox) = mailbox(&mut session).await;
        let archive = folders::find_or_add(&mut session, account, "Archive", FolderRole::Other).await.expect("new").id;
        let id = header_id("inq-1@andina.example");
        let message = messages::add(&mut session, &inquiry(&identity(1), &id)).await.expect("new");
        let at = |folder, place| NewPlacement { account, folder, uidvalidity: 7, place, message, seen_at: MONDAY };
        for (folder, place) in [(inbox, "812"), (inbox, "90"), (archive, "1")] {
            placements::add(&mut session, &at(folder, place)).await.expect("a new place");
        }
        assert_eq!(places::mark_gone(&mut session, account, inbox, 7, &["812", "813"], MONDAY).await.expect("one known"), 1);
        assert_eq!(places::mark_gone(&mut session, account, inbox, 7, &["812"], MONDAY).await.expect("gone before"), 0);
        assert_eq!(places::list(&mut session, account, inbox, 7).await.expect("places"), ["90"]);
        assert_eq!(places::list(&mut session, account, inbox, 8).await.expect("places"), Vec::<String>::new());
        let gone = placements::find(&mut session, account, inbox, 7, "812").await.expect("a look").expect("it lay there");
        assert_eq!((gone.message, gone.gone_at), (message, Some(MONDAY)));
        assert_eq!(placements::list_of_message(&mut session, message).await.expect("places").len(), 2);
        // The same name may come back: a file moved away and back again.
        placements::add(&mut session, &at(inbox, "812")).await.expect("an old place");
        let back = placements::find(&mut session, account, inbox, 7, "812").await.expect("a look").expect("it lies there");
        assert_eq!(back.gone_at, None);
    })
    .await;
}

#[tokio::test]
async fn a_message_comes_back_as_it_was_written() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let id = header_id("inq-1@andina.example");
        let key = identity(1);
        let mail = NewMessage { thread_index: "01d9", via: "alibaba", automatic: "", ..inquiry(&key, &id) };
        let row = messages::add(&mut session, &mail).await.expect("new");
        let found = messages::find_by_identity(&mut session, &key).await.expect("a look").expect("recorded");
        assert_eq!(Some(&found), messages::find_by_id(&mut session, row).await.expect("a look").as_ref());
        assert_eq!((found.id, found.identity, found.message_id), (row, key, Some(id.clone())));
        assert_eq!((found.sent_at, found.recorded_at), (Some(MONDAY), mail.recorded_at));
        assert_eq!((found.direction, found.historical), (Direction::In, false));
        assert_eq!((found.language.code(), found.language_confidence_milli), ("es", 990));
        assert_eq!((found.intent, found.intent_confidence_milli), (Some(Intent::Inquiry), 930));
        assert_eq!((found.from_name.as_str(), found.from_address.as_str()), ("Ana Quispe", "ana@andina.example"));
        assert_eq!((found.subject.as_str(), found.why.as_str()), (mail.subject, mail.why));
        assert_eq!((found.reading.as_str(), found.fresh_text.as_str()), (mail.reading, mail.fresh_text));
        assert_eq!((found.thread_index.as_str(), found.via.as_str(), found.size), ("01d9", "alibaba", 2_048));
        assert_eq!((found.thread, found.contact), (None, None));
    })
    .await;
}

#[tokio::test]
async fn mail_without_a_message_id_is_never_found_by_one() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let id = header_id("inq-1@andina.example");
        for number in 0..3 {
            let key = identity(number);
            let mail = NewMessage { message_id: (number > 0).then_some(&id), ..inquiry(&key, &id) };
            messages::add(&mut session, &mail).await.expect("new");
        }
        let found = messages::list_by_header_id(&mut session, &id, 10).await.expect("a look");
        assert_eq!(found.iter().map(|message| message.identity).collect::<Vec<_>>(), [identity(1), identity(2)]);
        assert_eq!(messages::list_by_header_id(&mut session, &id, 1).await.expect("a look").len(), 1);
        assert_eq!(messages::list_recent(&mut session, 2).await.expect("a look").len(), 2);
        assert_eq!(messages::count(&mut session).await.expect("a look"), 3);
    })
    .await;
}

#[tokio::test]
async fn hostile_text_is_kept_on_both_engines() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let id = header_id("inq-1@andina.example");
        let key = identity(1);
        let long = "Ünïcödé ".repeat(20_000);
        let mail = NewMessage {
            subject: "50%_off'); DROP TABLE message; --\u{202e}",
            fresh_text: "before\0after",
            from_name: &long,
            thread_index: &long,
            ..inquiry(&key, &id)
        };
        let row = messages::add(&mut session, &mail).await.expect("any text");
        let found = messages::find_by_id(&mut session, row).await.expect("a look").expect("recorded");
        assert_eq!(found.subject, mail.subject);
        assert_eq!(found.fresh_text, "before\u{fffd}after", "PostgreSQL has no NUL, so neither engine has");
        assert_eq!(found.from_name, long);
        assert!(found.thread_index.len() <= 1_000, "an index could not hold it");
        let company = NewCompany { name: &long, name_key: &long, ..NewCompany::default() };
        let company = companies::add(&mut session, &company).await.expect("any name");
        let found = companies::find_by_name_key(&mut session, &long).await.expect("a look").expect("found by the same key");
        assert_eq!((found.id, found.name), (company, long));
    })
    .await;
}

#[tokio::test]
async fn inbound_mail_is_counted_by_intent_and_language() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let id = header_id("inq-1@andina.example");
        let german = Language::parse("de").expect("German");
        let mails = [
            (Some(Intent::Inquiry), german, Direction::In, false),
            (Some(Intent::Order), german, Direction::In, true),
            (Some(Intent::Inquiry), Language::UNKNOWN, Direction::In, false),
            (None, german, Direction::Out, false),
        ];
        for (number, (intent, language, direction, historical)) in (0..).zip(mails) {
            let key = identity(number);
            let mail = NewMessage { intent, language, direction, historical, ..inquiry(&key, &id) };
            messages::add(&mut session, &mail).await.expect("new");
        }
        let intents = messages::count_by_intent(&mut session).await.expect("a count");
        assert_eq!(intents, [(Some(Intent::Inquiry), 2), (Some(Intent::Order), 1)]);
        let languages = messages::count_by_language(&mut session).await.expect("a count");
        assert_eq!(languages, [(german, 2), (Language::UNKNOWN, 1)]);
    })
    .await;
}

#[tokio::test]
async fn two_spellings_of_an_address_are_one_person() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let bob = NewContact {
            address: &address("Bob.Rossi+fiera@acme-impianti.example"),
            details: ContactDetails { country: Country::parse("IT"), ..ContactDetails::default() },
            source: "mail",
            seen_at: MONDAY,
        };
        let id = contacts::add(&mut session, &bob).await.expect("new");
        let found = contacts::find_by_key(&mut session, &address("BOB.ROSSI@Acme-Impianti.example")).await.expect("a look");
        let found = found.expect("the same person");
        assert_eq!((found.id, &found.address, found.country), (id, bob.address, Country::parse("IT")));
        assert_eq!(contacts::find_by_key(&mut session, &address("rob@acme-impianti.example")).await.expect("a look"), None);
        contacts::mark_seen(&mut session, id, MONDAY.plus_ms(-HOUR_MS)).await.expect("known");
        contacts::mark_seen(&mut session, id, MONDAY.plus_ms(HOUR_MS)).await.expect("known");
        assert_eq!(contacts::list(&mut session, 10).await.expect("a list"), [found]);
        assert_eq!(contacts::count(&mut session).await.expect("a count"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_mail_fills_gaps_and_a_member_overwrites() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let acme = NewCompany { name: "Acme", name_key: "acme", domain: Some("acme-impianti.example"), ..NewCompany::default() };
        let company = companies::add(&mut session, &acme).await.expect("new");
        assert_eq!(companies::add(&mut session, &acme).await.expect("the same domain"), company);
        assert_eq!(companies::list(&mut session, 10).await.expect("a list").len(), 1);
        let known = companies::find_by_domain(&mut session, "acme-impianti.example").await.expect("a look").expect("entered");
        assert_eq!(companies::find_by_id(&mut session, company).await.expect("a look"), Some(known));
        let bob = address("bob@acme-impianti.example");
        let new = NewContact { address: &bob, details: ContactDetails::default(), source: "mail", seen_at: MONDAY };
        let id = contacts::add(&mut session, &new).await.expect("new");
        let italian = Language::parse("it");
        let li = address("li@nordwerk.example");
        let learned = ContactDetails { name: Some("Bob"), company: Some(company), language: italian, owner: Some(&li), country: None };
        contacts::mark_learned(&mut session, id, &learned).await.expect("known");
        let other = ContactDetails { name: Some("Robert"), language: Language::parse("de"), country: Country::parse("IT"), ..learned };
        contacts::mark_learned(&mut session, id, &other).await.expect("known");
        let found = contacts::find_by_id(&mut session, id).await.expect("a look").expect("entered");
        assert_eq!((found.name.as_deref(), found.language, found.country), (Some("Bob"), italian, Country::parse("IT")));
        assert_eq!((found.company, found.owner), (Some(company), Some(li)));
        let told = ContactDetails { name: Some("Robert Rossi"), ..ContactDetails::default() };
        contacts::mark_told(&mut session, id, &told).await.expect("known");
        let found = contacts::find_by_id(&mut session, id).await.expect("a look").expect("entered");
        assert_eq!((found.name.as_deref(), found.language, found.company), (Some("Robert Rossi"), italian, Some(company)));
    })
    .await;
}

#[tokio::test]
async fn raw_mail_comes_out_as_it_came() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let id = header_id("inq-1@andina.example");
        let message = messages::add(&mut session, &inquiry(&identity(1), &id)).await.expect("new");
        let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let mail = RawMail::compress(&bytes).expect("small enough");
        raw::add(&mut session, message, &mail).await.expect("room");
        raw::add(&mut session, message, &RawMail::compress(b"another").expect("small")).await.expect("ignored");
        let found = raw::find(&mut session, message).await.expect("a look").expect("kept");
        assert_eq!(found.open().expect("whole"), bytes);
        assert_eq!(raw::find(&mut session, MessageRow(message.0 + 9_999)).await.expect("a look"), None);
    })
    .await;
}

#[tokio::test]
async fn mail_in_quarantine_is_kept_whole_and_once() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, folder) = mailbox(&mut session).await;
        let mail = RawMail::compress(b"\xff\xfe not a mail").expect("small enough");
        let new =
            NewQuarantine { account, folder, uidvalidity: 7, place: "811", reason: "takes too long", at: MONDAY, raw: &mail, leaves: &[] };
        assert!(quarantine::add(&mut session, &new).await.expect("room"));
        assert!(!quarantine::add(&mut session, &new).await.expect("known"));
        assert_eq!(quarantine::count(&mut session).await.expect("a count"), 1);
        assert_eq!(places::list(&mut session, account, folder, 7).await.expect("places"), ["811"]);
        let listed = quarantine::list(&mut session, 10).await.expect("a list");
        let [kept] = listed.as_slice() else { panic!("{listed:?}") };
        assert_eq!((kept.place.as_str(), kept.reason.as_str(), kept.size), ("811", "takes too long", mail.size));
        assert_eq!(quarantine::find_raw(&mut session, kept.id).await.expect("a look"), Some(mail));
    })
    .await;
}

#[tokio::test]
async fn mail_in_quarantine_is_kept_when_its_place_is_given_to_other_mail() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, folder) = mailbox(&mut session).await;
        let [old, other, third] = ["old", "other", "third"].map(|text| RawMail::compress(text.as_bytes()).expect("small enough"));
        let at_place =
            |raw| NewQuarantine { account, folder, uidvalidity: 7, place: "811", reason: "broken", at: MONDAY, raw, leaves: &[] };
        passed::add(&mut session, account, folder, 7, "812", MONDAY).await.expect("room");
        assert!(quarantine::add(&mut session, &at_place(&old)).await.expect("room"));
        // Whatever the folder held is forgotten, and only forgotten: its mail counts as set aside, and its bytes are kept.
        assert_eq!(places::mark_all_gone(&mut session, account, folder, MONDAY).await.expect("gone"), 2);
        assert_eq!(places::list(&mut session, account, folder, 7).await.expect("places"), Vec::<String>::new());
        assert!(!quarantine::add(&mut session, &at_place(&old)).await.expect("it came back"));
        for raw in [&other, &third] {
            places::mark_gone(&mut session, account, folder, 7, &["811"], MONDAY).await.expect("gone");
            assert!(quarantine::add(&mut session, &at_place(raw)).await.expect("room"), "another mail");
        }
        assert_eq!(places::list(&mut session, account, folder, 7).await.expect("places"), ["811"]);
        let mut kept = Vec::new();
        for one in quarantine::list(&mut session, 10).await.expect("a list") {
            kept.push(quarantine::find_raw(&mut session, one.id).await.expect("a look").expect("kept"));
        }
        assert_eq!(kept, [third, other, old]);
    })
    .await;
}

#[tokio::test]
async fn what_was_erased_is_remembered_by_its_hash_only() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, folder) = mailbox(&mut session).await;
        let id = header_id("inq-1@andina.example");
        let key = identity(1);
        let message = messages::add(&mut session, &inquiry(&key, &id)).await.expect("new");
        raw::add(&mut session, message, &RawMail::compress(b"mail").expect("small")).await.expect("room");
        let place = NewPlacement { account, folder, uidvalidity: 7, place: "1", message, seen_at: MONDAY };
        placements::add(&mut session, &place).await.expect("new");
        assert!(!tombstones::find(&mut session, &key).await.expect("a look"));
        assert!(messages::erase(&mut session, message).await.expect("known"));
        for _ in 0..2 {
            tombstones::add(&mut session, &key, "message", MONDAY).await.expect("room");
        }
        session.commit().await.expect("room on the disk");
        books.scrub().await.expect("nobody reads");
        let mut session = books.look().await.expect("a snapshot");
        assert!(tombstones::find(&mut session, &key).await.expect("a look"));
        assert_eq!(messages::find_by_identity(&mut session, &key).await.expect("a look"), None);
        assert_eq!(raw::find(&mut session, message).await.expect("a look"), None);
        assert_eq!(places::list(&mut session, account, folder, 7).await.expect("places"), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn switches_outlive_a_session() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        for value in ["de", "zh-Hans"] {
            settings::mark(&mut session, "digest-language", value).await.expect("room");
        }
        session.commit().await.expect("room on the disk");
        let mut session = books.begin().await.expect("free books");
        assert_eq!(settings::find(&mut session, "digest-language").await.expect("a look").as_deref(), Some("zh-Hans"));
        settings::erase(&mut session, "digest-language").await.expect("known");
        assert_eq!(settings::find(&mut session, "digest-language").await.expect("a look"), None);
    })
    .await;
}

#[tokio::test]
async fn the_files_of_a_mail_are_named_until_it_is_erased() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (account, folder) = mailbox(&mut session).await;
        let (id, key) = (header_id("inq-1@andina.example"), identity(1));
        let message = messages::add(&mut session, &inquiry(&key, &id)).await.expect("new");
        let leaf = |at, byte| Leaf { at, len: 28_000_000_000, sha256: [byte; 32], decoded: 20_000_000_000, broken: byte == 2 };
        let kept = [leaf(100, 9), leaf(200, 2)];
        for _ in 0..2 {
            leaves::add_all(&mut session, message, &kept).await.expect("room");
        }
        let mail = RawMail::compress(b"the rest of it").expect("small enough");
        let aside = [leaf(3, 9), leaf(7, 5)];
        let new =
            NewQuarantine { account, folder, uidvalidity: 7, place: "811", reason: "too long", at: MONDAY, raw: &mail, leaves: &aside };
        assert!(quarantine::add(&mut session, &new).await.expect("room"));
        assert!(!quarantine::add(&mut session, &new).await.expect("known"));
        let quarantined = quarantine::list(&mut session, 1).await.expect("a list");
        let number = quarantined.first().expect("one").id;
        assert_eq!(leaves::list_of_message(&mut session, message).await.expect("a look"), kept);
        assert_eq!(leaves::list_of_quarantined(&mut session, number).await.expect("a look"), aside);
        let named = leaves::list_named(&mut session).await.expect("a look");
        assert_eq!(named, [[9; 32], [2; 32], [5; 32]].into());
        assert!(messages::erase(&mut session, message).await.expect("known"));
        let named = leaves::list_named(&mut session).await.expect("a look");
        assert_eq!(named, [[9; 32], [5; 32]].into());
    })
    .await;
}

/// What is kept of people and firms beside their names.
#[tokio::test]
async fn what_mail_tells_of_a_person_fills_gaps_and_is_kept_once() {
    use tradepost::record::contact_details::{self, Detail, DetailKind};
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        let (mailbox, details) = (address("ana@sol.example"), ContactDetails { name: Some("Ana Ruiz"), ..ContactDetails::default() });
        let ana =
            contacts::add(&mut session, &NewContact { address: &mailbox, details, source: "mail", seen_at: Moment(1) }).await.expect("new");
        let detail = |kind, value: &str, e164: Option<&str>| Detail { kind, value: value.to_owned(), e164: e164.map(str::to_owned) };
        let first = [detail(DetailKind::Title, "Compras", None), detail(DetailKind::Mobile, "612 345 678", Some("+34612345678"))];
        contact_details::mark_learned(&mut session, ana, &first, "mail", Moment(2)).await.expect("learned");
        let later = [
            detail(DetailKind::Title, "CEO", None),
            detail(DetailKind::Mobile, "+34 612 345 678", Some("+34612345678")),
            detail(DetailKind::Office, "963 123 456", Some("+34963123456")),
        ];
        contact_details::mark_learned(&mut session, ana, &later, "mail", Moment(3)).await.expect("learned");
        let known = contact_details::list(&mut session, ana).await.expect("a look");
        let values: Vec<(&str, &str)> = known.iter().map(|one| (one.kind.name(), one.value.as_str())).collect();
        assert_eq!(values, [("mobile", "612 345 678"), ("office", "963 123 456"), ("title", "Compras")]);
        let many: Vec<Detail> = (0..50).map(|number| detail(DetailKind::Fax, &format!("+34 9631234{number:02}"), None)).collect();
        contact_details::mark_learned(&mut session, ana, &many, "mail", Moment(4)).await.expect("learned");
        assert_eq!(contact_details::list(&mut session, ana).await.expect("a look").len(), 9, "eight telephones and a title");
        let key = tradepost::link::guard::person_key("Ruiz, Ana").expect("a full name");
        assert_eq!(contacts::list_by_name(&mut session, &key, 10).await.expect("a look").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn firms_whose_domains_look_alike_find_each_other() {
    for_each_engine(|books| async move {
        let mut session = books.begin().await.expect("free books");
        for domain in ["brightlamp.com", "luminarias-sol.es", "hall-lighting.com", "brightlamp-group.net"] {
            let new = NewCompany { name: domain, name_key: domain, domain: Some(domain), ..NewCompany::default() };
            companies::add(&mut session, &new).await.expect("new");
        }
        let near = async |session: &mut tradepost::record::Session, domain: &str| -> Vec<String> {
            let found = tradepost::record::domains::list_neighbours(session, domain).await.expect("a look");
            found.into_iter().filter_map(|firm| firm.domain).collect()
        };
        assert_eq!(near(&mut session, "br1ghtlamp.com").await, ["brightlamp.com", "brightlamp-group.net"]);
        assert_eq!(near(&mut session, "luminarias-so1.es").await, ["luminarias-sol.es"]);
        assert_eq!(near(&mut session, "unheard-of.com").await, Vec::<String>::new());
    })
    .await;
}
