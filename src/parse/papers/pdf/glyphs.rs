//! The glyphs of a page, each with its characters and its place. Nothing is painted.

use crate::parse::limits;
use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Vec2};
use hayro_interpret::{BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, SoftMask};

/// A glyph's coordinates count thousandths of its size.
const UNITS: f64 = 1000.0;
/// Half an em, for a glyph that does not say how wide it is.
const WIDTH_UNKNOWN: f64 = 500.0;

/// A glyph where it stands, in points from the upper left corner.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub words: String,
    pub left: f64,
    pub right: f64,
    pub baseline: f64,
    /// The height of its letters.
    pub size: f64,
}

/// What was drawn on a page, as far as it is text that stands upright.
pub(super) struct Seen {
    pub glyphs: Vec<Placed>,
    pub is_full: bool,
    bounds: Rect,
}

impl Seen {
    pub fn within(bounds: Rect) -> Self {
        Self { glyphs: Vec::new(), is_full: false, bounds: bounds.inflate(1.0, 1.0) }
    }
}

impl Device<'_> for Seen {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, '_>, props: DrawProps<'_>, _: &DrawMode) {
        for glyph in run.glyphs() {
            if self.glyphs.len() >= limits::PAPER_GLYPHS_MAX {
                self.is_full = true;
                return;
            }
            let width = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(drawn) => drawn.advance_width(),
            };
            let words = match glyph.as_unicode() {
                Some(BfString::Char(c)) => c.to_string(),
                Some(BfString::String(words)) => words,
                None => continue,
            };
            self.glyphs.extend(place(words, width, props.transform * glyph.transform()).filter(|placed| {
                // Trimmings beyond the page are not seen by anybody.
                self.bounds.contains(Point::new(placed.left, placed.baseline))
            }));
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'_>, _: &DrawMode) {}
    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'_>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_clip_rect(&mut self, _: &Rect) {}
    fn pop_clip(&mut self) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}
    fn pop_transparency_group(&mut self) {}
    fn draw_image(&mut self, _: Image<'_, '_>, _: ImageDrawProps<'_>) {}
}

/// A glyph at its place; `None` of one that leans, as a watermark or a sideways note does, and of one too small to be read.
fn place(words: String, width: Option<f32>, transform: Affine) -> Option<Placed> {
    let origin = transform * Point::ZERO;
    let along = linear(transform, Vec2::new(width.map_or(WIDTH_UNKNOWN, f64::from), 0.0));
    let up = linear(transform, Vec2::new(0.0, UNITS));
    let size = up.hypot();
    let leans = along.y.abs() > along.x.abs() * 0.2;
    let is_sound = [origin.x, origin.y, along.x, size].iter().all(|number| number.is_finite() && number.abs() < 1e6);
    (is_sound && !leans && size > 0.5).then(|| Placed {
        words,
        left: origin.x.min(origin.x + along.x),
        right: origin.x.max(origin.x + along.x),
        baseline: origin.y,
        size,
    })
}

/// The transform of a direction.
fn linear(transform: Affine, vector: Vec2) -> Vec2 {
    (transform * vector.to_point()) - (transform * Point::ZERO)
}
