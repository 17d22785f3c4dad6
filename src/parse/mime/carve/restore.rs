//! A mail put together again.

use super::Leaf;
use std::io::{self, Read, Write};

/// The pieces do not make a mail.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    #[error("a piece of the mail is shorter or longer than recorded")]
    WrongLength,
    #[error("the places of its pieces are impossible")]
    WrongPlace,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes the mail as it came. `open` gives the bytes of a leaf.
pub fn restore<R: Read>(
    remainder: &[u8],
    leaves: &[Leaf],
    mut open: impl FnMut(&Leaf) -> io::Result<R>,
    out: &mut dyn Write,
) -> Result<(), Missing> {
    let mut written = 0;
    for leaf in leaves {
        let at = usize::try_from(leaf.at).map_err(|_| Missing::WrongPlace)?;
        out.write_all(remainder.get(written..at).ok_or(Missing::WrongPlace)?)?;
        written = at;
        // One byte more is asked for, so that a leaf that grew is noticed.
        let copied = io::copy(&mut open(leaf)?.take(leaf.len.saturating_add(1)), out)?;
        if copied != leaf.len {
            return Err(Missing::WrongLength);
        }
    }
    out.write_all(remainder.get(written..).ok_or(Missing::WrongPlace)?)?;
    Ok(())
}
