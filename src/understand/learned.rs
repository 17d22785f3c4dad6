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
/// What was corrected is to be lifted so far over all it might be taken for.
const MARGIN: f32 = 1.0;
/// What the rules read rightly may be lifted no further than this.
const LEEWAY: f32 = 0.2;
/// A step learned of one mail is no longer than this.
const STEP_MAX: f32 = 1.0;
/// A weight below this says nothing.
const WEIGHT_MIN: f32 = 0.002;
/// Numbers that words have: a few words share one, which does little harm and bounds the memory.
const NUMBERS: u32 = 1 << 18;
/// Weights a model may have; the heaviest are kept.
const WEIGHTS_MAX: usize = 300_000;
/// Bytes of one weight: the word's number, the intent, the weight.
const WEIGHT_LEN: usize = 9;
/// A mail is what corrections say when it is lifted so far over what the rules say, and further where they are sure.
const LIFT_MIN: f64 = 0.25;
const LIFT_OF_SURE: f64 = 0.35;
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

/// For each intent, in the order of [`Intent::ALL`].
type Scores = [f32; Intent::ALL.len()];

/// What was learned.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// By a word's number.
    weights: HashMap<u32, Scores>,
}

/// A mail as the model sees it: its words by their numbers, each as long as all others, all together as long as one.
struct Words {
    numbers: Vec<(u32, String)>,
    share: f32,
}

impl Model {
    /// How bytes of a model are to be read; another number is another program's. To be raised with every change of how words are numbered
    /// or of the order of [`Intent::ALL`].
    pub const VERSION: i64 = 1;

    /// Learns from what people said, with the rules' own examples held against it.
    pub fn train(lessons: &[Example<'_>], rules: &Rules) -> Self {
        let corrected = lessons.iter().filter(|lesson| lesson.intent != lesson.read).count();
        if corrected == 0 {
            return Self::default();
        }
        let folder = &rules.folder;
        let seen = |subject: &str, text: &str, intent, read| Seen {
            numbers: words(subject, text, folder).numbers.into_iter().map(|(number, _)| number).collect(),
            intent: place(intent),
            read: place(read),
        };
        let mut taught: Vec<Seen> = lessons.iter().map(|lesson| seen(lesson.subject, lesson.text, lesson.intent, lesson.read)).collect();
        taught.extend(rules.intents.examples(folder).map(|example| {
            let split = example.text.strip_prefix("Subject: ").and_then(|rest| rest.split_once('\n'));
            let (subject, text) = split.unwrap_or(("", example.text.as_str()));
            seen(subject, text, example.intent, example.intent)
        }));
        let mut weights = vec![Scores::default(); NUMBERS as usize];
        for _ in 0..ROUNDS {
            taught.iter().for_each(|seen| seen.learn(&mut weights));
        }
        Self::of(weights)
    }

    /// The heaviest weights.
    fn of(weights: Vec<Scores>) -> Self {
        let mut heavy: Vec<f32> = weights.iter().flatten().map(|weight| weight.abs()).filter(|weight| *weight >= WEIGHT_MIN).collect();
        heavy.sort_by(|a, b| b.total_cmp(a));
        let least = heavy.get(WEIGHTS_MAX).copied();
        let is_heavy = |weight: f32| weight.abs() >= WEIGHT_MIN && least.is_none_or(|least| weight.abs() > least);
        let kept = |scores: Scores| scores.map(|weight| if is_heavy(weight) { weight } else { 0.0 });
        let rows = (0..NUMBERS).zip(weights).map(|(number, scores)| (number, kept(scores)));
        Self { weights: rows.filter(|(_, scores)| scores.iter().any(|weight| *weight != 0.0)).collect() }
    }

    /// As the books keep it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let sorted: BTreeMap<u32, &Scores> = self.weights.iter().map(|(number, scores)| (*number, scores)).collect();
        let mut bytes = Vec::new();
        for (number, scores) in sorted {
            for (intent, weight) in (0_u8..).zip(scores).filter(|(_, weight)| **weight != 0.0) {
                bytes.extend(number.to_le_bytes());
                bytes.push(intent);
                bytes.extend(weight.to_le_bytes());
            }
        }
        bytes
    }

    /// Reads what [`Model::to_bytes`] wrote; `None` of anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if !bytes.len().is_multiple_of(WEIGHT_LEN) || bytes.len() / WEIGHT_LEN > WEIGHTS_MAX {
            return None;
        }
        let mut weights: HashMap<u32, Scores> = HashMap::new();
        for one in bytes.chunks_exact(WEIGHT_LEN) {
            let (number, rest) = one.split_first_chunk::<4>()?;
            let (intent, weight) = rest.split_first()?;
            let (number, weight) = (u32::from_le_bytes(*number), f32::from_le_bytes(weight.try_into().ok()?));
            let known = weights.entry(number).or_default().get_mut(usize::from(*intent))?;
            if number >= NUMBERS || !weight.is_finite() || weight == 0.0 || *known != 0.0 {
                return None;
            }
            *known = weight;
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
        let mut scores = Scores::default();
        words.numbers.iter().filter_map(|(number, _)| self.weights.get(number)).for_each(|row| add(&mut scores, row, words.share));
        let from = of(&scores, place(guess.intent));
        let others = Intent::ALL.into_iter().filter(|intent| *intent != guess.intent);
        let lifts = others.map(|intent| (intent, of(&scores, place(intent)) - from));
        let Some((intent, lift)) = lifts.max_by(|a, b| a.1.total_cmp(&b.1)) else { return guess };
        let lift = f64::from(lift);
        if lift < LIFT_MIN + LIFT_OF_SURE * guess.confidence {
            return guess;
        }
        let evidence = self.cues(&words, intent, guess.intent);
        let second = Some(guess.intent).filter(|second| *second != Intent::Other);
        IntentGuess { intent, confidence: 0.5 + 0.4 * lift.min(1.0), second, evidence }
    }

    /// The words that lifted a mail most, as they stand there.
    fn cues(&self, words: &Words, intent: Intent, from: Intent) -> Vec<Evidence> {
        let lift = |number| self.weights.get(&number).map_or(0.0, |row| of(row, place(intent)) - of(row, place(from)));
        let mut cues: Vec<(f32, &str)> = words.numbers.iter().map(|(number, word)| (lift(*number), word.as_str())).collect();
        cues.sort_by(|a, b| b.0.total_cmp(&a.0));
        let spoke = cues.into_iter().take(CUES_MAX).filter(|(lift, _)| *lift > 0.0);
        spoke.map(|(_, word)| Evidence { words: word.to_owned(), rule: format!("learned: {intent} rather than {from}") }).collect()
    }
}

/// A mail that is learned of: its words by their numbers, what it is and what it was taken for, by their places.
struct Seen {
    numbers: Vec<u32>,
    intent: usize,
    read: usize,
}

impl Seen {
    /// One step towards what it is, as long as needed and no longer (the passive-aggressive rule).
    fn learn(&self, weights: &mut [Scores]) {
        let share = share(self.numbers.len());
        let row_of = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let mut scores = Scores::default();
        self.numbers.iter().filter_map(|number| weights.get(row_of(*number))).for_each(|row| add(&mut scores, row, share));
        let own = of(&scores, self.intent);
        let missing = scores.iter().enumerate().filter(|(at, _)| *at != self.intent).map(|(at, other)| {
            // Mail like a corrected one may be taken for something else again: it is lifted over all.
            let wanted = if self.intent == self.read { -LEEWAY } else { MARGIN };
            (at, wanted - (own - other))
        });
        let Some((rival, loss)) = missing.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, loss)| *loss > 0.0) else { return };
        let step = (loss / 2.0).min(STEP_MAX) * share;
        for number in &self.numbers {
            let Some(row) = weights.get_mut(row_of(*number)) else { continue };
            for (at, change) in [(self.intent, step), (rival, -step)] {
                if let Some(weight) = row.get_mut(at) {
                    *weight += change;
                }
            }
        }
    }
}

/// Where an intent stands among the scores.
fn place(intent: Intent) -> usize {
    Intent::ALL.iter().position(|known| *known == intent).unwrap_or_default()
}

fn of(scores: &Scores, place: usize) -> f32 {
    scores.get(place).copied().unwrap_or_default()
}

fn add(scores: &mut Scores, row: &Scores, share: f32) {
    scores.iter_mut().zip(row).for_each(|(score, weight)| *score += weight * share);
}

/// What one word of so many counts, so that long mails are as long as short ones.
fn share(count: usize) -> f32 {
    // No mail has more words than a float holds exactly.
    1.0 / (count.max(1) as f32).sqrt()
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
            // Characters that stand for words overlap already.
            let is_whole = !word.chars().any(is_unspaced);
            if let Some(before) = before.replace(word.clone()).filter(|_| is_whole) {
                note(format!("{before} {word}"));
            }
            note(word);
        }
    }
    let numbers: Vec<(u32, String)> = found.into_iter().collect();
    let share = share(numbers.len());
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
    word.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) % NUMBERS
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
