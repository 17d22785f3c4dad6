//! The life of this daemon in the books, from which people are told when nobody was at work.
//!
//! A process that is halted (a laptop that sleeps, a virtual machine that is paused, SIGSTOP) goes on living as far as it knows, and yet
//! nobody was at work meanwhile. So the clock on the wall is looked at every few seconds: when it went on by more than a restart takes,
//! the life ends at the last look before, and another begins. Known and accepted: a clock that is put forward by so much looks the same.

use super::Office;
use super::inbound::InboundError;
use super::room;
use super::supervise::may_pass;
use super::transaction::in_books;
use crate::decide::daily::PAUSE_MS_MIN;
use crate::record::health::{self, RunId};
use crate::types::Moment;
use std::cell::Cell;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;

/// The clock is looked at this often. Timers stand still while a machine sleeps: after so long at the most it is known that it slept.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const LOOK_EVERY_MS: i64 = 5_000;
/// The books are told at this pace that the daemon lives.
const SAID_EVERY_MS: u64 = 60_000;

/// Tells everybody that the daemon was halted: connections are likely dead, and nobody told of what came.
#[derive(Debug, Clone)]
pub struct Halts {
    times: watch::Sender<u64>,
}

/// The life that goes on.
#[derive(Debug)]
pub(super) struct Life {
    run: Cell<RunId>,
    /// The last look at the clock.
    seen_at: Cell<Moment>,
    /// When the books were told last.
    said_at: Cell<Moment>,
    /// The end of this life and the beginning of the next, until the books know.
    halt: Cell<Option<(Moment, Moment)>>,
}

impl Halts {
    fn note(&self) {
        self.times.send_modify(|times| *times += 1);
    }

    /// Ready at the next halt.
    pub async fn next(&self) {
        // The sender lives as long as we do.
        let _ = self.times.subscribe().changed().await;
    }
}

impl Default for Halts {
    fn default() -> Self {
        Self { times: watch::Sender::new(0) }
    }
}

/// Whether nobody was at work between two looks at the clock that should have come soon after each other.
pub(super) fn is_halt(before: Moment, now: Moment) -> bool {
    now.0.saturating_sub(before.0) >= PAUSE_MS_MIN
}

impl Life {
    /// Begins one.
    pub(super) async fn begin(office: &Office) -> Result<Self, InboundError> {
        let now = office.now();
        let run = in_books(&office.books, async |session| Ok(health::begin_run(session, now).await?)).await?;
        Ok(Self { run: Cell::new(run), seen_at: Cell::new(now), said_at: Cell::new(now), halt: Cell::new(None) })
    }

    /// Goes on with it. Two hands: the books may keep one waiting, and a halt is none the less one.
    pub(super) async fn keep(&self, office: &Office) -> Result<Infallible, InboundError> {
        tokio::select! {
            never = self.look_at_clock(office) => match never {},
            broken = self.keep_said(office) => broken,
        }
    }

    async fn look_at_clock(&self, office: &Office) -> Infallible {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            self.look(office);
        }
    }

    async fn keep_said(&self, office: &Office) -> Result<Infallible, InboundError> {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            match self.say(office).await {
                Err(InboundError::Books(error)) if may_pass(&error) => room::note(office, &error),
                said => said?,
            }
        }
    }

    /// One look at the clock.
    fn look(&self, office: &Office) {
        let (before, now) = (self.seen_at.replace(office.now()), office.now());
        if !is_halt(before, now) {
            return;
        }
        tracing::warn!(ms = now.0 - before.0, "The daemon was halted; all mailboxes are looked at");
        // What was read since the halt was over, and before this look, was caught up. Of two halts that the books missed, one is told.
        let ended_at = self.halt.get().map_or(before, |(ended_at, _)| ended_at);
        self.halt.set(Some((ended_at, now.plus_ms(-LOOK_EVERY_MS))));
        office.halts.note();
    }

    /// Tells the books how it goes, when they do not know.
    async fn say(&self, office: &Office) -> Result<(), InboundError> {
        let (run, seen_at) = (self.run.get(), self.seen_at.get());
        if let Some((ended_at, began_at)) = self.halt.get() {
            let next = in_books(&office.books, async |session| {
                health::end_run(session, run, ended_at).await?;
                let next = health::begin_run(session, began_at).await?;
                Ok(next)
            });
            self.run.set(next.await?);
            self.halt.set(None);
        } else if seen_at.0.abs_diff(self.said_at.get().0) >= SAID_EVERY_MS {
            in_books(&office.books, async |session| Ok(health::mark_alive(session, run, seen_at).await?)).await?;
        } else {
            return Ok(());
        }
        self.said_at.set(seen_at);
        Ok(())
    }

    /// Ends it.
    pub(super) async fn end(&self, office: &Office) -> Result<(), InboundError> {
        self.look(office);
        self.say(office).await?;
        let run = self.run.get();
        in_books(&office.books, async |session| Ok(health::end_run(session, run, office.now()).await?)).await
    }
}
