//! `[templates]`: the team's own letters, over those compiled in.

use std::path::PathBuf;

/// Where templates of one's own lie.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Templates {
    /// Files here replace the compiled-in ones of the same name, file by file.
    pub folder: Option<PathBuf>,
}
