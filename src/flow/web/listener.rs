//! One place at which requests come in. Connections, the time they may take and the size of what they say are bounded; what is beyond
//! that is closed without an answer, as a person's browser never comes there.

use super::answer::{ANSWER_WITHIN, BODY_WITHIN, Desk};
use super::seats::Seats;
use crate::flow::Stopping;
use axum::Router;
use axum::extract::{Request, State};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Connections at the same time; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 256;
/// A request's head must be there in so long, counted from the connection or the last answer.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// A connection takes new requests for so long at most, whatever it does. What is in hand then is still answered.
const CONNECTION_WITHIN: Duration = Duration::from_secs(60);
/// The last request may take so long as any other; whoever does not fetch its answer meanwhile is cut off.
const LAST_WITHIN: Duration = ANSWER_WITHIN.saturating_add(BODY_WITHIN);
/// What is in hand may take so long after the daemon was asked to stop.
const END_WITHIN: Duration = Duration::from_secs(5);
const HEAD_LEN_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;
/// A listener that gets no connection (too many files open) does not spin.
const BREATHE: Duration = Duration::from_millis(100);

/// Whom a listener is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Public,
    ThisMachine,
}

/// A place that is ours.
pub struct Listener {
    door: Door,
    socket: TcpListener,
}

impl Listener {
    /// Takes the place.
    pub async fn open(door: Door, place: SocketAddr) -> std::io::Result<Self> {
        let socket = TcpListener::bind(place).await?;
        tracing::info!(%place, ?door, "A listener is open");
        Ok(Self { door, socket })
    }

    /// Serves until it is asked to stop.
    pub async fn serve(self, desk: Arc<Desk>, stopping: Stopping) {
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let seats = Seats::default();
        let mut connections = JoinSet::new();
        loop {
            // First the room, then the connection: what waits, waits outside.
            let room = tokio::select! {
                () = stopping.asked() => break,
                room = Arc::clone(&room).acquire_owned() => room,
            };
            let Ok(room) = room else { break };
            let accepted = tokio::select! {
                () = stopping.asked() => break,
                Some(_) = connections.join_next() => continue,
                accepted = self.socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let is_counted = !desk.is_proxy(peer.ip());
                    let seat = is_counted.then(|| seats.take(peer.ip()));
                    if matches!(seat, Some(None)) {
                        tracing::debug!("An address has too many connections; this one is closed");
                        continue;
                    }
                    let (conversation, stopping) = (Conversation { desk: Arc::clone(&desk), door: self.door, peer }, stopping.clone());
                    connections.spawn(async move {
                        let answers = Router::new().fallback(answer).with_state(conversation);
                        converse(stream, answers, &stopping, CONNECTION_WITHIN).await;
                        drop((room, seat));
                    });
                }
                Err(error) => {
                    tracing::debug!(kind = %error.kind(), "A connection came to nothing");
                    tokio::time::sleep(BREATHE).await;
                }
            }
        }
        drop(self.socket);
        let all = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(END_WITHIN, all).await.is_err() {
            connections.shutdown().await;
        }
    }
}

/// What a connection is about, beside what it says.
#[derive(Clone)]
struct Conversation {
    desk: Arc<Desk>,
    door: Door,
    peer: SocketAddr,
}

/// Answers what one connection asks, for so long and no longer.
async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, answers: Router, stopping: &Stopping, within: Duration) {
    let mut protocol = http1::Builder::new();
    protocol
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_headers(HEADERS_MAX)
        .max_header_size(HEAD_LEN_MAX)
        .max_buf_size(HEAD_LEN_MAX);
    let mut talk = pin!(protocol.serve_connection(TokioIo::new(stream), TowerToHyperService::new(answers)));
    let ended = tokio::select! {
        ended = talk.as_mut() => Ok(ended),
        () = until_last(stopping, within) => {
            talk.as_mut().graceful_shutdown();
            tokio::time::timeout(LAST_WITHIN, talk.as_mut()).await
        }
    };
    // Whoever broke off, sent nonsense or took too long is nobody's news.
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::trace!(%error, "A connection broke off"),
        Err(_) => tracing::trace!("A connection took too long"),
    }
}

/// Until no new request is taken any more.
async fn until_last(stopping: &Stopping, within: Duration) {
    tokio::select! {
        () = stopping.asked() => {}
        () = tokio::time::sleep(within) => {}
    }
}

async fn answer(State(conversation): State<Conversation>, request: Request) -> axum::response::Response {
    let Conversation { desk, door, peer } = conversation;
    match door {
        Door::Public => desk.answer(request, peer.ip()).await,
        Door::ThisMachine => desk.answer_here(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn slow() -> &'static str {
        tokio::time::sleep(Duration::from_millis(600)).await;
        "whole"
    }

    #[tokio::test]
    async fn an_answer_in_hand_is_given_whole_when_a_connections_time_is_over() {
        let (mut reader, ours) = tokio::io::duplex(1024);
        let answers = Router::new().fallback(slow);
        let talk = tokio::spawn(async move { converse(ours, answers, &Stopping::new(), Duration::from_millis(200)).await });
        reader.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sent");
        let mut answer = String::new();
        reader.read_to_string(&mut answer).await.expect("answered");
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("whole"), "{answer}");
        talk.await.expect("it ends");
    }
}
