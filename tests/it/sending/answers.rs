//! Automatic answers: one to a person, none to a machine, and none that begins a conversation of machines.

use super::{deliveries, states};
use crate::support::desk::{Desk, soon};
use crate::support::engines::{ENGINES, Engine, Place, for_each_engine};
use crate::support::sink::{Fate, Sink};
use tradepost::record::outbox::DeliveryState;
use tradepost::record::outbox::lists::Delivery;
use tradepost::record::{Books, settings};

const INQUIRY: &str = "Return-Path: <tom@hall-lighting.example>
From: Tom Hall <tom@hall-lighting.example>
To: sales@bright.example
Subject: Price for flood lights 50W
Date: Mon, 16 Nov 2026 00:40:00 +0000
Message-ID: <tom-1@hall-lighting.example>

Hello, please send us your best price for 1,000 pcs LED flood lights 50W FOB Ningbo. We look forward to your quotation. Tom Hall
";

async fn desk_at(books: &Books, sink: &Sink) -> Desk {
    let sending = format!(
        "[policies.intents]\ninquiry = \"answer\"\n\n[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n\n[storage]",
        sink.port
    );
    Desk::open_with(books, &[("mode = \"draft\"", "mode = \"full\""), ("[storage]", &sending)]).await
}

#[tokio::test]
async fn an_inquiry_is_answered_once_and_its_copy_lies_in_sent() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let mails = sink.mails();
        assert_eq!(mails.len(), 1, "{}", desk.last().await.why);
        assert_eq!(mails[0].0, "tom@hall-lighting.example");
        let answer = String::from_utf8(mails[0].1.clone()).expect("text");
        for field in ["Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "In-Reply-To: <tom-1@hall-lighting.example>"] {
            assert!(answer.contains(field), "{field}:\n{answer}");
        }
        assert!(!answer.contains("X-Unsent") && desk.drafts().is_empty(), "it is no draft, and none waits beside it");
        assert!(desk.mails("sales/.Sent/cur").is_empty(), "the provider is given a minute to file it");
        desk.office.clock.forward(61_000);
        desk.settle().await;
        let sent = desk.paths("sales/.Sent/cur");
        assert_eq!(std::fs::read(&sent[0]).expect("the copy"), mails[0].1, "the very mail");
        desk.office.clock.forward(600_000);
        desk.settle().await;
        assert_eq!((desk.paths("sales/.Sent/cur").len(), sink.mails().len()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn an_office_without_pages_lets_readers_leave_by_mail() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let answer = String::from_utf8(sink.mails()[0].1.clone()).expect("text").replace("\r\n ", " ");
        let (_, field) = answer.split_once("List-Unsubscribe:").expect("a way out");
        let field = field.lines().next().expect("a line").trim();
        let token = field.strip_prefix("<mailto:sales@bright.example?subject=unsubscribe%20").and_then(|rest| rest.strip_suffix('>'));
        let token = token.unwrap_or_else(|| panic!("by mail alone: {field}"));
        assert!(!answer.contains("List-Unsubscribe-Post") && !answer.contains("http"), "{answer}");
        desk.receive(&format!(
            "From: Tom Hall <tom@hall-lighting.example>\nTo: sales@bright.example\nSubject: unsubscribe {token}\nMessage-ID: <leave@hall>\n\n"
        ));
        desk.settle().await;
        desk.office.clock.forward(5 * 86_400_000);
        desk.receive(&INQUIRY.replace("tom-1", "tom-2").replace("flood lights", "street lights"));
        desk.settle().await;
        assert_eq!((sink.mails().len(), desk.drafts().len()), (1, 1), "{}", desk.last().await.why);
        assert!(desk.last().await.why.contains("has unsubscribed from what goes by itself"), "{}", desk.last().await.why);
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_files_what_is_sent_gets_no_second_copy() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let filed = String::from_utf8(sink.mails()[0].1.clone()).expect("text");
        desk.deliver("sales/.Sent/cur", ":2,S", &filed);
        desk.settle().await;
        desk.office.clock.forward(120_000);
        desk.settle().await;
        assert_eq!(desk.paths("sales/.Sent/cur").len(), 1);
    })
    .await;
}

/// The server puts both answers off, and Li Wei is quicker: with a mail to Tom, with a draft to Tim.
#[tokio::test]
async fn a_person_who_is_quicker_than_an_automatic_answer_is_the_only_one_to_answer() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, nth| if nth < 2 { Fate::RefusedAtRcpt("451 4.3.0 try again later".into()) } else { Fate::Taken });
        let desk = desk_at(&books, &sink).await;
        desk.folder("sales/.Drafts");
        desk.folder("sales/.Sent");
        desk.receive(INQUIRY);
        desk.receive(&INQUIRY.replace("tom", "tim").replace("Tom", "Tim").replace("hall-lighting", "mill-lighting").replace("flood", "street"));
        desk.settle().await;
        assert_eq!(states(&books).await, [DeliveryState::Deferred; 2]);
        let by_hand = |customer: &str, id: &str, lights: &str| {
            format!(
                "From: Li Wei <sales@bright.example>\nTo: {customer}\nSubject: Re: Price for {lights} lights 50W\nDate: Mon, 16 Nov 2026 \
                 00:50:00 +0000\nMessage-ID: <by-hand-{id}@bright.example>\nIn-Reply-To: <{id}>\nReferences: <{id}>\n\nUSD 4.20 FOB Ningbo.\n"
            )
        };
        desk.deliver("sales/.Sent/cur", ":2,S", &by_hand("tom@hall-lighting.example", "tom-1@hall-lighting.example", "flood"));
        desk.deliver("sales/.Drafts/cur", ":2,D", &by_hand("tim@mill-lighting.example", "tim-1@mill-lighting.example", "street"));
        desk.settle().await;
        desk.office.clock.forward(3_600_000);
        desk.settle().await;
        assert!(sink.mails().is_empty(), "{:?}", sink.mails().len());
        let became: Vec<_> = deliveries(&books).await.into_iter().map(|one| (one.recipient, one.state, one.why)).collect();
        let dropped = |to: &str, why: &str| (to.to_owned(), DeliveryState::Dropped, why.to_owned());
        assert_eq!(
            became,
            [
                dropped("tom@hall-lighting.example", "a person has answered meanwhile"),
                dropped("tim@mill-lighting.example", "a person has begun to answer")
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_is_answered_twice_in_four_days_and_no_machine_ever() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        // The customer asks for something else two days later: a person answers.
        desk.office.clock.forward(2 * 86_400_000);
        desk.receive(&INQUIRY.replace("tom-1", "tom-2").replace("flood lights", "street lights"));
        desk.settle().await;
        assert_eq!((sink.mails().len(), desk.drafts().len()), (1, 1), "{}", desk.last().await.why);
        assert!(desk.last().await.why.contains("in the last four days"), "{}", desk.last().await.why);
        // Whatever smells of a machine is not answered.
        for (number, field) in [
            "Auto-Submitted: auto-generated",
            "Precedence: bulk",
            "List-Id: <buyers.lists.example>",
            "X-Auto-Response-Suppress: All",
            "Return-Path: <>",
            "Return-Path: <bounces-42@mailer.example>",
        ]
        .iter()
        .enumerate()
        {
            let mail =
                INQUIRY.replace("tom@hall-lighting", &format!("eva{number}@lights{number}")).replace("tom-1", &format!("eva-{number}"));
            let mail = match field.strip_prefix("Return-Path: ") {
                Some(path) => mail.replacen(&format!("<eva{number}@lights{number}.example>"), path, 1),
                None => format!("{field}\n{mail}"),
            };
            desk.receive(&mail);
        }
        desk.receive(&INQUIRY.replace("tom@hall", "noreply@hall2").replace("tom-1", "noreply-1"));
        desk.settle().await;
        assert_eq!(sink.mails().len(), 1, "{:?}", sink.mails().iter().map(|(to, _)| to).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_responder_without_any_header_and_from_another_address_gets_one_answer() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        assert_eq!(sink.mails().len(), 1);
        for round in 0..20 {
            // It repeats what it got as if it were an inquiry of its own.
            desk.office.clock.forward(30_000);
            let who = format!("desk{round}@hall-lighting.example");
            desk.receive(&INQUIRY.replace("tom@hall-lighting.example", &who).replace("tom-1", &format!("auto-{round}")));
            desk.settle().await;
        }
        assert_eq!(sink.mails().len(), 1, "ten minutes of echoes are answered with nothing");
        for day in 1..=3 {
            desk.office.clock.forward(86_400_000);
            for round in 0..10 {
                desk.office.clock.forward(20 * 60_000);
                let who = format!("night{day}-{round}@hall-lighting.example");
                desk.receive(&INQUIRY.replace("tom@hall-lighting.example", &who).replace("tom-1", &format!("night-{day}-{round}")));
                desk.settle().await;
            }
        }
        assert!(sink.mails().len() <= 1 + 3 * 4, "three a day for a domain: {}", sink.mails().len());
        assert!(states(&books).await.iter().all(|state| *state == DeliveryState::Sent), "{:?}", deliveries(&books).await);
    })
    .await;
}

#[tokio::test]
async fn what_another_tradepost_answers_is_not_answered() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let answer = String::from_utf8(sink.mails()[0].1.clone()).expect("text").replace("\r\n", "\n");
        // The other side runs Tradepost too: its answer bears what ours does.
        let other = INQUIRY.replace("tom-1", "their-answer").replacen("From:", "Auto-Submitted: auto-replied\nFrom:", 1);
        desk.receive(&other);
        desk.receive(&answer.replace("Message-ID: <", "Message-ID: <theirs-").replace("sales@bright.example", "sales@dark.example"));
        desk.settle().await;
        assert_eq!(sink.mails().len(), 1);
    })
    .await;
}

/// Two desks, each a daemon with books of its own; whatever one sends comes to the other as `post` hands it on, until neither says more or
/// the rounds are over. How many mails each sent.
async fn conversation(books: &Books, pause_ms: i64, post: impl Fn(usize, &str) -> String) -> (usize, usize) {
    let sinks = [Sink::start(|_, _| Fate::Taken), Sink::start(|_, _| Fate::Taken)];
    let place = Place::new(Engine::Sqlite).await;
    let bright = desk_at(books, &sinks[0]).await;
    let dark = other_desk_at(&place.open().await, &sinks[1]).await;
    // A person there asks, and from then on only machines write.
    bright.receive(&INQUIRY.replace("tom@hall-lighting.example", "sales@dark.example"));
    let mut carried = [0, 0];
    for round in 0..40 {
        for (number, (from, to)) in [(&bright, &dark), (&dark, &bright)].into_iter().enumerate() {
            from.settle().await;
            for (_, mail) in sinks[number].mails().split_off(carried[number]) {
                carried[number] += 1;
                to.receive(&post(round * 2 + number, &String::from_utf8(mail).expect("text").replace("\r\n", "\n")));
            }
        }
        bright.office.clock.forward(pause_ms);
        dark.office.clock.forward(pause_ms);
    }
    (carried[0], carried[1])
}

/// The desk of another firm.
async fn other_desk_at(books: &Books, sink: &Sink) -> Desk {
    let sending = format!(
        "[policies.intents]\ninquiry = \"answer\"\n\n[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n\n[storage]",
        sink.port
    );
    // Everywhere: its team, its mailboxes, whom it writes as.
    let mut changes = vec![("bright.example", "dark.example"); 8];
    changes.extend([("mode = \"draft\"", "mode = \"full\""), ("[storage]", &sending)]);
    Desk::open_with(books, &changes).await
}

#[tokio::test]
async fn two_daemons_that_write_to_each_other_stop_after_two_mails() {
    for_each_engine(|books| async move {
        assert_eq!(conversation(&books, 30_000, |_, mail| format!("Return-Path: <{}>\n{mail}", writer_of(mail))).await, (1, 0));
    })
    .await;
}

#[tokio::test]
async fn two_daemons_whose_marks_get_lost_on_the_way_stop_after_two_mails() {
    for_each_engine(|books| async move {
        // A gateway that drops every mark and every reference, and at the worst a text that reads like a new inquiry.
        let stripped = |number: usize, mail: &str| {
            let from = writer_of(mail);
            let to = if from.contains("dark") { "sales@bright.example" } else { "sales@dark.example" };
            INQUIRY
                .replace("To: sales@bright.example", &format!("To: {to}"))
                .replace("tom@hall-lighting.example", &from)
                .replace("tom-1", &format!("carried-{number}"))
        };
        let (ours, theirs) = conversation(&books, 3_600_000, stripped).await;
        assert_eq!((ours, theirs), (1, 1), "forty hours");
    })
    .await;
}

fn writer_of(mail: &str) -> String {
    let line = mail.lines().find(|line| line.starts_with("From: ")).expect("a writer");
    line.rsplit(['<', ' ']).next().expect("an address").trim_end_matches('>').to_owned()
}

#[tokio::test]
async fn buyers_at_a_provider_for_everybody_do_not_use_up_each_others_answers() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        for name in ["Tim", "Ann", "Eva", "Bob", "Kim"] {
            let inquiry = INQUIRY.replace("Tom", name).replace("tom", &name.to_lowercase()).replace("hall-lighting.example", "gmail.com");
            desk.receive(&inquiry);
            desk.settle().await;
        }
        assert_eq!(sink.mails().len(), 5, "{}", desk.last().await.why);
        // Nobody of them gets a second one.
        desk.receive(&INQUIRY.replace("tom", "tim").replace("tim-1", "tim-2").replace("hall-lighting.example", "gmail.com"));
        desk.settle().await;
        assert_eq!(sink.mails().len(), 5);
        assert!(desk.last().await.why.contains("in the last four days"), "{}", desk.last().await.why);
    })
    .await;
}

#[tokio::test]
async fn a_firm_gets_three_answers_a_day_however_many_hosts_its_domain_has() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        for number in 0..12 {
            let who = format!("desk@h{number}.eu.hall-lighting.example");
            desk.receive(&INQUIRY.replace("tom@hall-lighting.example", &who).replace("tom-1", &format!("host-{number}")));
            desk.settle().await;
            desk.office.clock.forward(20 * 60_000);
        }
        assert_eq!((sink.mails().len(), desk.drafts().len()), (3, 9), "{}", desk.last().await.why);
        assert!(desk.last().await.why.contains("its domain got three automatic answers today"), "{}", desk.last().await.why);
    })
    .await;
}

#[tokio::test]
async fn addresses_that_anybody_can_make_up_get_fifty_answers_a_day_from_a_mailbox() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        for number in 0..56 {
            let who = format!("lights{number}@gmail.com");
            desk.receive(&INQUIRY.replace("tom@hall-lighting.example", &who).replace("tom-1", &format!("made-up-{number}")));
            desk.settle().await;
            desk.office.clock.forward(5 * 60_000);
        }
        assert_eq!((sink.mails().len(), desk.drafts().len()), (50, 6), "{}", desk.last().await.why);
        assert!(
            desk.last().await.why.contains("fifty automatic answers went to addresses of its mail provider"),
            "{}",
            desk.last().await.why
        );
        desk.receive(&INQUIRY.replace("hall-lighting.example", "web.de"));
        desk.settle().await;
        assert_eq!(sink.mails().len(), 51, "another provider's");
    })
    .await;
}

#[tokio::test]
async fn mails_that_come_together_get_no_more_answers_than_one_after_the_other() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        for number in 0..12 {
            let who = format!("desk@h{number}.hall-lighting.example");
            desk.receive(&INQUIRY.replace("tom@hall-lighting.example", &who).replace("tom-1", &format!("burst-{number}")));
        }
        for number in 0..56 {
            let who = format!("lights{number}@gmail.com");
            desk.receive(&INQUIRY.replace("tom@hall-lighting.example", &who).replace("tom-1", &format!("made-up-{number}")));
        }
        for _ in 0..3 {
            desk.settle().await;
        }
        let of = |domain: &'static str, all: &[Delivery]| all.iter().filter(|one| one.recipient.ends_with(domain)).count();
        let all = deliveries(&books).await;
        assert_eq!((of("hall-lighting.example", &all), of("gmail.com", &all)), (1, 50), "the others get a person's answer");
        assert_eq!(desk.drafts().len(), 11 + 6);
    })
    .await;
}

#[tokio::test]
async fn somebody_who_writes_to_two_mailboxes_at_once_gets_one_answer() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let sending = format!(
            "[policies.intents]\ninquiry = \"answer\"\n\n[sending]\nhost = \"127.0.0.1\"\nsecurity = \"none\"\nport = {}\n\n[storage]",
            sink.port
        );
        let full = ("mode = \"draft\"", "mode = \"full\"");
        let desk = Desk::open_with(&books, &[full, full, ("[storage]", &sending)]).await;
        for number in 0..6 {
            let inquiry = INQUIRY.replace("hall-lighting.example", &format!("hall-{number}.example"));
            desk.receive(&inquiry);
            let other = inquiry.replace("sales@bright", "anna@bright").replace("tom-1", "tom-2").replace("flood lights", "street lights");
            desk.deliver("anna/new", "", &other);
        }
        // Both mailboxes have decided to answer before either does.
        let pause = async |why: Option<&str>| {
            let mut session = books.begin().await.expect("free books");
            settings::mark_paused(&mut session, why).await.expect("written");
            session.commit().await.expect("committed");
        };
        pause(Some("a story")).await;
        desk.settle().await;
        pause(None).await;
        desk.at_work(soon("each has an answer or a draft", async || {
            sink.mails().len() + desk.drafts().len() + desk.drafts_of("anna").len() >= 12
        }))
        .await;
        let mut to: Vec<String> = sink.mails().into_iter().map(|(to, _)| to).collect();
        to.sort();
        assert_eq!(to, (0..6).map(|number| format!("tom@hall-{number}.example")).collect::<Vec<_>>());
        assert_eq!(desk.drafts().len() + desk.drafts_of("anna").len(), 6, "the others get a person's answer");
    })
    .await;
}

/// Rows of before name the host that the mail went to, and not the firm.
#[tokio::test]
async fn answers_of_before_count_for_the_host_they_went_to() {
    for engine in ENGINES {
        let place = Place::new(engine).await;
        let books = place.open().await;
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink).await;
        desk.receive(&INQUIRY.replace("tom@", "tom@mail."));
        desk.settle().await;
        assert_eq!(sink.mails().len(), 1, "{}", desk.last().await.why);
        let mut backdoor = place.backdoor().await;
        backdoor.run("UPDATE delivery SET recipient_domain = 'mail.hall-lighting.example'").await.expect("written");
        drop(backdoor);
        desk.office.clock.forward(30_000);
        desk.receive(&INQUIRY.replace("tom@", "auto@mail.").replace("tom-1", "auto-1"));
        desk.settle().await;
        assert_eq!((sink.mails().len(), desk.drafts().len()), (1, 1), "{}", desk.last().await.why);
        books.close().await;
        place.clear().await;
    }
}
