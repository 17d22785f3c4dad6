//! What the programs of salespeople do with a draft that somebody else put there.

use super::{Client, Mail, submit};
use crate::support::mailserver::PASSWORD;

/// A program people write mail with, as far as it matters what it does to a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Saves a changed draft as a new mail with the same Message-ID, then removes the old one.
    Thunderbird,
    /// Gives every saved version a Message-ID of its own, and drops References but not In-Reply-To.
    Outlook,
    /// Writes a mail of its own: new Message-ID, nothing said of the mail that is answered.
    Foxmail,
    /// Marks the old version `\Deleted` and never expunges; Message-ID of its own, threading kept.
    Phone,
}

/// A change a person makes to a draft: some words are replaced.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'t> {
    pub from: &'t str,
    pub to: &'t str,
}

impl Program {
    pub const ALL: [Program; 4] = [Program::Thunderbird, Program::Outlook, Program::Foxmail, Program::Phone];

    /// Opens a draft, changes it and saves it; the version that lies there afterwards.
    pub fn edit(self, client: &mut Client, drafts: &str, draft: u32, edit: Edit<'_>) -> Mail {
        client.select(drafts);
        let before = String::from_utf8(client.open(draft)).expect("a draft of ours is UTF-8");
        assert!(before.contains(edit.from), "{:?} stands in the draft: {before}", edit.from);
        let after = self.rewritten(&before.replacen(edit.from, edit.to, 1), "edited");
        let saved = client.append(drafts, "\\Seen \\Draft", after.as_bytes());
        client.select(drafts);
        self.discard(client, draft);
        client.fetch(&saved.to_string()).pop().expect("it lies there")
    }

    /// Opens a draft, sends it, files the copy in Sent and removes the draft; the mail as it was sent. `to` is the envelope.
    pub fn send(self, client: &mut Client, account: (&str, u16), folders: (&str, &str), draft: u32, to: &str) -> Vec<u8> {
        let ((user, submission), (drafts, sent)) = (account, folders);
        client.select(drafts);
        let text = String::from_utf8(client.open(draft)).expect("a draft of ours is UTF-8");
        let mail = self.send_from_window(client, (user, submission), sent, &text, to);
        client.select(drafts);
        self.discard(client, draft);
        mail
    }

    /// Sends what it holds in an open window, whatever became of the draft on the server; the mail as it was sent.
    pub fn send_from_window(self, client: &mut Client, account: (&str, u16), sent: &str, window: &str, to: &str) -> Vec<u8> {
        let (user, submission) = account;
        let mail = self.rewritten(window, "sent").into_bytes();
        submit(submission, user, PASSWORD, &[to], &mail);
        client.append(sent, "\\Seen", &mail);
        mail
    }

    fn discard(self, client: &mut Client, draft: u32) {
        if self == Program::Phone {
            client.add_flags(&draft.to_string(), "\\Deleted");
        } else {
            client.remove(draft);
        }
    }

    /// The mail as this program writes it: header fields it does not keep are gone.
    fn rewritten(self, mail: &str, stage: &str) -> String {
        let own = |mail: &str| {
            let id = field(mail, "Message-ID").unwrap_or_default();
            let local = id.trim_matches(['<', '>']).split('@').next().unwrap_or_default().to_owned();
            format!("Message-ID: <{stage}-{}@{self:?}.client.test>\r\n", local.rsplit('.').next().unwrap_or_default())
        };
        match self {
            Program::Thunderbird => format!("User-Agent: Mozilla Thunderbird\r\n{mail}"),
            Program::Outlook => own(mail) + &without(mail, &["Message-ID", "References"]),
            Program::Foxmail => own(mail) + &without(mail, &["Message-ID", "References", "In-Reply-To", "Thread-Index"]),
            Program::Phone => own(mail) + &without(mail, &["Message-ID"]),
        }
    }
}

/// A header field's value, unfolded.
pub fn field(mail: &str, name: &str) -> Option<String> {
    let header = mail.split("\r\n\r\n").next()?.replace("\r\n ", " ").replace("\r\n\t", " ");
    let fields = header.lines().filter_map(|line| line.split_once(':'));
    fields.filter(|(named, _)| named.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
}

/// The mail without header fields of these names.
fn without(mail: &str, names: &[&str]) -> String {
    let (header, body) = mail.split_once("\r\n\r\n").expect("a header and a body");
    let (mut kept, mut is_kept) = (String::new(), true);
    for line in header.split("\r\n") {
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default();
            is_kept = !names.iter().any(|unwanted| unwanted.eq_ignore_ascii_case(name));
        }
        if is_kept {
            kept += &format!("{line}\r\n");
        }
    }
    format!("{kept}\r\n{body}")
}
