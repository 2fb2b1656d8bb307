//! The log: checkpoint, tiles, bundles.

use std::io::{self, Write};
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use caseledger_chain::entry::ENTRY_MAX;
use caseledger_chain::{BundleId, Digest, TileId, leaf_hash};
use caseledger_engine::{Publisher, ReadError};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tracing::error;

use super::{NO_STORE, Site, TEXT, absent, busy, negotiate, text};

/// What never changes under its name: a year is as long as caches are told.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The published checkpoint.
pub(super) async fn checkpoint(State(site): State<Site>) -> Response {
    let headers = [(CONTENT_TYPE, TEXT), (CACHE_CONTROL, NO_STORE)];
    (headers, site.publication.current().note).into_response()
}

/// What the path of a tile or bundle names.
#[derive(Clone, Copy, Debug)]
enum Named {
    Tile(TileId),
    Bundle(BundleId),
}

impl Named {
    /// Only the one spelling that the specification has: not decoded, not normalised.
    fn parse(path: &str) -> Option<Self> {
        let path = path.strip_prefix('/')?;
        if path.starts_with("tile/entries/") {
            BundleId::parse(path).ok().map(Self::Bundle)
        } else {
            TileId::parse(path).ok().map(Self::Tile)
        }
    }

    /// The most bytes that it can have.
    const fn bytes_max(self) -> u32 {
        match self {
            Self::Tile(tile) => tile.width() as u32 * Digest::LEN as u32,
            Self::Bundle(bundle) => bundle.width() as u32 * (2 + ENTRY_MAX) as u32,
        }
    }

    fn read(self, publisher: &Publisher) -> Result<Option<Vec<u8>>, ReadError> {
        match self {
            Self::Tile(tile) => publisher.tile(tile),
            Self::Bundle(bundle) => publisher.bundle(bundle),
        }
    }
}

/// Bytes that count as held until the last of them is taken.
struct Held {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// A representation of a tile or bundle.
struct Body {
    bytes: Bytes,
    tag: String,
    gzip: bool,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("cannot compress")]
    Gzip(#[from] io::Error),
    /// Too much is read and not taken already; nothing was read.
    #[error("no room")]
    Room,
}

/// A tile or bundle.
pub(super) async fn tile(State(site): State<Site>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(named) = Named::parse(uri.path()) else {
        return absent().await;
    };
    // Hashes do not shrink, entries do.
    let negotiable = matches!(named, Named::Bundle(_));
    let gzip = negotiable && negotiate::takes_gzip(headers.get_all(ACCEPT_ENCODING));
    let read = async {
        let turn = Arc::clone(&site.reads).acquire_owned().await.ok()?;
        // Before the read, so that no answer is held beyond the bound; what is being compressed is
        // held twice, `http.reads` times at most. Who waited here would keep the turn from those
        // who ask for less.
        let room = Arc::clone(&site.bytes).try_acquire_many_owned(named.bytes_max());
        let Ok(room) = room else {
            return Some(Ok(Err(Failed::Room)));
        };
        let publisher = site.publication.publisher().clone();
        let read = tokio::task::spawn_blocking(move || {
            // The turn is over when the work is, not when the caller has gone.
            let _turn = turn;
            body(named, &publisher, gzip, room)
        });
        Some(read.await)
    };
    let body = match timeout(site.read, read).await {
        Ok(Some(Ok(Ok(Some(body))))) => body,
        Ok(Some(Ok(Ok(None)))) => return absent().await,
        Ok(Some(Ok(Err(Failed::Room)))) => {
            return busy("answers that nobody takes hold too many bytes; ask again\n");
        }
        Ok(Some(Ok(Err(failed)))) => {
            error!(error = &failed as &dyn std::error::Error, "read failed");
            return broken();
        }
        Ok(Some(Err(panicked))) => {
            error!(error = %panicked, "read failed");
            return broken();
        }
        Ok(None) | Err(_) => {
            return busy("too many reads at once; ask again\n");
        }
    };
    let Body { bytes, tag, gzip } = body;
    let unchanged = negotiate::matches(headers.get_all(IF_NONE_MATCH), &tag);
    let mut answer = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, BYTES)], bytes).into_response()
    };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, IMMUTABLE);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    if negotiable {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if gzip && !unchanged {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}

/// Reads, hashes and compresses; none if there is no such thing. Of the room for the most that it
/// can be, what it does not take is given back.
fn body(
    named: Named,
    publisher: &Publisher,
    gzip: bool,
    mut room: OwnedSemaphorePermit,
) -> Result<Option<Body>, Failed> {
    let Some(bytes) = named.read(publisher)? else {
        return Ok(None);
    };
    // Any hash over the bytes will do; two encodings of one thing have two tags (RFC 9110, 8.8.3).
    let hash = leaf_hash(&bytes);
    let (bytes, tag) = if gzip {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes)?;
        (encoder.finish()?, format!("\"{hash}-gzip\""))
    } else {
        (bytes, format!("\"{hash}\""))
    };
    drop(room.split(room.num_permits().saturating_sub(bytes.len())));
    let bytes = Bytes::from_owner(Held { bytes, _room: room });
    Ok(Some(Body { bytes, tag, gzip }))
}

fn broken() -> Response {
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the ledger cannot read this; its log says why\n",
    )
}
