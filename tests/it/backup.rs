//! What is kept against bad days: the pause, whose books these are, backups and their restoring, and the copy before a change of tables.

mod before;
mod foreign;
mod pausing;

use crate::support::daemon::Workplace;

/// An inquiry that wants a draft.
fn inquiry(number: usize) -> String {
    format!(
        "From: Maria Lopez <maria{number}@acme.example>\r\nTo: sales@bright.example\r\nSubject: Request for quotation {number}\r\n\
         Message-ID: <inquiry-{number}@acme.example>\r\nDate: Mon, 02 Nov 2026 09:12:44 +0000\r\n\r\n\
         Dear Sirs,\r\n\r\nPlease quote 500 pcs of your LED panel 60x60, FOB Ningbo.\r\n\r\nMaria Lopez\r\n"
    )
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
