//! From an order for a draft, a note, a daily mail or an alarm to its words. Templates come in as values (compiled in, and overrides the team wrote); out go a
//! subject, a text and an HTML form that say the same. Absent on purpose: reading files, headers and addresses (`act::mime`).
//!
//! What a hostile mail could try meets three walls. Values are cleaned before they reach a template (`clean`). Templates are
//! compiled before any value is known, so a value is never read as a template. HTML is escaped by the engine, and a template that
//! switches this off (`{{{…}}}`, `{{&…}}`) is refused when it is loaded (`inspect`).
//!
//! The one text that enters HTML unescaped is a member's own signature: after rendering it takes the place of the comment
//! `signature::PLACE`. Nobody else can write that comment, because every `<` of a value is escaped.

mod clean;
mod fault;
mod inspect;
mod note;
mod page;
mod phrase;
mod quote;
mod report;
mod report_samples;
mod report_words;
mod samples;
mod signature;
mod sources;
mod superseded;
mod warning;
mod web_page;
mod web_words;
mod words;

pub use fault::{Fault, FaultKind};
pub use sources::built_in;
pub use web_page::{Leaving, Matter, PageOrder, Preferences, Topic};

use crate::decide::{AlarmOrder, DailyOrder, DraftOrder, LetterName, NoticeOrder, SupersededOrder, WarningOrder};
use crate::types::{HeaderValue, Intent, Language};
use handlebars::Handlebars;
use note::Note;
use page::Page;
use report::{Alarm, Daily};
use sources::{Form, Sources, Writing};
use std::collections::BTreeMap;
use superseded::Outdated;
use warning::Warning;
use web_page::WebPage;
use web_words::WebWords;
use words::Words;

/// A page to choose on, in samples.
const SAMPLE: &str = "https://mail.tradepost.example/p/x";

/// The words of one draft or note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line, ready for a header.
    pub subject: String,
    /// Lines end in LF.
    pub text: String,
    /// A whole HTML document; lines end in LF.
    pub html: String,
}

/// All letters and the note in all languages, compiled and checked.
#[derive(Debug)]
pub struct Letters {
    /// Templates of plain text: subjects and text bodies. Nothing is escaped.
    plain: Handlebars<'static>,
    /// Templates of HTML. Everything is escaped.
    html: Handlebars<'static>,
    words: BTreeMap<&'static str, Words>,
    /// Of the pages that readers of letters see.
    web_words: BTreeMap<&'static str, WebWords>,
    /// What exists whole in which language.
    there: Vec<(&'static str, Writing)>,
}

impl Letters {
    /// The letters that are compiled in, with files of the team's own in place of those of the same name.
    ///
    /// An override is `(file name below templates/, its text)`, as in `("es/order.text.hbs", …)`. Every letter is rendered with
    /// samples before this returns, so a mistake in a template is found here and not when a customer waits. Gives back all faults.
    pub fn load(overrides: &[(String, String)]) -> Result<Self, Vec<Fault>> {
        let (letters, mut faults) = Self::compile(overrides);
        if faults.is_empty() {
            faults = letters.check();
        }
        if faults.is_empty() { Ok(letters) } else { Err(faults) }
    }

    fn compile(overrides: &[(String, String)]) -> (Self, Vec<Fault>) {
        let (sources, mut faults) = Sources::gather(overrides);
        let mut letters = Letters {
            plain: registry(),
            html: registry(),
            words: BTreeMap::new(),
            web_words: BTreeMap::new(),
            there: sources.whole(&mut faults),
        };
        letters.plain.register_escape_fn(handlebars::no_escape);
        letters.html.register_escape_fn(clean::escape_html);
        for (language, file, text) in sources.words() {
            match Words::read(file, text) {
                Ok(words) => _ = letters.words.insert(language, words),
                Err(found) => faults.extend(found),
            }
        }
        for (language, file, text) in sources.pages() {
            match WebWords::read(file, text) {
                Ok(words) => _ = letters.web_words.insert(language, words),
                Err(found) => faults.extend(found),
            }
        }
        for template in sources.templates() {
            let registry = if template.form == Form::Html { &mut letters.html } else { &mut letters.plain };
            match handlebars::Template::compile_with_name(template.text, template.file.to_owned()) {
                Ok(compiled) => {
                    faults.extend(inspect::faults(template.file, template.form, template.writing, &compiled));
                    registry.register_template(template.name, compiled);
                }
                Err(error) => faults.push(Fault::of_template(template.file, &error)),
            }
        }
        (letters, faults)
    }

    /// Renders everything in every language with samples and tells what goes wrong. [`Letters::load`] has done it already.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for &(code, writing) in &self.there {
            let Some(language) = Language::parse(code) else { continue };
            let rendered: Vec<Result<Rendered, Fault>> = match writing {
                Writing::Letter(letter) => samples::orders(letter, language)
                    .iter()
                    .flat_map(|order| [None, Some(SAMPLE)].map(|choices| self.render_with(order, choices)))
                    .collect(),
                Writing::Note => samples::notices(language).iter().map(|order| self.render_notice(order)).collect(),
                Writing::Superseded => samples::superseded(language).iter().map(|order| self.render_superseded(order)).collect(),
                Writing::Warning => samples::warnings(language).iter().map(|order| self.render_warning(order)).collect(),
                Writing::Daily => report_samples::dailies(language).iter().map(|order| self.render_daily(order)).collect(),
                Writing::Alarm => report_samples::alarms(language).iter().map(|order| self.render_alarm(order)).collect(),
            };
            for fault in rendered.into_iter().filter_map(Result::err) {
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
        }
        for language in self.page_languages() {
            let look = |order: &PageOrder<'_>| faults.extend(self.render_page(order).err());
            web_page::samples(look, language);
        }
        faults.dedup();
        faults
    }

    /// The languages there are pages in.
    pub fn page_languages(&self) -> impl Iterator<Item = Language> {
        Language::all_written().filter(|language| self.web_words.contains_key(language.code()))
    }

    /// A page that a reader of our letters sees, as HTML. Of Chinese without pages the other script is taken, else English.
    pub fn render_page(&self, order: &PageOrder<'_>) -> Result<String, Fault> {
        let language = self.page_language(order.language);
        let web = self.web_words.get(language.code()).ok_or_else(|| Fault::missing(&format!("{}/page.toml", language.code())))?;
        fill(&self.html, "page", &WebPage::new(order, language, web, self.words_of(language)?))
    }

    fn page_language(&self, wanted: Language) -> Language {
        let is_there = |language: &Language| self.web_words.contains_key(language.code()) && self.words.contains_key(language.code());
        [wanted, other_script(wanted)].into_iter().find(is_there).unwrap_or(Language::ENGLISH)
    }

    /// The intent that is called so in any language, or by the name that settings use.
    pub fn intent_called(&self, name: &str) -> Option<Intent> {
        let plain = name.trim().to_lowercase().replace(['-', ' '], "_");
        Intent::parse(&plain).or_else(|| self.words.values().find_map(|words| words.intent_called(name)))
    }

    /// The language a letter is really written in when this one is wanted: itself, for Chinese then the other script, else English.
    pub fn language_for(&self, letter: LetterName, wanted: Language) -> Language {
        self.nearest(Writing::Letter(letter), wanted)
    }

    fn nearest(&self, writing: Writing, wanted: Language) -> Language {
        let is_there = |language: &Language| self.there.iter().any(|&(code, name)| code == language.code() && name == writing);
        [wanted, other_script(wanted)].into_iter().find(is_there).unwrap_or(Language::ENGLISH)
    }

    /// Subject, text and HTML of a draft, in the order's language or the nearest one there is.
    pub fn render(&self, order: &DraftOrder) -> Result<Rendered, Fault> {
        self.render_with(order, None)
    }

    /// The same of a letter that goes by itself, with the address of the page on which its reader chooses what to get.
    pub fn render_with(&self, order: &DraftOrder, choices: Option<&str>) -> Result<Rendered, Fault> {
        let language = self.language_for(order.letter, order.language);
        let name = template(Writing::Letter(order.letter), language);
        let mut page = Page::new(order, language, self.words_of(language)?);
        if let Some(address) = choices {
            // In the language of the page it leads to: a team may have letters in a language that has no pages.
            let pages = self.page_language(language).code();
            let web = self.web_words.get(pages).ok_or_else(|| Fault::missing(&format!("{pages}/page.toml")))?;
            page = page.with_choices(address, &web.unsubscribe.preferences);
        }

        let plain = page.plain();
        let answered = HeaderValue::new(&order.subject);
        let subject = match answered.is_empty() {
            false => format!("Re: {answered}"),
            true => fill(&self.plain, &format!("{name}.subject"), &plain)?,
        };
        let text = clean::tidy(&fill(&self.plain, &name, &plain)?);
        let html = fill(&self.html, &name, &page.html())?;
        let html = match signature::own_html(order) {
            Some(own) => signature::put(&html, own).ok_or_else(|| Fault::no_signature_place("shared/layout.html.hbs"))?,
            None => html,
        };
        Ok(Rendered { subject: HeaderValue::new(&subject).as_str().to_owned(), text, html })
    }

    /// Subject, text and HTML of a note to a member, in the order's language or the nearest one there is.
    pub fn render_notice(&self, order: &NoticeOrder) -> Result<Rendered, Fault> {
        let language = self.nearest(Writing::Note, order.language);
        let name = template(Writing::Note, language);
        let note = Note::new(order, language, self.words_of(language)?);

        let plain = note.plain();
        let subject = fill(&self.plain, &format!("{name}.subject"), &plain)?;
        let text = clean::tidy(&fill(&self.plain, &name, &plain)?);
        let html = fill(&self.html, &name, &note.html())?;
        Ok(Rendered { subject: HeaderValue::new(&subject).as_str().to_owned(), text, html })
    }

    /// Subject, text and HTML of a note about an outdated draft, in the order's language or the nearest one there is.
    pub fn render_superseded(&self, order: &SupersededOrder) -> Result<Rendered, Fault> {
        let language = self.nearest(Writing::Superseded, order.language);
        let name = template(Writing::Superseded, language);
        let note = Outdated::new(order, language, self.words_of(language)?);

        let plain = note.plain();
        let subject = fill(&self.plain, &format!("{name}.subject"), &plain)?;
        let text = clean::tidy(&fill(&self.plain, &name, &plain)?);
        let html = fill(&self.html, &name, &note.html())?;
        Ok(Rendered { subject: HeaderValue::new(&subject).as_str().to_owned(), text, html })
    }

    /// Subject, text and HTML of a warning, in the order's language or the nearest one there is.
    pub fn render_warning(&self, order: &WarningOrder) -> Result<Rendered, Fault> {
        let language = self.nearest(Writing::Warning, order.language);
        let note = Warning::new(order, language, self.words_of(language)?);
        let plain = note.plain();
        self.render_report(Writing::Warning, language, &plain, &note.html())
    }

    /// Subject, text and HTML of a daily mail, in the order's language or the nearest one there is.
    pub fn render_daily(&self, order: &DailyOrder) -> Result<Rendered, Fault> {
        let language = self.nearest(Writing::Daily, order.language);
        let page = Daily::new(order, language, self.words_of(language)?);
        self.render_report(Writing::Daily, language, &page.plain(), &page)
    }

    /// Subject, text and HTML of an alarm, in the order's language or the nearest one there is.
    pub fn render_alarm(&self, order: &AlarmOrder) -> Result<Rendered, Fault> {
        let language = self.nearest(Writing::Alarm, order.language);
        let page = Alarm::new(order, language, self.words_of(language)?);
        self.render_report(Writing::Alarm, language, &page.plain(), &page)
    }

    fn render_report(
        &self,
        writing: Writing,
        language: Language,
        plain: &impl serde::Serialize,
        html: &impl serde::Serialize,
    ) -> Result<Rendered, Fault> {
        let name = template(writing, language);
        let subject = fill(&self.plain, &format!("{name}.subject"), plain)?;
        let text = clean::tidy(&fill(&self.plain, &name, plain)?);
        let html = fill(&self.html, &name, html)?;
        Ok(Rendered { subject: HeaderValue::new(&subject).as_str().to_owned(), text, html })
    }

    fn words_of(&self, language: Language) -> Result<&Words, Fault> {
        self.words.get(language.code()).ok_or_else(|| Fault::missing(&format!("{}/words.toml", language.code())))
    }
}

/// What a reader of this language understands besides.
fn other_script(wanted: Language) -> Language {
    match wanted {
        Language::CHINESE_TRADITIONAL => Language::CHINESE_SIMPLIFIED,
        Language::CHINESE_SIMPLIFIED => Language::CHINESE_TRADITIONAL,
        _ => Language::ENGLISH,
    }
}

/// The name of text and HTML in their registries.
fn template(writing: Writing, language: Language) -> String {
    format!("{}/{}", language.code(), writing.file())
}

fn registry() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry
}

fn fill(registry: &Handlebars<'static>, name: &str, data: &impl serde::Serialize) -> Result<String, Fault> {
    registry.render(name, data).map_err(|error| Fault::of_render(name, &error))
}
