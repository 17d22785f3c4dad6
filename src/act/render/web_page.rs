//! The pages that readers of letters see: leaving, choosing, and what is said when neither is possible. Everything they show was cleaned,
//! and the address they concern is shown so that its owner knows it and others do not.

use super::clean::{self, NAME_LEN_MAX, VALUE_LEN_MAX};
use super::page::direction;
use super::phrase::{Phrase, Run};
use super::web_words::{Message, WebWords, own_name};
use super::words::Words;
use crate::types::{EmailAddress, Language};
use jiff::civil::Date;
use serde::Serialize;

/// Days for which letters can be paused.
const PAUSES: [u16; 2] = [30, 90];

/// A page to be shown.
#[derive(Debug, Clone, Copy)]
pub struct PageOrder<'a> {
    /// As the reader wants it; the nearest there is will be taken.
    pub language: Language,
    /// Who writes the letters.
    pub company: &'a str,
    pub matter: Matter<'a>,
}

/// What a page is about.
#[derive(Debug, Clone, Copy)]
pub enum Matter<'a> {
    /// Whether somebody wants to leave.
    Unsubscribe(Leaving<'a>),
    /// They have left.
    Unsubscribed(Leaving<'a>),
    Preferences(Preferences<'a>),
    NotFound,
    /// The place is there and what was sent means nothing to it.
    Misused,
    /// Later perhaps.
    Trouble,
}

/// Who leaves what.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    pub address: &'a EmailAddress,
    /// `None` is everything.
    pub topic: Option<&'a str>,
    /// The address of the page of preferences.
    pub preferences: &'a str,
}

/// What there is to choose, and what was chosen.
#[derive(Debug, Clone, Copy)]
pub struct Preferences<'a> {
    pub address: &'a EmailAddress,
    pub topics: &'a [Topic<'a>],
    /// They have left everything.
    pub left: bool,
    pub paused_until: Option<Date>,
    /// Whether letters tell that they are read; `None` where none ever does.
    pub telling: Option<bool>,
    /// In which letters are to come; `None` as the correspondence is.
    pub chosen: Option<Language>,
    /// Languages to choose from.
    pub offered: &'a [Language],
    /// The choice was just written down.
    pub saved: bool,
}

/// What somebody may get or not.
#[derive(Debug, Clone)]
pub struct Topic<'a> {
    pub name: &'a str,
    /// By which the form names it.
    pub key: String,
    pub wanted: bool,
}

/// What the template sees. What a page lacks is empty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct WebPage {
    language: &'static str,
    direction: &'static str,
    title: String,
    company: Phrase,
    lines: Vec<Phrase>,
    saved: String,
    confirm: String,
    link: String,
    link_words: String,
    again: String,
    topics_label: String,
    topics: Vec<TopicBox>,
    pause_label: String,
    pauses: Vec<PauseChoice>,
    language_label: String,
    languages: Vec<LanguageChoice>,
    telling_label: String,
    telling: bool,
    save: String,
    leave: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct TopicBox {
    key: String,
    topic: String,
    wanted: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct PauseChoice {
    days: String,
    chosen: bool,
    shown: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct LanguageChoice {
    code: &'static str,
    chosen: bool,
    shown: String,
}

impl WebPage {
    pub(super) fn new(order: &PageOrder<'_>, language: Language, web: &WebWords, words: &Words) -> Self {
        let company = Phrase::of(&clean::line(order.company, NAME_LEN_MAX), Run::AsWritten, language);
        let page = WebPage {
            language: language.code(),
            direction: direction(language),
            title: String::new(),
            company,
            lines: Vec::new(),
            saved: String::new(),
            confirm: String::new(),
            link: String::new(),
            link_words: String::new(),
            again: String::new(),
            topics_label: String::new(),
            topics: Vec::new(),
            pause_label: String::new(),
            pauses: Vec::new(),
            language_label: String::new(),
            languages: Vec::new(),
            telling_label: String::new(),
            telling: false,
            save: String::new(),
            leave: String::new(),
        };
        match &order.matter {
            Matter::Unsubscribe(leaving) => page.asking(leaving, language, web),
            Matter::Unsubscribed(leaving) => page.left(leaving, language, web),
            Matter::Preferences(preferences) => page.choosing(preferences, language, web, words),
            Matter::NotFound => page.message(&web.not_found),
            Matter::Misused => page.message(&web.misused),
            Matter::Trouble => page.message(&web.trouble),
        }
    }

    fn asking(self, leaving: &Leaving<'_>, language: Language, web: &WebWords) -> Self {
        let words = &web.unsubscribe;
        let line = self.of_leaving(leaving, language, &words.topic, &words.all);
        Self { title: words.title.clone(), lines: vec![line], confirm: words.button.clone(), ..self.leads_to(leaving, &words.preferences) }
    }

    fn left(self, leaving: &Leaving<'_>, language: Language, web: &WebWords) -> Self {
        let words = &web.unsubscribed;
        let line = self.of_leaving(leaving, language, &words.topic, &words.all);
        let note = Phrase::fill(&words.note, &[]);
        Self { title: words.title.clone(), lines: vec![line, note], ..self.leads_to(leaving, &words.preferences) }
    }

    fn of_leaving(&self, leaving: &Leaving<'_>, language: Language, topic: &str, all: &str) -> Phrase {
        let address = masked(leaving.address, language);
        match leaving.topic.map(|topic| clean::line(topic, VALUE_LEN_MAX)).filter(|topic| !topic.is_empty()) {
            Some(name) => {
                let name = Phrase::of(&name, Run::AsWritten, language);
                Phrase::fill(topic, &[("company", &self.company), ("address", &address), ("topic", &name)])
            }
            None => Phrase::fill(all, &[("company", &self.company), ("address", &address)]),
        }
    }

    fn leads_to(self, leaving: &Leaving<'_>, words: &str) -> Self {
        Self { link: leaving.preferences.to_owned(), link_words: words.to_owned(), ..self }
    }

    fn choosing(self, preferences: &Preferences<'_>, language: Language, web: &WebWords, words: &Words) -> Self {
        let choosing = &web.preferences;
        let address = masked(preferences.address, language);
        let intro = Phrase::fill(&choosing.intro, &[("company", &self.company), ("address", &address)]);
        let left = preferences.left.then(|| Phrase::fill(&choosing.left, &[]));
        let topics =
            preferences.topics.iter().map(|topic| TopicBox { key: topic.key.clone(), topic: topic.name.to_owned(), wanted: topic.wanted });
        Self {
            title: choosing.title.clone(),
            lines: std::iter::once(intro).chain(left).collect(),
            saved: if preferences.saved { choosing.saved.clone() } else { String::new() },
            again: if preferences.left && preferences.topics.is_empty() { choosing.again.clone() } else { String::new() },
            topics_label: choosing.topics.clone(),
            topics: topics.collect(),
            pause_label: choosing.pause.clone(),
            pauses: pauses(preferences, language, web, words),
            language_label: choosing.language.clone(),
            languages: languages(preferences, web),
            telling_label: if preferences.telling.is_some() { choosing.telling.clone() } else { String::new() },
            telling: preferences.telling.unwrap_or_default(),
            save: choosing.save.clone(),
            leave: choosing.leave.clone(),
            ..self
        }
    }

    fn message(self, message: &Message) -> Self {
        Self { title: message.title.clone(), lines: vec![Phrase::fill(&message.text, &[])], ..self }
    }
}

/// No pause, some days, and the pause that holds now. An option can show no markup, so a foreign word is isolated in its text.
fn pauses(preferences: &Preferences<'_>, language: Language, web: &WebWords, words: &Words) -> Vec<PauseChoice> {
    let choosing = &web.preferences;
    let none = PauseChoice { days: "0".to_owned(), chosen: preferences.paused_until.is_none(), shown: choosing.pause_none.clone() };
    let as_now = preferences.paused_until.map(|date| {
        let date = words.date(date, None, language);
        PauseChoice { days: String::new(), chosen: true, shown: Phrase::fill(&choosing.paused, &[("date", &date)]).plain() }
    });
    let some = PAUSES.into_iter().map(|days| {
        let count = words.count(days.into(), language);
        PauseChoice { days: days.to_string(), chosen: false, shown: Phrase::fill(&choosing.pause_days, &[("days", &count)]).plain() }
    });
    as_now.into_iter().chain([none]).chain(some).collect()
}

fn languages(preferences: &Preferences<'_>, web: &WebWords) -> Vec<LanguageChoice> {
    let any = LanguageChoice { code: "", chosen: preferences.chosen.is_none(), shown: web.preferences.language_any.clone() };
    let each = preferences.offered.iter().map(|language| LanguageChoice {
        code: language.code(),
        chosen: preferences.chosen == Some(*language),
        shown: own_name(*language),
    });
    std::iter::once(any).chain(each).collect()
}

/// `b•••@acme.example`: a page may be looked at by whoever a letter was passed on to.
fn masked(address: &EmailAddress, language: Language) -> Phrase {
    let first: String = address.local().chars().take(1).collect();
    let shown = clean::line(&format!("{first}•••@{}", address.domain()), VALUE_LEN_MAX);
    Phrase::of(&shown, Run::LeftToRight, language)
}

/// Pages that take every branch, and what hostile letters would bring.
pub(super) fn samples(check: impl FnMut(&PageOrder<'_>), language: Language) {
    let mut check = check;
    let Ok(address) = EmailAddress::parse("bob@acme.example") else { return };
    let hostile = super::samples::HOSTILE;
    let offered = [Language::ENGLISH, language];
    let topic = |name, key: &str, wanted| Topic { name, key: key.to_owned(), wanted };
    let topics = [topic("Spring catalogue", "a1", true), topic("Prices", "b2", false), topic(hostile, "c3", true)];
    let date = jiff::tz::TimeZone::UTC.to_datetime(super::samples::SENT_AT.timestamp()).date();
    let leaving = Leaving { address: &address, topic: Some("Spring catalogue"), preferences: "https://mail.tradepost.example/p/x" };
    let all = Preferences {
        address: &address,
        topics: &topics,
        left: false,
        paused_until: Some(date),
        telling: Some(true),
        chosen: Some(Language::ENGLISH),
        offered: &offered,
        saved: true,
    };
    let order = |matter| PageOrder { language, company: "Ningbo Bright Lighting Co., Ltd.", matter };
    for matter in [
        Matter::Unsubscribe(leaving),
        Matter::Unsubscribe(Leaving { topic: None, ..leaving }),
        Matter::Unsubscribed(Leaving { topic: Some(hostile), ..leaving }),
        Matter::Unsubscribed(Leaving { topic: None, ..leaving }),
        Matter::NotFound,
        Matter::Misused,
        Matter::Trouble,
        Matter::Preferences(Preferences { topics: &[], left: true, paused_until: None, telling: None, chosen: None, saved: false, ..all }),
        Matter::Preferences(all),
    ] {
        check(&order(matter));
        check(&PageOrder { company: hostile, ..order(matter) });
    }
}

/// A page on which everything is there, to see which names a template may use.
pub(super) fn names_of_pages() -> Vec<String> {
    let mut names = Vec::new();
    samples(
        |order| {
            let page = WebPage::new(order, Language::ENGLISH, &WebWords::default(), &Words::default());
            names.extend(super::samples::names(Some(page)));
        },
        Language::ENGLISH,
    );
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::super::Letters;
    use super::*;

    fn shown(order: &PageOrder<'_>) -> String {
        Letters::load(&[]).expect("sound templates").render_page(order).expect("a page")
    }

    fn language(code: &str) -> Language {
        Language::parse(code).expect("a language")
    }

    #[test]
    fn a_page_is_whole_in_every_language_and_lets_nothing_hostile_through() {
        let letters = Letters::load(&[]).expect("sound templates");
        assert!(letters.page_languages().count() >= 11);
        for written in letters.page_languages() {
            let look = |order: &PageOrder<'_>| {
                let page = letters.render_page(order).expect("a page");
                assert!(page.contains(&format!("<html lang=\"{}\" dir=", written.code())), "{page}");
                assert_eq!(page.matches("<h1>").count(), 1);
                for bad in ["<script", "onerror=alert(1)>", "<img", "\u{202e}</", "http-equiv", "{topic}", "{address}", "{date}"] {
                    assert!(!page.contains(bad), "{written}: {bad} in {page}");
                }
                let controls = page.matches("<select").count() + page.matches("type=\"checkbox\"").count();
                assert_eq!(page.matches("<label").count(), controls, "every control has its label");
            };
            samples(look, written);
        }
    }

    #[test]
    fn a_mail_is_never_called_a_letter_of_paper() {
        let letters = Letters::load(&[]).expect("sound templates");
        for (code, paper) in [("en", "letter"), ("de", "brief"), ("fr", "lettre"), ("es", "carta"), ("it", "letter"), ("pt", "carta")] {
            let look = |order: &PageOrder<'_>| {
                let page = letters.render_page(order).expect("a page").to_lowercase();
                assert!(!page.contains(paper), "{code}: {page}");
            };
            samples(look, language(code));
        }
    }

    #[test]
    fn the_page_that_asks_has_a_button_and_acts_by_post_alone() {
        let address = EmailAddress::parse("bob@acme.example").expect("an address");
        let leaving = Leaving { address: &address, topic: Some("Spring & Summer"), preferences: "https://m.example/p/x" };
        let page = shown(&PageOrder { language: language("de"), company: "Bright", matter: Matter::Unsubscribe(leaving) });
        assert!(page.contains("Bright schreibt an b•••@acme.example über „Spring &amp; Summer“."), "{page}");
        assert!(page.contains("<form method=\"post\">") && page.contains("name=\"unsubscribe\" value=\"yes\""), "{page}");
        assert!(page.contains("<a href=\"https://m.example/p/x\">") && !page.contains("bob@"), "{page}");
    }

    #[test]
    fn arabic_runs_from_right_to_left_and_holds_foreign_words() {
        let address = EmailAddress::parse("bob@acme.example").expect("an address");
        let leaving = Leaving { address: &address, topic: None, preferences: "https://m.example/p/x" };
        let page = shown(&PageOrder { language: language("ar"), company: "Bright", matter: Matter::Unsubscribed(leaving) });
        assert!(page.contains("<html lang=\"ar\" dir=\"rtl\">"), "{page}");
        assert!(page.contains("<bdi dir=\"ltr\">b•••@acme.example</bdi>") && page.contains("<bdi dir=\"auto\">Bright</bdi>"), "{page}");
    }

    #[test]
    fn the_page_of_choices_shows_what_was_chosen() {
        let address = EmailAddress::parse("bob@acme.example").expect("an address");
        let offered = [Language::ENGLISH, language("ja")];
        let preferences = Preferences {
            address: &address,
            topics: &[
                Topic { name: "Prices", key: "a1".to_owned(), wanted: false },
                Topic { name: "Spring", key: "b2".to_owned(), wanted: true },
            ],
            left: false,
            paused_until: Some(jiff::civil::date(2026, 12, 24)),
            telling: Some(false),
            chosen: Some(language("ja")),
            offered: &offered,
            saved: true,
        };
        let page = shown(&PageOrder { language: Language::ENGLISH, company: "Bright", matter: Matter::Preferences(preferences) });
        for written in [
            "name=\"shown\" value=\"a1\">",
            "name=\"topic\" value=\"a1\"><span dir=\"auto\">Prices<",
            "name=\"topic\" value=\"b2\" checked>",
        ] {
            assert!(page.contains(written), "{written}: {page}");
        }
        assert!(page.contains("<option value=\"\" selected>As now: until 24 December 2026</option>"), "{page}");
        assert!(page.contains("<option value=\"ja\" lang=\"ja\" selected>日本語</option>"), "{page}");
        assert!(page.contains("name=\"telling\" value=\"yes\">"), "{page}");
        assert!(page.contains("role=\"status\">Your choice is saved.</p>"), "{page}");
    }

    #[test]
    fn a_language_without_pages_is_answered_in_the_nearest_one() {
        let title = |code: &str| {
            let page = shown(&PageOrder { language: language(code), company: "Bright", matter: Matter::NotFound });
            page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>")).map(|(title, _)| title.to_owned())
        };
        assert_eq!(title("fi").as_deref(), Some("This page does not exist"));
        assert_eq!(title("zh-Hant").as_deref(), Some("頁面不存在"));
    }
}
