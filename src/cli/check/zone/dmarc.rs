//! A domain's DMARC record (RFC 7489 §6.1), its own or that of the domain it belongs to.

use super::{Unanswered, Zone, tag};

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dmarc {
    /// One record with its policy (`p=`), and where it stands.
    Policy {
        name: String,
        policy: String,
    },
    None,
    /// More than one counts as none (§6.6.3).
    Several {
        name: String,
    },
}

/// Asks the domain, then the one that was registered (§6.6.3).
pub async fn ask(zone: &impl Zone, domain: &str) -> Result<Dmarc, Unanswered> {
    let registered = psl::domain_str(domain).filter(|registered| *registered != domain);
    for domain in std::iter::once(domain).chain(registered) {
        let name = format!("_dmarc.{domain}");
        let mut records = zone.texts(&name).await?;
        records.retain(|record| tag(record, "v") == Some("DMARC1"));
        match records.as_slice() {
            [] => {}
            [record] => {
                let policy = tag(record, "p").unwrap_or("none").to_ascii_lowercase();
                return Ok(Dmarc::Policy { name, policy });
            }
            _ => return Ok(Dmarc::Several { name }),
        }
    }
    Ok(Dmarc::None)
}

#[cfg(test)]
mod tests {
    use super::super::told::Told;
    use super::*;

    #[tokio::test]
    async fn a_record_of_the_domain_counts_before_that_of_the_registered_one() {
        let zone = Told::default().and("_dmarc.bright.com", "v=DMARC1; p=reject").and("_dmarc.bright.com", "google-site-verification=x");
        let policy = |name: &str, policy: &str| Ok(Dmarc::Policy { name: name.into(), policy: policy.into() });
        assert_eq!(ask(&zone, "bright.com").await, policy("_dmarc.bright.com", "reject"));
        assert_eq!(ask(&zone, "mail.bright.com").await, policy("_dmarc.bright.com", "reject"));
        let zone = zone.and("_dmarc.mail.bright.com", "v=DMARC1;p=NONE;rua=mailto:d@bright.com");
        assert_eq!(ask(&zone, "mail.bright.com").await, policy("_dmarc.mail.bright.com", "none"));
        assert_eq!(ask(&zone, "other.com").await, Ok(Dmarc::None));
        let zone = zone.and("_dmarc.bright.com", "v=DMARC1; p=none").and_silence_about("_dmarc.other.com");
        assert_eq!(ask(&zone, "bright.com").await, Ok(Dmarc::Several { name: "_dmarc.bright.com".into() }));
        assert_eq!(ask(&zone, "other.com").await, Err(Unanswered));
    }
}
