//! What is known of the places of a folder, whichever table says what lies there: a message, mail in quarantine, or mail that is passed
//! over. Together they are how far a folder was read.

use super::{BooksError, Session};
use crate::types::{AccountId, FolderId, Moment};

/// Of one folder, where something lies.
macro_rules! lying {
    () => {
        "
 WHERE account_id = $1
   AND folder_id = $2
   AND gone_at IS NULL"
    };
}

macro_rules! list {
    ($table:literal) => {
        concat!("\nSELECT place\n  FROM ", $table, lying!(), "\n   AND uidvalidity = $3")
    };
}

macro_rules! mark_gone {
    ($table:literal) => {
        concat!("\nUPDATE ", $table, "\n   SET gone_at = $5", lying!(), "\n   AND uidvalidity = $3\n   AND place = $4")
    };
}

macro_rules! mark_all_gone {
    ($table:literal) => {
        concat!("\nUPDATE ", $table, "\n   SET gone_at = $3", lying!())
    };
}

statements! { STATEMENTS;
    /// A mail of which nothing came is to be fetched again after a restart; of one that was erased nothing is left to fetch for.
    LIST(3) = concat!(
        list!("placement"),
        "\n UNION ALL",
        list!("quarantine"),
        "\n   AND (size > 0 OR reason = 'erased')",
        "\n UNION ALL",
        list!("passed_place")
    );

    /// Places on a server are numbers without leading zeros, so the longest is the highest. What went meanwhile lay there all the same.
    FIND_HIGHEST_BEFORE(4) = "
SELECT place
  FROM placement
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND seen_at < $4
 ORDER BY LENGTH(place) DESC, place DESC
 LIMIT 1";

    MARK_PLACED_GONE(5) = mark_gone!("placement");
    MARK_SET_ASIDE_GONE(5) = mark_gone!("quarantine");
    MARK_PASSED_GONE(5) = mark_gone!("passed_place");

    MARK_ALL_PLACED_GONE(3) = mark_all_gone!("placement");
    MARK_ALL_SET_ASIDE_GONE(3) = mark_all_gone!("quarantine");
    MARK_ALL_PASSED_GONE(3) = mark_all_gone!("passed_place");
}

/// The places of a folder that are known under that UIDVALIDITY, in no order.
pub async fn list(session: &mut Session, account: AccountId, folder: FolderId, uidvalidity: i64) -> Result<Vec<String>, BooksError> {
    let rows = session.rows(&LIST, &[account.into(), folder.into(), uidvalidity.into()]).await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// The highest UID in a folder of the mails that were known before that moment.
pub async fn find_highest_before(
    session: &mut Session,
    account: AccountId,
    folder: FolderId,
    uidvalidity: i64,
    before: Moment,
) -> Result<Option<u32>, BooksError> {
    let row = session.row(&FIND_HIGHEST_BEFORE, &[account.into(), folder.into(), uidvalidity.into(), before.into()]).await?;
    Ok(row.map(|row| row.text(0)).transpose()?.and_then(|place| place.parse().ok()))
}

/// Nothing lies at these places any more; how many of them the books did not know to be empty.
pub async fn mark_gone(
    session: &mut Session,
    account: AccountId,
    folder: FolderId,
    uidvalidity: i64,
    places: &[&str],
    at: Moment,
) -> Result<u64, BooksError> {
    let mut marked = 0;
    for place in places {
        let values = [account.into(), folder.into(), uidvalidity.into(), (*place).into(), at.into()];
        for statement in [&MARK_PLACED_GONE, &MARK_SET_ASIDE_GONE, &MARK_PASSED_GONE] {
            marked += session.run(statement, &values).await?;
        }
    }
    Ok(marked)
}

/// Whatever lay in a folder lies at another place now, if it lies there at all (RFC 9051 §2.3.1.1); at how many places.
pub async fn mark_all_gone(session: &mut Session, account: AccountId, folder: FolderId, at: Moment) -> Result<u64, BooksError> {
    let values = [account.into(), folder.into(), at.into()];
    let mut marked = 0;
    for statement in [&MARK_ALL_PLACED_GONE, &MARK_ALL_SET_ASIDE_GONE, &MARK_ALL_PASSED_GONE] {
        marked += session.run(statement, &values).await?;
    }
    Ok(marked)
}
