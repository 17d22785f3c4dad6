//! Backups: one file with everything that a mailbox cannot give again.
//!
//! A backup is an ordinary tar archive (POSIX ustar, not compressed), in this order:
//!
//! | part | what it is |
//! |---|---|
//! | `books.sqlite` | the books as one SQLite file, whichever engine they are on |
//! | `attachments/<SHA-256>` | each large attachment that the books name, in the order of their names |
//! | `manifest.json` | when and where it was made, and size and SHA-256 of every part before it |
//! | `manifest.sha256` | the SHA-256 of the manifest, as `sha256sum` writes it |
//!
//! Why so: `tar` and `sqlite3` open it on any machine, also when Tradepost is long gone; it is written and read in one stream, whatever its
//! size; a damaged byte costs the part it is in and no other; and nearly all of it (raw mail, pictures, PDF) is compressed already. The
//! manifest comes last, so that a file without it is seen to be cut off. It tells damage, not forgery: whoever can write the file can
//! write the manifest too.
//!
//! The books are copied as one state of them while a daemon goes on writing ([`crate::record::backup`]). Files of attachments never
//! change and are on the disk before a mail names them, so what the copy names is there; one that is missing or spoilt all the same is
//! listed as such, and the rest is kept. The parts are gathered in a folder beside the file, which gets its name when it is whole and on
//! the disk; what a killed backup left behind, the next one in the same folder removes.
//!
//! Never in it: the tokens of mailboxes (they are sealed, but two sets of books that renew the same token would lock each other out),
//! leases, the key file and the configuration. Absent on purpose: encryption, and sending backups elsewhere; other programs do that well.

mod archive;
mod making;
mod manifest;
mod partial;
mod placing;
mod restoring;

pub use making::{BackupError, Made, make};
pub use restoring::{Order, RestoreError, Restored, drop_due, restore};
