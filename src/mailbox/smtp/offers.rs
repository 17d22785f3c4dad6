//! What a server offers in its answer to EHLO (RFC 5321 §4.1.1.1).

use std::collections::BTreeSet;

/// Extensions that matter to us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offers {
    /// SIZE (RFC 1870): the parameter is understood.
    pub size: bool,
    /// The largest mail in bytes; `None` when the server names no limit.
    pub size_max: Option<u64>,
    /// PIPELINING (RFC 2920).
    pub pipelining: bool,
    /// 8BITMIME (RFC 6152).
    pub eight_bit_mime: bool,
    /// SMTPUTF8 (RFC 6531).
    pub smtp_utf8: bool,
    /// DSN (RFC 3461).
    pub dsn: bool,
    /// ENHANCEDSTATUSCODES (RFC 2034). Statuses are read wherever they stand.
    pub enhanced_status_codes: bool,
    /// CHUNKING (RFC 3030).
    pub chunking: bool,
    /// STARTTLS (RFC 3207).
    pub start_tls: bool,
    /// Mechanisms of AUTH (RFC 4954), in capitals.
    pub auth: BTreeSet<String>,
}

impl Offers {
    /// From the lines of the answer; the first one holds the server's name.
    pub(super) fn read(lines: &[String]) -> Self {
        let mut offers = Self::default();
        for line in lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split_ascii_whitespace();
            match words.next().unwrap_or_default() {
                "SIZE" => {
                    offers.size = true;
                    // Zero is no limit (RFC 1870 §3).
                    offers.size_max = words.next().and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0);
                }
                "PIPELINING" => offers.pipelining = true,
                "8BITMIME" => offers.eight_bit_mime = true,
                "SMTPUTF8" => offers.smtp_utf8 = true,
                "DSN" => offers.dsn = true,
                "ENHANCEDSTATUSCODES" => offers.enhanced_status_codes = true,
                "CHUNKING" => offers.chunking = true,
                "STARTTLS" => offers.start_tls = true,
                "AUTH" => offers.auth.extend(words.map(str::to_owned)),
                // How it was written before it was a standard, and still is beside it.
                first => {
                    if let Some(mechanism) = first.strip_prefix("AUTH=") {
                        offers.auth.extend([mechanism].into_iter().chain(words).map(str::to_owned));
                    }
                }
            }
        }
        offers
    }

    /// Whether one can log in by this mechanism, named in capitals.
    pub fn logs_in_by(&self, mechanism: &str) -> bool {
        self.auth.contains(mechanism)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(lines: &[&str]) -> Offers {
        Offers::read(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn keywords_are_read_in_any_case_and_with_what_belongs_to_them() {
        let gmail = ["smtp.gmail.com at your service, [192.0.2.1]", "SIZE 35882577", "8BITMIME", "AUTH LOGIN PLAIN XOAUTH2 OAUTHBEARER"];
        let gmail = offers(&[&gmail[..], &["ENHANCEDSTATUSCODES", "PIPELINING", "CHUNKING", "SMTPUTF8"]].concat());
        assert_eq!((gmail.size_max, gmail.pipelining, gmail.eight_bit_mime), (Some(35_882_577), true, true));
        assert!(gmail.smtp_utf8 && gmail.chunking && gmail.enhanced_status_codes && gmail.logs_in_by("XOAUTH2"));
        assert!(!gmail.dsn && !gmail.start_tls && !gmail.logs_in_by("CRAM-MD5"));
        let other = offers(&["mail", "size", "starttls", "Dsn", "AUTH=login plain"]);
        assert!(other.size && other.size_max.is_none() && other.start_tls && other.dsn);
        assert!(other.logs_in_by("LOGIN") && other.logs_in_by("PLAIN"));
        assert_eq!(offers(&["mail", "SIZE 0"]).size_max, None);
    }

    #[test]
    fn the_first_line_offers_nothing() {
        assert_eq!(offers(&["STARTTLS"]), Offers::default());
        assert_eq!(offers(&[]), Offers::default());
        assert_eq!(offers(&["x", "SIZE 99999999999999999999999999", "", "=", "X-OTHER"]), Offers { size: true, ..Offers::default() });
    }
}
