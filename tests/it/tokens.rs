//! Mailboxes that are entered with tokens, from the first login to the end of the authorisation, at a server that gives a new refresh
//! token at each use.

use crate::support::engines::{ENGINES, Place};
use crate::support::scripted::{Scripted, Talk};
use crate::support::token_server::{CANARY, TokenServer, Whim};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Pid, Signal, kill_process};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tradepost::config::{Config, Door, Imap, Login, Mailbox, Secret, SecretText};
use tradepost::flow::{Clock, Ids, Keeper, auth_server, credentials, wait_for_tokens};
use tradepost::mailbox::oauth::OAuthError;
use tradepost::mailbox::{Credential, CredentialError, Credentials};
use tradepost::record::{self, Books};
use tradepost::types::{AccountId, Moment};

const NOON: Moment = Moment(1_767_312_000_000);
const MINUTE: i64 = 60_000;

fn text(imap: &str) -> String {
    format!(
        r#"[team]
company = "Bright Lighting"
[[team.members]]
name = "Li Wei"
address = "li.wei@bright.example"
language = "en"
time_zone = "Asia/Shanghai"
[[mailboxes]]
name = "sales"
address = "sales@bright.example"
imap = {{ host = "localhost", {imap} }}
"#
    )
}

fn oauth(server: &TokenServer) -> String {
    format!(
        "oauth = {{ issuer = {{ device_url = \"{0}/device\", token_url = \"{0}/token\", scope = \"imap\" }}, client_id = \"us\", client_secret = \"client-{CANARY}\" }}",
        server.address
    )
}

/// A mailbox with its books, its key and its server.
struct Story {
    books: Books,
    account: AccountId,
    mailbox: Mailbox,
    home: TempDir,
    clock: Clock,
    server: TokenServer,
}

impl Story {
    async fn new(place: &Place) -> Self {
        let server = TokenServer::start();
        let home = tempfile::tempdir().expect("a folder");
        let config = Config::of_text(&text(&oauth(&server)), &home.path().join("tradepost.toml")).expect("nothing is wrong");
        let mailbox = config.mailboxes[0].clone();
        let books = place.open().await;
        let mut session = books.begin().await.expect("open");
        let account = record::accounts::find_or_add(&mut session, &mailbox.name, &mailbox.address).await.expect("added").id;
        session.commit().await.expect("committed");
        Self { books, account, mailbox, home, clock: Clock::by_hand(NOON), server }
    }

    fn imap(&self) -> &Imap {
        match &self.mailbox.door {
            Door::Imap(imap) => imap,
            Door::Maildir(_) => panic!("it is on a server"),
        }
    }

    fn key_file(&self) -> PathBuf {
        self.home.path().join("tradepost.key")
    }

    /// As a process that has just started has them.
    fn started(&self) -> Arc<dyn Credentials> {
        credentials(self.account, &self.mailbox, self.imap(), &self.key_file(), &self.books, &self.clock, &Ids::Random)
    }

    /// Logs in; gives the pauses between the questions.
    async fn log_in(&self) -> Vec<u64> {
        let Login::OAuth(oauth) = &self.imap().login else { panic!("it takes tokens") };
        let server = auth_server(oauth, None, false).await.expect("it can be asked");
        let code = server.begin().await.expect("a code");
        assert_eq!(code.user_code, "WDJB-MJHT");
        let pauses = Mutex::new(Vec::new());
        let pause = async |pause: Duration| pauses.lock().expect("one thread").push(pause.as_secs());
        let (tokens, refresh) = wait_for_tokens(&server, &code, pause).await.expect("the code was typed");
        let keeper = Keeper { account: self.account, books: self.books.clone(), key_file: self.key_file(), ids: Ids::Random };
        keeper.keep_first(&tokens, &refresh, self.clock.now()).await.expect("kept");
        pauses.into_inner().expect("one thread")
    }
}

/// The number of the token that is shown.
async fn shown(credentials: &Arc<dyn Credentials>, refused: bool) -> Result<u64, CredentialError> {
    let Credential::Bearer { user, token } = credentials.credential(refused).await? else { panic!("a token") };
    assert_eq!(user, "sales@bright.example");
    Ok(token.reveal().split('-').nth(1).and_then(|number| number.parse().ok()).expect("a token of the server"))
}

#[tokio::test]
async fn a_person_logs_in_and_the_token_is_renewed_at_four_fifths_of_its_life() {
    for engine in ENGINES {
        let place = Place::new(engine).await;
        let story = Story::new(&place).await;
        let credentials = story.started();
        assert!(matches!(shown(&credentials, false).await, Err(CredentialError::NoToken { account }) if account == "sales"));

        story.server.will([Whim::Refuse("authorization_pending"), Whim::Refuse("slow_down"), Whim::Status(503)]);
        assert_eq!(story.log_in().await, [1, 1, 6, 12], "slower when asked to, and when there is no answer");
        assert_eq!(shown(&credentials, false).await, Ok(1), "the daemon uses it by itself");

        story.clock.forward(47 * MINUTE);
        assert_eq!((shown(&credentials, false).await, story.server.renewals()), (Ok(1), 0), "good for the rest of its hour");
        story.clock.forward(2 * MINUTE);
        assert_eq!((shown(&credentials, false).await, story.server.renewals()), (Ok(2), 1));
        assert_eq!((shown(&story.started(), false).await, story.server.renewals()), (Ok(2), 1), "after a restart too");
        story.books.close().await;
        place.clear().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_who_ask_at_once_cost_one_renewal() {
    let place = Place::new(ENGINES[0]).await;
    let story = Story::new(&place).await;
    story.log_in().await;
    let credentials = story.started();
    assert_eq!(shown(&credentials, false).await, Ok(1));
    for (refused, wait, expected) in [(false, 50, 2), (true, 2, 3)] {
        story.clock.forward(wait * MINUTE);
        let asks: Vec<_> = (0..20)
            .map(|_| {
                let credentials = Arc::clone(&credentials);
                tokio::spawn(async move { shown(&credentials, refused).await })
            })
            .collect();
        for ask in asks {
            assert_eq!(ask.await.expect("it ended"), Ok(expected));
        }
        assert_eq!(story.server.renewals() as u64, expected - 1);
    }
    // Refused again at once: another one would be refused too.
    for _ in 0..50 {
        assert_eq!(shown(&credentials, true).await, Ok(3));
    }
    assert_eq!(story.server.renewals(), 2);
    story.books.close().await;
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_less_and_less_while_the_old_token_serves() {
    let place = Place::new(ENGINES[0]).await;
    let story = Story::new(&place).await;
    story.log_in().await;
    let credentials = story.started();
    story.clock.forward(50 * MINUTE);
    story.server.will(vec![Whim::Status(503); 100]);
    for _ in 0..540 {
        assert_eq!(shown(&credentials, false).await, Ok(1), "good for ten minutes more");
        story.clock.forward(1000);
    }
    assert!((5..=8).contains(&story.server.renewals()), "{}", story.server.renewals());
    story.clock.forward(MINUTE);
    assert!(matches!(shown(&credentials, false).await, Err(CredentialError::NotNow(_))), "it ended");
    story.server.desk().whims.clear();
    story.clock.forward(11 * MINUTE);
    assert_eq!(shown(&credentials, false).await, Ok(2), "the server is well again");
    story.books.close().await;
}

#[tokio::test]
async fn an_answer_that_never_reached_the_books_loses_nothing() {
    let place = Place::new(ENGINES[0]).await;
    let story = Story::new(&place).await;
    story.log_in().await;
    story.clock.forward(50 * MINUTE);
    // The server has given a new token and forgotten the old one as far as it ever does; the process ended before it was stored.
    story.server.will([Whim::LoseAnswer]);
    assert_eq!(shown(&story.started(), false).await, Ok(1));
    assert_eq!(shown(&story.started(), false).await, Ok(3), "the old refresh token was tried again");
    for expected in 4..8 {
        story.clock.forward(50 * MINUTE);
        assert_eq!(shown(&story.started(), false).await, Ok(expected), "and all is in order again");
    }
    story.books.close().await;
}

#[tokio::test]
async fn tokens_are_shown_only_after_the_books_took_them() {
    for dies in [false, true] {
        let place = Place::new(ENGINES[0]).await;
        let story = Story::new(&place).await;
        story.log_in().await;
        story.clock.forward(70 * MINUTE);
        // The disk fails between the server's answer and the commit.
        let mut backdoor = place.backdoor().await;
        let full = "CREATE TRIGGER full BEFORE UPDATE ON token BEGIN SELECT RAISE(ABORT, 'full'); END";
        backdoor.run(full).await.expect("SQL of the test");
        let mut credentials = story.started();
        for _ in 0..3 {
            assert!(matches!(shown(&credentials, false).await, Err(CredentialError::NotNow(_))), "not even in a second ask");
        }
        assert_eq!(story.server.renewals(), 1, "what the server gave is not asked for again");
        backdoor.run("DROP TRIGGER full").await.expect("SQL of the test");
        if dies {
            credentials = story.started();
        }
        let expected = if dies { 3 } else { 2 };
        assert_eq!(shown(&credentials, false).await, Ok(expected), "the answer in hand, or the old refresh token once more");
        story.clock.forward(70 * MINUTE);
        assert_eq!(shown(&credentials, false).await, Ok(expected + 1));
        story.books.close().await;
    }
}

#[tokio::test]
async fn one_who_stops_waiting_does_not_stop_the_renewal() {
    let place = Place::new(ENGINES[0]).await;
    let story = Story::new(&place).await;
    story.log_in().await;
    let credentials = story.started();
    story.clock.forward(50 * MINUTE);
    let impatient = tokio::time::timeout(Duration::ZERO, credentials.credential(false)).await;
    assert!(impatient.is_err(), "it takes longer than nothing");
    assert_eq!((shown(&credentials, false).await, story.server.renewals()), (Ok(2), 1));
    story.books.close().await;
}

#[tokio::test]
async fn an_authorisation_that_ended_is_not_asked_about_again_until_a_person_logs_in() {
    let place = Place::new(ENGINES[0]).await;
    let story = Story::new(&place).await;
    story.log_in().await;
    let credentials = story.started();
    story.clock.forward(50 * MINUTE);
    story.server.will([Whim::Refuse("invalid_grant")]);
    let ended = CredentialError::Ended { account: "sales".to_owned(), why: "invalid_grant".to_owned() };
    for credentials in [&credentials, &credentials, &story.started()] {
        assert_eq!(shown(credentials, true).await, Err(ended.clone()), "also after a restart");
    }
    assert_eq!(story.server.renewals(), 1);
    story.log_in().await;
    assert_eq!(shown(&credentials, false).await, Ok(2), "the running daemon goes on by itself");

    std::fs::remove_file(story.key_file()).expect("the key is there");
    let error = shown(&credentials, false).await.expect_err("without its key a token is nothing");
    assert!(error.to_string().contains("tradepost.key") && error.to_string().contains("tradepost login sales"), "{error}");
    story.books.close().await;
}

#[tokio::test]
async fn no_secret_is_in_the_books_or_in_an_error() {
    let place = Place::new(ENGINES[0]).await;
    let story = Story::new(&place).await;
    story.log_in().await;
    let credentials = story.started();
    let whims = [Whim::Refuse("invalid_client"), Whim::Status(400), Whim::Status(302), Whim::Refuse("invalid_grant")];
    for whim in whims {
        story.clock.forward(70 * MINUTE);
        story.server.will([whim]);
        let error = shown(&credentials, false).await.expect_err("a refusal");
        assert!(!format!("{error} {error:?} {credentials:?}").contains(CANARY), "{error:?}");
    }
    let asked = story.server.desk().asked.concat();
    assert!(asked.contains(&format!("refresh-1-{CANARY}")) && asked.contains(&format!("client-{CANARY}")), "there were secrets to tell");
    story.books.close().await;
    let folder = place.file();
    for file in std::fs::read_dir(folder.parent().expect("a folder")).expect("the folder").flatten() {
        let bytes = std::fs::read(file.path()).expect("ours");
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()), "{}", file.path().display());
    }
}

#[tokio::test]
async fn a_password_is_read_anew_each_time() {
    let place = Place::new(ENGINES[0]).await;
    let story = Story::new(&place).await;
    let mut imap = story.imap().clone();
    let file = story.home.path().join("password");
    imap.login = Login::Password(Secret::File(file.clone()).into());
    let credentials = credentials(story.account, &story.mailbox, &imap, &story.key_file(), &story.books, &story.clock, &Ids::Random);
    assert!(matches!(credentials.credential(false).await, Err(CredentialError::Unreadable(why)) if why.to_string().contains("password")));
    for password in ["first", "second"] {
        std::fs::write(&file, format!("{password}\n")).expect("ours");
        let expected = Credential::Password { user: "sales@bright.example".to_owned(), password: SecretText::new(password.to_owned()) };
        assert_eq!(credentials.credential(false).await, Ok(expected));
    }
    story.books.close().await;
}

// The program itself.

fn tradepost(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradepost"));
    command.current_dir(home).args(arguments).env("TRADEPOST_LOG", "trace").env("LANG", "en_US.UTF-8").env_remove("LC_ALL");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn configure(home: &Path, imap: &str) {
    use std::os::unix::fs::PermissionsExt;
    let file = home.join("tradepost.toml");
    std::fs::write(&file, text(imap)).expect("ours");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("ours");
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_operator_is_shown_where_to_go_and_what_to_type() {
    let (home, server) = (tempfile::tempdir().expect("a folder"), TokenServer::start());
    configure(home.path(), &oauth(&server));
    server.will([Whim::Refuse("authorization_pending")]);
    let output = tradepost(home.path(), &["login", "Sales@bright.example"]).output().expect("it was built");
    let text = said(&output);
    assert!(output.status.success() && text.contains("WDJB-MJHT") && text.contains("/go") && text.contains("tradepost.key"), "{text}");
    assert!(text.contains("TRACE") && !text.contains(CANARY), "a secret in a TRACE log");

    server.will([Whim::Refuse("access_denied")]);
    let output = tradepost(home.path(), &["login", "sales"]).output().expect("it was built");
    assert!(output.status.code() == Some(1) && said(&output).contains("refused in the browser"), "{}", said(&output));

    configure(home.path(), &format!("password = \"{CANARY}\""));
    for (account, expected) in [("sales", "entered with a password"), ("slaes", "Name one of: sales")] {
        let output = tradepost(home.path(), &["login", account]).output().expect("it was built");
        assert!(output.status.code() == Some(1) && said(&output).contains(expected), "{}", said(&output));
    }
}

#[test]
fn who_cannot_log_in_for_the_key_files_sake_is_told_what_to_do_with_it() {
    use std::os::unix::fs::PermissionsExt;
    let (home, server) = (tempfile::tempdir().expect("a folder"), TokenServer::start());
    configure(home.path(), &oauth(&server));
    let key = home.path().join("tradepost.key");
    std::fs::write(&key, "cut o").expect("ours");
    for (mode, told, advice) in [(0o600, "holds no key", "tradepost suppress begin-anew"), (0o644, "others can read", "chmod 600")] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).expect("ours");
        let text = said(&tradepost(home.path(), &["login", "sales"]).output().expect("it was built"));
        assert!(text.contains(told) && text.contains(advice) && server.desk().asked.is_empty(), "{text}");
    }
}

/// A server that takes that token and no other, with mail in the inbox and none in Sent.
async fn mail_server(token: &'static str) -> Scripted {
    Scripted::play(move |mut talk: Talk| async move {
        talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR IDLE UIDPLUS] ready\r\n").await;
        while let Some(line) = talk.line().await {
            let (tag, command) = line.split_once(' ').expect("a tag");
            let untagged = match command.split_whitespace().next() {
                Some("AUTHENTICATE") => {
                    let shown = command.rsplit(' ').next().and_then(|text| STANDARD.decode(text).ok()).expect("a token at once");
                    let is_it = String::from_utf8_lossy(&shown).contains(token);
                    if !is_it {
                        talk.say(&format!("{tag} NO [AUTHENTICATIONFAILED] not that\r\n")).await;
                        continue;
                    }
                    String::new()
                }
                Some("CAPABILITY") => "* CAPABILITY IMAP4rev1 IDLE UIDPLUS\r\n".to_owned(),
                Some("LIST") => "* LIST () \"/\" INBOX\r\n* LIST (\\Sent) \"/\" \"Sent\"\r\n".to_owned(),
                Some("EXAMINE") if command.contains("INBOX") => "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 3] .\r\n".to_owned(),
                Some("EXAMINE") => "* 0 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 1] .\r\n".to_owned(),
                Some("UID") => [1, 2]
                    .map(|uid| {
                        format!("* {uid} FETCH (UID {uid} FLAGS () INTERNALDATE \"1{uid}-Nov-2026 08:00:00 +0000\" RFC822.SIZE 700)\r\n")
                    })
                    .concat(),
                _ => String::new(),
            };
            talk.say(&format!("{untagged}{tag} OK done\r\n")).await;
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_looks_at_a_mailbox_with_the_token_of_the_books_and_never_renews_it() {
    let (home, server) = (tempfile::tempdir().expect("a folder"), TokenServer::start());
    let mail = mail_server("access-1-").await;
    configure(home.path(), &format!("port = {}, security = \"none\", {}", mail.port, oauth(&server)));
    let run = async |arguments: &[&str]| {
        let mut command = tradepost(home.path(), arguments);
        let output = tokio::task::spawn_blocking(move || command.output().expect("it was built")).await.expect("it ended");
        said(&output)
    };
    let text = run(&["check"]).await;
    assert!(text.contains("Nobody has logged in") && text.contains("tradepost login sales") && mail.heard().is_empty(), "{text}");

    run(&["login", "sales"]).await;
    let text = run(&["check"]).await;
    for said in ["works", "Mails: 2, from 2026-11-11 to 2026-11-12", "Sent: Sent", "Sent is empty", "No Junk folder"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains(CANARY) && !mail.heard().concat().contains("SELECT"), "{text}");

    // The next token ends at once; whoever renews it beside the daemon may spend the daemon's.
    server.desk().life_s = 5;
    run(&["login", "sales"]).await;
    let heard = mail.heard().len();
    let text = run(&["check"]).await;
    assert!(text.contains("The token ended") && text.contains("tradepost run"), "{text}");
    assert_eq!((server.renewals(), mail.heard().len()), (0, heard), "nobody is asked");

    // The server takes it no longer.
    server.desk().life_s = 3600;
    run(&["login", "sales"]).await;
    let text = run(&["check"]).await;
    assert!(text.contains("refused the token") && text.contains("tradepost login sales"), "{text}");
    assert_eq!(server.renewals(), 0);
}

#[test]
fn a_login_that_is_killed_leaves_nothing_half_done() {
    let (home, server) = (tempfile::tempdir().expect("a folder"), TokenServer::start());
    configure(home.path(), &oauth(&server));
    server.will(vec![Whim::Refuse("authorization_pending"); 1000]);
    let mut child = tradepost(home.path(), &["login", "sales"]).spawn().expect("it was built");
    while server.desk().asked.is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(pid, Signal::KILL).expect("it is ours");
    child.wait().expect("it ended");
    server.desk().whims.clear();
    let output = tradepost(home.path(), &["login", "sales"]).output().expect("it was built");
    assert!(output.status.success(), "{}", said(&output));
}

#[tokio::test]
async fn a_code_nobody_types_ends() {
    let place = Place::new(ENGINES[0]).await;
    let story = Story::new(&place).await;
    let Login::OAuth(oauth) = &story.imap().login else { panic!("it takes tokens") };
    let server = auth_server(oauth, None, false).await.expect("it can be asked");
    let code = server.begin().await.expect("a code");
    story.server.will(vec![Whim::Refuse("authorization_pending"); 700]);
    let error = wait_for_tokens(&server, &code, async |_| {}).await.expect_err("nobody typed it");
    assert_eq!(error.to_string(), OAuthError::CodeExpired.to_string());
    story.books.close().await;
}
