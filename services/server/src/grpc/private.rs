//! `PrivateService`: who may see what is private of a case sees it, once it is recorded that somebody did.

use bytes::Bytes;
use caseledger_domain::authority::Reading;
use caseledger_domain::vocabulary::ReadPurpose;
use caseledger_domain::{
    CaseFact, CaseId, Charges, Command, Date, Expected, Fact, PrivateRule, Rejection, Restriction,
    Scope, Target,
};
use caseledger_engine::PrivatePart;
use caseledger_proto::convert;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::private_service_server::PrivateService;
use http::HeaderMap;
use tonic::{Request, Response, Status};

use super::{command, principal};
use crate::gate::Gate;
use crate::identity::Principal;
use crate::status::Failure;

/// Most private parts of one answer.
const RECORDS_MAX: usize = 1_000;

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
    (target, purpose): (Target, Option<ReadPurpose>),
) -> Result<v1::GetPrivateResponse, Failure> {
    // A case may be sealed, or its seal grow, while its parts are being read. Then it is judged again.
    loop {
        let sight = gate.sight(principal);
        let (case, state) = sight.case(gate.reader(), target)?;
        let reading = match sight.reads(&state, purpose) {
            Ok(reading) => reading,
            // The engine knows since when and under what authority.
            Err(Rejection::Private(PrivateRule::NothingToRead(_))) => {
                let gone = gate.read_long(move |reader| Ok(reader.private_parts(case)?));
                gate.within(headers, gone).await?;
                continue;
            }
            Err(rejection) => return Err(Failure::Judged(None, rejection)),
        };
        let recorded = match (&reading, purpose) {
            (Reading::Recorded(charges), Some(purpose)) => {
                let read = restricted_read(case, charges, principal, purpose, sight.today);
                let (operator, submission) = gate.own(vec![read])?;
                let answer = command::record(gate, headers, operator, submission).await?;
                answer.receipts.into_iter().next()
            }
            (Reading::Recorded(_) | Reading::Open | Reading::Redacted, _) => None,
        };
        let parts = gate.read_long(move |reader| Ok(reader.private_parts(case)?));
        let parts = gate.within(headers, parts).await?;
        let complete_to = gate.reader().size().get();
        let (_, now) = sight.case(gate.reader(), target)?;
        if now.restriction() == state.restriction() && !now.private.is_given_up() {
            let withheld = match reading {
                Reading::Redacted => state.restriction(),
                Reading::Open | Reading::Recorded(_) => Restriction::None,
            };
            let bytes_max = gate.limits().reply_bytes as usize / 2;
            let (records, redacted) = records(&parts, &withheld, bytes_max)?;
            return Ok(v1::GetPrivateResponse {
                case_id: Bytes::copy_from_slice(case.as_ref()),
                records,
                redacted,
                recorded,
                complete_to,
            });
        }
    }
}

/// The newest parts that are not withheld, as far as an answer holds them, and whether any was.
fn records(
    parts: &[PrivatePart],
    withheld: &Restriction,
    bytes_max: usize,
) -> Result<(Vec<v1::PrivateRecord>, bool), Failure> {
    let shown = |part: &&PrivatePart| !withheld.covers(&part.charges);
    let redacted = !parts.iter().all(|part| shown(&part));
    let (mut records, mut bytes) = (Vec::new(), 0);
    for part in parts.iter().filter(shown).rev().take(RECORDS_MAX) {
        bytes += part.plaintext().len();
        if bytes > bytes_max {
            break;
        }
        let read = convert::private_part(part.plaintext());
        records.push(v1::PrivateRecord {
            position: part.position.get(),
            revision: part.revision,
            part: Some(read.map_err(|_malformed| Failure::PartUnreadable(part.position))?),
        });
    }
    records.reverse();
    Ok((records, redacted))
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
