//! The mails of the corpus in pieces: they say what they say whole, and are put together again.

use crate::corpus::samples;
use std::io;
use tradepost::parse::carve::{Carved, LeafWriter, Limits, carve, restore};
use tradepost::parse::{carved_letter, letter};

/// Leaves in memory.
#[derive(Default)]
struct Kept(Vec<Vec<u8>>);

impl LeafWriter for Kept {
    fn begin(&mut self) -> io::Result<()> {
        self.0.push(Vec::new());
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.last_mut().expect("begun").extend_from_slice(bytes);
        Ok(())
    }

    fn end(&mut self, _sha256: &[u8; 32]) -> io::Result<()> {
        Ok(())
    }
}

/// Everything that can be cut is cut; only texts stay.
const TINY: Limits = Limits { remainder: 8 << 20, part: 200, readable: 4 << 20, opaque: 100, line: 400, head: 1_000, leaves: 1_000 };
/// Texts are cut too, and soon all of the rest.
const TINIEST: Limits = Limits { remainder: 6_000, part: 200, readable: 50, opaque: 20, line: 400, head: 200, leaves: 5 };

fn carved_and_restored(name: &str, mail: &[u8], limits: &Limits) -> Carved {
    let mut files = Kept::default();
    let carved = carve(&mut &*mail, &mut files, limits).expect("memory does not fail");
    let (mut out, mut next) = (Vec::new(), files.0.iter());
    restore(&carved.remainder, &carved.leaves, |_| Ok(next.next().expect("one for each").as_slice()), &mut out).expect("all there");
    assert!(out == mail, "{name}: {} of {} bytes", out.len(), mail.len());
    carved
}

/// A mail with so many lines before each line of base64 that its part is cut.
fn grown(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in mail.split_inclusive(|b| *b == b'\n') {
        let text = line.trim_ascii_end();
        if text.len() >= 4 && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')) {
            (0..90).for_each(|_| out.extend_from_slice(b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx\n"));
        }
        out.extend_from_slice(line);
    }
    out
}

#[test]
fn carved_mails_of_the_corpus_say_what_they_say_whole() {
    let mut cut = 0;
    for sample in samples() {
        let name = sample.path.display().to_string();
        for mail in [grown(&sample.raw), sample.raw] {
            let header_len = mail.windows(2).position(|two| two == b"\n\n" || two == b"\n\r").map_or(mail.len(), |at| at + 3);
            let carved = carved_and_restored(&name, &mail, &Limits { head: header_len.max(1_000), ..TINY });
            carved_and_restored(&name, &mail, &TINIEST);
            cut += usize::from(!carved.leaves.is_empty());
            if !carved.too_much {
                assert_eq!(carved_letter(&carved), letter(&mail), "{name}");
            }
        }
    }
    assert!(cut > 20, "{cut} were cut");
}
