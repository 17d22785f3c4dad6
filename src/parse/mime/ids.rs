//! Message-IDs where mailers put them: folded, without brackets, among other words.

use super::super::limits;
use crate::types::MessageId;

/// The ids of an In-Reply-To or References value in order, each once. Words outside brackets (`Your message of Monday`) count
/// only when nothing stands in brackets and they look like an id.
pub(super) fn all(text: &str) -> Vec<MessageId> {
    let mut ids: Vec<MessageId> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut add = |id: Option<MessageId>| {
        if let Some(id) = id
            && seen.insert(id.clone())
        {
            ids.push(id);
        }
    };
    if text.contains('<') {
        for part in text.split('<').skip(1) {
            let inner = part.split('>').next().unwrap_or(part);
            let closed = part.len() > inner.len();
            // An id folded in its middle keeps white space that is none of its own.
            let inner = if closed { inner } else { inner.trim().split(char::is_whitespace).next().unwrap_or("") };
            add(MessageId::parse(&inner.split_whitespace().collect::<String>()));
        }
    } else {
        for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"' | '(' | ')')) {
            add(Some(word).filter(|w| w.contains('@')).and_then(MessageId::parse));
        }
    }
    ids
}

/// The first id of a Message-ID value; one without brackets and `@` is taken whole.
pub(super) fn one(text: &str) -> Option<MessageId> {
    all(text).into_iter().next().or_else(|| MessageId::parse(text))
}

/// Keeps the first id and the last ones: the first names the conversation, the last ones its newest turn.
pub(super) fn shorten(mut ids: Vec<MessageId>) -> Vec<MessageId> {
    let surplus = ids.len().saturating_sub(limits::REFERENCES_MAX);
    ids.drain(1.min(ids.len())..(1 + surplus).min(ids.len()));
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        all(text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ids_are_found_among_other_words() {
        assert_eq!(texts("Your message of \"Mon, 2 Nov\" <a@b> <c@ d> <a@b>"), ["a@b", "c@d"]);
        assert_eq!(texts("a@b, c@d"), ["a@b", "c@d"]);
        assert_eq!(texts("<a@b> <c@d"), ["a@b", "c@d"]);
        assert_eq!(texts("message of Monday"), [""; 0]);
    }

    #[test]
    fn a_long_history_keeps_its_first_and_its_last() {
        let ids = shorten(all(&(0..500).map(|n| format!("<{n}@x> ")).collect::<String>()));
        assert_eq!(ids.len(), limits::REFERENCES_MAX);
        assert_eq!((ids.first().map(MessageId::as_str), ids.last().map(MessageId::as_str)), (Some("0@x"), Some("499@x")));
        assert_eq!(shorten(all("<a@b>")).len(), 1);
        assert_eq!(shorten(Vec::new()), []);
    }
}
