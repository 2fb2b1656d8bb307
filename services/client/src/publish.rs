//! Keeps a directory in step with a log, so that any web server or bucket can host it.
//!
//! Nothing is written that is not verified, and nothing is believed but the key:
//!
//! ```text
//! checkpoint, signed --- right edge of the tree, hashes to its root --- tiles above, each hashes
//!     to what stands in the one above it --- tile 0/N --- bundle N, its entries hash to tile 0/N
//! ```
//!
//! A full tile 0/N is not even fetched: it is made of the entries of bundle N.
//!
//! Files are written in batches, each file whole or not at all, bundles before the tiles over
//! them, and the checkpoint last, when all of it is on the disk: whenever this stops, the
//! directory is a complete log of the size of its checkpoint. Memory holds one tile a level, a few
//! bundles and one batch, however large the log is.

use std::sync::Arc;

use bytes::Bytes;
use caseledger_chain::{
    BundleId, Checkpoint, CheckpointError, Digest, Frontier, Note, Size, TILE_WIDTH, TileId,
    VerifierKey, decode_bundle, leaf_hash,
};
use futures::{StreamExt, stream};

use self::tree::{Tiles, TreeError, hashes};
use crate::source::{DirSource, LogSource, Resource, SourceError};

pub use self::target::{Target, TargetError};

mod target;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod tree;

/// A note with more signature lines cannot be read.
const LINES_MAX: usize = 100;

/// Bundles that are fetched ahead.
const AHEAD: usize = 8;

/// Files that are written together; all of them are open at once.
const BATCH_FILES: usize = 256;

/// Bytes that make a batch, but for its last file.
const BATCH_BYTES: usize = 16 * 1024 * 1024;

/// Why a directory is not brought in step.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The log cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The directory cannot be read or written.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A checkpoint that the key did not sign.
    #[error("{at} is not a checkpoint of the pinned key: {source}")]
    Checkpoint {
        /// Its address or path.
        at: String,
        /// What is wrong.
        #[source]
        source: CheckpointError,
    },
    /// The log shows a smaller checkpoint than the directory has.
    #[error(
        "log shows size {}, the directory has size {}; the log was rolled back, or an old copy \
         of it answers",
        .0.found.size, .0.published.size
    )]
    Smaller(Box<Contradiction>),
    /// Two signed checkpoints that no one log can have.
    #[error(
        "log shows size {} with root {}, which does not extend size {} with root {} in the \
         directory; the ledger signed two histories",
        .0.found.size, .0.found.root, .0.published.size, .0.published.root
    )]
    Inconsistent(Box<Contradiction>),
    /// The tiles at the right edge are not those of the checkpoint.
    #[error(
        "tiles at the right edge of size {size} hash to {found}, the checkpoint says {expected}"
    )]
    Root {
        /// The size of the tree.
        size: Size,
        /// The root in the checkpoint.
        expected: Digest,
        /// The root of the tiles.
        found: Digest,
    },
    /// A tile is not the one that the tile above it names.
    #[error("{at} hashes to {found}, the tile above it says {expected}")]
    Tile {
        /// Its address.
        at: String,
        /// What it must hash to.
        expected: Digest,
        /// What it hashes to.
        found: Digest,
    },
    /// An entry is not the one in the tree.
    #[error("entry {index} of {at} hashes to {found}, tile 0 says {expected}")]
    Entry {
        /// Address of the bundle.
        at: String,
        /// Index in the bundle.
        index: usize,
        /// The leaf hash in the tile.
        expected: Digest,
        /// That of the entry.
        found: Digest,
    },
}

impl From<TreeError> for PublishError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Source(source) => Self::Source(source),
            TreeError::Root {
                size,
                expected,
                found,
            } => Self::Root {
                size,
                expected,
                found,
            },
            TreeError::Tile {
                at,
                expected,
                found,
            } => Self::Tile {
                at,
                expected,
                found,
            },
        }
    }
}

/// Two checkpoints with their notes: evidence, to be kept.
#[derive(Clone, Debug)]
pub struct Contradiction {
    /// The one in the directory.
    pub published: Checkpoint,
    /// Its note.
    pub published_note: Bytes,
    /// The one that the log shows.
    pub found: Checkpoint,
    /// Its note.
    pub found_note: Bytes,
}

/// What one run did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Entries that the checkpoint in the directory covers now.
    pub size: Size,
    /// Their root.
    pub root: Digest,
    /// Bundles, tiles and checkpoints written.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Brings a directory in step with a log once. `progress` is told how many entries of how many
/// are there.
///
/// # Errors
/// [`PublishError`]. The directory is a complete log then, too: the one it was before.
pub async fn publish<S: LogSource>(
    source: &S,
    target: &Arc<Target>,
    key: &VerifierKey,
    progress: &(dyn Fn(Size, Size) + Sync),
) -> Result<Published, PublishError> {
    let open = |at: String, note: &Bytes| {
        Checkpoint::open(note, key).map_err(|source| PublishError::Checkpoint { at, source })
    };
    let old = match target.source().checkpoint().await {
        Ok(note) => {
            let at = target.source().locate(&Resource::Checkpoint);
            Some((open(at, &note)?, note))
        }
        Err(SourceError::Absent { .. }) => None,
        Err(error) => return Err(TargetError::Read(error).into()),
    };
    let note = source.checkpoint().await?;
    let new = open(source.locate(&Resource::Checkpoint), &note)?;
    let leftovers = target.begin();
    let mut run = Run {
        source,
        target,
        leftovers,
        batch: Vec::new(),
        written: (0, 0),
    };
    let old_size = old.as_ref().map_or(Size::ZERO, |(old, _)| old.size);
    // What a directory has of the same tree was verified when it was written.
    if old.as_ref().is_none_or(|(old, _)| *old != new) {
        let mut tiles = Tiles::load(source, &new).await?;
        if let Some((old, old_note)) = &old {
            let contradiction = || {
                Box::new(Contradiction {
                    published: old.clone(),
                    published_note: old_note.clone(),
                    found: new.clone(),
                    found_note: note.clone(),
                })
            };
            if new.size < old.size {
                return Err(PublishError::Smaller(contradiction()));
            }
            if tiles.root_at(old.size).await? != old.root {
                return Err(PublishError::Inconsistent(contradiction()));
            }
        }
        let grown = run.grow(&mut tiles, old_size, new.size, progress).await;
        // What was verified until then need not be fetched again.
        let kept = run.flush().await;
        grown?;
        kept?;
    }
    let shown = match &old {
        Some((_, published)) => merged(&note, published, key),
        None => note,
    };
    if old.is_none_or(|(_, published)| published != shown) {
        run.count(&shown);
        target.show(shown).await?;
    } else {
        // A crash may have ended the run that wrote it before it was on the disk.
        target.sync().await?;
    }
    run.superseded(old_size, new.size).await?;
    target.complete();
    progress(new.size, new.size);
    let (files, bytes) = run.written;
    Ok(Published {
        size: new.size,
        root: new.root,
        files,
        bytes,
    })
}

/// What the log shows, and behind it what others have signed under the same text in the
/// directory: a log that has forgotten a cosignature does not take it back. The line of the log
/// is the first; of a signer that both name, what the log shows counts.
fn merged(shown: &Bytes, published: &Bytes, key: &VerifierKey) -> Bytes {
    let (Ok(note), Some((text, lines)), Some((old_text, old_lines))) =
        (Note::parse(shown), signed(shown), signed(published))
    else {
        return shown.clone();
    };
    if text != old_text {
        return shown.clone();
    }
    let own = note.line_unverified(key).unwrap_or_default();
    let mut all = vec![own.as_str()];
    all.extend(lines.split_inclusive('\n').filter(|line| *line != own));
    for line in old_lines.split_inclusive('\n') {
        let known = all.iter().any(|other| signer(other) == signer(line));
        if !known && all.len() < LINES_MAX {
            all.push(line);
        }
    }
    format!("{text}\n{}", all.concat()).into()
}

/// The text of a note, and its signature lines.
fn signed(note: &Bytes) -> Option<(&str, &str)> {
    let note = std::str::from_utf8(note).ok()?;
    let blank = note.rfind("\n\n")?;
    Some((note.get(..=blank)?, note.get(blank + 2..)?))
}

/// Who a signature line is by: the name, and the key id as far as whole base64 digits tell it, 30
/// of its 32 bits.
fn signer(line: &str) -> Option<&str> {
    line.get(..line.rfind(' ')? + 6)
}

struct Run<'a, S> {
    source: &'a S,
    target: &'a Arc<Target>,
    /// Whether an interrupted run may have left files to be taken up.
    leftovers: bool,
    /// Verified, but not written yet.
    batch: Vec<(Resource, Bytes)>,
    written: (u64, u64),
}

impl<S: LogSource> Run<'_, S> {
    /// Everything that a log of size `new` has and one of size `old` has not, but the checkpoint.
    async fn grow(
        &mut self,
        tiles: &mut Tiles<'_, S>,
        old: Size,
        new: Size,
        progress: &(dyn Fn(Size, Size) + Sync),
    ) -> Result<(), PublishError> {
        self.full(tiles, old, new, progress).await?;
        self.partial(tiles, old, new).await
    }

    /// The full bundles and tiles.
    async fn full(
        &mut self,
        tiles: &mut Tiles<'_, S>,
        old: Size,
        new: Size,
        progress: &(dyn Fn(Size, Size) + Sync),
    ) -> Result<(), PublishError> {
        let (source, target, leftovers) = (self.source, self.target, self.leftovers);
        // The tiles of level 0 come first, and there are as many as bundles.
        let names = BundleId::between(old, new).zip(TileId::between(old, new));
        let full = names.filter(|(bundle, _)| bundle.width() == TILE_WIDTH);
        let mut bundles = stream::iter(full)
            .map(|(bundle, tile)| async move {
                let found = if leftovers {
                    left(target.source(), tile, bundle).await
                } else {
                    None
                };
                let bytes = match &found {
                    Some((bytes, _)) => Ok(bytes.clone()),
                    None => source.bundle(bundle).await,
                };
                (bundle, tile, bytes, found.map(|(_, tile)| tile))
            })
            .buffered(AHEAD);
        while let Some((bundle, tile, bytes, mut found)) = bundles.next().await {
            let index = bundle.index();
            let expected = tiles.hash(1, index).await?;
            let mut bytes = bytes?;
            let mut made = leaves(&bytes);
            if joined(&made) != expected && found.take().is_some() {
                // What is damaged is written anew.
                bytes = source.bundle(bundle).await?;
                made = leaves(&bytes);
            }
            if joined(&made) != expected {
                return Err(self.blame(&bytes, expected, tile, bundle).await);
            }
            if found.is_none_or(|found| found != made) {
                self.write(Resource::Bundle(bundle), bytes).await?;
                self.write(Resource::Tile(tile), made).await?;
            }
            self.above(tiles, index).await?;
            progress(Size::new((index + 1) * u64::from(TILE_WIDTH)), new);
        }
        Ok(())
    }

    /// What is wrong where a bundle does not hash to what the tree says: the log's own tile tells
    /// which entry it is, unless that tile is another one, too.
    async fn blame(
        &self,
        bytes: &[u8],
        expected: Digest,
        tile: TileId,
        bundle: BundleId,
    ) -> PublishError {
        let served = match self.source.tile(tile).await {
            Ok(served) => served,
            Err(error) => return error.into(),
        };
        let found = joined(&served);
        let at = self.source.locate(&Resource::Bundle(bundle));
        match check_entries(bytes, TILE_WIDTH, &served, &at) {
            Err(error) if found == expected => error,
            Ok(()) | Err(_) => PublishError::Tile {
                at: self.source.locate(&Resource::Tile(tile)),
                expected,
                found,
            },
        }
    }

    /// Full tiles whose last tile below was just written.
    async fn above(
        &mut self,
        tiles: &mut Tiles<'_, S>,
        mut index: u64,
    ) -> Result<(), PublishError> {
        let mut level = 0;
        while (index + 1).is_multiple_of(TILE_WIDTH.into()) {
            level += 1;
            index /= u64::from(TILE_WIDTH);
            let Ok(tile) = TileId::new(level, index, TILE_WIDTH) else {
                return Ok(());
            };
            let bytes = tiles.tile(level, index).await?;
            self.write(Resource::Tile(tile), bytes).await?;
        }
        Ok(())
    }

    /// The bundle and the tiles at the right edge that are not full.
    async fn partial(
        &mut self,
        tiles: &mut Tiles<'_, S>,
        old: Size,
        new: Size,
    ) -> Result<(), PublishError> {
        let partial = |width| width < TILE_WIDTH;
        for bundle in BundleId::between(old, new).filter(|bundle| partial(bundle.width())) {
            let tile = tiles.tile(0, bundle.index()).await?;
            let bytes = self.source.bundle(bundle).await?;
            check_entries(
                &bytes,
                bundle.width(),
                &tile,
                &self.source.locate(&Resource::Bundle(bundle)),
            )?;
            self.write(Resource::Bundle(bundle), bytes).await?;
        }
        for tile in TileId::between(old, new).filter(|tile| partial(tile.width())) {
            let bytes = tiles.tile(tile.level(), tile.index()).await?;
            self.write(Resource::Tile(tile), bytes).await?;
        }
        Ok(())
    }

    /// Takes away what readers of the old checkpoint now find in full tiles.
    async fn superseded(&self, old: Size, new: Size) -> Result<(), PublishError> {
        let partial = |width| width < TILE_WIDTH;
        // Index of the first tile that is not full yet.
        let open = |level: u8| {
            let shift = 8 * u32::from(level) + 8;
            new.get().checked_shr(shift).unwrap_or_default()
        };
        for tile in TileId::between(Size::ZERO, old).filter(|tile| partial(tile.width())) {
            if tile.index() < open(tile.level()) {
                self.target.remove_partials(&Resource::Tile(tile)).await?;
            }
        }
        for bundle in BundleId::between(Size::ZERO, old).filter(|bundle| partial(bundle.width())) {
            if bundle.index() < open(0) {
                let bundle = Resource::Bundle(bundle);
                self.target.remove_partials(&bundle).await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self, resource: Resource, bytes: Bytes) -> Result<(), PublishError> {
        self.count(&bytes);
        self.batch.push((resource, bytes));
        let held: usize = self.batch.iter().map(|(_, bytes)| bytes.len()).sum();
        if self.batch.len() >= BATCH_FILES || held >= BATCH_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Writes what has come together.
    async fn flush(&mut self) -> Result<(), PublishError> {
        let batch = std::mem::take(&mut self.batch);
        Ok(self.target.write(batch).await?)
    }

    const fn count(&mut self, bytes: &Bytes) {
        self.written.0 += 1;
        self.written.1 += bytes.len() as u64;
    }
}

/// A full bundle and its tile from the directory, where a run that was interrupted left them; not
/// verified. What cannot be read is written anew.
async fn left(here: &DirSource, tile: TileId, bundle: BundleId) -> Option<(Bytes, Bytes)> {
    let bundle = here.bundle(bundle).await.ok()?;
    Some((bundle, here.tile(tile).await.ok()?))
}

/// The tile over a full bundle, which a source has found to be well formed.
fn leaves(bundle: &[u8]) -> Bytes {
    let entries = decode_bundle(bundle, TILE_WIDTH).unwrap_or_default();
    let hashes = entries.into_iter().map(|entry| leaf_hash(entry).to_bytes());
    hashes.collect::<Vec<_>>().into_flattened().into()
}

/// The hash over a full tile.
fn joined(tile: &[u8]) -> Digest {
    let mut all = Frontier::new();
    hashes(tile).for_each(|hash| all.push(hash));
    all.root()
}

/// Whether entries hash to the tile over them.
fn check_entries(bundle: &[u8], width: u16, tile: &[u8], at: &str) -> Result<(), PublishError> {
    let malformed = |what| {
        PublishError::Source(SourceError::Malformed {
            at: at.to_owned(),
            what,
        })
    };
    let entries = decode_bundle(bundle, width).map_err(|error| malformed(error.into()))?;
    for (index, (entry, expected)) in entries.into_iter().zip(hashes(tile)).enumerate() {
        let found = leaf_hash(entry);
        if found != expected {
            return Err(PublishError::Entry {
                at: at.to_owned(),
                index,
                expected,
                found,
            });
        }
    }
    Ok(())
}
