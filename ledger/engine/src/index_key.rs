//! The key of the pseudonyms: what stands in the ledger in place of docket numbers and people.
//!
//! Every pseudonym is a keyed BLAKE3 hash. The key file's 32 bytes are never used directly: each
//! kind of pseudonym has its own sub-key, so that equal inputs of two kinds do not meet. Inputs
//! are length-prefixed, so that no two lists of inputs hash the same bytes.
//!
//! Who holds the key can test guesses; who does not, cannot. It never leaves the key folder.

use std::fmt;

use caseledger_chain::Digest;
use caseledger_domain::{CaseToken, FilingId, OrderId, PersonRef};
use caseledger_proto::Pseudonyms;
use zeroize::Zeroize;

/// The sub-keys, one per kind of pseudonym. Wiped on drop, never shown.
pub struct IndexKey {
    case: [u8; 32],
    person: [u8; 32],
    order: [u8; 32],
    filing: [u8; 32],
    message: [u8; 32],
    content: [u8; 32],
    commitment: Digest,
}

impl IndexKey {
    /// Derives the sub-keys from the 32 bytes of the key file.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self {
            case: blake3::derive_key("caseledger v1 case token", secret),
            person: blake3::derive_key("caseledger v1 person", secret),
            order: blake3::derive_key("caseledger v1 order", secret),
            filing: blake3::derive_key("caseledger v1 filing", secret),
            message: blake3::derive_key("caseledger v1 message id", secret),
            content: blake3::derive_key("caseledger v1 content", secret),
            commitment: Digest::from_bytes(blake3::derive_key(
                "caseledger v1 index key commitment",
                secret,
            )),
        }
    }

    /// Tells this key from another one. Stands in the clear beside the data: the secret is 32 random bytes, so the
    /// hash reveals nothing about it or about any sub-key.
    pub const fn commitment(&self) -> Digest {
        self.commitment
    }
}

impl Drop for IndexKey {
    fn drop(&mut self) {
        for key in [
            &mut self.case,
            &mut self.person,
            &mut self.order,
            &mut self.filing,
            &mut self.message,
            &mut self.content,
        ] {
            key.zeroize();
        }
    }
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey(not shown)")
    }
}

/// The first 16 bytes of the keyed hash over the length-prefixed parts.
fn pseudonym(key: &[u8; 32], parts: &[&str]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let mut short = [0; 16];
    hasher.finalize_xof().fill(&mut short);
    short
}

impl Pseudonyms for IndexKey {
    fn case_token(&self, court: &str, number_norm: &str, defendant: &str) -> CaseToken {
        CaseToken::from_bytes(pseudonym(&self.case, &[court, number_norm, defendant]))
    }

    fn person(&self, issuer: &str, value: &str) -> PersonRef {
        PersonRef::from_bytes(pseudonym(&self.person, &[issuer, value]))
    }

    fn order(&self, court: &str, number: &str) -> OrderId {
        OrderId::from_bytes(pseudonym(&self.order, &[court, number]))
    }

    fn filing(&self, court: &str, id: &str) -> FilingId {
        FilingId::from_bytes(pseudonym(&self.filing, &[court, id]))
    }

    fn message(&self, parts: &[&str]) -> [u8; 16] {
        pseudonym(&self.message, parts)
    }

    fn content(&self, canonical: &[u8]) -> [u8; 32] {
        // Keyed, because the canonical bytes hold docket numbers, and digests stand in the clear.
        *blake3::keyed_hash(&self.content, canonical).as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = IndexKey::new(&[7; 32]);
        assert_ne!(
            key.case_token("ab", "c", "1"),
            key.case_token("a", "bc", "1")
        );
        assert_eq!(
            key.case_token("ab", "c", "1"),
            key.case_token("ab", "c", "1")
        );
    }

    #[test]
    fn kinds_and_keys_do_not_meet() {
        let (key, other) = (IndexKey::new(&[7; 32]), IndexKey::new(&[8; 32]));
        assert_ne!(
            key.order("a", "1").to_bytes(),
            key.filing("a", "1").to_bytes()
        );
        assert_ne!(key.order("a", "1"), other.order("a", "1"));
        assert_ne!(key.content(b"x"), other.content(b"x"));
        assert_ne!(key.commitment(), other.commitment());
        assert_ne!(key.commitment().to_bytes(), key.content);
    }

    #[test]
    fn shows_no_key_material() {
        assert_eq!(
            format!("{:?}", IndexKey::new(&[7; 32])),
            "IndexKey(not shown)"
        );
    }
}
