//! Tables and statements: the same on both engines, and only what both understand alike.

use crate::support::engines::{Backdoor, ENGINES, Engine, Place, for_each_place};
use sqlx::{AssertSqlSafe, Either, Executor, SqlSafeStr, Statement as _};
use std::collections::BTreeSet;
use std::path::Path;
use tradepost::record::{Books, BooksAddress, Migration, Purpose, backup, migrations, statements};

/// The rows that show a migration in use, as `(table, row)`.
fn sample_rows(migration: &Migration) -> Vec<(String, toml::Table)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rows").join(migration.name).with_extension("toml");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("every migration has its rows: {}: {error}", path.display()));
    let tables: toml::Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // In the order of the file: a row may name one of another table that stands before it.
    let mut tables: Vec<(String, toml::Value)> = tables.into_iter().collect();
    tables.sort_by_key(|(table, _)| text.find(&format!("[[{table}]]")));
    let mut rows = Vec::new();
    for (table, entries) in tables {
        for entry in entries.as_array().expect("[[table]] entries") {
            rows.push((table.clone(), entry.as_table().expect("a row").clone()));
        }
    }
    assert!(!rows.is_empty(), "{} shows nothing", migration.name);
    rows
}

async fn add_row(door: &mut Backdoor, table: &str, row: &toml::Table) {
    let columns: Vec<&str> = row.keys().map(String::as_str).collect();
    let places: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
    let sql = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places.join(", "));
    macro_rules! insert {
        ($connection:expr) => {{
            let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
            for value in row.values() {
                query = match value {
                    toml::Value::Integer(number) => query.bind(*number),
                    toml::Value::String(text) => query.bind(text.clone()),
                    toml::Value::Table(blob) => query.bind(from_hex(blob.get("hex").and_then(toml::Value::as_str).expect("{ hex = … }"))),
                    other => panic!("{table}: the books hold no {other:?}"),
                };
            }
            query.execute($connection).await.map(|done| done.rows_affected())
        }};
    }
    let added = match door {
        Backdoor::Sqlite(connection) => insert!(connection),
        Backdoor::Postgres(connection) => insert!(connection),
    };
    assert_eq!(added.unwrap_or_else(|error| panic!("{table}: {error}")), 1);
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|digit| digit.to_digit(16).expect("a hexadecimal digit")).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair.iter().fold(0, |byte, digit| byte * 16 + digit)).expect("two digits")).collect()
}

#[tokio::test]
async fn every_migration_comes_with_rows_that_live_through_the_later_ones() {
    for engine in ENGINES {
        let place = Place::new(engine).await;
        let mut door = place.backdoor().await;
        let mut added = Vec::new();
        for migration in migrations() {
            let sql = if engine == Engine::Sqlite { migration.sqlite } else { migration.postgres };
            door.run(sql).await.unwrap_or_else(|error| panic!("{engine:?}: {}: {error}", migration.name));
            for (table, row) in sample_rows(&migration) {
                add_row(&mut door, &table, &row).await;
                added.push(table);
            }
        }
        for table in added.iter().collect::<BTreeSet<_>>() {
            let wanted = added.iter().filter(|other| *other == table).count() + usize::from(table == "sequence");
            let kept = door.number(format!("SELECT COUNT(*) FROM {table}")).await;
            assert_eq!(kept, i64::try_from(wanted).expect("few rows"), "{engine:?}: {table}");
        }
        drop(door);
        place.clear().await;
    }
}

#[test]
fn both_engines_have_the_same_migrations_numbered_without_gaps() {
    let names = |folder: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        files.map(|file| file.expect("a file").path().file_stem().expect("a name").to_string_lossy().into_owned()).collect()
    };
    let known: BTreeSet<String> = migrations().iter().map(|migration| migration.name.to_owned()).collect();
    assert_eq!(names("migrations/sqlite"), known);
    assert_eq!(names("migrations/postgres"), known);
    assert_eq!(names("tests/rows"), known);
    let numbers: Vec<i64> = migrations().iter().map(|migration| migration.number).collect();
    assert_eq!(numbers, (1..=i64::try_from(known.len()).expect("few")).collect::<Vec<_>>());
}

#[tokio::test]
async fn both_engines_have_the_same_tables_columns_and_indexes() {
    let mut shapes = Vec::new();
    for (engine, columns, indexes) in [
        (
            Engine::Sqlite,
            "SELECT m.name || '.' || c.name || ' ' || c.type || CASE WHEN c.\"notnull\" = 1 THEN ' NOT NULL' ELSE '' END
               FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
        ),
        (
            Engine::Postgres,
            "SELECT table_name || '.' || column_name || ' ' ||
                    CASE data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB' WHEN 'text' THEN 'TEXT' ELSE data_type END ||
                    CASE WHEN is_nullable = 'NO' THEN ' NOT NULL' ELSE '' END
               FROM information_schema.columns WHERE table_schema = 'public'",
            "SELECT CAST(indexname AS TEXT) FROM pg_indexes
              WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey' AND indexname NOT LIKE '%_key'
                 OR indexname = 'company_name_key' ORDER BY indexname COLLATE \"C\"",
        ),
    ] {
        let place = Place::new(engine).await;
        place.open().await.close().await;
        let mut door = place.backdoor().await;
        let mut columns = door.texts(columns).await;
        columns.sort();
        shapes.push((columns, door.texts(indexes).await));
        drop(door);
        place.clear().await;
    }
    let [(sqlite, sqlite_indexes), (postgres, postgres_indexes)] = shapes.as_slice() else { panic!("two engines") };
    assert!(sqlite.len() > 100, "{sqlite:?}");
    assert_eq!(sqlite, postgres);
    assert_eq!(sqlite_indexes, postgres_indexes);
}

#[tokio::test]
async fn text_sorts_by_its_bytes_on_postgresql_whatever_the_database_was_made_with() {
    let place = Place::new(Engine::Postgres).await;
    place.open().await.close().await;
    let mut door = place.backdoor().await;
    let other = door
        .texts(
            "SELECT table_name || '.' || column_name FROM information_schema.columns
              WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'",
        )
        .await;
    assert_eq!(other, Vec::<String>::new());
    drop(door);
    place.clear().await;
}

#[tokio::test]
async fn every_statement_is_understood_by_both_engines_and_takes_what_it_says() {
    assert!(statements().count() > 60);
    for_each_place(|place| async move {
        place.open().await.close().await;
        let mut door = place.backdoor().await;
        for statement in statements() {
            let takes = match &mut door {
                Backdoor::Sqlite(connection) => {
                    let prepared = (&mut *connection).prepare(statement.sql.into_sql_str()).await;
                    let prepared = prepared.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
                    count(prepared.parameters())
                }
                Backdoor::Postgres(connection) => {
                    let prepared = (&mut *connection).prepare(statement.sql.into_sql_str()).await;
                    let prepared = prepared.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
                    count(prepared.parameters())
                }
            };
            assert_eq!(takes, Some(statement.parameters), "{}", statement.name);
        }
    })
    .await;
}

fn count<T>(parameters: Option<Either<&[T], usize>>) -> Option<usize> {
    parameters.map(|parameters| match parameters {
        Either::Left(types) => types.len(),
        Either::Right(count) => count,
    })
}

/// Tables that a copy does without: each engine has its own list of changes, and leases and tokens are of one place only.
const NOT_COPIED: [&str; 3] = ["schema_change", "lease", "token"];

#[tokio::test]
async fn a_copy_takes_every_column_of_every_table() {
    let place = Place::new(Engine::Sqlite).await;
    place.open().await.close().await;
    let mut door = place.backdoor().await;
    let names = "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
    let mut there = door.texts(names).await;
    there.retain(|name| !NOT_COPIED.iter().any(|table| name.starts_with(&format!("{table}."))));
    let mut copied = Vec::new();
    for statement in statements() {
        let Some(table) = statement.name.strip_prefix("tradepost::record::tables::READ_") else { continue };
        let columns = statement.sql.strip_prefix("SELECT ").and_then(|sql| sql.split_once('\n')).expect("one clause a line").0;
        copied.extend(columns.split(", ").map(|column| format!("{table}.{column}")));
    }
    there.sort();
    copied.sort();
    assert_eq!(copied, there, "a new table or column has its place in src/record/tables.rs");
    place.clear().await;
}

/// Books on PostgreSQL with the sample rows of all migrations.
async fn with_sample_rows() -> Place {
    let (place, model) = (Place::new(Engine::Postgres).await, Place::new(Engine::Postgres).await);
    model.open().await.close().await;
    let list = "SELECT '(' || CAST(number AS TEXT) || ', ''' || name || ''', ''' || checksum || ''')' FROM schema_change";
    let changes = model.backdoor().await.texts(list).await.join(", ");
    model.clear().await;
    let mut door = place.backdoor().await;
    for migration in migrations() {
        door.run(migration.postgres).await.unwrap_or_else(|error| panic!("{}: {error}", migration.name));
        for (table, row) in sample_rows(&migration) {
            add_row(&mut door, &table, &row).await;
        }
    }
    let made = "CREATE TABLE schema_change (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)";
    door.run(format!("{made}; INSERT INTO schema_change VALUES {changes}")).await.expect("as the program makes it");
    place
}

#[tokio::test]
async fn rows_go_from_one_engine_to_the_other_and_back_as_they_are() {
    let (first, second) = (with_sample_rows().await, Place::new(Engine::Postgres).await);
    let home = tempfile::tempdir().expect("a folder");
    let (there, back) = (home.path().join("there.sqlite"), home.path().join("back.sqlite"));
    let books = first.open().await;
    let contents = backup::write(&books, &there).await.expect("copied");
    books.close().await;
    let messages = first.backdoor().await.number("SELECT COUNT(*) FROM message").await;
    assert_eq!((contents.messages, contents.leaves.is_empty()), (messages, false));
    let copy = Books::open(&BooksAddress::Sqlite(there.clone()), Purpose::Copy).await.expect("a copy");
    let books = second.open().await;
    backup::fill(&copy, &books).await.expect("filled");
    copy.close().await;
    backup::write(&books, &back).await.expect("copied back");
    books.close().await;

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&there);
    let mut door = Backdoor::Sqlite(sqlx::ConnectOptions::connect(&options).await.expect("a copy"));
    door.run(format!("ATTACH '{}' AS back", back.display())).await.expect("the other copy");
    let tables = door.texts("SELECT name FROM main.sqlite_master WHERE type = 'table'").await;
    assert!(tables.len() > 20, "{tables:?}");
    for table in tables {
        let kept = door.number(format!("SELECT COUNT(*) FROM main.{table}")).await;
        if NOT_COPIED.contains(&table.as_str()) {
            assert!(table == "schema_change" || kept == 0, "{table}");
            continue;
        }
        for place in [&first, &second] {
            assert_eq!(place.backdoor().await.number(format!("SELECT COUNT(*) FROM {table}")).await, kept, "{table}");
        }
        assert!(kept > 0, "{table} has sample rows");
        let differ = format!("SELECT COUNT(*) FROM (SELECT * FROM main.{table} EXCEPT SELECT * FROM back.{table})");
        assert_eq!(door.number(differ).await, 0, "{table}");
    }
    first.clear().await;
    second.clear().await;
}

#[test]
fn statements_use_nothing_that_means_something_else_on_the_other_engine() {
    for statement in statements() {
        assert_eq!(forbidden_words(statement.sql), Vec::<&str>::new(), "{}", statement.name);
    }
    for migration in migrations() {
        assert_eq!(forbidden_words(migration.sqlite), Vec::<&str>::new(), "sqlite {}", migration.name);
        assert_eq!(forbidden_words(migration.postgres), Vec::<&str>::new(), "postgres {}", migration.name);
    }
}

#[test]
fn the_search_for_forbidden_words_finds_them() {
    let bad = "SELECT LOWER(a), max(b, c), d->>'x', ? FROM t WHERE e LIKE 'x%' AND f = TRUE OR g = ANY(ARRAY[1])";
    assert_eq!(forbidden_words(bad), ["?", "->", "LOWER", "LIKE", "MAX", "TRUE", "ANY", "ARRAY"]);
    assert_eq!(forbidden_words("-- LIKE in a comment\nSELECT COALESCE(likes, '->') FROM t"), Vec::<&str>::new());
}

/// What fails on one engine, or silently differs: folding, JSON, dates, scalar MAX, booleans, sums that change their type.
fn forbidden_words(sql: &str) -> Vec<&'static str> {
    const SIGNS: [&str; 3] = ["?", "->", "@>"];
    const WORDS: [&str; 34] = [
        "LOWER",
        "UPPER",
        "LIKE",
        "ILIKE",
        "GLOB",
        "REGEXP",
        "MAX",
        "MIN",
        "GREATEST",
        "LEAST",
        "SUM",
        "AVG",
        "TRUE",
        "FALSE",
        "BOOLEAN",
        "JSON",
        "JSONB",
        "JSON_EXTRACT",
        "STRING_AGG",
        "GROUP_CONCAT",
        "DATE",
        "DATETIME",
        "TIMESTAMP",
        "NOW",
        "STRFTIME",
        "NUMERIC",
        "REAL",
        "LATERAL",
        "ANY",
        "ARRAY",
        "GENERATED",
        "AUTOINCREMENT",
        "SERIAL",
        "LOCKED",
    ];
    let lines: Vec<&str> = sql.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    // What stands between quotes is a value.
    let code: String = lines.join("\n").split('\'').step_by(2).collect::<Vec<_>>().join(" ").to_uppercase();
    let words: Vec<&str> = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect();
    let signs = SIGNS.into_iter().filter(|sign| code.contains(sign));
    signs.chain(WORDS.into_iter().filter(|word| words.contains(word))).collect()
}

#[tokio::test]
async fn what_is_asked_for_every_mail_searches_an_index() {
    let place = Place::new(Engine::Sqlite).await;
    place.open().await.close().await;
    let mut door = place.backdoor().await;
    let mut asked = 0;
    for statement in statements() {
        let plan = plan(&mut door, statement.sql).await;
        let name = statement.name.rsplit("::").next().unwrap_or_default();
        let family = statement.name.trim_start_matches("tradepost::record::");
        // Whole tables are read only where a table is listed or counted.
        let whole = ["LIST", "LIST_RECENT", "LIST_CHANGES", "COUNT", "COUNT_BY_INTENT", "COUNT_BY_LANGUAGE", "COUNT_BY_STATE"];
        // There are as many leases as mailboxes and daemons, and whoever prolongs its own has just listed all.
        let few = ["leases::RENEW_ALL", "leases::RELEASE_ALL"];
        // A copy of the books is a copy of all their rows.
        let is_copied = family.starts_with("tables::READ_");
        if (!whole.contains(&name) || family.starts_with("folders")) && !few.contains(&family) && !is_copied {
            asked += 1;
            // What a statement searched out itself before.
            let is_derived = |step: &str| {
                ["SCAN newest", "SCAN answered", "SCAN step", "SCAN used", "SCAN 8 CONSTANT ROWS", "SCAN 12-ROW VALUES CLAUSE"]
                    .iter()
                    .any(|derived| step.starts_with(derived))
            };
            let scans: Vec<&String> =
                plan.iter().filter(|step| step.starts_with("SCAN") && !is_derived(step) && !uses_due_index(step)).collect();
            assert!(scans.is_empty(), "{}: {plan:?}", statement.name);
        }
    }
    assert!(asked > 40, "{asked}");
    let plan_of = async |door: &mut Backdoor, name: &str| {
        let statement = statements().find(|statement| statement.name.ends_with(name)).unwrap_or_else(|| panic!("{name}"));
        plan(door, statement.sql).await.join("\n")
    };
    for (name, index) in [
        ("acts::CLAIM_DUE", "INDEX act_due (account_id=? AND due_at<?)"),
        ("acts::FIND_NEXT_CLAIMED", "INDEX act_claimed (account_id=?"),
        ("acts::FIND_NEXT_DUE", "INDEX act_due (account_id=?"),
        ("candidates::LIST_MAILS", "INDEX message_header"),
        ("candidates::LIST_MENTIONING", "PRIMARY KEY (header_id=?)"),
        ("candidates::LIST_OF_CONVERSATION", "INDEX message_conversation"),
        ("candidates::LIST_OF_SUBJECT", "INDEX thread_subject (contact_id=? AND subject_key=? AND last_at>?)"),
        ("candidates::LIST_WRITERS", "INDEX message_thread"),
        ("placements::FIND", "PRIMARY KEY (account_id=? AND folder_id=? AND uidvalidity=? AND place=?)"),
        ("places::LIST", "PRIMARY KEY (account_id=? AND folder_id=? AND uidvalidity=?)"),
        ("messages::COUNT_BY_INTENT", "COVERING INDEX message_counts"),
    ] {
        let plan = plan_of(&mut door, name).await;
        assert!(plan.contains(index), "{name}: {plan}");
    }
    place.clear().await;
}

/// The first act due is found by walking the partial index of what is due or claimed, which is no scan of the table.
fn uses_due_index(step: &str) -> bool {
    step.contains("INDEX act_due") || step.contains("INDEX act_claimed")
}

async fn plan(door: &mut Backdoor, sql: &str) -> Vec<String> {
    let Backdoor::Sqlite(connection) = door else { panic!("plans are read on SQLite") };
    let rows: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(connection).await.expect("a statement of the books");
    rows.into_iter().map(|(_, _, _, step)| step).collect()
}
