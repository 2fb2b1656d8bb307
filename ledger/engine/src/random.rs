//! Randomness, which is an argument too: case ids, keys and ledger ids.

use std::{fmt, sync::Mutex, sync::PoisonError};

/// Where random bytes come from.
pub trait Random: Send + Sync + fmt::Debug {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source has none to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The source gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRandomness {
    /// The operating system has none.
    #[error("the system gave no random bytes: {0}")]
    System(#[from] getrandom::Error),
    /// An id was drawn that exists already: a seed used twice, or a broken generator.
    #[error("the source of random ids repeats itself; use the operating system's")]
    Repeats,
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        Ok(caseledger_vault::system_bytes(bytes)?)
    }
}

/// A reproducible stream from a seed, for tests and demonstrations. Not for real ledgers: whoever
/// knows the seed knows every case id.
#[derive(Debug)]
pub struct SeededRandom(Mutex<Stream>);

#[derive(Debug)]
struct Stream {
    seed: [u8; 32],
    used: u64,
}

impl SeededRandom {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        Self(Mutex::new(Stream {
            seed: bytes,
            used: 0,
        }))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut output = blake3::Hasher::new_keyed(&stream.seed).finalize_xof();
        output.set_position(stream.used);
        output.fill(bytes);
        stream.used += bytes.len() as u64;
        Ok(())
    }
}

/// Sixteen random bytes.
pub(crate) fn id(random: &dyn Random) -> Result<[u8; 16], NoRandomness> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_never_stands_still() {
        let (one, two) = (SeededRandom::new(7), SeededRandom::new(7));
        let first = id(&one).unwrap();
        assert_eq!(id(&two).unwrap(), first);
        assert_ne!(id(&one).unwrap(), first);
        assert_ne!(id(&SeededRandom::new(8)).unwrap(), first);
    }
}
