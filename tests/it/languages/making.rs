//! How the model that tells languages apart is made: from the texts below `tests/mail/languages`, and only from those.
//!
//! After changing a text: `cargo test --release --test it -- --ignored writes_the_language_model`. The same texts give the same
//! file.

#[path = "../../../src/understand/language/grams.rs"]
mod grams;

use grams::{ARABIC, ARABIC_COLUMNS, BUCKETS, CYRILLIC, CYRILLIC_COLUMNS, DIGEST_LEN, LATIN, LATIN_COLUMNS, STEPS};
use std::{fs, path::Path};
use unicode_normalization::UnicodeNormalization;

const TEXTS: &str = "tests/mail/languages";
const MODEL: &str = "src/understand/language/model.bin";

/// Samples drawn for each language.
const SAMPLES: usize = 18_000;
const RATE: f32 = 0.15;
/// Draws weights towards nothing.
const DECAY: f32 = 5e-5;
/// As the program scales a text's sum.
const SCALE: f32 = 3.0;

/// A word, and whether it is only a beginning (`prek*`).
type Word = (String, bool);

/// The texts of one language.
struct Text {
    raw: String,
    lines: Vec<Vec<Word>>,
}

/// Numbers that look drawn and are always the same.
struct Drawn(u64);

impl Drawn {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 11).expect("64 bits") % end
    }
}

fn text(name: &str) -> Text {
    let mut raw = String::new();
    for folder in ["letters", "phrases"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TEXTS).join(folder).join(format!("{name}.txt"));
        raw.push_str(&fs::read_to_string(path).unwrap_or_default());
    }
    assert!(!raw.is_empty(), "no text for {name}");
    let lines = raw.lines().map(|line| line.split_whitespace().flat_map(|token| words(token, name)).collect());
    Text { lines: lines.filter(|line: &Vec<Word>| !line.is_empty()).collect(), raw }
}

/// The words of a token, as the program will see them.
fn words(token: &str, name: &str) -> Vec<Word> {
    let is_arabizi = name == "ar-latn";
    let is_letter = |c: char| c.is_alphabetic() || unicode_normalization::char::is_combining_mark(c) || is_arabizi && c.is_ascii_digit();
    let is_open = token.ends_with('*');
    // The end of a word is no word: `*anfrage`.
    let whole = token.trim_end_matches('*');
    let mut found: Vec<Word> = whole
        .split(|c| !is_letter(c))
        .filter(|word| word.chars().any(char::is_alphabetic) && !whole.starts_with('*'))
        .map(|word| (word.to_lowercase(), false))
        .collect();
    if let Some(last) = found.last_mut() {
        last.1 = is_open;
    }
    found
}

/// As it is typed without accents.
fn plain(word: &str) -> String {
    word.nfkd()
        .filter(|&c| !unicode_normalization::char::is_combining_mark(c))
        .flat_map(|c| {
            match c {
                'ß' => "ss",
                'æ' => "ae",
                'œ' => "oe",
                'ø' => "o",
                'ł' => "l",
                'đ' => "d",
                'ı' => "i",
                'ə' => "e",
                _ => return vec![c],
            }
            .chars()
            .collect()
        })
        .collect()
}

/// Draws up to `wanted` words that stand together in the texts, and takes them apart.
fn sample(text: &Text, drawn: &mut Drawn, may_be_plain: bool) -> Vec<usize> {
    let wanted = [1, 2, 2, 2, 3, 3, 5, 7, 8, 12][drawn.below(10)];
    let is_plain = drawn.below(4) == 0 && may_be_plain;
    let mut pieces = Vec::new();
    let mut got = 0;
    while got < wanted {
        let line = &text.lines[drawn.below(text.lines.len())];
        let count = (wanted - got).min(line.len()).min(8);
        let at = drawn.below(line.len() - count + 1);
        for (word, is_open) in &line[at..at + count] {
            let word = if is_plain { plain(word) } else { word.clone() };
            grams::pieces(&word, *is_open, |bucket| pieces.push(bucket));
        }
        got += count;
    }
    pieces
}

/// Multinomial logistic regression over hashed pieces, by stochastic steps that shorten as they add up (Adagrad).
fn learnt(names: &[&str], columns: usize, may_be_plain: bool) -> Vec<u8> {
    let texts: Vec<Text> = names.iter().map(|name| text(name)).collect();
    let width = names.len();
    let mut weights = vec![0_f32; BUCKETS * width];
    let mut squares = vec![1e-3_f32; BUCKETS * width];
    let mut drawn = Drawn(88_172_645_463_325_252);
    let steps = SAMPLES * width;
    for step in 0..steps {
        let right = drawn.below(width);
        let pieces = sample(&texts[right], &mut drawn, may_be_plain);
        let scale = SCALE / (pieces.len().max(1) as f32).sqrt();
        let mut sums = vec![0_f32; width];
        for &piece in &pieces {
            sums.iter_mut().zip(&weights[piece * width..][..width]).for_each(|(sum, weight)| *sum += weight * scale);
        }
        let most = sums.iter().copied().fold(f32::MIN, f32::max);
        sums.iter_mut().for_each(|sum| *sum = (*sum - most).exp());
        let all: f32 = sums.iter().sum();
        sums.iter_mut().for_each(|sum| *sum /= all);
        sums[right] -= 1.0;
        let rate = if step < steps * 2 / 3 { RATE } else { RATE * 0.3 };
        for &piece in &pieces {
            let row = piece * width..(piece + 1) * width;
            for ((weight, square), fault) in weights[row.clone()].iter_mut().zip(&mut squares[row]).zip(&sums) {
                let slope = fault * scale + DECAY * *weight;
                *square += slope * slope;
                *weight -= rate * slope / square.sqrt();
            }
        }
    }
    let byte = |weight: &f32| ((weight * STEPS).round().clamp(-127.0, 127.0) as i8).cast_unsigned();
    weights.chunks(width).flat_map(|row| row.iter().map(byte).chain(std::iter::repeat_n(0, columns - width))).collect()
}

fn names() -> impl Iterator<Item = &'static str> {
    LATIN.into_iter().chain(CYRILLIC).chain(ARABIC)
}

/// FNV-1a over all texts and the shape of the table.
fn digest() -> [u8; DIGEST_LEN] {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| bytes.iter().for_each(|&byte| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    add(&BUCKETS.to_le_bytes());
    for name in names() {
        add(name.as_bytes());
        add(text(name).raw.replace('\r', "").as_bytes());
    }
    hash.to_le_bytes()
}

#[test]
fn the_language_model_is_made_from_the_texts_that_lie_here() {
    let model = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(MODEL)).expect("the model");
    assert_eq!(model.len(), DIGEST_LEN + (LATIN_COLUMNS + CYRILLIC_COLUMNS + ARABIC_COLUMNS) * BUCKETS);
    assert!(LATIN.len() <= LATIN_COLUMNS && CYRILLIC.len() <= CYRILLIC_COLUMNS && ARABIC.len() <= ARABIC_COLUMNS);
    assert_eq!(model[..DIGEST_LEN], digest(), "the texts below {TEXTS} changed; run the ignored test `writes_the_language_model`");
}

#[test]
#[ignore = "writes the model; run it after changing a text below tests/mail/languages"]
fn writes_the_language_model() {
    let mut model = digest().to_vec();
    model.extend(learnt(&LATIN, LATIN_COLUMNS, true));
    model.extend(learnt(&CYRILLIC, CYRILLIC_COLUMNS, false));
    model.extend(learnt(&ARABIC, ARABIC_COLUMNS, false));
    fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(MODEL), model).expect("the model is written");
}
