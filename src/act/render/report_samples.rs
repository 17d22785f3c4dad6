//! Daily mails and alarms that take every branch: every line there is, nothing at all, and what a hostile mail would bring.

use super::samples::{HOSTILE, SENT_AT, customer};
use crate::decide::daily::{Heading, Line, Mail, Pause, Proof, Section, TroubleNow, Withheld};
use crate::decide::{AlarmOrder, DailyOrder, LetterName, TroubleKind};
use crate::types::{Intent, Language, MessageId, NamedAddress};

const HOUR_MS: i64 = 3_600_000;

/// Samples of the daily mail in one language; the last one knows everything.
pub(super) fn dailies(language: Language) -> Vec<DailyOrder> {
    let Some(message_id) = MessageId::parse("sample@tradepost.example") else { return Vec::new() };
    let quiet = DailyOrder {
        language,
        from: NamedAddress::default(),
        to: NamedAddress::default(),
        message_id,
        time_zone: "Asia/Shanghai".to_owned(),
        since: SENT_AT.plus_ms(-24 * HOUR_MS),
        at: SENT_AT,
        sections: Vec::new(),
    };
    let full = |text: &str| Heading::ALL.map(|heading| Section { heading, lines: lines(heading, text), more: 37 }).to_vec();
    let hostile = DailyOrder { sections: full(&HOSTILE.repeat(3)), ..quiet.clone() };
    let known = DailyOrder { sections: full("Steel bottles"), ..quiet.clone() };
    vec![quiet, hostile, known]
}

/// Samples of every alarm in one language.
pub(super) fn alarms(language: Language) -> Vec<AlarmOrder> {
    let Some(message_id) = MessageId::parse("sample@tradepost.example") else { return Vec::new() };
    let alarm = |kind| AlarmOrder {
        language,
        from: NamedAddress::default(),
        to: NamedAddress::default(),
        message_id: message_id.clone(),
        time_zone: "Asia/Shanghai".to_owned(),
        mailbox: "sales".to_owned(),
        kind,
        since: SENT_AT,
        until: (kind == TroubleKind::BooksFull).then_some(SENT_AT),
        at: SENT_AT,
    };
    TroubleKind::ALL.map(alarm).to_vec()
}

/// A line of every kind that heading has.
fn lines(heading: Heading, text: &str) -> Vec<Line> {
    let mail = Mail { intent: Some(Intent::Inquiry), who: customer(), company: Some(text.to_owned()), subject: text.to_owned() };
    let bare = Mail::default();
    let (mailbox, folder) = (text.to_owned(), text.to_owned());
    let trouble = |kind, over_at| {
        let trouble = TroubleNow { kind, since: SENT_AT.plus_ms(-3 * HOUR_MS), over_at };
        Line::Trouble { mailbox: text.to_owned(), trouble }
    };
    let withheld = |withheld| Line::Withheld { mail: mail.clone(), withheld };
    let draft = |letter| withheld(Withheld::Draft { letter, language: Language::ENGLISH });
    let pause = |hours: i64, sent_late| {
        let (from, to) = (SENT_AT.plus_ms(-hours * HOUR_MS), SENT_AT.plus_ms(-HOUR_MS));
        Line::Pause { pause: Pause { from, to, caught_up: 14, sent_late } }
    };
    match heading {
        Heading::Trouble => TroubleKind::ALL.map(|kind| trouble(kind, None)).to_vec(),
        Heading::Over => TroubleKind::ALL.map(|kind| trouble(kind, Some(SENT_AT))).to_vec(),
        Heading::Counts => Intent::ALL.map(|intent| Line::Count { intent, count: 1_234 }).to_vec(),
        Heading::Came => vec![Line::Mail { mail }, Line::Mail { mail: bare }],
        Heading::Unassigned | Heading::Junk => vec![Line::Lies { mail, mailbox, folder }],
        Heading::Drafts => vec![Line::Draft { mail: Mail { intent: None, ..mail }, since: SENT_AT }],
        Heading::Observed => {
            let others = [Withheld::Note, Withheld::Superseded, Withheld::Withdraw].map(withheld);
            LetterName::ALL.map(draft).into_iter().chain(others).collect()
        }
        Heading::Quarantine => vec![Line::SetAside { mailbox, folder, at: SENT_AT }],
        Heading::Closed => vec![Line::Closed { mailbox, folder, since: SENT_AT }],
        Heading::Ending => {
            vec![Line::Ends { mailbox: mailbox.clone(), on: "2026-11-15".to_owned() }, Line::Ends { mailbox, on: text.to_owned() }]
        }
        Heading::GivenUp => vec![Line::GivenUp { count: 2 }],
        Heading::Unheard => vec![Line::Unheard { name: text.to_owned() }],
        Heading::Pauses => vec![pause(10, 0), pause(70, 3)],
        Heading::Corrected => {
            vec![
                Line::Corrected { mail, was: Some(Intent::Order) },
                Line::Corrected { mail: bare, was: None },
                Line::MovedAtOnce { mailbox, count: 60 },
            ]
        }
        Heading::Precision => {
            let of = |intent| Line::PrecisionOf { intent, read: 1_234, corrected: 5 };
            std::iter::once(Line::Precision { read: 2_345, corrected: 11 }).chain(Intent::ALL.map(of)).collect()
        }
        Heading::Complete => {
            let proof = Proof { server: 5_120, recorded: 5_118, quarantined: 1, gaps: 1, closed: 0 };
            let but = Line::Complete { mailbox: mailbox.clone(), proof: Some(Proof { closed: 2, ..proof }) };
            vec![but, Line::Complete { mailbox: mailbox.clone(), proof: Some(proof) }, Line::Complete { mailbox, proof: None }]
        }
    }
}
