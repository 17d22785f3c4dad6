//! A mail within a mail, as a letter of its own.

use super::fresh;
use super::{Forwarded, Letter};

/// The letter that was passed on inline in `outer`: its writer, subject and words. Headers that only the outer mail has are absent;
/// the attachments and the date of the outer mail stand for those of the inner one.
pub fn forwarded(inner: &Forwarded, outer: &Letter) -> Letter {
    let name = inner.from.name.as_deref();
    Letter {
        from: inner.from.clone(),
        subject: inner.subject.clone(),
        sent_at: outer.sent_at,
        date: outer.date.clone(),
        text: inner.text.clone(),
        fresh: fresh::split(&inner.text, &[], name, inner.subject.as_deref()),
        attachments: outer.attachments.clone(),
        papers: outer.papers.clone(),
        ..Letter::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_customers_words_stand_alone() {
        let inner = Forwarded { subject: Some("Anfrage".into()), text: "Bitte 120 Stück.\n\n> alt".into(), ..Forwarded::default() };
        let letter = forwarded(&inner, &Letter { subject: Some("WG: Anfrage".into()), ..Letter::default() });
        assert_eq!((letter.subject.as_deref(), letter.fresh.text.as_str()), (Some("Anfrage"), "Bitte 120 Stück."));
    }
}
