//! Rubbish among good mail.

use super::mails::{Mix, season};
use crate::corpus::{Dice, malformed};
use crate::support::daemon::{Workplace, files, until};
use crate::support::engines::Backdoor;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

/// Of a debug build; an optimised one needs less.
const PEAK_KB_MAX: u64 = 400_000;

#[tokio::test]
async fn three_hundred_malformed_mails_among_three_hundred_good_ones_are_all_accounted_for() {
    let good = season(
        Mix { customers: 200, second_matters: 50, second_thoughts: 50, copies: 0, automatic: 0, complaints: 0 },
        0x900d_900d_900d_900d,
    );
    assert_eq!(good.mails.len(), 300);
    let workplace = Workplace::opened(&[]);
    let mut dice = Dice(0xbad0_bad0_bad0_bad1);
    for (number, good) in good.mails.iter().enumerate() {
        let bad = malformed(number % 20, 1 + number / 20, &mut dice);
        workplace.deliver("sales", &format!("1794790800.B{number:06}.mx"), &bad);
        workplace.deliver("sales", &good.name, &good.bytes);
    }
    let lying_there: BTreeSet<PathBuf> = files(&workplace.path("sales/new")).into_iter().collect();
    assert_eq!(lying_there.len(), 600);

    let mut daemon = workplace.start();
    let mut books = backdoor(&workplace).await;
    loop {
        let accounted = books.number("SELECT (SELECT COUNT(*) FROM placement) + (SELECT COUNT(*) FROM quarantine)").await;
        let waiting = books.number("SELECT COUNT(*) FROM act WHERE state = 'due'").await;
        if accounted >= 600 && waiting == 0 {
            break;
        }
        assert!(daemon.is_running(), "{}", daemon.said());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let peak_kb = daemon.peak_memory_kb();
    println!("the most memory it held: {peak_kb} kB");
    assert!(peak_kb < PEAK_KB_MAX, "{peak_kb} kB");
    assert_eq!(daemon.stop().0.code(), Some(0));

    // Each file has its place in the books, once, and with its bytes.
    let places = books.texts("SELECT place FROM placement UNION ALL SELECT place FROM quarantine ORDER BY place").await;
    let names = lying_there.iter().map(|path| path.file_name().expect("a file").to_string_lossy().into_owned());
    assert!(places == names.collect::<Vec<_>>(), "{} places for 600 files", places.len());
    assert_eq!(books.number("SELECT COUNT(*) FROM message WHERE id NOT IN (SELECT message_id FROM raw_mail)").await, 0);
    // The good ones are as good as without the others.
    let ids = "SELECT message_id FROM message WHERE message_id LIKE '%@buyers.example' AND intent = 'inquiry' AND contact_id IS NOT NULL";
    let right: BTreeSet<String> = books.texts(ids).await.into_iter().collect();
    assert_eq!(right, good.conversations.keys().cloned().collect());
    let answered = "SELECT COUNT(DISTINCT draft.thread_id) FROM draft JOIN message ON message.id = draft.answers_message \
                    WHERE draft.state = 'ours' AND message.message_id LIKE '%@buyers.example'";
    assert_eq!(books.number(answered).await, 250);
    let now: BTreeSet<PathBuf> = files(&workplace.path("sales/new")).into_iter().collect();
    assert_eq!(now.symmetric_difference(&lying_there).collect::<Vec<_>>(), Vec::<&PathBuf>::new(), "the inbox is as it was");

    let (shown, drafts) = (workplace.show(&[]), workplace.drafts());
    let next = workplace.pass();
    assert!(next.out.contains("sales: 0 new messages, 0 further copies."), "{}", next.out);
    assert_eq!(workplace.show(&[]), shown, "the next pass changes nothing");
    assert!(workplace.drafts() == drafts, "the next pass changes no draft");
}

async fn backdoor(workplace: &Workplace) -> Backdoor {
    let file = workplace.path("books.sqlite");
    let connection = SqliteConnectOptions::new().filename(file).connect().await;
    Backdoor::Sqlite(connection.expect("the books are there"))
}

#[test]
fn a_mail_as_large_as_a_film_is_recorded_without_being_held_in_memory() {
    let workplace = Workplace::opened(&[]);
    let head = "From: a@customer.example\nTo: sales@bright.example\nSubject: Film\nMessage-ID: <film@customer.example>\n\nHello\n";
    let staged = workplace.path("sales/tmp/1.film");
    std::fs::write(&staged, head).expect("written");
    // 600 MB that take no room on the disk.
    File::options().write(true).open(&staged).and_then(|file| file.set_len(600 << 20)).expect("a large file");
    std::fs::rename(&staged, workplace.path("sales/new/1.film")).expect("delivered");
    let daemon = workplace.start();
    until("it is recorded", || workplace.show(&["messages"]).as_array().is_some_and(|list| list.len() == 1));
    let peak_kb = daemon.peak_memory_kb();
    assert!(peak_kb < PEAK_KB_MAX, "{peak_kb} kB");
    assert_eq!(daemon.stop().0.code(), Some(0));
}
