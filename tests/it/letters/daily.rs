//! The daily mail to a member, and alarms.

use super::{WRITTEN, assert_isolated, language, letters, person, seen, words};
use mail_parser::MessageParser;
use tradepost::act::mime;
use tradepost::act::render::Rendered;
use tradepost::decide::daily::{Heading, Line, Mail, Pause, Proof, Section, TroubleNow, Withheld};
use tradepost::decide::{AlarmOrder, DailyOrder, LetterName, TroubleKind};
use tradepost::types::{Intent, Language, MessageId, Moment};

/// Monday, 2 November 2026, 08:03 in Shanghai.
const MORNING: Moment = Moment(1_793_577_780_000);
const HOUR_MS: i64 = 3_600_000;

const HOSTILE: &str = "{{intent}}</li><img src=x onerror=alert(1)><!-- signature -->\r\nBcc: all@example.com\u{202e}\0\u{2066}";

fn mail(intent: Option<Intent>, name: &str, address: &str, company: Option<&str>, subject: &str) -> Mail {
    Mail { intent, who: person(name, address), company: company.map(str::to_owned), subject: subject.to_owned() }
}

fn order(code: &str, sections: Vec<Section>) -> DailyOrder {
    DailyOrder {
        language: language(code),
        from: person("Tradepost", "sales@bluemill.example"),
        to: person("李娜", "lina@bluemill.example"),
        message_id: MessageId::parse("daily.1@bluemill.example").expect("sound"),
        time_zone: "Asia/Shanghai".to_owned(),
        since: MORNING.plus_ms(-24 * HOUR_MS),
        at: MORNING,
        sections,
    }
}

/// The admin's mail after an eventful night.
pub(super) fn eventful(code: &str) -> DailyOrder {
    let carlos = |intent| mail(intent, "Carlos Ruiz", "carlos@acme.example", Some("Acme"), "LED panels 600x600");
    let sara = mail(Some(Intent::Inquiry), "سارة القحطاني", "sara@noor.example", None, "طلب عرض سعر");
    let nobody = Mail { intent: Some(Intent::Other), ..Mail::default() };
    let (mailbox, folder) = ("ventas".to_owned(), "Spam".to_owned());
    let at = |hours: i64| MORNING.plus_ms(-hours * HOUR_MS);
    let trouble = |kind, over_at| Line::Trouble { mailbox: "export".to_owned(), trouble: TroubleNow { kind, since: at(3), over_at } };
    let lines = |heading| match heading {
        Heading::Trouble => TroubleKind::ALL.map(|kind| trouble(kind, None)).to_vec(),
        Heading::Over => vec![trouble(TroubleKind::Unreachable, Some(at(1)))],
        Heading::Ending => vec![Line::Ends { mailbox: mailbox.clone(), on: "2026-11-16".to_owned() }],
        Heading::Counts => vec![Line::Count { intent: Intent::Inquiry, count: 1_234 }, Line::Count { intent: Intent::Bulk, count: 3 }],
        Heading::Came => {
            vec![Line::Mail { mail: carlos(Some(Intent::Inquiry)) }, Line::Mail { mail: sara.clone() }, Line::Mail { mail: nobody.clone() }]
        }
        Heading::Unassigned | Heading::Junk => {
            vec![Line::Lies { mail: carlos(Some(Intent::Sample)), mailbox: mailbox.clone(), folder: folder.clone() }]
        }
        Heading::Drafts => vec![Line::Draft { mail: carlos(None), since: at(60) }],
        Heading::Observed => vec![
            Line::Withheld {
                mail: carlos(Some(Intent::Order)),
                withheld: Withheld::Draft { letter: LetterName::Order, language: Language::parse("es").expect("Spanish") },
            },
            Line::Withheld { mail: carlos(Some(Intent::Complaint)), withheld: Withheld::Note },
            Line::Withheld { mail: carlos(None), withheld: Withheld::Superseded },
            Line::Withheld { mail: carlos(None), withheld: Withheld::Withdraw },
        ],
        Heading::Quarantine => vec![Line::SetAside { mailbox: mailbox.clone(), folder: folder.clone(), at: at(5) }],
        Heading::Closed => vec![Line::Closed { mailbox: mailbox.clone(), folder: "Archivo".to_owned(), since: at(30) }],
        Heading::GivenUp => vec![Line::GivenUp { count: 2 }],
        Heading::Unheard => vec![Line::Unheard { name: "Chen Hao".to_owned() }],
        Heading::Pauses => vec![
            Line::Pause { pause: Pause { from: at(10), to: MORNING, caught_up: 14, sent_late: 0 } },
            Line::Pause { pause: Pause { from: at(70), to: at(60), caught_up: 1, sent_late: 3 } },
        ],
        Heading::Corrected => vec![
            Line::Corrected { mail: carlos(Some(Intent::Order)), was: Some(Intent::Inquiry) },
            Line::MovedAtOnce { mailbox: mailbox.clone(), count: 60 },
        ],
        Heading::Precision => {
            vec![Line::Precision { read: 1_234, corrected: 3 }, Line::PrecisionOf { intent: Intent::Inquiry, read: 210, corrected: 3 }]
        }
        Heading::Complete => vec![
            Line::Complete {
                mailbox: mailbox.clone(),
                proof: Some(Proof { server: 5_120, recorded: 5_118, quarantined: 1, gaps: 1, closed: 0 }),
            },
            Line::Complete { mailbox: "info".to_owned(), proof: Some(Proof { server: 7, recorded: 7, closed: 1, ..Proof::default() }) },
            Line::Complete { mailbox: "export".to_owned(), proof: None },
        ],
    };
    let more = |heading| if heading == Heading::Came { 37 } else { 0 };
    order(code, Heading::ALL.map(|heading| Section { heading, lines: lines(heading), more: more(heading) }).to_vec())
}

fn quiet(code: &str) -> DailyOrder {
    let proof = Proof { server: 12, recorded: 12, quarantined: 0, gaps: 0, closed: 0 };
    let line = Line::Complete { mailbox: "ventas".to_owned(), proof: Some(proof) };
    order(code, vec![Section { heading: Heading::Complete, lines: vec![line], more: 0 }])
}

pub(super) fn alarm(code: &str, kind: TroubleKind) -> AlarmOrder {
    let daily = order(code, Vec::new());
    AlarmOrder {
        language: daily.language,
        from: daily.from,
        to: daily.to,
        message_id: daily.message_id,
        time_zone: daily.time_zone,
        mailbox: "ventas".to_owned(),
        kind,
        since: MORNING,
        until: (kind == TroubleKind::BooksFull).then_some(MORNING),
        at: MORNING,
    }
}

fn daily(order: &DailyOrder) -> Rendered {
    letters().render_daily(order).expect("checked when it was loaded")
}

/// Everything in every language.
fn each(mut tell: impl FnMut(&str, &Rendered)) {
    for code in WRITTEN {
        tell(code, &daily(&eventful(code)));
        tell(code, &daily(&quiet(code)));
        for kind in TroubleKind::ALL {
            tell(code, &letters().render_alarm(&alarm(code, kind)).expect("checked when it was loaded"));
        }
    }
}

#[test]
fn every_daily_mail_and_alarm_is_whole_in_every_language() {
    each(|code, Rendered { subject, text, html }| {
        assert!(!subject.is_empty() && subject.trim() == subject && subject.lines().count() == 1, "{code}: {subject:?}");
        for wrong in ["{", "}", "\n\n\n", " \n", "  ", " .", " ,", "::", "()", "（）", "“”", "「」", "«»", "„“", "：：", "..", "。。"]
        {
            assert!(!text.contains(wrong) && !subject.contains(wrong), "{code} has {wrong:?}:\n{subject}\n{text}");
        }
        assert!(!html.contains('{') && html.trim_end().ends_with("</html>"), "{code}:\n{html}");
        let direction = if code == "ar" { "rtl" } else { "ltr" };
        assert!(html.contains(&format!("<html lang=\"{code}\" dir=\"{direction}\">")), "{html}");
    });
}

#[test]
fn text_and_html_of_a_daily_mail_say_the_same() {
    each(|code, rendered| {
        let text: String = rendered.text.lines().map(|line| format!("{}\n", line.trim_start_matches("- "))).collect();
        assert_eq!(words(&text), words(&seen(&rendered.html)), "{code}");
    });
}

#[test]
fn in_an_arabic_daily_mail_every_foreign_word_and_number_is_isolated() {
    each(|code, rendered| {
        assert_isolated(code, &rendered.text, code == "ar");
    });
}

#[test]
fn no_language_leaves_english_in_another() {
    let english = [" the ", " your ", " mail ", " this ", " folder ", " since ", " from ", " has ", " would ", " missing ", " more "];
    each(|code, rendered| {
        let own = format!(" {} {} ", rendered.subject, rendered.text).replace('\n', " ").to_lowercase();
        let left: Vec<_> = english.iter().filter(|word| code != "en" && own.contains(**word)).collect();
        assert!(left.is_empty(), "{code} has {left:?}:\n{own}");
    });
}

#[test]
fn an_eventful_night_reads_well() {
    for code in WRITTEN {
        let rendered = daily(&eventful(code));
        insta::assert_snapshot!(format!("daily_{code}"), format!("{}\n\n{}", rendered.subject, rendered.text));
    }
}

#[test]
fn a_quiet_day_and_an_alarm_read_well() {
    for code in ["en", "zh-Hans", "ar"] {
        let (day, alarm) = (daily(&quiet(code)), letters().render_alarm(&alarm(code, TroubleKind::TokenEnded)).expect("checked"));
        let both = format!("{}\n\n{}\n=====\n{}\n\n{}", day.subject, day.text, alarm.subject, alarm.text);
        insta::assert_snapshot!(format!("daily_quiet_and_alarm_{code}"), both);
    }
}

#[test]
fn a_hostile_customer_puts_no_tag_and_no_header_into_a_daily_mail() {
    for code in WRITTEN {
        let evil = mail(Some(Intent::Inquiry), HOSTILE, "eve@example.com", Some(HOSTILE), &HOSTILE.repeat(1_000));
        let line = Line::Lies { mail: evil, mailbox: HOSTILE.to_owned(), folder: HOSTILE.repeat(50) };
        let order = order(code, vec![Section { heading: Heading::Junk, lines: vec![line; 20], more: u64::MAX }]);
        let rendered = daily(&order);
        let Rendered { subject, text, html } = &rendered;
        assert!(!html.contains("<img") && !html.contains("<!--"), "{code}\n{html}");
        assert_eq!(html.matches("<li").count(), html.matches("</li>").count());
        assert!(text.contains("{{intent}}"), "a value is no template");
        assert!(text.len() < 60_000, "{}", text.len());
        let controls = |text: &str| text.chars().any(|c| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!controls(subject) && !controls(text) && !controls(html));
        let bytes = mime::daily(&order, &rendered);
        let read = MessageParser::new().parse(&bytes).expect("a message");
        assert!(read.bcc().is_none() && read.header("Bcc").is_none());
        assert_eq!(read.header("Auto-Submitted").and_then(|value| value.as_text()), Some("auto-generated"));
        assert_eq!(read.body_text(0).map(|text| text.replace("\r\n", "\n")).as_deref(), Some(text.as_str()), "{code}");
        assert_eq!(bytes, mime::daily(&order, &rendered), "the same order gives the same bytes");
    }
}
