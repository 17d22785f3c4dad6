//! Books that find themselves elsewhere.

use super::{receive, said};
use crate::support::daemon::Workplace;
use crate::support::desk::MONDAY_MORNING;
use crate::support::engines::{Backdoor, Engine, Place};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::fs;
use tradepost::flow::Ids;
use tradepost::flow::installation::{self, Site};
use tradepost::flow::pausing;
use tradepost::record::settings::{self, Finding, Pause};

fn copy(from: &Workplace, to: &Workplace, names: &[&str]) {
    for name in names {
        fs::copy(from.path(name), to.path(name)).expect("copied");
    }
}

/// The books as if they had been used on a host of that name.
async fn used_on(workplace: &Workplace, host: &str) {
    let options = SqliteConnectOptions::new().filename(workplace.path("books.sqlite"));
    let mut books = Backdoor::Sqlite(options.connect().await.expect("books"));
    let here = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let sql = format!("UPDATE setting SET value = REPLACE(value, '\"{here}\"', '\"{host}\"') WHERE key = 'installation'");
    books.run(sql).await.expect("a setting");
    assert_eq!(books.number(format!("SELECT COUNT(*) FROM setting WHERE value LIKE '%\"{host}\"%'")).await, 1);
}

#[tokio::test]
async fn books_that_came_from_another_host_draft_nothing_until_somebody_says_so() {
    let workplace = Workplace::opened(&[]);
    used_on(&workplace, "desk-in-ningbo").await;
    receive(&workplace, 1);
    let pass = workplace.pass();
    let here = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let question = format!("the books were last used on desk-in-ningbo, and this is {here}.");
    assert!(pass.err.contains(&question), "{pass:?}");
    assert_eq!(workplace.drafts().len(), 0);
    assert!(workplace.ask(&["status"]).out.contains(&question), "status tells it too");
    assert!(said(&workplace, &["pause", "--why", "I hide the question"]).contains(&question), "a pause does not hide it");
    workplace.pass();
    assert_eq!(workplace.drafts().len(), 0, "asked again and again");

    let resumed = said(&workplace, &["resume"]);
    assert!(resumed.contains(&format!("The books belong to this installation on {here} now.")), "{resumed}");
    let pass = workplace.pass();
    assert!(!pass.err.contains("Paused"), "{pass:?}");
    assert_eq!(workplace.drafts().len(), 1);
}

#[test]
fn a_copied_folder_on_the_same_host_is_asked_about_and_a_moved_one_is_not() {
    let (original, copied) = (Workplace::opened(&[]), Workplace::new());
    copy(&original, &copied, &["books.sqlite", "books.sqlite.installation"]);
    receive(&copied, 1);
    let pass = copied.pass();
    let place = original.path("books.sqlite").canonicalize().expect("books").display().to_string();
    assert!(pass.err.contains(&format!("the books are a copy of {place}, which is still there")), "{pass:?}");
    assert_eq!(copied.drafts().len(), 0);
    assert!(!original.pass().err.contains("Paused"), "the original goes on");

    let moved = Workplace::new();
    for name in ["books.sqlite", "books.sqlite.installation"] {
        fs::rename(original.path(name), moved.path(name)).expect("moved");
    }
    receive(&moved, 1);
    for _ in 0..2 {
        let pass = moved.pass();
        assert!(!pass.err.contains("Paused"), "{pass:?}");
    }
    assert_eq!(moved.drafts().len(), 1);
}

#[test]
fn books_without_their_mark_are_asked_about_and_begin_anew_without_a_question() {
    let (original, copied) = (Workplace::opened(&[]), Workplace::new());
    copy(&original, &copied, &["books.sqlite"]);
    let pass = copied.pass();
    assert!(pass.err.contains("books.sqlite.installation, which lies beside books that are used here, is missing"), "{pass:?}");
    said(&copied, &["resume"]);
    assert!(!copied.pass().err.contains("Paused"));
    // As the README says one begins anew, with the mark forgotten.
    fs::remove_file(original.path("books.sqlite")).expect("removed");
    assert!(!original.pass().err.contains("Paused"));
}

#[tokio::test]
async fn a_database_that_was_made_from_another_is_asked_about() {
    let place = Place::new(Engine::Postgres).await;
    let books = place.open().await;
    let config = tradepost::config::Config::of_text(&config(&place), std::path::Path::new("/srv/tradepost.toml")).expect("sound");
    let site = Site::of(&config, "desk-1");
    let other_host = Site::of(&config, "desk-2");
    for site in [&site, &other_host, &site] {
        installation::settle(&books, site, &Ids::counted()).await.expect("settled");
        assert_eq!(pausing::find_pause(&books).await.expect("a look"), None, "any host may use a database");
    }
    let mut session = books.begin().await.expect("free books");
    let ours = settings::find(&mut session, settings::INSTALLATION).await.expect("a look").expect("kept");
    settings::mark(&mut session, settings::INSTALLATION, &ours.replace('/', "/9")).await.expect("room");
    session.commit().await.expect("room");

    installation::settle(&books, &site, &Ids::counted()).await.expect("settled");
    assert_eq!(pausing::find_pause(&books).await.expect("a look"), Some(Pause::Found(Finding::OtherDatabase)));
    let resumed = pausing::resume(&books, &site, &Ids::counted(), MONDAY_MORNING).await.expect("resumed");
    assert!(resumed.is_adopted && resumed.was.is_some());
    installation::settle(&books, &site, &Ids::counted()).await.expect("settled");
    assert_eq!(pausing::find_pause(&books).await.expect("a look"), None);
    books.close().await;
    place.clear().await;
}

fn config(place: &Place) -> String {
    format!(
        "[team]\ncompany = \"Bright\"\n[[team.members]]\nname = \"Li Wei\"\naddress = \"li.wei@bright.example\"\nlanguage = \"zh-Hans\"\n\
         time_zone = \"Asia/Shanghai\"\n[[mailboxes]]\nname = \"sales\"\naddress = \"sales@bright.example\"\nmaildir = \"sales\"\n\
         owner = \"li.wei@bright.example\"\n[storage]\nbooks = \"{}\"\n",
        place.address_text()
    )
}
