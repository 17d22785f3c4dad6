//! Freight containers as the trade counts them: `1x40HQ`, `2 x 20'GP`, `two 40ft high cube`, `2个40尺高柜`.

use super::numbers::{Number, Shape};
use super::page::{Page, runs_on};
use rust_decimal::Decimal;

/// A number of containers: where it ends, how many, which.
pub(super) struct Containers {
    pub end: usize,
    pub count: Decimal,
    pub unit: String,
}

const COUNT_MAX: u32 = 999;

/// Reads containers counted by the number here.
pub(super) fn counted(page: &Page, number: &Number) -> Option<Containers> {
    if matches!(number.shape, Shape::Price(_) | Shape::Percent | Shape::Code)
        || number.to.is_some()
        || number.count > Decimal::from(COUNT_MAX)
    {
        return None;
    }
    let mut at = page.skip_blanks(number.end);
    let joined = page.rest(at).chars().next().filter(|c| matches!(c, 'x' | 'х' | '×' | '*' | '✕' | '个' | '個' | '条' | '只'));
    at = page.skip_blanks(at + joined.map_or(0, char::len_utf8));
    let (end, unit) = size(page, at).or_else(|| {
        // "2 containers 40HQ", "1 FCL 40'HC".
        let word = page.word_end(at);
        page.unit(at).filter(|(end, unit)| *end == word && unit.name == "containers")?;
        let behind = page.skip_blanks(word);
        let of = ["of ", "de ", "di ", "da ", "à ", "von "].into_iter().find(|of| page.rest(behind).starts_with(of));
        let behind = behind + of.map_or(0, str::len);
        let behind = behind + usize::from(page.after(behind) == Some('('));
        size(page, behind).or_else(|| feet_only(page, behind))
    })?;
    Some(Containers { end, count: number.count, unit })
}

/// `40 ft` behind the word container.
fn feet_only(page: &Page, at: usize) -> Option<(usize, String)> {
    let feet = FEET_SIZES.into_iter().find(|feet| page.rest(at).starts_with(feet))?;
    let behind = page.skip_blanks(at + feet.len());
    let mark = FEET.iter().find(|mark| page.rest(behind).starts_with(**mark))?;
    Some((behind + mark.len(), format!("{feet}ft")))
}

/// Reads `40HQ`, `20' GP`, `45 ft high cube`, `40尺高柜`: where it ends and its short name.
pub(super) fn size(page: &Page, at: usize) -> Option<(usize, String)> {
    let rest = page.rest(at);
    let feet = FEET_SIZES.into_iter().find(|feet| rest.starts_with(feet))?;
    let mut end = at + 2;
    let mut has_feet = false;
    loop {
        end = page.skip_blanks(end);
        let mark =
            FEET.iter().find(|mark| page.rest(end).starts_with(**mark) && (mark.len() == 1 || !continues(page, end + mark.len(), mark)));
        let Some(mark) = mark else { break };
        has_feet = true;
        end += mark.len();
    }
    let kind = KINDS.iter().find_map(|(words, kind)| {
        let word = words.iter().find(|word| page.rest(end).starts_with(**word) && !continues(page, end + word.len(), word))?;
        Some((end + word.len(), *kind))
    });
    match kind {
        Some((end, kind)) => Some((end, format!("{feet}{kind}"))),
        None if has_feet && is_container_word(page, end) => Some((end, format!("{feet}ft"))),
        None => None,
    }
}

fn is_container_word(page: &Page, end: usize) -> bool {
    let at = page.skip_blanks(end);
    page.unit(at).is_some_and(|(_, unit)| unit.name == "containers")
}

/// Whether the word goes on, so that `st` of `steel` is no standard container.
fn continues(page: &Page, end: usize, word: &str) -> bool {
    let last_runs_on = word.chars().next_back().is_some_and(runs_on);
    !last_runs_on && page.after(end).is_some_and(|c| c.is_alphanumeric() && !runs_on(c))
}

const FEET_SIZES: [&str; 4] = ["20", "40", "45", "53"];

const FEET: [&str; 26] = [
    "feet",
    "foot",
    "fuß",
    "fuss",
    "pies",
    "pieds",
    "pés",
    "piedi",
    "фут",
    "футов",
    "футовый",
    "футовых",
    "ft",
    "'",
    "’",
    "′",
    "尺",
    "قدم",
    "فوت",
    "فٹ",
    "فيٹ",
    "רגל",
    "फुट",
    "फीट",
    "ফুট",
    "фт",
];

/// Words of each kind, longer ones before their beginnings.
const KINDS: [(&[&str], &str); 6] = [
    (&["high cube", "high-cube", "highcube", "hq", "hc", "高柜", "高箱", "高櫃"], "HQ"),
    (&["gp", "dc", "dv", "sd", "standard", "st", "平柜", "小柜", "普柜"], "GP"),
    (&["reefer", "rf", "rh", "rq", "冻柜", "冷柜"], "RH"),
    (&["open top", "ot", "开顶柜"], "OT"),
    (&["flat rack", "fr", "框架柜"], "FR"),
    (&["tank", "tk", "罐柜"], "TK"),
];
