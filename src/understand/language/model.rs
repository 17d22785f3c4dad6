//! The weights of [`grams`]: made once from letters in our own words, compiled in, used as they lie.

use super::grams::{self, ARABIC, ARABIC_COLUMNS, BUCKETS, CYRILLIC, CYRILLIC_COLUMNS, DIGEST_LEN, LATIN, LATIN_COLUMNS};
use super::script::Script;
use crate::types::Language;

/// `tests/it/languages/making.rs` writes it from the texts below `tests/mail/languages`, and checks that it is from those.
static WEIGHTS: &[u8] = include_bytes!("model.bin");

/// So many words tell; a mail does not change its language by going on.
const WORDS_MAX: usize = 32;
/// What is typed in letters of another script, and languages that hardly trade here, are less likely before anything is read: names
/// and wares without a word of language would look like them. English is likelier.
const RARE: f64 = -0.5;
const USUAL: f64 = 0.5;
/// How much a text's pieces count together.
const SCALE: f64 = 3.0;

/// Whose column is whose.
#[derive(Debug, Default)]
pub(super) struct Model {
    latin: Vec<Column>,
    cyrillic: Vec<Column>,
    arabic: Vec<Column>,
}

/// The seat of a column's language, and what speaks for it before anything is read.
#[derive(Debug)]
struct Column {
    seat: usize,
    before: f64,
}

impl Model {
    /// Asks for the seat of each language.
    pub fn with_seats(mut seat: impl FnMut(Language) -> usize) -> Self {
        let mut column = |name: &&str| {
            let code = name.split('-').next().and_then(Language::parse).unwrap_or(Language::UNKNOWN);
            let before = match *name {
                "en" => USUAL,
                "af" | "tl" | "uz" => RARE,
                name if name.ends_with("-latn") => RARE,
                _ => 0.0,
            };
            Column { seat: seat(code), before }
        };
        let mut seats = |names: &[&str]| names.iter().map(&mut column).collect();
        Self { latin: seats(&LATIN), cyrillic: seats(&CYRILLIC), arabic: seats(&ARABIC) }
    }

    /// What speaks for the language of each of `seats` seats, as logarithms that are only meant to be compared; nothing for a language
    /// that the script's table does not know.
    pub fn weigh<'w>(&self, script: Script, words: impl Iterator<Item = &'w str>, seats: usize) -> Vec<Option<f64>> {
        let words = words.take(WORDS_MAX);
        let latin = LATIN_COLUMNS * BUCKETS;
        let cyrillic = CYRILLIC_COLUMNS * BUCKETS;
        let mut by_seat = vec![None; seats];
        match script {
            Script::Latin => seat(&mut by_seat, &self.latin, &sums::<LATIN_COLUMNS>(DIGEST_LEN, words)),
            Script::Cyrillic => seat(&mut by_seat, &self.cyrillic, &sums::<CYRILLIC_COLUMNS>(DIGEST_LEN + latin, words)),
            Script::Arabic => seat(&mut by_seat, &self.arabic, &sums::<ARABIC_COLUMNS>(DIGEST_LEN + latin + cyrillic, words)),
            _ => {}
        }
        by_seat
    }
}

/// Adds up the rows of all pieces in the table that begins at `start`.
fn sums<'w, const WIDTH: usize>(start: usize, words: impl Iterator<Item = &'w str>) -> [f64; WIDTH] {
    let mut sums = [0_i32; WIDTH];
    let mut count = 0_u32;
    let (rows, _) = WEIGHTS.get(start..).unwrap_or_default().as_chunks::<WIDTH>();
    for word in words {
        // A word has at most some hundred pieces of a byte each: no sum of one word is too large for 16 bits.
        let mut of_word = [0_i16; WIDTH];
        grams::pieces(word, false, |bucket| {
            let Some(row) = rows.get(bucket) else { return };
            count += 1;
            for (sum, weight) in of_word.iter_mut().zip(row) {
                *sum += i16::from(weight.cast_signed());
            }
        });
        sums.iter_mut().zip(of_word).for_each(|(sum, more)| *sum += i32::from(more));
    }
    let scale = SCALE / f64::from(grams::STEPS) / f64::from(count.max(1)).sqrt();
    sums.map(|sum| f64::from(sum) * scale)
}

fn seat(by_seat: &mut [Option<f64>], columns: &[Column], sums: &[f64]) {
    for (column, &sum) in columns.iter().zip(sums) {
        if let Some(place) = by_seat.get_mut(column.seat) {
            *place = Some(sum + column.before);
        }
    }
}
