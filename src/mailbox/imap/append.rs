//! APPEND: mail is put whole or not at all, and where that cannot be known, the error says so.

use super::connection::{Hearer, Step, literal_head};
use super::{Connection, ImapError, quoted};
use imap_proto::rfc4315::UidSetMember;
use imap_proto::{Response, ResponseCode};
use std::ops::ControlFlow;

impl Connection {
    /// Puts a mail into a folder, with flags such as `\Draft` separated by spaces. Its UIDVALIDITY and UID where the server tells them
    /// (RFC 4315). [`ImapError::Unclear`]: the connection broke after the mail's first byte had left.
    pub async fn append(&mut self, wire_name: &str, flags: &str, mail: &[u8]) -> Result<Option<(u32, u32)>, ImapError> {
        let put = self.append_all(wire_name, flags, &[mail]).await?;
        Ok(put.and_then(|(uidvalidity, uids)| Some((uidvalidity, *uids.first()?))))
    }

    /// Puts several mails at once: all of them, or none when the server refuses (RFC 3502). For servers that offer MULTIAPPEND, which
    /// write a batch to their disk once and not mail by mail. The UIDVALIDITY, and a UID for each mail in their order.
    pub async fn append_all(&mut self, wire_name: &str, flags: &str, mails: &[&[u8]]) -> Result<Option<(u32, Vec<u32>)>, ImapError> {
        let deadline = self.deadlines.command;
        let mut has_begun = false;
        let put = tokio::time::timeout(deadline, self.put(wire_name, flags, mails, &mut has_begun)).await;
        let put = put.unwrap_or(Err(ImapError::Silent { command: "APPEND", seconds: deadline.as_secs() }));
        let put = put.map_err(|error| if has_begun && error.ends_connection() { ImapError::Unclear(Box::new(error)) } else { error });
        self.settle(put)
    }

    async fn put(
        &mut self,
        wire_name: &str,
        flags: &str,
        mails: &[&[u8]],
        has_begun: &mut bool,
    ) -> Result<Option<(u32, Vec<u32>)>, ImapError> {
        const NAME: &str = "APPEND";
        // Mail that arrives in the selected folder is told before the `+`; it is no answer to the APPEND.
        let mut hearer = Hearer::new(|_: &Response<'_>| Ok(ControlFlow::Continue(())));
        let (tag, mut line) = self.begin(NAME, &format!("APPEND {} ({flags}) ", quoted(wire_name)), &mut hearer).await?;
        let deadline = self.deadlines.read;
        for (number, mail) in mails.iter().enumerate() {
            if number > 0 {
                line.push_str(&format!(" ({flags}) "));
            }
            let at_once = self.capabilities.takes_literal_at_once(mail.len());
            line.push_str(&literal_head(mail.len(), at_once));
            if at_once {
                *has_begun = true;
                self.wire.write(line.as_bytes(), deadline).await.map_err(|cut| cut.during(NAME))?;
            } else {
                self.send(NAME, line.as_bytes()).await?;
                self.wait_for_more(NAME, &tag, &mut hearer).await?;
                *has_begun = true;
            }
            self.wire.write(mail, deadline).await.map_err(|cut| cut.during(NAME))?;
            line.clear();
        }
        self.send(NAME, b"\r\n").await?;
        loop {
            if let Step::Done(done) = self.step(NAME, &tag, &mut hearer, deadline).await? {
                return Ok(done.typed_code().and_then(|code| appended(code, mails.len())));
            }
        }
    }
}

/// The UIDs of so many mails; `None` when the server tells none, or not as many.
fn appended(code: ResponseCode<'_>, mails: usize) -> Option<(u32, Vec<u32>)> {
    let ResponseCode::AppendUid(uidvalidity, members) = code else { return None };
    let mut uids = Vec::with_capacity(mails);
    for member in members {
        let range = match member {
            UidSetMember::Uid(uid) => uid..=uid,
            UidSetMember::UidRange(range) => range,
        };
        // One more than wanted is enough to see that they do not fit.
        uids.extend(range.take(mails.saturating_add(1).saturating_sub(uids.len())));
    }
    (uids.len() == mails).then_some((uidvalidity, uids))
}
