//! What was understood of a letter.

use super::learned::Model;
use super::{Facts, Flag, FlagKind, Rules, facts, guards, intent, language, via};
use crate::parse::{self, Automatic, Letter, Paper};
use crate::trade::payments::credit::{self, Credit};
use crate::types::{Country, EmailAddress, Intent, Language, NamedAddress};

/// Typed words that say less than this leave it to the forwarded ones.
const FORWARD_CONFIDENCE: f64 = 0.6;
/// What a buyer's words must say otherwise so that a portal's notification is no inquiry.
const OTHERWISE_CONFIDENCE: f64 = 0.8;
/// How surely the words of a fraud are one.
const FRAUD_CONFIDENCE: f64 = 0.95;
/// So much of a paper shows its language, in bytes.
const PAPER_LOOK_LEN: usize = 4096;
/// Papers are full of names and figures: a guess below this is the mail's language.
const PAPER_LANGUAGE_CONFIDENCE: f64 = 0.8;
/// How an answer's subject begins.
const REPLY_PREFIXES: [&str; 14] =
    ["re:", "aw:", "sv:", "rv:", "res:", "rif:", "ref:", "antw:", "ynt:", "odp:", "vs:", "回复:", "回复：", "答复:"];

/// What a letter says, with the reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub language: LanguageGuess,
    pub intent: IntentGuess,
    pub automatic: Option<Automatic>,
    /// The first day an absent person is back.
    pub returns: Option<jiff::civil::Date>,
    /// Whom to write to while that person is away.
    pub substitute: Option<NamedAddress>,
    /// A portal or web form that passed a buyer's words on.
    pub via: Option<Via>,
    /// The buyer whose words those are.
    pub buyer: Option<Buyer>,
    pub facts: Facts,
    /// A documentary credit that the letter or one of its papers sets out.
    pub credit: Option<Credit>,
    /// What a person should look at before trusting the mail.
    pub flags: Vec<Flag>,
}

/// The language the person writes in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LanguageGuess {
    pub language: Language,
    /// 0 to 1; of answers given with 0.9 and more at least 98 % should be right.
    pub confidence: f64,
    pub second: Option<Language>,
    /// What it may be instead, likeliest first; [`Language::UNKNOWN`] where there is no more.
    pub rivals: [Language; 3],
}

impl LanguageGuess {
    /// A guess without a second language or a rival.
    pub fn new(language: Language, confidence: f64) -> Self {
        Self { language, confidence, second: None, rivals: [Language::UNKNOWN; 3] }
    }

    /// Whether a mail of this guess may hold words of a language; of Chinese, in either script.
    pub(super) fn may_be(self, language: Language) -> bool {
        let same = |own: Language| own == language || own.is_chinese() && language.is_chinese();
        same(self.language) || self.second.is_some_and(same) || self.rivals.into_iter().any(same)
    }
}

/// What the letter is about.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentGuess {
    pub intent: Intent,
    /// 0 to 1.
    pub confidence: f64,
    pub second: Option<Intent>,
    pub evidence: Vec<Evidence>,
}

/// Words of the mail that spoke for an intent, and the rule they satisfied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The words as they stand in the mail.
    pub words: String,
    /// The rule, `es.inquiry: solicit* cotización` (file, section and cue as written there), or the structural reason,
    /// `header:Auto-Submitted`.
    pub rule: String,
}

/// How a buyer's words came here when not by the buyer's own mail.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Via {
    /// A form on a web page.
    WebForm,
    /// A trade portal by its short name: `alibaba`, `made-in-china`.
    Portal(String),
}

impl Via {
    /// The name `triage --json` writes.
    pub fn name(&self) -> &str {
        match self {
            Via::WebForm => "web-form",
            Via::Portal(name) => name,
        }
    }
}

/// A buyer as a portal or web form names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buyer {
    pub name: Option<String>,
    pub address: Option<EmailAddress>,
    pub company: Option<String>,
    pub country: Option<Country>,
    pub phone: Option<String>,
    /// The buyer's own words.
    pub text: String,
}

/// Reads a letter by the rules alone. Pure and total: any letter gets a reading.
pub fn read(letter: &Letter, rules: &Rules) -> Reading {
    read_with(letter, rules, None)
}

/// Reads a letter by the rules, and by what was learned of people's corrections.
pub fn read_with(letter: &Letter, rules: &Rules, learned: Option<&Model>) -> Reading {
    let (via, buyer) = via::find(letter, &rules.portals, &rules.folder).unzip();
    let words = words(letter, buyer.as_ref());
    let sources = language::Sources {
        fresh: words,
        // A portal writes the subject in a language of its own.
        subject: letter.subject.as_deref().filter(|_| via.is_none()),
        quoted: if via.is_none() { &letter.fresh.quoted } else { "" },
        declared: letter.declared_language.filter(|_| via.is_none()),
    };
    let language = language::guess(&sources, &rules.languages);
    let flags = guards::flags(letter, &rules.portals, &rules.folder);
    let mut intent = by_structure(letter, via.as_ref()).unwrap_or_else(|| {
        let mut guess = by_words(letter, words, language, rules);
        defrauding(&mut guess, &flags);
        let subject = letter.subject.as_deref().unwrap_or_default();
        match learned {
            Some(model) => model.judge(guess, subject, words, &rules.folder),
            None => guess,
        }
    });
    if via.is_some() {
        passed_on(&mut intent, via.as_ref());
    }
    let automatic = match intent.intent {
        Intent::AutoReply if letter.automatic.is_none() => Some(Automatic::AutoReply),
        _ => letter.automatic,
    };
    let (returns, substitute) = absence(letter, automatic);
    let credit = std::iter::once(words).chain(letter.papers.iter().map(|paper| paper.text.as_str())).find_map(credit::read);
    Reading {
        facts: find_facts(letter, words, language.language, credit.as_ref(), rules),
        credit,
        language,
        intent,
        automatic,
        returns,
        substitute,
        via,
        buyer,
        flags,
    }
}

/// The text the facts of a reading were found in: [`facts::Span`]s are ranges of it.
pub fn searched<'l>(letter: &'l Letter, reading: &'l Reading) -> &'l str {
    words(letter, reading.buyer.as_ref())
}

/// When an absent person is back and who stands in: as read with the letter, or now that the words alone have shown a machine's answer.
fn absence(letter: &Letter, automatic: Option<Automatic>) -> (Option<jiff::civil::Date>, Option<NamedAddress>) {
    if automatic == Some(Automatic::AutoReply) && letter.automatic.is_none() && letter.departure.is_none() {
        return parse::absence_told(letter, sent_on(letter));
    }
    (letter.returns, letter.substitute.clone())
}

/// The facts of the words, and what a credit and attached papers add.
fn find_facts(letter: &Letter, words: &str, language: Language, credit: Option<&Credit>, rules: &Rules) -> Facts {
    let sent_on = sent_on(letter);
    let mut found = facts::find(words, letter.subject.as_deref(), language, sent_on, &rules.facts);
    if let Some(credit) = credit {
        facts::add_credit(&mut found, credit, sent_on, &rules.facts);
    }
    for paper in &letter.papers {
        let of_paper = language_of(&paper.text, rules).unwrap_or(language);
        facts::add_paper(&mut found, paper, of_paper, sent_on, &rules.facts);
    }
    found
}

/// The language of a paper, where its words tell.
fn language_of(text: &str, rules: &Rules) -> Option<Language> {
    let beginning = text.get(..text.floor_char_boundary(PAPER_LOOK_LEN)).unwrap_or(text);
    let sources = language::Sources { fresh: beginning, subject: None, quoted: "", declared: None };
    let guess = language::guess(&sources, &rules.languages);
    (guess.confidence >= PAPER_LANGUAGE_CONFIDENCE).then_some(guess.language)
}

/// The words to be understood: a buyer's own, else what was typed, else (a bare forward) what was passed on.
fn words<'l>(letter: &'l Letter, buyer: Option<&'l Buyer>) -> &'l str {
    let fresh = &letter.fresh;
    let forwarded = fresh.forwarded.as_ref().map(|inner| inner.text.as_str());
    let choices = [buyer.map(|buyer| buyer.text.as_str()), Some(fresh.text.as_str()), forwarded, Some(fresh.quoted.as_str())];
    choices.into_iter().flatten().find(|text| !text.trim().is_empty()).unwrap_or_default()
}

/// What headers and structure decide alone.
fn by_structure(letter: &Letter, via: Option<&Via>) -> Option<IntentGuess> {
    let because = |intent, rule: &str, words: &str| {
        let evidence = vec![Evidence { words: words.to_owned(), rule: rule.to_owned() }];
        Some(IntentGuess { intent, confidence: 0.98, second: None, evidence })
    };
    if let Some(bounce) = &letter.bounce {
        return because(
            Intent::Bounce,
            "structure:delivery-report",
            bounce.reason.as_deref().or(bounce.status.as_deref()).unwrap_or_default(),
        );
    }
    let header =
        |names: &[&str]| names.iter().find_map(|name| letter.headers.get(name).map(|value| format!("{name}: {value}"))).unwrap_or_default();
    match letter.automatic? {
        Automatic::AutoReply => because(
            Intent::AutoReply,
            "header:Auto-Submitted",
            &header(&["Auto-Submitted", "X-Autoreply", "X-Auto-Response-Suppress", "Precedence", "Subject"]),
        ),
        Automatic::Bounce => because(Intent::Bounce, "header:Return-Path", &header(&["Return-Path", "Content-Type", "From"])),
        Automatic::Bulk if via.is_none() => {
            because(Intent::Bulk, "header:List-Unsubscribe", &header(&["List-Unsubscribe", "Precedence", "List-Id", "Feedback-ID"]))
        }
        // On a discussion list people write; and a portal sends buyers' words with a newsletter's headers.
        Automatic::Bulk | Automatic::List => None,
    }
}

/// What the words say; where those typed say nothing, those passed on.
fn by_words(letter: &Letter, words: &str, language: LanguageGuess, rules: &Rules) -> IntentGuess {
    let names: Vec<&str> = letter.attachments.iter().filter_map(|attachment| attachment.name.as_deref()).collect();
    let attachment_names = names.join("\n\n").replace(['_', '-', '.'], " ");
    let headings = letter.papers.iter().flat_map(Paper::headings).collect::<Vec<_>>().join("\n\n");
    let asked = intent::Words {
        text: words,
        subject: letter.subject.as_deref(),
        is_reply: is_reply(letter),
        attachment_names: &attachment_names,
        headings: &headings,
        language,
    };
    let guess = intent::judge(&asked, &rules.intents, &rules.folder);
    let forwarded = letter.fresh.forwarded.as_ref().map(|inner| inner.text.as_str()).filter(|inner| *inner != words);
    match forwarded {
        Some(inner) if guess.confidence < FORWARD_CONFIDENCE => {
            let passed_on = intent::judge(&intent::Words { text: inner, ..asked }, &rules.intents, &rules.folder);
            if passed_on.confidence > guess.confidence { passed_on } else { guess }
        }
        _ => guess,
    }
}

/// Whoever writes the words of a fraud wants something of us, whatever the words seem to be about.
fn defrauding(guess: &mut IntentGuess, flags: &[Flag]) {
    let Some(flag) = flags.iter().find(|flag| flag.kind == FlagKind::Scam) else { return };
    let second = Some(guess.intent).filter(|intent| !matches!(intent, Intent::Other | Intent::Solicitation));
    let evidence = vec![Evidence { words: flag.found.clone(), rule: "guards: scam".to_owned() }];
    *guess = IntentGuess { intent: Intent::Solicitation, confidence: FRAUD_CONFIDENCE, second, evidence };
}

/// A buyer who wrote by a portal or a form asks for something, unless the words clearly say otherwise.
fn passed_on(guess: &mut IntentGuess, via: Option<&Via>) {
    let weak = guess.confidence < OTHERWISE_CONFIDENCE || matches!(guess.intent, Intent::Other | Intent::Bulk);
    if guess.intent == Intent::Inquiry || !weak {
        return;
    }
    let reason = Evidence { words: String::new(), rule: format!("via:{}", via.map_or("", Via::name)) };
    *guess = IntentGuess {
        intent: Intent::Inquiry,
        confidence: 0.75,
        second: Some(guess.intent).filter(|&second| second != Intent::Other),
        evidence: vec![reason],
    };
}

/// An answer: by its headers, or by how its subject begins.
fn is_reply(letter: &Letter) -> bool {
    let begins = |prefix: &&str| {
        letter
            .subject
            .as_deref()
            .and_then(|subject| subject.trim_start().get(..prefix.len()))
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    !letter.in_reply_to.is_empty() || !letter.references.is_empty() || REPLY_PREFIXES.iter().any(begins)
}

/// The day of the mail as its sender's calendar had it.
fn sent_on(letter: &Letter) -> Option<jiff::civil::Date> {
    letter.date.as_deref()?.get(..10)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::papers::Table;
    use crate::parse::{Attachment, Bounce, BounceKind, Defect, Forwarded, Fresh};
    use crate::types::NamedAddress;

    fn rules() -> Rules {
        Rules::compile(&Rules::built_in_files()).expect("the built-in rules compile")
    }

    fn typed(text: &str) -> Letter {
        Letter { text: text.to_owned(), fresh: Fresh { text: text.to_owned(), ..Fresh::default() }, ..Letter::default() }
    }

    fn address(text: &str) -> NamedAddress {
        NamedAddress { name: None, address: Some(EmailAddress::parse(text).expect("a plain address")) }
    }

    #[test]
    fn the_last_wish_counts_and_thanks_for_an_old_matter_do_not() {
        let mut letter =
            typed("Vielen Dank für Ihre Rechnung, alles gut angekommen.\n\nBitte machen Sie uns ein Angebot über 300 Stück Filter.");
        letter.subject = Some("AW: Rechnung 4411".to_owned());
        let reading = read(&letter, &rules());
        assert_eq!((reading.intent.intent, reading.language.language.code()), (Intent::Inquiry, "de"));
        assert!(
            reading.intent.evidence.iter().any(|evidence| evidence.words.contains("machen Sie uns ein Angebot")),
            "{:?}",
            reading.intent
        );
        assert!(reading.intent.confidence > 0.8);
    }

    #[test]
    fn facts_are_marked_in_the_text_that_was_searched() {
        let mut letter = typed("FYI");
        letter.fresh.text = String::new();
        letter.fresh.forwarded =
            Some(Forwarded { text: "Bonjour, un devis pour 200 pompes CIF Dakar.".to_owned(), ..Forwarded::default() });
        let reading = read(&letter, &rules());
        let text = searched(&letter, &reading);
        let marked: Vec<_> = reading.facts.spans.iter().filter_map(|span| text.get(span.range.clone())).collect();
        assert_eq!(marked, ["200", "pompes", "CIF", "Dakar"]);
    }

    #[test]
    fn a_bare_forward_is_read_for_what_it_passes_on() {
        let mut letter = typed("FYI");
        letter.fresh.forwarded =
            Some(Forwarded { text: "Bonjour, merci de nous envoyer un devis pour 200 pompes.".to_owned(), ..Forwarded::default() });
        assert_eq!(read(&letter, &rules()).intent.intent, Intent::Inquiry);
        letter.fresh.text = String::new();
        assert_eq!(read(&letter, &rules()).intent.intent, Intent::Inquiry);
    }

    #[test]
    fn an_absence_told_by_words_alone_is_automatic() {
        let mut letter =
            typed("Je suis absent du bureau jusqu'au 5 janvier inclus. En cas d'urgence contactez Paul Roy (paul.roy@acme.example).");
        letter.date = Some("2026-12-20T09:00:00+01:00".to_owned());
        let reading = read(&letter, &rules());
        assert_eq!((reading.intent.intent, reading.automatic), (Intent::AutoReply, Some(Automatic::AutoReply)));
        assert_eq!(reading.returns, Some(jiff::civil::date(2027, 1, 6)));
        let substitute = reading.substitute.and_then(|person| person.address);
        assert_eq!(substitute.map(|address| address.to_string()).as_deref(), Some("paul.roy@acme.example"));
    }

    #[test]
    fn a_fraud_is_somebody_who_wants_something_of_us_and_is_flagged() {
        let reading = read(
            &typed(
                "Please find attached our purchase order for 40 containers, we confirm the order. Payment follows when my inheritance of 9 million dollars is released. Kindly send a copy of your passport.",
            ),
            &rules(),
        );
        assert_eq!((reading.intent.intent, reading.intent.second), (Intent::Solicitation, Some(Intent::Order)), "{:?}", reading.intent);
        assert_eq!(reading.flags.iter().map(|flag| flag.kind).collect::<Vec<_>>(), [FlagKind::Scam]);
    }

    #[test]
    fn headers_and_structure_decide_before_words() {
        let mut letter = typed("Please quote 500 pcs.");
        letter.automatic = Some(Automatic::List);
        assert_eq!(read(&letter, &rules()).intent.intent, Intent::Inquiry);
        letter.automatic = Some(Automatic::Bulk);
        assert_eq!(read(&letter, &rules()).intent.intent, Intent::Bulk);
        let bounce = Bounce { kind: BounceKind::Hard, ..Bounce::default() };
        letter.bounce = Some(bounce);
        assert_eq!(read(&letter, &rules()).intent.intent, Intent::Bounce);
    }

    #[test]
    fn an_attached_order_is_an_order_when_the_text_says_little() {
        let mut letter = typed("See attached.");
        letter.attachments = vec![Attachment { name: Some("Purchase_Order-4471.pdf".to_owned()), ..Attachment::default() }];
        assert_eq!(read(&letter, &rules()).intent.intent, Intent::Order);
    }

    #[test]
    fn a_paper_says_what_it_is_and_what_is_wanted_where_the_text_does_not() {
        let mut letter = typed("Dear Sirs,\nplease see attached. We need it CIF Hamburg.");
        let rows = [
            ["Item no.", "Description", "Qty", "Unit", "Price"],
            ["AX-11", "LED panel 60x60", "1500", "pcs", "2.40"],
            ["AX-12", "Driver", "300", "pcs", "1.10"],
            ["", "Total", "1800", "", ""],
        ];
        let table = Table { rows: rows.map(|row| row.map(str::to_owned).to_vec()).to_vec(), is_exact: true };
        letter.papers =
            vec![Paper { text: "PURCHASE ORDER\nPO No. 4500012345\nFOB Ningbo, USD\n".into(), tables: vec![table], ..Paper::default() }];
        let reading = read(&letter, &rules());
        let named: Vec<_> = reading.facts.products.iter().map(|p| (p.name.as_deref(), p.sku.as_deref())).collect();
        assert_eq!(named, [(Some("LED panel 60x60"), Some("AX-11")), (Some("Driver"), Some("AX-12"))]);
        let counted: Vec<_> = reading.facts.quantities.iter().map(|q| (q.value.to_string(), q.unit.as_deref())).collect();
        assert_eq!(counted, [("1500".to_owned(), Some("pcs")), ("300".to_owned(), Some("pcs"))]);
        assert_eq!(reading.facts.incoterm.map(|term| term.code()), Some("CIF"), "the text wins");
        assert_eq!(reading.facts.place.as_deref(), Some("Hamburg"));
        assert_eq!(reading.facts.currency.map(|c| c.to_string()).as_deref(), Some("USD"));
        assert_eq!(reading.facts.references, ["4500012345"]);
        assert_eq!(reading.intent.intent, Intent::Order, "{:?}", reading.intent);
    }

    #[test]
    fn a_reply_address_at_a_stranger_is_flagged_and_a_mailbox_provider_is_not() {
        let mut letter = typed("Hello");
        letter.from = address("bob@acme.com");
        letter.reply_to = vec![address("bob@acrne.com")];
        letter.defects = vec![Defect::SeveralFroms];
        let kinds: Vec<FlagKind> = read(&letter, &rules()).flags.iter().map(|flag| flag.kind).collect();
        assert_eq!(kinds, [FlagKind::SeveralFroms, FlagKind::ReplyElsewhere]);
        letter.reply_to = vec![address("bob.acme@gmail.com"), address("bob@mail.acme.com")];
        letter.defects.clear();
        assert_eq!(read(&letter, &rules()).flags, []);
    }

    #[test]
    fn nothing_said_is_other_and_no_language_quietly() {
        let reading = read(&typed(""), &rules());
        assert_eq!((reading.intent.intent, reading.language.language), (Intent::Other, Language::UNKNOWN));
        let table = read(&typed("AX-11 | 500 | 2.40\nAX-12 | 300 | 1.10"), &rules());
        assert_eq!(table.language.language, Language::UNKNOWN);
        assert!(read(&typed("Katalog"), &rules()).language.confidence <= 0.5);
    }

    #[test]
    fn a_hostile_mail_is_read_in_bounded_time_without_harm() {
        let rules = rules();
        for piece in ["please quote price ", "re: ", "报价", "a\u{300}", "Name: ", "عرض سعر ", "\u{202e}x", "send .. "] {
            let text = piece.repeat(60_000 / piece.len());
            read(&typed(&text), &rules);
        }
    }
}
