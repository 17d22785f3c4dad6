//! A letter's HTML with the links and the picture that tell when they are asked for. In comes what the author wrote, out goes the same
//! with nothing changed but the addresses of its links, what stands behind each of them, and the picture before its end. The letter's text
//! form stays as it is.
//!
//! Links are found as a browser finds them, and each is replaced where it stands, byte by byte: the HTML around it is not written anew, so
//! it cannot come out otherwise. What is kept is the address as a browser reads it (`&amp;` is `&`), for that is what the reader is sent to.
//! A letter that the parser is not sure of goes out untracked.

#[cfg(test)]
mod tests;

use crate::types::{EmailAddress, WebToken};
use crate::watch::web::Door;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use lol_html::errors::RewritingError;
use lol_html::html_content::{Attribute, Element, EndTag};
use lol_html::{ElementContentHandlers, HtmlRewriter, MemorySettings, Selector, Settings};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

/// Longest letter that is tracked, and the most memory it may take to read it.
const HTML_LEN_MAX: usize = 4 * 1024 * 1024;
const MEMORY_MAX: usize = 16 * 1024 * 1024;
/// Longest address behind a link: more fits into no header field that browsers take.
const URL_LEN_MAX: usize = 6_000;
/// Most links of one letter; the rest stay as the author wrote them.
const LINKS_MAX: usize = 300;

/// What a letter is to tell.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Our public address, without a slash at its end.
    pub public_address: &'a str,
    pub opens: bool,
    pub clicks: bool,
    /// Addresses that are left alone, as the author reads them: those for unsubscribing.
    pub untouched: &'a [&'a str],
}

/// A tracked letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    pub html: String,
    /// In the order of the letter.
    pub links: Vec<TrackedLink>,
    /// A link that no person can see; whoever follows it is a machine. Only where there are others.
    pub honeypot: Option<WebToken>,
    pub pixel: Option<WebToken>,
}

/// A link of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedLink {
    pub token: WebToken,
    /// Counted from 1.
    pub number: i64,
    /// Where it leads, byte by byte as a browser reads what the author wrote.
    pub url: String,
}

/// The letter cannot be tracked and goes out as it is.
#[derive(Debug, thiserror::Error)]
pub enum TrackError<E> {
    #[error("the HTML is longer than {} MB", HTML_LEN_MAX / 1024 / 1024)]
    TooLong,
    #[error("where links begin and end is not certain: {0}")]
    Unclear(RewritingError),
    #[error("a selector of ours cannot be read: {0}")]
    Selector(String),
    /// There are no tokens to be had.
    #[error(transparent)]
    Token(E),
}

/// Tracks a letter. Tokens are made by the caller, one at a time.
pub fn track<E>(html: &str, wanted: &Wanted<'_>, mut token: impl FnMut() -> Result<WebToken, E>) -> Result<Tracked, TrackError<E>> {
    if html.len() > HTML_LEN_MAX {
        return Err(TrackError::TooLong);
    }
    let found = find(html)?;
    let mut tracked = Tracked { html: String::with_capacity(html.len() + 1024), links: Vec::new(), honeypot: None, pixel: None };
    let mut done = 0;
    for (place, url) in found.links.into_iter().filter(|(_, url)| wanted.clicks && wanted.follows(url)).take(LINKS_MAX) {
        let token = token().map_err(TrackError::Token)?;
        tracked.html.push_str(html.get(done..place.start).unwrap_or_default());
        tracked.html.push_str(&attribute(&Door::Click.address(wanted.public_address, token)));
        done = place.end;
        let number = i64::try_from(tracked.links.len()).unwrap_or(i64::MAX).saturating_add(1);
        tracked.links.push(TrackedLink { token, number, url });
    }
    let end = found.body_end.filter(|end| *end >= done).unwrap_or(html.len());
    tracked.html.push_str(html.get(done..end).unwrap_or_default());
    if !tracked.links.is_empty() {
        let token = token().map_err(TrackError::Token)?;
        let address = attribute(&Door::Click.address(wanted.public_address, token));
        tracked.html.push_str(&format!("<a href=\"{address}\" tabindex=\"-1\" aria-hidden=\"true\"></a>"));
        tracked.honeypot = Some(token);
    }
    if wanted.opens {
        let token = token().map_err(TrackError::Token)?;
        let address = attribute(&Door::Pixel.address(wanted.public_address, token));
        tracked.html.push_str(&format!("<img src=\"{address}\" width=\"1\" height=\"1\" alt=\"\" style=\"border:0\">"));
        tracked.pixel = Some(token);
    }
    tracked.html.push_str(html.get(end..).unwrap_or_default());
    Ok(tracked)
}

impl Wanted<'_> {
    /// Whether a link is one of the web that is not ours already.
    fn follows(&self, url: &str) -> bool {
        let after_scheme = ["http://", "https://"].into_iter().find_map(|scheme| {
            let (head, rest) = url.split_at_checked(scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then_some(rest)
        });
        let has_host = after_scheme.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', '\\']));
        let is_ours = || Door::ALL.iter().any(|door| url.starts_with(&door.beginning(self.public_address)));
        // A line break in it would end a header field, and a browser leaves it out anyway.
        let is_plain = url.len() <= URL_LEN_MAX && !url.chars().any(char::is_control);
        has_host && is_plain && !is_ours() && !self.untouched.contains(&url)
    }
}

/// `List-Unsubscribe` and `List-Unsubscribe-Post` (RFC 2369 §3.2, RFC 8058 §3.1) for a letter whose reader may leave by this token. Without
/// a public address there is only the address to write to, and one click is not offered.
pub fn list_unsubscribe(public_address: Option<&str>, mailbox: &EmailAddress, token: WebToken) -> Vec<(&'static str, String)> {
    let by_mail = format!("<mailto:{}?subject=unsubscribe%20{token}>", mailto(mailbox));
    match public_address {
        None => vec![("List-Unsubscribe", by_mail)],
        Some(public_address) => vec![
            ("List-Unsubscribe", format!("<{}>, {by_mail}", Door::Unsubscribe.address(public_address, token))),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
        ],
    }
}

/// An address as it stands in a `mailto:` (RFC 6068 §2).
fn mailto(address: &EmailAddress) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@!$'*+".contains(&byte);
    address.as_str().bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A value as it may stand in an attribute, whichever quotes are around it, or none.
fn attribute(value: &str) -> String {
    value.replace('&', "&amp;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// What was found in the HTML.
#[derive(Default)]
struct Found {
    /// Where the value of each `href` stands, and what a browser reads there.
    links: Vec<(Range<usize>, String)>,
    /// Where `</body>` begins.
    body_end: Option<usize>,
}

fn find<E>(html: &str) -> Result<Found, TrackError<E>> {
    let selector = |text: &str| text.parse::<Selector>().map(Cow::Owned).map_err(|error| TrackError::Selector(error.to_string()));
    let (links, body_end) = (RefCell::new(Vec::new()), Rc::new(Cell::new(None)));
    let link = |element: &mut Element<'_, '_>| {
        // Of two attributes of one name a browser takes the first.
        let href = element.attributes().iter().find(|attribute| attribute.name() == "href");
        links.borrow_mut().extend(href.and_then(place_and_url));
        Ok(())
    };
    let ends = Rc::clone(&body_end);
    let body = move |element: &mut Element<'_, '_>| {
        let ends = Rc::clone(&ends);
        let note = move |end: &mut EndTag<'_>| {
            ends.set(Some(end.source_location().bytes().start));
            Ok(())
        };
        element.on_end_tag(Box::new(note))
    };
    let settings = Settings::new()
        .append_element_content_handler((selector("a[href]")?, ElementContentHandlers::default().element(link)))
        .append_element_content_handler((selector("body")?, ElementContentHandlers::default().element(body)))
        .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(MEMORY_MAX));
    let mut reader = HtmlRewriter::new(settings, |_: &[u8]| {});
    reader.write(html.as_bytes()).and_then(|()| reader.end()).map_err(TrackError::Unclear)?;
    Ok(Found { links: links.into_inner(), body_end: body_end.get() })
}

fn place_and_url(href: &Attribute<'_>) -> Option<(Range<usize>, String)> {
    let place = href.value_source_location()?.bytes();
    // A browser leaves white space at both ends out (WHATWG URL §4.4).
    let url = decoded(&href.value())?;
    Some((place, url.trim_matches(|c: char| c.is_ascii_whitespace()).to_owned()))
}

/// An attribute's value as a browser reads it: by the browser's own tokenizer, because `&copy=1` is other text in an attribute than outside.
fn decoded(raw: &str) -> Option<String> {
    if raw.len() > 4 * URL_LEN_MAX {
        return None;
    }
    let tokenizer = Tokenizer::new(FirstValue::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    // A double quote in a value was written between single ones or none.
    queue.push_back(StrTendril::from_slice(&format!("<a href=\"{}\">", raw.replace('"', "&quot;"))));
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

/// Keeps the value of the first attribute.
#[derive(Default)]
struct FirstValue(RefCell<Option<String>>);

impl TokenSink for FirstValue {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let TagToken(tag) = token
            && let Some(first) = tag.attrs.first()
        {
            self.0.borrow_mut().get_or_insert_with(|| first.value.to_string());
        }
        TokenSinkResult::Continue
    }
}
