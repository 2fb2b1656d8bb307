//! A commit: the entries of one atomic append, with what recovery needs beside them.
//!
//! The buffers already have the shape of a journal frame's body, so an append copies once and encodes
//! nothing: entries as `u16 length || bytes`, sidecar records as `u8 kind || u32 length || bytes`, all
//! big-endian. The engine encodes entries straight into [`Commit::entries_mut`].

use caseledger_chain::{Digest, Position, chain_hash};

use crate::{
    journal::{FRAME_MAX, FRAME_OVERHEAD},
    log::{Head, ReplayFrame},
};

/// Longest entry in bytes; entry bundles carry a `u16` length.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// Why a commit cannot be built or appended as it stands. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// An entry is empty or longer than the format can carry.
    #[error(
        "entry {index} of the commit has {found} bytes, expected 1 to {}",
        ENTRY_BYTES_MAX
    )]
    EntryLength {
        /// Index of the entry in the commit.
        index: usize,
        /// Its length in bytes.
        found: usize,
    },
    /// An entry was begun and not sealed, or sealed without being begun.
    #[error("entry {index} of the commit is not complete: call seal_entry exactly once per entry")]
    Unsealed {
        /// Index of the entry in the commit.
        index: usize,
    },
    /// The commit has no entry; a frame without entries would not move the head.
    #[error("the commit has no entry, expected at least one")]
    Empty,
    /// There is not exactly one leaf hash per entry.
    #[error("the commit has {found} leaf hashes, expected one for each of {expected} entries")]
    Leaves {
        /// Number of entries.
        expected: usize,
        /// Number of leaf hashes.
        found: usize,
    },
    /// The commit does not start where the log ends.
    #[error("the commit starts at {found} of the log, expected {expected}")]
    First {
        /// First position after the head.
        expected: u64,
        /// First position in the commit.
        found: u64,
    },
    /// The commit names another predecessor than the head.
    #[error("the commit follows entry hash {found}, expected {expected}")]
    Previous {
        /// Chain hash of the head.
        expected: Digest,
        /// Chain hash in the commit.
        found: Digest,
    },
    /// The declared last chain hash is not the hash of the last entry.
    #[error("the commit declares last entry hash {found}, its last entry hashes to {expected}")]
    Last {
        /// Computed from the last entry.
        expected: Digest,
        /// Declared with `set_last_chain`.
        found: Digest,
    },
}

/// The entries of one atomic append. Reusable: [`Commit::reset`] keeps the buffers.
#[derive(Debug)]
pub struct Commit {
    first: Position,
    prev: Digest,
    last: Digest,
    entries: Vec<u8>,
    /// Offset of each entry's bytes (behind its length) in `entries`.
    starts: Vec<u32>,
    open: bool,
    leaves: Vec<Digest>,
    sidecars: Vec<u8>,
    sidecar_count: u32,
}

impl Commit {
    /// An empty commit that will start at `first`, behind the entry whose chain hash is `prev`.
    pub fn new(first: Position, prev: Digest) -> Self {
        Self {
            first,
            prev,
            last: prev,
            entries: Vec::new(),
            starts: Vec::new(),
            open: false,
            leaves: Vec::new(),
            sidecars: Vec::new(),
            sidecar_count: 0,
        }
    }

    /// Empties the commit for another use and keeps its buffers.
    pub fn reset(&mut self, first: Position, prev: Digest) {
        self.first = first;
        self.prev = prev;
        self.last = prev;
        self.entries.clear();
        self.starts.clear();
        self.open = false;
        self.leaves.clear();
        self.sidecars.clear();
        self.sidecar_count = 0;
    }

    /// Copies one entry's exact bytes to the end.
    ///
    /// # Errors
    /// [`CommitError::EntryLength`] for an empty or too long entry, which is then not part of the commit.
    pub fn push_entry(&mut self, entry: &[u8]) -> Result<(), CommitError> {
        self.entries_mut().extend_from_slice(entry);
        self.seal_entry()
    }

    /// The buffer behind which the next entry's bytes go. Append only; then call [`Self::seal_entry`].
    pub fn entries_mut(&mut self) -> &mut Vec<u8> {
        if !self.open {
            self.open = true;
            self.entries.extend_from_slice(&[0; 2]);
            self.starts.push(self.entries.len() as u32);
        }
        &mut self.entries
    }

    /// Ends the entry begun with [`Self::entries_mut`].
    ///
    /// # Errors
    /// [`CommitError::EntryLength`] when nothing or more than 65,535 bytes were appended: the entry is dropped.
    /// [`CommitError::Unsealed`] when no entry was begun.
    pub fn seal_entry(&mut self) -> Result<(), CommitError> {
        if !self.open {
            return Err(CommitError::Unsealed {
                index: self.starts.len(),
            });
        }
        self.open = false;
        let index = self.starts.len() - 1;
        let start = self.starts[index] as usize;
        let found = self.entries.len().saturating_sub(start);
        match u16::try_from(found) {
            Ok(length) if length > 0 => {
                self.entries[start - 2..start].copy_from_slice(&length.to_be_bytes());
                Ok(())
            }
            Ok(_) | Err(_) => {
                self.entries.truncate(start - 2);
                self.starts.pop();
                Err(CommitError::EntryLength { index, found })
            }
        }
    }

    /// Drops an entry begun with [`Self::entries_mut`] and not sealed; otherwise does nothing.
    pub fn abandon_entry(&mut self) {
        if self.open {
            self.open = false;
            if let Some(start) = self.starts.pop() {
                self.entries.truncate(start as usize - 2);
            }
        }
    }

    /// Adds the RFC 6962 leaf hash of the next entry; one per entry, in order.
    pub fn push_leaf(&mut self, leaf: Digest) {
        self.leaves.push(leaf);
    }

    /// Adds a sidecar record: bytes recovery needs and no hash covers directly. Never plaintext.
    pub fn push_sidecar(&mut self, kind: u8, bytes: &[u8]) {
        self.sidecars.push(kind);
        self.sidecars
            .extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        self.sidecars.extend_from_slice(bytes);
        self.sidecar_count += 1;
    }

    /// Declares the chain hash of the last entry; checked by every append.
    pub fn set_last_chain(&mut self, last: Digest) {
        self.last = last;
    }

    /// Number of sealed entries.
    pub fn len(&self) -> usize {
        self.starts.len() - usize::from(self.open)
    }

    /// Whether no entry is sealed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The exact bytes of the `index`-th entry; empty when there is none.
    pub fn entry(&self, index: usize) -> &[u8] {
        let Some((start, end)) = self.span(index) else {
            return &[];
        };
        &self.entries[start..end]
    }

    /// The entries in order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.entry(index))
    }

    /// Where the `index`-th entry lies in [`Self::entries_framed`].
    pub(crate) fn span(&self, index: usize) -> Option<(usize, usize)> {
        let start = *self.starts.get(index)? as usize;
        let end = self
            .starts
            .get(index + 1)
            .map_or(self.entries.len(), |next| *next as usize - 2);
        Some((start, end))
    }

    /// Position of the first entry.
    pub fn first(&self) -> Position {
        self.first
    }

    /// The head the log has once this commit is durable.
    pub fn end(&self) -> Head {
        Head::new(self.first.get() + self.len() as u64, self.last)
    }

    /// Chain hash of the entry before the first.
    pub fn prev(&self) -> Digest {
        self.prev
    }

    /// Chain hash of the last entry as declared.
    pub fn last_chain(&self) -> Digest {
        self.last
    }

    /// The leaf hashes, one per entry.
    pub fn leaves(&self) -> &[Digest] {
        &self.leaves
    }

    /// Number of sidecar records.
    pub fn sidecar_count(&self) -> u32 {
        self.sidecar_count
    }

    pub(crate) fn entries_framed(&self) -> &[u8] {
        &self.entries
    }

    pub(crate) fn sidecars_framed(&self) -> &[u8] {
        &self.sidecars
    }

    /// Bytes of the journal frame this commit becomes; the limit is [`Self::FRAME_BYTES_MAX`].
    pub fn frame_len(&self) -> usize {
        FRAME_OVERHEAD + self.entries.len() + self.sidecars.len()
    }

    /// Largest frame in bytes, headers and checksums included.
    pub const FRAME_BYTES_MAX: usize = FRAME_MAX;

    /// The commit as recovery will see it.
    pub fn replay_frame(&self) -> ReplayFrame<'_> {
        ReplayFrame {
            first: self.first,
            count: self.len() as u32,
            prev: self.prev,
            last: self.last,
            entries: &self.entries,
            sidecars: &self.sidecars,
        }
    }

    /// Whether the commit is well formed and continues `head`.
    pub(crate) fn check(&self, head: Head) -> Result<(), CommitError> {
        if self.open {
            return Err(CommitError::Unsealed { index: self.len() });
        }
        let Some(index) = self.len().checked_sub(1) else {
            return Err(CommitError::Empty);
        };
        if self.leaves.len() != self.len() {
            return Err(CommitError::Leaves {
                expected: self.len(),
                found: self.leaves.len(),
            });
        }
        if self.first.get() != head.size.get() {
            let (expected, found) = (head.size.get(), self.first.get());
            return Err(CommitError::First { expected, found });
        }
        if self.prev != head.chain {
            return Err(CommitError::Previous {
                expected: head.chain,
                found: self.prev,
            });
        }
        let expected = chain_hash(self.entry(index));
        if self.last != expected {
            return Err(CommitError::Last {
                expected,
                found: self.last,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit() -> Commit {
        Commit::new(Position::new(0), Digest::ZERO)
    }

    #[test]
    fn keeps_entries_apart_and_in_order() {
        let mut commit = commit();
        commit.push_entry(b"one").unwrap();
        commit.entries_mut().extend_from_slice(b"tw");
        assert_eq!(commit.len(), 1, "an open entry is not counted");
        commit.entries_mut().extend_from_slice(b"o");
        commit.seal_entry().unwrap();
        assert_eq!(
            commit.entries().collect::<Vec<_>>(),
            [b"one".as_slice(), b"two"]
        );
        assert_eq!(commit.entry(2), b"");
        assert_eq!(commit.entries_framed(), b"\0\x03one\0\x03two");
    }

    #[test]
    fn drops_an_entry_that_is_empty_too_long_or_abandoned() {
        let mut commit = commit();
        commit.push_entry(b"kept").unwrap();
        assert_eq!(
            commit.push_entry(b""),
            Err(CommitError::EntryLength { index: 1, found: 0 })
        );
        let long = vec![7; ENTRY_BYTES_MAX + 1];
        let refused = CommitError::EntryLength {
            index: 1,
            found: ENTRY_BYTES_MAX + 1,
        };
        assert_eq!(commit.push_entry(&long), Err(refused));
        commit.entries_mut().extend_from_slice(b"half");
        commit.abandon_entry();
        assert_eq!(commit.seal_entry(), Err(CommitError::Unsealed { index: 1 }));
        assert_eq!(commit.entries_framed(), b"\0\x04kept");
        commit.push_entry(&long[1..]).unwrap();
        assert_eq!(commit.entry(1).len(), ENTRY_BYTES_MAX);
    }

    #[test]
    fn refuses_what_does_not_continue_the_head() {
        let head = Head::new(3, chain_hash(b"before"));
        let build = |first, prev, leaves: usize, last| {
            let mut commit = Commit::new(Position::new(first), prev);
            commit.push_entry(b"entry").unwrap();
            (0..leaves).for_each(|_| commit.push_leaf(Digest::ZERO));
            commit.set_last_chain(last);
            commit.check(head)
        };
        let last = chain_hash(b"entry");
        assert_eq!(build(3, head.chain, 1, last), Ok(()));
        assert_eq!(
            build(4, head.chain, 1, last),
            Err(CommitError::First {
                expected: 3,
                found: 4
            })
        );
        let found = Digest::ZERO;
        let wrong = CommitError::Previous {
            expected: head.chain,
            found,
        };
        assert_eq!(build(3, found, 1, last), Err(wrong));
        assert_eq!(
            build(3, head.chain, 2, last),
            Err(CommitError::Leaves {
                expected: 1,
                found: 2
            })
        );
        let wrong = CommitError::Last {
            expected: last,
            found,
        };
        assert_eq!(build(3, head.chain, 1, found), Err(wrong));
        assert_eq!(
            Commit::new(Position::new(3), head.chain).check(head),
            Err(CommitError::Empty)
        );
    }
}
