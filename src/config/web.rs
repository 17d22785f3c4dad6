//! Addresses on the web.

use super::fault::Problem;
use super::reader::Value;
use super::sending::is_this_machine;

/// `https://host[:port][/path]`, without user, query or fragment and without a slash at its end: paths of ours are put behind it.
pub(super) fn address(value: &Value<'_>) -> Option<String> {
    let text = value.line()?;
    let rest = text.strip_prefix("https://").map(|rest| rest.trim_end_matches('/'));
    match rest.filter(is_place) {
        Some(rest) => Some(format!("https://{rest}")),
        None => refuse(value, text),
    }
}

/// The address of a server's service, word for word; in the clear only on this machine.
pub(super) fn service(value: &Value<'_>) -> Option<String> {
    let text = value.line()?;
    let in_the_clear = |rest: &&str| {
        let server = rest.split('/').next().unwrap_or_default();
        is_this_machine(server.rsplit_once(':').map_or(server, |(host, _)| host).trim_matches(['[', ']']))
    };
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://").filter(in_the_clear));
    match rest.filter(is_place) {
        Some(_) => Some(text.to_owned()),
        None => refuse(value, text),
    }
}

fn is_place(rest: &&str) -> bool {
    !rest.is_empty() && !rest.starts_with('/') && !rest.contains(|c: char| c.is_whitespace() || "?#@\"<>".contains(c))
}

fn refuse<T>(value: &Value<'_>, text: &str) -> Option<T> {
    value.fault(Problem::NotAWebAddress { text: text.to_owned() });
    None
}
