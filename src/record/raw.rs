//! Raw mail, compressed.

use super::{BooksError, Session};
use crate::types::MessageRow;
use std::cell::RefCell;
use std::io;
use zstd::bulk::{Compressor, Decompressor};

/// Level 3 is fast enough to stay unnoticed and halves most mail.
const COMPRESSION_LEVEL: i32 = 3;
/// Larger mail is carved up before it gets here; a stored size beyond this is damage.
const SIZE_MAX: i64 = 256 << 20;

/// A mail's bytes, compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMail {
    pub zstd: Vec<u8>,
    /// Bytes before compression.
    pub size: i64,
}

impl RawMail {
    /// Compresses a mail. Takes its time on large mail, so it is done outside a transaction.
    pub fn compress(bytes: &[u8]) -> Result<Self, BooksError> {
        let unreadable = |problem: String| BooksError::RawMail { problem };
        let size = i64::try_from(bytes.len()).ok().filter(|size| *size <= SIZE_MAX);
        let size = size.ok_or_else(|| unreadable(format!("it is longer than {SIZE_MAX} bytes")))?;
        let zstd = compress(bytes).map_err(|error| unreadable(error.to_string()))?;
        Ok(Self { zstd, size })
    }

    /// The mail as it came. Never gives more than the recorded size, whatever the compressed bytes claim.
    pub fn open(&self) -> Result<Vec<u8>, BooksError> {
        let unreadable = |problem: String| BooksError::RawMail { problem };
        let size = usize::try_from(self.size).ok().filter(|_| self.size <= SIZE_MAX);
        let size = size.ok_or_else(|| unreadable("its recorded size is impossible".to_owned()))?;
        let bytes = decompress(&self.zstd, size).map_err(|error| unreadable(error.to_string()))?;
        if bytes.len() == size { Ok(bytes) } else { Err(unreadable("it is shorter than recorded".to_owned())) }
    }
}

// What zstd works with is some hundred kilobytes: made anew for each small mail it costs more than the mail itself.
thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(bytes),
        None => kept.insert(Compressor::new(COMPRESSION_LEVEL)?).compress(bytes),
    })
}

/// Gives no more than `capacity` bytes.
fn decompress(bytes: &[u8], capacity: usize) -> io::Result<Vec<u8>> {
    DECOMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(decompressor) => decompressor.decompress(bytes, capacity),
        None => kept.insert(Decompressor::new()?).decompress(bytes, capacity),
    })
}

statements! { STATEMENTS;
    FIND(1) = "
SELECT size, zstd
  FROM raw_mail
 WHERE message_id = $1";

    ADD(3) = "
INSERT INTO raw_mail (message_id, size, zstd)
VALUES ($1, $2, $3)
ON CONFLICT (message_id) DO NOTHING";
}

/// A message's bytes.
pub async fn find(session: &mut Session, message: MessageRow) -> Result<Option<RawMail>, BooksError> {
    let row = session.row(&FIND, &[message.into()]).await?;
    row.map(|row| Ok(RawMail { size: row.int(0)?, zstd: row.blob(1)? })).transpose()
}

/// Keeps a message's bytes; the first ones stay.
pub async fn add(session: &mut Session, message: MessageRow, raw: &RawMail) -> Result<(), BooksError> {
    session.run(&ADD, &[message.into(), raw.size.into(), raw.zstd.as_slice().into()]).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_comes_out_as_it_went_in() {
        for mail in [b"".as_slice(), b"From: bob@acme.example\r\n\r\nHello\r\n", &[0xff, 0x00, 0x1b]] {
            let raw = RawMail::compress(mail).expect("small enough");
            assert_eq!(raw.open().expect("just packed"), mail);
        }
    }

    #[test]
    fn more_than_the_recorded_size_never_comes_out() {
        let bomb = RawMail::compress(&vec![b'a'; 1 << 20]).expect("small enough");
        for size in [10, (1 << 20) + 1, -1, i64::MAX] {
            assert!(RawMail { size, ..bomb.clone() }.open().is_err(), "{size}");
        }
        assert!(RawMail { zstd: b"not zstd".to_vec(), size: 8 }.open().is_err());
    }
}
