//! One connection through the proxy: a thread for each direction, and between them what is to be spoilt in the next answer.

use super::{Fault, HELD, Habits, Shared, lock};
use crate::support::client::literal_length;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Commands whose answers are to be spoilt, by tag.
type Doomed = Mutex<HashMap<String, (Fault, Duration)>>;

/// Both ends of a connection.
struct Ends {
    client: TcpStream,
    server: TcpStream,
    shared: Arc<Shared>,
    doomed: Doomed,
    /// Whether it is counted as open: until either end has gone.
    is_counted: AtomicBool,
}

/// Begins to hand on, both ways.
pub(super) fn begin(shared: &Arc<Shared>, client: TcpStream, server: TcpStream) {
    let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
    shared.most_open.fetch_max(open, Ordering::SeqCst);
    for stream in [&client, &server] {
        // A connection that is gone is found out at the next read.
        let _ = stream.set_nodelay(true);
        lock(&shared.streams).extend(stream.try_clone());
    }
    let ends = Arc::new(Ends { client, server, shared: Arc::clone(shared), doomed: Doomed::default(), is_counted: AtomicBool::new(true) });
    let to_server = Arc::clone(&ends);
    std::thread::spawn(move || {
        // However it ended: the other direction ends with it.
        let _ = to_server.commands();
        to_server.cut();
    });
    std::thread::spawn(move || {
        let _ = ends.answers();
        ends.cut();
    });
}

impl Ends {
    fn cut(&self) {
        if self.is_counted.swap(false, Ordering::SeqCst) {
            self.shared.open.fetch_sub(1, Ordering::SeqCst);
        }
        for stream in [&self.client, &self.server] {
            // One end may have gone by itself.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// From the client to the server: commands with their literals.
    fn commands(&self) -> std::io::Result<()> {
        let (mut reader, mut server) = (BufReader::new(self.client.try_clone()?), self.server.try_clone()?);
        while let Some(mut line) = read_line(&mut reader)? {
            let text = String::from_utf8_lossy(&line).into_owned();
            let (tag, command) = named(&text);
            if self.shared.habits.holds_drafts_back && command.as_deref() == Some("APPEND") {
                line = text.replacen("Drafts", HELD, 1).into_bytes();
            }
            let Some(command) = command else {
                // DONE, or what goes on after a literal.
                server.write_all(&line)?;
                continue;
            };
            *lock(&self.shared.commands).entry(command.clone()).or_default() += 1;
            if self.shared.habits.no_uidplus && command == "UID EXPUNGE" {
                self.refuse(&tag, "BAD")?;
                continue;
            }
            let is_login = matches!(command.as_str(), "LOGIN" | "AUTHENTICATE");
            if self.shared.habits.one_login && is_login && self.shared.open.load(Ordering::SeqCst) > 1 {
                self.refuse(&tag, "NO")?;
                continue;
            }
            let fault = self.closed(&command, &text).or_else(|| lock(&self.shared.plan).draw(&command, &text));
            if let Some((fault, stall)) = fault {
                *lock(&self.shared.faults).entry(fault).or_default() += 1;
                match fault {
                    // A literal that was announced never comes, because nobody said `+`; but for one that waits for nobody.
                    Fault::No | Fault::Bad => {
                        if text.trim_end().ends_with("+}") {
                            self.literals(&mut reader, &mut std::io::sink(), text)?;
                        }
                        self.refuse(&tag, if fault == Fault::No { "NO" } else { "BAD" })?;
                        continue;
                    }
                    Fault::CutBefore => return Ok(()),
                    _ => {
                        lock(&self.doomed).insert(tag.clone(), (fault, stall));
                    }
                }
            }
            let everything = self.shared.habits.search_finds_everything && command == "UID SEARCH";
            if everything {
                server.write_all(format!("{tag} UID SEARCH ALL\r\n").as_bytes())?
            } else {
                server.write_all(&line)?
            }
            if self.shared.habits.doubles_sent && command == "APPEND" && text.contains("Sent") {
                let mut put = Vec::new();
                self.literals(&mut reader, &mut Tee(&mut server, &mut put), text)?;
                let filed = as_filed(&put, self.shared.filed.fetch_add(1, Ordering::SeqCst) + 1);
                write!(server, "{FILING} APPEND \"Sent\" (\\Seen) {{{}+}}\r\n{filed}\r\n", filed.len())?;
                continue;
            }
            self.literals(&mut reader, &mut server, text)?;
        }
        Ok(())
    }

    /// What whoever opens a closed folder gets.
    fn closed(&self, command: &str, line: &str) -> Option<(Fault, Duration)> {
        let closed = lock(&self.shared.closed);
        let is_meant = |folder: &&String| matches!(command, "EXAMINE" | "SELECT") && line.contains(&format!("\"{folder}\""));
        closed.keys().find(is_meant).and_then(|folder| Some((*closed.get(folder)?, Duration::ZERO)))
    }

    /// Hands on the literals a command announces, and the lines between them.
    fn literals(&self, reader: &mut BufReader<TcpStream>, server: &mut impl Write, mut line: String) -> std::io::Result<()> {
        while let Some(length) = literal_length(line.trim_end()) {
            std::io::copy(&mut reader.by_ref().take(length as u64), server)?;
            let Some(next) = read_line(reader)? else { return Ok(()) };
            server.write_all(&next)?;
            line = String::from_utf8_lossy(&next).into_owned();
        }
        Ok(())
    }

    fn refuse(&self, tag: &str, how: &str) -> std::io::Result<()> {
        (&self.client).write_all(format!("{tag} {how} not today\r\n").as_bytes())
    }

    /// From the server to the client: answers with their literals.
    fn answers(&self) -> std::io::Result<()> {
        let (mut reader, mut client) = (BufReader::new(self.server.try_clone()?), self.client.try_clone()?);
        while let Some(line) = read_line(&mut reader)? {
            let text = String::from_utf8_lossy(&line).into_owned();
            if text.starts_with(FILING) {
                continue;
            }
            let line = self.as_by_habit(&text, line);
            self.shared.answered_bytes.fetch_add(line.len(), Ordering::Relaxed);
            let doomed = lock(&self.doomed).iter().next().map(|(tag, doom)| (tag.clone(), *doom));
            let ends = doomed.as_ref().is_some_and(|(tag, _)| text.strip_prefix(tag.as_str()).is_some_and(|rest| rest.starts_with(' ')));
            // Where the server only asks for the literal, the command has not begun.
            let doom = doomed.map(|(_, doom)| doom).filter(|_| !text.starts_with('+'));
            match doom {
                Some((Fault::CutBeforeDone, _)) if ends => return Ok(()),
                Some((Fault::CutInLine, _)) => {
                    let half = line.get(..line.len() / 2).unwrap_or_default();
                    return client.write_all(half);
                }
                Some((Fault::CutAtLine, _)) if literal_length(text.trim_end()).is_none() => {
                    if !ends {
                        client.write_all(&line)?;
                    }
                    return Ok(());
                }
                Some((Fault::CutInLiteral, _)) if ends => return Ok(()),
                Some((Fault::Stall, stall)) => {
                    std::thread::sleep(stall);
                    lock(&self.doomed).clear();
                }
                _ => {}
            }
            client.write_all(&line)?;
            if ends {
                lock(&self.doomed).clear();
            }
            if let Some(length) = literal_length(text.trim_end()) {
                let is_cut = matches!(doom, Some((Fault::CutInLiteral, _)));
                let whole = if is_cut { length / 2 } else { length };
                std::io::copy(&mut reader.by_ref().take(whole as u64), &mut client)?;
                if is_cut {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The line as a server writes it that does not know all that ours does.
    fn as_by_habit(&self, text: &str, line: Vec<u8>) -> Vec<u8> {
        let Habits { no_uidplus, no_qresync, .. } = self.shared.habits;
        if text.contains("CAPABILITY ") && (no_uidplus || no_qresync) {
            let text = if no_uidplus { text.replace(" UIDPLUS", "") } else { text.to_owned() };
            return if no_qresync { text.replace(" QRESYNC", "") } else { text }.into_bytes();
        }
        let cut = text.split_once("[APPENDUID ").and_then(|(before, rest)| Some((before, rest.split_once("] ")?.1)));
        match cut.filter(|_| no_uidplus) {
            Some((before, after)) => format!("{before}{after}").into_bytes(),
            None => line,
        }
    }
}

/// The tag of what the provider does by itself; nobody hears of it.
const FILING: &str = "provider";

/// A mail as the provider files it: under a Message-ID of its own, with its trace at the top.
fn as_filed(put: &[u8], number: usize) -> String {
    let mail = String::from_utf8_lossy(put);
    let (head, body) = mail.split_once("\r\n\r\n").unwrap_or((&mail, ""));
    let fields: Vec<&str> = head.split("\r\n").filter(|field| !field.to_ascii_lowercase().starts_with("message-id:")).collect();
    format!("X-QQ-mid: {number}\r\nMessage-ID: <tencent_{number}@qq.example>\r\n{}\r\n\r\n{}", fields.join("\r\n"), body.trim_end())
}

/// Writes to the one and remembers in the other.
struct Tee<'w, W>(&'w mut W, &'w mut Vec<u8>);

impl<W: Write> Write for Tee<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1.extend_from_slice(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// A line with its end; `None` when there is no more.
fn read_line(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    Ok((!line.is_empty()).then_some(line))
}

/// The tag and the command's name of a line that begins a command.
fn named(line: &str) -> (String, Option<String>) {
    let mut words = line.split_whitespace();
    let tag = words.next().unwrap_or_default().to_owned();
    let name = words.next().map(str::to_ascii_uppercase).map(|name| match (name.as_str(), words.next()) {
        ("UID", Some(verb)) => format!("UID {}", verb.to_ascii_uppercase()),
        _ => name,
    });
    (tag, name)
}
