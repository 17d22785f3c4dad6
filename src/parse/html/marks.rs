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
    /// White letters on white: there, and not to be seen.
    White,
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

/// Whether letters are white, by an element's own word or, where it says nothing, by what stands around it.
pub(super) fn is_white(outer: Shown, attributes: &[Attribute], style: &str) -> bool {
    let named = attribute(attributes, "color").map(|color| color.trim().to_ascii_lowercase());
    match declared(style, "color").map(str::to_owned).or(named) {
        Some(color) => is_white_color(&color),
        None => outer == Shown::White,
    }
}

/// Whether an element has a background that white letters can be read on: any but a white or transparent one.
pub(super) fn is_painted(attributes: &[Attribute], style: &str) -> bool {
    let background = declared(style, "background-color").or(declared(style, "background"));
    let named = attribute(attributes, "bgcolor").map(|color| color.trim().to_ascii_lowercase());
    let color = background.map(str::to_owned).or(named);
    attribute(attributes, "background").is_some()
        || declared(style, "background-image").is_some()
        || color
            .is_some_and(|color| !is_white_color(&color) && !matches!(color.as_str(), "" | "none" | "transparent" | "inherit" | "initial"))
}

/// White, or so near it that nobody can read it on white.
fn is_white_color(color: &str) -> bool {
    let hex = color.strip_prefix('#').filter(|hex| hex.is_ascii());
    let parts: Vec<u32> = match hex.map(str::len) {
        Some(3) => hex.into_iter().flat_map(str::chars).filter_map(|c| c.to_digit(16)).map(|digit| digit * 17).collect(),
        Some(6) => {
            let hex = hex.unwrap_or_default();
            (0..3).filter_map(|part| u32::from_str_radix(hex.get(part * 2..part * 2 + 2)?, 16).ok()).collect()
        }
        _ => {
            let inner = color.strip_prefix("rgb(").or_else(|| color.strip_prefix("rgba("));
            inner
                .into_iter()
                .flat_map(|inner| inner.trim_end_matches(')').split(','))
                .take(3)
                .filter_map(|part| part.parse().ok())
                .collect()
        }
    };
    color == "white" || parts.len() == 3 && parts.iter().all(|part| *part >= 0xf8)
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
