//! Certificates asked for, and how the money goes.

use super::Found;
use super::figures::digit;
use super::lexicon::Use;
use super::lists::Local;
use super::numbers::{Number, Shape};
use super::page::{Page, runs_on};

const CERTIFICATES_MAX: usize = 20;
/// Bytes of payment terms kept; longer ones are a contract.
const PAYMENT_BYTES_MAX: usize = 160;
const TAIL_WORDS_MAX: usize = 10;

/// The certificates a mail names, each once, as they are officially spelled.
pub(super) fn certificates(page: &Page) -> Vec<Found<String>> {
    let mut found: Vec<Found<String>> = Vec::new();
    for hit in &page.hits {
        let Use::Certificate(row) = hit.means else { continue };
        let Some(name) = page.rules.certificates.get(row) else { continue };
        // CE, UL and REACH are also words in small letters, and CE123 is a code.
        let is_capital = name.chars().all(|c| c.is_ascii_uppercase());
        let as_capital = !is_capital || !page.written(hit.start, hit.end).chars().any(char::is_lowercase);
        let is_code = is_capital
            && (page.after(hit.end).is_some_and(|c| c.is_ascii_digit())
                || page.before(hit.start).is_some_and(|c| c == '-' || c.is_ascii_digit()));
        if as_capital && !is_code && !found.iter().any(|known| known.what == *name) && found.len() < CERTIFICATES_MAX {
            found.push(Found { what: name.clone(), start: hit.start, end: hit.end });
        }
    }
    found
}

/// The payment terms as written: from the first share or way of paying in a sentence to the last, its condition included.
pub(super) fn payment(page: &Page, numbers: &[Number]) -> Option<Found<String>> {
    let first = page.hits.iter().find(|hit| hit.means == Use::Payment)?;
    let (from, limit) = (page.sentence_start(first.start), page.sentence_end(first.end).min(first.end + PAYMENT_BYTES_MAX));
    let shares = numbers.get(numbers.partition_point(|number| number.start < from)..).unwrap_or_default();
    let shares = || shares.iter().take_while(|number| number.start < limit).filter(|number| number.shape == Shape::Percent);
    let near = |start: usize| first.start.saturating_sub(start) <= PAYMENT_BYTES_MAX / 2;
    let start = shares().find(|share| near(share.start)).map_or(first.start, |share| share.start.min(first.start));
    let last_way = page
        .hits_from(first.start)
        .take_while(|hit| hit.start < limit)
        .filter(|hit| hit.means == Use::Payment)
        .last()
        .map_or(first.end, |hit| hit.end);
    let last_share = shares().last().map_or(0, |share| percent_end(page, share.end));
    let end = tail_end(page, last_way.max(last_share));
    let end = end.min(page.low.len());
    let words = page.written(start, end);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(Found { what: words, start, end })
}

fn percent_end(page: &Page, end: usize) -> usize {
    let at = page.skip_blanks(end);
    at + page.after(at).filter(|c| matches!(c, '%' | '％' | '٪')).map_or(0, char::len_utf8)
}

/// Takes in what belongs to the term: "at sight", "against copy of B/L", "60 days", "30/70".
fn tail_end(page: &Page, end: usize) -> usize {
    let mut end = end;
    for _ in 0..TAIL_WORDS_MAX {
        let next = page.skip_blanks(end);
        let figures: usize = page.rest(next).chars().take(7).take_while(|c| digit(*c).is_some() || *c == '/').map(char::len_utf8).sum();
        let phrase = page.rules.begins_with(page.rest(next), Local::PaymentTail);
        let Some(length) = phrase.or((figures > 0).then_some(figures)) else { break };
        // Where words are not spaced, a tail may only follow directly.
        if next > end && page.after(next).is_some_and(runs_on) {
            break;
        }
        end = next + length;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::super::tests::facts;

    #[test]
    fn certificates_are_named_as_they_are_spelled() {
        let rows: [(&str, &str, &[&str]); 7] = [
            ("en", "Must have CE certification, rohs and ISO9001:2015.", &["CE", "RoHS", "ISO 9001"]),
            ("fr", "Nous souhaitons que ce produit arrive; ul est un mot.", &[]),
            ("en", "Goods will reach us; REACH report needed, model CE200", &["REACH"]),
            ("de", "Wir benötigen FSC-zertifiziertes Holz und OEKO-TEX Standard 100", &["FSC", "OEKO-TEX"]),
            ("ar", "نحتاج شهادة SASO و Halal", &["SASO", "Halal"]),
            ("ru", "Нужен сертификат EAC", &["EAC"]),
            ("zh-Hans", "需要CE和FDA认证", &["CE", "FDA"]),
        ];
        for (language, text, want) in rows {
            assert_eq!(facts(language, text).certificates, want, "{text}");
        }
    }

    #[test]
    fn payment_terms_are_kept_as_written() {
        let rows = [
            ("en", "Payment can be T/T.", Some("T/T")),
            ("en", "We pay 30% deposit, 70% against BL copy.", Some("30% deposit, 70% against BL copy")),
            ("en", "We usually do T/T 30/70 for first orders", Some("T/T 30/70")),
            ("en", "Payment by L/C at sight, please.", Some("L/C at sight")),
            ("en", "Can you offer O/A 60 days?", Some("O/A 60 days")),
            ("zh-Hans", "付款方式：30%定金，70%见提单副本", Some("30%定金，70%见提单副本")),
            ("de", "Zahlung 30% Anzahlung, Rest vor Versand", Some("30% Anzahlung")),
            ("en", "We pay with PayPal.", Some("PayPal")),
            ("en", "A discount of 30% would be good.", None),
        ];
        for (language, text, want) in rows {
            assert_eq!(facts(language, text).payment_terms.as_deref(), want, "{text}");
        }
    }
}
