//! The container of newer office papers: a ZIP archive whose files unpack to a limit and no further.

use super::super::{Defect, limits};
use std::io::{Cursor, Read};
use zip::ZipArchive;

pub(super) type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Opens an archive whose files, as it declares them, unpack to what a paper may have.
pub(super) fn open(bytes: &[u8]) -> Result<Archive<'_>, Defect> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Defect::PaperBroken)?;
    if archive.len() > limits::PAPER_FILES_MAX {
        return Err(Defect::PaperTooMuch);
    }
    let mut declared = 0_u64;
    for number in 0..archive.len() {
        let file = archive.by_index_raw(number).map_err(|_| Defect::PaperBroken)?;
        // Pictures are never unpacked.
        if !file.name().is_ok_and(|name| name.contains("/media/")) {
            declared = declared.saturating_add(file.size());
        }
    }
    if declared > limits::PAPER_UNPACKED_LEN_MAX { Err(Defect::PaperTooMuch) } else { Ok(archive) }
}

/// A file of an archive, when it is there. What it declares is not believed: it is unpacked to the limit and no further.
pub(super) fn file(archive: &mut Archive<'_>, name: &str) -> Result<Option<Vec<u8>>, Defect> {
    let Some(number) = archive.index_for_name(name) else { return Ok(None) };
    let file = archive.by_index(number).map_err(|_| Defect::PaperBroken)?;
    if file.encrypted() {
        return Err(Defect::PaperLocked);
    }
    let mut bytes = Vec::new();
    // What breaks off is read as far as it goes: the checks of the XML reader find the end missing.
    let whole = file.take(limits::PAPER_UNPACKED_LEN_MAX + 1).read_to_end(&mut bytes);
    if bytes.len() as u64 > limits::PAPER_UNPACKED_LEN_MAX {
        return Err(Defect::PaperTooMuch);
    }
    whole.map_err(|_| Defect::PaperBroken).map(|_| Some(bytes))
}

/// Whether an archive brings macros. They are never run; a person is told.
pub(super) fn has_macros(archive: &Archive<'_>) -> bool {
    archive.file_names().any(|name| name.is_ok_and(|name| name.ends_with("vbaProject.bin")))
}

/// Whether an archive is a text document.
pub(super) fn is_docx(bytes: &[u8]) -> Result<bool, Defect> {
    Ok(open(bytes)?.index_for_name(super::docx::BODY).is_some())
}

/// Whether the older container only holds a newer paper behind a password ([MS-OFFCRYPTO] §2.3).
pub(super) fn is_encrypted_package(bytes: &[u8]) -> bool {
    contains_wide(bytes, "EncryptedPackage")
}

/// Whether the older container has a name among its folders.
pub(super) fn contains_wide(bytes: &[u8], name: &str) -> bool {
    let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(wide.len()).any(|window| window == wide)
}
