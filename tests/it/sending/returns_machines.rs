//! What machines answer for people: notes of absence in twelve languages, and receipts.

use super::returns::{MINUTE_MS, back_of, buyer, desk_at, from, reasons, send, state_of, told_of};
use super::{enter, id_of};
use crate::support::desk::MONDAY_MORNING;
use crate::support::engines::{ENGINES, Place, for_each_engine};
use crate::support::sink::{Fate, Sink};
use tradepost::record::outbox::{DeliveryState, MailClass};

/// Language, subject (`{}` is the letter's), text, and the first day back.
const AWAY: [(&str, &str, &str, &str); 12] = [
    ("en", "Automatic reply: {}", "I am out of the office and will be back on 14 December 2026.", "2026-12-14"),
    ("de", "Abwesenheitsnotiz: {}", "Ich bin nicht im Büro und ab dem 14.12.2026 wieder erreichbar.", "2026-12-14"),
    ("fr", "Réponse automatique : {}", "Je suis absent du bureau. De retour le 14 décembre 2026.", "2026-12-14"),
    ("es", "Respuesta automática: {}", "Estoy fuera de la oficina. Regreso el 14 de diciembre de 2026.", "2026-12-14"),
    ("pt", "Resposta automática: {}", "Estou fora do escritório. Retorno em 14 de dezembro de 2026.", "2026-12-14"),
    ("it", "Risposta automatica: {}", "Sono fuori ufficio. Rientro il 14 dicembre 2026.", "2026-12-14"),
    ("ru", "Автоответ: {}", "Меня нет на рабочем месте. Вернусь 14 декабря 2026 года.", "2026-12-14"),
    ("zh", "自动回复：{}", "您好，我正在休假，12月14日返回公司上班。", "2026-12-14"),
    ("ja", "自動応答: {}", "ただいま不在にしております。12月14日に復帰いたします。", "2026-12-14"),
    ("ko", "자동 회신: {}", "현재 부재중입니다. 12월 14일에 복귀합니다.", "2026-12-14"),
    ("ar", "رد تلقائي: {}", "أنا خارج المكتب وسأعود في 14 ديسمبر 2026.", "2026-12-14"),
    ("tr", "Otomatik yanıt: {}", "Ofis dışındayım. 14 Aralık 2026 tarihinde döneceğim.", "2026-12-14"),
];

#[tokio::test]
async fn a_note_of_absence_in_twelve_languages_is_joined_and_says_when_somebody_is_back() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..2 * AWAY.len(), MailClass::Bulk).await;
        for (number, (_, subject, text, _)) in AWAY.iter().enumerate() {
            // Once with all its fields, and once with none: a machine that says only with its words that it is one.
            let fields = format!("Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\nIn-Reply-To: <{}>\n", id_of(number));
            desk.receive(&from(&buyer(number), &fields, &subject.replace("{}", &format!("Offer {number}")), text));
            let bare = number + AWAY.len();
            desk.receive(&from(&buyer(bare), "", &subject.replace("{}", &format!("Offer {bare}")), text));
        }
        desk.settle().await;
        for (number, (language, .., day)) in AWAY.iter().enumerate() {
            for (number, by) in [(number, "message_id"), (number + AWAY.len(), "subject")] {
                assert_eq!(told_of(&books, number).await, [("auto_reply", by)], "{language} {number}");
                assert_eq!(back_of(&books, number).await[0].returns_on, *day, "{language} {number}");
                assert_eq!(state_of(&books, number).await, DeliveryState::Sent);
                assert!(reasons(&desk, &buyer(number)).await.is_empty());
            }
        }
        assert_eq!(sink.mails().len(), 2 * AWAY.len(), "no machine is answered");
    })
    .await;
}

#[tokio::test]
async fn an_absence_note_from_another_address_of_the_firm_or_without_a_subject_is_joined_too() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..3, MailClass::Letter).await;
        let auto = "Auto-Submitted: auto-replied\n";
        desk.receive(&from("noreply@mail.firm-0.example", auto, "Automatic reply: Offer 0", "Nobody reads here."));
        desk.receive(&from(&buyer(1), auto, "Out of office", "I am away."));
        desk.receive(&from("noreply@firm-2.example", auto, "Out of office", "Whoever wrote: nobody is here."));
        desk.settle().await;
        assert_eq!(told_of(&books, 0).await, [("auto_reply", "subject")]);
        assert_eq!(told_of(&books, 1).await, [("auto_reply", "recipient")]);
        assert_eq!(told_of(&books, 2).await, [], "that may answer anybody");
    })
    .await;
}

/// Rows of before name the host that the mail went to, and not the firm.
#[tokio::test]
async fn an_absence_note_is_joined_also_to_mail_of_before() {
    for engine in ENGINES {
        let place = Place::new(engine).await;
        let books = place.open().await;
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        let letter = [(0, "buyer@mail.firm-0.example".to_owned())];
        enter(&books, desk.office.accounts[0].id, &letter, MailClass::Letter, MONDAY_MORNING).await;
        desk.settle().await;
        let mut backdoor = place.backdoor().await;
        backdoor.run("UPDATE delivery SET recipient_domain = 'mail.firm-0.example'").await.expect("written");
        drop(backdoor);
        desk.office.clock.forward(30 * MINUTE_MS);
        let auto = "Auto-Submitted: auto-replied\n";
        desk.receive(&from("noreply@mail.firm-0.example", auto, "Automatic reply: Offer 0", "Nobody reads here."));
        desk.settle().await;
        assert_eq!(told_of(&books, 0).await, [("auto_reply", "subject")]);
        books.close().await;
        place.clear().await;
    }
}

fn receipt(number: usize, disposition: &str, id: &str) -> String {
    let to = buyer(number);
    format!(
        "Return-Path: <>\nFrom: Buyer <{to}>\nTo: sales@bright.example\nSubject: Gelesen: Offer {number}\nDate: Mon, 16 Nov 2026 01:20:00 \
         +0000\nMessage-ID: <mdn-{number}@customer.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; \
         report-type=disposition-notification; boundary=\"m\"\n\n--m\nContent-Type: text/plain; charset=utf-8\n\nIhre Nachricht wurde am \
         16.11.2026 angezeigt.\n\n--m\nContent-Type: message/disposition-notification\n\nReporting-UA: firma.example; Microsoft Outlook\n\
         Original-Recipient: rfc822;{to}\nFinal-Recipient: rfc822;{to}\nOriginal-Message-ID: {id}\nDisposition: \
         manual-action/MDN-sent-manually; {disposition}\n\n--m--\n"
    )
}

#[tokio::test]
async fn receipts_are_joined_and_nobody_asks_for_them_in_vain_twice() {
    for_each_engine(|books| async move {
        let sink = Sink::start(|_, _| Fate::Taken);
        let desk = desk_at(&books, &sink, "").await;
        send(&desk, 0..4, MailClass::Letter).await;
        desk.receive(&receipt(0, "displayed", &format!("<{}>", id_of(0))));
        desk.receive(&receipt(1, "deleted", &format!("<{}>", id_of(1))));
        desk.receive(&receipt(2, "dispatched", &format!("<{}>", id_of(2))));
        desk.receive(&receipt(3, "displayed", "<another@mail.example>"));
        desk.settle().await;
        for (number, kind) in [(0, "displayed"), (1, "deleted"), (2, "arrived")] {
            assert_eq!(told_of(&books, number).await, [(kind, "message_id")]);
        }
        assert_eq!(told_of(&books, 3).await, [], "it is about another mail");
        // Who asks for a receipt gets none from a machine.
        let asks = format!("Disposition-Notification-To: {0}\nReturn-Receipt-To: {0}\n", buyer(0));
        desk.receive(&from(&buyer(0), &asks, "Confirm, please", "Did you get my mail?"));
        desk.settle().await;
        assert_eq!(sink.mails().len(), 4);
        let ours = [desk.mails("sales/new"), desk.drafts()].concat();
        assert!(!ours.iter().any(|mail| mail.contains("report-type=disposition-notification") && mail.contains("From: Li Wei")));
    })
    .await;
}
