//! The counts as tables for people, and as one JSON object.

use super::score::{OfIntent, SURE, Score, Share};
use crate::cli::show::draw;
use crate::cli::words::Words;
use crate::types::Intent;
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

/// The head of a column of the confusion table is cut to so many characters; no two intents begin alike.
const HEAD_CHARS_MAX: usize = 7;

/// Everything for people.
pub(super) fn text(score: &Score, words: &Words) -> String {
    let counts: [(&str, &dyn std::fmt::Display); 4] = [
        ("count", &score.total.all),
        ("right", &score.total.right),
        ("share", &percent(score.total.part())),
        ("f1", &decimals(score.macro_f1())),
    ];
    let mut parts = vec![words.say("evaluate.total", &counts), intents(score, words), languages(score, words), confusion(score, words)];
    parts.push(calibration(score, words));
    if !score.wrong.is_empty() {
        parts.push(wrong(score, words));
    }
    parts.join("\n\n") + "\n"
}

/// Precision, recall and F1 of every intent.
fn intents(score: &Score, words: &Words) -> String {
    let head = ["evaluate.intent", "evaluate.wanted", "evaluate.read", "evaluate.precision", "evaluate.recall"];
    let mut rows = vec![head.iter().map(|key| words.say(key, &[])).chain(["F1".to_owned()]).collect::<Vec<_>>()];
    for one in score.intents() {
        let f1 = if one.wanted > 0 { decimals(one.f1()) } else { String::new() };
        let counts = [one.wanted.to_string(), one.read.to_string(), percent(one.precision()), percent(one.recall()), f1];
        rows.push(std::iter::once(one.intent.name().to_owned()).chain(counts).collect());
    }
    table(&rows)
}

/// How many were read rightly in each language.
fn languages(score: &Score, words: &Words) -> String {
    let head = ["evaluate.language", "evaluate.mails", "evaluate.intent_right", "evaluate.language_right"];
    let mut rows = vec![head.iter().map(|key| words.say(key, &[])).collect::<Vec<_>>()];
    for (language, counted) in &score.languages {
        let shares = [counted.intents, counted.languages].map(|share| percent(share.part()));
        let [intents, languages] = shares;
        rows.push(vec![language.code().to_owned(), counted.intents.all.to_string(), intents, languages]);
    }
    table(&rows)
}

/// What was wanted, a row each, and what was read instead.
fn confusion(score: &Score, words: &Words) -> String {
    let intents = score.intents();
    let read: Vec<&OfIntent> = intents.iter().filter(|one| one.read > 0).collect();
    let mut rows = vec![std::iter::once(words.say("evaluate.confusion", &[])).chain(read.iter().map(|one| head(one.intent))).collect()];
    for wanted in intents.iter().filter(|one| one.wanted > 0) {
        let cell = |read: &&OfIntent| score.cells.get(&(wanted.intent, read.intent)).map_or_else(|| "·".to_owned(), usize::to_string);
        rows.push(std::iter::once(wanted.intent.name().to_owned()).chain(read.iter().map(cell)).collect());
    }
    table(&rows)
}

fn head(intent: Intent) -> String {
    let name = intent.name();
    if name.chars().count() <= HEAD_CHARS_MAX {
        return name.to_owned();
    }
    name.chars().take(HEAD_CHARS_MAX - 1).chain(['…']).collect()
}

fn calibration(score: &Score, words: &Words) -> String {
    let said = |key: &str, share: Share| {
        let values: [(&str, &dyn std::fmt::Display); 4] =
            [("sure", &percent(Some(SURE))), ("count", &share.all), ("right", &share.right), ("share", &percent(share.part()))];
        words.say(key, &values)
    };
    let mut lines = vec![said("evaluate.sure_intents", score.sure_intents)];
    if score.languages.values().any(|one| one.languages.all > 0) {
        lines.push(said("evaluate.sure_languages", score.sure_languages));
    }
    lines.join("\n")
}

/// The mails that were read wrongly; the path comes last, where it may be long.
fn wrong(score: &Score, words: &Words) -> String {
    let missed = score.total.all - score.total.right;
    let values: [(&str, &dyn std::fmt::Display); 2] = [("count", &missed), ("shown", &score.wrong.len())];
    let head = ["evaluate.wanted", "evaluate.read", "evaluate.confidence", "evaluate.mail"];
    let mut rows = vec![head.iter().map(|key| words.say(key, &[])).collect::<Vec<_>>()];
    rows.extend(
        score
            .wrong
            .iter()
            .map(|one| vec![one.wanted.name().to_owned(), one.read.name().to_owned(), percent(Some(one.confidence)), one.path.clone()]),
    );
    format!("{}\n{}", words.say("evaluate.wrong", &values), draw(&rows))
}

/// Rows whose first column is text and whose others are numbers, which stand at its right edge.
fn table(rows: &[Vec<String>]) -> String {
    let column_count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..column_count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            if column == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// `97.5 %`; empty of nothing.
fn percent(part: Option<f64>) -> String {
    part.map(|part| format!("{:.1} %", part * 100.0)).unwrap_or_default()
}

fn decimals(value: f64) -> String {
    format!("{value:.3}")
}

/// One object.
pub(super) fn json(score: &Score, problems: &[String]) -> Value {
    let part = |part: Option<f64>| part.map(|part| (part * 10_000.0).round() / 10_000.0);
    let share = |share: Share| json!({ "answers": share.all, "right": share.right, "accuracy": part(share.part()) });
    let intents = score.intents().into_iter().map(|one| {
        json!({ "intent": one.intent.name(), "wanted": one.wanted, "read": one.read, "right": one.right,
                "precision": part(one.precision()), "recall": part(one.recall()), "f1": part(Some(one.f1()).filter(|_| one.wanted > 0)) })
    });
    let languages = score.languages.iter().map(|(language, one)| {
        json!({ "language": language.code(), "mails": one.intents.all, "right": one.intents.right, "accuracy": part(one.intents.part()),
                "language_labelled": one.languages.all, "language_right": one.languages.right })
    });
    let mut confusion = Map::new();
    for ((wanted, read), count) in &score.cells {
        let row = confusion.entry(wanted.name()).or_insert_with(|| json!({}));
        if let Value::Object(row) = row {
            row.insert(read.name().to_owned(), json!(count));
        }
    }
    let wrong = score.wrong.iter().map(
        |one| json!({ "path": one.path, "wanted": one.wanted.name(), "read": one.read.name(), "confidence": part(Some(one.confidence)) }),
    );
    json!({
        "mails": score.total.all, "right": score.total.right, "accuracy": part(score.total.part()), "macro_f1": part(Some(score.macro_f1())),
        "intents": intents.collect::<Value>(), "languages": languages.collect::<Value>(), "confusion": confusion,
        "sure_intents": share(score.sure_intents), "sure_languages": share(score.sure_languages),
        "wrong": wrong.collect::<Value>(), "problems": problems,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::evaluate::labelled::Label;
    use crate::cli::evaluate::score::Answer;
    use crate::types::Language;
    use std::collections::BTreeSet;

    #[test]
    fn heads_of_columns_tell_intents_apart() {
        let heads: BTreeSet<String> = Intent::ALL.into_iter().map(head).collect();
        assert_eq!(heads.len(), Intent::ALL.len(), "{heads:?}");
    }

    #[test]
    fn tables_line_up_in_every_language() {
        let mut score = Score::default();
        for (wanted, read) in [(Intent::Inquiry, Intent::Inquiry), (Intent::AutoReply, Intent::Order), (Intent::Order, Intent::Order)] {
            let label = Label { intent: wanted, others: Vec::new(), language: Some(Language::ENGLISH) };
            let answer = Answer { intent: read, confidence: 0.93, language: Language::ENGLISH, language_confidence: 0.99 };
            score.add("mail.eml", &label, &answer);
        }
        for language in Words::languages() {
            let words = Words::of(language);
            for table in [intents(&score, &words), confusion(&score, &words)] {
                let widths: BTreeSet<usize> = table.lines().map(UnicodeWidthStr::width).collect();
                assert!(widths.len() == 1 || table.contains("F1"), "{table}");
            }
            let whole = text(&score, &words);
            assert!(!whole.contains("evaluate.") && !whole.contains('{'), "{whole}");
        }
        let confusion = confusion(&score, &Words::of(Language::ENGLISH));
        assert!(!confusion.contains("auto_r…"), "what was never read has no column: {confusion}");
        let json = json(&score, &[]);
        assert_eq!((&json["right"], &json["confusion"]["auto_reply"]["order"]), (&json!(2), &json!(1)));
    }
}
