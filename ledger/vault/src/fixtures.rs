//! What unit tests share. The vectors were computed with another implementation of the cipher, of SHA-256 and of CRC32C.

use caseledger_chain::{LedgerId, Position};

use crate::{
    key::{DataKey, Generation, VaultCase},
    part::Place,
    random::{NoRandomness, Random},
    secret::{NONCE_LEN, Secret},
};

pub(crate) const LEDGER: LedgerId = LedgerId::from_bytes([7; 16]);
pub(crate) const CASE: VaultCase = VaultCase::from_bytes([1; 16]);
pub(crate) const PLACE: Place = Place {
    ledger: LEDGER,
    case: CASE,
    position: Position::new(9),
};

/// A generator that always draws the bytes from 0x40 on. For vectors only.
#[derive(Debug)]
pub(crate) struct Constant;

impl Random for Constant {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        bytes.copy_from_slice(&nonce()[..bytes.len()]);
        Ok(())
    }
}

/// A generator that has nothing to give.
#[derive(Debug)]
pub(crate) struct Exhausted;

impl Random for Exhausted {
    fn fill(&self, _: &mut [u8]) -> Result<(), NoRandomness> {
        Err(NoRandomness::new("drawn dry"))
    }
}

pub(crate) fn nonce() -> [u8; NONCE_LEN] {
    std::array::from_fn(|at| 0x40 + at as u8)
}

pub(crate) fn generation(number: u32) -> Generation {
    Generation::new(number).unwrap()
}

/// The key with the bytes 0 to 31.
pub(crate) fn data_key() -> DataKey {
    DataKey::filled(|bytes| {
        *bytes = std::array::from_fn(|at| at as u8);
        Ok::<_, NoRandomness>(())
    })
    .unwrap()
}

/// A key of one byte, repeated.
pub(crate) fn kek(byte: u8) -> Secret {
    Secret::filled(|bytes| {
        bytes.fill(byte);
        Ok::<_, NoRandomness>(())
    })
    .unwrap()
}

/// Every way to have one bit changed, in every byte in turn.
pub(crate) fn flipped(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len()).map(|at| {
        let mut other = bytes.to_vec();
        other[at] ^= 1 << (at % 8);
        (at, other)
    })
}
