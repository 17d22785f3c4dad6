//! Reports in prose: whom the machine names, and what it says about each of them.

use super::super::mime::decoded;
use super::words::{folded, words};
use crate::types::EmailAddress;

/// Bytes of a report's prose that are read.
const HEAD_LEN_MAX: usize = 64 * 1024;
/// Recipients of one report that are read.
const RECIPIENTS_MAX: usize = 500;

/// Bytes of one field's value that are read.
const VALUE_LEN_MAX: usize = 4_000;

/// How machines call the subject of what they send back.
const SUBJECT_LABELS: [&str; 12] =
    ["邮件主题", "主题", "主題", "件名", "제목", "Betreff", "Objet", "Asunto", "Assunto", "Oggetto", "Тема", "Onderwerp"];

/// One recipient as the prose names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub address: EmailAddress,
    /// The lines about it, on one line.
    pub words: String,
}

/// The machine's own words, and the returned mail below them.
pub(super) fn split(text: &str) -> (&str, &str) {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if end > HEAD_LEN_MAX {
            break;
        }
        let field = line.trim_start_matches(['>', ' ', '\t']);
        let trace = ["received:", "return-path:", "dkim-signature:", "x-received:"];
        let begins_mail = trace.iter().any(|name| field.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name)));
        // The first lines are always the machine's, even where they begin with a field.
        if end > 0 && (begins_mail && is_left(line) || line.len() < 200 && words().is_returned_marker(&folded(line))) {
            break;
        }
        end += line.len();
    }
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn is_left(line: &str) -> bool {
    !line.starts_with([' ', '\t'])
}

/// The recipients in `head`, each with the lines that follow its address. `own` are the sender's addresses, which never failed.
pub(super) fn blocks(head: &str, own: &[EmailAddress]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for line in head.lines().filter(|line| !is_sender_line(line)) {
        let named =
            addresses(words().without_contacts(line)).find(|address| !own.contains(address) && !words().is_machine(address.local()));
        if let Some(address) = named {
            let known = blocks.iter().position(|block| block.address == address);
            if known.is_none() && blocks.len() < RECIPIENTS_MAX {
                blocks.push(Block { address, words: String::new() });
            }
            if let Some(block) = known.map_or(blocks.len().checked_sub(1), Some).and_then(|at| blocks.get_mut(at)) {
                add(block, line);
            }
        } else if let Some(block) = blocks.last_mut() {
            add(block, line);
        }
    }
    let asked = head.lines().find_map(rcpt_to);
    prefer(asked.filter(|address| !own.contains(address)), &mut blocks);
    if blocks.is_empty() {
        blocks.extend(
            head.lines()
                .filter_map(label_to)
                .filter(|address| !own.contains(address))
                .take(1)
                .map(|address| Block { address, words: folded(head) }),
        );
    }
    blocks
}

/// What was told to the remote server is surer than any address in the prose.
fn prefer(asked: Option<EmailAddress>, blocks: &mut [Block]) {
    if let Some(at) = asked.and_then(|asked| blocks.iter().position(|block| block.address == asked)) {
        blocks.swap(0, at);
    }
}

fn add(block: &mut Block, line: &str) {
    if block.words.len() < 4_000 {
        block.words.push(' ');
        block.words.push_str(line.trim());
    }
}

/// `From:`, `To:` and the like repeat the header of the mail that came back; `MAIL FROM` is ourselves.
fn is_sender_line(line: &str) -> bool {
    let line = line.trim_start_matches(|c: char| c == '>' || c.is_whitespace()).to_ascii_lowercase();
    let labels = [
        "from:",
        "to:",
        "cc:",
        "subject:",
        "sent:",
        "date:",
        "message-id:",
        "return-path:",
        "reply-to:",
        "mail from",
        "x-",
        "sender:",
        "envelope-from",
    ];
    labels.iter().any(|label| line.starts_with(label))
}

fn rcpt_to(line: &str) -> Option<EmailAddress> {
    let at = line.to_ascii_lowercase().find("rcpt to:")?;
    addresses(line.get(at..)?).next()
}

fn label_to(line: &str) -> Option<EmailAddress> {
    let line = line.trim_start();
    line.get(..3).filter(|label| label.eq_ignore_ascii_case("to:")).and_then(|_| addresses(line).next())
}

/// The addresses of a line, from left to right.
pub(super) fn addresses(line: &str) -> impl Iterator<Item = EmailAddress> + '_ {
    let ends = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\"'`{}*。、，；：（）「」【】《》“”‘’«»".contains(c);
    line.split(ends).filter(|token| token.len() < 400 && token.contains('@')).filter_map(|token| {
        let token = token.trim_matches(|c: char| matches!(c, '.' | '!' | '?' | '|' | '-'));
        let (_, domain) = token.rsplit_once('@')?;
        let plausible = domain.contains('.') && !domain.contains(['/', '=', '&']);
        plausible.then(|| EmailAddress::parse(token).ok()).flatten()
    })
}

/// The Message-ID in a returned mail or in the prose about it.
pub(super) fn message_id(text: &str) -> Option<&str> {
    let mut lines = text.lines().take(2_000).map(|line| line.trim_start_matches(['>', ' ', '\t']));
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_once(':') else { continue };
        if !name.trim_end().eq_ignore_ascii_case("message-id") {
            continue;
        }
        // Outlook folds a long id onto the next line.
        let value = if value.trim().is_empty() { lines.next().unwrap_or("") } else { value };
        return value.split_whitespace().next();
    }
    None
}

/// The subject of the mail that came back, where the prose names it: `Subject: …`, `主题：…`.
pub(super) fn quoted_subject(head: &str) -> Option<String> {
    field(head, "Subject").or_else(|| {
        head.lines().take(500).find_map(|line| {
            let named = SUBJECT_LABELS.iter().find_map(|label| {
                let (before, after) = line.split_once(label)?;
                // Where words are parted by blanks, a label stands at the beginning; elsewhere it may follow another cell of a table.
                let is_label = !label.is_ascii() && label.chars().all(|c| c >= '\u{2e80}') || before.trim().is_empty();
                after.trim_start().strip_prefix([':', '：']).filter(|_| is_label)
            })?;
            Some(decoded(named)).filter(|subject| !subject.is_empty())
        })
    })
}

/// A field of a returned mail's header, unfolded and decoded.
pub(super) fn field(text: &str, wanted: &str) -> Option<String> {
    // Quoted headers stand behind `> `, and some machines indent them.
    let bare = |line| str::trim_start_matches(line, ['>', ' ', '\t']);
    let mut lines = text.lines().take(2_000).peekable();
    while let Some(line) = lines.next() {
        let Some((name, value)) = bare(line).split_once(':') else { continue };
        if !name.trim_end().eq_ignore_ascii_case(wanted) {
            continue;
        }
        let indent = line.len() - bare(line).len();
        let mut whole = value.trim().to_owned();
        let goes_on = |next: &&str| next.get(indent..).is_some_and(|rest| rest.starts_with([' ', '\t'])) && !next.trim().is_empty();
        while whole.len() < VALUE_LEN_MAX
            && let Some(next) = lines.next_if(goes_on)
        {
            whole.push(' ');
            whole.push_str(bare(next).trim_end());
        }
        return Some(decoded(&whole)).filter(|value| !value.is_empty());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_words_end_where_the_returned_mail_begins() {
        let (head, tail) = split(
            "Hi. This is the qmail-send program.\n<a@b.example>:\nno such user\n\n--- Below this line is a copy of the message.\n\nReceived: x\nMessage-ID: <offer-1@exporter.example>\n",
        );
        assert!(head.ends_with("no such user\n\n"));
        assert_eq!(message_id(tail), Some("<offer-1@exporter.example>"));
    }

    #[test]
    fn each_recipient_gets_the_lines_below_its_address() {
        let own = [EmailAddress::parse("sales@exporter.example").expect("valid")];
        let head = "Your message\n  To: buyers@list.example\nfrom sales@exporter.example was not delivered to\n<ana@comercio.example>:\n  550 no such user\n* li@maoyi.example\n  mailbox full\n";
        let found: Vec<_> = blocks(head, &own).into_iter().map(|b| (b.address.as_str().to_owned(), b.words.contains("full"))).collect();
        assert_eq!(found, [("ana@comercio.example".to_owned(), false), ("li@maoyi.example".to_owned(), true)]);
    }

    #[test]
    fn a_returned_field_is_unfolded_and_decoded_also_where_it_is_quoted() {
        let returned = "Received: x\nSubject: =?utf-8?B?5oql5Lu3?=\n =?utf-8?B?IDEyMw==?=\nTo: a@b.example\n";
        assert_eq!(field(returned, "subject").as_deref(), Some("报价 123"));
        assert_eq!(field("> From: a@b.example\n> Subject: Offer\n>  for you\n> To: x\n", "Subject").as_deref(), Some("Offer for you"));
        assert_eq!(field("Subject:\nTo: x\n", "Subject"), None);
        for (head, expected) in [
            ("Your message\n\n  Subject: Offer\n\nwas not delivered", Some("Offer")),
            ("被退回邮件 主题：报价 7\n时间：2026", Some("报价 7")),
            ("Betreff: Angebot\n", Some("Angebot")),
            ("Es geht um den Betreff der Mail: ohne\n", None),
        ] {
            assert_eq!(quoted_subject(head).as_deref(), expected, "{head}");
        }
    }
}
