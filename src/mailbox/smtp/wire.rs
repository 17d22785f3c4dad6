//! Bytes to and from the server, cut into whole replies (RFC 5321 §4.2). Memory is bounded whatever the server sends.

use super::{Phase, SmtpError};
use crate::mailbox::net::Transport;
use std::fmt;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Room made for one read.
const READ_BYTES: usize = 4 * 1024;
/// A longer line is none of a mail server: RFC 5321 §4.5.3.1.5 allows 512.
const LINE_BYTES_MAX: usize = 2 * 1024;
/// More lines than any server has extensions to tell of, or words to say why not.
const LINES_MAX: usize = 100;

/// A connection's bytes.
pub(super) struct Wire {
    transport: Box<dyn Transport>,
    buffer: Vec<u8>,
    /// Where in the buffer the line begins that was not read yet.
    start: usize,
}

/// A reply as it came: its code, and the text of each line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RawReply {
    pub code: u16,
    pub lines: Vec<String>,
}

/// Why no whole reply came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Ended,
    Silent(Duration),
    Unreadable,
}

impl Cut {
    /// The same with the phase in which it happened.
    pub(super) fn during(self, phase: Phase) -> SmtpError {
        match self {
            Self::Ended => SmtpError::Lost { phase },
            Self::Silent(deadline) => SmtpError::Silent { phase, seconds: deadline.as_secs() },
            Self::Unreadable => SmtpError::Unreadable { phase },
        }
    }
}

impl Wire {
    pub(super) fn new(transport: Box<dyn Transport>) -> Self {
        Self { transport, buffer: Vec::new(), start: 0 }
    }

    /// The transport alone. What was read ahead is thrown away: before TLS it may come from someone in between (CVE-2011-0411).
    pub(super) fn into_transport(self) -> Box<dyn Transport> {
        self.transport
    }

    /// The next reply, whole, within the deadline: a server that drips is as late as one that is silent. What was read of a reply is
    /// lost when this is dropped half way, and so is the connection.
    pub(super) async fn reply(&mut self, deadline: Duration) -> Result<RawReply, Cut> {
        tokio::time::timeout(deadline, self.whole_reply()).await.map_err(|_| Cut::Silent(deadline))?
    }

    async fn whole_reply(&mut self) -> Result<RawReply, Cut> {
        let mut lines = Vec::new();
        let mut code = None;
        loop {
            let (said, goes_on, text) = self.line().await?;
            if code.is_some_and(|code| code != said) || lines.len() == LINES_MAX {
                return Err(Cut::Unreadable);
            }
            code = Some(said);
            lines.push(text);
            if !goes_on {
                return Ok(RawReply { code: said, lines });
            }
        }
    }

    /// One line: the code, whether more lines follow, and the text.
    async fn line(&mut self) -> Result<(u16, bool, String), Cut> {
        loop {
            let unread = self.buffer.get(self.start..).unwrap_or_default();
            match unread.iter().take(LINE_BYTES_MAX).position(|byte| *byte == b'\n') {
                Some(end) => {
                    let line = read_line(unread.get(..end).unwrap_or_default()).ok_or(Cut::Unreadable);
                    self.start += end + 1;
                    return line;
                }
                None if unread.len() >= LINE_BYTES_MAX => return Err(Cut::Unreadable),
                None => self.read_more().await?,
            }
        }
    }

    async fn read_more(&mut self) -> Result<(), Cut> {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.reserve(READ_BYTES);
        match self.transport.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => Err(Cut::Ended),
            Ok(_) => Ok(()),
        }
    }

    /// Whether the server has said something that nobody asked for, as far as it has come here; waits for nothing. `Ended` when it has
    /// gone.
    pub(super) async fn was_spoken_to(&mut self) -> Result<bool, Cut> {
        if self.start == self.buffer.len() {
            tokio::select! {
                biased;
                read = self.read_more() => read?,
                () = std::future::ready(()) => {}
            }
        }
        Ok(self.start < self.buffer.len())
    }

    /// Writes and flushes, all within the deadline.
    pub(super) async fn write(&mut self, bytes: &[u8], deadline: Duration) -> Result<(), Cut> {
        let writing = async {
            self.transport.write_all(bytes).await?;
            self.transport.flush().await
        };
        let written: std::io::Result<()> = tokio::time::timeout(deadline, writing).await.map_err(|_| Cut::Silent(deadline))?;
        written.map_err(|_| Cut::Ended)
    }
}

impl fmt::Debug for Wire {
    // What was read may name people; it stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("buffered", &(self.buffer.len() - self.start)).finish_non_exhaustive()
    }
}

/// `250-text`, `250 text` or `250`, without its line end.
fn read_line(line: &[u8]) -> Option<(u16, bool, String)> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (digits, rest) = line.split_at_checked(3)?;
    let code: u16 = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    let (goes_on, text) = match rest.split_first() {
        None => (false, rest),
        Some((b' ', text)) => (false, text),
        Some((b'-', text)) => (true, text),
        Some(_) => return None,
    };
    (200..600).contains(&code).then(|| (code, goes_on, String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_code_a_mark_and_a_text() {
        assert_eq!(read_line(b"250-SIZE 100\r"), Some((250, true, "SIZE 100".into())));
        assert_eq!(read_line(b"354 go ahead"), Some((354, false, "go ahead".into())));
        assert_eq!(read_line(b"250"), Some((250, false, String::new())));
        assert_eq!(read_line(b"250 "), Some((250, false, String::new())));
        for none in
            [&b""[..], b"25", b"2500 ok", b"250\tok", b"+OK ready", b"* OK ready", b"150 wait", b"650 what", b"HTTP/1.1 400", b"\0\0\0 "]
        {
            assert_eq!(read_line(none), None, "{none:?}");
        }
    }
}
