//! References fill the identifiers that a fact leaves empty, before the fact is read.

use caseledger_domain::{CaseToken, FactKind, FilingId, OrderId, PersonRef};

use super::key::{take_case_key, take_filing, take_order, take_person};
use crate::fact::kind_of;
use crate::pb::event::v1::fact::Kind;
use crate::pb::v1 as pb;
use crate::slots::slots;
use crate::submission::Pseudonyms;
use crate::wire_error::{Reader, Why};

/// An id of zeros stands in for a reference that could not be read, so that it is reported once
/// and not again as missing; and for a case that only the writer can look up.
const PLACEHOLDER: [u8; 16] = [0; 16];

/// Fills what the references name. Returns the key of the canonical case, if one is given.
pub(super) fn fill(
    wire: &pb::References,
    kind: &mut Kind,
    r: &mut Reader,
    pseudonyms: &dyn Pseudonyms,
) -> Option<CaseToken> {
    let fact = kind_of(kind);
    let slots = slots(kind);
    if let Some(person) = &wire.person
        && let Some(slot) = vacant(slots.person, "person", fact, r)
    {
        let id = r.field("person", |r| take_person(person, r, pseudonyms));
        slot.extend(id.map_or(PLACEHOLDER, PersonRef::to_bytes));
    }
    if let Some(order) = &wire.order
        && let Some(slot) = vacant(slots.order, "order", fact, r)
    {
        let id = r.field("order", |r| take_order(order, r, pseudonyms));
        slot.extend(id.map_or(PLACEHOLDER, OrderId::to_bytes));
    }
    if let Some(order) = &wire.vacated_order
        && let Some(slot) = vacant(slots.vacated, "vacated_order", fact, r)
    {
        let id = r.field("vacated_order", |r| take_order(order, r, pseudonyms));
        slot.extend(id.map_or(PLACEHOLDER, OrderId::to_bytes));
    }
    if let Some(filing) = &wire.filing
        && let Some(slot) = vacant(slots.filing, "filing", fact, r)
    {
        let id = r.field("filing", |r| take_filing(filing, r, pseudonyms));
        slot.extend(id.map_or(PLACEHOLDER, FilingId::to_bytes));
    }
    if let Some(case) = &wire.canonical_case
        && let Some(slot) = vacant(slots.canonical, "canonical_case", fact, r)
    {
        slot.extend(PLACEHOLDER);
        return r.field("canonical_case", |r| take_case_key(case, r, pseudonyms));
    }
    None
}

/// The slot, if the fact has one and leaves it empty. Anything else would leave the reference
/// without effect, and is refused.
fn vacant<'a>(
    slot: Option<&'a mut Vec<u8>>,
    field: &'static str,
    fact: FactKind,
    r: &mut Reader,
) -> Option<&'a mut Vec<u8>> {
    let Some(slot) = slot else {
        r.reject(field, Why::NothingToFill(fact));
        return None;
    };
    if !slot.is_empty() {
        r.reject(field, Why::AlreadyGiven);
        return None;
    }
    Some(slot)
}
