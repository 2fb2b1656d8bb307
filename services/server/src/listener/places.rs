//! Places for connections: so many in all, and of these so many for one peer.
//!
//! Whoever opens connections without end would have all places, and everybody else none. So no
//! peer has more than its share of them, and nobody waits for what it has too much of.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::identity::{Peer, Shown};

/// Of all connections, so many are for those without a certificate: one of so many. Whoever has
/// one is known to a CA, and keeps room however many others come.
const STRANGERS: usize = 4;

/// Of those without a certificate, one address may have one of so many.
const STRANGER_SHARE: usize = 4;

/// Of all connections, one certificate may have one of so many.
const CERTIFIED_SHARE: usize = 16;

/// Of those over HTTP, one peer may have one of so many.
const READER_SHARE: usize = 4;

/// Places behind the door for calls.
#[derive(Clone, Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    certified_shares: Shares,
    stranger_shares: Shares,
}

/// One of them. Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    _share: Share,
    _stranger: Option<OwnedSemaphorePermit>,
    _any: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(most: usize) -> Self {
        let strangers = most.div_ceil(STRANGERS);
        Self {
            all: Arc::new(Semaphore::new(most)),
            strangers: Arc::new(Semaphore::new(strangers)),
            certified_shares: Shares::of(most, CERTIFIED_SHARE),
            stranger_shares: Shares::of(strangers, STRANGER_SHARE),
        }
    }

    /// Waits for one; none if the peer has its share. Whoever has no certificate needs one of two
    /// kinds.
    pub(super) async fn take(&self, peer: &Peer) -> Option<Place> {
        let whose = Whose::of(peer);
        let certified = matches!(whose, Whose::Certificate(_));
        let shares = if certified {
            &self.certified_shares
        } else {
            &self.stranger_shares
        };
        let share = shares.take(whose)?;
        let stranger = if certified {
            None
        } else {
            Some(Arc::clone(&self.strangers).acquire_owned().await.ok()?)
        };
        Some(Place {
            _share: share,
            _stranger: stranger,
            _any: Arc::clone(&self.all).acquire_owned().await.ok()?,
        })
    }
}

/// How many connections each peer has.
#[derive(Clone, Debug)]
pub(crate) struct Shares {
    most: usize,
    taken: Arc<Mutex<HashMap<Whose, usize>>>,
}

/// A connection that is counted, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    whose: Whose,
    taken: Arc<Mutex<HashMap<Whose, usize>>>,
}

/// For whom a connection counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Whose {
    /// The URI of a certificate. Those that name nobody count together.
    Certificate(Option<Arc<str>>),
    /// Where somebody without a certificate comes from.
    Address(IpAddr),
}

impl Whose {
    fn of(peer: &Peer) -> Self {
        match &peer.shown {
            Shown::Tls {
                certificate: Some(uri),
            } => Self::Certificate(uri.as_ref().ok().map(Arc::clone)),
            Shown::Tls { certificate: None } | Shown::Plain => {
                Self::Address(network(peer.address.ip().to_canonical()))
            }
        }
    }
}

/// The part of an address that its owner does not choose: whoever has one of IPv6 has the 2^64 of
/// its network.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

fn lock(taken: &Mutex<HashMap<Whose, usize>>) -> MutexGuard<'_, HashMap<Whose, usize>> {
    // Nothing panics while it is held, and each count is whole between any two steps.
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shares {
    /// Of so many connections over HTTP.
    pub(crate) fn of_readers(connections: usize) -> Self {
        Self::of(connections, READER_SHARE)
    }

    fn of(connections: usize, share: usize) -> Self {
        Self {
            most: connections.div_ceil(share),
            taken: Arc::default(),
        }
    }

    /// Counts one more of the peer; none if it has its share.
    pub(crate) fn take_for(&self, peer: &Peer) -> Option<Share> {
        self.take(Whose::of(peer))
    }

    fn take(&self, whose: Whose) -> Option<Share> {
        let mut taken = lock(&self.taken);
        let count = taken.entry(whose.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        drop(taken);
        Some(Share {
            whose,
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        if let Some(count) = taken.get_mut(&self.whose) {
            *count -= 1;
            // Who has no connection takes no memory either.
            if *count == 0 {
                taken.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::IdentityError;

    fn peer(address: &str, shown: Shown) -> Peer {
        Peer {
            address: (address.parse::<IpAddr>().unwrap(), 9).into(),
            shown,
        }
    }

    fn stranger(address: &str) -> Peer {
        peer(address, Shown::Tls { certificate: None })
    }

    fn certified(uri: &str) -> Peer {
        let certificate = Some(Ok(uri.into()));
        peer("192.0.2.1", Shown::Tls { certificate })
    }

    #[tokio::test]
    async fn one_peer_leaves_room_for_others_and_gives_back_what_it_had() {
        let places = Places::new(32);
        let mut held = Vec::new();
        for (one, other, most) in [
            (stranger("192.0.2.1"), stranger("192.0.2.2"), 2),
            (
                certified("caseledger://org/a"),
                certified("caseledger://org/b"),
                2,
            ),
        ] {
            for _ in 0..most {
                held.push(places.take(&one).await.unwrap());
            }
            assert!(places.take(&one).await.is_none(), "{one:?}");
            assert!(places.take(&other).await.is_some(), "{other:?}");
        }
        drop(held);
        assert!(places.take(&stranger("192.0.2.1")).await.is_some());
        assert!(lock(&places.stranger_shares.taken).is_empty());
    }

    #[test]
    fn many_names_of_one_peer_count_as_one() {
        let v6 = |address| Whose::of(&stranger(address));
        assert_eq!(v6("2001:db8::1"), v6("2001:db8::ffff:1"));
        assert_ne!(v6("2001:db8::1"), v6("2001:db8:0:1::1"));
        assert_eq!(v6("::ffff:192.0.2.1"), v6("192.0.2.1"));
        let unnamed = |error| {
            let certificate = Some(Err(error));
            Whose::of(&peer("192.0.2.1", Shown::Tls { certificate }))
        };
        assert_eq!(
            unnamed(IdentityError::NoUri),
            unnamed(IdentityError::AmbiguousUri)
        );
    }
}
