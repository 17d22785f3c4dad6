//! What a server tells a client, overheard on the way.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// When how many mails were told of.
type Told = Arc<Mutex<Vec<(Instant, usize)>>>;

/// A port that leads to the server's. It lasts as long as the bench.
pub struct Tap {
    pub port: u16,
    told: Told,
}

impl Tap {
    /// Hands on whatever comes to a free port.
    pub fn on(server: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (port, told) = (listener.local_addr()?.port(), Told::default());
        let heard = Arc::clone(&told);
        std::thread::spawn(move || {
            // A connection that breaks is made anew by whoever wants it.
            listener.incoming().filter_map(|client| client.and_then(|client| hand_on(client, server, &heard)).ok()).for_each(drop);
        });
        Ok(Self { port, told })
    }

    /// When a connection that waits in IDLE was first told of more than so many mails in its folder.
    pub fn told_of_more_than(&self, count: usize) -> Option<Instant> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|(_, told)| *told > count).map(|(at, _)| *at)
    }
}

fn hand_on(client: TcpStream, server: u16, told: &Told) -> std::io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", server))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let (idles, told) = (Arc::new(AtomicBool::new(false)), Arc::clone(told));
    let is_idle = Arc::clone(&idles);
    std::thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(length @ 1..) = from_client.read(&mut bytes) {
            let said = bytes.get(..length).unwrap_or_default();
            if said.ends_with(b" IDLE\r\n") {
                idles.store(true, Ordering::Relaxed);
            }
            if to_server.write_all(said).is_err() {
                break;
            }
        }
        // The other direction ends with it, if it has not yet.
        let _ = to_server.shutdown(Shutdown::Both);
    });
    std::thread::spawn(move || {
        let (mut from_server, mut to_client, mut line) = (BufReader::new(server), client, Vec::new());
        while let Ok(1..) = from_server.read_until(b'\n', &mut line) {
            if is_idle.load(Ordering::Relaxed)
                && let Some(count) = exists(&line)
            {
                told.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), count));
            }
            if to_client.write_all(&line).is_err() {
                break;
            }
            line.clear();
        }
        let _ = to_client.shutdown(Shutdown::Both);
    });
    Ok(())
}

/// The number of `* 23 EXISTS`.
fn exists(line: &[u8]) -> Option<usize> {
    std::str::from_utf8(line).ok()?.strip_prefix("* ")?.trim_end().strip_suffix(" EXISTS")?.parse().ok()
}
