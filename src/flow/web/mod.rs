//! The two listeners of the daemon.
//!
//! The public one answers for what letters carry: pictures, links, leaving, choosing. It is there only with a public address, behind a web
//! server that holds the certificate, and whatever comes in there is hostile until it is read: heads, bodies, connections and requests of
//! one address are bounded (`listener`, `pace`). The other is of this machine alone and tells how the daemon fares (`metrics`).
//!
//! Known and accepted: an event is written down before its answer leaves, but a link leads on and a picture is shown also when that fails
//! or takes too long, for the reader is no part of our trouble. Leaving is the opposite: it is answered with success only when it is in
//! the books, so that the mail program tries again.
//!
//! What is absent on purpose: a login, a cookie, a script, and any target that does not stand in the books.

/// One transaction, begun again when it met another one, as `flow::transaction` does it. A macro, because what answers the web moves between
/// threads, and an async closure that borrows cannot be proven to do so.
macro_rules! begun_again {
    ($once:expr) => {{
        let mut retry = $crate::record::Retry::default();
        loop {
            match $once.await {
                Err($crate::flow::inbound::InboundError::Books(error)) => retry.after(error).await?,
                done => break done,
            }
        }
    }};
}

mod answer;
mod events;
mod listener;
mod metrics;
mod outgoing;
mod pace;
mod pages;
mod readers;
mod seats;

pub(super) use events::{By, note_chosen};
pub use outgoing::{Equipped, Outgoing, WayOutOfLetter, enter, equip, way_out};

use super::inbound::InboundError;
use super::supervise::may_pass;
use super::transaction::in_books;
use super::{Account, Notice, Office, room};
use crate::decide::TroubleKind;
use crate::record::{health, tracking};
use listener::{Door, Listener};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// A place that is taken is tried again at this pace.
const TRY_AGAIN: Duration = Duration::from_secs(10);
/// Programs and networks of events are forgotten after so long: longer than it takes to see what a filter does.
const DETAILS_KEPT_MS: i64 = 30 * 24 * 3_600_000;
/// Opens and clicks are erased after so long: nobody asks any more what became of a letter half a year ago.
const EVENTS_KEPT_MS: i64 = 180 * 24 * 3_600_000;
const FORGET_EVERY: Duration = Duration::from_secs(3_600);

/// The listeners of a daemon. Where several share the books, each has its own: whoever follows a link must not wait for a lease.
pub(super) struct Listening {
    office: Arc<Office>,
    tasks: JoinSet<Result<(), InboundError>>,
}

impl Listening {
    /// Opens what is configured; needs a [`tokio::task::LocalSet`].
    pub(super) fn begin(office: &Office) -> Self {
        let mut listening = Self { office: Arc::new(office.at_post(None)), tasks: JoinSet::new() };
        listening.go_on(Duration::ZERO);
        listening
    }

    fn go_on(&mut self, pause: Duration) {
        let office = Arc::clone(&self.office);
        self.tasks.spawn_local(async move {
            tokio::time::sleep(pause).await;
            serve(&office).await
        });
    }

    /// Ends only with trouble that waiting does not cure.
    pub(super) async fn keep(&mut self) -> Result<Infallible, InboundError> {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(Err(error))) => return Err(error),
                Some(Err(_)) => {
                    tracing::error!("What answers the web broke; it is begun anew. This is a fault of Tradepost");
                    self.go_on(TRY_AGAIN);
                }
                Some(Ok(Ok(()))) | None => std::future::pending().await,
            }
        }
    }

    /// They are to come to their end.
    pub(super) fn ask(&self) {
        self.office.stopping.ask();
    }

    /// Waits until what is in hand is answered, which is bounded, or until the next word; `false` when that word came.
    pub(super) async fn drain(&mut self, stops: &mut mpsc::Receiver<()>) -> bool {
        tokio::select! {
            () = async { while self.tasks.join_next().await.is_some() {} } => true,
            Some(()) = stops.recv() => false,
        }
    }

    /// Cuts off what still runs.
    pub(super) async fn end(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Keeps the listeners open until the office is asked to stop. A place that is taken is a trouble of the house and keeps no mail waiting.
async fn serve(office: &Office) -> Result<(), InboundError> {
    let desk = Arc::new(answer::Desk::new(office));
    let tracking = &office.config.tracking;
    let places = [(Door::Public, tracking.listen), (Door::ThisMachine, tracking.metrics)];
    let places: Vec<(Door, SocketAddr)> = places.into_iter().filter_map(|(door, place)| Some((door, place?))).collect();
    tokio::select! {
        served = keep_open(office, &desk, places) => served,
        forgotten = forget_in_time(office) => forgotten.map(|never| match never {}),
    }
}

async fn keep_open(office: &Office, desk: &Arc<answer::Desk>, places: Vec<(Door, SocketAddr)>) -> Result<(), InboundError> {
    let mut waiting = places;
    let mut open = JoinSet::new();
    let mut is_told = false;
    while !office.stopping.is_asked() {
        let mut taken = Vec::new();
        for (door, place) in std::mem::take(&mut waiting) {
            match Listener::open(door, place).await {
                Ok(listener) => _ = open.spawn(listener.serve(Arc::clone(desk), office.stopping.clone())),
                Err(error) => taken.push((door, place, error)),
            }
        }
        match taken.as_slice() {
            [] => note_open(office).await?,
            [(_, place, error), ..] => note_taken(office, *place, error, !is_told).await?,
        }
        is_told = !taken.is_empty();
        waiting = taken.into_iter().map(|(door, place, _)| (door, place)).collect();
        tokio::select! {
            () = office.stopping.asked() => {}
            () = tokio::time::sleep(TRY_AGAIN), if !waiting.is_empty() => {}
        }
    }
    // Each ends when what it has in hand is answered.
    while open.join_next().await.is_some() {}
    Ok(())
}

/// The trouble is the house's; its row belongs to a mailbox, and the first one stands for all.
async fn note_taken(office: &Office, place: SocketAddr, error: &std::io::Error, is_news: bool) -> Result<(), InboundError> {
    if is_news {
        tracing::error!(%place, kind = %error.kind(), "A listener could not be opened: {error}. Free the address, or change [tracking]; mail goes on");
        office.notices.say(Notice::NoListener { place, why: error.kind().to_string() });
    }
    let detail = format!("{place} {}", error.kind());
    let mark = async |account: &Account| {
        let (id, now) = (account.id, office.now());
        in_books(&office.books, async |session| Ok(health::mark_trouble(session, id, TroubleKind::NoListener, &detail, now).await?)).await
    };
    match office.accounts.first() {
        Some(account) => passing(office, mark(account).await),
        None => Ok(()),
    }
}

async fn note_open(office: &Office) -> Result<(), InboundError> {
    let Some(account) = office.accounts.first() else { return Ok(()) };
    let (id, now) = (account.id, office.now());
    let over =
        in_books(&office.books, async |session| Ok(health::mark_over(session, id, TroubleKind::NoListener, now).await.map(|_| ())?));
    passing(office, over.await)
}

async fn forget_in_time(office: &Office) -> Result<Infallible, InboundError> {
    loop {
        let now = office.now();
        let forgotten = in_books(&office.books, async |session| {
            let forgotten = tracking::forget_details(session, now.plus_ms(-DETAILS_KEPT_MS)).await?;
            Ok(forgotten + tracking::erase_old_events(session, now.plus_ms(-EVENTS_KEPT_MS)).await?)
        })
        .await;
        match forgotten {
            Ok(0) => tokio::time::sleep(FORGET_EVERY).await,
            Ok(_) => {}
            Err(error) => {
                passing(office, Err(error))?;
                tokio::time::sleep(FORGET_EVERY).await;
            }
        }
    }
}

/// Trouble with the books that waiting may cure is no reason to end.
fn passing(office: &Office, done: Result<(), InboundError>) -> Result<(), InboundError> {
    match done {
        Err(InboundError::Books(error)) if may_pass(&error) => {
            room::note(office, &error);
            Ok(())
        }
        done => done,
    }
}
