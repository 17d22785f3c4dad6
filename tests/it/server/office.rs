//! The program on a mailbox of the server, and what the stories look at.

use crate::support::client::field;
use crate::support::daemon::{PATIENCE, Workplace, files};
use crate::support::engines::Backdoor;
use crate::support::mailserver::User;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

const MAILDIR: &str = "maildir = \"sales\"";

/// The program with the mailbox `sales` behind such a door; nothing was looked at yet.
pub fn at(door: &str) -> Workplace {
    Workplace::with(&[(MAILDIR, door), ("time_zone = \"Asia/Shanghai\"", &format!("time_zone = \"{}\"", afternoon()))])
}

/// A time zone in which it is about two in the afternoon: a story that counts what lies in the inbox is not to meet the daily mail, which
/// comes at eight.
fn afternoon() -> String {
    let east = 14 - jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).hour();
    // The names of these zones count to the west.
    if east > 0 { format!("Etc/GMT-{east}") } else { format!("Etc/GMT+{}", -east) }
}

/// The same after the first look, so that whatever comes now is new.
pub fn opened_at(door: &str) -> Workplace {
    Workplace::opened(&[(MAILDIR, door)])
}

/// The program with further mailboxes, all of the one member; each is a name, an address and a door. All were looked at.
pub fn with_more(door: &str, more: &[(String, String, String)]) -> Workplace {
    let workplace = at_with_more(door, more);
    workplace.pass();
    workplace
}

/// The same before the first look.
pub fn at_with_more(door: &str, more: &[(String, String, String)]) -> Workplace {
    let sections: String = more
        .iter()
        .map(|(name, address, door)| format!("[[mailboxes]]\nname = \"{name}\"\naddress = \"{address}\"\n{door}\nmode = \"draft\"\n\n"))
        .collect();
    Workplace::with(&[(MAILDIR, door), ("[storage]", &format!("{sections}[storage]"))])
}

/// A customer's mail that wants a draft. `which` makes it one of many: its Message-ID is `<which@customer.example>`.
pub fn inquiry(which: &str) -> String {
    mail(which, "", &format!("Inquiry for LED panels {which}"), "")
}

/// The customer thinks again: the same thread, other figures.
pub fn second_thought(which: &str, round: usize) -> String {
    let fields = format!("In-Reply-To: <{which}@customer.example>\r\nReferences: <{which}@customer.example>\r\n");
    let subject = format!("Re: Inquiry for LED panels {which}");
    mail(which, &format!("-again-{round}"), &subject, &fields).replace("500 pcs", &format!("{} pcs", 600 + round))
}

fn mail(which: &str, again: &str, subject: &str, fields: &str) -> String {
    format!(
        "From: Carla Ruiz <buyer@{which}.example>\r\nTo: sales@bright.example\r\nSubject: {subject}\r\nDate: Mon, 16 Nov 2026 08:00:00 \
         +0100\r\nMessage-ID: <{which}{again}@customer.example>\r\n{fields}MIME-Version: 1.0\r\nContent-Type: text/plain; \
         charset=utf-8\r\n\r\nDear Sir or Madam,\r\n\r\nWe are a wholesaler. Please send us your best price for 500 pcs of LED panel \
         {which}, CIF Hamburg, and your delivery time.\r\n\r\nKind regards\r\nCarla Ruiz\r\n"
    )
}

/// The mails of a folder as its files; looking there disturbs no connection. The inbox is "".
pub fn lying(user: &User<'_>, folder: &str) -> Vec<String> {
    let folder = if folder.is_empty() { user.maildir() } else { user.maildir().join(format!(".{folder}")) };
    let paths = files(&folder.join("new")).into_iter().chain(files(&folder.join("cur")));
    // A mail that is moved between the two looks is seen at the next.
    paths.filter_map(|path| fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())).collect()
}

/// The drafts there are, by the Message-ID they answer.
///
/// # Panics
/// When two answer the same mail.
pub fn drafts(user: &User<'_>) -> BTreeMap<String, String> {
    let mut drafts = BTreeMap::new();
    for draft in lying(user, "Drafts") {
        let answers = field(&draft.replace("\r\n", "\n").replace('\n', "\r\n"), "In-Reply-To")
            .unwrap_or_else(|| panic!("a draft answers a mail: {draft}"));
        if drafts.insert(answers.clone(), draft).is_some() {
            panic!("{answers} has two drafts");
        }
    }
    drafts
}

/// The books, past the program.
pub async fn books(workplace: &Workplace) -> Backdoor {
    let file = workplace.path("books.sqlite");
    Backdoor::Sqlite(SqliteConnectOptions::new().filename(file).connect().await.expect("the books are there"))
}

/// Pass after pass until that many drafts lie there and nothing is left to do. One does not always get there: what a broken try put may
/// still show up, and each further look for it comes after a wait twice as long.
pub async fn pass_until_done(workplace: &Workplace, user: &User<'_>, wanted: usize) {
    let (began, mut books) = (Instant::now(), books(workplace).await);
    loop {
        workplace.pass();
        let undone = books.number("SELECT COUNT(*) FROM act WHERE state <> 'done'").await;
        if (drafts(user).len(), undone) == (wanted, 0) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{} of {wanted} drafts, {undone} acts to do", drafts(user).len());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// How many messages the books hold.
pub async fn messages(books: &mut Backdoor) -> i64 {
    books.number("SELECT COUNT(*) FROM message").await
}
