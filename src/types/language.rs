//! Languages by ISO 639-1 code; Chinese by script.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A language Tradepost can name. The code is ISO 639-1, `zh-Hans`, `zh-Hant`, or `und` when unknown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(&'static str);

/// Languages of letters and interface.
const WRITTEN: [&str; 32] = [
    "en", "zh-Hans", "zh-Hant", "es", "pt", "fr", "de", "it", "nl", "pl", "ru", "ar", "tr", "ja", "ko", "vi", "id", "th", "fa", "he", "hi",
    "uk", "cs", "sk", "hu", "ro", "bg", "el", "sv", "da", "nb", "fi",
];

/// Languages recognised besides; answered in the customer's second language or in English.
const READ: [&str; 43] = [
    "ms", "bn", "ur", "sr", "hr", "bs", "sl", "mk", "et", "lv", "lt", "sw", "ca", "gl", "az", "kk", "be", "ka", "hy", "yi", "gu", "kn",
    "ml", "mr", "pa", "si", "ta", "te", "or", "my", "km", "ne", "am", "af", "eo", "la", "tl", "jv", "uz", "tk", "sn", "zu", "ak",
];

impl Language {
    pub const UNKNOWN: Language = Language("und");
    pub const ENGLISH: Language = Language("en");
    pub const CHINESE_SIMPLIFIED: Language = Language("zh-Hans");
    pub const CHINESE_TRADITIONAL: Language = Language("zh-Hant");

    /// Reads one of our codes; also `zh` and `zh-CN` (Hans), `zh-TW` and `zh-HK` (Hant), `no` and `nn` (nb), `iw`, `in`,
    /// and drops a region otherwise (`pt-BR` is `pt`).
    pub fn parse(code: &str) -> Option<Self> {
        let code = code.trim().replace('_', "-");
        let lower = code.to_ascii_lowercase();
        let known = |wanted: &str| WRITTEN.iter().chain(READ.iter()).find(|c| c.eq_ignore_ascii_case(wanted)).map(|c| Language(c));
        if let Some(exact) = known(&lower) {
            return Some(exact);
        }
        match lower.as_str() {
            "und" => return Some(Self::UNKNOWN),
            "zh" | "zh-cn" | "zh-sg" => return Some(Self::CHINESE_SIMPLIFIED),
            "zh-tw" | "zh-hk" | "zh-mo" => return Some(Self::CHINESE_TRADITIONAL),
            _ => {}
        }
        let primary = lower.split('-').next().unwrap_or("");
        match primary {
            "no" | "nn" => known("nb"),
            "iw" => known("he"),
            "in" => known("id"),
            "zh" if lower.contains("hant") => Some(Self::CHINESE_TRADITIONAL),
            "zh" => Some(Self::CHINESE_SIMPLIFIED),
            _ => known(primary),
        }
    }

    /// The code.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// Whether letters and interface can be in this language.
    pub fn is_written(self) -> bool {
        WRITTEN.contains(&self.0)
    }

    /// All languages of letters and interface.
    pub fn all_written() -> impl Iterator<Item = Language> {
        WRITTEN.iter().map(|code| Language(code))
    }

    /// Either script of Chinese.
    pub fn is_chinese(self) -> bool {
        self.0.starts_with("zh")
    }

    /// Written from right to left.
    pub fn is_right_to_left(self) -> bool {
        matches!(self.0, "ar" | "fa" | "he" | "ur" | "yi")
    }
}

// By hand: a derived one would want borrowed input to live for ever, because the code inside does.
impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).ok_or_else(|| serde::de::Error::custom("no language code that is known here"))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_mailers_become_ours() {
        let read = |code: &str| Language::parse(code).map(Language::code);
        assert_eq!(read("zh-TW"), Some("zh-Hant"));
        assert_eq!(read("zh_CN"), Some("zh-Hans"));
        assert_eq!(read("pt-BR"), Some("pt"));
        assert_eq!(read("nn"), Some("nb"));
        assert_eq!(read("iw"), Some("he"));
        assert_eq!(read("xx"), None);
    }
}
