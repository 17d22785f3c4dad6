//! Bytes to and from the server, cut into whole responses. Memory is bounded whatever the server sends, and a read that is dropped
//! half way loses nothing.

use super::ImapError;
use crate::mailbox::net::Transport;
use std::fmt;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Room made for one read. TLS fills 16 KiB of it at most, a local server all.
const READ_BYTES: usize = 64 * 1024;
/// A larger literal is an error: large mails are fetched in parts.
const LITERAL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Text of one response, its literals not counted.
const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// The same for a list of numbers, which is as long as a folder has mails.
const NUMBERS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How much is written before the deadline starts anew.
const WRITE_BYTES: usize = 64 * 1024;

/// A connection's bytes.
pub(super) struct Wire {
    transport: Box<dyn Transport>,
    buffer: Vec<u8>,
    /// Where in the buffer the response begins that is not yet whole.
    start: usize,
    scan: Scan,
}

/// How far the unfinished response was looked at; places count from its beginning.
#[derive(Debug, Default)]
struct Scan {
    /// All before is known. May lie behind what was read: inside a literal.
    at: usize,
    /// Where the current line begins.
    line: usize,
    /// Bytes of lines before this one.
    text: usize,
}

/// Why no whole response came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Ended,
    Silent(Duration),
    TooLarge,
}

impl Cut {
    /// The same with the command during which it happened.
    pub(super) fn during(self, command: &'static str) -> ImapError {
        match self {
            Self::Ended => ImapError::Lost { command },
            Self::Silent(deadline) => ImapError::Silent { command, seconds: deadline.as_secs() },
            Self::TooLarge => ImapError::Unreadable { command },
        }
    }
}

impl Wire {
    pub(super) fn new(transport: Box<dyn Transport>) -> Self {
        Self { transport, buffer: Vec::new(), start: 0, scan: Scan::default() }
    }

    /// The transport alone. What was read ahead is thrown away: before TLS it may come from someone in between (CVE-2011-0411).
    pub(super) fn into_transport(self) -> Box<dyn Transport> {
        self.transport
    }

    /// The next response, whole, from its first byte to its line end.
    pub(super) async fn response(&mut self, deadline: Duration) -> Result<&[u8], Cut> {
        loop {
            if let Some(len) = self.find_end()? {
                let range = self.start..self.start + len;
                self.start = range.end;
                self.scan = Scan::default();
                return self.buffer.get(range).ok_or(Cut::Ended);
            }
            tokio::time::timeout(deadline, self.read_more()).await.map_err(|_| Cut::Silent(deadline))??;
        }
    }

    async fn read_more(&mut self) -> Result<(), Cut> {
        // Only what has no end yet is kept, so that moving it costs less than reading it did.
        self.buffer.drain(..self.start);
        self.start = 0;
        if self.buffer.is_empty() {
            self.buffer.shrink_to(4 * READ_BYTES);
        }
        self.buffer.reserve(READ_BYTES);
        match self.transport.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => Err(Cut::Ended),
            Ok(_) => Ok(()),
        }
    }

    /// The length of the response at the start of the buffer, when it is there to its end.
    fn find_end(&mut self) -> Result<Option<usize>, Cut> {
        let pending = self.buffer.get(self.start..).unwrap_or_default();
        let limit = text_limit(pending);
        loop {
            let Some(unseen) = pending.get(self.scan.at..) else { return Ok(None) };
            let line_end = unseen.iter().position(|byte| *byte == b'\n').map(|at| self.scan.at + at + 1);
            let seen = line_end.unwrap_or(pending.len());
            if self.scan.text + (seen - self.scan.line) > limit {
                return Err(Cut::TooLarge);
            }
            let Some(end) = line_end else {
                self.scan.at = seen;
                return Ok(None);
            };
            let literal = pending.get(self.scan.line..end).and_then(literal_at_end).filter(|_| may_hold_literals(pending));
            let Some(literal) = literal else { return Ok(Some(end)) };
            let after = usize::try_from(literal).ok().and_then(|len| end.checked_add(len)).ok_or(Cut::TooLarge)?;
            if after > LITERAL_BYTES_MAX + TEXT_BYTES_MAX {
                return Err(Cut::TooLarge);
            }
            self.scan = Scan { at: after, line: after, text: self.scan.text + (end - self.scan.line) };
        }
    }

    /// Writes without flushing.
    pub(super) async fn write(&mut self, bytes: &[u8], deadline: Duration) -> Result<(), Cut> {
        for piece in bytes.chunks(WRITE_BYTES) {
            within(deadline, self.transport.write_all(piece)).await?;
        }
        Ok(())
    }

    pub(super) async fn flush(&mut self, deadline: Duration) -> Result<(), Cut> {
        within(deadline, self.transport.flush()).await
    }
}

impl fmt::Debug for Wire {
    // What was read is mail; it stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("buffered", &self.buffer.len()).finish_non_exhaustive()
    }
}

async fn within(deadline: Duration, work: impl Future<Output = std::io::Result<()>>) -> Result<(), Cut> {
    tokio::time::timeout(deadline, work).await.map_err(|_| Cut::Silent(deadline))?.map_err(|_| Cut::Ended)
}

fn text_limit(response: &[u8]) -> usize {
    if starts_with(response, b"* VANISHED") { NUMBERS_BYTES_MAX } else { TEXT_BYTES_MAX }
}

/// Whether it is data. Free text for people may end like the head of a literal and is none.
fn may_hold_literals(response: &[u8]) -> bool {
    let is_status = ["* OK", "* NO", "* BAD", "* BYE", "* PREAUTH"].iter().any(|status| starts_with(response, status.as_bytes()));
    starts_with(response, b"* ") && !is_status
}

fn starts_with(response: &[u8], word: &[u8]) -> bool {
    response.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// The number in `{number}` at the end of a line (RFC 9051 §4.3); `{number+}` and `~{number}` count too.
fn literal_at_end(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"}\r\n")?;
    let line = line.strip_suffix(b"+").unwrap_or(line);
    let digits = line.rsplit(|byte| *byte == b'{').next().filter(|digits| digits.len() < line.len())?;
    let number = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    // Digits too many for a number are a literal too large, not none.
    (!number.is_empty()).then(|| number.parse().unwrap_or(u64::MAX))
}
