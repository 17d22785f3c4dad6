//! What an element's attributes say: hidden, quoted, or the line below which the quoted mail stands.

use crate::parse::fresh::words;
use html5ever::Attribute;

/// A header block is looked for in so much text, in bytes.
const HEADERS_LEN_MAX: usize = 2000;

/// How far an element is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Shown {
    #[default]
    Yes,
    /// Letters of no size: an inner element may make them readable again, as layout tables do.
    Tiny,
    No,
}

/// What an element says about being quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Its content is quoted.
    Quote,
    /// All from here on is quoted.
    Rest,
    /// All from here on is quoted when a header block follows.
    PerhapsRest,
}

/// The value of an attribute.
pub(super) fn attribute<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    attributes.iter().find(|a| &*a.name.local == name).map(|a| &*a.value)
}

/// The `style` attribute without white space, in lower case.
pub(super) fn style(attributes: &[Attribute]) -> String {
    let style = attribute(attributes, "style").unwrap_or_default();
    style.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Whether an element inside one that is shown as `outer` is shown.
pub(super) fn shown(outer: Shown, attributes: &[Attribute], style: &str) -> Shown {
    let gone = declared(style, "display") == Some("none")
        || declared(style, "visibility") == Some("hidden")
        || declared(style, "mso-hide") == Some("all")
        || declared(style, "max-height").is_some_and(is_zero)
        || declared(style, "opacity").is_some_and(is_zero)
        || attribute(attributes, "hidden").is_some();
    match (outer, declared(style, "font-size")) {
        (Shown::No, _) => Shown::No,
        _ if gone => Shown::No,
        (_, Some(size)) if is_zero(size) => Shown::Tiny,
        (_, Some(_)) => Shown::Yes,
        (outer, None) => outer,
    }
}

/// The last value that `style` declares for `property`, without `!important`.
fn declared<'a>(style: &'a str, property: &str) -> Option<&'a str> {
    let mut values = style.split(';').filter_map(|declaration| declaration.split_once(':'));
    values.rfind(|(name, _)| *name == property).map(|(_, value)| value.trim_end_matches("!important"))
}

fn is_zero(length: &str) -> bool {
    let number = length.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    number.parse::<f32>().is_ok_and(|number| number == 0.0)
}

/// Whether paragraphs follow one another without a blank line, as Outlook writes them.
pub(super) fn is_tight_paragraph(attributes: &[Attribute], style: &str) -> bool {
    attribute(attributes, "class").is_some_and(|class| class.trim_start_matches("x_").starts_with("Mso"))
        || declared(style, "margin-bottom").or(declared(style, "margin")).is_some_and(|m| {
            let m = m.trim_end_matches("pt");
            is_zero(m) || m == ".0001" || m == "0.0001" || m.starts_with("0in0in") || m.starts_with("0cm0cm") || m.starts_with("0px0px")
        })
}

/// Whether an element marks a quote. `announced` when the words before it end with a colon.
pub(super) fn mark(name: &str, attributes: &[Attribute], style: &str, announced: bool) -> Option<Mark> {
    let names = &words::get().html;
    let id = attribute(attributes, "id").map(own_name).unwrap_or_default();
    let mut classes = attribute(attributes, "class").unwrap_or_default().split_ascii_whitespace().map(own_name);
    if names.rest_ids.iter().any(|known| known == id) || classes.clone().any(|class| names.rest_classes.iter().any(|known| known == class))
    {
        return Some(Mark::Rest);
    }
    if names.perhaps_rest_ids.iter().any(|known| known == id) || name == "hr" && attribute(attributes, "tabindex") == Some("-1") {
        return Some(Mark::PerhapsRest);
    }
    let quoted_id =
        names.quote_ids.iter().any(|known| known == id) || names.quote_id_starts.iter().any(|known| id.starts_with(known.as_str()));
    if quoted_id || names.quote_elements.iter().any(|known| known == name) {
        return Some(Mark::Quote);
    }
    if classes.any(|class| names.quote_classes.iter().any(|known| known == class)) {
        return Some(Mark::Quote);
    }
    match name {
        "blockquote" if announced || is_quoting_blockquote(attributes, style) => Some(Mark::Quote),
        // Outlook and Foxmail draw a line above the header block of what they quote.
        "div" if style.contains("border-top:solid") || style.contains("border-top-style:solid") => Some(Mark::PerhapsRest),
        _ => None,
    }
}

/// A bar at its side or a citation; without these, and without a line announcing it, a blockquote is only indented.
fn is_quoting_blockquote(attributes: &[Attribute], style: &str) -> bool {
    let class = attribute(attributes, "class").unwrap_or_default().to_ascii_lowercase();
    attribute(attributes, "type").is_some_and(|kind| kind.eq_ignore_ascii_case("cite"))
        || attribute(attributes, "cite").is_some()
        || class.contains("quote") && !class.contains("indent")
        || class.contains("cite")
        || style.contains("border-left:") && !style.contains("border-left:none") && !style.contains("border-left:0")
        || style.contains("border-left-style:solid")
        || style.contains("border-inline-start")
}

/// Outlook on the web writes `x_` before the names of a mail it shows within another.
fn own_name(name: &str) -> &str {
    name.trim_start_matches("x_")
}

/// Whether the text begins like a header block in whatever language: most of its first lines are a short label, a colon, a value,
/// and an address or a date is among them.
pub(super) fn begins_with_headers(text: &str) -> bool {
    let text = text.get(..text.floor_char_boundary(HEADERS_LEN_MAX)).unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(5).collect();
    let labelled = |line: &&&str| line.split_once([':', '：']).is_some_and(|(label, _)| label.chars().count() <= 25);
    let labels = lines.iter().take_while(labelled).count();
    labels >= 3 && lines.iter().take(labels).any(|line| line.contains('@') || line.chars().filter(|c| c.is_numeric()).count() >= 4)
}
