//! Files pasted into a text as uuencode does it: `begin 644 name`, lines that begin with their length, `end`.

/// A file found in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pasted {
    pub name: String,
    pub size: usize,
    /// Its `end` is missing.
    pub broken: bool,
}

/// Takes the files out of a text. A `begin` line counts only when a line of data follows: people write "begin 2026" too.
pub(super) fn take_out(text: &str) -> Option<(String, Vec<Pasted>)> {
    if !text.starts_with("begin ") && !text.contains("\nbegin ") {
        return None;
    }
    let mut kept = String::with_capacity(text.len());
    let mut files = Vec::new();
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let Some(name) = name_of(line).filter(|_| lines.peek().is_some_and(|next| data_len(next).is_some())) else {
            kept.push_str(line);
            continue;
        };
        let mut file = Pasted { name: name.to_owned(), size: 0, broken: true };
        while let Some(len) = lines.peek().and_then(|next| data_len(next)) {
            file.size += len;
            lines.next();
        }
        while lines.next_if(|next| next.trim().is_empty() || next.trim() == "`").is_some() {}
        file.broken = lines.next_if(|next| next.trim_end() == "end").is_none();
        files.push(file);
    }
    (!files.is_empty()).then_some((kept, files))
}

/// The one file of a body whose transfer encoding is uuencode.
pub(super) fn whole(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut lines = bytes.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.find(|line| line.starts_with(b"begin "))?;
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    for line in lines.take_while(|line| *line != b"end") {
        data(line, &mut out);
    }
    Some(out)
}

/// Decodes a line of data without its end.
pub(super) fn data(line: &[u8], out: &mut Vec<u8>) {
    let Some((&first, data)) = line.split_first() else { return };
    let wanted = out.len() + usize::from(first.wrapping_sub(0x20) & 0x3f);
    for group in data.chunks(4) {
        let value = (0..4).fold(0_u32, |sum, i| sum << 6 | u32::from(group.get(i).map_or(0, |b| b.wrapping_sub(0x20) & 0x3f)));
        out.extend(value.to_be_bytes().into_iter().skip(1));
    }
    out.truncate(wanted);
}

/// `begin 644 price list.xls`: three or four octal digits, then a name.
fn name_of(line: &str) -> Option<&str> {
    let (mode, name) = line.strip_prefix("begin ")?.trim_end().split_once(' ')?;
    let octal = (3..=4).contains(&mode.len()) && mode.bytes().all(|b| (b'0'..=b'7').contains(&b));
    (octal && !name.trim().is_empty()).then(|| name.trim())
}

/// How many bytes a line of data holds, by its first character, which must fit the line's length.
fn data_len(line: &str) -> Option<usize> {
    let line = line.trim_end_matches(['\r', '\n']);
    let (&first, data) = line.as_bytes().split_first()?;
    if !(0x21..=0x60).contains(&first) || !data.iter().all(|b| (0x20..=0x60).contains(b)) {
        return None;
    }
    let len = usize::from(first.wrapping_sub(0x20) & 0x3f);
    // Trailing spaces are often lost, and some encoders add a check character.
    let symbols = len.div_ceil(3) * 4;
    (len > 0 && data.len() <= symbols + 2 && data.len() + 4 >= (len * 4).div_ceil(3)).then_some(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_file_leaves_the_text() {
        let (text, files) = take_out("Hello\nbegin 644 a.txt\n#0V%T\n`\nend\nBye\n").expect("one file");
        assert_eq!(text, "Hello\nBye\n");
        assert_eq!(files, [Pasted { name: "a.txt".to_owned(), size: 3, broken: false }]);
        assert_eq!(whole(b"begin 644 a.txt\n#0V%T\n`\nend\n").as_deref(), Some(&b"Cat"[..]));
    }

    #[test]
    fn prose_is_no_file() {
        assert_eq!(take_out("We\nbegin 644 tons of steel\nnext week.\n"), None);
        assert_eq!(take_out("begin 2026 with us"), None);
    }
}
