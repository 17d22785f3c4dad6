//! Templates of the team's own, right and wrong.

use super::{bare, letters};
use tradepost::act::render::{Fault, Letters};
use tradepost::decide::{DraftOrder, LetterName};

fn load(file: &str, text: &str) -> Result<Letters, Vec<Fault>> {
    Letters::load(&[(file.to_owned(), text.to_owned())])
}

/// The only complaint about this file.
fn complaint(file: &str, text: &str) -> String {
    match load(file, text) {
        Ok(_) => panic!("{text:?} was accepted"),
        Err(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

#[test]
fn a_teams_own_words_take_the_place_of_ours() {
    let own = load("en/order.text.hbs", "{{#> layout}}\nMany thanks.\n{{/layout}}\n").expect("a sound template");
    let rendered = own.render(&bare(LetterName::Order, "en")).expect("sound");
    assert!(rendered.text.contains("\n\nMany thanks.\n\n"), "{}", rendered.text);
    assert!(rendered.html.contains("Thank you very much for your order"), "only the named file is replaced");
}

#[test]
fn a_template_that_does_not_close_is_named_with_line_and_column() {
    let remedy = "every `{{#if …}}` needs its `{{/if}}` and every `{{` its `}}`";
    let told = complaint("es/order.text.hbs", "{{#> layout}}\n\n{{#if products}}\n{{/layout}}\n");
    assert_eq!(told, format!("templates/es/order.text.hbs:5:1: it cannot be read from here on; {remedy}"));
    let told = complaint("es/order.text.hbs", "{{#if products}}\n{{/unless}}\n");
    assert_eq!(told, format!("templates/es/order.text.hbs:2:1: `{{{{#if}}}}` is open, but `{{{{/unless}}}}` closes; {remedy}"));
}

#[test]
fn a_misspelt_name_is_found_even_where_no_sample_goes() {
    let told = complaint(
        "de/sample.html.hbs",
        "{{#> layout}}\n<p>\n{{#if details}}{{#unless details}}{{detials}}{{/unless}}{{/if}}</p>\n{{/layout}}\n",
    );
    assert!(told.starts_with("templates/de/sample.html.hbs:3:"), "{told}");
    assert!(told.ends_with("`detials` is not known here; did you mean `details`?"), "{told}");
}

#[test]
fn a_misspelt_condition_is_found() {
    let told = complaint("en/sample.subject.hbs", "Samples{{#if refrences}} {{references}}{{/if}}");
    assert_eq!(told, "templates/en/sample.subject.hbs:1:8: `refrences` is not known here; did you mean `references`?");
}

#[test]
fn a_note_knows_other_names_than_a_letter() {
    let told = complaint("en/notice.subject.hbs", "{{intent}} {{greeting}}");
    assert_eq!(told, "templates/en/notice.subject.hbs:1:12: `greeting` is not known here; templates/README.md lists what there is");
    let told = complaint("en/order.subject.hbs", "{{evidence}}");
    assert!(told.starts_with("templates/en/order.subject.hbs:1:1: `evidence` is not known here"), "{told}");
    let told = complaint("shared/note.text.hbs", "{{> @partial-block}}\n{{closing}}");
    assert!(told.contains("`closing`"), "a shared template may name either, but the samples find what is not there: {told}");
}

#[test]
fn an_intent_without_a_word_is_named() {
    let words = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/it/words.toml")).expect("our own words");
    let told = complaint("it/words.toml", &words.replace("complaint = \"Reclamo\"\n", ""));
    assert_eq!(told, "templates/it/words.toml: intents.complaint: it has no word here");
    let told = complaint("it/words.toml", &words.replace("complaint = ", "complain = "));
    assert!(told.starts_with("templates/it/words.toml:") && told.contains("complain"), "{told}");
}

#[test]
fn a_partial_that_does_not_exist_is_found() {
    let told = complaint("en/sample.text.hbs", "{{#> layout}}\n{{> qestions}}\n{{/layout}}");
    assert!(told.starts_with("templates/en/sample.text.hbs:2:") && told.contains("`qestions`"), "{told}");
}

#[test]
fn unescaped_output_is_refused_in_html() {
    for open in ["{{{details}}}", "{{&details}}"] {
        let told = complaint("en/order.html.hbs", &format!("{{{{#> layout}}}}\n<p>{open}</p>\n{{{{/layout}}}}\n"));
        assert!(told.contains("templates/en/order.html.hbs:2:") && told.contains("would let a customer's mail write HTML"), "{told}");
    }
}

#[test]
fn a_layout_without_a_place_for_the_signature_is_refused() {
    let told = complaint("shared/layout.html.hbs", "<html>{{> @partial-block}}</html>");
    assert!(told.contains("<!-- signature -->"), "{told}");
}

#[test]
fn a_file_nobody_reads_is_told_and_what_others_read_is_passed_over() {
    assert!(complaint("en/first_replay.text.hbs", "x").contains("no letter is called so"));
    assert!(complaint("english/order.text.hbs", "x").contains("no letter is called so"));
    for other in ["en/console.toml", "README.md", "paper/invoice.typ", "en/order.text.hbs~"] {
        assert!(load(other, "{{").is_ok(), "{other}");
    }
}

#[test]
fn half_a_new_language_is_told_and_a_whole_letter_of_it_is_used() {
    let told = complaint("pl/order.text.hbs", "{{#> layout}}\nDziękujemy.\n{{/layout}}");
    assert!(told.contains("templates/pl/order.html.hbs: a file of this name is missing"), "{told}");

    let words = include_str!("../../../templates/en/words.toml").replace("Dear {name},", "Dzień dobry {name},");
    let polish = [
        ("pl/words.toml", words.as_str()),
        ("pl/order.subject.hbs", "Zamówienie"),
        ("pl/order.text.hbs", "{{#> layout}}\nDziękujemy za zamówienie.\n{{/layout}}"),
        ("pl/order.html.hbs", "{{#> layout}}\n<p>Dziękujemy za zamówienie.</p>\n{{/layout}}"),
    ];
    let letters = Letters::load(&polish.map(|(file, text)| (file.to_owned(), text.to_owned()))).expect("a sound language");
    let order = DraftOrder { customer_name: Some("Jan Nowak".to_owned()), ..bare(LetterName::Order, "pl") };
    assert!(letters.render(&order).expect("sound").text.starts_with("Dzień dobry Jan Nowak,\n\nDziękujemy za zamówienie."));
}

#[test]
fn words_that_do_not_fit_are_named_with_their_line() {
    let english = include_str!("../../../templates/en/words.toml");
    let told = complaint("en/words.toml", &english.replace("neutral =", "neutrall ="));
    assert!(told.starts_with("templates/en/words.toml:5: ") && told.contains("neutrall"), "{told}");
    let told = complaint("en/words.toml", &english.replace("{name} wrote:", "somebody wrote:"));
    assert!(told.contains("quote.undated: `{name}` is missing"), "{told}");
}

#[test]
fn our_own_html_templates_escape_everything() {
    let mut read = 0;
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(".html.hbs") {
                let text = std::fs::read_to_string(&path).expect("readable");
                assert!(!text.contains("{{{") && !text.contains("{{&"), "{} writes unescaped", path.display());
                read += 1;
            }
        }
    }
    assert!(read >= 58, "5 letters in 11 languages and 3 shared files, found {read}");
    assert!(letters().check().is_empty());
}
