//! What a line of a signature tells: a name, an office, a company, how to reach somebody.

use super::Signature;
use super::attribution::has_address;
use super::line::plain;
use super::words::{self, Contact, without_spaces};
use regex::Regex;
use std::sync::LazyLock;

/// Longest line that is looked at, in bytes.
const LEN_MAX: usize = 600;
/// Characters of a company's name with its legal form.
const COMPANY_LEN_MAX: usize = 120;
/// Words of a person's name at most.
const NAME_WORDS_MAX: usize = 5;
/// Digits of a telephone number (ITU-T E.164 allows 15; extensions come on top).
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 6..=20;

/// What a line shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Trait {
    pub(super) phone: bool,
    pub(super) mail: bool,
    pub(super) web: bool,
    pub(super) address: bool,
    pub(super) company: bool,
    pub(super) title: bool,
}

impl Trait {
    /// Whether it says how to reach somebody.
    pub(super) fn has_reach(self) -> bool {
        self.phone || self.mail || self.web
    }

    pub(super) fn any(self) -> bool {
        self.has_reach() || self.address || self.company || self.title
    }
}

/// What a line shows; a long one shows nothing.
pub(super) fn traits(body: &str) -> Trait {
    let mut all = Trait::default();
    if body.len() > LEN_MAX {
        return all;
    }
    let body = plain(body);
    for piece in pieces(&body) {
        let words = words::get();
        // A full name may be long, and its full stop ends no sentence.
        let in_full = piece.chars().count() <= COMPANY_LEN_MAX && words.is_company_in_full(piece);
        let few = in_full || piece.split_whitespace().count() <= 8 && piece.chars().count() <= 70;
        match labelled(piece) {
            Some((Contact::Phone | Contact::Fax, value)) => all.phone |= digits(value) >= *PHONE_DIGITS.start(),
            Some((Contact::Mail, value)) => all.mail |= !value.is_empty() && value.split_whitespace().count() <= 2,
            Some((Contact::Web, value)) => all.web |= value.contains('.'),
            Some((Contact::Address, value)) => all.address |= !value.is_empty(),
            None => {}
        }
        all.phone |= is_phone(piece);
        all.mail |= few && has_address(piece) && piece.split_whitespace().count() <= 4;
        all.web |= piece.split_whitespace().count() <= 3 && website(piece).is_some();
        let sentence = piece.ends_with(['?', '!']) || !in_full && piece.ends_with('.') && piece.split_whitespace().count() > 5;
        all.company |= few && !sentence && words.names_company(piece);
        all.title |= few && !sentence && piece.split_whitespace().count() <= 7 && words.title.is_match(piece);
    }
    all
}

/// Parts of a line that stand for themselves: `Maria Lopez | Buyer | Acme S.L.`
fn pieces(body: &str) -> impl Iterator<Item = &str> {
    body.split(['|', '｜', '•', '·', '\t', '●', '■', '▪', '│'])
        .flat_map(|piece| piece.split(" - "))
        .flat_map(|piece| piece.split(" – "))
        .flat_map(|piece| piece.split("   "))
        .map(trimmed)
        .filter(|piece| !piece.is_empty())
}

fn trimmed(piece: &str) -> &str {
    piece.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | ',' | '，' | ';' | '/' | '"'))
}

/// A label of a signature and what follows: `Tel.: +49 40 1234`, `M +49 …`, `电话：…`.
fn labelled(piece: &str) -> Option<(Contact, &str)> {
    static LABEL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^[^\p{L}\p{N}+]*(\p{L}[\p{L}\p{M}\s./\-]{0,30}?)\s*(?:\([^)]{0,20}\))?\s*[.:：/]*\s*[:：.]?\s*([+(\p{Nd}].*)$").ok()
    });
    let known = |name: &str| words::get().contacts.get(without_spaces(&name.to_lowercase()).trim_end_matches(['.', '-', '/'])).copied();
    if let Some((name, value)) = piece.split_once([':', '：'])
        && let Some(kind) = known(name.trim_start_matches(|c: char| !c.is_alphanumeric()))
    {
        return Some((kind, value.trim()));
    }
    // Without a figure or a bracket there is no value, and no need for the slow pattern.
    if !piece.contains(|c: char| matches!(c, '+' | '(') || c.is_numeric()) {
        return None;
    }
    let label = LABEL.as_ref().filter(|label| label.is_match(piece))?.captures(piece)?;
    let (name, value) = (label.get(1)?, label.get(2)?);
    known(name.as_str().trim()).map(|kind| (kind, value.as_str().trim()))
}

fn digits(text: &str) -> usize {
    text.chars().filter(|c| c.is_numeric()).count()
}

/// A number that can only be a telephone's: with its country code, nothing else around it.
fn is_phone(piece: &str) -> bool {
    let international = piece.starts_with('+') || piece.starts_with("(+") || piece.starts_with("00");
    international
        && PHONE_DIGITS.contains(&digits(piece))
        && piece.chars().all(|c| c.is_numeric() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/' | '‑' | '–'))
}

/// An address of the web in a text.
fn website(piece: &str) -> Option<&str> {
    static WEBSITE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i)(?:https?://|www\.)[^\s<>()\[\],;，；|\x22]+").ok());
    let found = WEBSITE.as_ref()?.find(piece)?.as_str();
    Some(found.trim_end_matches(['/', '.', ',']))
}

/// The words of a name, in lower case, without titles.
fn name_words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '"' | '/')).map(str::to_lowercase);
    words.filter(|word| !word.is_empty() && !words::get().honorifics.contains(word)).collect()
}

/// Whether a line is the sender's name and nothing else: every word of it is in the display name, or it is all of it.
pub(super) fn is_own_name(body: &str, from_name: &str) -> bool {
    let line = plain(body);
    let line = line.trim_matches(|c: char| !c.is_alphanumeric() && c != '.');
    if line.is_empty() || line.chars().count() > 60 || line.contains('@') {
        return false;
    }
    let (line, from) = (name_words(line), name_words(from_name));
    !line.is_empty()
        && !from.is_empty()
        && line.len() <= NAME_WORDS_MAX
        && line.iter().all(|word| from.contains(word) || word.trim_end_matches('.').chars().count() == 1)
        && line.iter().any(|word| word.chars().count() > 1)
}

/// Whether a line below a closing is a bare name: few words with capitals, no figures, no office, no company.
pub(super) fn is_name(body: &str, from_name: Option<&str>) -> bool {
    if from_name.is_some_and(|from| is_own_name(body, from)) {
        return true;
    }
    let line = plain(body);
    let line = line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '-' | '/' | ',' | '—' | '–' | '.' | '!'));
    let letters = |c: char| {
        c.is_alphabetic() || c.is_whitespace() || matches!(c, '.' | '-' | '\'' | '’' | '(' | ')' | '·' | ',' | '\u{200c}') || is_mark(c)
    };
    if line.is_empty() || line.chars().count() > 45 || !line.chars().all(letters) {
        return false;
    }
    let count = line.split_whitespace().count();
    let wide = line.chars().filter(|c| *c >= '\u{2e80}').count();
    let cased =
        line.split_whitespace().all(|word| word.chars().next().is_some_and(|c| !c.is_lowercase()) || is_particle(word) || count <= 2);
    let traits = traits(line);
    (1..=NAME_WORDS_MAX).contains(&count) && wide <= 8 && cased && !traits.company && !traits.title
}

/// Small words within names.
fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "de" | "del"
            | "la"
            | "da"
            | "do"
            | "dos"
            | "von"
            | "van"
            | "der"
            | "den"
            | "di"
            | "el"
            | "al"
            | "bin"
            | "ibn"
            | "y"
            | "e"
            | "zu"
            | "le"
            | "du"
            | "ten"
            | "ter"
            | "and"
            | "&"
            | "und"
    )
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{94f}' | '\u{e31}'..='\u{e4e}')
}

/// Reads a signature: `name` is the bare name above it, `beside` what stands beside the closing, `block` its lines.
pub(super) fn read(name: Option<&str>, beside: Option<&str>, block: &[&str], from_name: Option<&str>) -> Option<Signature> {
    let mut signature = Signature::default();
    for part in name.into_iter().chain(beside.into_iter().flat_map(|beside| beside.split([',', '，', '،']))) {
        match traits(part).any() {
            true => take(&mut signature, part),
            false if is_name(part, from_name) => put(&mut signature.name, &clean_name(part)),
            false => {}
        }
    }
    for (at, line) in block.iter().filter(|line| line.len() <= LEN_MAX).enumerate() {
        let line = plain(line);
        for piece in pieces(&line) {
            take(&mut signature, piece);
        }
        let own = from_name.is_some_and(|from| is_own_name(&line, from));
        if signature.name.is_none() && (own || at <= 1) {
            let named = pieces(&line).next().filter(|piece| own || is_name(piece, from_name));
            signature.name = named.map(clean_name);
        }
    }
    (signature != Signature::default()).then_some(signature)
}

fn clean_name(name: &str) -> String {
    let name = plain(name);
    name.trim_matches(|c: char| !c.is_alphanumeric() && c != '.' && c != ')' && !is_mark(c)).trim_end_matches('.').trim().to_owned()
}

/// Puts what a piece tells where nothing stands yet.
fn take(signature: &mut Signature, piece: &str) {
    let words = words::get();
    match labelled(piece) {
        Some((Contact::Phone, value)) if digits(value) >= *PHONE_DIGITS.start() => return put(&mut signature.phone, phone_of(value)),
        Some((Contact::Fax | Contact::Mail | Contact::Address, _)) => return,
        _ => {}
    }
    if is_phone(piece) {
        return put(&mut signature.phone, piece);
    }
    if let Some(website) = website(piece) {
        return put(&mut signature.website, website);
    }
    if let Some((Contact::Web, value)) = labelled(piece).filter(|(_, value)| value.contains('.') && !value.contains('@')) {
        return put(&mut signature.website, value);
    }
    let len_max = if words.is_company_in_full(piece) { COMPANY_LEN_MAX } else { 80 };
    let short = piece.chars().count() <= len_max && !has_address(piece);
    let traits = traits(piece);
    // `Export Manager, Acme Ltd`: the office stands before the company.
    let office = piece
        .split_once(", ")
        // `Import and Export Co., Ltd.` is one name.
        .filter(|(_, company)| company.contains(' ') || !company.is_ascii())
        .filter(|(office, company)| words.title.is_match(office) && !words.names_company(office) && words.names_company(company));
    if let Some((office, company)) = office.filter(|_| short) {
        put(&mut signature.title, office);
        return put(&mut signature.company, company);
    }
    if short && traits.company && digits(piece) < 5 {
        let piece = piece.split_once([':', '：']).map_or(piece, |(_, value)| value);
        let is_title = traits.title && signature.title.is_none() && signature.company.is_some();
        return put(if is_title { &mut signature.title } else { &mut signature.company }, piece);
    }
    // `王芳 采购经理`: name and office.
    let named = piece
        .split_once(' ')
        .filter(|(name, office)| name.chars().all(|c| c >= '\u{2e80}') && is_name(name, None) && words.title.is_match(office));
    if let Some((name, office)) = named {
        put(&mut signature.name, name);
        return put(&mut signature.title, office);
    }
    if short && traits.title && digits(piece) < 5 {
        put(&mut signature.title, piece);
    }
}

/// The first number of a value: `+49 40 1234 / Fax 5678` gives the first.
fn phone_of(value: &str) -> &str {
    let end = value
        .find(|c: char| !(c.is_numeric() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '.' | '/' | '‑' | '–' | 'x')))
        .unwrap_or(value.len());
    value.get(..end).unwrap_or(value).trim_end_matches([' ', '/', '-', '(', '.', 'x'])
}

fn put(place: &mut Option<String>, value: &str) {
    let value = trimmed(value);
    if place.is_none() && !value.is_empty() {
        *place = Some(value.to_owned());
    }
}
