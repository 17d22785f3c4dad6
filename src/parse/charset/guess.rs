//! Which charset undeclared bytes are in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, SHIFT_JIS, UTF_8, WINDOWS_1252};

/// As much of a body as is looked at: enough for any statistics, and bounded.
const SAMPLE_LEN_MAX: usize = 64 * 1024;

/// The most probable encoding. `domain` is the sender's: its country weighs in (`.cn`, `.ru`).
pub(in crate::parse) fn guess(bytes: &[u8], domain: Option<&str>) -> &'static Encoding {
    let sample = bytes.get(..SAMPLE_LEN_MAX).unwrap_or(bytes);
    let tld = domain.and_then(|d| d.rsplit('.').next()).filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_lowercase()));
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    let found = detector.guess(tld.map(str::as_bytes), Utf8Detection::Allow);
    if is_utf8_start(sample) {
        return UTF_8;
    }
    // A few characters are too little for statistics. The commonest half of Chinese lies in one block of GB 2312, which Korean
    // shares; raw bytes are mostly the habit of Chinese mailers.
    if (!is_multibyte(found) || found == EUC_KR && tld != Some("kr") && !reads_as_korean(sample)) && looks_like_gb2312(sample) {
        return GB18030;
    }
    if found == GBK { GB18030 } else { found }
}

/// Valid UTF-8, at most broken off inside its last character because the sample ends there.
fn is_utf8_start(sample: &[u8]) -> bool {
    match std::str::from_utf8(sample) {
        Ok(_) => !sample.is_ascii(),
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0 && sample.len() == SAMPLE_LEN_MAX,
    }
}

fn is_multibyte(encoding: &'static Encoding) -> bool {
    [GBK, GB18030, BIG5, EUC_JP, EUC_KR, SHIFT_JIS, UTF_8, encoding_rs::ISO_2022_JP].contains(&encoding)
}

/// Whether valid UTF-8 contradicts the declared encoding. One sequence is proof against Latin-1; others need more, since two
/// Chinese characters can look like UTF-8 by chance.
pub(super) fn is_surely_utf8(bytes: &[u8], declared: &'static Encoding) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let sequences = text.chars().filter(|c| !c.is_ascii()).take(3).count();
    sequences >= if declared == WINDOWS_1252 || declared == ISO_8859_2 { 1 } else { 3 }
}

/// Bytes declared as Latin-1 that are mostly not ASCII: no western language is written so. Names what they are.
pub(super) fn is_surely_not_latin(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..SAMPLE_LEN_MAX).unwrap_or(bytes);
    let high = sample.iter().filter(|b| **b >= 0x80).count();
    let letters = sample.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if high < 6 || high < letters {
        return None;
    }
    let found = guess(sample, None);
    let (_, lost) = found.decode_without_bom_handling(sample);
    (found != WINDOWS_1252 && (!lost || sample.len() == SAMPLE_LEN_MAX)).then_some(found)
}

/// All high bytes come in pairs, and each pair is a frequent character (GB 2312 level 1, rows 16 to 55) or punctuation.
fn looks_like_gb2312(bytes: &[u8]) -> bool {
    let mut pairs = 0_usize;
    let mut rest = bytes.iter();
    while let Some(&lead) = rest.next() {
        if lead < 0x80 {
            continue;
        }
        let Some(&trail) = rest.next() else { return false };
        if !matches!(lead, 0xa1 | 0xa3 | 0xb0..=0xd7) || !(0xa1..=0xfe).contains(&trail) {
            return false;
        }
        pairs += 1;
    }
    pairs >= 2
}

/// Whether the commonest syllables of Korean outweigh the commonest characters of Chinese letters.
fn reads_as_korean(bytes: &[u8]) -> bool {
    const SYLLABLES: &str = "이다는에의을를가고하지로한서기도사으니그리시해일자정나대인어안요청문은만제보드합주관련건견적";
    const CHARACTERS: &str = "的一是不了在人有我这中大来上国个到们为和你时年要会公司产品报价单订货询客户样合同发票付款船期通知关于请您好";
    let hits = |encoding: &'static Encoding, common: &str| {
        encoding.decode_without_bom_handling(bytes).0.chars().filter(|c| common.contains(*c)).count()
    };
    hits(EUC_KR, SYLLABLES) > hits(GB18030, CHARACTERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_chinese_subject_is_not_taken_for_latin() {
        let (bytes, _, _) = GBK.encode("报价单");
        assert_eq!(guess(&bytes, None), GB18030);
    }

    #[test]
    fn a_short_korean_subject_stays_korean() {
        let (bytes, _, _) = EUC_KR.encode("견적 요청");
        assert_eq!(guess(&bytes, None), EUC_KR);
    }

    #[test]
    fn a_country_helps_to_tell_cyrillic_charsets() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode("Запрос цены на насосы");
        assert_eq!(guess(&bytes, Some("zavod.ru")), encoding_rs::WINDOWS_1251);
    }
}
