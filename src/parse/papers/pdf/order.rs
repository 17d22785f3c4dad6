//! Right-to-left words: from the order they are seen in to the order they are read in.
//!
//! A page has no order but places, so glyphs come from left to right. This is the inverse of the Unicode Bidirectional Algorithm as far
//! as papers need it: the direction of most letters is the line's, figures and Latin words keep theirs. A glyph that stands for two
//! letters has them in reading order already, so whole glyphs are turned, not characters.

use unicode_normalization::UnicodeNormalization;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Left,
    Right,
    /// Figures, which are read from the left in any line.
    Figure,
    Neutral,
}

/// The words of a cell whose glyphs come from left to right.
pub(super) fn in_reading_order(glyphs: &[String]) -> String {
    let directions: Vec<Direction> = glyphs.iter().map(|glyph| direction(glyph)).collect();
    let right = directions.iter().filter(|d| **d == Direction::Right).count();
    if right == 0 {
        return folded(&glyphs.concat());
    }
    let left = directions.iter().filter(|d| **d == Direction::Left).count();
    let mut runs: Vec<(bool, Vec<&str>)> = Vec::new();
    let leads = right >= left;
    for (place, glyph) in glyphs.iter().enumerate() {
        let reads_right = match directions.get(place) {
            Some(Direction::Left | Direction::Figure) => false,
            Some(Direction::Right) => true,
            _ => between(&directions, place, leads),
        };
        match runs.last_mut().filter(|(known, _)| *known == reads_right) {
            Some((_, run)) => run.push(glyph),
            None => runs.push((reads_right, vec![glyph])),
        }
    }
    let one = |(reads_right, run): (bool, Vec<&str>)| -> String {
        if reads_right { run.into_iter().rev().map(mirrored).collect() } else { run.concat() }
    };
    let runs: Vec<String> = runs.into_iter().map(one).collect();
    folded(&if leads { runs.into_iter().rev().collect::<String>() } else { runs.concat() })
}

/// What stands between two of one direction has it, too; else the line's. A point or a sign within figures belongs to them.
fn between(directions: &[Direction], place: usize, leads: bool) -> bool {
    let strong = |direction: &&Direction| **direction != Direction::Neutral;
    let before = directions.get(..place).and_then(|front| front.iter().rev().find(strong));
    let after = directions.get(place + 1..).and_then(|rest| rest.iter().find(strong));
    match (before, after) {
        (Some(a), Some(b)) if *a != Direction::Right && *b != Direction::Right => false,
        (Some(Direction::Right), Some(Direction::Right)) => true,
        _ => leads,
    }
}

fn direction(glyph: &str) -> Direction {
    let Some(c) = glyph.chars().find(|c| c.is_alphanumeric()) else { return Direction::Neutral };
    match c {
        '\u{0660}'..='\u{0669}' | '\u{06f0}'..='\u{06f9}' => Direction::Figure,
        '\u{0590}'..='\u{08ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => Direction::Right,
        _ if c.is_numeric() => Direction::Figure,
        _ => Direction::Left,
    }
}

/// A bracket is drawn mirrored in a line from the right.
fn mirrored(glyph: &str) -> &str {
    match glyph {
        "(" => ")",
        ")" => "(",
        "[" => "]",
        "]" => "[",
        "<" => ">",
        ">" => "<",
        "«" => "»",
        "»" => "«",
        other => other,
    }
}

/// Letters as they are typed: pages name the shape a letter has in its word, and joined letters.
fn folded(words: &str) -> String {
    let is_shape = |c: char| matches!(c, '\u{fb00}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{2f00}'..='\u{2fdf}' | '\u{00ad}');
    if !words.chars().any(is_shape) {
        return words.to_owned();
    }
    // A soft hyphen at the end of a line was drawn as a hyphen.
    let one = |c: char| -> String {
        match c {
            '\u{00ad}' => "-".to_owned(),
            c if is_shape(c) => c.to_string().nfkc().collect(),
            c => c.to_string(),
        }
    };
    words.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(seen: &str) -> String {
        in_reading_order(&seen.chars().map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn arabic_is_turned_and_its_figures_are_not() {
        // Seen from left to right.
        assert_eq!(read("ةعطق 500 :ةيمكلا"), "الكمية: 500 قطعة");
        assert_eq!(read("1.250,50 :غلبملا"), "المبلغ: 1.250,50");
        assert_eq!(read("(CIF Jidda) ميلستلا طورش"), "شروط التسليم (CIF Jidda)");
    }

    #[test]
    fn a_latin_line_keeps_its_order_around_a_foreign_word() {
        assert_eq!(read("Buyer: ןרוא Ltd."), "Buyer: אורן Ltd.");
    }

    #[test]
    fn shapes_become_letters() {
        assert_eq!(in_reading_order(&["\u{fef6}".to_owned(), "\u{fed3}".to_owned()]), "فلآ");
        assert_eq!(in_reading_order(&["o".into(), "\u{fb03}".into(), "ce".into()]), "office");
    }
}
