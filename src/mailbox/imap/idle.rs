//! IDLE (RFC 2177): waits for news, and always comes back.

use super::connection::{Hearer, State, Step};
use super::{Connection, ImapError};
use imap_proto::Response;
use std::ops::ControlFlow;
use std::time::Duration;

const NAME: &str = "IDLE";

impl Connection {
    /// Waits for news, at most so long whatever the server says meanwhile. Every untagged response goes to `on`, which says whether to
    /// stop. May be dropped at any time: the next command leaves IDLE first and hears what came meanwhile.
    pub async fn idle(
        &mut self,
        longest: Duration,
        on: impl FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>,
    ) -> Result<(), ImapError> {
        if !self.offers(NAME) {
            return Err(ImapError::NotOffered { what: NAME });
        }
        let mut hearer = Hearer::new(on);
        let waited = self.wait_and_leave(longest, &mut hearer).await;
        self.settle(waited)
    }

    async fn wait_and_leave<F>(&mut self, longest: Duration, hearer: &mut Hearer<F>) -> Result<(), ImapError>
    where
        F: FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>,
    {
        let (tag, mut line) = self.begin(NAME, NAME, hearer).await?;
        line.push_str("\r\n");
        self.send(NAME, line.as_bytes()).await?;
        self.state = State::Idling { tag: tag.clone(), is_on: false };
        if self.wait_for_start(&tag, hearer).await? && self.wait_for_news(longest, &tag, hearer).await? {
            self.leave_idle(hearer).await
        } else {
            // The server ended it by itself.
            hearer.fault().map_or(Ok(()), Err)
        }
    }

    /// Reads up to the `+` or the first news that is enough; `false` when IDLE ended instead.
    async fn wait_for_start<F>(&mut self, tag: &str, hearer: &mut Hearer<F>) -> Result<bool, ImapError>
    where
        F: FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>,
    {
        let deadline = self.deadlines.read;
        let step = tokio::time::timeout(deadline, self.step(NAME, tag, hearer, deadline)).await;
        match step.map_err(|_| ImapError::Silent { command: NAME, seconds: deadline.as_secs() })?? {
            Step::More => self.state = State::Idling { tag: tag.to_owned(), is_on: true },
            Step::Enough => {}
            Step::Done(_) => return Ok(false),
        }
        Ok(true)
    }

    /// Waits until there is enough news or time is up; `false` when the server ended IDLE.
    async fn wait_for_news<F>(&mut self, longest: Duration, tag: &str, hearer: &mut Hearer<F>) -> Result<bool, ImapError>
    where
        F: FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>,
    {
        // One timer for all of it: a server that says "still here" again and again starts none anew.
        let rest = tokio::time::sleep(longest);
        tokio::pin!(rest);
        while !hearer.has_enough() {
            tokio::select! {
                biased;
                // First, or a machine that was too busy to look takes the server for silent.
                () = &mut rest => break,
                step = self.step(NAME, tag, hearer, longest.saturating_mul(2)) => {
                    if let Step::Done(_) = step? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Ends IDLE, and reads on to its end for a while only.
    pub(super) async fn leave_idle<F>(&mut self, hearer: &mut Hearer<F>) -> Result<(), ImapError>
    where
        F: FnMut(&Response<'_>) -> Result<ControlFlow<()>, ImapError>,
    {
        let State::Idling { tag, is_on } = std::mem::replace(&mut self.state, State::Busy) else { return Ok(()) };
        let deadline = self.deadlines.idle_end;
        let left = tokio::time::timeout(deadline, async {
            let mut is_on = is_on;
            while !is_on {
                match self.step(NAME, &tag, hearer, deadline).await? {
                    Step::More => is_on = true,
                    Step::Enough => {}
                    Step::Done(_) => return Ok(()),
                }
            }
            self.send(NAME, b"DONE\r\n").await?;
            while !matches!(self.step(NAME, &tag, hearer, deadline).await?, Step::Done(_)) {}
            Ok(())
        });
        left.await.unwrap_or(Err(ImapError::Silent { command: NAME, seconds: deadline.as_secs() }))
    }
}
