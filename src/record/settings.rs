//! Switches that outlive a run.

use super::{BooksError, Session};
use crate::types::Moment;
use serde::{Deserialize, Serialize};

/// While this is set, no act is claimed (`acts::claim_due`).
const PAUSED: &str = "paused";
/// Which installation the books belong to.
pub const INSTALLATION: &str = "installation";
/// When the books were taken from a backup, if they were.
pub const RESTORED_AT: &str = "restored_at";

/// Why nothing is done. What a person gave as a reason is kept as it was typed; our own reasons are kept as what they are made of, and
/// said in the language of whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pause {
    /// A person's words; empty when none were given.
    Asked(String),
    Found(Finding),
}

/// What was found before anything was done, so that a person must say that all is well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Finding {
    /// The books come from a backup: what was due when it was made may have been done since.
    Restored { at: Moment, made_at: Moment, made_on: String },
    /// The books were last used on another host.
    OtherHost { was: String, is: String },
    /// The books are a copy of others on this host, which are there still.
    Copied { of: String },
    /// The mark that lies beside the books is not there, or is that of other books.
    Unmarked { mark: String },
    /// The database is a copy of another one.
    OtherDatabase,
}

impl Pause {
    /// As the books keep it.
    fn read(text: String) -> Self {
        serde_json::from_str(&text).map_or(Self::Asked(text), Self::Found)
    }
}

statements! { STATEMENTS;
    FIND(1) = "
SELECT value
  FROM setting
 WHERE key = $1";

    MARK(2) = "
INSERT INTO setting (key, value)
VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE
   SET value = excluded.value";

    ERASE(1) = "
DELETE FROM setting
 WHERE key = $1";
}

/// A switch's value.
pub async fn find(session: &mut Session, key: &str) -> Result<Option<String>, BooksError> {
    session.row(&FIND, &[key.into()]).await?.map(|row| row.text(0)).transpose()
}

/// Sets a switch.
pub async fn mark(session: &mut Session, key: &str, value: &str) -> Result<(), BooksError> {
    session.run(&MARK, &[key.into(), value.into()]).await.map(|_| ())
}

/// Removes a switch.
pub async fn erase(session: &mut Session, key: &str) -> Result<(), BooksError> {
    session.run(&ERASE, &[key.into()]).await.map(|_| ())
}

/// Stops or starts every claim, from the next one on. The reason is shown by `status`.
pub async fn mark_paused(session: &mut Session, why: Option<&str>) -> Result<(), BooksError> {
    match why {
        Some(why) => mark(session, PAUSED, why).await,
        None => erase(session, PAUSED).await,
    }
}

/// Stops every claim for a reason of our own.
pub async fn mark_found(session: &mut Session, finding: &Finding) -> Result<(), BooksError> {
    let text = serde_json::to_string(finding);
    let text = text.map_err(|error| BooksError::Failed { statement: MARK.name, cause: error.to_string() })?;
    mark(session, PAUSED, &text).await
}

/// Why nothing is claimed now; `None` when work goes on.
pub async fn find_pause(session: &mut Session) -> Result<Option<Pause>, BooksError> {
    Ok(find_paused(session).await?.map(Pause::read))
}

/// The same as the books keep it.
pub async fn find_paused(session: &mut Session) -> Result<Option<String>, BooksError> {
    find(session, PAUSED).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_typed_stays_their_words() {
        for text in ["stock-taking", "", "{}", "\"restored\"", "{\"copied\":{}}", "null"] {
            assert_eq!(Pause::read(text.to_owned()), Pause::Asked(text.to_owned()));
        }
    }

    #[test]
    fn a_reason_of_our_own_is_known_again() {
        let found = [
            Finding::Restored { at: Moment(2), made_at: Moment(1), made_on: "desk-1".to_owned() },
            Finding::OtherHost { was: "desk-1".to_owned(), is: "desk-2".to_owned() },
            Finding::Copied { of: "/srv/books.sqlite".to_owned() },
            Finding::Unmarked { mark: "/srv/books.sqlite.installation".to_owned() },
        ];
        for finding in found {
            let kept = serde_json::to_string(&finding).expect("text");
            assert_eq!(Pause::read(kept), Pause::Found(finding));
        }
    }
}
