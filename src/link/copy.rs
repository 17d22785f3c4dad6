//! When two mails of ours with different Message-IDs are one: the copy that a mail program saved, and the one that its provider filed
//! or delivered under an id of its own.

use super::subject::base_subject;
use crate::parse::Letter;
use crate::types::{DRAFT_HEADER, drafted_as};
use std::collections::BTreeSet;

/// Clients and servers cut or set the seconds; a person does not send one mail twice as fast as that.
pub const SAME_DATE_MS: i64 = 2_000;

/// Whether both are copies of one mail. The same sender, moment, subject and recipients are a must, so that neither a mailing to many
/// nor a second mail is taken for a copy; and the same words and files, or the mark of the same draft of ours. A provider may have
/// put its line below the words.
pub fn is_copy(one: &Letter, other: &Letter) -> bool {
    let same_date = matches!((one.sent_at, other.sent_at), (Some(a), Some(b)) if a.0.abs_diff(b.0) <= SAME_DATE_MS.unsigned_abs());
    let sender = |letter: &Letter| letter.from.address.as_ref().map(|address| address.folded());
    let subject = |letter: &Letter| base_subject(letter.subject.as_deref().unwrap_or("")).to_owned();
    same_date
        && sender(one).is_some()
        && sender(one) == sender(other)
        && subject(one) == subject(other)
        && recipients(one) == recipients(other)
        && (same_draft(one, other) || same_words(one, other))
}

fn recipients(letter: &Letter) -> BTreeSet<String> {
    letter.to.iter().chain(&letter.cc).filter_map(|person| person.address.as_ref()).map(|address| address.folded()).collect()
}

fn same_draft(one: &Letter, other: &Letter) -> bool {
    let draft = |letter: &Letter| drafted_as(&letter.references, letter.headers.get(DRAFT_HEADER)).or_else(|| letter.message_id.clone());
    draft(one).is_some() && draft(one) == draft(other)
}

fn same_words(one: &Letter, other: &Letter) -> bool {
    if one.body_hash == other.body_hash {
        return true;
    }
    let words = |letter: &Letter| letter.text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Not their sizes: of a large mail the books keep its files apart, and stubs in their places.
    let files = |letter: &Letter| letter.attachments.iter().map(|file| file.name.clone()).collect::<Vec<_>>();
    let (a, b) = (words(one), words(other));
    files(one) == files(other) && (a == b || (!a.is_empty() && !b.is_empty() && (a.starts_with(&b) || b.starts_with(&a))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    const MAIL: &str = "From: Li Wei <sales@bright.example>\r\nTo: tom@hall.example\r\nSubject: Flood lights\r\n\
                        Date: Mon, 16 Nov 2026 09:05:00 +0800\r\nMessage-ID: <c1@bright.example>\r\n\r\nUSD 4.20 each.\r\n";

    fn with(changes: &[(&str, &str)]) -> Letter {
        let text = changes.iter().fold(MAIL.replace("<c1@bright.example>", "<tencent_1@qq.example>"), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        parse::letter(text.as_bytes())
    }

    #[test]
    fn the_providers_copy_is_the_same_mail_and_a_mailing_or_a_second_mail_is_not() {
        let ours = parse::letter(MAIL.as_bytes());
        assert!(is_copy(&ours, &with(&[])));
        assert!(is_copy(&ours, &with(&[("09:05:00", "09:05:01"), ("Li Wei", "")])), "the seconds were set anew");
        assert!(is_copy(&ours, &with(&[("each.\r\n", "each.\r\n\r\n-- \r\nSent from my phone\r\n")])), "a line was put below");
        for (from, to) in [
            ("tom@hall.example", "ann@hall.example"),
            ("09:05:00", "09:06:00"),
            ("Flood lights", "Street lights"),
            ("USD 4.20", "USD 4.30"),
            ("sales@bright", "anna@bright"),
            ("Date: ", "X-Date: "),
        ] {
            assert!(!is_copy(&ours, &with(&[(from, to)])), "{to}");
        }
    }

    #[test]
    fn the_mark_of_one_draft_makes_them_one_whatever_became_of_the_words() {
        let marked =
            |letter: Letter, draft: &str| Letter { references: parse_ids(&[&format!("draft.{draft}.tradepost@b.example")]), ..letter };
        let (ours, other) = (parse::letter(MAIL.as_bytes()), with(&[("USD 4.20 each.", "=55SD 4.20 each, as a client wrote it")]));
        assert!(!is_copy(&ours, &other));
        assert!(is_copy(&marked(ours.clone(), "d1"), &marked(other.clone(), "d1")));
        assert!(!is_copy(&marked(ours, "d1"), &marked(other, "d2")));
    }

    fn parse_ids(texts: &[&str]) -> Vec<crate::types::MessageId> {
        texts.iter().filter_map(|text| crate::types::MessageId::parse(text)).collect()
    }
}
