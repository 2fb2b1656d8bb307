//! What the tracks add up to: the public phase, the exits, and the roll-up of a case.
//!
//! Nothing here is stored. The phase is the highest *fact*: announced is not approved, ordered is
//! not entered, and a redesignated charge was neither dismissed nor sealed by its redesignation.

use crate::date::Date;
use crate::state::{CaseState, ChargeState, Decision, Disposition, Exit, Phase, Repository, Seal};
use crate::vocabulary::Remedy;

impl ChargeState {
    /// The public phase: the highest fact satisfied.
    pub fn phase(&self) -> Phase {
        if self.seal == Seal::Sealed {
            return Phase::Sealed;
        }
        if self.disposition == Disposition::Dismissed {
            return Phase::Dismissed;
        }
        // An exit keeps the phase that was reached before it.
        let reached = match self.exit() {
            Some(_) => self.decision_before.unwrap_or(self.decision),
            None => self.decision,
        };
        match reached {
            Decision::Filed | Decision::HearingSet => Phase::Filed,
            // The court may act on its own duty: granted without a filing skips FILED.
            Decision::Granted if self.filing.is_some() => Phase::Filed,
            Decision::Granted
            | Decision::Approved
            | Decision::FiledPending
            | Decision::FilingRejected => Phase::Approved,
            Decision::Eligible | Decision::UnderReview => Phase::Eligible,
            Decision::Identified
            | Decision::HandReview
            | Decision::Referred
            | Decision::Ineligible
            | Decision::Challenged
            | Decision::Denied
            | Decision::Declined
            | Decision::Withdrawn
            | Decision::PriorRelief
            | Decision::NotFound
            | Decision::Destroyed
            | Decision::Duplicate
            | Decision::Voided => Phase::Identified,
        }
    }

    /// How the charge left the way to relief, if it did.
    pub fn exit(&self) -> Option<Exit> {
        match self.decision {
            Decision::Ineligible => Some(Exit::Ineligible),
            Decision::Challenged => Some(Exit::Challenged),
            Decision::Denied => Some(Exit::Denied),
            Decision::Declined => Some(Exit::Declined),
            Decision::Withdrawn => Some(Exit::Withdrawn),
            Decision::PriorRelief => Some(Exit::PriorRelief),
            Decision::NotFound => Some(Exit::NotFound),
            Decision::Destroyed => Some(Exit::Destroyed),
            Decision::Duplicate => Some(Exit::Duplicate),
            Decision::Voided => Some(Exit::Voided),
            Decision::Identified
            | Decision::HandReview
            | Decision::Referred
            | Decision::Eligible
            | Decision::UnderReview
            | Decision::Approved
            | Decision::FiledPending
            | Decision::FilingRejected
            | Decision::Filed
            | Decision::HearingSet
            | Decision::Granted => None,
        }
    }

    /// The remedy in force, from the determination.
    pub fn remedy(&self) -> Option<Remedy> {
        self.determined.and_then(|determined| determined.remedy)
    }

    /// Whether any relief was entered on the docket by that day.
    pub(crate) fn entered_by(&self, day: Date) -> bool {
        self.entered_since.is_some_and(|since| since <= day)
    }

    /// Whether relief is on the court's docket.
    pub fn entered(&self) -> bool {
        match self.disposition {
            Disposition::Dismissed | Disposition::Redesignated | Disposition::Resentenced => true,
            Disposition::Conviction | Disposition::NotFound | Disposition::Destroyed => false,
        }
    }

    /// Whether nothing remains to be done: dismissed, sealed and updated at the repository; for a
    /// redesignation or resentencing, entered and updated.
    pub fn complete(&self) -> bool {
        let updated = self.repository == Repository::Updated;
        match self.disposition {
            Disposition::Dismissed => updated && self.seal == Seal::Sealed,
            Disposition::Redesignated | Disposition::Resentenced => updated,
            Disposition::Conviction | Disposition::NotFound | Disposition::Destroyed => false,
        }
    }

    /// Whether the charge is one that relief is about and that is still on its way or done:
    /// a cannabis charge without an exit, or with relief on the docket whatever came after.
    pub fn pursued(&self) -> bool {
        self.charge.family.is_cannabis() && (self.entered() || self.exit().is_none())
    }
}

impl CaseState {
    /// The phase of the case: the lowest among its pursued charges; none if no charge is pursued.
    pub fn phase(&self) -> Option<Phase> {
        self.pursued().map(ChargeState::phase).min()
    }

    /// The highest phase among its pursued charges.
    pub fn any_phase(&self) -> Option<Phase> {
        self.pursued().map(ChargeState::phase).max()
    }

    /// Why the case is not pursued: the exit of its first cannabis charge, when none is pursued.
    pub fn exit(&self) -> Option<Exit> {
        if self.pursued().next().is_some() {
            return None;
        }
        self.charges
            .iter()
            .filter(|state| state.charge.family.is_cannabis())
            .chain(&self.charges)
            .find_map(ChargeState::exit)
    }

    /// Whether the case counts in totals: identified, not a duplicate and not voided.
    pub fn counted(&self) -> bool {
        self.identity.is_some()
            && self.duplicate_of.is_none()
            && !self
                .charges
                .iter()
                .all(|state| state.decision == Decision::Voided)
    }

    /// Whether every pursued charge has its relief on the docket.
    pub fn all_relieved(&self) -> bool {
        self.pursued().next().is_some() && self.pursued().all(ChargeState::entered)
    }

    /// Whether convictions remain that relief is not about, so that the file cannot be sealed
    /// whole.
    pub fn other_convictions_remain(&self) -> bool {
        self.charges.iter().any(|state| {
            !state.charge.family.is_cannabis() && state.disposition == Disposition::Conviction
        })
    }

    /// Whether nothing remains to be done for any pursued charge.
    pub fn complete(&self) -> bool {
        self.pursued().next().is_some() && self.pursued().all(ChargeState::complete)
    }

    fn pursued(&self) -> impl Iterator<Item = &ChargeState> {
        self.charges.iter().filter(|state| state.pursued())
    }
}
