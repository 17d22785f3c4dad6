//! Stories of letters as mail programs write them, with what their senders typed.

mod forwards;
mod languages;
mod quotes;
mod signatures;

use super::*;

/// What was typed in a text mail of an unknown sender.
fn typed(text: &str) -> String {
    split(text, &[], None, Some("Re: Angebot / quotation")).text
}

/// What was typed in an HTML mail.
fn typed_in_html(html: &str) -> String {
    let page = crate::parse::html::text(html);
    split(&page.text, &page.quotes, None, Some("Re: Angebot / quotation")).text
}
