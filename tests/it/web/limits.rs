//! What comes in is bounded, and what goes wrong is told.

use crate::support::desk::soon;
use crate::support::engines::{Engine, Place};
use crate::support::web::{FIREFOX, Web, beside_daemon, exchange};
use std::net::TcpListener;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tradepost::decide::TroubleKind;
use tradepost::record::health;

async fn with_web(story: impl AsyncFnOnce(&Web)) {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    beside_daemon(&books, "", story).await;
    books.close().await;
    place.clear().await;
}

#[tokio::test]
async fn bodies_heads_and_lines_are_bounded() {
    with_web(async |web| {
        let letter = web.send(1, "bob@acme.example", Some("Prices"), "<p>Hello</p>").await;
        let path = format!("/u/{}", letter.token());
        let body = format!("List-Unsubscribe=One-Click&x={}", "y".repeat(9_000));
        assert_eq!(web.post(&path, &body).await.status, 413);
        let chunked = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
            format!("1000\r\n{}\r\n", "z".repeat(4_096)).repeat(50)
        );
        assert_eq!(exchange(web.public, chunked.as_bytes()).await.status, 413, "of unknown length");
        assert_eq!(web.events(1).await, []);

        let many: String = (0..100).map(|number| format!("X-{number}: y\r\n")).collect();
        let reply = exchange(web.public, format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n").as_bytes()).await;
        assert_eq!(reply.status, 431, "too many fields");
        let long = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "y".repeat(100_000));
        assert!(matches!(exchange(web.public, long.as_bytes()).await.status, 0 | 431), "too long a head");
        let line = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "y".repeat(100_000));
        assert!(matches!(exchange(web.public, line.as_bytes()).await.status, 0 | 414 | 431), "too long a line");
        for nonsense in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"\0\0\0\0\r\n\r\n"] {
            assert!(matches!(exchange(web.public, nonsense).await.status, 0 | 400), "{nonsense:?}");
        }
        assert_eq!(web.get("/").await.status, 404, "and it still answers");
    })
    .await;
}

#[tokio::test]
async fn whoever_takes_too_long_is_cut_off_and_keeps_nobody_waiting() {
    with_web(async |web| {
        let began = Instant::now();
        let mut slow = Vec::new();
        for _ in 0..50 {
            let mut stream = TcpStream::connect(web.public).await.expect("it listens");
            stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.expect("sent");
            slow.push(stream);
        }
        assert_eq!(web.get("/").await.status, 404, "others are answered meanwhile");
        let mut rest = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(30), slow[0].read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "a head that does not come is not waited for");
        assert!((8..25).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    })
    .await;
}

#[tokio::test]
async fn more_connections_than_there_is_room_for_wait_outside() {
    with_web(async |web| {
        let mut idle = Vec::new();
        for _ in 0..256 {
            idle.push(TcpStream::connect(web.public).await.expect("the system takes it"));
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let waiting = tokio::time::timeout(Duration::from_millis(700), web.get("/")).await;
        assert!(waiting.is_err(), "there is no room");
        drop(idle);
        assert_eq!(web.get("/").await.status, 404, "there is again");
    })
    .await;
}

#[tokio::test]
async fn one_address_cannot_take_the_room_of_all() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    beside_daemon(&books, "proxies = [\"127.0.0.9\"]", async |web| {
        let mut idle = Vec::new();
        for _ in 0..200 {
            idle.push(TcpStream::connect(web.public).await.expect("the system takes it"));
        }
        let from = async |address: [u8; 4]| {
            let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
            socket.bind((address, 0).into()).expect("an address of this machine");
            let mut stream = socket.connect(web.public).await.expect("the system takes it");
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            crate::support::web::Reply::read(&answer).status
        };
        assert_eq!(from([127, 0, 0, 1]).await, 0, "closed without an answer");
        assert_eq!(from([127, 0, 0, 2]).await, 404, "another address is answered");
        let mut closed = [0; 1];
        assert_eq!(idle[199].read(&mut closed).await.unwrap_or(0), 0, "those beyond are closed at once");
        drop(idle);
        soon("there is room again", async || from([127, 0, 0, 1]).await == 404).await;

        let mut passed_on = Vec::new();
        for _ in 0..40 {
            let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
            socket.bind(([127, 0, 0, 9], 0).into()).expect("an address of this machine");
            passed_on.push(socket.connect(web.public).await.expect("the system takes it"));
        }
        assert_eq!(from([127, 0, 0, 9]).await, 404, "our web server asks for many");
    })
    .await;
    books.close().await;
    place.clear().await;
}

#[tokio::test]
async fn one_address_that_asks_too_often_is_told_to_wait_and_others_are_not() {
    with_web(async |web| {
        let letter = web.send(1, "bob@acme.example", Some("Prices"), "<p>Hello</p>").await;
        let mut refused = 0;
        for _ in 0..310 {
            refused += usize::from(web.get("/nowhere").await.status == 429);
        }
        assert_eq!(refused, 10);
        let reply = web.get(&letter.picture()).await;
        assert_eq!((reply.status, reply.text_of("retry-after").as_str()), (429, "60"));
        let other = web.ask("GET", &letter.picture(), &[("X-Forwarded-For", "203.0.113.99")], "").await;
        assert_eq!(other.status, 200);
        web.wait_ms(2_000);
        assert_eq!(web.get(&letter.picture()).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn how_the_daemon_fares_is_told_on_this_machine_and_names_nobody() {
    with_web(async |web| {
        let letter = web.send(1, "bob@acme.example", Some("Prices"), "<p><a href=\"https://a.example\">a</a></p>").await;
        web.wait_ms(60_000);
        web.get(&letter.links()[0]).await;
        web.get("/nowhere").await;
        let here = async |path: &str| {
            exchange(web.metrics, format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await
        };
        assert_eq!((here("/healthz").await.status, here("/healthz").await.text().as_str()), (200, "ok\n"));
        let figures = here("/metrics").await;
        assert_eq!((figures.status, figures.text_of("content-type").as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
        let text = figures.text();
        for line in [
            "# TYPE tradepost_web_requests_total counter",
            "tradepost_web_requests_total{what=\"click\",status=\"302\"} 1",
            "tradepost_web_requests_total{what=\"unknown\",status=\"404\"} 1",
            "tradepost_letter_events{kind=\"click\",class=\"human\"} 1",
            "tradepost_messages 0",
            "tradepost_unsubscribed 0",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        let line = regex::Regex::new(r#"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[a-z0-9_-]+"(,[a-z]+="[a-z0-9_-]+")*\})? [0-9]+)$"#)
            .expect("fixed");
        assert!(text.lines().all(|known| line.is_match(known)), "{text}");
        for secret in ["acme", "bob", "Prices", &letter.token().to_string(), "203.0.113"] {
            assert!(!text.contains(secret), "{secret}");
        }
        assert_eq!(here(&letter.picture()).await.status, 404, "letters are the public listener's");
        assert_eq!(here("/").await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_place_that_is_taken_is_a_trouble_and_the_mail_goes_on() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    let squatter = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = squatter.local_addr().expect("bound");
    let section = format!("[tracking]\npublic_address = \"https://mail.bright.example\"\nlisten = \"{taken}\"\n[storage]");
    let desk = crate::support::desk::Desk::before_first_look(&books, &[("[storage]", &section)]).await;
    let web = Web { desk, public: taken, metrics: taken };
    web.run(async |web| {
        let troubles = async || {
            let mut session = web.desk.office.books.look().await.expect("a look");
            health::list_troubles(&mut session).await.expect("troubles")
        };
        soon("somebody is told", async || !troubles().await.is_empty()).await;
        let now = troubles().await;
        assert_eq!((now[0].kind, now[0].detail.clone()), (TroubleKind::NoListener, format!("{taken} address in use")));

        let mail = "From: Ana <ana@sol.example>\r\nTo: sales@bright.example\r\nSubject: Quote\r\nMessage-ID: <1@sol.example>\r\n\r\nPlease quote 500 LED panels.\r\n";
        web.desk.receive(mail);
        soon("mail goes on", async || web.desk.recorded().await.len() == 1).await;
        assert_eq!(troubles().await.len(), 1, "a mailbox that is well does not end it");

        drop(squatter);
        web.wait_until_open(taken).await;
        assert_eq!(web.get("/").await.status, 404);
        soon("that it is over is written down", async || troubles().await.is_empty()).await;
    })
    .await;
    books.close().await;
    place.clear().await;
}

#[tokio::test]
async fn nobody_listens_without_a_public_address() {
    let place = Place::new(Engine::Sqlite).await;
    let books = place.open().await;
    let desk = crate::support::desk::Desk::before_first_look(&books, &[]).await;
    let nowhere = "127.0.0.1:8025".parse().expect("an address");
    let web = Web { desk, public: nowhere, metrics: nowhere };
    web.run(async |web| {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!((web.desk.office.config.tracking.listen, web.desk.office.config.tracking.metrics), (None, None));
        let mut session = web.desk.office.books.look().await.expect("a look");
        assert_eq!(health::list_troubles(&mut session).await.expect("troubles"), []);
    })
    .await;
    books.close().await;
    place.clear().await;
}

#[tokio::test]
async fn a_daemon_that_is_asked_to_stop_answers_what_it_has_in_hand() {
    with_web(async |web| {
        let mut half = TcpStream::connect(web.public).await.expect("it listens");
        half.write_all(format!("GET /nowhere HTTP/1.1\r\nHost: x\r\nUser-Agent: {FIREFOX}\r\n").as_bytes()).await.expect("sent");
        tokio::time::sleep(Duration::from_millis(100)).await;
        half.write_all(b"\r\n").await.expect("sent");
        let mut answer = [0; 12];
        half.read_exact(&mut answer).await.expect("answered");
        assert_eq!(&answer, b"HTTP/1.1 404");
        // The connection stays open; the daemon's end, at the end of this story, does not wait for it.
        std::mem::forget(half);
    })
    .await;
}
