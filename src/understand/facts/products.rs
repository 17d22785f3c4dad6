//! Names and codes of the goods: beside a quantity, behind "quotation for" and its like, in the subject. Rather none than a wrong one.

use super::containers;
use super::figures::digit;
use super::goods_rows;
use super::lexicon::Use;
use super::lists::{FactRules, Local};
use super::page::{Page, is_blank, is_letter, runs_on};
use super::quantities::Wanted;
use super::references::{self, Reference};
use super::{Found, Product};
use crate::types::{Language, Quantity};

const PRODUCTS_MAX: usize = 20;
const ASKED_MAX: usize = 3;
const NAME_WORDS_MAX: usize = 8;
const NAME_CHARS_MAX: usize = 60;

/// Finds the goods of a page.
pub(super) fn find(page: &Page, wanted: &[Wanted], references: &[Reference]) -> Vec<Found<Product>> {
    let mut names: Vec<Named> = (0..wanted.len()).filter_map(|index| counted(page, index, wanted)).collect();
    if names.is_empty() {
        let asked = page.hits.iter().filter(|hit| hit.means == Use::Asking).take(PRODUCTS_MAX);
        let asked = asked.filter_map(|hit| before_quantity(page, name_at(page, hit.end)?, wanted)).take(ASKED_MAX);
        names.extend(asked.map(|(start, end)| Named { start, end, quantity: None }));
    }
    let is_taken = |code: &Reference| {
        references.iter().any(|known| known.start < code.end && code.start < known.end)
            || wanted.iter().any(|known| known.start < code.end && code.start < known.end)
    };
    let mut codes: Vec<Reference> =
        references::codes(page).filter(|code| is_model(page, code) && !is_taken(code)).take(PRODUCTS_MAX).collect();
    let mut products = Vec::new();
    for Named { start, end, quantity } in names {
        let sku = codes.iter().position(|code| start <= code.start && code.end <= end).map(|row| codes.remove(row).number);
        push(&mut products, Found { what: Product { name: Some(page.written(start, end).to_owned()), sku, quantity }, start, end });
    }
    for code in codes {
        let (start, end) = (code.start, code.end);
        push(&mut products, Found { what: Product { name: None, sku: Some(code.number), quantity: None }, start, end });
    }
    products
}

/// Where goods are named, and how many of them when that stands beside the name.
struct Named {
    start: usize,
    end: usize,
    quantity: Option<Quantity>,
}

/// The goods a quantity counts: behind it, or before it in a row of a list. A row begins with its goods, and what follows the figure
/// there is a price or a colour, unless an "of" says otherwise.
fn counted(page: &Page, index: usize, wanted: &[Wanted]) -> Option<Named> {
    let this = wanted.get(index)?;
    let row = goods_rows::before(page, index, wanted);
    let front = || row.and_then(|row| row_name(page, row.start, row.end));
    let behind = || name_at(page, this.end).filter(|_| this.names_goods);
    let says_of = page.rules.begins_with(page.rest(page.skip_blanks(this.end)), Local::Of).is_some();
    let is_row = row.is_some_and(|row| row.is_sure) && !says_of;
    let (start, end) = if is_row { front().or_else(behind) } else { behind().or_else(front) }?;
    Some(Named { start, end, quantity: Some(this.quantity.clone()) })
}

/// The goods a row begins with; "60x60 LED panel" may begin with its size.
fn row_name(page: &Page, start: usize, end: usize) -> Option<(usize, usize)> {
    let end = name_end(page, start).min(end);
    let trail = |c: char| c.is_whitespace() || matches!(c, '-' | '–' | '—' | 'x' | '×' | '*' | '/' | '"' | '“');
    let end = without_tail(page, start, start + page.folded(start, end).trim_end_matches(trail).len());
    is_name(page, start, end).then_some((start, end))
}

/// A name ends where a quantity begins: "steel pipes 200 pcs".
fn before_quantity(page: &Page, (start, end): (usize, usize), wanted: &[Wanted]) -> Option<(usize, usize)> {
    let Some(cut) = wanted.iter().map(|wanted| wanted.start).find(|cut| (start..end).contains(cut)) else { return Some((start, end)) };
    let name = page.folded(start, cut).trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | 'x'));
    (name.chars().filter(|c| is_letter(*c)).count() >= 3).then_some((start, start + name.len()))
}

fn push(products: &mut Vec<Found<Product>>, product: Found<Product>) {
    let new = &product.what;
    let is_known = |known: &Found<Product>| known.what.sku == new.sku && (new.name.is_none() || known.what.name == new.name);
    if products.len() < PRODUCTS_MAX && !products.iter().any(is_known) {
        products.push(product);
    }
}

/// A subject that is a name with a word of asking around it: "Inquiry LED panel lights", "智能手表 询盘".
pub(super) fn whole_title(subject: &str, language: Language, rules: &FactRules) -> Vec<Product> {
    let page = Page::read(subject, language, rules);
    if page.hits.iter().any(|hit| hit.means == Use::Reference) {
        return Vec::new();
    }
    let asking = page.hits.iter().find(|hit| matches!(hit.means, Use::Buying | Use::Asking));
    let Some(asking) = asking else { return Vec::new() };
    let behind = name_at(&page, asking.end);
    let front = || {
        let title = page.front(asking.start);
        let start = title.rfind([':', '：']).map_or(0, |at| at + page.after(at).map_or(1, char::len_utf8));
        let (from, to) = name_at(&page, start)?;
        (to <= asking.start).then_some((from, to))
    };
    let found = behind.or_else(front);
    found.map(|(start, end)| Product { name: Some(page.written(start, end).to_owned()), ..Product::default() }).into_iter().collect()
}

/// The name of goods that begins here, "of" and articles passed.
fn name_at(page: &Page, at: usize) -> Option<(usize, usize)> {
    let mut start = page.skip_blanks(at);
    for _ in 0..4 {
        let rest = page.rest(start);
        let passed = page.rules.begins_with(rest, Local::Of).or_else(|| page.rules.begins_with(rest, Local::Article));
        let elided = ["d'", "d’", "l'", "l’"].into_iter().find(|mark| rest.starts_with(mark)).map(str::len);
        let mark = rest
            .chars()
            .next()
            .filter(|c| matches!(c, ':' | '：' | '"' | '“' | '-' | '–' | 'x' | '×' | '*') && rest.chars().nth(1).is_some_and(is_blank));
        let Some(length) = elided.or(passed).or(mark.map(char::len_utf8)) else { break };
        start = page.skip_blanks(start + length);
    }
    start += arabic_for(page, start);
    let end = name_end(page, start);
    let end =
        start + page.written(start, end).trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '–' | '/' | '"' | '“')).len();
    let end = without_tail(page, start, end);
    let name = page.folded(start, end);
    if name.starts_with('/') || name.chars().next().is_some_and(|c| digit(c).is_some()) {
        return None;
    }
    is_name(page, start, end).then_some((start, end))
}

/// Whether these words can be goods: letters enough, and none of the words that are no goods.
fn is_name(page: &Page, start: usize, end: usize) -> bool {
    let name = page.folded(start, end);
    let letters = name.chars().filter(|c| is_letter(*c)).count();
    let enough = if name.chars().any(runs_on) { letters >= 2 } else { letters >= 3 };
    let first = page.folded(start, page.word_end(start));
    let is_none = [Local::NotProduct, Local::NotGoods, Local::TimeUnit, Local::Per]
        .into_iter()
        .any(|local| page.rules.means(first, local) || page.rules.means(name, local));
    let is_fact = |means| matches!(means, Use::Money { .. } | Use::Certificate(_));
    let begins_fact = page.hit_at(start, |means| is_fact(means).then_some(())).is_some();
    let begins_paper = page.written(start, end).split_whitespace().next().is_some_and(references::is_reference);
    enough && !is_none && !begins_fact && !begins_paper
}

/// Without a dangling "of" and its figure at the end: "paneles solares de 550".
fn without_tail(page: &Page, start: usize, end: usize) -> usize {
    let mut end = end;
    for _ in 0..3 {
        let name = page.folded(start, end).trim_end();
        let Some((front, last)) = name.rsplit_once(' ') else { return start + name.len() };
        let behind_of = front.rsplit(' ').next().is_some_and(|word| page.rules.means(word, Local::Of));
        let is_dangling = page.rules.means(last, Local::Of) || (behind_of && last.chars().all(|c| digit(c).is_some()));
        if !is_dangling {
            return start + name.len();
        }
        end = start + front.len();
    }
    end
}

/// Arabic writes "for" as one with the word: لأجهزة.
fn arabic_for(page: &Page, start: usize) -> usize {
    let mut letters = page.rest(start).chars();
    let is_for = letters.next() == Some('ل') && letters.next().is_some_and(|c| matches!(c, 'ا' | 'م' | 'ت' | 'ب' | 'س' | 'ش' | 'ح'));
    if is_for && page.folded(start, page.word_end(start)).chars().count() >= 5 { 'ل'.len_utf8() } else { 0 }
}

/// Where a name ends: at a mark, a word that opens another thought, or after eight words.
fn name_end(page: &Page, start: usize) -> usize {
    let mut at = start;
    let mut words = 0;
    let mut chars = 0;
    while let Some(c) = page.after(at) {
        chars += 1;
        if chars > NAME_CHARS_MAX || ends_name(page, at, c) {
            break;
        }
        let opens_word = at == start || page.before(at).is_some_and(|b| is_blank(b) || b == '(') || runs_on(c);
        if opens_word {
            words += usize::from(!runs_on(c));
            // A name may begin with a character that elsewhere ends one: 和纸, 有机棉.
            let stop_length_min = if at == start && runs_on(c) { c.len_utf8() + 1 } else { 1 };
            let stops =
                page.rules.begins_with(page.rest(at), Local::Stop).is_some_and(|length| length >= stop_length_min) && !is_measure(page, at);
            if words > NAME_WORDS_MAX || stops || opens_fact(page, at) {
                break;
            }
        }
        at += c.len_utf8();
    }
    at
}

/// "36 W" is a property; only elsewhere is "w" a word, Polish for "in".
fn is_measure(page: &Page, at: usize) -> bool {
    let word = page.folded(at, page.word_end(at));
    word.len() == 1 && page.rules.means(word, Local::NotGoods) && page.before(page.back_blanks(at)).is_some_and(|c| digit(c).is_some())
}

fn ends_name(page: &Page, at: usize, c: char) -> bool {
    match c {
        ',' | '.' => page.after(at + 1).is_none_or(|next| digit(next).is_none()),
        '#' | '\n' | '\r' | ';' | ':' | '!' | '?' | '(' | ')' | '=' | '|' | '"' | '”' | '«' | '»' | '$' | '{' | '}' | '<' | '>' => true,
        '，' | '。' | '、' | '；' | '：' | '？' | '！' | '（' | '）' | '“' | '،' | '؟' => true,
        '-' | '–' | '—' => page.before(at).is_some_and(is_blank) && page.after(at + c.len_utf8()).is_some_and(is_blank),
        _ => false,
    }
}

/// A trade term, a destination, money or a time: no name goes over it.
fn opens_fact(page: &Page, at: usize) -> bool {
    let opens = |means| {
        matches!(
            means,
            Use::Incoterm { sure: true, .. }
                | Use::Destination
                | Use::QuantityLabel
                | Use::Payment
                | Use::Target
                | Use::Buying
                | Use::Asking
                | Use::Minimum
        )
    };
    page.hit_at(at, |means| opens(means).then_some(())).is_some()
}

/// A code of goods: behind "model" or "SKU", or capitals with figures that are no property, standard, container or size.
fn is_model(page: &Page, code: &Reference) -> bool {
    let letters = code.number.chars().filter(|c| c.is_alphabetic()).count();
    let figures = code.number.chars().filter(char::is_ascii_digit).count();
    let is_labelled = page
        .hits_before(code.start)
        .next()
        .is_some_and(|hit| hit.means == Use::Model && page.folded(hit.end, code.start).chars().all(|c| !c.is_alphanumeric() && c != '\n'));
    if is_labelled {
        return figures >= 4
            || (figures > 0 && letters > 0 && letters + figures >= 3)
            || (figures >= 3 && code.number.contains(['-', '.']));
    }
    let is_month = page.hit_at(code.start, |means| matches!(means, Use::Month(_)).then_some(())).is_some();
    let shaped = !is_month && letters >= 1 && figures >= 2 && letters + figures >= 4 && code.number.starts_with(char::is_uppercase);
    let is_small = code.number.chars().any(char::is_lowercase);
    let is_joined = code.number.contains('-') && !code.number.contains('/');
    let opener: String = code.number.chars().take_while(|c| c.is_alphabetic()).collect();
    let is_property =
        page.rules.means(&opener.to_lowercase(), Local::NotBefore) || page.rules.means(&opener.to_lowercase(), Local::NotGoods);
    let touches_sign = page.before(code.start).is_some_and(|c| matches!(c, '@' | '.' | ':' | '#' | '+' | '=' | '_'))
        || page.after(code.end).is_some_and(|c| matches!(c, '@' | '_' | '='))
        || page.rest(code.end).starts_with("://");
    shaped
        && !is_small
        && !is_property
        && !touches_sign
        && (is_joined || letters >= 2 && figures >= 2)
        && containers::size(page, code.start).is_none()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{facts, facts_with_subject};

    fn names(language: &str, text: &str) -> Vec<String> {
        facts(language, text).products.into_iter().filter_map(|product| product.name).collect()
    }

    #[test]
    fn goods_are_named_behind_a_quantity() {
        let rows: [(&str, &str, &[&str]); 10] = [
            ("en", "Please quote 5,000 pcs of LED panel lights for our shop.", &["LED panel lights"]),
            ("en", "- 50 units of garden chairs\n- 20 sets of tea tables", &["garden chairs", "tea tables"]),
            ("de", "Wir benötigen 300 Stück Gartenstühle bis Mai.", &["Gartenstühle"]),
            ("es", "Necesito 300 unidades de sillas plegables, gracias.", &["sillas plegables"]),
            ("fr", "Merci de coter 40 cartons de vis inox.", &["vis inox"]),
            ("pt", "Preciso de 80 peças de válvulas.", &["válvulas"]),
            ("ru", "Нужно 40 штук масляных фильтров.", &["масляных фильтров"]),
            ("zh-Hans", "我们需要20台注塑机，请报价", &["注塑机"]),
            ("it", "Vorremmo 60 pezzi di lampade da tavolo.", &["lampade da tavolo"]),
            ("tr", "200 adet akrilik levha istiyoruz", &["akrilik levha"]),
        ];
        for (language, text, want) in rows {
            assert_eq!(names(language, text), want, "{text}");
        }
    }

    #[test]
    fn goods_of_a_list_are_named_before_their_quantity() {
        type Row<'a> = (&'a str, &'a str, &'a [(&'a str, u32)]);
        let rows: [Row<'_>; 8] = [
            (
                "en",
                "Please quote:\n\n1. LED panel light 60x60 cm, 40W - 2,000 pcs\n2. LED panel light 30x120 cm, 40W - 800 pcs",
                &[("LED panel light 60x60 cm", 2000), ("LED panel light 30x120 cm", 800)],
            ),
            ("tr", "Fiyat rica ederiz:\n1) 60x60 LED panel, 40W - 3.000 adet", &[("60x60 LED panel", 3000)]),
            ("ru", "Просим цены:\n1. Прожектор 150 Вт, IP66, 5000 К - 600 шт.", &[("Прожектор 150 Вт", 600)]),
            ("zh-Hans", "请报价：\n1、LED筒灯 12W，开孔150mm，数量3000个", &[("LED筒灯 12W", 3000)]),
            ("ja", "お見積りください。\n  LEDドライバー 40W\n  数量: 5,000個", &[("LEDドライバー 40W", 5000)]),
            ("vi", "Nhờ báo giá:\n- Đèn đường LED 120W, IP66: 700 bộ", &[("Đèn đường LED 120W", 700)]),
            ("fr", "Merci de coter :\n- 40 réglettes LED 36 W, 120 cm", &[("réglettes LED 36 W", 40)]),
            ("en", "Our need:\n- 50 units of garden chairs", &[("garden chairs", 50)]),
        ];
        for (language, text, want) in rows {
            let found = facts(language, text).products;
            let found: Vec<_> = found.iter().map(|p| (p.name.as_deref().unwrap_or(""), p.quantity.as_ref().map(|q| q.value))).collect();
            let want: Vec<_> = want.iter().map(|(name, count)| (*name, Some(rust_decimal::Decimal::from(*count)))).collect();
            assert_eq!(found, want, "{text}");
        }
    }

    #[test]
    fn running_text_before_a_quantity_names_no_goods() {
        assert_eq!(names("en", "Our warehouse still holds\n500 pcs."), Vec::<String>::new());
        assert_eq!(names("pt", "O preço de USD 58,00 ficou alto. Fechamos 1.200 peças."), Vec::<String>::new());
        assert_eq!(names("en", "- Delivery in two lots\nThank you, 500 pcs are fine."), Vec::<String>::new());
    }

    #[test]
    fn goods_are_named_behind_words_of_asking() {
        let rows: [(&str, &str, &[&str]); 7] = [
            ("en", "We are interested in your solar street lamps. Please send a catalogue.", &["solar street lamps"]),
            ("en", "Looking for a supplier of bamboo flooring.", &["bamboo flooring"]),
            ("en", "We are interested in working with you.", &[]),
            ("en", "I look forward to your quotation.", &[]),
            ("ru", "Прошу выслать коммерческое предложение на дизельные генераторы.", &["дизельные генераторы"]),
            ("sv", "Vi önskar en offert på stålbalkar.", &["stålbalkar"]),
            ("de", "Bitte senden Sie uns ein Angebot für Kugellager.", &["Kugellager"]),
        ];
        for (language, text, want) in rows {
            assert_eq!(names(language, text), want, "{text}");
        }
    }

    #[test]
    fn codes_of_goods_are_kept_apart_from_other_codes() {
        let skus = |text: &str| facts("en", text).products.into_iter().filter_map(|product| product.sku).collect::<Vec<_>>();
        assert_eq!(skus("Please quote KTL-410 and ДВК160М6."), ["KTL-410", "ДВК160М6"]);
        assert_eq!(skus("Item no. 77-120 please"), ["77-120"]);
        assert_eq!(skus("IP65, ISO9001, 2x40HQ, PO-3317, 256GB, MAY-2026"), Vec::<String>::new());
    }

    #[test]
    fn the_subject_names_the_goods_when_the_text_does_not() {
        let found = facts_with_subject("en", "Inquiry for ceramic tiles", "Dear Sirs, please send us your best price.");
        assert_eq!(found.products.first().and_then(|product| product.name.as_deref()), Some("ceramic tiles"));
    }
}
