//! Those who read our letters, as far as a page must know them: what they chose, and which language they read.

use crate::record::choices::{self, Chosen, WayOut};
use crate::record::{BooksError, Session, contacts};
use crate::types::{EmailAddress, Language, WebToken};

/// Somebody with a way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reader {
    pub way_out: WayOut,
    pub chosen: Chosen,
    /// What their letters are written in.
    pub corresponds_in: Option<Language>,
}

/// Whose way out this is, and what is known of them.
pub(super) async fn find(session: &mut Session, token: WebToken) -> Result<Option<Reader>, BooksError> {
    let Some(way_out) = choices::find_way_out(session, token).await? else { return Ok(None) };
    let chosen = choices::find_chosen(session, &way_out.address).await?;
    let corresponds_in = language_of(session, &way_out.address).await?;
    Ok(Some(Reader { way_out, chosen, corresponds_in }))
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
        };
        let page = |reader: &Reader, browser: &[Language]| reader.page_language(browser, &written).code();
        assert_eq!(page(&reader(None, Some("de")), &[]), "de");
        assert_eq!(page(&reader(None, Some("de")), &languages(["en"])), "en", "the browser asks for English");
        assert_eq!(page(&reader(None, Some("de")), &languages(["fi", "zh-Hant"])), "zh-Hant", "the other script will do");
        assert_eq!(page(&reader(Some("de"), None), &languages(["en"])), "de", "what they chose themselves counts first");
        assert_eq!(page(&reader(None, Some("fi")), &languages(["sv"])), "en");
    }
}
