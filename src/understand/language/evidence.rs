//! Weighing what words, letters and whatlang say.

use super::rules::LanguageRules;
use super::script::{Script, Words};
use crate::types::Language;
use crate::understand::LanguageGuess;
use crate::understand::fold::Folder;

/// whatlang reads so much; more costs time and changes nothing.
const WHATLANG_CHARS_MAX: usize = 320;
/// What its opinion counts at most, of a long text.
const WHATLANG_WEIGHT_MAX: f64 = 3.5;
/// The same word is no new proof after this.
const REPEATS_MAX: usize = 3;
/// What a characteristic letter proves, and how often at most.
const LETTER_WEIGHT: f64 = 0.7;
const LETTERS_MAX: u8 = 4;
/// What has this share of the best language's sum may be the mail's language too.
const RIVAL_SHARE: f64 = 0.35;
/// A sum below this names no language.
const SCORE_MIN: f64 = 0.55;

/// Sums by language.
#[derive(Default)]
struct Scores(Vec<(Language, f64)>);

impl Scores {
    fn add(&mut self, language: Language, score: f64) {
        match self.0.iter_mut().find(|(known, _)| *known == language) {
            Some((_, sum)) => *sum += score,
            None => self.0.push((language, score)),
        }
    }

    /// By how much the best is ahead.
    fn lead(&self) -> f64 {
        let (mut best, mut next) = (0.0_f64, 0.0_f64);
        for &(_, score) in &self.0 {
            (best, next) = if score > best { (score, best) } else { (best, next.max(score)) };
        }
        best - next
    }
}

/// The language of words in a script that several languages share.
pub(super) fn weigh(words: &Words, script: Script, declared: Option<Language>, rules: &LanguageRules) -> LanguageGuess {
    let mut scores = Scores::default();
    let mut seen: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
    let mut letters: Vec<(char, u8)> = Vec::new();
    let mut text = String::new();
    let mut count = 0_usize;
    let folder = Folder::default();
    for word in words.of(script) {
        // A word with figures counts only where it is listed.
        let is_figured = word.bytes().any(|b| b.is_ascii_digit());
        count += usize::from(!is_figured);
        if !is_figured && text.len() < WHATLANG_CHARS_MAX * 2 {
            text.push_str(word);
            text.push(' ');
        }
        let repeats = seen.entry(word).or_default();
        *repeats += 1;
        if *repeats > REPEATS_MAX {
            continue;
        }
        let folded = if word.is_ascii() { std::borrow::Cow::Borrowed(word) } else { folder.fold_word(word).into() };
        rules.votes_of(&folded, word).for_each(|(language, score)| scores.add(language, score));
        for c in word.chars().filter(|c| !c.is_ascii()) {
            let times = match letters.iter_mut().find(|(known, _)| *known == c) {
                Some((_, times)) => times,
                None => {
                    letters.push((c, 0));
                    let Some((_, times)) = letters.last_mut() else { continue };
                    times
                }
            };
            *times += u8::from(*times < u8::MAX);
            if *times <= LETTERS_MAX {
                let languages = rules.letter(c);
                languages.iter().for_each(|&language| scores.add(language, LETTER_WEIGHT / (languages.len() as f64).sqrt()));
            }
        }
    }
    if let Some(declared) = declared {
        scores.add(declared, 0.6);
    }
    // whatlang is the slow witness: it is not heard where it could change nothing.
    if scores.lead() < WHATLANG_WEIGHT_MAX + 0.5
        && let Some((language, weight)) = whatlang_opinion(&text)
    {
        scores.add(language, weight);
    }
    conclude(scores, count)
}

/// What whatlang takes the text for, and how much that counts.
fn whatlang_opinion(text: &str) -> Option<(Language, f64)> {
    let end = text.char_indices().nth(WHATLANG_CHARS_MAX).map_or(text.len(), |(at, _)| at);
    let info = whatlang::detect(text.get(..end)?)?;
    let language = Language::parse(two_letters(info.lang().code())?)?;
    let length = text.chars().count() as f64;
    let weight = (0.25 + length * 0.012).min(WHATLANG_WEIGHT_MAX) * (0.35 + 0.65 * info.confidence());
    // Languages nobody trades in are what whatlang makes of names and lists.
    let usual = language.is_written()
        || matches!(language.code(), "sr" | "hr" | "sl" | "mk" | "et" | "lv" | "lt" | "ca" | "az" | "be" | "ur" | "af" | "mr" | "ne");
    Some((language, if usual { weight } else { weight * 0.35 }))
}

/// The best language, and how sure that is by its lead and by how many words there were.
fn conclude(mut scores: Scores, words: usize) -> LanguageGuess {
    scores.0.sort_by(|a, b| b.1.total_cmp(&a.1));
    let Some(&(language, best)) = scores.0.first() else {
        return LanguageGuess::new(Language::UNKNOWN, 0.0);
    };
    if best < SCORE_MIN {
        return LanguageGuess::new(Language::UNKNOWN, 0.1);
    }
    let next = scores.0.get(1).map_or(0.0, |(_, score)| *score);
    let lead = best - next;
    let sure = (1.0 - 0.55 * (-1.1 * lead).exp()) * (1.0 - (-0.9 * best).exp());
    let most = match words {
        0 | 1 => 0.5,
        2 => 0.7,
        3 => 0.85,
        _ => 0.995,
    };
    let mut rivals = [Language::UNKNOWN; 3];
    let close = scores.0.iter().skip(1).filter(|(_, score)| *score >= RIVAL_SHARE * best);
    rivals.iter_mut().zip(close).for_each(|(rival, (language, _))| *rival = *language);
    LanguageGuess { rivals, ..LanguageGuess::new(language, sure.min(most)) }
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
