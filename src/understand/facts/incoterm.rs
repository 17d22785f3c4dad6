//! The trade term and its named place; a destination named without a term gives the place alone.

use super::Found;
use super::bound;
use super::lexicon::{Hit, Use};
use super::lists::Local;
use super::page::{Page, runs_on};
use super::places::{self, NamedPlace};
use super::quantities::Wanted;
use crate::types::Incoterm;

/// Who carries the goods how far.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    pub term: Option<Found<Incoterm>>,
    pub place: Option<NamedPlace>,
}

/// Terms tried before giving up on finding one with a place.
const TERMS_MAX: usize = 40;

/// Finds the first term that names a place, else the first term, else a plain destination.
pub(super) fn find(page: &Page, wanted: &[Wanted]) -> Delivery {
    let mut delivery = Delivery::default();
    for hit in page.hits.iter().filter(|hit| matches!(hit.means, Use::Incoterm { .. })).take(TERMS_MAX) {
        let Use::Incoterm { term, sure } = hit.means else { continue };
        let place = places::after_term(page, hit.end).or_else(|| places::known_before(page, hit.start));
        if !is_meant(page, hit, sure, place.as_ref()) {
            continue;
        }
        let term = Some(Found { what: term, start: hit.start, end: hit.end });
        if place.is_some() {
            return Delivery { term, place };
        }
        delivery.term = delivery.term.or(term);
    }
    let mut destinations = page.hits.iter().filter(|hit| hit.means == Use::Destination).take(TERMS_MAX);
    delivery.place = destinations.find_map(|hit| places::after_destination(page, hit.end)).or_else(|| bound::find(page, wanted));
    delivery
}

/// `FOB` in capitals is a term; `fob`, `dap` or `des` in small letters only with a port, the word price, "or" or a mark behind it.
fn is_meant(page: &Page, hit: &Hit, sure: bool, place: Option<&NamedPlace>) -> bool {
    let written = page.written(hit.start, hit.end);
    let is_code = written.chars().filter(|c| c.is_alphabetic()).count() <= 5 && !written.chars().any(runs_on);
    let has_case = written.chars().any(|c| c.is_lowercase() || c.is_uppercase());
    let is_capital = !has_case || !written.chars().any(char::is_lowercase);
    let known = place.is_some_and(|place| place.code.is_some());
    if !sure {
        return known || (has_case && is_capital && place.is_some());
    }
    if is_capital || !is_code || known {
        return true;
    }
    let next = page.skip_blanks(hit.end);
    let word = page.folded(next, page.word_end(next));
    if page.rules.means(word, Local::PlaceFiller) && word.chars().count() > 3 {
        return true;
    }
    // The rest are words somewhere: a name in capitals, the end of the thought or, behind those that are none, a small word must follow.
    let ends = page.after(next).is_none_or(|c| matches!(c, '\n' | '\r' | ',' | '?' | '/' | ')'));
    let is_small_word =
        || [Local::Stop, Local::RangeAnd, Local::Per, Local::PlaceFiller].into_iter().any(|local| page.rules.means(word, local));
    let is_no_word = !matches!(written, "dap" | "fob");
    ends || place.is_some() || (is_no_word && (is_small_word() || page.after(next) == Some('.')))
}

#[cfg(test)]
mod tests {
    use super::super::tests::facts;
    use crate::types::Incoterm;

    #[test]
    fn a_term_is_read_with_its_place_in_any_language() {
        let rows = [
            ("en", "Please quote FOB Shenzhen.", Incoterm::Fob, Some("Shenzhen"), Some("CNSZX")),
            ("en", "Kindly offer CFR Jebel Ali Port.", Incoterm::Cfr, Some("Jebel Ali Port"), Some("AEJEA")),
            ("en", "We buy CIF to Port of Santos (Incoterms 2020).", Incoterm::Cif, Some("Santos"), Some("BRSSZ")),
            ("en", "Terms DAP our warehouse in Lyon, please.", Incoterm::Dap, Some("our warehouse in Lyon"), Some("FRLIO")),
            ("en", "what is your cif hamburg price?", Incoterm::Cif, Some("hamburg"), Some("DEHAM")),
            ("en", "Incoterms® 2020: FCA (Ho Chi Minh City)", Incoterm::Fca, Some("Ho Chi Minh City"), Some("VNSGN")),
            ("zh-Hans", "请报FOB宁波价，谢谢", Incoterm::Fob, Some("宁波"), Some("CNNGB")),
            ("zh-Hans", "请报到岸价汉堡", Incoterm::Cif, Some("汉堡"), Some("DEHAM")),
            ("ru", "Просим цену на условиях CIF Новороссийск.", Incoterm::Cif, Some("Новороссийск"), Some("RUNVS")),
            ("de", "Bitte bieten Sie frei Haus an, DDP Stuttgart.", Incoterm::Ddp, Some("Stuttgart"), Some("DESTR")),
            ("es", "Cotizar CIF puerto de Callao.", Incoterm::Cif, Some("Callao"), Some("PECLL")),
            ("fr", "Merci de coter en CIF Le Havre.", Incoterm::Cif, Some("Le Havre"), Some("FRLEH")),
            ("pt", "Preço CIF porto de Santos, por favor.", Incoterm::Cif, Some("Santos"), Some("BRSSZ")),
            ("ar", "نرجو السعر CIF ميناء جدة", Incoterm::Cif, Some("جدة"), Some("SAJED")),
            ("ja", "CIF横浜でお見積りください。", Incoterm::Cif, Some("横浜"), Some("JPYOK")),
            ("it", "Prezzo franco fabbrica, grazie.", Incoterm::Exw, None, None),
            ("en", "CNF Chittagong, old name and all", Incoterm::Cfr, Some("Chittagong"), Some("BDCGP")),
        ];
        for (language, text, term, place, code) in rows {
            let found = facts(language, text);
            assert_eq!(found.incoterm, Some(term), "{text}");
            assert_eq!((found.place.as_deref(), found.place_code.as_deref()), (place, code), "{text}");
        }
    }

    #[test]
    fn ordinary_words_are_no_terms() {
        let rows = [
            ("en", "The fob of the car key is broken."),
            ("en", "We exw nothing and dap hands."),
            ("fr", "Merci pour des prix et des photos."),
            ("es", "Nos des una respuesta; mas fas no."),
            ("de", "Das dat nicht gut."),
        ];
        for (language, text) in rows {
            assert_eq!(facts(language, text).incoterm, None, "{text}");
        }
    }

    #[test]
    fn the_term_with_a_place_goes_before_one_without() {
        let found = facts("en", "Do you also sell FOB? We would need CIF Mombasa.");
        assert_eq!((found.incoterm, found.place_code.as_deref()), (Some(Incoterm::Cif), Some("KEMBA")));
    }

    #[test]
    fn a_destination_gives_the_place_without_a_term() {
        let rows = [
            ("en", "Please include shipping to Hamburg port.", "Hamburg port", Some("DEHAM")),
            ("ru", "Нужны трубы с доставкой до Екатеринбурга.", "Екатеринбурга", None),
            ("de", "Ziel: Rotterdam", "Rotterdam", Some("NLRTM")),
            ("zh-Hans", "目的港：洛杉矶", "洛杉矶", Some("USLAX")),
            ("fr", "Livraison à Marseille.", "Marseille", Some("FRMRS")),
            ("vi", "giao tại cảng Hải Phòng", "Hải Phòng", Some("VNHPH")),
        ];
        for (language, text, place, code) in rows {
            let found = facts(language, text);
            assert_eq!((found.place.as_deref(), found.place_code.as_deref()), (Some(place), code), "{text}");
            assert_eq!(found.incoterm, None, "{text}");
        }
        for text in ["Delivery to us by Friday.", "Please ship to the address below.", "Shipping to be arranged."] {
            assert_eq!(facts("en", text).place, None, "{text}");
        }
        assert_eq!(facts("de", "Lieferung nach Absprache.").place, None);
    }
}
