//! What a form sends (WHATWG URL §5, RFC 7578).

use crate::types::Language;
use mail_parser::{MessageParser, MimeHeaders};
use sha2::{Digest, Sha256};

/// No form of ours has more: two for each of the fifty topics a page shows, and some.
const FIELDS_MAX: usize = 120;
const VALUE_LEN_MAX: usize = 200;

/// The field that unsubscribes (RFC 8058 §3.1), and that of our own button.
const ONE_CLICK: (&str, &str) = ("List-Unsubscribe", "One-Click");
const BUTTON: (&str, &str) = ("unsubscribe", "yes");
/// A name among fifty others is known by so many bytes of its digest.
const TOPIC_KEY_BYTES: usize = 8;
/// Days for which mail may be paused.
const PAUSES: [u16; 3] = [0, 30, 90];

/// What somebody chose on the page of preferences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The topics the page showed, each by its [`topic_key`]: what has come up since was nobody's choice.
    pub shown: Vec<String>,
    /// Those of them that they want to get; the others they no longer want.
    pub topics: Vec<String>,
    /// For how long nothing is to come, 0 is not at all; `None` leaves it as it is.
    pub pause_days: Option<u16>,
    /// `None` is that of the correspondence.
    pub language: Option<Language>,
    /// Whether letters may tell that they were read, where they changed what the page showed. A page may be older than what they said last,
    /// so a box left as it was shown says nothing.
    pub telling: Option<bool>,
    /// They had left everything and want to get letters again.
    pub again: bool,
    /// They want nothing at all, whatever else the form says.
    pub leaves: bool,
}

/// Names and values, in order.
pub(super) type Fields = Vec<(String, String)>;

/// The fields of a body, whatever its type says; some senders say nothing of it, or something wrong.
pub(super) fn fields(content_type: &str, body: &[u8]) -> Fields {
    let fields = match content_type.to_ascii_lowercase().starts_with("multipart/") {
        true => multipart(content_type, body),
        false => form_urlencoded::parse(body).take(FIELDS_MAX).map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
    };
    fields.into_iter().filter(|(_, value)| value.chars().count() <= VALUE_LEN_MAX).collect()
}

/// Parts of a form are parts as mail has them.
fn multipart(content_type: &str, body: &[u8]) -> Fields {
    let Some(kind) = content_type.lines().next() else { return Vec::new() };
    let whole = [format!("Content-Type: {kind}\r\n\r\n").as_bytes(), body].concat();
    let Some(message) = MessageParser::default().parse(&whole) else { return Vec::new() };
    let parts = message.parts.iter().take(FIELDS_MAX).filter_map(|part| {
        let name = part.content_disposition()?.attribute("name")?;
        Some((name.to_owned(), part.text_contents()?.trim().to_owned()))
    });
    parts.collect()
}

pub(super) fn is_one_click(fields: &Fields) -> bool {
    has(fields, ONE_CLICK)
}

pub(super) fn is_button(fields: &Fields) -> bool {
    has(fields, BUTTON)
}

fn has(fields: &Fields, (name, value): (&str, &str)) -> bool {
    fields.iter().any(|(known, said)| known.eq_ignore_ascii_case(name) && said.trim().eq_ignore_ascii_case(value))
}

impl Choices {
    /// What our form says; `None` when it is not our form.
    pub(super) fn of(fields: &Fields) -> Option<Self> {
        let value = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let all = |wanted: &str| fields.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.clone()).collect();
        value("save")?;
        Some(Self {
            shown: all("shown"),
            topics: all("topic"),
            pause_days: value("pause").and_then(|days| days.parse().ok()).filter(|days| PAUSES.contains(days)),
            language: value("language").and_then(Language::parse).filter(|language| language.is_written()),
            telling: changed(value("telling_asked"), value("telling") == Some("yes")),
            again: value("again") == Some("yes"),
            leaves: value("everything") == Some("yes"),
        })
    }
}

/// By which a form names a topic: short, however long its name is, so that a form stays within what is read of it.
pub fn topic_key(name: &str) -> String {
    Sha256::digest(name.as_bytes()).iter().take(TOPIC_KEY_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

/// What a box says now, where that is not what was shown. A box that is not ticked sends nothing, so another field says how it was shown.
fn changed(shown: Option<&str>, ticked: bool) -> Option<bool> {
    let was_ticked = match shown? {
        "yes" => true,
        "no" => false,
        _ => return None,
    };
    (ticked != was_ticked).then_some(ticked)
}
