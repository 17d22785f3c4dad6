use super::super::{carved_letter, letter};
use super::*;
use proptest::prelude::*;

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

    fn end(&mut self, sha256: &[u8; 32]) -> io::Result<()> {
        use sha2::Digest;
        assert_eq!(sha256, sha2::Sha256::digest(self.0.last().expect("begun")).as_slice());
        Ok(())
    }
}

/// Everything that can be cut is cut; only texts stay.
const TINY: Limits = Limits { remainder: 8 << 20, part: 200, readable: 4 << 20, opaque: 100, line: 400, head: 4_000, leaves: 1_000 };
/// Texts are cut too.
const TINIEST: Limits = Limits { remainder: 6_000, part: 200, readable: 50, opaque: 20, line: 400, head: 200, leaves: 5 };

fn carved(mail: &[u8], limits: &Limits) -> (Carved, Kept) {
    let mut files = Kept::default();
    let carved = carve(&mut &*mail, &mut files, limits).expect("memory does not fail");
    (carved, files)
}

fn assert_restored(mail: &[u8], limits: &Limits) -> Carved {
    let (carved, files) = carved(mail, limits);
    let (mut out, mut next) = (Vec::new(), files.0.iter());
    restore(&carved.remainder, &carved.leaves, |_| Ok(next.next().expect("one for each").as_slice()), &mut out).expect("all there");
    assert!(out == mail, "{} of {} bytes", out.len(), mail.len());
    assert_eq!(carved.size, mail.len() as u64);
    carved
}

/// A part's body of that many lines.
fn base64_lines(lines: usize, seed: u8) -> String {
    (0..lines).map(|n| format!("{}{:04}\r\n", char::from(b'A' + seed % 26).to_string().repeat(72), n % 10_000)).collect()
}

fn with_attachment(encoding: &str, data: &str) -> String {
    format!(
        "From: a@b.example\r\nSubject: Drawings\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\nSee attached.\r\n--b\r\n\
         Content-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: {encoding}\r\nX-Tradepost-Carved: sha256=00; size=9\r\n\r\n\
         {data}--b--\r\n"
    )
}

#[test]
fn every_encoding_keeps_its_true_size() {
    let clean = base64_lines(6_000, 3);
    let datas = [
        clean.clone(),
        format!("{clean}QUJD\r\nQQ==\r\n"),
        format!("{clean}QQ==\r\n___\r\nA list's footer\r\n"),
        clean.replace("\r\n", ""),
        format!("{clean} = \r\n=\r\n\r\n"),
    ];
    for data in datas {
        for encoding in ["base64", "quoted-printable", "8bit"] {
            let mail = with_attachment(encoding, &data);
            let carved = assert_restored(mail.as_bytes(), &Limits { head: 1_024, ..Limits::default() });
            assert_eq!(carved.leaves.len(), 1, "{encoding}");
            let (said, whole) = (carved_letter(&carved), letter(mail.as_bytes()));
            // A body in one line is decoded in pieces, which are not of its shape when it is quoted-printable.
            assert_eq!(said, whole, "{encoding}");
            assert!(carved.remainder.len() < 40_000, "{}", carved.remainder.len());
        }
    }
}

#[test]
fn an_attachment_comes_out_of_its_leaf_decoded() {
    use base64::Engine;
    let file: Vec<u8> = (0..700_000_u32).flat_map(u32::to_be_bytes).collect();
    let text = base64::engine::general_purpose::STANDARD.encode(&file);
    let data: String = text.as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect();
    let mail = with_attachment("base64", &data);
    let (carved, files) = carved(mail.as_bytes(), &Limits { head: 1_024, ..Limits::default() });
    assert_eq!(carved_letter(&carved).attachments.first().map(|a| a.size), Some(file.len()));
    let mut out = Vec::new();
    let taken = super::super::enclosure(&carved.remainder, &carved.leaves, 0, |_| Ok(files.0[0].as_slice()), &mut out);
    taken.expect("it has a part").expect("all there");
    assert!(out == file);
    assert!(super::super::enclosure(&carved.remainder, &carved.leaves, 1, |_| Ok(files.0[0].as_slice()), &mut out).is_none());
}

#[test]
fn whatever_comes_little_stays() {
    let line = "x".repeat(3_000_000);
    let many: String =
        (0..3_000).map(|n| format!("--b\r\nContent-Type: image/png; name={n}.png\r\n\r\n{}", base64_lines(100, 1))).collect();
    let texts: String = (0..30).map(|_| format!("--b\r\n\r\n{}", "Dear Sirs,\r\n--\r\n".repeat(70_000))).collect();
    let nested: String = (0..5_000)
        .map(|n| format!("--b{n}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n{}", n + 1, "y\r\n".repeat(1_000)))
        .collect();
    let head = "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    let mails = [
        format!("{head}{many}--b--\r\n"),
        format!("{head}{texts}"),
        format!("{}{nested}", head.replace("=b", "=b0")),
        format!("{head}--b\r\n{}", line.repeat(8)),
        format!("{head}{}", "--\r\n".repeat(5_000_000)),
        format!("{head}{}", "--b\r\n".repeat(4_000_000)),
        format!("{head}--b\r\n{}", "X-Field: 1\r\n".repeat(2_000_000)),
        "A: b\r\n".repeat(4_000_000),
        format!("From: a@b.example\r\n\r\n{}", "Words of a long text.\r\n".repeat(1_000_000)),
        "\r".repeat(20_000_000),
    ];
    for (number, mail) in mails.iter().enumerate() {
        let carved = assert_restored(mail.as_bytes(), &Limits::default());
        assert!(carved.remainder.len() < 13 << 20, "{number}: {}", carved.remainder.len());
        assert!(carved.leaves.len() <= 1_001, "{number}: {}", carved.leaves.len());
        carved_letter(&carved);
    }
}

#[test]
fn a_body_cut_in_mid_line_does_not_become_header() {
    // No empty line ends the part's header; what is left of the cut line stands right before the next boundary.
    let mail = format!(
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{0}\n--b\nContent-Type: image/png\n{0}\n\n--b\nContent-Type: text/plain\n",
        "x".repeat(2_500)
    );
    let carved = assert_restored(mail.as_bytes(), &TINY);
    assert_eq!(carved_letter(&carved).attachments.first().map(|part| part.size), Some(2_501));
    assert_eq!(carved_letter(&carved), letter(mail.as_bytes()));
}

#[test]
fn a_field_far_behind_a_broken_line_is_no_header_any_more() {
    let mail = format!(
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n{0}\nContent-Type: text/plain\n{0}\n",
        "x".repeat(2_500)
    );
    let carved = assert_restored(mail.as_bytes(), &TINY);
    assert_eq!(carved_letter(&carved).attachments.first().map(|part| part.media_type.as_str()), Some("image/png"));
    assert_eq!(carved_letter(&carved), letter(mail.as_bytes()));
}

#[test]
fn a_long_text_says_what_it_says_whole() {
    for head in ["", "Content-Type: text/html\r\n", "Content-Transfer-Encoding: base64\r\n"] {
        let mail = format!("From: a@b.example\r\n{head}\r\n{}", "<p>Some words of a text\r\n--\r\nBob</p>\r\n".repeat(400_000));
        let carved = assert_restored(mail.as_bytes(), &Limits::default());
        assert_eq!(carved.leaves.len(), 1);
        assert!(carved_letter(&carved) == letter(mail.as_bytes()), "{head}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_mail_is_restored(mail in "((--b|--c|--b--|--|Content-Type: multipart/mixed; boundary=c|Content-Type: image/png|Content-Transfer-Encoding: base64|[A-Za-z =-]{0,40}|x{2500}|\r)(\r?\n){1,2}){0,40}") {
        let mail = format!("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{mail}");
        let carved = assert_restored(mail.as_bytes(), &TINY);
        assert_restored(mail.as_bytes(), &TINIEST);
        if !carved.too_much {
            prop_assert_eq!(carved_letter(&carved), letter(mail.as_bytes()));
        }
    }
}
