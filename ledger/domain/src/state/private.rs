//! What of a case is open, restricted, or destroyed.

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::event::Charges;
use crate::state::{CaseState, ChargeState, Decision, Disposition, Seal};
use crate::vocabulary::{SealExtent, ShredBasis, Tombstone};

/// Whether the private parts of a case are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrivateState {
    /// Nothing was destroyed; perhaps none was ever given.
    #[default]
    Open,
    /// They are to be destroyed, and none is read or kept from here on.
    ShredOrdered {
        /// Business date of the order.
        on: Date,
        /// Revision of the order.
        revision: u64,
        /// Under what authority.
        basis: ShredBasis,
        /// What stays of the key of the case.
        tombstone: Tombstone,
    },
    /// Nothing opens them any more.
    Shredded {
        /// Business date of the destruction.
        on: Date,
        /// Revision of the confirmation.
        revision: u64,
        /// Revision of the order.
        ordered: u64,
        /// What stays of the key of the case.
        tombstone: Tombstone,
    },
}

impl PrivateState {
    /// The revision that ordered the destruction, if one did.
    pub const fn ordered(&self) -> Option<u64> {
        match self {
            Self::Open => None,
            Self::ShredOrdered { revision, .. } => Some(*revision),
            Self::Shredded { ordered, .. } => Some(*ordered),
        }
    }

    /// Whether on this day the case is not to be known by its docket key any more: its private parts are destroyed, and it
    /// was ordered that nothing stays of the key, or these days are over since; 0 for never.
    pub fn is_forgotten(&self, after_days: u16, today: Date) -> bool {
        match self {
            Self::Open | Self::ShredOrdered { .. } => false,
            Self::Shredded { tombstone, on, .. } => match tombstone {
                Tombstone::Forgotten => true,
                Tombstone::Kept => {
                    after_days > 0 && today.days() >= on.days() + i64::from(after_days)
                }
            },
        }
    }

    /// Whether nothing private of the case is kept any more. A private part that an entry has a commitment to and
    /// that is missing is explained by this and by nothing else.
    pub const fn is_given_up(&self) -> bool {
        match self {
            Self::Open => false,
            Self::ShredOrdered { .. } | Self::Shredded { .. } => true,
        }
    }
}

/// How much of a case is restricted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Restriction {
    /// Nothing is sealed.
    None,
    /// These charges are sealed inside an open file.
    Charges(Charges),
    /// The file is sealed, or its private parts are given up.
    Whole,
}

impl Restriction {
    /// Whether a private part is restricted that came with an event about these charges, none for the case as a whole:
    /// inside an open file, what is about sealed charges and no other.
    pub fn covers(&self, charges: &Charges) -> bool {
        match self {
            Self::None => false,
            Self::Whole => true,
            Self::Charges(sealed) => {
                let mut of = charges.as_slice().iter();
                !charges.is_empty() && of.all(|id| sealed.contains(*id))
            }
        }
    }
}

impl CaseState {
    /// What of the case only some may see, and only with a purpose. Sealing restricts, unsealing opens again; what was
    /// ordered to be destroyed stays restricted for good.
    pub fn restriction(&self) -> Restriction {
        let sealed = self.sealed();
        let by_file = |charge: &ChargeState| {
            charge.seal == Seal::Sealed && charge.extent == Some(SealExtent::File)
        };
        // The seal of a file covers charges that are found in it later, and is not undone by them.
        if self.private.is_given_up() || self.charges.iter().any(by_file) {
            return Restriction::Whole;
        }
        if sealed.is_empty() {
            return Restriction::None;
        }
        if self.standing_charges().all(ChargeState::is_sealed) {
            return Restriction::Whole;
        }
        Restriction::Charges(sealed)
    }

    /// The charges that are sealed.
    pub fn sealed(&self) -> Charges {
        let sealed = self.charges.iter().filter(|charge| charge.is_sealed());
        Charges::new(sealed.map(|charge| charge.charge.id).collect())
    }

    /// The charges that were not entered in error.
    pub(crate) fn standing_charges(&self) -> impl Iterator<Item = &ChargeState> {
        let charges = self.charges.iter();
        charges.filter(|charge| charge.decision != Decision::Voided)
    }

    /// The day of the newest sealing.
    pub fn sealed_on(&self) -> Option<Date> {
        let sealed = self.charges.iter().filter(|charge| charge.is_sealed());
        sealed.filter_map(|charge| charge.seal_on).max()
    }
}

impl ChargeState {
    /// Whether it is sealed.
    pub fn is_sealed(&self) -> bool {
        self.seal == Seal::Sealed
    }

    /// Whether the court's record of it is destroyed.
    pub(crate) fn is_destroyed(&self) -> bool {
        self.disposition == Disposition::Destroyed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shredded_case_is_forgotten_as_ordered_or_when_its_days_are_over() {
        let on = Date::from_yyyymmdd(20_200_228).unwrap();
        let day = |number| Date::from_yyyymmdd(number).unwrap();
        let shredded = |tombstone| PrivateState::Shredded {
            on,
            revision: 2,
            ordered: 1,
            tombstone,
        };
        let (kept, forgotten) = (shredded(Tombstone::Kept), shredded(Tombstone::Forgotten));
        assert!(forgotten.is_forgotten(0, on));
        assert!(!kept.is_forgotten(0, Date::MAX));
        assert!(!kept.is_forgotten(2, day(20_200_229)));
        assert!(kept.is_forgotten(2, day(20_200_301)));
        // What is not destroyed yet is known.
        let ordered = PrivateState::ShredOrdered {
            on,
            revision: 1,
            basis: ShredBasis::Custodian,
            tombstone: Tombstone::Forgotten,
        };
        assert!(!ordered.is_forgotten(1, Date::MAX));
        assert!(!PrivateState::Open.is_forgotten(1, Date::MAX));
    }
}
