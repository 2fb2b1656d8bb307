//! Compares two encoded messages, field by field, without knowing what they mean.

use prost::encoding::{WireType, decode_varint};

/// Length of an identifier that the ledger fills in.
const ID_LEN: usize = 16;

/// Lists of codes have only bytes below this one; texts have none.
const TEXT_MIN: u8 = 0x20;

/// One field of an encoded message.
#[derive(Clone, Copy, Debug)]
struct Field<'a> {
    tag: u64,
    wire_type: WireType,
    value: &'a [u8],
}

/// Whether every field of `posted` stands in `recorded`, in any order, and `recorded` has nothing
/// more than up to `fills` identifiers in places that were left empty. Bytes that are no message
/// cover nothing but themselves.
pub(super) fn covers(posted: &[u8], recorded: &[u8], fills: usize) -> bool {
    filled(posted, recorded, fills).is_some()
}

/// The same; how many identifiers are left to be filled in.
fn filled(posted: &[u8], recorded: &[u8], mut fills: usize) -> Option<usize> {
    let posted = fields(posted)?;
    let mut recorded = fields(recorded)?;
    for wanted in posted {
        let (index, left) = recorded
            .iter()
            .enumerate()
            .find_map(|(index, found)| Some((index, same(wanted, *found, fills)?)))?;
        fills = left;
        recorded.remove(index);
    }
    for added in recorded {
        if added.wire_type != WireType::LengthDelimited || added.value.len() != ID_LEN {
            return None;
        }
        fills = fills.checked_sub(1)?;
    }
    Some(fills)
}

fn same(posted: Field<'_>, recorded: Field<'_>, fills: usize) -> Option<usize> {
    if posted.tag != recorded.tag || posted.wire_type != recorded.wire_type {
        return None;
    }
    if posted.value == recorded.value || same_codes(posted.value, recorded.value) {
        return Some(fills);
    }
    (posted.wire_type == WireType::LengthDelimited)
        .then(|| filled(posted.value, recorded.value, fills))?
}

/// A list of codes is a set: the ledger keeps it in order and each code once.
fn same_codes(posted: &[u8], recorded: &[u8]) -> bool {
    let set = |bytes: &[u8]| {
        let mut set = bytes.to_vec();
        set.sort_unstable();
        set.dedup();
        set
    };
    !posted.is_empty()
        && posted.iter().chain(recorded).all(|byte| *byte < TEXT_MIN)
        && set(posted) == set(recorded)
}

/// The tag of the first field.
pub(super) fn first_tag(mut bytes: &[u8]) -> Option<u64> {
    decode_varint(&mut bytes).ok().map(|key| key >> 3)
}

fn fields(mut bytes: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = decode_varint(&mut bytes).ok()?;
        let wire_type = WireType::try_from(key & 7).ok()?;
        let len = match wire_type {
            WireType::Varint => {
                let mut rest = bytes;
                decode_varint(&mut rest).ok()?;
                bytes.len() - rest.len()
            }
            WireType::SixtyFourBit => 8,
            WireType::ThirtyTwoBit => 4,
            WireType::LengthDelimited => usize::try_from(decode_varint(&mut bytes).ok()?).ok()?,
            WireType::StartGroup | WireType::EndGroup => return None,
        };
        let (value, rest) = bytes.split_at_checked(len)?;
        fields.push(Field {
            tag: key >> 3,
            wire_type,
            value,
        });
        bytes = rest;
    }
    Some(fields)
}
