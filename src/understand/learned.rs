//! What people's corrections teach: a small linear model over the words of a mail, on top of the rules.
//!
//! It knows how mail like the corrected one is to be lifted from what the rules take it for to what it is. Where nobody corrected anything
//! it says nothing, and mail that has little in common with what was corrected is lifted little: the rules keep a floor, and the surer
//! they are the more has to speak against them. The rules' own examples are held against it while it learns, so that one correction does
//! not turn what the rules read rightly. Words are kept as numbers only; which of them spoke is found in the mail that is read.

use super::fold::Folder;
use super::reading::{Evidence, IntentGuess};
use super::rules::Rules;
use crate::types::Intent;
use std::collections::{BTreeMap, HashMap};

/// Words looked at; whoever wants something has said it by then.
const WORDS_MAX: usize = 600;
/// So much of a text is folded, in bytes.
const TEXT_LEN_MAX: usize = 8 * 1024;
/// How often all lessons are gone through.
const ROUNDS: usize = 12;
/// What was corrected is to be lifted so far over what it was taken for.
const MARGIN: f64 = 1.0;
/// What the rules read rightly may be lifted no further than this.
const LEEWAY: f64 = 0.2;
/// A step learned of one mail is no longer than this.
const STEP_MAX: f64 = 1.0;
/// A weight below this says nothing.
const WEIGHT_MIN: f32 = 0.002;
/// Weights a model may have: more than lessons can teach.
const WEIGHTS_MAX: usize = 1_000_000;
/// Bytes of one weight: the word's number, the intent, the weight.
const WEIGHT_LEN: usize = 9;
/// Words told that spoke for a correction.
const CUES_MAX: usize = 3;

/// A mail of which a person has said what it is.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a> {
    pub subject: &'a str,
    pub text: &'a str,
    /// What it is.
    pub intent: Intent,
    /// What it was taken for; the same where a person agreed.
    pub read: Intent,
}

/// What was learned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// By a word's number and an intent.
    weights: HashMap<(u32, Intent), f32>,
}

/// A mail as the model sees it: its words by their numbers, each as long as all others, all together as long as one.
struct Words {
    numbers: Vec<(u32, String)>,
    share: f64,
}

impl Model {
    /// How bytes of a model are to be read; another number is another program's.
    pub const VERSION: i64 = 1;

    /// Learns from what people said, with the rules' own examples held against it.
    pub fn train(lessons: &[Example<'_>], rules: &Rules) -> Self {
        let corrected = lessons.iter().filter(|lesson| lesson.intent != lesson.read).count();
        if corrected == 0 {
            return Self::default();
        }
        let folder = &rules.folder;
        let mut taught: Vec<(Words, Intent, Intent)> =
            lessons.iter().map(|lesson| (words(lesson.subject, lesson.text, folder), lesson.intent, lesson.read)).collect();
        taught.extend(rules.intents.examples(folder).map(|example| {
            let split = example.text.strip_prefix("Subject: ").and_then(|rest| rest.split_once('\n'));
            let (subject, text) = split.unwrap_or(("", example.text.as_str()));
            (words(subject, text, folder), example.intent, example.intent)
        }));
        let mut weights = BTreeMap::new();
        for _ in 0..ROUNDS {
            for (words, intent, read) in &taught {
                learn(&mut weights, words, *intent, *read);
            }
        }
        let kept = weights.into_iter().map(|(key, weight)| (key, weight as f32)).filter(|(_, weight)| weight.abs() >= WEIGHT_MIN);
        Self { weights: kept.take(WEIGHTS_MAX).collect() }
    }

    /// As the books keep it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let sorted: BTreeMap<(u32, Intent), f32> = self.weights.iter().map(|(key, weight)| (*key, *weight)).collect();
        let mut bytes = Vec::with_capacity(sorted.len() * WEIGHT_LEN);
        for ((number, intent), weight) in sorted {
            bytes.extend(number.to_le_bytes());
            bytes.extend(Intent::ALL.iter().position(|known| *known == intent).and_then(|at| u8::try_from(at).ok()));
            bytes.extend(weight.to_le_bytes());
        }
        bytes
    }

    /// Reads what [`Model::to_bytes`] wrote; `None` of anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() % WEIGHT_LEN != 0 || bytes.len() / WEIGHT_LEN > WEIGHTS_MAX {
            return None;
        }
        let mut weights = HashMap::with_capacity(bytes.len() / WEIGHT_LEN);
        for one in bytes.chunks_exact(WEIGHT_LEN) {
            let (number, rest) = one.split_first_chunk::<4>()?;
            let (intent, weight) = rest.split_first()?;
            let weight = f32::from_le_bytes(weight.try_into().ok()?);
            let intent = *Intent::ALL.get(usize::from(*intent))?;
            weights.insert((u32::from_le_bytes(*number), intent), weight).is_none().then_some(())?;
            weight.is_finite().then_some(())?;
        }
        Some(Self { weights })
    }

    /// Whether it says nothing of any mail.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// What a mail is, given what the rules take it for: the same, or what corrections of mail like it say, with the words that spoke.
    pub(super) fn judge(&self, guess: IntentGuess, subject: &str, text: &str, folder: &Folder) -> IntentGuess {
        if self.is_empty() {
            return guess;
        }
        let words = words(subject, text, folder);
        let score = |intent| words.numbers.iter().map(|(number, _)| self.weight(*number, intent)).sum::<f64>() * words.share;
        let from = score(guess.intent);
        let scored = Intent::ALL.into_iter().filter(|intent| *intent != guess.intent).map(|intent| (intent, score(intent) - from));
        let Some((intent, lift)) = scored.max_by(|a, b| a.1.total_cmp(&b.1)) else { return guess };
        if lift < 0.3 + 0.4 * guess.confidence {
            return guess;
        }
        let evidence = self.cues(&words, intent, guess.intent);
        let second = Some(guess.intent).filter(|second| *second != Intent::Other);
        IntentGuess { intent, confidence: 0.5 + 0.4 * lift.min(1.0), second, evidence }
    }

    fn weight(&self, number: u32, intent: Intent) -> f64 {
        self.weights.get(&(number, intent)).copied().map_or(0.0, f64::from)
    }

    /// The words that lifted a mail most, as they stand there.
    fn cues(&self, words: &Words, intent: Intent, from: Intent) -> Vec<Evidence> {
        let lift = |number| self.weight(number, intent) - self.weight(number, from);
        let mut cues: Vec<(f64, &str)> = words.numbers.iter().map(|(number, word)| (lift(*number), word.as_str())).collect();
        cues.sort_by(|a, b| b.0.total_cmp(&a.0));
        let spoke = cues.into_iter().take(CUES_MAX).filter(|(lift, _)| *lift > 0.0);
        spoke.map(|(_, word)| Evidence { words: word.to_owned(), rule: format!("learned: {intent} rather than {from}") }).collect()
    }
}

/// One step towards what a mail is, as long as needed and no longer (the passive-aggressive rule).
fn learn(weights: &mut BTreeMap<(u32, Intent), f64>, words: &Words, intent: Intent, read: Intent) {
    if words.numbers.is_empty() {
        return;
    }
    let score = |weights: &BTreeMap<(u32, Intent), f64>, intent| {
        words.numbers.iter().map(|(number, _)| weights.get(&(*number, intent)).copied().unwrap_or_default()).sum::<f64>() * words.share
    };
    let own = score(weights, intent);
    let others = Intent::ALL.into_iter().filter(|other| *other != intent);
    let missing = |other| {
        let wanted = if other == read { MARGIN } else { -LEEWAY };
        (other, wanted - (own - score(weights, other)))
    };
    let Some((rival, loss)) = others.map(missing).max_by(|a, b| a.1.total_cmp(&b.1)) else { return };
    if loss <= 0.0 {
        return;
    }
    let step = (loss / 2.0).min(STEP_MAX) * words.share;
    for (number, _) in &words.numbers {
        *weights.entry((*number, intent)).or_default() += step;
        *weights.entry((*number, rival)).or_default() -= step;
    }
}

/// The words of a mail and their pairs, each once. Where a script writes no spaces, two characters stand for a word.
fn words(subject: &str, text: &str, folder: &Folder) -> Words {
    let mut found: BTreeMap<u32, String> = BTreeMap::new();
    let mut note = |word: String| {
        found.entry(number(&word)).or_insert(word);
    };
    for part in [subject, text] {
        let mut before: Option<String> = None;
        for word in folded_words(part, folder) {
            if let Some(before) = before.replace(word.clone()) {
                note(format!("{before} {word}"));
            }
            note(word);
        }
    }
    let numbers: Vec<(u32, String)> = found.into_iter().collect();
    let share = 1.0 / (numbers.len().max(1) as f64).sqrt();
    Words { numbers, share }
}

/// The words of a text as rules match them; numbers are all alike.
fn folded_words(text: &str, folder: &Folder) -> Vec<String> {
    let folded = folder.fold(text, TEXT_LEN_MAX).text;
    let mut words: Vec<String> = Vec::new();
    for piece in folded.split(|c: char| !c.is_alphanumeric()).filter(|piece| !piece.is_empty()) {
        if words.len() >= WORDS_MAX {
            break;
        }
        if piece.chars().any(is_unspaced) {
            let characters: Vec<char> = piece.chars().collect();
            let room = WORDS_MAX - words.len();
            words.extend(characters.windows(2).take(room).map(|pair| pair.iter().collect::<String>()));
        } else if piece.chars().all(char::is_numeric) {
            words.push("#".to_owned());
        } else {
            words.push(piece.to_owned());
        }
    }
    words
}

/// Chinese, Japanese, Thai, Lao, Burmese, Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

/// A word's number (FNV-1a): the same on every machine and for ever.
fn number(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Fresh, Letter};
    use crate::understand::read_with;
    use std::sync::LazyLock;

    static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::compile(&Rules::built_in_files()).expect("the built-in rules compile"));

    const CALL_OFF: &str = "Hello, please release the next lot of frame contract 17 to our Antwerp warehouse, 4 pallets. Thank you, Jo";
    const LIKE_IT: &str = "Hello, please release another lot of frame contract 22 to our Ghent warehouse, 6 pallets. Kind regards, Jo";
    const UNLIKE: &str = "Good morning, could you quote 500 pcs of your garden lamps CIF Lisbon? Best regards, Ana";

    fn read(text: &str, model: Option<&Model>) -> IntentGuess {
        let fresh = Fresh { text: text.to_owned(), ..Fresh::default() };
        read_with(&Letter { fresh, ..Letter::default() }, &RULES, model).intent
    }

    /// What is certainly not what the rules say.
    fn lesson(text: &str, intent: Intent) -> (Example<'_>, Intent) {
        let read = read(text, None).intent;
        assert_ne!(read, intent, "the rules know it by themselves; take another mail");
        (Example { subject: "", text, intent, read }, read)
    }

    #[test]
    fn a_correction_turns_the_mail_and_mail_like_it_and_no_other() {
        let (lesson, before) = lesson(CALL_OFF, Intent::Negotiation);
        let model = Model::train(&[lesson], &RULES);
        for text in [CALL_OFF, LIKE_IT] {
            let guess = read(text, Some(&model));
            assert_eq!(guess.intent, Intent::Negotiation, "{text}: {guess:?}");
            assert!(guess.evidence.iter().all(|evidence| evidence.rule.starts_with("learned: ")) && !guess.evidence.is_empty());
            assert!(guess.confidence < 0.95, "{guess:?}");
        }
        assert_eq!(read(UNLIKE, Some(&model)), read(UNLIKE, None));
        // Corrected again: as it was.
        let back = Model::train(&[Example { intent: before, ..lesson }], &RULES);
        assert!(back.is_empty());
    }

    #[test]
    fn what_the_rules_read_rightly_stays_so() {
        let model = Model::train(&[lesson(CALL_OFF, Intent::Negotiation).0, lesson(UNLIKE, Intent::Complaint).0], &RULES);
        let mut turned = 0;
        let mut all = 0;
        for example in RULES.intents.examples(&RULES.folder) {
            let text =
                example.text.strip_prefix("Subject: ").and_then(|rest| rest.split_once('\n')).map_or(example.text.as_str(), |it| it.1);
            let (before, after) = (read(text, None).intent, read(text, Some(&model)).intent);
            turned += usize::from(before == example.intent && after != before);
            all += 1;
        }
        assert!(turned * 500 <= all, "{turned} of {all}");
    }

    #[test]
    fn a_model_is_kept_as_bytes_and_other_bytes_are_none() {
        let model = Model::train(&[lesson(CALL_OFF, Intent::Negotiation).0], &RULES);
        let bytes = model.to_bytes();
        assert_eq!(Model::from_bytes(&bytes), Some(model));
        assert_eq!(Model::from_bytes(&[]), Some(Model::default()));
        for wrong in [&bytes[1..], &[0; 18], &[255; 9], b"no model."] {
            assert_eq!(Model::from_bytes(wrong), None);
        }
    }

    #[test]
    fn chinese_is_learned_as_well() {
        let text = "您好，请把框架合同第十七号的下一批货发到我们天津仓库，共四托。谢谢";
        let like = "您好，请把框架合同第二十号的下一批货发到我们青岛仓库，共六托。谢谢";
        let (lesson, _) = lesson(text, Intent::Negotiation);
        let model = Model::train(&[lesson], &RULES);
        assert_eq!(read(like, Some(&model)).intent, Intent::Negotiation);
    }

    #[test]
    fn hostile_text_is_read_in_bounded_time() {
        let model = Model::train(&[lesson(CALL_OFF, Intent::Negotiation).0], &RULES);
        for piece in ["a ", "\u{202e}", "货", "x\u{300}", "1 "] {
            read(&piece.repeat(100_000), Some(&model));
        }
        assert!(Model::train(&[Example { subject: "", text: "", intent: Intent::Order, read: Intent::Other }], &RULES).weights.is_empty());
    }
}
