//! `tradepost login ACCOUNT`: the first token of a mailbox whose server wants one instead of a password.

use super::words::Words;
use super::{open, suppress};
use crate::config::{Config, Door, Imap, Issuer, Login, Mailbox, OAuth, SmtpLogin};
use crate::flow::{Clock, Ids, KeepError, Keeper, LoginError, auth_server, wait_for_tokens};
use crate::mailbox::oauth::{DeviceCode, OAuthError};
use crate::record;
use crate::types::EmailAddress;
use anyhow::anyhow;
use std::fmt::Display;
use std::io::{Write, stdout};
use std::path::Path;
use std::process::ExitCode;

/// Shows an address and a code, waits until a person typed it there, and keeps what the server gives. Works beside a running daemon.
pub fn run(file: &Path, account: &str, words: &Words) -> anyhow::Result<ExitCode> {
    let config = open::config(file)?;
    let mailbox = mailbox(&config, account, words)?;
    let (imap, oauth) = settings(mailbox, words)?;
    open::runtime()?.block_on(log_in(&config, mailbox, imap, oauth, words))?;
    Ok(ExitCode::SUCCESS)
}

/// The mailbox of that name or address.
fn mailbox<'c>(config: &'c Config, account: &str, words: &Words) -> anyhow::Result<&'c Mailbox> {
    let address = EmailAddress::parse(account).ok();
    let is_meant = |mailbox: &&Mailbox| {
        mailbox.name.to_lowercase() == account.to_lowercase()
            || address.as_ref().is_some_and(|address| address.folded() == mailbox.address.folded())
    };
    config.mailboxes.iter().find(is_meant).ok_or_else(|| {
        let names = words.list(config.mailboxes.iter().map(|mailbox| &mailbox.name));
        anyhow!(words.say("login.no_mailbox", &[("account", &account), ("names", &names)]))
    })
}

/// What the mailbox's tokens come from; a mailbox that needs none is refused with what to do instead.
fn settings<'m>(mailbox: &'m Mailbox, words: &Words) -> anyhow::Result<(&'m Imap, &'m OAuth)> {
    let values: [(&str, &dyn Display); 1] = [("name", &mailbox.name)];
    match &mailbox.door {
        Door::Maildir(_) => Err(anyhow!(words.say("login.maildir", &values))),
        Door::Imap(imap) => match &imap.login {
            Login::Password(_) => Err(anyhow!(words.say("login.password", &values))),
            Login::OAuth(oauth) => Ok((imap, oauth)),
        },
    }
}

async fn log_in(config: &Config, mailbox: &Mailbox, imap: &Imap, oauth: &OAuth, words: &Words) -> anyhow::Result<()> {
    // Books and key are opened first: nobody should type a code for nothing.
    let books = open::books_to_write(config, "login").await?;
    let done = log_in_to(config, mailbox, imap, oauth, &books, words).await;
    books.close().await;
    done
}

async fn log_in_to(
    config: &Config,
    mailbox: &Mailbox,
    imap: &Imap,
    oauth: &OAuth,
    books: &record::Books,
    words: &Words,
) -> anyhow::Result<()> {
    let mut session = books.begin().await?;
    let account = record::accounts::find_or_add(&mut session, &mailbox.name, &mailbox.address).await?.id;
    session.commit().await?;

    let failed = |error: LoginError| anyhow!(sentence(&error, mailbox, oauth, words));
    let sends = mailbox.sending.as_ref().is_some_and(|sending| matches!(sending.login, SmtpLogin::AsMailbox));
    let server = auth_server(oauth, imap.proxy.as_ref(), sends).await;
    let server = server.map_err(|error| anyhow!(words.say("login.not_asked", &[("name", &mailbox.name), ("why", &error)])))?;
    let keeper = Keeper { account, books: books.clone(), key_file: config.storage.key_file.clone(), ids: Ids::Random };
    let not_kept = |error: KeepError| {
        let (why, advice) = match &error {
            KeepError::Key(why) => suppress::key_sentences(why, words),
            KeepError::Books(_) | KeepError::NotSealed => (error.to_string(), String::new()),
        };
        let said = words.say("login.not_kept", &[("name", &mailbox.name), ("why", &why)]);
        anyhow!(format!("{said} {advice}").trim_end().to_owned())
    };
    keeper.prepare().await.map_err(not_kept)?;
    let code = server.begin().await.map_err(|error| failed(error.into()))?;
    show(&code, imap, words)?;
    let (tokens, refresh) = wait_for_tokens(&server, &code, async |pause| tokio::time::sleep(pause).await).await.map_err(failed)?;

    keeper.keep_first(&tokens, &refresh, Clock::System.now()).await.map_err(not_kept)?;
    let key_file = config.storage.key_file.display();
    let minutes = tokens.life.as_secs() / 60;
    writeln!(stdout(), "{}", words.say("login.done", &[("name", &mailbox.name), ("minutes", &minutes), ("key_file", &key_file)]))?;
    Ok(())
}

/// Where to go and what to type, seen at once also when the output is a pipe.
fn show(code: &DeviceCode, imap: &Imap, words: &Words) -> std::io::Result<()> {
    let minutes = code.life.as_secs().div_ceil(60);
    let values: [(&str, &dyn Display); 4] =
        [("address", &code.address), ("code", &code.user_code), ("user", &imap.user), ("minutes", &minutes)];
    writeln!(stdout(), "{}", words.say("login.type", &values))?;
    stdout().flush()
}

fn sentence(error: &LoginError, mailbox: &Mailbox, oauth: &OAuth, words: &Words) -> String {
    let say = |key: &str, more: &dyn Display| words.say(key, &[("name", &mailbox.name), ("why", more)]);
    match error {
        LoginError::NoRefreshToken => say("login.no_refresh_token", &""),
        LoginError::Server(OAuthError::CodeExpired) => say("login.expired", &""),
        LoginError::Server(OAuthError::Denied) => say("login.denied", &""),
        // Google lists the scopes a device may ask for, and mail is not among them.
        LoginError::Server(OAuthError::Misconfigured { code }) if oauth.issuer == Issuer::Google && code == "invalid_scope" => {
            say("login.google_scope", code)
        }
        LoginError::Server(OAuthError::Misconfigured { code } | OAuthError::Ended { code }) => say("login.misconfigured", code),
        LoginError::Server(error) => say("login.unreachable", error),
    }
}
