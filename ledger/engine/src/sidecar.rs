//! Records beside the entries of a frame: what recovery needs and no entry may say.

use caseledger_domain::{CaseId, CaseToken};

/// Which case a look-up token stands for: token 16, case id 16. Keyed hashes, never plaintext.
pub(crate) const TOKEN: u8 = 1;

/// The signed checkpoint of the frame before: the note.
pub(crate) const CHECKPOINT: u8 = 2;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_record_reads_back_and_has_one_length() {
        let (token, case) = (CaseToken::from_bytes([1; 16]), CaseId::from_bytes([2; 16]));
        let bytes = encode_token(token, case);
        assert_eq!(decode_token(&bytes), Some((token, case)));
        assert_eq!(decode_token(&bytes[1..]), None);
        assert_eq!(decode_token(&[&bytes[..], &[0]].concat()), None);
    }
}
