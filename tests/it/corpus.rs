//! The mails of `tests/mail`, each named after its defect: read as they are, and cut, spliced and flipped.
//! Whatever comes in, a letter comes out, and it stays within its limits.

mod hostile;

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tradepost::parse::{self, Automatic, Letter, ReturnPath, limits};
use tradepost::types::{EmailAddress, MessageId, NamedAddress};

/// One mail of the corpus with what is expected of it.
pub(crate) struct Sample {
    pub(crate) path: PathBuf,
    pub(crate) raw: Vec<u8>,
    expected: Value,
}

pub(crate) fn samples() -> Vec<Sample> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail");
    let mut samples = Vec::new();
    let areas = std::fs::read_dir(&root).expect("the corpus is part of the repository");
    for area in areas.map(|area| area.expect("a readable folder").path()).filter(|path| path.is_dir()) {
        for file in std::fs::read_dir(&area).expect("areas are folders") {
            let path = file.expect("a readable folder").path();
            if path.extension().is_some_and(|e| e == "eml") {
                let raw = std::fs::read(&path).expect("a readable mail");
                let expected = std::fs::read(path.with_extension("json")).expect("every mail has its expectations beside it");
                let expected = serde_json::from_slice(&expected).expect("expectations are JSON");
                samples.push(Sample { path, raw, expected });
            }
        }
    }
    samples.sort_by(|a, b| a.path.cmp(&b.path));
    samples
}

fn with_crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 20);
    for (position, byte) in raw.iter().enumerate() {
        if *byte == b'\n' && (position == 0 || raw.get(position - 1) != Some(&b'\r')) {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

fn address(address: &NamedAddress) -> Value {
    json!({ "name": address.name, "address": address.address.as_ref().map(EmailAddress::as_str) })
}

fn addresses(list: &[NamedAddress]) -> Value {
    list.iter().map(|a| a.address.as_ref().map(EmailAddress::as_str)).collect()
}

fn ids(list: &[MessageId]) -> Value {
    list.iter().map(MessageId::as_str).collect()
}

/// What a letter says under a key of an expectation.
fn said(letter: &Letter, key: &str) -> Value {
    match key {
        "subject" => json!(letter.subject),
        "from" => address(&letter.from),
        "to" => addresses(&letter.to),
        "message_id" => json!(letter.message_id.as_ref().map(MessageId::as_str)),
        "in_reply_to" => ids(&letter.in_reply_to),
        "references" => ids(&letter.references),
        "thread_index" => json!(letter.thread_index.as_ref().map(|(name, _)| name)),
        "date" => json!(letter.date),
        "return_path" => json!(letter.return_path.as_ref().map(|path| match path {
            ReturnPath::Null => "",
            ReturnPath::Address(address) => address.as_str(),
        })),
        "declared_language" => json!(letter.declared_language.map(|l| l.code())),
        "text" => json!(letter.text),
        "attachments" => letter.attachments.iter().map(|a| json!(a.name)).collect(),
        "types" => letter.attachments.iter().map(|a| json!(a.media_type)).collect(),
        "sizes" => letter.attachments.iter().map(|a| json!(a.size)).collect(),
        "defects" => letter.defects.iter().map(|d| json!(d.name())).collect(),
        "automatic" => json!(letter.automatic.map(Automatic::name)),
        "returns" => json!(letter.returns.map(|day| day.to_string())),
        "fresh" => json!(letter.fresh.text),
        "substitute" => json!(letter.substitute.as_ref().map(address)),
        "departure" => json!(letter.departure.as_ref().map(|departure| json!({
            "gone": address(&departure.gone),
            "successor": departure.successor.as_ref().map(address),
        }))),
        "bounce_recipients" => letter.bounce.iter().flat_map(|bounce| &bounce.recipients).map(EmailAddress::as_str).collect(),
        "bounce" => json!(letter.bounce.as_ref().map(|bounce| json!({
            "kind": bounce.kind.name(),
            "recipient": bounce.recipient.as_ref().map(EmailAddress::as_str),
            "status": bounce.status,
            "message_id": bounce.message_id.as_ref().map(MessageId::as_str),
        }))),
        other => panic!("no key `{other}` is known; see `said` in tests/it/corpus.rs"),
    }
}

fn differences(letter: &Letter, expected: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    for (key, wanted) in expected.as_object().expect("expectations are an object") {
        if key == "quoted_contains" {
            for words in wanted.as_array().expect("a list of words").iter().filter_map(Value::as_str) {
                if !letter.fresh.quoted.contains(words) {
                    differences.push(format!("what is quoted, {:?}, lacks {words:?}", letter.fresh.quoted));
                }
            }
            continue;
        }
        if key == "signature" {
            differences.extend(signature_differences(letter, wanted));
            continue;
        }
        if key == "bounce_reason_contains" {
            let reason = letter.bounce.as_ref().and_then(|bounce| bounce.reason.as_deref()).unwrap_or_default();
            if !wanted.as_str().is_some_and(|words| reason.contains(words)) {
                differences.push(format!("the reason {reason:?} lacks {wanted}"));
            }
            continue;
        }
        if key == "text_lacks" || key == "hidden_contains" {
            let (text, wants) = if key == "text_lacks" { (&letter.text, false) } else { (&letter.hidden_text, true) };
            for words in wanted.as_array().expect("a list of words").iter().filter_map(Value::as_str) {
                if text.contains(words) != wants {
                    differences.push(format!("{key}: {words:?}, and it is {text:?}"));
                }
            }
            continue;
        }
        if key == "text_contains" {
            for words in wanted.as_array().expect("a list of words").iter().filter_map(Value::as_str) {
                if !letter.text.contains(words) {
                    differences.push(format!("text {:?} lacks {words:?}", letter.text));
                }
            }
            continue;
        }
        let found = said(letter, key);
        if found != *wanted {
            differences.push(format!("{key} is {found} and should be {wanted}"));
        }
    }
    differences
}

fn signature_differences(letter: &Letter, wanted: &Value) -> Vec<String> {
    let signature = letter.fresh.signature.clone().unwrap_or_default();
    let said = [
        ("name", &signature.name),
        ("company", &signature.company),
        ("title", &signature.title),
        ("phone", &signature.phone),
        ("website", &signature.website),
    ];
    let differs = |(key, wanted): (&String, &Value)| {
        let found = said.iter().find(|(name, _)| name == key).map(|(_, value)| json!(value)).expect("a key of a signature");
        (found != *wanted).then(|| format!("the signature's {key} is {found} and should be {wanted}"))
    };
    wanted.as_object().expect("an object").iter().filter_map(differs).collect()
}

/// What holds for every letter, whatever it was made of.
fn assert_bounded(letter: &Letter, raw: &[u8]) {
    assert_eq!(letter.size, raw.len());
    assert!(letter.text.len() <= limits::TEXT_LEN_MAX);
    assert!(letter.attachments.len() <= limits::PARTS_MAX);
    assert!(letter.references.len() <= limits::REFERENCES_MAX);
    assert!(letter.headers.iter().count() <= limits::HEADER_FIELDS_MAX);
    assert!(letter.headers.iter().all(|(_, value)| value.len() <= limits::HEADER_LEN_MAX && !value.contains(['\r', '\n', '\0'])));
    assert!(letter.to.len() <= limits::ADDRESSES_MAX && letter.cc.len() <= limits::ADDRESSES_MAX);
    assert!(letter.quotes.iter().all(|quote| letter.text.get(quote.clone()).is_some()), "quotes lie at characters of the text");
    for name in letter.attachments.iter().filter_map(|a| a.name.as_deref()) {
        assert!(!name.contains(['/', '\\', '\0', '\n']) && name != ".." && !name.is_empty(), "{name:?} is no file name");
    }
}

/// xorshift64*: the same mails are damaged in the same way in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).expect("31 bits fit") % bound.max(1)
    }
}

#[test]
fn every_mail_of_the_corpus_is_read_as_expected_with_both_line_ends() {
    let samples = samples();
    assert!(samples.len() >= 250, "the corpus is there");
    let mut wrong = Vec::new();
    for sample in &samples {
        let name = sample.path.file_stem().unwrap_or_default().to_string_lossy();
        let as_is = parse::letter(&sample.raw);
        assert_bounded(&as_is, &sample.raw);
        wrong.extend(differences(&as_is, &sample.expected).into_iter().map(|d| format!("{name} (LF): {d}")));
        if sample.raw.contains(&b'\n') {
            let crlf = with_crlf(&sample.raw);
            let other = parse::letter(&crlf);
            assert_bounded(&other, &crlf);
            wrong.extend(differences(&other, &sample.expected).into_iter().map(|d| format!("{name} (CRLF): {d}")));
            assert_eq!(as_is.body_hash, other.body_hash, "{name}: line ends do not make another body");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_mail_cut_anywhere_is_still_a_letter() {
    let mut dice = Dice(0x7261_6465_706f_7374);
    for sample in samples() {
        for _ in 0..40 {
            let cut = sample.raw.get(..dice.below(sample.raw.len() + 1)).expect("within the mail");
            assert_bounded(&parse::letter(cut), cut);
        }
    }
}

#[test]
fn two_mails_spliced_are_still_a_letter() {
    let samples = samples();
    let mut dice = Dice(0x0bad_cafe_dead_beef);
    for first in &samples {
        for _ in 0..10 {
            let second = samples.get(dice.below(samples.len())).expect("within the corpus");
            let head = first.raw.get(..dice.below(first.raw.len() + 1)).expect("within the mail");
            let tail = second.raw.get(dice.below(second.raw.len() + 1)..).expect("within the mail");
            let spliced = [head, tail].concat();
            assert_bounded(&parse::letter(&spliced), &spliced);
        }
    }
}

#[test]
fn a_mail_with_flipped_bytes_is_still_a_letter() {
    let mut dice = Dice(0x1234_5678_9abc_def1);
    for sample in samples().iter().filter(|s| !s.raw.is_empty()) {
        for round in 0..30 {
            let mut flipped = sample.raw.clone();
            for _ in 0..=round {
                let at = dice.below(flipped.len());
                let byte = u8::try_from(dice.below(256)).expect("below 256");
                *flipped.get_mut(at).expect("within the mail") = byte;
            }
            assert_bounded(&parse::letter(&flipped), &flipped);
        }
    }
}

#[test]
fn three_hundred_malformed_mails_are_all_answered() {
    let mut dice = Dice(0x5eed_5eed_5eed_5eed);
    let mut answered = 0;
    for number in 0..300 {
        let raw = malformed(number % 20, 1 + number / 20, &mut dice);
        let started = Instant::now();
        let letter = parse::letter(&raw);
        let (took, kind) = (started.elapsed(), number % 20);
        assert_bounded(&letter, &raw);
        // Tens of milliseconds when optimised; this is a debug build on a busy machine.
        assert!(took < Duration::from_secs(5), "kind {kind}, {} bytes took {took:?}", raw.len());
        answered += 1;
    }
    assert_eq!(answered, 300);
}

/// A malformed mail of a kind; `size` from 1 to 15 makes it larger, the largest about one megabyte.
pub(crate) fn malformed(kind: usize, size: usize, dice: &mut Dice) -> Vec<u8> {
    const HEAD: &str = "Message-ID: <a@customer.example>\nMIME-Version: 1.0\n";
    // Most are small: a fault shows there as well, and a large one takes its time.
    let size = (size * size / 15).max(1);
    let many = size * 667;
    let text = match kind {
        0 => nested_multiparts(size * 67),
        1 => nested_messages(size * 67),
        2 => format!("{HEAD}X-Long: {}\n\nText", "x".repeat(size * 70_000)),
        3 => format!("{HEAD}To: {}\n\nText", "a@b.example, ".repeat(many * 5)),
        4 => format!("{HEAD}Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(many)),
        5 => format!(
            "{HEAD}Content-Type: multipart/mixed; boundary=b\n\n{}",
            "--b\nContent-Type: multipart/mixed; boundary=never\n\n".repeat(many)
        ),
        6 => format!("{HEAD}{}\n\nText", "X-A: b\n".repeat(many * 10)),
        7 => format!("{HEAD}Subject: {}\n\nText", "=?utf-8?Q?a".repeat(many * 8)),
        8 => format!("{HEAD}Subject: {}\n\nText", "=?utf-8?B?5oql5?= ".repeat(many * 5)),
        9 => format!("{HEAD}References: {}\n\nText", "<a@b".repeat(many * 20)),
        10 => format!("{HEAD}From: {}\n\nText", "(".repeat(many * 100)),
        11 => format!("{HEAD}From: {}\n\nText", "\"a\\\" <<a@b>:;,".repeat(many * 5)),
        12 => format!("{HEAD}Content-Type: text/plain; {}\n\nText", "name*0*=a''%; ".repeat(many * 5)),
        13 => format!("{HEAD}\n{}", "begin 644 a\n#0V%T\n".repeat(many * 4)),
        14 => format!("{HEAD}Content-Type: text/html\n\n{}", "<div><blockquote>".repeat(many * 5)),
        15 => format!("{HEAD}Content-Type: text/plain; format=flowed\n\n{}", "> \n>> \n".repeat(many * 10)),
        16 => format!("{HEAD}Content-Transfer-Encoding: base64\n\n{}", "=A=B!\n".repeat(many * 10)),
        17 => format!("{HEAD}Content-Transfer-Encoding: quoted-printable\n\n{}", "=\n=3=\n".repeat(many * 10)),
        18 => return (0..many * 50).map(|_| u8::try_from(dice.below(256)).expect("below 256")).collect(),
        _ => format!("{}\0{}", "\0".repeat(many), "--\n".repeat(many)),
    };
    text.into_bytes()
}

fn nested_multiparts(depth: usize) -> String {
    let mut mail = "From: a@customer.example\nContent-Type: multipart/mixed; boundary=b0\n\n".to_owned();
    for level in 0..depth {
        mail.push_str(&format!("--b{level}\nContent-Type: multipart/mixed; boundary=b{}\n\n", level + 1));
    }
    mail
}

fn nested_messages(depth: usize) -> String {
    "From: a@customer.example\nContent-Type: message/rfc822\n\n".repeat(depth)
}

#[test]
fn a_mail_larger_than_is_read_says_so() {
    let mut raw = b"From: a@customer.example\nSubject: Large\n\nHello\n".to_vec();
    raw.resize(limits::MESSAGE_LEN_MAX + 100, b'x');
    let letter = parse::letter(&raw);
    assert_eq!(letter.subject.as_deref(), Some("Large"));
    assert!(letter.text.len() <= limits::TEXT_LEN_MAX && letter.text.starts_with("Hello"));
    assert_eq!(letter.defects.iter().map(|d| d.name()).collect::<Vec<_>>(), ["too-much"]);
}

proptest::proptest! {
    /// Words that mean something to a reader of mail, in any order.
    #[test]
    fn any_words_of_mail_make_a_letter(words in proptest::collection::vec(proptest::sample::select(ALPHABET), 0..120)) {
        let raw = words.concat();
        assert_bounded(&parse::letter(&raw), &raw);
    }
}

const ALPHABET: &[&[u8]] = &[
    b"From: ",
    b"To: ",
    b"Subject: ",
    b"Date: ",
    b"Content-Type: ",
    b"Content-Disposition: ",
    b"Content-Transfer-Encoding: ",
    b"References: ",
    b"multipart/mixed",
    b"multipart/alternative",
    b"multipart/related",
    b"message/rfc822",
    b"text/plain",
    b"text/html",
    b"application/ms-tnef",
    b"; boundary=",
    b"; charset=",
    b"; filename*0*=",
    b"; name=",
    b"base64",
    b"quoted-printable",
    b"x-uuencode",
    b"b1",
    b"--b1",
    b"--b1--",
    b"b2",
    b"--b2",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\r",
    b" ",
    b"\t",
    b"\"",
    b"<",
    b">",
    b"(",
    b")",
    b",",
    b";",
    b":",
    b"@",
    b"\\",
    b"=",
    b"=?utf-8?Q?",
    b"=?gbk?B?",
    b"?=",
    b"=E6",
    b"%E6",
    b"utf-8''",
    b"utf-7",
    b"gbk",
    b"iso-2022-jp",
    b"big5",
    b"\x1b$B",
    b"\xe6\x8a\xa5",
    b"\xb1\xa8",
    b"\0",
    b"begin 644 a\n",
    b"#0V%T\n",
    b"end\n",
    b"format=flowed",
    b"a@b.example",
    b"Mon, 2 Nov 2026 09:12:44 +0800",
    b"2026",
    b"SGVsbG8=",
    b"From a 09:12 2026\n",
];
