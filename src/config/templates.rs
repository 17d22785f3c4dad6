//! `[templates]`: the team's own letters, over those compiled in.

use std::path::PathBuf;

use super::reader::Section;

/// Where templates of one's own lie.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Templates {
    /// Files here replace the compiled-in ones of the same name, file by file.
    pub folder: Option<PathBuf>,
}

pub(super) fn read(mut section: Section<'_>) -> Templates {
    let folder = section.take("folder").and_then(|value| value.path());
    section.close();
    Templates { folder }
}
