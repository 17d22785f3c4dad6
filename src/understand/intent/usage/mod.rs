//! How people write when they want something: a linear model over the words of a whole mail.
//!
//! Cues name what a clerk knows to look for; people find other words. The model has read the rules' own examples and cues, and mails in
//! our own words (`tests/mail/taught`), and says how likely each intent is. [`super`] adds that to what the cues say.

mod features;

use crate::types::Intent;
use crate::understand::fold::Folded;
use features::{DIGEST_LEN, Part, STEP, WIDTH};
use std::ops::Range;

/// Weights, one row of [`WIDTH`] for each bucket, in steps of [`STEP`]. `tests/it/reading/making.rs` writes it, and
/// checks that it is from those texts.
static WEIGHTS: &[u8] = include_bytes!("weights.bin");
const _: () = assert!(Intent::ALL.len() < WIDTH);
/// Words told that spoke for an intent.
const CUES_MAX: usize = 3;

/// For each intent in the order of [`Intent::ALL`], the natural logarithm of how likely it is.
pub(super) type Likely = [f64; Intent::ALL.len()];

type Row = [f32; WIDTH];

/// How likely each intent is, by the words of a folded mail.
pub(super) fn likely(subject: &str, text: &str) -> Likely {
    let mut sums: Row = [0.0; WIDTH];
    for (bucket, count) in features::features(subject, text) {
        row(bucket).iter().zip(&mut sums).for_each(|(weight, sum)| *sum += f32::from(weight.cast_signed()) * STEP * count);
    }
    logarithms(&sums)
}

/// Where the words stand in the folded text that speak most for one intent rather than for all others, the heaviest first.
pub(super) fn cues(text: &Folded, intent: Intent) -> Vec<Range<usize>> {
    let Some(place) = Intent::ALL.iter().position(|known| *known == intent) else { return Vec::new() };
    let mut spoke: Vec<(f32, Range<usize>)> = Vec::new();
    let text = text.text.get(..text.text.floor_char_boundary(features::TEXT_LEN_MAX)).unwrap_or(&text.text);
    features::each(text, Part::Text, |bucket, span| {
        let weights = row(bucket);
        let weight = |weight: &u8| f32::from(weight.cast_signed()) * STEP;
        let mean = weights.iter().take(Intent::ALL.len()).map(weight).sum::<f32>() / Intent::ALL.len() as f32;
        let speaks = weights.get(place).map(weight).unwrap_or_default() - mean;
        match spoke.last_mut() {
            Some((sum, last)) if *last == span => *sum += speaks,
            _ => spoke.push((speaks, span)),
        }
    });
    spoke.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (speaks, span) in spoke {
        let is_new = spans.iter().all(|known| span.end <= known.start || known.end <= span.start);
        if speaks > 0.0 && is_new && spans.len() < CUES_MAX {
            spans.push(span);
        }
    }
    spans
}

/// The weights of a bucket, in steps.
fn row(bucket: u16) -> &'static [u8; WIDTH] {
    const NOTHING: &[u8; WIDTH] = &[0; WIDTH];
    let (rows, _) = WEIGHTS.get(DIGEST_LEN..).unwrap_or_default().as_chunks::<WIDTH>();
    rows.get(usize::from(bucket)).unwrap_or(NOTHING)
}

/// Sums as logarithms of shares of one.
fn logarithms(sums: &Row) -> Likely {
    let mut likely: Likely = [0.0; Intent::ALL.len()];
    likely.iter_mut().zip(sums).for_each(|(to, from)| *to = f64::from(*from));
    let most = likely.iter().copied().fold(f64::MIN, f64::max);
    let all = likely.iter().map(|value| (value - most).exp()).sum::<f64>().ln() + most;
    likely.map(|value| value - all)
}
