//! `tradepost pause` and `tradepost resume`: whether anything is drafted, told or sent. Both speak to the books only, beside a running
//! daemon or without one.

use super::open;
use super::words::Words;
use crate::flow::installation::Site;
use crate::flow::{Clock, Ids, pausing};
use crate::record::Purpose;
use crate::record::settings::{Finding, Pause};
use crate::types::Moment;
use jiff::tz::TimeZone;
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

/// A reason is a line.
const WHY_CHARS_MAX: usize = 300;

/// Stops every act, from the next one on. Mail is still read and recorded.
pub fn pause(file: &Path, why: Option<&str>, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let why = one_line(why.unwrap_or_default());
    let before = open::runtime()?.block_on(async {
        let books = open::books(&config, Purpose::Command).await?;
        let paused = pausing::pause(&books, &why).await;
        books.close().await;
        anyhow::Ok(paused?)
    })?;
    let said = match before {
        None => words.say("pause.done", &[("why", &reason(&Pause::Asked(why), &open::zone(&config), words))]),
        Some(Pause::Asked(_)) if !why.is_empty() => words.say("pause.already_for", &[("why", &why)]),
        Some(before) => words.say("pause.already", &[("why", &reason(&before, &open::zone(&config), words))]),
    };
    writeln!(stdout(), "{said}")?;
    Ok(ExitCode::SUCCESS)
}

/// Lets work go on: after a pause, and of mailboxes that are held because their server refused them.
pub fn resume(file: &Path, words: &Words) -> anyhow::Result<ExitCode> {
    let (config, host) = (open::config(file)?, open::host());
    let resumed = open::runtime()?.block_on(async {
        let books = open::books(&config, Purpose::Command).await?;
        let resumed = pausing::resume(&books, &Site::of(&config, &host), &Ids::Random, Clock::System.now()).await;
        books.close().await;
        anyhow::Ok(resumed?)
    })?;
    let said = match resumed.was {
        None => words.say("pause.was_not", &[]),
        Some(_) => words.say("pause.over", &[("waiting", &resumed.waiting)]),
    };
    writeln!(stdout(), "{said}")?;
    if resumed.lifted > 0 {
        writeln!(stdout(), "{}", words.say("pause.lifted", &[("count", &resumed.lifted)]))?;
    }
    if resumed.is_adopted {
        writeln!(stdout(), "{}", words.say("installation.adopted", &[("host", &host)]))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Why nothing is done, for a person.
pub fn reason(pause: &Pause, zone: &TimeZone, words: &Words) -> String {
    let at = |moment: Moment| zone.to_datetime(moment.timestamp()).strftime("%Y-%m-%d %H:%M").to_string();
    match pause {
        Pause::Asked(why) if why.is_empty() => words.say("pause.no_reason", &[]),
        Pause::Asked(why) => why.clone(),
        Pause::Found(Finding::Restored { at: when, made_at, made_on }) => {
            words.say("installation.restored", &[("at", &at(*when)), ("made_at", &at(*made_at)), ("host", made_on)])
        }
        Pause::Found(Finding::OtherHost { was, is }) => words.say("installation.other_host", &[("was", was), ("is", is)]),
        Pause::Found(Finding::Copied { of }) => words.say("installation.copied", &[("place", of)]),
        Pause::Found(Finding::Unmarked { mark }) => words.say("installation.unmarked", &[("file", mark)]),
        Pause::Found(Finding::OtherDatabase) => words.say("installation.other_database", &[]),
    }
}

/// A person's words as one line; a terminal is not steered by them.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(WHY_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_and_steers_no_terminal() {
        assert_eq!(one_line(" stock-taking,\r\n until\u{1b}Friday "), "stock-taking, until Friday");
        assert_eq!(one_line(&"é".repeat(1_000)).chars().count(), WHY_CHARS_MAX);
    }
}
