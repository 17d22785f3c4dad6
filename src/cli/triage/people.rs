//! One message as `triage` shows it to people: what it is taken for and why, its text with the facts marked, and what is missing.

use super::credit;
use super::mail::{BROKEN, Mail};
use super::marked::{self, Paint};
use super::{fact_word, plain};
use crate::cli::table::padded;
use crate::cli::words::Words;
use crate::parse::Bounce;
use crate::trade::quotes::{Missing, Told, missing};
use crate::types::{Intent, Language, NamedAddress, Quantity};
use crate::understand::facts::FactKind;
use crate::understand::{Evidence, Facts, LanguageGuess, searched};
use jiff::civil::Date;

/// Evidence shown.
const EVIDENCE_SHOWN_MAX: usize = 4;
/// A rule that names many words is cut; its beginning says where it stands.
const RULE_CHARS_MAX: usize = 60;
/// Columns of what stands before a value.
const NAME_COLUMNS: usize = 16;
/// A language named by fewer letters than this with less confidence than that is called a guess.
const FEW_LETTERS: usize = 40;
const GUESSED_CONFIDENCE: f64 = 0.7;

/// The lines of one message.
struct Sheet<'w> {
    lines: Vec<String>,
    words: &'w Words,
}

impl Sheet<'_> {
    /// A line, unless there is nothing to say.
    fn line(&mut self, key: &str, value: &str) {
        self.named(&self.words.say(key, &[]), value);
    }

    fn named(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.lines.push(format!("  {} {}", padded(name, NAME_COLUMNS), one_line(value)));
        }
    }
}

/// A few lines for people.
pub(super) fn text(path: &str, mail: &Mail, words: &Words, paint: Paint) -> String {
    let (letter, reading) = (&mail.letter, &mail.reading);
    let mut sheet = Sheet { lines: vec![one_line(path)], words };
    let from = [letter.from.name.clone(), letter.from.address.as_ref().map(ToString::to_string)];
    sheet.line("triage.from", &from.into_iter().flatten().collect::<Vec<_>>().join(" · "));
    sheet.line("triage.subject", letter.subject.as_deref().unwrap_or_default());
    language(&mut sheet, mail);
    intent(&mut sheet, mail);
    sheet.line("triage.via", reading.via.as_ref().map(|via| via.name()).unwrap_or_default());
    sheet.line("triage.automatic", reading.automatic.map(|kind| kind.name()).unwrap_or_default());
    sheet.line("triage.returns", &reading.returns.map(|day| day.to_string()).unwrap_or_default());
    sheet.line("triage.substitute", &reading.substitute.as_ref().map(person).unwrap_or_default());
    if let Some(departure) = &letter.departure {
        sheet.line("triage.gone", &person(&departure.gone));
        sheet.line("triage.successor", &departure.successor.as_ref().map(person).unwrap_or_default());
    }
    sheet.line("triage.bounce", &letter.bounce.as_ref().map(bounced).unwrap_or_default());
    facts(&mut sheet, &reading.facts, words);
    if reading.intent.intent == Intent::Inquiry {
        sheet.line("triage.missing", &lacking(&reading.facts, words));
    }
    if let Some(found) = &reading.credit {
        sheet.line("triage.credit", &credit::terms(found));
        for trap in found.traps(sent_on(mail)) {
            sheet.line("triage.trap", &credit::trap(&trap, words));
        }
    }
    let attached: Vec<&str> =
        letter.attachments.iter().map(|attachment| attachment.name.as_deref().unwrap_or(&attachment.media_type)).collect();
    sheet.line("triage.attachments", &attached.join(", "));
    for flag in &reading.flags {
        sheet.line("triage.flags", &words.warning(flag));
    }
    let defects: Vec<&str> = if mail.is_broken { vec![BROKEN] } else { letter.defects.iter().map(|defect| defect.name()).collect() };
    sheet.line("triage.defects", &defects.join(", "));
    let searched = marked::lines(searched(letter, reading), &reading.facts.spans, words, paint);
    sheet.lines.extend(searched.iter().map(|line| format!("  │ {line}").trim_end().to_owned()));
    sheet.lines.join("\n") + "\n\n"
}

/// The language, how sure that is, and why.
fn language(sheet: &mut Sheet<'_>, mail: &Mail) {
    let (guess, words) = (&mail.reading.language, sheet.words);
    sheet.line("triage.language", &format!("{}, {}", named(guess.language, words), percent(guess.confidence)));
    let mut reasons = Vec::new();
    let letters = searched(&mail.letter, &mail.reading).chars().filter(|c| c.is_alphabetic()).count();
    let is_guessed = letters < FEW_LETTERS && guess.confidence < GUESSED_CONFIDENCE;
    reasons.push(words.say(if is_guessed { "triage.few_letters" } else { "triage.by_letters" }, &[("count", &letters)]));
    match mail.letter.declared_language {
        Some(declared) if declared == guess.language => reasons.push(words.say("triage.declared", &[])),
        Some(declared) => reasons.push(words.say("triage.declared_otherwise", &[("language", &named(declared, words))])),
        None => {}
    }
    if let Some(second) = guess.second {
        reasons.push(words.say("triage.also", &[("language", &named(second, words))]));
    }
    let rivals = rivals(*guess);
    if !rivals.is_empty() {
        let rivals = words.list(rivals.into_iter().map(|rival| named(rival, words)));
        reasons.push(words.say("triage.rivals", &[("languages", &rivals)]));
    }
    sheet.named("", &reasons.join("; "));
}

/// What it may be instead, where it is not certain.
fn rivals(guess: LanguageGuess) -> Vec<Language> {
    let is_one = |rival: &Language| *rival != Language::UNKNOWN && *rival != guess.language && Some(*rival) != guess.second;
    guess.rivals.into_iter().filter(is_one).collect()
}

/// The intent, how sure that is, what it may be instead, and the words that spoke for it with the rules they satisfied.
fn intent(sheet: &mut Sheet<'_>, mail: &Mail) {
    let (guess, words) = (&mail.reading.intent, sheet.words);
    let second = guess.second.map(|second| format!("; {}", words.say("triage.second", &[("intent", &words.intent(second))])));
    let line = format!("{}, {}{}", words.intent(guess.intent), percent(guess.confidence), second.unwrap_or_default());
    sheet.line("triage.intent", &line);
    for evidence in guess.evidence.iter().take(EVIDENCE_SHOWN_MAX) {
        sheet.line("triage.evidence", &because(evidence));
    }
}

fn because(evidence: &Evidence) -> String {
    let mut rule: String = evidence.rule.chars().take(RULE_CHARS_MAX).collect();
    if evidence.rule.chars().nth(RULE_CHARS_MAX).is_some() {
        rule.push('…');
    }
    if evidence.words.is_empty() { rule } else { format!("“{}” ({rule})", evidence.words) }
}

/// One line for each kind of fact.
fn facts(sheet: &mut Sheet<'_>, facts: &Facts, words: &Words) {
    let mut line = |fact, values: Vec<String>| sheet.named(&fact_word(fact, words), &values.join(" · "));
    let product = |product: &crate::understand::facts::Product| {
        let name = [product.name.clone(), product.sku.clone()].into_iter().flatten().collect::<Vec<_>>().join(" / ");
        product.quantity.as_ref().map(|counted| format!("{name} ({})", quantity(counted))).unwrap_or(name)
    };
    line(FactKind::Product, facts.products.iter().map(product).collect());
    line(FactKind::Quantity, facts.quantities.iter().map(quantity).collect());
    line(FactKind::Incoterm, facts.incoterm.map(|term| term.code().to_owned()).into_iter().collect());
    let code = facts.place_code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    line(FactKind::Place, facts.place.iter().map(|place| format!("{place}{code}")).collect());
    line(FactKind::Currency, facts.currency.map(|currency| currency.to_string()).into_iter().collect());
    line(FactKind::TargetPrice, facts.target_price.iter().map(plain).collect());
    line(FactKind::Deadline, facts.deadline.iter().cloned().collect());
    line(FactKind::Certificate, facts.certificates.clone());
    line(FactKind::PaymentTerms, facts.payment_terms.iter().cloned().collect());
    line(FactKind::Reference, facts.references.clone());
}

fn quantity(quantity: &Quantity) -> String {
    let to = quantity.to.as_ref().map(|to| format!("–{}", plain(to))).unwrap_or_default();
    let unit = quantity.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    format!("{}{to}{unit}", plain(&quantity.value))
}

/// What has to be asked before a price can be named.
fn lacking(facts: &Facts, words: &Words) -> String {
    let told = Told {
        product: !facts.products.is_empty(),
        quantity: !facts.quantities.is_empty(),
        incoterm: facts.incoterm.is_some(),
        place: facts.place.is_some(),
    };
    let lacking = missing(told);
    if lacking.is_empty() {
        return words.say("triage.nothing_missing", &[]);
    }
    words.list(lacking.into_iter().map(|missing| {
        let key = match missing {
            Missing::Product => "missing.product",
            Missing::Quantity => "missing.quantity",
            Missing::Destination => "missing.destination",
        };
        words.say(key, &[])
    }))
}

/// A person by name and address, on one line.
fn person(person: &NamedAddress) -> String {
    let address = person.address.as_ref().map(ToString::to_string);
    [person.name.as_deref().map(one_line), address].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn bounced(bounce: &Bounce) -> String {
    let recipient = bounce.recipient.as_ref().map(ToString::to_string);
    let parts = [Some(bounce.kind.name().to_owned()), recipient, bounce.status.clone(), bounce.reason.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A language by its code, and its name where the operator's language has one.
fn named(language: Language, words: &Words) -> String {
    match words.language_name(language) {
        Some(name) => format!("{} ({name})", language.code()),
        None => language.code().to_owned(),
    }
}

fn percent(confidence: f64) -> String {
    format!("{:.0} %", confidence * 100.0)
}

/// The day of the mail as its sender's calendar had it.
fn sent_on(mail: &Mail) -> Option<Date> {
    mail.letter.date.as_deref().and_then(|date| date.get(..10)?.parse().ok())
}

/// Mail must not move the cursor of a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
