//! Which draft of ours a mail is that has another Message-ID.

use super::MessageId;

/// The header that names a draft's token; many clients keep it when a draft is edited.
pub const DRAFT_HEADER: &str = "X-Tradepost-Draft";

/// The draft of ours that was edited or sent under another Message-ID, by the token in its header or References. `header` is what
/// [`DRAFT_HEADER`] says.
///
/// Tokens of earlier drafts stay in the References of everything that follows in the thread, also of a customer's answer. So only the
/// one counts that stands where a draft puts it: directly before the mail answered, or last when none was answered.
pub fn drafted_as(references: &[MessageId], header: Option<&str>) -> Option<MessageId> {
    let own = header.and_then(MessageId::parse).and_then(|token| token.of_token());
    own.or_else(|| match references {
        [.., token, answered] => match answered.of_token() {
            Some(draft) => Some(draft),
            // Who answers a draft that was sent has its token before it, and is not the draft.
            None => token.of_token().filter(|draft| draft != answered),
        },
        [only] => only.of_token(),
        [] => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(texts: &[&str]) -> Vec<MessageId> {
        texts.iter().map(|text| MessageId::parse(text).expect("an id")).collect()
    }

    #[test]
    fn an_edited_draft_is_known_and_an_answer_to_it_is_not_taken_for_it() {
        let known = |texts: &[&str]| drafted_as(&ids(texts), None).map(|id| id.to_string());
        let d1 = Some("d1.tradepost@bright.example".to_owned());
        assert_eq!(known(&["m0@x", "draft.d1.tradepost@bright.example", "m1@x"]), d1, "as it was put there");
        assert_eq!(known(&["draft.d1.tradepost@bright.example"]), d1, "it answers a form's mail");
        let sent = "d1.tradepost@bright.example";
        assert_eq!(known(&["draft.d1.tradepost@bright.example", "m1@x", sent]), None, "an answer to it");
        assert_eq!(known(&["draft.d1.tradepost@bright.example", sent]), None, "an answer to one that began a conversation");
        let d2 = ["draft.d1.tradepost@bright.example", "m1@x", sent, "draft.d2.tradepost@bright.example", "m2@x"];
        assert_eq!(known(&d2).as_deref(), Some("d2.tradepost@bright.example"), "the thread's second draft");
        assert_eq!(known(&["m1@x", "m2@x"]), None);
    }

    #[test]
    fn the_header_is_believed_when_references_were_cut() {
        let header = Some("<draft.d1.tradepost@bright.example>");
        assert_eq!(drafted_as(&[], header), ids(&["d1.tradepost@bright.example"]).pop());
        assert_eq!(drafted_as(&[], Some("<somebody@else.example>")), None);
    }
}
