//! Keys that are derived from the team's secret, each read when it is first needed and kept for the life of the process.

use super::{Ids, KeyFileError, key_file};
use crate::record::suppressions::ListKey;
use crate::types::DerivedKey;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// The keys of an office. A clone shares what was read.
#[derive(Debug, Clone)]
pub struct Keys {
    file: PathBuf,
    ids: Ids,
    list: Arc<OnceLock<ListKey>>,
    verp: Arc<OnceLock<DerivedKey>>,
    envelope_ids: Arc<OnceLock<DerivedKey>>,
}

impl Keys {
    /// The keys of that file.
    pub(super) fn new(file: PathBuf, ids: Ids) -> Self {
        Self { file, ids, list: Arc::default(), verp: Arc::default(), envelope_ids: Arc::default() }
    }

    /// The key of the suppression list.
    pub fn list(&self) -> Result<&ListKey, KeyFileError> {
        kept(&self.list, || key_file::list_key(&self.file, &self.ids))
    }

    /// The key of our own return paths.
    pub fn verp(&self) -> Result<&DerivedKey, KeyFileError> {
        kept(&self.verp, || key_file::derived(&self.file, &self.ids, crate::link::VERP_PURPOSE))
    }

    /// The key of envelope ids.
    pub fn envelope_ids(&self) -> Result<&DerivedKey, KeyFileError> {
        kept(&self.envelope_ids, || key_file::derived(&self.file, &self.ids, crate::link::ENVELOPE_ID_PURPOSE))
    }
}

fn kept<K>(place: &OnceLock<K>, read: impl FnOnce() -> Result<K, KeyFileError>) -> Result<&K, KeyFileError> {
    if let Some(known) = place.get() {
        return Ok(known);
    }
    let key = read()?;
    Ok(place.get_or_init(|| key))
}
