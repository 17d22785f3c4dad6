//! A member's signature. Its HTML is the one text that reaches a letter unescaped: it comes from the team's own configuration, not
//! from mail, and is put in after rendering, so no template can pass anything else this way.

use super::clean;
use super::phrase::{Phrase, Run};
use crate::decide::DraftOrder;
use crate::types::Language;

/// The comment of `shared/layout.html.hbs` whose place the signature's HTML takes. A value cannot hold it: its `<` is escaped.
pub(super) const PLACE: &str = "<!-- signature -->";

/// The signature's lines; without a signature, the member's name and firm.
pub(super) fn lines(order: &DraftOrder, language: Language) -> Vec<Phrase> {
    let (own, _) = clean::block(&order.signature.text, clean::SIGNATURE_LEN_MAX);
    let lines = match own.is_empty() {
        false => own.lines().map(str::to_owned).collect(),
        true => vec![clean::line(&order.member_name, clean::NAME_LEN_MAX), clean::line(&order.company, clean::NAME_LEN_MAX)],
    };
    let said = lines.iter().filter(|line| !line.is_empty() || !own.is_empty());
    said.map(|line| directed(line, language)).collect()
}

/// A line with what runs from left to right held together: in Arabic a telephone number would otherwise stand back to front.
fn directed(line: &str, language: Language) -> Phrase {
    if !clean::has_right_to_left(line) {
        return Phrase::of(line, Run::LeftToRight, language);
    }
    let mut phrase = Phrase::default();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '+') {
        let (words, run) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = run.find(|c: char| !c.is_ascii()).unwrap_or(run.len());
        let value = run.get(..end).unwrap_or(run).trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != ')' && c != '/');
        // A plus sign alone is no value, but is stepped over.
        let value = if value.is_empty() { "+" } else { value };
        phrase.say(words);
        phrase.name(value, Run::LeftToRight, language);
        rest = run.get(value.len()..).unwrap_or("");
    }
    phrase.say(rest);
    phrase
}

/// The member's own HTML.
pub(super) fn own_html(order: &DraftOrder) -> Option<&str> {
    order.signature.html.as_deref().map(str::trim).filter(|own| !own.is_empty())
}

/// A rendered letter with the signature's HTML in it; `None` unless it has exactly one place for it.
pub(super) fn put(html: &str, own: &str) -> Option<String> {
    let (before, after) = html.split_once(PLACE)?;
    (!after.contains(PLACE)).then(|| format!("{before}{own}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_not_turned_round_in_arabic() {
        let arabic = Language::parse("ar").expect("ours");
        assert_eq!(directed("+86 574 5550 0101", arabic).plain(), "\u{2066}+86 574 5550 0101\u{2069}");
        assert_eq!(
            directed("هاتف: +86 (574) 5550، فاكس: 12", arabic).plain(),
            "هاتف: \u{2066}+86 (574) 5550\u{2069}، فاكس: \u{2066}12\u{2069}"
        );
        assert_eq!(directed("أ + ب", arabic).plain(), "أ \u{2066}+\u{2069} ب");
        assert_eq!(directed("+86 574", Language::ENGLISH).plain(), "+86 574");
    }
}
