//! Reads a compiled template without rendering it: names that do not exist are found in every branch, also in those no sample takes,
//! and unescaped output is refused.

use super::fault::{Fault, FaultKind};
use super::samples;
use super::sources::{Form, Writing};
use super::web_page;
use handlebars::template::{HelperTemplate, Parameter, Template, TemplateElement};
use std::sync::LazyLock;

/// Helpers a letter may use. The others of the engine are not for letters: they log, look up by text, or write raw blocks.
const HELPERS: [&str; 3] = ["if", "unless", "each"];

/// Names that blocks give themselves.
const LOCAL: [&str; 6] = ["this", ".", "@first", "@last", "@index", "else"];

/// Everything a letter knows, as its templates name it: `details`, `quote.line`. Taken from a sample, so it cannot fall behind.
static KNOWN_TO_LETTERS: LazyLock<Vec<String>> = LazyLock::new(samples::names_of_letters);

/// The same for the note to a member.
static KNOWN_TO_NOTES: LazyLock<Vec<String>> = LazyLock::new(samples::names_of_notes);

/// The same for the note about an outdated draft.
static KNOWN_TO_SUPERSEDED: LazyLock<Vec<String>> = LazyLock::new(samples::names_of_superseded);

/// The same for warnings.
static KNOWN_TO_WARNINGS: LazyLock<Vec<String>> = LazyLock::new(samples::names_of_warnings);

/// The same for the daily mail, and for alarms.
static KNOWN_TO_DAILY: LazyLock<Vec<String>> = LazyLock::new(samples::names_of_daily);
static KNOWN_TO_ALARMS: LazyLock<Vec<String>> = LazyLock::new(samples::names_of_alarms);

/// The same for the pages that readers of letters see.
static KNOWN_TO_PAGES: LazyLock<Vec<String>> = LazyLock::new(web_page::names_of_pages);

/// What shared templates may name; what is not there for all is found when the samples are rendered.
static KNOWN_TO_ANY: LazyLock<Vec<String>> = LazyLock::new(|| {
    let all =
        [&KNOWN_TO_LETTERS, &KNOWN_TO_NOTES, &KNOWN_TO_SUPERSEDED, &KNOWN_TO_WARNINGS, &KNOWN_TO_DAILY, &KNOWN_TO_ALARMS, &KNOWN_TO_PAGES];
    all.map(|known| known.as_slice()).concat()
});

/// What is wrong with a template; of a shared one, `writing` is `None`.
pub(super) fn faults(file: &str, form: Form, writing: Option<Writing>, template: &Template) -> Vec<Fault> {
    let known: &[String] = match writing {
        Some(Writing::Letter(_)) => &KNOWN_TO_LETTERS,
        Some(Writing::Note) => &KNOWN_TO_NOTES,
        Some(Writing::Superseded) => &KNOWN_TO_SUPERSEDED,
        Some(Writing::Warning) => &KNOWN_TO_WARNINGS,
        Some(Writing::Daily) => &KNOWN_TO_DAILY,
        Some(Writing::Alarm) => &KNOWN_TO_ALARMS,
        None => &KNOWN_TO_ANY,
    };
    let mut inspector = Inspector { file, form, known, faults: Vec::new() };
    inspector.walk(template);
    inspector.faults
}

struct Inspector<'a> {
    file: &'a str,
    form: Form,
    known: &'a [String],
    faults: Vec<Fault>,
}

impl Inspector<'_> {
    // Depth is bounded by the engine's own parser, which has already read the template.
    fn walk(&mut self, template: &Template) {
        for (index, element) in template.elements.iter().enumerate() {
            let place = template.mapping.get(index).map_or((1, 1), |mapping| (mapping.0, mapping.1));
            match element {
                TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
                TemplateElement::HtmlExpression(expression) => {
                    if self.form == Form::Html {
                        self.faults.push(Fault::at(self.file, place.0, place.1, FaultKind::Unescaped));
                    }
                    self.expression(expression, place);
                }
                TemplateElement::Expression(expression) => self.expression(expression, place),
                TemplateElement::HelperBlock(block) => self.block(block, place),
                TemplateElement::PartialExpression(partial) => partial.params.iter().for_each(|param| self.value(param, place)),
                TemplateElement::PartialBlock(partial) => {
                    partial.params.iter().for_each(|param| self.value(param, place));
                    if let Some(inside) = &partial.template {
                        self.walk(inside);
                    }
                }
                TemplateElement::DecoratorExpression(decorator) | TemplateElement::DecoratorBlock(decorator) => {
                    self.unknown(decorator.name.as_name().unwrap_or("*"), place);
                }
                _ => self.unknown("{{…}}", place),
            }
        }
    }

    fn expression(&mut self, expression: &HelperTemplate, place: (usize, usize)) {
        self.value(&expression.name, place);
        expression.params.iter().for_each(|param| self.value(param, place));
    }

    fn block(&mut self, block: &HelperTemplate, place: (usize, usize)) {
        match block.name.as_name() {
            Some(name) if HELPERS.contains(&name) => {}
            name => self.unknown(name.unwrap_or("#"), place),
        }
        block.params.iter().for_each(|param| self.value(param, place));
        for inside in [&block.template, &block.inverse].into_iter().flatten() {
            self.walk(inside);
        }
    }

    fn value(&mut self, parameter: &Parameter, place: (usize, usize)) {
        match parameter {
            Parameter::Literal(_) => {}
            Parameter::Name(_) | Parameter::Path(_) => {
                let name = parameter.as_name().unwrap_or("");
                let bare = name.trim_start_matches("../").trim_start_matches("this.");
                if !LOCAL.contains(&bare) && !self.known.iter().any(|known| known == bare) {
                    self.unknown(bare, place);
                }
            }
            _ => self.unknown("(…)", place),
        }
    }

    fn unknown(&mut self, name: &str, place: (usize, usize)) {
        self.faults.push(Fault::unknown_name(self.file, place, name, self.known));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_explains_every_name_a_template_may_use() {
        let readme = include_str!("../../../templates/README.md");
        let unexplained: Vec<_> = KNOWN_TO_ANY.iter().filter(|name| !readme.contains(&format!("`{name}`"))).collect();
        assert!(unexplained.is_empty(), "{unexplained:?}");
        assert!(KNOWN_TO_LETTERS.len() > 15, "the sample knows everything: {KNOWN_TO_LETTERS:?}");
        assert!(KNOWN_TO_NOTES.len() > 15, "the sample knows everything: {KNOWN_TO_NOTES:?}");
    }
}
