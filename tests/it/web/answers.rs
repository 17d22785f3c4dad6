//! An answer that goes by itself through the outbox: it tells what becomes of it where that is lawful, and whoever leaves is left alone.

use crate::support::desk::{Desk, soon};
use crate::support::engines::{Engine, Place, for_each_engine};
use crate::support::sink::{Fate, Sink};
use crate::support::web::{Web, below, free_port};
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use tradepost::record::choices::{Hold, find_hold};
use tradepost::record::outbox::{self, DeliveryState, MailClass, NewOutgoing, SentCopy, lists};
use tradepost::record::{Books, RawMail, messages, suppressions, tracking};
use tradepost::trade::tracking::{Class, EventKind};
use tradepost::types::{EmailAddress, MessageId};

pub(super) const CATALOGUE: &str = "https://bright.example/catalogue?from=mail&year=2026#led";

pub(super) fn inquiry(who: &str, number: usize) -> String {
    format!(
        "Return-Path: <{who}>\nFrom: Tom Hall <{who}>\nTo: sales@bright.example\nSubject: Price for flood lights 50W\n\
         Date: Mon, 16 Nov 2026 00:40:00 +0000\nMessage-ID: <{number}-{who}>\n\n\
         Hello, please send us your best price for 1,000 pcs LED flood lights 50W FOB Ningbo. We look forward to your quotation. Tom Hall\n"
    )
}

/// A daemon that answers by itself, with its listeners and a signature that has a link.
pub(super) async fn beside_answering(books: &Books, sink: &Sink, tracking: &str, story: impl AsyncFnOnce(&Web)) {
    let here = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (public, metrics) = (here(free_port()), here(free_port()));
    let sections = format!(
        "[policies.intents]\ninquiry = \"answer\"\n\n[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n\n\
         [tracking]\npublic_address = \"https://mail.bright.example/letters\"\nlisten = \"{public}\"\nmetrics = \"{metrics}\"\n{tracking}\n\n[storage]",
        sink.port
    );
    let signature = "default = { text = \"Li Wei\\nNingbo Bright Lighting\", html = \"<p>Li Wei<br><a href='https://bright.example/catalogue?from=mail&amp;year=2026#led'>Catalogue</a></p>\" }";
    let changes = [
        ("mode = \"draft\"", "mode = \"full\""),
        ("default = \"Li Wei\\nExport Manager\\nNingbo Bright Lighting Co., Ltd.\"", signature),
        ("[storage]", &sections),
    ];
    let desk = Desk::open_with(books, &changes).await;
    let web = Web { desk, public, metrics };
    web.run(async |web| {
        web.wait_until_open(web.public).await;
        story(web).await;
    })
    .await;
}

/// What a mail says to whom: fields, text and HTML.
pub(super) struct Mail {
    pub text: String,
    pub html: String,
    unsubscribe: String,
    one_click: Option<String>,
}

pub(super) fn read(raw: &[u8]) -> Mail {
    let mail = mail_parser::MessageParser::default().parse(raw).expect("a mail");
    let field = |name: &str| mail.header_raw(name).map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "));
    Mail {
        text: mail.body_text(0).expect("text").into_owned(),
        html: mail.body_html(0).expect("HTML").into_owned(),
        unsubscribe: field("List-Unsubscribe").unwrap_or_default(),
        one_click: field("List-Unsubscribe-Post"),
    }
}

impl Mail {
    /// The path of an address of ours in its HTML.
    pub fn path(&self, door: &str) -> String {
        let begin = format!("https://mail.bright.example/letters/{door}/");
        let (_, rest) = self.html.split_once(&begin).unwrap_or_else(|| panic!("{door} in {}", self.html));
        format!("/{door}/{}", rest.split(['"', '\'']).next().expect("an end"))
    }

    /// The path by which one click leaves.
    pub fn way_out(&self) -> String {
        let address = self.unsubscribe.split(['<', '>']).nth(1).expect("an address");
        below(address).expect("ours").to_owned()
    }
}

pub(super) async fn answered(web: &Web, sink: &Sink, who: &str, number: usize) -> Mail {
    let before = sink.mails().len();
    web.desk.receive(&inquiry(who, number));
    soon("the answer is sent", async || sink.mails().len() > before).await;
    let (_, raw) = sink.mails().pop().expect("it came");
    soon("the books know it", async || {
        let mut session = web.desk.office.books.look().await.expect("a look");
        lists::list_recent(&mut session, 1).await.expect("the outbox")[0].state == DeliveryState::Sent
    })
    .await;
    read(&raw)
}

pub(super) async fn hold(web: &Web, who: &str) -> Option<Hold> {
    let mut session = web.desk.office.books.look().await.expect("a look");
    find_hold(&mut session, &EmailAddress::parse(who).expect("an address"), None, web.now()).await.expect("asked")
}

/// Why somebody is on the suppression list.
async fn suppressed(web: &Web, who: &str) -> Vec<suppressions::Reason> {
    let key = web.desk.office.keys.list().expect("the key");
    let mut session = web.desk.office.books.look().await.expect("a look");
    let who = EmailAddress::parse(who).expect("an address");
    suppressions::find(&mut session, &key, &who, web.now()).await.expect("the list").into_iter().map(|entry| entry.reason).collect()
}

/// A mailing is planned that would reach them too.
async fn mail_to_all(web: &Web, who: &str) {
    let raw =
        RawMail::compress(b"From: sales@bright.example\r\nMessage-ID: <spring@bright.example>\r\n\r\nSpring sale\r\n").expect("small");
    let new = NewOutgoing {
        effect_key: "mailing:1",
        account: web.desk.office.accounts[0].id,
        thread: None,
        answers: None,
        header_id: &MessageId::parse("spring@bright.example").expect("an id"),
        class: MailClass::Bulk,
        envelope_from: Some(&EmailAddress::parse("sales@bright.example").expect("an address")),
        subject: "Spring sale",
        sent_copy: SentCopy::None,
        raw: &raw,
        recipients: &[EmailAddress::parse(who).expect("an address")],
        due_at: web.now(),
        not_after: None,
        now: web.now(),
    };
    let mut session = web.desk.office.books.begin().await.expect("free books");
    outbox::add(&mut session, &new).await.expect("room").expect("it is new");
    session.commit().await.expect("committed");
}

pub(super) async fn newest_delivery(web: &Web) -> lists::Delivery {
    let mut session = web.desk.office.books.look().await.expect("a look");
    lists::list_recent(&mut session, 1).await.expect("the outbox").remove(0)
}

#[tokio::test]
async fn an_answer_tells_that_it_was_opened_followed_and_left_and_the_text_tells_nothing() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        beside_answering(&books, &sink, "opens = true\nclicks = true", async |web| {
            let who = "tom@hall.com.br";
            let mail = answered(web, &sink, who, 1).await;
            assert_eq!(mail.one_click.as_deref(), Some("List-Unsubscribe=One-Click"));
            assert!(mail.unsubscribe.contains("<mailto:sales@bright.example?subject=unsubscribe%20"), "{}", mail.unsubscribe);
            assert!(!mail.html.contains("bright.example/catalogue"), "the link is followed through us:\n{}", mail.html);
            for ours in ["/letters/c/", "/letters/o/"] {
                assert!(mail.html.contains(ours) && !mail.text.contains(ours), "{ours} is in the HTML alone:\n{}", mail.text);
            }
            assert!(mail.text.contains("Choose which emails you get: https://mail.bright.example/letters/p/"), "{}", mail.text);
            assert!(mail.html.contains(">Choose which emails you get</a>"), "{}", mail.html);

            // A machine at delivery, a person five minutes later.
            let delivery = newest_delivery(web).await.id;
            web.ask("GET", &mail.path("o"), &[("User-Agent", "Mozilla/5.0"), ("X-Forwarded-For", "104.28.66.12")], "").await;
            web.wait_ms(300_000);
            web.get(&mail.path("o")).await;
            web.wait_ms(10_000);
            let click = web.get(&mail.path("c")).await;
            assert_eq!((click.status, click.text_of("location").as_str()), (302, CATALOGUE));
            let told: Vec<_> = web.events(delivery.0).await.into_iter().map(|event| (event.kind, event.class)).collect();
            assert_eq!(
                told,
                [(EventKind::Open, Class::Automatic), (EventKind::Open, Class::Human), (EventKind::Click, Class::Human)],
                "the sending is known, so the later ones are a person's"
            );

            // Looking changes nothing; one click does.
            let way_out = mail.way_out();
            assert_eq!(web.get(&way_out).await.status, 200);
            assert_eq!(hold(web, who).await, None);
            assert_eq!(web.post(&way_out, "List-Unsubscribe=One-Click").await.status, 200);
            assert!(matches!(hold(web, who).await, Some(Hold::Left { .. })));
            assert_eq!(suppressed(web, who).await, [suppressions::Reason::Unsubscribe], "the list has them at once");
            mail_to_all(web, who).await;
            soon("the mailing is settled", async || newest_delivery(web).await.state == DeliveryState::Dropped).await;
            assert_eq!(sink.mails().len(), 1, "no mailing goes any more");

            // Whoever left is answered by a person.
            web.wait_ms(5 * 86_400_000);
            web.desk.receive(&inquiry(who, 2));
            soon("it is drafted", async || web.desk.drafts().len() == 1).await;
            assert_eq!(sink.mails().len(), 1, "nothing goes by itself any more");
            let why = web.desk.last().await.why;
            assert!(why.contains("has unsubscribed from what goes by itself"), "{why}");
            assert!(!web.desk.draft().contains("mail.bright.example"), "a person's draft carries nothing of ours");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn where_the_law_asks_for_consent_nothing_is_told_until_the_reader_says_so_on_the_page() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        beside_answering(&books, &sink, "opens = true\nclicks = true", async |web| {
            let who = "uli@hall.de";
            let mail = answered(web, &sink, who, 1).await;
            assert!(!mail.html.contains("/letters/o/") && !mail.html.contains("/letters/c/"), "{}", mail.html);
            assert!(
                mail.html.contains(CATALOGUE.split('&').next().expect("a start")) && mail.one_click.is_some(),
                "leaving needs no consent"
            );
            let page = web.get(&mail.path("p")).await.text();
            assert!(page.contains("name=\"telling\" value=\"yes\">"), "not ticked beforehand: {page}");
            let saved = web.post(&mail.path("p"), "save=1&pause=0&language=&telling_asked=no").await.text();
            assert!(saved.contains("name=\"telling\" value=\"yes\">"), "leaving it alone is no consent");
            let saved = web.post(&mail.path("p"), "save=1&pause=0&language=&telling_asked=no&telling=yes").await.text();
            assert!(saved.contains("name=\"telling\" value=\"yes\" checked>"), "{saved}");
            web.wait_ms(5 * 86_400_000);
            let mail = answered(web, &sink, who, 2).await;
            assert!(mail.html.contains("/letters/o/") && mail.html.contains("/letters/c/"), "{}", mail.html);
            web.post(&mail.path("p"), "save=1&pause=0&language=&telling_asked=yes").await;
            web.wait_ms(5 * 86_400_000);
            let mail = answered(web, &sink, who, 3).await;
            assert!(!mail.html.contains("/letters/o/"), "taken back: {}", mail.html);
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_waits_does_not_go_to_whoever_left_meanwhile_and_leaving_by_mail_is_as_good() {
    for_each_engine(|books| async move {
        // The server says later of the first mail to each, and nothing of us: that would hold the mailbox, and the second of them might
        // never be tried before it has gone by.
        let tried: Mutex<BTreeSet<String>> = Mutex::default();
        let sink = Sink::start(move |to, _| match tried.lock().expect("nobody fails in here").insert(to.to_owned()) {
            true => Fate::RefusedAtRcpt("451 4.3.0 try again later".to_owned()),
            false => Fate::Taken,
        });
        beside_answering(&books, &sink, "", async |web| {
            web.desk.receive(&inquiry("tom@hall.com.br", 1));
            web.desk.receive(&inquiry("eva@lights.com.mx", 2));
            let states = async || {
                let mut session = web.desk.office.books.look().await.expect("a look");
                let mut all = lists::list_recent(&mut session, 10).await.expect("the outbox");
                all.sort_by(|one, other| other.recipient.cmp(&one.recipient));
                all
            };
            soon("both wait", async || states().await.iter().filter(|one| one.state == DeliveryState::Deferred).count() == 2).await;
            let tom = states().await.remove(0);
            let mut session = web.desk.office.books.look().await.expect("a look");
            let letter = tradepost::record::outbox::find_letter(&mut session, tom.outgoing).await.expect("asked").expect("kept");
            drop(session);
            let mail = read(&letter.raw.open().expect("whole"));
            assert!(!mail.html.contains("/letters/o/"), "without being switched on nothing tells");
            let token = mail.way_out().trim_start_matches("/u/").to_owned();
            web.desk.receive(&format!(
                "From: Assistant <office@hall.com.br>\nTo: sales@bright.example\nSubject: unsubscribe {token}\nMessage-ID: <leave@hall.com.br>\n\n"
            ));
            soon("he has left", async || hold(web, "tom@hall.com.br").await.is_some()).await;
            let event = web.events(tom.id.0).await.remove(0);
            assert_eq!((event.kind, event.class, event.reason.as_str()), (EventKind::Unsubscribe, Class::Human, "mail"));
            web.wait_ms(3_600_000);
            soon("both are settled", async || {
                states().await.iter().all(|one| matches!(one.state, DeliveryState::Sent | DeliveryState::Dropped))
            })
            .await;
            let told: Vec<_> = states().await.into_iter().map(|one| (one.recipient, one.state, one.why)).collect();
            assert_eq!(told[0].1, DeliveryState::Dropped, "{told:?}");
            assert!(told[0].2.contains("its recipient has unsubscribed (since 2026-11-16)"), "{told:?}");
            assert_eq!(told[1].1, DeliveryState::Sent, "{told:?}");
            assert_eq!(sink.mails().iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), ["eva@lights.com.mx"]);
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn show_tells_the_whole_story_in_the_operators_language() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    let sink = Sink::start(|_, _| Fate::Taken);
    let answer = std::cell::RefCell::new(String::new());
    beside_answering(&books, &sink, "opens = true\nclicks = true", async |web| {
        let mail = answered(web, &sink, "tom@hall.com.br", 1).await;
        web.wait_ms(300_000);
        web.ask("GET", &mail.path("o"), &[("User-Agent", "Mozilla/5.0"), ("X-Forwarded-For", "104.28.66.12")], "").await;
        web.wait_ms(60_000);
        web.get(&mail.path("c")).await;
        web.wait_ms(60_000);
        web.get(&mail.path("c")).await;
        let id = newest_delivery(web).await.header_id;
        for (number, more) in [(1, "Auto-Submitted: auto-replied\nSubject: Out of office\n\nI am out of the office. I will be back on 23 November 2026 and will answer your email then."), (2, "Subject: Re: Price\n\nThank you, we will order.")] {
            web.desk.receive(&format!(
                "From: Tom Hall <tom@hall.com.br>\nTo: sales@bright.example\nMessage-ID: <reply-{number}@hall.com.br>\nIn-Reply-To: <{id}>\n{more}\n"
            ));
        }
        soon("the replies are there", async || {
            let mut session = web.desk.office.books.look().await.expect("a look");
            messages::count(&mut session).await.expect("counted") >= 3
        })
        .await;
        web.post(&mail.way_out(), "List-Unsubscribe=One-Click").await;
        answered(web, &sink, "uli@hall.de", 9).await;
        *answer.borrow_mut() = id;
    })
    .await;
    let mut session = books.look().await.expect("a look");
    assert_eq!(tracking::count_events(&mut session).await.expect("counted").len(), 3);
    drop(session);
    books.close().await;

    let home = tempfile::tempdir().expect("a folder");
    for shelf in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(home.path().join("sales").join(shelf)).expect("a Maildir");
    }
    let config = format!(
        "[team]\ncompany = \"Bright\"\n[[team.members]]\nname = \"Li Wei\"\naddress = \"li.wei@bright.example\"\nlanguage = \"en\"\ntime_zone = \"Asia/Shanghai\"\n\
         [[mailboxes]]\nname = \"sales\"\naddress = \"sales@bright.example\"\nowner = \"li.wei@bright.example\"\nmaildir = \"sales\"\n[storage]\nbooks = \"{}\"\n",
        place.file().display()
    );
    std::fs::write(home.path().join("tradepost.toml"), config).expect("written");
    let show = |locale: &str, arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tradepost"));
        command.arg("--config").arg(home.path().join("tradepost.toml")).arg("show").args(arguments).env("LC_ALL", locale);
        let output = command.output().expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let english = show("C", &["contact", "tom@hall.com.br"]);
    for line in [
        "What letters told:",
        "Opened: a machine. Links followed: a person. Answered: a person.",
        "opened (1×): a machine, a known program or network (apple-mail-privacy).",
        "link 1 followed, https://bright.example/catalogue?from=mail&year=2026#led (2×): a person, nothing speaks for a machine.",
        "unsubscribed (1×): a person, the mail program’s own button.",
        "a machine, its header says that a machine wrote it (auto_reply).",
        "a person, written by hand, as far as its header tells.",
        "They unsubscribed from everything at 2026-11-16T",
    ] {
        assert!(english.contains(line), "{line}\n{english}");
    }
    let replies: Vec<&str> = english.lines().filter(|line| line.contains("answered (message") || line.contains("answered: back")).collect();
    assert_eq!(replies.len(), 2, "each reply is told once:\n{english}");
    assert!(replies.iter().any(|line| line.ends_with("(auto_reply). Back on 2026-11-23.")), "{english}");
    let german = show("de_DE.UTF-8", &["contact", "uli@hall.de"]);
    assert!(german.contains("Die E-Mail meldet von sich aus nichts: in DE verlangt das Gesetz eine Einwilligung."), "{german}");
    assert!(show("ar_EG.UTF-8", &["contact", "tom@hall.com.br"]).contains("ما أخبرت به الرسائل:"));
    let json: serde_json::Value = serde_json::from_str(&show("C", &["contact", "tom@hall.com.br", "--json"])).expect("JSON");
    let letter = &json["letters"][0];
    assert_eq!((&letter["opened"], &letter["clicked"], &letter["replied"]), (&"automatic".into(), &"human".into(), &"human".into()));
    assert_eq!(letter["events"].as_array().map(Vec::len), Some(4), "{letter}");
    assert_eq!(letter["replies"][0]["reason"], "auto_reply");
    assert!(json["unsubscribed"].is_string());
    let mails: serde_json::Value = serde_json::from_str(&show("C", &["messages", "--json"])).expect("JSON");
    let first = mails.as_array().and_then(|all| all.iter().find(|mail| mail["message_id"] == "1-tom@hall.com.br")).expect("it is there");
    let inquiry = show("C", &["message", &first["id"].to_string()]);
    assert!(inquiry.contains("Opened: a machine."), "the mail that was answered tells it too:\n{inquiry}");
    place.clear().await;
}
