//! The vault over key-encryption keys that are kept elsewhere, by something that can be away.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use caseledger_vault::{
    DataKey, Disk, Generation, KeyEncryption, KeyError, Means, RewrapError, SystemRandom, Vault,
    VaultCase, VaultError, WrappedKey,
};

use crate::support::*;

/// A service: it keeps the keys, hands none out, and may be away when asked to destroy one.
#[derive(Clone, Debug, Default)]
struct Service(Arc<State>);

/// A data key by its place in the list, which is all that a wrapped key says.
#[derive(Debug)]
struct Held {
    case: VaultCase,
    key: [u8; 32],
}

#[derive(Debug, Default)]
struct State {
    keys: Mutex<BTreeMap<Generation, Vec<Held>>>,
    away: AtomicBool,
}

impl Service {
    fn vault_means(&self) -> Means {
        Means {
            keys: Box::new(self.clone()),
            random: Arc::new(SystemRandom),
            disk: Disk::default(),
        }
    }
}

impl KeyEncryption for Service {
    fn generations(&self) -> Result<Vec<Generation>, KeyError> {
        Ok(self.0.keys.lock().unwrap().keys().copied().collect())
    }

    fn create(&mut self, generation: Generation) -> Result<(), KeyError> {
        self.0
            .keys
            .lock()
            .unwrap()
            .insert(generation, Vec::new())
            .map_or(Ok(()), |_| Err(KeyError::Exists { generation }))
    }

    fn destroy(&mut self, generation: Generation) -> Result<(), KeyError> {
        let mut keys = self.0.keys.lock().unwrap();
        if keys.contains_key(&generation) && self.0.away.load(Ordering::Relaxed) {
            return Err(KeyError::Service {
                op: "destroy",
                generation,
                source: "no answer".into(),
            });
        }
        keys.remove(&generation);
        Ok(())
    }

    fn wrap(
        &self,
        generation: Generation,
        case: VaultCase,
        key: &DataKey,
    ) -> Result<WrappedKey, KeyError> {
        let mut keys = self.0.keys.lock().unwrap();
        let held = keys
            .get_mut(&generation)
            .ok_or(KeyError::Missing { generation })?;
        let mut bytes = [0; WrappedKey::LEN];
        bytes[..4].copy_from_slice(&generation.get().to_be_bytes());
        bytes[4..12].copy_from_slice(&(held.len() as u64).to_be_bytes());
        held.push(Held {
            case,
            key: *key.expose(),
        });
        Ok(WrappedKey::from_bytes(&bytes).unwrap())
    }

    fn unwrap(&self, case: VaultCase, wrapped: &WrappedKey) -> Result<DataKey, KeyError> {
        let generation = wrapped.generation();
        let keys = self.0.keys.lock().unwrap();
        let held = keys
            .get(&generation)
            .ok_or(KeyError::Missing { generation })?;
        let index = u64::from_be_bytes(wrapped.to_bytes()[4..12].try_into().unwrap());
        match held.get(index as usize) {
            Some(held) if held.case == case => DataKey::filled(|bytes| {
                *bytes = held.key;
                Ok(())
            }),
            _ => Err(KeyError::Refused { case, generation }),
        }
    }
}

#[test]
fn a_service_that_is_away_when_a_key_is_to_be_destroyed_is_asked_again_on_opening() {
    let (_temporary, folder) = place();
    let service = Service::default();
    let mut vault = Vault::create(&folder, LEDGER, service.vault_means()).unwrap();
    let (key, kept) = vault.new_key(case(1)).unwrap();
    let (_, dropped) = vault.new_key(case(2)).unwrap();
    assert_eq!(listed(&folder), ["datakeys"], "no key came out");

    service.0.away.store(true, Ordering::Relaxed);
    let current = [(case(1), kept), (case(2), dropped)];
    let stopped = vault.rewrap(current, &cases(&[2]), SIZE, &mut |_, _| ());
    assert_eq!(
        stopped.unwrap_err().to_string(),
        "the re-wrap stopped half-way: open the vault again, which finishes or undoes it: cannot destroy the \
         key-encryption key of generation 1"
    );
    let again = vault.rewrap([], &cases(&[]), SIZE, &mut |_, _| ());
    assert!(matches!(
        again,
        Err(RewrapError::NotBegun(VaultError::Stopped))
    ));
    // As long as it is away, the vault stays shut: what was ordered to be shredded can still be opened.
    let opened = Vault::open(&folder, LEDGER, service.vault_means(), None);
    assert!(matches!(
        opened,
        Err(VaultError::Key(KeyError::Service { .. }))
    ));

    service.0.away.store(false, Ordering::Relaxed);
    let opened = Vault::open(&folder, LEDGER, service.vault_means(), None).unwrap();
    assert_eq!(opened.finished.destroyed, [generation(1)]);
    let keys = opened.table.into_keys();
    assert_eq!(keys.len(), 1);
    let unwrapped = opened.vault.unwrap(case(1), &keys[0].1).unwrap();
    assert_eq!(unwrapped.expose(), key.expose());
    assert!(opened.vault.unwrap(case(2), &dropped).is_err());
}
