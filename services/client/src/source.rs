//! Where the bytes of a published log come from: a web server or a directory, both in the layout
//! of C2SP tlog-tiles.
//!
//! A source promises form, never truth: what it hands out has the size its name says, and nothing
//! in it is verified. Whoever reads it checks hashes and signatures.

use std::error::Error;
use std::fmt;

use bytes::Bytes;
use caseledger_chain::entry::ENTRY_MAX;
use caseledger_chain::{BundleError, BundleId, Digest, TILE_WIDTH, TileId, decode_bundle};

use crate::tls::{Access, TlsError};

pub use self::dir::DirSource;
pub use self::http::HttpSource;

mod dir;
mod http;
#[cfg(test)]
mod tests;

/// The most that a checkpoint may have, in bytes: room for some hundred cosignatures.
const CHECKPOINT_BYTES_MAX: usize = 64 * 1024;

/// One thing that a log publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The newest signed checkpoint.
    Checkpoint,
    /// Hashes of the tree.
    Tile(TileId),
    /// Entries.
    Bundle(BundleId),
}

impl Resource {
    /// The path below the prefix of the log.
    pub fn path(&self) -> String {
        match self {
            Self::Checkpoint => "checkpoint".to_owned(),
            Self::Tile(tile) => tile.path(),
            Self::Bundle(bundle) => bundle.path(),
        }
    }

    /// The most bytes that it can have.
    pub fn bytes_max(&self) -> usize {
        match self {
            Self::Checkpoint => CHECKPOINT_BYTES_MAX,
            Self::Tile(tile) => usize::from(tile.width()) * Digest::LEN,
            Self::Bundle(bundle) => usize::from(bundle.width()) * (2 + ENTRY_MAX),
        }
    }

    /// The full tile or bundle that holds this one; none if this is full, or is neither.
    fn full(&self) -> Option<Self> {
        let full = match self {
            Self::Tile(tile) if tile.width() < TILE_WIDTH => {
                TileId::new(tile.level(), tile.index(), TILE_WIDTH).map(Self::Tile)
            }
            Self::Bundle(bundle) if bundle.width() < TILE_WIDTH => {
                BundleId::new(bundle.index(), TILE_WIDTH).map(Self::Bundle)
            }
            Self::Checkpoint | Self::Tile(_) | Self::Bundle(_) => return None,
        };
        full.ok()
    }

    /// Whether bytes have the form of this resource.
    fn check(&self, bytes: &[u8]) -> Result<(), Malformed> {
        match self {
            Self::Checkpoint => Ok(()),
            Self::Tile(_) => {
                let (expected, found) = (self.bytes_max(), bytes.len());
                if expected == found {
                    Ok(())
                } else {
                    Err(Malformed::Length { expected, found })
                }
            }
            Self::Bundle(bundle) => {
                decode_bundle(bytes, bundle.width())?;
                Ok(())
            }
        }
    }

    /// The bytes of this resource out of those of the full one.
    fn cut(&self, full: &Bytes) -> Result<Bytes, Malformed> {
        Ok(match self {
            Self::Checkpoint => full.clone(),
            Self::Tile(_) => full.slice(..self.bytes_max()),
            Self::Bundle(bundle) => {
                let entries = decode_bundle(full, TILE_WIDTH)?;
                let wanted = entries.iter().take(bundle.width().into());
                let end: usize = wanted.map(|entry| 2 + entry.len()).sum();
                full.slice(..end)
            }
        })
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// Why bytes are not what their name says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A tile has another number of bytes.
    #[error("it has {found} bytes, expected {expected}")]
    Length {
        /// Bytes that it must have.
        expected: usize,
        /// Bytes that it has.
        found: usize,
    },
    /// More bytes than any such thing has.
    #[error("it has more than {max} bytes")]
    TooLong {
        /// The most that it may have.
        max: usize,
    },
    /// A bundle is not that many entries.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// It was sent in an encoding that was not asked for.
    #[error("it is sent in encoding {0:?}, which was not asked for")]
    Encoding(String),
}

/// Why a source does not give what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It says that there is no such thing: the log is smaller, or published in part.
    #[error("{at} does not exist")]
    Absent {
        /// Address or path of the thing.
        at: String,
    },
    /// Nobody answers, or the file cannot be read: whether the thing exists is not known.
    #[error("{at} cannot be read")]
    Unreachable {
        /// Address or path of the thing.
        at: String,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server answered with something else than the thing or its absence.
    #[error("{at} cannot be read: the server answers with status {status}")]
    Status {
        /// Address of the thing.
        at: String,
        /// The status.
        status: u16,
    },
    /// It gives something that cannot be the thing.
    #[error("{at} is malformed: {what}")]
    Malformed {
        /// Address or path of the thing.
        at: String,
        /// What is wrong.
        #[source]
        what: Malformed,
    },
    /// What `https` needs cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Neither an address that can be asked nor a path.
    #[error("{address:?} is no address of a log: {why}")]
    Address {
        /// What was given.
        address: String,
        /// What is wrong, and what would be right.
        why: &'static str,
    },
}

/// A published log. Implementations read; names, fall-back and form are the same for all.
pub trait LogSource: Send + Sync {
    /// Where a resource is, for messages: a URL or a path.
    fn locate(&self, resource: &Resource) -> String;

    /// The bytes of a resource under its own name, at most [`Resource::bytes_max`] of them.
    ///
    /// # Errors
    /// [`SourceError`], naming where the resource is.
    fn read(&self, resource: Resource) -> impl Future<Output = Result<Bytes, SourceError>> + Send;

    /// The newest checkpoint: a signed note, not verified.
    ///
    /// # Errors
    /// [`SourceError`]; `Absent` where nothing is published.
    fn checkpoint(&self) -> impl Future<Output = Result<Bytes, SourceError>> + Send {
        self.read(Resource::Checkpoint)
    }

    /// A tile: exactly `width` hashes. A partial tile that is gone is cut from the full one.
    ///
    /// # Errors
    /// [`SourceError`].
    fn tile(&self, tile: TileId) -> impl Future<Output = Result<Bytes, SourceError>> + Send {
        well_formed(self, Resource::Tile(tile))
    }

    /// A bundle: exactly `width` entries, each after its length. A partial bundle that is gone is
    /// cut from the full one.
    ///
    /// # Errors
    /// [`SourceError`].
    fn bundle(&self, bundle: BundleId) -> impl Future<Output = Result<Bytes, SourceError>> + Send {
        well_formed(self, Resource::Bundle(bundle))
    }
}

/// Reads a resource, or cuts it from the full one, and checks its form.
async fn well_formed<S: LogSource + ?Sized>(
    source: &S,
    resource: Resource,
) -> Result<Bytes, SourceError> {
    let malformed = |at: &Resource, what| SourceError::Malformed {
        at: source.locate(at),
        what,
    };
    let absent = match source.read(resource).await {
        Ok(bytes) => {
            return match resource.check(&bytes) {
                Ok(()) => Ok(bytes),
                Err(what) => Err(malformed(&resource, what)),
            };
        }
        Err(absent @ SourceError::Absent { .. }) => absent,
        Err(other) => return Err(other),
    };
    // Partial tiles may be deleted once the full one is there (tlog-tiles).
    let Some(full) = resource.full() else {
        return Err(absent);
    };
    match source.read(full).await {
        Ok(bytes) => full
            .check(&bytes)
            .and_then(|()| resource.cut(&bytes))
            .map_err(|what| malformed(&full, what)),
        Err(SourceError::Absent { .. }) => Err(absent),
        Err(other) => Err(other),
    }
}

/// A web server or a directory, as somebody wrote it on a command line.
#[derive(Clone, Debug)]
pub enum AnySource {
    /// A web server.
    Http(Box<HttpSource>),
    /// A directory.
    Dir(DirSource),
}

impl AnySource {
    /// Takes a URL, which has `://` in it, or else the path of a directory. Nothing is read yet.
    ///
    /// # Errors
    /// [`SourceError::Address`] for a URL that cannot be asked.
    pub fn open(place: &str) -> Result<Self, SourceError> {
        Self::open_with(place, &Access::default())
    }

    /// The same, with what `https` needs.
    ///
    /// # Errors
    /// As [`Self::open`]; [`SourceError::Tls`] if that cannot be used.
    pub fn open_with(place: &str, access: &Access) -> Result<Self, SourceError> {
        if place.contains("://") {
            Ok(Self::Http(Box::new(HttpSource::new(place, access)?)))
        } else {
            Ok(Self::Dir(DirSource::new(place)))
        }
    }
}

impl LogSource for AnySource {
    fn locate(&self, resource: &Resource) -> String {
        match self {
            Self::Http(source) => source.locate(resource),
            Self::Dir(source) => source.locate(resource),
        }
    }

    async fn read(&self, resource: Resource) -> Result<Bytes, SourceError> {
        match self {
            Self::Http(source) => source.read(resource).await,
            Self::Dir(source) => source.read(resource).await,
        }
    }
}
