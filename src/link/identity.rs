//! When two copies are one message.

use crate::parse::Letter;
use sha2::{Digest, Sha256};

/// What a message is known by, wherever it lies: its Message-ID and its body; without a Message-ID its sender, date, subject and
/// body. One mail in eight mailboxes is one message; two mails that share an id by mistake are two.
pub fn identity(letter: &Letter) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut field = |tag: &str, value: &str| {
        hash.update(tag.as_bytes());
        hash.update((value.len() as u64).to_be_bytes());
        hash.update(value.as_bytes());
    };
    match &letter.message_id {
        Some(id) => field("id", id.as_str()),
        None => {
            field("from", letter.from.address.as_ref().map_or("", |address| address.as_str()));
            field("date", letter.headers.get("Date").unwrap_or(""));
            field("subject", letter.subject.as_deref().unwrap_or(""));
        }
    }
    hash.update(letter.body_hash);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::MessageId;

    fn letter(id: Option<&str>, subject: &str, body: u8) -> Letter {
        Letter { message_id: id.and_then(MessageId::parse), subject: Some(subject.to_owned()), body_hash: [body; 32], ..Letter::default() }
    }

    #[test]
    fn six_mails_of_seven_are_different() {
        // Three without an id, two with one id and different words, two true copies.
        let mails = [
            letter(None, "a", 1),
            letter(None, "b", 1),
            letter(None, "a", 2),
            letter(Some("x@y"), "a", 1),
            letter(Some("x@y"), "a", 2),
            letter(Some("z@y"), "a", 3),
            letter(Some("z@y"), "[list] a", 3),
        ];
        let different: std::collections::HashSet<[u8; 32]> = mails.iter().map(identity).collect();
        assert_eq!(different.len(), 6);
    }
}
