//! Tables that line up on a terminal, also where characters are two columns wide (Unicode UAX #11).

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::words::Words;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRow {
    /// Which section, mailbox, template or rule.
    pub area: String,
    /// What was found: one sentence.
    pub what: String,
    pub state: State,
    /// What to do about it: one sentence; empty when there is nothing to do.
    pub advice: String,
}

/// How it stands with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Ok,
    /// It works, but a person should know.
    Warning,
    /// It does not work.
    Fault,
}

/// The widest an area may make its column; a longer one pushes only its own row to the right.
const AREA_COLUMNS_MAX: usize = 36;

/// The rows one below the other: state, area, what was found; below a row, what to do.
pub fn draw(rows: &[CheckRow], words: &Words) -> String {
    let state_columns = [State::Ok, State::Warning, State::Fault].map(|state| state_word(state, words).width()).into_iter().max();
    let state_columns = state_columns.unwrap_or_default();
    let area_columns = rows.iter().map(|row| row.area.width()).filter(|width| *width <= AREA_COLUMNS_MAX).max().unwrap_or_default();
    let mut drawn = String::new();
    for row in rows {
        let state = padded(&state_word(row.state, words), state_columns);
        let _ = writeln!(drawn, "{state}  {}  {}", padded(&row.area, area_columns), row.what);
        for line in row.advice.lines() {
            let _ = writeln!(drawn, "{}  {}  → {line}", padded("", state_columns), padded("", area_columns));
        }
    }
    drawn
}

/// How many rows are of that state.
pub fn count(rows: &[CheckRow], state: State) -> usize {
    rows.iter().filter(|row| row.state == state).count()
}

fn state_word(state: State, words: &Words) -> String {
    match state {
        State::Ok => words.say("state.ok", &[]),
        State::Warning => words.say("state.warning", &[]),
        State::Fault => words.say("state.fault", &[]),
    }
}

/// The text with spaces behind it up to that many columns.
pub(in crate::cli) fn padded(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_when_characters_are_two_columns_wide() {
        let row = |area: &str, state| CheckRow { area: area.into(), what: "·".into(), state, advice: String::new() };
        let rows = [row("邮箱 sales", State::Ok), row("团队", State::Fault), row("policies", State::Warning)];
        for language in Words::languages() {
            let drawn = draw(&rows, &Words::of(language));
            let starts: Vec<usize> = drawn.lines().filter_map(|line| Some(line.split_once('·')?.0.width())).collect();
            assert_eq!(starts.len(), 3);
            assert!(starts.iter().all(|start| *start == starts[0]), "{drawn}");
        }
    }
}
