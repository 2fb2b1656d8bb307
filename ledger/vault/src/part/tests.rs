use caseledger_chain::Position;
use proptest::prelude::*;

use super::*;
use crate::{fixtures::*, random::SystemRandom};

const SALT: [u8; SALT_LEN] = [0x33; SALT_LEN];
const PLAIN: &[u8] = b"a docket number";
const VECTOR: &str = concat!(
    "01",                                                               // version
    "404142434445464748494a4b4c4d4e4f5051525354555657",                 // nonce
    "e70a3643e3d34a25bcc7b48d9caf56a1a1899ef7206a60a95902ce763a3710a3", // salt
    "77d9660136f9e164dfdc812168bfa8",                                   // part
    "071d41fe55b4ad1bb523387ea2fa4fd9",                                 // tag
);

fn record() -> Vec<u8> {
    seal_part(&data_key(), &PLACE, &SALT, PLAIN, &Constant).unwrap()
}

#[test]
fn a_record_and_its_commitment_have_these_bytes_and_the_record_opens() {
    assert_eq!(hex::encode(record()), VECTOR);
    assert_eq!(record().len(), RECORD_OVERHEAD + PLAIN.len());
    let opened = open_part(&data_key(), &PLACE, &hex::decode(VECTOR).unwrap()).unwrap();
    assert_eq!(opened.plaintext(), PLAIN);
    let digest = "c9c3bcc078f7aff0567669635a05f8265000d647b8416acac156f8ddbd18e44d";
    assert_eq!(opened.commitment().to_string(), digest);
    assert_eq!(commitment(&SALT, PLAIN).to_string(), digest);
    assert_ne!(commitment(&[0x34; SALT_LEN], PLAIN).to_string(), digest);
}

#[test]
fn a_record_opens_at_its_own_place_and_with_its_own_key_only() {
    let record = record();
    let open = |place: Place| open_part(&data_key(), &place, &record).err();
    assert_eq!(open(PLACE), None);
    let ledger = Place {
        ledger: LedgerId::from_bytes([8; 16]),
        ..PLACE
    };
    assert_eq!(open(ledger), Some(OpenError::Refused { place: ledger }));
    let case = Place {
        case: VaultCase::from_bytes([2; 16]),
        ..PLACE
    };
    assert_eq!(open(case), Some(OpenError::Refused { place: case }));
    let position = Place {
        position: Position::new(10),
        ..PLACE
    };
    assert_eq!(open(position), Some(OpenError::Refused { place: position }));
    let key = DataKey::random(&SystemRandom).unwrap();
    assert_eq!(
        open_part(&key, &PLACE, &record).err(),
        Some(OpenError::Refused { place: PLACE })
    );
}

#[test]
fn a_record_of_which_a_byte_was_changed_does_not_open() {
    for (at, bytes) in flipped(&record()) {
        let expected = if at == 0 {
            Some(OpenError::Version { found: 0 })
        } else {
            Some(OpenError::Refused { place: PLACE })
        };
        assert_eq!(
            open_part(&data_key(), &PLACE, &bytes).err(),
            expected,
            "byte {at}"
        );
    }
}

/// Nobody can pass a record of a later version off as one of this version.
#[test]
fn the_version_is_authenticated() {
    let mut inner = [&SALT[..], PLAIN].concat();
    let associated = associated(&PLACE, 2);
    let tag = seal(data_key().secret(), &nonce(), &associated, &mut inner).unwrap();
    let record = [&[1][..], &nonce(), &inner, &tag].concat();
    assert_eq!(
        open_part(&data_key(), &PLACE, &record).err(),
        Some(OpenError::Refused { place: PLACE })
    );
}

#[test]
fn refuses_records_that_are_cut_short_or_too_long() {
    let record = record();
    for found in 0..RECORD_OVERHEAD {
        let length = Some(OpenError::Length { found });
        assert_eq!(
            open_part(&data_key(), &PLACE, &record[..found]).err(),
            length
        );
    }
    for found in RECORD_OVERHEAD..record.len() {
        let opened = open_part(&data_key(), &PLACE, &record[..found]);
        assert_eq!(opened.err(), Some(OpenError::Refused { place: PLACE }));
    }
    let found = PART_MAX + RECORD_OVERHEAD + 1;
    let opened = open_part(&data_key(), &PLACE, &vec![1; found]);
    assert_eq!(opened.err(), Some(OpenError::Length { found }));
}

#[test]
fn a_part_has_at_most_64_kib() {
    let longest = vec![0; PART_MAX];
    let record = seal_part(&data_key(), &PLACE, &SALT, &longest, &Constant).unwrap();
    let opened = open_part(&data_key(), &PLACE, &record).unwrap();
    assert_eq!(opened.plaintext(), longest);
    let refused = seal_part(
        &data_key(),
        &PLACE,
        &SALT,
        &vec![0; PART_MAX + 1],
        &Constant,
    );
    assert!(matches!(refused, Err(SealError::TooLong { found: 65_537 })));
}

#[test]
fn nothing_is_sealed_without_randomness_and_nothing_is_shown() {
    let refused = seal_part(&data_key(), &PLACE, &SALT, PLAIN, &Exhausted).unwrap_err();
    assert_eq!(refused.to_string(), "no random bytes: drawn dry");
    let opened = open_part(&data_key(), &PLACE, &record()).unwrap();
    assert_eq!(format!("{opened:?}"), "OpenedPart(not shown)");
    let error = OpenError::Refused { place: PLACE };
    assert_eq!(
        error.to_string(),
        "private record of case 01010101010101010101010101010101 at position 9 does not open: it was sealed under \
         another key or for another place, or is damaged, which cannot be told apart: run fsck, and restore it from a \
         backup"
    );
    assert_eq!(
        OpenError::Length { found: 3 }.to_string(),
        "private record has 3 bytes, expected 73 to 65609: restore it from a backup"
    );
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens_as_it_was_and_two_records_of_it_differ(
        part in prop::collection::vec(any::<u8>(), 0..2000),
        salt: [u8; SALT_LEN],
        case: [u8; 16],
        position: u64,
        at: prop::sample::Index,
        bit in 0..8,
    ) {
        let key = DataKey::random(&SystemRandom).unwrap();
        let place = Place {
            ledger: LEDGER,
            case: VaultCase::from_bytes(case),
            position: Position::new(position),
        };
        let seal = || seal_part(&key, &place, &salt, &part, &SystemRandom).unwrap();
        let mut record = seal();
        prop_assert_ne!(&record, &seal());
        let opened = open_part(&key, &place, &record).unwrap();
        prop_assert_eq!(opened.plaintext(), &part[..]);
        prop_assert_eq!(opened.commitment(), commitment(&salt, &part));
        let at = at.index(record.len());
        record[at] ^= 1_u8 << bit;
        prop_assert!(open_part(&key, &place, &record).is_err());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(open_part(&data_key(), &PLACE, &bytes).is_err());
    }
}
