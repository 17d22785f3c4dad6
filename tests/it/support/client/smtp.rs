//! Sending as a mail client does (RFC 6409, RFC 4954).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Sends a mail; it was taken when this returns.
pub fn submit(port: u16, user: &str, password: &str, to: &[&str], mail: &[u8]) {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("submission answers");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a deadline");
    let mut stream = BufReader::new(stream);
    answer(&mut stream, '2');
    let secret = BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
    say(&mut stream, "EHLO client.test\r\n", '2');
    say(&mut stream, &format!("AUTH PLAIN {secret}\r\n"), '2');
    say(&mut stream, &format!("MAIL FROM:<{user}>\r\n"), '2');
    for address in to {
        say(&mut stream, &format!("RCPT TO:<{address}>\r\n"), '2');
    }
    say(&mut stream, "DATA\r\n", '3');
    stream.get_mut().write_all(&dotted(mail)).expect("the server listens");
    answer(&mut stream, '2');
    say(&mut stream, "QUIT\r\n", '2');
}

/// A mail as it goes over the wire after DATA: CRLF, dots doubled at the beginning of a line, and the last dot (RFC 5321 §4.5.2).
pub fn dotted(mail: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(mail.len() + mail.len() / 30 + 5);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            wire.push(b'.');
        }
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        wire.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b".\r\n");
    wire
}

fn say(stream: &mut BufReader<TcpStream>, line: &str, wanted: char) {
    stream.get_mut().write_all(line.as_bytes()).expect("the server listens");
    answer(stream, wanted);
}

fn answer(stream: &mut BufReader<TcpStream>, wanted: char) {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).expect("the server answers");
        assert!(line.starts_with(wanted), "submission: {line}");
        if line.as_bytes().get(3) != Some(&b'-') {
            return;
        }
    }
}
