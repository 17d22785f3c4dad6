//! What a script of a submission server says and hears.

use super::{PATIENCE, Talk};
use std::time::Duration;

/// A client that was to say nothing has had time to.
const SILENCE: Duration = Duration::from_millis(50);

impl Talk {
    /// Greets, and answers EHLO with these offers, one a word group between `|`.
    pub async fn greet(&mut self, offers: &str) {
        self.say("220 mail.test ESMTP\r\n").await;
        self.offer(offers).await;
    }

    /// Answers EHLO.
    pub async fn offer(&mut self, offers: &str) {
        self.hear("EHLO office.bright.example").await;
        let lines: String = offers.split('|').filter(|offer| !offer.is_empty()).map(|offer| format!("250-{offer}\r\n")).collect();
        self.say(&format!("250-mail.test\r\n{lines}250 HELP\r\n")).await;
    }

    /// The next line, which begins so.
    pub async fn hear(&mut self, beginning: &str) -> String {
        let line = tokio::time::timeout(PATIENCE, self.line()).await.expect("the client says something");
        let line = line.unwrap_or_else(|| panic!("the client has gone instead of saying {beginning}"));
        assert!(line.starts_with(beginning), "{beginning} was expected and {line} was heard");
        line
    }

    /// Hears a line that begins so, and says this to it.
    pub async fn reply(&mut self, beginning: &str, reply: &str) {
        self.hear(beginning).await;
        self.say(&format!("{reply}\r\n")).await;
    }

    /// Takes one mail with its three commands one by one; its bytes as they came, dots doubled, the final dot included.
    pub async fn take(&mut self) -> Vec<u8> {
        self.reply("MAIL FROM:", "250 ok").await;
        self.reply("RCPT TO:", "250 ok").await;
        self.reply("DATA", "354 go ahead").await;
        let body = self.body().await;
        self.say("250 2.0.0 queued as A1\r\n").await;
        body
    }

    /// A body up to its final dot.
    pub async fn body(&mut self) -> Vec<u8> {
        let mut body = b"\r\n".to_vec();
        while !body.ends_with(b"\r\n.\r\n") {
            body.push(tokio::time::timeout(PATIENCE, self.byte()).await.expect("the client goes on").expect("the client is there"));
        }
        body.split_off(2)
    }

    /// The client says nothing, and stays.
    pub async fn silence(&mut self) {
        let said = tokio::time::timeout(SILENCE, self.byte()).await;
        assert!(said.is_err(), "the client said something or has gone: {said:?}");
    }

    /// The client has gone, or goes, without another word.
    pub async fn gone(&mut self) {
        let said = tokio::time::timeout(PATIENCE, self.byte()).await.expect("the client goes");
        assert!(said.is_err(), "the client said something: {said:?}");
    }
}
