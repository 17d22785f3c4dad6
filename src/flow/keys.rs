//! Keys that are derived from the team's secret, read when the first of them is needed.
//!
//! The books name the key under which their suppression list was kept. Where they do, a key file that is missing is never made anew and one
//! that holds another key is not used: under another key nobody on the list is found, and what comes back to our return paths is not known
//! again. Only a key that fits is kept; any other is read again at the next ask, so that a file which is put back is good at once.

use super::key_file::{self, Secret};
use super::{Ids, KeyFileError};
use crate::link::{ENVELOPE_ID_PURPOSE, VERP_PURPOSE};
use crate::record::suppressions::{self, ListKey};
use crate::types::DerivedKey;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The keys of an office. A clone shares what was read.
#[derive(Debug, Clone)]
pub struct Keys {
    file: PathBuf,
    ids: Ids,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    /// The mark of the key that the books name.
    named: Option<String>,
    /// Somebody needed a key: where none is named, one is to be made.
    is_wanted: bool,
    keys: Option<Derived>,
}

#[derive(Debug, Clone)]
struct Derived {
    list: ListKey,
    verp: DerivedKey,
    envelope_ids: DerivedKey,
}

impl Keys {
    /// The keys of that file.
    pub(super) fn new(file: PathBuf, ids: Ids) -> Self {
        Self { file, ids, known: Arc::default() }
    }

    /// The books name this key, or none.
    pub(super) fn note_named(&self, mark: Option<String>) {
        let mut known = self.known();
        if let Some(mark) = &mark
            && known.keys.as_ref().is_some_and(|keys| keys.list.mark() != *mark)
        {
            known.keys = None;
        }
        known.named = mark;
    }

    /// The key of the suppression list.
    pub fn list(&self) -> Result<ListKey, KeyFileError> {
        self.derived().map(|keys| keys.list)
    }

    /// The key of our own return paths.
    pub fn verp(&self) -> Result<DerivedKey, KeyFileError> {
        self.derived().map(|keys| keys.verp)
    }

    /// The key of envelope ids.
    pub fn envelope_ids(&self) -> Result<DerivedKey, KeyFileError> {
        self.derived().map(|keys| keys.envelope_ids)
    }

    /// Why the key cannot be had. None is made that nobody needed; one that could not be made is tried again.
    pub(super) fn fault(&self) -> Option<KeyFileError> {
        let mut known = self.known();
        match self.read(&mut known) {
            // It is made when it is needed.
            Err(KeyFileError::Absent { .. }) if known.named.is_none() => None,
            read => read.err(),
        }
    }

    fn derived(&self) -> Result<Derived, KeyFileError> {
        let mut known = self.known();
        known.is_wanted = true;
        self.read(&mut known)
    }

    fn read(&self, known: &mut Known) -> Result<Derived, KeyFileError> {
        let is_to_be_made = known.is_wanted && known.named.is_none();
        known
            .read(&self.file, || if is_to_be_made { key_file::secret_or_made(&self.file, &self.ids) } else { key_file::secret(&self.file) })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn read(&mut self, file: &std::path::Path, secret: impl FnOnce() -> Result<Secret, KeyFileError>) -> Result<Derived, KeyFileError> {
        if let Some(keys) = &self.keys {
            return Ok(keys.clone());
        }
        let secret = secret()?;
        let keys = Derived {
            list: ListKey::new(key_file::of_secret(file, &secret, suppressions::PURPOSE)?),
            verp: key_file::of_secret(file, &secret, VERP_PURPOSE)?,
            envelope_ids: key_file::of_secret(file, &secret, ENVELOPE_ID_PURPOSE)?,
        };
        if self.named.as_ref().is_some_and(|named| *named != keys.list.mark()) {
            return Err(KeyFileError::Another { file: file.to_owned() });
        }
        self.keys = Some(keys.clone());
        Ok(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_the_books_name_is_never_made_anew_and_one_that_is_put_back_is_good_at_once() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("tradepost.key");
        let keys = Keys::new(file.clone(), Ids::Random);
        assert!(keys.fault().is_none() && !file.exists(), "to look makes none");
        let mark = keys.list().expect("made").mark();
        let right = std::fs::read(&file).expect("it is there");

        let later = Keys::new(file.clone(), Ids::Random);
        later.note_named(Some(mark.clone()));
        std::fs::remove_file(&file).expect("ours");
        for _ in 0..2 {
            assert!(matches!(later.list(), Err(KeyFileError::Absent { .. })));
            assert!(matches!(later.verp(), Err(KeyFileError::Absent { .. })));
            assert!(matches!(later.envelope_ids(), Err(KeyFileError::Absent { .. })) && !file.exists());
        }
        key_file::secret_or_made(&file, &Ids::Random).expect("another");
        assert!(matches!(later.list(), Err(KeyFileError::Another { .. })) && matches!(later.verp(), Err(KeyFileError::Another { .. })));
        std::fs::write(&file, &right).expect("ours");
        assert_eq!(later.list().expect("the right one").mark(), mark);
        std::fs::remove_file(&file).expect("ours");
        assert!(later.verp().is_ok(), "what was read is kept");
    }

    #[test]
    fn a_key_that_cannot_be_made_is_a_fault_until_it_can_be() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("later/tradepost.key");
        let keys = Keys::new(file.clone(), Ids::Random);
        assert!(keys.fault().is_none(), "nobody needed it");
        assert!(matches!(keys.list(), Err(KeyFileError::Failed { .. })));
        assert!(matches!(keys.fault(), Some(KeyFileError::Failed { .. })));
        std::fs::create_dir(home.path().join("later")).expect("ours");
        assert!(keys.fault().is_none() && file.exists());
    }
}
