//! The door to a mailbox, on a real server: every verb, also where commands are refused, cut and stalled.

use super::office::{inquiry, lying};
use crate::support::client::Client;
use crate::support::mailserver::{PASSWORD, Security, Shape, User, server, unusual};
use crate::support::proxy::{Fault, Habits, Plan, Proxy};
use rustix::process::Signal;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tradepost::config::SecretText;
use tradepost::mailbox::imap::{Connection, Deadlines, ImapError, ImapMailbox, RefusedTokens};
use tradepost::mailbox::{
    Bell, Credential, CredentialError, Credentials, DraftNow, FolderNames, Landing, Look, Lying, Mailbox, MailboxError, NewDraft, Parcel,
    Places, Put, Server, Tried, UidSet, Visit,
};
use tradepost::types::MessageId;

#[derive(Debug)]
struct Known(String);

impl Credentials for Known {
    fn credential(&self, _: bool) -> Pin<Box<dyn Future<Output = Result<Credential, CredentialError>> + Send + '_>> {
        let password = SecretText::new(PASSWORD.to_owned());
        Box::pin(std::future::ready(Ok(Credential::Password { user: self.0.clone(), password })))
    }
}

/// Shorter than in real life, so that a story about silence has an end.
const SILENCE_MAX: Duration = Duration::from_secs(1);

fn mailbox(user: &User<'_>, security: Security, port: u16) -> Mailbox {
    mailbox_with(user, security, port, SILENCE_MAX)
}

fn mailbox_with(user: &User<'_>, security: Security, port: u16, read: Duration) -> Mailbox {
    let host = if security == Security::None { "127.0.0.1" } else { "localhost" };
    let server = Server { host: host.to_owned(), port, security, ca_file: Some(user.certificate()), proxy: None };
    Mailbox::Imap(Arc::new(ImapMailbox {
        server,
        names: FolderNames::default(),
        credentials: Arc::new(Known(user.address.clone())),
        spool: std::env::temp_dir(),
        deadlines: Deadlines { read, ..Deadlines::default() },
        providers: Arc::default(),
        provider: None,
        refused: RefusedTokens::default(),
    }))
}

fn at(user: &User<'_>, security: Security) -> Mailbox {
    mailbox(user, security, user.port(security))
}

fn nothing() -> Places {
    Places::Uids { uidvalidity: 0, uids: UidSet::default() }
}

fn draft(number: usize, tried: Tried) -> NewDraft {
    let bytes = format!(
        "From: sales@bright.example\r\nTo: a@customer.example\r\nSubject: Re: {number}\r\nMessage-ID: <{number}@drafts.example>\r\n\r\nDear \
         customer {number}\r\n"
    );
    let message_id = MessageId::parse(&format!("{number}@drafts.example")).expect("an id");
    NewDraft { unique: format!("{number}.tradepost"), message_id, bytes: bytes.into_bytes(), tried }
}

/// Goes on with a visit as long as it serves, or begins another.
async fn visited(mailbox: &Mailbox, visit: Option<Visit>) -> Visit {
    if let Some(visit) = visit {
        return visit;
    }
    let began = Instant::now();
    loop {
        match mailbox.enter().await {
            Ok(visit) => return visit,
            Err(error) => assert!(began.elapsed() < Duration::from_secs(20), "{error}"),
        }
    }
}

/// Where a draft was put.
fn put_of(landed: Option<Result<Landing, MailboxError>>) -> Put {
    match landed {
        Some(Ok(Landing::Lies(put))) => put,
        other => panic!("it was put: {other:?}"),
    }
}

fn ends(error: &MailboxError) -> bool {
    match error {
        MailboxError::Imap(error) => error.ends_connection(),
        _ => true,
    }
}

#[tokio::test]
async fn a_mailbox_is_read_as_it_is_by_every_way_in() {
    let li = server().user_on_record();
    for number in 0..50 {
        li.receive(inquiry(&format!("way-{number}")).as_bytes());
    }
    let mails = li.client().mails("INBOX");
    for security in [Security::Tls, Security::StartTls, Security::None] {
        let mut visit = at(&li, security).enter().await.expect("it opens");
        let folders = visit.survey().await.expect("a survey");
        let first = &folders.first().expect("an inbox").folder;
        assert_eq!((first.name.as_str(), folders.len()), ("INBOX", 5), "{folders:?}");
        let look = visit.look(&first.wire_name, &nothing(), None).await.expect("a look");
        assert_eq!((look.newcomers.len(), look.mark.messages, look.gone.len()), (50, 50, 0));
        let parcels = visit.fetch(&first.wire_name, &look.newcomers).await.expect("mail");
        for (parcel, mail) in parcels.into_iter().zip(&mails) {
            assert!(parcel.open(u64::MAX).expect("its bytes") == mail.bytes);
        }
        visit.leave().await;
    }
    assert_eq!(li.client().mails("INBOX"), mails, "nothing was changed");
    let said = li.said_to_server();
    let changes: Vec<&str> =
        said.lines().filter(|line| [" STORE ", " EXPUNGE", " SELECT "].iter().any(|word| line.contains(word))).collect();
    // The story's own client selected the inbox twice; the door only examines it.
    assert!(changes.len() == 2 && changes.iter().all(|line| line.ends_with("c2 SELECT \"INBOX\"")), "{changes:?}");
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused() {
    let li = server().user();
    for security in [Security::Tls, Security::StartTls] {
        let Mailbox::Imap(known) = at(&li, security) else { unreachable!("it is one") };
        let server = Server { ca_file: None, ..known.server.clone() };
        let (names, credentials) = (known.names.clone(), Arc::clone(&known.credentials));
        let stranger = ImapMailbox {
            server,
            names,
            credentials,
            spool: known.spool.clone(),
            deadlines: known.deadlines,
            providers: Arc::default(),
            provider: None,
            refused: RefusedTokens::default(),
        };
        let refused = Mailbox::Imap(Arc::new(stranger)).enter().await;
        assert!(matches!(refused, Err(MailboxError::Imap(tradepost::mailbox::imap::ImapError::Untrusted { .. }))), "{refused:?}");
    }
}

#[tokio::test]
async fn two_thousand_mails_come_through_a_server_that_spoils_one_command_in_five() {
    const MAILS: usize = 2_000;
    let li = server().user();
    li.client().select("INBOX");
    for number in 0..MAILS {
        let name = format!("{}.M{number}.mx", 1_700_000_000 + number);
        std::fs::write(li.maildir().join("new").join(name), inquiry(&format!("storm-{number}"))).expect("written");
    }
    li.own();
    let truth: BTreeMap<String, Vec<u8>> = li.client().mails("INBOX").into_iter().map(|mail| (mail.uid.to_string(), mail.bytes)).collect();
    let plan = Plan { stall: SILENCE_MAX * 2, ..Plan::storm(0x0bad_d007_0000_0001, 5) };
    let proxy = Proxy::start(server().imap(), plan, Habits::default());
    let mailbox = mailbox(&li, Security::None, proxy.port());
    let (mut known, mut got, mut visit) = (nothing(), BTreeMap::new(), None);
    let mut tries = 0;
    while got.len() < MAILS {
        tries += 1;
        assert!(tries < 2_000, "{} of {MAILS} after {tries} tries, {:?}", got.len(), proxy.faults());
        let mut open = visited(&mailbox, visit.take()).await;
        match round(&mut open, &mut known, &mut got).await {
            Ok(()) => visit = Some(open),
            Err(error) if !ends(&error) => visit = Some(open),
            Err(_) => {}
        }
    }
    assert!(got == truth, "every mail, once, byte for byte");
    println!("{tries} tries, {:?} of {:?}", proxy.faults(), proxy.all_commands());
}

/// Looks, and fetches some of what is new.
async fn round(visit: &mut Visit, known: &mut Places, got: &mut BTreeMap<String, Vec<u8>>) -> Result<(), MailboxError> {
    let look: Look = visit.look("INBOX", known, None).await?;
    assert!(look.gone.is_empty(), "nothing went: {:?}", look.gone.len());
    if look.is_reset {
        assert!(got.is_empty(), "the folder is the same all the time");
        *known = Places::Uids { uidvalidity: look.mark.uidvalidity.try_into().expect("32 bits"), uids: UidSet::default() };
    }
    if look.newcomers.is_empty() {
        // A refused or broken answer that looks like an empty folder would stop here for ever.
        return Ok(());
    }
    let some = &look.newcomers[..look.newcomers.len().min(25)];
    for (entry, parcel) in some.iter().zip(visit.fetch("INBOX", some).await?) {
        if !matches!(parcel, Parcel::Missing) {
            known.insert(&entry.place);
            let twice = got.insert(entry.place.clone(), parcel.open(u64::MAX).expect("its bytes"));
            assert!(twice.is_none(), "{} came twice", entry.place);
        }
    }
    Ok(())
}

#[tokio::test]
async fn drafts_are_put_once_through_a_server_that_spoils_every_second_append() {
    const DRAFTS: usize = 20;
    for (seed, habits) in [
        (0x0bad_d007_0000_0002, Habits::default()),
        (0x0bad_d007_0000_0003, Habits { search_finds_everything: true, no_uidplus: true, ..Habits::default() }),
    ] {
        let li = server().user();
        let proxy = Proxy::start(server().imap(), Plan { faults: Fault::QUICK, ..Plan::storm(seed, 3) }, habits);
        let mailbox = mailbox(&li, Security::None, proxy.port());
        let mut visit = None;
        for number in 0..DRAFTS {
            let mut tried = Tried::Never;
            let mut tries = 0;
            let put: Put = loop {
                tries += 1;
                assert!(tries < 60, "draft {number}, {:?}", proxy.faults());
                let mut open = visited(&mailbox, visit.take()).await;
                let folder = match open.drafts_folder().await {
                    Ok(folder) => folder,
                    Err(error) => {
                        visit = (!ends(&error)).then_some(open);
                        continue;
                    }
                };
                let answer = open.put_drafts(&folder.wire_name, vec![draft(number, tried)]).await.pop().expect("an answer for a draft");
                tried = if tried == Tried::Never { Tried::Before } else { tried };
                match answer {
                    Ok(Landing::Lies(put)) => {
                        visit = Some(open);
                        break put;
                    }
                    Ok(Landing::Unseen) => (tried, visit) = (Tried::Pending, Some(open)),
                    Ok(edited) => panic!("nobody edits here: {edited:?}"),
                    Err(error) => visit = (!ends(&error)).then_some(open),
                }
            };
            let there = li.client().mails("Drafts");
            assert_eq!(there.len(), number + 1, "draft {number} after {tries} tries: once, {:?}", proxy.faults());
            let mail = there.iter().find(|mail| mail.uid.to_string() == put.place).expect("it lies where we were told");
            assert_eq!((put.size, put.content_hash.as_slice()), (mail.bytes.len() as u64, Sha256::digest(&mail.bytes).as_slice()));
            assert_eq!(mail.flags, ["\\Draft"]);
        }
        println!("{:?} of {:?}", proxy.faults(), proxy.all_commands());
    }
}

#[tokio::test]
async fn only_a_draft_of_ours_that_nobody_touched_is_taken_back() {
    let poor = unusual(&Shape { capability: Some("IMAP4rev1 ID IDLE SPECIAL-USE"), ..Shape::default() });
    for (server, habits) in
        [(server(), Habits::default()), (&poor, Habits { search_finds_everything: true, no_uidplus: true, ..Habits::default() })]
    {
        let li = server.user();
        let proxy = Proxy::start(server.imap(), Plan::calm(), habits);
        let mut client: Client = li.client();
        for number in 100..140 {
            client.append("Drafts", "\\Draft", &draft(number, Tried::Never).bytes);
        }
        let persons = client.mails("Drafts");
        let mut visit = mailbox(&li, Security::None, proxy.port()).enter().await.expect("it opens");
        let folder = visit.drafts_folder().await.expect("there is one").wire_name;
        let ours: Vec<NewDraft> = (0..5).map(|number| draft(number, Tried::Never)).collect();
        let puts = visit.put_drafts(&folder, ours.clone()).await;
        let lying: Vec<Lying> = puts
            .into_iter()
            .zip(&ours)
            .map(|(landed, draft)| Lying { put: put_of(Some(landed)), message_id: draft.message_id.clone() })
            .collect();
        client.select("Drafts");
        client.open(lying[1].put.place.parse().expect("a UID"));
        client.add_flags(&lying[2].put.place, "\\Flagged");
        client.remove(lying[3].put.place.parse().expect("a UID"));
        let mut was = Vec::new();
        for draft in &lying {
            was.push(visit.take_back(&folder, draft).await.expect("an answer"));
        }
        assert_eq!(was, [DraftNow::Untouched, DraftNow::Touched, DraftNow::Touched, DraftNow::Gone, DraftNow::Untouched]);
        let left: Vec<_> = client.mails("Drafts").into_iter().filter(|mail| !mail.flags.contains(&"\\Deleted".to_owned())).collect();
        assert_eq!(left.len(), persons.len() + 2);
        assert!(persons.iter().all(|draft| left.contains(draft)), "people's drafts are as they were");
        if habits.no_uidplus {
            assert_eq!(proxy.commands("EXPUNGE") + proxy.commands("UID EXPUNGE"), 0);
            assert_eq!(client.count("Drafts"), persons.len() + 4, "flagged, not expunged");
        }
    }
}

#[tokio::test]
async fn mail_is_moved_into_a_folder_of_any_name_and_its_new_place_is_told() {
    let poor = unusual(&Shape { capability: Some("IMAP4rev1 UIDPLUS"), ..Shape::default() });
    for (server, can_move) in [(server(), true), (&poor, false)] {
        let li = server.user();
        let mut client = li.client();
        for number in 0..5 {
            li.receive(inquiry(&format!("moved-{number}")).as_bytes());
        }
        for (name, wire) in [("a b&c", "a b&-c"), ("已发送", "&XfJT0ZAB-"), ("q\"x", "q\"x")] {
            client.create(name);
            let mails = client.mails("INBOX");
            // A person has marked the first one as deleted, and it is none of those that are moved.
            client.add_flags(&mails[0].uid.to_string(), "\\Deleted");
            let Mailbox::Imap(mailbox) = at(&li, Security::None) else { panic!("it is on a server") };
            let mut connection = Connection::open(&mailbox).await.expect("it opens");
            assert_eq!(connection.offers("MOVE"), can_move);
            let selected = connection.select("INBOX").await.expect("it is there");
            let uids: UidSet = [mails[1].uid].into_iter().collect();
            let moved = connection.uid_move(wire, &uids).await.expect("it is moved").expect("it tells where");
            let [there] = client.mails(name).try_into().unwrap_or_else(|found| panic!("{name}: {found:?}"));
            assert_eq!(moved.uids, [(mails[1].uid, there.uid)], "{name}");
            assert_eq!((there.bytes, &there.internal_date), (mails[1].bytes.clone(), &mails[1].internal_date));
            assert!(
                selected.exists as usize == mails.len() && client.count("INBOX") == mails.len() - 1,
                "the one marked by a person stays"
            );
            let uids: UidSet = [mails[0].uid].into_iter().collect();
            let refused = connection.uid_move("no such folder", &uids).await;
            assert!(matches!(&refused, Err(ImapError::No { .. })), "{refused:?}");
        }
    }
}

#[tokio::test]
async fn news_of_every_folder_rings_within_seconds_whatever_its_name_is() {
    let li = server().user();
    let mut client = li.client();
    let names = ["INBOX", "Sent", "已发送", "a b&c", "q\"x", "back\\slash", "Kunden/Europa/España/Málaga/2026"];
    for name in names.iter().filter(|name| !matches!(**name, "INBOX" | "Sent")) {
        client.create(name);
    }
    let mailbox = at(&li, Security::Tls);
    let folders: BTreeMap<String, String> = mailbox
        .enter()
        .await
        .expect("it opens")
        .survey()
        .await
        .expect("a survey")
        .into_iter()
        .map(|there| (there.folder.name, there.folder.wire_name))
        .collect();
    let bell = Arc::new(Bell::default());
    let ringing = Arc::clone(&bell);
    let watching = tokio::spawn(async move { mailbox.watch(&ringing).await });
    // It rings once when it begins to watch.
    bell.wait(Duration::from_secs(10)).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    bell.take();
    for name in names {
        let began = Instant::now();
        client.append(name, "", inquiry("bell").as_bytes());
        let hints = bell.wait(Duration::from_secs(30)).await;
        let wire = folders.get(name).unwrap_or_else(|| panic!("{name} in {folders:?}"));
        assert!(hints.anywhere || hints.folders.contains(wire), "{name} ({wire}): {hints:?}");
        assert!(began.elapsed() < Duration::from_secs(5), "{name}: {:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(700)).await;
        bell.take();
    }
    watching.abort();
}

#[tokio::test]
async fn folders_of_any_name_are_looked_into_and_drafted_in() {
    let li = server().user();
    let mut client = li.client();
    for name in ["已发送", "Отправленные", "Gesendete Objekte", "a b&c", "q\"x", "back\\slash", "Kunden/Europa/España/Málaga/2026"]
    {
        client.create(name);
        client.append(name, "", inquiry("named").as_bytes());
        let mut visit = at(&li, Security::None).enter().await.expect("it opens");
        let folders = visit.survey().await.expect("a survey");
        let wire = folders
            .iter()
            .find(|there| there.folder.name == name)
            .unwrap_or_else(|| panic!("{name} in {folders:?}"))
            .folder
            .wire_name
            .clone();
        let look = visit.look(&wire, &nothing(), None).await.expect("a look");
        let [entry] = look.newcomers.as_slice() else { panic!("{name}: {look:?}") };
        let parcel = visit.fetch(&wire, std::slice::from_ref(entry)).await.expect("mail").pop().expect("one");
        assert_eq!(parcel.open(u64::MAX).expect("bytes"), inquiry("named").as_bytes());
        let ours = draft(1, Tried::Never);
        let put = put_of(visit.put_drafts(&wire, vec![ours.clone()]).await.pop());
        let lying = Lying { put, message_id: ours.message_id };
        assert_eq!(visit.draft_now(&wire, &lying).await.expect("an answer"), DraftNow::Untouched, "{name}");
        assert_eq!(visit.take_back(&wire, &lying).await.expect("an answer"), DraftNow::Untouched);
        assert_eq!(client.count(name), 1);
    }
}

#[tokio::test]
async fn a_server_that_halts_is_an_error_within_its_deadline_and_the_next_visit_succeeds() {
    let li = server().user();
    li.receive(inquiry("halted").as_bytes());
    let mailbox = at(&li, Security::Tls);
    let mut visit = mailbox.enter().await.expect("it opens");
    assert_eq!(visit.look("INBOX", &nothing(), None).await.expect("a look").newcomers.len(), 1);
    assert!(li.signal(Signal::STOP) >= 1);
    let began = Instant::now();
    let silent = visit.look("INBOX", &nothing(), None).await;
    assert!(matches!(&silent, Err(MailboxError::Imap(tradepost::mailbox::imap::ImapError::Silent { .. }))), "{silent:?}");
    assert!(began.elapsed() < SILENCE_MAX * 5, "{:?}", began.elapsed());
    drop(visit);
    let look = mailbox.enter().await.expect("a connection of another process").look("INBOX", &nothing(), None).await.expect("a look");
    assert_eq!(look.newcomers.len(), 1);
    li.signal(Signal::CONT);
}

#[tokio::test]
async fn a_stall_inside_a_literal_is_no_mail() {
    let li = server().user();
    li.receive(inquiry("half").as_bytes());
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let mailbox = mailbox(&li, Security::None, proxy.port());
    for fault in [&[Fault::CutInLiteral][..], &[Fault::CutAtLine], &[Fault::CutInLine], &[Fault::CutBeforeDone]] {
        proxy.change(Plan::calm());
        let mut visit = mailbox.enter().await.expect("it opens");
        let look = visit.look("INBOX", &nothing(), None).await.expect("a look");
        proxy.change(Plan { commands: &["UID FETCH"], faults: fault, ..Plan::storm(1, 1) });
        let fetched = visit.fetch("INBOX", &look.newcomers).await;
        assert!(fetched.is_err(), "{fault:?}: {fetched:?}");
    }
    assert_eq!(lying(&li, "").len(), 1);
}

#[tokio::test]
async fn a_deletion_among_twenty_thousand_mails_costs_a_line_where_the_server_remembers() {
    const MAILS: usize = 20_000;
    let li = server().user();
    li.client().select("INBOX");
    let (mail, cur) = (inquiry("many"), li.maildir().join("cur"));
    let first = cur.join(format!("1700000000.M0.mx,S={0},W={0}:2,", mail.len()));
    std::fs::write(&first, &mail).expect("written");
    for number in 1..MAILS {
        let name = format!("1700000000.M{number}.mx,S={0},W={0}:2,", mail.len());
        std::fs::hard_link(&first, cur.join(name)).expect("a name of the same mail");
    }
    li.own();
    assert_eq!(li.client().select("INBOX"), MAILS);
    let mut costs = Vec::new();
    for no_qresync in [true, false] {
        let proxy = Proxy::start(server().imap(), Plan::calm(), Habits { no_qresync, ..Habits::default() });
        let patient = mailbox_with(&li, Security::None, proxy.port(), Duration::from_secs(60));
        let mut visit = patient.enter().await.expect("it opens");
        let seen = visit.look("INBOX", &nothing(), None).await.expect("a look");
        let uids: UidSet = seen.newcomers.iter().map(|entry| entry.place.parse().expect("a UID")).collect();
        let known = Places::Uids { uidvalidity: u32::try_from(seen.mark.uidvalidity).expect("a UIDVALIDITY"), uids };
        let gone = seen.newcomers.get(9_999).expect("one in the middle").place.clone();
        let mut client = li.client();
        client.select("INBOX");
        client.remove(gone.parse().expect("a UID"));
        let (before, began) = (proxy.answered_bytes(), Instant::now());
        let look = visit.look("INBOX", &known, Some(&seen.mark)).await.expect("a look");
        let (bytes, took) = (proxy.answered_bytes() - before, began.elapsed());
        println!("A look after one deletion among {MAILS} mails, QRESYNC {}: {bytes} bytes, {took:?}", !no_qresync);
        assert_eq!((look.gone, look.newcomers), (vec![gone], vec![]));
        costs.push(bytes);
        visit.leave().await;
    }
    let [listed, remembered] = costs.as_slice() else { panic!("two looks: {costs:?}") };
    assert!(remembered * 100 < *listed, "{costs:?} bytes");
}
