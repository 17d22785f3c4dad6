//! `tradepost import contacts FILE`: people with company, country, language and owner, from CSV or XLSX. All or nothing, unless
//! `--partial` says otherwise.

mod rows;
pub(in crate::cli) mod table;

pub(in crate::cli) use rows::{Refused, is_address_column};

use super::open;
use super::words::Words;
use crate::link;
use crate::record::contacts::{ContactDetails, NewContact};
use crate::record::doubts::About;
use crate::record::{self, Books, BooksError, Retry, Session};
use crate::types::{CompanyId, Moment};
use crate::understand::Rules;
use rows::Person;
use std::collections::HashSet;
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

/// A list to fill in.
const EXAMPLE: &str = "address,name,company,country,language,owner\n\
    ana@luminarias-sol.example,Ana Ruiz,Luminarias Sol S.L.,ES,es,li.wei@bright.example\n";

/// Prints a list to fill in.
pub fn example() -> anyhow::Result<ExitCode> {
    write!(stdout(), "{EXAMPLE}")?;
    Ok(ExitCode::SUCCESS)
}

/// What became of the sound rows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    added: usize,
    changed: usize,
    same: usize,
}

/// Takes a list into the books. 1 when a row cannot be taken.
pub fn contacts(file: &Path, list: &Path, partial: bool, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let cells =
        table::read(list).map_err(|why| anyhow::anyhow!(words.say("import.unreadable", &[("file", &list.display()), ("why", &why)])))?;
    let Some((people, refused)) = rows::people(&cells, &config, words) else {
        anyhow::bail!(words.say("import.no_address_column", &[("file", &list.display())]));
    };
    if !refused.is_empty() {
        eprintln!("{}", said(&refused, words));
        if !partial {
            eprintln!("{}", words.say("import.nothing_taken", &[]));
            return Ok(ExitCode::FAILURE);
        }
    }
    let rules = open::rules(&config)?;
    let count = open::runtime()?.block_on(async {
        let books = open::books_to_write(&config, "import").await?;
        let counted = enter_all(&books, &people, &rules).await;
        books.close().await;
        counted
    })?;
    writeln!(stdout(), "{}", words.say("import.done", &[("added", &count.added), ("changed", &count.changed), ("same", &count.same)]))?;
    Ok(if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Which rows cannot be taken, and why.
pub(in crate::cli) fn said(refused: &[Refused], words: &Words) -> String {
    let row = |one: &Refused| words.say("import.row", &[("row", &one.row), ("column", &one.column), ("problem", &one.problem)]);
    // One row may have several faults.
    let rows: HashSet<_> = refused.iter().map(|one| one.row).collect();
    let mut lines = vec![words.say("import.refused", &[("count", &rows.len())])];
    lines.extend(refused.iter().map(row));
    lines.join("\n")
}

/// Enters everybody in one transaction, begun again when it met one of the daemon's: a list is taken whole or not at all.
async fn enter_all(books: &Books, people: &[Person], rules: &Rules) -> anyhow::Result<Count> {
    let mut retry = Retry::default();
    loop {
        match enter_once(books, people, rules).await {
            Err(error) => retry.after(error).await?,
            Ok(count) => return Ok(count),
        }
    }
}

async fn enter_once(books: &Books, people: &[Person], rules: &Rules) -> Result<Count, BooksError> {
    let now: Moment = crate::flow::Clock::System.now();
    let mut count = Count::default();
    let mut session = books.begin().await?;
    for person in people {
        enter(&mut session, person, rules, now, &mut count).await?;
    }
    session.commit().await?;
    Ok(count)
}

async fn enter(session: &mut Session, person: &Person, rules: &Rules, now: Moment, count: &mut Count) -> Result<(), BooksError> {
    let company = company(session, person, rules).await?;
    if let Some(company) = company {
        record::doubts::erase(session, About::Company(company)).await?;
    }
    let details = ContactDetails {
        name: person.name.as_deref(),
        company,
        country: person.country,
        language: person.language,
        owner: person.owner.as_ref(),
    };
    match record::contacts::find_by_key(session, &person.address).await? {
        None => {
            let new = NewContact { address: &person.address, details, source: "import", seen_at: now };
            record::contacts::add(session, &new).await?;
            count.added += 1;
        }
        Some(known) => {
            // Whoever a member enters is genuine.
            record::doubts::erase(session, About::Contact(known.id)).await?;
            let told = |is_told: bool, is_known: bool| !is_told || is_known;
            let is_same = told(person.name.is_some(), known.name == person.name)
                && told(company.is_some(), known.company == company)
                && told(person.country.is_some(), known.country == person.country)
                && told(person.language.is_some(), known.language == person.language)
                && told(person.owner.is_some(), known.owner == person.owner);
            if is_same {
                count.same += 1;
            } else {
                record::contacts::mark_told(session, known.id, &details).await?;
                count.changed += 1;
            }
        }
    }
    Ok(())
}

/// The firm by the mail domain, else by the name in the list. A firm that was known by its domain only gets its name from the list.
async fn company(session: &mut Session, person: &Person, rules: &Rules) -> Result<Option<CompanyId>, BooksError> {
    let domain = link::company_domain(&person.address, rules);
    if let Some(domain) = &domain
        && let Some(known) = record::companies::find_by_domain(session, domain).await?
    {
        if let Some(name) = person.company.as_deref().filter(|_| known.name == *domain) {
            record::companies::mark_name(session, known.id, name, &link::name_key(name)).await?;
        }
        return Ok(Some(known.id));
    }
    let Some(name) = &person.company else { return Ok(None) };
    let name_key = link::name_key(name);
    if let Some(known) = record::companies::find_by_name_key(session, &name_key).await? {
        return Ok(Some(known.id));
    }
    let new = record::companies::NewCompany {
        name,
        name_key: &name_key,
        domain: domain.as_deref(),
        country: person.country,
        language: person.language,
        owner: person.owner.as_ref(),
    };
    Ok(Some(record::companies::add(session, &new).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::companies::{self, NewCompany};
    use crate::types::EmailAddress;

    #[tokio::test]
    async fn a_firm_known_by_its_domain_gets_the_name_the_list_tells() {
        let home = tempfile::tempdir().expect("a folder");
        let address = record::BooksAddress::Sqlite(home.path().join("books.sqlite"));
        let books = Books::open(&address, record::Purpose::Daemon { owner: "test".into() }).await.expect("new books");
        let mut session = books.begin().await.expect("free books");
        let by_mail = NewCompany { name: "sol.example", name_key: "solexample", domain: Some("sol.example"), ..NewCompany::default() };
        companies::add(&mut session, &by_mail).await.expect("new");
        session.commit().await.expect("room");

        let list = |name: &str| Person {
            address: EmailAddress::parse("ana@sol.example").expect("an address"),
            name: None,
            company: Some(name.to_owned()),
            country: None,
            language: None,
            owner: None,
        };
        let rules = Rules::default();
        for name in ["Luminarias Sol S.L.", "Another Name"] {
            enter_all(&books, &[list(name)], &rules).await.expect("entered");
        }
        let mut session = books.look().await.expect("a look");
        let firm = companies::find_by_domain(&mut session, "sol.example").await.expect("a look").expect("known");
        assert_eq!(firm.name, "Luminarias Sol S.L.", "a name that was told stays");
        assert!(companies::find_by_name_key(&mut session, &link::name_key("luminarias sol sl")).await.expect("a look").is_some());
    }
}
