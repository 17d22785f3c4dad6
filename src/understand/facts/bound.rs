//! Where goods go when neither a trade term nor "shipping to" says it: a listed place behind a word of direction ("40 Paletten nach
//! Wien"), before one ("lahore tak"), with an ending that says so ("Turkuun"), or beside a word of delivery ("mumbai me delivery").

use super::lexicon::{Hit, Use};
use super::lists::Local;
use super::page::Page;
use super::places::{self, NamedPlace};
use super::quantities::Wanted;

const PLACES_MAX: usize = 100;
const DELIVERIES_MAX: usize = 40;
/// Bytes between a place and the delivery that is meant for it.
const DELIVERY_GAP_MAX: usize = 48;
/// Bytes between what is counted and the place it is wanted in.
const COUNTED_GAP_MAX: usize = 40;

/// The first place goods are bound for.
pub(super) fn find(page: &Page, wanted: &[Wanted]) -> Option<NamedPlace> {
    let places = page.hits.iter().filter(|hit| matches!(hit.means, Use::Place(_))).take(PLACES_MAX);
    let mut bound = places.filter(|hit| is_bound(page, hit, wanted));
    let delivering = || page.hits.iter().filter(|hit| hit.means == Use::Delivering).take(DELIVERIES_MAX);
    let named = || delivering().find_map(|hit| places::after_delivering(page, hit.end));
    bound.next().and_then(|hit| places::known_at(page, hit.start)).or_else(named)
}

fn is_bound(page: &Page, hit: &Hit, wanted: &[Wanted]) -> bool {
    let before = page.word_before(hit.start);
    let after = page.skip_blanks(hit.end);
    let behind = |local| page.rules.begins_with(page.rest(after), local);
    if page.rules.means(before, Local::From) || behind(Local::FromAfter).is_some() {
        return false;
    }
    let delivers = delivers_near(page, hit);
    // Arabic in Latin letters, and Portuguese on a telephone: "3a beirut", "p/ Manaus".
    let is_abbreviated = || [" 3a", " 3ala", " 3la", " p/"].into_iter().any(|to| page.front(page.back_blanks(hit.start)).ends_with(to));
    let is_to =
        page.rules.means(before, Local::Towards) || behind(Local::TowardsAfter).is_some() || is_tied_to(page, hit) || is_abbreviated();
    // "in" may say where the writer lives: what is wanted must stand directly before.
    let is_counted_into = page.rules.means(before, Local::TowardsOrIn)
        && wanted.iter().any(|wanted| wanted.end <= hit.start && hit.start - wanted.end <= COUNTED_GAP_MAX);
    let calls_itself_port = places::port_end(page, hit.end) > hit.end;
    // "karachi mein chahiye": wanted there.
    let is_wanted_there = || {
        behind(Local::WithinAfter).is_some_and(|length| {
            let next = page.skip_blanks(after + length);
            page.hit_at(next, |means| matches!(means, Use::Buying).then_some(())).is_some()
        })
    };
    delivers || is_counted_into || ((is_to || calls_itself_port) && trades(page, hit, wanted)) || is_wanted_there()
}

/// "to" as one with the name: Hebrew and Arabic before it, Turkish, Finnish and their like behind it.
fn is_tied_to(page: &Page, hit: &Hit) -> bool {
    let ending_says_to = || {
        let endings = page.rules.endings_to.get(page.language.code()).map_or(&[][..], Vec::as_slice);
        endings.iter().any(|ending| page.folded(hit.start, hit.end).ends_with(ending.as_str()))
    };
    (hit.is_inflected && ending_says_to()) || matches!(page.before(hit.start), Some('ל' | 'ل'))
}

/// A word of delivery beside the place, no comma between them when it comes later.
fn delivers_near(page: &Page, hit: &Hit) -> bool {
    let is_delivery = |means| matches!(means, Use::Delivering | Use::Destination);
    let (from, until) = (page.sentence_start(hit.start), page.sentence_end(hit.end));
    let earlier = page
        .hits_before(hit.start)
        .take_while(|other| other.start >= from)
        .find(|other| is_delivery(other.means) && !page.rules.means(page.word_before(other.start), Local::From));
    let later = page.hits_from(hit.end).take_while(|other| other.end <= until).find(|other| is_delivery(other.means));
    let is_near = |start: usize, end: usize| end - start <= DELIVERY_GAP_MAX;
    earlier.is_some_and(|other| is_near(other.end, hit.start) && !page.folded(other.end, hit.start).contains(['\n', ';']))
        || later
            .is_some_and(|other| is_near(hit.end, other.start) && !page.folded(hit.end, other.start).contains([',', '\n', '،', '、', '，']))
}

/// Whether the sentence asks, buys, counts goods or names money.
fn trades(page: &Page, hit: &Hit, wanted: &[Wanted]) -> bool {
    let (from, until) = (page.sentence_start(hit.start), page.sentence_end(hit.end));
    let is_trade =
        |means| matches!(means, Use::Buying | Use::Asking | Use::Money { .. } | Use::Incoterm { .. } | Use::Delivering | Use::Destination);
    matches!(page.after(until), Some('?' | '？' | '؟' | ';'))
        || wanted.iter().any(|wanted| (from..=until).contains(&wanted.start))
        || page.hits_from(from).take_while(|other| other.end <= until).any(|other| is_trade(other.means))
}
