//! Values numbered from 1 in the order of their first appearance; 0 stands for none.

use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use std::hash::RandomState;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A two-way table between values and small numbers.
///
/// The values stand once, in a list; the hash table holds only their numbers, 4 bytes a slot,
/// because a ledger of a million cases keeps two tables of a million random identifiers. Equality
/// and the stored form are those of the list, so the hash seed of a process shows nowhere.
#[derive(Clone)]
pub(super) struct Interner<T> {
    values: Vec<T>,
    /// Open addressing with linear probing: a power of two of slots, 0 is free, never full.
    slots: Vec<u32>,
    hasher: RandomState,
}

/// Fewest slots of a table that holds anything.
const SLOTS_MIN: usize = 8;

impl<T: Hash + Eq> Interner<T> {
    /// The number of a value, given to it now if it has none.
    ///
    /// There are never 2^32 distinct values: each one costs at least one entry of the ledger, and
    /// memory ends first.
    pub(super) fn code<Q>(&mut self, value: &Q) -> u32
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = T> + ?Sized,
    {
        // Above three quarters linear probing slows down.
        if (self.values.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        match self.probe(value) {
            Ok(code) => code,
            Err(free) => {
                self.values.push(value.to_owned());
                let code = self.values.len() as u32;
                if let Some(slot) = self.slots.get_mut(free) {
                    *slot = code;
                }
                code
            }
        }
    }

    /// The number of a value, if it has one.
    pub(super) fn find<Q>(&self, value: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if self.slots.is_empty() {
            return None;
        }
        self.probe(value).ok()
    }

    /// The number of the value, or the free slot where its number belongs.
    fn probe<Q>(&self, value: &Q) -> Result<u32, usize>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let mask = self.slots.len() - 1;
        let mut at = self.hasher.hash_one(value) as usize & mask;
        loop {
            let code = self.slots.get(at).copied().unwrap_or(0);
            match self.get(code) {
                None => return Err(at),
                Some(known) if known.borrow() == value => return Ok(code),
                Some(_) => at = (at + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let len = (self.slots.len() * 2).max(SLOTS_MIN);
        let mask = len - 1;
        let mut slots = vec![0_u32; len];
        for (value, code) in self.values.iter().zip(1..) {
            let mut at = self.hasher.hash_one(value) as usize & mask;
            while slots.get(at).is_some_and(|taken| *taken != 0) {
                at = (at + 1) & mask;
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = code;
            }
        }
        self.slots = slots;
    }
}

impl<T> Interner<T> {
    /// The value with that number.
    pub(super) fn get(&self, code: u32) -> Option<&T> {
        self.values.get((code as usize).wrapping_sub(1))
    }

    /// How many values there are: also the highest number.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The values, in order of their numbers.
    pub(super) fn iter(&self) -> core::slice::Iter<'_, T> {
        self.values.iter()
    }
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            slots: Vec::new(),
            hasher: RandomState::new(),
        }
    }
}

impl<T: PartialEq> PartialEq for Interner<T> {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl<T: Eq> Eq for Interner<T> {}

impl<T: fmt::Debug> fmt::Debug for Interner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.values.fmt(f)
    }
}

impl<T: Serialize> Serialize for Interner<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.values.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + Hash + Eq + Clone> Deserialize<'de> for Interner<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut interner = Self::default();
        for (value, code) in Vec::<T>::deserialize(deserializer)?.iter().zip(1..) {
            if interner.code(value) != code {
                return Err(Error::custom("a numbered value stands twice"));
            }
        }
        Ok(interner)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::value::{Error, SeqDeserializer};

    use super::*;

    #[test]
    fn numbers_values_in_order_of_appearance_and_finds_them_again() {
        let mut interner = Interner::default();
        for round in 0..2 {
            for value in 0..1000_u64 {
                let code = interner.code(&(value * 7919 % 1000));
                assert_eq!(u64::from(code), value + 1, "round {round}");
            }
        }
        assert_eq!(interner.len(), 1000);
        assert_eq!(interner.find(&7919_u64), None);
        assert_eq!(interner.find(&919), Some(2));
        assert_eq!((interner.get(2), interner.get(0)), (Some(&919), None));
        assert_eq!(Interner::<u64>::default().find(&1), None);
    }

    #[test]
    fn reads_its_values_back_under_the_same_numbers() {
        let read = |values: &[u32]| {
            let values = values.iter().copied();
            Interner::<u32>::deserialize(SeqDeserializer::<_, Error>::new(values))
        };
        let mut interner = Interner::default();
        for value in [30, 10, 20] {
            interner.code(&value);
        }
        let mut back = read(&[30, 10, 20]).unwrap();
        assert_eq!(back, interner);
        assert_eq!((back.code(&10), back.code(&40)), (2, 4));
        let twice = read(&[30, 10, 30]).unwrap_err();
        assert_eq!(twice.to_string(), "a numbered value stands twice");
    }
}
