//! The daily mail and alarms, as members find them in their inboxes.

use crate::support::desk::{Desk, MONDAY_MORNING, as_seen, soon};
use crate::support::engines::for_each_engine;
use std::time::Duration;
use tradepost::config::Mode;
use tradepost::decide::daily::Proof;
use tradepost::flow::due::{self, plan_daily};
use tradepost::record::closed::{self, FailedTry};
use tradepost::record::folders::{self, FolderRole};
use tradepost::record::{Books, acts, health, settings};
use tradepost::types::{AccountId, Moment};

const HOUR_MS: i64 = 3_600_000;

const INQUIRY: &str = "From: Tom Hall <tom@hall-lighting.example>
To: sales@bright.example
Subject: Price for flood lights 50W
Date: Mon, 16 Nov 2026 00:40:00 +0000
Message-ID: <tom-1@hall-lighting.example>

Hi, please quote 1,000 pcs flood lights 50W FOB Ningbo. Thanks, Tom
";

const IN_JUNK: &str = "From: Rosa Vidal <rosa@iluminacion.example>
To: sales@bright.example
Subject: Cotización de paneles LED
Date: Mon, 16 Nov 2026 02:40:00 +0000
Message-ID: <rosa-1@iluminacion.example>

Estimados señores, solicitamos cotización de 500 paneles LED 60x60 CIF Valencia. Saludos, Rosa Vidal
";

const TO_ANNA: &str = "From: Jan Smit <jan@smit.example>
To: anna@bright.example
Subject: Order for street lights
Date: Mon, 16 Nov 2026 03:00:00 +0000
Message-ID: <jan-1@smit.example>

Dear Anna, we order 200 pcs street lights as quoted. Please confirm. Jan Smit
";

/// The minute after the next 08:00 in Shanghai.
const TUESDAY_IN_SHANGHAI: Moment = Moment(MONDAY_MORNING.0 + 23 * HOUR_MS + 60_000);
/// The same in Berlin.
const TUESDAY_IN_BERLIN: Moment = Moment(TUESDAY_IN_SHANGHAI.0 + 7 * HOUR_MS);

/// The clock goes on to that moment, and what is due then is done.
async fn at(desk: &Desk, moment: Moment) -> usize {
    desk.office.clock.forward(moment.0 - desk.office.now().0);
    let entered = plan_daily(&desk.office, moment).await.expect("planned");
    desk.settle().await;
    entered
}

/// The notes in a mailbox's inbox, as their reader sees them.
fn notes(desk: &Desk, mailbox: &str) -> Vec<String> {
    let ours = |mail: &String| mail.contains("Auto-Submitted: auto-generated");
    desk.mails(&format!("{mailbox}/new")).iter().filter(|mail| ours(mail)).map(|note| as_seen(note)).collect()
}

fn account(desk: &Desk, name: &str) -> AccountId {
    desk.office.accounts.iter().find(|account| account.config.name == name).expect("of the desk").id
}

/// A desk that has been watched since Monday morning.
async fn desk(books: &Books, changes: &[(&str, &str)]) -> Desk {
    let desk = Desk::open_with(books, changes).await;
    assert_eq!(plan_daily(&desk.office, MONDAY_MORNING).await.expect("planned"), 0, "nothing was watched before");
    desk.office.clock.forward(HOUR_MS);
    desk
}

#[tokio::test]
async fn the_daily_mail_comes_once_in_the_morning_in_li_weis_language_and_names_the_junk_inquiry() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        desk.receive(INQUIRY);
        std::fs::create_dir_all(desk.path("sales/.Junk/cur")).expect("made");
        std::fs::create_dir_all(desk.path("sales/.Junk/new")).expect("made");
        std::fs::create_dir_all(desk.path("sales/.Junk/tmp")).expect("made");
        desk.deliver("sales/.Junk/cur", ":2,", IN_JUNK);
        desk.settle().await;
        assert_eq!(at(&desk, TUESDAY_IN_SHANGHAI.plus_ms(-2 * 60_000)).await, 0, "not before eight");
        assert_eq!(at(&desk, TUESDAY_IN_SHANGHAI).await, 1);
        assert_eq!(at(&desk, TUESDAY_IN_SHANGHAI.plus_ms(60_000)).await, 0, "once");
        let notes = notes(&desk, "sales");
        assert_eq!(notes.len(), 1, "{notes:?}");
        let note = &notes[0];
        assert!(
            note.contains("垃圾邮件中疑似客户的来信\n- 询盘 – Rosa Vidal（iluminacion.example）：Cotización de paneles LED（邮箱“sales”的“Junk”文件夹）"),
            "{note}"
        );
        assert!(note.contains("- 询盘：1\n"), "one that came, the one in Junk is not counted:\n{note}");
        assert!(note.contains("等您处理的草稿\n- Tom Hall（hall-lighting.example）：Price for flood lights 50W；自 2026年11月16日 起待发"), "{note}");
        // The next day begins where this one ended.
        assert_eq!(at(&desk, TUESDAY_IN_SHANGHAI.plus_ms(24 * HOUR_MS)).await, 1);
        let second = self::notes(&desk, "sales").into_iter().find(|other| other != note).expect("a second mail");
        assert!(!second.contains("Rosa Vidal") && second.contains("等您处理的草稿"), "{second}");
    })
    .await;
}

#[tokio::test]
async fn in_observe_mode_it_says_what_would_have_been_done() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[("mode = \"draft\"", "mode = \"observe\"")]).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        at(&desk, TUESDAY_IN_SHANGHAI).await;
        let note = notes(&desk, "sales").pop().expect("a daily mail");
        let wanted =
            "观察模式下本会执行的操作\n- 询盘 – Tom Hall（hall-lighting.example）：Price for flood lights 50W；本会起草英文的“首次回复”\n";
        assert!(note.contains(wanted), "{note}");
        assert!(desk.drafts().is_empty());
    })
    .await;
}

#[tokio::test]
async fn in_observe_mode_it_says_too_that_a_draft_would_have_been_taken_back_and_a_sender_told() {
    for_each_engine(|books| async move {
        let mut desk = desk(&books, &[]).await;
        desk.receive(&INQUIRY.replace("tom", "ann"));
        desk.settle().await;
        let anns = desk.draft();
        desk.receive(&INQUIRY.replace("tom", "ann").replace("ann-1", "ann-2").replace("Price", "Re: Price").replace("\n\n", "\nIn-Reply-To: <ann-1@hall-lighting.example>\n\n"));
        desk.settle().await;
        for account in std::sync::Arc::get_mut(&mut desk.office.accounts).expect("nobody else has the office") {
            account.config.mode = Mode::Observe;
        }
        // The draft from before Ann's second mail is sent, and another customer's mail comes and is answered.
        desk.deliver("sales/.Sent/cur", ":2,S", &anns);
        desk.receive(INQUIRY);
        desk.settle().await;
        for round in 0..2 {
            let answer = "From: Li Wei <sales@bright.example>\nTo: Tom Hall <tom@hall-lighting.example>\nSubject: Re: Price for flood lights 50W\n\
                          Date: Mon, 16 Nov 2026 10:30:00 +0800\nMessage-ID: <li-ROUND@bright.example>\nIn-Reply-To: <tom-1@hall-lighting.example>\n\nUSD 4.20\n";
            desk.deliver("sales/.Sent/cur", ":2,S", &answer.replace("ROUND", &round.to_string()));
            desk.settle().await;
        }
        assert_eq!(notes(&desk, "sales"), Vec::<String>::new(), "a mailbox that is only observed gets no note about drafts");
        at(&desk, TUESDAY_IN_SHANGHAI).await;
        let note = notes(&desk, "sales").pop().expect("a daily mail");
        assert_eq!(note.matches("；本会提示发件人：所发的草稿已过时").count(), 1, "{note}");
        let taken_back = "- Tom Hall（hall-lighting.example）：Re: Price for flood lights 50W；已有同事答复，本会撤回待发的草稿\n";
        assert!(note.contains(taken_back) && note.matches("本会撤回").count() == 1, "a second answer finds no draft to take back:\n{note}");
    })
    .await;
}

#[tokio::test]
async fn nobodys_customers_are_named_to_a_member_whose_business_they_are_not() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        desk.receive(INQUIRY);
        desk.deliver("anna/new", "", TO_ANNA);
        desk.settle().await;
        at(&desk, TUESDAY_IN_SHANGHAI).await;
        assert_eq!(notes(&desk, "anna"), Vec::<String>::new(), "it is one o'clock in the night in Berlin");
        at(&desk, TUESDAY_IN_BERLIN).await;
        let (li_wei, anna) = (notes(&desk, "sales").pop().expect("for Li Wei"), notes(&desk, "anna").pop().expect("for Anna"));
        assert!(li_wei.contains("Tom Hall") && !li_wei.contains("Jan Smit"), "{li_wei}");
        assert!(anna.contains("Jan Smit") && !anna.contains("Tom Hall") && !anna.contains("sales"), "{anna}");
        assert!(anna.contains("To: \"Anna Berg\" <anna@bright.example>") && anna.contains("Guten Morgen."), "{anna}");
        let counted = "- anna：服务器上 1 封，已登记 1 封";
        assert!(li_wei.contains(counted) && !anna.contains("Abgleich"), "the house is the admin's matter:\n{li_wei}");
    })
    .await;
}

#[tokio::test]
async fn on_a_quiet_day_only_the_admin_hears_that_all_is_well() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        at(&desk, TUESDAY_IN_BERLIN).await;
        assert_eq!(notes(&desk, "anna"), Vec::<String>::new());
        let note = notes(&desk, "sales").pop().expect("a line for the admin");
        assert!(note.contains("没有新邮件") && note.contains("所有邮箱均正常"), "{note}");
    })
    .await;
}

#[tokio::test]
async fn after_a_night_without_power_it_says_how_long_and_what_was_caught_up() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        let (off, on) = (MONDAY_MORNING.plus_ms(13 * HOUR_MS + 600_000), TUESDAY_IN_SHANGHAI.plus_ms(-11 * 60_000));
        let mut session = books.begin().await.expect("free books");
        let first = health::begin_run(&mut session, MONDAY_MORNING).await.expect("begun");
        health::mark_alive(&mut session, first, off).await.expect("alive");
        health::begin_run(&mut session, on).await.expect("begun again");
        session.commit().await.expect("committed");
        desk.receive(&INQUIRY.replace("00:40:00", "17:30:00"));
        desk.office.clock.forward(on.0 - desk.office.now().0);
        desk.settle().await;
        at(&desk, TUESDAY_IN_SHANGHAI).await;
        let note = notes(&desk, "sales").pop().expect("a daily mail");
        assert!(note.contains("停机期间\n- 停机 22:10–07:50；恢复后补收：1 封；没有迟发的邮件。"), "{note}");
    })
    .await;
}

#[tokio::test]
async fn after_a_night_in_which_the_machine_slept_it_says_the_same_although_the_daemon_never_ended() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        desk.at_work(async {
            soon("it lives", async || runs(&desk).await == 1).await;
            // A look at the clock every few seconds; then nothing for ten hours, and nobody told that process of it.
            desk.office.clock.forward(MONDAY_MORNING.0 + 13 * HOUR_MS + 600_000 - desk.office.now().0);
            soon("the first halt is noticed", async || runs(&desk).await == 2).await;
            tokio::time::sleep(Duration::from_secs(6)).await;
            desk.office.clock.forward(TUESDAY_IN_SHANGHAI.0 + 150_000 - desk.office.now().0);
            desk.receive(&INQUIRY.replace("00:40:00", "17:30:00"));
            soon("the night is noticed", async || runs(&desk).await == 3).await;
            soon("the draft", async || !desk.drafts().is_empty()).await;
        })
        .await;
        at(&desk, TUESDAY_IN_SHANGHAI.plus_ms(240_000)).await;
        let note = notes(&desk, "sales").pop().expect("a daily mail");
        assert!(note.contains("停机 22:10–08:03；恢复后补收：1 封；没有迟发的邮件。"), "{note}");
    })
    .await;
}

/// How many lives of the daemon the books know.
async fn runs(desk: &Desk) -> usize {
    let mut session = desk.office.books.look().await.expect("a look");
    health::list_runs(&mut session, Moment(0), 10).await.expect("listed").len()
}

#[tokio::test]
async fn after_an_outage_a_member_finds_one_daily_mail_which_tells_of_all_its_days() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        desk.receive(INQUIRY);
        desk.settle().await;
        let pause = async |why: Option<&str>| {
            let mut session = books.begin().await.expect("free books");
            settings::mark_paused(&mut session, why).await.expect("said");
            session.commit().await.expect("committed");
        };
        pause(Some("stock-taking")).await;
        for day in 0..3 {
            assert_eq!(at(&desk, TUESDAY_IN_SHANGHAI.plus_ms(day * 24 * HOUR_MS)).await, 1);
        }
        assert_eq!(notes(&desk, "sales"), Vec::<String>::new(), "nothing is put while all is paused");
        pause(None).await;
        desk.settle().await;
        let [note] = notes(&desk, "sales").try_into().expect("one daily mail");
        assert!(note.contains("Tom Hall") && note.contains("自 2026年11月16日 09:00 以来"), "{note}");
        assert_eq!(at(&desk, TUESDAY_IN_SHANGHAI.plus_ms(3 * 24 * HOUR_MS)).await, 1);
        let newest = notes(&desk, "sales").into_iter().find(|other| *other != note).expect("the next one");
        assert!(!newest.contains("- 询盘"), "what was told is not told again:\n{newest}");
    })
    .await;
}

#[tokio::test]
async fn a_member_whose_own_mailbox_is_broken_gets_the_daily_mail_in_another_of_theirs() {
    for_each_engine(|books| async move {
        let annas = ("owner = \"li.wei@bright.example\"\nmaildir = \"sales\"", "owner = \"anna@bright.example\"\nmaildir = \"sales\"");
        let desk = desk(&books, &[annas]).await;
        std::fs::rename(desk.path("anna"), desk.path("unplugged")).expect("the disk with the mailbox is unplugged");
        desk.receive(INQUIRY);
        desk.settle().await;
        at(&desk, TUESDAY_IN_BERLIN).await;
        let notes = |mailbox: &str| notes(&desk, mailbox).into_iter().filter(|note| note.contains("Guten Morgen")).count();
        assert_eq!(notes("sales"), 1);
        std::fs::rename(desk.path("unplugged"), desk.path("anna")).expect("plugged in");
        desk.settle().await;
        desk.receive(&INQUIRY.replace("tom-1", "tom-2").replace("1,000", "2,000"));
        desk.settle().await;
        at(&desk, TUESDAY_IN_BERLIN.plus_ms(24 * HOUR_MS)).await;
        assert_eq!((notes("sales"), notes("anna")), (1, 1), "her own again");
    })
    .await;
}

#[tokio::test]
async fn the_admin_is_reminded_two_weeks_before_a_secret_of_the_house_ends() {
    for_each_engine(|books| async move {
        let sending =
            "[sending]\nhost = \"smtp.bright.example\"\nuser = \"li\"\npassword = { env = \"SMTP\", expires = 2026-12-01 }\n\n[storage]";
        let desk = desk(&books, &[("[storage]", sending)]).await;
        at(&desk, TUESDAY_IN_SHANGHAI).await;
        let note = notes(&desk, "sales").pop().expect("a daily mail");
        assert!(note.contains("即将到期或已到期的密码\n- sending.password：2026年12月1日\n"), "{note}");
    })
    .await;
}

#[tokio::test]
async fn the_admin_is_told_whom_no_daily_mail_can_reach() {
    for_each_engine(|books| async move {
        let chen = "[[team.members]]\nname = \"Chen Hao\"\naddress = \"chen.hao@bright.example\"\nlanguage = \"en\"\ntime_zone = \"UTC\"\n\n[[mailboxes]]";
        let desk = desk(&books, &[("[[mailboxes]]", chen)]).await;
        at(&desk, TUESDAY_IN_BERLIN).await;
        let note = notes(&desk, "sales").pop().expect("the admin's");
        assert!(note.contains("收不到每日邮件的成员\n- Chen Hao\n") && note.contains("没有新邮件"), "{note}");
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_cannot_be_read_is_missing_until_it_can() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        desk.receive(INQUIRY);
        // Its first byte cannot be read, whoever reads.
        let unreadable = desk.path("sales/cur/9.unreadable:2,S");
        std::os::unix::fs::symlink("/proc/self/mem", &unreadable).expect("linked");
        desk.settle().await;
        at(&desk, TUESDAY_IN_SHANGHAI).await;
        let note = notes(&desk, "sales").pop().expect("a daily mail");
        assert!(note.contains("- sales：服务器上 2 封，已登记 1 封，隔离 0 封，缺失 1 封"), "{note}");

        std::fs::remove_file(&unreadable).expect("unlinked");
        std::fs::write(&unreadable, INQUIRY.replace("tom-1", "tom-2").replace("1,000", "2,000")).expect("mended");
        desk.office.clock.forward(HOUR_MS);
        desk.settle().await;
        // The two inquiries and the daily mail.
        assert_eq!(proof(&desk).await, Proof { server: 3, recorded: 3, quarantined: 0, gaps: 0, closed: 0 });
    })
    .await;
}

/// What is known of `sales`.
async fn proof(desk: &Desk) -> Proof {
    let mut session = desk.office.books.look().await.expect("a look");
    due::proof(&mut session, account(desk, "sales")).await.expect("counted").expect("counted by now")
}

#[tokio::test]
async fn private_mail_is_not_counted_and_what_was_deleted_hides_no_gap() {
    for_each_engine(|books| async move {
        let private = ("maildir = \"sales\"", "maildir = \"sales\"\nprivate = { addresses = [\"mum@home.example\"] }");
        let desk = desk(&books, &[private]).await;
        desk.receive(INQUIRY);
        let from_home = desk.deliver("sales/new", "", "From: Mum <mum@home.example>\nSubject: Sunday\n\nSee you on Sunday.\n");
        desk.settle().await;
        assert_eq!(proof(&desk).await, Proof { server: 1, recorded: 1, quarantined: 0, gaps: 0, closed: 0 });

        std::fs::remove_file(from_home).expect("deleted");
        std::os::unix::fs::symlink("/proc/self/mem", desk.path("sales/cur/9.unreadable:2,S")).expect("linked");
        desk.office.clock.forward(HOUR_MS);
        desk.settle().await;
        assert_eq!(proof(&desk).await, Proof { server: 2, recorded: 1, quarantined: 0, gaps: 1, closed: 0 });
    })
    .await;
}

#[tokio::test]
async fn a_folder_that_is_closed_to_us_is_named_and_nothing_is_said_of_its_count() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        let mut session = books.begin().await.expect("free books");
        let sales = account(&desk, "sales");
        let folder = folders::find_or_add(&mut session, sales, "Archiv", FolderRole::Other).await.expect("added").id;
        let tried = FailedTry { account: sales, folder, cuts: false, detail: "a command was refused", at: MONDAY_MORNING };
        closed::mark(&mut session, &tried).await.expect("marked");
        session.commit().await.expect("committed");
        at(&desk, TUESDAY_IN_SHANGHAI).await;
        let note = notes(&desk, "sales").pop().expect("a daily mail");
        assert!(note.contains("服务器不允许打开的文件夹\n- sales：“Archiv”文件夹，始于 2026年11月16日"), "{note}");
        assert!(note.contains("；无法打开、内容不明的文件夹：1 个") && !note.contains("所有邮箱均正常"), "{note}");
    })
    .await;
}

#[tokio::test]
async fn a_folder_that_was_deleted_is_no_longer_counted() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        desk.folder("sales/.Customers");
        desk.receive(INQUIRY);
        desk.deliver("sales/.Customers/cur", ":2,S", &INQUIRY.replace("tom-1", "tom-2").replace("1,000", "2,000"));
        desk.settle().await;
        assert_eq!(proof(&desk).await, Proof { server: 2, recorded: 2, quarantined: 0, gaps: 0, closed: 0 });
        std::fs::remove_dir_all(desk.path("sales/.Customers")).expect("deleted");
        desk.office.clock.forward(HOUR_MS);
        desk.settle().await;
        assert_eq!(proof(&desk).await, Proof { server: 1, recorded: 1, quarantined: 0, gaps: 0, closed: 0 });
    })
    .await;
}

#[tokio::test]
async fn trouble_is_told_through_another_mailbox_once_a_day_and_the_daily_mail_says_when_it_is_over() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        let alarms = || {
            let told = notes(&desk, "anna");
            told.into_iter().filter(|note| note.contains("Das Postfach „sales“ braucht Sie: der Ordner des Postfachs fehlt")).count()
        };
        let later = async |minutes: i64| {
            desk.office.clock.forward(minutes * 60_000);
            desk.settle().await;
            alarms()
        };
        std::fs::rename(desk.path("sales"), desk.path("unplugged")).expect("the disk with the mailbox is unplugged");
        assert_eq!(later(0).await, 0, "it may be back at once");
        assert_eq!(later(14).await, 0);
        assert_eq!(later(2).await, 1);
        assert_eq!(later(60).await, 1, "told today");
        assert_eq!(later(20 * 60).await, 2, "again the next day");

        std::fs::rename(desk.path("unplugged"), desk.path("sales")).expect("plugged in");
        assert_eq!(later(1).await, 2);
        at(&desk, TUESDAY_IN_SHANGHAI.plus_ms(24 * HOUR_MS)).await;
        let note = notes(&desk, "sales").pop().expect("a daily mail");
        assert!(note.contains("已排除的故障\n- sales：邮箱所在的文件夹不存在或无权使用；从 "), "{note}");
    })
    .await;
}

#[tokio::test]
async fn the_house_is_told_to_the_admin_whoever_stands_first_in_the_team() {
    for_each_engine(|books| async move {
        let named = ("company = \"Ningbo", "admin = \"anna@bright.example\"\ncompany = \"Ningbo");
        let desk = desk(&books, &[named]).await;
        at(&desk, TUESDAY_IN_BERLIN).await;
        assert_eq!(notes(&desk, "sales"), Vec::<String>::new(), "nothing happened that is Li Wei's business");
        let note = notes(&desk, "anna").pop().expect("a line for the admin");
        assert!(note.contains("Abgleich: Server und Bücher\n- sales: auf dem Server 0, erfasst 0"), "{note}");
    })
    .await;
}

#[tokio::test]
async fn a_daily_mail_entered_before_a_crash_is_put_there_once() {
    for_each_engine(|books| async move {
        let desk = desk(&books, &[]).await;
        desk.office.clock.forward(TUESDAY_IN_SHANGHAI.0 - desk.office.now().0);
        assert_eq!(plan_daily(&desk.office, desk.office.now()).await.expect("planned"), 1);
        // Killed here, started again.
        assert_eq!(plan_daily(&desk.office, desk.office.now()).await.expect("planned"), 0);
        desk.settle().await;
        desk.settle().await;
        assert_eq!(notes(&desk, "sales").len(), 1);
        let mut session = books.look().await.expect("a look");
        let (_, state) = acts::find_state(&mut session, "daily:li.wei@bright.example:2026-11-17").await.expect("a look").expect("entered");
        assert_eq!(state, acts::ActState::Done);
    })
    .await;
}
