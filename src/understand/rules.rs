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

/// All rules, compiled once at start.
#[derive(Debug, Default)]
pub struct Rules {}

impl Rules {
    /// Compiles rule files given as `(name below rules/, text)`.
    pub fn compile<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, RuleError> {
        let _ = files;
        Ok(Self::default())
    }

    /// The rules compiled into the program.
    pub fn built_in() -> Result<Self, RuleError> {
        Ok(Self::default())
    }
}
