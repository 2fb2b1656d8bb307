//! What a submitter signed of a post, and what the ledger may make of it.
//!
//! [`Posted::explains`] is the list of everything that `decide` makes of one post, read backwards: it decides nothing, and
//! asks of each entry that it says no more and nothing else than the post. That the entry may stand where it stands is
//! for the rules to say.

use caseledger_domain::vocabulary::Role;
use caseledger_domain::{
    CaseFact, CaseId, CaseState, Charge, ChargeId, Charges, Date, Event, Fact, FactKind, FilingId,
    OrderId, PersonRef, Scope, StreamId, posted_as,
};
use prost::Message as _;

use crate::fact::kind_of;
use crate::field::{Nested as _, Wire, ascending, exact_bytes, parse};
use crate::pb::event::v1::{self as pb, PostedReference, fact::Kind, posted_stream::Stream};
use crate::slots::slots;
use crate::wire_error::{Reader, Why, WireErrors, read};

/// The public part of a post.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    occurred_on: Date,
    /// None for the whole case.
    charges: Option<Charges>,
    stream: Option<StreamId>,
    references: Vec<PostedReference>,
    kind: Kind,
}

/// Bytes that are no public part of a post.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostedError {
    /// Not the protocol buffer message `caseledger.event.v1.PostedFact`.
    #[error("public part is not a caseledger.event.v1.PostedFact")]
    Malformed(#[from] prost::DecodeError),
    /// Bytes that say nothing, and may hide something.
    #[error("public part has {found} bytes, its message needs {expected}")]
    Hidden {
        /// Bytes that the message needs.
        expected: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// Fields that no post has.
    #[error("public part is no post: {0}")]
    Fields(#[from] WireErrors),
}

/// An entry says something else than what was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unexplained {
    /// Nothing was recorded for a post.
    #[error("{} was signed, and nothing is recorded of it", .0.as_str())]
    Nothing(FactKind),
    /// It stands in another stream.
    #[error("stands in stream {found}, signed was {expected}")]
    Stream {
        /// The stream that was signed.
        expected: StreamId,
        /// Where it stands.
        found: StreamId,
    },
    /// It was stated in another role.
    #[error("was stated as {found}, signed was {expected}")]
    Role {
        /// The role that was signed.
        expected: Role,
        /// The role recorded.
        found: Role,
    },
    /// It has another business date.
    #[error("occurred on {found}, signed was {expected}")]
    Date {
        /// The date that was signed.
        expected: Date,
        /// The date recorded.
        found: Date,
    },
    /// It is about a charge that was not named, or not about all charges that it is about.
    #[error("is about other charges than what was signed comes to")]
    Charges,
    /// It states something else.
    #[error("{} is not what was signed, which is {}", found.as_str(), expected.as_str())]
    Fact {
        /// The kind of what was signed.
        expected: FactKind,
        /// What is recorded; perhaps of the same kind.
        found: FactKind,
    },
    /// It adds something that was not signed.
    #[error("{} does not follow from what was signed, which is {}", found.as_str(), expected.as_str())]
    Added {
        /// The kind of what was signed.
        expected: FactKind,
        /// What is recorded.
        found: FactKind,
    },
}

impl Posted {
    /// Reads a public part.
    ///
    /// # Errors
    /// [`PostedError`] if it is none, or has room for something else.
    pub fn read(public: &[u8]) -> Result<Self, PostedError> {
        let wire = decode(public)?;
        Ok(read(|r| take(wire, r))?)
    }

    /// The kind of what is stated.
    pub fn kind(&self) -> FactKind {
        kind_of(&self.kind)
    }

    /// Whether these events, all in that stream and in order, are what the ledger may make of the post, stated in that
    /// role.
    ///
    /// # Errors
    /// The index of the first event that is not, and why.
    pub fn explains(
        &self,
        role: Role,
        stream: StreamId,
        events: &[&Event],
    ) -> Result<(), (usize, Unexplained)> {
        let expected = self.kind();
        let Some((first, rest)) = events.split_first() else {
            return Err((0, Unexplained::Nothing(expected)));
        };
        self.first(role, stream, first).map_err(|why| (0, why))?;
        let mut adds = self.additions(&first.fact);
        for (event, index) in rest.iter().zip(1..) {
            let added = || {
                let found = event.fact.kind();
                (index, Unexplained::Added { expected, found })
            };
            match &event.fact {
                // What waited for the case, and was signed when it came.
                Fact::Case(CaseFact::ConfirmationMatched { .. }) => adds = None,
                Fact::Case(fact) => {
                    let adds = adds.as_mut().ok_or_else(added)?;
                    let stated = (event.role, event.occurred_on) == (role, self.occurred_on);
                    if !stated || !adds.takes(fact) {
                        return Err(added());
                    }
                }
                Fact::Initiative(_)
                | Fact::Cohort(_)
                | Fact::Filing(_)
                | Fact::Order(_)
                | Fact::Announcement(_)
                | Fact::Org(_) => return Err(added()),
            }
        }
        Ok(())
    }

    /// Whether the first event of the post, about a case in that state before it, is about the charges that the post comes to
    /// there, and is a sighting exactly if it says nothing new. Not asked of what [`Self::explains`] finds fault with.
    ///
    /// # Errors
    /// What it is otherwise.
    pub fn resolves(&self, state: &CaseState, event: &Event) -> Result<(), Unexplained> {
        let again = matches!(event.fact, Fact::Case(CaseFact::ConfirmationSighted { .. }));
        // Whether it was said before depends on what references stand for, which a sighting does not say.
        let stated = if again {
            self.filled(None).filter(|_| self.references.is_empty())
        } else {
            Some(event.fact.clone()).filter(|fact| self.states(fact))
        };
        let Some(Fact::Case(fact)) = stated else {
            return Ok(());
        };
        let scope = match &self.charges {
            None => Scope::WholeCase,
            Some(named) => Scope::Charges(named.as_slice().to_vec()),
        };
        let Some((charges, news)) = posted_as(state, &fact, self.occurred_on, event.role, &scope)
        else {
            return Ok(());
        };
        if news == again {
            let (expected, found) = (self.kind(), event.fact.kind());
            return Err(Unexplained::Fact { expected, found });
        }
        if charges != event.charges && self.names(event) {
            return Err(Unexplained::Charges);
        }
        Ok(())
    }

    /// Whether every charge of the event was named, where charges are.
    fn names(&self, event: &Event) -> bool {
        let mut ids = event.charges.as_slice().iter();
        ids.all(|id| self.charges.as_ref().is_none_or(|all| all.contains(*id)))
    }

    /// The event that states the post, or that says that it was stated before.
    fn first(&self, role: Role, stream: StreamId, event: &Event) -> Result<(), Unexplained> {
        if event.role != role {
            let (expected, found) = (role, event.role);
            return Err(Unexplained::Role { expected, found });
        }
        if let Some(expected) = self.stream
            && expected != stream
        {
            let found = stream;
            return Err(Unexplained::Stream { expected, found });
        }
        if event.occurred_on != self.occurred_on {
            let (expected, found) = (self.occurred_on, event.occurred_on);
            return Err(Unexplained::Date { expected, found });
        }
        if !self.names(event) {
            return Err(Unexplained::Charges);
        }
        let (same, found) = match &event.fact {
            Fact::Case(CaseFact::ConfirmationHeld { fact, charges }) => {
                // Nothing is known of the case, so that all the charges that were named stand here.
                let named = self.charges.as_ref().map_or(&[][..], Charges::as_slice);
                if charges.as_slice() != named {
                    return Err(Unexplained::Charges);
                }
                let held = Fact::Case(CaseFact::clone(fact));
                (self.states(&held), held.kind())
            }
            Fact::Case(CaseFact::ConfirmationSighted { kind }) => (*kind == self.kind(), *kind),
            Fact::Case(CaseFact::SightingAdded {
                cohort,
                row,
                source,
            }) if self.kind() == FactKind::CaseIdentified => {
                let listed = matches!(
                    self.filled(None),
                    Some(Fact::Case(CaseFact::CaseIdentified { cohort: c, row: r, source: s, .. }))
                        if (c, r, s) == (*cohort, *row, *source)
                );
                (listed, FactKind::SightingAdded)
            }
            fact => (self.states(fact), fact.kind()),
        };
        let expected = self.kind();
        same.then_some(())
            .ok_or(Unexplained::Fact { expected, found })
    }

    /// Whether the recorded fact is the posted one. Identifiers that were left to the ledger, charges that it restores, and
    /// figures that it counts where none is stated, are what they are.
    fn states(&self, recorded: &Fact) -> bool {
        let posted = self.filled(Some(recorded));
        posted.is_some_and(|posted| uncounted(unrestored(recorded), &posted) == posted)
    }

    /// The posted fact, with what references stand for taken from the recorded one, or else made up.
    fn filled(&self, recorded: Option<&Fact>) -> Option<Fact> {
        let mut kind = self.kind.clone();
        let mut donor = recorded.and_then(|fact| pb::Fact::from(fact).kind);
        let mut given = donor.as_mut().map(slots).unwrap_or_default();
        let mut empty = slots(&mut kind);
        for reference in &self.references {
            let (empty, given) = match reference {
                PostedReference::Person => (&mut empty.person, &mut given.person),
                PostedReference::Order => (&mut empty.order, &mut given.order),
                PostedReference::VacatedOrder => (&mut empty.vacated, &mut given.vacated),
                PostedReference::Filing => (&mut empty.filing, &mut given.filing),
                PostedReference::CanonicalCase => (&mut empty.canonical, &mut given.canonical),
                PostedReference::Unspecified => return None,
            };
            let id = given.as_deref().cloned();
            let id = id.unwrap_or_else(|| PLACEHOLDER.to_vec());
            // A reference that stands for nothing was not recorded as one.
            if id.is_empty() {
                return None;
            }
            **empty.as_mut()? = id;
        }
        Fact::try_from(&pb::Fact { kind: Some(kind) }).ok()
    }

    /// What a list may add to a case that is known.
    fn additions(&self, first: &Fact) -> Option<Additions> {
        let again = matches!(
            first,
            Fact::Case(
                CaseFact::SightingAdded { .. }
                    | CaseFact::ConfirmationSighted {
                        kind: FactKind::CaseIdentified
                    }
            )
        );
        let Some(Fact::Case(CaseFact::CaseIdentified {
            person, charges, ..
        })) = self.filled(None).filter(|_| again)
        else {
            return None;
        };
        let person = if self.references.contains(&PostedReference::Person) {
            Named::Somebody
        } else {
            person.map_or(Named::Nobody, Named::This)
        };
        Some(Additions { person, charges })
    }
}

/// Whom a list names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Nobody,
    /// Somebody by a reference: the pseudonym is the ledger's.
    Somebody,
    This(PersonRef),
}

/// What a list says of a case that is known, and has not been said yet.
struct Additions {
    person: Named,
    charges: Vec<Charge>,
}

impl Additions {
    /// Whether the fact is one of them; each is taken once.
    fn takes(&mut self, fact: &CaseFact) -> bool {
        match fact {
            CaseFact::PersonLinked { person } => {
                let named = std::mem::replace(&mut self.person, Named::Nobody);
                named == Named::Somebody || named == Named::This(*person)
            }
            CaseFact::ChargeAdded { charge } => {
                // Listed under another number than it gets here.
                let same = |listed: &Charge| {
                    Charge {
                        id: charge.id,
                        ..*listed
                    } == *charge
                };
                let listed = self.charges.iter().position(same);
                listed.map(|at| self.charges.swap_remove(at)).is_some()
            }
            _ => false,
        }
    }
}

/// Stands in for an identifier that is not known.
const PLACEHOLDER: [u8; 16] = [0; 16];

fn unrestored(fact: &Fact) -> Fact {
    let mut fact = fact.clone();
    if let Fact::Case(
        CaseFact::FactCorrected { restored, .. } | CaseFact::EventRetracted { restored, .. },
    ) = &mut fact
    {
        *restored = Vec::new();
    }
    fact
}

/// An announcement without what the ledger filled in: what its figures rest on, and those that were not stated.
fn uncounted(mut recorded: Fact, posted: &Fact) -> Fact {
    let (Fact::Announcement(fact), Fact::Announcement(posted)) = (&mut recorded, posted) else {
        return recorded;
    };
    let sheet = fact.sheet_mut();
    sheet.frozen = None;
    for (figure, stated) in sheet.figures.iter_mut().zip(&posted.sheet().figures) {
        figure.value = figure.value.filter(|_| stated.value.is_some());
        figure.of = figure.of.filter(|_| stated.of.is_some());
    }
    recorded
}

/// The message, if the bytes have room for nothing else.
pub(crate) fn decode(public: &[u8]) -> Result<pb::PostedFact, PostedError> {
    let wire = pb::PostedFact::decode(public)?;
    let expected = wire.encoded_len();
    let found = public.len();
    if expected != found {
        return Err(PostedError::Hidden { expected, found });
    }
    Ok(wire)
}

fn take(wire: pb::PostedFact, r: &mut Reader) -> Option<Posted> {
    let occurred_on = Wire::take(&wire.occurred_on, "occurred_on", r);
    let charges = match wire.charges.as_slice() {
        [] => Some(None),
        _ => Vec::<ChargeId>::take(&wire.charges, "charges", r)
            .map(|charges| Some(Charges::new(charges))),
    };
    let stream = match wire.stream {
        None => Some(None),
        Some(stream) => r.field("stream", |r| take_stream(&stream, r)).map(Some),
    };
    if !ascending(&wire.references) {
        r.reject("references", Why::NotAscending);
    }
    let mut references = Vec::with_capacity(wire.references.len());
    for number in &wire.references {
        match PostedReference::try_from(*number) {
            Ok(PostedReference::Unspecified) => r.reject("references", Why::Missing),
            Ok(reference) => references.push(reference),
            Err(_) => r.reject("references", Why::UnknownNumber(*number)),
        }
    }
    let Some(kind) = wire.fact.and_then(|fact| fact.kind) else {
        r.reject("fact", Why::Missing);
        return None;
    };
    let posted = Posted {
        occurred_on: occurred_on?,
        charges: charges?,
        stream: stream?,
        references,
        kind,
    };
    check_fact(&posted, r)?;
    Some(posted)
}

/// What is not read here would be read nowhere: whatever is recorded has to follow from it.
fn check_fact(posted: &Posted, r: &mut Reader) -> Option<()> {
    let mut kind = posted.kind.clone();
    let restored = match &kind {
        Kind::ConfirmationHeld(_)
        | Kind::ConfirmationMatched(_)
        | Kind::ConfirmationSighted(_)
        | Kind::RestrictedRead(_)
        | Kind::ShredConfirmed(_) => {
            r.reject("fact", Why::LedgerMade(kind_of(&kind)));
            return None;
        }
        Kind::FactCorrected(fact) => fact.restored.len(),
        Kind::EventRetracted(fact) => fact.restored.len(),
        _ => 0,
    };
    if restored > 0 {
        r.reject("fact", Why::FilledInByLedger);
        return None;
    }
    let fact = kind_of(&kind);
    let mut empty = slots(&mut kind);
    for reference in &posted.references {
        let slot = match reference {
            PostedReference::Person => &mut empty.person,
            PostedReference::Order => &mut empty.order,
            PostedReference::VacatedOrder => &mut empty.vacated,
            PostedReference::Filing => &mut empty.filing,
            PostedReference::CanonicalCase => &mut empty.canonical,
            PostedReference::Unspecified => return None,
        };
        match slot {
            None => r.reject("references", Why::NothingToFill(fact)),
            Some(slot) if !slot.is_empty() => r.reject("references", Why::AlreadyGiven),
            Some(slot) => slot.extend(PLACEHOLDER),
        }
    }
    let filled = pb::Fact { kind: Some(kind) };
    r.field("fact", |r| Fact::take_message(&filled, r))
        .map(|_fact| ())
}

fn take_stream(wire: &pb::PostedStream, r: &mut Reader) -> Option<StreamId> {
    Some(match &wire.stream {
        Some(Stream::CaseId(id)) => {
            StreamId::Case(CaseId::from_bytes(exact_bytes(id, "case_id", r)?))
        }
        Some(Stream::Initiative(id)) => StreamId::Initiative(parse(id, "initiative", r)?),
        Some(Stream::Cohort(id)) => StreamId::Cohort(parse(id, "cohort", r)?),
        Some(Stream::FilingId(id)) => {
            StreamId::Filing(FilingId::from_bytes(exact_bytes(id, "filing_id", r)?))
        }
        Some(Stream::OrderId(id)) => {
            StreamId::Order(OrderId::from_bytes(exact_bytes(id, "order_id", r)?))
        }
        Some(Stream::Announcement(id)) => StreamId::Announcement(parse(id, "announcement", r)?),
        Some(Stream::Org(id)) => StreamId::Org(parse(id, "org", r)?),
        None => {
            r.reject_here(Why::Missing);
            return None;
        }
    })
}
