//! The golden receipt, and everything that can be done to it.

use caseledger_chain::{
    Base64Error, CheckpointError, DecodeError, Position, ReceiptError, TlogProof, TlogProofError,
    VerifierKey, VerifyError, leaf_hash, verify_proof, verify_receipt,
};

use crate::golden::{self, data};

fn key() -> VerifierKey {
    VerifierKey::parse(data::VKEY).unwrap()
}

fn parsed() -> TlogProof {
    TlogProof::parse(data::RECEIPT_1).unwrap()
}

#[test]
fn verifies_the_golden_receipt() {
    let receipt = verify_receipt(data::RECEIPT_1, &key()).unwrap();
    assert_eq!(*receipt.header(), golden::headers()[1]);
    assert_eq!(receipt.body(), golden::BODIES[1]);
    assert_eq!(receipt.entry(), golden::entries()[1]);
    assert_eq!(receipt.chain_hash().to_string(), data::CHAIN_HASHES[1]);
    assert_eq!(receipt.checkpoint().root.to_string(), data::ROOT);
    assert_eq!(parsed().render(), data::RECEIPT_1);
}

#[test]
fn verifies_an_entry_with_a_proof_apart() {
    let entry = &golden::entries()[1];
    let apart = TlogProof {
        extra: None,
        ..parsed()
    }
    .render();
    let expected = verify_receipt(data::RECEIPT_1, &key()).unwrap();
    assert_eq!(verify_proof(entry, &apart, &key()), Ok(expected.clone()));
    assert_eq!(verify_proof(entry, data::RECEIPT_1, &key()), Ok(expected));
    assert_eq!(verify_receipt(&apart, &key()), Err(ReceiptError::NoEntry));
}

#[test]
fn every_changed_byte_fails() {
    let text = data::RECEIPT_1;
    let refused = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) => verify_receipt(text, &key()).is_err(),
        Err(_) => true,
    };
    for at in 0..text.len() {
        let mut bytes = text.as_bytes().to_vec();
        let replaced = (0..8)
            .map(|bit| bytes[at] ^ (1 << bit))
            .chain(*b"\n\r\t =A0+/");
        for byte in replaced
            .filter(|byte| *byte != text.as_bytes()[at])
            .collect::<Vec<u8>>()
        {
            bytes[at] = byte;
            assert!(refused(&bytes), "byte {at} replaced by {byte:#04x}");
        }
        bytes[at] = text.as_bytes()[at];
        for byte in *b"\n\r =A0" {
            bytes.insert(at, byte);
            assert!(refused(&bytes), "byte {byte:#04x} inserted at {at}");
            bytes.remove(at);
        }
        let removed = bytes.remove(at);
        assert!(refused(&bytes), "byte {removed:#04x} removed at {at}");
        assert!(refused(&bytes[..at]), "cut at {at}");
    }
}

#[test]
fn refuses_other_line_ends_and_trailing_text() {
    let crlf = data::RECEIPT_1.replace('\n', "\r\n");
    assert!(verify_receipt(&crlf, &key()).is_err());
    for tail in ["\n", "x\n", " ", "\0", "\u{2014} x y\n", data::RECEIPT_1] {
        assert!(
            verify_receipt(&format!("{}{tail}", data::RECEIPT_1), &key()).is_err(),
            "{tail:?}"
        );
    }
}

#[test]
fn refuses_a_checkpoint_of_another_log() {
    let other = caseledger_chain::SigningKey::from_seed("other.example".parse().unwrap(), &[1; 32]);
    let error = verify_receipt(data::RECEIPT_1, other.verifier()).unwrap_err();
    let ReceiptError::Checkpoint(CheckpointError::OtherLog { expected, found }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(
        (expected.as_str(), found.as_str()),
        ("other.example", "ledger.example/audit")
    );
}

#[test]
fn refuses_an_index_other_than_the_position() {
    let text = TlogProof {
        index: Position::new(0),
        ..parsed()
    }
    .render();
    let expected = ReceiptError::Position {
        entry: Position::new(1),
        proof: Position::new(0),
    };
    assert_eq!(verify_receipt(&text, &key()), Err(expected));
}

#[test]
fn refuses_another_entry_than_the_one_at_hand() {
    let entries = golden::entries();
    let expected = ReceiptError::OtherEntry {
        expected: leaf_hash(&entries[0]),
        found: leaf_hash(&entries[1]),
    };
    assert_eq!(
        verify_proof(&entries[0], data::RECEIPT_1, &key()),
        Err(expected)
    );
}

#[test]
fn refuses_an_entry_that_the_checkpoint_does_not_cover() {
    let mut entry = golden::entries()[1].clone();
    *entry.last_mut().unwrap() ^= 1;
    let text = TlogProof {
        extra: Some(entry),
        ..parsed()
    }
    .render();
    let error = verify_receipt(&text, &key()).unwrap_err();
    let ReceiptError::Inclusion(VerifyError::Root { expected, found }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(expected.to_string(), data::ROOT);
    assert_ne!(expected, found);
}

#[test]
fn says_which_piece_is_malformed() {
    let with_extra = |extra: &[u8]| {
        TlogProof {
            extra: Some(extra.to_vec()),
            ..parsed()
        }
        .render()
    };
    assert_eq!(
        verify_receipt(&with_extra(b"CLE"), &key()),
        Err(ReceiptError::Entry(DecodeError::HeaderTooShort {
            found: 3
        }))
    );
    assert_eq!(
        verify_receipt(&data::RECEIPT_1.replace("@v1", "@v2"), &key()),
        Err(ReceiptError::Proof(TlogProofError::Header))
    );
    assert_eq!(
        verify_receipt(&data::RECEIPT_1.replace("index 1", "index 01"), &key()),
        Err(ReceiptError::Proof(TlogProofError::Index))
    );
    assert_eq!(
        verify_receipt(&data::RECEIPT_1.replace("SAWQ=", "SAWR="), &key()),
        Err(ReceiptError::Proof(TlogProofError::Extra(
            Base64Error::TrailingBits { offset: 322 }
        )))
    );
}

/// A receipt with a cosignature verifies for someone who does not know the witness.
#[test]
fn ignores_the_line_of_an_unknown_witness() {
    let witness =
        caseledger_chain::CosigningKey::from_seed("witness.example/w1".parse().unwrap(), &[2; 32]);
    let text = parsed().checkpoint.split_once("\n\n").unwrap().0.to_owned() + "\n";
    let cosigned = data::RECEIPT_1.to_owned() + &witness.cosign(&text, 1).unwrap();
    assert!(verify_receipt(&cosigned, &key()).is_ok());
}
