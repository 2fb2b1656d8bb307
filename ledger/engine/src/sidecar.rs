//! Records beside the entries of a frame: what recovery needs and no entry may say.

use caseledger_chain::Position;
use caseledger_domain::{CaseId, CaseToken};
use caseledger_store::ReplayFrame;
use caseledger_vault::WrappedKey;

use crate::index_key::{self, Used};

/// Which case a look-up token stands for: token 16, case id 16, and of a token that was not made with the first index key
/// the generation of its own, u32. Keyed hashes, never plaintext.
pub(crate) const TOKEN: u8 = 1;

/// The signed checkpoint of the frame before: the note.
pub(crate) const CHECKPOINT: u8 = 2;

/// The data key of a case, wrapped: case id 16, wrapped key 76. In the frame of the first private part of the case.
pub(crate) const DATA_KEY: u8 = 3;

/// A private part, sealed: position 8, record. In the frame of the entry at that position.
pub(crate) const PRIVATE: u8 = 4;

/// The index key that the frame was recorded with, if it was not the first one: its generation, u32. Entries hold on to what it
/// makes of messages, and do not name it.
pub(crate) const INDEX_KEY: u8 = 5;

/// A token, the case that it stands for, and the generation of the index key that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TokenRecord {
    pub(crate) token: CaseToken,
    pub(crate) case: CaseId,
    pub(crate) generation: u32,
}

pub(crate) fn encode_token(record: TokenRecord) -> Vec<u8> {
    let TokenRecord {
        token,
        case,
        generation,
    } = record;
    let mut bytes = [token.to_bytes(), case.to_bytes()].concat();
    if generation > index_key::FIRST {
        bytes.extend_from_slice(&generation.to_be_bytes());
    }
    bytes
}

/// None if the record has another length, or a generation that is not written.
pub(crate) fn decode_token(bytes: &[u8]) -> Option<TokenRecord> {
    let (token, rest) = bytes.split_first_chunk()?;
    let (case, rest) = rest.split_first_chunk()?;
    let generation = match rest {
        [] => index_key::FIRST,
        _ => u32::from_be_bytes(rest.try_into().ok()?),
    };
    let written = rest.is_empty() || generation > index_key::FIRST;
    written.then_some(TokenRecord {
        token: CaseToken::from_bytes(*token),
        case: CaseId::from_bytes(*case),
        generation,
    })
}

pub(crate) fn encode_index_key(used: Used) -> [u8; 12] {
    let mut bytes = [0; 12];
    let (generation, print) = bytes.split_at_mut(4);
    generation.copy_from_slice(&used.generation.to_be_bytes());
    print.copy_from_slice(&used.print);
    bytes
}

/// None if the record has another length, or a generation that is not written.
pub(crate) fn decode_index_key(bytes: &[u8]) -> Option<Used> {
    let (generation, print) = bytes.split_first_chunk()?;
    let generation = u32::from_be_bytes(*generation);
    let print = print.try_into().ok()?;
    (generation > index_key::FIRST).then_some(Used { generation, print })
}

/// With which index key a frame was recorded; none if it was the first, or does not say.
pub(crate) fn index_key_of(frame: &ReplayFrame<'_>) -> Option<Used> {
    let mut records = frame.sidecars().filter(|(kind, _)| *kind == INDEX_KEY);
    records.find_map(|(_, bytes)| decode_index_key(bytes))
}

pub(crate) const DATA_KEY_LEN: usize = CaseId::LEN + WrappedKey::LEN;

pub(crate) fn encode_data_key(case: CaseId, key: &WrappedKey) -> [u8; DATA_KEY_LEN] {
    let mut bytes = [0; DATA_KEY_LEN];
    let (left, right) = bytes.split_at_mut(CaseId::LEN);
    left.copy_from_slice(case.as_ref());
    right.copy_from_slice(&key.to_bytes());
    bytes
}

/// None if the record has another length or is no wrapped key.
pub(crate) fn decode_data_key(bytes: &[u8]) -> Option<(CaseId, WrappedKey)> {
    let (case, key) = bytes.split_at_checked(CaseId::LEN)?;
    Some((
        CaseId::try_from(case).ok()?,
        WrappedKey::from_bytes(key).ok()?,
    ))
}

pub(crate) fn encode_private(position: Position, record: &[u8]) -> Vec<u8> {
    [&position.get().to_be_bytes(), record].concat()
}

/// None if the record is too short to say where it belongs.
pub(crate) fn decode_private(bytes: &[u8]) -> Option<(Position, &[u8])> {
    let (position, record) = bytes.split_first_chunk()?;
    Some((Position::new(u64::from_be_bytes(*position)), record))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_private_parts_read_back() {
        let case = CaseId::from_bytes([2; 16]);
        let mut bytes = [7; WrappedKey::LEN];
        let key = WrappedKey::from_bytes(&bytes).unwrap();
        let record = encode_data_key(case, &key);
        assert_eq!(decode_data_key(&record), Some((case, key)));
        assert_eq!(decode_data_key(&record[1..]), None);
        bytes[..4].fill(0);
        assert_eq!(decode_data_key(&[case.as_ref(), &bytes].concat()), None);

        let record = encode_private(Position::new(9), b"sealed");
        let (position, sealed) = decode_private(&record).unwrap();
        assert_eq!((position.get(), sealed), (9, &b"sealed"[..]));
        assert_eq!(decode_private(&record[..7]), None);
    }

    #[test]
    fn a_record_of_an_index_key_reads_back_and_there_is_none_of_the_first() {
        let generation = 256;
        let print = [7; 8];
        let bytes = encode_index_key(Used { generation, print });
        assert_eq!(decode_index_key(&bytes), Some(Used { generation, print }));
        assert_eq!(decode_index_key(&bytes[1..]), None);
        assert_eq!(decode_index_key(&[&bytes[..], &[0]].concat()), None);
        let first = Used {
            generation: 1,
            print,
        };
        assert_eq!(decode_index_key(&encode_index_key(first)), None);
    }

    #[test]
    fn a_token_record_reads_back_and_names_every_generation_but_the_first() {
        for (generation, length) in [(1, 32), (2, 36), (u32::MAX, 36)] {
            let record = TokenRecord {
                token: CaseToken::from_bytes([1; 16]),
                case: CaseId::from_bytes([2; 16]),
                generation,
            };
            let bytes = encode_token(record);
            assert_eq!((decode_token(&bytes), bytes.len()), (Some(record), length));
            assert_eq!(decode_token(&bytes[1..]), None);
            assert_eq!(decode_token(&[&bytes[..], &[0]].concat()), None);
        }
        let ids = [[1; 16], [2; 16]].concat();
        assert_eq!(decode_token(&[&ids[..], &[0, 0, 0, 1]].concat()), None);
    }
}
