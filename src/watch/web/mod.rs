//! A request from the web becomes a value: what is asked for, and by whom as far as that can be told. In come its head, its body (which
//! somebody else bounded) and the address it came from. Nothing here can fail: what is not understood is [`WebRequest::Unknown`].
//!
//! Invariant: only POST acts. Scanners and mail programs GET whatever stands in a mail, so a GET, HEAD or OPTIONS shows and never changes.

mod client;
mod door;
mod form;
mod languages;

pub use client::client;
pub use door::Door;
pub use form::{Choices, topic_key};

use crate::trade::tracking::prefetch_headers;
use crate::types::{Language, Network, WebToken};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use core::net::IpAddr;

/// A User-Agent is kept up to so many characters.
const AGENT_LEN_MAX: usize = 200;
const PURPOSE_LEN_MAX: usize = 200;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebRequest {
    /// The picture of a letter. Without a token of ours the same picture is shown.
    Open {
        token: Option<WebToken>,
    },
    /// A link of a letter.
    Click {
        token: WebToken,
    },
    /// The page with the button.
    UnsubscribePage {
        token: WebToken,
    },
    /// The act itself: from the mail program's own button (RFC 8058 §3.1), or from ours.
    UnsubscribeOneClick {
        token: WebToken,
        by_form: bool,
    },
    /// What its reader gets, and what can be chosen.
    PreferencesPage {
        token: WebToken,
    },
    PreferencesSave {
        token: WebToken,
        choices: Choices,
    },
    /// Whether the daemon works; answered on this machine only.
    Health,
    /// How much it did; likewise.
    Metrics,
    /// The place is there, and this method or body means nothing to it.
    Misused,
    Unknown,
}

/// How it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Options,
    Post,
    Other,
}

/// A request with who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    pub what: WebRequest,
    pub method: Method,
    /// The User-Agent, cut.
    pub agent: Option<String>,
    /// What fields like `Sec-Purpose` say, one after the other.
    pub purpose: Option<String>,
    pub client: IpAddr,
    /// The languages asked for, the best first (RFC 9110 §12.5.4).
    pub languages: Vec<Language>,
}

/// Where requests come in.
#[derive(Debug, Clone, Copy)]
pub struct Entrance<'a> {
    /// What stands in our public address behind the host: ``, or `/mail`. A web server before us may pass it on or leave it out.
    pub base: &'a str,
    pub proxies: &'a [Network],
}

/// Reads a request that came from `peer`.
pub fn read(head: &Parts, body: &[u8], peer: IpAddr, entrance: &Entrance<'_>) -> Visit {
    let method = Method::of(&head.method);
    Visit {
        what: what(head, method, body, entrance),
        method,
        agent: text(&head.headers, &USER_AGENT).map(|agent| cut(agent, AGENT_LEN_MAX)),
        purpose: purpose(&head.headers),
        client: client(&head.headers, peer, entrance.proxies),
        languages: text(&head.headers, &ACCEPT_LANGUAGE).map(|list| languages::wanted(&list)).unwrap_or_default(),
    }
}

impl Method {
    fn of(method: &axum::http::Method) -> Self {
        match method.as_str() {
            "GET" => Method::Get,
            "HEAD" => Method::Head,
            "OPTIONS" => Method::Options,
            "POST" => Method::Post,
            _ => Method::Other,
        }
    }

    /// Whether it only looks.
    pub fn looks(self) -> bool {
        matches!(self, Method::Get | Method::Head)
    }
}

fn what(head: &Parts, method: Method, body: &[u8], entrance: &Entrance<'_>) -> WebRequest {
    let path = head.uri.path();
    let path = path.strip_prefix(entrance.base).filter(|rest| rest.starts_with('/')).unwrap_or(path);
    match path {
        "/healthz" if method.looks() => return WebRequest::Health,
        "/metrics" if method.looks() => return WebRequest::Metrics,
        _ => {}
    }
    let Some((door, name)) = Door::of_path(path) else { return WebRequest::Unknown };
    let token = WebToken::parse(name);
    match (door, token) {
        (Door::Pixel, token) if method.looks() => WebRequest::Open { token },
        (_, None) => WebRequest::Unknown,
        (Door::Click, Some(token)) if method.looks() => WebRequest::Click { token },
        (Door::Unsubscribe, Some(token)) if method.looks() => WebRequest::UnsubscribePage { token },
        (Door::Preferences, Some(token)) if method.looks() => WebRequest::PreferencesPage { token },
        (Door::Unsubscribe | Door::Preferences, Some(token)) if method == Method::Post => posted(head, body, door, token),
        _ => WebRequest::Misused,
    }
}

fn posted(head: &Parts, body: &[u8], door: Door, token: WebToken) -> WebRequest {
    let kind = text(&head.headers, &CONTENT_TYPE).unwrap_or_default();
    let fields = form::fields(&kind, body);
    match door {
        Door::Unsubscribe if form::is_one_click(&fields) => WebRequest::UnsubscribeOneClick { token, by_form: false },
        Door::Unsubscribe if form::is_button(&fields) => WebRequest::UnsubscribeOneClick { token, by_form: true },
        Door::Preferences => match Choices::of(&fields) {
            Some(choices) => WebRequest::PreferencesSave { token, choices },
            None => WebRequest::Misused,
        },
        _ => WebRequest::Misused,
    }
}

/// A field as text, whatever bytes came.
fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
}

fn purpose(headers: &HeaderMap) -> Option<String> {
    let said: Vec<String> = prefetch_headers()
        .filter_map(|name| headers.get(name))
        .map(|value| cut(String::from_utf8_lossy(value.as_bytes()).into_owned(), PURPOSE_LEN_MAX))
        .collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// At most so many characters, without those that would break a line.
fn cut(text: String, len_max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(len_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    const HERE: Entrance<'static> = Entrance { base: "/mail", proxies: &[] };
    const TOKEN: &str = "abcdefghijklmnopqrstuvwxya";

    fn ask(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Visit {
        let request =
            headers.iter().fold(Request::builder().method(method).uri(path), |request, (name, value)| request.header(*name, *value));
        let (head, ()) = request.body(()).expect("a request").into_parts();
        read(&head, body.as_bytes(), "203.0.113.7".parse().expect("an address"), &HERE)
    }

    fn token() -> WebToken {
        WebToken::parse(TOKEN).expect("a token")
    }

    #[test]
    fn every_door_is_known_with_and_without_what_stands_before_it() {
        for base in ["", "/mail"] {
            let what = |method: &str, path: &str| ask(method, &format!("{base}{path}"), &[], "").what;
            assert_eq!(what("GET", &format!("/o/{TOKEN}.gif")), WebRequest::Open { token: Some(token()) });
            assert_eq!(what("HEAD", &format!("/c/{TOKEN}")), WebRequest::Click { token: token() });
            assert_eq!(what("GET", &format!("/u/{}", TOKEN.to_uppercase())), WebRequest::UnsubscribePage { token: token() });
            assert_eq!(what("GET", &format!("/p/{TOKEN}/")), WebRequest::PreferencesPage { token: token() });
            assert_eq!(what("GET", "/healthz"), WebRequest::Health);
            assert_eq!(what("GET", "/o/whatever.gif"), WebRequest::Open { token: None });
        }
        for path in ["/", "/c/", "/c/short", "/x/abc", "/mailc/x", "/c/%61", &format!("/c/{TOKEN}/more"), "//c/x", "/robots.txt"] {
            assert_eq!(ask("GET", path, &[], "").what, WebRequest::Unknown, "{path}");
        }
    }

    #[test]
    fn only_a_post_that_says_so_unsubscribes() {
        let path = format!("/u/{TOKEN}");
        let urlencoded = [("content-type", "application/x-www-form-urlencoded")];
        let post = |headers: &[(&str, &str)], body: &str| ask("POST", &path, headers, body).what;
        let one_click = WebRequest::UnsubscribeOneClick { token: token(), by_form: false };
        assert_eq!(post(&urlencoded, "List-Unsubscribe=One-Click"), one_click);
        assert_eq!(post(&[], "List-Unsubscribe=One-Click"), one_click, "some say nothing of what they send");
        let multipart = [("content-type", "multipart/form-data; boundary=\"xyz 1\"")];
        let body = "--xyz 1\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--xyz 1--\r\n";
        assert_eq!(post(&multipart, body), one_click);
        assert_eq!(post(&urlencoded, "unsubscribe=yes"), WebRequest::UnsubscribeOneClick { token: token(), by_form: true });
        for body in ["", "List-Unsubscribe=no", "list=1", "%zz=%", &"a=".repeat(4000)] {
            assert_eq!(post(&urlencoded, body), WebRequest::Misused, "{body:.20}");
        }
        assert_eq!(post(&multipart, "--xyz 1\r\n"), WebRequest::Misused);
        for method in ["GET", "HEAD"] {
            assert_eq!(ask(method, &path, &urlencoded, "List-Unsubscribe=One-Click").what, WebRequest::UnsubscribePage { token: token() });
        }
        for method in ["OPTIONS", "PUT", "DELETE", "PROPFIND"] {
            assert_eq!(ask(method, &path, &urlencoded, "List-Unsubscribe=One-Click").what, WebRequest::Misused, "{method}");
            assert_eq!(ask(method, &format!("/c/{TOKEN}"), &[], "").what, WebRequest::Misused, "{method}");
        }
        assert_eq!(ask("POST", &format!("/c/{TOKEN}"), &urlencoded, "List-Unsubscribe=One-Click").what, WebRequest::Misused);
    }

    #[test]
    fn choices_come_from_our_form_alone() {
        let path = format!("/p/{TOKEN}");
        let post = |body: &str| ask("POST", &path, &[("content-type", "application/x-www-form-urlencoded; charset=UTF-8")], body).what;
        let saved = post("save=1&shown=a1&shown=b2&topic=a1&pause=30&language=de");
        let WebRequest::PreferencesSave { choices, .. } = saved else { panic!("{saved:?}") };
        assert_eq!((choices.shown, choices.topics), (vec!["a1".to_owned(), "b2".to_owned()], vec!["a1".to_owned()]));
        assert_eq!((choices.pause_days, choices.language), (Some(30), Language::parse("de")));
        let WebRequest::PreferencesSave { choices, .. } = post("save=1&pause=9999999&language=klingon") else { panic!("saved") };
        assert_eq!(choices, Choices::default(), "what is no choice of ours chooses nothing");
        let WebRequest::PreferencesSave { choices, .. } = post("save=1&everything=yes&pause=0") else { panic!("saved") };
        assert_eq!((choices.leaves, choices.pause_days), (true, Some(0)));
        let telling = |body: &str| match post(&format!("save=1&{body}")) {
            WebRequest::PreferencesSave { choices, .. } => choices.telling,
            other => panic!("{other:?}"),
        };
        assert_eq!((telling("telling_asked=no&telling=yes"), telling("telling_asked=yes")), (Some(true), Some(false)));
        for unchanged in ["telling_asked=yes&telling=yes", "telling_asked=no", "telling=yes", "telling_asked=1&telling=yes"] {
            assert_eq!(telling(unchanged), None, "{unchanged}");
        }
        assert_eq!(post("List-Unsubscribe=One-Click"), WebRequest::Misused);
    }

    #[test]
    fn a_topic_is_named_shortly_and_as_many_are_read_as_a_page_shows() {
        assert_eq!(topic_key(""), "e3b0c44298fc1c14");
        assert_eq!(topic_key(&"x".repeat(1_000)).len(), 16);
        assert_ne!(topic_key("Prices"), topic_key("prices"));
        let boxes: String = (0..50).map(|number| topic_key(&number.to_string())).map(|key| format!("&shown={key}&topic={key}")).collect();
        let WebRequest::PreferencesSave { choices, .. } =
            ask("POST", &format!("/p/{TOKEN}"), &[], &format!("save=1{boxes}&again=yes&pause=30&language=de&telling_asked=no&telling=yes"))
                .what
        else {
            panic!("saved")
        };
        assert_eq!((choices.shown.len(), choices.topics.len(), choices.telling), (50, 50, Some(true)));
    }

    #[test]
    fn who_asks_is_cut_to_what_the_books_take() {
        let long = "x".repeat(5000);
        let visit = ask("GET", "/o/a", &[("user-agent", &long), ("sec-purpose", "prefetch;prerender"), ("x-moz", "prefetch")], "");
        assert_eq!(visit.agent.map(|agent| agent.len()), Some(200));
        assert_eq!(visit.purpose.as_deref(), Some("prefetch;prerender prefetch"));
        let quiet = ask("GET", "/o/a", &[], "");
        assert_eq!((quiet.agent, quiet.purpose, quiet.languages), (None, None, Vec::new()));
    }

    #[test]
    fn any_bytes_may_come_in() {
        for body in [&b"\xff\xfe=\x00&&&==%"[..], b"--", b"%", b"&=&=&="] {
            for kind in ["application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=", "x\u{ff}"] {
                let request = Request::builder().method("POST").uri(format!("/u/{TOKEN}")).header("content-type", kind.as_bytes());
                let (head, ()) = request.body(()).expect("a request").into_parts();
                let visit = read(&head, body, "::1".parse().expect("an address"), &HERE);
                assert_eq!(visit.what, WebRequest::Misused);
            }
        }
    }
}
