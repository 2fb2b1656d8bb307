//! The numbers that a submitter gives its submissions: each is used once, and what is missing shows.
//!
//! A feed is kept as its highest number and the ranges below it that nobody has used. Numbers that
//! come in order therefore cost nothing, and one that comes late makes its gap smaller.

use caseledger_chain::Position;
use serde::{Deserialize, Serialize};

use crate::limits::{SEQUENCE_AHEAD_MAX, SEQUENCE_GAPS_MAX};

/// Numbers that a submitter has left out so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    from: u64,
    to: u64,
    opened_by: u64,
    since: u64,
}

impl Gap {
    /// First missing number.
    pub const fn from(&self) -> u64 {
        self.from
    }

    /// Last missing number; not less than the first.
    pub const fn to(&self) -> u64 {
        self.to
    }

    /// Position of the first entry of the submission that came with a higher number.
    pub const fn opened_by(&self) -> Position {
        Position::new(self.opened_by)
    }

    /// When that entry was recorded: microseconds since 1970-01-01T00:00:00Z.
    pub const fn since(&self) -> u64 {
        self.since
    }
}

/// What a submitter has sent. Gaps ascend, do not touch, and lie below the highest number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    highest: u64,
    submissions: u64,
    entries: u64,
    gaps: Vec<Gap>,
}

/// Why a number is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberRefused {
    /// Another submission has it.
    Used,
    /// It lies too far ahead of the highest one.
    Ahead,
    /// It would leave more gaps than are kept; this is the first number that is missing.
    Gaps { missing: u64 },
}

impl Feed {
    /// The highest number used; 0 if the submitter keeps none.
    pub const fn highest(&self) -> u64 {
        self.highest
    }

    /// Submissions recorded, with a number or without.
    pub const fn submissions(&self) -> u64 {
        self.submissions
    }

    /// Entries recorded.
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// The missing numbers below the highest, ascending.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Index of the gap that has the number, or of the first one behind it.
    fn place(&self, number: u64) -> (usize, bool) {
        let at = self.gaps.partition_point(|gap| gap.to < number);
        let inside = self.gaps.get(at).is_some_and(|gap| gap.from <= number);
        (at, inside)
    }

    /// Whether a new submission may have the number. 0, for none, always may.
    pub(crate) fn check(&self, number: u64) -> Result<(), NumberRefused> {
        if number == 0 {
            return Ok(());
        }
        let one_more = if number > self.highest {
            if number - self.highest > SEQUENCE_AHEAD_MAX {
                return Err(NumberRefused::Ahead);
            }
            number - self.highest > 1
        } else {
            let (at, inside) = self.place(number);
            let gap = self.gaps.get(at).filter(|_| inside);
            let gap = gap.ok_or(NumberRefused::Used)?;
            gap.from < number && number < gap.to
        };
        match self.gaps.first() {
            Some(first) if one_more && self.gaps.len() >= SEQUENCE_GAPS_MAX => {
                let missing = first.from;
                Err(NumberRefused::Gaps { missing })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Takes a recorded submission of `entries` entries, the first of them at `position`. A number
    /// that is used already changes nothing: what is recorded is recorded.
    pub(crate) fn take(&mut self, number: u64, position: u64, recorded_at: u64, entries: u16) {
        self.submissions += 1;
        self.entries += u64::from(entries);
        if number > self.highest {
            if number - self.highest > 1 {
                self.gaps.push(Gap {
                    from: self.highest + 1,
                    to: number - 1,
                    opened_by: position,
                    since: recorded_at,
                });
            }
            self.highest = number;
            return;
        }
        let (at, inside) = self.place(number);
        let Some(gap) = self.gaps.get_mut(at).filter(|_| inside) else {
            return;
        };
        let behind = Gap {
            from: number + 1,
            ..*gap
        };
        gap.to = number - 1;
        let in_front = gap.from <= gap.to;
        if behind.from <= behind.to {
            if in_front {
                self.gaps.insert(at + 1, behind);
            } else {
                *gap = behind;
            }
        } else if !in_front {
            self.gaps.remove(at);
        }
    }
}

#[cfg(test)]
mod tests;
