//! A database server that falls silent: connections stay open, and nothing is answered.

use crate::support::daemon::{Workplace, until};
use crate::support::engines::{Engine, Place};
use crate::support::postgres::server;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A way to the database server on which nothing goes on while it is silent.
struct Line {
    port: u16,
    is_silent: Arc<AtomicBool>,
}

impl Line {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (port, is_silent) = (listener.local_addr().expect("it listens").port(), Arc::new(AtomicBool::new(false)));
        let shared = Arc::clone(&is_silent);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let database = UnixStream::connect(server().socket()).expect("the test server listens");
                let ends = (client.try_clone().expect("a socket"), database.try_clone().expect("a socket"));
                hand_on(client, database, Arc::clone(&shared));
                hand_on(ends.1, ends.0, Arc::clone(&shared));
            }
        });
        Self { port, is_silent }
    }

    fn be_silent(&self, is_silent: bool) {
        self.is_silent.store(is_silent, Ordering::SeqCst);
    }

    /// The database's address by way of this line.
    fn address(&self, place: &Place) -> String {
        let address = place.address_text();
        let database = address.split(['/', '?']).nth(3).expect("a database");
        format!("postgres://tradepost@127.0.0.1:{}/{database}", self.port)
    }
}

/// One direction of a connection. Either end may go at any time.
fn hand_on(mut from: impl Read + Send + 'static, mut to: impl Write + Send + 'static, is_silent: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let mut bytes = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            while is_silent.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
            if to.write_all(&bytes[..count]).is_err() {
                return;
            }
        }
    });
}

#[tokio::test]
async fn a_daemon_whose_database_fell_silent_ends_all_the_same_and_the_next_one_loses_nothing() {
    let (place, line) = (Place::new(Engine::Postgres).await, Line::open());
    let workplace = Workplace::opened(&[("books.sqlite", &line.address(&place))]);
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    workplace.deliver("sales", "1.heard", inquiry("heard").as_bytes());
    until("the first draft", || workplace.drafts().len() == 1);
    line.be_silent(true);
    workplace.deliver("sales", "2.unheard", inquiry("unheard").as_bytes());
    std::thread::sleep(Duration::from_secs(2));
    let (ended, took) = daemon.stop();
    println!("with a silent database: {took:?}");
    assert_eq!(ended.code(), Some(0));
    // Half a minute for what is in hand, and some seconds for the end.
    assert!(took < Duration::from_secs(38), "{took:?}");

    // One that is started now is asked to stop before it could open its books.
    let early = workplace.start();
    std::thread::sleep(Duration::from_secs(1));
    let (ended, took) = early.stop();
    assert!(ended.code() == Some(0) && took < Duration::from_secs(2), "{ended:?} after {took:?}");

    line.be_silent(false);
    let daemon = workplace.start();
    until("the second draft", || workplace.drafts().len() == 2);
    assert_eq!(daemon.stop().0.code(), Some(0));
    place.clear().await;
}

fn inquiry(which: &str) -> String {
    format!(
        "From: Carla Ruiz <buyer@{which}.example>\nTo: sales@bright.example\nSubject: Inquiry for LED panels {which}\nDate: Mon, 16 Nov 2026 \
         08:00:00 +0100\nMessage-ID: <{which}@buyers.example>\nContent-Type: text/plain; charset=utf-8\n\nDear Sir or Madam,\n\nPlease send \
         us your best price for 500 pcs of LED panel {which}, CIF Hamburg.\n\nKind regards\nCarla Ruiz\n"
    )
}
