//! The identifiers of a fact that a poster may leave to the ledger.

use crate::pb::event::v1::fact::Kind;

/// Where a fact has identifiers that a reference can fill.
#[derive(Default)]
pub(crate) struct Slots<'a> {
    pub(crate) person: Option<&'a mut Vec<u8>>,
    pub(crate) order: Option<&'a mut Vec<u8>>,
    pub(crate) vacated: Option<&'a mut Vec<u8>>,
    pub(crate) filing: Option<&'a mut Vec<u8>>,
    pub(crate) canonical: Option<&'a mut Vec<u8>>,
}

/// Where the identifiers of that fact are.
pub(crate) fn slots(kind: &mut Kind) -> Slots<'_> {
    let mut slots = Slots::default();
    match kind {
        Kind::CaseIdentified(fact) => slots.person = Some(&mut fact.person),
        Kind::PersonLinked(fact) => slots.person = Some(&mut fact.person),
        Kind::PersonUnlinked(fact) => slots.person = Some(&mut fact.person),
        Kind::ChallengeSustained(fact) => slots.order = Some(&mut fact.order),
        Kind::ChallengeOverruled(fact) => slots.order = Some(&mut fact.order),
        Kind::ReliefGranted(fact) => slots.order = Some(&mut fact.order),
        Kind::ReliefDenied(fact) => slots.order = Some(&mut fact.order),
        Kind::OrderApplied(fact) => slots.order = Some(&mut fact.order),
        Kind::DispositionEntered(fact) => slots.order = Some(&mut fact.order),
        Kind::SealingOrdered(fact) => slots.order = Some(&mut fact.order),
        Kind::SealingExecuted(fact) => slots.order = Some(&mut fact.order),
        Kind::ReliefReversed(fact) => slots.order = Some(&mut fact.order),
        Kind::Unsealed(fact) => slots.order = Some(&mut fact.order),
        Kind::OrderSetAside(fact) => slots.order = Some(&mut fact.by),
        Kind::OrderVacated(fact) => {
            slots.order = Some(&mut fact.order);
            slots.vacated = Some(&mut fact.vacated);
        }
        Kind::FilingSubmitted(fact) => slots.filing = Some(&mut fact.filing),
        Kind::ListDelivered(fact) => slots.filing = Some(&mut fact.filing),
        Kind::FilingReceived(fact) => slots.filing = Some(&mut fact.filing),
        Kind::FilingAccepted(fact) => slots.filing = Some(&mut fact.filing),
        Kind::FilingPartiallyAccepted(fact) => slots.filing = Some(&mut fact.filing),
        Kind::FilingRejected(fact) => slots.filing = Some(&mut fact.filing),
        Kind::FilingWithdrawn(fact) => slots.filing = Some(&mut fact.filing),
        Kind::DuplicateLinked(fact) => slots.canonical = Some(&mut fact.canonical),
        // A replacement refers to things like the fact that it replaces.
        Kind::FactCorrected(fact) => {
            if let Some(kind) = fact
                .replacement
                .as_mut()
                .and_then(|fact| fact.kind.as_mut())
            {
                return self::slots(kind);
            }
        }
        _ => {}
    }
    slots
}
