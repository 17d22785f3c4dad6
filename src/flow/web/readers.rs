//! Those who read our letters, as far as a page must know them: what they chose, and which language they read.

use crate::record::choices::{self, Chosen, WayOut};
use crate::record::{BooksError, Session, companies, contacts};
use crate::trade::tracking::{Consent, may_track};
use crate::types::{Country, EmailAddress, Language, Moment, WebToken};
use jiff::civil::Date;

/// Somebody with a way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reader {
    pub way_out: WayOut,
    pub chosen: Chosen,
    /// What their letters are written in.
    pub corresponds_in: Option<Language>,
    /// Whether letters to them may tell that they were read.
    pub may_tell: bool,
}

/// Whose way out this is, and what is known of them.
pub(super) async fn find(session: &mut Session, token: WebToken, now: Moment) -> Result<Option<Reader>, BooksError> {
    let Some(way_out) = choices::find_way_out(session, token).await? else { return Ok(None) };
    let chosen = choices::find_chosen(session, &way_out.address).await?;
    let corresponds_in = language_of(session, &way_out.address).await?;
    let mut reader = Reader { way_out, chosen, corresponds_in, may_tell: false };
    reader.may_tell = may_tell(session, &reader, now).await?;
    Ok(Some(reader))
}

/// Where somebody is, as far as the books know: the contact's own country, else the company's.
pub(super) async fn country_of(session: &mut Session, address: &EmailAddress) -> Result<Option<Country>, BooksError> {
    let Some(contact) = contacts::find_by_key(session, address).await? else { return Ok(None) };
    match (contact.country, contact.company) {
        (None, Some(company)) => Ok(companies::find_by_id(session, company).await?.and_then(|company| company.country)),
        (country, _) => Ok(country),
    }
}

/// Whether letters to somebody may tell that they were read, after what that person said so far.
pub(super) async fn may_tell(session: &mut Session, reader: &Reader, now: Moment) -> Result<bool, BooksError> {
    let (address, consent) = (&reader.way_out.address, reader.chosen.telling.unwrap_or(Consent::NotAsked));
    Ok(may_track(country_of(session, address).await?, address.domain(), consent, day(now)).is_ok())
}

/// The day of a moment, as laws count them here.
pub(super) fn day(at: Moment) -> Date {
    jiff::tz::TimeZone::UTC.to_datetime(at.timestamp()).date()
}

async fn language_of(session: &mut Session, address: &EmailAddress) -> Result<Option<Language>, BooksError> {
    Ok(contacts::find_by_key(session, address).await?.and_then(|contact| contact.language))
}

impl Reader {
    /// The language of a page: the one they chose, else what their browser asks for, else that of the correspondence.
    pub fn page_language(&self, browser: &[Language], written: &[Language]) -> Language {
        let wanted = self.chosen.language.into_iter().chain(browser.iter().copied()).chain(self.corresponds_in);
        first_written(wanted, written)
    }
}

/// The first of them that there are pages in, Chinese in either script; else English.
pub(super) fn first_written(wanted: impl IntoIterator<Item = Language>, written: &[Language]) -> Language {
    let is_written =
        |language: &Language| written.contains(language) || language.is_chinese() && written.iter().any(|one| one.is_chinese());
    wanted.into_iter().find(is_written).unwrap_or(Language::ENGLISH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages<const N: usize>(codes: [&str; N]) -> [Language; N] {
        codes.map(|code| Language::parse(code).expect("a language"))
    }

    #[test]
    fn a_page_is_in_the_first_language_that_its_reader_and_we_share() {
        let written = languages(["en", "de", "zh-Hans"]);
        let reader = |chosen: Option<&str>, corresponds_in: Option<&str>| Reader {
            way_out: WayOut { address: EmailAddress::parse("bob@acme.example").expect("an address"), topic: None, delivery: None },
            chosen: Chosen { language: chosen.and_then(Language::parse), ..Chosen::default() },
            corresponds_in: corresponds_in.and_then(Language::parse),
            may_tell: false,
        };
        let page = |reader: &Reader, browser: &[Language]| reader.page_language(browser, &written).code();
        assert_eq!(page(&reader(None, Some("de")), &[]), "de");
        assert_eq!(page(&reader(None, Some("de")), &languages(["en"])), "en", "the browser asks for English");
        assert_eq!(page(&reader(None, Some("de")), &languages(["fi", "zh-Hant"])), "zh-Hant", "the other script will do");
        assert_eq!(page(&reader(Some("de"), None), &languages(["en"])), "de", "what they chose themselves counts first");
        assert_eq!(page(&reader(None, Some("fi")), &languages(["sv"])), "en");
    }
}
