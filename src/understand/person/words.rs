//! The words of `rules/person.toml`, `rules/phones.toml` and `rules/zones.toml`, compiled once.

use super::phones::{Numbering, Plan};
use crate::types::Country;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

/// The files as compiled in.
const PERSON: &str = include_str!("../../../rules/person.toml");
const PHONES: &str = include_str!("../../../rules/phones.toml");
const ZONES: &str = include_str!("../../../rules/zones.toml");

/// All words, ready for use.
pub(super) fn get() -> &'static Words {
    // Files that cannot be read would leave nobody known; a test makes sure that they can.
    static WORDS: LazyLock<Words> = LazyLock::new(|| compile(PERSON, PHONES, ZONES).unwrap_or_default());
    &WORDS
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonFile {
    phones: PhoneLabels,
    address: AddressWords,
    domains: DomainWords,
    forms: HashMap<String, Vec<String>>,
    countries: HashMap<String, Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PhoneLabels {
    office: Vec<String>,
    mobile: Vec<String>,
    whatsapp: Vec<String>,
    fax: Vec<String>,
    other: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AddressWords {
    labels: HashSet<String>,
    words: HashSet<String>,
    endings: Vec<String>,
    joined: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct DomainWords {
    anywhere: HashSet<String>,
    #[serde(flatten)]
    countries: HashMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanRow {
    code: String,
    digits: [usize; 2],
    #[serde(default)]
    trunk: String,
    #[serde(default)]
    areas: Vec<String>,
    #[serde(default)]
    main: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneFile {
    countries: HashMap<String, String>,
    places: Vec<PlaceRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceRow {
    country: String,
    zone: String,
    codes: Vec<String>,
    names: Vec<String>,
}

/// What a label before a number says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Labelled {
    Office,
    Mobile,
    WhatsApp,
    Fax,
    /// No telephone number.
    Other,
}

/// Parts of a country with a zone of their own.
#[derive(Debug)]
pub(super) struct ZonePlace {
    pub country: Country,
    pub zone: String,
    pub codes: Vec<String>,
    /// Each between spaces.
    pub names: Vec<String>,
}

/// The words, compiled.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub labels: HashMap<String, Labelled>,
    /// Labels of scripts that do not part words, longest first.
    pub joined_labels: Vec<(String, Labelled)>,
    pub address_labels: HashSet<String>,
    pub address_words: HashSet<String>,
    pub address_endings: Vec<String>,
    pub address_joined: Vec<String>,
    pub anywhere_domains: HashSet<String>,
    pub domains: HashMap<String, Country>,
    /// Folded legal form to the countries that have it.
    pub forms: Vec<(String, Vec<Country>)>,
    /// Folded name to country.
    pub countries: HashMap<String, Country>,
    pub numbering: Numbering,
    pub zones: HashMap<Country, String>,
    pub places: Vec<ZonePlace>,
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
enum WordsError {
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    #[error("`{0}` is no country code")]
    Country(String),
}

fn compile(person: &str, phones: &str, zones: &str) -> Result<Words, WordsError> {
    let PersonFile { phones: labels, address, domains, forms, countries } = toml::from_str(person)?;
    let plans: BTreeMap<String, PlanRow> = toml::from_str(phones)?;
    let zones: ZoneFile = toml::from_str(zones)?;
    let country = |code: &str| Country::parse(code).ok_or_else(|| WordsError::Country(code.to_owned()));
    let mut words = Words {
        address_labels: address.labels,
        address_words: address.words,
        address_endings: address.endings,
        address_joined: address.joined,
        anywhere_domains: domains.anywhere,
        ..Words::default()
    };
    let kinds = [
        (Labelled::Other, labels.other),
        (Labelled::Office, labels.office),
        (Labelled::Mobile, labels.mobile),
        (Labelled::WhatsApp, labels.whatsapp),
        (Labelled::Fax, labels.fax),
    ];
    for (kind, names) in kinds {
        for name in names {
            if name.chars().all(|c| c >= '\u{2e80}' || ('\u{e00}'..='\u{e7f}').contains(&c)) {
                words.joined_labels.push((name.clone(), kind));
            }
            words.labels.insert(name, kind);
        }
    }
    words.joined_labels.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (ending, code) in domains.countries {
        words.domains.insert(ending, country(&code)?);
    }
    for (form, codes) in forms {
        words.forms.push((form, codes.iter().map(|code| country(code)).collect::<Result<_, _>>()?));
    }
    // The longest form first: `pvt. ltd.` before `ltd.`.
    words.forms.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
    for (code, names) in countries {
        for name in names {
            words.countries.insert(name, country(&code)?);
        }
    }
    for (code, plan) in plans {
        let PlanRow { code: dialled, digits: [min, max], trunk, areas, main } = plan;
        words.numbering.add(Plan { country: country(&code)?, code: dialled, digits: min..=max, trunk, areas, main });
    }
    for (code, zone) in zones.countries {
        words.zones.insert(country(&code)?, zone);
    }
    for place in zones.places {
        let names = place.names.iter().map(|name| format!(" {} ", super::spaced(name))).collect();
        words.places.push(ZonePlace { country: country(&place.country)?, zone: place.zone, codes: place.codes, names });
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_as_texts_are_folded() {
        let rules = crate::understand::Rules::compile(&crate::understand::Rules::built_in_files()).expect("sound rules");
        let words = compile(PERSON, PHONES, ZONES).expect("well-formed");
        let lists = words.labels.keys().chain(&words.address_labels).chain(&words.address_words).chain(&words.address_endings);
        let lists = lists.chain(&words.address_joined).chain(words.countries.keys()).chain(words.forms.iter().map(|(form, _)| form));
        let unlike: Vec<&String> = lists.filter(|word| rules.folder.fold_word(word) != **word).collect();
        assert_eq!(unlike, Vec::<&String>::new());
    }

    #[test]
    fn the_files_compile_and_every_zone_exists() {
        let words = compile(PERSON, PHONES, ZONES).expect("rules/person.toml, phones.toml and zones.toml are well-formed");
        let zones = words.zones.values().chain(words.places.iter().map(|place| &place.zone));
        let missing: Vec<&String> = zones.filter(|zone| jiff::tz::TimeZone::get(zone).is_err()).collect();
        assert_eq!(missing, Vec::<&String>::new());
        assert!(words.labels.len() > 200 && words.zones.len() > 200);
    }
}
