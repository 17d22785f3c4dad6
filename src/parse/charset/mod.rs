//! Charsets as they occur in practice: labels that no registry knows, labels that are wrong, bytes without any label.
//!
//! A label is believed as long as the bytes fit it. Where they do not, valid UTF-8 wins, then chardetng's guess.

mod guess;
mod seven_bit;
mod tables;
mod wide;

use encoding_rs::{Encoding, GB18030, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

pub(super) use guess::guess;

/// Bytes turned into text, and how sure that is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Decoded {
    pub text: String,
    /// The label was missing or wrong.
    pub guessed: bool,
    /// Some characters were replaced by U+FFFD.
    pub lost: bool,
}

/// What a label stands for.
#[derive(Clone, Copy)]
enum Charset {
    /// No label, one that says nothing (`unknown-8bit`), or one nobody knows.
    Unknown,
    /// US-ASCII or UTF-8: anything else in the bytes is a wrong label.
    Ascii,
    Known(&'static Encoding),
    /// Charsets written in seven bits that encoding_rs leaves out for the web's sake.
    Hz,
    Iso2022Kr,
    Iso2022Cn,
    Utf7,
    /// Four bytes a character.
    Utf32(Option<wide::Ends>),
    /// Charsets of one byte a character that encoding_rs leaves out.
    Table(tables::Table),
    /// A decoder of mail-parser's: code page 850 and other rarities.
    Rare(fn(&[u8]) -> String),
}

/// Decodes a body or a header's encoded word. `label` is the charset it declares.
pub(super) fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    match label.map_or(Charset::Unknown, by_label) {
        Charset::Ascii if bytes.is_ascii() && !seven_bit::has_escapes(bytes) => plain(bytes),
        Charset::Unknown if bytes.is_ascii() && !seven_bit::may_shift(bytes) => plain(bytes),
        Charset::Unknown => undeclared(bytes, label),
        Charset::Ascii => match std::str::from_utf8(bytes) {
            Ok(_) if !bytes.is_ascii() && label.is_some_and(|l| !l.to_ascii_lowercase().contains('8')) => {
                Decoded { guessed: true, ..plain(bytes) }
            }
            Ok(_) if bytes.is_ascii() => undeclared(bytes, label),
            Ok(_) => plain(bytes),
            Err(_) => broken_utf8(bytes),
        },
        Charset::Known(encoding) => declared(bytes, encoding),
        Charset::Hz => read(&seven_bit::unwrap_hz(bytes), GB18030, false),
        Charset::Iso2022Kr => read(&seven_bit::unwrap_iso_2022_kr(bytes), encoding_rs::EUC_KR, false),
        Charset::Iso2022Cn => read(&seven_bit::unwrap_iso_2022_cn(bytes), GB18030, false),
        Charset::Utf7 => whole(seven_bit::decode_utf7(bytes)),
        Charset::Utf32(ends) => whole(wide::utf_32(bytes, ends)),
        Charset::Table(_) | Charset::Rare(_) if guess::is_surely_utf8(bytes, UTF_8) => Decoded { guessed: true, ..plain(bytes) },
        Charset::Table(table) => whole(table.decode(bytes)),
        Charset::Rare(decoder) => whole(decoder(bytes)),
    }
}

/// The encoding a label names, when it says anything.
pub(super) fn encoding(label: &str) -> Option<&'static Encoding> {
    match by_label(label) {
        Charset::Known(encoding) => Some(encoding),
        Charset::Ascii => Some(UTF_8),
        _ => None,
    }
}

/// The language a charset gives away, where it is used for one language only.
pub(super) fn language_of(label: &str) -> Option<&'static str> {
    let label = tidy(label);
    let starts = |prefixes: &[&str]| prefixes.iter().any(|p| label.starts_with(p));
    if starts(&["iso-2022-jp", "shift_jis", "shift-jis", "sjis", "euc-jp", "x-sjis", "windows-31j", "cp932"]) {
        Some("ja")
    } else if starts(&["euc-kr", "ks_c_5601", "iso-2022-kr", "cp949", "windows-949", "uhc"]) {
        Some("ko")
    } else if starts(&["gb", "x-gbk", "hz-gb", "cp936", "euc-cn"]) {
        Some("zh-Hans")
    } else if starts(&["big5", "x-x-big5", "cp950"]) {
        Some("zh-Hant")
    } else if starts(&["tis-620", "windows-874", "iso-8859-11", "cp874"]) {
        Some("th")
    } else {
        None
    }
}

fn tidy(label: &str) -> String {
    label.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'' || c == ';').to_ascii_lowercase()
}

fn by_label(label: &str) -> Charset {
    let tidied = tidy(label);
    // RFC 2231 §5 allows a language after an asterisk, in encoded words too.
    let name = tidied.split(['*', ';', ',', ' ']).next().unwrap_or("");
    let known = |canonical: &str| Encoding::for_label_no_replacement(canonical.as_bytes()).map_or(Charset::Unknown, Charset::Known);
    match name {
        "utf-8" | "utf8" | "us-ascii" | "ascii" | "utf8mb4" | "utf-8mb4" | "ansi_x3.4-1968" | "unicode-1-1-utf-8" | "iso-10646" => {
            Charset::Ascii
        }
        "" | "unknown" | "unknown-8bit" | "x-unknown" | "default" | "x-user-defined" | "_autodetect" | "autodetect" | "binary" | "8bit" => {
            Charset::Unknown
        }
        "utf-7" | "utf7" | "unicode-1-1-utf-7" | "x-unicode-2-0-utf-7" | "csutf7" => Charset::Utf7,
        "hz-gb-2312" | "hz" => Charset::Hz,
        "iso-2022-kr" | "csiso2022kr" => Charset::Iso2022Kr,
        "iso-2022-cn" | "iso-2022-cn-ext" => Charset::Iso2022Cn,
        "utf-32" | "utf32" | "ucs-4" | "iso-10646-ucs-4" => Charset::Utf32(None),
        "utf-32le" | "ucs-4le" => Charset::Utf32(Some(wide::Ends::Little)),
        "utf-32be" | "ucs-4be" => Charset::Utf32(Some(wide::Ends::Big)),
        "gb2312" | "gbk" | "x-gbk" | "gb18030" | "gb18030-2000" | "cp936" | "ms936" | "euc-cn" | "gb_2312-80" | "gb-2312" | "gb_2312"
        | "gb" => Charset::Known(GB18030),
        "ks_c_5601" | "ksc5601" | "cp949" | "uhc" | "ms949" | "x-windows-949" => known("euc-kr"),
        "cp932" | "ms932" | "shift-jis" | "x-ms-cp932" => known("shift_jis"),
        "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "iso-2022-jp-ms" | "x-iso-2022-jp" | "cp50220" | "cp50221" => {
            known("iso-2022-jp")
        }
        "cp950" | "x-big5" | "big-5" | "ms950" => known("big5"),
        "ansi" | "latin1" | "latin-1" | "cp-1252" | "windows1252" | "iso8859-1" | "iso8859_1" | "8859-1" => Charset::Known(WINDOWS_1252),
        "cp-850" | "cp858" | "ibm-850" | "ibm858" => charset_decoder(b"ibm850").map_or(Charset::Unknown, Charset::Rare),
        "cp-866" | "dos-866" | "866" | "ibm-866" => known("ibm866"),
        "tis-620" | "cp874" | "x-windows-874" => known("windows-874"),
        _ => match known(name) {
            Charset::Unknown => by_odd_spelling(name),
            found => found,
        },
    }
}

/// `windows1251`, `win-1251`, `cp-1251`, and whatever else mail-parser knows.
fn by_odd_spelling(name: &str) -> Charset {
    let number = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    if number.len() == 4 && number.starts_with("125") && ["windows", "win", "cp", "ms", "x-cp"].iter().any(|p| name.starts_with(p)) {
        return Encoding::for_label(format!("windows-{number}").as_bytes()).map_or(Charset::Unknown, Charset::Known);
    }
    if let Some(part) = name.strip_prefix("iso8859").or_else(|| name.strip_prefix("iso_8859")) {
        let part = part.trim_start_matches(['-', '_']);
        return Encoding::for_label(format!("iso-8859-{part}").as_bytes()).map_or(Charset::Unknown, Charset::Known);
    }
    if let Some(table) = tables::by_label(name) {
        return Charset::Table(table);
    }
    charset_decoder(name.as_bytes()).map_or(Charset::Unknown, Charset::Rare)
}

/// A text as its label says it is.
fn whole(text: String) -> Decoded {
    Decoded { lost: text.contains('\u{fffd}'), text, guessed: false }
}

fn plain(bytes: &[u8]) -> Decoded {
    Decoded { text: String::from_utf8_lossy(bytes).into_owned(), guessed: false, lost: false }
}

fn read(bytes: &[u8], encoding: &'static Encoding, guessed: bool) -> Decoded {
    let (text, lost) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: text.into_owned(), guessed, lost }
}

fn undeclared(bytes: &[u8], label: Option<&str>) -> Decoded {
    let unlabelled = label.is_none_or(|label| matches!(by_label(label), Charset::Unknown));
    if let Some(text) = Some(bytes).filter(|_| unlabelled).and_then(unlabelled_shift).or_else(|| wide::unlabelled(bytes)) {
        return Decoded { guessed: true, ..whole(text) };
    }
    // An unknown label is worth a remark only when it mattered.
    let remark = !bytes.is_ascii() || label.is_none();
    Decoded { guessed: remark, ..read(bytes, guess(bytes, None), true) }
}

/// Seven-bit charsets that betray themselves by how they shift.
fn unlabelled_shift(bytes: &[u8]) -> Option<String> {
    let text = |shifted: &[u8], encoding: &'static Encoding| {
        encoding.decode_without_bom_handling_and_without_replacement(shifted).map(String::from)
    };
    if bytes.windows(4).any(|four| four == b"\x1b$)C") {
        return text(&seven_bit::unwrap_iso_2022_kr(bytes), encoding_rs::EUC_KR);
    }
    if bytes.windows(4).any(|four| four == b"\x1b$)A") {
        return text(&seven_bit::unwrap_iso_2022_cn(bytes), GB18030);
    }
    if seven_bit::looks_like_hz(bytes) {
        return text(&seven_bit::unwrap_hz(bytes), GB18030);
    }
    seven_bit::looks_like_utf7(bytes).then(|| seven_bit::decode_utf7(bytes))
}

/// Says UTF-8 and is not. A few bad bytes in otherwise good UTF-8 were damaged on the way; else the label is wrong.
fn broken_utf8(bytes: &[u8]) -> Decoded {
    let text = String::from_utf8_lossy(bytes);
    let bad = text.matches('\u{fffd}').count();
    let good = text.chars().filter(|c| !c.is_ascii()).count().saturating_sub(bad);
    if good > bad.saturating_mul(4) {
        return Decoded { text: text.into_owned(), guessed: false, lost: true };
    }
    read(bytes, guess(bytes, None), true)
}

fn declared(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    if encoding == ISO_2022_JP {
        return iso_2022_jp(bytes);
    }
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return utf_16(bytes, encoding);
    }
    if bytes.is_ascii() {
        return plain(bytes);
    }
    if guess::is_surely_utf8(bytes, encoding) {
        return Decoded { guessed: true, ..plain(bytes) };
    }
    if encoding == WINDOWS_1252
        && let Some(other) = guess::is_surely_not_latin(bytes)
    {
        return read(bytes, other, true);
    }
    read(bytes, encoding, false)
}

/// Bytes in eight bits under this label are Shift_JIS, EUC-JP or UTF-8.
fn iso_2022_jp(bytes: &[u8]) -> Decoded {
    if bytes.is_ascii() {
        read(&seven_bit::without_idle_escapes(bytes), ISO_2022_JP, false)
    } else {
        read(bytes, guess(bytes, Some("jp")), true)
    }
}

/// The byte order mark decides; text without a zero byte is in some charset of bytes.
fn utf_16(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    if !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok() {
        return Decoded { guessed: true, ..plain(bytes) };
    }
    // Without a mark the label `utf-16` leaves the order open.
    let ends = wide::unmarked_utf_16(bytes);
    let encoding = match ends {
        Some(wide::Ends::Big) => UTF_16BE,
        Some(wide::Ends::Little) => UTF_16LE,
        None => encoding,
    };
    let (text, _, lost) = encoding.decode(bytes);
    Decoded { text: text.into_owned(), guessed: false, lost }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], label: &str) -> String {
        decode(bytes, Some(label)).text
    }

    #[test]
    fn labels_are_read_as_mailers_mean_them() {
        assert_eq!(text(b"\xa3\x8a", "gb2312"), text(b"\xa3\x8a", "gb18030"), "gb2312 carries the characters of GB 18030");
        assert_eq!(text(b"\xb0\xa1", "ks_c_5601"), "\u{ac00}");
        assert_eq!(text(b"\x80 50", "iso-8859-1"), "€ 50");
        assert_eq!(text(b"\x81", "cp-850"), "ü");
        assert_eq!(text(b"\xcf\xf0\xe8\xe2\xe5\xf2", "win-1251"), "Привет");
        assert_eq!(text(b"Hi Mom +Jjo-!", "utf-7"), "Hi Mom \u{263a}!");
        assert_eq!(text(b"~{VPND~} ok", "hz-gb-2312"), "中文 ok");
    }

    #[test]
    fn a_wrong_label_does_not_win_against_valid_utf8() {
        let decoded = decode("Größe und Maß".as_bytes(), Some("iso-8859-1"));
        assert_eq!((decoded.text.as_str(), decoded.guessed, decoded.lost), ("Größe und Maß", true, false));
    }

    #[test]
    fn japanese_words_joined_from_pieces_lose_nothing() {
        let pieces = b"\x1b$B%G%#%l\x1b(B\x1b$B%/%H%j\x1b(B";
        let decoded = decode(pieces, Some("iso-2022-jp"));
        assert_eq!((decoded.text.as_str(), decoded.lost), ("ディレクトリ", false));
        let (euc, _, _) = encoding_rs::EUC_JP.encode("お世話になっております。見積をお願いします。");
        assert_eq!(text(&euc, "iso-2022-jp"), "お世話になっております。見積をお願いします。");
    }

    #[test]
    fn one_damaged_character_does_not_turn_utf8_into_something_else() {
        let mut bytes = "报价单请查收，谢谢。".as_bytes().to_vec();
        bytes.pop();
        let decoded = decode(&bytes, Some("utf-8"));
        assert!(decoded.text.starts_with("报价单请查收，谢谢"));
        assert!(decoded.lost && !decoded.guessed);
    }

    #[test]
    fn a_charset_speaks_for_a_language_only_when_it_is_unambiguous() {
        assert_eq!(language_of("GB2312"), Some("zh-Hans"));
        assert_eq!(language_of("ISO-2022-JP"), Some("ja"));
        assert_eq!(language_of("windows-1251"), None);
    }
}
