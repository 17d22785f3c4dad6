//! A daemon that is killed again and again while mail comes to the server.

use super::office::{at, books, drafts, messages, pass_until_done};
use crate::corpus::Dice;
use crate::storm::mails::{Mix, Season, season};
use crate::support::daemon::within;
use crate::support::mailserver::{User, server};
use crate::support::proxy::{Habits, Plan, Proxy};
use std::collections::BTreeSet;
use std::time::Duration;

const KILLS: usize = 50;
/// What is waited for at most before a kill.
const AWAITED_MAX: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_thousand_mails_and_fifty_kills_leave_each_mail_recorded_once_and_one_draft_each() {
    let mix = Mix { customers: 500, second_matters: 200, second_thoughts: 100, copies: 100, automatic: 100, complaints: 0 };
    let season = season(mix, 0x5e47_e45e_ed0f_0001);
    assert_eq!((season.mails.len(), season.wanting().len()), (1_000, 700));
    let li = server().user();
    // The proxy tells when a command goes by; it spoils nothing.
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let workplace = at(&li.door_at(proxy.port()));
    workplace.pass();
    let (sender, rounds) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut lmtp = server().lmtp();
            let rounds = rounds;
            for mails in season.mails.chunks(season.mails.len() / KILLS) {
                if rounds.recv().is_err() {
                    return;
                }
                for mail in mails {
                    lmtp.deliver(&[&li.address], &mail.bytes);
                }
            }
        });
        let mut dice = Dice(0x4b1d_a0b0_5e47_e401);
        for round in 0..KILLS {
            // The writer is done when nobody listens any more.
            let _ = sender.send(());
            let mut daemon = workplace.start();
            let go_by = |command: &str, times: usize| {
                let awaited = proxy.commands(command) + times;
                within(AWAITED_MAX, || (proxy.commands(command) >= awaited).then_some(()));
            };
            match round % 5 {
                // Anywhere, also before it has logged in.
                0 => std::thread::sleep(Duration::from_millis(20 + dice.below(800) as u64)),
                // Mail was asked for and is not recorded.
                1 => go_by("UID FETCH", 1 + dice.below(4)),
                // A draft is on its way: recorded as wanted, and nobody knows whether it lies there.
                2 => go_by("APPEND", 1),
                3 => go_by("APPEND", 1 + dice.below(15)),
                // Something was committed.
                _ => {
                    let log = workplace.path("books.sqlite-wal");
                    let stamp = || std::fs::metadata(&log).and_then(|facts| facts.modified()).ok();
                    for _ in 0..=dice.below(8) {
                        let before = stamp();
                        within(AWAITED_MAX, || (stamp() != before).then_some(()));
                    }
                }
            }
            assert!(daemon.is_running(), "it ended by itself:\n{}", daemon.said());
            daemon.kill();
            // At no moment has a mail two drafts.
            drafts(&li);
        }
        drop(sender);
    });
    println!("{:?}", proxy.all_commands());
    pass_until_done(&workplace, &li, season.wanting().len()).await;
    each_once(&workplace, &li, &season).await;
}

/// Every mail is recorded where it lies, once, and every conversation that wants a draft has one.
pub async fn each_once(workplace: &crate::support::daemon::Workplace, li: &User<'_>, season: &Season) {
    let answered: Vec<usize> = drafts(li)
        .keys()
        .map(|id| season.conversations.get(id.trim_matches(['<', '>'])).copied().unwrap_or_else(|| panic!("{id} wants no draft")))
        .collect();
    let distinct: BTreeSet<usize> = answered.iter().copied().collect();
    assert_eq!(answered.len(), distinct.len(), "no conversation has two drafts");
    let missing: Vec<usize> = season.wanting().difference(&distinct).copied().collect();
    assert_eq!(missing, Vec::<usize>::new(), "conversations without a draft");

    let mut client = li.client();
    let mails = client.flags("INBOX");
    assert_eq!(mails.len(), season.mails.len());
    assert!(mails.iter().all(|(_, flags)| flags.is_empty()), "no flag was changed");
    let mut books = books(workplace).await;
    // What drafts of ours are, is known; what came is counted by its place.
    let inbox = "FROM placement JOIN folder ON folder.id = placement.folder_id WHERE folder.role = 'inbox'";
    let uids: BTreeSet<String> = books.texts(format!("SELECT placement.place {inbox}")).await.into_iter().collect();
    assert_eq!(books.number(format!("SELECT COUNT(*) {inbox}")).await, 1_i64.saturating_mul(uids.len() as i64), "each place once");
    assert_eq!(uids, mails.iter().map(|(uid, _)| uid.to_string()).collect());
    assert_eq!(books.number("SELECT COUNT(*) FROM quarantine").await, 0);
    assert_eq!(books.number("SELECT COUNT(*) FROM act WHERE state <> 'done'").await, 0, "everything was done");
    assert_eq!(books.number("SELECT COUNT(*) FROM draft WHERE state = 'persons'").await, 0, "no draft was taken for a person's");
    assert_eq!(books.number("SELECT COUNT(*) FROM draft WHERE state = 'ours'").await, season.wanting().len() as i64);
    let before = (messages(&mut books).await, drafts(li));
    workplace.pass();
    assert!(before == (messages(&mut books).await, drafts(li)), "a further pass changes nothing");
}
