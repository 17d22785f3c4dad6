//! The folder of the demonstration: a Maildir with the mail, a configuration, and no books yet.

use crate::cli::words::Words;
use anyhow::Context;
use include_dir::{Dir, include_dir};
use std::fs;
use std::path::{Path, PathBuf};

static MAIL: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/cli/demo/mail");

/// Marks a folder as ours, so that a repeat clears a demonstration and nothing else.
const MARK: &str = ".tradepost-demo";

const CONFIG: &str = r#"# The configuration of `tradepost demo`.
[team]
company = "Ningbo Bright Lighting Co., Ltd."
domains = ["bright.example"]

[[team.members]]
name = "Li Wei"
address = "li.wei@bright.example"
language = "en"
time_zone = "Asia/Shanghai"

[team.members.signatures]
default = "Li Wei\nExport Manager\nNingbo Bright Lighting Co., Ltd.\nwww.bright.example"
zh-Hans = "李伟\n外贸经理\n宁波亮光照明有限公司\nwww.bright.example"

[[mailboxes]]
name = "sales"
address = "sales@bright.example"
owner = "li.wei@bright.example"
maildir = "Maildir"
send_as = { name = "Li Wei", address = "sales@bright.example" }
mode = "draft"
first_look = "handle"

[storage]
books = "books.sqlite"
"#;

/// What lies where.
pub(super) struct Prepared {
    pub config: PathBuf,
    pub maildir: PathBuf,
    pub books: PathBuf,
    pub mail_count: usize,
}

/// Makes the folder anew. A folder that is there and is no demonstration is left alone.
pub(super) fn prepare(dir: &Path, words: &Words) -> anyhow::Result<Prepared> {
    let mark = dir.join(MARK);
    if mark.is_file() {
        eprintln!("{}", words.say("demo.again", &[]));
        clear(dir)?;
    } else if fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some()) {
        anyhow::bail!(words.say("demo.not_ours", &[("folder", &dir.display())]));
    }
    let maildir = dir.join("Maildir");
    for shelf in ["cur", "new", "tmp"] {
        fs::create_dir_all(maildir.join(shelf)).with_context(|| format!("{} cannot be made", maildir.display()))?;
    }
    write(&mark, b"")?;
    let config = dir.join("tradepost.toml");
    write(&config, CONFIG.as_bytes())?;
    let mut mails: Vec<_> = MAIL.files().filter(|file| file.path().extension().is_some_and(|ending| ending == "eml")).collect();
    mails.sort_by_key(|file| file.path());
    for mail in &mails {
        let name = mail.path().file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        write(&maildir.join("new").join(format!("1763251200.{name}.demo")), mail.contents())?;
    }
    Ok(Prepared { config, maildir, books: dir.join("books.sqlite"), mail_count: mails.len() })
}

/// Removes what a demonstration makes, and nothing a person may have put beside it.
fn clear(dir: &Path) -> anyhow::Result<()> {
    let maildir = dir.join("Maildir");
    if maildir.is_dir() {
        fs::remove_dir_all(&maildir).with_context(|| format!("{} cannot be removed", maildir.display()))?;
    }
    for name in ["tradepost.toml", "books.sqlite", "books.sqlite-wal", "books.sqlite-shm", "books.sqlite.lock"] {
        match fs::remove_file(dir.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("{} cannot be removed", dir.join(name).display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
}
