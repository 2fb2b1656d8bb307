//! `ListWorklist`: the cases of a court with something open, a page of the view at a time.

use bytes::Bytes;
use caseledger_domain::view::{AsOf, Dimension, Filter, Open};
use caseledger_domain::vocabulary::Vocabulary as _;
use caseledger_domain::{CaseId, Date, State, StreamId};
use caseledger_engine::Reader;
use caseledger_proto::convert;
use caseledger_proto::pb::v1;
use futures::{Stream, TryStreamExt as _, stream};
use tonic::Status;

use crate::gate::{Gate, Shared};
use crate::identity::Caller;
use crate::status::Failure;

/// Cases of the court that are looked at in one turn.
const CASES_A_PAGE: usize = 1_000;

struct Walk {
    gate: Gate,
    caller: Caller,
    filter: Filter,
    open: Open,
    /// Row of the view where the next page begins; none behind the last.
    next: Option<u32>,
    _place: Shared,
}

/// Begins the list.
pub(super) fn open(
    gate: &Gate,
    caller: Caller,
    request: &v1::ListWorklistRequest,
) -> Result<impl Stream<Item = Result<v1::ListWorklistResponse, Status>> + Send + use<>, Failure> {
    let open = convert::worklist(request)?;
    // Courts are compared in capitals; over this interface a case may name its court otherwise.
    let courts = [request.court.clone(), request.court.to_ascii_uppercase()];
    let filter = Filter::default().with(Dimension::Court, courts);
    let filter = filter.map_err(|_cause| Failure::Field("court", "no court code"))?;
    let walk = Walk {
        gate: gate.clone(),
        _place: gate.subscription(&caller)?,
        caller,
        filter,
        open,
        next: Some(0),
    };
    let pages = stream::try_unfold(walk, async |mut walk: Walk| {
        let page = walk.page().await?;
        Ok(page.map(|page| (page, walk)))
    });
    Ok(pages.map_err(|failure: Failure| Status::from(failure)))
}

impl Walk {
    /// The next page, which may be empty: it says how far the ledger was looked at.
    async fn page(&mut self) -> Result<Option<v1::ListWorklistResponse>, Failure> {
        let Some(from) = self.next else {
            return Ok(None);
        };
        self.caller.read_cases()?;
        if self.gate.monitor().is_draining() {
            return Err(Failure::Draining);
        }
        let (filter, open) = (self.filter.clone(), self.open);
        let (next, page) = self
            .gate
            .read_page(move |reader| {
                let listed = reader.views(|views| {
                    let totals = views.totals();
                    totals.list(&filter, AsOf::Now, from, CASES_A_PAGE)
                })?;
                let mut rows = Vec::new();
                for case in &listed.value.cases {
                    rows.extend(row(reader, case.case, open)?);
                }
                let complete_to = listed.complete_to.get();
                Ok((
                    listed.value.next,
                    v1::ListWorklistResponse { rows, complete_to },
                ))
            })
            .await?;
        self.next = next;
        Ok(Some(page))
    }
}

fn row(reader: &Reader, case: CaseId, open: Open) -> Result<Option<v1::WorklistRow>, Failure> {
    let Some(State::Case(state)) = reader.state(&StreamId::Case(case))?.value else {
        return Ok(None);
    };
    Ok(state.open_at_court(open).map(|open| v1::WorklistRow {
        case_id: Bytes::copy_from_slice(case.as_ref()),
        charges: open.charges.iter().map(|id| id.0.into()).collect(),
        severity: open.severity.number().into(),
        open_since: open.since.map_or(0, Date::yyyymmdd),
        order: open
            .order
            .map_or_else(Bytes::new, |order| Bytes::copy_from_slice(order.as_ref())),
        filing: open
            .filing
            .map_or_else(Bytes::new, |filing| Bytes::copy_from_slice(filing.as_ref())),
    }))
}
