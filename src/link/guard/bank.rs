//! Bank data held against those that are known.

use crate::link::name_key;
use crate::understand::guards::bank::BankData;
use crate::understand::{Flag, FlagKind};

/// Values named in a flag.
const NAMED_MAX: usize = 3;
/// Characters of a BIC that name the bank and its country; the rest is the branch.
const BIC_BANK_LEN: usize = 8;
/// Figures of an account number that are enough to know it within an IBAN.
const ACCOUNT_LEN_MIN: usize = 6;

/// One thing known of where somebody's money goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownBank {
    /// `iban`, `account`, `bic` or `beneficiary`.
    pub kind: &'static str,
    /// As it is compared: letters and digits in capitals, a name as names are compared.
    pub key: String,
    /// As it was written.
    pub written: String,
}

/// What of a mail's bank data is kept: nobody's own bank where an L/C is spoken of without an account.
pub fn kept(found: &BankData) -> Vec<KnownBank> {
    let mut kept = Vec::new();
    for account in &found.accounts {
        let kind = if account.is_iban { "iban" } else { "account" };
        kept.push(KnownBank { kind, key: account.key.clone(), written: account.key.clone() });
    }
    // Which bank somebody uses, or who is named, says where money goes only together with an account; and a buyer names the bank that
    // opens a credit without one.
    if kept.is_empty() {
        return kept;
    }
    kept.extend(found.bics.iter().map(|bic| KnownBank { kind: "bic", key: bic.clone(), written: bic.clone() }));
    if let Some(name) = &found.beneficiary {
        let key = name_key(name);
        if !key.is_empty() {
            kept.push(KnownBank { kind: "beneficiary", key, written: name.clone() });
        }
    }
    kept
}

/// What differs: an account that is none of the known ones, else the beneficiary, else the bank. First sight is no change.
pub(super) fn changed(found: &BankData, known: &[KnownBank], ours: &[KnownBank]) -> Option<Flag> {
    let found = kept_or_named(found);
    // Customers repeat our own account to us: that is where they pay.
    if found.iter().any(|one| is_account(one) && ours.iter().any(|own| is_same(one, own))) {
        return None;
    }
    for kinds in [&["iban", "account"][..], &["beneficiary"], &["bic"]] {
        let of_kind = |list: &[KnownBank]| list.iter().filter(|one| kinds.contains(&one.kind)).cloned().collect::<Vec<_>>();
        let (found, known) = (of_kind(&found), of_kind(known));
        let new: Vec<&KnownBank> = found.iter().filter(|one| !known.iter().any(|other| is_same(one, other))).collect();
        if !known.is_empty() && !new.is_empty() {
            let named = |list: &mut dyn Iterator<Item = &KnownBank>| {
                list.take(NAMED_MAX).map(|one| one.written.as_str()).collect::<Vec<_>>().join(", ")
            };
            return Some(Flag::new(FlagKind::BankChanged, &named(&mut new.into_iter()), &named(&mut known.iter())));
        }
    }
    None
}

/// What is compared: what would be kept; and without an account, what is named all the same where no L/C is spoken of.
fn kept_or_named(found: &BankData) -> Vec<KnownBank> {
    let all = kept(found);
    if !all.is_empty() || found.speaks_of_credit {
        return all;
    }
    found.bics.iter().map(|bic| KnownBank { kind: "bic", key: bic.clone(), written: bic.clone() }).collect()
}

fn is_account(one: &KnownBank) -> bool {
    matches!(one.kind, "iban" | "account")
}

fn is_same(one: &KnownBank, other: &KnownBank) -> bool {
    if one.key == other.key {
        return true;
    }
    if is_account(one) && is_account(other) {
        // An IBAN ends with the account number it is made of, or has it before a key of a few figures.
        let within = |long: &KnownBank, short: &KnownBank| {
            long.kind == "iban"
                && short.kind == "account"
                && short.key.len() >= ACCOUNT_LEN_MIN
                && long.key.contains(short.key.trim_start_matches('0'))
        };
        return within(one, other) || within(other, one);
    }
    one.kind == "bic" && other.kind == "bic" && one.key.get(..BIC_BANK_LEN) == other.key.get(..BIC_BANK_LEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::guards::bank::BankAccount;

    fn iban(key: &str) -> BankAccount {
        BankAccount { key: key.to_owned(), is_iban: true }
    }

    fn data(accounts: &[BankAccount], bic: &str, name: &str) -> BankData {
        BankData {
            beneficiary: Some(name.to_owned()).filter(|name| !name.is_empty()),
            accounts: accounts.to_vec(),
            bics: Some(bic.to_owned()).filter(|bic| !bic.is_empty()).into_iter().collect(),
            speaks_of_credit: false,
        }
    }

    const GERMAN: &str = "DE89370400440532013000";
    const BRITISH: &str = "GB29NWBK60161331926819";

    #[test]
    fn another_account_name_or_bank_is_a_change_and_first_sight_is_none() {
        let first = data(&[iban(GERMAN)], "COBADEFFXXX", "Acme Impianti S.r.l.");
        assert_eq!(changed(&first, &[], &[]), None, "first sight");
        let known = kept(&first);
        assert_eq!(known.len(), 3);
        assert_eq!(changed(&data(&[iban(GERMAN)], "COBADEFF", "ACME IMPIANTI SRL"), &known, &[]), None, "the same written otherwise");
        let account = BankAccount { key: "0532013000".to_owned(), is_iban: false };
        assert_eq!(changed(&data(&[account], "", ""), &known, &[]), None, "the number within the IBAN");
        let flag = |data: &BankData| changed(data, &known, &[]).map(|flag| (flag.found, flag.known));
        assert_eq!(flag(&data(&[iban(BRITISH)], "", "")), Some((BRITISH.to_owned(), GERMAN.to_owned())));
        assert_eq!(
            flag(&data(&[iban(GERMAN)], "", "Acme Trading Ltd")),
            Some(("Acme Trading Ltd".to_owned(), "Acme Impianti S.r.l.".to_owned()))
        );
        assert_eq!(flag(&data(&[], "NWBKGB2L", "")), Some(("NWBKGB2L".to_owned(), "COBADEFFXXX".to_owned())));
    }

    #[test]
    fn the_banks_of_a_credit_and_our_own_account_are_no_change() {
        let known = kept(&data(&[iban(GERMAN)], "COBADEFF", ""));
        let credit = BankData { speaks_of_credit: true, ..data(&[], "NWBKGB2L", "") };
        assert_eq!((changed(&credit, &known, &[]), kept(&credit)), (None, Vec::new()));
        let ours = kept(&data(&[iban(BRITISH)], "", ""));
        assert_eq!(changed(&data(&[iban(BRITISH)], "NWBKGB2L", "Bright"), &known, &ours), None, "they repeat where they paid");
    }
}
