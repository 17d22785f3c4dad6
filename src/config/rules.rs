//! `[rules]`: the team's own rules, over those compiled in.

use std::path::PathBuf;

use super::reader::Section;

/// Where rule files of one's own lie.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Files here replace the compiled-in ones of the same name, file by file.
    pub folder: Option<PathBuf>,
}

pub(super) fn read(mut section: Section<'_>) -> Rules {
    let folder = section.take("folder").and_then(|value| value.path());
    section.close();
    Rules { folder }
}
