//! Whom a refusal is about. A caller stops one recipient, one mailbox or nothing at all by it, so what is not certain is [`Cause::Other`].

use super::{Phase, Reply};

/// What a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nobody has this address.
    NoSuchRecipient,
    /// The recipient's mailbox takes no more for now.
    RecipientFull,
    /// This mailbox, or the company's tenant, has sent as much as it may for a while.
    SenderLimit,
    /// The server has no room for this connection; fewer at once may do.
    Crowded,
    /// This connection has carried as much as it may; a new one goes on.
    ConnectionSpent,
    /// About us: our login, our domain's records, our reputation, our own full mailbox. No recipient is to blame, and the next mail will
    /// fare no better.
    Policy,
    /// The mail is larger than somebody on the way takes.
    TooLarge,
    /// Anything else, or nothing that is known.
    Other,
}

/// How providers word what a status does not tell; in small letters, the first one found decides. Where each was seen stands beside it.
const PHRASES: [(&str, Cause); 43] = [
    // Gmail: 550 5.4.5 "Daily user sending quota exceeded" (gen_smtp#140), since 2024 "… sending limit exceeded" (onepub#543).
    ("sending quota exceeded", Cause::SenderLimit),
    ("sending limit exceeded", Cause::SenderLimit),
    // Google Workspace relay: 550 5.4.5 "Daily SMTP relay limit exceeded", 450 4.2.1 "Peak SMTP relay limit exceeded"
    // (support.google.com/a/answer/3726730).
    ("relay limit exceeded", Cause::SenderLimit),
    // Google: 421 4.7.0 and 4.7.28 "an unusual rate of unsolicited mail" (the same page).
    ("unusual rate of", Cause::SenderLimit),
    // Exchange Online, a day's recipients: 554 5.2.0 "STOREDRV.Submission.Exception:SubmissionQuotaExceededException"
    // (learn.microsoft.com, smtp-submission-improvements).
    ("submissionquotaexceeded", Cause::SenderLimit),
    // The same page: our own mailbox is full, Sent Items included, and may not send: 554 5.2.2 "mailbox full;
    // STOREDRV.Submission.Exception:QuotaExceededException".
    ("storedrv.submission.exception", Cause::Policy),
    // The same page: 432 4.3.2 "Concurrent connections limit exceeded", since 2025 "sender thread limit exceeded".
    ("concurrent connections", Cause::Crowded),
    ("sender thread limit", Cause::Crowded),
    // Exchange Online: 550 5.1.90 "you've reached your daily limit for message recipients"; 550 5.7.233 "your tenant has exceeded its
    // daily limit for sending email to external recipients" (learn.microsoft.com).
    ("daily limit for", Cause::SenderLimit),
    // Exchange: 421 4.4.2 "Message submission rate for this client has exceeded the configured limit".
    ("message submission rate", Cause::SenderLimit),
    // Hosted Exchange: "User … has exceeded its 24-hour sending limit" (nodemailer#1137).
    ("hour sending limit", Cause::SenderLimit),
    ("exceeded sending limit", Cause::SenderLimit),
    // NetEase (163, 126): SFQ too many mails of a sender in 15 minutes, IFC of an address of ours; ICC too many connections; DMC and
    // DRC too many mails and recipients on one connection (its page of reasons for returned mail).
    ("mi:sfq", Cause::SenderLimit),
    ("hl:ifc", Cause::SenderLimit),
    ("hl:icc", Cause::Crowded),
    ("mi:dmc", Cause::ConnectionSpent),
    ("rp:drc", Cause::ConnectionSpent),
    // Tencent (QQ, Exmail): 550 "Sender frequency limited", "Domain …", "Connection …", "Ip …" (its help pages).
    ("frequency limited", Cause::SenderLimit),
    // Alibaba: "too frequently sending", "currently unexpected sending" (its help pages).
    ("frequently sending", Cause::SenderLimit),
    ("unexpected sending", Cause::SenderLimit),
    // Gateways in China: 550 "rejected: exceeded hour limit" (gophish#3231), and the same in words.
    ("exceeded hour limit", Cause::SenderLimit),
    ("发信频率", Cause::SenderLimit),
    ("发送频率", Cause::SenderLimit),
    ("频率限制", Cause::SenderLimit),
    // Zoho: 550 5.4.6 "Unusual sending activity detected".
    ("unusual sending activity", Cause::SenderLimit),
    // policyd of hosters: 450 4.7.1 "Policy Rejection- Quota Exceeded" (simple-java-mail#348), 554 5.7.1 "limit of 400 rcpts per 24
    // hours for client …" (deltachat-core#647).
    ("policy rejection- quota", Cause::SenderLimit),
    ("rcpts per", Cause::SenderLimit),
    // rspamd: 451 4.7.1 "Ratelimit "user" exceeded" (mailcow-dockerized#1497).
    ("ratelimit", Cause::SenderLimit),
    // Exim and sendmail: 421 "too many messages in this connection".
    ("messages in this connection", Cause::ConnectionSpent),
    ("messages in this session", Cause::ConnectionSpent),
    ("too many connections", Cause::Crowded),
    ("simultaneous connections", Cause::Crowded),
    ("connections from your", Cause::Crowded),
    // Sizes, for servers without a status: Postfix "message size exceeds", Exim "message too big", Coremail "message is too long".
    ("message size exceed", Cause::TooLarge),
    ("size exceeds", Cause::TooLarge),
    ("message too large", Cause::TooLarge),
    ("message is too large", Cause::TooLarge),
    ("message too big", Cause::TooLarge),
    ("message is too long", Cause::TooLarge),
    // The recipient's mailbox, likewise.
    ("mailbox full", Cause::RecipientFull),
    ("mailbox is full", Cause::RecipientFull),
    ("over quota", Cause::RecipientFull),
    ("mailbox quota exceeded", Cause::RecipientFull),
];

/// How a server without statuses says that nobody has an address, in answer to RCPT.
const NOBODY: [&str; 17] = [
    "user unknown",
    "unknown user",
    "no such user",
    "user not found",
    "user not exist",
    "user doesn't exist",
    "user does not exist",
    "unknown recipient",
    "recipient unknown",
    "no such recipient",
    "recipient not found",
    "no such mailbox",
    "mailbox not found",
    "mailbox does not exist",
    "account does not exist",
    "address does not exist",
    "no mailbox here",
];

/// What the refusal is about, from its words first: servers give one status to many things.
pub(super) fn cause(phase: Phase, reply: &Reply) -> Cause {
    let text = reply.text.to_lowercase();
    if let Some((_, cause)) = PHRASES.iter().find(|(words, _)| text.contains(words)) {
        return *cause;
    }
    if phase <= Phase::Auth {
        return if reply.is_temporary() { Cause::Crowded } else { Cause::Policy };
    }
    let about = reply.about();
    // "Too many …" of a server that says it is a rule of its own, or hangs up over it.
    if let Some((_, what)) = text.split_once("too many")
        && (reply.is_closing() || about.is_some_and(|(subject, _)| subject == 7))
    {
        let what = what.split([',', '.', ';']).next().unwrap_or_default();
        return if what.contains("connection") || what.contains("session") { Cause::Crowded } else { Cause::SenderLimit };
    }
    if let Some(cause) = by_status(about) {
        return cause;
    }
    match reply.code {
        // RFC 4954 §6: a login is wanted, or a stronger one.
        530 | 534 | 535 | 538 => Cause::Policy,
        421 => Cause::Crowded,
        // All that is known so far is who sends.
        code if phase == Phase::Mail && code >= 500 => Cause::Policy,
        code if phase == Phase::Rcpt && code >= 500 && NOBODY.iter().any(|words| text.contains(words)) => Cause::NoSuchRecipient,
        _ => Cause::Other,
    }
}

/// By subject and detail (RFC 3463 §3, and the registry of enhanced status codes).
fn by_status(about: Option<(u8, u16)>) -> Option<Cause> {
    Some(match about? {
        // No such mailbox, system, syntax; moved; a null MX.
        (1, 1 | 2 | 3 | 6 | 10) => Cause::NoSuchRecipient,
        // The sender's address; Exchange Online's "Access denied, bad outbound sender".
        (1, 7 | 8) => Cause::Policy,
        (2, 2) => Cause::RecipientFull,
        (2, 3) | (3, 4) => Cause::TooLarge,
        (5, 3) => Cause::ConnectionSpent,
        // Gmail's limit of a day.
        (4, 5) => Cause::SenderLimit,
        (7, _) => Cause::Policy,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::wire::RawReply;
    use super::*;

    fn of(phase: Phase, line: &str) -> Cause {
        let (code, text) = line.split_once(' ').expect("a code");
        let raw = RawReply { code: code.parse().expect("a number"), lines: vec![text.to_owned()] };
        cause(phase, &Reply::read(&raw, |text| text))
    }

    #[test]
    fn a_refusal_is_about_whom_it_names() {
        for (phase, line, expected) in [
            (Phase::Rcpt, "550 5.1.1 The email account that you tried to reach does not exist", Cause::NoSuchRecipient),
            (Phase::Rcpt, "550 5.1.10 RESOLVER.ADR.RecipientNotFound", Cause::NoSuchRecipient),
            (Phase::Rcpt, "550 User unknown", Cause::NoSuchRecipient),
            (Phase::Rcpt, "550 <bob@acme.example>: No such user here", Cause::NoSuchRecipient),
            (Phase::Dot, "550 user unknown", Cause::Other),
            (Phase::Rcpt, "550 Requested action not taken: mailbox unavailable", Cause::Other),
            (Phase::Rcpt, "550 5.7.1 User unknown", Cause::Policy),
            (Phase::Rcpt, "452 4.2.2 The email account that you tried to reach is over quota", Cause::RecipientFull),
            (Phase::Rcpt, "552 5.2.2 Quota exceeded", Cause::RecipientFull),
            (Phase::Rcpt, "452 4.5.3 Too many recipients", Cause::ConnectionSpent),
            (Phase::Rcpt, "450 4.2.1 The user you are trying to contact is receiving mail too quickly", Cause::Other),
            (Phase::Rcpt, "451 4.3.0 Try again", Cause::Other),
            (Phase::Dot, "554 Transaction failed", Cause::Other),
        ] {
            assert_eq!(of(phase, line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_about_us_blames_no_recipient() {
        for (phase, line) in [
            (Phase::Dot, "550 5.7.515 Access denied, sending domain does not meet the required authentication level"),
            (Phase::Dot, "421 4.7.26 Unauthenticated email"),
            (Phase::Rcpt, "554 5.7.1 <bob@acme.example>: Relay access denied"),
            (Phase::Mail, "530 Authentication required"),
            (Phase::Mail, "535 who are you?"),
            (Phase::Mail, "553 Mail from must equal authorized user"),
            (Phase::Dot, "550 5.1.8 Access denied, bad outbound sender AS(42004)"),
            (Phase::Dot, "554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded"),
            (Phase::Greeting, "554 5.3.2 No mail from you"),
        ] {
            assert_eq!(of(phase, line), Cause::Policy, "{line}");
        }
    }

    #[test]
    fn limits_of_a_sender_are_known_by_the_words_of_each_provider() {
        for line in [
            "550 5.4.5 Daily user sending quota exceeded. x - gsmtp",
            "550 5.4.5 https://support.google.com/a/answer/166852",
            "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException",
            "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
            "421 4.4.2 Message submission rate for this client has exceeded the configured limit",
            "421 4.7.0 mx: too many messages, closing connection",
            "450 4.7.1 Too many recipients from you in an hour",
            "554 5.2.0 exceeded sending limit",
            "451 MI:SFQ 163 smtp2,C9GowACHL",
            "550 Sender frequency limited",
            "550 发信频率过高",
        ] {
            assert_eq!(of(Phase::Dot, line), Cause::SenderLimit, "{line}");
        }
    }

    #[test]
    fn a_crowded_server_is_told_from_a_spent_connection() {
        assert_eq!(
            of(Phase::Mail, "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending"),
            Cause::Crowded
        );
        assert_eq!(of(Phase::Greeting, "421 HL:ICC 163"), Cause::Crowded);
        assert_eq!(of(Phase::Greeting, "554 5.7.1 Too many connections"), Cause::Crowded);
        assert_eq!(of(Phase::Auth, "454 4.7.0 Too many login attempts, please try again later"), Cause::Crowded);
        assert_eq!(of(Phase::Data, "421 4.7.0 Too many open sessions"), Cause::Crowded);
        assert_eq!(of(Phase::Mail, "421 Service not available"), Cause::Crowded);
        assert_eq!(of(Phase::Mail, "450 MI:DMC 163"), Cause::ConnectionSpent);
        assert_eq!(of(Phase::Mail, "421 too many messages in this connection"), Cause::ConnectionSpent);
        assert_eq!(of(Phase::Mail, "451 4.3.0 out of disk"), Cause::Other);
    }

    #[test]
    fn a_mail_that_is_too_large_is_known_with_and_without_a_status() {
        assert_eq!(of(Phase::Mail, "552 5.3.4 Message size exceeds fixed limit"), Cause::TooLarge);
        assert_eq!(of(Phase::Dot, "552 message is too long"), Cause::TooLarge);
        assert_eq!(of(Phase::Dot, "552 5.2.3 no"), Cause::TooLarge);
    }

    #[test]
    fn phrases_are_in_small_letters() {
        assert!(PHRASES.iter().map(|(words, _)| *words).chain(NOBODY).all(|words| words == words.to_lowercase()));
    }
}
