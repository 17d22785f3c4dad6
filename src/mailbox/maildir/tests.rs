use super::*;
use std::os::unix::fs::PermissionsExt;

fn maildir() -> (tempfile::TempDir, Maildir) {
    let home = tempfile::tempdir().expect("a temporary folder");
    for shelf in ["cur", "new", "tmp"] {
        fs::create_dir(home.path().join(shelf)).expect("an empty Maildir");
    }
    let maildir = Maildir::new(home.path().to_owned(), FolderNames::default());
    (home, maildir)
}

fn make_folder(home: &Path, name: &str) {
    for shelf in ["cur", "new", "tmp"] {
        fs::create_dir_all(home.join(name).join(shelf)).expect("a folder");
    }
}

#[test]
fn folders_of_both_layouts_are_found_with_their_roles() {
    let (home, maildir) = maildir();
    for name in [".Sent", ".Customers.DE.ACME", ".&XfJT0ZAB-", "Archive/2025", ".INBOX.Drafts"] {
        make_folder(home.path(), name);
    }
    let folders = maildir.folders().expect("a readable Maildir");
    let seen: Vec<(&str, Role)> = folders.iter().map(|f| (f.name.as_str(), f.role)).collect();
    assert_eq!(
        seen,
        [
            ("INBOX", Role::Inbox),
            ("已发送", Role::Sent),
            ("Customers/DE/ACME", Role::Other),
            ("INBOX/Drafts", Role::Drafts),
            ("Sent", Role::Sent),
            ("Archive/2025", Role::Other),
        ]
    );
}

#[test]
fn a_draft_is_put_there_whole_and_once_even_after_it_was_read() {
    let (home, maildir) = maildir();
    let drafts = maildir.drafts().expect("Drafts is made");
    assert_eq!(drafts.wire_name, ".Drafts");
    maildir.put_draft(&drafts.wire_name, "1.tp7.tradepost", b"draft", Tried::Never).expect("delivered");
    let entry = maildir.entry(&drafts.wire_name, "1.tp7.tradepost").expect("it lies there");
    assert!(entry.flags.draft && !entry.flags.seen);

    // The salesperson opens it, the daemon is started again and repeats itself.
    let cur = home.path().join(".Drafts/cur");
    fs::rename(cur.join("1.tp7.tradepost:2,D"), cur.join("1.tp7.tradepost:2,DS")).expect("read");
    maildir.put_draft(&drafts.wire_name, "1.tp7.tradepost", b"draft", Tried::Before).expect("nothing to do");
    assert_eq!(maildir.places(&drafts.wire_name).expect("readable").len(), 1);
    assert_eq!(maildir.draft_now(&drafts.wire_name, "1.tp7.tradepost", |_| true).expect("readable"), DraftNow::Touched);
    let leftovers = fs::read_dir(home.path().join(".Drafts/tmp")).expect("tmp is there").count();
    assert_eq!(leftovers, 0, "nothing half-written is left");
}

#[test]
fn what_a_killed_process_left_in_tmp_is_cleared_away_and_others_files_are_not() {
    let (home, maildir) = maildir();
    let drafts = maildir.drafts().expect("Drafts is made");
    for left in ["tmp/17.tp9.tradepost", ".Drafts/tmp/17.tp7.tradepost", ".Drafts/tmp/17.M9P2.host", ".Drafts/tmp/x.tp7.tradepost"] {
        fs::write(home.path().join(left), b"half").expect("written");
    }
    maildir.put_draft(&drafts.wire_name, "18.tp8.tradepost", b"draft", Tried::Never).expect("delivered");
    maildir.clear_leftovers();
    let names = |folder: &str| {
        let files = fs::read_dir(home.path().join(folder)).expect("it is there").flatten();
        files.map(|file| file.file_name().into_string().expect("a name")).collect::<std::collections::BTreeSet<_>>()
    };
    assert!(names("tmp").is_empty());
    assert_eq!(names(".Drafts/tmp"), ["17.M9P2.host", "x.tp7.tradepost"].map(str::to_owned).into());
    assert_eq!(names(".Drafts/cur"), ["18.tp8.tradepost:2,D".to_owned()].into());
}

#[test]
fn an_edited_draft_is_a_persons_and_a_deleted_one_is_gone() {
    let (home, maildir) = maildir();
    let drafts = maildir.drafts().expect("Drafts is made").wire_name;
    maildir.put_draft(&drafts, "1.tp7.tradepost", b"as we wrote it", Tried::Never).expect("delivered");
    let now = |maildir: &Maildir| maildir.draft_now(&drafts, "1.tp7.tradepost", |b| b == b"as we wrote it").expect("readable");
    assert_eq!(now(&maildir), DraftNow::Untouched);
    fs::write(home.path().join(".Drafts/cur/1.tp7.tradepost:2,D"), b"as Anna wants it").expect("edited");
    assert_eq!(now(&maildir), DraftNow::Touched);
    maildir.take_back(&drafts, "1.tp7.tradepost").expect("removed");
    assert_eq!(now(&maildir), DraftNow::Gone);
    maildir.take_back(&drafts, "1.tp7.tradepost").expect("gone already is as good");
}

#[test]
fn a_mail_is_found_again_after_it_moved_from_new_to_cur() {
    let (home, maildir) = maildir();
    fs::write(home.path().join("new/1.a.host"), b"Subject: x\n\nhello").expect("mail arrives");
    let entries = maildir.look("").expect("readable");
    fs::rename(home.path().join("new/1.a.host"), home.path().join("cur/1.a.host:2,FS")).expect("a client reads it");
    let place = &entries.first().expect("one mail").place;
    assert_eq!(maildir.fetch("", place, 1_000).expect("found again"), b"Subject: x\n\nhello");
    assert_eq!(maildir.fetch("", place, 7).expect("cut"), b"Subject");
    assert_eq!(maildir.look("").expect("readable").len(), 1);
}

#[test]
fn keywords_are_read_where_dovecot_names_them() {
    let (home, maildir) = maildir();
    fs::write(home.path().join("dovecot-keywords"), "0 tp-inquiry\n1 VIP\n").expect("named");
    fs::write(home.path().join("cur/1.a.host:2,Sb"), b"x").expect("mail");
    assert_eq!(maildir.look("").expect("readable").first().expect("one mail").keywords, ["VIP"]);
}

#[test]
fn a_drafts_folder_with_a_name_of_its_own_is_made_as_mail_servers_read_it() {
    let (home, _) = maildir();
    let names = FolderNames { drafts: Some("INBOX/Entwürfe".into()), ..FolderNames::default() };
    let maildir = Maildir::new(home.path().to_owned(), names);
    let made = maildir.drafts().expect("made");
    assert_eq!((made.wire_name.as_str(), made.name.as_str()), (".INBOX.Entw&APw-rfe", "INBOX/Entwürfe"));
    assert_eq!(maildir.drafts().expect("found again"), made);
}

#[test]
fn a_missing_maildir_says_what_to_name_instead() {
    let (home, _) = maildir();
    let wrong = Maildir::new(home.path().join("cur"), FolderNames::default());
    let error = wrong.folders().expect_err("cur itself is no Maildir").to_string();
    assert!(error.contains("name the folder that holds `cur`, `new` and `tmp`"), "{error}");
}

#[test]
fn drafts_are_readable_by_their_owner_only() {
    let (home, maildir) = maildir();
    let drafts = maildir.drafts().expect("made").wire_name;
    maildir.put_draft(&drafts, "1.tp7.tradepost", b"x", Tried::Never).expect("delivered");
    let mode = fs::metadata(home.path().join(".Drafts/cur/1.tp7.tradepost:2,D")).expect("there").permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn a_folder_without_tmp_takes_a_draft_too() {
    let (home, maildir) = maildir();
    make_folder(home.path(), ".Drafts");
    fs::remove_dir(home.path().join(".Drafts/tmp")).expect("some clients leave it out");
    maildir.put_draft(".Drafts", "1.tp7.tradepost", b"x", Tried::Never).expect("delivered");
    assert_eq!(maildir.places(".Drafts").expect("readable"), ["1.tp7.tradepost"]);
}
