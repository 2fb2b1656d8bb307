//! Where async meets the engine: bounded, with deadlines, and refusing at once what is too much.
//!
//! A call that is cancelled or whose deadline passes stops *waiting*; what the writer already has
//! may still be recorded. That is true of every durable system, so it is said: the status of the
//! message tells the truth, and sending it again under the same id is always safe.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use caseledger_chain::{LedgerId, Size, SubmitterId};
use caseledger_domain::{Command, Date, OrgId};
use caseledger_engine::limits::{QUEUE_BYTES_MAX, QUEUE_JOBS_MAX};
use caseledger_engine::{
    Days, Engine, IndexKey, Job, Outcome, Poster, Prover, QueueError, Reader, Submission,
    SubmitError,
};
use caseledger_proto::Reason;
use caseledger_proto::convert::{Codes, Sent};
use http::HeaderMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;
use tonic::Status;

use crate::call::Call;
use crate::config::Limits;
use crate::health::Monitor;
use crate::identity::{Caller, Known, Principal};
use crate::metrics::{Gauges, Metrics};
use crate::quota::Quotas;
use crate::refused::Refused;
use crate::sight::{Decoy, Sight};
use crate::status::{Failure, reason_of, reason_of_queue, reason_of_status, rules_of};
use crate::tail::Tail;

/// The server answers so much before the caller's own clock runs out, so that the reason still
/// arrives: a tenth of the time, and no more than this.
const MARGIN_MAX: Duration = Duration::from_millis(100);

/// The way to the engine, shared by all services. Every call clones it, and callers are served by several threads: so
/// there is one count of those who hold it, and not one for each part.
#[derive(Clone, Debug)]
pub(crate) struct Gate(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    /// Owned by the server, which closes it when nobody needs it any more.
    engine: Weak<Engine>,
    reader: Reader,
    prover: Prover,
    pseudonyms: Arc<IndexKey>,
    codes: Codes,
    ledger: LedgerId,
    days: Arc<Days>,
    decoy: Decoy,
    tail: Tail,
    monitor: Monitor,
    metrics: Metrics,
    limits: Limits,
    quotas: Quotas,
    refused: Refused,
    jobs: Arc<Semaphore>,
    submissions: Arc<Semaphore>,
    /// Bytes of encoded submissions.
    bytes: Arc<Semaphore>,
    subscriptions: Arc<Semaphore>,
    long: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    batches: Arc<Semaphore>,
    shreds: Arc<Semaphore>,
}

/// Submissions that the writer has.
#[derive(Debug)]
pub(crate) struct Pending {
    outcomes: oneshot::Receiver<Vec<Outcome>>,
    monitor: Monitor,
}

impl Gate {
    pub(crate) fn new(
        engine: &Arc<Engine>,
        monitor: Monitor,
        limits: Limits,
        codes: Codes,
        refused: Refused,
    ) -> Self {
        let semaphore = |permits: u32| Arc::new(Semaphore::new(permits as usize));
        Self(Arc::new(Parts {
            engine: Arc::downgrade(engine),
            reader: engine.reader(),
            prover: engine.prover(),
            pseudonyms: Arc::clone(engine.identity().index_key()),
            codes,
            ledger: engine.identity().ledger(),
            days: engine.days(),
            decoy: Decoy::default(),
            tail: Tail::new(engine.reader()),
            monitor,
            metrics: Metrics::new(&refused.counters()),
            quotas: Quotas::new(&limits),
            refused,
            jobs: Arc::new(Semaphore::new(QUEUE_JOBS_MAX)),
            submissions: semaphore(limits.submissions),
            bytes: Arc::new(Semaphore::new(QUEUE_BYTES_MAX)),
            subscriptions: semaphore(limits.subscriptions),
            long: semaphore(limits.long_reads),
            waiting: semaphore(limits.long_reads + limits.long_reads_waiting),
            batches: semaphore(limits.batches),
            shreds: semaphore(1),
            limits,
        }))
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.0.reader
    }

    pub(crate) fn prover(&self) -> &Prover {
        &self.0.prover
    }

    pub(crate) fn pseudonyms(&self) -> &IndexKey {
        &self.0.pseudonyms
    }

    /// How courts' own codes are read.
    pub(crate) fn codes(&self) -> &Codes {
        &self.0.codes
    }

    pub(crate) fn ledger(&self) -> LedgerId {
        self.0.ledger
    }

    /// What a caller may see of cases, by what the ledger knows now. Without a day no grant is in force.
    pub(crate) fn sight(&self, principal: Principal) -> Sight {
        Sight {
            principal,
            today: self.0.days.today().unwrap_or(Date::MIN),
            registry: self.0.reader.registry(),
            decoy: self.0.decoy.clone(),
        }
    }

    /// The engine itself, to be held for no longer than a call.
    pub(crate) fn engine(&self) -> Result<Arc<Engine>, Failure> {
        self.0.engine.upgrade().ok_or(Failure::Draining)
    }

    /// A submission of the ledger itself, and its operator.
    pub(crate) fn own(&self, commands: Vec<Command>) -> Result<(Principal, Submission), Failure> {
        let own = self.engine()?.own(commands);
        let (Poster { org, role }, submission) = own.map_err(SubmitError::from)?;
        Ok((Principal { org, role }, submission))
    }

    pub(crate) fn tail(&self) -> &Tail {
        &self.0.tail
    }

    pub(crate) fn monitor(&self) -> &Monitor {
        &self.0.monitor
    }

    pub(crate) fn quotas(&self) -> &Quotas {
        &self.0.quotas
    }

    pub(crate) fn refused(&self) -> &Refused {
        &self.0.refused
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Notes a refusal of which no more is known than its status.
    pub(crate) fn note_status(&self, call: Option<&Call>, who: Known, status: &Status) {
        if let Some(reason) = reason_of_status(status) {
            self.0.refused.note(call, who, None, &reason);
        }
    }

    /// The organisation of a caller in the role in which it acts by now; on a stream that is open a
    /// certificate, token or role may have been taken back. That there is none is noted as the refusal of each thing
    /// that it sent, or of the call where that is not read.
    pub(crate) fn acting(
        &self,
        caller: &Caller,
        sent: impl IntoIterator<Item = Sent>,
    ) -> Result<Principal, Status> {
        caller.principal().map_err(|refused| {
            let status = Status::from(Failure::from(refused));
            if let Some(reason) = reason_of_status(&status) {
                let (call, who) = (Call::current(), caller.known());
                let mut sent = sent.into_iter().map(Some).peekable();
                let unread = sent.peek().is_none().then_some(None);
                for sent in sent.chain(unread) {
                    self.0.refused.note(call.as_deref(), who, sent, &reason);
                }
            }
            status
        })
    }

    /// Submissions that the writer has and has not answered.
    fn unanswered(&self) -> usize {
        let free = self.0.submissions.available_permits();
        (self.0.limits.submissions as usize).saturating_sub(free)
    }

    /// What is to be read off, with a published checkpoint of `checkpoint` entries.
    pub(crate) fn gauges(&self, checkpoint: Size) -> Gauges {
        Gauges {
            entries: self.0.reader.size().get(),
            checkpoint: checkpoint.get(),
            groups: self.0.engine.upgrade().map(|engine| engine.groups()),
            unanswered: self.unanswered() as u64,
            limit: self.0.limits.submissions.into(),
            guard_behind: self.0.reader.guard_behind_entries(),
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Runs a call within its deadline: the caller's, if it is shorter than the server's.
    pub(crate) async fn within<T>(
        &self,
        headers: &HeaderMap,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let limit = time_for(headers, self.0.limits.request());
        if limit.is_zero() {
            return Err(Failure::Deadline);
        }
        timeout(limit, call).await.unwrap_or(Err(Failure::Deadline))
    }

    /// Verifies the signature of a submission, if it has one: here, where it holds up nobody but its caller. The writer
    /// says what came of it.
    pub(crate) fn verify(&self, principal: Principal, submission: &mut Submission) {
        // Alphabets are equal; the writer would say so.
        if let Ok(submitter) = SubmitterId::from_bytes(principal.org.to_bytes()) {
            let _remembered = submission.verify_signature(self.0.ledger, submitter, principal.role);
        }
    }

    /// Hands submissions to the writer, or refuses them at once.
    pub(crate) fn submit(
        &self,
        principal: Principal,
        submissions: Vec<Submission>,
    ) -> Result<Pending, Failure> {
        self.submit_for(principal, principal, submissions)
    }

    /// The same of what the ledger itself records because of a caller: it is the caller who is refused then.
    pub(crate) fn submit_for(
        &self,
        caller: Principal,
        principal: Principal,
        submissions: Vec<Submission>,
    ) -> Result<Pending, Failure> {
        let count = count(&submissions);
        let job = Arc::clone(&self.0.jobs).try_acquire_owned();
        let places = Arc::clone(&self.0.submissions).try_acquire_many_owned(count);
        let bytes = Arc::clone(&self.0.bytes).try_acquire_many_owned(weight(&submissions));
        let (Ok(job), Ok(places), Ok(bytes)) = (job, places, bytes) else {
            let waiting = self.unanswered();
            let posts = Posts::of(self, caller, &submissions);
            posts.refused(Reason::Overloaded.code());
            return Err(QueueError::Overloaded { waiting }.into());
        };
        self.hand_over(caller, principal, submissions, [job, places, bytes])
    }

    /// The same, waiting while there is too much to do: for streams, which are held back by not
    /// being read.
    pub(crate) async fn submit_when_free(
        &self,
        principal: Principal,
        submissions: Vec<Submission>,
    ) -> Result<Pending, Failure> {
        let count = count(&submissions);
        tokio::select! {
            () = self.0.quotas.tokens(principal.org, count) => {}
            () = self.0.monitor.drained() => return Err(Failure::Draining),
        }
        let count = count.min(self.0.limits.submissions);
        let job = Arc::clone(&self.0.jobs).acquire_owned().await;
        let places = Arc::clone(&self.0.submissions)
            .acquire_many_owned(count)
            .await;
        let bytes = Arc::clone(&self.0.bytes)
            .acquire_many_owned(weight(&submissions))
            .await;
        let (Ok(job), Ok(places), Ok(bytes)) = (job, places, bytes) else {
            return Err(Failure::Draining);
        };
        self.hand_over(principal, principal, submissions, [job, places, bytes])
    }

    fn hand_over(
        &self,
        caller: Principal,
        principal: Principal,
        submissions: Vec<Submission>,
        places: [OwnedSemaphorePermit; 3],
    ) -> Result<Pending, Failure> {
        let (sender, receiver) = oneshot::channel();
        let posts = Arc::new(Posts::of(self, caller, &submissions));
        let (answered, begun) = (Arc::clone(&posts), Instant::now());
        let job = Job {
            poster: Poster {
                org: principal.org,
                role: principal.role,
            },
            submissions,
            reply: Box::new(move |outcomes| {
                answered.answered(&outcomes, begun.elapsed());
                // A caller that has gone away does not want to know.
                let _gone = sender.send(outcomes);
                drop(places);
            }),
        };
        let Some(engine) = self.0.engine.upgrade() else {
            posts.refused(Reason::ShuttingDown.code());
            return Err(Failure::Draining);
        };
        match engine.submit(job) {
            Ok(()) => Ok(Pending {
                outcomes: receiver,
                monitor: self.0.monitor.clone(),
            }),
            Err(error) => {
                posts.refused(reason_of_queue(&error));
                if error == QueueError::Stopped {
                    self.0.monitor.writer_stopped();
                }
                Err(error.into())
            }
        }
    }

    /// A read of the store or the views, on a thread that may block. So many run at once and so many
    /// wait; the next one is refused.
    pub(crate) async fn read_long<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let _place = Arc::clone(&self.0.waiting)
            .try_acquire_owned()
            .map_err(|_cause| Failure::Busy("long reads"))?;
        self.read_page(read).await
    }

    /// The same for one page of a stream, which waits for its turn however many others do: a
    /// stream that was let in is not refused halfway. Between two pages it holds no turn.
    pub(crate) async fn read_page<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = Arc::clone(&self.0.long)
            .acquire_owned()
            .await
            .map_err(|_cause| Failure::Draining)?;
        let reader = self.0.reader.clone();
        let read = tokio::task::spawn_blocking(move || {
            // The turn is over when the work is, not when the caller has gone.
            let _turn = turn;
            read(&reader)
        });
        read.await.unwrap_or(Err(Failure::Panicked))
    }

    /// The turn of whoever has private parts destroyed: one at a time, because each wraps all other keys anew. It is held
    /// by the work and not by who waits for it, who may hang up.
    pub(crate) fn shred(&self) -> Result<OwnedSemaphorePermit, Failure> {
        let turn = Arc::clone(&self.0.shreds).try_acquire_owned();
        turn.map_err(|_cause| Failure::Busy("calls that destroy private parts"))
    }

    /// A place for a batch that is held until its trailer agrees. No organisation has all of them.
    pub(crate) fn batch(&self, caller: &Caller) -> Result<Shared, Failure> {
        let own = self.share(caller, Quotas::batch, "batches of one organisation")?;
        self.shared(own, &self.0.batches, "batches")
    }

    /// A place for a stream that stays open. No organisation has all of them.
    pub(crate) fn subscription(&self, caller: &Caller) -> Result<Shared, Failure> {
        let busy = "subscriptions of one organisation";
        let own = self.share(caller, Quotas::subscription, busy)?;
        self.shared(own, &self.0.subscriptions, "subscriptions")
    }

    /// Of what one organisation may have; nothing for a caller who names none.
    fn share(
        &self,
        caller: &Caller,
        take: impl FnOnce(&Quotas, OrgId) -> Option<OwnedSemaphorePermit>,
        busy: &'static str,
    ) -> Result<Option<OwnedSemaphorePermit>, Failure> {
        let Ok(Some(org)) = caller.admit() else {
            return Ok(None);
        };
        take(&self.0.quotas, org).map_or(Err(Failure::Busy(busy)), |own| Ok(Some(own)))
    }

    fn shared(
        &self,
        own: Option<OwnedSemaphorePermit>,
        all: &Arc<Semaphore>,
        busy: &'static str,
    ) -> Result<Shared, Failure> {
        if self.0.monitor.is_draining() {
            return Err(Failure::Draining);
        }
        let place = Arc::clone(all).try_acquire_owned();
        Ok(Shared {
            _own: own,
            _place: place.map_err(|_cause| Failure::Busy(busy))?,
        })
    }
}

/// A place for something that lasts, until it is dropped.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Of those of its organisation; none for a caller who names none.
    _own: Option<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
}

/// Submissions on their way, as far as a refusal of them is noted. Whoever waits for the answer may
/// give up; what became of them is noted all the same.
struct Posts {
    call: Option<Arc<Call>>,
    /// Who is refused.
    principal: Principal,
    sent: Vec<Sent>,
    metrics: Metrics,
    refused: Refused,
}

impl Posts {
    fn of(gate: &Gate, principal: Principal, submissions: &[Submission]) -> Self {
        Self {
            call: Call::current(),
            principal,
            sent: submissions.iter().map(Sent::from).collect(),
            metrics: gate.metrics().clone(),
            refused: gate.refused().clone(),
        }
    }

    /// None of them got as far as the writer.
    fn refused(&self, reason: &'static str) {
        self.metrics.refused(reason, self.sent.len() as u64);
        for sent in &self.sent {
            let (call, who) = (self.call.as_deref(), self.principal.into());
            self.refused.note(call, who, Some(*sent), reason);
        }
    }

    /// The writer has answered, after so long.
    fn answered(&self, outcomes: &[Outcome], took: Duration) {
        self.metrics.answered(outcomes, took);
        for (outcome, sent) in outcomes.iter().zip(&self.sent) {
            if let Err(error) = outcome {
                let (call, who) = (self.call.as_deref(), self.principal.into());
                let (reason, rules) = (reason_of(error), rules_of(error));
                self.refused
                    .note_rules(call, who, Some(*sent), reason, &rules);
            }
        }
    }
}

impl Pending {
    /// The outcomes, one per submission, in order.
    pub(crate) async fn outcomes(self) -> Result<Vec<Outcome>, Failure> {
        let outcomes = self
            .outcomes
            .await
            .map_err(|_cause| Failure::OutcomeUnknown)?;
        watch(&self.monitor, &outcomes);
        Ok(outcomes)
    }
}

fn count(submissions: &[Submission]) -> u32 {
    u32::try_from(submissions.len()).unwrap_or(u32::MAX)
}

/// Bytes that submissions take of what may wait; a job that is larger by itself takes all of it.
fn weight(submissions: &[Submission]) -> u32 {
    let bytes: usize = submissions.iter().map(|submission| submission.bytes).sum();
    u32::try_from(bytes.min(QUEUE_BYTES_MAX)).unwrap_or(u32::MAX)
}

/// What outcomes say about the ledger as a whole.
fn watch(monitor: &Monitor, outcomes: &[Outcome]) {
    for outcome in outcomes {
        match outcome {
            Err(SubmitError::StoreUnavailable(_)) => return monitor.disk_full(),
            Err(SubmitError::Stopped) => return monitor.writer_stopped(),
            Err(
                SubmitError::Refused { .. }
                | SubmitError::MessageReused { .. }
                | SubmitError::NoSuchCase { .. }
                | SubmitError::NoSuchCanonicalCase { .. }
                | SubmitError::NothingToRecord
                | SubmitError::CommandCount { .. }
                | SubmitError::SequenceAhead { .. }
                | SubmitError::SignatureRequired { .. }
                | SubmitError::SignatureInvalid(_)
                | SubmitError::SigningKeyUnknown { .. }
                | SubmitError::SignedPosts { .. }
                | SubmitError::SequenceUsed { .. }
                | SubmitError::SequenceGaps { .. }
                | SubmitError::TooLarge { .. }
                | SubmitError::NoRandomness(_)
                | SubmitError::Private(_)
                | SubmitError::Read(_),
            )
            | Ok(_) => {}
        }
    }
}

/// How long a call may take: what the caller leaves, and no more than `most`.
fn time_for(headers: &HeaderMap, most: Duration) -> Duration {
    grpc_timeout(headers).map_or(most, |asked| {
        asked.saturating_sub((asked / 10).min(MARGIN_MAX)).min(most)
    })
}

/// The caller's deadline: at most 8 digits and a unit (gRPC over HTTP/2, `Timeout`). What is not
/// of that form is ignored, as other servers do.
fn grpc_timeout(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
