//! From a file to a configuration.

use std::path::Path;

use super::{Config, Fault, Problem};

pub(super) fn load(_path: &Path) -> Result<Config, Vec<Fault>> {
    Err(vec![Fault::new("", None, Problem::NoFile)])
}
