//! Weighing what the model, words and letters say.

use super::rules::LanguageRules;
use super::script::{Script, Words};
use crate::types::Language;
use crate::understand::LanguageGuess;
use crate::understand::fold::Folder;
use std::borrow::Cow;

/// The same word is no new proof after this.
const REPEATS_MAX: usize = 3;
/// What a characteristic letter proves, and how often at most.
const LETTER_WEIGHT: f64 = 0.7;
const LETTERS_MAX: u8 = 4;
/// What listed words and letters count beside the model; a longer text has more of both.
const VOTE_WEIGHT: f64 = 3.0;
/// What a header's word for the language counts, and what the language counts that a script is nearly always in.
const DECLARED_WEIGHT: f64 = 0.7;
const USUAL_WEIGHT: f64 = 2.0;
/// The sums spread wider than the truth does.
const SPREAD: f64 = 1.0;
/// A language this likely may be the mail's too, or one with this share of the listed words.
const RIVAL_LIKELY: f64 = 0.02;
const RIVAL_SHARE: f64 = 0.35;
/// Below this nothing is named.
const LIKELY_MIN: f64 = 0.2;
/// whatlang knows languages that nobody lists here; it is heard where all others are unlikely.
const WHATLANG_BELOW: f64 = 0.6;
const WHATLANG_WORDS_MIN: usize = 6;
const WHATLANG_CHARS_MAX: usize = 320;

/// A language, and what speaks for it.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    language: Language,
    /// The model's sum.
    sum: f64,
    /// Listed words and letters.
    votes: f64,
    likely: f64,
}

/// All of them, and how many words were heard.
#[derive(Debug, Default)]
struct Candidates {
    all: Vec<Candidate>,
    /// The sum of a language the model does not know.
    unknown: f64,
    words: usize,
}

impl Candidates {
    fn of(&mut self, language: Language) -> &mut Candidate {
        let at = self.all.iter().position(|known| known.language == language).unwrap_or_else(|| {
            self.all.push(Candidate { language, sum: self.unknown, votes: 0.0, likely: 0.0 });
            self.all.len() - 1
        });
        &mut self.all[at]
    }

    /// Lets the listed words and the letters of the script vote.
    fn hear(&mut self, words: &Words, script: Script, rules: &LanguageRules) {
        let mut seen: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
        let mut letters: Vec<(char, u8)> = Vec::new();
        let folder = Folder::default();
        for word in words.of(script) {
            // A word with figures counts only where it is listed.
            self.words += usize::from(!word.bytes().any(|b| b.is_ascii_digit()));
            let repeats = seen.entry(word).or_default();
            *repeats += 1;
            if *repeats > REPEATS_MAX {
                continue;
            }
            let folded = if word.is_ascii() { Cow::Borrowed(word) } else { Cow::Owned(folder.fold_word(word)) };
            rules.votes_of(&folded, word).for_each(|(language, vote)| self.of(language).votes += vote);
            for c in word.chars().filter(|c| !c.is_ascii()) {
                if count_of(&mut letters, c) <= LETTERS_MAX {
                    let languages = rules.letter(c);
                    languages.iter().for_each(|&language| self.of(language).votes += LETTER_WEIGHT / (languages.len() as f64).sqrt());
                }
            }
        }
    }

    /// Makes sums and votes one likelihood, the likeliest first.
    fn settle(&mut self, declared: Option<Language>, usual: Option<Language>) {
        let words = (self.words.max(1) as f64).sqrt();
        let total = |one: &Candidate| {
            let declared = if declared == Some(one.language) { DECLARED_WEIGHT } else { 0.0 };
            let usual = if usual == Some(one.language) { USUAL_WEIGHT } else { 0.0 };
            (one.sum + VOTE_WEIGHT * one.votes / words + declared + usual) / SPREAD
        };
        let most = self.all.iter().map(total).fold(f64::MIN, f64::max);
        self.all.iter_mut().for_each(|one| one.likely = (total(one) - most).exp());
        let sum: f64 = self.all.iter().map(|one| one.likely).sum();
        self.all.iter_mut().for_each(|one| one.likely /= sum);
        self.all.sort_by(|a, b| b.likely.total_cmp(&a.likely));
    }
}

/// How often a letter was met, this time included.
fn count_of(letters: &mut Vec<(char, u8)>, letter: char) -> u8 {
    match letters.iter_mut().find(|(known, _)| *known == letter) {
        Some((_, times)) => {
            *times = times.saturating_add(1);
            *times
        }
        None => {
            letters.push((letter, 1));
            1
        }
    }
}

/// The language of words in a script that several languages share.
pub(super) fn weigh(words: &Words, script: Script, declared: Option<Language>, rules: &LanguageRules) -> LanguageGuess {
    let weighed = rules.model.weigh(script, words.of(script));
    let mut candidates = Candidates::default();
    candidates.all.extend(weighed.iter().map(|&(language, sum)| Candidate { language, sum, votes: 0.0, likely: 0.0 }));
    candidates.unknown = candidates.all.iter().map(|one| one.sum).fold(0.0, f64::min);
    candidates.hear(words, script, rules);
    let usual = match script {
        Script::Devanagari => Language::parse("hi"),
        Script::Hebrew => Language::parse("he"),
        _ => None,
    };
    for language in [usual, declared].into_iter().flatten() {
        candidates.of(language);
    }
    candidates.settle(declared, usual);
    let guess = conclude(&candidates);
    if guess.confidence < WHATLANG_BELOW
        && candidates.words >= WHATLANG_WORDS_MIN
        && let Some(language) = whatlang_opinion(words, script)
        && !weighed.iter().any(|(known, _)| *known == language)
    {
        return LanguageGuess::new(language, WHATLANG_BELOW);
    }
    guess
}

/// What whatlang takes the text for, where it is sure.
fn whatlang_opinion(words: &Words, script: Script) -> Option<Language> {
    let mut text = String::new();
    for word in words.of(script) {
        if text.len() >= WHATLANG_CHARS_MAX {
            break;
        }
        text.push_str(word);
        text.push(' ');
    }
    let info = whatlang::detect(&text)?;
    info.is_reliable().then(|| Language::parse(two_letters(info.lang().code())?)).flatten()
}

/// The likeliest, and how sure that is by its likelihood and by how many words there were.
fn conclude(candidates: &Candidates) -> LanguageGuess {
    let Some(best) = candidates.all.first().filter(|best| best.likely >= LIKELY_MIN) else {
        return LanguageGuess::new(Language::UNKNOWN, 0.1);
    };
    let most = match candidates.words {
        0 | 1 => 0.5,
        2 => 0.7,
        3 => 0.85,
        // Names and codes look like something too: without a word that is known nothing is certain.
        _ if best.votes <= 0.0 => 0.85,
        _ => 0.995,
    };
    let mut rivals = [Language::UNKNOWN; 3];
    let close = candidates.all.iter().skip(1).filter(|one| one.likely >= RIVAL_LIKELY || one.votes > 0.0 && one.votes >= RIVAL_SHARE * best.votes);
    rivals.iter_mut().zip(close).for_each(|(rival, one)| *rival = one.language);
    LanguageGuess { rivals, ..LanguageGuess::new(best.language, best.likely.min(most)) }
}

/// Chinese of either script, or Japanese.
pub(super) fn han(words: &Words, declared: Option<Language>, rules: &LanguageRules) -> LanguageGuess {
    let (mut kana, mut ideographs, mut simplified, mut traditional, mut japanese) = (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    for c in words.of(Script::Han).flat_map(str::chars) {
        let is_kana = matches!(c, '\u{3041}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9d}');
        kana += usize::from(is_kana);
        ideographs += usize::from(!is_kana);
        simplified += usize::from(rules.is_simplified(c));
        traditional += usize::from(rules.is_traditional(c));
        japanese += usize::from(rules.is_japanese(c));
    }
    let japanese_code = Language::parse("ja").unwrap_or(Language::UNKNOWN);
    let all = (kana + ideographs).max(1);
    let sure = LanguageGuess::new;
    // A Chinese mail may hold a kana in a name; Japanese hardly does without for ten characters.
    if kana * 12 >= all {
        return sure(japanese_code, if kana >= 3 { 0.99 } else { 0.85 });
    }
    if japanese > simplified.max(traditional) || declared == Some(japanese_code) && simplified == 0 {
        return sure(japanese_code, 0.7);
    }
    let quiet = if ideographs < 4 { 0.7 } else { 0.99 };
    match simplified.cmp(&traditional) {
        std::cmp::Ordering::Greater => sure(Language::CHINESE_SIMPLIFIED, lead(simplified, traditional).min(quiet)),
        std::cmp::Ordering::Less => sure(Language::CHINESE_TRADITIONAL, lead(traditional, simplified).min(quiet)),
        std::cmp::Ordering::Equal => {
            let language = declared.filter(|language| language.is_chinese()).unwrap_or(Language::CHINESE_SIMPLIFIED);
            sure(language, 0.75_f64.min(quiet))
        }
    }
}

fn lead(more: usize, less: usize) -> f64 {
    if more >= 3 * less.max(1) || less == 0 { 0.99 } else { 0.75 }
}

/// ISO 639-3 codes of whatlang as ours.
fn two_letters(code: &str) -> Option<&'static str> {
    const CODES: &str = "epo eo eng en rus ru cmn zh spa es por pt ita it ben bn fra fr deu de ukr uk kat ka ara ar hin hi jpn ja heb he \
        yid yi pol pl amh am jav jv kor ko nob nb dan da swe sv fin fi tur tr nld nl hun hu ces cs ell el bul bg bel be mar mr kan kn \
        ron ro slv sl hrv hr srp sr mkd mk lit lt lav lv est et tam ta vie vi urd ur tha th guj gu uzb uz pan pa aze az ind id tel te \
        pes fa mal ml ori or mya my nep ne sin si khm km tuk tk aka ak zul zu sna sn afr af lat la slk sk cat ca tgl tl hye hy";
    let mut codes = CODES.split_ascii_whitespace();
    while let Some(three) = codes.next() {
        let two = codes.next()?;
        if three == code {
            return Some(two);
        }
    }
    None
}
