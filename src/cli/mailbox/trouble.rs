//! Why a mailbox cannot be used, and what to do next: for each kind of trouble a sentence of its own.

use super::guide::Guide;
use crate::cli::reasons;
use crate::cli::words::Words;
use crate::mailbox::imap::ImapError;
use crate::mailbox::{MailboxError, MaildirError};
use std::fmt::Display;

/// What happened, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub what: String,
    pub advice: String,
}

/// Words of servers that refuse because IMAP is switched off, in small letters.
const OFF: [&str; 8] = [
    "imap is disabled",
    "imap access is disabled",
    "not enabled for imap",
    "imap use is disabled",
    "enable imap",
    "service is not open",
    "未开启",
    "没有开启",
];

/// The trouble with a mailbox at that host in the operator's language. `blocked_in_china`: the provider is reached from there only
/// through a proxy.
pub fn told(error: &MailboxError, host: &str, guide: &Guide, blocked_in_china: bool, words: &Words) -> Told {
    let tell =
        |key: &str, advice: &str, values: &[(&str, &dyn Display)]| Told { what: words.say(key, values), advice: words.say(advice, values) };
    let unreachable = |why: &dyn Display| {
        let advice = if blocked_in_china { "server.blocked_do" } else { "server.unreachable_do" };
        tell("server.unreachable", advice, &[("host", &host), ("why", why)])
    };
    let refused = |text: &str| {
        let said = text.to_lowercase();
        let is_off = OFF.iter().any(|words| said.contains(words));
        let (key, advice) = if is_off { ("server.imap_off", "server.imap_off_do") } else { ("server.refused", "server.refused_do") };
        tell(key, advice, &[("host", &host), ("text", &text), ("refused", &guide.refused)])
    };
    match error {
        MailboxError::Imap(error) => match error {
            ImapError::Unreachable { why, .. } => unreachable(why),
            ImapError::Silent { .. } => unreachable(error),
            ImapError::Untrusted { why, .. } => tell("server.untrusted", "server.untrusted_do", &[("host", &host), ("why", why)]),
            ImapError::LoginRefused { text, .. } => refused(text),
            ImapError::No { command: "LOGIN" | "AUTHENTICATE", text, .. } => refused(text),
            ImapError::Crowded { text } => tell("server.crowded", "server.crowded_do", &[("host", &host), ("text", text)]),
            ImapError::Credential(why) => tell("server.no_secret", "server.no_secret_do", &[("why", &reasons::credential(why, words))]),
            ImapError::NotOffered { what } => tell("server.not_offered", "server.not_offered_do", &[("host", &host), ("what", what)]),
            other => tell("server.trouble", "server.trouble_do", &[("host", &host), ("why", other)]),
        },
        MailboxError::Maildir(error) => match error {
            MaildirError::Missing(path) => Told { what: words.say("maildir.missing", &[("path", &path.display())]), advice: String::new() },
            MaildirError::Unreadable { path, source } => Told {
                what: words.say("maildir.unreadable", &[("path", &path.display()), ("why", &reasons::system(source, words))]),
                advice: String::new(),
            },
            other => Told { what: other.to_string(), advice: String::new() },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SecretError;
    use crate::mailbox::{CredentialError, CredentialMark};
    use crate::types::Language;
    use std::collections::BTreeSet;

    fn all(language: Language) -> Vec<Told> {
        let guide = super::super::guide::guide(Some("tencent-exmail"), language);
        let text = |text: &str| text.to_owned();
        let troubles = [
            ImapError::Unreachable { host: text("h"), why: text("no such host") },
            ImapError::Untrusted { host: text("h"), why: text("expired") },
            ImapError::LoginRefused { text: text("LOGIN failed"), shown: CredentialMark::default(), times: 1 },
            ImapError::LoginRefused { text: text("IMAP is disabled for this account"), shown: CredentialMark::default(), times: 1 },
            ImapError::Crowded { text: text("too many") },
            ImapError::Credential(CredentialError::Unreadable(SecretError::Empty)),
            ImapError::NotOffered { what: "STARTTLS" },
            ImapError::Lost { command: "LIST" },
        ];
        let words = Words::of(language);
        troubles.into_iter().map(|trouble| told(&trouble.into(), "imap.exmail.qq.com", &guide, false, &words)).collect()
    }

    #[test]
    fn each_trouble_has_its_own_sentence_and_next_step_in_every_language() {
        for language in Words::languages() {
            let all = all(language);
            let different: BTreeSet<&str> = all.iter().map(|told| told.what.as_str()).collect();
            assert_eq!(different.len(), all.len(), "{all:?}");
            assert!(
                all.iter().all(|told| !told.what.starts_with("server.") && !told.advice.is_empty() && !told.advice.starts_with("server."))
            );
            let refused = &all[2];
            assert!(refused.advice.contains("客户端专用密码"), "the provider's own words: {}", refused.advice);
        }
    }

    #[test]
    fn a_provider_that_china_blocks_is_reached_through_a_proxy() {
        let guide = Guide::default();
        let words = Words::of(Language::CHINESE_SIMPLIFIED);
        let told = told(&ImapError::Silent { command: "LOGIN", seconds: 30 }.into(), "imap.gmail.com", &guide, true, &words);
        assert!(told.advice.contains("--proxy") || told.advice.contains("代理"), "{told:?}");
    }
}
