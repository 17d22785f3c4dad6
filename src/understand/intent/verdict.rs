//! Votes and usage to an answer, and how sure it is.

use super::usage::Likely;
use super::{Evidence, IntentGuess, Vote};
use crate::types::Intent;

/// A sum of votes below this decides nothing: a hint alone does not, a hint in a sentence that asks does.
const SCORE_MIN: f64 = 0.85;
/// What each further cue for one intent adds, of what the one before added.
const NEXT_CUE: f64 = 0.7;
const CUES_MAX: usize = 40;
const EVIDENCE_MAX: usize = 6;
/// How cues and usage are added up: fitted so that the answers given with some certainty for mails that neither had seen were right as
/// often (multinomial logistic regression with these four as its only parameters).
const OF_CUES: f64 = 3.3;
const CUES_SATED: f64 = 2.76;
const OF_USAGE: f64 = 0.85;
const OF_SILENCE: f64 = 0.28;
/// A cue against an intent counts so much of one for it.
const OF_DENIAL: f64 = 0.3;
/// No word is taken as proof that something is impossible.
const LIKELY_MIN: f64 = -9.0;
/// Where the cues alone are as sure as this, what they say stands, and only the certainty falls when usage says otherwise; unless next
/// to nothing is left of it.
const CUES_CERTAIN: f64 = 0.9;
const FLOOR_MIN: f64 = 0.15;
/// What usage alone takes for a machine's mail is it only when as likely as this: a person's mail must not be lost.
const MACHINE_MIN: f64 = 0.9;
/// Less likely than this is not said at all.
const SHARE_MIN: f64 = 0.35;
/// How surely a mail that says nothing is about nothing of ours.
const NOTHING_CONFIDENCE: f64 = 0.3;
/// What may be meant as well is named from here on.
const SECOND_MIN: f64 = 0.2;

/// For each intent, in the order of [`Intent::ALL`].
type Values = [f64; Intent::ALL.len()];

/// Whether no cue says enough.
pub(super) fn is_undecided(votes: &[Vote<'_>]) -> bool {
    Intent::ALL.iter().all(|&intent| sum(votes, intent) < SCORE_MIN)
}

/// The answer; `votes` come heaviest first. Where only usage speaks the evidence is empty.
pub(super) fn reach(votes: Vec<Vote<'_>>, likely: &Likely) -> IntentGuess {
    let sums = Intent::ALL.map(|intent| sum(&votes, intent));
    let shares = shares(&sums, likely);
    let by_cues = by_cues(&sums);
    let (first, share) = match by_cues {
        Some((intent, certain)) if certain >= CUES_CERTAIN && of(&shares, intent) >= FLOOR_MIN => (intent, of(&shares, intent)),
        _ => best(&without_guessed_machines(shares, &sums), None),
    };
    if by_cues.is_none() && share < SHARE_MIN {
        return IntentGuess { confidence: of(&shares, Intent::Other).max(NOTHING_CONFIDENCE), ..nothing() };
    }
    let (next, runner_up) = best(&shares, Some(first));
    let mut evidence: Vec<Evidence> = Vec::new();
    for vote in votes.iter().filter(|vote| vote.intent == first && vote.score > 0.0) {
        if evidence.len() < EVIDENCE_MAX && evidence.iter().all(|known| known.words != vote.words) {
            evidence.push(Evidence { words: vote.words.clone(), rule: vote.rule.id.clone() });
        }
    }
    IntentGuess { intent: first, confidence: share, second: (runner_up >= SECOND_MIN).then_some(next), evidence }
}

/// Nothing was said that tells.
pub(super) fn nothing() -> IntentGuess {
    IntentGuess { intent: Intent::Other, confidence: NOTHING_CONFIDENCE, second: None, evidence: Vec::new() }
}

/// How likely each intent is by both.
fn shares(sums: &Values, likely: &Likely) -> Values {
    let silent = sums.iter().all(|&sum| sum < SCORE_MIN);
    let mut values = [0.0; Intent::ALL.len()];
    for (((value, &sum), &likely), intent) in values.iter_mut().zip(sums).zip(likely).zip(Intent::ALL) {
        let cues = (sum.max(0.0) / CUES_SATED).ln_1p() - OF_DENIAL * (-sum).max(0.0);
        let silence = if silent && intent == Intent::Other { OF_SILENCE } else { 0.0 };
        *value = OF_CUES * cues + OF_USAGE * likely.max(LIKELY_MIN) + silence;
    }
    let most = values.iter().copied().fold(f64::MIN, f64::max);
    let exponents = values.map(|value| (value - most).exp());
    let all: f64 = exponents.iter().sum();
    exponents.map(|exponent| exponent / all)
}

/// Shares of which those of machines' mail are gone that no cue speaks for.
fn without_guessed_machines(mut shares: Values, sums: &Values) -> Values {
    for ((share, &sum), intent) in shares.iter_mut().zip(sums).zip(Intent::ALL) {
        let is_machine = matches!(intent, Intent::AutoReply | Intent::Bounce | Intent::Bulk);
        if is_machine && sum < SCORE_MIN && *share < MACHINE_MIN {
            *share = 0.0;
        }
    }
    shares
}

/// What the cues alone say, and how surely; `None` where they say nothing.
fn by_cues(sums: &Values) -> Option<(Intent, f64)> {
    let (first, best_sum) = best(sums, None);
    let (_, runner_up) = best(sums, Some(first));
    let margin = best_sum - runner_up.max(0.0);
    let certain = (1.0 - 0.5 * (-0.9 * margin).exp()) * (1.0 - (-1.2 * best_sum).exp());
    (best_sum >= SCORE_MIN).then_some((first, certain))
}

/// The highest value, of all but one.
fn best(values: &Values, but: Option<Intent>) -> (Intent, f64) {
    let all = Intent::ALL.into_iter().zip(values.iter().copied()).filter(|&(intent, _)| Some(intent) != but);
    // The first of equals, as a clerk would sort them.
    all.reduce(|best, next| if next.1 > best.1 { next } else { best }).unwrap_or((Intent::Other, 0.0))
}

fn of(values: &Values, wanted: Intent) -> f64 {
    Intent::ALL.into_iter().zip(values.iter().copied()).find(|&(intent, _)| intent == wanted).map_or(0.0, |(_, value)| value)
}

/// The sum for one intent; `votes` come heaviest first, and a rule met in text and subject counts once.
fn sum(votes: &[Vote<'_>], intent: Intent) -> f64 {
    let mut counted: Vec<&super::Rule> = Vec::new();
    let mut share = 1.0;
    let mut total = 0.0;
    for vote in votes.iter().filter(|vote| vote.intent == intent) {
        if counted.len() > CUES_MAX || counted.iter().any(|known| std::ptr::eq(*known, vote.rule)) {
            continue;
        }
        counted.push(vote.rule);
        if vote.score < 0.0 {
            total += vote.score;
            continue;
        }
        total += vote.score * share;
        share *= NEXT_CUE;
    }
    total
}
