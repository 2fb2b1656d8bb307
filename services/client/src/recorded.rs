//! Is what was recorded what was posted?
//!
//! A receipt proves that an entry is in the ledger; this decides whether it is the right entry:
//! our message, our name, all its parts, and in them what the posts said. The ledger may add what
//! it was asked to fill in (identifiers that the poster named in its own words) and what it makes
//! itself (a confirmation held for a case not known yet, a fact that was there already).

use caseledger_chain::{Header, PostedParts, SubmitterStatement};
use caseledger_proto::pb::event::v1::fact::Kind;
use caseledger_proto::pb::event::v1::{Event, Fact, Sheet};
use caseledger_proto::pb::v1;
use prost::Message;

use crate::receipt::{Disbelief, Receipt, hex};
use crate::trust::Trust;

mod wire;

/// Verifies all receipts of one submission against what was submitted.
pub(crate) fn submission(
    submission: &v1::Submission,
    org: &str,
    receipts: Vec<v1::Receipt>,
    trust: &Trust,
) -> Result<Vec<Receipt>, Disbelief> {
    let receipts = message(&submission.message_id, org, receipts, trust)?;
    let mut events = Vec::with_capacity(receipts.len());
    for receipt in &receipts {
        let Header {
            position,
            submitter_seq,
            ..
        } = *receipt.header();
        expect(
            "submitter sequence",
            &submission.submitter_sequence,
            &submitter_seq,
        )?;
        let event = Event::decode(receipt.body()).map_err(|_cause| Disbelief::Body(position))?;
        events.push(event);
    }
    if let Err(post) = states_all(&submission.posts, &events) {
        let position = |receipt: Option<&Receipt>| receipt.map(Receipt::position);
        let first = position(receipts.first()).ok_or(Disbelief::Missing("receipt"))?;
        let last = position(receipts.last()).ok_or(Disbelief::Missing("receipt"))?;
        return Err(Disbelief::NotPosted { post, first, last });
    }
    Ok(receipts)
}

/// Verifies that receipts are all those of one message of one organisation.
pub(crate) fn message(
    message_id: &[u8],
    org: &str,
    receipts: Vec<v1::Receipt>,
    trust: &Trust,
) -> Result<Vec<Receipt>, Disbelief> {
    let parts = receipts.len();
    if parts == 0 {
        return Err(Disbelief::Missing("receipt"));
    }
    let mut verified: Vec<Receipt> = Vec::with_capacity(parts);
    for (part, receipt) in receipts.into_iter().enumerate() {
        let receipt = Receipt::verify(receipt, trust)?;
        let header = receipt.header();
        if header.message_id.to_bytes() != message_id {
            let (expected, found) = (hex(message_id), header.message_id.to_string());
            return Err(Disbelief::Other {
                field: "message id",
                expected,
                found,
            });
        }
        // Over TLS the certificate may say who submits, and nobody here: then the entry tells it.
        if !org.is_empty() {
            expect("submitter", &org, &header.submitter.as_str())?;
        }
        expect("part", &part, &usize::from(header.part))?;
        expect("number of parts", &parts, &usize::from(header.parts))?;
        if let Some(first) = verified.first() {
            let wanted = first.position().get() + part as u64;
            expect("position", &wanted, &header.position.get())?;
        }
        verified.push(receipt);
    }
    Ok(verified)
}

/// Verifies that the entries bear what was signed, each public part byte for byte, and a signature that holds: the one
/// that was given, unless they were recorded before, with salts of their own and perhaps with an earlier key.
pub(crate) fn signed(
    given: &v1::SignedSubmission,
    receipts: &[Receipt],
    duplicate: bool,
) -> Result<(), Disbelief> {
    let first = receipts.first().ok_or(Disbelief::Missing("receipt"))?;
    let other = || Disbelief::NotSigned(first.position());
    let mut posts = Vec::with_capacity(given.posts.len());
    let mut made = None;
    for receipt in receipts {
        let header = receipt.header();
        let event =
            Event::decode(receipt.body()).map_err(|_cause| Disbelief::Body(header.position))?;
        if let Some(signed) = event.signed {
            if header.part == 0 {
                made = signed.by.zip(u16::try_from(event.role).ok());
            }
            posts.push((signed.public_part, header.commitment));
        }
    }
    let (by, role) = made.ok_or_else(other)?;
    let public = given.posts.iter().map(|post| post.public_part.as_ref());
    if !public.eq(posts.iter().map(|(public, _)| public.as_slice())) {
        return Err(other());
    }
    let parts = posts.iter().map(|(public, commitment)| PostedParts {
        public,
        commitment: *commitment,
    });
    let Header {
        ledger,
        submitter,
        message_id,
        submitter_seq,
        ..
    } = *first.header();
    let statement =
        SubmitterStatement::new(ledger, submitter, role, message_id, submitter_seq, parts);
    let same = (by.key.as_slice(), by.signature.as_slice())
        == (given.key.as_ref(), given.signature.as_ref());
    let (Ok(key), Ok(signature)) = (by.key.try_into(), by.signature.try_into()) else {
        return Err(other());
    };
    if !(same || duplicate) || statement.verify(&key, &signature).is_err() {
        return Err(other());
    }
    Ok(())
}

fn expect<T: PartialEq + ToString>(
    field: &'static str,
    expected: &T,
    found: &T,
) -> Result<(), Disbelief> {
    if expected == found {
        return Ok(());
    }
    Err(Disbelief::Other {
        field,
        expected: expected.to_string(),
        found: found.to_string(),
    })
}

/// Whether the events state every post in order, and nothing else in the poster's name. The index
/// of the post that is not stated, otherwise; one past the last post for an event too many.
fn states_all(posts: &[v1::Post], events: &[Event]) -> Result<(), usize> {
    let mut rest = events.iter();
    for (index, post) in posts.iter().enumerate() {
        loop {
            let event = rest.next().ok_or(index)?;
            if states(post, event) {
                break;
            }
            if !made_by_ledger(event) {
                return Err(index);
            }
        }
    }
    if rest.all(made_by_ledger) {
        Ok(())
    } else {
        Err(posts.len())
    }
}

/// Whether an event is what the ledger recorded for a post.
fn states(post: &v1::Post, event: &Event) -> bool {
    let (Some(posted), Some(recorded)) = (&post.fact, &event.fact) else {
        return false;
    };
    if post.occurred_on != event.occurred_on || !scope_holds(post, event) {
        return false;
    }
    let fills = post.references.as_ref().map_or(0, references);
    match &recorded.kind {
        Some(Kind::ConfirmationHeld(held)) => held
            .fact
            .as_ref()
            .is_some_and(|held| covers(posted, held, fills)),
        Some(Kind::ConfirmationSighted(sighted)) => posted
            .kind
            .as_ref()
            .is_some_and(|kind| kind_number(kind) == sighted.kind),
        Some(Kind::SightingAdded(_)) if matches!(posted.kind, Some(Kind::CaseIdentified(_))) => {
            true
        }
        _ => covers(posted, recorded, fills),
    }
}

/// Charges that were named stand in the event, and no others; a held or repeated confirmation
/// names them in its own way.
fn scope_holds(post: &v1::Post, event: &Event) -> bool {
    let Some(v1::scope::Scope::Charges(charges)) =
        post.scope.as_ref().and_then(|scope| scope.scope.as_ref())
    else {
        return true;
    };
    let mut named = charges.ids.clone();
    named.sort_unstable();
    named.dedup();
    event.charges.is_empty() || event.charges == named
}

fn references(references: &v1::References) -> usize {
    let v1::References {
        person,
        order,
        vacated_order,
        filing,
        canonical_case,
    } = references;
    let given = [
        person.is_some(),
        order.is_some(),
        vacated_order.is_some(),
        filing.is_some(),
        canonical_case.is_some(),
    ];
    given.into_iter().filter(|given| *given).count()
}

fn covers(posted: &Fact, recorded: &Fact, fills: usize) -> bool {
    // The charges as they stand after a correction are worked out by the ledger; a poster cannot
    // state them.
    let mut recorded = recorded.clone();
    match &mut recorded.kind {
        Some(Kind::FactCorrected(corrected)) => corrected.restored = Vec::new(),
        Some(Kind::EventRetracted(retracted)) => retracted.restored = Vec::new(),
        _ => {}
    }
    // So are figures, and what they rest on; one that was stated has to be the one recorded.
    if let (Some(posted), Some(recorded)) = (sheet(posted), sheet_mut(&mut recorded)) {
        recorded.frozen = None;
        for (posted, recorded) in posted.figures.iter().zip(&mut recorded.figures) {
            recorded.value = recorded.value.filter(|_| posted.value.is_some());
            recorded.of = recorded.of.filter(|_| posted.of.is_some());
        }
    }
    wire::covers(&posted.encode_to_vec(), &recorded.encode_to_vec(), fills)
}

fn sheet(fact: &Fact) -> Option<&Sheet> {
    match fact.kind.as_ref()? {
        Kind::AnnouncementPublished(fact) => fact.sheet.as_ref(),
        Kind::AnnouncementCorrected(fact) => fact.sheet.as_ref(),
        _ => None,
    }
}

fn sheet_mut(fact: &mut Fact) -> Option<&mut Sheet> {
    match fact.kind.as_mut()? {
        Kind::AnnouncementPublished(fact) => fact.sheet.as_mut(),
        Kind::AnnouncementCorrected(fact) => fact.sheet.as_mut(),
        _ => None,
    }
}

fn made_by_ledger(event: &Event) -> bool {
    matches!(
        event.fact.as_ref().and_then(|fact| fact.kind.as_ref()),
        Some(
            Kind::ConfirmationMatched(_)
                | Kind::ConfirmationSighted(_)
                | Kind::SightingAdded(_)
                | Kind::ChargeAdded(_)
        )
    )
}

/// The number of the kind: the field number in the message, and the body type in entry headers.
fn kind_number(kind: &Kind) -> i32 {
    let mut encoded = Vec::new();
    kind.encode(&mut encoded);
    wire::first_tag(&encoded)
        .and_then(|tag| i32::try_from(tag).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
