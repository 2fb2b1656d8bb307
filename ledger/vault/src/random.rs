//! Randomness, which is an argument: data keys, key-encryption keys, nonces.

use std::{cell::RefCell, error::Error, fmt};

use zeroize::{Zeroize as _, Zeroizing};

/// Bytes that are asked of the operating system at once.
const DRAWN: usize = 1_024;

/// Where random bytes come from. It has to be unpredictable and must never repeat itself: nonces and keys are drawn from it.
pub trait Random: fmt::Debug + Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`NoRandomness`] when the source has none to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The source gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes: {0}")]
pub struct NoRandomness(#[source] Box<dyn Error + Send + Sync>);

impl NoRandomness {
    /// For a source of one's own: what it said.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        system_bytes(bytes).map_err(NoRandomness::new)
    }
}

/// Random bytes of the operating system, asked for ahead of need, because every call for a few costs as much as sealing a
/// part. What is handed out is wiped where it was, so that nobody finds a key there later; what was not, is nobody's yet.
///
/// # Errors
/// What the operating system says if it gives none.
pub fn system_bytes(bytes: &mut [u8]) -> Result<(), getrandom::Error> {
    let drawn = AHEAD.try_with(|ahead| ahead.borrow_mut().fill(bytes));
    // At the end of a thread there is nothing ahead any more.
    drawn.unwrap_or_else(|_ended| getrandom::fill(bytes))
}

thread_local! {
    static AHEAD: RefCell<Ahead> = RefCell::new(Ahead::default());
}

/// Bytes that were drawn; those before `used` were handed out.
struct Ahead {
    drawn: Zeroizing<Vec<u8>>,
    used: usize,
}

impl Default for Ahead {
    fn default() -> Self {
        Self {
            drawn: Zeroizing::new(Vec::new()),
            used: 0,
        }
    }
}

impl Ahead {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), getrandom::Error> {
        if bytes.len() > DRAWN {
            return getrandom::fill(bytes);
        }
        if self.drawn.len() - self.used < bytes.len() {
            self.drawn.resize(DRAWN, 0);
            // After an error nothing of it counts as drawn.
            self.used = DRAWN;
            getrandom::fill(&mut self.drawn)?;
            self.used = 0;
        }
        let rest = self.drawn.iter_mut().skip(self.used);
        for (to, from) in bytes.iter_mut().zip(rest) {
            *to = *from;
            from.zeroize();
        }
        self.used += bytes.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_ahead_is_handed_out_once_and_wiped_there() {
        let mut ahead = Ahead::default();
        let mut seen = Vec::new();
        // Beyond what is drawn at once, in pieces that do not divide it.
        for _ in 0..100 {
            let mut bytes = [0; 24];
            ahead.fill(&mut bytes).unwrap();
            assert!(!seen.contains(&bytes));
            seen.push(bytes);
            let (gone, left) = ahead.drawn.split_at(ahead.used);
            assert!(gone.iter().all(|byte| *byte == 0));
            // One of 24 that are left would be as unlikely as a repetition.
            assert!(left.len() < 24 || left.iter().any(|byte| *byte != 0));
        }
    }

    #[test]
    fn more_than_is_drawn_at_once_is_given_too() {
        let mut bytes = [0; 3 * DRAWN];
        Ahead::default().fill(&mut bytes).unwrap();
        let (first, last) = (&bytes[..DRAWN], &bytes[2 * DRAWN..]);
        assert_ne!(first, last);
        assert!(last.iter().any(|byte| *byte != 0));
    }
}
