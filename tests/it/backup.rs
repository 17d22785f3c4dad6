//! What is kept against bad days: the pause, whose books these are, backups and their restoring, and the copy before a change of tables.

mod before;
mod databases;
mod foreign;
mod making;
mod pausing;
mod restoring;
mod spoilt;

use crate::support::daemon::Workplace;
use base64::Engine as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// An inquiry that wants a draft.
fn inquiry(number: usize) -> String {
    format!(
        "From: Maria Lopez <maria{number}@acme.example>\r\nTo: sales@bright.example\r\nSubject: Request for quotation {number}\r\n\
         Message-ID: <inquiry-{number}@acme.example>\r\nDate: Mon, 02 Nov 2026 09:12:44 +0000\r\n\r\n\
         Dear Sirs,\r\n\r\nPlease quote 500 pcs of your LED panel 60x60, FOB Ningbo.\r\n\r\nMaria Lopez\r\n"
    )
}

/// The same with a drawing that no compression makes smaller, too large to lie in the books.
fn large_inquiry(number: usize) -> (Vec<u8>, Vec<u8>) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ number as u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()
    };
    let drawing: Vec<u8> = std::iter::repeat_with(&mut next).flatten().take(9 << 20).collect();
    let text = inquiry(number);
    let (head, body) = text.split_once("\r\n\r\n").expect("a header");
    let mut mail = format!(
        "{head}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{body}\
         --b\r\nContent-Type: application/pdf; name=drawing.pdf\r\nContent-Disposition: attachment; filename=drawing.pdf\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    for line in base64::engine::general_purpose::STANDARD.encode(&drawing).as_bytes().chunks(76) {
        mail.extend_from_slice(line);
        mail.extend_from_slice(b"\r\n");
    }
    mail.extend_from_slice(b"--b--\r\n");
    (mail, drawing)
}

fn receive(workplace: &Workplace, number: usize) {
    workplace.deliver("sales", &format!("{}.M{number}.mx", 1_794_790_800 + number), inquiry(number).as_bytes());
}

/// What a command said that did its work.
fn said(workplace: &Workplace, arguments: &[&str]) -> String {
    let answer = workplace.ask(arguments);
    assert_eq!(answer.code, Some(0), "{arguments:?}: {answer:?}");
    answer.out
}

/// What a command said that refused.
fn refused(workplace: &Workplace, arguments: &[&str]) -> String {
    let answer = workplace.ask(arguments);
    assert_eq!(answer.code, Some(1), "{arguments:?}: {answer:?}");
    answer.err
}

/// Every recorded mail as it came, by its Message-ID.
fn mails(workplace: &Workplace) -> BTreeMap<String, Vec<u8>> {
    let list = workplace.show(&["messages"]);
    let raw = |message: &Value| {
        (message["message_id"].to_string(), bytes_of(workplace, &["show", "message", &message["id"].to_string(), "--raw"]))
    };
    list.as_array().expect("a list").iter().map(raw).collect()
}

/// What a command writes to standard output, as bytes.
fn bytes_of(workplace: &Workplace, arguments: &[&str]) -> Vec<u8> {
    let mut child = workplace.command(arguments).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut out = Vec::new();
    child.stdout.take().expect("piped").read_to_end(&mut out).expect("it writes");
    assert!(child.wait().expect("it ends").success());
    out
}

/// Every file below a folder with what is in it.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut waiting) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.insert(path.clone(), fs::read(&path).expect("readable"));
            }
        }
    }
    found
}
