//! The words of a response: atoms, strings, numbers, lists (RFC 9051 §4). Total on any bytes, without recursion and copies.

use std::borrow::Cow;

/// Reads a response from left to right. Every method gives `None` and stays where it is when something else comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

/// One value of a FETCH answer or the like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Nil,
    /// A number, flag or word.
    Atom(&'a [u8]),
    /// A quoted string without its quotes and escapes, or a literal as it is.
    Text(Cow<'a, [u8]>),
    /// What stands between two parentheses.
    List(Tokens<'a>),
}

impl<'a> Tokens<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// All that was not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.skip(b" ") {}
    }

    /// Skips exactly these bytes; `false` when others come.
    pub(super) fn skip(&mut self, bytes: &[u8]) -> bool {
        self.rest.strip_prefix(bytes).map(|rest| self.rest = rest).is_some()
    }

    /// Bytes up to a space, parenthesis, bracket or line end; at least one.
    pub(super) fn word(&mut self) -> Option<&'a [u8]> {
        self.take_while(|byte| !matches!(byte, b' ' | b'(' | b')' | b'[' | b'\r' | b'\n' | b'"'))
    }

    /// A word without letters that are no number.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut ahead = *self;
        let digits = ahead.take_while(|byte| byte.is_ascii_digit())?;
        let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
        *self = ahead;
        Some(number)
    }

    /// What stands between `[` and `]`, with the strings in it passed over.
    pub(super) fn bracket(&mut self) -> Option<&'a [u8]> {
        let inside = self.rest.strip_prefix(b"[")?;
        let end = inside.iter().position(|byte| *byte == b']')?;
        let (inside, after) = inside.split_at_checked(end)?;
        self.rest = after.get(1..)?;
        Some(inside)
    }

    /// NIL, an atom, a string or a list.
    pub(super) fn value(&mut self) -> Option<Token<'a>> {
        match self.rest.first()? {
            b'"' | b'{' | b'~' => self.text().map(Token::Text),
            b'(' => self.list().map(Token::List),
            _ => {
                let atom = self.take_while(|byte| !matches!(byte, b' ' | b'(' | b')' | b'\r' | b'\n' | b'"'))?;
                Some(if atom.eq_ignore_ascii_case(b"NIL") { Token::Nil } else { Token::Atom(atom) })
            }
        }
    }

    /// A name of a folder: an atom or a string, NIL being a name like others here.
    pub(super) fn astring(&mut self) -> Option<Cow<'a, [u8]>> {
        match self.rest.first()? {
            b'"' | b'{' => self.text(),
            _ => self.take_while(|byte| !matches!(byte, b' ' | b'(' | b')' | b'\r' | b'\n' | b'"')).map(Cow::Borrowed),
        }
    }

    fn text(&mut self) -> Option<Cow<'a, [u8]>> {
        match self.rest.strip_prefix(b"\"") {
            Some(inside) => self.quoted(inside),
            None => self.literal().map(Cow::Borrowed),
        }
    }

    fn quoted(&mut self, inside: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let end = quoted_len(inside)?;
        let (text, after) = inside.split_at_checked(end)?;
        self.rest = after.get(1..)?;
        if !text.contains(&b'\\') {
            return Some(Cow::Borrowed(text));
        }
        let mut plain = Vec::with_capacity(text.len());
        let mut bytes = text.iter();
        while let Some(byte) = bytes.next() {
            plain.extend(if *byte == b'\\' { bytes.next() } else { Some(byte) });
        }
        Some(Cow::Owned(plain))
    }

    fn literal(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        ahead.skip(b"~");
        if !ahead.skip(b"{") {
            return None;
        }
        let len = usize::try_from(ahead.number()?).ok()?;
        ahead.skip(b"+");
        if !ahead.skip(b"}\r\n") {
            return None;
        }
        let (literal, after) = ahead.rest.split_at_checked(len)?;
        self.rest = after;
        Some(literal)
    }

    /// A list with all lists inside, found by counting: no depth of nesting can exhaust the stack.
    fn list(&mut self) -> Option<Tokens<'a>> {
        let mut ahead = Tokens { rest: self.rest.strip_prefix(b"(")? };
        let all = ahead.rest;
        let mut depth = 0_usize;
        loop {
            match ahead.rest.first()? {
                b')' if depth == 0 => break,
                b')' => depth -= usize::from(ahead.skip(b")")),
                b'(' => depth += usize::from(ahead.skip(b"(")),
                b'"' | b'{' | b'~' => {
                    if ahead.text().is_none() {
                        ahead.rest = ahead.rest.get(1..)?;
                    }
                }
                _ => ahead.rest = ahead.rest.get(1..)?,
            }
        }
        let inside = all.get(..all.len() - ahead.rest.len())?;
        self.rest = ahead.rest.get(1..)?;
        Some(Tokens { rest: inside })
    }

    fn take_while(&mut self, holds: impl Fn(u8) -> bool) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|byte| !holds(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).filter(|(taken, _)| !taken.is_empty())?;
        self.rest = rest;
        Some(taken)
    }
}

impl PartialEq for Tokens<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rest == other.rest
    }
}

impl Eq for Tokens<'_> {}

/// Where the quote closes. A quoted string ends on its line.
fn quoted_len(inside: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in inside.iter().enumerate() {
        match byte {
            b'\r' | b'\n' => return None,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at),
            _ => {}
        }
    }
    None
}
