//! IMAP as a mail client speaks it, one command after the other.

use base64::Engine as _;
use base64::alphabet::IMAP_MUTF7;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const UTF7: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// A logged-in client.
pub struct Client {
    stream: BufReader<TcpStream>,
    commands: u32,
}

/// A response of the server: a line, and the literals that stood in it.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// Where a literal stood there is `{n}`.
    pub text: String,
    pub literals: Vec<Vec<u8>>,
}

/// A mail as it lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub uid: u32,
    /// With their backslashes, sorted, without `\Recent`.
    pub flags: Vec<String>,
    /// As the server writes it.
    pub internal_date: String,
    pub bytes: Vec<u8>,
}

impl Client {
    /// Connects and logs in.
    pub fn login(port: u16, user: &str, password: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("IMAP answers");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(Duration::from_secs(120))).expect("a deadline");
        let mut client = Self { stream: BufReader::new(stream), commands: 0 };
        let greeting = client.response();
        assert!(greeting.text.starts_with("* OK"), "{}", greeting.text);
        client.command(&format!("LOGIN {} {}", quoted(user), quoted(password)));
        client
    }

    /// The folders' names as a person reads them, sorted.
    pub fn folders(&mut self) -> Vec<String> {
        let listed = self.command("LIST \"\" \"*\"");
        let mut names: Vec<String> = listed.iter().filter(|line| line.text.starts_with("* LIST")).map(listed_name).collect();
        names.sort();
        names
    }

    /// Makes a folder.
    pub fn create(&mut self, folder: &str) {
        self.command(&format!("CREATE {}", name(folder)));
    }

    /// Removes a folder with all that is in it.
    pub fn delete_folder(&mut self, folder: &str) {
        self.command(&format!("DELETE {}", name(folder)));
    }

    /// Gives a folder another name.
    pub fn rename(&mut self, from: &str, to: &str) {
        self.command(&format!("RENAME {} {}", name(from), name(to)));
    }

    /// Selects a folder; how many mails are in it.
    pub fn select(&mut self, folder: &str) -> usize {
        let told = self.command(&format!("SELECT {}", name(folder)));
        let exists = told.iter().find_map(|line| line.text.strip_prefix("* ")?.strip_suffix(" EXISTS")?.parse().ok());
        exists.expect("SELECT tells how many there are")
    }

    /// The mails of a folder, the oldest first, without making them read.
    pub fn mails(&mut self, folder: &str) -> Vec<Mail> {
        if self.select(folder) == 0 {
            return Vec::new();
        }
        self.fetch("1:*")
    }

    /// How many mails a folder holds.
    pub fn count(&mut self, folder: &str) -> usize {
        let told = self.command(&format!("STATUS {} (MESSAGES)", name(folder)));
        let count = told.iter().find_map(|line| line.text.rsplit_once("(MESSAGES ")?.1.strip_suffix(')')?.parse().ok());
        count.expect("STATUS tells how many there are")
    }

    /// UIDs and flags of all mails of a folder.
    pub fn flags(&mut self, folder: &str) -> Vec<(u32, Vec<String>)> {
        if self.select(folder) == 0 {
            return Vec::new();
        }
        let told = self.command("UID FETCH 1:* (UID FLAGS)");
        told.iter().filter(|line| line.text.contains(" FETCH (")).map(|line| (uid(&line.text), flags(&line.text))).collect()
    }

    /// Mails of the selected folder, without making them read.
    pub fn fetch(&mut self, uids: &str) -> Vec<Mail> {
        let told = self.command(&format!("UID FETCH {uids} (UID FLAGS INTERNALDATE BODY.PEEK[])"));
        let mails = told.into_iter().filter(|line| line.text.contains(" FETCH ("));
        mails
            .map(|line| Mail {
                uid: uid(&line.text),
                flags: flags(&line.text),
                internal_date: between(&line.text, "INTERNALDATE \"", "\"").expect("INTERNALDATE was asked for").to_owned(),
                bytes: line.literals.into_iter().next().unwrap_or_default(),
            })
            .collect()
    }

    /// Opens a mail of the selected folder as a person does: it is read from then on.
    pub fn open(&mut self, uid: u32) -> Vec<u8> {
        let told = self.command(&format!("UID FETCH {uid} (UID BODY[])"));
        let mail = told.into_iter().find_map(|line| line.literals.into_iter().next());
        mail.expect("the mail lies there")
    }

    /// Puts a mail into a folder, with flags as `\Seen \Draft`; its UID.
    pub fn append(&mut self, folder: &str, flags: &str, mail: &[u8]) -> u32 {
        self.append_dated(folder, flags, None, mail)
    }

    /// The same with the day it came.
    pub fn append_dated(&mut self, folder: &str, flags: &str, date: Option<&str>, mail: &[u8]) -> u32 {
        let date = date.map(|date| format!(" \"{date}\"")).unwrap_or_default();
        let command = format!("APPEND {} ({flags}){date} {{{}}}", name(folder), mail.len());
        let tag = self.send(&command);
        let go_on = self.response();
        assert!(go_on.text.starts_with('+'), "{command}: {}", go_on.text);
        let stream = self.stream.get_mut();
        stream.write_all(mail).and_then(|()| stream.write_all(b"\r\n")).expect("the server listens");
        let (_, done) = self.until_done(&tag);
        assert!(done.starts_with("OK"), "{command}: {done}");
        let told = between(&done, "APPENDUID ", "]").and_then(|numbers| numbers.split_once(' ')?.1.parse().ok());
        told.expect("the server knows UIDPLUS")
    }

    /// Adds flags to a mail of the selected folder.
    pub fn add_flags(&mut self, uids: &str, flags: &str) {
        self.command(&format!("UID STORE {uids} +FLAGS.SILENT ({flags})"));
    }

    /// Removes a mail of the selected folder for good.
    pub fn remove(&mut self, uid: u32) {
        self.add_flags(&uid.to_string(), "\\Deleted");
        self.command(&format!("UID EXPUNGE {uid}"));
    }

    /// Moves mails of the selected folder into another one.
    pub fn move_to(&mut self, uids: &str, folder: &str) {
        self.command(&format!("UID MOVE {uids} {}", name(folder)));
    }

    /// Hears in IDLE what the server tells of the selected folder, for as long as the listener wants more.
    pub fn idle(&mut self, mut wants_more: impl FnMut(&str) -> bool) {
        let tag = self.send("IDLE");
        loop {
            let line = self.response();
            if !wants_more(&line.text) {
                break;
            }
        }
        self.stream.get_mut().write_all(b"DONE\r\n").expect("the server listens");
        self.until_done(&tag);
    }

    /// Gives a command that must succeed; what the server told until it had.
    pub fn command(&mut self, command: &str) -> Vec<Response> {
        let tag = self.send(command);
        let (told, done) = self.until_done(&tag);
        assert!(done.starts_with("OK"), "{command}: {done}");
        told
    }

    /// Gives a command; what the server told, and how it ended, from `OK`, `NO` or `BAD` on.
    pub fn try_command(&mut self, command: &str) -> (Vec<Response>, String) {
        let tag = self.send(command);
        self.until_done(&tag)
    }

    fn send(&mut self, command: &str) -> String {
        self.commands += 1;
        let tag = format!("c{}", self.commands);
        self.stream.get_mut().write_all(format!("{tag} {command}\r\n").as_bytes()).expect("the server listens");
        tag
    }

    fn until_done(&mut self, tag: &str) -> (Vec<Response>, String) {
        let mut told = Vec::new();
        loop {
            let response = self.response();
            if let Some(done) = response.text.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
                return (told, done.to_owned());
            }
            told.push(response);
        }
    }

    fn response(&mut self) -> Response {
        let mut response = Response::default();
        loop {
            let mut line = Vec::new();
            self.stream.read_until(b'\n', &mut line).expect("the server answers");
            assert!(line.ends_with(b"\r\n"), "the server ended the connection after {:?}", response.text);
            line.truncate(line.len() - 2);
            let line = String::from_utf8_lossy(&line).into_owned();
            response.text += &line;
            let Some(length) = literal_length(&line) else { return response };
            let mut literal = vec![0; length];
            self.stream.read_exact(&mut literal).expect("the server answers");
            response.literals.push(literal);
        }
    }
}

/// The length of the literal that a line announces (RFC 3501 §4.3).
pub fn literal_length(line: &str) -> Option<usize> {
    line.strip_suffix('}')?.rsplit_once('{')?.1.trim_end_matches('+').parse().ok()
}

fn uid(line: &str) -> u32 {
    let digits: String = line.split_once("UID ").map_or("", |(_, rest)| rest).chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("the UID was asked for")
}

fn flags(line: &str) -> Vec<String> {
    let words = between(line, "FLAGS (", ")").expect("the flags were asked for").split_whitespace();
    let mut flags: Vec<String> = words.filter(|word| *word != "\\Recent").map(str::to_owned).collect();
    flags.sort();
    flags
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    Some(text.split_once(before)?.1.split_once(after)?.0)
}

fn listed_name(line: &Response) -> String {
    if let Some(literal) = line.literals.first() {
        return decoded(&String::from_utf8_lossy(literal));
    }
    // `* LIST (flags) "/" name`
    let rest = line.text.split_once(") ").map_or("", |(_, rest)| rest);
    let name = rest.split_once(' ').map_or("", |(_, name)| name);
    let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
    decoded(&name.replace("\\\"", "\"").replace("\\\\", "\\"))
}

/// A folder's name as it is written in a command.
fn name(folder: &str) -> String {
    quoted(&encoded(folder))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Modified UTF-7 (RFC 3501 §5.1.3).
pub fn encoded(name: &str) -> String {
    let (mut text, mut beyond) = (String::new(), Vec::new());
    let flush = |text: &mut String, beyond: &mut Vec<u16>| {
        if !beyond.is_empty() {
            let bytes: Vec<u8> = beyond.drain(..).flat_map(u16::to_be_bytes).collect();
            *text += &format!("&{}-", UTF7.encode(bytes));
        }
    };
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            flush(&mut text, &mut beyond);
            text.push(c);
            if c == '&' {
                text.push('-');
            }
        } else {
            beyond.extend(c.encode_utf16(&mut [0; 2]).iter());
        }
    }
    flush(&mut text, &mut beyond);
    text
}

/// The name that modified UTF-7 stands for; as it stands when it is none.
pub fn decoded(name: &str) -> String {
    let mut parts = name.split('&');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((coded, rest)) = part.split_once('-') else { return name.to_owned() };
        if coded.is_empty() {
            text.push('&');
        } else {
            let Ok(bytes) = UTF7.decode(coded) else { return name.to_owned() };
            let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            text += &String::from_utf16_lossy(&units);
        }
        text += rest;
    }
    text
}

#[test]
fn names_of_folders_are_written_as_servers_expect_them() {
    for (name, wire) in [("已发送", "&XfJT0ZAB-"), ("a b&c", "a b&-c"), ("Entwürfe", "Entw&APw-rfe"), ("q\"x", "q\"x"), ("🛳", "&2D3e8w-")]
    {
        assert_eq!((encoded(name).as_str(), decoded(wire).as_str()), (wire, name));
    }
}
