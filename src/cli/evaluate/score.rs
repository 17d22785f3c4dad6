//! What was read against what it is, counted.

use super::labelled::Label;
use crate::types::{Intent, Language};
use std::collections::BTreeMap;

/// An answer given with this much confidence should be right.
pub(super) const SURE: f64 = 0.9;
/// Mails that were read wrongly and are named.
const WRONG_NAMED_MAX: usize = 20;

/// What was read of one mail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    pub intent: Intent,
    pub confidence: f64,
    pub language: Language,
    pub language_confidence: f64,
}

/// A mail that was read wrongly.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wrong {
    pub path: String,
    pub wanted: Intent,
    pub read: Intent,
    pub confidence: f64,
}

/// Right ones among all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub right: usize,
    pub all: usize,
}

/// How one intent was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OfIntent {
    pub intent: Intent,
    pub wanted: usize,
    pub read: usize,
    pub right: usize,
}

/// How one language was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct OfLanguage {
    /// Mails whose intent was read rightly.
    pub intents: Share,
    /// Mails whose language was labelled and read rightly.
    pub languages: Share,
}

/// Everything that is counted.
#[derive(Debug, Default)]
pub(super) struct Score {
    pub total: Share,
    /// What was wanted and what was read.
    pub cells: BTreeMap<(Intent, Intent), usize>,
    /// By the labelled language, else by the one that was read.
    pub languages: BTreeMap<Language, OfLanguage>,
    pub sure_intents: Share,
    pub sure_languages: Share,
    pub wrong: Vec<Wrong>,
}

impl Share {
    pub fn add(&mut self, is_right: bool) {
        self.right += usize::from(is_right);
        self.all += 1;
    }

    /// 0 to 1; `None` of nothing.
    pub fn part(self) -> Option<f64> {
        (self.all > 0).then(|| self.right as f64 / self.all as f64)
    }
}

impl OfIntent {
    /// Of the mails read as this, how many were.
    pub fn precision(&self) -> Option<f64> {
        Share { right: self.right, all: self.read }.part()
    }

    /// Of the mails that were this, how many were read so.
    pub fn recall(&self) -> Option<f64> {
        Share { right: self.right, all: self.wanted }.part()
    }

    /// The harmonic mean of the two.
    pub fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.wanted + self.read).max(1) as f64
    }
}

impl Score {
    /// Counts one mail.
    pub fn add(&mut self, path: &str, label: &Label, answer: &Answer) {
        let is_right = answer.intent == label.intent || label.others.contains(&answer.intent);
        self.total.add(is_right);
        let read = if is_right { label.intent } else { answer.intent };
        *self.cells.entry((label.intent, read)).or_default() += 1;
        if answer.confidence >= SURE {
            self.sure_intents.add(is_right);
        }
        let of_language = self.languages.entry(label.language.unwrap_or(answer.language)).or_default();
        of_language.intents.add(is_right);
        if let Some(wanted) = label.language {
            of_language.languages.add(wanted == answer.language);
            if answer.language_confidence >= SURE {
                self.sure_languages.add(wanted == answer.language);
            }
        }
        if !is_right && self.wrong.len() < WRONG_NAMED_MAX {
            let confidence = answer.confidence;
            self.wrong.push(Wrong { path: path.to_owned(), wanted: label.intent, read: answer.intent, confidence });
        }
    }

    /// Every intent that was wanted or read.
    pub fn intents(&self) -> Vec<OfIntent> {
        let of = |intent| {
            let sum = |is_counted: &dyn Fn(&(Intent, Intent)) -> bool| -> usize {
                self.cells.iter().filter(|(cell, _)| is_counted(cell)).map(|(_, count)| count).sum()
            };
            OfIntent {
                intent,
                wanted: sum(&|(wanted, _)| *wanted == intent),
                read: sum(&|(_, read)| *read == intent),
                right: self.cells.get(&(intent, intent)).copied().unwrap_or_default(),
            }
        };
        Intent::ALL.into_iter().map(of).filter(|one| one.wanted + one.read > 0).collect()
    }

    /// The mean F1 of the intents that were wanted: a rare intent counts as much as a frequent one.
    pub fn macro_f1(&self) -> f64 {
        let wanted: Vec<f64> = self.intents().iter().filter(|one| one.wanted > 0).map(OfIntent::f1).collect();
        wanted.iter().sum::<f64>() / wanted.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(intent: Intent, confidence: f64, code: &str) -> Answer {
        let language = Language::parse(code).expect("a code");
        Answer { intent, confidence, language, language_confidence: confidence }
    }

    #[test]
    fn counts_are_those_a_person_would_make() {
        let label = |intent, others, code: &str| Label { intent, others, language: Language::parse(code) };
        let mut score = Score::default();
        score.add("1", &label(Intent::Inquiry, Vec::new(), "es"), &answer(Intent::Inquiry, 0.95, "es"));
        score.add("2", &label(Intent::Inquiry, Vec::new(), "es"), &answer(Intent::Order, 0.92, "pt"));
        score.add("3", &label(Intent::Order, vec![Intent::Negotiation], ""), &answer(Intent::Negotiation, 0.5, "en"));
        assert_eq!(score.total, Share { right: 2, all: 3 });
        let intents = score.intents();
        let inquiry = intents.iter().find(|one| one.intent == Intent::Inquiry).expect("it was wanted");
        let order = intents.iter().find(|one| one.intent == Intent::Order).expect("it was wanted");
        assert_eq!((inquiry.precision(), inquiry.recall()), (Some(1.0), Some(0.5)));
        assert_eq!((order.precision(), order.recall()), (Some(0.5), Some(1.0)));
        assert!(intents.iter().all(|one| one.intent != Intent::Negotiation), "the other right answer is no mistake");
        assert!((score.macro_f1() - 2.0 / 3.0).abs() < 1e-9);
        let spanish = score.languages[&Language::parse("es").expect("a code")];
        assert_eq!((spanish.intents.right, spanish.languages), (1, Share { right: 1, all: 2 }));
        assert_eq!(score.sure_intents, Share { right: 1, all: 2 });
        assert_eq!(score.wrong.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["2"]);
    }
}
