//! Words of those who promise a fortune for a fee, lend to anybody, or are after the password of a mailbox.
//!
//! A promise alone proves nothing ("our bank approved the loan"), nor does what is asked for it; both in one mail do. The words are in
//! `rules/guards.toml`.

use super::words::{self, ScamWord};
use crate::parse::Letter;
use crate::understand::flag::{Flag, FlagKind};
use crate::understand::fold::{Folded, Folder};
use std::ops::Range;

/// So much of a text is read, in bytes.
const TEXT_LEN_MAX: usize = 16 * 1024;
/// Characters shown around what was found.
const AROUND: usize = 40;

/// The words of a fraud in subject or text, if there are any.
pub(super) fn words_of_fraud(letter: &Letter, folder: &Folder) -> Option<Flag> {
    let subject = letter.subject.as_deref().unwrap_or_default();
    let text = format!("{subject}\n\n{}", letter.fresh.text);
    let folded = folder.fold(&text, TEXT_LEN_MAX);
    let span = proof(&folded)?;
    let from = folded.text.floor_char_boundary(span.start.saturating_sub(AROUND));
    let to = folded.text.ceil_char_boundary((span.end + AROUND).min(folded.text.len()));
    Some(Flag::new(FlagKind::Scam, folded.source_of(&text, &(from..to))?, ""))
}

/// Where what proves it stands: one sure phrase, or the promise that comes with what is asked for it.
fn proof(folded: &Folded) -> Option<Range<usize>> {
    let words = words::get();
    let mut lure: Option<Range<usize>> = None;
    let mut asks = false;
    for found in words.scam.as_ref()?.find_iter(&folded.text) {
        if !is_whole(&folded.text, &found.range()) {
            continue;
        }
        match words.scam_words.get(found.pattern().as_usize())? {
            ScamWord::Sure => return Some(found.range()),
            ScamWord::Lure => lure = lure.or(Some(found.range())),
            ScamWord::Ask => asks = true,
        }
    }
    lure.filter(|_| asks)
}

/// Not in the middle of a word; scripts without spaces have no middle.
fn is_whole(text: &str, span: &Range<usize>) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() && !crate::understand::fold::is_unspaced(c));
    let begins = text.get(span.start..).and_then(|rest| rest.chars().next());
    !(is_part(begins) && is_part(text.get(..span.start).and_then(|before| before.chars().next_back())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Fresh;
    use crate::understand::rules::Rules;

    fn found(text: &str) -> Option<String> {
        let letter = Letter { fresh: Fresh { text: text.to_owned(), ..Fresh::default() }, ..Letter::default() };
        let rules = Rules::compile(&Rules::built_in_files()).expect("sound rules");
        words_of_fraud(&letter, &rules.folder).map(|flag| flag.found)
    }

    #[test]
    fn frauds_are_seen_in_many_languages() {
        for text in [
            "Dear Beneficiary, your fund of 10.5 million dollars was approved. Kindly send your full name and a copy of your passport.",
            "I am the lawyer of a late client who left an inheritance of USD 8 million. I need your bank details.",
            "Your mailbox is almost full. Verify your account within 24 hours or it will be deactivated.",
            "Ihr Postfach ist voll. Bestätigen Sie Ihr Konto, sonst wird es gesperrt.",
            "Votre boîte mail sera désactivée. Veuillez confirmer votre mot de passe.",
            "Ofrecemos préstamos al 2% de interés sin garantías. Envíe una copia de su identificación.",
            "Ваш почтовый ящик будет заблокирован. Подтвердите пароль по ссылке.",
            "您的邮箱容量已满，请点击链接验证账户，否则将被停用。",
            "您的郵箱即將停用，請點擊連結驗證帳戶",
            "سيتم إيقاف بريدك الإلكتروني. يرجى تأكيد كلمة المرور.",
            "アカウントが停止されます。パスワードを確認してください。",
        ] {
            assert!(found(text).is_some(), "{text}");
        }
    }

    #[test]
    fn ordinary_trade_mail_speaks_of_funds_and_accounts_too() {
        for text in [
            "Our bank approved the loan; please send your bank details for the deposit.",
            "Our turnover is 5 million dollars. Click here to see our shop, and send your full name and your bank details, strictly confidential.",
            "Please confirm your account number before we transfer the balance.",
            "The beneficiary of the L/C is your company. Kindly send a copy of the packing list.",
            "Bitte bestätigen Sie Ihre Kontonummer für die Anzahlung.",
            "请确认贵司银行账户，我们今天付款。",
            "My mailbox was full, sorry for the late answer. Please quote 500 pcs.",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_hostile_text_is_read_in_bounded_time() {
        for piece in ["million dollars ", "verify your ", "邮箱", "a\u{300}"] {
            found(&piece.repeat(200_000 / piece.len()));
        }
    }
}
