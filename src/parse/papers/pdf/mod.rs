//! PDF: the words of its pages in reading order, and its tables.
//!
//! A page only says where each glyph stands. `glyphs` gathers them with their characters, `lines` puts them into lines and words,
//! `order` turns Arabic and Hebrew from the order seen into the order read, and `columns` finds what stands below one another.
//! A page without glyphs is a picture: it has no text layer, and nothing is guessed.

mod columns;
mod glyphs;
mod lines;
mod order;

use super::super::{Defect, limits};
use super::Paper;
use super::table::Gathered;
use hayro_interpret::hayro_syntax::{LoadPdfError, Pdf};
use hayro_interpret::kurbo::Rect;
use hayro_interpret::{Context, InterpreterCache, InterpreterSettings, TransformExt, interpret_page};
use std::sync::Arc;

/// The mark of the end stands within the last bytes.
const END_LEN_MAX: usize = 1024;

/// Reads a PDF.
pub(super) fn read(bytes: Vec<u8>) -> Result<Paper, Defect> {
    let tail = bytes.get(bytes.len().saturating_sub(END_LEN_MAX)..).unwrap_or_default();
    let is_whole = tail.windows(5).any(|window| window == b"%%EOF");
    let pdf = Pdf::new(Arc::new(bytes)).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Defect::PaperLocked,
        LoadPdfError::Invalid => Defect::PaperBroken,
    })?;
    let cache = InterpreterCache::new();
    let mut gathered = Gathered::default();
    let mut too_much = pdf.pages().len() > limits::PAPER_PAGES_MAX;
    for page in pdf.pages().iter().take(limits::PAPER_PAGES_MAX) {
        let upright = page.initial_transform(true).to_kurbo();
        let (width, height) = page.render_dimensions();
        let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let mut context = Context::new(upright, bounds, &cache, pdf.xref(), InterpreterSettings::default());
        let mut seen = glyphs::Seen::within(bounds);
        interpret_page(page, &mut context, &mut seen);
        too_much |= seen.is_full;
        columns::give(lines::lines(seen.glyphs), &mut gathered);
        if gathered.is_full {
            break;
        }
    }
    // What is left of a paper that breaks off may have no words, and is no picture for that.
    if gathered.text.trim().is_empty() && !is_whole {
        return Err(Defect::PaperBroken);
    }
    let mut defects = gathered.defects();
    defects.extend(too_much.then_some(Defect::PaperTooMuch));
    Ok(Paper { text: std::mem::take(&mut gathered.text), tables: gathered.into_tables(), defects, ..Paper::default() })
}
