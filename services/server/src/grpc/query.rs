//! `QueryService`: parse the question, ask the reader, convert the answer.
//!
//! The newest states are in memory and read where the request is; what reads the store, waits for the
//! views, or looks at many cases, has threads of its own.

use std::pin::Pin;

use bytes::Bytes;
use caseledger_chain::EntryRef;
use caseledger_domain::view::AsOf;
use caseledger_domain::{CaseId, State, StreamId, Target};
use caseledger_engine::{AtSize, Direction, Reader, Recorded};
use caseledger_proto::convert::{self, Cursor, LookUp};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::query_service_server::QueryService;
use futures::Stream;
use tonic::{Request, Response, Status};

use super::{feeds, inbox, principal, watch};
use crate::gate::Gate;
use crate::identity::{Caller, Principal};
use crate::status::{Failure, Missing};

/// `caseledger.v1.QueryService`.
#[derive(Clone, Debug)]
pub(super) struct Queries(pub(super) Gate);

/// Most organisations of one answer, so that it stays well below the size of a message.
const ORGANISATIONS_MAX: usize = 100;

type Answer<T> = Result<Response<T>, Status>;

impl Queries {
    /// Answers a question about single cases.
    async fn answer<Q, A>(
        &self,
        request: Request<Q>,
        answer: impl AsyncFnOnce(&Gate, Q) -> Result<A, Failure>,
    ) -> Answer<A> {
        let (metadata, extensions, question) = request.into_parts();
        let headers = metadata.into_headers();
        principal(&extensions)?.read_cases()?;
        let answer = self.0.within(&headers, answer(&self.0, question)).await?;
        Ok(Response::new(answer))
    }
}

#[tonic::async_trait]
impl QueryService for Queries {
    async fn get_case(&self, request: Request<v1::GetCaseRequest>) -> Answer<v1::GetCaseResponse> {
        let principal = principal(request.extensions())?;
        let answer = async |gate: &Gate, question: v1::GetCaseRequest| {
            let id = case_id(
                gate,
                principal,
                convert::get_case(&question, gate.pseudonyms())?,
            )?;
            let as_of = convert::as_of(question.as_of)?;
            let stream = StreamId::Case(id);
            let AtSize { value, complete_to } = match as_of {
                None => gate.reader().state(&stream)?,
                Some(size) => {
                    let past = move |reader: &Reader| Ok(reader.state_as_of(&stream, size)?);
                    AtSize {
                        value: gate.read_long(past).await?,
                        complete_to: size,
                    }
                }
            };
            let Some(State::Case(state)) = value else {
                return Err(Missing::Stream("case").into());
            };
            let case = Some(convert::case(id, &state));
            Ok(v1::GetCaseResponse {
                case,
                complete_to: complete_to.get(),
            })
        };
        self.answer(request, answer).await
    }

    async fn list_cases(
        &self,
        request: Request<v1::ListCasesRequest>,
    ) -> Answer<v1::ListCasesResponse> {
        let answer = async |gate: &Gate, question: v1::ListCasesRequest| {
            let filter = convert::list_filter(&question.filters)?;
            let Cursor { limit, from } = convert::page(question.page.as_ref())?;
            // There are no more rows than that, so a page that begins there is empty.
            let from = from.map_or(0, |from| u32::try_from(from).unwrap_or(u32::MAX));
            gate.read_long(move |reader| {
                let page = reader
                    .views(|views| views.totals().list(&filter, AsOf::Now, from, limit))?
                    .value;
                Ok(v1::ListCasesResponse {
                    cases: page.cases.iter().map(convert::case_row).collect(),
                    next: convert::next_page(page.next.map(u64::from)),
                    complete_to: page.complete_to,
                })
            })
            .await
        };
        self.answer(request, answer).await
    }

    async fn get_history(
        &self,
        request: Request<v1::GetHistoryRequest>,
    ) -> Answer<v1::GetHistoryResponse> {
        let answer = async |gate: &Gate, question: v1::GetHistoryRequest| {
            let stream = convert::stream_id(question.stream.as_ref())?;
            let limit = convert::limit(question.limit)?;
            let as_of = convert::as_of(question.as_of)?;
            let from = question.from_revision;
            gate.read_long(move |reader| {
                let newest = reader.history(&stream, u64::MAX, Direction::Backwards, 1, as_of)?;
                let newest_revision = newest
                    .value
                    .first()
                    .ok_or(Missing::Stream(stream.kind().noun()))?
                    .revision;
                let as_of = Some(newest.complete_to);
                let events = reader
                    .history(&stream, from, Direction::Forwards, limit, as_of)?
                    .value;
                Ok(v1::GetHistoryResponse {
                    events: events.iter().map(recorded).collect::<Result<_, _>>()?,
                    revisions: newest_revision + 1,
                    complete_to: newest.complete_to.get(),
                })
            })
            .await
        };
        self.answer(request, answer).await
    }

    async fn look_up(&self, request: Request<v1::LookUpRequest>) -> Answer<v1::LookUpResponse> {
        let principal = principal(request.extensions())?;
        let answer = async |gate: &Gate, question: v1::LookUpRequest| match convert::look_up(
            &question,
            gate.pseudonyms(),
        )? {
            LookUp::Case(token) => {
                let complete_to = gate.reader().size().get();
                let found = gate.sight(principal).case_of(gate.reader(), &token)?;
                let case_ids = found.into_iter().map(bytes).collect();
                Ok(v1::LookUpResponse {
                    case_ids,
                    complete_to,
                })
            }
            LookUp::Person(person) => {
                let sight = gate.sight(principal);
                gate.read_long(move |reader| {
                    let found = reader.views(|views| views.totals().cases_of(&person))?;
                    let cases = sight.cases_of(reader, found.value)?;
                    Ok(v1::LookUpResponse {
                        case_ids: cases.into_iter().map(bytes).collect(),
                        complete_to: found.complete_to.get(),
                    })
                })
                .await
            }
        };
        self.answer(request, answer).await
    }

    async fn list_unmatched(
        &self,
        request: Request<v1::ListUnmatchedRequest>,
    ) -> Answer<v1::ListUnmatchedResponse> {
        let answer = async |gate: &Gate, question: v1::ListUnmatchedRequest| {
            let cursor = convert::page(question.page.as_ref())?;
            let filter = convert::inbox_filter(&question)?;
            gate.read_long(move |reader| inbox::list(reader, cursor, filter))
                .await
        };
        self.answer(request, answer).await
    }

    /// Open to everybody: figures name nobody.
    async fn totals(&self, request: Request<v1::TotalsRequest>) -> Answer<v1::TotalsResponse> {
        let (metadata, _, question) = request.into_parts();
        let answer = async {
            let (query, as_of) = convert::totals_query(&question)?;
            self.0
                .read_long(move |reader| Ok(reader.totals(&query, as_of)?))
                .await
        };
        let answer = self.0.within(&metadata.into_headers(), answer).await?;
        Ok(Response::new(convert::totals_answer(answer)))
    }

    async fn get_initiative(
        &self,
        request: Request<v1::GetInitiativeRequest>,
    ) -> Answer<v1::GetInitiativeResponse> {
        let answer = async |gate: &Gate, question: v1::GetInitiativeRequest| {
            let stream = StreamId::Initiative(convert::initiative_id(&question.initiative)?);
            match gate.reader().state(&stream)? {
                AtSize {
                    value: Some(State::Initiative(state)),
                    complete_to,
                } => Ok(convert::initiative(&state, complete_to.get())),
                _ => Err(Missing::Stream("initiative").into()),
            }
        };
        self.answer(request, answer).await
    }

    async fn get_cohort(
        &self,
        request: Request<v1::GetCohortRequest>,
    ) -> Answer<v1::GetCohortResponse> {
        let answer = async |gate: &Gate, question: v1::GetCohortRequest| {
            let id = convert::cohort_id(&question.cohort)?;
            gate.read_long(move |reader| {
                let found = reader.state(&StreamId::Cohort(id))?;
                let Some(State::Cohort(state)) = found.value else {
                    return Err(Missing::Stream("cohort").into());
                };
                let cases = reader.views(|views| views.worklists().cohort_cases(id))?;
                let complete_to = found.complete_to.min(cases.complete_to);
                Ok(convert::cohort(
                    &state,
                    cases.value.into(),
                    complete_to.get(),
                ))
            })
            .await
        };
        self.answer(request, answer).await
    }

    async fn get_filing(
        &self,
        request: Request<v1::GetFilingRequest>,
    ) -> Answer<v1::GetFilingResponse> {
        let answer = async |gate: &Gate, question: v1::GetFilingRequest| {
            let id = convert::filing_id(question.filing.as_ref(), gate.pseudonyms())?;
            gate.read_long(move |reader| {
                let found = reader.state(&StreamId::Filing(id))?;
                let Some(State::Filing(state)) = found.value else {
                    return Err(Missing::Stream("filing").into());
                };
                let cases = reader.views(|views| {
                    let lists = views.worklists();
                    (lists.filing_cases(id), lists.unmatched_of_filing(id))
                })?;
                let complete_to = found.complete_to.min(cases.complete_to);
                let (cases, unmatched) = cases.value;
                Ok(convert::filing(
                    id,
                    &state,
                    cases.into(),
                    unmatched,
                    complete_to.get(),
                ))
            })
            .await
        };
        self.answer(request, answer).await
    }

    async fn get_order(
        &self,
        request: Request<v1::GetOrderRequest>,
    ) -> Answer<v1::GetOrderResponse> {
        let answer = async |gate: &Gate, question: v1::GetOrderRequest| {
            let id = convert::order_id(question.order.as_ref(), gate.pseudonyms())?;
            gate.read_long(move |reader| {
                let found = reader.state(&StreamId::Order(id))?;
                let Some(State::Order(state)) = found.value else {
                    return Err(Missing::Stream("order").into());
                };
                let counts = reader.views(|views| {
                    let lists = views.worklists();
                    (lists.order_counts(id), lists.unmatched_of_order(id))
                })?;
                let complete_to = found.complete_to.min(counts.complete_to);
                let (counts, unmatched) = counts.value;
                let complete_to = complete_to.get();
                Ok(convert::order(id, &state, counts, unmatched, complete_to))
            })
            .await
        };
        self.answer(request, answer).await
    }

    async fn get_feed(&self, request: Request<v1::GetFeedRequest>) -> Answer<v1::GetFeedResponse> {
        let principal = principal(request.extensions())?;
        let answer = async |gate: &Gate, question: v1::GetFeedRequest| {
            feeds::get(gate, principal, &question)
        };
        self.answer(request, answer).await
    }

    async fn list_feeds(
        &self,
        request: Request<v1::ListFeedsRequest>,
    ) -> Answer<v1::ListFeedsResponse> {
        let answer =
            async |gate: &Gate, question: v1::ListFeedsRequest| feeds::list(gate, &question);
        self.answer(request, answer).await
    }

    async fn get_organisation(
        &self,
        request: Request<v1::GetOrganisationRequest>,
    ) -> Answer<v1::GetOrganisationResponse> {
        let answer = async |gate: &Gate, question: v1::GetOrganisationRequest| {
            let id = convert::org_id(&question.organisation)?;
            // The registry is not older than the size that was read before it.
            let complete_to = gate.reader().size().get();
            let found = convert::organisation(&gate.reader().registry(), id);
            let organisation = Some(found.ok_or(Missing::Stream("organisation"))?);
            Ok(v1::GetOrganisationResponse {
                organisation,
                complete_to,
            })
        };
        self.answer(request, answer).await
    }

    async fn list_organisations(
        &self,
        request: Request<v1::ListOrganisationsRequest>,
    ) -> Answer<v1::ListOrganisationsResponse> {
        let answer = async |gate: &Gate, question: v1::ListOrganisationsRequest| {
            let (limit, after) = convert::organisations(&question)?;
            let limit = limit.min(ORGANISATIONS_MAX);
            let complete_to = gate.reader().size().get();
            let registry = gate.reader().registry();
            let ids = registry.orgs().map(|(id, _)| id);
            let mut behind = ids.filter(|id| after.is_none_or(|after| *id > after));
            let shown: Vec<_> = behind.by_ref().take(limit).collect();
            let last = shown.last().filter(|_| behind.next().is_some());
            let organisations = shown.iter();
            let organisations =
                organisations.filter_map(|id| convert::organisation(&registry, *id));
            Ok(v1::ListOrganisationsResponse {
                organisations: organisations.collect(),
                next: last.map_or_else(String::new, ToString::to_string),
                declared: registry.is_declared(),
                complete_to,
            })
        };
        self.answer(request, answer).await
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<v1::WatchResponse, Status>> + Send>>;

    async fn watch(&self, request: Request<v1::WatchRequest>) -> Answer<Self::WatchStream> {
        let caller = Caller::of(request.extensions()).map_err(Failure::from)?;
        caller.read_cases()?;
        let stream = watch::open(&self.0, caller.clone(), &request.into_inner())?;
        Ok(Response::new(Box::pin(stream)))
    }
}

/// The case that a question names, if the ledger has it.
fn case_id(gate: &Gate, principal: Principal, target: Target) -> Result<CaseId, Failure> {
    let found = match target {
        Target::Case(id) => Some(id),
        Target::CaseKey(token) => gate.sight(principal).case_of(gate.reader(), &token)?,
        Target::Initiative(_)
        | Target::Cohort(_)
        | Target::Filing(_)
        | Target::Order(_)
        | Target::Announcement(_)
        | Target::Org(_)
        | Target::Ledger
        | Target::LedgerCase(_) => None,
    };
    found.ok_or_else(|| Missing::Stream("case").into())
}

/// An entry for people.
pub(super) fn recorded(recorded: &Recorded) -> Result<v1::RecordedEvent, Failure> {
    event(&recorded.entry)
}

/// The same from its bytes.
pub(super) fn event(entry: &[u8]) -> Result<v1::RecordedEvent, Failure> {
    let entry = EntryRef::decode(entry).map_err(convert::RecordError::from)?;
    Ok(convert::recorded_event(&entry)?)
}

fn bytes(id: CaseId) -> Bytes {
    Bytes::copy_from_slice(id.as_ref())
}
