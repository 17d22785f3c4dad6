//! A draft that was out of date when somebody sent it: the sender is told what differs.

use super::Case;
use super::plan::{QuotedMail, SupersededOrder};
use crate::link::base_subject;
use crate::types::{Language, NamedAddress};

/// Lines of each side that are compared; letters are shorter.
const COMPARED_MAX: usize = 200;
/// Lines of each side that a note shows.
const SHOWN_MAX: usize = 12;

/// An outdated draft of ours that somebody sent, as the books know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentDraft {
    /// The customer has written again since it was made; else we had withdrawn it.
    pub newer_mail: bool,
    /// The own words of the draft that waits now.
    pub current: Option<String>,
    /// The short name of the mailbox in whose Drafts it lies.
    pub current_in: String,
    /// The customer's newest mail.
    pub newest: QuotedMail,
}

/// The note to the sender: the member whose address it was sent from, else the mailbox's owner.
pub(super) fn order(case: &Case<'_>, sent: &SentDraft) -> SupersededOrder {
    let letter = case.letter;
    let sender = letter.from.address.as_ref().and_then(|address| case.team.member(address)).or(case.owner);
    let language = sender.map(|member| member.language).filter(|language| case.written.contains(language)).unwrap_or(Language::ENGLISH);
    let outside = |person: &&NamedAddress| person.address.as_ref().is_some_and(|address| !case.ours.holds(address));
    let differences = differences(&letter.fresh.text, sent.current.as_deref());
    SupersededOrder {
        language,
        from: NamedAddress { name: Some("Tradepost".into()), address: Some(case.mailbox.address.clone()) },
        to: match sender {
            Some(member) => NamedAddress { name: Some(member.name.clone()), address: Some(member.address.clone()) },
            None => letter.from.clone(),
        },
        message_id: case.message_id.clone(),
        about: letter.message_id.clone(),
        subject: base_subject(letter.subject.as_deref().unwrap_or("")).to_owned(),
        customer: letter.to.iter().chain(&letter.cc).find(outside).cloned().unwrap_or_default(),
        newer_mail: sent.newer_mail,
        sent: differences.sent,
        current: differences.current,
        shortened: differences.shortened,
        mailbox: sent.current_in.clone(),
        quoted: sent.newest.clone(),
        at: case.now,
    }
}

struct Differences {
    sent: Vec<String>,
    current: Option<Vec<String>>,
    shortened: bool,
}

/// The lines that stand on one side only, in their order. Spaces at either end and empty lines do not count.
fn differences(sent: &str, current: Option<&str>) -> Differences {
    let lines = |text: &str| -> Vec<String> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).take(COMPARED_MAX).map(str::to_owned).collect()
    };
    let (sent, current) = (lines(sent), current.map(lines));
    let (mut only_sent, mut only_current) = match current {
        Some(current) => {
            let (sent, current) = apart(&sent, &current);
            (sent, Some(current))
        }
        None => (sent, None),
    };
    let shown = |lines: &mut Vec<String>| {
        let is_cut = lines.len() > SHOWN_MAX;
        lines.truncate(SHOWN_MAX);
        is_cut
    };
    let shortened = shown(&mut only_sent) | only_current.as_mut().is_some_and(shown);
    Differences { sent: only_sent, current: only_current, shortened }
}

/// What is left of each side without their longest common subsequence.
fn apart(left: &[String], right: &[String]) -> (Vec<String>, Vec<String>) {
    // longest[i][j] is the length of what left[i..] and right[j..] share.
    let width = right.len() + 1;
    let mut longest = vec![0_u32; (left.len() + 1) * width];
    let at = |longest: &[u32], i: usize, j: usize| longest.get(i * width + j).copied().unwrap_or(0);
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            let shared = if a == b { at(&longest, i + 1, j + 1) + 1 } else { at(&longest, i + 1, j).max(at(&longest, i, j + 1)) };
            if let Some(cell) = longest.get_mut(i * width + j) {
                *cell = shared;
            }
        }
    }
    let (mut only_left, mut only_right) = (Vec::new(), Vec::new());
    let (mut i, mut j) = (0, 0);
    loop {
        match (left.get(i), right.get(j)) {
            (Some(a), Some(b)) if a == b => (i, j) = (i + 1, j + 1),
            (Some(a), b) if b.is_none() || at(&longest, i + 1, j) >= at(&longest, i, j + 1) => {
                only_left.push(a.clone());
                i += 1;
            }
            (_, Some(b)) => {
                only_right.push(b.clone());
                j += 1;
            }
            (_, None) => return (only_left, only_right),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_differ_are_told() {
        let sent = "Dear Tom,\n\nthank you for your inquiry: 1,000 pcs flood lights.\n\nBest regards\nLi Wei";
        let current = "Dear Tom,\nthank you for your inquiry: 3,000 pcs flood lights.\nBest regards\nLi Wei\n";
        let told = differences(sent, Some(current));
        assert_eq!(told.sent, ["thank you for your inquiry: 1,000 pcs flood lights."]);
        assert_eq!(told.current.as_deref(), Some(["thank you for your inquiry: 3,000 pcs flood lights.".to_owned()].as_slice()));
        assert!(!told.shortened);
    }

    #[test]
    fn without_a_current_draft_all_that_was_sent_is_told() {
        let told = differences("a\nb", None);
        assert_eq!((told.sent, told.current), (vec!["a".to_owned(), "b".to_owned()], None));
    }

    #[test]
    fn a_letter_without_end_is_told_in_part() {
        let long: String = (0..100_000).map(|number| format!("line {number}\n")).collect();
        let told = differences(&long, Some("another"));
        assert_eq!((told.sent.len(), told.shortened), (SHOWN_MAX, true));
        assert_eq!(told.current.map(|lines| lines.len()), Some(1));
    }
}
