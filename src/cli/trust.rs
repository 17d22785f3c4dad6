//! `tradepost trust ADDRESS`: a member looked into a warning, and the sender is genuine. What was doubted of the person and of the person's
//! firm is known from now on. Speaks to the books only, beside a running daemon or without one.

use super::open;
use super::words::Words;
use crate::record::banks::{self, Party};
use crate::record::doubts::{self, About};
use crate::record::{Books, Purpose, Retry, contacts};
use crate::types::EmailAddress;
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

/// What was lifted.
#[derive(Debug, Default, Clone, Copy)]
struct Lifted {
    doubts: u64,
    details: u64,
}

/// Lifts every doubt of a person.
pub fn run(file: &Path, address: &str, words: &Words) -> anyhow::Result<ExitCode> {
    let (config, address) = (open::config(file)?, EmailAddress::parse(address)?);
    let lifted = open::runtime()?.block_on(async {
        let books = open::books(&config, Purpose::Command).await?;
        let lifted = lift(&books, &address).await;
        books.close().await;
        lifted
    })?;
    let Some(lifted) = lifted else { anyhow::bail!(words.say("show.no_such_contact", &[("address", &address)])) };
    let said = words.say("trust.done", &[("address", &address), ("doubts", &lifted.doubts), ("details", &lifted.details)]);
    writeln!(stdout(), "{said}")?;
    Ok(ExitCode::SUCCESS)
}

async fn lift(books: &Books, address: &EmailAddress) -> anyhow::Result<Option<Lifted>> {
    let mut retry = Retry::default();
    loop {
        match lift_once(books, address).await {
            Err(error) => retry.after(error).await?,
            Ok(lifted) => return Ok(lifted),
        }
    }
}

async fn lift_once(books: &Books, address: &EmailAddress) -> Result<Option<Lifted>, crate::record::BooksError> {
    let mut session = books.begin().await?;
    let Some(contact) = contacts::find_by_key(&mut session, address).await? else { return Ok(None) };
    let mut lifted = Lifted {
        doubts: doubts::erase(&mut session, About::Contact(contact.id)).await?,
        details: banks::mark_known(&mut session, Party::Contact(contact.id)).await?,
    };
    if let Some(company) = contact.company {
        lifted.doubts += doubts::erase(&mut session, About::Company(company)).await?;
        lifted.details += banks::mark_known(&mut session, Party::Company(company)).await?;
    }
    session.commit().await?;
    Ok(Some(lifted))
}
