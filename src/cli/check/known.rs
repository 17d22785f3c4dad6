//! What is known of a mailbox beside what its server shows today: what the provider file says of its keeper, and what the books saw.

use super::Area;
use crate::cli::mailbox::day;
use crate::mailbox::providers::{FilesSent, Provider, Quirk};
use crate::record::habits::{Habit, HabitKind};
use crate::record::mentions::Answered;

/// With fewer mails nothing is concluded from what is not there.
pub(super) const TELLING_MAILS: u64 = 20;
/// Fewer answers to mails nobody has may be anything: a list, a mail from before the mailbox was ours.
const TELLING_ANSWERS: i64 = 3;
/// The same where Sent holds other mails, so that it is saved somewhere.
const TELLING_ANSWERS_LATELY: i64 = 5;
/// Once is a person's doing.
const TELLING_TIMES: i64 = 2;

/// Names of habits in `rules/providers.toml` that have a sentence of their own; others are shown as they are written.
const HABITS: [(&str, &str); 7] = [
    ("search-answers-all", "habit.search_answers_all"),
    ("refuses-descending-uids", "habit.refuses_descending_uids"),
    ("no-uidnext", "habit.no_uidnext"),
    ("id-before-select", "habit.id_before_select"),
    ("sent-copies-doubled", "habit.sent_copies_doubled"),
    ("rewrites-message-id", "habit.rewrites_message_id"),
    ("folders-are-labels", "habit.folders_are_labels"),
];

/// What the books know of a mailbox.
#[derive(Debug, Clone, Default)]
pub struct InBooks {
    /// How many mails its inbox held, and how many left it soon after they were seen.
    pub inbox: i64,
    pub fleeting: i64,
    /// Mails of the team that were answered here, as far back as the books go.
    pub answered: Answered,
    /// The same since the daemon watches.
    pub answered_lately: Answered,
    /// What the mailbox showed of its provider's habits.
    pub habits: Vec<Habit>,
}

/// Says what the provider file knows, so that nobody has to find out.
pub(super) fn provider(provider: &Provider, name: &str, area: &mut Area<'_>) {
    let words = area.words;
    let habit = |id: &String| HABITS.iter().find(|(known, _)| known == id).map_or_else(|| id.clone(), |(_, key)| words.say(key, &[]));
    let mut habits: Vec<String> = provider.habits.iter().map(habit).collect();
    habits.push(match provider.files_sent {
        FilesSent::Yes => words.say("habit.files_sent", &[]),
        FilesSent::No => words.say("habit.files_no_sent", &[]),
        FilesSent::Learn => words.say("habit.may_file_sent", &[]),
    });
    if provider.has(Quirk::Reselect) {
        habits.push(words.say("habit.reselect", &[]));
    }
    if !provider.keywords {
        habits.push(words.say("habit.no_keywords", &[]));
    }
    habits.extend(provider.max_connections.map(|count| words.say("habit.connections", &[("count", &count)])));
    habits.extend(provider.shows_days.map(|days| words.say("habit.shows_days", &[("days", &days)])));
    habits.extend(provider.sends_a_day.map(|count| words.say("habit.sends_a_day", &[("count", &count)])));
    let (habits, since) = (words.list(habits), &provider.since);
    area.ok("habit.known", &[("provider", &name), ("habits", &habits), ("since", since)]);
}

/// Says what the books tell of any mailbox.
pub(super) fn in_books(known: &InBooks, area: &mut Area<'_>) {
    // People file mail by hand, and filters move some; who takes four of five at once is a program with POP3.
    if known.inbox >= TELLING_MAILS.cast_signed() && known.fleeting * 5 >= known.inbox * 4 {
        area.warn("check.pop3", "check.pop3_do", &[("count", &known.fleeting), ("all", &known.inbox)]);
    }
    let lately = known.answered_lately;
    let is_half_lately = lately.unknown >= TELLING_ANSWERS_LATELY && lately.unknown * 2 > lately.all;
    let none_is_known = known.answered.unknown >= TELLING_ANSWERS && known.answered.unknown == known.answered.all;
    if none_is_known || is_half_lately {
        let shown = if none_is_known { known.answered } else { lately };
        area.warn("check.sent_unsaved", "server.sent_empty_do", &[("count", &shown.unknown), ("all", &shown.all)]);
    }
    for habit in known.habits.iter().filter(|habit| habit.times >= TELLING_TIMES) {
        let (since, last) = (day(habit.since), day(habit.seen_at));
        let values: [(&str, &dyn std::fmt::Display); 4] =
            [("times", &habit.times), ("since", &since), ("last", &last), ("evidence", &habit.evidence)];
        match habit.kind {
            HabitKind::DoublesSent => area.warn("habit.seen_doubled", "habit.seen_doubled_do", &values),
            HabitKind::RewritesMessageId => area.ok("habit.seen_rewritten", &values),
            HabitKind::KeepsDeletedDrafts => area.ok("habit.seen_kept", &values),
        }
    }
}
