//! A private PostgreSQL for the tests of one run.
//!
//! It listens on a socket in its own folder only, runs as an ordinary user also when the tests run as root, and ends with
//! the test process however that ends: a guard shell reads from a pipe that only we hold, and stops the server when the
//! pipe closes.

use super::daemon::PATIENCE;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// A running server. It lives as long as the test process.
pub struct Server {
    folder: PathBuf,
    /// Closed by the system when this process ends; the guard waits for that.
    _life: ChildStdin,
}

const GUARD: &str = r#"
trap '' INT TERM HUP
bin=$1 dir=$2
if "$bin/initdb" -D "$dir/data" -U tradepost -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 &&
   "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 start -o "-c listen_addresses='' \
     -c unix_socket_directories='$dir' -c unix_socket_permissions=0777 -c max_connections=400 -c fsync=off \
     -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off -c shared_buffers=64MB" >>"$dir/log" 2>&1
then echo ready
else echo "failed: $(tail -n 5 "$dir/log" "$dir/server.log" 2>&1 | tr '\n' ' ')"
fi
read -r _
"$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
rm -rf "$dir"
"#;

/// The server of this run, started by the first test that asks.
///
/// # Panics
/// When there is no PostgreSQL: the same books must work on both engines, so its absence is a failure and no reason to skip.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    match SERVER.get_or_init(start) {
        Ok(server) => server,
        Err(why) => panic!("{why}"),
    }
}

impl Server {
    /// The address of a database here.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://tradepost@localhost/{database}?host={}", self.folder.display())
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// A connection to a database here.
    pub async fn connect(&self, database: &str) -> PgConnection {
        PgConnection::connect(&self.url(database)).await.expect("the test server answers")
    }

    /// Makes an empty database of a name never used before in this run.
    pub async fn create_database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("books_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.connect("postgres").await.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.expect("a new name");
        name
    }

    /// Removes a database, whoever is still connected.
    pub async fn drop_database(&self, name: &str) {
        let mut connection = self.connect("postgres").await;
        let began = Instant::now();
        loop {
            let dropped = connection.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await;
            // The server waits five seconds for those it told to go, and on a busy machine they may take longer.
            let is_held = matches!(&dropped, Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55006"));
            if !is_held || began.elapsed() > PATIENCE {
                dropped.expect("the database exists");
                return;
            }
        }
    }
}

fn start() -> Result<Server, String> {
    let binaries = find_binaries()
        .ok_or("These tests need PostgreSQL 13 or newer (initdb, pg_ctl). Install the package `postgresql`, then start `tests/run`.")?;
    let folder = tempfile::Builder::new().prefix("tradepost-pg-").tempdir_in("/tmp").map_err(|error| error.to_string())?.keep();
    let mut guard = Command::new("sh");
    guard.arg("-c").arg(GUARD).arg("guard").arg(&binaries).arg(&folder);
    guard.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    // Of its own process group, so that an interrupt at the terminal leaves it time to clean up.
    guard.process_group(0);
    let owner = std::fs::metadata(&folder).map_err(|error| error.to_string())?.uid();
    if owner == 0 {
        let (uid, gid) = ordinary_user().ok_or("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`.")?;
        std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).map_err(|error| error.to_string())?;
        guard.uid(uid).gid(gid);
    }
    let mut guard = guard.spawn().map_err(|error| error.to_string())?;
    let life = guard.stdin.take().ok_or("the guard has no standard input")?;
    let mut answer = String::new();
    BufReader::new(guard.stdout.take().ok_or("the guard has no standard output")?)
        .read_line(&mut answer)
        .map_err(|error| error.to_string())?;
    match answer.trim() {
        "ready" => Ok(Server { folder, _life: life }),
        failed => Err(format!("PostgreSQL did not start: {failed}")),
    }
}

/// The folder with initdb and pg_ctl: the search path, or where distributions put the newest version.
fn find_binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(PathBuf::from("/usr/local/bin"));
    let mut versions: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders.into_iter().find(|folder| ["initdb", "pg_ctl"].iter().all(|name| is_file(&folder.join(name))))
}

fn is_file(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

/// User and group number of an account without rights.
pub fn ordinary_user() -> Option<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|wanted| {
        let line = users.lines().find(|line| line.split(':').next() == Some(*wanted))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}
