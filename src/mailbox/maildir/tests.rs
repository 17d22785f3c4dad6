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

fn put_draft(maildir: &Maildir, wire_name: &str, bytes: &[u8]) {
    let answers = maildir.put_drafts(wire_name, &[("1.tp7.tradepost", bytes)]).expect("readable");
    answers.into_iter().for_each(|answer| answer.expect("delivered"));
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
    put_draft(&maildir, &drafts.wire_name, b"draft");
    let entry = maildir.entry(&drafts.wire_name, "1.tp7.tradepost").expect("it lies there");
    assert!(entry.flags.draft && !entry.flags.seen);

    // The salesperson opens it, the daemon is started again and repeats itself.
    let cur = home.path().join(".Drafts/cur");
    fs::rename(cur.join("1.tp7.tradepost:2,D"), cur.join("1.tp7.tradepost:2,DS")).expect("read");
    put_draft(&maildir, &drafts.wire_name, b"draft");
    assert_eq!(maildir.places(&drafts.wire_name).expect("readable").len(), 1);
    assert_eq!(maildir.draft_now(&drafts.wire_name, "1.tp7.tradepost", |_| true).expect("readable"), DraftNow::Touched);
    let leftovers = fs::read_dir(home.path().join(".Drafts/tmp")).expect("tmp is there").count();
    assert_eq!(leftovers, 0, "nothing half-written is left");
}

#[test]
fn many_drafts_are_put_there_at_once_and_one_that_cannot_be_keeps_back_no_other() {
    let (home, maildir) = maildir();
    let drafts = maildir.drafts().expect("made").wire_name;
    let names: Vec<String> = (0..40).map(|n| if n == 17 { "no/path".to_owned() } else { format!("1.tp{n}.tradepost") }).collect();
    let mails: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    let some = mails.get(..5).expect("five of forty");
    assert!(maildir.put_drafts(&drafts, some).expect("readable").iter().all(Result::is_ok));
    let answers = maildir.put_drafts(&drafts, &mails).expect("readable");
    let refused: Vec<usize> = answers.iter().enumerate().filter(|(_, answer)| answer.is_err()).map(|(at, _)| at).collect();
    assert_eq!((answers.len(), refused), (40, vec![17]));
    let cur = home.path().join(".Drafts/cur");
    for name in names.iter().filter(|name| !name.contains('/')) {
        assert_eq!(fs::read(cur.join(format!("{name}:2,D"))).expect("it lies there"), name.as_bytes(), "each under its own name");
    }
}

#[test]
fn an_edited_draft_is_a_persons_and_a_deleted_one_is_gone() {
    let (home, maildir) = maildir();
    let drafts = maildir.drafts().expect("Drafts is made").wire_name;
    put_draft(&maildir, &drafts, b"as we wrote it");
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
    put_draft(&maildir, &drafts, b"x");
    let mode = fs::metadata(home.path().join(".Drafts/cur/1.tp7.tradepost:2,D")).expect("there").permissions().mode();
    assert_eq!(mode & 0o077, 0);
}
