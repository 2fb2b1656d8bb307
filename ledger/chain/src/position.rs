//! Where an entry stands and how many there are: an index and a count, which are never mixed.

use std::fmt;

/// The 0-based index of an entry in the ledger. Positions are dense: the first entry has 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

impl Position {
    /// The position of the first entry.
    pub const ZERO: Self = Self(0);

    /// Takes a 0-based index.
    pub const fn new(index: u64) -> Self {
        Self(index)
    }

    /// The 0-based index.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position after this one; `None` after the last that 64 bits can count.
    pub const fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    /// The position `entries` further on; `None` beyond 64 bits.
    pub const fn checked_add(self, entries: u64) -> Option<Self> {
        match self.0.checked_add(entries) {
            Some(index) => Some(Self(index)),
            None => None,
        }
    }

    /// The size of the smallest ledger that holds this position; `None` beyond 64 bits.
    pub const fn size(self) -> Option<Size> {
        match self.0.checked_add(1) {
            Some(count) => Some(Size(count)),
            None => None,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many entries a ledger, or the tree over it, has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

impl Size {
    /// The size of a ledger without entries.
    pub const ZERO: Self = Self(0);

    /// Takes a count of entries.
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// The count of entries.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The size after one more entry; `None` beyond 64 bits.
    pub const fn next(self) -> Option<Self> {
        self.checked_add(1)
    }

    /// The size after `entries` more; `None` beyond 64 bits.
    pub const fn checked_add(self, entries: u64) -> Option<Self> {
        match self.0.checked_add(entries) {
            Some(count) => Some(Self(count)),
            None => None,
        }
    }

    /// Whether there are no entries.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether a ledger of this size holds `position`.
    pub const fn contains(self, position: Position) -> bool {
        position.0 < self.0
    }

    /// The position of the last entry; `None` when there is none.
    pub const fn last(self) -> Option<Position> {
        match self.0.checked_sub(1) {
            Some(index) => Some(Position(index)),
            None => None,
        }
    }

    /// The position the next entry takes.
    pub const fn next_position(self) -> Position {
        Position(self.0)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_and_count_differ_by_one() {
        assert_eq!(Position::ZERO.size(), Some(Size::new(1)));
        assert_eq!(Size::new(1).last(), Some(Position::ZERO));
        assert_eq!(Size::ZERO.last(), None);
        assert_eq!(Size::new(7).next_position(), Position::new(7));
        assert!(Size::new(7).contains(Position::new(6)));
        assert!(!Size::new(7).contains(Position::new(7)));
    }

    #[test]
    fn counting_stops_at_64_bits() {
        assert_eq!(Position::new(u64::MAX).next(), None);
        assert_eq!(Position::new(u64::MAX).size(), None);
        assert_eq!(Size::new(u64::MAX).next(), None);
        assert_eq!(Size::new(u64::MAX - 1).next(), Some(Size::new(u64::MAX)));
    }
}
