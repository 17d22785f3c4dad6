//! The forms of the daily mail and of alarms: `[daily]` and `[troubles]` of `words.toml`.

use super::words::misfit;
use crate::decide::daily::Heading;
use crate::decide::{LetterName, TroubleKind};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A line of each kind, and what headings, letters and languages are called.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DailyWords {
    pub more: String,
    pub unknown: String,
    pub no_subject: String,
    pub with_company: String,
    /// A mail with what it is about, and without.
    pub about: String,
    pub plain: String,
    pub lies: String,
    pub count: String,
    pub draft: String,
    pub withheld_letter: String,
    pub withheld_note: String,
    pub withheld_superseded: String,
    pub withheld_withdraw: String,
    pub set_aside: String,
    pub closed: String,
    pub ends: String,
    pub given_up: String,
    pub pause: String,
    pub pause_late: String,
    pub trouble: String,
    pub over: String,
    pub complete: String,
    /// The same where some folders cannot be looked into.
    pub complete_but: String,
    pub uncounted: String,
    pub corrected: String,
    pub moved_at_once: String,
    pub precision: String,
    pub precision_of: String,
    pub headings: BTreeMap<Heading, String>,
    /// What to do, below the lines of a heading; not every heading needs it.
    pub advice: BTreeMap<Heading, String>,
    /// Letters by the name of their file.
    letters: BTreeMap<String, String>,
    /// Languages as they stand behind "a draft in", by code.
    pub languages: BTreeMap<String, String>,
}

/// What a trouble is called and what to do about it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TroubleWords {
    pub what: String,
    pub advice: String,
}

impl DailyWords {
    /// What a letter is called.
    pub(super) fn letter(&self, letter: LetterName) -> &str {
        self.letters.get(letter.file()).map_or("", String::as_str)
    }

    fn forms(&self) -> [(&'static str, &str, &'static [&'static str]); 28] {
        [
            ("daily.more", &self.more, &["count"]),
            ("daily.unknown", &self.unknown, &[]),
            ("daily.no_subject", &self.no_subject, &[]),
            ("daily.with_company", &self.with_company, &["name", "company"]),
            ("daily.about", &self.about, &["intent", "who", "subject"]),
            ("daily.plain", &self.plain, &["who", "subject"]),
            ("daily.lies", &self.lies, &["mail", "mailbox", "folder"]),
            ("daily.count", &self.count, &["intent", "count"]),
            ("daily.draft", &self.draft, &["mail", "date"]),
            ("daily.withheld_letter", &self.withheld_letter, &["mail", "letter", "language"]),
            ("daily.withheld_note", &self.withheld_note, &["mail"]),
            ("daily.withheld_superseded", &self.withheld_superseded, &["mail"]),
            ("daily.withheld_withdraw", &self.withheld_withdraw, &["mail"]),
            ("daily.set_aside", &self.set_aside, &["date", "mailbox", "folder"]),
            ("daily.closed", &self.closed, &["mailbox", "folder", "date"]),
            ("daily.ends", &self.ends, &["mailbox", "date"]),
            ("daily.given_up", &self.given_up, &["count"]),
            ("daily.pause", &self.pause, &["from", "to", "count"]),
            ("daily.pause_late", &self.pause_late, &["from", "to", "count", "late"]),
            ("daily.trouble", &self.trouble, &["mailbox", "what", "date", "advice"]),
            ("daily.over", &self.over, &["mailbox", "what", "from", "to"]),
            ("daily.complete", &self.complete, &["mailbox", "server", "recorded", "quarantined", "gaps"]),
            ("daily.complete_but", &self.complete_but, &["mailbox", "server", "recorded", "quarantined", "gaps", "closed"]),
            ("daily.uncounted", &self.uncounted, &["mailbox"]),
            ("daily.corrected", &self.corrected, &["mail", "was"]),
            ("daily.moved_at_once", &self.moved_at_once, &["mailbox", "count"]),
            ("daily.precision", &self.precision, &["read", "corrected"]),
            ("daily.precision_of", &self.precision_of, &["intent", "read", "right"]),
        ]
    }
}

/// What is wrong with the forms: the key, and what.
pub(super) fn faults(daily: &DailyWords, troubles: &BTreeMap<TroubleKind, TroubleWords>) -> Vec<(String, String)> {
    let no_word = |key: String| (key, "it has no word here".to_owned());
    let mut faults: Vec<(String, String)> =
        daily.forms().into_iter().filter_map(|(key, form, places)| Some((key.to_owned(), misfit(form, places)?))).collect();
    let unnamed = Heading::ALL.into_iter().filter(|heading| daily.headings.get(heading).is_none_or(String::is_empty));
    faults.extend(unnamed.map(|heading| no_word(format!("daily.headings.{}", key(heading)))));
    let unnamed = LetterName::ALL.into_iter().filter(|letter| daily.letter(*letter).is_empty());
    faults.extend(unnamed.map(|letter| no_word(format!("daily.letters.{}", letter.file()))));
    for kind in TroubleKind::ALL {
        let Some(words) = troubles.get(&kind) else {
            faults.push(no_word(format!("troubles.{}.what", kind.name())));
            continue;
        };
        let is_granted_here = matches!(kind, TroubleKind::TokenEnded | TroubleKind::NoLogin);
        let places: &[&str] = if is_granted_here { &["mailbox"] } else { &[] };
        faults.extend(misfit(&words.what, &[]).map(|what| (format!("troubles.{}.what", kind.name()), what)));
        faults.extend(misfit(&words.advice, places).map(|what| (format!("troubles.{}.advice", kind.name()), what)));
    }
    faults
}

/// A heading's name in the file.
fn key(heading: Heading) -> String {
    serde_json::to_value(heading).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
