//! The key of the pseudonyms: what stands in the ledger in place of docket numbers and people.
//!
//! Every pseudonym is a keyed BLAKE3 hash. The key file's bytes are never used directly: each
//! kind of pseudonym has its own sub-key, so that equal inputs of two kinds do not meet. Inputs
//! are length-prefixed, so that no two lists of inputs hash the same bytes.
//!
//! Who holds the key can test guesses; who does not, cannot. It never leaves the key folder.
//!
//! **Generations** (docs/adr/0024-index-key-rotation.md). What stands in entries as a name, of a person,
//! an order, a filing or a message, is made with the same sub-key for ever. Tokens of cases stand in no entry, and are
//! made with that of the present generation. Digests of messages go through the sub-keys of two generations: the first, and
//! that in which the message was recorded.

use std::fmt;

use caseledger_chain::{Digest, Size};
use caseledger_domain::{CaseToken, FilingId, OrderId, PersonRef};
use caseledger_proto::Pseudonyms;
use hashbrown::HashMap;
use zeroize::Zeroize;

/// The first generation: that of the key that was made with the ledger.
pub(crate) const FIRST: u32 = 1;

/// Which index key makes the tokens of cases, and from which size on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Age {
    /// From [`FIRST`].
    pub(crate) generation: u32,
    /// Size of the ledger when it took the place of the one before.
    pub(crate) since: Size,
}

impl Age {
    /// Of a ledger whose index key was never replaced.
    pub(crate) const FIRST: Self = Self {
        generation: FIRST,
        since: Size::ZERO,
    };
}

/// With which index key something was recorded. Copies of a ledger that are rotated each have a key of the same generation,
/// so the number alone does not name it; the print does, and says nothing else of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Used {
    /// From 2.
    pub(crate) generation: u32,
    pub(crate) print: [u8; 8],
}

/// 32 bytes that are wiped on drop and not shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SubKey(pub(crate) [u8; 32]);

impl Drop for SubKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The sub-keys that stay as long as the ledger, because entries hold on to what they make.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Lasting {
    pub(crate) person: SubKey,
    pub(crate) order: SubKey,
    pub(crate) filing: SubKey,
    pub(crate) message: SubKey,
}

/// The sub-keys, by kind of pseudonym. Wiped on drop, never shown.
pub struct IndexKey {
    pub(crate) age: Age,
    pub(crate) lasting: Lasting,
    /// For digests of messages as they are read: that of the first generation.
    pub(crate) content: SubKey,
    /// For digests of messages as they are recorded: one for each later generation, in order.
    pub(crate) seals: Vec<SubKey>,
    /// For tokens of cases.
    pub(crate) case: SubKey,
    /// The same of earlier generations, in order: of those only that a token rests on.
    pub(crate) earlier: Vec<(u32, SubKey)>,
    /// Tokens of earlier generations that still stand for a case, each with its generation.
    pub(crate) kept: HashMap<CaseToken, u32>,
    pub(crate) commitment: Digest,
}

impl IndexKey {
    /// Derives the sub-keys of the first generation from the 32 bytes of the key file.
    pub fn new(secret: &[u8; 32]) -> Self {
        let derive = |context| SubKey(blake3::derive_key(context, secret));
        Self {
            age: Age::FIRST,
            lasting: Lasting {
                person: derive("caseledger v1 person"),
                order: derive("caseledger v1 order"),
                filing: derive("caseledger v1 filing"),
                message: derive("caseledger v1 message id"),
            },
            content: derive("caseledger v1 content"),
            seals: Vec::new(),
            case: derive("caseledger v1 case token"),
            earlier: Vec::new(),
            kept: HashMap::new(),
            commitment: Digest::from_bytes(blake3::derive_key(
                "caseledger v1 index key commitment",
                secret,
            )),
        }
    }

    /// The key of the next generation, from 32 random bytes. It makes the same names, and other tokens; no token of before
    /// stands for a case until it is [kept](Self::keep).
    pub(crate) fn next(&self, secret: &[u8; 32], since: Size) -> Self {
        let generation = self.age.generation.saturating_add(1);
        let derive = |context| SubKey(blake3::derive_key(context, secret));
        let mut seals = self.seals.clone();
        seals.push(derive("caseledger v1 content"));
        let mut earlier = self.earlier.clone();
        earlier.push((self.age.generation, self.case.clone()));
        Self {
            age: Age { generation, since },
            lasting: self.lasting.clone(),
            content: self.content.clone(),
            seals,
            case: derive("caseledger v1 case token"),
            earlier,
            kept: HashMap::new(),
            commitment: self.commitment,
        }
    }

    /// Takes the tokens of earlier generations that still stand for a case, and drops the sub-keys that none rests on.
    pub(crate) fn keep(&mut self, kept: HashMap<CaseToken, u32>) {
        self.earlier
            .retain(|(generation, _)| kept.values().any(|of| of == generation));
        self.kept = kept;
    }

    /// The generation of a token that stands for a case.
    pub(crate) fn generation_of(&self, token: &CaseToken) -> u32 {
        self.kept.get(token).copied().unwrap_or(self.age.generation)
    }

    /// What names this key where it was used; none of the first generation, which the commitment names.
    pub(crate) fn used(&self) -> Option<Used> {
        self.used_in(self.age.generation)
    }

    /// Whether this key is the one that was used there, or was made of it.
    pub(crate) fn knows(&self, used: Used) -> bool {
        self.used_in(used.generation) == Some(used)
    }

    /// The same of the key of an earlier generation that this one was made of: what makes its digests stays for ever.
    fn used_in(&self, generation: u32) -> Option<Used> {
        let at = generation.checked_sub(FIRST + 1)?;
        let seal = self.seals.get(at as usize)?;
        let hash = blake3::derive_key("caseledger v1 index key print", &seal.0);
        let print = *hash.first_chunk()?;
        Some(Used { generation, print })
    }

    /// Tells the keys of this ledger from those of another one. Stands in the clear beside the data: the secret that it
    /// was made of is 32 random bytes, so the hash reveals nothing about it or about any sub-key.
    pub const fn commitment(&self) -> Digest {
        self.commitment
    }

    /// How often the key was replaced, and once more: from 1.
    pub const fn generation(&self) -> u32 {
        self.age.generation
    }

    /// The digest that stands in an entry that is recorded now, of a message whose content has this digest in memory.
    pub fn seal(&self, content: [u8; 32]) -> Digest {
        seal(self.seals.last(), content)
    }

    /// Whether an entry of any generation has the digest of this content.
    pub(crate) fn is_seal(&self, found: Digest, content: [u8; 32]) -> bool {
        let mut later = self.seals.iter().map(Some);
        seal(None, content) == found || later.any(|key| seal(key, content) == found)
    }
}

/// Entries of the first generation have the digest as it is made when the message is read.
fn seal(key: Option<&SubKey>, content: [u8; 32]) -> Digest {
    let sealed = key.map(|key| *blake3::keyed_hash(&key.0, &content).as_bytes());
    Digest::from_bytes(sealed.unwrap_or(content))
}

impl fmt::Debug for IndexKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IndexKey(not shown)")
    }
}

/// The first 16 bytes of the keyed hash over the length-prefixed parts.
fn pseudonym(key: &SubKey, parts: &[&str]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_keyed(&key.0);
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
        let parts = [court, number_norm, defendant];
        let mut token = CaseToken::from_bytes(pseudonym(&self.case, &parts));
        // All are made, whatever is found: the time must not tell which generation a case is of.
        for (_, key) in &self.earlier {
            let earlier = CaseToken::from_bytes(pseudonym(key, &parts));
            if self.kept.contains_key(&earlier) {
                token = earlier;
            }
        }
        token
    }

    fn person(&self, issuer: &str, value: &str) -> PersonRef {
        PersonRef::from_bytes(pseudonym(&self.lasting.person, &[issuer, value]))
    }

    fn order(&self, court: &str, number: &str) -> OrderId {
        OrderId::from_bytes(pseudonym(&self.lasting.order, &[court, number]))
    }

    fn filing(&self, court: &str, id: &str) -> FilingId {
        FilingId::from_bytes(pseudonym(&self.lasting.filing, &[court, id]))
    }

    fn message(&self, parts: &[&str]) -> [u8; 16] {
        pseudonym(&self.lasting.message, parts)
    }

    fn content(&self, canonical: &[u8]) -> [u8; 32] {
        // Keyed, because the canonical bytes hold docket numbers, and digests stand in the clear.
        *blake3::keyed_hash(&self.content.0, canonical).as_bytes()
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
        assert_ne!(key.commitment().to_bytes(), key.content.0);
    }

    #[test]
    fn the_next_generation_makes_the_same_names_and_other_tokens_and_digests() {
        let key = IndexKey::new(&[7; 32]);
        let next = key.next(&[8; 32], Size::new(5));
        assert_eq!(key.person("a", "1"), next.person("a", "1"));
        assert_eq!(key.order("a", "1"), next.order("a", "1"));
        assert_eq!(key.filing("a", "1"), next.filing("a", "1"));
        assert_eq!(key.message(&["a"]), next.message(&["a"]));
        assert_eq!(key.commitment(), next.commitment());
        assert_ne!(
            key.case_token("a", "1", "1"),
            next.case_token("a", "1", "1")
        );
        let content = key.content(b"x");
        assert_eq!(next.content(b"x"), content);
        assert_ne!(next.seal(content), key.seal(content));
        // Whoever has the first key alone, or another second one, cannot make it.
        assert!(!key.is_seal(next.seal(content), content));
        let other = key.next(&[9; 32], Size::new(5));
        assert!(!other.is_seal(next.seal(content), content));
        // A message of either generation is known again in the third.
        let third = next.next(&[9; 32], Size::new(6));
        for of in [&key, &next, &third] {
            assert!(third.is_seal(of.seal(content), content));
            assert!(!third.is_seal(of.seal(content), [1; 32]));
        }
    }

    #[test]
    fn a_token_that_is_kept_is_made_again_and_its_key_goes_with_the_last_of_them() {
        let first = IndexKey::new(&[7; 32]);
        let token = first.case_token("a", "1", "1");
        let mut second = first.next(&[8; 32], Size::new(5));
        second.keep(HashMap::from([(token, 1)]));
        assert_eq!(second.case_token("a", "1", "1"), token);
        assert_eq!((second.generation_of(&token), second.earlier.len()), (1, 1));
        let fresh = second.case_token("a", "2", "1");
        assert_ne!(fresh, first.case_token("a", "2", "1"));
        assert_eq!(second.generation_of(&fresh), 2);
        let mut third = second.next(&[9; 32], Size::new(6));
        third.keep(HashMap::from([(token, 1)]));
        assert_eq!(third.case_token("a", "1", "1"), token);
        // Nothing rests on the second generation.
        assert_eq!(
            third.earlier.iter().map(|(of, _)| *of).collect::<Vec<_>>(),
            [1]
        );
        let mut last = third.next(&[10; 32], Size::new(7));
        last.keep(HashMap::new());
        assert!(last.earlier.is_empty());
        assert_ne!(last.case_token("a", "1", "1"), token);
    }

    #[test]
    fn shows_no_key_material() {
        assert_eq!(
            format!("{:?}", IndexKey::new(&[7; 32])),
            "IndexKey(not shown)"
        );
    }
}
