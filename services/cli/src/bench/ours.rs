//! The ledger's side: a ledger made for the measurement, and callers that post to it.
//!
//! The callers take the receipts and do not verify them; what is compared is the servers.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use caseledger_chain::{Origin, VerifierKey};
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_client::pb::v1::command_service_client::CommandServiceClient;
use caseledger_client::pb::v1::submission_result::Result as Outcome;
use caseledger_client::pb::v1::{self, expected::Expectation, scope, stream_ref, target};
use caseledger_domain::vocabulary::{
    Coded, Determination, DeterminationReason, Family, LegalBasis, MismatchKind, Remedy, Severity,
    Source, Supervision,
};
use caseledger_domain::{
    CaseFact, Charge, ChargeId, CohortFact, ControlTotals, Date, Fact, InitiativeFact, OrgId,
    Policy, RuleSet,
};
use caseledger_engine::{LedgerPaths, SystemRandom};
use caseledger_proto::convert::POSTS_MAX;
use tokio::sync::{Mutex, mpsc};
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Request, Status, Streaming};

use super::child::Child;
use super::place::Folder;
use crate::exit::{Exit, Failure};

const COURT: &str = "LASC-CJC";
/// Who posts.
pub(super) const AGENCY: &str = "lada";
const INITIATIVE: &str = "LA-2021-COURT";
const COHORT: &str = "LA-2021-COURT.1";
pub(super) const ON: u32 = 20_210_927;

/// What is posted about a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is put on the list.
    Identify,
    /// It is found eligible.
    Determine,
    /// The prosecutor approves.
    Approve,
}

/// Makes submissions, each with a message id of its own.
#[derive(Debug)]
pub(super) struct Maker {
    case: CaseFact,
    determined: CaseFact,
    approved: CaseFact,
    mismatch: CaseFact,
    next_case: AtomicU64,
    next_message: AtomicU64,
}

/// An answer that is none of the expected ones.
#[derive(Debug, thiserror::Error)]
enum OursError {
    #[error("stream of answers ended early")]
    Ended,
    #[error("submission was refused")]
    Refused,
}

pub(super) fn data<E: std::error::Error + Send + Sync + 'static>(error: E) -> Failure {
    Failure::new(Exit::Refused, error)
}

fn refused(status: Status) -> Failure {
    caseledger_client::ClientError::from(status).into()
}

/// Makes a ledger and gives its key.
///
/// # Errors
/// [`Failure`] if it cannot be made.
pub(super) fn make_ledger(folder: &Folder, name: &str) -> Result<VerifierKey, Failure> {
    let origin = Origin::parse("ledger.example/bench").map_err(data)?;
    let created_by = concat!("caseledger ", env!("CARGO_PKG_VERSION"), " bench");
    let paths = LedgerPaths::beside(folder.path(name))?;
    let identity = caseledger_engine::init(&paths, &origin, created_by, &SystemRandom)?;
    Ok(identity.verifier().clone())
}

/// Starts a server of a ledger that was made.
///
/// # Errors
/// [`Failure`] if it does not start.
pub(super) fn serve(folder: &Folder, name: &str) -> Result<Child, Failure> {
    serve_with(folder, name, &[])
}

/// The same with further options, each with a path.
///
/// # Errors
/// [`Failure`] if it does not start.
pub(super) fn serve_with(
    folder: &Folder,
    name: &str,
    options: &[(&str, &PathBuf)],
) -> Result<Child, Failure> {
    let path = folder.path(name);
    let mut arguments: Vec<&OsStr> = vec![
        "serve".as_ref(),
        "--data".as_ref(),
        path.as_ref(),
        "--listen".as_ref(),
        "127.0.0.1:0".as_ref(),
    ];
    for (option, path) in options {
        arguments.extend([OsStr::new(option), path.as_ref()]);
    }
    Child::own(&arguments)
}

impl Maker {
    /// Begins with case 0.
    ///
    /// # Errors
    /// [`Failure`] if a word in it is none of the domain.
    pub(super) fn new() -> Result<Self, Failure> {
        let charge = Charge {
            id: ChargeId(1),
            section: "HS 11357(b)".parse().map_err(data)?,
            family: Family::Possession,
            severity: Severity::Felony,
            conviction_year: 1994,
            counts: 1,
            sentence: Supervision::Completed,
            in_comment_only: false,
        };
        let case = CaseFact::CaseIdentified {
            cohort: COHORT.parse().map_err(data)?,
            row: 1,
            source: Source::CourtRecords,
            county: 37,
            court: COURT.parse().map_err(data)?,
            agency: agency()?,
            person: None,
            charges: vec![charge],
        };
        let determined = CaseFact::EligibilityDetermined {
            determination: Determination::Eligible,
            remedy: Some(Remedy::DismissAndSeal),
            rules: rules()?,
            reasons: vec![Coded::Known(DeterminationReason::Section11357Ab)],
            evaluated_as_of: Date::from_yyyymmdd(ON).map_err(data)?,
        };
        let approved = CaseFact::ReviewApproved {
            basis: LegalBasis::Hs113619,
        };
        let mismatch = CaseFact::IdentityMismatchReported {
            kind: Coded::Known(MismatchKind::Person),
        };
        let (next_case, next_message) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Self {
            case,
            determined,
            approved,
            mismatch,
            next_case,
            next_message,
        })
    }

    /// So many new cases; the number of the first.
    pub(super) fn take_cases(&self, count: u64) -> u64 {
        self.next_case.fetch_add(count, Ordering::Relaxed)
    }

    /// One submission of one event.
    pub(super) fn submission(&self, kind: Kind, number: u64) -> v1::Submission {
        let fact = match kind {
            Kind::Identify => {
                let mut fact = self.case.clone();
                if let CaseFact::CaseIdentified { row, .. } = &mut fact {
                    *row = (number % 1_000_000) as u32 + 1;
                }
                fact
            }
            Kind::Determine => self.determined.clone(),
            Kind::Approve => self.approved.clone(),
        };
        let (court, defendant) = (COURT.to_owned(), "1".to_owned());
        let key = v1::CaseKey {
            court,
            number: format!("SYN-{number:010}"),
            defendant,
        };
        self.post(
            target::Target::CaseKey(key),
            Some(whole_case()),
            &Fact::Case(fact),
        )
    }

    /// One submission of a fact that a case can have any number of times: sources disagree about whose it is.
    pub(super) fn mismatch(&self, case: &Bytes) -> v1::Submission {
        let fact = Fact::Case(self.mismatch.clone());
        let target = target::Target::CaseId(case.clone());
        self.post(target, Some(whole_case()), &fact)
    }

    /// Opens so many new cases; their ids.
    ///
    /// # Errors
    /// [`Failure`] if one is refused.
    pub(super) async fn open_cases(
        &self,
        channel: &Channel,
        count: u64,
    ) -> Result<Vec<Bytes>, Failure> {
        let first = self.take_cases(count);
        let numbers: Vec<u64> = (first..first + count).collect();
        let mut cases = Vec::with_capacity(numbers.len());
        for numbers in numbers.chunks(POSTS_MAX) {
            let singles = numbers
                .iter()
                .map(|number| self.submission(Kind::Identify, *number));
            let together = singles.reduce(|mut all, single| {
                all.posts.extend(single.posts);
                all
            });
            let answer = answered(channel.clone(), together).await?;
            let streams = answer.receipts.into_iter().filter_map(|of| of.stream);
            cases.extend(streams.filter_map(|of| match of.stream {
                Some(stream_ref::Stream::CaseId(case)) => Some(case),
                _ => None,
            }));
        }
        Ok(cases)
    }

    fn post(
        &self,
        target: target::Target,
        scope: Option<v1::Scope>,
        fact: &Fact,
    ) -> v1::Submission {
        let message = self.next_message.fetch_add(1, Ordering::Relaxed);
        let any = Expectation::State(v1::ExpectedState::Any.into());
        let post = v1::Post {
            target: Some(v1::Target {
                target: Some(target),
            }),
            expected: Some(v1::Expected {
                expectation: Some(any),
            }),
            scope,
            occurred_on: ON,
            fact: Some(event::Fact::from(fact)),
            references: None,
            private: None,
        };
        v1::Submission {
            message_id: Bytes::copy_from_slice(&u128::from(message).to_be_bytes()),
            submitter_sequence: 0,
            posts: vec![post],
            signed: None,
        }
    }

    /// Opens the initiative and the list that the cases are on.
    ///
    /// # Errors
    /// [`Failure`] if it is refused.
    pub(super) async fn set_up(&self, channel: &Channel) -> Result<(), Failure> {
        let policy = Policy {
            version: 1,
            rule_set: rules()?,
            challenge_deadline: None,
            approved_to_filed_days: 30,
            filed_to_decided_days: 60,
            ordered_to_entered_days: 30,
            dismissed_to_sealed_days: 30,
            entered_to_reported_days: 30,
            reported_to_updated_days: 60,
        };
        let (basis, lead) = (LegalBasis::Hs113619, agency()?);
        let opened = InitiativeFact::InitiativeOpened {
            basis,
            lead,
            counties: vec![37],
            policy,
        };
        let target = target::Target::Initiative(INITIATIVE.to_owned());
        let submission = self.post(target, None, &Fact::Initiative(opened));
        submit(channel.clone(), submission).await?;
        let opened = CohortFact::CohortOpened {
            version: 1,
            source: Source::CourtRecords,
            file_digest: [5; 32],
            declared: ControlTotals::default(),
            supersedes: None,
        };
        let target = target::Target::Cohort(COHORT.to_owned());
        submit(
            channel.clone(),
            self.post(target, None, &Fact::Cohort(opened)),
        )
        .await
    }
}

const fn whole_case() -> v1::Scope {
    v1::Scope {
        scope: Some(scope::Scope::WholeCase(v1::WholeCase {})),
    }
}

fn agency() -> Result<OrgId, Failure> {
    AGENCY.parse().map_err(data)
}

fn rules() -> Result<RuleSet, Failure> {
    Ok(RuleSet {
        id: "HS-11361.9".parse().map_err(data)?,
        version: 1,
    })
}

/// A request of the prosecutor.
fn request<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let metadata = request.metadata_mut();
    metadata.insert("caseledger-principal", MetadataValue::from_static(AGENCY));
    metadata.insert(
        "caseledger-role",
        MetadataValue::from_static("PROSECUTOR_COUNTY"),
    );
    request
}

/// How many entries the ledger has.
///
/// # Errors
/// [`Failure`] if it does not say.
pub(super) async fn size(channel: &Channel) -> Result<u64, Failure> {
    let mut client = AuditServiceClient::new(channel.clone());
    let info = client.get_ledger_info(v1::GetLedgerInfoRequest {}).await;
    Ok(info.map_err(refused)?.into_inner().size)
}

/// Posts one submission and waits for its receipt.
///
/// # Errors
/// [`Failure`] if it is refused.
pub(super) async fn submit(channel: Channel, submission: v1::Submission) -> Result<(), Failure> {
    answered(channel, Some(submission)).await.map(drop)
}

async fn answered(
    channel: Channel,
    submission: Option<v1::Submission>,
) -> Result<v1::SubmitResponse, Failure> {
    let mut client = CommandServiceClient::new(channel);
    let answer = client
        .submit(request(v1::SubmitRequest { submission }))
        .await;
    Ok(answer.map_err(refused)?.into_inner())
}

/// A stream of submissions with one batch in flight.
#[derive(Debug)]
pub(super) struct Bulk(Mutex<Open>);

#[derive(Debug)]
struct Open {
    requests: mpsc::Sender<v1::SubmitStreamRequest>,
    answers: Streaming<v1::SubmitStreamResponse>,
}

impl Bulk {
    /// Opens so many.
    ///
    /// # Errors
    /// [`Failure`] if the server does not take them.
    pub(super) async fn open(channels: &[Channel]) -> Result<Arc<[Self]>, Failure> {
        let mut streams = Vec::with_capacity(channels.len());
        for channel in channels {
            let (requests, receiver) = mpsc::channel(1);
            let client = CommandServiceClient::new(channel.clone());
            let mut client = client.max_decoding_message_size(32 * 1024 * 1024);
            let answers = client
                .submit_stream(request(ReceiverStream::new(receiver)))
                .await;
            let answers = answers.map_err(refused)?.into_inner();
            streams.push(Self(Mutex::new(Open { requests, answers })));
        }
        Ok(streams.into())
    }

    /// Sends a batch and waits for all of its receipts.
    ///
    /// # Errors
    /// [`Failure`] if one is refused.
    pub(super) async fn send(&self, submissions: Vec<v1::Submission>) -> Result<(), Failure> {
        let ended = || Failure::new(Exit::Refused, OursError::Ended);
        let mut open = self.0.lock().await;
        let message = v1::SubmitStreamRequest {
            correlation: 1,
            submissions,
        };
        open.requests
            .send(message)
            .await
            .map_err(|_cause| ended())?;
        let answer = open
            .answers
            .message()
            .await
            .map_err(refused)?
            .ok_or_else(ended)?;
        let taken =
            |result: &v1::SubmissionResult| matches!(result.result, Some(Outcome::Accepted(_)));
        if answer.results.iter().all(taken) {
            return Ok(());
        }
        Err(Failure::new(Exit::Refused, OursError::Refused))
    }
}
