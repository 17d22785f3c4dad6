//! A TCP connection to a server or a proxy: all its addresses are tried, the next one before a silent one has used up the time.

use super::{NetError, Server, proxy};
use socket2::{SockRef, TcpKeepalive};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How long an address has before the next one is tried beside it (RFC 8305 §5).
const HEAD_START: Duration = Duration::from_millis(250);
/// After so long without a word the system asks whether the other side is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(60);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);

/// A connection to the server, through its proxy where it has one.
pub(crate) async fn reach(server: &Server, deadline: Duration) -> Result<TcpStream, NetError> {
    let too_late = |_| unreachable(&server.host, format!("no answer within {} s", deadline.as_secs()));
    tokio::time::timeout(deadline, async {
        match &server.proxy {
            None => connect(&server.host, server.port).await.map_err(|why| unreachable(&server.host, why)),
            Some(proxy) => {
                let tcp = connect(&proxy.host, proxy.port).await;
                let tcp = tcp.map_err(|why| unreachable(&server.host, format!("its proxy {} cannot be reached: {why}", proxy.host)))?;
                proxy::pass(tcp, proxy, server).await
            }
        }
    })
    .await
    .map_err(too_late)?
}

pub(super) fn unreachable(host: &str, why: impl Into<String>) -> NetError {
    NetError::Unreachable { host: host.to_owned(), why: why.into() }
}

async fn connect(host: &str, port: u16) -> Result<TcpStream, String> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await.map_err(|error| format!("no address: {error}"))?.collect();
    let mut tries = JoinSet::new();
    for (place, address) in addresses.into_iter().enumerate() {
        let wait = HEAD_START.saturating_mul(u32::try_from(place).unwrap_or(u32::MAX));
        tries.spawn(async move {
            tokio::time::sleep(wait).await;
            TcpStream::connect(address).await
        });
    }
    let mut why = "no address".to_owned();
    while let Some(tried) = tries.join_next().await {
        match tried {
            Ok(Ok(tcp)) => return prepare(tcp).map_err(|error| error.to_string()),
            Ok(Err(error)) => why = error.to_string(),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

/// Small commands leave at once, and a peer that is gone is noticed.
fn prepare(tcp: TcpStream) -> std::io::Result<TcpStream> {
    tcp.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL);
    SockRef::from(&tcp).set_tcp_keepalive(&keepalive)?;
    Ok(tcp)
}
