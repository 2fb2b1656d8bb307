//! Handshakes that are not over yet: so many, and the newest ones.
//!
//! Whoever opens connections and says nothing holds places that others need. Refusing new ones
//! would do his work for him, so the oldest goes: an honest handshake takes a round trip and is
//! through before as many others have come.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// All that are under way on one port.
#[derive(Clone, Debug)]
pub(super) struct Handshakes {
    most: usize,
    under_way: Arc<Mutex<UnderWay>>,
}

#[derive(Debug, Default)]
struct UnderWay {
    next: u64,
    /// By age. Dropping a sender ends the handshake.
    begun: BTreeMap<u64, oneshot::Sender<()>>,
}

/// One of them. Dropped when it is over.
#[derive(Debug)]
pub(super) struct Turn {
    number: u64,
    evicted: oneshot::Receiver<()>,
    under_way: Arc<Mutex<UnderWay>>,
}

fn lock(under_way: &Mutex<UnderWay>) -> MutexGuard<'_, UnderWay> {
    // Nothing panics while it is held, and a map is whole between any two steps.
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Handshakes {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            under_way: Arc::default(),
        }
    }

    /// Begins one, which may end the oldest.
    pub(super) fn begin(&self) -> Turn {
        let (sender, evicted) = oneshot::channel();
        let mut under_way = lock(&self.under_way);
        let number = under_way.next;
        under_way.next += 1;
        under_way.begun.insert(number, sender);
        if under_way.begun.len() > self.most {
            under_way.begun.pop_first();
        }
        drop(under_way);
        Turn {
            number,
            evicted,
            under_way: Arc::clone(&self.under_way),
        }
    }
}

impl Turn {
    /// Waits until newer ones need the place.
    pub(super) async fn evicted(&mut self) {
        // Nothing is ever sent: the sender goes.
        let _gone = (&mut self.evicted).await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.under_way).begun.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn the_oldest_makes_room() {
        let handshakes = Handshakes::new(2);
        let mut turns: Vec<Turn> = (0..3).map(|_| handshakes.begin()).collect();
        let evicted: Vec<bool> = turns
            .iter_mut()
            .map(|turn| turn.evicted().now_or_never().is_some())
            .collect();
        assert_eq!(evicted, [true, false, false]);
    }

    #[test]
    fn what_is_over_takes_no_room() {
        let handshakes = Handshakes::new(1);
        drop(handshakes.begin());
        let mut second = handshakes.begin();
        assert!(second.evicted().now_or_never().is_none());
        assert_eq!(lock(&handshakes.under_way).begun.len(), 1);
    }
}
