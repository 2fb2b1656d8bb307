//! Keeps a directory in step with a log, so that any web server or bucket can host it.
//!
//! Nothing is written that is not verified, and nothing is believed but the key:
//!
//! ```text
//! checkpoint, signed --- right edge of the tree, hashes to its root --- tiles above, each hashes
//!     to what stands in the one above it --- tile 0/N --- bundle N, its entries hash to tile 0/N
//! ```
//!
//! Each file is written whole or not at all, bundles before the tiles over them, and the
//! checkpoint last, when all of it is on the disk: whenever this stops, the directory is a
//! complete log of the size of its checkpoint. Memory holds one tile a level and a few bundles,
//! however large the log is.

use std::sync::Arc;

use bytes::Bytes;
use caseledger_chain::{
    BundleId, Checkpoint, CheckpointError, Digest, Frontier, Note, Size, TILE_WIDTH, TileId,
    VerifierKey, decode_bundle, leaf_hash,
};
use futures::{StreamExt, stream};

use self::tree::{Tiles, TreeError, hashes};
use crate::source::{LogSource, Resource, SourceError};

pub use self::target::{Target, TargetError};

mod target;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod tree;

/// A note with more signature lines cannot be read.
const LINES_MAX: usize = 100;

/// Bundles, with their tiles, that are fetched ahead.
const AHEAD: usize = 8;

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
    let mut tiles = Tiles::load(source, &new).await?;
    let old_size = match &old {
        Some((old, old_note)) => {
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
            old.size
        }
        None => Size::ZERO,
    };
    let mut run = Run {
        source,
        target,
        tiles,
        written: (0, 0),
    };
    run.full(old_size, new.size, progress).await?;
    run.partial(old_size, new.size).await?;
    let shown = match &old {
        Some((_, published)) => merged(&note, published, key),
        None => note,
    };
    if old.is_none_or(|(_, published)| published != shown) {
        run.write(Resource::Checkpoint, shown).await?;
    } else {
        // A crash may have ended the run that wrote it before it was on the disk.
        target.sync().await?;
    }
    run.superseded(old_size, new.size).await?;
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

/// A bundle and the tile over it, not verified.
struct Pair {
    tile: Bytes,
    bundle: Bytes,
    /// Whether they come from the directory, where a run that was interrupted left them.
    found: bool,
}

struct Run<'a, S> {
    source: &'a S,
    target: &'a Arc<Target>,
    tiles: Tiles<'a, S>,
    written: (u64, u64),
}

impl<S: LogSource> Run<'_, S> {
    /// The full bundles and tiles that a log of size `new` has and one of size `old` has not.
    async fn full(
        &mut self,
        old: Size,
        new: Size,
        progress: &(dyn Fn(Size, Size) + Sync),
    ) -> Result<(), PublishError> {
        let (source, target) = (self.source, self.target);
        // The tiles of level 0 come first, and there are as many as bundles.
        let names = BundleId::between(old, new).zip(TileId::between(old, new));
        let full = names.filter(|(bundle, _)| bundle.width() == TILE_WIDTH);
        let mut pairs = stream::iter(full)
            .map(|(bundle, tile)| async move {
                (bundle, tile, pair(source, target, tile, bundle).await)
            })
            .buffered(AHEAD);
        while let Some((bundle, tile, pair)) = pairs.next().await {
            let index = bundle.index();
            let expected = self.tiles.hash(1, index).await?;
            let mut pair = pair?;
            let checked = self.check(&pair, expected, tile, bundle);
            if pair.found && checked.is_err() {
                pair = fetch(source, tile, bundle).await?;
                self.check(&pair, expected, tile, bundle)?;
            } else {
                checked?;
            }
            if !pair.found {
                self.write(Resource::Bundle(bundle), pair.bundle).await?;
                self.write(Resource::Tile(tile), pair.tile).await?;
            }
            self.above(index).await?;
            progress(Size::new((index + 1) * u64::from(TILE_WIDTH)), new);
        }
        Ok(())
    }

    /// Full tiles whose last tile below was just written.
    async fn above(&mut self, mut index: u64) -> Result<(), PublishError> {
        let mut level = 0;
        while (index + 1).is_multiple_of(TILE_WIDTH.into()) {
            level += 1;
            index /= u64::from(TILE_WIDTH);
            let Ok(tile) = TileId::new(level, index, TILE_WIDTH) else {
                return Ok(());
            };
            let bytes = self.tiles.tile(level, index).await?;
            self.write(Resource::Tile(tile), bytes).await?;
        }
        Ok(())
    }

    /// The bundle and the tiles at the right edge that are not full.
    async fn partial(&mut self, old: Size, new: Size) -> Result<(), PublishError> {
        let partial = |width| width < TILE_WIDTH;
        for bundle in BundleId::between(old, new).filter(|bundle| partial(bundle.width())) {
            let tile = self.tiles.tile(0, bundle.index()).await?;
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
            let bytes = self.tiles.tile(tile.level(), tile.index()).await?;
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

    /// Whether a full tile is the one in the tree, and a bundle the entries under it.
    fn check(
        &self,
        pair: &Pair,
        expected: Digest,
        tile: TileId,
        bundle: BundleId,
    ) -> Result<(), PublishError> {
        let found = joined(&pair.tile);
        if found != expected {
            let at = self.source.locate(&Resource::Tile(tile));
            return Err(PublishError::Tile {
                at,
                expected,
                found,
            });
        }
        let at = self.source.locate(&Resource::Bundle(bundle));
        check_entries(&pair.bundle, TILE_WIDTH, &pair.tile, &at)
    }

    async fn write(&mut self, resource: Resource, bytes: Bytes) -> Result<(), PublishError> {
        self.written.0 += 1;
        self.written.1 += bytes.len() as u64;
        Ok(self.target.write(resource, bytes).await?)
    }
}

/// A full bundle and its tile, from the directory if they are there, or else from the log.
async fn pair<S: LogSource>(
    source: &S,
    target: &Target,
    tile: TileId,
    bundle: BundleId,
) -> Result<Pair, SourceError> {
    let here = target.source();
    match (here.bundle(bundle).await, here.tile(tile).await) {
        (Ok(bundle), Ok(tile)) => Ok(Pair {
            tile,
            bundle,
            found: true,
        }),
        // What is damaged is written anew.
        (Err(_), _) | (_, Err(_)) => fetch(source, tile, bundle).await,
    }
}

/// The same from the log.
async fn fetch<S: LogSource>(
    source: &S,
    tile: TileId,
    bundle: BundleId,
) -> Result<Pair, SourceError> {
    let (tile, bundle) =
        futures::future::try_join(source.tile(tile), source.bundle(bundle)).await?;
    Ok(Pair {
        tile,
        bundle,
        found: false,
    })
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
