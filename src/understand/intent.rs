//! Whole text to intent.
