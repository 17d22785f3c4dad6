use super::*;
use crate::link::writer::WriterKind;
use crate::types::{CompanyId, ContactId, EmailAddress, MessageId, NamedAddress};

const DAY_MS: i64 = 86_400_000;

fn ana() -> KnownContact {
    KnownContact {
        id: ContactId(1),
        address: EmailAddress::parse("ana@acme.example").expect("an address"),
        name: Some("Ana".into()),
        company: Some(CompanyId(1)),
        country: None,
        language: None,
        owner: None,
    }
}

fn writer(address: &str) -> Writer {
    let address = EmailAddress::parse(address).ok();
    Writer { kind: WriterKind::Outsider, person: NamedAddress { name: None, address }, company: None, why: "outside".into() }
}

fn letter(subject: &str) -> Letter {
    Letter { subject: Some(subject.into()), sent_at: Some(Moment(100 * DAY_MS)), ..Letter::default() }
}

fn thread(evidence: ThreadEvidence, subject: &str) -> ThreadCandidate {
    ThreadCandidate {
        thread: ThreadId(7),
        evidence,
        contact: Some(ContactId(1)),
        company: Some(CompanyId(1)),
        subject_key: subject_key(subject),
        participants: vec!["ana@acme.example".into()],
        last_at: Moment(95 * DAY_MS),
        cited_in_threads: 1,
    }
}

fn joined(letter: &Letter, from: &str, contact: Option<KnownContact>, threads: Vec<ThreadCandidate>) -> bool {
    let candidates = Candidates { contact, company: None, threads };
    link(letter, &writer(from), &candidates, Moment(100 * DAY_MS)).thread == ThreadLink::Known(ThreadId(7))
}

#[test]
fn an_answer_goes_on_with_the_mail_it_answers_also_from_a_colleague() {
    let threads = vec![thread(ThreadEvidence::InReplyTo, "Offer AX-11")];
    assert!(joined(&letter("Re: Offer AX-11"), "ana@acme.example", Some(ana()), threads.clone()));
    assert!(joined(&letter("Re: Offer AX-11"), "bob@acme-logistics.example", None, threads));
}

#[test]
fn the_same_subject_never_joins_two_customers() {
    let threads = vec![thread(ThreadEvidence::Subject, "Inquiry for LED panels 600x600")];
    assert!(!joined(&letter("Re: Inquiry for LED panels 600x600"), "eve@other.example", None, threads));
}

#[test]
fn the_same_subject_of_the_same_person_joins_when_it_says_something() {
    let panels = vec![thread(ThreadEvidence::Subject, "Inquiry for LED panels 600x600")];
    assert!(joined(&letter("Inquiry for LED panels 600x600"), "ana@acme.example", Some(ana()), panels));
    let bare = vec![thread(ThreadEvidence::Subject, "Inquiry")];
    assert!(!joined(&letter("Inquiry"), "ana@acme.example", Some(ana()), bare.clone()));
    assert!(joined(&letter("AW: Inquiry"), "ana@acme.example", Some(ana()), bare));
}

#[test]
fn an_id_that_everybody_cites_is_no_evidence() {
    let mut constant = thread(ThreadEvidence::References, "Your order");
    constant.cited_in_threads = 40;
    assert!(!joined(&letter("Your order"), "ana@acme.example", Some(ana()), vec![constant]));
}

#[test]
fn references_alone_do_not_reach_into_another_customers_thread() {
    assert!(!joined(&letter("Prices"), "eve@other.example", None, vec![thread(ThreadEvidence::References, "Prices")]));
    assert!(joined(&letter("Re: Prices"), "ana@acme.example", Some(ana()), vec![thread(ThreadEvidence::References, "Prices")]));
}

#[test]
fn a_new_matter_written_as_an_answer_to_an_old_mail_is_a_new_thread() {
    let mut old = thread(ThreadEvidence::InReplyTo, "Order 2025 pumps");
    old.last_at = Moment(10 * DAY_MS);
    let mut mail = letter("New inquiry: valves DN50");
    mail.in_reply_to = MessageId::parse("old@acme").into_iter().collect();
    assert!(!joined(&mail, "ana@acme.example", Some(ana()), vec![old]));
}

#[test]
fn the_link_says_why() {
    let candidates = Candidates { contact: Some(ana()), company: None, threads: vec![thread(ThreadEvidence::InReplyTo, "Offer")] };
    let link = link(&letter("Re: Offer"), &writer("ana@acme.example"), &candidates, Moment(100 * DAY_MS));
    assert_eq!(link.why, "outside; contact 1 by address; goes on with thread 7 (In-Reply-To, 95 points)");
}
