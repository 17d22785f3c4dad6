//! A real browser, as wide as a telephone, driven by WebDriver (W3C): it opens pages, reads what it shows, and clicks.

use super::web::{Reply, free_port};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Width and height of a telephone, in points.
pub const WIDTH: u32 = 390;
pub const HEIGHT: u32 = 844;

/// A page that is shown, or a browser that begins, on a busy machine.
const COMMAND_WITHIN: Duration = Duration::from_secs(120);

/// A browser with one page.
pub struct Browser {
    driver: Child,
    place: SocketAddr,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts one that asks for pages in these languages.
    pub async fn start(languages: &str) -> Self {
        let profile = tempfile::tempdir().expect("a folder for the browser");
        let place = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let driver = Command::new("chromedriver")
            .arg(format!("--port={}", place.port()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Its browser goes with it, whatever happens to this story.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver does not start ({error}). `tests/run` installs it with the browser."));
        let mut browser = Self { driver, place, session: String::new(), _profile: profile };
        browser.wait_until_ready().await;
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            format!("--user-data-dir={}", browser._profile.path().display()),
        ];
        let metrics = json!({ "width": WIDTH, "height": HEIGHT, "pixelRatio": 2.0 });
        let options = json!({
            "args": arguments,
            "mobileEmulation": { "deviceMetrics": metrics },
            "prefs": { "intl.accept_languages": languages },
        });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": options } } });
        let begun = browser.command("POST", "/session", Some(&wanted)).await;
        browser.session = begun["sessionId"].as_str().expect("a session").to_owned();
        browser
    }

    /// Opens an address.
    pub async fn open(&self, address: &str) {
        self.of_session("POST", "/url", Some(&json!({ "url": address }))).await;
    }

    /// Clicks what a CSS selector finds first.
    pub async fn click(&self, selector: &str) {
        let found = self.of_session("POST", "/element", Some(&json!({ "using": "css selector", "value": selector }))).await;
        let element = found.as_object().and_then(|found| found.values().next()).and_then(Value::as_str).expect("an element").to_owned();
        self.of_session("POST", &format!("/element/{element}/click"), Some(&json!({}))).await;
    }

    /// What an expression says in the page.
    pub async fn read(&self, expression: &str) -> Value {
        self.of_session("POST", "/execute/sync", Some(&json!({ "script": format!("return ({expression});"), "args": [] }))).await
    }

    /// The text of what a selector finds first.
    pub async fn text(&self, selector: &str) -> String {
        let text = self.read(&format!("document.querySelector({}).textContent.trim()", json!(selector))).await;
        text.as_str().expect("a text").to_owned()
    }

    /// Waits until what a selector finds first says that: a click is answered before the next page is there.
    pub async fn wait_for(&self, selector: &str, text: &str) {
        let expression = format!("(document.querySelector({}) || document.body).textContent.trim()", json!(selector));
        let mut shown = Value::Null;
        for _ in 0..500 {
            shown = self.read(&expression).await;
            if shown == text {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{selector} says {shown} instead of {text}");
    }

    /// A picture of the page (PNG, in base64).
    pub async fn picture(&self) -> String {
        self.of_session("GET", "/screenshot", None).await.as_str().expect("a picture").to_owned()
    }

    async fn of_session(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.command(method, &format!("/session/{}{path}", self.session), body).await
    }

    async fn command(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let reply =
            tokio::time::timeout(COMMAND_WITHIN, exchange_counted(self.place, request.as_bytes())).await.expect("chromedriver answers");
        let value: Value = serde_json::from_slice(&reply.body).unwrap_or_else(|error| panic!("{method} {path}: {error}: {}", reply.text()));
        assert_eq!(reply.status, 200, "{method} {path}: {value}");
        value["value"].clone()
    }

    async fn wait_until_ready(&self) {
        for _ in 0..1_000 {
            if TcpStream::connect(self.place).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("chromedriver does not listen");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ended already is as good.
        let _ = kill_process_group(Pid::from_child(&self.driver), Signal::KILL);
        let _ = self.driver.wait();
    }
}

/// One exchange. Chromedriver does not always close a connection when it said so, so its answer ends where its length says.
async fn exchange_counted(place: SocketAddr, request: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(place).await.expect("chromedriver listens");
    stream.write_all(request).await.expect("it hears");
    let (mut answer, mut part) = (Vec::new(), vec![0; 65_536]);
    loop {
        let read = stream.read(&mut part).await.expect("an answer");
        answer.extend_from_slice(&part[..read]);
        let reply = Reply::read(&answer);
        let is_whole = reply.lengths().is_some_and(|(wanted, there)| there >= wanted);
        if read == 0 || is_whole {
            return reply;
        }
    }
}
