//! What is left in the memory of the process after a key was used: nothing.

use std::{
    fs,
    io::{Read as _, Seek as _, SeekFrom},
};

use caseledger_chain::Position;
use caseledger_vault::{Disk, Place, SystemRandom, open_part, seal_part};
use zeroize::{Zeroize as _, Zeroizing};

use crate::support::*;

/// So that what is searched for does not lie in memory itself.
const MASK: u8 = 0x5a;

/// The second half of a key, each byte with the mask. An allocator writes over the first bytes of what is freed, which
/// would hide the rest.
struct Masked([u8; 16]);

impl Masked {
    fn new(key: &[u8]) -> Self {
        assert_eq!(key.len(), 32);
        let mut masked = [0; 16];
        for (masked, byte) in masked.iter_mut().zip(&key[16..]) {
            *masked = byte ^ MASK;
        }
        Self(masked)
    }

    /// Whether the memory of this process that can be written has the bytes anywhere.
    fn is_in_memory(&self) -> bool {
        let maps = fs::read_to_string("/proc/self/maps").unwrap();
        let mut memory = fs::File::open("/proc/self/mem").unwrap();
        let mut found = false;
        for map in maps.lines().filter(|map| map.contains(" rw-p ")) {
            let (from, to) = map.split_once(' ').unwrap().0.split_once('-').unwrap();
            let from = u64::from_str_radix(from, 16).unwrap();
            let to = u64::from_str_radix(to, 16).unwrap();
            let mut bytes = vec![0; (to - from) as usize];
            memory.seek(SeekFrom::Start(from)).unwrap();
            // Other threads come and go, and their stacks with them.
            if memory.read_exact(&mut bytes).is_ok() {
                let first = self.0[0] ^ MASK;
                let mut windows = bytes.windows(16);
                found |= windows.any(|window| {
                    window[0] == first
                        && window
                            .iter()
                            .zip(&self.0)
                            .all(|(byte, masked)| byte ^ MASK == *masked)
                });
            }
            bytes.zeroize();
        }
        found
    }
}

#[test]
fn no_key_stays_in_memory_after_its_use_or_its_destruction() {
    let (_temporary, folder) = place();
    let mut vault = create(&folder, &Disk::default()).unwrap();
    let (key, wrapped) = vault.new_key(case(1)).unwrap();
    let data_key = Masked::new(key.expose());
    let file = Zeroizing::new(fs::read(folder.join("keyring-1")).unwrap());
    let key_encryption_key = Masked::new(&file[36..68]);
    drop(file);
    let place = Place {
        ledger: LEDGER,
        case: case(1),
        position: Position::new(1),
    };
    let record = seal_part(&key, &place, &[3; 32], b"a part", &SystemRandom).unwrap();
    assert!(data_key.is_in_memory());
    drop(key);
    assert!(!data_key.is_in_memory());
    let key = vault.unwrap(case(1), &wrapped).unwrap();
    open_part(&key, &place, &record).unwrap();
    assert!(data_key.is_in_memory());
    drop(key);
    assert!(!data_key.is_in_memory());
    assert!(key_encryption_key.is_in_memory());
    let rewrapped = vault.rewrap([(case(1), wrapped)], &cases(&[]), SIZE, &mut |_, _| ());
    assert_eq!(rewrapped.unwrap().keys.len(), 1);
    assert!(!data_key.is_in_memory());
    assert!(!key_encryption_key.is_in_memory());
}
