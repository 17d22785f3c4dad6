//! What the model weighs of a word: its groups of two to four letters, its letters beyond ASCII, and the word itself.
//!
//! Each piece is hashed into a bucket; the model holds a weight for every bucket and language. The tool that makes the model
//! (`tests/it/languages/making.rs`) takes words apart with this very file, so it names nothing of the program.

/// Buckets of each script's table.
pub const BUCKETS: usize = 1 << 14;
/// What a text may be written in, with Latin letters: names of files below `tests/mail/languages`. `-latn` are languages of another
/// script, typed in Latin letters.
pub const LATIN: [&str; 44] = [
    "af", "ar-latn", "az", "bg-latn", "bn-latn", "bs", "ca", "cs", "da", "de", "el-latn", "en", "es", "et", "fa-latn", "fi", "fr", "gl",
    "hi-latn", "hr", "hu", "id", "it", "lt", "lv", "mk-latn", "ms", "nb", "nl", "pl", "pt", "ro", "ru-latn", "sk", "sl", "sr", "sv", "sw",
    "tl", "tr", "uk-latn", "ur-latn", "uz", "vi",
];
/// In Cyrillic letters.
pub const CYRILLIC: [&str; 7] = ["be", "bg", "kk", "mk", "ru", "sr-cyrl", "uk"];
/// In Arabic letters.
pub const ARABIC: [&str; 3] = ["ar", "fa", "ur"];
/// Columns of the tables: one a name, and empty ones so that a row is read in whole steps.
pub const LATIN_COLUMNS: usize = 48;
pub const CYRILLIC_COLUMNS: usize = 8;
pub const ARABIC_COLUMNS: usize = 4;
/// A weight of 1.0 as the model writes it.
pub const STEPS: f32 = 48.0;
/// The model's file begins with the digest of the texts it was made from.
pub const DIGEST_LEN: usize = 8;

/// Letters of a word that are looked at.
const LETTERS_MAX: usize = 24;
/// What stands before and after a word.
const START: u32 = 1;
const END: u32 = 2;
/// The longest group of letters.
const GROUP_MAX: usize = 4;

/// Takes a word in lower case apart; `is_open` when it is only a word's beginning.
pub fn pieces(word: &str, is_open: bool, mut take: impl FnMut(usize)) {
    let mut letters = [START; LETTERS_MAX + 2];
    let mut count = 1_usize;
    for (slot, c) in letters.iter_mut().skip(1).take(LETTERS_MAX).zip(word.chars()) {
        *slot = u32::from(c);
        count += 1;
    }
    if !is_open && let Some(slot) = letters.get_mut(count) {
        *slot = END;
        count += 1;
    }
    let letters = letters.get(..count).unwrap_or_default();
    for (at, &first) in letters.iter().enumerate() {
        let mut hash = mixed(0x9e37_79b9_7f4a_7c15, first);
        if first > 0x7f {
            take(bucket(hash));
        }
        for &letter in letters.iter().skip(at + 1).take(GROUP_MAX - 1) {
            hash = mixed(hash, letter);
            take(bucket(hash));
        }
    }
    // A word of two letters is a group already.
    if !is_open && count > GROUP_MAX {
        take(bucket(letters.iter().fold(77, |hash, &letter| mixed(hash, letter))));
    }
}

fn mixed(hash: u64, letter: u32) -> u64 {
    (hash ^ u64::from(letter)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
}

fn bucket(hash: u64) -> usize {
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    // The upper bits are the best mixed; `BUCKETS` is a power of two.
    usize::try_from(hash >> 40).unwrap_or_default() & (BUCKETS - 1)
}
