//! Values with parameters: Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183), with RFC 2231's continuations.
//!
//! mail-parser decodes each continuation alone and only the first in its charset; names of several pieces need them joined first.

use super::super::charset;
use super::transfer::hex;
use super::words;

/// Parameters of one value that are kept.
const PARAMETERS_MAX: usize = 100;

/// `text/plain; charset=utf-8` taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parameterised {
    /// What stands before the first semicolon, in lower case.
    pub value: String,
    parameters: Vec<(String, String)>,
}

impl Parameterised {
    /// Reads a value that was unfolded and brought to UTF-8.
    pub(super) fn parse(text: &str) -> Self {
        let (value, mut rest) = text.split_at_checked(text.find([';', ',']).unwrap_or(text.len())).unwrap_or((text, ""));
        // `text/plain charset=utf-8`: the semicolon was forgotten.
        let mut value = value.trim();
        if let Some((first, after)) = value.split_once(char::is_whitespace) {
            rest = if after.contains('=') { text.get(value.len() - after.len()..).unwrap_or(rest) } else { rest };
            value = first;
        }
        let mut parameters = Vec::new();
        while parameters.len() < PARAMETERS_MAX {
            rest = rest.trim_start_matches(|c: char| c == ';' || c == ',' || c.is_whitespace());
            let Some((name, after)) = rest.split_once('=') else { break };
            // A word without a value before the next parameter is skipped.
            let name = name.trim().rsplit([';', ' ']).next().unwrap_or_default();
            let (text, after) = read_value(after.trim_start());
            if !name.is_empty() && name.len() <= 100 {
                parameters.push((name.to_ascii_lowercase(), text));
            }
            rest = after;
        }
        Self { value: value.trim_matches(['"', ' ']).to_ascii_lowercase(), parameters }
    }

    /// A parameter as written, in no encoding.
    pub(super) fn plain(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A parameter decoded: RFC 2231 when it is used, else RFC 2047, which mailers put there against the rules.
    pub(super) fn decoded(&self, name: &str) -> Option<String> {
        self.extended(name).or_else(|| self.plain(name).map(|value| words::decode(value).text))
    }

    /// `multipart/report; report-type=delivery-status`, all in lower case.
    pub(super) fn written(&self) -> String {
        let mut written = self.value.clone();
        for (name, value) in &self.parameters {
            written.push_str("; ");
            written.push_str(name);
            written.push('=');
            written.push_str(&value.to_lowercase());
        }
        written
    }

    fn extended(&self, name: &str) -> Option<String> {
        let mut segments: Vec<(usize, bool, &str)> = self
            .parameters
            .iter()
            .filter_map(|(n, value)| {
                let tail = n.strip_prefix(name)?.strip_prefix('*')?;
                let (number, encoded) = tail.strip_suffix('*').map_or((tail, tail.is_empty()), |number| (number, true));
                Some((if number.is_empty() { 0 } else { number.parse().ok()? }, encoded, value.as_str()))
            })
            .collect();
        segments.sort_by_key(|(number, ..)| *number);
        let any_encoded = segments.iter().any(|(_, encoded, _)| *encoded);
        let mut label = None;
        let mut bytes = Vec::new();
        for (position, (_, encoded, value)) in segments.iter().enumerate() {
            let mut value = *value;
            if position == 0
                && any_encoded
                && let Some((charset, rest)) = value.split_once('\'')
                && let Some((_, text)) = rest.split_once('\'')
            {
                (label, value) = (Some(charset).filter(|c| !c.is_empty()), text);
            }
            if *encoded { percent_decode(value, &mut bytes) } else { bytes.extend_from_slice(value.as_bytes()) }
        }
        if segments.is_empty() {
            return None;
        }
        let text = charset::decode(&bytes, label).text;
        Some(if any_encoded { text } else { words::decode(&text).text })
    }
}

/// Reads a quoted or bare value; returns what follows it. A backslash escapes only a quote or itself: `"C:\offer.pdf"` occurs.
fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at_checked(text.find(';').unwrap_or(text.len())).unwrap_or((text, ""));
        return (value.trim().to_owned(), rest);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, quoted.get(at + 1..).unwrap_or("")),
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, next)) => value.push(next),
                None => value.push(c),
            },
            _ => value.push(c),
        }
    }
    (value, "")
}

fn percent_decode(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            rest = after;
        } else {
            out.push(byte);
        }
    }
}

/// A file name without any path and without characters that mislead: it is shown to people and never opened as it is.
pub(super) fn file_name(name: &str) -> Option<String> {
    const NAME_LEN_MAX: usize = 255;
    let last = name.rsplit(['/', '\\']).find(|part| !part.trim().is_empty())?;
    let mut kept = String::new();
    for c in last.chars() {
        let hidden = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}');
        if c.is_control() || hidden || c == '\u{fffd}' && kept.ends_with(c) {
            continue;
        }
        if kept.len() + c.len_utf8() > NAME_LEN_MAX {
            break;
        }
        kept.push(c);
    }
    let kept = kept.trim();
    (!kept.is_empty() && kept.chars().any(|c| c != '.')).then(|| kept.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_in_every_spelling() {
        let plain = Parameterised::parse("Text/PLAIN; charset = \"GB2312\" ; name=price list.pdf; x");
        assert_eq!(
            (plain.value.as_str(), plain.plain("charset"), plain.plain("name")),
            ("text/plain", Some("GB2312"), Some("price list.pdf"))
        );
        assert_eq!(Parameterised::parse("text/html charset=utf-8").plain("charset"), Some("utf-8"));
        assert_eq!(Parameterised::parse("").value, "");
    }

    #[test]
    fn a_name_in_pieces_is_joined_before_it_is_decoded() {
        let out_of_order = "attachment; filename*1*=%BC%DB.pdf; filename*0*=gb2312'zh'%B1%A8";
        assert_eq!(Parameterised::parse(out_of_order).decoded("filename").as_deref(), Some("报价.pdf"));
        let inside = "attachment; filename*0*=gb2312''%B1; filename*1*=%A8.pdf";
        assert_eq!(Parameterised::parse(inside).decoded("filename").as_deref(), Some("报.pdf"));
        let words = "application/pdf; name*0=\"=?utf-8?B?5oql\"; name*1=\"5Lu3?=.pdf\"";
        assert_eq!(Parameterised::parse(words).decoded("name").as_deref(), Some("报价.pdf"));
    }

    #[test]
    fn a_name_is_never_a_path() {
        assert_eq!(file_name("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(file_name("C:\\offers\\\u{202e}fdp.exe").as_deref(), Some("fdp.exe"));
        assert_eq!(file_name(".."), None);
        assert_eq!(file_name("a\0b\r\n.pdf").as_deref(), Some("ab.pdf"));
        assert_eq!(
            Parameterised::parse("x; filename=\"C:\\new\\offer.pdf\"").decoded("filename").and_then(|n| file_name(&n)).as_deref(),
            Some("offer.pdf")
        );
    }
}
