//! Makes `weights.bin`: multinomial logistic regression with AdaGrad over the texts named below, in an order of its own.
//!
//! After a change of the texts: `cargo test --lib usage::making::weights_are_made -- --ignored`, which writes the file anew.

use super::features::{Feature, features};
use super::*;
use crate::understand::Rules;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// How often all texts are gone through, how large the first steps are, and how much weights shrink.
const ROUNDS: usize = 14;
const RATE: f32 = 0.8;
const SHRINK: f32 = 4e-6;
/// What a lone cue counts, of what a whole mail does.
const OF_CUE: f32 = 0.5;

#[derive(Deserialize)]
struct Letter {
    intent: Intent,
    #[serde(default)]
    subject: String,
    body: String,
}

struct Lesson {
    features: Vec<Feature>,
    intent: usize,
    counts: f32,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The labelled mails, and the digest of their files (two times FNV-1a of 64 bits).
fn letters() -> (Vec<Letter>, [u8; DIGEST_LEN]) {
    let mut letters = Vec::new();
    let mut hashes = [0xcbf2_9ce4_8422_2325_u64, 0x8422_2325_cbf2_9ce4];
    for folder in ["tests/mail/intents", "tests/mail/taught"] {
        let files = std::fs::read_dir(root().join(folder)).expect("the folder");
        let mut files: Vec<PathBuf> = files.map(|file| file.expect("an entry").path()).collect();
        files.sort();
        for file in files.into_iter().filter(|file| file.extension().is_some_and(|end| end == "jsonl")) {
            let text = std::fs::read_to_string(&file).expect("a text");
            for byte in text.bytes() {
                hashes = hashes.map(|hash| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
            }
            letters.extend(text.lines().map(|line| serde_json::from_str::<Letter>(line).expect("a labelled mail")));
        }
    }
    let mut digest = [0; DIGEST_LEN];
    for (to, from) in digest.iter_mut().zip(hashes.iter().flat_map(|hash| hash.to_le_bytes())) {
        *to = from;
    }
    (letters, digest)
}

fn place(intent: Intent) -> usize {
    Intent::ALL.iter().position(|known| *known == intent).expect("an intent")
}

/// The texts as lessons: mails and examples whole, cues by themselves.
fn lessons(letters: &[Letter], rules: &Rules) -> Vec<Lesson> {
    let fold = |text: &str| rules.folder.fold_word(text);
    let lesson = |subject: &str, text: &str, intent, counts| Lesson {
        features: features(&fold(subject), &fold(text)),
        intent: place(intent),
        counts,
    };
    let mut lessons: Vec<Lesson> = letters.iter().map(|letter| lesson(&letter.subject, &letter.body, letter.intent, 1.0)).collect();
    for example in rules.intents.examples(&rules.folder) {
        let split = example.text.strip_prefix("Subject: ").and_then(|rest| rest.split_once('\n'));
        let (subject, text) = split.unwrap_or(("", &example.text));
        lessons.push(lesson(subject, text, example.intent, 1.0));
    }
    for (name, text) in Rules::built_in_files().into_iter().filter(|(name, _)| name.starts_with("intents/")) {
        let table: toml::Table = text.parse().unwrap_or_else(|fault| panic!("{name}: {fault}"));
        for intent in Intent::ALL {
            let Some(section) = table.get(intent.name()).and_then(toml::Value::as_table) else { continue };
            let cues = ["sure", "likely"].iter().filter_map(|list| section.get(*list)?.as_array()).flatten();
            lessons.extend(cues.filter_map(toml::Value::as_str).map(|cue| lesson("", cue, intent, OF_CUE)));
        }
    }
    lessons
}

/// Weights that tell the lessons apart.
fn train(lessons: &[Lesson]) -> Vec<Row> {
    let mut weights = vec![[0.0; WIDTH]; BUCKETS];
    let mut squares = vec![[1e-3_f32; WIDTH]; BUCKETS];
    let mut order: Vec<usize> = (0..lessons.len()).collect();
    let mut random = 1_u64;
    for _ in 0..ROUNDS {
        for at in (1..order.len()).rev() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, (random >> 33) as usize % (at + 1));
        }
        for lesson in order.iter().map(|&at| &lessons[at]) {
            let mut sums: Row = [0.0; WIDTH];
            for &(bucket, count) in &lesson.features {
                weights[usize::from(bucket)].iter().zip(&mut sums).for_each(|(weight, sum): (&f32, _)| *sum += weight * count);
            }
            let likely = logarithms(&sums);
            let mut wrong: Row = [0.0; WIDTH];
            for (at, (to, from)) in wrong.iter_mut().zip(likely).enumerate() {
                *to = (from.exp() as f32 - f32::from(u8::from(at == lesson.intent))) * lesson.counts;
            }
            for &(bucket, count) in &lesson.features {
                let (row, squared) = (&mut weights[usize::from(bucket)], &mut squares[usize::from(bucket)]);
                for ((weight, square), wrong) in row.iter_mut().zip(squared).zip(wrong) {
                    let slope = wrong * count + SHRINK * *weight;
                    *square += slope * slope;
                    *weight -= RATE * slope / square.sqrt();
                }
            }
        }
    }
    weights
}

fn bytes(weights: &[Row], digest: [u8; DIGEST_LEN]) -> Vec<u8> {
    let step = |weight: &f32| (weight / STEP).round().clamp(-127.0, 127.0) as i8 as u8;
    digest.into_iter().chain(weights.iter().flatten().map(step)).collect()
}

fn share_right<'l>(letters: impl Iterator<Item = &'l Letter>, rules: &Rules) -> f64 {
    let (mut right, mut all) = (0_u32, 0_u32);
    for letter in letters {
        let likely = likely(&rules.folder.fold_word(&letter.subject), &rules.folder.fold_word(&letter.body));
        let best = likely.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(at, _)| at);
        right += u32::from(best == Some(place(letter.intent)));
        all += 1;
    }
    f64::from(right) / f64::from(all.max(1))
}

#[test]
fn weights_are_from_the_texts_in_the_tree_and_know_them() {
    let rules = Rules::compile(&Rules::built_in_files()).expect("the built-in rules compile");
    let (letters, digest) = letters();
    assert_eq!(WEIGHTS.len(), DIGEST_LEN + BUCKETS * WIDTH);
    assert_eq!(WEIGHTS.get(..DIGEST_LEN), Some(&digest[..]), "the texts have changed: write weights.bin anew, see making.rs");
    let share = share_right(letters.iter().step_by(7), &rules);
    assert!(share > 0.95, "{share}");
}

#[test]
#[ignore = "writes src/understand/intent/usage/weights.bin"]
fn weights_are_made() {
    let rules = Rules::compile(&Rules::built_in_files()).expect("the built-in rules compile");
    let (letters, digest) = letters();
    let lessons = lessons(&letters, &rules);
    let weights = train(&lessons);
    let clipped = weights.iter().flatten().filter(|weight| weight.abs() > 127.0 * STEP).count();
    std::fs::write(root().join("src/understand/intent/usage/weights.bin"), bytes(&weights, digest)).expect("room");
    println!("{} lessons, {clipped} weights clipped", lessons.len());
}
