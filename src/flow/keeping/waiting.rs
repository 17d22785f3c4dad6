//! What a mailbox is looked at for: because somebody rang, an act is due, it is its turn to read history, or the clock says so.

use super::pace::RETRY_MS_MIN;
use crate::flow::inbound::InboundError;
use crate::flow::tending::State;
use crate::flow::{Account, Office};
use crate::mailbox::Hints;
use crate::record::{acts, settings};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::time::Sleep;

/// While the books are paused no act is due before somebody rings; whoever missed the bell finds out after this.
const PAUSED_WAIT: Duration = Duration::from_secs(60);
/// No act is waited for longer; nothing is gained by a timer that runs for a year.
const ACT_WAIT_MAX: Duration = Duration::from_secs(3_600);

/// The look that needs no reason. It has a clock of its own: a mailbox in which an act is due every few seconds is looked at all the same.
pub(super) struct ByClock(Pin<Box<Sleep>>);

impl ByClock {
    pub fn after(every: Duration) -> Self {
        Self(Box::pin(tokio::time::sleep(every)))
    }

    /// Whether it is time, without waiting.
    pub fn is_now(&mut self) -> bool {
        self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    async fn come(&mut self) {
        self.0.as_mut().await;
    }
}

/// Waits for the next reason to look; nothing to look at when the daemon is to stop.
pub(super) async fn next(office: &Office, account: &Account, state: &mut State, by_clock: &mut ByClock) -> Result<Hints, InboundError> {
    let wait = until_due(office, account).await?;
    let turns = Arc::clone(&office.history_turns);
    let everything = || Hints { anywhere: true, ..Hints::default() };
    Ok(tokio::select! {
        () = office.stopping.asked() => Hints::default(),
        () = by_clock.come() => everything(),
        rung = account.bell.wait(wait) => if rung.is_empty() { Hints { acts: true, ..rung } } else { rung },
        turn = turns.acquire_owned(), if state.known.waits_for_turn() => {
            if let Ok(turn) = turn {
                state.known.take_turn(turn);
            }
            everything()
        }
    })
}

/// How long until an act may be due.
async fn until_due(office: &Office, account: &Account) -> Result<Duration, InboundError> {
    let mut session = office.books.look().await?;
    let Some(due) = acts::find_next_due(&mut session, account.id).await? else { return Ok(ACT_WAIT_MAX) };
    let is_paused = settings::find_paused(&mut session).await?.is_some();
    let wait_ms = u64::try_from(due.0.saturating_sub(office.now().0)).unwrap_or(0).max(RETRY_MS_MIN);
    let wait = Duration::from_millis(wait_ms).min(ACT_WAIT_MAX);
    Ok(if is_paused { wait.max(PAUSED_WAIT) } else { wait })
}
