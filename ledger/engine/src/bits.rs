//! A growing set of positions, one bit each.

use serde::{Deserialize, Serialize};

/// A set of positions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// Puts a position in.
    pub(crate) fn set(&mut self, position: u64) {
        let word = (position / 64) as usize;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (position % 64);
    }

    /// The smallest member that is not before `position`.
    pub(crate) fn next(&self, position: u64) -> Option<u64> {
        let first = (position / 64) as usize;
        let mut mask = u64::MAX << (position % 64);
        for (at, word) in self.0.iter().enumerate().skip(first) {
            let rest = word & mask;
            if rest != 0 {
                return Some(at as u64 * 64 + u64::from(rest.trailing_zeros()));
            }
            mask = u64::MAX;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_next_member_across_words() {
        let mut bits = Bits::default();
        for member in [0, 63, 64, 500] {
            bits.set(member);
        }
        let next: Vec<_> = [0, 1, 63, 64, 65, 500, 501].map(|at| bits.next(at)).into();
        assert_eq!(
            next,
            [
                Some(0),
                Some(63),
                Some(63),
                Some(64),
                Some(500),
                Some(500),
                None
            ]
        );
    }
}
