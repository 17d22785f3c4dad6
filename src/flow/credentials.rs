//! What a mailbox's server is shown at login: a password read where the configuration says, or a token of the books.
//!
//! Tokens of servers that give a new refresh token at each use can be lost for good, so:
//! - one renewal at a time per account; whoever else asks waits for its result;
//! - new tokens are committed before the access token is shown to anybody;
//! - a renewal goes on when the one who asked stops waiting, and tokens that could not be stored are kept and stored at the next ask;
//! - of the process dying between the server's answer and the commit remains the old refresh token, tried again at the next start:
//!   servers accept it until the new one was used (RFC 9700 §4.14.2 has them see a replay only then). A server that does not
//!   answers `invalid_grant`, and a person logs in again: the one race we accept.
//!
//! The books are asked each time, and every storing raises the epoch: `tradepost login` works beside the daemon.

use super::disk::beside;
use super::{Clock, Ids, KeyFileError, key_file};
use crate::config::{DatedSecret, Imap, Login, Mailbox, OAuth, Proxy, Secret, SecretText};
use crate::mailbox::oauth::{AuthServer, OAuthError, Tokens};
use crate::mailbox::{Credential, CredentialError, Credentials, ProxyLogin};
use crate::record::suppressions;
use crate::record::tokens::{self, Kept, NewTokens, TokenKey, TokenKind};
use crate::record::{Books, BooksError, Retry};
use crate::types::{AccountId, Moment};
use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::Mutex;

type Answer = Result<Credential, CredentialError>;

/// A token is renewed when this much of its life is over.
const RENEW_AT_PERCENT: i64 = 80;
/// A token that is refused within this time is no older than it seems: another one would be refused too.
const NEW_MS: i64 = 60_000;
/// A token is not shown when it ends within this time.
const MARGIN_MS: i64 = 10_000;
/// The first pause after a renewal that failed, and the longest; each is twice the one before.
const PAUSE_MS: i64 = 5_000;
const PAUSE_MS_MAX: i64 = 600_000;

/// The credentials of a server of its own, with a password read where the configuration says.
pub(super) fn password(user: &str, password: &Secret) -> Arc<dyn Credentials> {
    Arc::new(Password { user: user.to_owned(), password: password.clone() })
}

/// The credentials of a mailbox on a server. Cheap; to be made once per account, for renewals are held to one at a time in it.
pub fn credentials(
    account: AccountId,
    mailbox: &Mailbox,
    imap: &Imap,
    key_file: &Path,
    books: &Books,
    clock: &Clock,
    ids: &Ids,
) -> Arc<dyn Credentials> {
    let user = imap.user.clone();
    match &imap.login {
        Login::Password(password) => Arc::new(Password { user, password: password.secret.clone() }),
        Login::OAuth(oauth) => Arc::new(Token(Arc::new(Renewer {
            account,
            name: mailbox.name.clone(),
            user,
            oauth: oauth.clone(),
            proxy: imap.proxy.clone(),
            keeper: Keeper { account, books: books.clone(), key_file: key_file.to_owned(), ids: ids.clone() },
            clock: clock.clone(),
            shown: AtomicI64::new(0),
            state: Mutex::default(),
        }))),
    }
}

#[derive(Debug)]
struct Password {
    user: String,
    password: Secret,
}

impl Credentials for Password {
    fn credential(&self, _refused: bool) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(async {
            let secret = self.password.clone();
            let password = beside(move || secret.read()).await.map_err(CredentialError::Unreadable)?;
            Ok(Credential::Password { user: self.user.clone(), password })
        })
    }
}

#[derive(Debug)]
struct Token(Arc<Renewer>);

impl Credentials for Token {
    fn credential(&self, refused: bool) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        let renewer = Arc::clone(&self.0);
        // A task of its own: a caller that stops waiting must not stop a renewal between the server's answer and the books.
        Box::pin(async move {
            match tokio::spawn(async move { renewer.answer(refused).await }).await {
                Ok(answer) => answer,
                Err(broken) if broken.is_panic() => std::panic::resume_unwind(broken.into_panic()),
                Err(_) => Err(CredentialError::NotNow("the daemon is stopping".to_owned())),
            }
        })
    }
}

/// Keeps an account's tokens in the books.
pub struct Keeper {
    pub account: AccountId,
    pub books: Books,
    pub key_file: PathBuf,
    pub ids: Ids,
}

/// Tokens could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error(transparent)]
    Books(#[from] BooksError),
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error("the token cannot be sealed")]
    NotSealed,
}

/// Why there is no token that could be shown now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoToken {
    /// Nobody has logged in yet.
    Never,
    /// The authorisation has ended, with the server's error code: only a person can help.
    Ended(String),
    /// The last one ended at that moment, and was not renewed since.
    Old(Moment),
    /// Books or key file do not give it.
    Unreadable(String),
}

struct Renewer {
    account: AccountId,
    /// The mailbox's name, for `tradepost login NAME`.
    name: String,
    user: String,
    oauth: OAuth,
    proxy: Option<Proxy>,
    keeper: Keeper,
    clock: Clock,
    /// The epoch of the token that was shown last.
    shown: AtomicI64,
    state: Mutex<State>,
}

/// What is remembered between two asks; held while a renewal is under way.
#[derive(Default)]
struct State {
    failures: u32,
    not_before: Option<Moment>,
    /// Tokens that the server gave for that epoch and the books did not take.
    unsaved: Option<(i64, Moment, Tokens)>,
}

impl Keeper {
    /// Makes the key when there is none, so that a login is not begun whose tokens could not be kept. Where the books name a key, none is
    /// made: everything else that was kept under it would be lost.
    pub async fn prepare(&self) -> Result<TokenKey, KeepError> {
        let (file, ids) = (self.key_file.clone(), self.ids.clone());
        let named = suppressions::find_mark(&mut self.books.look().await?).await?;
        Ok(beside(move || if named.is_some() { key_file::read(&file) } else { key_file::read_or_make(&file, &ids) }).await?)
    }

    /// The access token, as long as it is good. Nothing is renewed here: this is for whoever looks beside the daemon, and a server that
    /// gives a new refresh token at each use takes two renewals at once for a theft.
    pub async fn valid(&self, now: Moment) -> Result<SecretText, NoToken> {
        let unreadable = |why: &dyn fmt::Display| NoToken::Unreadable(why.to_string());
        let kept = self.kept().await.map_err(|error| unreadable(&error))?.ok_or(NoToken::Never)?;
        if let Some(why) = kept.ended {
            return Err(NoToken::Ended(why));
        }
        if now.plus_ms(MARGIN_MS) >= kept.until {
            return Err(NoToken::Old(kept.until));
        }
        let key = self.key().await.map_err(|error| unreadable(&error))?;
        let token = key.open(self.account, TokenKind::Access, &kept.access).map_err(|error| unreadable(&error))?;
        Ok(SecretText::new(token))
    }

    /// Keeps what a login gave.
    pub async fn keep_first(&self, given: &Tokens, refresh: &SecretText, now: Moment) -> Result<(), KeepError> {
        let key = self.prepare().await?;
        let new = self.seal(&key, given, refresh, now)?;
        let mut retry = Retry::default();
        loop {
            match self.add(&new).await {
                Err(error) => retry.after(error).await?,
                Ok(()) => return Ok(()),
            }
        }
    }

    async fn add(&self, new: &NewTokens) -> Result<(), BooksError> {
        let mut session = self.books.begin().await?;
        tokens::add(&mut session, self.account, new).await?;
        session.commit().await
    }

    async fn key(&self) -> Result<TokenKey, KeyFileError> {
        let file = self.key_file.clone();
        beside(move || key_file::read(&file)).await
    }

    async fn kept(&self) -> Result<Option<Kept>, BooksError> {
        let mut session = self.books.look().await?;
        tokens::find(&mut session, self.account).await
    }

    /// Stores what was given for the tokens of that epoch, committed when this returns.
    async fn keep_renewed(&self, epoch: i64, new: &NewTokens) -> Result<(), BooksError> {
        let mut retry = Retry::default();
        loop {
            let stored = async {
                let mut session = self.books.begin().await?;
                tokens::mark_renewed(&mut session, self.account, epoch, new).await?;
                session.commit().await
            };
            match stored.await {
                Err(error) => retry.after(error).await?,
                Ok(()) => return Ok(()),
            }
        }
    }

    async fn keep_ended(&self, epoch: i64, why: &str) -> Result<(), BooksError> {
        let mut session = self.books.begin().await?;
        tokens::mark_ended(&mut session, self.account, epoch, why).await?;
        session.commit().await
    }

    fn seal(&self, key: &TokenKey, given: &Tokens, refresh: &SecretText, now: Moment) -> Result<NewTokens, KeepError> {
        let seal = |kind, token: &SecretText| {
            let nonce = self.ids.bytes().map_err(KeyFileError::from)?;
            key.seal(nonce, self.account, kind, token.reveal()).ok_or(KeepError::NotSealed)
        };
        Ok(NewTokens {
            refresh: seal(TokenKind::Refresh, refresh)?,
            access: seal(TokenKind::Access, &given.access)?,
            issued_at: now,
            until: now.plus_ms(i64::try_from(given.life.as_millis()).unwrap_or(i64::MAX / 4)),
        })
    }
}

impl Renewer {
    async fn answer(&self, refused: bool) -> Answer {
        // Noted before waiting: whoever was refused the same token as another, who renews it now, finds a newer one and takes it.
        let refused_epoch = refused.then(|| self.shown.load(Ordering::SeqCst));
        let mut state = self.state.lock().await;
        if let Some((epoch, at, given)) = state.unsaved.take() {
            self.store(&mut state, epoch, at, given).await?;
        }
        let kept = self.kept().await?;
        if let Some(why) = kept.ended {
            return Err(self.ended(why));
        }
        let key = self.keeper.key().await.map_err(|error| self.ended(error.to_string()))?;
        let now = self.clock.now();
        let is_new = now.0 - kept.issued_at.0 < NEW_MS;
        let was_refused = refused_epoch.is_some_and(|epoch| epoch >= kept.epoch) && !is_new;
        let is_due = now.0 >= kept.issued_at.0 + (kept.until.0 - kept.issued_at.0) / 100 * RENEW_AT_PERCENT;
        if was_refused || is_due {
            match self.renew(&mut state, &kept, &key, now).await {
                Ok(()) => return self.show(&self.kept().await?, &key),
                // An old token that is still good helps over the server's trouble.
                Err(CredentialError::NotNow(_)) if !was_refused && now.plus_ms(MARGIN_MS) < kept.until => {}
                Err(error) => return Err(error),
            }
        }
        self.show(&kept, &key)
    }

    async fn kept(&self) -> Result<Kept, CredentialError> {
        let kept = self.keeper.kept().await.map_err(|error| not_now(&error))?;
        kept.ok_or_else(|| CredentialError::NoToken { account: self.name.clone() })
    }

    fn show(&self, kept: &Kept, key: &TokenKey) -> Answer {
        let token = key.open(self.account, TokenKind::Access, &kept.access).map_err(|error| self.ended(error.to_string()))?;
        self.shown.store(kept.epoch, Ordering::SeqCst);
        Ok(Credential::Bearer { user: self.user.clone(), token: SecretText::new(token) })
    }

    /// Asks for new tokens and stores them, unless an earlier failure bids to wait.
    async fn renew(&self, state: &mut State, kept: &Kept, key: &TokenKey, now: Moment) -> Result<(), CredentialError> {
        if state.not_before.is_some_and(|moment| now < moment) {
            return Err(CredentialError::NotNow("it failed before, and is asked again in some minutes".to_owned()));
        }
        let refresh = key.open(self.account, TokenKind::Refresh, &kept.refresh).map_err(|error| self.ended(error.to_string()))?;
        let refresh = SecretText::new(refresh);
        let given = match auth_server(&self.oauth, self.proxy.as_ref(), false).await {
            Ok(server) => server.refresh(&refresh).await,
            Err(error) => Err(OAuthError::Temporary(error.to_string())),
        };
        match given {
            Ok(mut given) => {
                state.failures = 0;
                state.not_before = None;
                given.refresh = given.refresh.or(Some(refresh));
                self.store(state, kept.epoch, now, given).await?;
                tracing::info!(account.id = self.account.0, "The mailbox's token was renewed");
                Ok(())
            }
            Err(OAuthError::Ended { code }) => {
                tracing::warn!(account.id = self.account.0, code, "The mailbox's authorisation has ended");
                // When it cannot be written down, the next ask hears the same from the server.
                if let Err(error) = self.keeper.keep_ended(kept.epoch, &code).await {
                    tracing::warn!(account.id = self.account.0, %error, "It cannot be kept that the authorisation has ended");
                }
                Err(self.ended(code))
            }
            Err(error) => {
                let pause_ms = PAUSE_MS.saturating_mul(1_i64.checked_shl(state.failures).unwrap_or(i64::MAX)).min(PAUSE_MS_MAX);
                state.failures = (state.failures + 1).min(20);
                state.not_before = Some(now.plus_ms(pause_ms));
                tracing::warn!(account.id = self.account.0, %error, "The mailbox's token cannot be renewed now");
                Err(CredentialError::NotNow(error.to_string()))
            }
        }
    }

    /// Commits new tokens; until then nobody is shown the access token, and the tokens are not forgotten.
    async fn store(&self, state: &mut State, epoch: i64, at: Moment, given: Tokens) -> Result<(), CredentialError> {
        let stored = async {
            let key = self.keeper.key().await?;
            let refresh = given.refresh.as_ref().ok_or(KeepError::NotSealed)?;
            let new = self.keeper.seal(&key, &given, refresh, at)?;
            Ok::<_, KeepError>(self.keeper.keep_renewed(epoch, &new).await?)
        };
        let failed = stored.await.err();
        if let Some(error) = failed {
            state.unsaved = Some((epoch, at, given));
            return Err(not_now(&error));
        }
        Ok(())
    }

    fn ended(&self, why: String) -> CredentialError {
        CredentialError::Ended { account: self.name.clone(), why }
    }
}

fn not_now(error: &impl fmt::Display) -> CredentialError {
    CredentialError::NotNow(error.to_string())
}

impl fmt::Debug for Renewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewer").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Why the authorisation server cannot even be asked.
#[derive(Debug, thiserror::Error)]
pub enum AuthServerError {
    #[error(transparent)]
    Secret(#[from] crate::config::SecretError),
    #[error(transparent)]
    Http(#[from] crate::mailbox::HttpError),
}

/// The authorisation server of those settings. Secrets and certificates are read now, beside the runtime. `sends`: a login asks for the
/// permission to send too.
pub async fn auth_server(oauth: &OAuth, proxy: Option<&Proxy>, sends: bool) -> Result<AuthServer, AuthServerError> {
    let (oauth, proxy) = (oauth.clone(), proxy.cloned());
    beside(move || {
        let secret = oauth.client_secret.as_ref().map(DatedSecret::read).transpose()?;
        let login = |proxy: Proxy| {
            let password = proxy.password.as_ref().map(DatedSecret::read).transpose()?;
            Ok::<_, AuthServerError>(ProxyLogin { kind: proxy.kind, host: proxy.host, port: proxy.port, user: proxy.user, password })
        };
        let proxy = proxy.map(login).transpose()?;
        Ok(AuthServer::new(&oauth, secret, proxy.as_ref(), sends)?)
    })
    .await
}
