//! Numbers of papers and shipments: behind their labels in any language, by their usual beginnings (PO-, INV-), containers by the
//! check digit of ISO 6346, air waybills, parcels and registered letters by theirs.

use super::containers;
use super::figures::digit;
use super::lexicon::Use;
use super::page::Page;
use super::shipments;

/// The number of a paper or a shipment, without its label, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub start: usize,
    pub end: usize,
    pub number: String,
}

const REFERENCES_MAX: usize = 20;
const LABEL_GAP_MAX: usize = 16;
const CODE_BYTES_MAX: usize = 32;

/// Finds references in order of their place, each number once.
pub(super) fn find(page: &Page) -> Vec<Reference> {
    let labelled =
        page.hits.iter().filter(|hit| hit.means == Use::Reference).filter_map(|hit| behind_label(page, hit.end)).take(REFERENCES_MAX * 4);
    let mut found: Vec<Reference> = labelled.collect();
    found.extend(codes(page).filter(|code| is_reference(&code.number)).take(REFERENCES_MAX * 4));
    found.sort_by_key(|reference| (reference.start, std::cmp::Reverse(reference.end)));
    let mut kept: Vec<Reference> = Vec::new();
    for reference in found {
        if kept.len() < REFERENCES_MAX && !kept.iter().any(|known| known.number == reference.number || known.end > reference.start) {
            kept.push(reference);
        }
    }
    kept
}

/// The number behind "PO", "Invoice No.", 订单号.
fn behind_label(page: &Page, end: usize) -> Option<Reference> {
    let marks = |c: &char| {
        c.is_whitespace() && *c != '\n'
            || matches!(c, '.' | ':' | '：' | '#' | '№' | '-' | '–' | '(' | '（' | '"' | '\'' | '“' | '«' | '=' | '/' | 'º' | '°')
    };
    let gap: usize = page.rest(end).chars().take(LABEL_GAP_MAX).take_while(marks).map(char::len_utf8).sum();
    let start = end + gap;
    let code = code_at(page, start)?;
    let figures = code.number.chars().filter(|c| digit(*c).is_some()).count();
    let has_letters = code.number.chars().any(|c| c.is_ascii_alphabetic());
    // "order 500 pcs" is a quantity: bare figures must be many, or nothing that is counted may follow.
    let unit = page.unit(page.skip_blanks(code.end)).is_some();
    if containers::size(page, start).is_some() {
        return None;
    }
    // "our order 1000 lamps": a round number before a word counts what the word names.
    let counts_goods = code.number.ends_with("000") && page.rest(page.skip_blanks(code.end)).starts_with(char::is_alphabetic);
    let begins_small = page.written(start, code.end).chars().next().is_some_and(char::is_lowercase);
    let enough = if has_letters { figures >= 2 && code.number.len() >= 4 && !begins_small } else { figures >= 3 && !unit && !counts_goods };
    enough.then_some(code)
}

/// Letters, figures and inner marks from here on.
fn code_at(page: &Page, start: usize) -> Option<Reference> {
    let part = |c: &char| c.is_ascii_alphanumeric() || digit(*c).is_some() || matches!(c, '-' | '/' | '_' | '.');
    let length: usize = page.rest(start).chars().take_while(part).take(CODE_BYTES_MAX + 1).map(char::len_utf8).sum();
    let end = start + page.folded(start, start + length).trim_end_matches(['-', '/', '_', '.']).len();
    (length <= CODE_BYTES_MAX && end > start).then(|| Reference { start, end, number: page.written(start, end).to_owned() })
}

/// Every run of letters and figures that has both, or figures joined by hyphens.
pub(super) fn codes<'p>(page: &'p Page) -> impl Iterator<Item = Reference> + 'p {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let figure = at + page.rest(at).find(|c: char| c.is_ascii_digit())?;
            let tied = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_') || matches!(c, 'а'..='я' | 'ё');
            let front = page.front(figure).get(at..).unwrap_or("").chars().rev().take(CODE_BYTES_MAX).take_while(tied);
            let mut start = figure - front.map(char::len_utf8).sum::<usize>();
            let run = page.rest(figure).chars().take(CODE_BYTES_MAX + 1).take_while(tied);
            let stop = figure + run.map(char::len_utf8).sum::<usize>();
            start += page.folded(start, figure).len() - page.folded(start, figure).trim_start_matches(['-', '/', '_']).len();
            let end = start + page.folded(start, stop).trim_end_matches(['-', '/', '_']).len();
            at = stop.max(figure + 1);
            if end > start && end - start <= CODE_BYTES_MAX {
                return Some(Reference { start, end, number: page.written(start, end).to_owned() });
            }
        }
    })
}

/// A paper by its usual beginning, a container, an air waybill.
pub(super) fn is_reference(code: &str) -> bool {
    shipments::is_proved(code) || has_paper_prefix(code) || is_of_carrier(code) || is_dated_number(code)
}

/// A paper's number with its year or month in it: `EG-2026-31`, `BR-Q-2611-09`. No model is numbered so.
fn is_dated_number(code: &str) -> bool {
    let mut groups = code.rsplit('-');
    let (Some(serial), Some(date), Some(opener)) = (groups.next(), groups.next(), groups.next()) else { return false };
    let is_figures = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let is_date = || {
        let Some((year, month)) = date.split_at_checked(2).filter(|_| date.len() == 4) else { return false };
        let is_month = |text: &str| text.parse().is_ok_and(|month: u32| (1..=12).contains(&month));
        let is_year = |text: &str| text.parse().is_ok_and(|year: u32| (15..=40).contains(&year));
        (year == "20" && is_year(month)) || (is_year(year) && is_month(month))
    };
    is_figures(serial) && (2..=6).contains(&serial.len()) && is_figures(date) && is_date() && opener.chars().all(|c| c.is_ascii_uppercase())
}

/// A booking or bill of lading of a carrier: its four letters, then seven to twelve figures; a container's letter in the fourth place
/// without the right check digit is a misspelled container.
fn is_of_carrier(code: &str) -> bool {
    let Some((carrier, number)) = code.split_at_checked(4) else { return false };
    let is_box = carrier.ends_with(['U', 'J', 'Z']) && number.len() == 7;
    carrier.bytes().all(|b| b.is_ascii_uppercase())
        && (7..=12).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && !is_box
}

const PREFIXES: [&str; 19] =
    ["PO", "PI", "CI", "SO", "INV", "BL", "HBL", "MBL", "AWB", "HAWB", "QT", "QTN", "RFQ", "SC", "ORD", "RMA", "CN", "DN", "PUR"];

fn has_paper_prefix(code: &str) -> bool {
    let Some((prefix, number)) = code.split_once(['-', '/', '_']) else { return false };
    let figures_min = if matches!(prefix, "PO" | "INV") { 3 } else { 4 };
    PREFIXES.contains(&prefix) && number.chars().filter(char::is_ascii_digit).count() >= figures_min
}

#[cfg(test)]
mod tests {
    use super::super::tests::facts;

    #[test]
    fn numbers_of_papers_are_found_behind_their_labels() {
        let rows: [(&str, &str, &[&str]); 14] = [
            ("en", "Our PO 4500012345 and PI no. PI-2026-118", &["4500012345", "PI-2026-118"]),
            ("en", "Any news on PO-3317?", &["PO-3317"]),
            ("en", "invoice 613 is overdue, order no. 77812", &["613", "77812"]),
            ("en", "Container CSQU3054383, AWB 157-12345675", &["CSQU3054383", "157-12345675"]),
            ("en", "We order 500 pcs of model AX-11.", &[]),
            ("ru", "№ заказа 12345, счёт № 778", &["12345", "778"]),
            ("zh-Hans", "订单号：SO20261102", &["SO20261102"]),
            ("de", "Auftrag Nr. 88123 und Rechnung RE-2026-77", &["88123", "RE-2026-77"]),
            ("pt", "Pedido n.º 4471", &["4471"]),
            ("es", "Factura Nº 00123", &["00123"]),
            ("fr", "commande n° 7781", &["7781"]),
            ("it", "ordine n. 5512", &["5512"]),
            ("ja", "注文番号 A-10293", &["A-10293"]),
            ("ar", "رقم الطلب 55123", &["55123"]),
        ];
        for (language, text, want) in rows {
            assert_eq!(facts(language, text).references, want, "{text}");
        }
    }
}
