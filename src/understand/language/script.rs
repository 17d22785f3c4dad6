//! The words of a text by script, without what is no language: codes, addresses, links, numbers.

use crate::types::push_lower;
use crate::understand::fold::is_unspaced;

/// Scripts that tell languages apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    Latin,
    Cyrillic,
    Arabic,
    Devanagari,
    Hebrew,
    /// Han and kana: Chinese and Japanese.
    Han,
    /// A script of one language in trade mail, by that language's code.
    Only(&'static str),
}

/// Words that may vote, in lower case.
#[derive(Debug, Default)]
pub(super) struct Words {
    words: Vec<(Script, String)>,
    /// For each script met, its letters counted in words of usual length.
    masses: Vec<(Script, f64)>,
}

/// So many words tell.
const WORDS_MAX: usize = 120;

/// So many characters tell whether a mail shouts.
const SHOUT_CHARS: usize = 240;

/// A script that is not Latin is the mail's own when it has this share of the Latin words: product names and companies are Latin
/// everywhere.
const OWN_SCRIPT_SHARE: f64 = 0.4;
/// Another script's words are worth a second language from this share on.
const SECOND_SHARE: f64 = 0.2;

/// Collects the words of at most `len_max` bytes.
pub(super) fn words(text: &str, len_max: usize) -> Words {
    let mut found = Words::default();
    let end = text.char_indices().map(|(at, _)| at).find(|&at| at >= len_max).unwrap_or(text.len());
    let text = text.get(..end).unwrap_or_default();
    let shouts = is_shouting(text);
    for token in text.split_whitespace() {
        if found.words.len() >= WORDS_MAX {
            break;
        }
        if is_no_language(token, shouts) {
            found.words.extend(figured_word(token).map(|word| (Script::Latin, word)));
            continue;
        }
        found.add(token);
    }
    found
}

impl Words {
    fn add(&mut self, token: &str) {
        let mut word = String::new();
        let mut script = None;
        for c in token.chars() {
            let own = script_of(c);
            if own.is_none() && is_mark(c) && script.is_some() {
                word.push(c);
                continue;
            }
            if own != script {
                self.close(&mut word, script);
                script = own;
            }
            if own.is_some() {
                push_lower(&mut word, c);
            }
        }
        self.close(&mut word, script);
    }

    fn close(&mut self, word: &mut String, script: Option<Script>) {
        let word = std::mem::take(word);
        let Some(script) = script.filter(|_| !word.is_empty()) else { return };
        let mass = word.chars().count() as f64 / letters_per_word(script);
        match self.masses.iter_mut().find(|(known, _)| *known == script) {
            Some((_, sum)) => *sum += mass,
            None => self.masses.push((script, mass)),
        }
        self.words.push((script, word));
    }

    /// All letters, in words of usual length.
    pub fn mass(&self) -> f64 {
        self.masses.iter().map(|(_, mass)| mass).sum()
    }

    pub fn mass_of(&self, script: Script) -> f64 {
        self.masses.iter().find(|(known, _)| *known == script).map_or(0.0, |(_, mass)| *mass)
    }

    /// The words of a script.
    pub fn of(&self, script: Script) -> impl Iterator<Item = &str> {
        self.words.iter().filter(move |(own, _)| *own == script).map(|(_, word)| word.as_str())
    }

    /// The script the mail is written in, and another that has a fair share of it.
    pub fn scripts(&self) -> Option<(Script, Option<Script>)> {
        let latin = self.mass_of(Script::Latin);
        let others = self.masses.iter().filter(|(script, _)| *script != Script::Latin);
        let (other, mass) = others.max_by(|a, b| a.1.total_cmp(&b.1)).copied().unwrap_or((Script::Latin, 0.0));
        if mass > 0.0 && mass >= latin * OWN_SCRIPT_SHARE {
            Some((other, (latin >= 4.0 && latin >= mass * SECOND_SHARE).then_some(Script::Latin)))
        } else if latin > 0.0 {
            Some((Script::Latin, (mass >= 3.0 && mass >= latin * SECOND_SHARE).then_some(other)))
        } else {
            None
        }
    }
}

fn letters_per_word(script: Script) -> f64 {
    match script {
        Script::Han => 1.8,
        Script::Only("ko") => 2.5,
        Script::Only("th" | "km" | "my") => 4.0,
        _ => 5.0,
    }
}

/// Whether a token is an address, a link, a code, a placeholder: nothing a language puts together.
fn is_no_language(token: &str, shouts: bool) -> bool {
    let foreign = |c: char| c.is_ascii_digit() || matches!(c, '@' | '{' | '}' | '$' | '_' | '\\' | '<' | '=');
    if token.is_ascii() {
        let is_link = || token.contains(':') && token.contains("://") || token.starts_with("www.");
        return token.contains(foreign) || is_link() || !shouts && is_acronym(token);
    }
    // Without spaces a token is a whole sentence, whatever else stands in it.
    if token.contains(is_unspaced) {
        return false;
    }
    if token.contains("://") || token.contains(['@', '{', '$']) {
        return true;
    }
    // Companies and model names in capitals; unless the whole mail shouts.
    !shouts
        && token.chars().filter(|c| c.is_alphabetic()).count() >= 2
        && token.chars().all(|c| !c.is_alphabetic() || (c.is_uppercase() && script_of(c).is_some()))
}

/// Arabic in Latin letters writes sounds that these lack as figures: `sba7`, `3ashan`. Such a word has no weight of its own, for it
/// may be a code; it votes when a language lists it.
fn figured_word(token: &str) -> Option<String> {
    let word = token.trim_matches(|c: char| c.is_ascii_punctuation());
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let shaped = word.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'2' | b'3' | b'5'..=b'9'));
    let figures = word.len() - letters;
    (shaped && (3..=14).contains(&letters) && (1..=2).contains(&figures) && !is_acronym(word)).then(|| word.to_ascii_lowercase())
}

/// Two capitals or more and no small letter, in ASCII: acronyms, model names, companies.
fn is_acronym(token: &str) -> bool {
    let (mut upper, mut lower) = (0_usize, 0_usize);
    for b in token.bytes() {
        upper += usize::from(b.is_ascii_uppercase());
        lower += usize::from(b.is_ascii_lowercase());
    }
    upper >= 2 && lower == 0
}

/// Whether most letters are capitals.
fn is_shouting(text: &str) -> bool {
    let (mut upper, mut lower) = (0_usize, 0_usize);
    for c in text.chars().take(SHOUT_CHARS) {
        upper += usize::from(c.is_uppercase());
        lower += usize::from(c.is_lowercase());
    }
    upper > lower * 2
}

/// Marks that belong to the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{591}'..='\u{5c7}' | '\u{900}'..='\u{963}' | '\u{200c}' | '\u{e31}'..='\u{e4e}')
}

fn script_of(c: char) -> Option<Script> {
    Some(match c {
        'a'..='z' | 'A'..='Z' => Script::Latin,
        '\0'..='\u{bf}' | '×' | '÷' => return None,
        '\u{c0}'..='\u{24f}' | '\u{250}'..='\u{2ff}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Only("el"),
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{531}'..='\u{58f}' => Script::Only("hy"),
        '\u{5d0}'..='\u{5f2}' => Script::Hebrew,
        '\u{620}'..='\u{64a}'
        | '\u{66e}'..='\u{6d3}'
        | '\u{6fa}'..='\u{6ff}'
        | '\u{750}'..='\u{77f}'
        | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' => Script::Arabic,
        '\u{904}'..='\u{961}' => Script::Devanagari,
        '\u{980}'..='\u{9fe}' => Script::Only("bn"),
        '\u{a00}'..='\u{a7f}' => Script::Only("pa"),
        '\u{a80}'..='\u{aff}' => Script::Only("gu"),
        '\u{b00}'..='\u{b7f}' => Script::Only("or"),
        '\u{b80}'..='\u{bff}' => Script::Only("ta"),
        '\u{c00}'..='\u{c7f}' => Script::Only("te"),
        '\u{c80}'..='\u{cff}' => Script::Only("kn"),
        '\u{d00}'..='\u{d7f}' => Script::Only("ml"),
        '\u{d80}'..='\u{dff}' => Script::Only("si"),
        '\u{e01}'..='\u{e5b}' => Script::Only("th"),
        '\u{1000}'..='\u{109f}' => Script::Only("my"),
        '\u{10a0}'..='\u{10ff}' => Script::Only("ka"),
        '\u{1200}'..='\u{137f}' => Script::Only("am"),
        '\u{1780}'..='\u{17ff}' => Script::Only("km"),
        '\u{3041}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{3005}'
        | '\u{ff66}'..='\u{ff9d}' => Script::Han,
        '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}' => Script::Only("ko"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_links_and_addresses_do_not_vote() {
        let found = words("Hola SGL-200 bob@acme.example https://acme.example/x ${name} precio 5kg IP65", 1_000);
        assert_eq!(found.of(Script::Latin).collect::<Vec<_>>(), ["hola", "precio"]);
    }

    #[test]
    fn words_with_figures_in_them_may_vote() {
        let found = words("sba7 el 5eer, 3ashan IP655 20pcs AB3CD", 1_000);
        assert_eq!(found.of(Script::Latin).collect::<Vec<_>>(), ["sba7", "el", "5eer", "3ashan"]);
    }

    #[test]
    fn product_names_do_not_make_a_chinese_mail_english() {
        let found = words("你好，我想采购 Bluetooth Wireless Speaker Deluxe Edition，数量三百个，请报价", 1_000);
        assert_eq!(found.scripts().map(|(main, _)| main), Some(Script::Han));
    }

    #[test]
    fn an_address_within_a_chinese_sentence_does_not_silence_it() {
        let found = words(&"请把报价单发到bob@acme.example谢谢".repeat(300), 6_000);
        assert_eq!(found.scripts().map(|(main, _)| main), Some(Script::Han));
    }

    #[test]
    fn a_mail_all_in_capitals_still_has_words() {
        assert_eq!(words("PLEASE SEND YOUR PRICE LIST", 1_000).of(Script::Latin).count(), 5);
    }
}
