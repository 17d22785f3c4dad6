//! A text with the facts that were found in it marked where they stand: `[500 pcs ←quantity]`.
//!
//! The marks say the same without colours. Words written from right to left, and marks beside them, are isolated (Unicode UAX #9 §2.4.2),
//! so that a number stays with its unit and a mark with its words.

use super::fact_word;
use crate::cli::words::Words;
use crate::understand::facts::{FactKind, Span};
use std::fmt::Write;
use std::ops::Range;

/// Lines shown.
const LINES_MAX: usize = 60;
/// Characters of a line shown.
const LINE_CHARS_MAX: usize = 1_000;

/// Whether marks have colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Colours,
}

/// A stretch of the text in which facts stand; those that overlap share one.
#[derive(Debug, PartialEq, Eq)]
struct Mark {
    range: Range<usize>,
    facts: Vec<FactKind>,
}

/// The lines of a text with its marks, several empty ones as one.
pub(super) fn lines(text: &str, spans: &[Span], words: &Words, paint: Paint) -> Vec<String> {
    let marks = marks(text, spans);
    let (mut shown, mut start, mut left) = (Vec::new(), 0, 0_usize);
    for line in text.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        let is_empty = range.is_empty();
        if is_empty && shown.last().is_none_or(String::is_empty) {
            continue;
        }
        if shown.len() >= LINES_MAX {
            left += usize::from(!is_empty);
            continue;
        }
        shown.push(marked(text, &range, &marks, words, paint));
    }
    while shown.last().is_some_and(String::is_empty) {
        shown.pop();
    }
    if left > 0 {
        shown.push(words.say("triage.more_lines", &[("count", &left)]));
    }
    shown
}

/// The stretches to mark, in the order of the text. What is no part of the text is not marked.
fn marks(text: &str, spans: &[Span]) -> Vec<Mark> {
    let mut marks: Vec<Mark> = Vec::new();
    for span in spans {
        if text.get(span.range.clone()).is_none_or(str::is_empty) {
            continue;
        }
        match marks.last_mut().filter(|last| span.range.start < last.range.end) {
            Some(last) => {
                last.range.end = last.range.end.max(span.range.end);
                if !last.facts.contains(&span.fact) {
                    last.facts.push(span.fact);
                }
            }
            None => marks.push(Mark { range: span.range.clone(), facts: vec![span.fact] }),
        }
    }
    marks
}

/// One line. A fact that goes over several lines is opened on its first and named on its last.
fn marked(text: &str, line: &Range<usize>, marks: &[Mark], words: &Words, paint: Paint) -> String {
    let isolates = words.language().is_right_to_left() || text.get(line.clone()).is_some_and(is_right_to_left);
    let isolated = |text: &str| if isolates { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() };
    let piece = |range: Range<usize>| text.get(range).map(harmless).unwrap_or_default();
    let (mut out, mut at) = (String::new(), line.start);
    let first = marks.partition_point(|mark| mark.range.end <= line.start);
    for mark in marks.iter().skip(first).take_while(|mark| mark.range.start < line.end) {
        let inside = mark.range.start.max(line.start)..mark.range.end.min(line.end);
        out += &piece(at..inside.start);
        at = inside.end;
        if mark.range.start >= line.start {
            out.push('[');
        }
        let shown = isolated(&piece(inside));
        let _ = match paint {
            Paint::Plain => write!(out, "{shown}"),
            Paint::Colours => write!(out, "\u{1b}[1;36m{shown}\u{1b}[0m"),
        };
        if mark.range.end <= line.end {
            let names = isolated(&words.list(mark.facts.iter().map(|fact| fact_word(*fact, words))));
            let _ = match paint {
                Paint::Plain => write!(out, " ←{names}]"),
                Paint::Colours => write!(out, "\u{1b}[2m ←{names}\u{1b}[0m]"),
            };
        }
    }
    out += &piece(at..line.end);
    if isolates { isolated(&out) } else { out }
}

/// Mail must not move the cursor of a terminal, nor turn its lines around; and a line has an end.
fn harmless(text: &str) -> String {
    let turns = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut kept: String = text.chars().filter(|c| !turns(c)).take(LINE_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LINE_CHARS_MAX).is_some() {
        kept.push('…');
    }
    kept
}

/// Whether some of it is written from right to left: Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms.
fn is_right_to_left(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Language;

    fn span(fact: FactKind, text: &str, words: &str) -> Span {
        let start = text.find(words).expect("the words stand in the text");
        Span { fact, range: start..start + words.len() }
    }

    fn english() -> Words {
        Words::of(Language::ENGLISH)
    }

    #[test]
    fn facts_are_marked_where_they_stand() {
        let text = "Hello,\n\n\nwe need 500 pcs at USD 2.40 each.\n\n";
        let spans = [
            span(FactKind::Quantity, text, "500 pcs"),
            span(FactKind::Currency, text, "USD"),
            span(FactKind::TargetPrice, text, "USD 2.40"),
        ];
        let shown = lines(text, &spans, &english(), Paint::Plain);
        assert_eq!(shown, ["Hello,", "", "we need [500 pcs ←quantity] at [USD 2.40 ←currency, target price] each."]);
        let painted = lines(text, &spans, &english(), Paint::Colours).join("\n");
        assert!(painted.contains("[\u{1b}[1;36m500 pcs\u{1b}[0m\u{1b}[2m ←quantity\u{1b}[0m]"), "{painted:?}");
    }

    #[test]
    fn a_fact_over_two_lines_is_opened_and_closed_once() {
        let text = "30% deposit,\nbalance against copy of B/L";
        let spans = [span(FactKind::PaymentTerms, text, "30% deposit,\nbalance")];
        let shown = lines(text, &spans, &english(), Paint::Plain);
        assert_eq!(shown, ["[30% deposit,", "balance ←payment terms] against copy of B/L"]);
    }

    #[test]
    fn arabic_is_isolated_and_nothing_of_a_mail_steers_the_terminal() {
        let text = "نحتاج 500 قطعة\u{202e}\u{1b}[2J";
        let shown = lines(text, &[span(FactKind::Quantity, text, "500 قطعة")], &english(), Paint::Plain);
        assert_eq!(shown, ["\u{2068}نحتاج [\u{2068}500 قطعة\u{2069} ←\u{2068}quantity\u{2069}] [2J\u{2069}"]);
    }

    #[test]
    fn a_long_text_ends_and_a_span_that_fits_nowhere_is_passed_over() {
        let text = format!("é{}", "line\n".repeat(500));
        let spans = [Span { fact: FactKind::Place, range: 1..3 }, Span { fact: FactKind::Place, range: 9_000..9_001 }];
        let shown = lines(&text, &spans, &english(), Paint::Plain);
        assert_eq!((shown.len(), shown[0].as_str()), (LINES_MAX + 1, "éline"));
        assert!(shown[LINES_MAX].contains("440"), "{}", shown[LINES_MAX]);
    }
}
