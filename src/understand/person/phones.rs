//! Telephone numbers: found in a line with what its label says they are, and written as they are dialled from anywhere (ITU-T E.164).
//!
//! Of a national number the country must be known; where it is not certain which number is meant, none is given.

use super::words::{self, Labelled};
use crate::types::Country;
use crate::understand::fold::Folder;
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// Figures a number has: E.164 allows 15, what is dialled before it comes on top.
const DIGITS: RangeInclusive<usize> = 6..=18;
/// E.164's own limit.
const E164_DIGITS_MAX: usize = 15;
/// Characters of a label.
const LABEL_CHARS_MAX: usize = 40;
/// Numbers taken of one line.
const PER_LINE_MAX: usize = 8;

/// What a number is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PhoneKind {
    Office,
    Mobile,
    WhatsApp,
    Fax,
}

/// A telephone number of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    pub kind: PhoneKind,
    /// As it stands in the mail.
    pub written: String,
    /// `+49401234567`; `None` where it is not certain.
    pub e164: Option<String>,
}

/// How a country's numbers are made.
#[derive(Debug)]
pub(super) struct Plan {
    pub country: Country,
    /// The code from abroad.
    pub code: String,
    /// Figures of a number without code and trunk prefix.
    pub digits: RangeInclusive<usize>,
    /// What is dialled before it within the country.
    pub trunk: String,
    /// Where countries share a code: how this one's numbers begin.
    pub areas: Vec<String>,
    /// Of those that share a code, the one that has the rest.
    pub main: bool,
}

/// All countries' plans.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    plans: Vec<Plan>,
    by_country: HashMap<Country, usize>,
    by_code: HashMap<String, Vec<usize>>,
}

impl Numbering {
    pub(super) fn add(&mut self, plan: Plan) {
        let at = self.plans.len();
        self.by_country.insert(plan.country, at);
        self.by_code.entry(plan.code.clone()).or_default().push(at);
        self.plans.push(plan);
    }

    /// A number from abroad, its figures without any `+`; and the country it belongs to.
    fn international(&self, digits: &str) -> Option<(String, Country)> {
        (1..=3).find_map(|len| {
            let (code, national) = digits.split_at_checked(len)?;
            let plans = self.by_code.get(code)?;
            let owner = |national: &str| {
                let plans = plans.iter().filter_map(|at| self.plans.get(*at));
                let of_area = plans.clone().find(|plan| plan.areas.iter().any(|area| national.starts_with(area.as_str())));
                of_area.or_else(|| plans.clone().find(|plan| plan.main || plan.areas.is_empty()))
            };
            let plan = owner(national)?;
            // Many write the trunk prefix after the code all the same.
            let choices = [Some(national), national.strip_prefix(plan.trunk.as_str()).filter(|_| !plan.trunk.is_empty())];
            let national = choices
                .into_iter()
                .flatten()
                .find(|national| plan.digits.contains(&national.len()) && !is_doubled_trunk(national, plan))?;
            (code.len() + national.len() <= E164_DIGITS_MAX).then(|| (format!("+{code}{national}"), plan.country))
        })
    }

    /// A number as it is dialled within a country. `is_whole` when brackets show that the area is there.
    fn national(&self, digits: &str, country: Country, is_whole: bool) -> Option<String> {
        let plan = self.plans.get(*self.by_country.get(&country)?)?;
        let fits = |national: &str| plan.digits.contains(&national.len());
        let join = |national: &str| Some(format!("+{}{national}", plan.code)).filter(|number| number.len() <= E164_DIGITS_MAX + 1);
        if plan.trunk.is_empty() {
            return if fits(digits) { join(digits) } else { self.with_code(digits, plan) };
        }
        match digits.strip_prefix(plan.trunk.as_str()) {
            // `1` in North America may begin the number itself only where it is longer than a number is.
            Some(national) if fits(national) && !fits(digits) || plan.trunk == "0" && fits(national) => join(national),
            _ if fits(digits) && (is_whole || digits.len() == *plan.digits.end()) => join(digits),
            _ => self.with_code(digits, plan),
        }
    }

    /// The code without a `+` before it: `86-574-1234 5678`.
    fn with_code(&self, digits: &str, plan: &Plan) -> Option<String> {
        let rest = digits.strip_prefix(plan.code.as_str())?;
        if digits.len() <= *plan.digits.end() || rest.len() < 8 {
            return None;
        }
        self.international(digits).filter(|(_, country)| *country == plan.country).map(|(number, _)| number)
    }
}

/// A national number never begins with the trunk prefix `0`, unless the country has none.
fn is_doubled_trunk(national: &str, plan: &Plan) -> bool {
    plan.trunk == "0" && national.starts_with('0')
}

/// A number found in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub kinds: Vec<PhoneKind>,
    pub written: String,
}

/// The numbers of a line, each with what its label says. Figures without a label are a number only with `+` or `00` before them.
pub(super) fn find(line: &str, folder: &Folder) -> Vec<Found> {
    let chars: Vec<char> = line.chars().collect();
    let (mut found, mut at, mut label_from) = (Vec::new(), 0, 0);
    while at < chars.len() && found.len() < PER_LINE_MAX {
        let Some(end) = run_at(&chars, at) else {
            at += 1;
            continue;
        };
        let written: String = chars.get(at..end).unwrap_or_default().iter().collect();
        let written = written.trim_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '.' | '/' | '(' | '–')).to_owned();
        let written = if chars.get(at) == Some(&'(') && written.contains(')') { format!("({written}") } else { written };
        if DIGITS.contains(&digits(&written).len()) {
            let before: String = chars.get(label_from.max(at.saturating_sub(LABEL_CHARS_MAX))..at).unwrap_or_default().iter().collect();
            let kinds = kinds(&format!("{before} {}", remark(&chars, end)), folder);
            let is_international = written.starts_with('+') || written.starts_with("(+") || written.starts_with("00");
            match kinds {
                Some(kinds) if !kinds.is_empty() => found.push(Found { kinds, written }),
                Some(_) if is_international => found.push(Found { kinds: vec![PhoneKind::Office], written }),
                _ => {}
            }
            label_from = end;
        }
        at = end.max(at + 1);
    }
    found
}

/// Where figures that begin here end, when a number may begin here.
fn run_at(chars: &[char], at: usize) -> Option<usize> {
    let first = *chars.get(at)?;
    let begins =
        digit(first).is_some() || matches!(first, '+' | '(' | '＋') && chars.get(at + 1).is_some_and(|c| digit(*c).is_some() || *c == '+');
    let is_within_word = at > 0 && chars.get(at - 1).is_some_and(|c| c.is_alphanumeric() && *c < '\u{2e80}');
    if !begins || is_within_word {
        return None;
    }
    let (mut end, mut count) = (at, 0);
    while let Some(c) = chars.get(end) {
        let next = chars.get(end + 1);
        match c {
            c if digit(*c).is_some() => count += 1,
            '+' | '＋' if end == at || end == at + 1 => {}
            // Two numbers beside one another.
            '/' if count >= 7 => break,
            ' ' | '\u{a0}' if next.is_some_and(|next| matches!(next, ' ' | '\u{a0}' | '+')) => break,
            ' ' | '\u{a0}' | '-' | '.' | '(' | ')' | '/' | '‑' | '–' | '\u{2009}' | '\u{202f}' => {}
            _ => break,
        }
        end += 1;
        if count > *DIGITS.end() {
            break;
        }
    }
    (count > 0).then_some(end)
}

/// A word in brackets behind a number: `(WhatsApp)`.
fn remark(chars: &[char], end: usize) -> String {
    // The bracket may have been taken for one of the number's own.
    let from = end.saturating_sub(2);
    let rest: String = chars.get(from..).unwrap_or_default().iter().take(LABEL_CHARS_MAX).collect();
    match rest.split_once('(').and_then(|(between, rest)| rest.split_once(')').filter(|_| between.trim().len() <= 1)) {
        Some((words, _)) if words.chars().any(char::is_alphabetic) => words.to_owned(),
        _ => String::new(),
    }
}

/// What a label says: kinds, none known, or (`None`) that it is no telephone number.
fn kinds(label: &str, folder: &Folder) -> Option<Vec<PhoneKind>> {
    let words = words::get();
    let folded = folder.fold_word(label);
    let folded = folded.trim_matches(|c: char| !c.is_alphanumeric());
    let mut said: Vec<Labelled> = words.labels.get(folded).copied().into_iter().collect();
    if said.is_empty() {
        let tokens = folded.split(|c: char| !c.is_alphanumeric() && !super::is_mark(c)).filter(|token| !token.is_empty());
        said.extend(tokens.filter_map(|token| words.labels.get(token).copied()));
        said.extend(words.joined_labels.iter().filter(|(name, _)| folded.contains(name.as_str())).map(|(_, kind)| *kind));
    }
    let mut kinds = Vec::new();
    for kind in said.iter().filter_map(|kind| phone_kind(*kind)) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    // `Mobile phone`, `手机电话`: the narrower word says it; `Tel/Fax` is both.
    if kinds.iter().any(|kind| matches!(kind, PhoneKind::Mobile | PhoneKind::WhatsApp)) {
        kinds.retain(|kind| *kind != PhoneKind::Office);
    }
    if kinds.is_empty() && said.contains(&Labelled::Other) { None } else { Some(kinds) }
}

fn phone_kind(kind: Labelled) -> Option<PhoneKind> {
    match kind {
        Labelled::Office => Some(PhoneKind::Office),
        Labelled::Mobile => Some(PhoneKind::Mobile),
        Labelled::WhatsApp => Some(PhoneKind::WhatsApp),
        Labelled::Fax => Some(PhoneKind::Fax),
        Labelled::Other => None,
    }
}

/// A number as it is dialled from anywhere, and the country its own code names.
pub(super) fn e164(written: &str, country: Option<Country>) -> (Option<String>, Option<Country>) {
    // `+49 (0)40 …`: the bracket is for callers within the country.
    let plain = written.replace("(0)", "");
    let figures = digits(&plain);
    let numbering = &words::get().numbering;
    let from_abroad = plain.trim_start().trim_start_matches('(').starts_with(['+', '＋']);
    let dialled = if from_abroad { Some(figures.as_str()) } else { figures.strip_prefix("00") };
    if let Some(dialled) = dialled {
        return numbering.international(dialled).unzip();
    }
    let is_whole = plain.trim_start().starts_with('(');
    (country.and_then(|country| numbering.national(&figures, country, is_whole)), None)
}

/// Figures alone, of whatever script, as ASCII.
fn digits(text: &str) -> String {
    text.chars().filter_map(digit).collect()
}

/// A figure of a script in which telephone numbers are written.
fn digit(c: char) -> Option<char> {
    let zeros = ['0', '٠', '۰', '０', '०', '০', '๐'];
    let zero = zeros.into_iter().map(u32::from).find(|zero| (*zero..*zero + 10).contains(&u32::from(c)))?;
    char::from_digit(u32::from(c) - zero, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(code: &str) -> Option<Country> {
        Country::parse(code)
    }

    #[test]
    fn numbers_are_written_as_they_are_dialled_from_anywhere() {
        for (written, at, expected) in [
            ("+49 (0)40 123456-78", None, Some("+494012345678")),
            ("040/1234567", country("DE"), Some("+49401234567")),
            ("0049 171 1234567", None, Some("+491711234567")),
            ("1234567", country("DE"), None),
            ("138 0013 8000", country("CN"), Some("+8613800138000")),
            ("0574-8765 4321", country("CN"), Some("+8657487654321")),
            ("86-574-8765 4321", country("CN"), Some("+8657487654321")),
            ("8765 4321", country("CN"), None),
            ("03-1234-5678", country("JP"), Some("+81312345678")),
            ("090-1234-5678", country("JP"), Some("+819012345678")),
            ("010-1234-5678", country("KR"), Some("+821012345678")),
            ("011 555 0120", country("IT"), Some("+390115550120")),
            ("+39 011 555 0120", None, Some("+390115550120")),
            ("(11) 98765-4321", country("BR"), Some("+5511987654321")),
            ("(11) 3456-7890", country("BR"), Some("+551134567890")),
            ("98201 23456", country("IN"), Some("+919820123456")),
            ("+52 1 55 1234 5678", None, Some("+525512345678")),
            ("8 (495) 123-45-67", country("RU"), Some("+74951234567")),
            ("+7 727 250 00 00", None, Some("+77272500000")),
            ("(713) 555-0123", country("US"), Some("+17135550123")),
            ("1-713-555-0123", country("US"), Some("+17135550123")),
            ("+1 416 555 0199", None, Some("+14165550199")),
            ("06 12 34 56 78", country("FR"), Some("+33612345678")),
            ("612 345 678", country("ES"), Some("+34612345678")),
            ("0532 123 45 67", country("TR"), Some("+905321234567")),
            ("020 7946 0000", country("GB"), Some("+442079460000")),
            ("٠١٠١٢٣٤٥٦٧٨", country("EG"), Some("+201012345678")),
            ("011 15 2345 6789", country("AR"), None),
            ("+999 1234567", None, None),
            ("06 1 234 5678", country("HU"), Some("+3612345678")),
            ("2345 6789", country("HK"), Some("+85223456789")),
        ] {
            assert_eq!(e164(written, at).0.as_deref(), expected, "{written}");
        }
        assert_eq!(e164("+7 727 250 00 00", None).1, country("KZ"));
        assert_eq!(e164("+1 416 555 0199", None).1, country("CA"));
        assert_eq!(e164("+1 713 555 0123", None).1, country("US"));
    }

    #[test]
    fn a_label_says_what_a_number_is_for() {
        let folder = Folder::default();
        let told = |line: &str| find(line, &folder).into_iter().map(|found| (found.kinds, found.written)).collect::<Vec<_>>();
        use PhoneKind::{Fax, Mobile, Office, WhatsApp};
        for (line, expected) in [
            (
                "T: +49 40 1234567, M: +49 171 1234567, F: +49 40 1234568",
                vec![(vec![Office], "+49 40 1234567"), (vec![Mobile], "+49 171 1234567"), (vec![Fax], "+49 40 1234568")],
            ),
            ("Tel/Fax: +86-574-8765 4321", vec![(vec![Office, Fax], "+86-574-8765 4321")]),
            ("Mob/WhatsApp: +91 98201 23456", vec![(vec![Mobile, WhatsApp], "+91 98201 23456")]),
            ("手机/微信：138 0013 8000", vec![(vec![Mobile], "138 0013 8000")]),
            ("电话：0574-8765 4321 传真：0574-8765 4322", vec![(vec![Office], "0574-8765 4321"), (vec![Fax], "0574-8765 4322")]),
            (
                "TEL 03-1234-5678 FAX 03-1234-5679 携帯 090-1234-5678",
                vec![(vec![Office], "03-1234-5678"), (vec![Fax], "03-1234-5679"), (vec![Mobile], "090-1234-5678")],
            ),
            ("+34 600 123 456 (WhatsApp)", vec![(vec![WhatsApp], "+34 600 123 456")]),
            ("جوال: ٠٥٥ ١٢٣ ٤٥٦٧", vec![(vec![Mobile], "٠٥٥ ١٢٣ ٤٥٦٧")]),
            ("VAT DE123456789", vec![]),
            ("200120 Shanghai", vec![]),
            ("USt-IdNr. 123456789", vec![]),
            ("Tel. 040/1234567/89", vec![(vec![Office], "040/1234567")]),
        ] {
            let expected: Vec<(Vec<PhoneKind>, String)> =
                expected.into_iter().map(|(kinds, written): (Vec<PhoneKind>, &str)| (kinds, written.to_owned())).collect();
            assert_eq!(told(line), expected, "{line}");
        }
    }

    #[test]
    fn a_hostile_line_is_read_in_bounded_time() {
        for piece in ["1", "+", "(", "Tel ", "1 ", "Tel: +49 40 1234567 "] {
            assert!(find(&piece.repeat(600 / piece.len()), &Folder::default()).len() <= PER_LINE_MAX);
        }
    }
}
