//! Trouble that is told at once, through a mailbox that works.

use super::TroubleKind;
use super::daily::admin;
use crate::config::Team;
use crate::types::{AccountId, EmailAddress, Language, MessageId, Moment, NamedAddress};
use serde::{Deserialize, Serialize};

/// Everything an alarm says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlarmOrder {
    /// The reader's interface language, or the nearest one we write.
    pub language: Language,
    pub from: NamedAddress,
    pub to: NamedAddress,
    pub message_id: MessageId,
    /// The reader's time zone by its IANA name.
    pub time_zone: String,
    /// The mailbox in trouble by its short name.
    pub mailbox: String,
    pub kind: TroubleKind,
    pub since: Moment,
    /// Of a trouble of the house that could only be told when it was over.
    #[serde(default)]
    pub until: Option<Moment>,
    pub at: Moment,
}

/// The mailbox an alarm goes through and who reads it.
#[derive(Debug, Clone)]
pub struct Way<'a> {
    pub account: AccountId,
    pub reader: &'a crate::config::Member,
}

/// How to tell of a trouble in `broken`: the admin's own mailbox when it works, else one that the admin owns, else any other that
/// works and has an owner. `None` when nothing works: then only the log can tell.
pub fn way<'a>(
    team: &'a Team,
    mailboxes: &[(AccountId, &EmailAddress, Option<&EmailAddress>, bool)],
    broken: AccountId,
) -> Option<Way<'a>> {
    let admin = admin(team)?;
    let working = || mailboxes.iter().filter(|(account, _, _, works)| *works && *account != broken);
    let own = working().find(|(_, address, _, _)| admin.has(address));
    let owned = || working().find(|(_, _, owner, _)| owner.is_some_and(|owner| admin.has(owner)));
    if let Some((account, ..)) = own.or_else(owned) {
        return Some(Way { account: *account, reader: admin });
    }
    working().find_map(|(account, address, owner, _)| {
        let reader = team.member(address).or_else(|| team.member((*owner)?))?;
        Some(Way { account: *account, reader })
    })
}

/// The alarm about a trouble, for who reads it in a mailbox of that address.
pub fn alarm(
    (mailbox, kind, since, until): (&str, TroubleKind, Moment, Option<Moment>),
    way: &Way<'_>,
    through: &EmailAddress,
    written: &[Language],
    message_id: MessageId,
    now: Moment,
) -> AlarmOrder {
    let reader = way.reader;
    AlarmOrder {
        language: if written.contains(&reader.language) { reader.language } else { Language::ENGLISH },
        from: NamedAddress { name: Some("Tradepost".to_owned()), address: Some(through.clone()) },
        to: NamedAddress { name: Some(reader.name.clone()), address: Some(reader.address.clone()) },
        message_id,
        time_zone: reader.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        mailbox: mailbox.to_owned(),
        kind,
        since,
        until,
        at: now,
    }
}
