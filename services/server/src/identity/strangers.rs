//! Those whom a CA of ours vouches for and the ledger does not know: mostly a court that is not bound
//! yet, so that an operator has to see by which name.

use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tracing::{debug, warn};

use super::{Peer, Shown};

/// Calls that get a line of the log in a second, lest one of them fill it.
const LINES_PER_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// The most of a URI that is told, in characters: none that is longer can be bound.
const URI_MAX: usize = 255;

/// Tells operators of them. Clones share one limit.
#[derive(Clone, Debug)]
pub(crate) struct Strangers(Arc<DefaultDirectRateLimiter>);

impl Default for Strangers {
    fn default() -> Self {
        let quota = Quota::per_second(LINES_PER_SECOND);
        Self(Arc::new(RateLimiter::direct(quota)))
    }
}

impl Strangers {
    /// Tells of one who has called.
    pub(crate) fn tell(&self, peer: Option<&Peer>) {
        let Some(Peer { address, shown }) = peer else {
            return;
        };
        let Shown::Tls {
            certificate: Some(Ok(uri)),
        } = shown
        else {
            return;
        };
        let uri: String = uri.chars().take(URI_MAX).collect();
        if self.0.check().is_ok() {
            warn!(peer = %address, ?uri, "no organisation is bound to the URI of a client certificate");
        } else {
            debug!(peer = %address, ?uri, "no organisation is bound to the URI of a client certificate");
        }
    }
}
