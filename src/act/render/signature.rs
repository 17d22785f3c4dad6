//! A member's signature. Its HTML is the one text that reaches a letter unescaped: it comes from the team's own configuration, not
//! from mail, and is put in after rendering, so no template can pass anything else this way.

use super::clean;
use crate::decide::DraftOrder;

/// The comment of `shared/layout.html.hbs` whose place the signature takes. A value cannot hold it: its `<` is escaped.
pub(super) const PLACE: &str = "<!-- signature -->";

/// The signature as text; without one, the member's name and firm.
pub(super) fn text(order: &DraftOrder) -> String {
    let own = clean::block(&order.signature.text, clean::SIGNATURE_LEN_MAX);
    if !own.is_empty() {
        return own;
    }
    let lines = [&order.member_name, &order.company].map(|line| clean::line(line, clean::NAME_LEN_MAX));
    lines.iter().filter(|line| !line.is_empty()).map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// A rendered letter with the signature in it; `None` unless it has exactly one place for it.
pub(super) fn put(html: &str, order: &DraftOrder) -> Option<String> {
    let (before, after) = html.split_once(PLACE)?;
    if after.contains(PLACE) {
        return None;
    }
    let signature = match order.signature.html.as_deref().map(str::trim) {
        Some(own) if !own.is_empty() => own.to_owned(),
        _ => text(order).lines().map(clean::escape_html).collect::<Vec<_>>().join("<br>\n"),
    };
    Some(format!("{before}{signature}{after}"))
}
