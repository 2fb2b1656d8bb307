//! A case as its court sees it: how far it is, and what is still open there. Functions of the state
//! alone.

use crate::date::Date;
use crate::id::{ChargeId, FilingId, OrderId};
use crate::state::{CaseState, ChargeState, Decision, Disposition, Seal};
use crate::vocabulary::{Severity, Vocabulary as _};

/// How far a charge is at its court. A later one stands for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Standing {
    /// Nothing was filed.
    NotFiled = 1,
    /// The filing was rejected.
    Rejected = 2,
    /// Filed.
    Filed = 3,
    /// Denied.
    Denied = 4,
    /// Granted, and not yet entered.
    Granted = 5,
    /// Entered on the docket.
    Entered = 6,
    /// Sealed.
    Sealed = 7,
}

/// What a court may have left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Relief was granted and no disposition is entered.
    OrderedNotEntered,
    /// Dismissed on the docket and not sealed.
    EnteredNotSealed,
    /// A filing was rejected and no other was made.
    RejectedNotRefiled,
}

/// The charges of a case for which something is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCharges {
    /// Which, at least one.
    pub charges: Vec<ChargeId>,
    /// The gravest severity among them; a grade that is not known is graver than none.
    pub severity: Severity,
    /// Since when the longest of them is open.
    pub since: Option<Date>,
    /// The order of the first of them that has one.
    pub order: Option<OrderId>,
    /// The filing of the first of them that has one.
    pub filing: Option<FilingId>,
}

impl ChargeState {
    /// How far the charge is at its court.
    pub fn standing(&self) -> Standing {
        if self.seal == Seal::Sealed {
            return Standing::Sealed;
        }
        if self.entered() {
            return Standing::Entered;
        }
        match self.decision {
            Decision::Granted => Standing::Granted,
            Decision::Denied => Standing::Denied,
            Decision::Filed | Decision::HearingSet => Standing::Filed,
            Decision::FilingRejected => Standing::Rejected,
            Decision::Identified
            | Decision::HandReview
            | Decision::Referred
            | Decision::Ineligible
            | Decision::Eligible
            | Decision::UnderReview
            | Decision::Approved
            | Decision::Challenged
            | Decision::FiledPending
            | Decision::Declined
            | Decision::Withdrawn
            | Decision::PriorRelief
            | Decision::NotFound
            | Decision::Destroyed
            | Decision::Duplicate
            | Decision::Voided => Standing::NotFiled,
        }
    }

    /// Whether this is open for the charge.
    fn is_open(&self, what: Open) -> bool {
        match what {
            Open::OrderedNotEntered => {
                self.decision == Decision::Granted && self.disposition == Disposition::Conviction
            }
            Open::EnteredNotSealed => {
                self.disposition == Disposition::Dismissed
                    && matches!(self.seal, Seal::Open | Seal::Ordered)
            }
            Open::RejectedNotRefiled => self.decision == Decision::FilingRejected,
        }
    }

    /// Since when, if it is open and a day is known.
    const fn open_since(&self, what: Open) -> Option<Date> {
        match what {
            Open::OrderedNotEntered | Open::RejectedNotRefiled => self.decision_on,
            Open::EnteredNotSealed => self.disposition_on,
        }
    }
}

impl CaseState {
    /// How far the case is at its court: the least of the charges that relief is about, or was
    /// denied; nothing was filed where there is none.
    pub fn standing(&self) -> Standing {
        let concerned = |charge: &&ChargeState| {
            charge.pursued()
                || (charge.charge.family.is_cannabis() && charge.decision == Decision::Denied)
        };
        let standings = self.charges.iter().filter(concerned);
        let standings = standings.map(ChargeState::standing);
        standings.min().unwrap_or(Standing::NotFiled)
    }

    /// The charges for which this is open, if there are any. Cases that do not count (duplicates,
    /// voided ones) have nothing open.
    pub fn open_at_court(&self, what: Open) -> Option<OpenCharges> {
        if !self.counted() {
            return None;
        }
        let mut found: Option<OpenCharges> = None;
        for charge in self.charges.iter().filter(|charge| charge.is_open(what)) {
            let since = charge.open_since(what);
            let order = match what {
                Open::EnteredNotSealed => charge.seal_order.or(charge.order),
                Open::OrderedNotEntered => charge.order,
                Open::RejectedNotRefiled => None,
            };
            let severity = charge.charge.severity;
            let open = found.get_or_insert_with(|| OpenCharges {
                charges: Vec::new(),
                severity,
                since,
                order,
                filing: charge.filing,
            });
            open.charges.push(charge.charge.id);
            // Numbers ascend from the gravest on.
            if severity.number() < open.severity.number() {
                open.severity = severity;
            }
            open.since = match (open.since, since) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            open.order = open.order.or(order);
            open.filing = open.filing.or(charge.filing);
        }
        found
    }
}
