//! `[tracking]`: whether letters carry a pixel and links of ours. Off unless switched on; this version sends nothing.

use super::fault::Problem;
use super::reader::{Section, Value};
use super::web;

/// What a letter may report back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tracking {
    /// `https://…` at which the world reaches our public listener; without a slash at its end.
    pub public_address: Option<String>,
    /// A picture that tells when a letter was opened.
    pub opens: bool,
    /// Links that tell when they were followed.
    pub clicks: bool,
}

pub(super) fn read(mut section: Section<'_>) -> Tracking {
    let public_address = section.take("public_address");
    let opens = section.take("opens");
    let clicks = section.take("clicks");
    section.close();

    let switched_on = |value: &Option<Value<'_>>| {
        let on = value.as_ref().and_then(Value::flag).unwrap_or_default();
        if let (true, Some(value), None) = (on, value, &public_address) {
            value.fault(Problem::Needs { other: "tracking.public_address" });
        }
        on
    };
    let (opens, clicks) = (switched_on(&opens), switched_on(&clicks));
    Tracking { public_address: public_address.and_then(|value| web::address(&value)), opens, clicks }
}
