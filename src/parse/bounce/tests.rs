//! Reports as mail systems write them, told with our own people.

use super::*;

/// A message as the MIME reader would hand it over.
struct Mail {
    headers: Headers,
    from: Option<EmailAddress>,
    subject: String,
    content_type: String,
    text: String,
    fields: Option<String>,
    returned: Option<String>,
}

impl Mail {
    fn new(from: &str, subject: &str, text: &str) -> Self {
        let fields = [("From", from), ("To", "sales@exporter.example"), ("Subject", subject)];
        Self {
            headers: Headers::new(fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()),
            from: plain::addresses(from).next(),
            subject: subject.to_owned(),
            content_type: "text/plain".to_owned(),
            text: text.to_owned(),
            fields: None,
            returned: None,
        }
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        let mut fields: Vec<(String, String)> = self.headers.iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        fields.push((name.to_owned(), value.to_owned()));
        self.headers = Headers::new(fields);
        self
    }

    fn fields(mut self, fields: &str) -> Self {
        self.content_type = "multipart/report; report-type=delivery-status".to_owned();
        self.fields = Some(fields.to_owned());
        self
    }

    fn returning(mut self, returned: &str) -> Self {
        self.returned = Some(returned.to_owned());
        self
    }

    fn parts(&self) -> ReportParts<'_> {
        ReportParts {
            headers: &self.headers,
            from: self.from.as_ref(),
            null_return_path: self.headers.get("Return-Path") == Some("<>"),
            subject: &self.subject,
            content_type: &self.content_type,
            text: &self.text,
            delivery_status: self.fields.as_deref(),
            feedback_report: None,
            disposition_notification: None,
            returned: self.returned.as_deref(),
        }
    }

    fn read(&self) -> Option<Bounce> {
        read(&self.parts())
    }

    /// Kind and recipients, in short.
    fn told(&self) -> (&'static str, Vec<String>) {
        self.read().map(|b| (b.kind.name(), b.recipients.iter().map(|r| r.as_str().to_owned()).collect())).unwrap_or(("none", Vec::new()))
    }
}

fn hard(address: &str) -> (&'static str, Vec<String>) {
    ("hard", vec![address.to_owned()])
}

const DAEMON: &str = "Mail Delivery System <MAILER-DAEMON@mx.exporter.example>";

#[test]
fn a_structured_report_gives_recipient_status_reason_and_the_mail_that_came_back() {
    let bounce = Mail::new(DAEMON, "Undelivered Mail Returned to Sender", "This is the mail system at host mx.exporter.example.")
        .fields("Reporting-MTA: dns; mx.exporter.example\n\nFinal-Recipient: rfc822; alias@inner.example\nOriginal-Recipient: rfc822;Hugo@maschinen.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 <alias@inner.example>: Recipient address rejected: User\n    unknown in virtual alias table\n")
        .returning("Message-ID:\r\n <quote-17@exporter.example>\r\nTo: hugo@maschinen.example\r\n\r\nDear Hugo")
        .read()
        .expect("a report");
    assert_eq!(bounce.kind, BounceKind::Hard);
    assert_eq!(bounce.recipient.as_ref().map(|r| r.as_str()), Some("Hugo@maschinen.example"), "the address we wrote to, not its alias");
    assert_eq!(bounce.status.as_deref(), Some("5.1.1"));
    assert_eq!(
        bounce.reason.as_deref(),
        Some("550 5.1.1 <alias@inner.example>: Recipient address rejected: User unknown in virtual alias table")
    );
    assert_eq!(bounce.message_id.as_ref().map(MessageId::as_str), Some("quote-17@exporter.example"));
}

#[test]
fn what_is_still_tried_or_went_through_suppresses_nobody() {
    for action in ["delayed", "delivered", "relayed", "expanded"] {
        let fields = format!(
            "Final-Recipient: rfc822; ana@tienda.example\nAction: {action}\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 user unknown\n"
        );
        assert_eq!(Mail::new(DAEMON, "Delivery Status Notification", "").fields(&fields).told().0, "delay", "{action}");
    }
    let text = "This is an automatically generated Delivery Status Notification\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nDelivery to the following recipient has been delayed:\n\n     ana@tienda.example\n\nMessage will be retried for 2 more day(s)\n";
    assert_eq!(Mail::new(DAEMON, "Delivery Status Notification (Delay)", text).told(), ("delay", vec!["ana@tienda.example".to_owned()]));
}

#[test]
fn nobody_is_suppressed_for_anothers_failure() {
    let one = |address: &str, action: &str, words: &str| {
        format!("Final-Recipient: rfc822; {address}\nAction: {action}\nDiagnostic-Code: smtp; {words}\n\n")
    };
    let report = |fields: &str| Mail::new(DAEMON, "Returned mail", "").fields(fields).told();
    let gone = one("a@x.example", "failed", "550 no such user");
    assert_eq!(report(&format!("{gone}{}", one("b@x.example", "failed", "552 mailbox full"))).0, "soft");
    assert_eq!(report(&format!("{gone}{}", one("b@x.example", "relayed", "250 ok"))), hard("a@x.example"));
}

#[test]
fn refusals_of_what_was_sent_are_no_fault_of_the_recipient() {
    for words in [
        "550 5.7.1 Service unavailable, client host [192.0.2.1] blocked using Spamhaus",
        "550 5.7.26 Unauthenticated email from exporter.example is not accepted due to domain's DMARC policy",
        "550 5.7.1 User unknown",
        "550 Mail content denied",
        "554 5.7.1 <a@b.example>: Relay access denied",
        "550 Connection frequency limited",
    ] {
        let fields = format!("Final-Recipient: rfc822; li@maoyi.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; {words}\n");
        assert_eq!(Mail::new(DAEMON, "Returned mail", "").fields(&fields).told().0, "policy", "{words}");
    }
}

#[test]
fn plain_reports_of_many_systems_are_read() {
    let qmail = "Hi. This is the qmail-send program at exporter.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<omar@souk.example>:\nSorry, I couldn't find any host named souk.example. (#5.1.2)\n\n--- Below this line is a copy of the message.\n\nTo: omar@souk.example\n";
    assert_eq!(Mail::new("MAILER-DAEMON@exporter.example", "failure notice", qmail).told(), hard("omar@souk.example"));

    let exim = "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n  lena@werk.example\n    mailbox is full: retry timeout exceeded\n\n------ This is a copy of the message, including all the headers. ------\n\nSubject: unknown user wanted\n";
    let exim =
        Mail::new(DAEMON, "Mail delivery failed: returning message to sender", exim).header("X-Failed-Recipients", "lena@werk.example");
    assert_eq!(exim.told(), ("soft", vec!["lena@werk.example".to_owned()]));

    let exchange = "Your message\n\n  To:      sales@exporter.example\n  Subject: Offer\n\ndid not reach the following recipient(s):\n\nivan@zavod.example on Mon, 2 Nov 2026 16:51:51 +0300\n    The recipient name is not recognized\n";
    assert_eq!(
        Mail::new("System Administrator <postmaster@zavod.example>", "Undeliverable: Offer", exchange).told(),
        hard("ivan@zavod.example")
    );

    let tencent = "抱歉，您的邮件被退回来了……\n原邮件信息：\n收件人：\nwang@gongsi.example\n退信原因：收件人邮件地址不存在，无法送达。host gongsi.example said: 550 Mailbox not found.\n";
    assert_eq!(Mail::new("postmaster <PostMaster@qq.com>", "系统退信/System bounce", tencent).told(), hard("wang@gongsi.example"));

    let mail_ru = "Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.\n\nК сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:\n\n  oleg@zavod.example\n    пользователь не найден\n";
    assert_eq!(
        Mail::new("mailer-daemon@corp.mail.ru", "Ваше сообщение не доставлено. Mail failure.", mail_ru).told(),
        hard("oleg@zavod.example")
    );

    let notes = "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\nkenji@shosha.example\n\n------- Returned Message --------\n\nFrom: sales@exporter.example\n";
    assert_eq!(Mail::new("postmaster@n.shosha.example", "Undeliverable message", notes).told(), hard("kenji@shosha.example"));
}

#[test]
fn fields_are_found_in_the_text_of_a_report_with_a_broken_structure() {
    let text = "The original message was received at Sat, 7 Nov 2026 14:56:08 +0900\n\n   ----- The following addresses had permanent fatal errors -----\n<eva@firma.example>\n\n--w59/mx\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.firma.example\n\nFinal-Recipient: RFC822; eva@firma.example\nAction: failed\nStatus: 5.1.1\n\n--w59/mx\nContent-Type: message/rfc822\n\nMessage-ID: <po-3@exporter.example>\n";
    let bounce = Mail::new(DAEMON, "Returned mail: see transcript for details", text).read().expect("a report");
    assert_eq!((bounce.kind, bounce.status.as_deref()), (BounceKind::Hard, Some("5.1.1")));
    assert_eq!(bounce.message_id.as_ref().map(MessageId::as_str), Some("po-3@exporter.example"));
}

#[test]
fn sendmails_transcript_tells_a_refused_mail_from_a_refused_recipient() {
    let report = |transcript: &str, status: &str| {
        let text = format!(
            "   ----- The following addresses had permanent fatal errors -----\n<eva@firma.example>\n\n   ----- Transcript of session follows -----\n{transcript}\n"
        );
        let fields = format!(
            "Final-Recipient: RFC822; eva@firma.example\nAction: failed\nStatus: {status}\nDiagnostic-Code: SMTP; 550 User unknown\n"
        );
        Mail::new(DAEMON, "Returned mail: see transcript for details", &text).fields(&fields).told().0
    };
    assert_eq!(report(">>> DATA\n<<< 550 User unknown\n554 5.0.0 Service unavailable", "5.2.0"), "soft");
    assert_eq!(report(">>> DATA\n<<< 550 User unknown\n550 5.1.1 <eva@firma.example>... User unknown", "5.1.1"), "hard");
}

#[test]
fn complaints_and_receipts_are_no_failures() {
    let mail = Mail::new("abuse@provider.example", "FW: Offer", "This is an email abuse report.");
    let fields = "Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nOriginal-Rcpt-To: <ana@tienda.example>\n";
    let bounce =
        read(&ReportParts { content_type: "multipart/report; report-type=feedback-report", feedback_report: Some(fields), ..mail.parts() })
            .expect("a complaint");
    assert_eq!((bounce.kind, bounce.recipient.as_ref().map(|r| r.as_str())), (BounceKind::Unknown, Some("ana@tienda.example")));

    let receipt = Mail::new(DAEMON, "Undeliverable: Offer", "Your message was not delivered").header("Return-Path", "<>");
    assert_eq!(
        read(&ReportParts { disposition_notification: Some("Disposition: automatic-action/MDN-sent; deleted"), ..receipt.parts() }),
        None
    );
}

#[test]
fn amazons_notices_are_read() {
    let text = "{\"notificationType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Permanent\",\"bouncedRecipients\":[{\"emailAddress\":\"ana@tienda.example\",\"status\":\"5.1.1\",\"diagnosticCode\":\"smtp; 550 5.1.1 user un\nknown\"}]},\"mail\":{\"headers\":[{\"name\":\"Message-ID\",\"value\":\"<1@exporter.example>\"}]}}\n\n--\nIf you wish to stop";
    assert_eq!(Mail::new("SES <no-reply@sns.amazonaws.com>", "AWS Notification Message", text).told(), hard("ana@tienda.example"));
    let complaint =
        "{\"notificationType\":\"Complaint\",\"complaint\":{\"complainedRecipients\":[{\"emailAddress\":\"ana@tienda.example\"}]}}";
    assert_eq!(Mail::new("no-reply@sns.amazonaws.com", "AWS Notification Message", complaint).told().0, "unknown");
    assert_eq!(Mail::new("eva@firma.example", "AWS Notification Message", text).read(), None, "anybody could write that");
}

#[test]
fn peoples_mail_about_bounces_is_theirs() {
    let quoted = "Hello,\n\nmy mail to you came back, see below. Please check.\n\n> This is the mail system at host mx.firma.example.\n> <sales@exporter.example>: host mx said: 550 5.1.1 User unknown\n";
    for (from, subject, text) in [
        ("Eva <eva@firma.example>", "Fwd: Undelivered Mail Returned to Sender", quoted),
        ("Eva <eva@firma.example>", "Your mailbox", quoted),
        (
            "Eva <eva@firma.example>",
            "Delivery failed: container MSKU1234565",
            "The container could not be delivered to the consignee; contact ops@carrier.example.",
        ),
        ("Eva <eva@firma.example>", "Undeliverable parcels", "Two parcels were not delivered. Whom should we call?"),
        (
            "Eva <eva@firma.example>",
            "Re: Undeliverable: Offer",
            "I have a new address now, eva.neu@firma.example. Your message could not be delivered to the old one.",
        ),
    ] {
        assert_eq!(Mail::new(from, subject, text).read(), None, "{subject}");
    }
    let away = Mail::new("Eva <eva@firma.example>", "Automatic reply: Offer", "I am away until 4 May; your message will not be forwarded.");
    assert_eq!(away.header("Return-Path", "<>").header("Auto-Submitted", "auto-replied").read(), None);
}

#[test]
fn a_failure_without_a_name_suppresses_nobody() {
    let text = "Your message could not be delivered. User unknown.\n";
    let mail = Mail::new(DAEMON, "Mail delivery failed", text);
    assert_eq!(mail.told(), ("unknown", vec![]));
    let to_two = Mail::new(DAEMON, "Mail delivery failed", text).returning("To: a@x.example, b@y.example\n\nHello");
    assert_eq!(to_two.told(), ("unknown", vec![]));
    let to_one = Mail::new(DAEMON, "Mail delivery failed", text).returning("To: a@x.example\n\nHello");
    assert_eq!(to_one.told(), hard("a@x.example"));
}

#[test]
fn hostile_reports_end_in_time() {
    let many: String = (0..20_000).map(|n| format!("<a{n}@b{n}.example>: no such user\n")).collect();
    assert!(Mail::new(DAEMON, "failure notice", &many).read().is_some_and(|b| b.recipients.len() <= 500));
    let fields: String =
        (0..20_000).map(|n| format!("Final-Recipient: rfc822; a{n}@b.example\nAction: failed\nStatus: 5.1.1\n\n")).collect();
    assert!(Mail::new(DAEMON, "Returned mail", &many).fields(&fields).read().is_some_and(|b| b.recipients.len() <= 500));
    for text in [
        "@".repeat(300_000),
        "a@".repeat(300_000),
        "5.1.".repeat(100_000),
        ">>> ".repeat(100_000),
        "報".repeat(200_000),
        ":\n".repeat(200_000),
    ] {
        let _ = Mail::new(DAEMON, &text, &text).fields(&text).returning(&text).read();
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(subject in "\\PC{0,40}", text in "(?s).{0,400}", fields in "(Final-Recipient|Action|Status|\\PC{0,9}|\n|:| |;|<|>|a@b\\.c){0,60}") {
        let mail = Mail::new(DAEMON, &subject, &text).fields(&fields).returning(&text);
        let _ = mail.read();
        let _ = crate::parse::automatic::returns(&text, None);
    }
}
