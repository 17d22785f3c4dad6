//! A domain's SPF record (RFC 7208): whether there is one, and whether receivers can follow it to its end. Nothing is said of who may send:
//! by which of its hosts a provider sends is the provider's affair.

use super::{Unanswered, Zone};

/// More and the record is as good as broken (§4.6.4).
pub const LOOKUPS_MAX: usize = 10;
/// Records that are followed, so that those that name each other end.
const RECORDS_MAX: usize = 32;

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spf {
    None,
    /// More than one counts as broken (§4.5).
    Several,
    /// A domain it takes in has no record, or more than one (§5.2).
    Broken {
        domain: String,
    },
    /// It needs so many look-ups, which is too many.
    TooMany {
        lookups: usize,
    },
    /// It lets everybody send (`+all`).
    Everybody,
    Sound {
        lookups: usize,
    },
}

/// Asks the domain, and all that its record takes in.
pub async fn ask(zone: &impl Zone, domain: &str) -> Result<Spf, Unanswered> {
    let record = match records(zone, domain).await?.as_slice() {
        [] => return Ok(Spf::None),
        [record] => record.clone(),
        _ => return Ok(Spf::Several),
    };
    let mut lookups = 0;
    let mut everybody = false;
    let mut broken = None;
    // Each with whether its last word is ours, too.
    let mut waiting = vec![(record, true)];
    let mut followed = 0;
    while let Some((record, is_ours)) = waiting.pop() {
        followed += 1;
        let terms = terms(&record);
        everybody |= is_ours && terms.iter().any(|term| term.eq_ignore_ascii_case("+all") || term.eq_ignore_ascii_case("all"));
        let ends = terms.iter().any(|term| name(term) == "all");
        for term in terms {
            let (counts, target) = match name(term).as_str() {
                "a" | "mx" | "ptr" | "exists" => (true, None),
                "include" => (true, target(term, ':').map(|target| (target, false))),
                // After an `all` it is never reached (§6.1).
                "redirect" => (!ends, target(term, '=').filter(|_| !ends).map(|target| (target, is_ours))),
                _ => (false, None),
            };
            lookups += usize::from(counts);
            let Some((target, is_ours)) = target else { continue };
            if followed + waiting.len() >= RECORDS_MAX {
                return Ok(Spf::TooMany { lookups });
            }
            match records(zone, target).await?.as_slice() {
                [record] => waiting.push((record.clone(), is_ours)),
                _ => broken = Some(target.to_owned()),
            }
        }
    }
    Ok(match broken {
        _ if lookups > LOOKUPS_MAX => Spf::TooMany { lookups },
        Some(domain) => Spf::Broken { domain },
        None if everybody => Spf::Everybody,
        None => Spf::Sound { lookups },
    })
}

async fn records(zone: &impl Zone, domain: &str) -> Result<Vec<String>, Unanswered> {
    let mut texts = zone.texts(domain).await?;
    texts.retain(|text| text.split(' ').next().is_some_and(|version| version.eq_ignore_ascii_case("v=spf1")));
    Ok(texts)
}

fn terms(record: &str) -> Vec<&str> {
    record.split_ascii_whitespace().skip(1).collect()
}

/// A mechanism's or modifier's name, without its qualifier.
fn name(term: &str) -> String {
    term.trim_start_matches(['+', '-', '~', '?']).split([':', '=', '/']).next().unwrap_or_default().to_ascii_lowercase()
}

/// The domain that a term names; one with macros (§7) depends on the sender and cannot be followed.
fn target(term: &str, sign: char) -> Option<&str> {
    term.split_once(sign).map(|(_, target)| target).filter(|target| !target.is_empty() && !target.contains('%'))
}

#[cfg(test)]
mod tests {
    use super::super::told::Told;
    use super::*;

    #[tokio::test]
    async fn look_ups_are_counted_through_all_that_is_taken_in() {
        let zone = Told::default()
            .and("bright.com", "v=spf1 mx a:mail.bright.com ip4:192.0.2.1 include:spf.mail.com ~all")
            .and("bright.com", "v=verify 1")
            .and("spf.mail.com", "v=spf1 include:a.mail.com include:b.mail.com exists:%{i}.spf.mail.com -all")
            .and("a.mail.com", "v=spf1 ip4:192.0.2.0/24 -all")
            .and("b.mail.com", "v=spf1 redirect=c.mail.com")
            .and("c.mail.com", "v=spf1 ip6:2001:db8::/32 -all");
        assert_eq!(ask(&zone, "bright.com").await, Ok(Spf::Sound { lookups: 7 }));
        assert_eq!(ask(&zone, "other.com").await, Ok(Spf::None));
    }

    #[tokio::test]
    async fn what_receivers_cannot_follow_is_told() {
        let many: String = (0..11).map(|number| format!(" a:h{number}.bright.com")).collect();
        let zone = Told::default()
            .and("many.com", &format!("v=spf1{many} -all"))
            .and("two.com", "v=spf1 -all")
            .and("two.com", "V=SPF1 mx -all")
            .and("gone.com", "v=spf1 include:nobody.com -all")
            .and("open.com", "v=spf1 mx all")
            .and("leads-to-open.com", "v=spf1 redirect=open.com")
            .and("takes-open-in.com", "v=spf1 include:open.com -all")
            .and("round.com", "v=spf1 include:round.com -all")
            .and("silent.com", "v=spf1 include:x.silent.com -all")
            .and_silence_about("x.silent.com");
        for (domain, expected) in [
            ("many.com", Ok(Spf::TooMany { lookups: 11 })),
            ("two.com", Ok(Spf::Several)),
            ("gone.com", Ok(Spf::Broken { domain: "nobody.com".into() })),
            ("open.com", Ok(Spf::Everybody)),
            ("leads-to-open.com", Ok(Spf::Everybody)),
            ("takes-open-in.com", Ok(Spf::Sound { lookups: 2 })),
            ("silent.com", Err(Unanswered)),
        ] {
            assert_eq!(ask(&zone, domain).await, expected, "{domain}");
        }
        assert!(matches!(ask(&zone, "round.com").await, Ok(Spf::TooMany { .. })), "a circle ends");
    }
}
