//! Weighing what the model, words and letters say.

use super::rules::LanguageRules;
use super::script::{Script, Words};
use crate::types::Language;
use crate::understand::LanguageGuess;
use crate::understand::fold::Folder;

/// So many words are looked up; the rest of a mail repeats them.
const WORDS_MAX: usize = 64;
/// The same word is no new proof after this.
const REPEATS_MAX: u8 = 3;
/// What a characteristic letter proves, and how often at most.
const LETTER_WEIGHT: f64 = 0.7;
const LETTERS_MAX: u8 = 4;
/// What listed words and letters count beside the model.
const VOTE_WEIGHT: f64 = 3.0;
/// What a header's word for the language counts, and the language that a script is nearly always in.
const DECLARED_WEIGHT: f64 = 0.7;
const USUAL_WEIGHT: f64 = 2.0;
/// A language this likely may be the mail's too, or one with this share of the listed words.
const RIVAL_LIKELY: f64 = 0.02;
const RIVAL_SHARE: f64 = 0.35;
/// Hindi and Urdu typed in Latin letters are one speech with some words of its own on either side: of those two none is sure while the
/// other is this likely.
const TWINS: [&str; 2] = ["hi", "ur"];
const TWIN_LIKELY: f64 = 0.003;
/// Below this nothing is named.
const LIKELY_MIN: f64 = 0.2;
/// whatlang knows languages that nobody lists here. It is heard where all others are unlikely and few words are known.
const WHATLANG_BELOW: f64 = 0.6;
const WHATLANG_WORDS_MIN: usize = 6;
const WHATLANG_VOTES_MAX: f64 = 0.2;
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

/// What listed words and letters say, by seat.
struct Votes {
    by_seat: Vec<f64>,
    words: usize,
}

impl Votes {
    fn hear(words: &Words, script: Script, rules: &LanguageRules) -> Self {
        let mut votes = Self { by_seat: vec![0.0; rules.languages.len()], words: 0 };
        let mut seen: Vec<(&str, u8)> = Vec::with_capacity(WORDS_MAX);
        let mut letters: Vec<(char, u8)> = Vec::new();
        let folder = Folder::default();
        for word in words.of(script).take(WORDS_MAX) {
            // A word with figures counts only where it is listed.
            votes.words += usize::from(!word.bytes().any(|b| b.is_ascii_digit()));
            if times(&mut seen, word) > REPEATS_MAX {
                continue;
            }
            if word.is_ascii() {
                rules.votes_of(word, word).for_each(|(seat, vote)| votes.add(seat, vote));
                continue;
            }
            rules.votes_of(&folder.fold_word(word), word).for_each(|(seat, vote)| votes.add(seat, vote));
            for c in word.chars().filter(|c| !c.is_ascii()) {
                let seats = rules.letter(c);
                if !seats.is_empty() && times(&mut letters, c) <= LETTERS_MAX {
                    seats.iter().for_each(|&seat| votes.add(seat, LETTER_WEIGHT / (seats.len() as f64).sqrt()));
                }
            }
        }
        votes
    }

    fn add(&mut self, seat: usize, vote: f64) {
        if let Some(sum) = self.by_seat.get_mut(seat) {
            *sum += vote;
        }
    }
}

/// How often one was met, this time included.
fn times<T: PartialEq>(met: &mut Vec<(T, u8)>, one: T) -> u8 {
    match met.iter_mut().find(|(known, _)| *known == one) {
        Some((_, times)) => {
            *times = times.saturating_add(1);
            *times
        }
        None => {
            met.push((one, 1));
            1
        }
    }
}

/// The language of words in a script that several languages share.
pub(super) fn weigh(words: &Words, script: Script, declared: Option<Language>, rules: &LanguageRules) -> LanguageGuess {
    let votes = Votes::hear(words, script, rules);
    let sums = rules.model.weigh(script, words.of(script), rules.languages.len());
    let usual = match script {
        Script::Devanagari => Language::parse("hi"),
        Script::Hebrew => Language::parse("he"),
        _ => None,
    };
    // The model has nothing to say about a language it does not know.
    let unknown = sums.iter().copied().flatten().fold(0.0, f64::min);
    let candidates = rules.languages.iter().zip(&votes.by_seat).zip(&sums).filter_map(|((&language, &votes), &sum)| {
        let is_candidate = sum.is_some() || votes > 0.0 || [declared, usual].contains(&Some(language));
        is_candidate.then_some(Candidate { language, sum: sum.unwrap_or(unknown), votes, likely: 0.0 })
    });
    let candidates = settled(candidates.collect(), votes.words, declared, usual);
    let guess = conclude(&candidates, votes.words);
    let known = candidates.first().map_or(0.0, |best| best.votes);
    if guess.confidence < WHATLANG_BELOW
        && votes.words >= WHATLANG_WORDS_MIN
        && known < votes.words as f64 * WHATLANG_VOTES_MAX
        && let Some(language) = whatlang_opinion(words, script)
        && !rules.languages.iter().zip(&sums).any(|(known, sum)| *known == language && sum.is_some())
    {
        return LanguageGuess::new(language, WHATLANG_BELOW);
    }
    guess
}

/// Makes sums and votes one likelihood, the likeliest first.
fn settled(mut all: Vec<Candidate>, words: usize, declared: Option<Language>, usual: Option<Language>) -> Vec<Candidate> {
    // The model's sums grow with the root of a text's length, and so are the votes to.
    let per_vote = VOTE_WEIGHT / (words.max(1) as f64).sqrt();
    for one in &mut all {
        let declared = if declared == Some(one.language) { DECLARED_WEIGHT } else { 0.0 };
        let usual = if usual == Some(one.language) { USUAL_WEIGHT } else { 0.0 };
        one.likely = one.sum + per_vote * one.votes + declared + usual;
    }
    let most = all.iter().map(|one| one.likely).fold(f64::MIN, f64::max);
    all.iter_mut().for_each(|one| one.likely = (one.likely - most).exp());
    let sum: f64 = all.iter().map(|one| one.likely).sum();
    all.iter_mut().for_each(|one| one.likely /= sum);
    all.sort_by(|a, b| b.likely.total_cmp(&a.likely));
    all
}

/// The likeliest, and how sure that is by its likelihood and by how many words there were.
fn conclude(candidates: &[Candidate], words: usize) -> LanguageGuess {
    let Some(best) = candidates.first().filter(|best| best.likely >= LIKELY_MIN) else {
        return LanguageGuess::new(Language::UNKNOWN, 0.1);
    };
    let most = match words {
        0 | 1 => 0.5,
        2 => 0.7,
        3 => 0.85,
        4 => 0.89,
        // Names and codes look like something too: without a word that is known nothing is certain.
        _ if best.votes <= 0.0 => 0.85,
        _ if are_twins(candidates) => 0.85,
        _ => 0.995,
    };
    let may_be = |one: &&Candidate| one.likely >= RIVAL_LIKELY || one.votes > 0.0 && one.votes >= RIVAL_SHARE * best.votes;
    let mut rivals = [Language::UNKNOWN; 3];
    rivals.iter_mut().zip(candidates.iter().skip(1).filter(may_be)).for_each(|(rival, one)| *rival = one.language);
    LanguageGuess { rivals, ..LanguageGuess::new(best.language, best.likely.min(most)) }
}

/// Whether the first two can hardly be told apart.
fn are_twins(candidates: &[Candidate]) -> bool {
    let is_twin = |one: &Candidate| TWINS.contains(&one.language.code());
    matches!(candidates, [best, next, ..] if is_twin(best) && is_twin(next) && next.likely >= TWIN_LIKELY)
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

/// Chinese of either script, or Japanese.
pub(super) fn han(words: &Words, declared: Option<Language>, rules: &LanguageRules) -> LanguageGuess {
    let (mut kana, mut ideographs, mut simplified, mut traditional, mut japanese) = (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
    let mut is_spoken_chinese = false;
    for c in words.of(Script::Han).flat_map(str::chars) {
        let is_kana = matches!(c, '\u{3041}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9d}');
        kana += usize::from(is_kana);
        ideographs += usize::from(!is_kana);
        simplified += usize::from(rules.is_simplified(c));
        traditional += usize::from(rules.is_traditional(c));
        japanese += usize::from(rules.is_japanese(c));
        is_spoken_chinese |= rules.is_chinese(c);
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
    let quiet = match ideographs {
        0..4 => 0.7,
        // A list of wares may be Japanese too.
        _ if !is_spoken_chinese => 0.85,
        _ => 0.99,
    };
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
