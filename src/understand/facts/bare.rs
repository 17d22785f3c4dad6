//! Bare numbers: before goods, as most people write who ask for something ("260 folding beds"), before those they are taken from
//! ("15 of the pumps"), and beside a word of wanting ("90 chahiye"). Where somebody plainly buys in the same sentence a noun behind
//! the number is enough; elsewhere the number must not look like part of a name, an address or a telephone number.

use super::figures::digit;
use super::follows::{Follows, follows, goods_behind};
use super::labels;
use super::lexicon::Use;
use super::lists::{Local, UnitKind};
use super::numbers::{Number, Shape};
use super::page::{Page, is_letter};
use super::quantities::{Wanted, is_minimum, names_rather_than_counts, quantity, unit_at};
use rust_decimal::Decimal;

/// Bytes between a word of wanting and the number it wants: "te compro los 5000".
const WISH_GAP_MAX: usize = 14;
/// Larger bare numbers are telephone or tax numbers, unless somebody plainly buys.
const TOLD_MAX: u32 = 1_000_000;
const PAPER_STEM_LETTERS_MIN: usize = 4;
/// Numbers of one sentence that are looked at.
const PRICES_MAX: usize = 20;

/// Where the sentence around a number begins and ends.
#[derive(Clone, Copy)]
struct Sentence {
    from: usize,
    until: usize,
}

/// A quantity from a number without a unit. `numbers` are all of the page, `found` the quantities before it; `listed_until` is where the last item of a list ended.
pub(super) fn find(page: &Page, number: &Number, numbers: &[Number], found: &[Wanted], listed_until: &mut usize) -> Option<Wanted> {
    let counts = number.shape == Shape::Plain && number.count.fract().is_zero() && number.count < Decimal::from(10_000_000);
    let is_spelled_small = number.spelled && number.value < Decimal::ONE_HUNDRED;
    if !counts || number.count.is_zero() || is_spelled_small || is_named(page, number) {
        return None;
    }
    let wanted = |unit: Option<(String, UnitKind)>, names_goods| Wanted {
        start: number.start,
        end: number.end,
        kind: unit.as_ref().map(|(_, kind)| *kind),
        quantity: quantity(number.count, number.to, unit.map(|(name, _)| name)),
        minimum: is_minimum(page, number.start),
        names_goods,
    };
    if !number.spelled {
        if let Some(unit) = labels::labelled(page, number) {
            return Some(wanted(unit, true));
        }
        if labels::is_at_a_price(page, number.end) || labels::is_times_code(page, number) || labels::is_in_column(page, number) {
            return Some(wanted(None, true));
        }
    }
    // With a unit it was weighed before and found to tell something else.
    if unit_at(page, number).is_some()
        || is_year(page, number)
        || is_post_code(page, number)
        || is_named_by(page, number)
        || is_side(page, number)
        || is_in_brackets(page, number)
    {
        return None;
    }
    let sentence = Sentence { from: page.sentence_start(number.start), until: page.sentence_end(number.end) };
    let buys = buys(page, number, sentence);
    match follows(page, number) {
        Follows::Goods => {
            let in_list = is_listed(page, number.start, *listed_until);
            if in_list {
                *listed_until = number.end;
            }
            let is_list = in_list && page.hits.iter().any(|hit| hit.means == Use::Buying);
            (is_list || buys || is_told(page, number, numbers, sentence)).then(|| wanted(None, is_list || buys || asks(page, sentence)))
        }
        Follows::Those => {
            (buys || is_told(page, number, numbers, sentence)).then(|| wanted(unit_before(found, sentence), buys && found.is_empty()))
        }
        Follows::Wish => Some(wanted(unit_before(found, sentence), false)),
        Follows::NoGoods => None,
        Follows::Mark | Follows::Function if is_paper_before(page, number.start) || is_code(page, number) => None,
        Follows::Mark | Follows::Function => (is_wished_before(page, number, sentence)
            || is_behind_goods(page, number, buys || trades(page, sentence))
            || is_rest_of(page, number, found, sentence))
        .then(|| wanted(unit_before(found, sentence), false)),
    }
}

/// Whether a word before makes a name of the number; "PO: 48 slabs" counts all the same.
fn is_named(page: &Page, number: &Number) -> bool {
    let is_list = page.before(page.back_blanks(number.start)) == Some(':') && number.value < Decimal::ONE_THOUSAND;
    // Tagalog is polite with "po".
    let is_polite = page.language.code() == "tl" && page.word_before(number.start) == "po";
    !is_polite && names_rather_than_counts(page, number.start) && !(is_list && goods_behind(page, number.end).is_some())
}

/// Whether a word of buying or asking stands in the sentence, before the number or behind it, as verb-final languages write.
fn buys(page: &Page, number: &Number, sentence: Sentence) -> bool {
    let is_wish = |means| matches!(means, Use::Buying | Use::Asking);
    page.hits_before(number.start).take_while(|hit| hit.start >= sentence.from).any(|hit| is_wish(hit.means))
        || page.hits_from(number.end).take_while(|hit| hit.end <= sentence.until).any(|hit| is_wish(hit.means))
}

/// Whether the sentence is a question or says where goods go: then what is counted can be their name.
fn asks(page: &Page, sentence: Sentence) -> bool {
    let is_bound = |means| matches!(means, Use::Incoterm { .. } | Use::Destination | Use::Delivering);
    matches!(page.after(sentence.until), Some('?' | '？' | '؟' | ';'))
        || page.hits_from(sentence.from).take_while(|hit| hit.end <= sentence.until).any(|hit| is_bound(hit.means))
}

/// Whether the sentence asks, or speaks of delivery or money.
fn trades(page: &Page, sentence: Sentence) -> bool {
    let is_money = |means| matches!(means, Use::Money { .. } | Use::Target | Use::Payment);
    asks(page, sentence) || page.hits_from(sentence.from).take_while(|hit| hit.end <= sentence.until).any(|hit| is_money(hit.means))
}

/// Whether a bare number in a sentence without a word of buying can be meant as a count: nothing before it makes a name of it.
fn is_told(page: &Page, number: &Number, numbers: &[Number], sentence: Sentence) -> bool {
    if number.value < Decimal::TWO || number.value >= Decimal::from(TOLD_MAX) || number.spelled {
        return false;
    }
    let front = page.back_blanks(number.start);
    let before = page.before(front);
    let next = page.skip_blanks(number.end);
    // "в 15", "at 9": an hour.
    let is_hour = number.value <= Decimal::from(24)
        && matches!(page.word_before(number.start), "at" | "um" | "om" | "в" | "о" | "об" | "à" | "às" | "kl" | "u" | "v");
    // "10x more": nothing is wanted ten times.
    if is_hour || matches!(page.after(number.end), Some('x' | '×' | 'х')) || is_beside_price(number, numbers, sentence) {
        return false;
    }
    // Figures before it: a telephone number, a row of codes.
    if before.is_some_and(|c| digit(c).is_some() || matches!(c, '+' | '/' | '_' | '@')) {
        return false;
    }
    // "Hall 5 stand": a name before, or behind it; German writes all nouns so.
    let has_capital = |start: usize, end: usize| page.written(start, end).chars().next().is_some_and(char::is_uppercase);
    let before_start = page.word_start(front);
    let opens = before_start == page.skip_blanks(sentence.from);
    let is_place = page.hits_before(front).take_while(|hit| hit.end == front).any(|hit| matches!(hit.means, Use::Place(_)));
    let is_named = before_start < front && has_capital(before_start, front) && !opens && !is_place;
    let is_name = has_capital(next, page.word_end(next));
    let is_short = page.written(next, page.word_end(next)).chars().filter(|c| c.is_uppercase()).count() >= 2;
    if page.language.code() == "de" { !is_short } else { !(is_named || is_name) }
}

/// "yours is 110, others give it for 95 USD": a figure near an amount of the same size is a price, too.
fn is_beside_price(number: &Number, numbers: &[Number], sentence: Sentence) -> bool {
    let Sentence { from, until } = sentence;
    let first = numbers.partition_point(|other| other.start < from);
    let near = numbers.get(first..).unwrap_or_default().iter().take(PRICES_MAX).take_while(|other| other.start <= until);
    let is_like = |price: &Number| price.value < number.value * Decimal::from(3) && number.value < price.value * Decimal::from(3);
    near.filter(|other| matches!(other.shape, Shape::Price(_))).any(is_like)
}

/// "te compro los 5000", "as lua vreo 15": a word of wanting shortly before, and no noun such as "order".
fn is_wished_before(page: &Page, number: &Number, sentence: Sentence) -> bool {
    let wish = page.hits_before(number.start).take_while(|hit| hit.start >= sentence.from).find(|hit| hit.means == Use::Buying);
    wish.is_some_and(|wish| {
        let between = page.folded(wish.end, number.start);
        let is_near = between.len() <= WISH_GAP_MAX && between.chars().all(|c| is_letter(c) || c == ' ');
        let names = |word: &str| page.rules.means(word, Local::NotProduct) || is_paper(page, word);
        let opens = [Local::PlaceFiller, Local::Towards, Local::Until, Local::Within].into_iter();
        let mut opens = opens.filter(|local| page.rules.means(page.word_before(number.start), *local));
        is_near && opens.next().is_none() && !page.folded(wish.start, wish.end).rsplit(' ').take(1).any(names)
    })
}

/// "pikipiki 20": in languages that set the number behind the goods.
fn is_behind_goods(page: &Page, number: &Number, is_wanted: bool) -> bool {
    if !page.rules.separators.after_goods.contains(&page.language) || !is_wanted {
        return false;
    }
    let end = page.back_blanks(number.start);
    let start = page.word_start(end);
    let word = page.folded(start, end);
    let is_other =
        [Local::NotGoods, Local::NotProduct, Local::Stop, Local::TimeUnit, Local::PlaceFiller, Local::Until, Local::Within, Local::Range]
            .into_iter()
            .any(|local| page.rules.means(word, local));
    let is_fact = page.hits_before(number.start).next().is_some_and(|hit| {
        hit.end > start
            && matches!(hit.means, Use::Month(_) | Use::Money { .. } | Use::Place(_) | Use::Target | Use::Reference | Use::Period)
    });
    word.chars().count() >= 3 && !is_other && !is_fact
}

/// "120 were invoiced, we received 100": a smaller number that ends the sentence of another.
fn is_rest_of(page: &Page, number: &Number, found: &[Wanted], sentence: Sentence) -> bool {
    let Some(whole) = found.last().filter(|whole| whole.start >= sentence.from) else { return false };
    let prices = page
        .hits_from(whole.end)
        .take_while(|hit| hit.start < number.start)
        .any(|hit| matches!(hit.means, Use::Target | Use::Money { .. } | Use::Reference | Use::Month(_) | Use::Model));
    let word = page.word_before(number.start);
    let leads =
        [Local::PlaceFiller, Local::Towards, Local::Range, Local::PerBefore, Local::Until, Local::Within, Local::Of, Local::RangeAnd];
    let is_led = word.is_empty() || leads.into_iter().any(|local| page.rules.means(word, local));
    let is_part = number.count < whole.quantity.value && number.count * Decimal::from(3) > whole.quantity.value;
    is_part && !prices && !is_led && whole.kind.is_none_or(|kind| matches!(kind, UnitKind::Count | UnitKind::Pack))
}

/// The unit of the quantity before it in the same sentence: "60 rolls of the white and 40 of the black".
fn unit_before(found: &[Wanted], sentence: Sentence) -> Option<(String, UnitKind)> {
    let last = found.last().filter(|last| last.start >= sentence.from)?;
    last.quantity.unit.clone().zip(last.kind)
}

/// Whether a number opens an item of a list: behind a bullet, or on a line of its own below a colon or another item.
fn is_listed(page: &Page, start: usize, listed_until: usize) -> bool {
    let line = page.line_start(start);
    let front = page.folded(line, start).trim();
    if !front.is_empty() {
        let bullet = front.trim_end_matches(['.', ')']);
        return matches!(front, "-" | "*" | "•" | "·" | "–" | "—" | "►" | "▪" | "●" | "+")
            || (bullet.len() < front.len() && bullet.len() <= 2 && bullet.chars().all(|c| digit(c).is_some()));
    }
    let above = page.front(line).trim_end();
    above.ends_with([':', '：']) || (listed_until > 0 && page.line_start(above.len()) <= listed_until && listed_until <= above.len())
}

/// A year of our days before a word is a year: "2026 catalogue".
fn is_year(page: &Page, number: &Number) -> bool {
    let is_bare = page.folded(number.start, number.end).chars().count() == 4;
    is_bare && (Decimal::from(2015)..=Decimal::from(2040)).contains(&number.value) && number.to.is_none()
}

/// "75001 Paris", "in 42651 Solingen": a name behind, and a mark or the beginning of the line before.
fn is_post_code(page: &Page, number: &Number) -> bool {
    let figures = page.folded(number.start, number.end);
    let length = figures.chars().count();
    if !figures.chars().all(|c| digit(c).is_some()) || !(4..=6).contains(&length) {
        return false;
    }
    let next = page.skip_blanks(number.end);
    let is_name = page.written(next, page.word_end(next)).chars().next().is_some_and(char::is_uppercase);
    let front = page.back_blanks(number.start);
    let is_line = page.line_start(number.start) == front && length == 5;
    let after_word = page.rules.means(page.word_before(number.start), Local::PlaceFiller);
    is_name && (page.before(front) == Some(',') || is_line || after_word)
}

/// "our offer 2231", "PO 0934", "the 6205 bearings": a paper or an article before, and a number that is not round.
fn is_named_by(page: &Page, number: &Number) -> bool {
    let is_round = (number.value / Decimal::TEN).fract().is_zero();
    let leads_zero = page.after(number.start).and_then(digit) == Some(0) && number.value > Decimal::ONE;
    let is_wished = || {
        let end = page.back_blanks(number.start);
        let wishes = |means| matches!(means, Use::Buying | Use::Asking | Use::QuantityLabel);
        page.hits_before(end).take_while(|hit| hit.end == end).any(|hit| wishes(hit.means))
    };
    leads_zero
        || (number.value >= Decimal::ONE_HUNDRED && !is_round && is_paper_before(page, number.start))
        || (is_code(page, number) && !is_wished())
}

/// Four figures or more in one run that are not round: rather a model or a paper than a count.
fn is_code(page: &Page, number: &Number) -> bool {
    let is_run = page.folded(number.start, number.end).chars().all(|c| digit(c).is_some());
    is_run && number.value >= Decimal::ONE_THOUSAND && !(number.value / Decimal::TEN).fract().is_zero()
}

/// "our hotel (85 rooms, 4 stars)": told by the way.
fn is_in_brackets(page: &Page, number: &Number) -> bool {
    let line = page.line_start(number.start);
    let front = page.folded(line, number.start);
    front
        .rfind(['(', '（'])
        .is_some_and(|open| !front.get(open..).unwrap_or("").contains([')', '）']) && !front.get(..open).unwrap_or("").trim().is_empty())
}

/// "60 na 60", "4 by 6 metres": one of two sides or shares.
fn is_side(page: &Page, number: &Number) -> bool {
    let times = |word: &str| matches!(word, "by" | "na" | "на" | "x" | "mal" | "por" | "per" | "bij");
    let is_figure = |c: Option<char>| c.is_some_and(|c| digit(c).is_some());
    let before = page.word_before(number.start);
    let beyond = page.back_blanks(page.back_blanks(number.start).saturating_sub(before.len()));
    let next = page.skip_blanks(number.end);
    let word = page.word_end(next);
    (times(before) && is_figure(page.before(beyond))) || (times(page.folded(next, word)) && is_figure(page.after(page.skip_blanks(word))))
}

/// Whether the word before an offset is what a paper is called.
pub(super) fn is_paper_before(page: &Page, at: usize) -> bool {
    is_paper(page, page.word_before(at))
}

/// Whether a word begins as papers are called, whatever ending follows.
pub(super) fn is_paper(page: &Page, word: &str) -> bool {
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8()).skip(PAPER_STEM_LETTERS_MIN - 1).take(10);
    ends.into_iter().any(|end| word.get(..end).is_some_and(|stem| page.rules.means(stem, Local::PaperStem)))
}
