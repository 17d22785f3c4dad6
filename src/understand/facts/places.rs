//! Names of ports and towns behind a trade term or a word of destination: listed ones in any language, others by their capitals.

use super::figures::digit;
use super::lexicon::Use;
use super::lists::Local;
use super::page::{Page, is_letter, runs_on};

/// A place as the mail names it, with its UN/LOCODE when it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedPlace {
    pub name: String,
    /// Where the name begins on the page.
    pub start: usize,
    pub code: Option<String>,
}

const FILLERS_MAX: usize = 6;
const WORDS_MAX: usize = 4;
const OWNER_WORDS_MAX: usize = 7;
const RUN_CHARS_MAX: usize = 8;

/// The named place behind a trade term.
pub(super) fn after_term(page: &Page, at: usize) -> Option<NamedPlace> {
    let at = skip_fillers(page, at);
    let known = known_at(page, at);
    known.or_else(|| owned(page, at)).or_else(|| capitalised(page, at)).or_else(|| uncased(page, at))
}

/// The place behind "shipping to": a listed one, one in capitals, a place of the writer's own that names a town.
pub(super) fn after_destination(page: &Page, at: usize) -> Option<NamedPlace> {
    let at = skip_fillers(page, at);
    let unlisted = || capitalised(page, at).or_else(|| uncased(page, at).filter(|place| place.name.ends_with(['港', '市'])));
    known_at(page, at).or_else(|| owned(page, at).filter(|place| place.code.is_some())).or_else(unlisted)
}

/// A listed place directly before a trade term: 宁波FOB.
pub(super) fn known_before(page: &Page, start: usize) -> Option<NamedPlace> {
    let end = page.back_blanks(start);
    page.hits_before(end).take_while(|hit| hit.end == end).find_map(|hit| listed(page, hit.start, hit.end, hit.means))
}

/// The place behind "delivered": a listed one, or one in capitals behind "to", "in" and the like.
pub(super) fn after_delivering(page: &Page, at: usize) -> Option<NamedPlace> {
    let behind = skip_fillers(page, at);
    let is_led = page.folded(at, behind).chars().any(is_letter);
    known_at(page, behind).or_else(|| capitalised(page, behind).filter(|_| is_led))
}

fn listed(page: &Page, start: usize, end: usize, means: Use) -> Option<NamedPlace> {
    let Use::Place(row) = means else { return None };
    Some(NamedPlace { name: page.written(start, end).to_owned(), start, code: page.rules.places.get(row).cloned().flatten() })
}

/// Passes "price", "to", "port of", "Incoterms 2020" and one mark between a term and its place.
fn skip_fillers(page: &Page, at: usize) -> usize {
    let mut at = page.skip_blanks(at);
    let mut marks = 0;
    for _ in 0..FILLERS_MAX {
        let rest = page.rest(at);
        if known_at(page, at).is_some() {
            break;
        } else if let Some(length) = page.rules.begins_with(rest, Local::PlaceFiller) {
            at += length;
        } else if rest.starts_with("2020") || rest.starts_with("2010") {
            at += 4;
        } else if let Some(mark) =
            rest.chars().next().filter(|c| matches!(c, ':' | '：' | '(' | '（' | ')' | '-' | '–' | ',' | '®' | '.' | '/' | '|'))
        {
            marks += 1;
            let next = page.skip_blanks(at + mark.len_utf8());
            // Behind a comma or a point a new thought begins unless a listed place stands there.
            let goes_on = !matches!(mark, ',' | '.' | '/' | '|' | ')') || known_at(page, next).is_some();
            if marks > 2 || !goes_on {
                break;
            }
            at = next;
        } else {
            break;
        }
        at = page.skip_blanks(at);
    }
    at
}

/// A listed place here; the word port behind it is part of the name.
pub(super) fn known_at(page: &Page, at: usize) -> Option<NamedPlace> {
    let (end, mut place) = page.hit_at(at, |means| listed(page, at, at, means))?;
    place.name = page.written(at, port_end(page, end)).to_owned();
    Some(place)
}

pub(super) fn port_end(page: &Page, end: usize) -> usize {
    let next = page.skip_blanks(end);
    let word_end = page.word_end(next);
    let is_port = next > end && matches!(page.folded(next, word_end), "port" | "seaport" | "harbour" | "harbor" | "airport" | "city");
    if is_port {
        return word_end;
    }
    page.rest(end).strip_prefix('港').map_or(end, |_| end + '港'.len_utf8())
}

/// "our warehouse in Lyon": up to the next mark.
fn owned(page: &Page, at: usize) -> Option<NamedPlace> {
    page.rules.begins_with(page.rest(at), Local::Owner)?;
    let mut end = at;
    for _ in 0..OWNER_WORDS_MAX {
        let next = page.skip_blanks(end);
        let word = page.word_end(next);
        let low = page.folded(next, word);
        let is_stop = next > at && page.rules.means(low, Local::Stop) && !page.rules.means(low, Local::PlaceFiller);
        if word == next || is_stop || page.hit_at(next, |means| matches!(means, Use::Incoterm { .. } | Use::Buying).then_some(())).is_some()
        {
            break;
        }
        end = word;
        if page.after(end) == Some('-') {
            end += 1;
        }
    }
    let words = page.written(at, end).split_whitespace().count();
    let inside = page.hits_from(at).take_while(|hit| hit.end <= end).find_map(|hit| listed(page, hit.start, hit.end, hit.means));
    (words >= 2).then(|| NamedPlace {
        name: page.written(at, end).trim_end_matches('-').to_owned(),
        start: at,
        code: inside.and_then(|place| place.code),
    })
}

/// Words with capitals, joined by "de", "of", "al" and the like.
fn capitalised(page: &Page, at: usize) -> Option<NamedPlace> {
    let mut end = at;
    let mut next = at;
    let mut words = 0;
    while words < WORDS_MAX {
        let word = place_word_end(page, next);
        let (written, low) = (page.written(next, word), page.folded(next, word));
        let is_capital = written.chars().next().is_some_and(char::is_uppercase);
        if is_capital && !page.rules.means(low, Local::NotPlace) && !means_else(page, next) && written.chars().count() > 1 {
            end = word;
            words += 1;
        } else if !(words > 0 && page.rules.means(low, Local::PlaceJoint)) {
            break;
        }
        next = page.skip_blanks(word);
        if next == word {
            break;
        }
    }
    let end = if end > at { port_end(page, end) } else { end };
    (end > at).then(|| NamedPlace { name: page.written(at, end).trim_end_matches(['-', '.', '\'']).to_owned(), start: at, code: None })
}

/// A word with inner hyphens and apostrophes: Saint-Nazaire, Xi'an.
fn place_word_end(page: &Page, at: usize) -> usize {
    let mut end = page.word_end(at);
    while let Some(mark) = page.after(end).filter(|c| matches!(c, '-' | '\'' | '’')) {
        let behind = end + mark.len_utf8();
        if end == at || !page.after(behind).is_some_and(is_letter) {
            break;
        }
        end = page.word_end(behind);
    }
    end
}

/// Months, days, terms, money and asking words are no names.
fn means_else(page: &Page, at: usize) -> bool {
    let names = |means| {
        matches!(
            means,
            Use::Month(_)
                | Use::Weekday(_)
                | Use::RelativeDay(_)
                | Use::Incoterm { .. }
                | Use::Buying
                | Use::QuantityLabel
                | Use::Payment
                | Use::Period
                | Use::Money { sure: true, .. }
        )
    };
    page.hit_at(at, |means| names(means).then_some(())).is_some()
}

/// A name in a script without capitals: one word, or a short run of characters.
fn uncased(page: &Page, at: usize) -> Option<NamedPlace> {
    let first = page.after(at).filter(|c| is_letter(*c) && !c.is_lowercase() && !c.is_uppercase())?;
    let end = if runs_on(first) && !matches!(first, '\u{ac00}'..='\u{d7af}') {
        let is_name = |c: &char| runs_on(*c) && !ENDS_NAME.contains(*c) && digit(*c).is_none();
        let run: usize = page.rest(at).chars().take(RUN_CHARS_MAX).take_while(is_name).map(char::len_utf8).sum();
        at + run
    } else {
        page.word_end(at)
    };
    let (name, low) = (page.written(at, end), page.folded(at, end));
    let is_word = page.rules.means(low, Local::NotPlace) || page.rules.means(low, Local::Stop) || means_else(page, at);
    (name.chars().count() >= 2 && !is_word).then(|| NamedPlace { name: name.to_owned(), start: at, code: None })
}

/// Characters that begin what follows a name in Chinese and Japanese.
const ENDS_NAME: &str = "的价價报報条條で のにへをはまかと以和与或请請及貿贸我你您贵貴最交付多少吗嗎是，。";
