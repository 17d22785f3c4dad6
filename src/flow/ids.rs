//! Where Message-IDs come from: chance in the program, a count in stories.

use crate::types::{EmailAddress, MessageId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes Message-IDs.
#[derive(Debug, Clone)]
pub enum Ids {
    Random,
    Counted(Arc<AtomicU64>),
}

/// The system gave no randomness; nothing that needs an id can be written.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers ({0}); check that getrandom(2) is allowed here")]
pub struct NoRandomness(getrandom::Error);

impl Ids {
    /// Ids that a story can repeat.
    pub fn counted() -> Self {
        Self::Counted(Arc::new(AtomicU64::new(0)))
    }

    /// A Message-ID at the domain of the address that writes (RFC 5322 §3.6.4); 96 random bits make it unique.
    pub fn message_id(&self, from: &EmailAddress) -> Result<MessageId, NoRandomness> {
        let unique = match self {
            Ids::Random => random()?,
            Ids::Counted(count) => format!("{:024}", count.fetch_add(1, Ordering::SeqCst) + 1),
        };
        Ok(MessageId::of_parts(&unique, from))
    }

    /// Bytes nobody can guess, for keys and nonces; in stories they are a count.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        let mut bytes = [0; N];
        match self {
            Ids::Random => fill(&mut bytes)?,
            Ids::Counted(count) => {
                let number = (count.fetch_add(1, Ordering::SeqCst) + 1).to_le_bytes();
                bytes.iter_mut().zip(number).for_each(|(byte, of_number)| *byte = of_number);
            }
        }
        Ok(bytes)
    }

    /// A name for this process among those that share the books.
    pub fn owner(&self) -> Result<String, NoRandomness> {
        match self {
            Ids::Random => random(),
            Ids::Counted(_) => Ok("story".to_owned()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks for randomness")]
fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    getrandom::fill(bytes).map_err(NoRandomness)
}

fn random() -> Result<String, NoRandomness> {
    let mut bytes = [0; 12];
    fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
