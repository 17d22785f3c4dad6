//! What `check` says of a mailbox on a server, and of any mailbox as the books know it. All servers are asked side by side, each with
//! a deadline, and nothing is changed by looking.

use super::known::{self, TELLING_MAILS};
use super::{Area, Beyond};
use crate::cli::mailbox::guide::guide;
use crate::cli::mailbox::seen::{self, Seen};
use crate::cli::mailbox::{day, trouble};
use crate::config::{self, Config, Door, Imap, Login, SecretError, SecretText};
use crate::flow::NoToken;
use crate::mailbox::imap::ImapError;
use crate::mailbox::providers::{Provider, Providers};
use crate::mailbox::{CredentialError, FixedSecret, MailboxError};
use crate::types::Moment;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// A mailbox that shows 30 days shows a day more or less, by time zone.
const HIDDEN_SLACK_DAYS: i64 = 3;

/// What came of asking a server.
#[derive(Debug)]
pub enum Asked {
    Seen(Seen),
    Unseen(MailboxError),
    /// Its login needs a token, and there is none that is good now.
    NoToken(NoToken),
}

/// Asks all servers side by side. `tokens` are those of the books, by the name of the mailbox.
pub async fn ask(
    config: &Config,
    providers: &Arc<Providers>,
    mut tokens: BTreeMap<String, Result<SecretText, NoToken>>,
) -> BTreeMap<String, Asked> {
    let mut asking = JoinSet::new();
    for mailbox in config.mailboxes.iter().filter(|mailbox| mailbox.maildir().is_none()) {
        let token = tokens.remove(&mailbox.name);
        let (mailbox, providers) = (mailbox.clone(), Arc::clone(providers));
        asking.spawn(async move { (mailbox.name.clone(), ask_one(mailbox, token, &providers).await) });
    }
    let mut asked = BTreeMap::new();
    while let Some(one) = asking.join_next().await {
        // A look that broke is missing, and said to be.
        asked.extend(one);
    }
    asked
}

async fn ask_one(mailbox: config::Mailbox, token: Option<Result<SecretText, NoToken>>, providers: &Arc<Providers>) -> Asked {
    let Door::Imap(imap) = &mailbox.door else { return Asked::NoToken(NoToken::Never) };
    let secret = match &imap.login {
        Login::Password(password) => {
            let secret = password.clone();
            // A password may be a program's to tell, and that blocks.
            let read = tokio::task::spawn_blocking(move || secret.read()).await;
            match read.unwrap_or(Err(SecretError::Broken)) {
                Ok(password) => FixedSecret::password(&imap.user, password),
                Err(why) => return Asked::Unseen(ImapError::from(CredentialError::Unreadable(why)).into()),
            }
        }
        Login::OAuth(_) => match token.unwrap_or(Err(NoToken::Never)) {
            Ok(token) => FixedSecret::token(&imap.user, token),
            Err(none) => return Asked::NoToken(none),
        },
    };
    let door = seen::door(&mailbox, providers, Arc::new(secret));
    match seen::see(&door).await {
        Ok(seen) => Asked::Seen(seen),
        Err(unseen) => Asked::Unseen(unseen),
    }
}

/// The rows of a mailbox on a server.
pub(super) fn rows(mailbox: &config::Mailbox, imap: &Imap, beyond: &Beyond, area: &mut Area<'_>) {
    let asked = beyond.servers.get(&mailbox.name);
    let provider = provider(imap, asked, beyond, area);
    let guide = guide(provider.map(|provider| provider.id.as_str()), area.words.language());
    let name = provider.map(|provider| guide.name.clone().unwrap_or_else(|| provider.name.clone()));
    match asked {
        None => area.warn("check.not_asked", "check.not_asked_do", &[("host", &imap.host)]),
        Some(Asked::NoToken(none)) => no_token(none, &mailbox.name, area),
        Some(Asked::Unseen(MailboxError::Imap(ImapError::LoginRefused { text, .. }))) if matches!(imap.login, Login::OAuth(_)) => {
            area.fault("token.refused", "token.refused_do", &[("host", &imap.host), ("text", text), ("mailbox", &mailbox.name)]);
        }
        Some(Asked::Unseen(unseen)) => {
            let is_blocked = provider.is_some_and(|provider| provider.blocked_in_china) && imap.proxy.is_none();
            area.add_said(trouble::told(unseen, &imap.host, &guide, is_blocked, area.words));
        }
        Some(Asked::Seen(seen)) => {
            match &name {
                Some(name) => area.ok("check.server_of", &[("host", &imap.host), ("port", &imap.port), ("provider", name)]),
                None => area.ok("check.server", &[("host", &imap.host), ("port", &imap.port)]),
            }
            folders(seen, provider, area);
            let private = mailbox.private.among(seen.folders.iter().map(|(name, is_own)| (name.as_str(), *is_own)));
            area.warn_of_unmatched(&private.unmatched);
            mail(seen, provider, beyond.now, area);
            if seen.lacks_uidplus {
                area.warn("check.no_uidplus", "check.no_uidplus_do", &[("host", &imap.host)]);
            }
            if seen.lacks_idle {
                area.warn("check.no_idle", "check.no_idle_do", &[("host", &imap.host)]);
            }
        }
    }
    if let (Some(provider), Some(name)) = (provider, name) {
        known::provider(provider, &name, area);
    }
}

/// Why no token can be shown, and what to do: only the daemon renews tokens, so that no two do it at once.
fn no_token(none: &NoToken, mailbox: &str, area: &mut Area<'_>) {
    match none {
        NoToken::Never => area.fault("token.never", "token.login_do", &[("mailbox", &mailbox)]),
        NoToken::Ended(why) => area.fault("token.ended", "token.login_do", &[("mailbox", &mailbox), ("why", why)]),
        NoToken::Old(at) => area.warn("token.old", "token.old_do", &[("at", at)]),
        NoToken::Unreadable(why) => area.fault("token.unreadable", "token.unreadable_do", &[("mailbox", &mailbox), ("why", why)]),
    }
}

/// The provider written, else the one recognised by its host, else by what its server said.
fn provider<'b>(imap: &Imap, asked: Option<&Asked>, beyond: &'b Beyond, area: &mut Area<'_>) -> Option<&'b Provider> {
    if let Some(written) = imap.provider.as_ref().filter(|written| beyond.providers.find(written).is_none()) {
        let known = area.words.list(beyond.providers.iter().map(|provider| provider.id.as_str()));
        area.fault("check.no_provider", "check.no_provider_do", &[("provider", written), ("known", &known)]);
    }
    let said = match asked {
        Some(Asked::Seen(seen)) => seen.provider.as_deref().and_then(|id| beyond.providers.find(id)),
        _ => None,
    };
    said.or_else(|| beyond.providers.recognise(imap.provider.as_deref(), &imap.host, ""))
}

fn folders(seen: &Seen, provider: Option<&Provider>, area: &mut Area<'_>) {
    let usual = provider.map(|provider| &provider.folders);
    let of_roles = [
        ("Drafts", "drafts", &seen.drafts, usual.map(|usual| &usual.drafts)),
        ("Sent", "sent", &seen.sent, usual.map(|usual| &usual.sent)),
        ("Junk", "junk", &seen.junk, usual.map(|usual| &usual.junk)),
    ];
    for (role, key, name, usual) in of_roles {
        match (name, usual) {
            (Some(name), _) => area.ok("check.folder_found", &[("role", &role), ("name", name)]),
            (None, Some(usual)) => {
                let values: [(&str, &dyn std::fmt::Display); 3] = [("role", &role), ("key", &key), ("name", usual)];
                area.warn("check.folder_hidden", "check.folder_hidden_named_do", &values);
            }
            (None, None) => area.warn("check.folder_hidden", "check.folder_hidden_do", &[("role", &role), ("key", &key)]),
        }
    }
}

fn mail(seen: &Seen, provider: Option<&Provider>, now: Moment, area: &mut Area<'_>) {
    if seen.is_partial {
        area.warn("server.slow", "server.slow_do", &[]);
    }
    let (Some(first), Some(last)) = (seen.first, seen.last) else {
        match seen.mails {
            0 if seen.is_partial => {}
            0 => area.ok("server.no_mails", &[]),
            count => area.ok("server.mails_undated", &[("count", &count)]),
        }
        return;
    };
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
    use crate::cli::check::known::InBooks;
    use crate::cli::table::{CheckRow, State};
    use crate::cli::words::Words;
    use crate::record::habits::{Habit, HabitKind};
    use crate::record::mentions::Answered;
    use crate::types::Language;
    use std::path::Path;

    fn in_books() -> InBooks {
        let (all, unknown) = (40, 1);
        InBooks { answered: Answered { all, unknown }, answered_lately: Answered { all: 12, unknown }, ..InBooks::default() }
    }

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
            departures: BTreeMap::new(),
            now: NOW,
            providers: Arc::new(Providers::built_in()),
            servers: [("sales".to_owned(), Asked::Seen(seen))].into(),
            in_books: BTreeMap::new(),
            domains: super::super::domains::Domains::default(),
        };
        let words = Words::of(language);
        let mut area = Area::new(&words, "sales".to_owned());
        rows(mailbox, imap, &beyond, &mut area);
        let (inbox, fleeting) = fleeting;
        known::in_books(&InBooks { inbox, fleeting, ..in_books() }, &mut area);
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
    fn a_provider_nobody_knows_is_a_fault() {
        let told = warnings(&format!("{EXMAIL}, provider = \"tencent\""), healthy(), (0, 0));
        assert_eq!(told, ["No provider is called tencent."]);
    }

    fn told_of_books(known: &InBooks) -> Vec<(State, String)> {
        let words = Words::of(Language::ENGLISH);
        let mut area = Area::new(&words, "sales".to_owned());
        known::in_books(known, &mut area);
        area.rows.into_iter().map(|row| (row.state, row.what)).collect()
    }

    #[test]
    fn answers_to_mails_that_nobody_has_say_that_sent_is_not_saved() {
        let answered = |all, unknown, lately| {
            let (answered, answered_lately) = (Answered { all, unknown }, Answered { all: lately, unknown: lately });
            told_of_books(&InBooks { answered, answered_lately, ..InBooks::default() })
        };
        let warned = |text: &str| vec![(State::Warning, text.to_owned())];
        assert_eq!(answered(3, 3, 0), warned("3 of 3 mails that customers answered are in no folder we can see."));
        assert_eq!(answered(2, 2, 2), [], "too few to tell");
        assert_eq!(answered(40, 4, 4), [], "some are older than what the mailbox shows");
        assert_eq!(answered(40, 20, 5), warned("5 of 5 mails that customers answered are in no folder we can see."), "saved once, no more");
    }

    #[test]
    fn a_habit_that_was_seen_twice_is_told_with_its_dates() {
        let habit = |kind, times| Habit { kind, since: NOW.plus_ms(-9 * DAY_MS), seen_at: NOW, times, evidence: 51 };
        let told = |times| {
            let habits = HabitKind::ALL.map(|kind| habit(kind, times)).into();
            told_of_books(&InBooks { habits, ..InBooks::default() })
        };
        assert_eq!(told(1), []);
        let told = told(7);
        assert!(told.iter().all(|(_, what)| what.contains("2026-11-15") && what.contains("2026-11-24")), "{told:?}");
        assert_eq!(told.iter().filter(|(state, _)| *state == State::Warning).count(), 1, "only the doubled copies want a hand");
    }

    #[test]
    fn what_the_file_knows_of_a_provider_is_told_in_words() {
        for language in [Language::ENGLISH, Language::CHINESE_SIMPLIFIED] {
            let rows = checked(EXMAIL, healthy(), (0, 0), language);
            let known = rows.iter().find(|row| row.what.contains("1000")).expect("what is known");
            assert!(!known.what.contains("search-answers-all") && !known.what.contains("habit."), "{}", known.what);
        }
    }

    #[test]
    fn a_mailbox_without_a_good_token_says_what_to_do() {
        let told = |none| {
            let words = Words::of(Language::ENGLISH);
            let mut area = Area::new(&words, "sales".to_owned());
            no_token(&none, "sales", &mut area);
            area.rows.remove(0)
        };
        let why = || "invalid_grant".to_owned();
        for none in [NoToken::Never, NoToken::Ended(why()), NoToken::Unreadable(why())] {
            let row = told(none);
            assert!(row.state == State::Fault && row.advice.contains("tradepost login sales"), "{row:?}");
        }
        let row = told(NoToken::Old(NOW));
        assert!(row.state == State::Warning && row.advice.contains("tradepost run"), "{row:?}");
    }
}
