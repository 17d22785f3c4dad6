//! Which firm a mail domain stands for.

use crate::types::EmailAddress;
use std::collections::HashSet;
use std::sync::LazyLock;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FreeMail {
    domains: HashSet<String>,
}

static FREE_MAIL: LazyLock<HashSet<String>> = LazyLock::new(|| {
    // The file is compiled in and a test reads it, so an unreadable one never leaves the house.
    toml::from_str::<FreeMail>(include_str!("../../rules/free_mail.toml")).map(|file| file.domains).unwrap_or_default()
});

/// The registrable domain of a firm's address (Public Suffix List), `None` for addresses anybody can have.
pub fn company_domain(address: &EmailAddress) -> Option<String> {
    let domain = address.domain();
    let registrable = psl::domain_str(domain)?;
    let is_free = FREE_MAIL.contains(domain) || FREE_MAIL.contains(registrable);
    (!is_free).then(|| registrable.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(address: &str) -> Option<String> {
        company_domain(&EmailAddress::parse(address).expect("an address"))
    }

    #[test]
    fn a_branch_office_belongs_to_its_firm() {
        assert_eq!(domain("ana@compras.acme.com.br").as_deref(), Some("acme.com.br"));
        assert_eq!(domain("bob@acme.co.uk").as_deref(), Some("acme.co.uk"));
    }

    #[test]
    fn a_free_mailbox_is_no_firm() {
        for address in ["buyer@gmail.com", "buyer@163.com", "buyer@vip.qq.com", "buyer@mail.ru", "buyer@yahoo.com.br"] {
            assert_eq!(domain(address), None, "{address}");
        }
        assert!(FREE_MAIL.len() > 300, "the list was read");
    }
}
