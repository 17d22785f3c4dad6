//! Glyphs into lines of cells: what stands on one baseline is a line, a wide gap parts its cells, a narrow one its words.

use super::glyphs::Placed;
use super::order::in_reading_order;

/// Baselines that differ less than this share of the size are one line: small raised figures belong to it.
const BASELINE_SHARE: f64 = 0.45;
/// A gap of this share of the size parts words.
const WORD_SHARE: f64 = 0.18;
/// A gap of this share of the size parts cells: three spaces.
const CELL_SHARE: f64 = 1.0;
/// The same glyph again so near is how bold letters are imitated.
const DOUBLE_SHARE: f64 = 0.12;
/// A line further down than this many sizes begins a new paragraph.
const PARAGRAPH_SHARE: f64 = 2.2;

/// Words that stand together on a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub words: String,
    pub left: f64,
    pub right: f64,
}

/// One line of a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub cells: Vec<Cell>,
    pub baseline: f64,
    pub size: f64,
    /// A gap stands before it.
    pub begins_paragraph: bool,
}

/// The lines of a page from top to bottom.
pub(super) fn lines(mut glyphs: Vec<Placed>) -> Vec<Line> {
    glyphs.sort_by(|a, b| a.baseline.total_cmp(&b.baseline));
    let mut lines: Vec<Line> = Vec::new();
    let mut open: Vec<Placed> = Vec::new();
    for glyph in glyphs {
        // Against the largest of the line: a raised figure does not pull the line up.
        let of_line = open.iter().map(|known| known.size).fold(glyph.size, f64::max);
        if open.first().is_some_and(|first| glyph.baseline - first.baseline > of_line * BASELINE_SHARE) {
            finish(&mut lines, std::mem::take(&mut open));
        }
        // A line of ten thousand glyphs is no line; comparing with all of it would take a square of time.
        if open.len() >= LINE_GLYPHS_MAX {
            finish(&mut lines, std::mem::take(&mut open));
        }
        open.push(glyph);
    }
    finish(&mut lines, open);
    lines
}

const LINE_GLYPHS_MAX: usize = 1_000;

fn finish(lines: &mut Vec<Line>, mut glyphs: Vec<Placed>) {
    glyphs.sort_by(|a, b| a.left.total_cmp(&b.left));
    let size = glyphs.iter().map(|glyph| glyph.size).fold(0.0, f64::max);
    let Some(baseline) = glyphs.iter().map(|glyph| glyph.baseline).reduce(f64::max) else { return };
    let mut cells: Vec<(Vec<String>, f64, f64)> = Vec::new();
    let mut before: Option<Placed> = None;
    for glyph in glyphs {
        let is_double = |known: &Placed| known.words == glyph.words && glyph.left - known.left < glyph.size * DOUBLE_SHARE;
        if before.as_ref().is_some_and(is_double) {
            continue;
        }
        if glyph.words.trim().is_empty() {
            // A space is a gap like any other; how wide it is decides.
            continue;
        }
        let gap = before.as_ref().map_or(f64::INFINITY, |known| glyph.left - known.right);
        let em = before.as_ref().map_or(glyph.size, |known| glyph.size.min(known.size));
        match cells.last_mut().filter(|_| gap < em * CELL_SHARE) {
            Some((words, _, right)) => {
                if gap > em * WORD_SHARE {
                    words.push(" ".to_owned());
                }
                words.push(glyph.words.clone());
                *right = right.max(glyph.right);
            }
            None => cells.push((vec![glyph.words.clone()], glyph.left, glyph.right)),
        }
        before = Some(glyph);
    }
    let cell = |(glyphs, left, right): (Vec<String>, f64, f64)| Cell { words: in_reading_order(&glyphs), left, right };
    let cells: Vec<Cell> = cells.into_iter().map(cell).collect();
    if !cells.is_empty() {
        let begins_paragraph = lines.last().is_none_or(|above| baseline - above.baseline > size.max(above.size) * PARAGRAPH_SHARE);
        lines.push(Line { cells, baseline, size, begins_paragraph });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(words: &str, left: f64, baseline: f64) -> Vec<Placed> {
        let glyph = |(place, c): (usize, char)| {
            let left = left + place as f64 * 5.0;
            Placed { words: c.to_string(), left, right: left + 5.0, baseline, size: 10.0 }
        };
        words.chars().enumerate().map(glyph).collect()
    }

    #[test]
    fn gaps_part_words_and_cells_and_baselines_part_lines() {
        let mut glyphs = written("Total", 200.0, 120.0);
        glyphs.extend(written("Item no", 10.0, 100.0));
        glyphs.extend(written("Qty", 100.0, 101.0));
        let lines = lines(glyphs);
        let words: Vec<Vec<&str>> = lines.iter().map(|line| line.cells.iter().map(|cell| cell.words.as_str()).collect()).collect();
        assert_eq!(words, [vec!["Item no", "Qty"], vec!["Total"]]);
    }

    #[test]
    fn letters_drawn_twice_to_be_bold_are_read_once() {
        let mut glyphs = written("PO", 10.0, 100.0);
        glyphs.extend(written("PO", 10.3, 100.0));
        assert_eq!(lines(glyphs)[0].cells[0].words, "PO");
    }
}
