//! Portals and web forms: a notification that carries a buyer's words.
//!
//! The sender is then a machine, and the buyer stands in lines like `Name: …`. A portal is known by its domain; a form by its labels
//! together with a sender that is a machine's address or our own domain, or that is the buyer's address itself.

use super::fold::Folder;
use super::reading::{Buyer, Via};
use super::rules::{RuleError, RuleFile};
use crate::parse::Letter;
use crate::types::{Country, EmailAddress};
use std::collections::{HashMap, HashSet};
use toml::de::DeTable;

const FILE: &str = "portals.toml";
/// Domains of mailbox providers.
const FREE_MAIL_FILE: &str = "free_mail.toml";
/// So much of a notification is read.
const TEXT_LEN_MAX: usize = 24 * 1024;
/// Longest label, in characters; a longer beginning of a line is a sentence.
const LABEL_CHARS_MAX: usize = 32;
/// Longest name, company or phone taken from a form.
const VALUE_CHARS_MAX: usize = 160;

/// What a line of a form tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    Email,
    Company,
    Country,
    Phone,
    Message,
    /// Words of the buyer's that keep their label: product, quantity.
    Detail,
    /// A line of the machine's own: address of the page, time.
    Machine,
}

/// `portals.toml`, ready to be asked.
#[derive(Debug, Default)]
pub(super) struct PortalRules {
    /// Registrable domain to the portal's short name.
    portals: HashMap<String, String>,
    /// Local parts of machines' addresses.
    senders: Vec<String>,
    /// Folded label to its field.
    labels: HashMap<String, Field>,
    /// Domains of mailbox providers.
    free_mail: HashSet<String>,
    /// Folded beginnings of lines that end the buyer's words.
    endings: Vec<String>,
    /// Folded country name to its code.
    countries: HashMap<String, Country>,
}

impl PortalRules {
    /// Reads `portals.toml`, without which no mail is a form, and `free_mail.toml`.
    pub fn compile(files: &[(&str, &str)], folder: &Folder) -> Result<Self, RuleError> {
        let mut rules = Self::default();
        if let Some(file) = RuleFile::find(files, FREE_MAIL_FILE) {
            rules.free_mail = folded_list(file, &file.parse()?, "domains", folder)?.into_iter().collect();
        }
        let Some(file) = RuleFile::find(files, FILE) else { return Ok(rules) };
        for (key, value) in &file.parse()? {
            let table = file.table(key.get_ref(), value)?;
            match key.get_ref().as_ref() {
                "portals" => rules.add_portals(file, table)?,
                "labels" => rules.add_labels(file, table, folder)?,
                "countries" => rules.add_countries(file, table, folder)?,
                "senders" => rules.senders = folded_list(file, table, "local", folder)?,
                "endings" => rules.endings = folded_list(file, table, "lines", folder)?,
                other => {
                    return Err(file.unknown(other, key.span(), &["portals", "senders", "labels", "endings", "countries"]));
                }
            }
        }
        Ok(rules)
    }

    fn add_portals(&mut self, file: RuleFile<'_>, table: &DeTable<'_>) -> Result<(), RuleError> {
        for (name, domains) in table {
            for (domain, at) in file.texts(name.get_ref(), domains)? {
                if !domain.contains('.') || domain.contains('@') {
                    return Err(file.error(Some(at), format!("`{domain}` is not a domain; write one like `alibaba.com`")));
                }
                self.portals.insert(domain.to_lowercase(), name.get_ref().to_string());
            }
        }
        Ok(())
    }

    fn add_labels(&mut self, file: RuleFile<'_>, table: &DeTable<'_>, folder: &Folder) -> Result<(), RuleError> {
        for (key, labels) in table {
            let field = match key.get_ref().as_ref() {
                "name" => Field::Name,
                "email" => Field::Email,
                "company" => Field::Company,
                "country" => Field::Country,
                "phone" => Field::Phone,
                "message" => Field::Message,
                "detail" => Field::Detail,
                "machine" => Field::Machine,
                other => {
                    return Err(file.unknown(
                        other,
                        key.span(),
                        &["name", "email", "company", "country", "phone", "message", "detail", "machine"],
                    ));
                }
            };
            for (label, _) in file.texts(key.get_ref(), labels)? {
                self.labels.entry(folder.fold_word(label)).or_insert(field);
            }
        }
        Ok(())
    }

    fn add_countries(&mut self, file: RuleFile<'_>, table: &DeTable<'_>, folder: &Folder) -> Result<(), RuleError> {
        for (key, names) in table {
            let code = key.get_ref();
            let country = Country::parse(code).ok_or_else(|| {
                file.error(Some(key.span()), format!("`{code}` is not a country code; write two letters of ISO 3166-1 like `DE`"))
            })?;
            for (name, _) in file.texts(code, names)? {
                self.countries.insert(folder.fold_word(name), country);
            }
        }
        Ok(())
    }

    fn portal_of(&self, domain: &str) -> Option<&str> {
        self.portals.get(domain).or_else(|| self.portals.get(registrable(domain)?)).map(String::as_str)
    }

    /// Whether an address is a portal's own.
    fn is_portal(&self, address: &EmailAddress) -> bool {
        self.portal_of(address.domain()).is_some()
    }

    /// Whether an address says nothing about a company: a portal's, a mailbox provider's.
    pub fn is_nobodys(&self, address: &EmailAddress) -> bool {
        self.is_portal(address) || self.is_free_mail(address.domain())
    }

    /// Whether anybody can have an address at that domain, or at one below it.
    pub fn is_free_mail(&self, domain: &str) -> bool {
        self.free_mail.contains(domain) || registrable(domain).is_some_and(|domain| self.free_mail.contains(domain))
    }

    /// The country of that folded name.
    pub(super) fn country_named(&self, folded: &str) -> Option<Country> {
        self.countries.get(folded).copied()
    }

    /// The country whose name, if it is `wanted`, stands in a folded text; the longest name counts.
    pub(super) fn country_within(&self, folded: &str, wanted: impl Fn(&str) -> bool) -> Option<Country> {
        let names = self.countries.iter().filter(|(name, _)| wanted(name) && folded.contains(name.as_str()));
        names.max_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then(b.cmp(a))).map(|(_, country)| *country)
    }

    fn is_machine(&self, address: &EmailAddress) -> bool {
        let local = address.local().to_lowercase();
        self.senders.iter().any(|sender| {
            local == *sender || local.strip_prefix(sender.as_str()).is_some_and(|rest| rest.starts_with(['-', '+', '.', '_']))
        })
    }
}

fn folded_list(file: RuleFile<'_>, table: &DeTable<'_>, wanted: &str, folder: &Folder) -> Result<Vec<String>, RuleError> {
    let mut list = Vec::new();
    for (key, value) in table {
        if key.get_ref() != wanted {
            return Err(file.unknown(key.get_ref(), key.span(), &[wanted]));
        }
        list.extend(file.texts(wanted, value)?.into_iter().map(|(text, _)| folder.fold_word(text)));
    }
    Ok(list)
}

/// The domain that somebody registered: `acme.co.uk` of `mail.acme.co.uk`.
pub(super) fn registrable(domain: &str) -> Option<&str> {
    psl::domain_str(domain)
}

/// The portal or form a letter came by, and the buyer it speaks for.
pub(super) fn find(letter: &Letter, rules: &PortalRules, folder: &Folder) -> Option<(Via, Buyer)> {
    let from = letter.from.address.as_ref()?;
    let portal = rules.portal_of(from.domain());
    let own_domain = registrable(from.domain());
    let from_own =
        own_domain.is_some() && letter.to.iter().filter_map(|to| to.address.as_ref()).any(|to| registrable(to.domain()) == own_domain);
    let machine = rules.is_machine(from) || from_own;
    // A person who does not write the own address into the mail fills in no form.
    if portal.is_none() && !machine && !mentions(&letter.text, from) {
        return None;
    }
    let text = if letter.fresh.text.trim().is_empty() { &letter.text } else { &letter.fresh.text };
    let form = Form::read(text, rules, folder);
    // A signature parser may have taken the buyer's lines away; the whole text has them all.
    let form = if form.tells() < 2 && text != &letter.text { Form::read(&letter.text, rules, folder) } else { form };
    if let Some(portal) = portal {
        // A portal's own newsletters and invoices have no buyer in them.
        if form.tells() == 0 && letter.automatic == Some(crate::parse::Automatic::Bulk) {
            return None;
        }
        let buyer = form.buyer(letter, rules, folder);
        return (buyer.address.is_some() || form.tells() > 0).then(|| (Via::Portal(portal.to_owned()), buyer));
    }
    let from_buyer = form.email.as_ref().is_some_and(|email| email.folded() == from.folded());
    let enough = form.tells() >= 2 && (form.email.is_some() || form.phone.is_some()) && !form.message.trim().is_empty();
    if !(enough && (machine || from_buyer && form.tells() >= 4)) {
        return None;
    }
    Some((Via::WebForm, form.buyer(letter, rules, folder)))
}

/// Whether an address of that domain stands in the text.
fn mentions(text: &str, address: &EmailAddress) -> bool {
    let domain = address.domain();
    let follows = |rest: &str| rest.get(..domain.len()).is_some_and(|found| found.eq_ignore_ascii_case(domain));
    // Beyond ASCII capitals may have another length.
    !domain.is_ascii() || text.split('@').skip(1).any(follows)
}

/// The lines of a form.
#[derive(Debug, Default)]
struct Form {
    name: Option<String>,
    email: Option<EmailAddress>,
    company: Option<String>,
    country: Option<String>,
    phone: Option<String>,
    message: String,
    /// Lines of product, quantity and the like.
    details: String,
}

impl Form {
    fn read(text: &str, rules: &PortalRules, folder: &Folder) -> Self {
        let mut form = Self::default();
        // The field whose value is still to come, or that goes on.
        let mut open: Option<Field> = None;
        let end = text.char_indices().map(|(at, _)| at).find(|&at| at >= TEXT_LEN_MAX).unwrap_or(text.len());
        for line in text.get(..end).unwrap_or_default().lines() {
            let line = line.trim().trim_start_matches(['*', '•', '>', '|', '·', ' ']);
            if let Some((field, value)) = labelled(line, open, rules, folder) {
                open = form.take(field, value).then_some(field);
                if field == Field::Detail && !value.trim().is_empty() {
                    form.details.push_str(line);
                    form.details.push('\n');
                }
                continue;
            }
            match open {
                Some(Field::Message) if !is_ending(line, rules, folder) => {
                    form.message.push_str(line);
                    form.message.push('\n');
                }
                Some(Field::Message) => open = None,
                // The value on the line below its label.
                Some(field) if !line.is_empty() => {
                    form.take(field, line);
                    open = None;
                }
                _ => {}
            }
        }
        form
    }

    /// Keeps a value; says whether it was empty, so that the next line may hold it. The first one given counts.
    fn take(&mut self, field: Field, value: &str) -> bool {
        let value = value.trim().trim_matches(['*', '|']).trim();
        if field == Field::Message {
            if !value.is_empty() {
                self.message.push_str(value);
                self.message.push('\n');
            }
            return true;
        }
        if value.is_empty() {
            return !matches!(field, Field::Machine | Field::Detail);
        }
        let short: String = value.chars().take(VALUE_CHARS_MAX).collect();
        match field {
            Field::Email => self.email = self.email.take().or_else(|| address_in(&short)),
            Field::Name => _ = self.name.get_or_insert(short),
            Field::Company => _ = self.company.get_or_insert(short),
            Field::Country => _ = self.country.get_or_insert(short),
            Field::Phone => _ = self.phone.get_or_insert(short),
            Field::Message | Field::Detail | Field::Machine => {}
        }
        false
    }

    /// How many fields of a buyer the form gives.
    fn tells(&self) -> usize {
        let fields = [self.name.is_some(), self.email.is_some(), self.company.is_some(), self.country.is_some(), self.phone.is_some()];
        fields.into_iter().filter(|&given| given).count() + usize::from(!self.message.trim().is_empty())
    }

    /// The buyer; an address is never the machine's, the portal's or our own.
    fn buyer(&self, letter: &Letter, rules: &PortalRules, folder: &Folder) -> Buyer {
        let ours = |address: &EmailAddress| letter.to.iter().filter_map(|to| to.address.as_ref()).any(|to| to.folded() == address.folded());
        let is_person = |address: &&EmailAddress| !rules.is_machine(address) && !rules.is_portal(address) && !ours(address);
        let replies = letter.reply_to.iter().filter_map(|reply| reply.address.as_ref());
        let address = self.email.iter().chain(replies).find(is_person).cloned();
        let country = self.country.as_deref().and_then(|written| {
            let folded = folder.fold_word(written.split([',', '(', '/']).next().unwrap_or(written).trim());
            rules.countries.get(&folded).copied().or_else(|| Country::parse(&folded))
        });
        let message = self.message.trim();
        let text = match message {
            "" => letter.fresh.text.trim().to_owned(),
            _ => format!("{}{message}", self.details),
        };
        Buyer { name: self.name.clone(), address, company: self.company.clone(), country, phone: self.phone.clone(), text }
    }
}

/// A line that begins with a known label; a label alone counts where no message is being read.
fn labelled<'l>(line: &'l str, open: Option<Field>, rules: &PortalRules, folder: &Folder) -> Option<(Field, &'l str)> {
    let (label, value) = match line.split_once([':', '：', '\t']) {
        Some(parts) => parts,
        None if open == Some(Field::Message) => return None,
        None => (line, ""),
    };
    if label.chars().count() > LABEL_CHARS_MAX {
        return None;
    }
    let label = label.trim().trim_matches(['*', '[', ']', '【', '】', '■', '●', ' ']);
    let field = *rules.labels.get(&folder.fold_word(label))?;
    // Within the buyer's words a list of goods is theirs.
    (!(open == Some(Field::Message) && field == Field::Detail)).then_some((field, value))
}

fn is_ending(line: &str, rules: &PortalRules, folder: &Folder) -> bool {
    let beginning: String = line.chars().take(48).collect();
    let folded = folder.fold_word(&beginning);
    rules.endings.iter().any(|ending| folded.starts_with(ending.as_str()))
}

/// The address in a value like `Bob <bob@acme.example>` or `bob@acme.example (mailto:…)`.
fn address_in(value: &str) -> Option<EmailAddress> {
    let candidates = value.split([' ', '<', '>', '(', ')', ',', ';', '[', ']']);
    candidates
        .map(|part| part.trim_start_matches("mailto:"))
        .filter(|part| part.contains('@'))
        .find_map(|part| EmailAddress::parse(part).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Fresh;
    use crate::types::NamedAddress;
    use crate::understand::{Rules, read};

    fn rules() -> Rules {
        Rules::compile(&Rules::built_in_files()).expect("the built-in rules compile")
    }

    fn address(text: &str) -> NamedAddress {
        NamedAddress { name: None, address: Some(EmailAddress::parse(text).expect("a plain address")) }
    }

    fn notification(from: &str, text: &str) -> Letter {
        Letter {
            from: address(from),
            to: vec![address("sales@exporter.example")],
            text: text.to_owned(),
            fresh: Fresh { text: text.to_owned(), ..Fresh::default() },
            ..Letter::default()
        }
    }

    #[test]
    fn a_form_on_our_own_site_speaks_for_its_buyer() {
        let text = "New message from your website\n\nNombre: Lucía Pérez\nCorreo electrónico: lucia@importadora.example\nEmpresa: Importadora Sur\n\
                    País: Argentina\nTeléfono: +54 11 0000\nMensaje: Buenos días, ¿me pueden cotizar 500 mochilas?\nGracias\n\n--\nThis e-mail was sent from a contact form on exporter.example";
        let reading = read(&notification("wordpress@exporter.example", text), &rules());
        let buyer = reading.buyer.expect("the form names a buyer");
        assert_eq!(reading.via, Some(Via::WebForm));
        assert_eq!(buyer.address.as_ref().map(EmailAddress::as_str), Some("lucia@importadora.example"));
        assert_eq!((buyer.name.as_deref(), buyer.company.as_deref()), (Some("Lucía Pérez"), Some("Importadora Sur")));
        assert_eq!(buyer.country.map(|c| c.code().to_owned()).as_deref(), Some("AR"));
        assert_eq!(buyer.text, "Buenos días, ¿me pueden cotizar 500 mochilas?\nGracias");
        assert_eq!((reading.language.language.code(), reading.intent.intent.name()), ("es", "inquiry"));
    }

    #[test]
    fn a_portal_is_known_by_its_domain_even_when_it_calls_itself_bulk() {
        let text = "You have a new inquiry\nName\tJohn Okoro\nEmail\tjohn@lagos.example\nCountry/Region: Nigeria\nProduct: LED bulb\nQuantity: 5000 pcs\nMessage: Need best price.";
        let mut letter = notification("noreply@service.alibaba.com", text);
        letter.automatic = Some(crate::parse::Automatic::Bulk);
        let reading = read(&letter, &rules());
        assert_eq!((reading.via.as_ref().map(Via::name), reading.intent.intent.name()), (Some("alibaba"), "inquiry"));
        let buyer = reading.buyer.expect("the portal names a buyer");
        assert_eq!(buyer.text, "Product: LED bulb\nQuantity: 5000 pcs\nNeed best price.");
        assert_eq!(buyer.address.as_ref().map(EmailAddress::as_str), Some("john@lagos.example"));
    }

    #[test]
    fn a_form_without_an_address_of_the_buyer_gives_none_rather_than_the_machine() {
        let text = "姓名：王伟\n电话：13800000000\n留言内容：请报价不锈钢水杯1000个";
        let mut letter = notification("no-reply@forms.example", text);
        letter.reply_to = vec![address("no-reply@forms.example")];
        let reading = read(&letter, &rules());
        assert_eq!(reading.via, Some(Via::WebForm));
        let buyer = reading.buyer.expect("the form names a buyer");
        assert_eq!((buyer.address, buyer.phone.as_deref()), (None, Some("13800000000")));
    }

    #[test]
    fn a_complaint_by_a_form_stays_a_complaint() {
        let text =
            "Name: Ann\nEmail: ann@shop.example\nMessage: 12 cartons arrived damaged and nobody answers our mails. This is unacceptable.";
        let reading = read(&notification("no-reply@exporter.example", text), &rules());
        assert_eq!((reading.via, reading.intent.intent.name()), (Some(Via::WebForm), "complaint"));
    }

    #[test]
    fn a_person_who_writes_in_lists_is_no_form() {
        let text = "Hi,\nplease note our new details:\nName: Ann Lee\nEmail: ann@shop.example\nPhone: 555\nRegards";
        assert_eq!(read(&notification("bob@shop.example", text), &rules()).via, None);
    }
}
