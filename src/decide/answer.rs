//! Whether a mail may be answered without a person (RFC 3834). What must not be is drafted instead, with the reason.
//!
//! An answering machine that answers a machine never ends by itself. So nothing is answered that shows any sign of one; nobody is answered
//! twice in four days and no firm more than three times a day, whatever hosts its domain has; and a mail that comes back within minutes of
//! an answer of ours, from whatever address there, is taken for a machine's. The domains of providers that give everybody a mailbox are no
//! firm's; but an address there costs nobody anything, and is easily made up, so a mailbox answers only so many of them in a day.

use super::{Case, DraftOrder};
use crate::config::Mode;
use crate::link::WriterKind;
use crate::parse::ReturnPath;
use crate::types::EmailAddress;

/// Whom the outbox has answered lately, as far as it concerns a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnswersLately {
    /// To this person in [`PERSON_MS`].
    pub to_person: i64,
    /// To this firm's domain in [`DOMAIN_MS`]; 0 where anybody can have an address.
    pub to_domain: i64,
    /// The same in [`ECHO_MS`].
    pub just_now: i64,
    /// From this mailbox to the addresses of one provider where anybody can have one, in [`DOMAIN_MS`]; 0 for a firm's.
    pub to_anybody: i64,
    /// The mail names an automatic answer of ours that it answers.
    pub answers_ours: bool,
    /// This person wants no letters that go by themselves.
    pub has_left: bool,
    /// Nothing automatic goes to this person, or nobody can tell whether it may.
    pub is_suppressed: bool,
}

/// One answer in four days for a person.
pub const PERSON_MS: i64 = 4 * 24 * 3_600_000;
/// Three in a day for a firm's domain, and fifty for a provider's that gives everybody a mailbox.
pub const DOMAIN_MS: i64 = 24 * 3_600_000;
/// Nobody writes back so fast.
pub const ECHO_MS: i64 = 10 * 60_000;
const TO_PERSON_MAX: i64 = 1;
const TO_DOMAIN_MAX: i64 = 3;
const TO_ANYBODY_MAX: i64 = 50;
/// Less certain than this, a person looks first.
const CONFIDENCE_MIN: f64 = 0.9;
/// What addresses begin with that nobody reads (RFC 3834 §2, and custom).
const UNREAD: [&str; 16] = [
    "noreply",
    "no-reply",
    "no_reply",
    "do-not-reply",
    "donotreply",
    "do_not_reply",
    "not-reply",
    "mailer-daemon",
    "mailerdaemon",
    "postmaster",
    "bounce",
    "owner-",
    "listserv",
    "majordomo",
    "mailman",
    "daemon",
];

/// Why the answer does not go by itself; `None` when it may.
pub(super) fn refusal(case: &Case<'_>, order: &DraftOrder) -> Option<&'static str> {
    if case.desk.mode != Mode::Full {
        return Some("the mailbox is not in mode full");
    }
    if case.desk.sending.is_none() {
        return Some("the mailbox has no server to send with");
    }
    let [to] = order.to.as_slice() else { return Some("it is not certain who should get it") };
    let Some(to) = &to.address else { return Some("it is not certain who should get it") };
    by_header(case, to).or_else(|| by_meaning(case)).or_else(|| too_many(&case.answers_lately))
}

fn by_header(case: &Case<'_>, to: &EmailAddress) -> Option<&'static str> {
    let letter = case.letter;
    if case.writer.kind != WriterKind::Outsider {
        return Some("a form or a colleague passed it on");
    }
    if case.reading.automatic.is_some() {
        return Some("a machine or a list sent it");
    }
    match &letter.return_path {
        Some(ReturnPath::Null) => return Some("it must not be answered: its return path is empty"),
        // RFC 3834 §4: the answer belongs to the return path. Where that is another's, a person looks.
        Some(ReturnPath::Address(path)) if path.folded() != to.folded() => return Some("its return path is not its writer's address"),
        Some(ReturnPath::Address(_)) | None => {}
    }
    let field = |name: &str| letter.headers.get(name).map(str::to_lowercase).unwrap_or_default();
    if !matches!(field("Auto-Submitted").as_str(), "" | "no") {
        return Some("a machine sent it");
    }
    if ["bulk", "junk", "list"].contains(&field("Precedence").trim()) || letter.headers.get("List-Id").is_some() {
        return Some("it was sent to many");
    }
    let suppressed = field("X-Auto-Response-Suppress");
    if ["all", "autoreply", "oof"].iter().any(|word| suppressed.contains(word)) {
        return Some("its sender wants no automatic answer");
    }
    if case.ours.holds(to) {
        return Some("it comes from an address of ours");
    }
    let local = to.local().to_lowercase();
    UNREAD.iter().any(|word| local.starts_with(word)).then_some("nobody reads at its address")
}

fn by_meaning(case: &Case<'_>) -> Option<&'static str> {
    if !case.reading.flags.is_empty() {
        return Some("something about it is suspicious");
    }
    (case.reading.intent.confidence < CONFIDENCE_MIN).then_some("what it wants is not certain enough")
}

/// Why nothing more goes to its writer by itself for now. To be asked once more when the answer is to leave: of mails that come together each
/// is decided on before the others are answered.
pub fn too_many(lately: &AnswersLately) -> Option<&'static str> {
    if lately.has_left {
        return Some("its writer has unsubscribed from what goes by itself");
    }
    if lately.is_suppressed {
        return Some("its writer is on the suppression list, or the list cannot be asked");
    }
    if lately.answers_ours {
        return Some("it answers an automatic answer of ours");
    }
    if lately.to_person >= TO_PERSON_MAX {
        return Some("this person got an automatic answer in the last four days");
    }
    if lately.just_now > 0 {
        return Some("it came within minutes of an automatic answer to its domain");
    }
    if lately.to_anybody >= TO_ANYBODY_MAX {
        return Some("fifty automatic answers went to addresses of its mail provider today");
    }
    (lately.to_domain >= TO_DOMAIN_MAX).then_some("its domain got three automatic answers today")
}
