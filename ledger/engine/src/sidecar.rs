//! Records beside the entries of a frame: what recovery needs and no entry may say.

use caseledger_chain::Position;
use caseledger_domain::{CaseId, CaseToken};
use caseledger_vault::WrappedKey;

/// Which case a look-up token stands for: token 16, case id 16. Keyed hashes, never plaintext.
pub(crate) const TOKEN: u8 = 1;

/// The signed checkpoint of the frame before: the note.
pub(crate) const CHECKPOINT: u8 = 2;

/// The data key of a case, wrapped: case id 16, wrapped key 76. In the frame of the first private part of the case.
pub(crate) const DATA_KEY: u8 = 3;

/// A private part, sealed: position 8, record. In the frame of the entry at that position.
pub(crate) const PRIVATE: u8 = 4;

pub(crate) const TOKEN_LEN: usize = CaseToken::LEN + CaseId::LEN;

pub(crate) fn encode_token(token: CaseToken, case: CaseId) -> [u8; TOKEN_LEN] {
    let mut bytes = [0; TOKEN_LEN];
    let (left, right) = bytes.split_at_mut(CaseToken::LEN);
    left.copy_from_slice(token.as_ref());
    right.copy_from_slice(case.as_ref());
    bytes
}

/// None if the record has another length.
pub(crate) fn decode_token(bytes: &[u8]) -> Option<(CaseToken, CaseId)> {
    let (token, case) = bytes.split_at_checked(CaseToken::LEN)?;
    Some((
        CaseToken::try_from(token).ok()?,
        CaseId::try_from(case).ok()?,
    ))
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
    fn a_token_record_reads_back_and_has_one_length() {
        let (token, case) = (CaseToken::from_bytes([1; 16]), CaseId::from_bytes([2; 16]));
        let bytes = encode_token(token, case);
        assert_eq!(decode_token(&bytes), Some((token, case)));
        assert_eq!(decode_token(&bytes[1..]), None);
        assert_eq!(decode_token(&[&bytes[..], &[0]].concat()), None);
    }
}
