//! A server that answers NO and BAD, a line that is cut, and answers that do not come.

use super::kills::each_once;
use super::office::{at, drafts, pass_until_done};
use crate::storm::mails::{Mix, season};
use crate::support::daemon::within;
use crate::support::mailserver::server;
use crate::support::proxy::{Habits, Plan, Proxy};
use std::time::Duration;

#[tokio::test]
async fn one_command_in_five_is_spoilt_through_two_thousand_mails_and_there_is_no_gap() {
    let mix = Mix { customers: 400, second_matters: 100, second_thoughts: 100, copies: 200, automatic: 1_200, complaints: 0 };
    let season = season(mix, 0x5e47_e45e_ed0f_0002);
    assert_eq!((season.mails.len(), season.wanting().len()), (2_000, 500));
    let li = server().user();
    let proxy = Proxy::start(server().imap(), Plan::calm(), Habits::default());
    let workplace = at(&li.door_at(proxy.port()));
    workplace.pass();
    let mut daemon = workplace.start();
    daemon.wait_until_serving();
    proxy.change(Plan::storm(0x0bad_5e47_e400_0001, 5));
    let mut lmtp = server().lmtp();
    for mail in &season.mails {
        lmtp.deliver(&[&li.address], &mail.bytes);
    }
    // Back-off after failures is long on purpose; so the storm has an end, and the daemon goes on by itself.
    within(Duration::from_secs(60), || (drafts(&li).len() == season.wanting().len()).then_some(()));
    println!("in the storm: {} drafts, {:?} of {:?}", drafts(&li).len(), proxy.faults(), proxy.all_commands());
    assert!(proxy.faults().values().sum::<usize>() >= 20, "it was a storm");
    assert!(daemon.is_running(), "{}", daemon.said());
    assert!(proxy.connections().1 <= 2, "never more than two connections: {:?}", proxy.connections());
    proxy.change(Plan::calm());
    assert_eq!(daemon.stop().0.code(), Some(0));
    pass_until_done(&workplace, &li, season.wanting().len()).await;
    each_once(&workplace, &li, &season).await;
}
