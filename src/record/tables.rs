//! Every table row by row, so that books can go from one engine to the other: the tables are the same on both.
//!
//! Left out: the list of changes, which each engine has its own of; leases, which are of one place and one hour; and tokens, because of two
//! sets of books with the same refresh token each would make the other's worthless.

use super::statement::{Row, Value};
use super::{Books, BooksError, Session, Statement};

/// Rows that are added without being committed, where they need not be added all together.
const BATCH_BYTES: usize = 16 << 20;

/// What a column holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Int,
    Text,
    Blob,
}

/// A table, with how to read all its rows and how to add one.
struct Table {
    columns: &'static [Kind],
    read: Statement,
    add: Statement,
}

/// `$1, $2, …`, as many as there are names.
macro_rules! places {
    (@ [$($made:tt)*] [$($left:literal)*]) => { concat!($($made)*) };
    (@ [] [$number:literal $($left:literal)*] $name:ident $($names:ident)*) => { places!(@ ["$", $number] [$($left)*] $($names)*) };
    (@ [$($made:tt)*] [$number:literal $($left:literal)*] $name:ident $($names:ident)*) => {
        places!(@ [$($made)*, ", $", $number] [$($left)*] $($names)*)
    };
    ($($names:ident)+) => { places!(@ [] [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30] $($names)+) };
}

macro_rules! listed {
    ($first:ident $($name:ident)*) => { concat!(stringify!($first) $(, ", ", stringify!($name))*) };
}

macro_rules! tables {
    ($($table:ident($($column:ident $kind:ident),+) $(known by $key:ident, changes $changes:ident)?;)+) => {
        /// Each after those it names in others' rows.
        const TABLES: &[Table] = &[$(Table {
            columns: &[$(Kind::$kind),+],
            read: tables!(@read $table $($column)+),
            add: tables!(@add $table [$($column)+] [$($column)+] $($key $changes)?),
        }),+];
        /// Every statement of this file.
        pub(in crate::record) const STATEMENTS: &[Statement] =
            &[$(tables!(@read $table $($column)+), tables!(@add $table [$($column)+] [$($column)+] $($key $changes)?)),+];
    };
    (@read $table:ident $($column:ident)+) => {
        Statement {
            name: concat!(module_path!(), "::READ_", stringify!($table)),
            parameters: 0,
            sql: concat!("SELECT ", listed!($($column)+), "\n  FROM ", stringify!($table)),
        }
    };
    (@add $table:ident [$first:ident $($column:ident)*] [$($all:ident)+] $($key:ident $changes:ident)?) => {
        Statement {
            name: concat!(module_path!(), "::ADD_", stringify!($table)),
            parameters: [stringify!($first) $(, stringify!($column))*].len(),
            sql: concat!(
                "INSERT INTO ", stringify!($table), " (", listed!($($all)+), ")\nVALUES (", places!($($all)+), ")"
                // A row that the change which made the table put there.
                $(, "\nON CONFLICT (", stringify!($key), ") DO UPDATE\n   SET ", stringify!($changes), " = excluded.", stringify!($changes))?
            ),
        }
    };
}

tables! {
    sequence(name Text, next Int) known by name, changes next;
    account(id Int, name Text, address Text, first_look_done_at Int);
    folder(id Int, account_id Int, wire_name Text, role Text, uidvalidity Int, history_below Int, history_before Int);
    company(id Int, name Text, name_key Text, domain Text, country Text, language Text, owner Text);
    contact(id Int, address Text, address_key Text, name Text, company_id Int, country Text, language Text, owner Text, source Text,
            first_seen_at Int, last_seen_at Int, name_key Text);
    thread(id Int, contact_id Int, company_id Int, subject Text, subject_key Text, owner Text, opened_at Int, last_at Int,
           last_inbound_at Int);
    message(id Int, identity Blob, message_id Text, sent_at Int, recorded_at Int, direction Text, historical Int, from_address Text,
            from_name Text, language Text, language_confidence_milli Int, intent Text, intent_confidence_milli Int, automatic Text,
            via Text, thread_id Int, contact_id Int, thread_index Text, size Int, subject Text, why Text, reading Text, fresh_text Text);
    domain_trace(trace Int, company_id Int);
    doubt(id Int, contact_id Int, company_id Int, flag Text, found Text, known Text, since Int);
    bank_detail(id Int, company_id Int, contact_id Int, ours Int, kind Text, detail_key Text, written Text, state Text, message_id Int,
                seen_at Int);
    contact_detail(contact_id Int, kind Text, value Text, e164 Text, source Text, learned_at Int);
    raw_mail(message_id Int, size Int, zstd Blob);
    mention(header_id Text, message_id Int, kind Text);
    message_copy(identity Blob, message_id Int, header_id Text, found_at Int);
    leaf(message_id Int, number Int, at Int, len Int, sha256 Blob, decoded Int, broken Int);
    placement(account_id Int, folder_id Int, uidvalidity Int, place Text, message_id Int, seen_at Int, gone_at Int);
    passed_place(account_id Int, folder_id Int, uidvalidity Int, place Text, seen_at Int, gone_at Int);
    quarantine(id Int, account_id Int, folder_id Int, uidvalidity Int, place Text, reason Text, at Int, size Int, zstd Blob,
               gone_at Int);
    quarantine_leaf(quarantine_id Int, number Int, at Int, len Int, sha256 Blob, decoded Int, broken Int);
    act(id Int, effect_key Text, kind Text, message_id Int, thread_id Int, account_id Int, state Text, attempts Int, due_at Int,
        slot Int, claimed_until Int, claimed_by Text, done_at Int, why Text, payload Text, faults Int);
    draft(id Int, thread_id Int, act_id Int, account_id Int, folder_id Int, uidvalidity Int, place Text, message_id_header Text,
          content_hash Blob, size Int, answers_message Int, state Text, placed_at Int, changed_at Int, lingers Int, says Text, puts Int,
          put_at Int, taken Int);
    person_draft(account_id Int, folder_id Int, uidvalidity Int, place Text, thread_id Int, draft_id Int, seen_at Int);
    withheld(message_id Int, letter Text, language Text);
    trouble(id Int, account_id Int, kind Text, detail Text, since Int, seen_at Int, times Int, told_at Int, over_at Int);
    look(account_id Int, at Int);
    folder_count(folder_id Int, account_id Int, uidvalidity Int, listed Int, at Int);
    habit(account_id Int, kind Text, since Int, seen_at Int, times Int, evidence Int);
    closed_folder(folder_id Int, account_id Int, since Int, tried_at Int, cuts Int, detail Text);
    outgoing(id Int, effect_key Text, account_id Int, thread_id Int, answers_message Int, header_id Text, class Text, envelope_from Text,
             subject Text, sent_copy Text, created_at Int, size Int, zstd Blob);
    delivery(id Int, outgoing_id Int, account_id Int, class Text, recipient Text, recipient_key Text, recipient_domain Text, state Text,
             due_at Int, not_after Int, attempts Int, claimed_until Int, claimed_by Text, changed_at Int, reply_code Int, reply Text,
             why Text, warning Text, resent_at Int, final_dot_at Int, first_put_back_at Int);
    sending_hold(account_id Int, class Text, until Int, why Text, since Int);
    returned(delivery_id Int, message_id Int, kind Text, at Int, status Text, reason Text, returns_on Text, matched_by Text);
    suppression(hash Blob, reason Text, scope Text, since Int, until Int, message_id Int, delivery_id Int, note Text);
    suppression_owed(address_key Text, reason Text, since Int, until Int, message_id Int, delivery_id Int, note Text);
    suppression_lift(address_key Text, reason Text);
    sending_use(scope Text, hour Int, kind Text, recipients Int);
    tracked_letter(delivery_id Int, address_key Text, pixel Text, links Int, untracked Text, made_at Int, sent_at Int);
    tracked_link(token Text, delivery_id Int, number Int, url Text);
    tracking_event(id Int, delivery_id Int, kind Text, link Int, at Int, class Text, reason Text, user_agent Text, network Text,
                   detailed Int);
    untracked_copy(outgoing_id Int, size Int, zstd Blob);
    unsubscribe_token(token Text, address_key Text, topic Text, delivery_id Int, made_at Int);
    preference(address_key Text, topic Text, language Text, paused_until Int, telling Text, telling_since Int, unsubscribed_at Int);
    unsubscribed(address_key Text, reason Text, at Int);
    lesson(id Int, identity Blob, header_id Text, message_id Int, contact_id Int, intent Text, language Text, read_intent Text,
           read_intent_confidence_milli Int, read_language Text, read_language_confidence_milli Int, taught_at Int, taught_by Text,
           source Text, revision Int, apply_due Int, subject Text, fresh_text Text);
    model(id Int, version Int, trained_at Int, lessons Int, bytes Blob);
    run(id Int, began_at Int, alive_at Int, ended_at Int);
    tombstone(hash Blob, kind Text, at Int);
    setting(key Text, value Text);
}

/// A value on its way.
enum Cell {
    Int(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

impl Cell {
    fn read(row: &Row, column: usize, kind: Kind) -> Result<Self, BooksError> {
        Ok(match kind {
            Kind::Int => Cell::Int(row.opt_int(column)?),
            Kind::Text => Cell::Text(row.opt_text(column)?),
            Kind::Blob => Cell::Blob(row.opt_blob(column)?),
        })
    }

    fn value(&self) -> Value<'_> {
        match self {
            Cell::Int(number) => Value::Int(*number),
            Cell::Text(text) => text.as_deref().into(),
            Cell::Blob(bytes) => Value::Blob(bytes.as_deref()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Cell::Int(_) => 8,
            Cell::Text(text) => text.as_ref().map_or(0, String::len),
            Cell::Blob(bytes) => bytes.as_ref().map_or(0, Vec::len),
        }
    }
}

/// Adds every row of one set of books to fresh ones, in one transaction.
pub(super) async fn copy_all(from: &mut Session, to: &mut Session) -> Result<(), BooksError> {
    for table in TABLES {
        let add = async |row: Row| add_row(to, table, &row).await.map(|_| ());
        from.each(&table.read, add).await?;
    }
    Ok(())
}

/// The same in many transactions: for books that nobody else knows, and that are thrown away when it fails.
pub(super) async fn copy_in_batches(from: &mut Session, to: &Books) -> Result<(), BooksError> {
    let (mut open, mut bytes) = (None, 0);
    for table in TABLES {
        let add = async |row: Row| {
            let mut session = match open.take() {
                Some(session) => session,
                None => to.begin().await?,
            };
            bytes += add_row(&mut session, table, &row).await?;
            if bytes > BATCH_BYTES {
                bytes = 0;
                return session.commit().await;
            }
            open = Some(session);
            Ok(())
        };
        from.each(&table.read, add).await?;
    }
    match open {
        Some(session) => session.commit().await,
        None => Ok(()),
    }
}

/// How much it was.
async fn add_row(to: &mut Session, table: &'static Table, row: &Row) -> Result<usize, BooksError> {
    let cells = table.columns.iter().enumerate().map(|(column, kind)| Cell::read(row, column, *kind));
    let cells = cells.collect::<Result<Vec<Cell>, BooksError>>()?;
    let values: Vec<Value<'_>> = cells.iter().map(Cell::value).collect();
    to.run(&table.add, &values).await?;
    Ok(cells.iter().map(Cell::len).sum())
}
