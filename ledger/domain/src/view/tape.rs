//! The tape: every change of a row's facets, in order of positions, so that any past moment can be
//! played back.
//!
//! ```text
//! tape   = record*
//! record = position delta, case delta (zigzag), change, change*
//! change = slot * 2 + (1 if it is the record's last), code
//! ```
//!
//! All numbers are LEB128. Deltas count from the record before, or from zero. A record is what one
//! event changed: 6 to 10 bytes for a case with one charge.

use serde::{Deserialize, Serialize};

/// What happened to one row of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) slot: Slot,
    /// Number of the new facet or person; 0 for none.
    pub(super) code: u32,
}

/// What changed of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// Where it is.
    Place,
    /// How it came here.
    Context,
    /// Whose it is.
    Person,
    /// A part of one row.
    Row {
        /// 0 for the case's own row, else 1 plus how far behind the case's first charge row.
        line: u32,
        part: Part,
    },
}

/// What case rows and charge rows have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Offence,
    Ground,
    Progress,
}

impl Slot {
    fn number(self) -> u64 {
        match self {
            Self::Place => 0,
            Self::Context => 1,
            Self::Person => 2,
            Self::Row { line, part } => {
                3 + 3 * u64::from(line)
                    + match part {
                        Part::Offence => 0,
                        Part::Ground => 1,
                        Part::Progress => 2,
                    }
            }
        }
    }

    fn from_number(number: u64) -> Self {
        match number {
            0 => Self::Place,
            1 => Self::Context,
            2 => Self::Person,
            row => Self::Row {
                line: (row / 3 - 1) as u32,
                part: match row % 3 {
                    0 => Part::Offence,
                    1 => Part::Ground,
                    _ => Part::Progress,
                },
            },
        }
    }
}

/// The changes, from the first one on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tape {
    bytes: Vec<u8>,
    /// Position of the newest record.
    position: u64,
    /// Case of the newest record.
    case: u32,
}

impl Tape {
    /// Position of the newest record; 0 also for an empty tape.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Appends what one event changed. Nothing is written if nothing changed.
    pub(super) fn record(&mut self, position: u64, case: u32, changes: &[Change]) {
        let Some((last, others)) = changes.split_last() else {
            return;
        };
        put(&mut self.bytes, position.saturating_sub(self.position));
        put(
            &mut self.bytes,
            zigzag(i64::from(case) - i64::from(self.case)),
        );
        for change in others {
            put(&mut self.bytes, change.slot.number() << 1);
            put(&mut self.bytes, u64::from(change.code));
        }
        put(&mut self.bytes, last.slot.number() << 1 | 1);
        put(&mut self.bytes, u64::from(last.code));
        (self.position, self.case) = (position, case);
    }

    /// Plays every change back whose position is at most `limit`, in the order of recording.
    pub(super) fn play(&self, limit: u64, mut each: impl FnMut(u32, Change)) {
        let mut rest = self.bytes.as_slice();
        let (mut position, mut case) = (0_u64, 0_u32);
        while let (Some(later), Some(step)) = (take(&mut rest), take(&mut rest)) {
            position += later;
            if position > limit {
                return;
            }
            case = case.wrapping_add_signed(unzigzag(step) as i32);
            while let (Some(slot), Some(code)) = (take(&mut rest), take(&mut rest)) {
                let change = Change {
                    slot: Slot::from_number(slot >> 1),
                    code: code as u32,
                };
                each(case, change);
                if slot & 1 == 1 {
                    break;
                }
            }
        }
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[expect(
    clippy::cast_sign_loss,
    reason = "zigzag maps the sign to the lowest bit"
)]
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

#[expect(
    clippy::cast_possible_wrap,
    reason = "zigzag maps the lowest bit to the sign"
)]
fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plays_back_what_was_recorded_up_to_a_position() {
        let row = |line, part| Slot::Row { line, part };
        let slots = [
            Slot::Place,
            Slot::Context,
            Slot::Person,
            row(0, Part::Offence),
            row(0, Part::Ground),
            row(199, Part::Progress),
            row(u32::MAX, Part::Progress),
        ];
        let all: Vec<Change> = slots
            .into_iter()
            .zip([0, 1, 127, 128, 16_384, u32::MAX - 1, u32::MAX])
            .map(|(slot, code)| Change { slot, code })
            .collect();
        let records = [
            (0, 7, &all[..1]),
            (3, 7, &all[1..2]),
            (3, u32::MAX, &all[..]),
            (1 << 40, 0, &all[3..6]),
        ];
        let mut tape = Tape::default();
        for (position, case, changes) in records {
            tape.record(position, case, changes);
            tape.record(position, case + u32::from(case == 0), &[]);
        }
        for limit in [0, 2, 3, (1 << 40) - 1, 1 << 40, u64::MAX] {
            let expected: Vec<(u32, Change)> = records
                .iter()
                .filter(|(position, ..)| *position <= limit)
                .flat_map(|(_, case, changes)| changes.iter().map(|change| (*case, *change)))
                .collect();
            let mut played = Vec::new();
            tape.play(limit, |case, change| played.push((case, change)));
            assert_eq!(played, expected, "{limit}");
        }
        assert_eq!(tape.position(), 1 << 40);
    }
}
