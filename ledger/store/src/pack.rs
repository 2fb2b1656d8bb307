//! How entries and leaf hashes are laid out in the derived store.
//!
//! One value per entry would cost 7 µs and 36 bytes of memory each; values over about 7 KB leave the engine's log
//! and are then never synced. So entries are packed, several per value and at most [`VALUE_MAX`] bytes:
//!
//! ```text
//! key   = position of the first entry:u64 chunk:u8         big-endian, so keys sort as positions
//! value = 1 (length:u16 entry)*                            a pack; chunk = 0
//!       | 2 bytes                                          one chunk of a single long entry; chunk counts from 0
//!       | 3 bytes                                          its last chunk
//! ```
//!
//! Leaf hashes lie in half tiles of 128: key = position / 128 as u64, value = up to 128 hashes of 32 bytes.

use bytes::Bytes;
use caseledger_chain::Digest;

use crate::store_error::StoreError;

/// Longest value in bytes, kind byte included.
pub(crate) const VALUE_MAX: usize = 6 << 10;
/// Leaf hashes per value.
pub(crate) const TILE: u64 = 128;
const PACK: u8 = 1;
const CHUNK: u8 = 2;
const LAST_CHUNK: u8 = 3;

pub(crate) type EntryKey = [u8; 9];

/// The key of a pack or chunk.
pub(crate) fn entry_key(position: u64, chunk: u8) -> EntryKey {
    let mut key = [chunk; 9];
    key[..8].copy_from_slice(&position.to_be_bytes());
    key
}

/// Position and chunk of a key.
pub(crate) fn parse_entry_key(key: &[u8]) -> Option<(u64, u8)> {
    let (position, chunk) = key.split_first_chunk::<8>()?;
    let [chunk] = chunk else { return None };
    Some((u64::from_be_bytes(*position), *chunk))
}

/// One value that goes into the store.
#[derive(Debug)]
pub(crate) struct Write<K> {
    pub(crate) key: K,
    pub(crate) value: Vec<u8>,
}

/// Collects entries and leaf hashes in order and cuts them into values.
#[derive(Debug)]
pub(crate) struct Packer {
    /// Position of the first entry in `pack`.
    pack_first: u64,
    pack: Vec<u8>,
    tile: Vec<u8>,
    next: u64,
    /// Full values not yet taken.
    pub(crate) entries: Vec<Write<EntryKey>>,
    pub(crate) leaves: Vec<Write<[u8; 8]>>,
    bytes: usize,
}

impl Packer {
    /// Goes on at `next`, behind the entries of an unfinished pack and the hashes of an unfinished tile.
    pub(crate) fn resume(next: u64, unfinished: &[Bytes], tile: Vec<u8>) -> Self {
        let mut packer = Self {
            pack_first: next - unfinished.len() as u64,
            pack: vec![PACK],
            tile,
            next,
            entries: Vec::new(),
            leaves: Vec::new(),
            bytes: 0,
        };
        for entry in unfinished {
            packer.append(entry);
        }
        packer
    }

    fn append(&mut self, entry: &[u8]) {
        self.pack
            .extend_from_slice(&(entry.len() as u16).to_be_bytes());
        self.pack.extend_from_slice(entry);
    }

    /// Adds the next entry.
    pub(crate) fn push(&mut self, entry: &[u8], leaf: Digest) {
        if self.pack.len() + 2 + entry.len() > VALUE_MAX {
            self.end_pack();
        }
        if 3 + entry.len() > VALUE_MAX {
            self.push_chunks(entry);
            self.next += 1;
            self.pack_first = self.next;
        } else {
            self.append(entry);
            self.next += 1;
        }
        self.tile.extend_from_slice(leaf.as_ref());
        if self.next.is_multiple_of(TILE) {
            let key = ((self.next - 1) / TILE).to_be_bytes();
            let value = std::mem::take(&mut self.tile);
            self.bytes += value.len();
            self.leaves.push(Write { key, value });
        }
    }

    fn push_chunks(&mut self, entry: &[u8]) {
        let count = entry.len().div_ceil(VALUE_MAX - 1);
        for (chunk, bytes) in (0_u8..).zip(entry.chunks(VALUE_MAX - 1)) {
            let kind = if usize::from(chunk) + 1 == count {
                LAST_CHUNK
            } else {
                CHUNK
            };
            let mut value = Vec::with_capacity(bytes.len() + 1);
            value.push(kind);
            value.extend_from_slice(bytes);
            self.bytes += value.len();
            self.entries.push(Write {
                key: entry_key(self.next, chunk),
                value,
            });
        }
    }

    fn end_pack(&mut self) {
        if self.pack.len() > 1 {
            let key = entry_key(self.pack_first, 0);
            let value = std::mem::replace(&mut self.pack, vec![PACK]);
            self.bytes += value.len();
            self.entries.push(Write { key, value });
        }
        self.pack_first = self.next;
    }

    /// Adds copies of the unfinished pack and tile, so that the store has everything pushed so far.
    pub(crate) fn flush(&mut self) {
        if self.pack.len() > 1 {
            let key = entry_key(self.pack_first, 0);
            self.entries.push(Write {
                key,
                value: self.pack.clone(),
            });
        }
        if !self.tile.is_empty() {
            let key = (self.next / TILE).to_be_bytes();
            self.leaves.push(Write {
                key,
                value: self.tile.clone(),
            });
        }
    }

    /// Position behind the last entry pushed.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Everything in front of this position has been cut into values.
    pub(crate) fn packed(&self) -> u64 {
        self.pack_first.min(self.next / TILE * TILE)
    }

    /// Bytes in values not yet taken.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The values are in the store.
    pub(crate) fn written(&mut self) {
        self.entries.clear();
        self.leaves.clear();
        self.bytes = 0;
    }
}

/// A value of the entries tree, understood.
#[derive(Debug)]
pub(crate) enum Value {
    /// Several entries.
    Pack(Bytes),
    /// Part of one entry.
    Chunk {
        /// The part.
        bytes: Bytes,
        /// Whether it is the last.
        last: bool,
    },
}

impl Value {
    pub(crate) fn parse(value: &Bytes, key: u64) -> Result<Self, StoreError> {
        let content = |last| Self::Chunk {
            bytes: value.slice(1..),
            last,
        };
        match value.first() {
            Some(&PACK) => Ok(Self::Pack(value.slice(1..))),
            Some(&CHUNK) => Ok(content(false)),
            Some(&LAST_CHUNK) => Ok(content(true)),
            Some(_) | None => Err(StoreError::Malformed {
                what: "entry pack",
                key,
            }),
        }
    }
}

/// The entries of a pack, behind the first `skip`.
pub(crate) fn unpack(pack: &Bytes, skip: u64) -> impl Iterator<Item = Bytes> + use<'_> {
    let (mut at, mut skip) = (0, skip);
    std::iter::from_fn(move || {
        loop {
            let length: [u8; 2] = pack.get(at..at + 2)?.try_into().ok()?;
            let end = at + 2 + usize::from(u16::from_be_bytes(length));
            if end > pack.len() {
                return None;
            }
            let start = std::mem::replace(&mut at, end) + 2;
            if skip == 0 {
                return Some(pack.slice(start..end));
            }
            skip -= 1;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(position: u64) -> Vec<u8> {
        let len = match position % 7 {
            0 => 65_535,
            1 => VALUE_MAX - 3,
            2 => VALUE_MAX - 2,
            3 => 1,
            _ => 300,
        };
        vec![position as u8; len]
    }

    /// Reads everything back the way the store does.
    fn unpack_all(writes: &[Write<EntryKey>]) -> Vec<Vec<u8>> {
        let (mut entries, mut long) = (Vec::new(), Vec::new());
        for write in writes {
            let (first, chunk) = parse_entry_key(&write.key).unwrap();
            assert_eq!(first, entries.len() as u64);
            match Value::parse(&Bytes::copy_from_slice(&write.value), first).unwrap() {
                Value::Pack(pack) => entries.extend(unpack(&pack, 0).map(|entry| entry.to_vec())),
                Value::Chunk { bytes, last } => {
                    assert_eq!(long.len(), usize::from(chunk) * (VALUE_MAX - 1));
                    long.extend_from_slice(&bytes);
                    if last {
                        entries.push(std::mem::take(&mut long));
                    }
                }
            }
        }
        entries
    }

    #[test]
    fn packs_entries_of_every_length_into_bounded_values() {
        let mut packer = Packer::resume(0, &[], Vec::new());
        (0..300).for_each(|position| packer.push(&entry(position), Digest::ZERO));
        packer.flush();
        assert!(
            packer
                .entries
                .iter()
                .all(|write| write.value.len() <= VALUE_MAX)
        );
        assert_eq!(
            unpack_all(&packer.entries),
            (0..300).map(entry).collect::<Vec<_>>()
        );
        assert_eq!(
            packer
                .leaves
                .iter()
                .map(|w| w.value.len() / 32)
                .collect::<Vec<_>>(),
            [128, 128, 44]
        );
    }

    #[test]
    fn cuts_the_same_values_when_resumed_anywhere() {
        let mut whole = Packer::resume(0, &[], Vec::new());
        (3..60).for_each(|i| whole.push(&entry(i % 5 + 3), Digest::ZERO));
        whole.flush();
        for cut in 1..57 {
            let mut packer = Packer::resume(0, &[], Vec::new());
            (3..3 + cut).for_each(|i| packer.push(&entry(i % 5 + 3), Digest::ZERO));
            let pack = Bytes::copy_from_slice(&packer.pack[1..]);
            let unfinished: Vec<Bytes> = unpack(&pack, 0).collect();
            let mut resumed = Packer::resume(cut, &unfinished, packer.tile.clone());
            (3 + cut..60).for_each(|i| resumed.push(&entry(i % 5 + 3), Digest::ZERO));
            resumed.flush();
            let values = packer
                .entries
                .iter()
                .chain(&resumed.entries)
                .map(|w| (w.key, &w.value));
            assert!(
                values.eq(whole.entries.iter().map(|w| (w.key, &w.value))),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn never_panics_on_a_malformed_pack() {
        let pack = Bytes::from_static(&[0, 3, 1, 2, 3, 0, 9, 1]);
        assert_eq!(unpack(&pack, 0).count(), 1);
        assert_eq!(unpack(&pack, 5).count(), 0);
        assert!(Value::parse(&Bytes::from_static(&[7]), 0).is_err());
        assert!(Value::parse(&Bytes::new(), 0).is_err());
    }
}
