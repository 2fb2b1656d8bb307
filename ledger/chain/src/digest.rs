//! [`Digest`]: 32 bytes that came out of a hash function.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use blake3::hazmat::{ContextKey, HasherExt as _, hash_derive_key_context};
use sha2::{Digest as _, Sha256};

use crate::base64::{self, Base64Error};
use crate::hex::{self, HexError};

/// BLAKE3 key derivation context of [`chain_hash`]. It can never change: it is part of every
/// hash in the chain.
const CHAIN_CONTEXT: &str = "caseledger v1 entry chain";

/// What every [`chain_hash`] begins with; it depends on the context alone.
static CHAIN_KEY: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context(CHAIN_CONTEXT));

/// A 32-byte digest. It compares by value, not in constant time: digests here are public.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// All zero bytes, which stands for "none" in the header of an entry. No hash function is
    /// known to produce it.
    pub const ZERO: Self = Self([0; 32]);

    /// Takes bytes that are known to be a digest.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest as bytes.
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// Whether this is [`Digest::ZERO`], which stands for "none".
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// Reads the 44 base64 characters used by checkpoints and proofs.
    ///
    /// # Errors
    ///
    /// Refuses any text that is not the one canonical base64 form of 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, Base64Error> {
        base64::decode_array(text).map(Self)
    }

    /// The 44 base64 characters used by checkpoints and proofs.
    pub fn to_base64(self) -> String {
        let mut out = String::new();
        self.push_base64(&mut out);
        out
    }

    /// Appends [`Self::to_base64`] to `out`.
    pub(crate) fn push_base64(self, out: &mut String) {
        base64::push(out, &self.0);
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(f, &self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        hex::parse(text).map(Self)
    }
}

/// The hash by which the next entry, and the next entry of the same stream, names this one:
/// BLAKE3 in key derivation mode over the exact entry bytes.
///
/// The context keeps it apart from [`leaf_hash`] and from any other use of BLAKE3.
pub fn chain_hash(entry: &[u8]) -> Digest {
    let mut hash = blake3::Hasher::new_from_context_key(&CHAIN_KEY);
    hash.update(entry);
    Digest(hash.finalize().into())
}

/// The hash under which an entry stands in the tree: SHA-256(0x00 || entry), RFC 6962 section 2.1.
pub fn leaf_hash(entry: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    hash.update([0x00 /* leaf */]);
    hash.update(entry);
    Digest(hash.finalize().into())
}

/// The hash of an inner node: SHA-256(0x01 || left || right), RFC 6962 section 2.1.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut hash = Sha256::new();
    hash.update([0x01 /* node */]);
    hash.update(left.0);
    hash.update(right.0);
    Digest(hash.finalize().into())
}

/// The root of the tree without leaves: SHA-256 of nothing, RFC 6962 section 2.1.
pub fn empty_root() -> Digest {
    Digest(Sha256::digest([]).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_and_reads_hexadecimal() {
        let digest = empty_root();
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(format!("{digest:?}"), format!("Digest({text})"));
        assert_eq!(
            digest.to_base64(),
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        );
        assert_eq!(Digest::from_base64(&digest.to_base64()), Ok(digest));
    }

    /// Recomputed with another implementation of BLAKE3 in key derivation mode.
    #[test]
    fn chain_hash_is_blake3_in_key_derivation_mode() {
        let mut hasher = blake3::Hasher::new_derive_key("caseledger v1 entry chain");
        hasher.update(b"entry");
        assert_eq!(
            chain_hash(b"entry").to_bytes(),
            *hasher.finalize().as_bytes()
        );
        assert_ne!(
            chain_hash(b"entry").to_bytes(),
            *blake3::hash(b"entry").as_bytes()
        );
    }

    #[test]
    fn leaf_and_node_hashes_are_apart() {
        let (left, right) = (leaf_hash(b"a"), leaf_hash(b"b"));
        let joined = [left.to_bytes(), right.to_bytes()].concat();
        assert_ne!(node_hash(&left, &right), leaf_hash(&joined));
        assert_ne!(leaf_hash(b""), empty_root());
    }
}
