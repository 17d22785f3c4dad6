//! Through a proxy, which looks the server's name up: SOCKS5 (RFC 1928, RFC 1929) or HTTP CONNECT (RFC 9110 §9.3.6).

use super::reach::unreachable;
use super::{NetError, Server};
use crate::config::SecretError;
use crate::config::{Proxy, ProxyKind, SecretText};
use crate::mailbox::CredentialError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_socks::tcp::Socks5Stream;

/// A longer answer is none that a proxy gives.
const ANSWER_BYTES_MAX: usize = 8 * 1024;

/// From a connection to the proxy to one to the server.
pub(super) async fn pass(tcp: TcpStream, proxy: &Proxy, server: &Server) -> Result<TcpStream, NetError> {
    let login = login(proxy).await?;
    match proxy.kind {
        ProxyKind::Socks5 => socks5(tcp, login, server).await,
        ProxyKind::Http => http(tcp, login, server).await,
    }
    .map_err(|why| unreachable(&server.host, format!("its proxy {} does not connect us: {why}", proxy.host)))
}

/// The user and password, read anew each time: they may come from a file or a command.
async fn login(proxy: &Proxy) -> Result<Option<(String, SecretText)>, NetError> {
    let Some(user) = proxy.user.clone() else { return Ok(None) };
    let Some(secret) = proxy.password.clone() else { return Ok(Some((user, SecretText::new(String::new())))) };
    let read = tokio::task::spawn_blocking(move || secret.read()).await;
    let password = read.unwrap_or(Err(SecretError::Broken)).map_err(CredentialError::ProxyUnreadable)?;
    Ok(Some((user, password)))
}

async fn socks5(tcp: TcpStream, login: Option<(String, SecretText)>, server: &Server) -> Result<TcpStream, String> {
    let target = (server.host.as_str(), server.port);
    let passed = match &login {
        Some((user, password)) => Socks5Stream::connect_with_password_and_socket(tcp, target, user, password.reveal()).await,
        None => Socks5Stream::connect_with_socket(tcp, target).await,
    };
    passed.map(Socks5Stream::into_inner).map_err(|error| error.to_string())
}

async fn http(mut tcp: TcpStream, login: Option<(String, SecretText)>, server: &Server) -> Result<TcpStream, String> {
    let host = if server.host.contains(':') { format!("[{}]", server.host) } else { server.host.clone() };
    if host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("the server's name is no name".into());
    }
    let target = format!("{host}:{}", server.port);
    let login = login.map(|(user, password)| STANDARD.encode(format!("{user}:{}", password.reveal())));
    let login = login.map(|login| format!("Proxy-Authorization: Basic {login}\r\n")).unwrap_or_default();
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{login}\r\n");
    tcp.write_all(request.as_bytes()).await.map_err(|error| error.to_string())?;
    let answer = http_answer(&mut tcp).await?;
    let status = answer.split_ascii_whitespace().nth(1).unwrap_or_default();
    if answer.starts_with("HTTP/1.") && status.len() == 3 && status.starts_with('2') {
        Ok(tcp)
    } else {
        let line: String = answer.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(100).collect();
        Err(format!("it answers `{line}`"))
    }
}

/// The head of the answer. It is read byte by byte: what follows it is the server's.
async fn http_answer(tcp: &mut TcpStream) -> Result<String, String> {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() == ANSWER_BYTES_MAX {
            return Err("its answer is too long".into());
        }
        answer.push(tcp.read_u8().await.map_err(|_| "it ended the connection".to_owned())?);
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
