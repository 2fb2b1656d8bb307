//! What a re-wrap keeps, drops and refuses, and what copies from before it open.

use std::fs;

use caseledger_chain::Size;
use caseledger_vault::{Disk, KeyError, RewrapError, Vault, VaultCase, VaultError, WrappedKey};
use proptest::prelude::*;

use crate::support::*;

#[test]
fn what_is_dropped_opens_nothing_and_everything_else_opens() {
    let scene = Scene::new();
    let mut vault = open(&scene.folder, &Disk::default()).unwrap().vault;
    let mut heard = Vec::new();
    let dropped = cases(&[2, 5, 99]);
    let done = vault
        .rewrap(scene.current.clone(), &dropped, SIZE, &mut |done, of| {
            heard.push((done, of));
        })
        .unwrap();
    assert_eq!(
        (done.generation, done.destroyed, done.dropped),
        (generation(3), generation(2), 2)
    );
    assert_eq!(heard, [(1, 4), (2, 4), (3, 4), (4, 4)]);
    let left = &scene.all() - &dropped;
    assert_eq!(scene.opened(&scene.folder), left);
    for (case, wrapped) in &done.keys {
        vault.unwrap(*case, wrapped).unwrap();
    }
    for (case, wrapped) in &scene.kept {
        let refused = vault.unwrap(*case, wrapped);
        assert!(matches!(
            refused,
            Err(VaultError::Key(KeyError::Missing { .. }))
        ));
    }
    // What is made now belongs to the new generation, and the table is what was answered.
    assert_eq!(
        vault.new_key(case(9)).unwrap().1.generation(),
        generation(3)
    );
    let opened = open(&scene.folder, &Disk::default()).unwrap();
    assert!(opened.finished.is_nothing());
    assert_eq!(opened.table.size(), SIZE);
    assert_eq!(opened.table.into_keys(), done.keys);
}

/// The limit of shredding, stated: journal, records, tables of all times open nothing, a copy of the key opens all.
#[test]
fn copies_from_before_open_what_was_dropped_only_with_a_copy_of_the_destroyed_key() {
    let scene = Scene::new();
    let (_temporary, before) = copy(&scene.folder);
    let mut vault = open(&scene.folder, &Disk::default()).unwrap().vault;
    vault
        .rewrap(scene.current.clone(), &cases(&[2, 5]), SIZE, &mut |_, _| ())
        .unwrap();
    assert_eq!(scene.opened(&before), scene.all());
    fs::rename(before.join("keyring-2"), scene.folder.join("elsewhere")).unwrap();
    assert!(scene.opened(&before).is_empty());
    // Nor with the key of today under the name of the old one, or its own.
    fs::copy(scene.folder.join("keyring-3"), before.join("keyring-3")).unwrap();
    fs::copy(scene.folder.join("keyring-3"), before.join("keyring-2")).unwrap();
    assert!(scene.opened(&before).is_empty());
}

#[test]
fn a_key_that_does_not_open_stops_a_rewrap_unless_it_is_dropped() {
    let scene = Scene::new();
    let mut vault = open(&scene.folder, &Disk::default()).unwrap().vault;
    let mut current = scene.current.clone();
    let mut bytes = current[1].1.to_bytes();
    bytes[30] ^= 1;
    current[1].1 = WrappedKey::from_bytes(&bytes).unwrap();
    let before = contents(&scene.folder);
    let mut rewrap =
        |drop: &[u8]| vault.rewrap(current.clone(), &cases(drop), SIZE, &mut |_, _| ());
    let refused = rewrap(&[3]).unwrap_err();
    assert!(matches!(
        refused,
        RewrapError::NotBegun(VaultError::Key(KeyError::Refused { case: of, .. })) if of == case(2)
    ));
    assert!(refused.to_string().starts_with(
        "nothing was re-wrapped, and no key destroyed: data key of case 02020202020202020202020202020202 does not open"
    ));
    assert_eq!(contents(&scene.folder), before);
    assert_eq!(rewrap(&[2]).unwrap().dropped, 1);
}

#[test]
fn keys_that_changed_places_do_not_open() {
    let scene = Scene::new();
    let vault = open(&scene.folder, &Disk::default()).unwrap().vault;
    let refused = vault.unwrap(case(1), &scene.current[1].1);
    assert!(matches!(
        refused,
        Err(VaultError::Key(KeyError::Refused { .. }))
    ));
}

#[test]
fn refuses_a_case_with_two_keys() {
    let scene = Scene::new();
    let mut vault = open(&scene.folder, &Disk::default()).unwrap().vault;
    let before = contents(&scene.folder);
    let mut current = scene.current.clone();
    current.push(current[0]);
    let refused = vault.rewrap(current, &cases(&[]), SIZE, &mut |_, _| ());
    assert!(matches!(
        refused,
        Err(RewrapError::NotBegun(VaultError::Twice { case: of })) if of == case(1)
    ));
    assert_eq!(contents(&scene.folder), before);
}

/// What the caller is told it has, through any number of re-wraps.
fn check_rounds(rounds: &[(Vec<u8>, Vec<u8>)]) {
    let (_temporary, folder) = place();
    let mut vault: Vault = create(&folder, &Disk::default()).unwrap();
    let mut expected: Vec<(VaultCase, [u8; 32])> = Vec::new();
    let mut current: Vec<(VaultCase, WrappedKey)> = Vec::new();
    for (round, (added, dropped)) in rounds.iter().enumerate() {
        for byte in added {
            if expected.iter().all(|(of, _)| *of != case(*byte)) {
                let (key, wrapped) = vault.new_key(case(*byte)).unwrap();
                expected.push((case(*byte), *key.expose()));
                current.push((case(*byte), wrapped));
            }
        }
        let drop = cases(dropped);
        let size = Size::new(round as u64);
        let done = vault.rewrap(current, &drop, size, &mut |_, _| ()).unwrap();
        expected.retain(|(case, _)| !drop.contains(case));
        expected.sort();
        let opened = open(&folder, &Disk::default()).unwrap();
        assert_eq!(opened.table.keys(), done.keys);
        assert_eq!(opened.table.size(), size);
        vault = opened.vault;
        let unwrapped: Vec<_> = done
            .keys
            .iter()
            .map(|(case, wrapped)| (*case, *vault.unwrap(*case, wrapped).unwrap().expose()))
            .collect();
        assert_eq!(unwrapped, expected);
        current = done.keys;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn keys_stay_the_same_through_any_number_of_rewraps(
        rounds in prop::collection::vec(
            (prop::collection::vec(1..12_u8, 0..8), prop::collection::vec(1..12_u8, 0..3)),
            0..4,
        )
    ) {
        check_rounds(&rounds);
    }
}
