use proptest::prelude::*;

use super::*;
use crate::{fixtures::*, key::WrappedKey};

const VECTOR: &str = concat!(
    "636173656c65646765722064656b00",   // "caseledger dek\0"
    "01",                               // version
    "07070707070707070707070707070707", // ledger
    "00000003",                         // generation
    "1122334455667788",                 // size
    "00000001",                         // count
    "00000003404142434445464748494a4b4c4d4e4f5051525354555657",
    "7eba455521750d5815fb10324433e3e06af02a640b057fa27601cee13e2dbf90",
    "abdb5ad0920c23734b83b3f01d88dc2e", // probe
    "01010101010101010101010101010101", // case
    "00000003404142434445464748494a4b4c4d4e4f5051525354555657",
    "7eba455521750d5815fb10324433e3e06af02a640b057fa27601cee13e2dbf90",
    "ce0531fe4692e01337414a6ad32247a3", // its key
    "edb6a1b0",                         // checksum
);

fn wrapped(case: VaultCase, of: Generation) -> WrappedKey {
    WrappedKey::seal(&kek(0x5a), of, LEDGER, case, &data_key(), nonce()).unwrap()
}

fn table(cases: &[u8]) -> Table {
    let keys = cases.iter().map(|byte| VaultCase::from_bytes([*byte; 16]));
    Table {
        generation: generation(3),
        size: Size::new(0x1122_3344_5566_7788),
        probe: wrapped(PROBE, generation(3)),
        keys: keys
            .map(|case| (case, wrapped(case, generation(3))))
            .collect(),
    }
}

/// The bytes with the checksum that they should have.
fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    let covered = bytes.len() - 4;
    let checksum = crc32c::crc32c(&bytes[..covered]);
    bytes[covered..].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

#[test]
fn a_table_has_these_bytes_and_is_read() {
    assert_eq!(hex::encode(table(&[1]).encode(LEDGER)), VECTOR);
    let read = Table::decode(&hex::decode(VECTOR).unwrap(), LEDGER).unwrap();
    assert_eq!(read, table(&[1]));
    assert_eq!(read.generation(), generation(3));
    assert_eq!(read.keys(), table(&[1]).into_keys());
}

#[test]
fn refuses_a_table_of_which_a_byte_was_changed() {
    for (at, bytes) in flipped(&table(&[1, 2]).encode(LEDGER)) {
        assert!(Table::decode(&bytes, LEDGER).is_err(), "byte {at}");
    }
}

#[test]
fn refuses_a_table_that_is_cut_short_or_goes_on() {
    let bytes = table(&[1, 2]).encode(LEDGER);
    for len in 0..bytes.len() {
        assert!(Table::decode(&bytes[..len], LEDGER).is_err(), "{len} bytes");
    }
    let longer = summed([&bytes[..], &[0]].concat());
    let length = TableFault::Length {
        expected: bytes.len(),
        found: bytes.len() + 1,
    };
    assert_eq!(Table::decode(&longer, LEDGER), Err(length));
}

#[test]
fn refuses_a_table_of_another_ledger_by_name() {
    let other = LedgerId::from_bytes([8; 16]);
    let fault = TableFault::OtherLedger {
        expected: other,
        found: LEDGER,
    };
    assert_eq!(
        Table::decode(&table(&[1]).encode(LEDGER), other),
        Err(fault)
    );
    assert_eq!(
        fault.to_string(),
        format!("it belongs to ledger {LEDGER}, expected {other}")
    );
}

#[test]
fn refuses_keys_out_of_order_or_of_another_generation() {
    for cases in [[2, 1], [1, 1]] {
        let bytes = table(&cases).encode(LEDGER);
        assert_eq!(
            Table::decode(&bytes, LEDGER),
            Err(TableFault::Order { index: 1 })
        );
    }
    let mut mixed = table(&[1, 2]);
    mixed.keys[1].1 = wrapped(mixed.keys[1].0, generation(2));
    let fault = TableFault::Generation {
        expected: generation(3),
        found: generation(2),
        index: 1,
    };
    assert_eq!(Table::decode(&mixed.encode(LEDGER), LEDGER), Err(fault));
    let mut mixed = table(&[1]);
    mixed.probe = wrapped(PROBE, generation(4));
    let fault = TableFault::Generation {
        expected: generation(3),
        found: generation(4),
        index: 1,
    };
    assert_eq!(Table::decode(&mixed.encode(LEDGER), LEDGER), Err(fault));
    let mut zero = table(&[]).encode(LEDGER);
    zero[32..36].fill(0);
    let fault = TableFault::Key {
        index: 0,
        fault: WrappedKeyError::Generation,
    };
    assert_eq!(Table::decode(&summed(zero), LEDGER), Err(fault));
}

#[test]
fn refuses_a_number_of_keys_that_no_vault_has_before_making_room_for_them() {
    let mut bytes = table(&[]).encode(LEDGER);
    bytes[44..48].fill(0xff);
    assert_eq!(
        Table::decode(&summed(bytes.clone()), LEDGER),
        Err(TableFault::TooMany {
            found: u32::MAX as usize
        })
    );
    bytes[44..48].copy_from_slice(&(KEYS_MAX as u32).to_be_bytes());
    assert_eq!(
        Table::decode(&summed(bytes), LEDGER),
        Err(TableFault::Length {
            expected: TABLE_MAX as usize,
            found: HEADER_LEN + 4
        })
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(rest in prop::collection::vec(any::<u8>(), 0..400), version in 0..3_u8) {
        let bytes = [&MAGIC[..], &[version], &rest].concat();
        prop_assert!(Table::decode(&bytes, LEDGER).is_err());
    }
}
