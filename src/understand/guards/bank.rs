//! Bank data in a text: beneficiary, IBAN (with its check digits), account number, BIC. Only where money is to be sent is looked at, not
//! whose bank it is: what the books know of it is compared elsewhere.

use super::words::{self, Label};
use crate::parse::Letter;
use crate::types::Country;
use crate::understand::Rules;
use crate::understand::fold::Folder;

/// Lines of a text that are read, and longest line, in bytes.
const LINES_MAX: usize = 2_000;
const LINE_LEN_MAX: usize = 400;
/// Numbers of one kind that are kept.
const KEPT_MAX: usize = 10;
/// Longest name of a beneficiary, in characters.
const NAME_CHARS_MAX: usize = 100;
/// Words of a label that has no colon.
const LABEL_WORDS_MAX: usize = 4;
/// Digits of an account number; no bank's is longer than an IBAN.
const ACCOUNT_DIGITS: std::ops::RangeInclusive<usize> = 6..=34;
/// Characters before the figures of an account.
const BEFORE_ACCOUNT_MAX: usize = 12;
/// What a text about a bank says, in whatever language; without any of it a number is no account's.
const BANK_WORDS: [&str; 14] =
    ["bank", "banq", "banc", "банк", "银行", "은행", "بنك", "مصرف", "بانك", "בנק", "ngan hang", "ธนาคาร", "τραπεζ", "swift"];

/// Where a text says that money should go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BankData {
    pub beneficiary: Option<String>,
    /// IBANs and account numbers.
    pub accounts: Vec<BankAccount>,
    /// BICs (ISO 9362), eight or eleven characters.
    pub bics: Vec<String>,
    /// The text speaks of an L/C, whose banks are the buyer's own.
    pub speaks_of_credit: bool,
}

/// A number that money can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankAccount {
    /// Letters and digits alone, in capitals.
    pub key: String,
    pub is_iban: bool,
}

impl BankData {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.beneficiary.is_none() && self.accounts.is_empty() && self.bics.is_empty()
    }
}

/// The bank data that a letter's writer typed now, its signature included; what it quotes is somebody else's.
pub fn find(letter: &Letter, rules: &Rules) -> BankData {
    let forwarded = letter.fresh.forwarded.as_ref().map(|inner| inner.text.as_str());
    let signature = letter.fresh.signature.iter().flat_map(|signature| signature.lines.iter().map(String::as_str));
    find_in(std::iter::once(letter.fresh.text.as_str()).chain(forwarded).chain(signature), &rules.folder)
}

/// The same in any texts: a mail's parts, or those of papers that came with it.
fn find_in<'t>(texts: impl Iterator<Item = &'t str>, folder: &Folder) -> BankData {
    let mut finder = Finder { folder, data: BankData::default(), awaited: None, about_banks: false };
    for line in texts.flat_map(str::lines).filter(|line| line.len() <= LINE_LEN_MAX).take(LINES_MAX) {
        finder.line(line);
    }
    let mut data = finder.data;
    let about_banks = finder.about_banks || data.accounts.iter().any(|account| account.is_iban);
    if !about_banks {
        data.accounts.clear();
        data.beneficiary = None;
    }
    data
}

struct Finder<'f> {
    folder: &'f Folder,
    data: BankData,
    /// A label whose value stands in the next cell or line.
    awaited: Option<Label>,
    about_banks: bool,
}

impl Finder<'_> {
    fn line(&mut self, line: &str) {
        // Most lines have neither a number nor a colon, and no value waits to be named.
        let may_tell =
            line.bytes().any(|b| b.is_ascii_digit()) || line.contains([':', '：', '\t']) || self.awaited.is_some() || !line.is_ascii();
        let folded = self.folder.fold_word(line);
        self.about_banks |= BANK_WORDS.iter().any(|word| folded.contains(word));
        if let Some(credit) = &words::get().letter_of_credit {
            self.data.speaks_of_credit |= credit.is_match(&folded);
        }
        if !may_tell && !folded.contains("swift") && !folded.contains("bic") {
            return;
        }
        self.ibans(line);
        for piece in
            line.split(['\t', '|', '｜', ';', '；']).flat_map(|piece| piece.split("   ")).map(str::trim).filter(|piece| !piece.is_empty())
        {
            self.piece(piece);
        }
    }

    fn piece(&mut self, piece: &str) {
        let awaited = self.awaited.take();
        match self.labelled(piece) {
            Some((label, "")) => self.awaited = Some(label),
            Some((label, value)) => self.take(label, value),
            None => {
                if let Some(label) = awaited {
                    self.take(label, piece);
                }
            }
        }
    }

    /// The label of a piece and its value: before a colon, else the longest beginning that is one.
    fn labelled<'p>(&self, piece: &'p str) -> Option<(Label, &'p str)> {
        let named = |text: &str| {
            words::get()
                .labels
                .get(
                    self.folder
                        .fold_word(text)
                        .trim_matches(|c: char| !c.is_alphanumeric() && c != '#' && c != '№' && c != '.' && c != '\''),
                )
                .copied()
        };
        let known = |text: &str| named(text).or_else(|| named(text.trim_end_matches(['.', ' '])));
        if let Some((label, value)) = piece.split_once([':', '：']) {
            return known(label).map(|label| (label, value.trim()));
        }
        if let Some(label) = known(piece) {
            return Some((label, ""));
        }
        let ends = piece.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at).take(LABEL_WORDS_MAX);
        let mut ends: Vec<usize> = ends.collect();
        ends.reverse();
        ends.into_iter().find_map(|end| {
            let (label, value) = piece.split_at_checked(end)?;
            // In the middle of a sentence these words are no label: what follows must look like a value.
            let value = value.trim();
            let begins = value.chars().next().is_some_and(|c| c.is_ascii_digit() || c.is_uppercase());
            known(label).filter(|label| begins && *label != Label::Beneficiary).map(|label| (label, value))
        })
    }

    fn take(&mut self, label: Label, value: &str) {
        match label {
            Label::Beneficiary => {
                let name: String = value.split(['\t', '|']).next().unwrap_or_default().trim().chars().take(NAME_CHARS_MAX).collect();
                if self.data.beneficiary.is_none() && name.chars().any(char::is_alphabetic) {
                    self.about_banks |= !self.data.accounts.is_empty();
                    self.data.beneficiary = Some(name);
                }
            }
            Label::Account => self.account(value),
            Label::Swift => {
                if let Some(bic) = bic(value)
                    && self.data.bics.len() < KEPT_MAX
                    && !self.data.bics.contains(&bic)
                {
                    self.data.bics.push(bic);
                }
            }
        }
    }

    fn account(&mut self, value: &str) {
        // `USD 123…`, `普通 123…`: a word may stand before the figures.
        let before = value.chars().take_while(|c| !c.is_ascii_digit()).count();
        if before > BEFORE_ACCOUNT_MAX {
            return;
        }
        let value = value.trim_start_matches(|c: char| !c.is_ascii_digit());
        let number: String = value
            .chars()
            .take_while(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '/' | '.' | '\u{a0}'))
            .filter(char::is_ascii_digit)
            .collect();
        if ACCOUNT_DIGITS.contains(&number.len()) {
            self.keep(BankAccount { key: number, is_iban: false });
        }
    }

    fn ibans(&mut self, line: &str) {
        let chars: Vec<char> = line.chars().collect();
        let mut at = 0;
        while at + 4 <= chars.len() && self.data.accounts.len() < KEPT_MAX {
            let is_start = at == 0 || chars.get(at - 1).is_some_and(|c| !c.is_alphanumeric());
            match chars.get(at..).filter(|_| is_start).and_then(iban_at) {
                Some((iban, len)) => {
                    self.keep(BankAccount { key: iban, is_iban: true });
                    at += len;
                }
                None => at += 1,
            }
        }
    }

    fn keep(&mut self, account: BankAccount) {
        // An account number beside its own IBAN says nothing new.
        let is_known =
            self.data.accounts.iter().any(|known| known.key == account.key || known.is_iban && known.key.ends_with(&account.key));
        if !is_known && self.data.accounts.len() < KEPT_MAX {
            self.data.accounts.push(account);
        }
    }
}

/// An IBAN at the beginning of a text, and how many characters it takes there.
fn iban_at(chars: &[char]) -> Option<(String, usize)> {
    let code: String = chars.get(..2)?.iter().map(char::to_ascii_uppercase).collect();
    if !chars.get(2..4)?.iter().all(char::is_ascii_digit) {
        return None;
    }
    let length = *words::get().iban_lengths.get(&code)?;
    let mut iban = String::with_capacity(length);
    for (taken, c) in chars.iter().enumerate() {
        match c {
            c if c.is_ascii_alphanumeric() => iban.push(c.to_ascii_uppercase()),
            ' ' | '-' | '.' | '\u{a0}' | '\u{202f}' => continue,
            _ => return None,
        }
        if iban.len() == length {
            let ends = chars.get(taken + 1).is_none_or(|c| !c.is_alphanumeric());
            return (ends && has_right_check_digits(&iban)).then_some((iban, taken + 1));
        }
    }
    None
}

/// ISO 7064 MOD 97-10 over the digits, the first four characters last, letters as 10 to 35.
fn has_right_check_digits(iban: &str) -> bool {
    let Some((head, tail)) = iban.split_at_checked(4) else { return false };
    let digits = tail.chars().chain(head.chars()).filter_map(|c| c.to_digit(36));
    digits.fold(0, |rest, digit| (rest * if digit > 9 { 100 } else { 10 } + digit) % 97) == 1
}

/// A BIC at the beginning of a value: bank (4 letters), country (2), place (2), perhaps branch (3).
fn bic(value: &str) -> Option<String> {
    let (mut joined, mut found) = (String::new(), None);
    for word in value.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '.' | '/')).filter(|word| !word.is_empty()).take(5)
    {
        // The branch is written in capitals too; whatever else follows is a word.
        if found.is_some() && !word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) {
            break;
        }
        joined.push_str(word);
        let is_bic = matches!(joined.len(), 8 | 11)
            && joined.chars().all(|c| c.is_ascii_alphanumeric())
            && joined.get(..4).is_some_and(|bank| bank.chars().all(|c| c.is_ascii_alphabetic()))
            && joined.get(4..6).and_then(Country::parse).is_some();
        if is_bic {
            found = Some(joined.to_ascii_uppercase());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> BankData {
        let rules = Rules::compile(&Rules::built_in_files()).expect("sound rules");
        find_in(std::iter::once(text), &rules.folder)
    }

    fn keys(data: &BankData) -> Vec<&str> {
        data.accounts.iter().map(|account| account.key.as_str()).collect()
    }

    #[test]
    fn an_iban_counts_only_with_its_check_digits_and_length() {
        let data = found("Bitte auf DE89 3704 0044 0532 0130 00 überweisen, nicht auf DE88 3704 0044 0532 0130 00.");
        assert_eq!(keys(&data), ["DE89370400440532013000"]);
        assert_eq!(keys(&found("IBAN: gb29nwbk60161331926819 (GBP)")), ["GB29NWBK60161331926819"]);
        assert_eq!(keys(&found("model DE89 37 and NO93 8601 1117 947")), ["NO9386011117947"]);
        assert_eq!(keys(&found("DE893704004405320130001")), Vec::<&str>::new());
    }

    #[test]
    fn a_bank_block_in_many_languages() {
        for (text, name, account, bic) in [
            (
                "Beneficiary: Acme Impianti S.r.l.\nBank: UniCredit\nA/C No.: 0012-3456-789\nSWIFT: UNCRITMM",
                "Acme Impianti S.r.l.",
                "00123456789",
                "UNCRITMM",
            ),
            (
                "收款人：宁波亮光照明有限公司\n开户行：中国银行宁波分行\n账号：3501 2345 6789 012\nSWIFT CODE: BKCHCNBJ92A",
                "宁波亮光照明有限公司",
                "350123456789012",
                "BKCHCNBJ92A",
            ),
            (
                "Получатель: ООО «Свет»\nБанк: Сбербанк\nр/с 40702810900000012345\nSWIFT: SABRRUMM",
                "ООО «Свет»",
                "40702810900000012345",
                "SABRRUMM",
            ),
            ("銀行名：みずほ銀行\n口座番号：普通 1234567\n口座名義：カ）アカリ\nSWIFT: MHCBJPJT", "カ）アカリ", "1234567", "MHCBJPJT"),
            ("Beneficiario: Luz SA\nBanco: BBVA\nCLABE: 012180001234567895\nBIC: BCMRMXMM", "Luz SA", "012180001234567895", "BCMRMXMM"),
            (
                "Account Name\tLumen Ltd\nBank\tHSBC\nAccount Number\t123-456789-838\nSwift Code\tHSBC HK HH HKH",
                "Lumen Ltd",
                "123456789838",
                "HSBCHKHHHKH",
            ),
            (
                "اسم المستفيد: شركة النور\nالبنك: الراجحي\nرقم الحساب: 608010167519\nSWIFT: RJHISARI",
                "شركة النور",
                "608010167519",
                "RJHISARI",
            ),
            ("예금주: 주식회사 빛\n국민은행\n계좌번호: 123-45-678901\nSWIFT: CZNBKRSE", "주식회사 빛", "12345678901", "CZNBKRSE"),
        ] {
            let data = found(text);
            assert_eq!(
                (data.beneficiary.as_deref(), keys(&data), data.bics.clone()),
                (Some(name), vec![account], vec![bic.to_owned()]),
                "{text}"
            );
        }
    }

    #[test]
    fn figures_that_are_no_accounts_are_left() {
        for text in [
            "Order account: 4500012345\nPlease confirm.",
            "We need 500 pcs, our account manager is Bob, tel 0044 20 7946 0000",
            "Beneficiary of this project is our team.",
            "Please ship to Hamburg, container MSKU1234565, PO 4500012345",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn the_banks_of_a_credit_are_told_apart() {
        assert!(found("Issuing bank: Commerzbank, SWIFT COBADEFF. The L/C will be opened next week.").speaks_of_credit);
        assert!(found("信用证将于下周开立").speaks_of_credit);
    }

    #[test]
    fn hostile_text_is_read_in_bounded_time() {
        for piece in ["DE89 ", "DE89370400440532013000 ", "account ", "账号：1", "a\t", "swift: "] {
            let text = piece.repeat(400_000 / piece.len());
            assert!(found(&text).accounts.len() <= KEPT_MAX);
            assert!(found(&text.replace(' ', "\n")).accounts.len() <= KEPT_MAX);
        }
    }
}
