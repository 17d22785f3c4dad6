//! Whole text to intent: every cue found speaks for one, and the sum decides.
//!
//! What makes a cue count more or less: a sentence that asks counts more than one that tells; what comes later counts a little more
//! than what comes first, because people close the old matter before they open the new one; a subject counts less than the text, and
//! that of an answer least, because it is the old matter's; a cue within a longer one ("your order" in "thank you for your order") does
//! not count; cues of a language the mail is not written in count less. A second cue for the same intent adds less than the first.
//! To that comes what the words of the whole mail are [usually](usage) written for: people find words nobody thought of.

mod cue;
mod cues;
mod shelf;
mod usage;
mod verdict;

pub(super) use shelf::{Example, IntentRules};

use super::fold::{Folded, Folder, is_unspaced};
use super::reading::{Evidence, IntentGuess, LanguageGuess};
use crate::types::{Intent, Language};
use cues::{Cues, Desk, Hit, Meaning, Place, Rule};

/// So much of a text is searched; whoever wants something has said it by then.
const TEXT_LEN_MAX: usize = 24 * 1024;
/// So much of a subject, and of the names of all attachments.
const SUBJECT_LEN_MAX: usize = 500;
const NAMES_LEN_MAX: usize = 2_000;

/// What each further word of a phrase adds: who says more of what a clerk knows to look for means it more.
const FURTHER_WORD: f64 = 0.25;
/// Words of a phrase that count.
const PHRASE_WORDS_MAX: usize = 6;
/// Where no cue says enough, usage is asked only of a text in a language at least so sure, and with so many words, or characters of a
/// script without spaces.
const USAGE_LANGUAGE_MIN: f64 = 0.5;
const USAGE_WORDS_MIN: usize = 3;
const USAGE_CHARACTERS_MIN: usize = 4;
/// A language surer than this is not doubted when none of its cues is found.
const LANGUAGE_CERTAIN: f64 = 0.9;

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub text: &'a str,
    pub subject: Option<&'a str>,
    /// An answer: its subject is the old matter's.
    pub is_reply: bool,
    pub attachment_names: &'a str,
    /// What attached papers call themselves, at their heads.
    pub headings: &'a str,
    pub language: LanguageGuess,
}

/// One cue's weight in this mail.
struct Vote<'r> {
    intent: Intent,
    score: f64,
    rule: &'r Rule,
    words: String,
}

/// Judges a text.
pub(super) fn judge(words: &Words<'_>, rules: &IntentRules, folder: &Folder) -> IntentGuess {
    let text = folder.fold(words.text, TEXT_LEN_MAX);
    // What stands on the outside of a mail: its subject, and what its papers call themselves.
    let outside = [words.subject.unwrap_or_default(), words.headings, words.attachment_names];
    let outside = outside.map(|line| folder.fold(line, SUBJECT_LEN_MAX).text).join(" ");
    let cues = rules.cues_for(words.language, folder);
    let mut votes = votes(words, &text, &cues, folder);
    // Where the words of its language say nothing, it may have been taken for the wrong one.
    if verdict::is_undecided(&votes) && words.language.confidence < LANGUAGE_CERTAIN {
        votes = self::votes(words, &text, &rules.all(folder), folder);
    }
    // A word or two, or words of no language, are no usage: rubbish would look like something or other.
    let is_language = words.language.language != Language::UNKNOWN && words.language.confidence >= USAGE_LANGUAGE_MIN;
    if verdict::is_undecided(&votes) && !(is_language && has_words(&text.text)) {
        return verdict::nothing();
    }
    let likely = usage::likely(&outside, &text.text);
    let mut guess = verdict::reach(votes, &likely);
    if guess.evidence.is_empty() && guess.intent != Intent::Other {
        let spoke = usage::cues(&text, guess.intent).into_iter().filter_map(|span| text.source_of(words.text, &span));
        let because = |words: &str| Evidence { words: one_line(words), rule: format!("usage: {}", guess.intent) };
        guess.evidence = spoke.map(because).collect();
    }
    guess
}

/// All votes, the heaviest first.
fn votes<'r>(words: &Words<'_>, text: &Folded, cues: &[&'r Cues], folder: &Folder) -> Vec<Vote<'r>> {
    let mut desk = Desk::default();
    let mut votes = body_votes(words, text, cues, &mut desk);
    if let Some(subject) = words.subject {
        let factor = if words.is_reply { 0.4 } else { 0.85 };
        let line = Line { text: subject, len_max: SUBJECT_LEN_MAX, place: Place::Subject, factor };
        votes.extend(line_votes(&line, words.language, cues, folder, &mut desk));
    }
    if !words.attachment_names.is_empty() {
        let line = Line { text: words.attachment_names, len_max: NAMES_LEN_MAX, place: Place::Attachment, factor: 0.8 };
        votes.extend(line_votes(&line, words.language, cues, folder, &mut desk));
    }
    if !words.headings.is_empty() {
        // A name is given in passing; what stands at its head is what the paper is.
        let line = Line { text: words.headings, len_max: NAMES_LEN_MAX, place: Place::Attachment, factor: 1.5 };
        votes.extend(line_votes(&line, words.language, cues, folder, &mut desk));
    }
    votes.sort_by(|a, b| b.score.total_cmp(&a.score));
    votes
}

/// Votes of the text itself.
fn body_votes<'r>(words: &Words<'_>, folded: &Folded, cues: &[&'r Cues], desk: &mut Desk) -> Vec<Vote<'r>> {
    let hits = scan(cues, folded, desk);
    let mut sentences = sentences(&folded.text);
    for hit in hits.iter().filter(|hit| hit.rule.meaning == Meaning::Request) {
        if let Some(sentence) = sentence_at(&mut sentences, hit.span.start) {
            sentence.asks = true;
        }
    }
    let length = folded.text.len().max(1) as f64;
    let weigh = |hit: &Hit<'_>| {
        let asks = sentence_of(&sentences, hit.span.start).is_some_and(|sentence| sentence.asks);
        let late = hit.span.start as f64 / length;
        hit.rule.weight * language_factor(hit.rule, words.language) * if asks { 1.25 } else { 1.0 } * (0.92 + 0.16 * late)
    };
    votes_of(hits, |rule| rule.place == Place::Anywhere, weigh, words.text, folded)
}

/// A subject, the names of attachments, or the headings of papers.
struct Line<'a> {
    text: &'a str,
    len_max: usize,
    place: Place,
    /// What a cue counts here, of what it would count in the text.
    factor: f64,
}

/// Votes of such a line.
fn line_votes<'r>(line: &Line<'_>, language: LanguageGuess, cues: &[&'r Cues], folder: &Folder, desk: &mut Desk) -> Vec<Vote<'r>> {
    let folded = folder.fold(line.text, line.len_max);
    let hits = scan(cues, &folded, desk);
    let counts = |rule: &Rule| rule.place == line.place || (line.place == Place::Subject && rule.place == Place::Anywhere);
    votes_of(hits, counts, |hit| hit.rule.weight * language_factor(hit.rule, language) * line.factor, line.text, &folded)
}

/// Every cue of every language asked, in a folded text.
fn scan<'r>(cues: &[&'r Cues], folded: &Folded, desk: &mut Desk) -> Vec<Hit<'r>> {
    let mut hits = Vec::new();
    cues.iter().for_each(|cues| cues.scan(folded, desk, &mut hits));
    hits
}

/// Hits to votes: each rule once, nothing inside a longer phrase, no two overlapping for one intent.
fn votes_of<'r>(
    mut hits: Vec<Hit<'r>>,
    counts: impl Fn(&Rule) -> bool,
    weigh: impl Fn(&Hit<'r>) -> f64,
    source: &str,
    folded: &Folded,
) -> Vec<Vote<'r>> {
    hits.retain(|hit| hit.rule.meaning != Meaning::Request && counts(hit.rule));
    hits.sort_by_key(|hit| (hit.span.start, std::cmp::Reverse(hit.span.end)));
    let mut covered = 0..0;
    let mut kept: Vec<(Hit<'r>, f64, Intent)> = Vec::new();
    for hit in hits {
        let inside = hit.span.end <= covered.end && hit.span != covered;
        if !hit.gapped && hit.span.end > covered.end {
            covered = hit.span.clone();
        }
        let Meaning::Intent(intent) = hit.rule.meaning else { continue };
        if inside {
            continue;
        }
        let score = weigh(&hit) * stretch(&hit, folded);
        let rival = kept.iter_mut().rev().take(24).find(|(other, weight, whose)| {
            *whose == intent
                && (std::ptr::eq(other.rule, hit.rule) || (other.span.end > hit.span.start && weight.signum() == score.signum()))
        });
        match rival {
            Some(rival) if rival.1.abs() < score.abs() => *rival = (hit, score, intent),
            Some(_) => {}
            None => kept.push((hit, score, intent)),
        }
    }
    let vote = |(hit, score, intent): (Hit<'r>, f64, Intent)| Vote {
        intent,
        score,
        rule: hit.rule,
        words: one_line(folded.source_of(source, &hit.span).unwrap_or_default()),
    };
    kept.into_iter().map(vote).collect()
}

/// Whether a folded text has words enough to show how people write.
fn has_words(folded: &str) -> bool {
    let unspaced = folded.chars().filter(|&c| is_unspaced(c)).take(USAGE_CHARACTERS_MIN).count();
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1).take(USAGE_WORDS_MIN).count();
    unspaced == USAGE_CHARACTERS_MIN || words == USAGE_WORDS_MIN
}

/// What a phrase counts for its length; where no spaces are written two characters are a word. Words apart prove no more for being many.
fn stretch(hit: &Hit<'_>, folded: &Folded) -> f64 {
    let phrase = folded.text.get(hit.span.clone()).unwrap_or_default();
    let words = match phrase.chars().any(is_unspaced) {
        true => phrase.chars().count() / 2,
        false => phrase.split(' ').count(),
    };
    // Never more than six: exact.
    let further = words.clamp(1, PHRASE_WORDS_MAX) - 1;
    if hit.gapped { 1.0 } else { 1.0 + FURTHER_WORD * further as f64 }
}

/// English business words are at home everywhere; people mix other languages too, but a lone word may mean another thing there.
fn language_factor(rule: &Rule, guess: LanguageGuess) -> f64 {
    let same = |language: Language| rule.language == language || (rule.language.is_chinese() && language.is_chinese());
    if same(guess.language) || guess.second.is_some_and(same) {
        1.0
    } else if rule.language == Language::ENGLISH || guess.language == Language::UNKNOWN {
        0.95
    } else if rule.lone {
        0.4
    } else {
        0.75
    }
}

struct Sentence {
    end: usize,
    asks: bool,
}

/// Where sentences end, and which are questions.
fn sentences(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let ends = match c {
            '\n' | '?' | '!' | '。' | '؟' => true,
            '.' => chars.peek().is_none_or(|&(_, next)| next == ' ' || next == '\n'),
            _ => false,
        };
        if ends {
            sentences.push(Sentence { end: at + c.len_utf8(), asks: matches!(c, '?' | '؟') });
        }
    }
    sentences.push(Sentence { end: usize::MAX, asks: false });
    sentences
}

fn sentence_of(sentences: &[Sentence], at: usize) -> Option<&Sentence> {
    sentences.get(sentences.partition_point(|sentence| sentence.end <= at))
}

fn sentence_at(sentences: &mut [Sentence], at: usize) -> Option<&mut Sentence> {
    let index = sentences.partition_point(|sentence| sentence.end <= at);
    sentences.get_mut(index)
}

/// Words over several lines, shown on one.
fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
