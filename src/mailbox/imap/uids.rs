//! Which UIDs are asked for at a time. Ranges only ever ascend: some large providers refuse others.

use crate::mailbox::{Entry, UidSet};

/// Mails whose facts come with one command; about a megabyte of answers.
const MAILS_AT_ONCE: u64 = 10_000;
/// Ranges in one command: a line of some 8 kB (RFC 2683 §3.2.1.5).
const RANGES_AT_ONCE: usize = 350;

/// Ranges from `first` to `last` that together are all of it. Each holds about as many mails as come well with one command, when
/// `messages` lie evenly among them.
pub(super) fn spans(first: u32, last: u32, messages: u64) -> impl Iterator<Item = (u32, u32)> {
    let uids = (u64::from(last) + 1).saturating_sub(u64::from(first));
    let commands = messages.div_ceil(MAILS_AT_ONCE).max(1);
    let step = u32::try_from(uids.div_ceil(commands)).unwrap_or(u32::MAX).max(1);
    let mut next = Some(first).filter(|first| *first <= last);
    std::iter::from_fn(move || {
        let from = next?;
        let to = from.saturating_add(step - 1).min(last);
        next = to.checked_add(1).filter(|next| *next <= last);
        Some((from, to))
    })
}

/// A range as it is written; one UID is no range.
pub(super) fn written((from, to): (u32, u32)) -> String {
    if from == to { from.to_string() } else { format!("{from}:{to}") }
}

/// Sets of single UIDs, each short enough for a line and for one answer.
pub(super) fn sets(uids: &[u32]) -> impl Iterator<Item = UidSet> {
    uids.chunks(RANGES_AT_ONCE).map(|part| part.iter().copied().collect())
}

/// A piece of work for one FETCH of whole mails.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Batch {
    /// Small mails together, by their index in the list.
    Together(Vec<usize>),
    /// One that comes in parts.
    InParts(usize),
}

/// Small mails together up to `room` bytes and `mails` mails; whatever is larger than `small_max` on its own.
pub(super) fn batches(entries: &[Entry], small_max: u64, room: u64, mails: usize) -> Vec<Batch> {
    let (mut batches, mut together, mut taken) = (Vec::new(), Vec::new(), 0_u64);
    for (at, entry) in entries.iter().enumerate() {
        if entry.size > small_max {
            batches.push(Batch::InParts(at));
            continue;
        }
        if !together.is_empty() && (taken.saturating_add(entry.size) > room || together.len() >= mails) {
            batches.push(Batch::Together(std::mem::take(&mut together)));
            taken = 0;
        }
        together.push(at);
        taken = taken.saturating_add(entry.size);
    }
    if !together.is_empty() {
        batches.push(Batch::Together(together));
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::Flags;
    use crate::types::Moment;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn spans_ascend_and_leave_nothing_out(first in 1_u32..200_000, uids in 0_u32..200_000, messages in 0_u64..100_000) {
            let last = first + uids;
            let spans: Vec<(u32, u32)> = spans(first, last, messages).collect();
            prop_assert_eq!(spans.first().map(|span| span.0), Some(first));
            prop_assert_eq!(spans.last().map(|span| span.1), Some(last));
            prop_assert!(spans.iter().all(|(from, to)| from <= to));
            prop_assert!(spans.windows(2).all(|pair| pair[0].1 + 1 == pair[1].0));
            prop_assert!(spans.len() as u64 <= messages / MAILS_AT_ONCE + 1);
        }

        #[test]
        fn every_mail_is_in_one_batch(sizes in proptest::collection::vec(0_u64..50, 0..60)) {
            let entries: Vec<Entry> = sizes.iter().map(|size| of_size(*size)).collect();
            let mut seen = Vec::new();
            for batch in batches(&entries, 30, 60, 4) {
                match batch {
                    Batch::InParts(at) => {
                        prop_assert!(sizes[at] > 30);
                        seen.push(at);
                    }
                    Batch::Together(mails) => {
                        prop_assert!(mails.len() <= 4 && mails.iter().map(|at| sizes[*at]).sum::<u64>() <= 60);
                        seen.extend(mails);
                    }
                }
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..sizes.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_span_at_the_end_of_all_uids_ends() {
        assert_eq!(spans(u32::MAX - 1, u32::MAX, 2).collect::<Vec<_>>(), [(u32::MAX - 1, u32::MAX)]);
        assert_eq!(spans(1, u32::MAX, 3).collect::<Vec<_>>(), [(1, u32::MAX)]);
        assert_eq!(spans(5, 4, 3).count(), 0);
    }

    fn of_size(size: u64) -> Entry {
        Entry { place: String::new(), flags: Flags::default(), keywords: Vec::new(), arrived_at: Moment(0), size }
    }
}
