//! The name that stands beside an address.

use super::passage::Passage;
use super::rules::absences;
use crate::types::{EmailAddress, lower};
use std::ops::Range;

/// Characters before an address in which its owner's name may stand.
const BEFORE_MAX: usize = 90;
/// Words between a name and its address.
const FILLERS_MAX: usize = 5;
/// Words of a name.
const WORDS_MAX: usize = 5;
/// Characters of a name in a script without capitals.
const UNCASED_MAX: usize = 30;

/// The name before an address, or in brackets behind it.
pub(super) fn beside(text: &str, place: &Range<usize>, address: &EmailAddress) -> Option<String> {
    let before = text.get(..place.start)?;
    let from = before.char_indices().rev().nth(BEFORE_MAX).map_or(0, |(at, _)| at);
    let from = before.rfind("\n\n").map_or(from, |at| from.max(at));
    let before = before.get(from..)?;
    cased(before, address).or_else(|| uncased(before)).or_else(|| behind(text.get(place.end..)?, address))
}

/// The name that stands before words about a person: `Maria Lopez no longer works here`.
pub(super) fn ending(before: &str) -> Option<String> {
    let from = before.char_indices().rev().nth(BEFORE_MAX).map_or(0, |(at, _)| at);
    let before = before.get(from..)?;
    let sentence = before.rsplit_once(['。', '!', '?', '！', '？', '\n']).map_or(before, |(_, rest)| rest);
    let sentence = sentence.rsplit_once(". ").map_or(sentence, |(head, rest)| if is_abbreviation(head) { sentence } else { rest });
    // An address in brackets between the name and what is said of its owner.
    let trimmed = sentence.trim_end();
    let sentence =
        if trimmed.ends_with([')', '）', '>']) { trimmed.rfind(['(', '（', '<']).and_then(|at| trimmed.get(..at)) } else { None };
    let sentence = sentence.unwrap_or(trimmed);
    let mut words: Vec<&str> = Vec::new();
    for word in sentence.split_whitespace().rev().skip_while(|word| !is_name_word(bare(word))) {
        if !words.is_empty() && word.ends_with([',', ';', ':', '，', '؛']) {
            break;
        }
        words.push(bare(word));
    }
    let name = collect(words.into_iter());
    // In scripts without capitals the name is what the clause begins with.
    let uncased = || {
        let clause = sentence.rsplit_once(['，', '、', '；', '：', ',', '،']).map_or(sentence, |(_, rest)| rest);
        after_role(clause).or_else(|| without_titles(clause)).filter(|name| has_no_case(name) && name.split(' ').count() <= 3)
    };
    name.or_else(uncased)
}

/// Whether a name could be the owner of an address: `Maria Lopez`, `m.lopez@…`.
pub(super) fn owns(name: &str, address: &EmailAddress) -> bool {
    let local = lower(address.local());
    name.split(|c: char| !c.is_alphanumeric()).map(lower).filter(|word| word.chars().count() >= 3).any(|word| {
        let plain: String = word.chars().map(without_accent).collect();
        local.contains(&word) || local.contains(&plain)
    })
}

/// Words with capitals before the address, with a few small ones between.
fn cased(before: &str, address: &EmailAddress) -> Option<String> {
    let mut words = before.split_whitespace().rev().peekable();
    let mut fillers = 0;
    // What stands between the name and the address.
    while let Some(word) = words.peek() {
        let plain = bare(word);
        if is_name_word(plain) && !is_filler(plain) {
            break;
        }
        let ends = word.ends_with(['.', '!', '?', '。', '！', '？']) && !is_abbreviation(word) && fillers > 0;
        let counted = plain.chars().any(char::is_alphabetic);
        fillers += usize::from(counted);
        if ends || fillers > FILLERS_MAX || plain.contains('@') {
            return None;
        }
        words.next();
    }
    let mut taken = Vec::new();
    for word in words {
        // A comma or a full stop before the name parts it from what stands there.
        let parted =
            !taken.is_empty() && (word.ends_with([',', ';', ':', '!', '?', '。']) || word.ends_with('.') && !is_abbreviation(word));
        if parted {
            break;
        }
        taken.push(bare(word));
    }
    let close = fillers == 0 || taken.iter().any(|word| absences().substitute.role_words.contains(&lower(word)));
    let name = collect(taken.into_iter())?;
    let one_word = !name.contains(' ');
    (!one_word || close || owns(&name, address)).then_some(name)
}

/// Words of a name, given from its end on; forms of address and who it is are left out.
fn collect<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut name: Vec<&str> = Vec::new();
    let mut particles: Vec<&str> = Vec::new();
    for word in words.take(WORDS_MAX * 2) {
        if is_filler(word) || is_title(word) || is_cue(word) || absences().substitute.role_words.contains(&lower(word)) && !name.is_empty()
        {
            break;
        }
        if is_name_word(word) && name.len() < WORDS_MAX {
            name.append(&mut particles);
            name.push(word);
        } else if is_particle(word) && !name.is_empty() {
            particles.push(word);
        } else {
            break;
        }
    }
    name.reverse();
    let name = name.join(" ");
    (name.chars().count() >= 2).then_some(name)
}

/// What follows a word for who it is, in scripts without capitals: `同事李明`, `زميلي أحمد الكعبي على البريد`.
fn uncased(before: &str) -> Option<String> {
    let trimmed =
        before.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '(' | '（' | '<' | ':' | '：' | '，' | ',' | '、' | '-' | '['));
    let trimmed = strip_stops(trimmed);
    let clause = trimmed.rsplit_once(['。', '！', '？', '，', '；', '\n', '،', '۔']).map_or(trimmed, |(_, rest)| rest);
    let name = after_role(clause).or_else(|| {
        let last = clause.split(['：', ':', ',', '、']).next_back()?;
        let wide = last.chars().all(|c| c >= '\u{2e80}') && (2..=4).contains(&last.chars().count());
        wide.then(|| without_titles(last)).flatten()
    });
    name.filter(|name| has_no_case(name))
}

/// Whether a name is in a script without capitals.
fn has_no_case(name: &str) -> bool {
    !name.chars().any(|c| c.is_uppercase() || c.is_lowercase())
}

/// Labels such as `邮箱` and prepositions between a name and its address.
fn strip_stops(text: &str) -> &str {
    let mut text = text;
    while let Some(shorter) = absences().substitute.stops.iter().find_map(|stop| text.strip_suffix(stop.as_str())) {
        text = shorter.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '：' | ':' | '，' | ',' | '(' | '（'));
    }
    text
}

fn after_role(clause: &str) -> Option<String> {
    let passage = Passage::of(clause);
    let last = absences().substitute.roles.places(&passage.lower).last()?;
    let rest = clause.get(passage.origin(last.end)..)?.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '：'));
    without_titles(rest)
}

fn without_titles(text: &str) -> Option<String> {
    let substitute = &absences().substitute;
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace().map(bare) {
        if substitute.stops.iter().any(|stop| stop == word) || word.contains('@') || word.chars().any(char::is_numeric) {
            break;
        }
        if !substitute.titles.contains(word) && !word.is_empty() {
            words.push(word);
        }
    }
    // Chinese, Japanese and Korean forms of address grow onto the name, and so do their prepositions.
    let mut name = words.join(" ");
    while let Some(shorter) = substitute.titles.iter().chain(&substitute.stops).filter(|end| !end.is_ascii()).find_map(|end| {
        let shorter = name.strip_suffix(end.as_str())?;
        let wide = end.chars().all(|c| c >= '\u{2e80}');
        (wide && shorter.chars().count() >= 2).then(|| shorter.trim_end().to_owned())
    }) {
        name = shorter;
    }
    let letters = |c: char| c.is_alphabetic() || c.is_whitespace() || is_mark(c) || matches!(c, '.' | '-' | '\'' | '·' | '\u{200c}' | '・');
    let count = name.chars().count();
    ((2..=UNCASED_MAX).contains(&count) && words.len() <= WORDS_MAX && name.chars().all(letters)).then_some(name)
}

/// `anna@firm.example (Anna Schmidt)`.
fn behind(after: &str, address: &EmailAddress) -> Option<String> {
    let inner = after.trim_start_matches('>').trim_start().strip_prefix(['(', '（'])?.split([')', '）']).next()?;
    let words: Vec<&str> = inner.split_whitespace().map(bare).collect();
    let name = collect(words.iter().rev().copied())?;
    (name.contains(' ') || owns(&name, address)).then_some(name)
}

/// A word without the signs around it.
fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && !is_mark(c) && c != '@' && c != '+')
}

/// A word that begins with a capital, in a script that has them, and is no abbreviation of letters.
fn is_name_word(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase) && !word.contains('@') && !word.chars().any(char::is_numeric)
}

fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "van"
            | "von"
            | "der"
            | "den"
            | "de"
            | "del"
            | "della"
            | "di"
            | "da"
            | "do"
            | "dos"
            | "la"
            | "le"
            | "du"
            | "bin"
            | "al"
            | "el"
            | "ter"
            | "ten"
            | "zu"
            | "y"
            | "e"
    )
}

fn is_filler(word: &str) -> bool {
    absences().substitute.fillers.contains(&lower(word))
}

/// `Kontakta Erik Johansson`: the word that says to write to him.
fn is_cue(word: &str) -> bool {
    absences().substitute.cues.places(&lower(word)).next().is_some_and(|place| place.start == 0)
}

fn is_title(word: &str) -> bool {
    absences().substitute.titles.contains(&lower(word))
}

/// `Mr.`, `Dr.`, `z.`: its full stop ends no sentence.
fn is_abbreviation(text: &str) -> bool {
    let word = text.trim_end_matches('.').rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    word.chars().count() <= 3 || is_title(word)
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{981}'..='\u{983}' | '\u{9bc}'..='\u{9cd}' | '\u{e31}'..='\u{e4e}')
}

/// The letter an address is spelled with.
fn without_accent(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' | 'ą' | 'ă' | 'ā' => 'a',
        'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' | 'ė' | 'ē' => 'e',
        'í' | 'ì' | 'î' | 'ï' | 'ı' | 'ī' | 'į' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' => 'o',
        'ú' | 'ù' | 'û' | 'ü' | 'ů' | 'ű' | 'ū' | 'ų' => 'u',
        'ç' | 'ć' | 'č' => 'c',
        'ñ' | 'ń' | 'ň' | 'ņ' => 'n',
        'ş' | 'ś' | 'š' | 'ș' => 's',
        'ž' | 'ź' | 'ż' => 'z',
        'ł' | 'ľ' | 'ļ' => 'l',
        'ř' => 'r',
        'ť' | 'ț' | 'ţ' => 't',
        'ğ' | 'ģ' => 'g',
        'ý' => 'y',
        'đ' | 'ď' => 'd',
        'ķ' => 'k',
        c => c,
    }
}
