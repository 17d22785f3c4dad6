//! APPEND: a mail is put whole or not at all, and where that cannot be known, the error says so.

use super::connection::{Hearer, Step, literal_head};
use super::{Connection, ImapError, quoted};
use imap_proto::rfc4315::UidSetMember;
use imap_proto::{Response, ResponseCode};
use std::ops::ControlFlow;

impl Connection {
    /// Puts a mail into a folder, with flags such as `\Draft` separated by spaces. Its UIDVALIDITY and UID where the server tells them
    /// (RFC 4315). [`ImapError::Unclear`]: the connection broke after the mail's first byte had left.
    pub async fn append(&mut self, wire_name: &str, flags: &str, mail: &[u8]) -> Result<Option<(u32, u32)>, ImapError> {
        let deadline = self.deadlines.command;
        let mut has_begun = false;
        let put = tokio::time::timeout(deadline, self.put(wire_name, flags, mail, &mut has_begun)).await;
        let put = put.unwrap_or(Err(ImapError::Silent { command: "APPEND", seconds: deadline.as_secs() }));
        let put = put.map_err(|error| if has_begun && error.ends_connection() { ImapError::Unclear(Box::new(error)) } else { error });
        self.settle(put)
    }

    async fn put(&mut self, wire_name: &str, flags: &str, mail: &[u8], has_begun: &mut bool) -> Result<Option<(u32, u32)>, ImapError> {
        const NAME: &str = "APPEND";
        let command = format!("APPEND {} ({flags}) ", quoted(wire_name));
        // Mail that arrives in the selected folder is told before the `+`; it is no answer to the APPEND.
        let mut hearer = Hearer::new(|_: &Response<'_>| Ok(ControlFlow::Continue(())));
        let (tag, mut line) = self.begin(NAME, &command, &mut hearer).await?;
        let at_once = self.capabilities.takes_literal_at_once(mail.len());
        line.push_str(&literal_head(mail.len(), at_once));
        let deadline = self.deadlines.read;
        if at_once {
            *has_begun = true;
            self.wire.write(line.as_bytes(), deadline).await.map_err(|cut| cut.during(NAME))?;
        } else {
            self.send(NAME, line.as_bytes()).await?;
            self.wait_for_more(NAME, &tag, &mut hearer).await?;
            *has_begun = true;
        }
        self.wire.write(mail, deadline).await.map_err(|cut| cut.during(NAME))?;
        self.send(NAME, b"\r\n").await?;
        loop {
            if let Step::Done(done) = self.step(NAME, &tag, &mut hearer, deadline).await? {
                return Ok(done.typed_code().and_then(appended));
            }
        }
    }
}

fn appended(code: ResponseCode<'_>) -> Option<(u32, u32)> {
    match code {
        ResponseCode::AppendUid(uidvalidity, uids) => match uids.as_slice() {
            [UidSetMember::Uid(uid)] => Some((uidvalidity, *uid)),
            [UidSetMember::UidRange(range)] if range.start() == range.end() => Some((uidvalidity, *range.start())),
            _ => None,
        },
        _ => None,
    }
}
