//! How the mailboxes and the daemon fare: troubles from their beginning to their end, the last good look, what the server listed, and
//! the lives of the daemon.

use super::statement::Row;
use super::{BooksError, Session};
use crate::decide::TroubleKind;
use crate::types::{AccountId, FolderId, Moment};

/// Troubles listed at once; a mailbox has one of each kind at most.
const TROUBLES_MAX: i64 = 500;

/// Something that is or was wrong with a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub id: i64,
    pub account: AccountId,
    pub kind: TroubleKind,
    /// What happened, for `status`: an error's kind, never a server's words.
    pub detail: String,
    pub since: Moment,
    /// When it was met last.
    pub seen_at: Moment,
    /// How often it was met.
    pub times: i64,
    /// When a person was told last.
    pub told_at: Option<Moment>,
    pub over_at: Option<Moment>,
}

/// What a server listed in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderCount {
    pub account: AccountId,
    pub folder: FolderId,
    pub uidvalidity: i64,
    /// How many mails lay there.
    pub listed: i64,
    pub at: Moment,
}

/// What the books know of the mails a server listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    pub recorded: i64,
    pub quarantined: i64,
    /// Known to lie there and not kept: private mail, and mail that was erased.
    pub passed: i64,
}

/// A life of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub id: RunId,
    pub began_at: Moment,
    /// When it last said that it lives.
    pub alive_at: Moment,
    /// `None` while it runs, and of one that was killed.
    pub ended_at: Option<Moment>,
}

/// The number of a life of the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunId(pub i64);

statements! { STATEMENTS;
    ADD_TROUBLE(5) = "
INSERT INTO trouble (id, account_id, kind, detail, since, seen_at)
VALUES ($1, $2, $3, $4, $5, $5)";

    MARK_SEEN(4) = "
UPDATE trouble
   SET detail = $3, seen_at = $4, times = times + 1
 WHERE account_id = $1
   AND kind = $2
   AND over_at IS NULL";

    MARK_OVER(3) = "
UPDATE trouble
   SET over_at = $3
 WHERE account_id = $1
   AND kind = $2
   AND over_at IS NULL";

    /// Quarantine is no matter of looking; it is over when it no longer grows. Nor are room for mail and our own listeners.
    MARK_ALL_OVER(2) = "
UPDATE trouble
   SET over_at = $2
 WHERE account_id = $1
   AND kind NOT IN ('quarantine_grows', 'storage_full', 'disk_full', 'mailbox_full', 'sending_refused', 'sending_unreachable',
                    'sending_waits', 'no_listener', 'key_unusable')
   AND over_at IS NULL";

    MARK_ROOM(2) = "
UPDATE trouble
   SET over_at = $2
 WHERE account_id = $1
   AND kind IN ('disk_full', 'mailbox_full')
   AND over_at IS NULL";

    MARK_TOLD(2) = "
UPDATE trouble
   SET told_at = $2
 WHERE id = $1";

    LIST(1) = "
SELECT id, account_id, kind, detail, since, seen_at, times, told_at, over_at
  FROM trouble
 WHERE over_at IS NULL
 ORDER BY account_id, kind
 LIMIT $1";

    LIST_OVER(3) = "
SELECT id, account_id, kind, detail, since, seen_at, times, told_at, over_at
  FROM trouble
 WHERE over_at >= $1
   AND over_at < $2
 ORDER BY over_at, id
 LIMIT $3";

    MARK_LOOK(2) = "
INSERT INTO look (account_id, at)
VALUES ($1, $2)
ON CONFLICT (account_id) DO UPDATE
   SET at = excluded.at";

    FIND_LOOK(1) = "
SELECT at
  FROM look
 WHERE account_id = $1";

    MARK_COUNT(5) = "
INSERT INTO folder_count (folder_id, account_id, uidvalidity, listed, at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (folder_id) DO UPDATE
   SET uidvalidity = excluded.uidvalidity, listed = excluded.listed, at = excluded.at";

    LIST_COUNTS(1) = "
SELECT account_id, folder_id, uidvalidity, listed, at
  FROM folder_count
 WHERE account_id = $1
 ORDER BY folder_id";

    /// What lay there at that moment: mail that came or went since does not count.
    COUNT_PLACED(4) = "
SELECT COUNT(*)
  FROM placement
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND seen_at <= $4
   AND (gone_at IS NULL OR gone_at > $4)";

    COUNT_SET_ASIDE(4) = "
SELECT COUNT(*)
  FROM quarantine
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND at <= $4
   AND (gone_at IS NULL OR gone_at > $4)";

    COUNT_PASSED(4) = "
SELECT COUNT(*)
  FROM passed_place
 WHERE account_id = $1
   AND folder_id = $2
   AND uidvalidity = $3
   AND seen_at <= $4
   AND (gone_at IS NULL OR gone_at > $4)";

    FORGET_COUNT(1) = "
DELETE FROM folder_count
 WHERE folder_id = $1";

    COUNT_QUARANTINED_SINCE(2) = "
SELECT COUNT(*)
  FROM quarantine
 WHERE account_id = $1
   AND at >= $2
   AND reason <> 'erased'";

    BEGIN_RUN(2) = "
INSERT INTO run (id, began_at, alive_at)
VALUES ($1, $2, $2)";

    MARK_ALIVE(2) = "
UPDATE run
   SET alive_at = $2
 WHERE id = $1";

    END_RUN(2) = "
UPDATE run
   SET alive_at = $2, ended_at = $2
 WHERE id = $1";

    LIST_RUNS(2) = "
SELECT id, began_at, alive_at, ended_at
  FROM run
 WHERE alive_at >= $1
 ORDER BY alive_at DESC, id DESC
 LIMIT $2";

    FIND_RUN_BEFORE(1) = "
SELECT id, began_at, alive_at, ended_at
  FROM run
 WHERE alive_at < $1
 ORDER BY alive_at DESC
 LIMIT 1";
}

/// Something is wrong with a mailbox: a new trouble, or one more time of one that is known.
pub async fn mark_trouble(
    session: &mut Session,
    account: AccountId,
    kind: TroubleKind,
    detail: &str,
    at: Moment,
) -> Result<(), BooksError> {
    if session.run(&MARK_SEEN, &[account.into(), kind.name().into(), detail.into(), at.into()]).await? == 0 {
        let id = session.next_id().await?;
        session.run(&ADD_TROUBLE, &[id.into(), account.into(), kind.name().into(), detail.into(), at.into()]).await?;
    }
    Ok(())
}

/// A look at the mailbox went well, so what kept us from it is over; how many troubles that ended.
pub async fn mark_well(session: &mut Session, account: AccountId, at: Moment) -> Result<u64, BooksError> {
    session.run(&MARK_LOOK, &[account.into(), at.into()]).await?;
    session.run(&MARK_ALL_OVER, &[account.into(), at.into()]).await
}

/// The mailbox takes mail, so there is room in it; how many troubles that ended.
pub async fn mark_room(session: &mut Session, account: AccountId, at: Moment) -> Result<u64, BooksError> {
    session.run(&MARK_ROOM, &[account.into(), at.into()]).await
}

/// One trouble is over; `false` when there was none.
pub async fn mark_over(session: &mut Session, account: AccountId, kind: TroubleKind, at: Moment) -> Result<bool, BooksError> {
    Ok(session.run(&MARK_OVER, &[account.into(), kind.name().into(), at.into()]).await? > 0)
}

/// A person was told of it.
pub async fn mark_told(session: &mut Session, trouble: i64, at: Moment) -> Result<(), BooksError> {
    session.run(&MARK_TOLD, &[trouble.into(), at.into()]).await.map(|_| ())
}

/// What is wrong now.
pub async fn list_troubles(session: &mut Session) -> Result<Vec<Trouble>, BooksError> {
    session.rows(&LIST, &[TROUBLES_MAX.into()]).await?.iter().map(read_trouble).collect()
}

/// What ended from `since` on and before `until`.
pub async fn list_over(session: &mut Session, since: Moment, until: Moment) -> Result<Vec<Trouble>, BooksError> {
    session.rows(&LIST_OVER, &[since.into(), until.into(), TROUBLES_MAX.into()]).await?.iter().map(read_trouble).collect()
}

/// When a mailbox was last looked at and all was well.
pub async fn find_look(session: &mut Session, account: AccountId) -> Result<Option<Moment>, BooksError> {
    session.row(&FIND_LOOK, &[account.into()]).await?.map(|row| row.moment(0)).transpose()
}

/// How many mails the server listed in a folder. To be called when all of them that are known at `at` are recorded or set aside.
pub async fn mark_counts(session: &mut Session, count: &FolderCount) -> Result<(), BooksError> {
    let values = [count.folder.into(), count.account.into(), count.uidvalidity.into(), count.listed.into(), count.at.into()];
    session.run(&MARK_COUNT, &values).await.map(|_| ())
}

/// What the server listed in each folder of a mailbox.
pub async fn list_counts(session: &mut Session, account: AccountId) -> Result<Vec<FolderCount>, BooksError> {
    let read = |row: &Row| {
        Ok(FolderCount {
            account: AccountId(row.int(0)?),
            folder: FolderId(row.int(1)?),
            uidvalidity: row.int(2)?,
            listed: row.int(3)?,
            at: row.moment(4)?,
        })
    };
    session.rows(&LIST_COUNTS, &[account.into()]).await?.iter().map(read).collect()
}

/// What the books hold of the mails that count listed. What is missing from it is a gap.
pub async fn count_known(session: &mut Session, count: &FolderCount) -> Result<Known, BooksError> {
    let values = [count.account.into(), count.folder.into(), count.uidvalidity.into(), count.at.into()];
    let recorded = session.row(&COUNT_PLACED, &values).await?.map_or(Ok(0), |row| row.int(0))?;
    let quarantined = session.row(&COUNT_SET_ASIDE, &values).await?.map_or(Ok(0), |row| row.int(0))?;
    let passed = session.row(&COUNT_PASSED, &values).await?.map_or(Ok(0), |row| row.int(0))?;
    Ok(Known { recorded, quarantined, passed })
}

/// The folder is no longer there, so nothing is known of what lies in it.
pub async fn forget_count(session: &mut Session, folder: FolderId) -> Result<(), BooksError> {
    session.run(&FORGET_COUNT, &[folder.into()]).await.map(|_| ())
}

/// How many mails of a mailbox were set aside since then, those of erased people left out.
pub async fn count_quarantined_since(session: &mut Session, account: AccountId, since: Moment) -> Result<i64, BooksError> {
    session.row(&COUNT_QUARANTINED_SINCE, &[account.into(), since.into()]).await?.map_or(Ok(0), |row| row.int(0))
}

/// A daemon begins its life.
pub async fn begin_run(session: &mut Session, at: Moment) -> Result<RunId, BooksError> {
    let id = session.next_id().await?;
    session.run(&BEGIN_RUN, &[id.into(), at.into()]).await?;
    Ok(RunId(id))
}

/// The daemon lives.
pub async fn mark_alive(session: &mut Session, run: RunId, at: Moment) -> Result<(), BooksError> {
    session.run(&MARK_ALIVE, &[run.0.into(), at.into()]).await.map(|_| ())
}

/// The daemon ends in order.
pub async fn end_run(session: &mut Session, run: RunId, at: Moment) -> Result<(), BooksError> {
    session.run(&END_RUN, &[run.0.into(), at.into()]).await.map(|_| ())
}

/// The lives of the daemon that reached beyond `since`, and the one before them, oldest first, at most `limit` and one.
pub async fn list_runs(session: &mut Session, since: Moment, limit: i64) -> Result<Vec<Run>, BooksError> {
    let rows = session.rows(&LIST_RUNS, &[since.into(), limit.into()]).await?;
    let before = session.row(&FIND_RUN_BEFORE, &[since.into()]).await?;
    let mut runs = rows.iter().chain(&before).map(read_run).collect::<Result<Vec<_>, _>>()?;
    runs.reverse();
    Ok(runs)
}

/// The daemon's present or last life.
pub async fn find_last_run(session: &mut Session) -> Result<Option<Run>, BooksError> {
    session.row(&LIST_RUNS, &[Moment(0).into(), 1_i64.into()]).await?.as_ref().map(read_run).transpose()
}

fn read_trouble(row: &Row) -> Result<Trouble, BooksError> {
    Ok(Trouble {
        id: row.int(0)?,
        account: AccountId(row.int(1)?),
        kind: row.word(2, TroubleKind::parse)?,
        detail: row.text(3)?,
        since: row.moment(4)?,
        seen_at: row.moment(5)?,
        times: row.int(6)?,
        told_at: row.opt_moment(7)?,
        over_at: row.opt_moment(8)?,
    })
}

fn read_run(row: &Row) -> Result<Run, BooksError> {
    Ok(Run { id: RunId(row.int(0)?), began_at: row.moment(1)?, alive_at: row.moment(2)?, ended_at: row.opt_moment(3)? })
}
