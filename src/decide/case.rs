//! What happens with a mail: the one place where mode, policy and the kind of writer meet.

use super::answer::{self, AnswersLately};
use super::plan::{Act, Plan};
use super::superseded::{self, SentDraft};
use super::{draft, inquiry, negotiation, notice, order, recipients, sample, shipping, warning};
use crate::config::{Handling, Mailbox, Member, Mode, Policies, Team};
use crate::link::{Link, OurAddresses, Writer, WriterKind};
use crate::parse::{Automatic, Defect, Letter};
use crate::types::{Intent, Language, MessageId, Moment};
use crate::understand::Reading;

/// Everything a decision may look at.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    pub letter: &'a Letter,
    pub reading: &'a Reading,
    pub writer: &'a Writer,
    pub link: &'a Link,
    pub team: &'a Team,
    /// The mailbox that got the mail.
    pub mailbox: &'a Mailbox,
    /// The mailbox whose Drafts the draft goes to: the owner's own, else the one that got the mail.
    pub desk: &'a Mailbox,
    /// The folder it lies in, as a person reads its name.
    pub folder: &'a str,
    /// Who looks after this customer; `None` in a shared mailbox that nobody owns.
    pub owner: Option<&'a Member>,
    /// Who leads the team and has a mailbox that notes may be put into.
    pub lead: Option<&'a Member>,
    pub policies: &'a Policies,
    pub ours: &'a OurAddresses,
    /// The languages letters exist in.
    pub written: &'a [Language],
    /// The mail was there before we were: it is only read.
    pub historical: bool,
    pub in_junk: bool,
    /// One of us answered it before we read it.
    pub answered: bool,
    /// A mail of ours that was written without the customer's newest in view.
    pub crossed: bool,
    /// It is an outdated draft of ours that somebody sent.
    pub sent_draft: Option<SentDraft>,
    /// Its sender, or the mailbox that got it, may be put a note into.
    pub may_tell_sender: bool,
    /// The thread has a draft that observe mode kept back.
    pub draft_withheld: bool,
    /// Whom we have answered automatically of late.
    pub answers_lately: AnswersLately,
    /// The language in which the writer wants letters, as chosen on their page.
    pub chosen_language: Option<Language>,
    /// A Message-ID for what may be written now.
    pub message_id: MessageId,
    pub now: Moment,
}

/// Decides what to do about a mail. Every plan says why, also the one that does nothing.
pub fn decide(case: &Case<'_>) -> Plan {
    if case.historical {
        return nothing("history: it was there at the first look and is only read");
    }
    match case.writer.kind {
        WriterKind::Staff => return staff(case),
        WriterKind::Machine => return nothing("a machine wrote it"),
        WriterKind::Outsider | WriterKind::Form | WriterKind::ForwardedByStaff => {}
    }
    // Whatever words chance or a stray file has in it, nobody wrote them to us.
    if case.letter.defects.contains(&Defect::NoHeaders) {
        return nothing("it has no header, so it is no mail that could be answered; it is only kept");
    }
    if case.in_junk {
        return nothing("it lies in Junk: it is read and left there");
    }
    // A machine's mail gets no answer, whatever its words; a buyer's words behind a form are no machine's.
    if case.writer.kind != WriterKind::Form && case.reading.automatic.is_some_and(|kind| kind != Automatic::List) {
        return nothing("automatic mail is not answered");
    }
    if case.answered {
        return nothing("one of us answered it before it was read");
    }
    by_policy(case)
}

fn by_policy(case: &Case<'_>) -> Plan {
    let Some(owner) = case.owner else {
        let why = "unassigned: nobody of the team looks after this customer or this mailbox, so there is no draft";
        return if warning::is_grave(case) { with_warnings(case, None, why.to_owned()) } else { nothing(why) };
    };
    let intent = case.reading.intent.intent;
    let handling = case.policies.handling(intent);
    let is_flagged = !case.reading.flags.is_empty();
    let (act, why) = match handling {
        Handling::File | Handling::Ignore if warning::is_grave(case) => (None, format!("{intent}: policy is {}", handling.name())),
        Handling::File | Handling::Ignore => return nothing(&format!("{intent}: policy is {}", handling.name())),
        // The warning tells all that the note would.
        Handling::Tell if is_flagged => (None, format!("{intent}: no text for the customer")),
        Handling::Tell => {
            (Some(Act::Tell(Box::new(notice::order(case, owner)))), format!("{intent}: the owner is told, no text for the customer"))
        }
        Handling::Draft => draft_for(case, owner, intent, false),
        Handling::Answer => draft_for(case, owner, intent, true),
    };
    if is_flagged {
        return with_warnings(case, act, why);
    }
    only_where_allowed(case, act.into_iter().collect(), why)
}

/// A mail that is not to be trusted: whatever is done, the owner and the lead are told why not.
fn with_warnings(case: &Case<'_>, act: Option<Act>, why: String) -> Plan {
    let has_draft = act.is_some();
    let readers = warning::readers(case);
    let warnings = readers.iter().map(|reader| Act::Warn(Box::new(warning::order(case, *reader, has_draft))));
    let reasons: Vec<&str> = case.reading.flags.iter().map(|flag| recipients::doubt(flag.kind)).collect();
    let told = if readers.is_empty() { "nobody can be warned" } else { "warned" };
    let why = format!("{why}; {told}: {}", reasons.join(", "));
    only_where_allowed(case, act.into_iter().chain(warnings).collect(), why)
}

/// In observe mode nothing is put into a mailbox: what would have been done first is kept for the daily mail.
fn only_where_allowed(case: &Case<'_>, acts: Vec<Act>, why: String) -> Plan {
    let withheld = |why: String, acts: Vec<Act>| Plan { acts: Vec::new(), withheld: acts.into_iter().next(), why };
    if case.mailbox.mode == Mode::Observe {
        return withheld(format!("{why}; not done: the mailbox is in observe mode"), acts);
    }
    if case.desk.mode == Mode::Observe {
        return withheld(format!("{why}; not done: the owner's mailbox `{}` is in observe mode", case.desk.name), acts);
    }
    Plan { acts, withheld: None, why }
}

/// One file per intent knows the letter and what to ask; an intent without a letter of its own is acknowledged. Where the policy is to
/// answer and nothing speaks against it, it goes by itself.
fn draft_for(case: &Case<'_>, owner: &Member, intent: Intent, is_answered: bool) -> (Option<Act>, String) {
    let letter = match intent {
        Intent::Inquiry => inquiry::letter(case),
        Intent::Sample => sample::letter(case),
        Intent::Order => order::letter(case),
        Intent::Shipping => shipping::letter(case),
        _ => negotiation::letter(case),
    };
    let (order, doubt) = draft::order(case, owner, letter);
    let asked = if order.questions.is_empty() { String::new() } else { format!(", asking {}", names(&order.questions)) };
    let doubt = doubt.map(|doubt| format!("; To is left empty: {doubt}")).unwrap_or_default();
    let (file, language) = (order.letter.file(), order.language);
    let refusal = if is_answered { answer::refusal(case, &order) } else { None };
    if is_answered && refusal.is_none() {
        return (Some(Act::Answer(Box::new(order))), format!("{intent}: answered with `{file}` in {language}{asked}"));
    }
    let instead = refusal.map(|why| format!("; drafted and not answered: {why}")).unwrap_or_default();
    (Some(Act::Draft(Box::new(order))), format!("{intent}: draft `{file}` in {language}{asked}{doubt}{instead}"))
}

/// A mail of our own: when it went to the thread's customer, the draft that waits has lost its point. One that passes the customer's
/// words on to a factory or a forwarder answers nobody. An outdated draft that was sent is told to its sender; the draft that answers the
/// customer's newer mail stays, because that mail is not answered.
fn staff(case: &Case<'_>) -> Plan {
    if let Some(sent) = &case.sent_draft {
        let mut acts = if sent.newer_mail { Vec::new() } else { vec![Act::Withdraw] };
        let told = Act::Superseded(Box::new(superseded::order(case, sent)));
        let why = "one of us sent a draft that was out of date: the sender is told";
        if case.may_tell_sender {
            acts.push(told);
            return Plan { acts, withheld: None, why: why.into() };
        }
        return Plan { acts, withheld: Some(told), why: format!("{why}; not done: the mailbox is in observe mode") };
    }
    let to_outside = case.letter.to.iter().chain(&case.letter.cc).filter_map(|person| person.address.as_ref()).any(|a| !case.ours.holds(a));
    if to_outside && case.link.same_customer && case.crossed {
        return nothing("one of us answered an older mail of the thread: the draft that answers the newest stays");
    }
    // Also when the answer lies in a mailbox that is only observed: the draft lies in one that is not.
    if to_outside && case.link.same_customer {
        return Plan {
            acts: vec![Act::Withdraw],
            withheld: case.draft_withheld.then_some(Act::Withdraw),
            why: "one of us answered: an untouched draft of the thread is withdrawn".into(),
        };
    }
    nothing("one of us wrote it")
}

fn nothing(why: &str) -> Plan {
    Plan { why: why.to_owned(), ..Plan::default() }
}

fn names(questions: &[super::Question]) -> String {
    questions.iter().map(|question| question.name()).collect::<Vec<_>>().join(", ")
}

impl Case<'_> {
    /// The language the customer is known to read, when the mail itself does not say.
    pub(super) fn known_language(&self) -> Option<Language> {
        let contact = self.link.contact.as_ref().and_then(|contact| contact.language);
        contact.or_else(|| self.link.company.as_ref().and_then(|company| company.language))
    }
}
