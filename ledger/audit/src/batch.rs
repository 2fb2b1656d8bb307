//! A run of entries on its way through the replay.

use std::any::Any;
use std::ops::Range;
use std::sync::Arc;

use caseledger_chain::{BundleError, Digest, Position, decode_bundle};

/// Entries that stand one after the other. 256 of them are a good batch: large enough that handing
/// it over costs nothing, small enough to stay in a cache.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Range<u32>>,
    /// Numbers of entries of this batch after which the root is wanted.
    marks: Vec<u32>,
    /// Where the batch stands and what the entry before hashes to, if not behind the batch before.
    start: Option<(Position, Option<Digest>)>,
    /// The published leaf hashes of these entries.
    tile: Option<Vec<u8>>,
    /// Dropped with the batch.
    held: Option<Arc<dyn Any + Send + Sync>>,
}

impl Batch {
    /// A batch without entries, which follows the batch before it.
    pub fn new() -> Self {
        Self::default()
    }

    /// A batch that starts elsewhere than behind the batch before it, because entries between them
    /// cannot be had. The one before its first entry hashes to `prev`.
    pub fn resume(first: Position, prev: Digest) -> Self {
        Self {
            start: Some((first, Some(prev))),
            ..Self::default()
        }
    }

    /// Takes a bundle of `width` entries.
    ///
    /// # Errors
    /// [`BundleError`] if it is none of that width.
    pub fn from_bundle(bundle: impl Into<Vec<u8>>, width: u16) -> Result<Self, BundleError> {
        let bytes = bundle.into();
        let mut end = 0;
        let entries = decode_bundle(&bytes, width)?
            .iter()
            .map(|entry| {
                // Behind the two bytes of its length.
                let start = end + 2;
                end = start + entry.len() as u32;
                start..end
            })
            .collect();
        Ok(Self {
            bytes,
            entries,
            ..Self::default()
        })
    }

    /// The same entries, which start at `first` instead of behind the batch before.
    #[must_use]
    pub const fn resuming(mut self, first: Position) -> Self {
        self.start = Some((first, None));
        self
    }

    /// Adds the published hashes that the entries must have: 32 bytes each.
    #[must_use]
    pub fn with_tile(mut self, tile: impl Into<Vec<u8>>) -> Self {
        self.tile = Some(tile.into());
        self
    }

    /// Keeps something until the batch was followed: the room that its bytes take up, for instance.
    #[must_use]
    pub fn holding(mut self, held: impl Send + Sync + 'static) -> Self {
        self.held = Some(Arc::new(held));
        self
    }

    /// Appends an entry.
    pub fn push(&mut self, entry: &[u8]) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(entry);
        self.entries.push(start..self.bytes.len() as u32);
    }

    /// Asks for the root of the tree behind the last entry so far.
    pub fn mark(&mut self) {
        self.mark_after(self.entries.len());
    }

    /// Asks for the root of the tree behind the first `entries` of the batch.
    pub fn mark_after(&mut self, entries: usize) {
        self.marks.push(entries as u32);
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let slice = |range: &Range<u32>| range.start as usize..range.end as usize;
        self.entries
            .iter()
            .map(move |range| self.bytes.get(slice(range)).unwrap_or_default())
    }

    pub(crate) const fn start(&self) -> Option<(Position, Option<Digest>)> {
        self.start
    }

    pub(crate) fn marks(&self) -> &[u32] {
        &self.marks
    }

    pub(crate) fn tile(&self) -> Option<&[u8]> {
        self.tile.as_deref()
    }
}
