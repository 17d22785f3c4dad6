//! Where the law asks for consent before a letter may tell anything: `rules/tracking_law.toml`, compiled in and read once.

use crate::types::{Country, Moment};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static FILE: &str = include_str!("../../../rules/tracking_law.toml");
// `None` allows nothing without consent; a test holds that ours can be read.
static LAWS: LazyLock<Option<Laws>> = LazyLock::new(|| Laws::compile(FILE).ok());

/// Whether a person agreed to be told on by letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    Given {
        on: Moment,
    },
    NotAsked,
    /// Also of somebody who had agreed before.
    Withdrawn {
        on: Moment,
    },
}

/// Why a letter may not tell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the person has refused; only they can change that")]
    Withdrawn,
    #[error("in {country} the law asks for consent ({law}); the person can give it on the page of preferences")]
    NeedsConsent { country: Country, law: &'static str },
    #[error("it is not known in which country the person is; enter the contact's or company's country, or send without tracking")]
    UnknownCountry,
}

impl Refusal {
    /// As the books keep it: a word, and for a law its country behind a colon.
    pub fn word(&self) -> String {
        match self {
            Refusal::Withdrawn => "withdrawn".to_owned(),
            Refusal::NeedsConsent { country, .. } => format!("consent:{country}"),
            Refusal::UnknownCountry => "no-country".to_owned(),
        }
    }
}

struct Laws {
    laws: Vec<Law>,
    domains: BTreeMap<String, Country>,
    anywhere: Vec<String>,
}

struct Law {
    countries: Vec<Country>,
    since: Date,
    until: Option<Date>,
    law: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    laws: Vec<Written>,
    domains: BTreeMap<String, String>,
    anywhere: Anywhere,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Anywhere {
    domains: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    countries: Vec<String>,
    since: String,
    until: Option<String>,
    law: String,
    source: String,
}

/// Whether a letter to this person may tell when it is opened and which links are followed, on that day.
///
/// `country` is the contact's, else the company's; `recipient_domain` is the domain of the address. Where either points to a country whose
/// law asks for consent, it is asked for: a person may work for a firm abroad. Without any country nothing is tracked.
pub fn may_track(country: Option<Country>, recipient_domain: &str, consent: Consent, on: Date) -> Result<(), Refusal> {
    match consent {
        Consent::Given { .. } => return Ok(()),
        Consent::Withdrawn { .. } => return Err(Refusal::Withdrawn),
        Consent::NotAsked => {}
    }
    let laws = LAWS.as_ref().ok_or(Refusal::UnknownCountry)?;
    let places: Vec<Country> = [country, laws.country_of(recipient_domain)].into_iter().flatten().collect();
    if places.is_empty() {
        return Err(Refusal::UnknownCountry);
    }
    match places.into_iter().find_map(|place| Some((place, laws.in_force(place, on)?))) {
        Some((country, law)) => Err(Refusal::NeedsConsent { country, law: &law.law }),
        None => Ok(()),
    }
}

impl Laws {
    fn compile(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|fault| fault.to_string())?;
        let country = |code: &String| Country::parse(code).ok_or_else(|| format!("{code} is no country"));
        let day = |text: &str| text.parse::<Date>().map_err(|fault| format!("{text}: {fault}"));
        let laws = file.laws.into_iter().map(|law| {
            if law.source.len() < 10 || law.law.len() < 10 {
                return Err(format!("{}: law and source are missing", law.id));
            }
            Ok(Law {
                countries: law.countries.iter().map(country).collect::<Result<_, _>>()?,
                since: day(&law.since)?,
                until: law.until.as_deref().map(day).transpose()?,
                law: law.law,
            })
        });
        let domains = file.domains.iter().map(|(domain, code)| Ok((domain.clone(), country(code)?)));
        Ok(Self {
            laws: laws.collect::<Result<_, String>>()?,
            domains: domains.collect::<Result<_, String>>()?,
            anywhere: file.anywhere.domains,
        })
    }

    /// The country whose domain this is.
    fn country_of(&self, domain: &str) -> Option<Country> {
        let top = domain.trim_end_matches('.').rsplit('.').next()?.to_ascii_lowercase();
        if self.anywhere.contains(&top) {
            return None;
        }
        self.domains.get(&top).copied().or_else(|| Country::parse(&top))
    }

    fn in_force(&self, country: Country, on: Date) -> Option<&Law> {
        self.laws.iter().find(|law| law.countries.contains(&country) && law.since <= on && law.until.is_none_or(|until| on < until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const AGREED: Consent = Consent::Given { on: Moment(0) };

    fn country(code: &str) -> Option<Country> {
        Some(Country::parse(code).expect("a country"))
    }

    /// `true` when tracking is allowed without consent on a day of 2026.
    fn allowed(code: Option<&str>, domain: &str) -> bool {
        may_track(code.and_then(country), domain, Consent::NotAsked, date(2026, 11, 16)).is_ok()
    }

    #[test]
    fn the_rows_can_be_read_and_name_their_law() {
        let laws = Laws::compile(FILE).expect("rules/tracking_law.toml is sound");
        let countries: usize = laws.laws.iter().map(|law| law.countries.len()).sum();
        assert!(countries >= 32, "EU, EEA, United Kingdom, Switzerland: {countries}");
        let faulty = FILE.replacen("2011-05-25", "2011-13-25", 1);
        assert!(Laws::compile(&faulty).is_err());
    }

    #[test]
    fn europe_is_asked_and_others_are_not() {
        for code in ["DE", "FR", "PL", "NO", "IS", "GB", "CH", "RE"] {
            assert!(!allowed(Some(code), "acme.com"), "{code}");
        }
        for code in ["US", "BR", "CN", "AE", "ZA", "MX"] {
            assert!(allowed(Some(code), "acme.com"), "{code}");
        }
    }

    #[test]
    fn a_country_that_nobody_knows_is_careful_and_the_domain_may_tell_it() {
        assert_eq!(may_track(None, "acme.com", Consent::NotAsked, date(2026, 1, 1)), Err(Refusal::UnknownCountry));
        assert!(allowed(None, "acme.com.br") && allowed(None, "acme.MX."));
        assert!(!allowed(None, "acme.de") && !allowed(None, "acme.co.uk") && !allowed(None, "acme.eu"));
        assert!(!allowed(None, "acme.io") && !allowed(None, "acme.co"), "these are everybody's");
        assert!(!allowed(None, "") && !allowed(None, "localhost"));
        assert!(!allowed(Some("US"), "acme.de"), "the German firm's American colleague reads German mail");
        assert!(allowed(Some("US"), "acme.io"), "such a domain takes nothing back");
    }

    #[test]
    fn consent_opens_and_its_withdrawal_closes_everywhere() {
        let on = date(2026, 11, 16);
        assert_eq!(may_track(country("DE"), "acme.de", AGREED, on), Ok(()));
        assert_eq!(may_track(None, "acme.com", AGREED, on), Ok(()));
        let withdrawn = Consent::Withdrawn { on: Moment(0) };
        assert_eq!(may_track(country("US"), "acme.com", withdrawn, on), Err(Refusal::Withdrawn));
    }

    #[test]
    fn a_law_asks_from_its_first_day_on_and_is_named() {
        assert_eq!(may_track(country("CH"), "acme.ch", Consent::NotAsked, date(2007, 3, 31)), Ok(()));
        let refused = may_track(country("CH"), "acme.ch", Consent::NotAsked, date(2007, 4, 1)).expect_err("the law is in force");
        assert!(refused.to_string().contains("in CH the law asks for consent (Fernmeldegesetz"), "{refused}");
    }
}
