//! What a response says. `imap-proto` names the responses and reads those it reads well; the others are read here:
//!
//! - FETCH: `imap-proto` panics at `INTERNALDATE NIL`, recurses as deep as a body structure nests, and drops the connection at a
//!   keyword beyond UTF-8;
//! - LIST and STATUS: it leaves the escapes of a quoted name and none of a literal one, which nobody can tell apart afterwards, and
//!   knows no extended data and few items;
//! - status lines: it panics at `[ALERT]é` and knows few codes;
//! - CAPABILITY: it demands IMAP4rev1;
//! - responses that nobody asked for: it takes them for an error, RFC 9051 §2.2.2 wants them ignored.

use super::tokens::{Token, Tokens};
use imap_proto::{
    AttributeValue, Capability, MailboxDatum, MailboxListData, MessageSection, NameAttribute, Outcome, Response, ResponseCode, SectionPath,
    Status, StatusAttribute,
};
use std::borrow::Cow;

/// One response.
#[derive(Debug)]
pub(super) enum Line<'a> {
    Untagged(Response<'a>),
    /// `+`: the server waits for more of the command. What challenges say is for people; ours need no answer to it.
    Continue,
    Tagged(Tagged<'a>),
    /// A kind we never ask for.
    Ignored,
}

/// The end of a command.
#[derive(Debug)]
pub(super) struct Tagged<'a> {
    pub tag: &'a [u8],
    pub status: Status,
    pub code: Option<Cow<'a, str>>,
    pub text: Cow<'a, str>,
}

/// Reads a whole response, its line end included; `None` when it is none.
pub(super) fn read(bytes: &[u8]) -> Option<Line<'_>> {
    let line = bytes.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Some(Line::Ignored);
    }
    if line.starts_with(b"+") {
        return Some(Line::Continue);
    }
    match line.strip_prefix(b"* ") {
        Some(data) => untagged(bytes, data),
        None => tagged(line).map(Line::Tagged),
    }
}

fn tagged(line: &[u8]) -> Option<Tagged<'_>> {
    let mut tokens = Tokens::new(line);
    let tag = tokens.word()?;
    tokens.skip_spaces();
    let status = status(tokens.word()?)?;
    let (code, text) = code_and_text(tokens);
    matches!(status, Status::Ok | Status::No | Status::Bad).then_some(Tagged { tag, status, code, text })
}

fn untagged<'a>(bytes: &'a [u8], data: &'a [u8]) -> Option<Line<'a>> {
    let mut tokens = Tokens::new(data);
    tokens.skip_spaces();
    if let Some(number) = tokens.number() {
        tokens.skip_spaces();
        return match tokens.word()? {
            word if word.eq_ignore_ascii_case(b"FETCH") => fetch(u32::try_from(number).ok()?, tokens).map(Line::Untagged),
            word if is_one_of(word, &["EXISTS", "RECENT", "EXPUNGE"]) => proto(bytes),
            _ => Some(Line::Ignored),
        };
    }
    let word = tokens.word()?;
    if let Some(status) = status(word) {
        let (code, text) = code_and_text(tokens);
        let outcome = Outcome { code: code.as_deref().and_then(typed_code), information: Some(information(code, text)) };
        return Some(Line::Untagged(Response::Data { status, outcome }));
    }
    let word = word.to_ascii_uppercase();
    match word.as_slice() {
        b"LIST" => list(tokens).map(|list| Line::Untagged(Response::MailboxData(MailboxDatum::List(list)))),
        b"STATUS" => status_of_folder(tokens).map(Line::Untagged),
        b"CAPABILITY" => Some(Line::Untagged(Response::Capabilities(capabilities(tokens)))),
        b"VANISHED" | b"FLAGS" | b"ID" => proto(bytes),
        // `imap-proto` makes the same of ENABLED and CAPABILITY; an offer and what is on must not be mixed up.
        _ => Some(Line::Ignored),
    }
}

fn proto(bytes: &[u8]) -> Option<Line<'_>> {
    match Response::parse(bytes) {
        Ok(([], response)) => Some(Line::Untagged(response)),
        _ => None,
    }
}

fn is_one_of(word: &[u8], words: &[&str]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

fn status(word: &[u8]) -> Option<Status> {
    let known = [("OK", Status::Ok), ("NO", Status::No), ("BAD", Status::Bad), ("BYE", Status::Bye), ("PREAUTH", Status::PreAuth)];
    known.into_iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes())).map(|(_, status)| status)
}

/// `[code] text`, each of which may be missing.
fn code_and_text(mut tokens: Tokens<'_>) -> (Option<Cow<'_, str>>, Cow<'_, str>) {
    tokens.skip_spaces();
    let code = tokens.bracket().map(|code| String::from_utf8_lossy(code.trim_ascii()));
    tokens.skip_spaces();
    (code, String::from_utf8_lossy(tokens.rest()))
}

/// The text for people; a code that nobody typed stays before it.
fn information<'a>(code: Option<Cow<'a, str>>, text: Cow<'a, str>) -> Cow<'a, str> {
    match code {
        Some(code) if typed_code(&code).is_none() => Cow::Owned(format!("[{code}] {text}")),
        _ => text,
    }
}

/// A response code as `imap-proto` knows it.
pub(super) fn typed_code(code: &str) -> Option<ResponseCode<'static>> {
    if let Some(offered) = code.strip_prefix("CAPABILITY ") {
        let offered = offered.split_ascii_whitespace().map(|name| Capability::Atom(Cow::Owned(name.to_owned())));
        return Some(ResponseCode::Capabilities(offered.collect()));
    }
    // Read without the text behind it: a text that begins beyond ASCII makes `imap-proto` panic.
    let line = format!("* OK [{code}]\r\n");
    match Response::parse(line.as_bytes()) {
        Ok((_, Response::Data { outcome, .. })) => outcome.code.map(ResponseCode::into_owned),
        _ => None,
    }
}

fn capabilities(mut tokens: Tokens<'_>) -> Vec<Capability<'_>> {
    let mut offered = Vec::new();
    tokens.skip_spaces();
    while let Some(Token::Atom(atom)) = tokens.value() {
        offered.push(Capability::Atom(String::from_utf8_lossy(atom)));
        tokens.skip_spaces();
    }
    offered
}

/// `LIST (attributes) "delimiter" name` (RFC 9051 §7.3.1); extended data behind it is passed over.
fn list(mut tokens: Tokens<'_>) -> Option<MailboxListData<'_>> {
    tokens.skip_spaces();
    let Token::List(mut attributes) = tokens.value()? else { return None };
    tokens.skip_spaces();
    let delimiter = match tokens.value()? {
        Token::Nil => None,
        Token::Text(text) => Some(lossy(text)),
        Token::Atom(_) | Token::List(_) => return None,
    };
    tokens.skip_spaces();
    let name = folder_name(&mut tokens)?;
    let mut name_attributes = Vec::new();
    attributes.skip_spaces();
    while let Some(Token::Atom(attribute)) = attributes.value() {
        name_attributes.push(NameAttribute::Extension(String::from_utf8_lossy(attribute)));
        attributes.skip_spaces();
    }
    Some(MailboxListData { name_attributes, delimiter, name })
}

/// `STATUS name (item number …)` (RFC 9051 §7.3.4); items we do not know are passed over.
fn status_of_folder(mut tokens: Tokens<'_>) -> Option<Response<'_>> {
    tokens.skip_spaces();
    let mailbox = folder_name(&mut tokens)?;
    tokens.skip_spaces();
    let Token::List(mut items) = tokens.value()? else { return None };
    let mut status = Vec::new();
    items.skip_spaces();
    while let Some(item) = items.word() {
        items.skip_spaces();
        let Token::Atom(number) = items.value()? else { continue };
        items.skip_spaces();
        let Some(number) = Tokens::new(number).number() else { continue };
        let narrow = u32::try_from(number).ok();
        status.extend(match item.to_ascii_uppercase().as_slice() {
            b"MESSAGES" => narrow.map(StatusAttribute::Messages),
            b"UIDNEXT" => narrow.map(StatusAttribute::UidNext),
            b"UIDVALIDITY" => narrow.map(StatusAttribute::UidValidity),
            b"UNSEEN" => narrow.map(StatusAttribute::Unseen),
            b"HIGHESTMODSEQ" => Some(StatusAttribute::HighestModSeq(number)),
            _ => None,
        });
    }
    Some(Response::MailboxData(MailboxDatum::Status { mailbox, status }))
}

fn folder_name<'a>(tokens: &mut Tokens<'a>) -> Option<Cow<'a, str>> {
    let name = lossy(tokens.astring()?);
    Some(if name.eq_ignore_ascii_case("INBOX") { Cow::Borrowed("INBOX") } else { name })
}

/// `FETCH (item value …)` (RFC 9051 §7.5.2). Items we never ask for are passed over.
fn fetch(sequence: u32, mut tokens: Tokens<'_>) -> Option<Response<'_>> {
    tokens.skip_spaces();
    let Token::List(mut items) = tokens.value()? else { return None };
    let mut attributes = Vec::new();
    items.skip_spaces();
    while !items.is_at_end() {
        attributes.extend(fetch_item(&mut items)?);
        items.skip_spaces();
    }
    Some(Response::Fetch(sequence, attributes))
}

/// One item with its value: `Some(None)` for an item to be passed over.
fn fetch_item<'a>(items: &mut Tokens<'a>) -> Option<Option<AttributeValue<'a>>> {
    let name = items.word()?.to_ascii_uppercase();
    let section = items.bracket();
    let index = items.skip(b"<").then(|| items.number()).flatten();
    items.skip(b">");
    items.skip_spaces();
    let value = items.value()?;
    Some(match (name.as_slice(), section, value) {
        (b"BODY", Some(section), Token::Text(text)) => {
            let index = index.and_then(|index| u32::try_from(index).ok());
            Some(AttributeValue::BodySection { section: section_path(section)?, index, data: Some(text) })
        }
        (b"RFC822.HEADER", None, Token::Text(text)) => Some(AttributeValue::Rfc822Header(Some(text))),
        (b"UID", None, Token::Atom(atom)) => narrow(atom).map(AttributeValue::Uid),
        (b"RFC822.SIZE", None, Token::Atom(atom)) => narrow(atom).map(AttributeValue::Rfc822Size),
        (b"INTERNALDATE", None, Token::Text(text)) => Some(AttributeValue::InternalDate(lossy(text))),
        (b"FLAGS", None, Token::List(flags)) => Some(AttributeValue::Flags(flag_list(flags))),
        (b"MODSEQ", None, Token::List(mut modseq)) => modseq.number().map(AttributeValue::ModSeq),
        _ => None,
    })
}

/// `None` when it is no section at all; what we do not fetch is some part.
fn section_path(section: &[u8]) -> Option<Option<SectionPath>> {
    let section = std::str::from_utf8(section).ok()?.to_ascii_uppercase();
    Some(match section.as_str() {
        "" => None,
        "TEXT" => Some(SectionPath::Full(MessageSection::Text)),
        header if header.starts_with("HEADER") => Some(SectionPath::Full(MessageSection::Header)),
        _ => Some(SectionPath::Part(section.split('.').filter_map(|number| number.parse().ok()).collect(), None)),
    })
}

fn flag_list(mut flags: Tokens<'_>) -> Vec<Cow<'_, str>> {
    let mut list = Vec::new();
    flags.skip_spaces();
    while let Some(Token::Atom(flag)) = flags.value() {
        list.push(String::from_utf8_lossy(flag));
        flags.skip_spaces();
    }
    list
}

fn narrow(atom: &[u8]) -> Option<u32> {
    let mut tokens = Tokens::new(atom);
    tokens.number().filter(|_| tokens.is_at_end()).and_then(|number| u32::try_from(number).ok())
}

fn lossy(text: Cow<'_, [u8]>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => {
            Cow::Owned(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
        }
    }
}
