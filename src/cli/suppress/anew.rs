//! A list whose key is lost for good, begun anew from what the books still tell.

use super::no_key;
use crate::cli::open;
use crate::cli::words::Words;
use crate::config::Config;
use crate::flow::{Ids, KeyFileError, SUPPRESSED_UNCERTAIN_MS, list_key, set_aside};
use crate::record::suppressions::{self, KeyFit, ListKey};
use crate::record::{Books, Retry, owed};
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

/// What became of the old list.
enum Anew {
    /// The key fits, and the list is whole.
    Fits,
    Begun {
        lost: u64,
        entered: usize,
    },
}

/// Begins it anew.
pub(super) fn run(config: &Config, words: &Words) -> anyhow::Result<ExitCode> {
    let file = &config.storage.key_file;
    let anew = open::runtime()?.block_on(async {
        let books = open::books_to_write(config, "suppress").await?;
        let anew = match key(file, words) {
            Ok((key, is_new)) => begin(&books, &key, is_new).await,
            Err(error) => Err(error),
        };
        books.close().await;
        anew
    })?;
    match anew {
        Anew::Fits => {
            eprintln!("{}", words.say("suppress.key_fits", &[("file", &file.display())]));
            Ok(ExitCode::FAILURE)
        }
        Anew::Begun { lost, entered } => {
            let said = words.say("suppress.begun_anew", &[("file", &file.display()), ("lost", &lost), ("entered", &entered)]);
            writeln!(stdout(), "{said}")?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The key to begin with, and whether it stands in for a file that held none, which is set aside.
fn key(file: &Path, words: &Words) -> anyhow::Result<(ListKey, bool)> {
    let read = || list_key(file, &Ids::Random, None);
    match read() {
        Err(KeyFileError::NoKey { .. }) => {
            let aside = set_aside(file).map_err(|why| no_key(&why, words))?;
            writeln!(stdout(), "{}", words.say("suppress.set_aside", &[("file", &file.display()), ("aside", &aside.display())]))?;
            Ok((read().map_err(|why| no_key(&why, words))?, true))
        }
        read => Ok((read.map_err(|why| no_key(&why, words))?, false)),
    }
}

/// In one transaction, begun again when it met one of the daemon's.
async fn begin(books: &Books, key: &ListKey, is_new: bool) -> anyhow::Result<Anew> {
    let mut retry = Retry::default();
    let once = async || {
        let mut session = books.begin().await?;
        let fit = suppressions::find_key_fit(&mut session, key).await?;
        if fit == KeyFit::Fits {
            return Ok(Anew::Fits);
        }
        let lost = suppressions::begin_anew(&mut session, key).await?;
        let anew = if fit == KeyFit::Unused && !is_new {
            Anew::Fits
        } else {
            owed::add_returned(&mut session, SUPPRESSED_UNCERTAIN_MS).await?;
            Anew::Begun { lost, entered: owed::enter_all(&mut session, key).await?.unwrap_or_default() }
        };
        session.commit().await?;
        Ok(anew)
    };
    loop {
        match once().await {
            Err(error) => retry.after(error).await?,
            Ok(anew) => return Ok(anew),
        }
    }
}
