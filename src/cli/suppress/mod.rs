//! `tradepost suppress`: who is not written to by itself any more. Addresses come in and are forgotten; the list holds tags of them.

mod anew;
mod files;
mod list;

use super::open;
use super::words::Words;
use crate::cli::reasons;
use crate::config::Config;
use crate::flow::{Clock, Ids, KeyFileError, list_key};
use crate::record::suppressions::{self, Grounds, KeyFit, ListKey, Reason, Whom};
use crate::record::{Books, BooksError, Purpose, Retry, owed};
use crate::types::EmailAddress;
use clap::Subcommand;
use std::fmt::Display;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to do with the list.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Enters somebody: nothing goes to them by itself any more.
    Add {
        /// An address, or a domain as `@company.com` with everybody in it.
        #[arg(value_name = "ADDRESS|@DOMAIN")]
        whom: String,
        /// Why, in your own words.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Takes somebody off the list, for whatever reason they were on it.
    Remove {
        /// An address, or a domain as `@company.com`.
        #[arg(value_name = "ADDRESS|@DOMAIN")]
        whom: String,
    },
    /// How many are on the list and why; whose address the contacts still hold is named.
    List {
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
        /// How many at most.
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: u32,
    },
    /// Enters everybody of a list: CSV or XLSX with a column of addresses, or what `suppress export` wrote.
    Import {
        /// The list; its first row names the columns.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Take the sound rows even when others are faulty.
        #[arg(long)]
        partial: bool,
    },
    /// When the key file is lost for good: empties the list, which nobody can read any more, and enters again whoever the books say mail
    /// came back from for good or who complained.
    BeginAnew,
    /// Writes the list into a new CSV file: tags only, which mean somebody only where the same key file is.
    Export {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Does it.
pub fn run(file: &Path, what: &What, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    match what {
        What::Add { whom, reason } => add(&config, whom, reason, words),
        What::Remove { whom } => remove(&config, whom, words),
        What::List { json, limit } => list::run(&config, *json, i64::from(*limit), words),
        What::Import { file: from, partial } => files::import(&config, from, *partial, words),
        What::BeginAnew => anew::run(&config, words),
        What::Export { file: to } => files::export(&config, to, words),
    }
}

/// A person or a domain as it was typed.
enum Typed {
    Person(EmailAddress),
    Domain(String),
}

impl Typed {
    /// `None` when it is neither.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.strip_prefix('@') {
            Some(domain) => {
                let is_domain = domain.contains('.') && EmailAddress::parse(&format!("a@{domain}")).is_ok_and(|a| a.local() == "a");
                is_domain.then(|| Typed::Domain(domain.to_lowercase()))
            }
            None => EmailAddress::parse(text).ok().map(Typed::Person),
        }
    }

    fn under(&self, key: &ListKey) -> Whom {
        match self {
            Typed::Person(address) => key.person(address),
            Typed::Domain(domain) => key.domain(domain),
        }
    }
}

fn typed(text: &str, words: &Words) -> anyhow::Result<Typed> {
    Typed::parse(text).ok_or_else(|| anyhow::anyhow!(words.say("suppress.not_an_address", &[("text", &text)])))
}

/// The key of the list. It is made when nobody needed one before, and never when the books name one.
fn key(config: &Config, words: &Words) -> anyhow::Result<ListKey> {
    let named = open::runtime()?.block_on(named(config))?;
    let key = list_key(&config.storage.key_file, &Ids::Random, named.as_deref()).map_err(|why| no_key(&why, words))?;
    if named.is_some_and(|named| named != key.mark()) {
        return Err(other_key(config, words));
    }
    Ok(key)
}

/// The mark of the key that the books name.
pub async fn named(config: &Config) -> anyhow::Result<Option<String>> {
    let books = match open::books(config, Purpose::Look).await {
        Ok(books) => books,
        Err(error) if matches!(error.downcast_ref::<BooksError>(), Some(BooksError::Absent { .. })) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut session = books.look().await?;
    let named = suppressions::find_mark(&mut session).await?;
    drop(session);
    books.close().await;
    Ok(named)
}

fn no_key(why: &KeyFileError, words: &Words) -> anyhow::Error {
    let (what, advice) = key_sentences(why, words);
    anyhow::anyhow!("{} {advice}", words.say("suppress.no_key", &[("why", &what)]))
}

/// What is wrong with the key file, and what to do.
pub fn key_sentences(why: &KeyFileError, words: &Words) -> (String, String) {
    let say = |key: &str, advice: &str, file: &Path, why: &dyn Display| {
        let values: [(&str, &dyn Display); 2] = [("file", &file.display()), ("why", why)];
        (words.say(key, &values), words.say(advice, &values))
    };
    match why {
        KeyFileError::Absent { file } => say("suppress.key_absent", "suppress.key_do", file, &""),
        KeyFileError::Another { file } => say("suppress.key_another", "suppress.key_do", file, &""),
        KeyFileError::Exposed { file } => say("suppress.key_exposed", "suppress.key_exposed_do", file, &""),
        KeyFileError::NoKey { file } => say("suppress.key_none", "suppress.key_do", file, &""),
        KeyFileError::Failed { file, why } => say("suppress.key_failed", "suppress.key_failed_do", file, &reasons::system(why, words)),
        KeyFileError::NoRandomness(why) => (why.to_string(), String::new()),
    }
}

fn other_key(config: &Config, words: &Words) -> anyhow::Error {
    anyhow::anyhow!(words.say("suppress.other_key", &[("file", &config.storage.key_file.display())]))
}

fn add(config: &Config, text: &str, note: &str, words: &Words) -> anyhow::Result<ExitCode> {
    let (typed, key) = (typed(text, words)?, key(config, words)?);
    let grounds = Grounds { note, ..Grounds::of(Reason::ByHand, Clock::System.now()) };
    let entered = open::runtime()?.block_on(async {
        let books = open::books_to_write(config, "suppress").await?;
        let entered = enter(&books, &key, &[(typed.under(&key), grounds)]).await;
        books.close().await;
        entered
    })?;
    if !entered {
        return Err(other_key(config, words));
    }
    writeln!(stdout(), "{}", words.say("suppress.added", &[("whom", &text.trim())]))?;
    Ok(ExitCode::SUCCESS)
}

fn remove(config: &Config, text: &str, words: &Words) -> anyhow::Result<ExitCode> {
    let (typed, key) = (typed(text, words)?, key(config, words)?);
    let (fit, erased) = open::runtime()?.block_on(async {
        let books = open::books(config, Purpose::Command).await?;
        let erased = erase(&books, &key, typed.under(&key)).await;
        books.close().await;
        erased
    })?;
    if fit == KeyFit::Another {
        return Err(other_key(config, words));
    }
    if !erased {
        eprintln!("{}", words.say("suppress.not_there", &[("whom", &text.trim())]));
        return Ok(ExitCode::FAILURE);
    }
    writeln!(stdout(), "{}", words.say("suppress.removed", &[("whom", &text.trim())]))?;
    Ok(ExitCode::SUCCESS)
}

/// Takes somebody off, also where they only wait to be entered.
async fn erase(books: &Books, key: &ListKey, whom: Whom) -> anyhow::Result<(KeyFit, bool)> {
    let mut retry = Retry::default();
    let once = async || {
        let mut session = books.begin().await?;
        let fit = suppressions::find_key_fit(&mut session, key).await?;
        if fit == KeyFit::Another {
            return Ok((fit, false));
        }
        owed::enter_all(&mut session, key).await?;
        let erased = suppressions::erase(&mut session, whom).await?;
        session.commit().await?;
        Ok((fit, erased))
    };
    loop {
        match once().await {
            Err(error) => retry.after(error).await?,
            Ok(erased) => return Ok(erased),
        }
    }
}

/// Enters everybody, and whoever waits for it, in one transaction, begun again when it met one of the daemon's; `false` when the list was
/// kept with another key.
async fn enter(books: &Books, key: &ListKey, all: &[(Whom, Grounds<'_>)]) -> anyhow::Result<bool> {
    let mut retry = Retry::default();
    let once = async || {
        let mut session = books.begin().await?;
        if owed::enter_all(&mut session, key).await?.is_none() {
            return Ok(false);
        }
        for (whom, grounds) in all {
            if !suppressions::add(&mut session, key, *whom, grounds).await? {
                return Ok(false);
            }
        }
        session.commit().await?;
        Ok(true)
    };
    loop {
        match once().await {
            Err(error) => retry.after(error).await?,
            Ok(entered) => return Ok(entered),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_written_with_its_sign() {
        assert!(matches!(Typed::parse(" bob@acme.example "), Some(Typed::Person(_))));
        assert!(matches!(Typed::parse("@ACME.example"), Some(Typed::Domain(domain)) if domain == "acme.example"));
        for text in ["acme.example", "@", "@example", "bob", "@a b.example", "@bob@acme.example", ""] {
            assert!(Typed::parse(text).is_none(), "{text:?}");
        }
    }
}
