//! Compressed RTF ([MS-OXRTFCP]) and the words in it.

use super::super::{charset, limits};

/// What the sliding window holds at the start ([MS-OXRTFCP] §2.1.2.1).
const PRELOAD: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const WINDOW: usize = 4096;
const COMPRESSED: &[u8] = b"LZFu";
const STORED: &[u8] = b"MELA";

/// Undoes the compression, up to [`limits::TEXT_LEN_MAX`]; what breaks off is given as far as it goes.
pub(super) fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let kind = bytes.get(8..12)?;
    let data = bytes.get(16..)?;
    if kind == STORED {
        return Some(data.get(..limits::TEXT_LEN_MAX).unwrap_or(data).to_vec());
    }
    if kind != COMPRESSED {
        return None;
    }
    let mut window = Window::new();
    let mut input = data.iter().copied();
    while let Some(flags) = input.next() {
        for bit in 0..8 {
            let Some(first) = input.next().filter(|_| window.out.len() < limits::TEXT_LEN_MAX) else { return Some(window.out) };
            if flags >> bit & 1 == 0 {
                window.put(first);
                continue;
            }
            let Some(second) = input.next() else { return Some(window.out) };
            let reference = usize::from(first) << 8 | usize::from(second);
            let (offset, len) = (reference >> 4, (reference & 15) + 2);
            // A reference to the place being written ends the text.
            if offset == window.at {
                return Some(window.out);
            }
            for step in 0..len {
                window.put(window.bytes.get((offset + step) % WINDOW).copied().unwrap_or(0));
            }
        }
    }
    Some(window.out)
}

/// The last 4,096 bytes written, which references point into, and everything written.
struct Window {
    bytes: Vec<u8>,
    at: usize,
    out: Vec<u8>,
}

impl Window {
    fn new() -> Self {
        let mut bytes = PRELOAD.to_vec();
        bytes.resize(WINDOW, 0);
        Self { bytes, at: PRELOAD.len(), out: Vec::new() }
    }

    fn put(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.at) {
            *slot = byte;
        }
        self.out.push(byte);
        self.at = (self.at + 1) % WINDOW;
    }
}

/// One open group: whether its text is shown, and how many characters stand in for a `\u`.
#[derive(Clone, Copy)]
struct Group {
    hidden: bool,
    fallback_len: usize,
}

/// The words of an RTF document.
pub(super) fn text(rtf: &[u8]) -> String {
    let codepage = codepage(rtf);
    let mut reader =
        Words { out: String::new(), bytes: Vec::new(), codepage, groups: vec![Group { hidden: false, fallback_len: 1 }], skip: 0 };
    let mut rest = rtf;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = match byte {
            b'{' => reader.open(tail),
            b'}' => reader.close(tail),
            b'\\' => reader.control(tail),
            b'\r' | b'\n' => tail,
            _ => {
                reader.byte(byte);
                tail
            }
        };
    }
    reader.settle();
    reader.out
}

fn codepage(rtf: &[u8]) -> String {
    let head = String::from_utf8_lossy(rtf.get(..300).unwrap_or(rtf));
    let digits: String =
        head.split_once("\\ansicpg").map(|(_, after)| after.chars().take_while(char::is_ascii_digit).collect()).unwrap_or_default();
    if digits.is_empty() { "windows-1252".to_owned() } else { format!("cp{digits}") }
}

struct Words {
    out: String,
    /// Characters of the code page not yet decoded: one may take two bytes.
    bytes: Vec<u8>,
    codepage: String,
    groups: Vec<Group>,
    /// Characters still to be left out after a `\u`.
    skip: usize,
}

impl Words {
    const DEPTH_MAX: usize = 200;

    fn group(&self) -> Group {
        self.groups.last().copied().unwrap_or(Group { hidden: false, fallback_len: 1 })
    }

    fn open<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        if self.groups.len() < Self::DEPTH_MAX {
            self.groups.push(self.group());
        }
        rest
    }

    fn close<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        if self.groups.len() > 1 {
            self.groups.pop();
        }
        rest
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if !self.group().hidden {
            self.bytes.push(byte);
        }
    }

    fn char(&mut self, c: char) {
        self.settle();
        if !self.group().hidden {
            self.out.push(c);
        }
    }

    fn settle(&mut self) {
        if !self.bytes.is_empty() {
            self.out.push_str(&charset::decode(&self.bytes, Some(&self.codepage)).text);
            self.bytes.clear();
        }
    }

    fn hide(&mut self) {
        self.settle();
        if let Some(group) = self.groups.last_mut() {
            group.hidden = true;
        }
    }

    /// Reads what follows a backslash.
    fn control<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let letters = rest.iter().take(32).take_while(|b| b.is_ascii_alphabetic()).count();
        if letters == 0 {
            return self.symbol(rest);
        }
        let (word, tail) = rest.split_at_checked(letters).unwrap_or((rest, b""));
        let digits = tail.iter().take(10).enumerate().take_while(|(i, b)| b.is_ascii_digit() || (*i == 0 && **b == b'-')).count();
        let (number, tail) = tail.split_at_checked(digits).unwrap_or((tail, b""));
        let number: Option<i32> = std::str::from_utf8(number).ok().and_then(|n| n.parse().ok());
        let tail = tail.strip_prefix(b" ").unwrap_or(tail);
        match word {
            b"par" | b"line" | b"row" => self.char('\n'),
            b"tab" | b"cell" => self.char('\t'),
            b"u" => {
                // Negative numbers stand for characters above 32,767.
                let code = number.map(|n| if n < 0 { n + 65_536 } else { n }).and_then(|n| u32::try_from(n).ok());
                self.char(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
                self.skip = self.group().fallback_len;
            }
            b"uc" => {
                let len = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(1).min(10);
                if let Some(group) = self.groups.last_mut() {
                    group.fallback_len = len;
                }
            }
            b"fonttbl" | b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" => self.hide(),
            _ => {}
        }
        tail
    }

    fn symbol<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let Some((&symbol, tail)) = rest.split_first() else { return rest };
        match (symbol, tail) {
            (b'\'', [high, low, after @ ..]) => {
                if let (Some(high), Some(low)) = (super::transfer::hex(*high), super::transfer::hex(*low)) {
                    self.byte(high << 4 | low);
                }
                return after;
            }
            (b'*', _) => self.hide(),
            (b'~', _) => self.char('\u{a0}'),
            (b'\\' | b'{' | b'}', _) => self.byte(symbol),
            (b'\r' | b'\n', _) => self.char('\n'),
            _ => {}
        }
        tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_document_are_read() {
        let rtf = br"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator X;}\f0 Gr\'fc\'dfe,\par \u25253?\u20215? ok\tab 5\{}";
        assert_eq!(text(rtf), "Grüße,\n报价 ok\t5{");
    }

    #[test]
    fn the_example_of_the_specification_is_decompressed() {
        // [MS-OXRTFCP] §3.1.1.
        let bytes = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67,
            0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d,
            0x0a, 0x80, 0x0f, 0xa0,
        ];
        let rtf = decompress(&bytes).expect("it is compressed RTF");
        assert_eq!(rtf, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert_eq!(text(&rtf), "hello world");
    }
}
