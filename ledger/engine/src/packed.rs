//! One stream in memory, packed: where its entries are, what the last one hashes to, and its state.
//!
//! A million cases must fit beside everything else, and a `CaseState` with its vectors takes more
//! than half a kilobyte. Packed it takes about 200 bytes and half a microsecond to read:
//!
//! ```text
//! chain hash of the last entry, 32 | position of the last entry, 8 | length of the deltas, 4
//! deltas between positions, the first from 0, varint each | state (postcard)
//! ```
//!
//! The form never leaves this program's memory and its snapshots, which carry a version.

use caseledger_chain::Digest;
use caseledger_domain::State;
use serde::{Deserialize, Serialize};

use crate::blob::Blob;

const CHAIN: usize = Digest::LEN;
const LAST: usize = CHAIN + 8;
const FIXED: usize = LAST + 4;

/// A stream, packed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Packed(Blob);

/// A place between two entries of a stream. It stays right while the stream grows, because packing
/// only adds to the deltas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Entries before it.
    pub(crate) revision: u64,
    /// Position of the entry before it; 0 if there is none.
    position: u64,
    /// Bytes of the deltas of the entries before it.
    bytes: usize,
}

impl Packed {
    /// Packs a stream that had the form `before` and got entries at `added`, ascending, at least
    /// one. `scratch` is a buffer to reuse.
    pub(crate) fn new(
        before: Option<&Self>,
        added: impl Iterator<Item = u64>,
        chain: Digest,
        state: &State,
        scratch: &mut Vec<u8>,
    ) -> Result<Self, postcard::Error> {
        let (old, mut last) =
            before.map_or((&[][..], 0), |packed| (packed.deltas(), packed.last()));
        scratch.clear();
        scratch.extend_from_slice(&[0; FIXED]);
        scratch.extend_from_slice(old);
        for position in added {
            push_varint(position - last, scratch);
            last = position;
        }
        let deltas = (scratch.len() - FIXED) as u32;
        scratch[..CHAIN].copy_from_slice(chain.as_ref());
        scratch[CHAIN..LAST].copy_from_slice(&last.to_be_bytes());
        scratch[LAST..FIXED].copy_from_slice(&deltas.to_be_bytes());
        *scratch = postcard::to_extend(state, std::mem::take(scratch))?;
        Ok(Self(Blob(scratch.as_slice().into())))
    }

    /// Chain hash of the last entry.
    pub(crate) fn chain(&self) -> Digest {
        self.0
            .0
            .first_chunk()
            .map_or(Digest::ZERO, |bytes| Digest::from_bytes(*bytes))
    }

    /// Position of the last entry.
    fn last(&self) -> u64 {
        let bytes = self.0.0.get(CHAIN..).and_then(|rest| rest.first_chunk());
        bytes.map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }

    fn split(&self) -> (&[u8], &[u8]) {
        let length = self.0.0.get(LAST..).and_then(|rest| rest.first_chunk());
        let length = length.map_or(0, |bytes| u32::from_be_bytes(*bytes)) as usize;
        let rest = self.0.0.get(FIXED..).unwrap_or_default();
        rest.split_at_checked(length).unwrap_or_default()
    }

    fn deltas(&self) -> &[u8] {
        self.split().0
    }

    /// Positions of the entries, ascending.
    pub(crate) fn positions(&self) -> impl Iterator<Item = u64> + '_ {
        let mut place = Place::default();
        std::iter::from_fn(move || self.next(&mut place))
    }

    /// The position of the entry after a place, which moves behind that entry.
    pub(crate) fn next(&self, place: &mut Place) -> Option<u64> {
        let before = self.deltas().get(place.bytes..)?;
        let mut rest = before;
        place.position += read_varint(&mut rest)?;
        place.bytes += before.len() - rest.len();
        place.revision += 1;
        Some(place.position)
    }

    /// The position of the entry before a place, which moves before that entry.
    pub(crate) fn previous(&self, place: &mut Place) -> Option<u64> {
        let (_end, body) = self.deltas().get(..place.bytes)?.split_last()?;
        // Of a varint, all bytes but the last have the high bit.
        let start = body
            .iter()
            .rposition(|byte| byte & 0x80 == 0)
            .map_or(0, |end| end + 1);
        let delta = read_varint(&mut self.deltas().get(start..)?)?;
        let position = place.position;
        *place = Place {
            revision: place.revision.checked_sub(1)?,
            position: position.checked_sub(delta)?,
            bytes: start,
        };
        Some(position)
    }

    /// The state.
    pub(crate) fn state(&self) -> Result<State, postcard::Error> {
        postcard::from_bytes(self.split().1)
    }

    /// Length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.0.0.len()
    }
}

/// Seven bits per byte, low first, the high bit set on all but the last.
fn push_varint(mut number: u64, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use caseledger_domain::{CaseState, OrderState};

    use super::*;

    #[test]
    fn keeps_positions_hash_and_state_over_several_additions() {
        let mut scratch = Vec::new();
        let runs: [&[u64]; 4] = [&[0], &[1, 127], &[128, 1 << 40], &[1 << 50]];
        let mut packed: Option<Packed> = None;
        let mut all = Vec::new();
        for (at, run) in runs.into_iter().enumerate() {
            let state = State::Case(CaseState {
                revisions: at as u64,
                ..CaseState::default()
            });
            let chain = Digest::from_bytes([at as u8; 32]);
            let next = Packed::new(
                packed.as_ref(),
                run.iter().copied(),
                chain,
                &state,
                &mut scratch,
            )
            .unwrap();
            all.extend_from_slice(run);
            assert_eq!(next.positions().collect::<Vec<_>>(), all);
            assert_eq!((next.chain(), next.state().unwrap()), (chain, state));
            packed = Some(next);
        }
    }

    #[test]
    fn a_place_is_passed_in_both_directions_while_the_stream_grows() {
        let state = State::Order(OrderState::default());
        let positions = [3, 4, 131, 132, 1 << 20, 1 << 50];
        let pack = |before: Option<&Packed>, added: &[u64]| {
            let added = added.iter().copied();
            Packed::new(before, added, Digest::ZERO, &state, &mut Vec::new()).unwrap()
        };
        let short = pack(None, &positions[..4]);
        let mut place = Place::default();
        assert_eq!(short.previous(&mut place), None);
        for (revision, position) in (1..).zip(&positions[..4]) {
            assert_eq!(short.next(&mut place), Some(*position));
            assert_eq!(place.revision, revision);
        }
        assert_eq!(short.next(&mut place), None);
        let long = pack(Some(&short), &positions[4..]);
        for position in &positions[4..] {
            assert_eq!(long.next(&mut place), Some(*position));
        }
        for (revision, position) in positions.iter().enumerate().rev() {
            assert_eq!(long.previous(&mut place), Some(*position));
            assert_eq!(place.revision, revision as u64);
        }
        assert_eq!(place, Place::default());
    }

    #[test]
    fn a_small_state_takes_little_room() {
        let state = State::Order(OrderState::default());
        let packed =
            Packed::new(None, [5].into_iter(), Digest::ZERO, &state, &mut Vec::new()).unwrap();
        assert!(packed.len() < FIXED + 24, "{}", packed.len());
    }
}
