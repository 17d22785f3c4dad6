//! What firms' domains are known by to those that look like them.

use super::statement::Row;
use super::{BooksError, Session, companies};
use crate::link::KnownCompany;
use crate::link::guard::{TRACES_MAX, traces};
use crate::types::CompanyId;

/// Traces added by one statement.
const ADDED: usize = 12;
/// Firms given for one domain; hostile ones may share a trace with many.
const NEIGHBOURS_MAX: usize = 20;

statements! { STATEMENTS;
    /// A trace may stand there twice: few domains have so many.
    ADD(13) = "
INSERT INTO domain_trace (company_id, trace)
VALUES ($1, $2), ($1, $3), ($1, $4), ($1, $5), ($1, $6), ($1, $7), ($1, $8), ($1, $9), ($1, $10), ($1, $11), ($1, $12), ($1, $13)
ON CONFLICT (trace, company_id) DO NOTHING";

    LIST_NEIGHBOURS(32) = "
SELECT company_id
  FROM domain_trace
 WHERE trace IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                 $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
 LIMIT 400";
}

/// Notes what a firm's domain is known by.
pub(super) async fn add(session: &mut Session, company: CompanyId, domain: &str) -> Result<(), BooksError> {
    let traces = traces(domain);
    for some in traces.chunks(ADDED) {
        let Some(last) = some.last() else { continue };
        let padded = some.iter().chain(std::iter::repeat_n(last, ADDED - some.len()));
        let values: Vec<_> = std::iter::once(company.into()).chain(padded.map(|trace| (*trace).into())).collect();
        session.run(&ADD, &values).await?;
    }
    Ok(())
}

/// Firms whose domains may look like that one: they share a trace with it. Those that share most come first.
pub async fn list_neighbours(session: &mut Session, domain: &str) -> Result<Vec<KnownCompany>, BooksError> {
    let traces = traces(domain);
    let Some(last) = traces.last() else { return Ok(Vec::new()) };
    let values: Vec<_> = traces.iter().chain(std::iter::repeat(last)).take(TRACES_MAX).map(|trace| (*trace).into()).collect();
    let mut shared: Vec<(CompanyId, usize)> = Vec::new();
    let id = |row: &Row| row.int(0).map(CompanyId);
    for company in session.rows(&LIST_NEIGHBOURS, &values).await?.iter().map(id) {
        let company = company?;
        match shared.iter_mut().find(|(known, _)| *known == company) {
            Some((_, times)) => *times += 1,
            None => shared.push((company, 1)),
        }
    }
    shared.sort_by_key(|(company, times)| (std::cmp::Reverse(*times), *company));
    let mut found = Vec::new();
    for (company, _) in shared.into_iter().take(NEIGHBOURS_MAX) {
        found.extend(companies::find_by_id(session, company).await?);
    }
    Ok(found)
}
