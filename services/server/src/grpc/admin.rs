//! `AdminService`: what is private of cases is ordered to be destroyed, in the name of who asks; then the engine destroys
//! it and confirms.

use std::collections::BTreeSet;
use std::pin::Pin;

use bytes::Bytes;
use caseledger_domain::authority::may_post;
use caseledger_domain::view::{AsOf, Filter};
use caseledger_domain::vocabulary::{ShredBasis, Tombstone, Vocabulary as _};
use caseledger_domain::{
    CaseFact, CaseId, Command, Date, Expected, Fact, FactKind, PrivateRule, PrivateState,
    Retention, Scope, State, StreamId, Target, retention_due,
};
use caseledger_engine::limits::COMMANDS_MAX;
use caseledger_engine::{Generation, Reader, ShredRound, ShredStep, Shredded, SubmitError};
use caseledger_proto::convert::{self, SHRED_CASES_MAX, Shred};
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
use crate::sight::Sight;
use crate::status::Failure;

/// Messages that wait to be sent. Progress that finds no room is left out.
const WAITING_MAX: usize = 64;

/// Cases of a page while those are looked for whose retention is over.
const PAGE: usize = 10_000;

/// `caseledger.v1.AdminService`.
#[derive(Clone, Debug)]
pub(super) struct Admins(pub(super) Gate);

type Messages = mpsc::Sender<Result<v1::ShredResponse, Status>>;

/// A case of which it is not ordered, and why.
type Refused = (CaseId, SubmitError);

/// What came of a call, beside what was destroyed.
#[derive(Debug, Default)]
struct Asked {
    refused: Vec<Refused>,
    before: Vec<v1::ShredBefore>,
    /// More cases are due than one call takes.
    more_due: bool,
}

/// The cases that somebody names.
#[derive(Debug, Default)]
struct Named {
    /// Of which it is not ordered yet.
    open: Vec<CaseId>,
    /// Of which it is.
    before: Vec<v1::ShredBefore>,
    /// That there are not.
    missing: Vec<Refused>,
}

/// The first cases whose days of retention are over: as many as one call takes that names them, because their receipts
/// are held for as long as somebody listens to them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Due {
    cases: Vec<CaseId>,
    /// There are others.
    more: bool,
}

impl Due {
    fn add(&mut self, case: CaseId) {
        if self.cases.len() < SHRED_CASES_MAX {
            self.cases.push(case);
        } else {
            self.more = true;
        }
    }
}

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
        let turn = self.0.shred()?;
        let (messages, answers) = mpsc::channel(WAITING_MAX);
        let gate = self.0.clone();
        // Of its own: what was begun is finished, whether or not somebody still listens.
        tokio::spawn(async move {
            let mut asked = Asked::default();
            let done = shred(&gate, principal, wanted, &messages, &mut asked).await;
            // The next one may begin, however slowly this one is listened to.
            drop(turn);
            let told = tell(&gate, done, asked, &messages).await;
            if let Err(failure) = told {
                // Whoever asked may be gone.
                drop(messages.send(Err(failure.into())).await);
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

/// Orders and destroys, and waits for nobody who listens.
async fn shred(
    gate: &Gate,
    principal: Principal,
    wanted: Shred,
    messages: &Messages,
    asked: &mut Asked,
) -> Result<Shredded, Failure> {
    let first = match wanted {
        Shred::Cases {
            cases,
            basis,
            tombstone,
        } => {
            let first = cases.iter().copied().collect();
            let retention = gate.sight(principal).registry.retention();
            let read = move |reader: &Reader| named(reader, &cases, retention);
            let Named {
                open,
                before,
                missing,
            } = gate.read_long(read).await?;
            asked.before = before;
            asked.refused = missing;
            let by = (basis, tombstone);
            order(gate, principal, &open, by, messages, &mut asked.refused).await?;
            first
        }
        Shred::Due { tombstone } => {
            let sight = gate.sight(principal);
            let Due { cases, more } = gate.read_long(move |reader| due(reader, &sight)).await?;
            asked.more_due = more;
            let by = (ShredBasis::Retention, tombstone);
            order(gate, principal, &cases, by, messages, &mut asked.refused).await?;
            cases.into_iter().collect()
        }
        Shred::Open => BTreeSet::new(),
    };
    let engine = gate.engine()?;
    let heard = messages.clone();
    let progress = Box::new(move |step: ShredStep| {
        let (stage, done, of) = match step {
            ShredStep::Wrapping { done, of } => (v1::ShredStage::Wrapping, done, of),
            ShredStep::Confirming { done, of } => (v1::ShredStage::Confirming, done, of),
        };
        drop(heard.try_send(Ok(progress(stage, done, of))));
    });
    let max = SHRED_CASES_MAX;
    let round = ShredRound { first, max };
    let shredding = tokio::task::spawn_blocking(move || engine.shred_ordered(round, progress));
    let shredded = shredding.await.map_err(|_panic| Failure::Panicked)??;
    asked.more_due |= shredded.left > 0;
    Ok(shredded)
}

/// What came of it, for as long as somebody listens.
async fn tell(
    gate: &Gate,
    done: Result<Shredded, Failure>,
    Asked {
        refused,
        before,
        more_due,
    }: Asked,
    messages: &Messages,
) -> Result<(), Failure> {
    let (count, known) = (refused.len() as u64, before.len() as u64);
    for before in before {
        drop(messages.send(Ok(news(News::Before(before)))).await);
    }
    for (case, error) in refused {
        let failure = match error {
            SubmitError::Refused { rejection, .. } => Failure::Judged(Some(case), rejection),
            other => other.into(),
        };
        let refused = News::Refused(v1::ShredRefused {
            case_id: Bytes::copy_from_slice(case.as_ref()),
            refusal: Some(failure.into()),
        });
        drop(messages.send(Ok(news(refused))).await);
    }
    let shredded = done?;
    for receipt in &shredded.receipts {
        let confirmed = News::Confirmed(command::receipt(receipt)?);
        drop(messages.send(Ok(news(confirmed))).await);
    }
    let done = News::Done(v1::ShredDone {
        cases: shredded.receipts.len() as u64,
        generation: shredded.generation.map_or(0, Generation::get),
        complete_to: gate.reader().size().get(),
        refused: count,
        more_due,
        before: known,
    });
    drop(messages.send(Ok(news(done))).await);
    Ok(())
}

/// How it stands with the cases that somebody names.
fn named(
    reader: &Reader,
    cases: &[CaseId],
    retention: Option<Retention>,
) -> Result<Named, Failure> {
    let mut named = Named::default();
    for case in cases {
        let Some(State::Case(state)) = reader.state(&StreamId::Case(*case))?.value else {
            let (command, case) = (0, *case);
            let missing = SubmitError::NoSuchCase { command, case };
            named.missing.push((case, missing));
            continue;
        };
        match before(*case, &state.private, retention) {
            Some(before) => named.before.push(before),
            None => named.open.push(*case),
        }
    }
    Ok(named)
}

/// What was ordered of a case before, if anything was, and what will become of the hash of its key.
fn before(
    case: CaseId,
    private: &PrivateState,
    retention: Option<Retention>,
) -> Option<v1::ShredBefore> {
    let (ordered, tombstone, on) = match *private {
        PrivateState::Open => return None,
        PrivateState::ShredOrdered {
            revision,
            tombstone,
            ..
        } => (revision, tombstone, None),
        PrivateState::Shredded {
            ordered,
            tombstone,
            on,
            ..
        } => (ordered, tombstone, Some(on)),
    };
    let days = retention.map_or(0, |retention| retention.forget_after_days);
    let forgotten = on
        .filter(|_| days > 0 && tombstone == Tombstone::Kept)
        .and_then(|on| Date::from_days(on.days() + i64::from(days)).ok());
    let wire = |date: Option<Date>| date.map_or(0, Date::yyyymmdd);
    Some(v1::ShredBefore {
        case_id: Bytes::copy_from_slice(case.as_ref()),
        ordered,
        tombstone: tombstone.number().into(),
        destroyed_on: wire(on),
        forgotten_from: wire(forgotten),
    })
}

/// The first cases whose days of retention are over, and of which the caller may order it.
fn due(reader: &Reader, sight: &Sight) -> Result<Due, Failure> {
    let Some(retention) = sight.registry.retention() else {
        let none = PrivateRule::RetentionNotSet.into();
        return Err(Failure::Judged(None, none));
    };
    let (mut due, mut from) = (Due::default(), Some(0));
    while let Some(row) = from.filter(|_row| !due.more) {
        let all = Filter::default();
        let page = reader.views(|views| views.totals().list(&all, AsOf::Now, row, PAGE))?;
        for listed in &page.value.cases {
            let state = reader.state(&StreamId::Case(listed.case))?.value;
            if let Some(State::Case(state)) = state
                && retention_due(&state, retention, sight.today)
                && sight.acts_in(&state)
            {
                due.add(listed.case);
            }
        }
        from = page.value.next;
    }
    Ok(due)
}

/// Orders it, in submissions of as many cases as one takes. Where a rule speaks against one of them, nothing of the
/// submission is recorded: then each of its cases is ordered by itself.
async fn order(
    gate: &Gate,
    principal: Principal,
    cases: &[CaseId],
    by: (ShredBasis, Tombstone),
    messages: &Messages,
    refused: &mut Vec<Refused>,
) -> Result<(), Failure> {
    let mut done = 0;
    for chunk in cases.chunks(COMMANDS_MAX) {
        let mut rejected = submit(gate, principal, &[chunk], by).await?;
        if !rejected.is_empty() && chunk.len() > 1 {
            let alone: Vec<&[CaseId]> = chunk.chunks(1).collect();
            rejected = submit(gate, principal, &alone, by).await?;
        }
        refused.extend(rejected);
        done += chunk.len();
        let news = progress(v1::ShredStage::Ordering, done, cases.len());
        drop(messages.try_send(Ok(news)));
    }
    Ok(())
}

/// Submits the orders, one submission for each list of cases; the first case of each that a rule refuses.
async fn submit(
    gate: &Gate,
    principal: Principal,
    lists: &[&[CaseId]],
    (basis, tombstone): (ShredBasis, Tombstone),
) -> Result<Vec<Refused>, Failure> {
    let occurred_on = gate.sight(principal).today;
    let mut submissions = Vec::with_capacity(lists.len());
    for cases in lists {
        let commands = cases.iter().map(|case| Command {
            target: Target::Case(*case),
            expected: Expected::Any,
            scope: Scope::WholeCase,
            occurred_on,
            fact: Fact::Case(CaseFact::ShredOrdered { basis, tombstone }),
        });
        let (_, submission) = gate.own(commands.collect())?;
        submissions.push(submission);
    }
    let pending = gate.submit_when_free(principal, submissions).await?;
    let mut refused = Vec::new();
    for (outcome, cases) in pending.outcomes().await?.into_iter().zip(lists) {
        match outcome {
            Ok(_) => {}
            Err(error @ (SubmitError::Refused { .. } | SubmitError::NoSuchCase { .. })) => {
                refused.extend(cases.first().map(|case| (*case, error)));
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(refused)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_of_a_key_is_told_with_the_day_from_which_it_is_forgotten() {
        let on = Date::from_yyyymmdd(20_211_231).unwrap();
        let shredded = |tombstone| PrivateState::Shredded {
            on,
            revision: 4,
            ordered: 3,
            tombstone,
        };
        let ordered = PrivateState::ShredOrdered {
            on,
            revision: 3,
            basis: ShredBasis::Custodian,
            tombstone: Tombstone::Kept,
        };
        let days = |forget_after_days| {
            Some(Retention {
                days_after_sealing: 1,
                forget_after_days,
            })
        };
        for (private, retention, expected) in [
            (ordered, days(2), (0, 0)),
            (shredded(Tombstone::Kept), None, (20_211_231, 0)),
            (shredded(Tombstone::Kept), days(0), (20_211_231, 0)),
            (shredded(Tombstone::Kept), days(2), (20_211_231, 20_220_102)),
            (shredded(Tombstone::Forgotten), days(2), (20_211_231, 0)),
        ] {
            let told = before(CaseId::from_bytes([1; 16]), &private, retention).unwrap();
            assert_eq!((told.destroyed_on, told.forgotten_from), expected);
            assert_eq!(told.ordered, 3);
        }
        // The day is the first on which a rotation drops it.
        let [day_before, from] = [20_220_101, 20_220_102].map(Date::from_yyyymmdd);
        let kept = shredded(Tombstone::Kept);
        assert!(kept.is_forgotten(2, from.unwrap()) && !kept.is_forgotten(2, day_before.unwrap()));
        let open = PrivateState::Open;
        assert_eq!(before(CaseId::from_bytes([1; 16]), &open, None), None);
    }

    #[test]
    fn of_what_is_due_one_call_takes_as_much_as_of_what_is_named() {
        let case = |number: usize| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&(number as u64).to_be_bytes());
            CaseId::from_bytes(id)
        };
        let mut due = Due::default();
        (0..SHRED_CASES_MAX).for_each(|number| due.add(case(number)));
        assert_eq!((due.cases.len(), due.more), (SHRED_CASES_MAX, false));
        due.add(case(SHRED_CASES_MAX));
        assert_eq!((due.cases.len(), due.more), (SHRED_CASES_MAX, true));
        assert_eq!(due.cases.last(), Some(&case(SHRED_CASES_MAX - 1)));
    }
}
