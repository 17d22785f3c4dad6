//! The bytes of a draft and of a note (RFC 5322, RFC 2045–2047). In come an order and its words. Out goes a message: a draft opens in any
//! mail client as a reply ready to send, a note lies beside the mail it is about. Pure: the same order gives the same bytes, so a draft
//! made twice can be known as one.

mod thread_index;

pub use thread_index::thread_index_child;

use crate::act::render::Rendered;
use crate::decide::{AlarmOrder, DailyOrder, DraftOrder, NoticeOrder, SupersededOrder, WarningOrder};
use crate::types::{DRAFT_HEADER, EmailAddress, HeaderValue, MessageId, Moment, NamedAddress};
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId as MessageIds;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::MimePart;
use sha2::{Digest, Sha256};

/// Most ids in References; of a longer list the first and the last ones are kept, as RFC 5537 §3.4.4 advises.
const REFERENCES_MAX: usize = 20;
/// Longest id we repeat: with its name and brackets it must fit a line of 998 bytes (RFC 5322 §2.1.1).
const ID_LEN_MAX: usize = 250;
/// Most addresses of one field; a reply to more people than this is for a person to write.
const ADDRESSES_MAX: usize = 100;

/// The draft's message: CRLF line ends, no Bcc, no To field when it is not certain who should get it.
///
/// `X-Unsent: 1` makes Outlook open it as a draft when it is met as a file. Its token stands in References and in a header of its own, so
/// that it is known again after a client gave it another Message-ID.
pub fn draft(order: &DraftOrder, words: &Rendered) -> Vec<u8> {
    let envelope = Envelope {
        id: &order.message_id,
        at: order.at,
        from: &order.from,
        to: &order.to,
        cc: &order.cc,
        answered: order.in_reply_to.as_ref(),
        references: &order.references,
        token: Some(order.message_id.draft_token()),
    };
    let message = in_conversation(envelope.begin(words), order);
    let token = format!("<{}>", order.message_id.draft_token());
    envelope.end(message.header("X-Unsent", Raw::new("1")).header(DRAFT_HEADER, Raw::new(token)), words)
}

/// An automatic answer's message (RFC 3834 §3.1): a reply like a draft, marked so that no machine answers it. `ways_out` are the fields by
/// which its reader can leave; their values are addresses of ours.
pub fn answer(order: &DraftOrder, words: &Rendered, ways_out: &[(&'static str, String)]) -> Vec<u8> {
    let envelope = Envelope {
        id: &order.message_id,
        at: order.at,
        from: &order.from,
        to: &order.to,
        cc: &[],
        answered: order.in_reply_to.as_ref(),
        references: &order.references,
        token: None,
    };
    let message = in_conversation(envelope.begin(words), order);
    let message = message.header("Auto-Submitted", Raw::new("auto-replied")).header("X-Auto-Response-Suppress", Raw::new("All"));
    let message = ways_out
        .iter()
        .fold(message, |message, (name, value)| message.header(*name, Raw::new(HeaderValue::new(value).as_str().to_owned())));
    envelope.end(message, words)
}

/// The fields by which Outlook knows a conversation.
fn in_conversation(message: MessageBuilder<'static>, order: &DraftOrder) -> MessageBuilder<'static> {
    let Some(index) = order.thread_index.as_deref().and_then(|parent| thread_index_child(parent, order.at)) else { return message };
    let topic = HeaderValue::new(&order.subject);
    message.header("Thread-Topic", Text::new(topic.as_str().to_owned())).header("Thread-Index", Raw::new(index))
}

/// The note's message, in the conversation of the mail it is about.
pub fn notice(order: &NoticeOrder, words: &Rendered) -> Vec<u8> {
    to_member((&order.message_id, order.at), &order.from, &order.to, order.about.as_ref(), words)
}

/// The message that tells a member of an outdated draft that was sent, in the conversation it was sent in.
pub fn superseded(order: &SupersededOrder, words: &Rendered) -> Vec<u8> {
    to_member((&order.message_id, order.at), &order.from, &order.to, order.about.as_ref(), words)
}

/// A warning's message: from the mailbox to its reader, in the conversation it is about, marked as important.
pub fn warning(order: &WarningOrder, words: &Rendered) -> Vec<u8> {
    to_member((&order.message_id, order.at), &order.from, &order.to, order.about.as_ref(), words)
}

/// The daily mail's message: from the mailbox to its member, answering nothing.
pub fn daily(order: &DailyOrder, words: &Rendered) -> Vec<u8> {
    to_member((&order.message_id, order.at), &order.from, &order.to, None, words)
}

/// An alarm's message, likewise.
pub fn alarm(order: &AlarmOrder, words: &Rendered) -> Vec<u8> {
    to_member((&order.message_id, order.at), &order.from, &order.to, None, words)
}

/// A message from a mailbox to a member and to nobody else, in the conversation of the mail it is about, if any.
///
/// `Auto-Submitted: auto-generated` tells other machines not to answer it (RFC 3834 §5).
fn to_member(
    (id, at): (&MessageId, Moment),
    from: &NamedAddress,
    to: &NamedAddress,
    about: Option<&MessageId>,
    words: &Rendered,
) -> Vec<u8> {
    let envelope = Envelope { id, at, from, to: std::slice::from_ref(to), cc: &[], answered: about, references: &[], token: None };
    envelope.end(envelope.begin(words).header("Auto-Submitted", Raw::new("auto-generated")), words)
}

/// What every message of ours has in its header.
struct Envelope<'a> {
    id: &'a MessageId,
    at: Moment,
    from: &'a NamedAddress,
    to: &'a [NamedAddress],
    cc: &'a [NamedAddress],
    /// The mail that is answered or told of.
    answered: Option<&'a MessageId>,
    /// That mail's own References.
    references: &'a [MessageId],
    /// By which a draft is known again.
    token: Option<MessageId>,
}

impl Envelope<'_> {
    /// The fields all messages share.
    fn begin(&self, words: &Rendered) -> MessageBuilder<'static> {
        let mut message = MessageBuilder::new().date(Date::new(self.at.timestamp().as_second())).message_id(self.id.as_str().to_owned());
        if let Some(from) = addresses(std::slice::from_ref(self.from)) {
            message = message.from(from);
        }
        if let Some(to) = addresses(self.to) {
            message = message.to(to);
        }
        if let Some(cc) = addresses(self.cc) {
            message = message.cc(cc);
        }
        message = message.subject(HeaderValue::new(&words.subject).as_str().to_owned());
        if let Some(answered) = self.answered.filter(|id| is_repeatable(id)) {
            message = message.in_reply_to(answered.as_str().to_owned());
        }
        let references = references(self.references, self.token.as_ref(), self.answered);
        if !references.is_empty() {
            message = message.references(MessageIds::new_list(references.into_iter()));
        }
        message
    }

    /// The whole message with its bodies.
    fn end(&self, message: MessageBuilder<'static>, words: &Rendered) -> Vec<u8> {
        let mut bytes = Vec::new();
        message.body(bodies(self.id, words)).serialize(&mut bytes);
        bytes
    }
}

/// Text and HTML as alternatives, the simpler first (RFC 2046 §5.1.4).
fn bodies(id: &MessageId, words: &Rendered) -> MimePart<'static> {
    let part = |media_type: &'static str, text: &str| MimePart::new(media_type, text.replace("\r\n", "\n").replace('\n', "\r\n"));
    let both = vec![part("text/plain", &words.text), part("text/html", &words.html)];
    MimePart::new(ContentType::new("multipart/alternative").attribute("boundary", boundary(id)), both)
}

/// A boundary that belongs to this message. `=_` can stand in no quoted-printable and no base64 line (RFC 2045 §6.7), and nobody
/// who wrote the quoted mail knows our id.
fn boundary(id: &MessageId) -> String {
    let digest = Sha256::digest(id.as_str().as_bytes());
    let hex: String = digest.iter().take(15).map(|byte| format!("{byte:02x}")).collect();
    format!("=_{hex}")
}

/// A field's addresses; `None` when none of them can be written.
fn addresses<'a>(people: &[NamedAddress]) -> Option<Address<'a>> {
    let written = people.iter().filter_map(|person| {
        let address = written(person.address.as_ref()?)?;
        let name = person.name.as_deref().map(HeaderValue::new).filter(|name| !name.is_empty());
        Some(Address::new_address(name.map(|name| name.as_str().to_owned()), address))
    });
    let list: Vec<Address<'a>> = written.take(ADDRESSES_MAX).collect();
    (!list.is_empty()).then(|| Address::new_list(list))
}

/// An address in a form no reader can take for two (RFC 5322 §3.4.1): a local part that is no dot-atom is quoted; an address whose
/// domain holds anything but letters, digits, dots and hyphens is left out, for a draft in doubt has no recipient.
fn written(address: &EmailAddress) -> Option<String> {
    let (local, domain) = (address.local(), address.domain());
    let is_domain = !domain.is_empty() && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    let is_atom = |atom: &str| !atom.is_empty() && atom.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c));
    if !is_domain {
        return None;
    }
    if local.split('.').all(is_atom) {
        return Some(format!("{local}@{domain}"));
    }
    let bare = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(local);
    let unescaped = bare.replace("\\\"", "\"").replace("\\\\", "\\");
    Some(format!("\"{}\"@{domain}", unescaped.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// The thread so far with the mail answered at its end (RFC 5322 §3.6.4), the token before it, each id once.
fn references(thread: &[MessageId], token: Option<&MessageId>, answered: Option<&MessageId>) -> Vec<String> {
    let mut ids: Vec<&MessageId> = Vec::new();
    for id in thread.iter().filter(|id| is_repeatable(id) && Some(*id) != answered) {
        if !ids.contains(&id) {
            ids.push(id);
        }
        // A list this long is no thread; its newest ids stay, found once and not searched again and again.
        if ids.len() > 2 * REFERENCES_MAX {
            ids.remove(1);
        }
    }
    ids.extend(token.into_iter().chain(answered).filter(|id| is_repeatable(id)));
    if ids.len() > REFERENCES_MAX {
        ids.drain(1..=ids.len() - REFERENCES_MAX);
    }
    ids.into_iter().map(|id| id.as_str().to_owned()).collect()
}

/// Whether an id can stand in a header of ours as it is.
fn is_repeatable(id: &MessageId) -> bool {
    id.as_str().len() <= ID_LEN_MAX && id.as_str().is_ascii()
}
