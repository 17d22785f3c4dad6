//! A list whose key is lost for good, begun anew from what the books still tell.

use super::no_key;
use crate::cli::open;
use crate::cli::words::Words;
use crate::config::Config;
use crate::flow::{Ids, SUPPRESSED_UNCERTAIN_MS, list_key};
use crate::record::suppressions::{self, KeyFit, ListKey};
use crate::record::{Books, Retry, owed};
use std::io::{Write, stdout};
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
    let key = list_key(file, &Ids::Random, None).map_err(|why| no_key(&why, words))?;
    let anew = open::runtime()?.block_on(async {
        let books = open::books_to_write(config, "suppress").await?;
        let anew = begin(&books, &key).await;
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

/// In one transaction, begun again when it met one of the daemon's.
async fn begin(books: &Books, key: &ListKey) -> anyhow::Result<Anew> {
    let mut retry = Retry::default();
    let once = async || {
        let mut session = books.begin().await?;
        if suppressions::find_key_fit(&mut session, key).await? != KeyFit::Another {
            return Ok(Anew::Fits);
        }
        let lost = suppressions::begin_anew(&mut session, key).await?;
        owed::add_returned(&mut session, SUPPRESSED_UNCERTAIN_MS).await?;
        let entered = owed::enter_all(&mut session, key).await?.unwrap_or_default();
        session.commit().await?;
        Ok(Anew::Begun { lost, entered })
    };
    loop {
        match once().await {
            Err(error) => retry.after(error).await?,
            Ok(anew) => return Ok(anew),
        }
    }
}
