//! A draft between the moment its mailbox is asked to take it and the moment it is shown there.
//!
//! Most servers say in one breath that they took a draft and where it lies. Some only say that they took it, and show it seconds or
//! minutes later; and of a try that broke off nobody knows whether the draft was taken. So the books know how often a server was asked,
//! when last, and whether it said that it took it:
//!
//! - taken: it is never put again. It is looked for, with growing pauses; after an hour a person is told.
//! - broken off: it is put again only when it is not there after the server has had time to show it, longer after each such try.
//! - refused, or never asked: nothing can come of that, so it is put at once.
//!
//! Whenever it turns up, also after the hour, all is well again.

use super::settling::{Learned, Performed};
use crate::flow::inbound::InboundError;
use crate::mailbox::Tried;
use crate::record::drafts::{self, Draft, DraftState};
use crate::record::{Session, acts};
use crate::types::{DraftId, Moment};

/// After that nobody knows what became of a draft that was taken, and no try that broke off comes through any more.
const SHOWN_MS_MAX: i64 = 3_600_000;
/// What was taken is looked for after this, and then each time after twice as long.
const LOOK_AGAIN_MS_MIN: i64 = 60_000;
/// The clock of a server may be so far from ours.
const CLOCKS_DIFFER_MS: i64 = 600_000;

/// How far a draft of those the books know has come. `shows_within_ms` is in what time the mailbox shows what it took.
pub(super) fn tried(own: &Draft, shows_within_ms: i64, now: Moment) -> Tried {
    match own.puts {
        0 => Tried::Never,
        _ if own.is_taken || now < settled_at(own, shows_within_ms) => Tried::Pending,
        _ => Tried::Before,
    }
}

/// From then on a draft that is not there was not taken.
fn settled_at(own: &Draft, shows_within_ms: i64) -> Moment {
    let doublings = u32::try_from(own.puts.clamp(1, 20) - 1).unwrap_or(0);
    own.put_at.plus_ms(shows_within_ms.saturating_mul(1_i64 << doublings).min(SHOWN_MS_MAX))
}

/// The server took the draft just now, and does not show it.
pub(super) fn taken(draft: DraftId) -> Performed {
    Performed::waits("the server took the draft and does not show it yet", LOOK_AGAIN_MS_MIN).with([Learned::Taken { draft }])
}

/// A draft that was only looked for is still not shown.
pub(super) fn still_unseen(own: &Draft, shows_within_ms: i64, now: Moment) -> Performed {
    let since_ms = now.0.saturating_sub(own.put_at.0);
    if !own.is_taken {
        let left_ms = settled_at(own, shows_within_ms).0.saturating_sub(now.0);
        return Performed::waits("a try broke off; the server may still be about to show the draft", left_ms.max(0));
    }
    if since_ms >= SHOWN_MS_MAX {
        return Performed::uncertain(
            "the server took the draft and has not shown it for an hour; look into Drafts, and answer by hand when it is not there. This \
             settles itself when the draft turns up",
        );
    }
    let pause_ms = since_ms.min(SHOWN_MS_MAX - since_ms).max(LOOK_AGAIN_MS_MIN);
    Performed::waits("the server took the draft and does not show it yet", pause_ms)
}

/// Whether a mail that is just like the draft may be the draft, come through after all or a second time; else a person made it.
pub(super) fn may_come_late(draft: &Draft, arrived_at: Moment) -> bool {
    let is_open = draft.puts > 1 || (draft.puts > 0 && draft.place.is_empty());
    // A server that tells no dates does not tell that it is older.
    is_open && (arrived_at == Moment(0) || arrived_at >= draft.placed_at.plus_ms(-CLOCKS_DIFFER_MS))
}

/// What became of a draft. An act of which nobody knew the end has found it with that.
pub(super) async fn mark_state(session: &mut Session, draft: DraftId, state: DraftState, now: Moment) -> Result<(), InboundError> {
    if drafts::mark_state(session, draft, state, now).await? {
        acts::mark_certain(session, draft, now, &format!("the server was late to show the draft; it is {}", state.name())).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::Outcome;
    use crate::types::{AccountId, FolderId, MessageId, ThreadId};

    const MONDAY: Moment = Moment(1_794_790_800_000);
    const MINUTE_MS: i64 = 60_000;

    fn draft(puts: i64, is_taken: bool) -> Draft {
        Draft {
            id: DraftId(1),
            thread: ThreadId(1),
            act: None,
            account: AccountId(1),
            folder: FolderId(1),
            uidvalidity: 0,
            place: String::new(),
            message_id: MessageId::parse("d1.tradepost@bright.example").expect("an id"),
            content_hash: [0; 32],
            size: 1,
            answers: None,
            state: DraftState::Ours,
            placed_at: MONDAY,
            changed_at: MONDAY,
            lingers: false,
            says: String::new(),
            puts,
            put_at: MONDAY,
            is_taken,
        }
    }

    #[test]
    fn what_was_taken_is_never_put_again_and_what_broke_off_only_when_it_had_time_to_show() {
        let after = |puts, is_taken, ms| tried(&draft(puts, is_taken), 5_000, MONDAY.plus_ms(ms));
        assert_eq!(after(0, false, 0), Tried::Never);
        assert_eq!([4_999, 5_000].map(|ms| after(1, false, ms)), [Tried::Pending, Tried::Before]);
        assert_eq!([19_999, 20_000].map(|ms| after(3, false, ms)), [Tried::Pending, Tried::Before], "longer after each");
        assert_eq!([SHOWN_MS_MAX - 1, SHOWN_MS_MAX].map(|ms| after(40, false, ms)), [Tried::Pending, Tried::Before], "with an end");
        assert_eq!(after(1, true, 100 * SHOWN_MS_MAX), Tried::Pending);
        assert_eq!(tried(&draft(1, false), 0, MONDAY), Tried::Before, "a Maildir shows at once");
    }

    fn ended(performed: Performed) -> (Outcome, Option<i64>) {
        (performed.outcome, performed.waits_ms)
    }

    #[test]
    fn what_was_taken_is_looked_for_seven_times_in_an_hour_and_then_a_person_must() {
        let own = draft(1, true);
        let (mut at, mut looks) = (LOOK_AGAIN_MS_MIN, Vec::new());
        loop {
            looks.push(at / MINUTE_MS);
            match ended(still_unseen(&own, MINUTE_MS, MONDAY.plus_ms(at))) {
                (Outcome::TryLater(_), Some(wait_ms)) => at += wait_ms,
                (Outcome::Uncertain(why), None) => {
                    assert!(why.contains("look into Drafts"));
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(looks, [1, 2, 4, 8, 16, 32, 60]);
        // A daemon that was away looks once before it says so; a clock that went back makes nobody hurry.
        assert!(matches!(ended(still_unseen(&own, 0, MONDAY.plus_ms(9 * SHOWN_MS_MAX))), (Outcome::Uncertain(_), None)));
        assert_eq!(still_unseen(&own, 0, MONDAY.plus_ms(-5)).waits_ms, Some(LOOK_AGAIN_MS_MIN));
    }

    #[test]
    fn a_copy_is_a_double_of_ours_only_when_one_can_have_come_late() {
        let placed = |puts| Draft { place: "3".into(), ..draft(puts, false) };
        assert!(!may_come_late(&placed(1), MONDAY), "one was put, and the books know where it lies");
        assert!(may_come_late(&placed(2), MONDAY) && may_come_late(&placed(2), Moment(0)));
        assert!(!may_come_late(&placed(2), MONDAY.plus_ms(-24 * SHOWN_MS_MAX)), "older than the draft");
        assert!(may_come_late(&draft(1, true), MONDAY) && !may_come_late(&draft(0, false), MONDAY));
    }
}
