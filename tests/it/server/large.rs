//! Catalogues of 60 MB.

use super::office::{books, drafts, inquiry, opened_at};
use crate::support::daemon::Daemon;
use crate::support::mailserver::{Security, User, server};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

const MAILS: usize = 20;
const ATTACHMENT_LEN: usize = 60 << 20;
/// Base64 lines of 76 characters.
const LINE_LEN: usize = 57;
const PEAK_KB_MAX: u64 = 250_000;

#[tokio::test]
async fn twenty_catalogues_of_sixty_megabytes_need_little_memory_and_delay_no_small_mail() {
    let li = server().user();
    let workplace = opened_at(&li.door(Security::None));
    li.client().select("INBOX");
    let expected: BTreeSet<String> = (0..MAILS).map(|number| catalogue(&li, number)).collect();
    li.own();
    for number in 0..MAILS {
        let name = format!("{}.M{number}.large", 1_700_000_000 + number);
        fs::rename(li.maildir().join("tmp").join(&name), li.maildir().join("new").join(&name)).expect("delivered");
    }
    let mut daemon = workplace.start();
    for number in 0..5 {
        li.receive(inquiry(&format!("small-{number}")).as_bytes());
    }
    let began = Instant::now();
    let mut books = books(&workplace).await;
    let large = "SELECT COUNT(*) FROM message WHERE message_id LIKE 'large-%'";
    let small = "SELECT COUNT(*) FROM message WHERE message_id LIKE 'small-%'";
    let mut small_after = None;
    while books.number(large).await < MAILS as i64 || books.number(small).await < 5 {
        alive(&mut daemon);
        if small_after.is_none() && books.number(small).await == 5 {
            small_after = Some((began.elapsed(), books.number(large).await));
        }
        assert!(
            began.elapsed() < Duration::from_secs(280),
            "{} of {MAILS} after {:?}:\n{}",
            books.number(large).await,
            began.elapsed(),
            daemon.said()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let peak_kb = daemon.peak_memory_kb();
    println!("all after {:?}; the small ones (time, large ones recorded before) {small_after:?}; peak {peak_kb} kB", began.elapsed());
    assert!(peak_kb < PEAK_KB_MAX, "{peak_kb} kB");
    let (_, before_small) = small_after.expect("they came with the last");
    assert!(before_small < 5, "{before_small} large mails were recorded before five small ones");
    crate::support::daemon::until("the small ones are answered", || drafts(&li).len() >= 5);
    assert_eq!(daemon.stop().0.code(), Some(0));

    // Every attachment can be had again as it was sent.
    let mut kept = BTreeSet::new();
    for id in books.texts("SELECT CAST(id AS TEXT) FROM message WHERE size > 10000000".to_owned()).await {
        let file = workplace.path(&format!("attachment-{id}"));
        let to = file.display().to_string();
        let answer = workplace.ask(&["show", "message", &id, "--attachment", "1", "--to", &to]);
        assert_eq!(answer.code, Some(0), "{answer:?}");
        let mut hash = Sha256::new();
        std::io::copy(&mut File::open(&file).expect("a file"), &mut Hashed(&mut hash)).expect("readable");
        kept.insert(hex(&hash.finalize()));
        fs::remove_file(&file).expect("it is there");
    }
    let missing: Vec<&String> = expected.difference(&kept).collect();
    assert!(missing.is_empty(), "{} of {MAILS} attachments are not kept byte for byte", missing.len());
}

fn alive(daemon: &mut Daemon) {
    assert!(daemon.is_running(), "{}", daemon.said());
}

/// Writes a mail with an attachment that no other has, aside; the attachment's SHA-256.
fn catalogue(li: &User<'_>, number: usize) -> String {
    let path = li.maildir().join("tmp").join(format!("{}.M{number}.large", 1_700_000_000 + number));
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    let head = inquiry(&format!("large-{number}")).replace(
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8",
    );
    let attachment = format!(
        "\r\n--b\r\nContent-Type: application/pdf; name=catalogue-{number}.pdf\r\nContent-Disposition: attachment; \
         filename=catalogue-{number}.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    file.write_all((head + &attachment).as_bytes()).expect("written");
    let (mut hash, mut state) = (Sha256::new(), 0x9e37_79b9_7f4a_7c15_u64 ^ number as u64);
    let mut left = ATTACHMENT_LEN;
    let mut line = [0; LINE_LEN];
    while left > 0 {
        let bytes = &mut line[..left.min(LINE_LEN)];
        for chunk in bytes.chunks_mut(8) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let drawn = state.to_be_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
        hash.update(&*bytes);
        file.write_all(BASE64_STANDARD.encode(&*bytes).as_bytes()).and_then(|()| file.write_all(b"\r\n")).expect("written");
        left -= bytes.len();
    }
    file.write_all(b"--b--\r\n").and_then(|()| file.flush()).expect("written");
    hex(&hash.finalize())
}

struct Hashed<'h>(&'h mut Sha256);

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
