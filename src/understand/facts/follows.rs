//! What stands behind a number and tells whether it counts: goods, "of the ...", a word of wanting, a measure, a mark.

use super::bare::is_paper;
use super::figures::{Figures, digit};
use super::lexicon::Use;
use super::lists::{Local, UnitKind};
use super::numbers::Number;
use super::page::{Page, is_letter, runs_on};
use rust_decimal::Decimal;

/// What stands behind a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    /// A word that can name goods.
    Goods,
    /// "of the ...": those it is taken from.
    Those,
    /// A word of wanting.
    Wish,
    /// A mark or the end of the text.
    Mark,
    /// A word that names no goods and measures nothing.
    Function,
    /// Days, watts, people.
    NoGoods,
}

/// What follows a number, times signs passed: "2x Pump".
pub(super) fn follows(page: &Page, number: &Number) -> Follows {
    let at = page.skip_blanks(number.end);
    let Some(first) = page.after(at) else { return Follows::Mark };
    // "15 din": days in Hindi, "out of" in Romanian.
    if page.rules.begins_with(page.rest(at), Local::TimeUnit).is_some() && page.language.code() != "ro" {
        return Follows::NoGoods;
    }
    if let Some(out) = page.rules.begins_with(page.rest(at), Local::OutOf).or_else(|| page.rules.begins_with(page.rest(at), Local::Of)) {
        return those(page, number, at + out);
    }
    // Arabic in Latin letters writes some of its own as figures: "500 7abbe".
    let is_arabizi = page.language.code() == "ar" && matches!(first, '2' | '3' | '5' | '6' | '7' | '9');
    if is_arabizi && page.rest(at).chars().nth(1).is_some_and(|c| c.is_ascii_lowercase()) && page.word_end(at + 1) > at + 2 {
        return Follows::Goods;
    }
    if !is_letter(first) && !matches!(first, '×') {
        return if digit(first).is_some() || matches!(first, '%' | '٪' | '°' | '/' | '+') { Follows::NoGoods } else { Follows::Mark };
    }
    let is_wish = |means| matches!(means, Use::Buying);
    let word = page.folded(at, page.word_end(at));
    let is_noun = page.rules.means(word, Local::NotProduct) || page.rules.means(word, Local::NotGoods) || is_paper(page, word);
    if !is_noun && page.hit_at(at, |means| is_wish(means).then_some(())).is_some() {
        return Follows::Wish;
    }
    if goods_behind(page, number.end).is_some() {
        return Follows::Goods;
    }
    // "550 W": a lone capital is a measure, though the small letter is a word somewhere.
    let is_symbol = word.chars().nth(1).is_none() && page.written(at, at + word.len()).chars().all(char::is_uppercase);
    if is_symbol || is_paper(page, word) {
        return Follows::NoGoods;
    }
    let is_function = [Local::Of, Local::Stop, Local::Range, Local::RangeAnd, Local::PlaceFiller].into_iter();
    let is_function = is_function.into_iter().any(|local| page.rules.begins_with(page.rest(at), local).is_some());
    let is_fact = |means| {
        matches!(means, Use::RelativeDay(_) | Use::Period | Use::Incoterm { .. } | Use::Place(_) | Use::Delivering | Use::Destination)
    };
    let is_fact = page.hit_at(at, |means| is_fact(means).then_some(())).is_some();
    let ends_goods = runs_on(first) && page.rules.separators.after_goods.contains(&page.language);
    // Two letters are no goods and measure nothing unless they are listed.
    let is_short = word.chars().nth(2).is_none() && is_letter(first) && !runs_on(first) && !page.rules.means(word, Local::NotGoods);
    if is_short || is_function || is_fact || ends_goods { Follows::Function } else { Follows::NoGoods }
}

/// "15 of the pumps", "16 z 40 lamp": no date, no share of a year.
fn those(page: &Page, number: &Number, at: usize) -> Follows {
    let next = page.skip_blanks(at);
    let Some(first) = page.after(next) else { return Follows::Mark };
    if let Some(value) = digit(first) {
        let all = Figures::read(page, next).map_or(Decimal::from(value), |figures| figures.values((true, true)).1);
        let is_share = all > number.count && !(2015..=2040).any(|year| Decimal::from(year) == all);
        return if is_share { Follows::Those } else { Follows::NoGoods };
    }
    if !is_letter(first) {
        return Follows::Mark;
    }
    let mut noun = next;
    while let Some(length) = page.rules.begins_with(page.rest(noun), Local::Article).filter(|_| !runs_on(first)) {
        noun = page.skip_blanks(noun + length);
    }
    let is_time = page
        .hit_at(noun, |means| {
            matches!(means, Use::Month(_) | Use::Weekday(_) | Use::Period | Use::RelativeDay(_) | Use::Place(_)).then_some(())
        })
        .is_some();
    let is_word = page.rules.begins_with(page.rest(noun), Local::Stop).is_some();
    let is_none =
        !is_word && [Local::NotGoods, Local::TimeUnit].into_iter().any(|local| page.rules.begins_with(page.rest(noun), local).is_some());
    if is_time || is_none || page.unit(noun).is_some_and(|(_, unit)| unit.kind == UnitKind::Measure) {
        Follows::NoGoods
    } else {
        Follows::Those
    }
}

/// Whether goods are named behind a unit: "two pieces of the model".
pub(super) fn counts_goods(page: &Page, end: usize) -> bool {
    let mut at = page.skip_blanks(end);
    if let Some(of) = page.rules.begins_with(page.rest(at), Local::Of) {
        at += of;
    }
    !page.after(page.skip_blanks(at)).is_some_and(runs_on) && goods_behind(page, at).is_some()
}

/// Where the word behind a number ends when it can name goods: "260 folding beds", "2x Pump".
pub(super) fn goods_behind(page: &Page, end: usize) -> Option<usize> {
    let mut at = page.skip_blanks(end);
    if let Some(times) = page.after(at).filter(|c| matches!(c, 'x' | '×' | 'х')) {
        let behind = at + times.len_utf8();
        let next = page.skip_blanks(behind);
        if next > behind && page.after(next).is_some_and(is_letter) {
            at = next;
        }
    }
    if at == end {
        return None;
    }
    let first = page.after(at)?;
    if !is_letter(first) || runs_on(first) {
        return None;
    }
    let word = page.word_end(at);
    let is_plain = !means_inflected(page, at, word, Local::NotGoods) && page.rules.begins_with(page.rest(at), Local::NotGoods).is_none();
    let is_function =
        [Local::Of, Local::Stop, Local::Range, Local::Per].into_iter().any(|local| page.rules.means(page.folded(at, word), local));
    // Vietnamese names goods in two letters: "xe".
    let letters_min = if page.language.code() == "vi" { 2 } else { 3 };
    let is_long = page.folded(at, word).chars().nth(letters_min - 1).is_some() || page.after(word) == Some('-');
    let is_fact = |means| {
        matches!(
            means,
            Use::Month(_)
                | Use::Weekday(_)
                | Use::RelativeDay(_)
                | Use::Period
                | Use::Incoterm { sure: true, .. }
                | Use::Place(_)
                | Use::Number(_)
                | Use::Money { sure: true, .. }
        )
    };
    let is_fact = page.hit_at(at, |means| is_fact(means).then_some(())).is_some();
    // The second word may be the one that counts no goods: "12 working days", also on the next line.
    let second = word + page.rest(word).len() - page.rest(word).trim_start_matches(['\r', '\n', ' ']).len();
    let second = page.folded(second, page.word_end(second));
    let second_plain = second.len() < 2 || !page.rules.means(second, Local::NotGoods) || page.rules.means(second, Local::Stop);
    (is_plain && !is_function && is_long && !is_fact && second_plain).then_some(end)
}

/// Whether a word has a meaning, also with an ending that its language ties to words: "30 günden".
fn means_inflected(page: &Page, at: usize, end: usize, local: Local) -> bool {
    let word = page.folded(at, end);
    let endings = page.rules.endings.get(page.language.code()).map_or(&[][..], Vec::as_slice);
    let stem_means =
        |ending: &String| word.strip_suffix(ending.as_str()).is_some_and(|stem| stem.chars().count() >= 3 && page.rules.means(stem, local));
    page.rules.means(word, local) || endings.iter().any(stem_means)
}
