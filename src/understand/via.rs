//! Portals and web forms: a notification that carries a buyer's words.

use super::fold::Folder;
use super::rules::RuleError;

#[derive(Debug, Default)]
pub(super) struct PortalRules {}

impl PortalRules {
    pub fn compile(files: &[(&str, &str)], folder: &Folder) -> Result<Self, RuleError> {
        let _ = (files, folder);
        Ok(Self::default())
    }
}
