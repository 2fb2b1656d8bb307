//! `Reconcile`: where a court has its cases, compared with where the ledger has them.

use bytes::Bytes;
use caseledger_domain::view::Standing;
use caseledger_domain::{State, StreamId, Target};
use caseledger_engine::Reader;
use caseledger_proto::convert::{self, Claimed};
use caseledger_proto::pb::v1::{self, Verdict};
use futures::{Stream, stream};
use tonic::{Status, Streaming};

use crate::gate::{Gate, Shared};
use crate::identity::Caller;
use crate::status::{Failure, found_by_transport};

struct Comparing {
    gate: Gate,
    caller: Caller,
    requests: Streaming<v1::ReconcileRequest>,
    /// The totals so far, without rows.
    so_far: v1::ReconcileResponse,
    _place: Shared,
}

/// Begins to compare.
pub(super) fn open(
    gate: &Gate,
    caller: Caller,
    requests: Streaming<v1::ReconcileRequest>,
) -> Result<impl Stream<Item = Result<v1::ReconcileResponse, Status>> + Send + use<>, Failure> {
    let comparing = Comparing {
        gate: gate.clone(),
        _place: gate.subscription(&caller)?,
        caller,
        requests,
        so_far: v1::ReconcileResponse::default(),
    };
    Ok(stream::try_unfold(
        comparing,
        async |mut comparing: Comparing| {
            let answer = comparing.next().await?;
            Ok(answer.map(|answer| (answer, comparing)))
        },
    ))
}

impl Comparing {
    async fn next(&mut self) -> Result<Option<v1::ReconcileResponse>, Status> {
        let request = tokio::select! {
            biased;
            () = self.gate.monitor().drained() => return Err(Failure::Draining.into()),
            request = self.requests.message() => request,
        };
        let request = request.map_err(|status| found_by_transport(status, self.gate.limits()))?;
        let Some(request) = request else {
            return Ok(None);
        };
        self.caller.read_cases()?;
        let claims = convert::reconcile(&request, self.gate.pseudonyms());
        let claims = claims.map_err(Failure::from)?;
        let rows = self.gate.read_page(move |reader| {
            let complete_to = reader.size().get();
            let rows = claims.iter().map(|claim| compare(reader, claim));
            Ok((rows.collect::<Result<Vec<_>, _>>()?, complete_to))
        });
        let (rows, complete_to) = rows.await?;
        let sum = &mut self.so_far;
        for row in &rows {
            let count = match row.verdict() {
                Verdict::Agrees => &mut sum.agrees,
                Verdict::LedgerAhead => &mut sum.ledger_ahead,
                Verdict::CourtAhead => &mut sum.court_ahead,
                // Every row has a verdict.
                Verdict::Unknown | Verdict::Unspecified => &mut sum.unknown,
            };
            *count += 1;
        }
        sum.complete_to = complete_to;
        Ok(Some(v1::ReconcileResponse {
            rows,
            ..sum.clone()
        }))
    }
}

fn compare(reader: &Reader, claim: &Claimed) -> Result<v1::Reconciled, Failure> {
    let case = match &claim.case {
        Target::Case(id) => Some(*id),
        Target::CaseKey(token) => reader.case_of(token),
        Target::Initiative(_)
        | Target::Cohort(_)
        | Target::Filing(_)
        | Target::Order(_)
        | Target::Announcement(_)
        | Target::Org(_)
        | Target::Ledger
        | Target::LedgerCase(_) => None,
    };
    let state = match case {
        Some(id) => reader.state(&StreamId::Case(id))?.value,
        None => None,
    };
    let unknown = v1::Reconciled {
        row: claim.row,
        verdict: Verdict::Unknown.into(),
        ..v1::Reconciled::default()
    };
    let (Some(id), Some(State::Case(state))) = (case, state) else {
        return Ok(unknown);
    };
    let known = v1::Reconciled {
        held: u32::try_from(state.held.len()).unwrap_or(u32::MAX),
        case_id: Bytes::copy_from_slice(id.as_ref()),
        ..unknown
    };
    if state.identity.is_none() {
        return Ok(known);
    }
    let ledger: Standing = state.standing();
    let verdict = match ledger.cmp(&claim.standing) {
        std::cmp::Ordering::Equal => Verdict::Agrees,
        std::cmp::Ordering::Greater => Verdict::LedgerAhead,
        std::cmp::Ordering::Less => Verdict::CourtAhead,
    };
    Ok(v1::Reconciled {
        verdict: verdict.into(),
        ledger: i32::from(ledger as u8),
        ..known
    })
}
