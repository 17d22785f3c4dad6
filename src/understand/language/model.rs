//! The weights of [`grams`]: made once from letters in our own words, compiled in, used as they lie.

use super::grams::{self, ARABIC, BUCKETS, CYRILLIC, DIGEST_LEN, LATIN};
use super::script::Script;
use crate::types::Language;

/// `tests/it/languages.rs` writes it from the texts below `tests/mail/languages`, and checks that it is from those.
static WEIGHTS: &[u8] = include_bytes!("model.bin");

/// So many words tell; a mail does not change its language by going on.
const WORDS_MAX: usize = 48;
/// How much a text's pieces count together.
const SCALE: f32 = 3.0;

/// The languages of each table, ready to be named.
#[derive(Debug, Default)]
pub(super) struct Model {
    latin: Vec<Language>,
    cyrillic: Vec<Language>,
    arabic: Vec<Language>,
}

impl Model {
    pub fn new() -> Self {
        let languages = |names: &[&str]| {
            let code = |name: &str| name.split('-').next().and_then(Language::parse).unwrap_or(Language::UNKNOWN);
            names.iter().map(|name| code(name)).collect()
        };
        Self { latin: languages(&LATIN), cyrillic: languages(&CYRILLIC), arabic: languages(&ARABIC) }
    }

    /// What speaks for each language, as logarithms that are only meant to be compared. A language may be there twice, in its own
    /// letters and in others; nothing for a script without a table.
    pub fn weigh<'w>(&self, script: Script, words: impl Iterator<Item = &'w str>) -> Vec<(Language, f64)> {
        let words = words.take(WORDS_MAX);
        let latin = LATIN.len() * BUCKETS;
        let cyrillic = CYRILLIC.len() * BUCKETS;
        match script {
            Script::Latin => named(&self.latin, &sums::<{ LATIN.len() }>(DIGEST_LEN, words)),
            Script::Cyrillic => named(&self.cyrillic, &sums::<{ CYRILLIC.len() }>(DIGEST_LEN + latin, words)),
            Script::Arabic => named(&self.arabic, &sums::<{ ARABIC.len() }>(DIGEST_LEN + latin + cyrillic, words)),
            _ => Vec::new(),
        }
    }
}

/// Adds up the rows of all pieces in the table that begins at `start`.
fn sums<'w, const WIDTH: usize>(start: usize, words: impl Iterator<Item = &'w str>) -> [f32; WIDTH] {
    let mut sums = [0_i32; WIDTH];
    let mut count = 0_u16;
    let (rows, _) = WEIGHTS.get(start..).unwrap_or_default().as_chunks::<WIDTH>();
    for word in words {
        grams::pieces(word, false, |bucket| {
            let Some(row) = rows.get(bucket) else { return };
            count += 1;
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += i32::from(weight.cast_signed());
            }
        });
    }
    let scale = SCALE / grams::STEPS / f32::from(count.max(1)).sqrt();
    // Sums of at most some thousand weights of a byte: exact in an `f32`.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^24")]
    sums.map(|sum| sum as f32 * scale)
}

fn named(languages: &[Language], sums: &[f32]) -> Vec<(Language, f64)> {
    languages.iter().copied().zip(sums.iter().map(|&sum| f64::from(sum))).collect()
}
