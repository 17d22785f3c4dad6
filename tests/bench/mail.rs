//! Mail for the bench: what a sales team gets, made of the demonstration's words, the same in every run.

use anyhow::Context;
use mail_builder::MessageBuilder;
use mail_builder::headers::date::Date;
use std::fs;
use std::ops::Range;
use std::path::Path;
use tradepost::parse::{self, Letter};

/// Length of a mail's text; header, transfer encoding and the attachments make it 5 kB on average.
const TEXT_LEN: usize = 3_450;
/// Every so many mails one has an attachment.
const ATTACHMENT_EVERY: usize = 10;
/// Every so many mails one answers an earlier one.
const REPLY_EVERY: usize = 4;
/// People who write.
const PEOPLE: usize = 4_000;
/// 16 November 2026, 00:00 UTC, in seconds; a mail every half minute from then on.
const BEGAN_S: i64 = 1_794_787_200;

/// Writes that many mails into the Maildir's `cur`, with attachments of lengths between these two.
pub fn write(maildir: &Path, count: usize, attachments: &Range<usize>) -> anyhow::Result<()> {
    for shelf in ["cur", "new", "tmp"] {
        fs::create_dir_all(maildir.join(shelf))?;
    }
    let originals = originals()?;
    for number in 0..count {
        let bytes = mail(&originals, number, attachments)?;
        fs::write(maildir.join("cur").join(format!("{}.bench{number}:2,S", BEGAN_S + number as i64)), bytes)?;
    }
    Ok(())
}

/// The demonstration's mails that people typed, in a dozen languages.
fn originals() -> anyhow::Result<Vec<Letter>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/demo/mail");
    let mut files: Vec<_> = fs::read_dir(&folder)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "eml"));
    files.sort();
    let mut letters = Vec::new();
    for file in files {
        let letter = parse::letter(&fs::read(&file)?);
        if letter.automatic.is_none() && !letter.fresh.text.is_empty() {
            letters.push(letter);
        }
    }
    Ok(letters)
}

/// What was typed, a signature block, and earlier mails of the thread quoted until the mail is long enough.
fn mail(originals: &[Letter], number: usize, attachments: &Range<usize>) -> anyhow::Result<Vec<u8>> {
    let original = originals.get(number % originals.len().max(1)).context("the demonstration has mails")?;
    let id = |number: usize| format!("{number}.bench@customers.example");
    // A reply comes from the person and about the matter it answers.
    let matter = if number % REPLY_EVERY == REPLY_EVERY - 1 { number - (REPLY_EVERY - 1) } else { number };
    let address = format!("buyer{}@customer{}.example", matter % PEOPLE, matter % PEOPLE);
    let name = original.from.name.clone().unwrap_or_else(|| "Buyer".to_owned());
    let subject = format!("{} {matter}", original.subject.as_deref().unwrap_or("Inquiry"));
    let mut message = MessageBuilder::new()
        .message_id(id(number))
        .from((name.clone(), address.clone()))
        .to(("Bright Lighting Sales", "sales@bright.example"))
        .date(Date::new(BEGAN_S + 30 * number as i64))
        .subject(if matter == number { subject } else { format!("Re: {subject}") })
        .text_body(text(original, &name, &address));
    if matter != number {
        message = message.in_reply_to(id(matter)).references(id(matter));
    }
    if number.is_multiple_of(ATTACHMENT_EVERY) {
        let content: Vec<u8> = (0..attachment_len(number, attachments)).map(|at| ((at * 31 + number) % 251) as u8).collect();
        message = message.attachment("application/pdf", format!("specification-{number}.pdf"), content);
    }
    Ok(message.write_to_vec()?)
}

/// Lengths between the two, as many between 10 and 20 kB as between 100 and 200 kB.
fn attachment_len(number: usize, between: &Range<usize>) -> usize {
    let share = (number / ATTACHMENT_EVERY * 37 % 101) as f64 / 101.0;
    (between.start as f64 * (between.end as f64 / between.start as f64).powf(share)) as usize
}

fn text(original: &Letter, name: &str, address: &str) -> String {
    let mut text = format!("{}\n\n-- \n{name}\nPurchasing\nTel. +49 40 555 0100\n{address}\n", original.fresh.text);
    let mut depth = 0;
    while text.len() < TEXT_LEN {
        text += &format!("\n{}On Mon, 16 Nov 2026 at 10:05, Li Wei <sales@bright.example> wrote:\n", "> ".repeat(depth));
        depth += 1;
        for line in original.fresh.text.lines() {
            text += &format!("{}{line}\n", "> ".repeat(depth));
            if text.len() >= TEXT_LEN {
                break;
            }
        }
    }
    text
}
