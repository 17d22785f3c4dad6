//! Rules as data: `rules/intents/<language>.toml` and the lists beside them, read into what the engine needs.

/// A rule file that cannot be used: where, what, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {problem}", line.map(|l| format!(" line {l}")).unwrap_or_default())]
pub struct RuleError {
    /// The file's name below `rules/`.
    pub file: String,
    pub line: Option<usize>,
    pub problem: String,
}

/// Every rule file compiled into the program.
static BUILT_IN: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/rules");

/// All rules, compiled once at start.
#[derive(Debug, Default)]
pub struct Rules {
    pub facts: super::facts::FactRules,
}

impl Rules {
    /// Compiles rule files given as `(name below rules/, text)`.
    pub fn compile(files: &[(&str, &str)]) -> Result<Self, RuleError> {
        Ok(Self { facts: super::facts::FactRules::compile(files)? })
    }

    /// The files compiled into the program, as `(name below rules/, text)`.
    pub fn built_in_files() -> Vec<(&'static str, &'static str)> {
        let mut files = Vec::new();
        let mut folders = vec![&BUILT_IN];
        while let Some(folder) = folders.pop() {
            folders.extend(folder.dirs());
            files.extend(folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?))));
        }
        files.sort_unstable();
        files
    }
}
