//! A mail by which somebody leaves: its subject is the one our letters ask for in `List-Unsubscribe` (RFC 2369 §3.2).

use crate::parse::Letter;
use crate::types::WebToken;

/// By which way out somebody leaves with this mail. Some programs put a mark of their own before a subject.
pub fn leaving_by(letter: &Letter) -> Option<WebToken> {
    let mut words = letter.subject.as_deref()?.split_whitespace().rev();
    let token = WebToken::parse(words.next()?)?;
    words.next()?.eq_ignore_ascii_case("unsubscribe").then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subject_of_our_letters_leads_out_and_no_other() {
        let token = WebToken::new([7; 16]);
        let found = |subject: &str| leaving_by(&crate::parse::letter(format!("Subject: {subject}\r\n\r\nHello\r\n").as_bytes()));
        assert_eq!(found(&format!("unsubscribe {token}")), Some(token));
        assert_eq!(found(&format!("[extern] Unsubscribe  {}", token.to_string().to_uppercase())), Some(token));
        for subject in ["unsubscribe", "", &token.to_string(), &format!("unsubscribe {token} now"), "unsubscribe aaaa"] {
            assert_eq!(found(subject), None, "{subject}");
        }
    }
}
