use caseledger_chain::LedgerId;

use super::*;
use crate::fixtures::*;

const VECTOR: &str = concat!(
    "00000003",                                                         // generation
    "404142434445464748494a4b4c4d4e4f5051525354555657",                 // nonce
    "7eba455521750d5815fb10324433e3e06af02a640b057fa27601cee13e2dbf90", // key
    "ce0531fe4692e01337414a6ad32247a3",                                 // tag
);

fn wrapped() -> WrappedKey {
    WrappedKey::seal(
        &kek(0x5a),
        generation(3),
        LEDGER,
        CASE,
        &data_key(),
        nonce(),
    )
    .unwrap()
}

#[test]
fn a_wrapped_key_has_these_bytes_and_opens() {
    let key = wrapped();
    assert_eq!(hex::encode(key.to_bytes()), VECTOR);
    let read = WrappedKey::from_bytes(&hex::decode(VECTOR).unwrap()).unwrap();
    assert_eq!(read, key);
    assert_eq!(read.generation(), generation(3));
    let opened = read.open(&kek(0x5a), LEDGER, CASE).unwrap();
    assert_eq!(opened.expose(), data_key().expose());
}

#[test]
fn a_wrapped_key_opens_with_its_own_key_case_and_ledger_only() {
    let key = wrapped();
    assert_eq!(key.open(&kek(0x5b), LEDGER, CASE).err(), Some(Refused));
    let other = VaultCase::from_bytes([2; 16]);
    assert_eq!(key.open(&kek(0x5a), LEDGER, other).err(), Some(Refused));
    let other = LedgerId::from_bytes([8; 16]);
    assert_eq!(key.open(&kek(0x5a), other, CASE).err(), Some(Refused));
}

#[test]
fn a_wrapped_key_of_which_a_byte_was_changed_does_not_open() {
    // The first four are the generation: with another one it does not open under the same key either.
    for (at, bytes) in flipped(&wrapped().to_bytes()) {
        let opened = WrappedKey::from_bytes(&bytes).map(|key| key.open(&kek(0x5a), LEDGER, CASE));
        assert!(!matches!(opened, Ok(Ok(_))), "byte {at}");
    }
}

#[test]
fn refuses_wrapped_keys_of_another_length_or_generation_0() {
    let bytes = wrapped().to_bytes();
    for found in 0..bytes.len() {
        let length = Err(WrappedKeyError::Length { found });
        assert_eq!(WrappedKey::from_bytes(&bytes[..found]), length);
    }
    let longer = [&bytes[..], &[0]].concat();
    let length = Err(WrappedKeyError::Length { found: 77 });
    assert_eq!(WrappedKey::from_bytes(&longer), length);
    let mut zero = bytes;
    zero[..4].fill(0);
    assert_eq!(
        WrappedKey::from_bytes(&zero),
        Err(WrappedKeyError::Generation)
    );
}

#[test]
fn keys_show_nothing() {
    assert_eq!(format!("{:?}", data_key()), "DataKey(not shown)");
    assert_eq!(
        format!("{:?}", wrapped()),
        "WrappedKey { generation: Generation(3), .. }"
    );
}

#[test]
fn generations_count_from_1_and_end() {
    assert_eq!(Generation::new(0), None);
    assert_eq!(Generation::FIRST.next(), Generation::new(2));
    assert_eq!(generation(u32::MAX).next(), None);
    assert_eq!(
        VaultCase::from_bytes(std::array::from_fn(|at| at as u8)).to_string(),
        "000102030405060708090a0b0c0d0e0f"
    );
}
