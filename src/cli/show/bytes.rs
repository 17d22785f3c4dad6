//! A recorded mail, or one of its attachments, as it came: to standard output, or into a new file.

use super::Taking;
use crate::cli::words::Words;
use crate::flow::leaves::Store;
use crate::parse::carve::{Leaf, Missing, restore};
use crate::parse::enclosure;
use crate::record::{RawMail, Session, leaves, messages, quarantine, raw};
use crate::types::MessageRow;
use anyhow::Context;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes what is asked for of a message.
pub(super) async fn of_message(session: &mut Session, id: i64, taking: &Taking, files: &Store, words: &Words) -> anyhow::Result<()> {
    let message = messages::find_by_id(session, MessageRow(id)).await?;
    let kept = match &message {
        Some(message) => raw::find(session, message.id).await?.map(|raw| (raw, message.id)),
        None => None,
    };
    let Some((raw, message)) = kept else { anyhow::bail!(words.say("show.no_such_message", &[("id", &id)])) };
    let leaves = leaves::list_of_message(session, message).await?;
    write(&raw, &leaves, taking, files, words).with_context(|| words.say("take.message", &[("id", &id)]))
}

/// Writes what is asked for of a mail in quarantine.
pub(super) async fn of_quarantined(session: &mut Session, id: i64, taking: &Taking, files: &Store, words: &Words) -> anyhow::Result<()> {
    let Some(raw) = quarantine::find_raw(session, id).await? else {
        anyhow::bail!(words.say("take.not_in_quarantine", &[("id", &id)]));
    };
    let leaves = leaves::list_of_quarantined(session, id).await?;
    write(&raw, &leaves, taking, files, words).with_context(|| words.say("take.quarantined", &[("id", &id)]))
}

fn write(raw: &RawMail, leaves: &[Leaf], taking: &Taking, files: &Store, words: &Words) -> anyhow::Result<()> {
    let remainder = raw.open()?;
    let mut out: Box<dyn Write> = match &taking.to {
        Some(path) => Box::new(new_file(path, words)?),
        None => Box::new(std::io::stdout().lock()),
    };
    let open = |leaf: &Leaf| files.open(leaf);
    let written = match taking.attachment {
        None => restore(&remainder, leaves, open, &mut out),
        Some(number) => {
            let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            let written = index.and_then(|index| enclosure(&remainder, leaves, index, open, &mut out));
            written.with_context(|| words.say("take.no_such_attachment", &[("number", &number)]))?
        }
    };
    match written.and_then(|()| Ok(out.flush()?)) {
        // A reader that has seen enough is no fault.
        Err(Missing::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(Missing::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            anyhow::bail!(words.say("take.file_missing", &[("folder", &files.folder().display())]))
        }
        done => Ok(done?),
    }
}

/// A file that was not there, readable by its owner alone. Its name is the user's: a name in a mail is never a path.
fn new_file(path: &Path, words: &Words) -> anyhow::Result<BufWriter<File>> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    Ok(BufWriter::new(file.with_context(|| words.say("take.not_written", &[("file", &path.display())]))?))
}
