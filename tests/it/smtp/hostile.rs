//! Whatever bytes come, every call ends and none panics.

use super::*;
use proptest::prelude::*;

/// What servers really said, as a start for mutations.
const TRANSCRIPTS: [&str; 3] = [
    "220 mx.mail.test ESMTP Postfix\r\n250-mx.mail.test\r\n250-PIPELINING\r\n250-SIZE 104857600\r\n250-ETRN\r\n250-AUTH PLAIN\r\n\
     250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n235 2.7.0 Authentication successful\r\n\
     250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n250 2.0.0 Ok: queued as 4F2A\r\n221 2.0.0 Bye\r\n",
    "220 smtp.gmail.com ESMTP x - gsmtp\r\n250-smtp.gmail.com at your service\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n\
     250-AUTH LOGIN PLAIN XOAUTH2\r\n250 PIPELINING\r\n235 2.7.0 Accepted\r\n250 2.1.0 OK\r\n550-5.1.1 The email account that you tried\r\n\
     550 5.1.1 to reach does not exist.\r\n503 5.5.1 RCPT first\r\n250 2.1.5 Flushed\r\n221 2.0.0 closing\r\n",
    "220 163.com Anti-spam GT for Coremail System (163com[20141201])\r\n250-mail\r\n250-PIPELINING\r\n250-AUTH LOGIN PLAIN\r\n\
     250-AUTH=LOGIN PLAIN\r\n250-coremail 1Uxr2xKj7kG0xkI17xGrUDI0s8FY2U3\r\n250-STARTTLS\r\n250 8BITMIME\r\n235 Authentication successful\r\n\
     250 Mail OK\r\n250 Mail OK\r\n354 End data with <CR><LF>.<CR><LF>\r\n451 MI:SFQ 163 smtp2,C9GowACHL\r\n221 Bye\r\n",
];

fn hastiest(port: u16) -> SmtpAccount {
    let mut account = with_login(port, &Purse::new([password("secret")]));
    account.deadlines = deadlines(Duration::from_millis(60));
    account.deadlines.quit = Duration::from_millis(20);
    account
}

/// Comes to a server that says just these bytes, and tries all it can.
async fn visit(bytes: Vec<u8>) {
    let server = Scripted::play(move |mut talk| {
        let bytes = bytes.clone();
        async move {
            talk.say_bytes(&bytes).await;
            talk.cut().await;
        }
    })
    .await;
    let Ok(mut submission) = Submission::open(&hastiest(server.port)).await else { return };
    for to in ["bob@acme.example", "carol@acme.example"] {
        if send(&mut submission, &Letter::to(to)).await.is_err() {
            let _ = submission.reset().await;
        }
    }
    submission.quit().await;
}

fn ends(bytes: Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(8), visit(bytes)).await.expect("every call ends") });
}

const WORDS: [&str; 24] = [
    "220 ",
    "250-",
    "250 ",
    "250",
    "235 ",
    "334 ",
    "354 ",
    "421 ",
    "452-",
    "550 ",
    "535 ",
    "5.7.1 ",
    "4.2.2",
    "AUTH PLAIN",
    "SIZE ",
    "PIPELINING",
    "STARTTLS",
    "99999999999999999999",
    "é",
    "\0",
    "\r",
    "\n",
    "\r\n",
    ".\r\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        ends([b"220 x\r\n250-x\r\n250 AUTH PLAIN\r\n235 y\r\n".as_slice(), &bytes].concat());
    }

    #[test]
    fn smtp_like_bytes_end(words in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..60)) {
        ends(words.concat().into_bytes());
    }

    #[test]
    fn mutated_transcripts_end(which in 0..TRANSCRIPTS.len(), changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), 0..3_u8), 0..6)) {
        let mut bytes = TRANSCRIPTS[which].as_bytes().to_vec();
        for (place, byte, kind) in changes {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at.max(1)),
            }
        }
        ends(bytes);
    }
}

#[tokio::test]
async fn replies_without_end_are_left_before_they_fill_the_memory() {
    let long_line = format!("250 {}", "x".repeat(3_000));
    let floods: [(&'static str, String); 4] = [
        ("a line", "250 ".to_owned() + &"x".repeat(10_000_000)),
        ("a line with an end", long_line),
        ("lines", "250-more\r\n".repeat(10_000) + "250 enough\r\n"),
        ("empty lines", "\r\n".repeat(10_000)),
    ];
    for (what, flood) in floods {
        let (_server, mut submission) = meet("", move |mut talk| {
            let flood = flood.clone();
            async move {
                talk.hear("MAIL").await;
                talk.say(&flood).await;
                talk.say("\r\n").await;
                talk.stall().await;
            }
        })
        .await;
        let ended = submission.prepare(&Letter::to("bob@acme.example").outgoing()).await;
        assert!(matches!(ended, Err(SmtpError::Unreadable { phase: Phase::Mail })), "{what}: {ended:?}");
        assert_over(&mut submission).await;
    }
}

#[tokio::test]
async fn an_answer_to_ehlo_is_no_longer_than_it_need_be() {
    let server = Scripted::play(|mut talk| async move {
        talk.say("220 mail.test\r\n").await;
        talk.hear("EHLO").await;
        talk.say(&("250-X-EXTENSION\r\n".repeat(10_000) + "250 HELP\r\n")).await;
        talk.stall().await;
    })
    .await;
    let opened = Submission::open(&account(server.port)).await;
    assert!(matches!(opened, Err(SmtpError::Unreadable { phase: Phase::Ehlo })), "{opened:?}");
}

#[tokio::test]
async fn words_of_a_server_can_do_no_harm() {
    let (_server, mut submission) = meet("", |mut talk| async move {
        talk.hear("MAIL").await;
        talk.say_bytes(b"550-5.7.1 \x1b[2J\x00\x07 \xff\xfe \xe2\x80\xae gnp.exe\n550 5.7.1 <script>\r\n").await;
        talk.stall().await;
    })
    .await;
    let refused = refusal(submission.prepare(&Letter::to("bob@acme.example").outgoing()).await);
    let text = refused.reply.text;
    assert!(!text.chars().any(|c| c.is_control() || tradepost::types::is_bidi_control(c)), "{text:?}");
    assert!(text.contains("gnp.exe <script>"), "{text:?}");
    assert!(!submission.is_over());
}
