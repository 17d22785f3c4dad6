//! One cue as a salesperson writes it, taken apart into what the automaton can search for.
//!
//! | written | means |
//! |---|---|
//! | `please quote` | these words, next to each other |
//! | `cotiza*` | every word that begins so |
//! | `*anfrage` | every word that ends so |
//! | `send .. price` | both in one sentence, in this order, at most [`GAP_CHARS_MAX`] characters apart |
//! | `send (me\|us) prices` | one of them; `(me\|)` may also be missing |
//! | `/\bpo[- ]?\d+/` | a regular expression over the folded text (not read here) |
//!
//! Alternatives are not multiplied out: a cue is a row of elements, and the search remembers how far along the row a text has come.

use crate::understand::fold::{Folder, is_unspaced};

/// How far apart two parts of a cue may stand; a character of a script without spaces counts as three.
pub(super) const GAP_CHARS_MAX: usize = 48;

/// An element with more alternatives than this is refused: it is to be two cues.
const ALTERNATIVES_MAX: usize = 64;

/// A part of a cue: one of its spellings has to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub spellings: Vec<Spelling>,
    /// May also be missing.
    pub optional: bool,
    /// How it follows the element before it; of no account in the first.
    pub link: Link,
}

/// Words in a row: what can be searched in one go is one piece, each in the word after the one before.
pub(super) type Spelling = Vec<Piece>;

/// Words searched as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub literal: String,
    /// The word may begin before it.
    pub open_left: bool,
    /// The word may go on after it.
    pub open_right: bool,
}

/// How an element follows the one before it; the later of two links is the looser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Link {
    /// In the same word.
    Joined,
    /// In the next word.
    Next,
    /// Later in the same sentence.
    Later,
}

/// Reads a cue. With `umlauts` its spelling without umlaut keys (`fuer`) is a second reading.
pub(super) fn parse(cue: &str, folder: &Folder, umlauts: bool) -> Result<Vec<Vec<Element>>, String> {
    let lower = cue.to_lowercase();
    let mut readings = vec![elements(&folder.fold_word(&lower))?];
    if umlauts && lower.contains(['ä', 'ö', 'ü']) {
        let typed = lower.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
        readings.push(elements(&folder.fold_word(&typed))?);
    }
    Ok(readings)
}

/// Splits a folded cue into its elements.
fn elements(cue: &str) -> Result<Vec<Element>, String> {
    let mut row = Row::default();
    let mut rest = cue;
    while !rest.is_empty() {
        let Some((plain, group)) = rest.split_once('(') else {
            row.add_plain(rest)?;
            break;
        };
        row.add_plain(plain)?;
        let (choices, after) = split_group(group).ok_or("a `(` without `)`; write `(one|other)`")?;
        row.add_group(choices)?;
        rest = after;
    }
    if row.link == Some(Link::Later) {
        return Err("a `..` with nothing after it; write what is to follow".to_owned());
    }
    if row.elements.iter().all(|element| element.optional) {
        return Err("no words that have to be there; write at least one outside `(…|)`".to_owned());
    }
    if let [only] = row.elements.as_slice()
        && let Some(short) = only.spellings.iter().flatten().find(|piece| piece.literal.len() < 2)
    {
        return Err(format!("`{}` is too short to be searched for; write a longer word", short.literal));
    }
    Ok(row.elements)
}

/// The elements read so far.
#[derive(Default)]
struct Row {
    elements: Vec<Element>,
    /// How the next element follows.
    link: Option<Link>,
}

impl Row {
    /// Words outside brackets.
    fn add_plain(&mut self, plain: &str) -> Result<(), String> {
        if plain.contains([')', '|']) {
            return Err("a `)` or `|` without `(`; write `(one|other)`".to_owned());
        }
        if plain.starts_with(' ') {
            self.loosen(Link::Next);
        }
        let words: Vec<&str> = plain.split_whitespace().collect();
        for (count, run) in words.split(|word| matches!(*word, ".." | "...")).enumerate() {
            if count > 0 {
                self.loosen(Link::Later);
            }
            if !run.is_empty() {
                self.add(vec![spelling(run)?], false);
                self.link = Some(Link::Next);
            }
        }
        if !plain.is_empty() && !plain.ends_with([' ', '.']) {
            self.link = Some(Link::Joined);
        }
        Ok(())
    }

    /// What stands between brackets.
    fn add_group(&mut self, choices: &str) -> Result<(), String> {
        let choices = expand(choices)?;
        if choices.len() > ALTERNATIVES_MAX {
            return Err(format!("more than {ALTERNATIVES_MAX} alternatives; make two cues of it"));
        }
        if choices.iter().any(|choice| choice.starts_with(' ')) {
            self.loosen(Link::Next);
        }
        let optional = choices.iter().any(|choice| choice.trim().is_empty());
        let choice = |choice: &String| spelling(&choice.split_whitespace().collect::<Vec<_>>());
        let spellings: Result<Vec<Spelling>, String> = choices.iter().filter(|c| !c.trim().is_empty()).map(choice).collect();
        self.add(spellings?, optional);
        self.link = Some(if choices.iter().any(|choice| choice.ends_with(' ')) { Link::Next } else { Link::Joined });
        Ok(())
    }

    fn loosen(&mut self, link: Link) {
        self.link = Some(self.link.map_or(link, |known| known.max(link)));
    }

    fn add(&mut self, mut spellings: Vec<Spelling>, optional: bool) {
        let link = self.link.take().unwrap_or(Link::Next);
        if link == Link::Joined {
            spellings.iter_mut().filter_map(|spelling| spelling.first_mut()).for_each(|piece| piece.open_left = true);
            let before = self.elements.last_mut().map(|element| element.spellings.as_mut_slice()).unwrap_or_default();
            before.iter_mut().filter_map(|spelling| spelling.last_mut()).for_each(|piece| piece.open_right = true);
        }
        self.elements.push(Element { spellings, optional, link });
    }
}

/// Words in a row, cut where a word is open.
fn spelling(words: &[&str]) -> Result<Spelling, String> {
    let mut pieces: Vec<Piece> = Vec::new();
    for word in words {
        let (open_left, word) = word.strip_prefix('*').map_or((false, *word), |w| (true, w));
        let (open_right, word) = word.strip_suffix('*').map_or((false, word), |w| (true, w));
        if word.is_empty() || word.contains('*') || word.contains("..") {
            return Err(
                "a `*` or `..` where none can stand; write `quot*` or `*anfrage`, and `..` only between words outside brackets".to_owned()
            );
        }
        match pieces.last_mut() {
            Some(last) if !last.open_right && !open_left => {
                last.literal.push(' ');
                last.literal.push_str(word);
                last.open_right = open_right;
            }
            _ => pieces.push(Piece { literal: word.to_owned(), open_left, open_right }),
        }
    }
    Ok(pieces)
}

/// The inside of a bracket whose `(` was just passed, and what follows its `)`.
fn split_group(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1_u8;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth = depth.checked_add(1)?,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (inside, after) = text.split_at_checked(at)?;
            return Some((inside, after.strip_prefix(')')?));
        }
    }
    None
}

/// Writes out alternatives, brackets within them included (one level).
fn expand(choices: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    let mut current = vec![String::new()];
    let mut rest = choices;
    loop {
        let at = rest.find(['|', '(']).unwrap_or(rest.len());
        let (plain, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        current.iter_mut().for_each(|start| start.push_str(plain));
        if let Some(group) = after.strip_prefix('(') {
            let (inside, after) = split_group(group).ok_or("a `(` without `)`; write `(one|other)`")?;
            if inside.contains('(') || current.len() > ALTERNATIVES_MAX {
                return Err("brackets too deep or too many; write two cues".to_owned());
            }
            current = current.iter().flat_map(|start| inside.split('|').map(move |choice| format!("{start}{choice}"))).collect();
            rest = after;
            continue;
        }
        all.append(&mut current);
        current.push(String::new());
        match after.strip_prefix('|') {
            Some(after) => rest = after,
            None => return Ok(all.into_iter().map(|choice| choice.replace("  ", " ")).collect()),
        }
    }
}

/// Whether an element that begins after `between` follows the one before it as its link demands.
pub(super) fn follows(link: Link, between: &str) -> bool {
    match link {
        Link::Joined => between.is_empty(),
        Link::Next => between == " " || between.is_empty() || is_word_rest(between),
        Link::Later => is_same_sentence(between),
    }
}

/// The end of one word, a space, the beginning of the next.
fn is_word_rest(between: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || c == '\'' || c == '-';
    between.len() <= GAP_CHARS_MAX * 2
        && between.split_once(' ').is_some_and(|(end, start)| end.chars().all(inner) && start.chars().all(inner))
}

fn is_same_sentence(between: &str) -> bool {
    between.len() <= GAP_CHARS_MAX * 4
        && between.chars().map(|c| if is_unspaced(c) { 3 } else { 1 }).sum::<usize>() <= GAP_CHARS_MAX
        && !between.contains(['\n', '!', '?', '。', '؟', ';'])
        && !between.contains(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Elements as `literal/literal` with `?` when they may be missing, and the link before each.
    fn written(cue: &str) -> String {
        let all = parse(cue, &Folder::default(), false).expect("a good cue");
        let piece = |p: &Piece| format!("{}{}{}", if p.open_left { "*" } else { "" }, p.literal, if p.open_right { "*" } else { "" });
        let show = |element: &Element| {
            let words: Vec<String> =
                element.spellings.iter().map(|pieces| pieces.iter().map(piece).collect::<Vec<_>>().join("_")).collect();
            let link = match element.link {
                Link::Joined => "+",
                Link::Next => " ",
                Link::Later => "..",
            };
            format!("{link}{}{}", words.join("/"), if element.optional { "?" } else { "" })
        };
        all.iter().flatten().map(show).collect()
    }

    #[test]
    fn a_cue_is_a_row_of_elements() {
        assert_eq!(written("please send (us |me |)the price*"), " please send us/me? the price*");
        assert_eq!(written("solicit* cotización nueva"), " solicit*_cotizacion nueva");
        assert_eq!(written("send .. price list"), " send..price list");
        assert_eq!(written("b(/|)l draft"), " b*+*/*?+*l draft");
        assert_eq!(written("(请|麻烦)报价"), " 请*/麻烦*+*报价");
        assert_eq!(written("(упаковочн* лист*|счет) нужен"), " упаковочн*_лист*/счет нужен");
        assert_eq!(written("(on (sick |)leave|away) now"), " on sick leave/on leave/away now");
        assert_eq!(written("(pro forma|pi)( invoice|)"), " pro forma/pi invoice?");
    }

    #[test]
    fn umlauts_may_be_typed_as_two_letters() {
        let readings = parse("für Sie", &Folder::default(), true).expect("a good cue");
        let literals: Vec<&str> = readings.iter().flatten().flat_map(|e| &e.spellings).flatten().map(|s| s.literal.as_str()).collect();
        assert_eq!(literals, ["fur sie", "fuer sie"]);
    }

    #[test]
    fn a_cue_that_cannot_be_searched_says_why() {
        for (cue, why) in [
            ("send (us", "without `)`"),
            ("pri*ce", "where none can stand"),
            ("send ..", "nothing after it"),
            ("a", "too short"),
            ("(a|)", "no words"),
        ] {
            let fault = parse(cue, &Folder::default(), false).expect_err("a bad cue");
            assert!(fault.contains(why), "{cue}: {fault}");
        }
    }

    #[test]
    fn a_gap_ends_with_its_sentence() {
        assert!(follows(Link::Later, " us your best "));
        assert!(!follows(Link::Later, " it. thank you. "));
        assert!(follows(Link::Next, "amos "));
        assert!(!follows(Link::Next, "amos la "));
    }
}
