//! The log: checkpoint, tiles, bundles.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use caseledger_chain::{BundleId, TileId, leaf_hash};
use caseledger_engine::{Publisher, ReadError};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    RETRY_AFTER, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use tokio::time::timeout;
use tracing::error;

use super::{NO_STORE, Site, TEXT, absent, negotiate, text};

/// What never changes under its name: a year is as long as caches are told.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Time that a read may wait for its turn and take.
const READ: Duration = Duration::from_secs(10);

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

    fn read(self, publisher: &Publisher) -> Result<Option<Vec<u8>>, ReadError> {
        match self {
            Self::Tile(tile) => publisher.tile(tile),
            Self::Bundle(bundle) => publisher.bundle(bundle),
        }
    }
}

/// A representation of a tile or bundle.
struct Body {
    bytes: Vec<u8>,
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
        let publisher = site.publication.publisher().clone();
        let read = tokio::task::spawn_blocking(move || {
            // The turn is over when the work is, not when the caller has gone.
            let _turn = turn;
            body(named, &publisher, gzip)
        });
        Some(read.await)
    };
    let body = match timeout(READ, read).await {
        Ok(Some(Ok(Ok(Some(body))))) => body,
        Ok(Some(Ok(Ok(None)))) => return absent().await,
        Ok(Some(Ok(Err(failed)))) => {
            error!(error = &failed as &dyn std::error::Error, "read failed");
            return broken();
        }
        Ok(Some(Err(panicked))) => {
            error!(error = %panicked, "read failed");
            return broken();
        }
        Ok(None) | Err(_) => {
            let busy = text(
                StatusCode::SERVICE_UNAVAILABLE,
                "too many reads at once; ask again\n",
            );
            return ([(RETRY_AFTER, HeaderValue::from_static("1"))], busy).into_response();
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

/// Reads, hashes and compresses; none if there is no such thing.
fn body(named: Named, publisher: &Publisher, gzip: bool) -> Result<Option<Body>, Failed> {
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
    Ok(Some(Body { bytes, tag, gzip }))
}

fn broken() -> Response {
    text(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the ledger cannot read this; its log says why\n",
    )
}
