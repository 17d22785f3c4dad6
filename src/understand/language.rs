//! Which language the person writes in: whatlang, corrected by our own evidence.
