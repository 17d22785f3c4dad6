//! Subjects without the marks of answering and passing on.

use std::collections::HashSet;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Marks taken off one after another; real subjects carry a handful, hostile ones thousands.
const MARKS_MAX: usize = 50;
/// Longest mark, in characters, the number of some clients (`Re[12]`) included.
const MARK_LEN_MAX: usize = 24;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Marks {
    reply: HashSet<String>,
    forward: HashSet<String>,
}

static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    // The file is compiled in and a test reads it, so an unreadable one never leaves the house.
    toml::from_str(include_str!("../../rules/subject_marks.toml"))
        .unwrap_or_else(|_| Marks { reply: HashSet::new(), forward: HashSet::new() })
});

/// The subject as first written: without `Re:`, `AW:`, `回复：`, `Fwd:`. A list's `[name]` and whatever else stands there stays.
pub fn base_subject(subject: &str) -> &str {
    let mut rest = subject.trim();
    for _ in 0..MARKS_MAX {
        match without_mark(rest) {
            Some((_, after)) => rest = after,
            None => break,
        }
    }
    rest
}

/// Whether the subject begins like an answer.
pub fn has_reply_mark(subject: &str) -> bool {
    without_mark(subject.trim()).is_some_and(|(mark, _)| MARKS.reply.contains(&mark))
}

/// What two subjects of one conversation share: the base subject, folded, without white space. Empty when nothing is left.
pub fn subject_key(subject: &str) -> String {
    base_subject(subject).nfkc().filter(|c| !c.is_whitespace() && !c.is_control()).flat_map(char::to_lowercase).take(200).collect()
}

/// A text as subjects are compared: folded, without white space.
pub(super) fn folded(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace() && !c.is_control()).flat_map(char::to_lowercase).collect()
}

/// What two spellings of one firm's name share: letters and digits, folded.
pub fn name_key(name: &str) -> String {
    name.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(200).collect()
}

/// The first mark, folded, and what stands after it.
fn without_mark(subject: &str) -> Option<(String, &str)> {
    let (colon, sign) = subject.char_indices().take(MARK_LEN_MAX).find(|(_, c)| matches!(c, ':' | '：' | '﹕'))?;
    let (head, tail) = subject.split_at_checked(colon)?;
    let mark: String = head.nfkc().flat_map(char::to_lowercase).collect();
    // `Re[2]`, `Re(3)`, `RE^4`, `Re 2`: some clients count.
    let mark = mark.trim().trim_end_matches(|c: char| c.is_ascii_digit() || "[]()^*".contains(c)).trim_end().to_owned();
    let known = MARKS.reply.contains(&mark) || MARKS.forward.contains(&mark);
    known.then(|| (mark, tail.strip_prefix(sign).unwrap_or(tail).trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_in_every_language_belong_to_the_first_subject() {
        for subject in [
            "Re: LED panel 600x600",
            "RE: AW: Re[2]: LED panel 600x600",
            "回复：Re: LED panel  600x600",
            "Отв: LED Panel 600x600",
            "رد: LED panel 600x600",
            "SV: VS: led panel 600x600 ",
            "Fwd: LED panel 600x600",
            "返信: LED panel 600x600",
        ] {
            assert_eq!(subject_key(subject), "ledpanel600x600", "{subject}");
        }
    }

    #[test]
    fn words_before_a_colon_are_no_marks() {
        assert_eq!(base_subject("Urgent: price for AX-11"), "Urgent: price for AX-11");
        assert_eq!(base_subject("Re: Order: 5 pcs"), "Order: 5 pcs");
        assert!(has_reply_mark("AW: Angebot"));
        assert!(!has_reply_mark("Angebot: Pumpen"));
        assert!(!has_reply_mark("Fwd: Angebot"));
    }

    #[test]
    fn a_thousand_marks_do_not_take_a_thousand_turns() {
        let hostile = "Re: ".repeat(10_000);
        assert!(base_subject(&hostile).len() > 30_000, "only {MARKS_MAX} marks are taken off");
    }
}
