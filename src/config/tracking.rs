//! `[tracking]`: whether letters carry a pixel and links of ours. Off unless switched on; this version sends nothing.

/// What a letter may report back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tracking {
    /// `https://…` at which the world reaches our public listener; without a slash at its end.
    pub public_address: Option<String>,
    /// A picture that tells when a letter was opened.
    pub opens: bool,
    /// Links that tell when they were followed.
    pub clicks: bool,
}
