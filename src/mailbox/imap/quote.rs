//! The one place where values become part of a command.

/// A value as an IMAP string: quoted with `\` and `"` escaped (RFC 9051 §4.3), or a literal when it holds what no quoted string may
/// hold: line breaks, or bytes beyond ASCII, which quoted strings carry only after `UTF8=ACCEPT`.
pub fn quoted(value: &str) -> String {
    if value.bytes().any(|byte| !(b' '..=b'~').contains(&byte)) {
        return format!("{{{}}}\r\n{value}", value.len());
    }
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
    text
}

/// A piece of a command: its text, then a literal. The last piece has none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub text: &'a str,
    pub literal: Option<&'a str>,
}

/// Cuts a command at its literals as [`quoted`] writes them. `None` when it holds a line break or NUL anywhere else: such a command
/// would be two, the second one made by whoever chose the value.
pub(super) fn pieces(command: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = command;
    while let Some((text, after)) = rest.split_once("}\r\n") {
        let (text, count) = text.rsplit_once('{')?;
        let (literal, after) = after.split_at_checked(count.parse().ok()?)?;
        if !is_one_line(text) || literal.contains('\0') {
            return None;
        }
        pieces.push(Piece { text, literal: Some(literal) });
        rest = after;
    }
    is_one_line(rest).then(|| pieces.push(Piece { text: rest, literal: None }))?;
    Some(pieces)
}

fn is_one_line(text: &str) -> bool {
    !text.contains(['\r', '\n', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_what_cannot_be_quoted_is_a_literal() {
        assert_eq!(quoted("INBOX"), r#""INBOX""#);
        assert_eq!(quoted("a b&-c"), r#""a b&-c""#);
        assert_eq!(quoted(r#"q"x"#), r#""q\"x""#);
        assert_eq!(quoted(r"back\slash"), r#""back\\slash""#);
        assert_eq!(quoted("&XfJT0ZAB-"), r#""&XfJT0ZAB-""#);
        assert_eq!(quoted("已发送"), "{9}\r\n已发送");
        assert_eq!(quoted("x\r\nA2 LOGOUT"), "{12}\r\nx\r\nA2 LOGOUT");
        assert_eq!(quoted(""), r#""""#);
    }

    #[test]
    fn a_command_is_cut_at_its_literals_and_nowhere_else() {
        let command = format!("RENAME {} {}", quoted("已发送"), quoted("x\r\n{3}\r\ny"));
        let cut = pieces(&command).expect("both values are quoted");
        assert_eq!(cut.iter().map(|piece| piece.literal).collect::<Vec<_>>(), [Some("已发送"), Some("x\r\n{3}\r\ny"), None]);
        assert_eq!(cut.iter().map(|piece| piece.text).collect::<Vec<_>>(), ["RENAME ", " ", ""]);
        for injected in ["NOOP\r\nA2 LOGOUT", "SELECT x\n", "SELECT \0", "SELECT {9}\r\nshort", "SELECT x}\r\ny", "SELECT {-1}\r\ny"] {
            assert_eq!(pieces(injected), None, "{injected:?}");
        }
        assert_eq!(pieces(&format!("SELECT {}", quoted("a\0b"))), None);
    }
}
