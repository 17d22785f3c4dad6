//! Mail with attachments that do not belong into memory, nor into the books.

use crate::support::daemon::{Workplace, files, until};
use base64::Engine;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::process::Stdio;

/// Of a debug build.
const PEAK_KB_MAX: u64 = 250_000;

/// A drawing that no compression makes smaller.
fn drawing(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(len).collect()
}

fn inquiry(number: usize, drawing: &[u8]) -> Vec<u8> {
    let text = base64::engine::general_purpose::STANDARD.encode(drawing);
    let mut mail = format!(
        "From: Maria Lopez <maria{number}@acme.example>\r\nTo: sales@bright.example\r\nSubject: Request for quotation {number}\r\n\
         Message-ID: <large-{number}@acme.example>\r\nDate: Mon, 02 Nov 2026 09:12:44 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"=_b1\"\r\n\r\n--=_b1\r\nContent-Type: text/plain\r\n\r\n\
         Dear Sirs,\r\n\r\nPlease quote 500 pcs of your LED panel 60x60 as in the drawing, FOB Ningbo.\r\n\r\nMaria Lopez\r\n--=_b1\r\n\
         Content-Type: application/pdf; name=\"drawing.pdf\"\r\nContent-Disposition: attachment; filename=\"../../drawing.pdf\"\r\n\
         X-Tradepost-Carved: sha256=00; size=1\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    for line in text.as_bytes().chunks(76) {
        mail.extend_from_slice(line);
        mail.extend_from_slice(b"\r\n");
    }
    mail.extend_from_slice(b"--=_b1--\r\n");
    mail
}

/// What a command writes to standard output, as bytes.
fn bytes_of(workplace: &Workplace, arguments: &[&str]) -> Vec<u8> {
    let mut child = workplace.command(arguments).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut out = Vec::new();
    child.stdout.take().expect("piped").read_to_end(&mut out).expect("it writes");
    assert!(child.wait().expect("it ends").success());
    out
}

#[test]
fn a_drawing_of_twenty_megabytes_is_answered_and_had_again_byte_for_byte() {
    let workplace = Workplace::opened(&[]);
    let drawing = drawing(20 << 20, 7);
    let mail = inquiry(1, &drawing);
    workplace.deliver("sales", "1794790800.L1.mx", &mail);
    let mut daemon = workplace.start();
    until("a draft lies there", || !workplace.drafts().is_empty());
    let peak_kb = daemon.peak_memory_kb();
    println!("the most memory it held: {peak_kb} kB");
    assert!(peak_kb < PEAK_KB_MAX, "{peak_kb} kB");
    assert!(daemon.is_running());
    assert_eq!(daemon.stop().0.code(), Some(0));

    let list = workplace.show(&["messages"]);
    let message = list.as_array().and_then(|list| list.first()).expect("one message");
    let id = message["id"].to_string();
    assert_eq!(message["intent"], "inquiry");
    assert!(bytes_of(&workplace, &["show", "message", &id, "--raw"]) == mail, "the mail as it came");
    let file = workplace.path("taken.pdf");
    let taken = workplace.ask(&["show", "message", &id, "--attachment", "1", "--to", "taken.pdf"]);
    assert_eq!(taken.code, Some(0), "{taken:?}");
    assert_eq!(Sha256::digest(std::fs::read(&file).expect("written")), Sha256::digest(&drawing));
    let again = workplace.ask(&["show", "message", &id, "--attachment", "1", "--to", "taken.pdf"]);
    assert!(again.code != Some(0) && again.err.contains("taken.pdf cannot be written"), "a file is never overwritten: {again:?}");
    let missing = workplace.ask(&["show", "message", &id, "--attachment", "2"]);
    assert!(missing.code != Some(0) && missing.err.contains("--raw"), "{missing:?}");

    // The books hold the remainder only, and a copy of the drawing in another mail takes no more room.
    assert!(std::fs::metadata(workplace.path("books.sqlite")).expect("books").len() < 2 << 20);
    workplace.deliver("sales", "1794790801.L2.mx", &inquiry(2, &drawing));
    workplace.pass();
    let folder = workplace.path("books.sqlite.files");
    let leaves: usize = files(&folder).iter().map(|shelf| files(shelf).len()).sum();
    assert_eq!((workplace.show(&["messages"]).as_array().map(Vec::len), leaves), (Some(2), 1));
}

/// Twenty mails of 60 MB with two hundred small ones: prints memory and time. A release build takes seconds, a debug build minutes.
#[test]
#[ignore = "writes more than a gigabyte; run it to measure"]
fn twenty_mails_of_sixty_megabytes_among_two_hundred_small_ones() {
    let workplace = Workplace::opened(&[]);
    for number in 0..20 {
        let mail = inquiry(number, &drawing(43 << 20, 1 + number as u64));
        workplace.deliver("sales", &format!("1794790800.L{number:03}.mx"), &mail);
    }
    for number in 100..300 {
        workplace.deliver("sales", &format!("1794790900.S{number:03}.mx"), &inquiry(number, b"small"));
    }
    let began = std::time::Instant::now();
    let daemon = workplace.start();
    // Asked seldom: the machine is to read mail.
    while workplace.show(&["messages"]).as_array().is_none_or(|list| list.len() < 220) {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    println!("all recorded after {:?}, peak {} kB", began.elapsed(), daemon.peak_memory_kb());
    assert!(daemon.peak_memory_kb() < PEAK_KB_MAX, "{} kB", daemon.peak_memory_kb());
    assert_eq!(daemon.stop().0.code(), Some(0));
}
