//! `[rules]`: the team's own rules, over those compiled in.

use std::path::PathBuf;

/// Where rule files of one's own lie.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Files here replace the compiled-in ones of the same name, file by file.
    pub folder: Option<PathBuf>,
}
