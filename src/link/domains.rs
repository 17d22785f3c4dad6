//! Which firm a mail domain stands for.

use crate::types::EmailAddress;
use crate::understand::Rules;

/// The registrable domain of a firm's address (Public Suffix List), `None` for addresses anybody can have.
pub fn company_domain(address: &EmailAddress, rules: &Rules) -> Option<String> {
    let domain = address.domain();
    let registrable = psl::domain_str(domain)?;
    (!rules.is_free_mail(domain)).then(|| registrable.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(address: &str) -> Option<String> {
        let list = ("free_mail.toml", include_str!("../../rules/free_mail.toml"));
        let rules = Rules::compile(&[list]).expect("the built-in list is sound");
        company_domain(&EmailAddress::parse(address).expect("an address"), &rules)
    }

    #[test]
    fn a_branch_office_belongs_to_its_firm() {
        assert_eq!(domain("ana@compras.acme.com.br").as_deref(), Some("acme.com.br"));
        assert_eq!(domain("bob@acme.co.uk").as_deref(), Some("acme.co.uk"));
    }

    #[test]
    fn a_free_mailbox_is_no_firm() {
        for address in ["buyer@gmail.com", "buyer@163.com", "buyer@vip.qq.com", "buyer@mail.ru", "buyer@yahoo.com.br", "buyer@hinet.net"] {
            assert_eq!(domain(address), None, "{address}");
        }
    }
}
