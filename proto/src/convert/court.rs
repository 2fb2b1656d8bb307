//! What courts say, in their own shape: one message becomes one submission of the existing facts.
//!
//! Two steps, so that a client can check what was recorded against what it said: [`court_submission`]
//! needs no secret and gives the submission as the wire has it; [`filing_confirmation`] turns it
//! into commands. Documents, the envelope, the message answered and the time of docketing are checked and left
//! out: they have no place in a fact, and entries are public for ever.

use caseledger_domain::vocabulary::{
    DenialGround, DestructionAuthority, DismissalReason, FilingRejection, NewDisposition, Remedy,
    SealExtent, SealSurface, SearchResult, Severity,
};
use caseledger_domain::{CaseId, ChargeId, CohortId, ControlTotals, Text};
use prost::Message as _;

use self::codes::{Docketing, Finding, Review, Words};
use self::day::day;
use super::{Sent, key};
use crate::fact::CHARGES_MAX;
use crate::field::{Nested as _, Wire, exact_bytes, parse};
use crate::pb::event::v1::{self as event, fact::Kind};
use crate::pb::v1::{self as pb, filing_confirmation::Statement};
use crate::submission::{Pseudonyms, Submission};
use crate::wire_error::{Reader, Why, WireErrors, read};

mod codes;
mod day;
mod manifest;
mod question;
mod rule;

pub use codes::{CODE_FIELDS, CodeError, Codes};
pub use manifest::{
    BATCH_ROWS_MAX, ManifestHeader, Part, manifest_header, manifest_part, manifest_row,
    manifest_status, named_row, row_confirmation,
};
pub use question::{Claimed, reconcile, worklist};

/// Most documents of one message.
pub const DOCUMENTS_MAX: usize = 100;

/// Longest message id of a source, in bytes.
pub const SOURCE_MESSAGE_ID_MAX: usize = 200;

/// Longest id of an envelope or of a document on the docket, in bytes.
const NAME_MAX: usize = 64;

/// A court's message, read: what is posted, and how its codes were understood.
#[derive(Clone, Debug)]
pub struct CourtSubmission {
    /// What is posted, with the message id still empty.
    pub submission: pb::Submission,
    /// The codes that are no words of the ledger.
    pub readings: Vec<pb::CodeReading>,
}

/// A court's message, ready to be recorded.
#[derive(Clone, Debug)]
pub struct CourtMessage {
    /// The commands. Their content digest covers the court's message and not how its codes were
    /// understood: a message that is sent again after the operator mapped a code is the same one.
    pub submission: Submission,
    /// The codes that are no words of the ledger.
    pub readings: Vec<pb::CodeReading>,
}

/// Reads a court's message as a submission on the wire.
///
/// # Errors
/// [`WireErrors`] with every violation; paths begin at the message.
pub fn court_submission(
    wire: &pb::FilingConfirmation,
    codes: &Codes,
) -> Result<CourtSubmission, WireErrors> {
    read(|r| {
        printable(
            &wire.source_message_id,
            (1, SOURCE_MESSAGE_ID_MAX),
            "source_message_id",
            r,
        );
        take(wire, codes, r)
    })
}

/// Reads a court's message.
///
/// Its message id is [`Pseudonyms::message`] of `message`, the source system in capitals, and the
/// source's own message id: keyed, because sources make their ids of docket numbers.
///
/// # Errors
/// As [`court_submission`].
pub fn filing_confirmation(
    wire: &pb::FilingConfirmation,
    codes: &Codes,
    pseudonyms: &dyn Pseudonyms,
) -> Result<CourtMessage, WireErrors> {
    named_confirmation(wire, codes, pseudonyms).1
}

/// The same, with the name that a refusal is noted under.
pub fn named_confirmation(
    wire: &pb::FilingConfirmation,
    codes: &Codes,
    pseudonyms: &dyn Pseudonyms,
) -> (Sent, Result<CourtMessage, WireErrors>) {
    let source = wire.source_system.to_ascii_uppercase();
    let id = pseudonyms.message(&["message", &source, &wire.source_message_id]);
    let named = Named::new(id, &wire.encode_to_vec(), pseudonyms);
    let read = court_submission(wire, codes);
    let message = read.and_then(|read| commands(read, named, pseudonyms));
    (named.sent(), message)
}

/// Checks how many messages a request of a stream has.
///
/// # Errors
/// [`WireErrors`] unless they are 1 to [`SUBMISSIONS_MAX`](super::SUBMISSIONS_MAX).
pub fn confirmation_count(wire: &pb::PostFilingConfirmationsRequest) -> Result<(), WireErrors> {
    let found = wire.confirmations.len();
    read(|r| r.count("confirmations", found, (1, super::SUBMISSIONS_MAX)))
}

/// What a message goes by in the ledger, whatever it says.
#[derive(Clone, Copy)]
struct Named {
    id: [u8; 16],
    content: [u8; 32],
    /// Encoded bytes.
    bytes: usize,
}

impl Named {
    fn new(id: [u8; 16], canonical: &[u8], pseudonyms: &dyn Pseudonyms) -> Self {
        Self {
            id,
            content: pseudonyms.content(canonical),
            bytes: canonical.len(),
        }
    }

    const fn sent(self) -> Sent {
        Sent {
            message_id: Some(self.id),
            content: self.content,
        }
    }
}

/// The submission under its name, as commands.
fn commands(
    read: CourtSubmission,
    named: Named,
    pseudonyms: &dyn Pseudonyms,
) -> Result<CourtMessage, WireErrors> {
    let CourtSubmission {
        mut submission,
        readings,
    } = read;
    submission.message_id = bytes::Bytes::copy_from_slice(&named.id);
    let mut submission = super::submission(submission, pseudonyms)?;
    submission.content = named.content;
    submission.bytes = named.bytes;
    Ok(CourtMessage {
        submission,
        readings,
    })
}

/// A message while it is read.
struct Taking<'a> {
    wire: &'a pb::FilingConfirmation,
    words: Words<'a>,
    /// Capitals.
    court: String,
    target: pb::Target,
    scope: pb::Scope,
}

fn take(wire: &pb::FilingConfirmation, codes: &Codes, r: &mut Reader) -> Option<CourtSubmission> {
    let source = parse::<Text<48>>(&wire.source_system, "source_system", r);
    let court = key::court(&wire.court, "court", r);
    let target = case(wire, r);
    let scope = scope(wire, r);
    optional(&wire.in_reply_to, SOURCE_MESSAGE_ID_MAX, "in_reply_to", r);
    optional(&wire.envelope_id, NAME_MAX, "envelope_id", r);
    if !wire.filing_id.is_empty() {
        key::filing_id(&wire.filing_id, "filing_id", r);
    }
    let mut taking = Taking {
        wire,
        words: Words::new(codes, &wire.source_system),
        court: court.clone().unwrap_or_default(),
        target: target.clone().unwrap_or_default(),
        scope: scope.clone().unwrap_or_default(),
    };
    let rejection = taking.documents(r);
    let posts = taking.statement(rejection?.as_deref(), r);
    let readings = taking.words.readings();
    source?;
    court?;
    target?;
    scope?;
    Some(CourtSubmission {
        submission: pb::Submission {
            posts: posts?,
            ..pb::Submission::default()
        },
        readings,
    })
}

fn case(wire: &pb::FilingConfirmation, r: &mut Reader) -> Option<pb::Target> {
    use pb::target::Target;

    let target = match (wire.case_number.is_empty(), wire.case_id.is_empty()) {
        (false, true) => {
            let defendant = match wire.defendant.as_str() {
                "" => "1",
                given => given,
            };
            let number = key::docket_number(&wire.case_number, "case_number", r);
            key::defendant(defendant, "defendant", r)?;
            number?;
            Target::CaseKey(pb::CaseKey {
                court: wire.court.clone(),
                number: wire.case_number.clone(),
                defendant: defendant.to_owned(),
            })
        }
        (true, false) => {
            exact_bytes(&wire.case_id, "case_id", r).map(CaseId::from_bytes)?;
            if !wire.defendant.is_empty() {
                r.reject("defendant", Why::AlreadyGiven);
                return None;
            }
            Target::CaseId(wire.case_id.clone())
        }
        (true, true) => {
            r.reject("case_number", Why::Missing);
            return None;
        }
        (false, false) => {
            r.reject("case_id", Why::AlreadyGiven);
            return None;
        }
    };
    Some(pb::Target {
        target: Some(target),
    })
}

fn scope(wire: &pb::FilingConfirmation, r: &mut Reader) -> Option<pb::Scope> {
    use pb::scope::Scope;

    let whole = Scope::WholeCase(pb::WholeCase {});
    let given = wire.scope.as_ref().and_then(|scope| scope.scope.clone());
    let scope = given.unwrap_or(whole);
    if let Scope::Charges(list) = &scope {
        r.field("scope", |r| {
            r.field("charges", |r| {
                r.count("ids", list.ids.len(), (1, CHARGES_MAX))?;
                Vec::<ChargeId>::take(&list.ids, "ids", r)
            })
        })?;
    }
    Some(pb::Scope { scope: Some(scope) })
}

impl Taking<'_> {
    /// Checks the documents; the code of the first one that is rejected, if that has one.
    #[expect(
        clippy::option_option,
        reason = "none as everywhere for a violation, and a code that may be missing"
    )]
    fn documents(&mut self, r: &mut Reader) -> Option<Option<String>> {
        r.count("documents", self.wire.documents.len(), (0, DOCUMENTS_MAX))?;
        let mut reason = None;
        r.items("documents", self.wire.documents.iter(), |document, r| {
            optional(&document.docket_id, NAME_MAX, "docket_id", r);
            if !document.sha256.is_empty() {
                exact_bytes::<32>(&document.sha256, "sha256", r)?;
            }
            let status = match document.status.as_str() {
                "" => None,
                status => Some(self.words.closed::<Review>(status, "status", r)?),
            };
            if status == Some(Review::Rejected) && !document.reject_reason.is_empty() {
                reason.get_or_insert_with(|| document.reject_reason.clone());
            }
            Some(())
        })?;
        Some(reason)
    }

    fn statement(&mut self, rejection: Option<&str>, r: &mut Reader) -> Option<Vec<pb::Post>> {
        match self.wire.statement.as_ref() {
            None => {
                r.reject("statement", Why::Missing);
                None
            }
            Some(Statement::Review(wire)) => r.field("review", |r| self.review(wire, rejection, r)),
            Some(Statement::DocketEntry(wire)) => {
                r.field("docket_entry", |r| self.docket_entry(wire, r))
            }
            Some(Statement::Ruling(wire)) => r.field("ruling", |r| self.ruling(wire, r)),
            Some(Statement::Sealing(wire)) => r.field("sealing", |r| self.sealing(wire, r)),
            Some(Statement::MissingRecord(wire)) => {
                r.field("missing_record", |r| self.missing_record(wire, r))
            }
        }
    }

    fn docket_entry(&mut self, wire: &pb::DocketEntry, r: &mut Reader) -> Option<Vec<pb::Post>> {
        let disposition = self
            .words
            .closed::<NewDisposition>(&wire.disposition, "disposition", r);
        let on = day(&wire.entered_on, "entered_on", r);
        let severity_after = match wire.severity_after.as_str() {
            "" => Some(0),
            given => self
                .words
                .closed::<Severity>(given, "severity_after", r)
                .map(|severity| severity.put()),
        };
        let reason = match wire.reason.as_str() {
            "" => Some(None),
            given => self
                .words
                .coded::<DismissalReason>(given, "reason", r)
                .map(|code| Some(code.put_message())),
        };
        let order = self.order(&wire.order_number, r);
        let fact = event::DispositionEntered {
            disposition: disposition?.put(),
            severity_after: severity_after?,
            reason: reason?,
            order: Vec::new(),
        };
        let kind = Kind::DispositionEntered(fact);
        Some(vec![self.post(on?, kind, order?)])
    }

    fn sealing(&mut self, wire: &pb::SealingReport, r: &mut Reader) -> Option<Vec<pb::Post>> {
        let on = day(&wire.executed_on, "executed_on", r);
        let extent = self.words.closed::<SealExtent>(&wire.extent, "extent", r);
        r.count("surfaces", wire.surfaces.len(), (0, NAME_MAX))?;
        let surfaces = r.items("surfaces", wire.surfaces.iter(), |surface, r| {
            self.words.closed_here::<SealSurface>(surface, r)
        });
        let order = self.order(&wire.order_number, r);
        let mut surfaces: Vec<i32> = surfaces?.iter().map(SealSurface::put).collect();
        surfaces.sort_unstable();
        surfaces.dedup();
        let fact = event::SealingExecuted {
            surfaces,
            extent: extent?.put(),
            order: Vec::new(),
        };
        Some(vec![self.post(on?, Kind::SealingExecuted(fact), order?)])
    }

    fn missing_record(
        &mut self,
        wire: &pb::MissingRecord,
        r: &mut Reader,
    ) -> Option<Vec<pb::Post>> {
        let finding = self.words.closed::<Finding>(&wire.finding, "finding", r);
        let on = day(&wire.found_on, "found_on", r);
        let kind = match finding? {
            Finding::NotFound => {
                let search = self
                    .words
                    .coded::<SearchResult>(&wire.reason, "reason", r)?;
                Kind::RecordNotFound(event::RecordNotFound {
                    search: Some(search.put_message()),
                })
            }
            Finding::Destroyed => {
                let authority =
                    self.words
                        .coded::<DestructionAuthority>(&wire.reason, "reason", r)?;
                Kind::RecordDestroyed(event::RecordDestroyed {
                    authority: Some(authority.put_message()),
                })
            }
        };
        Some(vec![self.post(on?, kind, None)])
    }

    /// The order that a statement names, if it names one.
    #[expect(
        clippy::option_option,
        reason = "none as everywhere for a violation, and an order that may be missing"
    )]
    fn order(&self, number: &str, r: &mut Reader) -> Option<Option<pb::References>> {
        if number.is_empty() {
            return Some(None);
        }
        key::docket_number(number, "order_number", r)?;
        let key = pb::OrderKey {
            court: self.court.clone(),
            number: number.to_owned(),
        };
        Some(Some(pb::References {
            order: Some(pb::OrderReference {
                reference: Some(pb::order_reference::Reference::Key(key)),
            }),
            ..pb::References::default()
        }))
    }

    fn filing(&self) -> pb::FilingReference {
        let key = pb::FilingKey {
            court: self.court.clone(),
            filing_id: self.wire.filing_id.clone(),
        };
        pb::FilingReference {
            reference: Some(pb::filing_reference::Reference::Key(key)),
        }
    }

    fn post(&self, on: u32, kind: Kind, references: Option<pb::References>) -> pb::Post {
        pb::Post {
            target: Some(self.target.clone()),
            expected: Some(any()),
            scope: Some(self.scope.clone()),
            occurred_on: on,
            fact: Some(event::Fact { kind: Some(kind) }),
            references,
            private: None,
        }
    }
}

/// A court says what is so, whatever the ledger knew before.
fn any() -> pb::Expected {
    pb::Expected {
        expectation: Some(pb::expected::Expectation::State(
            pb::ExpectedState::Any.into(),
        )),
    }
}

/// Printable ASCII of so many bytes. What it is does not show in the violation: it may hold a docket number.
fn printable(
    wire: &str,
    (min, max): (usize, usize),
    field: &'static str,
    r: &mut Reader,
) -> Option<()> {
    let found = wire.len();
    if !(min..=max).contains(&found) {
        let why = match found {
            0 => Why::Missing,
            _ => Why::Length { min, max, found },
        };
        r.reject(field, why);
        return None;
    }
    if !wire.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        r.reject(field, Why::Unprintable);
        return None;
    }
    Some(())
}

fn optional(wire: &str, max: usize, field: &'static str, r: &mut Reader) {
    printable(wire, (0, max), field, r);
}
