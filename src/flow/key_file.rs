//! The team's one secret, in a file of its own, so that a copy of the books opens no mailbox and names nobody: tokens are sealed with it,
//! and every other key is derived from it.

use super::Ids;
use crate::record::suppressions::{self, ListKey};
use crate::record::tokens::{KEY_LEN, TokenKey};
use crate::types::DerivedKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Longer than a key in base64 with its line end.
const FILE_LEN_MAX: u64 = 4096;
/// Damaged key files that are kept beside the good one.
const ASIDE_MAX: usize = 100;

/// The key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    #[error("the key file {} is not there", file.display())]
    Absent { file: PathBuf },
    #[error("the key file {} can be read by others; chmod 600 it", file.display())]
    Exposed { file: PathBuf },
    #[error("{} holds no key", file.display())]
    NoKey { file: PathBuf },
    #[error("{} is another key file than the one the books were kept with", file.display())]
    Another { file: PathBuf },
    #[error("the key file {} cannot be used: {why}", file.display())]
    Failed { file: PathBuf, why: std::io::Error },
    #[error(transparent)]
    NoRandomness(#[from] super::NoRandomness),
}

/// Reads the key of tokens.
pub fn read(file: &Path) -> Result<TokenKey, KeyFileError> {
    TokenKey::new(&secret(file)?).ok_or_else(|| KeyFileError::NoKey { file: file.to_owned() })
}

/// Reads the key of tokens, made first when there is none. A key that is there is never replaced: tokens would be lost with it.
pub fn read_or_make(file: &Path, ids: &Ids) -> Result<TokenKey, KeyFileError> {
    TokenKey::new(&secret_or_made(file, ids)?).ok_or_else(|| KeyFileError::NoKey { file: file.to_owned() })
}

/// What the file holds: every key is derived from it.
pub(super) type Secret = [u8; KEY_LEN];

/// The key of the suppression list, read only. Whether it is the one that the books name, whoever asks finds out.
pub fn list_key_to_look(file: &Path) -> Result<ListKey, KeyFileError> {
    of_secret(file, &secret(file)?, suppressions::PURPOSE).map(ListKey::new)
}

/// Gives a file that holds no key another name, so that a new key can be made; which name. Nothing is lost: whatever is left of the key may
/// still help somebody.
pub fn set_aside(file: &Path) -> Result<PathBuf, KeyFileError> {
    let failed = |why| KeyFileError::Failed { file: file.to_owned(), why };
    for number in 1..=ASIDE_MAX {
        let mut name = file.as_os_str().to_owned();
        name.push(if number == 1 { ".damaged".to_owned() } else { format!(".damaged-{number}") });
        let aside = PathBuf::from(name);
        match std::fs::hard_link(file, &aside) {
            Ok(()) => return std::fs::remove_file(file).map(|()| aside).map_err(failed),
            Err(why) if why.kind() == ErrorKind::AlreadyExists => {}
            Err(why) => return Err(failed(why)),
        }
    }
    Err(failed(ErrorKind::AlreadyExists.into()))
}

/// The key of the suppression list. The secret is made when there is none, unless the books name a key: under a new one nobody on the
/// list would be found.
pub fn list_key(file: &Path, ids: &Ids, named: Option<&str>) -> Result<ListKey, KeyFileError> {
    let bytes = if named.is_some() { secret(file)? } else { secret_or_made(file, ids)? };
    of_secret(file, &bytes, suppressions::PURPOSE).map(ListKey::new)
}

/// A key for that purpose.
pub(super) fn of_secret(file: &Path, secret: &Secret, purpose: &str) -> Result<DerivedKey, KeyFileError> {
    DerivedKey::derive(secret, purpose).ok_or_else(|| KeyFileError::NoKey { file: file.to_owned() })
}

pub(super) fn secret(file: &Path) -> Result<Secret, KeyFileError> {
    let failed = |why: std::io::Error| match why.kind() {
        ErrorKind::NotFound => KeyFileError::Absent { file: file.to_owned() },
        _ => KeyFileError::Failed { file: file.to_owned(), why },
    };
    let opened = File::open(file).map_err(failed)?;
    if opened.metadata().map_err(failed)?.mode() & 0o077 != 0 {
        return Err(KeyFileError::Exposed { file: file.to_owned() });
    }
    let mut text = Vec::new();
    opened.take(FILE_LEN_MAX).read_to_end(&mut text).map_err(failed)?;
    let bytes: Option<[u8; KEY_LEN]> = STANDARD.decode(text.trim_ascii()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| KeyFileError::NoKey { file: file.to_owned() })
}

pub(super) fn secret_or_made(file: &Path, ids: &Ids) -> Result<Secret, KeyFileError> {
    match secret(file) {
        Err(KeyFileError::Absent { .. }) => {}
        read => return read,
    }
    let failed = |why| KeyFileError::Failed { file: file.to_owned(), why };
    let bytes: [u8; KEY_LEN] = ids.bytes()?;
    // Written aside and linked into place: whoever reads the name sees a whole key, and of two who make one at once the first stays.
    let mark: [u8; 6] = ids.bytes()?;
    let aside = file.with_extension(format!("new-{}", mark.map(|byte| format!("{byte:02x}")).concat()));
    let written = write(&aside, &STANDARD.encode(bytes)).and_then(|()| match std::fs::hard_link(&aside, file) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    // What is left of a failed attempt is of no use; a failure to remove it harms nothing.
    let _ = std::fs::remove_file(&aside);
    written.map_err(failed)?;
    secret(file)
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(new, "{text}")?;
    new.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_made_once_and_is_its_users_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("tradepost.key");
        assert!(matches!(read(&file), Err(KeyFileError::Absent { .. })));
        read_or_make(&file, &Ids::Random).expect("made");
        let first = std::fs::read(&file).expect("it is there");
        read_or_make(&file, &Ids::Random).expect("read");
        assert_eq!(std::fs::read(&file).expect("still there"), first);
        assert_eq!(std::fs::metadata(&file).expect("a file").mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(home.path()).expect("the folder").count(), 1, "nothing else is left");

        std::fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("ours");
        assert!(matches!(read_or_make(&file, &Ids::Random), Err(KeyFileError::Exposed { .. })));
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("ours");
        std::fs::write(&file, "not a key\n").expect("ours");
        assert!(matches!(read_or_make(&file, &Ids::Random), Err(KeyFileError::NoKey { .. })), "what is no key is not replaced");
    }
}
