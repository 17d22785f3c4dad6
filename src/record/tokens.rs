//! Tokens of mailboxes, sealed: the books hold nothing that opens a mailbox without the key file beside the configuration.

use super::{BooksError, Session};
use crate::types::{AccountId, Moment};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// Bytes of a key, and of a nonce (RFC 8439 §2.8).
pub const KEY_LEN: usize = 32;
pub const NONCE_BYTES: usize = NONCE_LEN;

/// What seals tokens and opens them again.
pub struct TokenKey(LessSafeKey);

/// Which of an account's two tokens; one cannot be put in the place of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Refresh,
    Access,
}

/// A token as it lies in the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

/// It was sealed with another key, for another account, or changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token cannot be opened with this key")]
pub struct NotOpened;

/// An account's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub refresh: Sealed,
    pub access: Sealed,
    pub issued_at: Moment,
    /// How long the access token is good.
    pub until: Moment,
    /// Rises with every storing.
    pub epoch: i64,
    /// Why a person must log in again: the server's error code.
    pub ended: Option<String>,
}

/// Tokens to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTokens {
    pub refresh: Sealed,
    pub access: Sealed,
    pub issued_at: Moment,
    pub until: Moment,
}

impl TokenKey {
    /// The key of those bytes.
    pub fn new(bytes: &[u8; KEY_LEN]) -> Option<Self> {
        UnboundKey::new(&CHACHA20_POLY1305, bytes).ok().map(|key| Self(LessSafeKey::new(key)))
    }

    /// Seals a token. The nonce is random and used for this one token only: 96 bits do not repeat in the few thousands of a life.
    pub fn seal(&self, nonce: [u8; NONCE_BYTES], account: AccountId, kind: TokenKind, token: &str) -> Option<Sealed> {
        let mut bytes = token.as_bytes().to_vec();
        self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(account, kind), &mut bytes).ok()?;
        Some(Sealed([nonce.as_slice(), &bytes].concat()))
    }

    /// Opens a token again.
    pub fn open(&self, account: AccountId, kind: TokenKind, sealed: &Sealed) -> Result<String, NotOpened> {
        let (nonce, body) = sealed.0.split_at_checked(NONCE_BYTES).ok_or(NotOpened)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotOpened)?;
        let mut bytes = body.to_vec();
        let plain = self.0.open_in_place(nonce, bound_to(account, kind), &mut bytes).map_err(|_| NotOpened)?;
        String::from_utf8(plain.to_vec()).map_err(|_| NotOpened)
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(key)")
    }
}

/// A token of one account is worth nothing in the row of another.
fn bound_to(account: AccountId, kind: TokenKind) -> Aad<String> {
    let kind = match kind {
        TokenKind::Refresh => "refresh",
        TokenKind::Access => "access",
    };
    Aad::from(format!("tradepost token {} {kind}", account.0))
}

statements! { STATEMENTS;
    FIND(1) = "
SELECT refresh_sealed, access_sealed, issued_at_ms, until_ms, epoch, ended
  FROM token
 WHERE account_id = $1";

    /// What a person's login gave takes the place of whatever was there.
    ADD(5) = "
INSERT INTO token (account_id, refresh_sealed, access_sealed, issued_at_ms, until_ms, epoch)
VALUES ($1, $2, $3, $4, $5, 1)
ON CONFLICT (account_id) DO UPDATE
   SET refresh_sealed = excluded.refresh_sealed,
       access_sealed = excluded.access_sealed,
       issued_at_ms = excluded.issued_at_ms,
       until_ms = excluded.until_ms,
       epoch = token.epoch + 1,
       ended = ''";

    MARK_RENEWED(6) = "
UPDATE token
   SET refresh_sealed = $3,
       access_sealed = $4,
       issued_at_ms = $5,
       until_ms = $6,
       epoch = epoch + 1
 WHERE account_id = $1
   AND epoch = $2";

    ERASE(1) = "
DELETE FROM token
 WHERE account_id = $1";

    MARK_ENDED(3) = "
UPDATE token
   SET ended = $3
 WHERE account_id = $1
   AND epoch = $2";
}

/// An account's tokens; `None` before the first login.
pub async fn find(session: &mut Session, account: AccountId) -> Result<Option<Kept>, BooksError> {
    let Some(row) = session.row(&FIND, &[account.into()]).await? else { return Ok(None) };
    Ok(Some(Kept {
        refresh: Sealed(row.blob(0)?),
        access: Sealed(row.blob(1)?),
        issued_at: row.moment(2)?,
        until: row.moment(3)?,
        epoch: row.int(4)?,
        ended: row.known_text(5)?,
    }))
}

/// Keeps what a login gave.
pub async fn add(session: &mut Session, account: AccountId, new: &NewTokens) -> Result<(), BooksError> {
    let (refresh, access) = (new.refresh.0.as_slice(), new.access.0.as_slice());
    session.run(&ADD, &[account.into(), refresh.into(), access.into(), new.issued_at.into(), new.until.into()]).await.map(|_| ())
}

/// Keeps what the server gave for the tokens of that epoch; `false` when somebody logged in or renewed them meanwhile.
pub async fn mark_renewed(session: &mut Session, account: AccountId, epoch: i64, new: &NewTokens) -> Result<bool, BooksError> {
    let (refresh, access) = (new.refresh.0.as_slice(), new.access.0.as_slice());
    let values = [account.into(), epoch.into(), refresh.into(), access.into(), new.issued_at.into(), new.until.into()];
    Ok(session.run(&MARK_RENEWED, &values).await? > 0)
}

/// Forgets an account's tokens.
pub async fn erase(session: &mut Session, account: AccountId) -> Result<(), BooksError> {
    session.run(&ERASE, &[account.into()]).await.map(|_| ())
}

/// The tokens of that epoch are worth nothing any more.
pub async fn mark_ended(session: &mut Session, account: AccountId, epoch: i64, why: &str) -> Result<(), BooksError> {
    session.run(&MARK_ENDED, &[account.into(), epoch.into(), why.into()]).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_token_opens_only_where_it_belongs() {
        let key = TokenKey::new(&[7; KEY_LEN]).expect("a key");
        let sealed = key.seal([1; NONCE_BYTES], AccountId(1), TokenKind::Refresh, "geheim-4711").expect("sealed");
        assert_eq!(key.open(AccountId(1), TokenKind::Refresh, &sealed), Ok("geheim-4711".to_owned()));
        assert_eq!(key.open(AccountId(2), TokenKind::Refresh, &sealed), Err(NotOpened), "another account");
        assert_eq!(key.open(AccountId(1), TokenKind::Access, &sealed), Err(NotOpened), "another kind");
        let other = TokenKey::new(&[8; KEY_LEN]).expect("a key");
        assert_eq!(other.open(AccountId(1), TokenKind::Refresh, &sealed), Err(NotOpened), "another key");
        for at in 0..sealed.0.len() {
            let mut changed = sealed.clone();
            changed.0[at] ^= 1;
            assert_eq!(key.open(AccountId(1), TokenKind::Refresh, &changed), Err(NotOpened), "byte {at} changed");
            let cut = Sealed(sealed.0.iter().take(at).copied().collect());
            assert_eq!(key.open(AccountId(1), TokenKind::Refresh, &cut), Err(NotOpened), "cut at {at}");
        }
    }
}
