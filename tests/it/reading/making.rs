//! How the weights of intents are made: multinomial logistic regression with AdaGrad over the labelled mails of `tests/mail/intents` and
//! `tests/mail/taught`, and the examples and cues of `rules/intents`, in an order of its own.
//!
//! After changing a labelled mail: `cargo test --test it -- --ignored writes_the_intent_weights`. Cues and examples of the rules are
//! taken as they are then; a change of them alone does not ask for new weights.

#[path = "../../../src/understand/intent/usage/features.rs"]
mod features;

use features::{DIGEST_LEN, Feature, STEP, WIDTH, features};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use tradepost::parse::{Fresh, Letter};
use tradepost::types::Intent;
use tradepost::understand::{Rules, read};

const WEIGHTS: &str = "src/understand/intent/usage/weights.bin";
/// Rows of the table: as many as a feature can name.
const BUCKETS: usize = 1 << u16::BITS;
/// How often all texts are gone through, how large the first steps are, and how much weights shrink.
const ROUNDS: usize = 14;
const RATE: f32 = 0.8;
const SHRINK: f32 = 4e-6;
/// What a lone cue counts, of what a whole mail does.
const OF_CUE: f32 = 0.5;

type Row = [f32; WIDTH];

/// A labelled mail.
#[derive(Deserialize)]
struct Mail {
    intent: Intent,
    #[serde(default)]
    alt: Vec<Intent>,
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
fn mails() -> (Vec<Mail>, [u8; DIGEST_LEN]) {
    let mut mails = Vec::new();
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
            mails.extend(text.lines().map(|line| serde_json::from_str::<Mail>(line).expect("a labelled mail")));
        }
    }
    let mut digest = [0; DIGEST_LEN];
    for (to, from) in digest.iter_mut().zip(hashes.iter().flat_map(|hash| hash.to_le_bytes())) {
        *to = from;
    }
    (mails, digest)
}

fn place(intent: Intent) -> usize {
    Intent::ALL.iter().position(|known| *known == intent).expect("an intent")
}

/// The texts as lessons: mails and examples whole, cues by themselves.
fn lessons(mails: &[Mail], rules: &Rules) -> Vec<Lesson> {
    let fold = |text: &str| rules.fold(text);
    let lesson = |subject: &str, text: &str, intent, counts| Lesson {
        features: features(&fold(subject), &fold(text)),
        intent: place(intent),
        counts,
    };
    let mut lessons: Vec<Lesson> = mails.iter().map(|mail| lesson(&mail.subject, &mail.body, mail.intent, 1.0)).collect();
    for (name, text) in Rules::built_in_files().into_iter().filter(|(name, _)| name.starts_with("intents/")) {
        let table: toml::Table = text.parse().unwrap_or_else(|fault| panic!("{name}: {fault}"));
        for intent in Intent::ALL {
            let Some(section) = table.get(intent.name()).and_then(toml::Value::as_table) else { continue };
            let examples = section.get("examples").and_then(toml::Value::as_array).into_iter().flatten();
            for example in examples.filter_map(toml::Value::as_str) {
                let split = example.strip_prefix("Subject: ").and_then(|rest| rest.split_once('\n'));
                let (subject, text) = split.unwrap_or(("", example));
                lessons.push(lesson(subject, text, intent, 1.0));
            }
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
            let mut wrong: Row = [0.0; WIDTH];
            for (at, (to, from)) in wrong.iter_mut().zip(shares(&sums)).enumerate() {
                *to = (from - f32::from(u8::from(at == lesson.intent))) * lesson.counts;
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

/// Sums as shares of one.
fn shares(sums: &Row) -> Row {
    let sums = sums.split_at(Intent::ALL.len()).0;
    let most = sums.iter().copied().fold(f32::MIN, f32::max);
    let all: f32 = sums.iter().map(|sum| (sum - most).exp()).sum();
    let mut shares = [0.0; WIDTH];
    shares.iter_mut().zip(sums).for_each(|(share, sum)| *share = (sum - most).exp() / all);
    shares
}

#[test]
fn weights_are_from_the_mails_in_the_tree() {
    let bytes = std::fs::read(root().join(WEIGHTS)).expect("the weights are part of the repository");
    assert_eq!(bytes.len(), DIGEST_LEN + BUCKETS * WIDTH);
    assert_eq!(bytes.get(..DIGEST_LEN), Some(&mails().1[..]), "the labelled mails have changed; {} says how to go on", file!());
}

#[test]
fn mails_that_were_learned_from_are_read_as_they_say() {
    let rules = Rules::compile(&Rules::built_in_files()).expect("the built-in rules compile");
    let (mails, _) = mails();
    let mails: Vec<&Mail> = mails.iter().step_by(9).collect();
    let is_right = |mail: &&&Mail| {
        let fresh = Fresh { text: mail.body.clone(), ..Fresh::default() };
        let intent = read(&Letter { subject: Some(mail.subject.clone()), fresh, ..Letter::default() }, &rules).intent.intent;
        intent == mail.intent || mail.alt.contains(&intent)
    };
    let right = mails.iter().filter(is_right).count();
    assert!(right * 100 >= mails.len() * 97, "{right} of {}", mails.len());
}

#[test]
#[ignore = "writes the weights"]
fn writes_the_intent_weights() {
    let rules = Rules::compile(&Rules::built_in_files()).expect("the built-in rules compile");
    let (mails, digest) = mails();
    let lessons = lessons(&mails, &rules);
    std::fs::write(root().join(WEIGHTS), bytes(&train(&lessons), digest)).expect("room");
}
