//! The commands as a shell sees them.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

#[test]
fn a_reader_that_has_seen_enough_ends_triage_in_peace() {
    // Like `tradepost triage … | head -1`: more rows are left than a pipe holds.
    let mail = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/demo/mail");
    let mut child = Command::new(env!("CARGO_BIN_EXE_tradepost"))
        .args(["triage", "--json"])
        .args([mail; 6])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program was built for this test");
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    out.read_line(&mut first).expect("UTF-8");
    drop(out);
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
    assert!(child.wait().expect("it ends").success(), "{said}");
    assert!(first.starts_with("{\"path\":"), "{first}");
    assert_eq!(said, "");
}
