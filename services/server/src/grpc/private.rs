//! `PrivateService`: who may see what is private of a case sees it, once it is recorded that somebody did.

use bytes::Bytes;
use caseledger_chain::Position;
use caseledger_domain::authority::{Reading, unplaced};
use caseledger_domain::vocabulary::ReadPurpose;
use caseledger_domain::{
    CaseFact, CaseId, Charges, Command, Date, Expected, Fact, PrivateRule, Rejection, Restriction,
    Scope, Target,
};
use caseledger_engine::{PartsWanted, PrivateParts, QueueError, SubmitError, Unreadable};
use caseledger_proto::convert::{self, PrivateAsked};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::private_service_server::PrivateService;
use http::HeaderMap;
use tonic::{Request, Response, Status};
use tracing::error;

use super::{command, principal};
use crate::gate::Gate;
use crate::identity::Principal;
use crate::status::Failure;

/// `caseledger.v1.PrivateService`.
#[derive(Clone, Debug)]
pub(super) struct Privates(pub(super) Gate);

#[tonic::async_trait]
impl PrivateService for Privates {
    async fn get_private(
        &self,
        request: Request<v1::GetPrivateRequest>,
    ) -> Result<Response<v1::GetPrivateResponse>, Status> {
        let (metadata, extensions, question) = request.into_parts();
        let principal = principal(&extensions)?;
        principal.read_cases()?;
        let asked = convert::get_private(&question, self.0.pseudonyms()).map_err(Failure::from)?;
        let headers = metadata.into_headers();
        Ok(Response::new(
            read(&self.0, &headers, principal, asked).await?,
        ))
    }
}

async fn read(
    gate: &Gate,
    headers: &HeaderMap,
    principal: Principal,
    asked: PrivateAsked,
) -> Result<v1::GetPrivateResponse, Failure> {
    let PrivateAsked {
        case: target,
        purpose,
        page,
    } = asked;
    let wanted = |withheld| PartsWanted {
        from: Position::new(page.from.unwrap_or_default()),
        parts_max: page.limit,
        bytes_max: gate.limits().reply_bytes as usize / 2,
        withheld,
    };
    // A case may be sealed, or its seal grow, while its parts are being read. Then it is judged again.
    loop {
        let sight = gate.sight(principal);
        let (case, state) = sight.case(gate.reader(), target)?;
        let stated = if unplaced(&state) {
            let asked = sight.clone();
            let read = gate.read_long(move |reader| Ok(asked.stated(reader, case)?));
            gate.within(headers, read).await?
        } else {
            false
        };
        let reading = match sight.reads(&state, stated, purpose) {
            Ok(reading) => reading,
            // The engine knows since when and under what authority.
            Err(Rejection::Private(PrivateRule::NothingToRead(_))) => {
                let wanted = wanted(Restriction::Whole);
                let gone = gate.read_long(move |reader| Ok(reader.private_parts(case, &wanted)?));
                gate.within(headers, gone).await?;
                continue;
            }
            Err(rejection) => return Err(Failure::Judged(None, rejection)),
        };
        let recorded = match (&reading, purpose) {
            (Reading::Recorded(charges), Some(purpose)) => {
                let read = restricted_read(case, charges, principal, purpose, sight.today);
                record(gate, headers, principal, read).await?
            }
            (Reading::Recorded(_) | Reading::Open | Reading::Redacted, _) => None,
        };
        let withheld = match reading {
            Reading::Redacted => state.restriction(),
            Reading::Open | Reading::Recorded(_) => Restriction::None,
        };
        let wanted = wanted(withheld);
        let parts = gate.read_long(move |reader| Ok(reader.private_parts(case, &wanted)?));
        let parts = gate.within(headers, parts).await?;
        let complete_to = gate.reader().size().get();
        let (_, now) = sight.case(gate.reader(), target)?;
        if now.restriction() == state.restriction() && !now.private.is_given_up() {
            let (records, unreadable) = records(&parts);
            return Ok(v1::GetPrivateResponse {
                case_id: Bytes::copy_from_slice(case.as_ref()),
                records,
                redacted: parts.withheld,
                recorded,
                complete_to,
                unreadable,
                next: convert::next_page(parts.next.map(Position::get)),
            });
        }
    }
}

/// Records it in the name of the ledger; if it is refused, that is noted of whoever asks. Nobody is answered who is not
/// recorded.
async fn record(
    gate: &Gate,
    headers: &HeaderMap,
    principal: Principal,
    read: Command,
) -> Result<Option<v1::Receipt>, Failure> {
    let recorded = async {
        let (operator, submission) = gate.own(vec![read])?;
        let pending = gate.submit_for(principal, operator, vec![submission])?;
        command::answered(gate, headers, pending).await
    };
    match recorded.await {
        Ok(answer) => Ok(answer.receipts.into_iter().next()),
        Err(Failure::Queue(QueueError::Stopped) | Failure::Submit(SubmitError::Stopped)) => {
            Err(Failure::ReadNotRecorded)
        }
        Err(failure) => Err(failure),
    }
}

/// The parts that can be read, and the others by name.
fn records(parts: &PrivateParts) -> (Vec<v1::PrivateRecord>, Vec<v1::UnreadablePart>) {
    let (mut records, mut unreadable) = (Vec::new(), Vec::new());
    let named = |position: Position, revision, fault: v1::PartFault| v1::UnreadablePart {
        position: position.get(),
        revision,
        fault: fault.into(),
    };
    for part in &parts.unreadable {
        let (position, revision) = (part.position, part.revision);
        error!(%position, error = &part.why as &dyn std::error::Error, "a private part does not open");
        let fault = match part.why {
            Unreadable::NoKey | Unreadable::Key(_) => v1::PartFault::NoKey,
            Unreadable::Missing => v1::PartFault::Missing,
            Unreadable::Refused(_) => v1::PartFault::Refused,
            Unreadable::Commitment { .. } => v1::PartFault::Other,
        };
        unreadable.push(named(position, revision, fault));
    }
    for part in &parts.parts {
        let (position, revision) = (part.position, part.revision);
        match convert::private_part(part.plaintext()) {
            Ok(read) => records.push(v1::PrivateRecord {
                position: position.get(),
                revision,
                part: Some(read),
            }),
            Err(_malformed) => {
                error!(%position, "a private part is no message");
                unreadable.push(named(position, revision, v1::PartFault::Other));
            }
        }
    }
    unreadable.sort_unstable_by_key(|part| part.position);
    (records, unreadable)
}

/// That somebody reads what is sealed.
fn restricted_read(
    case: CaseId,
    charges: &Charges,
    principal: Principal,
    purpose: ReadPurpose,
    today: Date,
) -> Command {
    Command {
        target: Target::LedgerCase(case),
        expected: Expected::Any,
        scope: if charges.is_empty() {
            Scope::WholeCase
        } else {
            Scope::Charges(charges.as_slice().to_vec())
        },
        occurred_on: today,
        fact: Fact::Case(CaseFact::RestrictedRead {
            reader: principal.org,
            reader_role: principal.role,
            purpose,
        }),
    }
}

#[cfg(test)]
mod tests {
    use caseledger_engine::UnreadablePart;

    use super::*;

    #[test]
    fn what_does_not_open_is_named_by_position_and_reason() {
        let at = |position, why| UnreadablePart {
            revision: position - 1,
            position: Position::new(position),
            why,
        };
        let parts = PrivateParts {
            unreadable: vec![at(9, Unreadable::Missing), at(4, Unreadable::NoKey)],
            ..PrivateParts::default()
        };
        let (records, unreadable) = records(&parts);
        assert!(records.is_empty());
        let told = unreadable
            .iter()
            .map(|part| (part.position, part.revision, part.fault()));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [(4, 3, v1::PartFault::NoKey), (9, 8, v1::PartFault::Missing)]
        );
    }
}
