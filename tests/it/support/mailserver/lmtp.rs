//! Delivery by LMTP (RFC 2033), as a mail server does it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection on which one mail after another is delivered.
pub struct Lmtp {
    stream: BufReader<TcpStream>,
}

impl Lmtp {
    pub(super) fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("LMTP answers");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a deadline");
        stream.set_nodelay(true).expect("a socket");
        let mut lmtp = Self { stream: BufReader::new(stream) };
        lmtp.answer('2');
        lmtp.say("LHLO story.test\r\n", '2');
        lmtp
    }

    /// Delivers a mail to all of them. It lies in their mailboxes afterwards.
    pub fn deliver(&mut self, to: &[&str], mail: &[u8]) {
        self.say("MAIL FROM:<buyer@customer.example>\r\n", '2');
        for address in to {
            self.say(&format!("RCPT TO:<{address}>\r\n"), '2');
        }
        self.say("DATA\r\n", '3');
        let stream = self.stream.get_mut();
        stream.write_all(&super::super::client::dotted(mail)).expect("the server listens");
        // One answer for each address.
        for _ in to {
            self.answer('2');
        }
    }

    fn say(&mut self, line: &str, wanted: char) {
        self.stream.get_mut().write_all(line.as_bytes()).expect("the server listens");
        self.answer(wanted);
    }

    fn answer(&mut self, wanted: char) {
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("the server answers");
            assert!(line.starts_with(wanted), "LMTP: {line}");
            if line.as_bytes().get(3) != Some(&b'-') {
                return;
            }
        }
    }
}
