//! A mail before it is handed over: whether it can be written to a server at all, what must be said of it, and its bytes as they go
//! over the wire.

use super::error::Malformed;
use super::path::{Path, xtext};
use super::{Offers, SmtpError};
use crate::types::EmailAddress;

/// The longest line without its end (RFC 5321 §4.5.3.1.6).
const LINE_BYTES_MAX: usize = 998;
/// The longest envelope identifier as it is written (RFC 3461 §4.4).
const ENVELOPE_ID_CHARS_MAX: usize = 100;
/// How much is written before the deadline starts anew.
const BLOCK_BYTES: usize = 64 * 1024;

/// One mail for one recipient.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// Where reports about the mail go; `None` for a mail that must cause none (RFC 5321 §4.5.5).
    pub from: Option<&'a EmailAddress>,
    pub to: &'a EmailAddress,
    /// The whole mail, lines ended by CRLF.
    pub bytes: &'a [u8],
    /// What a report names the mail by (ENVID); told only together with `notify`.
    pub envelope_id: Option<&'a str>,
    /// Whether to ask for reports of failure and delay, with the header alone (RFC 3461), where the server offers that.
    pub notify: bool,
}

/// The three commands of a mail that the server may be given.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    pub mail: String,
    pub rcpt: String,
}

impl Envelope {
    pub(super) const DATA: &str = "DATA\r\n";

    /// Checks the mail against the rules and against what this server offers. Nothing is said to the server here.
    pub(super) fn new(mail: &Outgoing<'_>, offers: &Offers) -> Result<Self, SmtpError> {
        let shape = Shape::of(mail.bytes).map_err(SmtpError::Malformed)?;
        let from = mail.from.map(|from| Path::of(from).ok_or(SmtpError::BadAddress { whose: "sender" })).transpose()?;
        let to = Path::of(mail.to).ok_or(SmtpError::BadAddress { whose: "recipient" })?;
        let envelope_id = mail.envelope_id.map(envelope_id).transpose().map_err(SmtpError::Malformed)?;

        let is_beyond_ascii = !to.is_ascii() || from.as_ref().is_some_and(|from| !from.is_ascii()) || shape.header_is_8_bit;
        if is_beyond_ascii && !offers.smtp_utf8 {
            return Err(SmtpError::NeedsSmtpUtf8);
        }
        if shape.is_8_bit && !offers.eight_bit_mime {
            return Err(SmtpError::NeedsEightBit);
        }
        if let Some(limit) = offers.size_max.filter(|limit| shape.size > *limit) {
            return Err(SmtpError::TooLarge { size: shape.size, limit });
        }

        let mut mail_from = format!("MAIL FROM:<{}>", from.as_ref().map(Path::as_str).unwrap_or_default());
        if offers.size {
            mail_from.push_str(&format!(" SIZE={}", shape.size));
        }
        if shape.is_8_bit {
            mail_from.push_str(" BODY=8BITMIME");
        }
        if is_beyond_ascii {
            mail_from.push_str(" SMTPUTF8");
        }
        let mut rcpt_to = format!("RCPT TO:<{}>", to.as_str());
        if mail.notify && offers.dsn {
            mail_from.push_str(" RET=HDRS");
            if let Some(envelope_id) = envelope_id {
                mail_from.push_str(&format!(" ENVID={envelope_id}"));
            }
            rcpt_to.push_str(" NOTIFY=FAILURE,DELAY");
            // An address beyond ASCII has a type of its own there (RFC 6533 §3), which few servers know; without one they use the path.
            if to.is_ascii() {
                rcpt_to.push_str(&format!(" ORCPT=rfc822;{}", xtext(to.as_str())));
            }
        }
        Ok(Self { mail: mail_from + "\r\n", rcpt: rcpt_to + "\r\n" })
    }

    /// All three, as they go to a server that takes them at once (RFC 2920).
    pub(super) fn pipelined(&self) -> String {
        [self.mail.as_str(), self.rcpt.as_str(), Self::DATA].concat()
    }
}

/// What must be known of a mail before it is offered.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    /// In bytes, line ends counted, without doubled dots (RFC 1870 §3).
    size: u64,
    is_8_bit: bool,
    header_is_8_bit: bool,
}

impl Shape {
    fn of(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.is_empty() {
            return Err(Malformed::Empty);
        }
        let is_8_bit = !bytes.is_ascii();
        let (mut in_header, mut header_is_8_bit) = (true, false);
        for (at, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let line_number = at + 1;
            // The last line may lack its end; the final dot brings it.
            let text = match line.strip_suffix(b"\n") {
                Some(text) => text.strip_suffix(b"\r").ok_or(Malformed::LineEnd { line: line_number })?,
                None => line,
            };
            if text.len() > LINE_BYTES_MAX {
                return Err(Malformed::LongLine { line: line_number });
            }
            if text.contains(&b'\r') {
                return Err(Malformed::LineEnd { line: line_number });
            }
            if text.contains(&0) {
                return Err(Malformed::Nul { line: line_number });
            }
            in_header &= !text.is_empty();
            header_is_8_bit |= in_header && is_8_bit && !text.is_ascii();
        }
        Ok(Self { size: u64::try_from(bytes.len()).unwrap_or(u64::MAX), is_8_bit, header_is_8_bit })
    }
}

fn envelope_id(text: &str) -> Result<String, Malformed> {
    let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let written = xtext(text);
    if text.is_empty() || written.len() > ENVELOPE_ID_CHARS_MAX || !is_printable {
        return Err(Malformed::EnvelopeId);
    }
    Ok(written)
}

/// What ends a mail: the end of its last line, and a line with nothing but a dot (RFC 5321 §4.1.1.4).
pub(super) const FINAL_DOT: &[u8] = b"\r\n.\r\n";

/// The mail without [`FINAL_DOT`], in blocks to be written one after another: dots at the beginning of a line are doubled (§4.5.2), and
/// the end of the last line is left to the final dot.
pub(super) struct Blocks<'a> {
    lines: std::slice::SplitInclusive<'a, u8, fn(&u8) -> bool>,
    block: Vec<u8>,
}

impl<'a> Blocks<'a> {
    pub(super) fn of(mail: &'a [u8]) -> Self {
        let text = mail.strip_suffix(b"\r\n").unwrap_or(mail);
        // Room for the longest line beyond a full block, and for its dot.
        let room = text.len().min(BLOCK_BYTES) + LINE_BYTES_MAX + 3;
        Self { lines: text.split_inclusive(|byte| *byte == b'\n'), block: Vec::with_capacity(room) }
    }

    /// The next block; `None` after the last one.
    pub(super) fn next_block(&mut self) -> Option<&[u8]> {
        self.block.clear();
        while self.block.len() < BLOCK_BYTES {
            let Some(line) = self.lines.next() else { break };
            if line.first() == Some(&b'.') {
                self.block.push(b'.');
            }
            self.block.extend_from_slice(line);
        }
        (!self.block.is_empty()).then_some(self.block.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("an address")
    }

    fn wire(mail: &[u8]) -> Vec<u8> {
        let mut blocks = Blocks::of(mail);
        let mut wire = Vec::new();
        while let Some(block) = blocks.next_block() {
            wire.extend_from_slice(block);
        }
        [&wire, FINAL_DOT].concat()
    }

    /// What a server makes of it (RFC 5321 §4.5.2).
    fn unstuffed(wire: &[u8]) -> Vec<u8> {
        let mut mail = Vec::new();
        for line in wire.split_inclusive(|byte| *byte == b'\n') {
            if line == b".\r\n" {
                break;
            }
            mail.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        }
        mail
    }

    #[test]
    fn dots_are_doubled_at_the_beginning_of_a_line_and_nowhere_else() {
        for (mail, expected) in [
            (&b"a\r\n"[..], &b"a\r\n.\r\n"[..]),
            (b"a", b"a\r\n.\r\n"),
            (b".\r\n", b"..\r\n.\r\n"),
            (b".", b"..\r\n.\r\n"),
            (b"\r\n", b"\r\n.\r\n"),
            (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
            (b"a\r\n..b.\r\n", b"a\r\n...b.\r\n.\r\n"),
            (b"a\r\n\r\n", b"a\r\n\r\n.\r\n"),
        ] {
            assert_eq!(wire(mail), expected, "{mail:?}");
        }
    }

    #[test]
    fn large_mails_go_in_blocks() {
        let mail = ".0123456789\r\n".repeat(30_000);
        let mut blocks = Blocks::of(mail.as_bytes());
        let mut sizes = Vec::new();
        while let Some(block) = blocks.next_block() {
            sizes.push(block.len());
        }
        assert!(sizes.len() > 5 && sizes.iter().all(|size| *size <= BLOCK_BYTES + LINE_BYTES_MAX + 3), "{sizes:?}");
        assert_eq!(unstuffed(&wire(mail.as_bytes())), mail.as_bytes());
    }

    proptest! {
        #[test]
        fn a_server_gets_back_what_was_written(lines in proptest::collection::vec("[.a]{0,4}", 1..20)) {
            let mail = lines.join("\r\n") + "\r\n";
            let wire = wire(mail.as_bytes());
            prop_assert_eq!(unstuffed(&wire), mail.as_bytes());
            prop_assert_eq!(wire.windows(5).filter(|window| *window == FINAL_DOT).count() , 1);
        }
    }

    #[test]
    fn what_servers_read_differently_is_malformed() {
        let malformed = |mail: &[u8]| Shape::of(mail).expect_err("it is malformed");
        assert_eq!(malformed(b""), Malformed::Empty);
        assert_eq!(malformed(b"a\nb\r\n"), Malformed::LineEnd { line: 1 });
        assert_eq!(malformed(b"a\r\nb\rc\r\n"), Malformed::LineEnd { line: 2 });
        assert_eq!(malformed(b"a\r\r\n"), Malformed::LineEnd { line: 1 });
        assert_eq!(malformed(b"a\r\nb\r"), Malformed::LineEnd { line: 2 });
        assert_eq!(malformed(b"a\r\n.\n.\r\n"), Malformed::LineEnd { line: 2 }, "the way a second mail is smuggled in");
        assert_eq!(malformed(b"a\0\r\n"), Malformed::Nul { line: 1 });
        let long = [&[b'x'; 999][..], b"\r\n"].concat();
        assert_eq!(malformed(&long), Malformed::LongLine { line: 1 });
        assert_eq!(Shape::of(&long[1..]), Ok(Shape { size: 1_000, is_8_bit: false, header_is_8_bit: false }));
        let shape = Shape::of("A: b\r\n\r\nä\r\n".as_bytes());
        assert_eq!(shape, Ok(Shape { size: 12, is_8_bit: true, header_is_8_bit: false }));
        assert!(Shape::of("A: ä\r\n\r\nb".as_bytes()).is_ok_and(|shape| shape.header_is_8_bit));
    }

    #[test]
    fn a_plain_server_is_told_the_least() {
        let (from, to) = (address("sales@bright.example"), address("bob@acme.example"));
        let mail = Outgoing { from: Some(&from), to: &to, bytes: b"A: b\r\n\r\nc\r\n", envelope_id: Some("row+1"), notify: true };
        let plain = Envelope::new(&mail, &Offers::default()).expect("it can be told");
        assert_eq!(plain.pipelined(), "MAIL FROM:<sales@bright.example>\r\nRCPT TO:<bob@acme.example>\r\nDATA\r\n");
        let offers = Offers { size: true, dsn: true, smtp_utf8: true, eight_bit_mime: true, ..Offers::default() };
        let all = Envelope::new(&mail, &offers).expect("it can be told");
        assert_eq!(all.mail, "MAIL FROM:<sales@bright.example> SIZE=11 RET=HDRS ENVID=row+2B1\r\n");
        assert_eq!(all.rcpt, "RCPT TO:<bob@acme.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;bob@acme.example\r\n");
        let null = Outgoing { from: None, notify: false, ..mail };
        assert_eq!(Envelope::new(&null, &offers).expect("it can be told").mail, "MAIL FROM:<> SIZE=11\r\n");
    }

    #[test]
    fn what_a_server_lacks_is_said_beforehand() {
        let (from, to, jose) = (address("sales@bright.example"), address("bob@acme.example"), address("josé@acme.example"));
        let mail = Outgoing { from: Some(&from), to: &to, bytes: b"A: b\r\n\r\nc\r\n", envelope_id: None, notify: false };
        let told = |mail: &Outgoing<'_>, offers: Offers| Envelope::new(mail, &offers).map(|envelope| envelope.mail);
        let utf8 = || Offers { smtp_utf8: true, eight_bit_mime: true, ..Offers::default() };
        let for_jose = Outgoing { to: &jose, ..mail };
        assert!(matches!(told(&for_jose, Offers::default()), Err(SmtpError::NeedsSmtpUtf8)));
        assert_eq!(told(&for_jose, utf8()).expect("it is offered"), "MAIL FROM:<sales@bright.example> SMTPUTF8\r\n");
        let by_jose = Outgoing { from: Some(&jose), ..mail };
        assert!(matches!(told(&by_jose, Offers::default()), Err(SmtpError::NeedsSmtpUtf8)));
        let umlaut = Outgoing { bytes: "A: b\r\n\r\nä\r\n".as_bytes(), ..mail };
        assert!(matches!(told(&umlaut, Offers::default()), Err(SmtpError::NeedsEightBit)));
        assert_eq!(told(&umlaut, utf8()).expect("it is offered"), "MAIL FROM:<sales@bright.example> BODY=8BITMIME\r\n");
        let in_header = Outgoing { bytes: "A: ä\r\n\r\n".as_bytes(), ..mail };
        let only_bodies = Offers { eight_bit_mime: true, ..Offers::default() };
        assert!(matches!(told(&in_header, only_bodies), Err(SmtpError::NeedsSmtpUtf8)));
        assert_eq!(told(&in_header, utf8()).expect("it is offered"), "MAIL FROM:<sales@bright.example> BODY=8BITMIME SMTPUTF8\r\n");
        let large = Offers { size: true, size_max: Some(10), ..Offers::default() };
        assert!(matches!(told(&mail, large), Err(SmtpError::TooLarge { size: 11, limit: 10 })));
        assert!(told(&mail, Offers { size: true, size_max: Some(11), ..Offers::default() }).is_ok());
    }

    #[test]
    fn an_envelope_identifier_is_short_and_printable() {
        assert_eq!(envelope_id("a=b c").as_deref(), Ok("a+3Db+20c"));
        for bad in ["", "a\r\nRCPT TO:<x@y>", "ä", &"x".repeat(101), &"=".repeat(34)] {
            assert_eq!(envelope_id(bad), Err(Malformed::EnvelopeId), "{bad:?}");
        }
    }
}
