use super::*;
use crate::link::{OurAddresses, writer};
use crate::parse;
use crate::understand;

const NOW: Moment = Moment(1_794_790_800_000);

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

fn sent(number: i64, recipient: &str, subject: &str, by: SentTrace) -> SentCandidate {
    let mail = SentMail {
        delivery: DeliveryId(number),
        outgoing: OutgoingId(number / 10),
        recipient: address(recipient),
        subject: subject.to_owned(),
        reply: "2.0.0 Ok: queued as 4Z1".to_owned(),
        at: NOW.plus_ms(-3_600_000 + number),
    };
    SentCandidate { by, mail }
}

/// What a mail is about, of these candidates.
fn about(mail: &str, candidates: &[SentCandidate], answers_another: bool) -> Vec<(i64, &'static str, &'static str)> {
    let rules = Rules::compile(&Rules::built_in_files()).expect("sound rules");
    let letter = parse::letter(mail.as_bytes());
    let reading = understand::read(&letter, &rules);
    let ours = OurAddresses::new([&address("sales@bright.example")], ["bright.example"]);
    let writer = writer(&letter, &reading, &ours, false);
    let Some(kind) = return_kind(&letter, &reading, &writer) else { return Vec::new() };
    let back = Back { letter: &letter, kind, candidates, answers_another, rules: &rules, now: NOW };
    returned(&back).into_iter().map(|told| (told.delivery.0, told.kind.name(), told.by.name())).collect()
}

fn dsn(recipient: &str, per_message: &str, returned: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: sales@bright.example\nSubject: Undelivered Mail Returned to Sender\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\n\
         I'm sorry to have to inform you that your message could not be delivered.\n\n<{recipient}>: 550 5.1.1 User unknown\n\n--b\n\
         Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n{per_message}\nFinal-Recipient: rfc822; {recipient}\n\
         Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\n--b\nContent-Type: text/rfc822-headers\n\n\
         {returned}\n--b--\n"
    )
}

#[test]
fn every_kind_and_every_evidence_has_its_word() {
    assert!(ReturnKind::ALL.into_iter().all(|kind| ReturnKind::parse(kind.name()) == Some(kind)));
    assert!(ReturnedBy::ALL.into_iter().all(|by| ReturnedBy::parse(by.name()) == Some(by)));
    assert!(ReturnedBy::ALL.is_sorted(), "the surest first");
    assert_eq!(ReturnKind::Hard.tells(ReturnedBy::Subject), Some(Fate::Failed));
    for kind in ReturnKind::ALL {
        assert_eq!(kind.tells(ReturnedBy::Recipient), None, "an address alone is known to many: {kind:?}");
    }
    for kind in [ReturnKind::AutoReply, ReturnKind::Reply, ReturnKind::Displayed] {
        assert_eq!(kind.tells(ReturnedBy::MessageId), Some(Fate::Taken));
        for by in [ReturnedBy::Conversation, ReturnedBy::Thread, ReturnedBy::Subject] {
            assert_eq!(kind.tells(by), None, "it may answer another mail: {kind:?} {by:?}");
        }
    }
}

#[test]
fn a_report_with_our_id_is_about_our_mail_and_one_with_anothers_is_not() {
    let ours = [sent(11, "tom@hall.example", "Offer 1", SentTrace::MessageId)];
    let mail = dsn("tom@hall.example", "", "Message-ID: <offer-1@bright.example>\nSubject: Offer 1\n");
    assert_eq!(about(&mail, &ours, false), [(11, "bounce_hard", "message_id")]);
    // The books know no such id, but they know that we wrote to Tom, and with that very subject.
    let known = [sent(11, "tom@hall.example", "Offer 1", SentTrace::Recipient)];
    let forged = dsn("tom@hall.example", "", "Message-ID: <spam-77@elsewhere.example>\nSubject: Offer 1\n");
    assert_eq!(about(&forged, &known, false), [], "somebody else wrote in our name");
}

#[test]
fn an_envelope_id_counts_only_beside_its_recipient() {
    let known = [sent(11, "tom@hall.example", "Offer 1", SentTrace::EnvelopeId)];
    let id = "Original-Envelope-Id: 11\n";
    assert_eq!(about(&dsn("tom@hall.example", id, "Subject: x\n"), &known, false), [(11, "bounce_hard", "envelope_id")]);
    assert_eq!(about(&dsn("eva@other.example", id, "Subject: x\n"), &known, false), [], "another system counts too");
}

#[test]
fn what_is_said_of_somebody_we_did_not_write_to_blames_nobody_and_settles_nothing() {
    let ours = [sent(11, "info@hall.example", "Offer 1", SentTrace::MessageId)];
    let mail = dsn("tom@private.example", "", "Message-ID: <offer-1@bright.example>\n");
    assert_eq!(about(&mail, &ours, false), [(11, "bounce_elsewhere", "message_id")]);
    assert_eq!(ReturnKind::Elsewhere.tells(ReturnedBy::MessageId), None);
    for action in ["delayed", "delivered", "relayed", "expanded"] {
        let other = mail.replace("Action: failed", &format!("Action: {action}"));
        assert_eq!(about(&other, &ours, false), [], "{action}");
    }
}

#[test]
fn a_report_that_names_hundreds_of_people_costs_no_more_than_those_we_wrote_to() {
    let known = [sent(11, "tom@hall.example", "Offer 1", SentTrace::Recipient)];
    let many: String =
        (0..5_000).map(|number| format!("\nFinal-Recipient: rfc822; x{number}@dark.example\nAction: failed\nStatus: 5.1.1\n")).collect();
    let mail = dsn("tom@hall.example", "", &"long ".repeat(20_000))
        .replace("\n--b\nContent-Type: text/rfc822-headers", &format!("{many}\n--b\nContent-Type: text/rfc822-headers"));
    assert_eq!(about(&mail, &known, false), [(11, "bounce_hard", "recipient")]);
}

#[test]
fn a_report_names_those_of_several_recipients_who_failed() {
    let ours: Vec<_> = [(11, "tom@hall.example"), (12, "eva@werk.example"), (13, "ana@sol.example")]
        .map(|(number, to)| sent(number, to, "Offer 1", SentTrace::MessageId))
        .into();
    let mail = dsn("eva@werk.example", "", "Message-ID: <offer-1@bright.example>\n");
    assert_eq!(about(&mail, &ours, false), [(12, "bounce_hard", "message_id")]);
    let nobody = dsn("x@nowhere.example", "", "Message-ID: <offer-1@bright.example>\n");
    assert_eq!(about(&nobody, &ours, false), [], "whose it is cannot be told");
}

#[test]
fn a_report_without_any_id_is_about_the_last_mail_to_whom_it_names_unless_it_quotes_another_subject() {
    let known = [
        sent(11, "tom@hall.example", "Offer 1", SentTrace::Recipient),
        sent(21, "tom@hall.example", "Offer 12", SentTrace::Recipient),
        sent(31, "tom@hall.example", "Samples", SentTrace::Recipient),
    ];
    assert_eq!(about(&dsn("tom@hall.example", "", "To: tom@hall.example\n"), &known, false), [(31, "bounce_hard", "recipient")]);
    assert_eq!(about(&dsn("tom@hall.example", "", "Subject: Offer 12\n"), &known, false), [(21, "bounce_hard", "subject")]);
    assert_eq!(about(&dsn("tom@hall.example", "", "Subject: Cheap pills\n"), &known, false), [], "it is not about ours");
    let old = [sent(-15 * 86_400_000, "tom@hall.example", "Offer 1", SentTrace::Recipient)];
    assert_eq!(about(&dsn("tom@hall.example", "", "Subject: Offer 1\n"), &old, false), []);
}

#[test]
fn the_servers_own_id_is_known_again() {
    let mut taken = sent(11, "tom@hall.example", "Offer 1", SentTrace::Recipient);
    taken.mail.reply = "Ok 010201902f4e3b7a-7d1f3c52-000000".to_owned();
    let mail = dsn("tom@hall.example", "", "Message-ID: <010201902f4e3b7a-7d1f3c52-000000@eu-west-1.amazonses.com>\nSubject: Offer 1\n");
    assert_eq!(about(&mail, &[taken], false), [(11, "bounce_hard", "server_id")]);
}

#[test]
fn what_comes_to_a_return_path_of_our_own_is_about_that_delivery_whatever_it_says() {
    let known = [sent(11, "tom@hall.example", "Offer 1", SentTrace::ReturnPath)];
    let mail = dsn("tom@hall.example", "", "Message-ID: <rewritten@elsewhere.example>\n");
    assert_eq!(about(&mail, &known, false), [(11, "bounce_hard", "return_path")]);
}

fn reply(from: &str, fields: &str, subject: &str, text: &str) -> String {
    format!("From: Tom <{from}>\nTo: sales@bright.example\nSubject: {subject}\n{fields}\n{text}\n")
}

#[test]
fn a_reply_is_about_what_it_answers_and_a_colleague_answers_for_the_firm() {
    let ours =
        [sent(11, "tom@hall.example", "Offer 1", SentTrace::MessageId), sent(12, "eva@werk.example", "Offer 1", SentTrace::MessageId)];
    let mail = |from| reply(from, "In-Reply-To: <offer-1@bright.example>\n", "Re: Offer 1", "We take 500 pcs.");
    assert_eq!(about(&mail("tom@hall.example"), &ours, false), [(11, "reply", "message_id")]);
    assert_eq!(about(&mail("boss@mail.hall.example"), &ours, false), [(11, "reply", "message_id")]);
    assert_eq!(about(&mail("stranger@gmail.com"), &ours, false), [], "of two nobody knows which");
    assert_eq!(about(&mail("stranger@gmail.com"), &ours[..1], false), [(11, "reply", "message_id")]);
    assert_eq!(about(&mail("li@bright.example"), &ours, false), [], "one of us answers nobody's offer");
}

#[test]
fn a_conversation_joins_the_last_mail_to_the_same_firm_unless_something_else_is_answered() {
    let mut known = vec![
        sent(11, "tom@hall.example", "Offer 1", SentTrace::Conversation),
        sent(21, "tom@hall.example", "Offer 1", SentTrace::Conversation),
        sent(31, "eva@werk.example", "Offer 1", SentTrace::Conversation),
    ];
    let mail = reply("boss@hall.example", "", "RE: something", "Fine.");
    assert_eq!(about(&mail, &known, false), [(21, "reply", "conversation")]);
    assert_eq!(about(&mail, &known, true), [], "it answers a mail of the books that did not leave through us");
    known.iter_mut().for_each(|one| one.by = SentTrace::Thread);
    assert_eq!(about(&mail, &known, false), [(21, "reply", "thread")]);
}

#[test]
fn an_answer_without_ids_is_known_by_person_and_subject() {
    let known = [sent(11, "tom@hall.example", "LED flood lights", SentTrace::Recipient)];
    assert_eq!(about(&reply("tom@hall.example", "", "AW: LED flood lights", "Yes."), &known, false), [(11, "reply", "subject")]);
    assert_eq!(about(&reply("tom@hall.example", "", "LED flood lights", "Yes."), &known, false), [], "it is no answer");
    let early = format!("Date: Sun, 15 Nov 2026 00:00:00 +0000\n{}", reply("tom@hall.example", "", "AW: LED flood lights", "Yes."));
    assert_eq!(about(&early, &known, false), [], "it was written before ours left");
}

#[test]
fn an_absence_note_is_known_by_its_subject_also_from_another_address_and_by_the_person_at_once() {
    let auto = "Auto-Submitted: auto-replied\n";
    let known =
        [sent(11, "tom@hall.example", "报价单 A", SentTrace::Recipient), sent(12, "tom@hall.example", "报价单 A", SentTrace::Domain)];
    assert_eq!(about(&reply("tom@hall.example", auto, "自动回复：报价单 A", "我在休假。"), &known, false), [(11, "auto_reply", "subject")]);
    assert_eq!(about(&reply("noreply@hall.example", auto, "自动回复：报价单 A", "…"), &known[1..], false), [(12, "auto_reply", "subject")]);
    assert_eq!(about(&reply("tom@hall.example", auto, "Out of office", "I am away."), &known, false), [(11, "auto_reply", "recipient")]);
    assert_eq!(about(&reply("noreply@hall.example", auto, "Out of office", "…"), &known[1..], false), [], "that may be anybody's");
    let late = [sent(-3 * 86_400_000, "tom@hall.example", "报价单 A", SentTrace::Recipient)];
    assert_eq!(about(&reply("tom@hall.example", auto, "Out of office", "I am away."), &late, false), []);
    let foreign = format!("{auto}In-Reply-To: <other@mail.example>\n");
    assert_eq!(about(&reply("tom@hall.example", &foreign, "Out of office", "…"), &known, false), [], "it answers something else");
}

#[test]
fn a_complaint_counts_only_by_an_id_and_praise_is_none() {
    let arf = |kind: &str, id: &str| {
        format!(
            "From: fbl@provider.example\nTo: sales@bright.example\nSubject: Complaint\nContent-Type: multipart/report; \
             report-type=feedback-report; boundary=b\n\n--b\nContent-Type: text/plain\n\nabuse report\n--b\nContent-Type: \
             message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: x/1\nVersion: 1\n\n--b\nContent-Type: message/rfc822\n\n\
             From: sales@bright.example\nTo: redacted@provider.example\nSubject: Offer 1\n{id}\nhi\n--b--\n"
        )
    };
    let ours = [sent(11, "tom@hall.example", "Offer 1", SentTrace::MessageId)];
    let id = "Message-ID: <offer-1@bright.example>\n";
    assert_eq!(about(&arf("abuse", id), &ours, false), [(11, "complaint", "message_id")]);
    assert_eq!(about(&arf("not-spam", id), &ours, false), []);
    let weak = [sent(11, "redacted@provider.example", "Offer 1", SentTrace::Recipient)];
    assert_eq!(about(&arf("abuse", ""), &weak, false), []);
}
