//! What a folder holds at a glance: how many mails, and when its first and its last came. For whoever wants to know whether a mailbox is
//! the right one, and not what lies in it: a few short answers, however many mails there are.

use super::visit::ImapVisit;
use super::{ImapError, uids};
use crate::mailbox::Glance;
use crate::types::Moment;

const DATES: &str = "(UID INTERNALDATE)";
/// UIDs asked for first; each time nothing lies there, twice as many come next.
const SPAN_MIN: u32 = 64;
/// At most so many, a megabyte of answers.
const SPAN_MAX: u32 = 16_384;
/// Spans asked for before the first mail stays unknown: a million UIDs of mail that is gone.
const SPANS_MAX: usize = 72;

impl ImapVisit {
    /// How many mails a folder holds, and when the first and the last of them came, by their UIDs. Trouble with the dates costs the
    /// dates only; where it ended the connection, the next command finds that out.
    pub async fn glance(&mut self, wire_name: &str) -> Result<Glance, ImapError> {
        let open = self.examine(wire_name).await?;
        let mut glance = Glance { messages: open.messages, first: None, last: None };
        if open.messages > 0 {
            let top = self.top(&open).await.unwrap_or_default();
            glance.last = self.last_date(top).await.unwrap_or_default();
            glance.first = self.first_date(top).await.unwrap_or_default();
        }
        Ok(glance)
    }

    /// The oldest date among the first mails.
    async fn first_date(&mut self, top: u32) -> Result<Option<Moment>, ImapError> {
        let (mut first, mut span) = (1_u32, SPAN_MIN);
        for _ in 0..SPANS_MAX {
            let last = first.saturating_add(span - 1).min(top);
            if let Some(date) = self.dates((first, last)).await?.into_iter().min() {
                return Ok(Some(date));
            }
            if last >= top {
                break;
            }
            (first, span) = (last.saturating_add(1), (span * 2).min(SPAN_MAX));
        }
        Ok(None)
    }

    /// The newest date among the last mails.
    async fn last_date(&mut self, top: u32) -> Result<Option<Moment>, ImapError> {
        let near = (top.saturating_sub(SPAN_MIN - 1).max(1), top);
        if let Some(date) = self.dates(near).await?.into_iter().max() {
            return Ok(Some(date));
        }
        // The last mails were deleted. `*` is the last that is there, whatever its UID.
        let last = self.fetched("*", DATES).await?;
        Ok(last.iter().filter_map(|mail| mail.internal_date).max())
    }

    async fn dates(&mut self, span: (u32, u32)) -> Result<Vec<Moment>, ImapError> {
        let mails = self.fetched(uids::written(span), DATES).await?;
        let is_meant = |uid: u32| (span.0..=span.1).contains(&uid);
        Ok(mails.iter().filter(|mail| is_meant(mail.uid)).filter_map(|mail| mail.internal_date).collect())
    }
}
