//! Addresses on the web.

use super::fault::Problem;
use super::reader::Value;
use super::sending::is_this_machine;

/// `https://host[:port][/path]`, without user, query or fragment and without a slash at its end: paths of ours are put behind it. It is
/// for the world, so this machine's own names are refused: a letter with such a link would lead its reader to their own machine.
pub(super) fn public_address(value: &Value<'_>) -> Option<String> {
    let text = value.line()?;
    let rest = text.strip_prefix("https://").map(|rest| rest.trim_end_matches('/'));
    match rest.filter(is_place) {
        Some(rest) if is_of_this_machine(rest) => {
            value.fault(Problem::NotPublic { text: text.to_owned() });
            None
        }
        Some(rest) => Some(format!("https://{rest}")),
        None => refuse(value, text),
    }
}

/// Whether the host of `host[:port][/path]` is this machine, or stands for every address of it.
fn is_of_this_machine(rest: &str) -> bool {
    let server = rest.split('/').next().unwrap_or_default();
    let host = match server.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((host, _)) => host,
        None => server.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_own = |at: std::net::IpAddr| at.to_canonical().is_loopback() || at.is_unspecified();
    host == "localhost" || host.ends_with(".localhost") || host.parse().is_ok_and(is_own)
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
