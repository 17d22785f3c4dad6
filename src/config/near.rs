//! "Did you mean …?"

/// The candidate a word was probably meant to be: the same but for capitals and `-` or `_`, or at most two typing slips away
/// (one in short words). A slip is a letter too many, too few, wrong, or two swapped.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = fold(word);
    if word.len() > WORD_LEN_MAX {
        return None;
    }
    let slips_max = if word.len() <= 4 { 1 } else { 2 };
    let scored = candidates.into_iter().map(|candidate| (slips(&word, &fold(candidate)), candidate));
    scored.filter(|(slips, _)| *slips <= slips_max).min_by_key(|(slips, _)| *slips).map(|(_, candidate)| candidate)
}

/// Longer words are no typing slips, and comparing them would only cost time.
const WORD_LEN_MAX: usize = 60;

fn fold(word: &str) -> Vec<char> {
    word.trim().to_lowercase().chars().map(|c| if matches!(c, '-' | ' ') { '_' } else { c }).collect()
}

/// The optimal string alignment distance, three rows at a time.
fn slips(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j) + usize::from(from != to)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_understood_and_other_words_are_not() {
        let known = ["address", "aliases", "maildir", "mode", "send_as"];
        for (typed, meant) in
            [("adress", "address"), ("mail-dir", "maildir"), ("mdoe", "mode"), ("Send As", "send_as"), ("alias", "aliases")]
        {
            assert_eq!(nearest(typed, known), Some(meant), "{typed}");
        }
        for typed in ["node_count", "", "host", &"address".repeat(1000)] {
            assert_eq!(nearest(typed, known), None, "{typed}");
        }
    }
}
