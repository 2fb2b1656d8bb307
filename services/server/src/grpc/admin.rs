//! `AdminService`: what is private of cases is ordered to be destroyed, in the name of who asks; then the engine destroys
//! it and confirms.

use std::pin::Pin;

use caseledger_domain::authority::may_post;
use caseledger_domain::view::{AsOf, Filter};
use caseledger_domain::vocabulary::{ShredBasis, Tombstone};
use caseledger_domain::{
    CaseFact, CaseId, Command, Date, Expected, Fact, FactKind, PrivateRule, Registry, Scope, State,
    StreamId, Target, retention_due,
};
use caseledger_engine::limits::COMMANDS_MAX;
use caseledger_engine::{Generation, Reader, ShredStep, SubmitError};
use caseledger_proto::convert::{self, Shred};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::admin_service_server::AdminService;
use caseledger_proto::pb::v1::shred_response::News;
use futures::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{command, principal};
use crate::gate::Gate;
use crate::identity::Principal;
use crate::status::Failure;

/// Messages that wait to be sent. Progress that finds no room is left out.
const WAITING_MAX: usize = 64;

/// Cases of a page while those are looked for whose retention is over.
const PAGE: usize = 10_000;

/// `caseledger.v1.AdminService`.
#[derive(Clone, Debug)]
pub(super) struct Admins(pub(super) Gate);

type Messages = mpsc::Sender<Result<v1::ShredResponse, Status>>;

#[tonic::async_trait]
impl AdminService for Admins {
    type ShredStream = Pin<Box<dyn Stream<Item = Result<v1::ShredResponse, Status>> + Send>>;

    async fn shred(
        &self,
        request: Request<v1::ShredRequest>,
    ) -> Result<Response<Self::ShredStream>, Status> {
        let principal = principal(request.extensions())?;
        let may = may_post(principal.role, FactKind::ShredOrdered);
        may.map_err(|rejection| Failure::Judged(None, rejection))?;
        let wanted = convert::shred(&request.into_inner()).map_err(Failure::from)?;
        let (messages, answers) = mpsc::channel(WAITING_MAX);
        let gate = self.0.clone();
        // Of its own: what was begun is finished, whether or not somebody still listens.
        tokio::spawn(async move {
            if let Err(failure) = shred(&gate, principal, wanted, &messages).await {
                // Whoever asked may be gone.
                drop(messages.send(Err(failure.into())).await);
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

async fn shred(
    gate: &Gate,
    principal: Principal,
    wanted: Shred,
    messages: &Messages,
) -> Result<(), Failure> {
    match wanted {
        Shred::Cases {
            cases,
            basis,
            tombstone,
        } => {
            let open = move |reader: &Reader| not_ordered(reader, &cases);
            let cases = gate.read_long(open).await?;
            order(gate, principal, &cases, (basis, tombstone), messages).await?;
        }
        Shred::Due { tombstone } => {
            let sight = gate.sight(principal);
            let due = move |reader: &Reader| due(reader, &sight.registry, sight.today);
            let cases = gate.read_long(due).await?;
            let by = (ShredBasis::Retention, tombstone);
            order(gate, principal, &cases, by, messages).await?;
        }
        Shred::Open => {}
    }
    let engine = gate.engine()?;
    let heard = messages.clone();
    let progress = Box::new(move |step: ShredStep| {
        let (stage, done, of) = match step {
            ShredStep::Wrapping { done, of } => (v1::ShredStage::Wrapping, done, of),
            ShredStep::Confirming { done, of } => (v1::ShredStage::Confirming, done, of),
        };
        drop(heard.try_send(Ok(progress(stage, done, of))));
    });
    let shredding = tokio::task::spawn_blocking(move || engine.shred_ordered(progress));
    let shredded = shredding.await.map_err(|_panic| Failure::Panicked)??;
    for receipt in &shredded.receipts {
        let confirmed = News::Confirmed(command::receipt(receipt)?);
        drop(messages.send(Ok(news(confirmed))).await);
    }
    let done = News::Done(v1::ShredDone {
        cases: shredded.receipts.len() as u64,
        generation: shredded.generation.map_or(0, Generation::get),
        complete_to: gate.reader().size().get(),
    });
    drop(messages.send(Ok(news(done))).await);
    Ok(())
}

/// Those of the cases of which it is not ordered yet.
fn not_ordered(reader: &Reader, cases: &[CaseId]) -> Result<Vec<CaseId>, Failure> {
    let mut open = Vec::new();
    for case in cases {
        match reader.state(&StreamId::Case(*case))?.value {
            Some(State::Case(state)) if state.private.is_given_up() => {}
            Some(State::Case(_)) => open.push(*case),
            Some(_) | None => {
                let (command, case) = (0, *case);
                return Err(SubmitError::NoSuchCase { command, case }.into());
            }
        }
    }
    Ok(open)
}

/// The cases whose days of retention are over.
fn due(reader: &Reader, registry: &Registry, today: Date) -> Result<Vec<CaseId>, Failure> {
    let Some(retention) = registry.retention() else {
        let none = PrivateRule::RetentionNotSet.into();
        return Err(Failure::Judged(None, none));
    };
    let (mut due, mut from) = (Vec::new(), Some(0));
    while let Some(row) = from {
        let all = Filter::default();
        let page = reader.views(|views| views.totals().list(&all, AsOf::Now, row, PAGE))?;
        for listed in &page.value.cases {
            let state = reader.state(&StreamId::Case(listed.case))?.value;
            if let Some(State::Case(state)) = state
                && retention_due(&state, retention, today)
            {
                due.push(listed.case);
            }
        }
        from = page.value.next;
    }
    Ok(due)
}

/// Orders it, in submissions of as many cases as one takes.
async fn order(
    gate: &Gate,
    principal: Principal,
    cases: &[CaseId],
    (basis, tombstone): (ShredBasis, Tombstone),
    messages: &Messages,
) -> Result<(), Failure> {
    let occurred_on = gate.sight(principal).today;
    let mut done = 0;
    for chunk in cases.chunks(COMMANDS_MAX) {
        let commands = chunk.iter().map(|case| Command {
            target: Target::Case(*case),
            expected: Expected::Any,
            scope: Scope::WholeCase,
            occurred_on,
            fact: Fact::Case(CaseFact::ShredOrdered { basis, tombstone }),
        });
        let (_, submission) = gate.own(commands.collect())?;
        let pending = gate.submit_when_free(principal, vec![submission]).await?;
        for outcome in pending.outcomes().await? {
            outcome.map_err(|error| named(error, chunk))?;
        }
        done += chunk.len();
        let news = progress(v1::ShredStage::Ordering, done, cases.len());
        drop(messages.send(Ok(news)).await);
    }
    Ok(())
}

/// A refusal, with the case that it is about.
fn named(error: SubmitError, cases: &[CaseId]) -> Failure {
    match error {
        SubmitError::Refused { command, rejection } => {
            Failure::Judged(cases.get(command).copied(), rejection)
        }
        other => other.into(),
    }
}

fn progress(stage: v1::ShredStage, done: usize, of: usize) -> v1::ShredResponse {
    news(News::Progress(v1::ShredProgress {
        stage: stage.into(),
        done: done as u64,
        of: of as u64,
    }))
}

const fn news(news: News) -> v1::ShredResponse {
    v1::ShredResponse { news: Some(news) }
}
