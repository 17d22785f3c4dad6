//! Domains that a reader takes for one another: letters that look alike in any script, a letter more, less, another or two changed places,
//! words put beside the name, another ending.
//!
//! A domain leaves [`traces`], small numbers that the books keep: its skeleton (how it looks) and what is left of that without one of its
//! letters. Two domains that look alike share a trace, so that a hundred thousand known ones are asked with a few look-ups, and only those
//! that answer are compared letter by letter.

use crate::understand::guards::added_words;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest name that is looked at, in characters; what follows is cut off.
const NAME_CHARS_MAX: usize = 26;
/// Traces a domain leaves at most.
pub const TRACES_MAX: usize = 32;
/// Shorter names are like many others.
const SKELETON_LEN_MIN: usize = 5;
/// The same where one letter differs, with the same ending and with another one.
const CHANGED_LEN_MIN: usize = 6;
const CHANGED_ELSEWHERE_LEN_MIN: usize = 8;
/// What is left when an added word is taken off.
const BARE_LEN_MIN: usize = 5;

/// A registered domain, `xn--` undone: what its owner chose, and the ending.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Name {
    label: String,
    ending: String,
    skeleton: Vec<char>,
}

impl Name {
    fn of(domain: &str) -> Option<Self> {
        let registered = psl::domain_str(domain)?;
        let (label, ending) = registered.split_once('.')?;
        let label = if label.starts_with("xn--") { idna::domain_to_unicode(label).0 } else { label.to_lowercase() };
        let label: String = label.chars().take(NAME_CHARS_MAX).collect();
        let skeleton = skeleton(&label);
        Some(Self { label, ending: ending.to_owned(), skeleton })
    }

    /// The skeletons without words that are put beside a name: `acme` of `acme-group`, `acmegroup`, `my-acme`.
    fn bare(&self) -> Vec<Vec<char>> {
        let mut bare = Vec::new();
        let mut keep = |rest: &str| {
            let skeleton = skeleton(rest);
            if skeleton.len() >= BARE_LEN_MIN && skeleton != self.skeleton && !bare.contains(&skeleton) {
                bare.push(skeleton);
            }
        };
        let is_added = |word: &str| added_words().iter().any(|added| added == word);
        let words: Vec<&str> = self.label.split('-').filter(|word| !word.is_empty()).collect();
        if words.len() > 1 {
            let first = words.iter().position(|word| !is_added(word)).unwrap_or(words.len());
            let last = words.iter().rposition(|word| !is_added(word)).map_or(first, |at| at + 1);
            if let Some(kept) = words.get(first..last).filter(|kept| kept.len() < words.len()) {
                keep(&kept.concat());
            }
        }
        for word in added_words().iter().filter(|word| word.len() >= 4) {
            for rest in [self.label.strip_suffix(word.as_str()), self.label.strip_prefix(word.as_str())].into_iter().flatten() {
                keep(rest);
            }
        }
        bare
    }
}

/// How a name looks: accents off, letters of other scripts and figures as the Latin ones they look like, without hyphens.
fn skeleton(label: &str) -> Vec<char> {
    let folded: String = label.nfkd().filter(|c| !is_combining_mark(*c) && *c != '-').flat_map(char::to_lowercase).map(latin).collect();
    folded.replace("rn", "m").replace("vv", "w").replace("cl", "d").chars().map(|c| if c == 'i' { 'l' } else { c }).collect()
}

/// The small Latin letter that a character looks like; others stay (after Unicode's confusables.txt, as far as domains may have them).
fn latin(c: char) -> char {
    match c {
        '0' | 'о' | 'ο' | 'օ' | 'ס' | '০' | 'σ' | 'ø' => 'o',
        '1' | 'і' | 'ӏ' | 'ı' | 'ι' | 'ɩ' | 'ł' | 'ا' | 'ו' | 'ⅰ' | 'ɪ' | 'ĺ' => 'l',
        '5' | 'ѕ' => 's',
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'ь' | 'ƅ' | 'ъ' => 'b',
        'с' | 'ϲ' | 'ᴄ' => 'c',
        'ԁ' | 'ɗ' | 'đ' => 'd',
        'е' | 'ё' | 'є' | 'ε' | 'ҽ' => 'e',
        'ɡ' | 'ց' | 'ǥ' => 'g',
        'һ' | 'н' | 'հ' | 'ħ' => 'h',
        'ј' | 'ϳ' => 'j',
        'к' | 'κ' | 'қ' => 'k',
        'м' | 'ṃ' => 'm',
        'ո' | 'п' | 'η' | 'ɴ' | 'ռ' => 'n',
        'р' | 'ρ' | 'þ' => 'p',
        'ԛ' | 'գ' => 'q',
        'г' | 'ɾ' | 'ʀ' => 'r',
        'т' | 'τ' | 'ŧ' => 't',
        'υ' | 'ս' | 'ц' | 'μ' => 'u',
        'ѵ' | 'ν' | 'ү' => 'v',
        'ԝ' | 'ω' | 'ш' | 'ѡ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' | 'ყ' => 'y',
        'ʐ' | 'ᴢ' => 'z',
        other => other,
    }
}

/// What a domain is known by to those that look like it; none for a name that is too short.
pub fn traces(domain: &str) -> Vec<i64> {
    let Some(name) = Name::of(domain) else { return Vec::new() };
    let mut traces = Vec::new();
    if name.skeleton.len() >= SKELETON_LEN_MIN {
        traces.push(trace(&name.skeleton, None));
    }
    traces.extend(name.bare().iter().map(|bare| trace(bare, None)).take(4));
    if name.skeleton.len() >= CHANGED_LEN_MIN - 1 {
        traces.extend((0..name.skeleton.len()).map(|without| trace(&name.skeleton, Some(without))));
    }
    traces.sort_unstable();
    traces.dedup();
    traces.truncate(TRACES_MAX);
    traces
}

/// FNV-1a, which is the same in every version: the books keep it.
fn trace(skeleton: &[char], without: Option<usize>) -> i64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let kept = skeleton.iter().enumerate().filter(|(at, _)| Some(*at) != without).map(|(_, c)| *c);
    for byte in kept.flat_map(|c| u32::from(c).to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash.cast_signed()
}

/// Whether a reader may take one domain for the other, known one.
pub fn looks_like(seen: &str, known: &str) -> bool {
    let (Some(seen), Some(known)) = (Name::of(seen), Name::of(known)) else { return false };
    if seen.label == known.label && seen.ending == known.ending {
        return false;
    }
    if seen.label != known.label && differ_in_figures(&seen.label, &known.label) {
        return false;
    }
    if seen.skeleton == known.skeleton {
        return known.skeleton.len() >= SKELETON_LEN_MIN;
    }
    if seen.bare().contains(&known.skeleton) || known.bare().contains(&seen.skeleton) {
        return true;
    }
    let shortest = seen.skeleton.len().min(known.skeleton.len());
    let enough = if seen.ending == known.ending { CHANGED_LEN_MIN } else { CHANGED_ELSEWHERE_LEN_MIN };
    shortest + 1 >= enough && known.skeleton.len() >= enough && differ_by_one(&seen.skeleton, &known.skeleton)
}

/// Figures that differ number things: `fair2025` and `fair2026`. Where a figure stands for a letter, the letters differ too.
fn differ_in_figures(a: &str, b: &str) -> bool {
    let letters = |label: &str| label.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    letters(a) == letters(b) && [a, b].iter().all(|label| label.contains(|c: char| c.is_ascii_digit()))
}

/// One letter more, less or another, or two neighbours changed.
fn differ_by_one(a: &[char], b: &[char]) -> bool {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(..a.len() - tail).unwrap_or_default(), b.get(..b.len() - tail).unwrap_or_default());
    match (a, b) {
        ([], [one]) | ([one], []) => !one.is_ascii_digit(),
        ([one], [other]) => !(one.is_ascii_digit() && other.is_ascii_digit()),
        ([a1, a2], [b1, b2]) => a1 == b2 && a2 == b1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_to_be_taken_for_another_looks_like_it_and_shares_a_trace() {
        for (seen, known) in [
            ("acrne-impianti.it", "acme-impianti.it"),
            ("acme-irnpianti.it", "acme-impianti.it"),
            ("acmeimpianti.it", "acme-impianti.it"),
            ("acme-impianti.com", "acme-impianti.it"),
            ("acme-impiantl.it", "acme-impianti.it"),
            ("acme-impiant.it", "acme-impianti.it"),
            ("acme-impinati.it", "acme-impianti.it"),
            ("acme-impiantii.it", "acme-impianti.it"),
            ("luminarias-so1.es", "luminarias-sol.es"),
            ("br1ghtlamp.com", "brightlamp.com"),
            ("brightIamp.com", "brightlamp.com"),
            ("bright-lamp-payments.com", "brightlamp.com"),
            ("brightlamp-export.com", "brightlamp.com"),
            ("brightlampgroup.net", "brightlamp.com"),
            ("brightlamp.com", "brightlamp-group.com"),
            ("xn--brghtlamp-wpb.com", "brightlamp.com"),
            ("xn--80ak6aa92e.com", "apple.com"),
            ("brightlamp.co.uk", "brightlamp.com"),
            ("microsott.com", "microsoft.com"),
        ] {
            assert!(looks_like(seen, known), "{seen} {known}");
            let known = traces(known);
            assert!(traces(seen).iter().any(|trace| known.contains(trace)), "{seen} shares no trace");
        }
    }

    #[test]
    fn what_only_has_something_in_common_does_not() {
        for (seen, known) in [
            ("acme-impianti.it", "acme-impianti.it"),
            ("mail.acme-impianti.it", "acme-impianti.it"),
            ("sun.com", "son.com"),
            ("abc.de", "abc.com"),
            ("global-lamps.com", "global-lights.com"),
            ("fair2025.com", "fair2026.com"),
            ("lumina.it", "lumino.de"),
            ("shenzhen-led.com", "shenzhen-light.com"),
            ("trade-group.com", "export-group.com"),
        ] {
            assert!(!looks_like(seen, known), "{seen} {known}");
        }
    }

    #[test]
    fn traces_are_few_and_never_change() {
        assert_eq!(traces("brightlamp.com").len(), 11, "the skeleton and one for each letter left out");
        assert!(traces(&format!("{}.com", "a-group-".repeat(7))).len() <= TRACES_MAX);
        assert!(traces("abc.de").is_empty() && traces("com").is_empty() && traces("").is_empty());
        assert_eq!(trace(&['a'], None), trace(&['a', 'b'], Some(1)));
        assert_eq!(trace(&[], None).cast_unsigned(), 0xcbf2_9ce4_8422_2325);
    }
}
