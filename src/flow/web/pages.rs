//! Answers as the web wants them: status, header fields and body. All pages are forbidden everything but their own style and sending their
//! own form; nothing is kept by anybody on the way.

use axum::body::Body;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// One transparent point (GIF89a).
const PICTURE: [u8; 43] = [
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0x21, 0xf9, 0x04,
    0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02, 0x44, 0x01, 0x00, 0x3b,
];

const METHODS: &str = "GET, HEAD, POST, OPTIONS";
/// Who may be back sooner is told so.
const LATER_SECONDS: &str = "60";

/// The same picture for everybody.
pub(super) fn picture() -> Response<Body> {
    let mut response = respond(StatusCode::OK, "image/gif", Body::from(PICTURE.to_vec()));
    // Web mail shows it from another address than its own.
    set(&mut response, HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");
    response
}

/// Leads on to where the author's link leads, byte by byte. An address that no header field can hold is not found; none was stored.
pub(super) fn lead_to(url: &str) -> Option<Response<Body>> {
    let location = HeaderValue::from_bytes(url.as_bytes()).ok()?;
    let mut response = respond(StatusCode::FOUND, "text/plain; charset=utf-8", Body::empty());
    response.headers_mut().insert(LOCATION, location);
    Some(response)
}

/// A page of ours.
pub(super) fn page(status: StatusCode, html: String) -> Response<Body> {
    let policy = policy(&html);
    let mut response = respond(status, "text/html; charset=utf-8", Body::from(html));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    set(&mut response, X_FRAME_OPTIONS, "DENY");
    set(&mut response, HeaderName::from_static("x-robots-tag"), "noindex, nofollow");
    if status == StatusCode::METHOD_NOT_ALLOWED {
        set(&mut response, ALLOW, METHODS);
    }
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        set(&mut response, RETRY_AFTER, LATER_SECONDS);
    }
    response
}

/// A line for a program.
pub(super) fn text(status: StatusCode, kind: &'static str, text: String) -> Response<Body> {
    respond(status, kind, Body::from(text))
}

/// Which methods there are.
pub(super) fn methods() -> Response<Body> {
    let mut response = respond(StatusCode::NO_CONTENT, "text/plain; charset=utf-8", Body::empty());
    set(&mut response, ALLOW, METHODS);
    response
}

fn respond(status: StatusCode, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, kind);
    set(&mut response, CACHE_CONTROL, "no-store, private");
    set(&mut response, REFERRER_POLICY, "no-referrer");
    set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, CONTENT_SECURITY_POLICY, "default-src 'none'");
    response
}

fn set(response: &mut Response<Body>, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// What the page may do (Content Security Policy Level 3): show the style that stands in it, known by its hash, and send its own form.
fn policy(html: &str) -> String {
    let style = html.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).map_or("", |(style, _)| style);
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
}
