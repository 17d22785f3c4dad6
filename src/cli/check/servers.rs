//! What `check` says of a mailbox on a server, and of any mailbox as the books know it. All servers are asked side by side, each with
//! a deadline, and nothing is changed by looking.

use super::{Area, Beyond};
use crate::cli::mailbox::guide::guide;
use crate::cli::mailbox::seen::{self, Seen, Unseen};
use crate::cli::mailbox::{day, trouble};
use crate::config::{self, Config, Door, Imap, Login};
use crate::mailbox::imap::ImapError;
use crate::mailbox::providers::{Provider, Providers};
use crate::mailbox::{CredentialError, FixedSecret, MailboxError};
use crate::types::Moment;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// A reminder comes so many days before a password ends; `check` warns from then on.
const EXPIRY_DAYS: i32 = 14;
/// A mailbox that shows 30 days shows a day more or less, by time zone.
const HIDDEN_SLACK_DAYS: i64 = 3;
/// With fewer mails nothing is concluded from what is not there.
const TELLING_MAILS: u64 = 20;

/// What came of asking a server.
#[derive(Debug)]
pub enum Asked {
    Seen(Seen),
    Unseen(Unseen),
    /// Its login needs a token, which only the daemon renews.
    ByToken,
}

/// Asks all servers side by side.
pub async fn ask(config: &Config, providers: &Arc<Providers>) -> BTreeMap<String, Asked> {
    let mut asking = JoinSet::new();
    for mailbox in config.mailboxes.iter().filter(|mailbox| mailbox.maildir().is_none()) {
        let (mailbox, providers) = (mailbox.clone(), Arc::clone(providers));
        asking.spawn(async move { (mailbox.name.clone(), ask_one(mailbox, &providers).await) });
    }
    let mut asked = BTreeMap::new();
    while let Some(one) = asking.join_next().await {
        // A look that broke is missing, and said to be.
        asked.extend(one);
    }
    asked
}

async fn ask_one(mailbox: config::Mailbox, providers: &Arc<Providers>) -> Asked {
    let Door::Imap(imap) = &mailbox.door else { return Asked::ByToken };
    let Login::Password { password, .. } = &imap.login else { return Asked::ByToken };
    let (user, secret) = (imap.user.clone(), password.clone());
    // A password may be a program's to tell, and that blocks.
    let password = tokio::task::spawn_blocking(move || secret.read().map_err(|why| why.to_string())).await;
    let password = match password.unwrap_or_else(|broken| Err(broken.to_string())) {
        Ok(password) => password,
        Err(why) => return Asked::Unseen(MailboxError::from(ImapError::from(CredentialError::Unreadable(why))).into()),
    };
    let door = seen::door(&mailbox, providers, Arc::new(FixedSecret::password(&user, password)));
    match seen::see(&door).await {
        Ok(seen) => Asked::Seen(seen),
        Err(unseen) => Asked::Unseen(unseen),
    }
}

/// The rows of a mailbox on a server.
pub(super) fn rows(mailbox: &config::Mailbox, imap: &Imap, beyond: &Beyond, area: &mut Area<'_>) {
    let provider = provider(imap, beyond, area);
    expiry(imap, beyond.now, area);
    let guide = guide(provider.map(|provider| provider.id.as_str()), area.words.language());
    match beyond.servers.get(&mailbox.name) {
        None | Some(Asked::ByToken) => area.ok("check.by_token", &[("host", &imap.host)]),
        Some(Asked::Unseen(unseen)) => {
            let is_blocked = provider.is_some_and(|provider| provider.blocked_in_china) && imap.proxy.is_none();
            area.add_said(trouble::told(unseen, &imap.host, &guide, is_blocked, area.words));
        }
        Some(Asked::Seen(seen)) => {
            let name = provider.map(|provider| guide.name.clone().unwrap_or_else(|| provider.name.clone()));
            match name {
                Some(name) => area.ok("check.server_of", &[("host", &imap.host), ("port", &imap.port), ("provider", &name)]),
                None => area.ok("check.server", &[("host", &imap.host), ("port", &imap.port)]),
            }
            folders(seen, area);
            mail(seen, provider, beyond.now, area);
            if seen.lacks_uidplus {
                area.warn("check.no_uidplus", "check.no_uidplus_do", &[("host", &imap.host)]);
            }
            if seen.lacks_idle {
                area.warn("check.no_idle", "check.no_idle_do", &[("host", &imap.host)]);
            }
        }
    }
}

/// What the books tell of any mailbox: mail that vanishes soon after it was seen was fetched and deleted by somebody else.
pub(super) fn history(mailbox: &config::Mailbox, beyond: &Beyond, area: &mut Area<'_>) {
    let Some((all, fleeting)) = beyond.fleeting.get(&mailbox.name).copied() else { return };
    // People file mail by hand, and filters move some; who takes four of five at once is a program with POP3.
    if all >= TELLING_MAILS.cast_signed() && fleeting * 5 >= all * 4 {
        area.warn("check.pop3", "check.pop3_do", &[("count", &fleeting), ("all", &all)]);
    }
}

/// The provider written, else the one recognised by its host.
fn provider<'b>(imap: &Imap, beyond: &'b Beyond, area: &mut Area<'_>) -> Option<&'b Provider> {
    let Some(written) = &imap.provider else { return beyond.providers.by_host(&imap.host).map(|known| known.provider) };
    let found = beyond.providers.find(written);
    if found.is_none() {
        let known = area.words.list(beyond.providers.iter().map(|provider| provider.id.as_str()));
        area.fault("check.no_provider", "check.no_provider_do", &[("provider", written), ("known", &known)]);
    }
    found
}

fn expiry(imap: &Imap, now: Moment, area: &mut Area<'_>) {
    let Login::Password { expires: Some(day), .. } = &imap.login else { return };
    let today = now.timestamp().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let left = day.since(today).map_or(0, |span| span.get_days());
    if left < 0 {
        area.fault("check.password_ended", "check.password_ended_do", &[("day", day)]);
    } else if left <= EXPIRY_DAYS {
        area.warn("check.password_ends", "check.password_ends_do", &[("day", day), ("days", &left)]);
    }
}

fn folders(seen: &Seen, area: &mut Area<'_>) {
    for (role, key, name) in [("Drafts", "drafts", &seen.drafts), ("Sent", "sent", &seen.sent), ("Junk", "junk", &seen.junk)] {
        match name {
            Some(name) => area.ok("check.folder_found", &[("role", &role), ("name", name)]),
            None => area.warn("check.folder_hidden", "check.folder_hidden_do", &[("role", &role), ("key", &key)]),
        }
    }
}

fn mail(seen: &Seen, provider: Option<&Provider>, now: Moment, area: &mut Area<'_>) {
    let (Some(first), Some(last)) = (seen.first, seen.last) else { return area.ok("server.no_mails", &[]) };
    area.ok("server.mails", &[("count", &seen.mails), ("first", &day(first)), ("last", &day(last))]);
    if seen.sent_mails == Some(0) && seen.inbox_mails > 0 {
        area.warn("server.sent_empty", "server.sent_empty_do", &[]);
    }
    // Providers in China show a client program 30 days unless told otherwise; a mailbox as old as that may also just be new.
    let shows_days = provider.map_or(Some(30), |provider| provider.shows_days);
    let age_days = (now.0 - first.0) / DAY_MS;
    if let Some(shows_days) = shows_days
        && seen.inbox_mails >= TELLING_MAILS
        && (age_days - i64::from(shows_days)).abs() <= HIDDEN_SLACK_DAYS
    {
        area.warn("check.recent_only", "check.recent_only_do", &[("days", &age_days), ("first", &day(first))]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::table::{CheckRow, State};
    use crate::cli::words::Words;
    use crate::mailbox::providers::Providers;
    use crate::types::Language;
    use std::path::Path;

    /// 2026-11-24 in UTC.
    const NOW: Moment = Moment(1_795_478_400_000);

    fn checked(imap: &str, seen: Seen, fleeting: (i64, i64), language: Language) -> Vec<CheckRow> {
        let text = format!(
            "[team]\ncompany = \"Bright\"\n[[team.members]]\nname = \"Li\"\naddress = \"li@bright.example\"\nlanguage = \"en\"\ntime_zone = \"UTC\"\n\
             [[mailboxes]]\nname = \"sales\"\naddress = \"sales@bright.example\"\nimap = {{ {imap}, password = {{ env = \"P\" }} }}\n\
             [storage]\nbooks = \"b.sqlite\"\n"
        );
        let config = Config::of_text(&text, Path::new("/tradepost.toml")).expect("a good configuration");
        let mailbox = config.mailbox("sales").expect("there");
        let Door::Imap(imap) = &mailbox.door else { panic!("on a server") };
        let beyond = Beyond {
            now: NOW,
            providers: Arc::new(Providers::built_in()),
            servers: [("sales".to_owned(), Asked::Seen(seen))].into(),
            fleeting: [("sales".to_owned(), fleeting)].into(),
        };
        let words = Words::of(language);
        let mut area = Area::new(&words, "sales".to_owned());
        rows(mailbox, imap, &beyond, &mut area);
        history(mailbox, &beyond, &mut area);
        area.rows
    }

    fn healthy() -> Seen {
        let name = |name: &str| Some(name.to_owned());
        Seen {
            drafts: name("草稿箱"),
            sent: name("Sent Messages"),
            junk: name("Junk"),
            mails: 900,
            inbox_mails: 500,
            sent_mails: Some(300),
            first: Some(NOW.plus_ms(-900 * DAY_MS)),
            last: Some(NOW),
            ..Seen::default()
        }
    }

    fn warnings(imap: &str, seen: Seen, fleeting: (i64, i64)) -> Vec<String> {
        let told = |language| checked(imap, seen.clone(), fleeting, language).into_iter().filter(|row| row.state != State::Ok);
        assert!(told(Language::CHINESE_SIMPLIFIED).all(|row| !row.advice.is_empty() && !row.what.starts_with("check.")));
        told(Language::ENGLISH).map(|row| row.what).collect()
    }

    const EXMAIL: &str = "host = \"imap.exmail.qq.com\"";

    #[test]
    fn a_mailbox_in_good_order_is_not_complained_of() {
        assert_eq!(warnings(EXMAIL, healthy(), (500, 40)), Vec::<String>::new());
        let rows = checked(EXMAIL, healthy(), (0, 0), Language::CHINESE_SIMPLIFIED);
        assert!(rows.iter().any(|row| row.what.contains("腾讯企业邮箱")), "{rows:?}");
    }

    #[test]
    fn what_a_provider_hides_and_what_a_client_takes_away_is_warned_of() {
        let month = Seen { first: Some(NOW.plus_ms(-31 * DAY_MS)), ..healthy() };
        assert_eq!(warnings(EXMAIL, month.clone(), (0, 0)), ["Only the last 31 days of mail can be seen; the oldest is of 2026-10-24."]);
        assert_eq!(warnings("host = \"imap.gmail.com\"", month, (0, 0)), Vec::<String>::new(), "Gmail hides nothing");
        let hidden = Seen { sent: None, sent_mails: None, ..healthy() };
        assert_eq!(warnings(EXMAIL, hidden, (0, 0)), ["No Sent folder is to be seen."]);
        let unsaved = Seen { sent_mails: Some(0), ..healthy() };
        assert_eq!(warnings(EXMAIL, unsaved, (0, 0)), ["Sent is empty, though mail has come in."]);
        assert_eq!(warnings(EXMAIL, healthy(), (100, 85)), ["85 of 100 mails left the inbox within an hour of their coming."]);
        assert_eq!(warnings(EXMAIL, healthy(), (19, 19)), Vec::<String>::new(), "a few mails tell nothing");
        let poor = Seen { lacks_uidplus: true, lacks_idle: true, ..healthy() };
        assert_eq!(warnings(EXMAIL, poor, (0, 0)).len(), 2);
    }

    #[test]
    fn a_password_is_spoken_of_two_weeks_before_it_ends() {
        let ends = |day: &str| warnings(&format!("{EXMAIL}, expires = {day}"), healthy(), (0, 0));
        assert_eq!(ends("2026-12-09"), Vec::<String>::new());
        assert_eq!(ends("2026-12-08"), ["The password ends on 2026-12-08, in 14 days."]);
        assert_eq!(ends("2026-11-23"), ["The password ended on 2026-11-23."]);
    }

    #[test]
    fn a_provider_nobody_knows_is_a_fault() {
        let told = warnings(&format!("{EXMAIL}, provider = \"tencent\""), healthy(), (0, 0));
        assert_eq!(told, ["No provider is called tencent."]);
    }
}
