//! Who may state what, written out: the actors and their authority, one line a kind of fact.
//!
//! It is not computed from anything. What the rows come from is beside them: a role *decides* what is
//! in its own power, *reports* what it knows, and must never post what another one answers for.

use caseledger_domain::FactKind as K;
use caseledger_domain::vocabulary::Role;

/// A role by its letter, and the one organisation that has it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) letter: char,
    pub(super) role: Role,
    pub(super) org: &'static str,
}

const fn member(letter: char, role: Role, org: &'static str) -> Member {
    Member { letter, role, org }
}

/// The columns: state repository, district attorney, city attorney, analytics agent, court (judges
/// and clerks), public defender, probation, law enforcement, community organisation, oversight, press office,
/// operator, custodian of records.
pub(super) const MEMBERS: [Member; 13] = [
    member('S', Role::StateRepository, "ca-doj"),
    member('D', Role::ProsecutorCounty, "lada"),
    member('C', Role::ProsecutorCity, "pasadena"),
    member('A', Role::AnalyticsAgent, "algorithm"),
    member('J', Role::Court, "lasc"),
    member('P', Role::Defender, "lapubdef"),
    member('B', Role::Probation, "laprob"),
    member('L', Role::LawEnforcement, "lasd"),
    member('M', Role::Community, "impact"),
    member('O', Role::Oversight, "ag"),
    member('W', Role::Publisher, "press"),
    member('K', Role::Operator, "operator"),
    member('R', Role::RecordCustodian, "archive"),
];

/// A letter may, a dot may not.
pub(super) const TABLE: [(K, &str); 104] = [
    // Lists and who is on them: whoever has one identifies.
    (K::CaseIdentified, "S D C A J P . . . . . . ."),
    (K::SightingAdded, "S D C A J P . . . . . . ."),
    (K::SightingRemoved, "S D C A J P . . . . . . ."),
    (K::CohortOpened, "S D C A J P . . . . . . ."),
    (K::CohortSealed, "S D C A J P . . . . . . ."),
    (K::CohortSuperseded, "S D C A J P . . . . . . ."),
    // What a record says of a case and its person: whoever keeps the record.
    (K::ChargeAdded, "S D C . J . . . . . . . ."),
    (K::ChargeAmended, "S D C . J . . . . . . . ."),
    (K::IdentityMismatchReported, "S D C . J . . . . . . . ."),
    (K::PersonLinked, "S D C . J . . . . . . . ."),
    (K::PersonUnlinked, "S D C . J . . . . . . . ."),
    (K::SupervisionStatusReported, ". D C . . . B . . . . . ."),
    (K::PriorReliefFound, "S D C . J P . . . . . . ."),
    // A vendor proposes; it decides nothing.
    (K::EligibilityProposed, ". . . A . . . . . . . . ."),
    // Prosecutors decide on eligibility and on what becomes of it.
    (K::EligibilityDetermined, ". D C . . . . . . . . . ."),
    (K::EligibilityRedetermined, ". D C . . . . . . . . . ."),
    (K::ReferredToProsecutor, ". D C . . . . . . . . . ."),
    (K::ReferralAccepted, ". D C . . . . . . . . . ."),
    (K::ReferralReturned, ". D C . . . . . . . . . ."),
    (K::ReviewStarted, ". D C . . . . . . . . . ."),
    (K::ReviewApproved, ". D C . . . . . . . . . ."),
    (K::Challenged, ". D C . . . . . . . . . ."),
    (K::DefenderNoticed, ". D C . . . . . . . . . ."),
    (K::ChallengeWithdrawn, ". D C . . . . . . . . . ."),
    (K::ProsecutorDeclined, ". D C . . . . . . . . . ."),
    (K::CaseWithdrawn, ". D C . . . . . . . . . ."),
    (K::CaseVoided, ". D C . . . . . . . . . ."),
    // Motions, petitions, applications and lists: prosecutors and defenders file.
    (K::FilingSubmitted, ". D C . . P . . . . . . ."),
    (K::ListDelivered, ". D C . . P . . . . . . ."),
    (K::FilingWithdrawn, ". D C . . P . . . . . . ."),
    (K::FilingPrepared, ". D C . . P . . . . . . ."),
    (K::FilingSent, ". D C . . P . . . . . . ."),
    (K::FilingRetracted, ". D C . . P . . . . . . ."),
    (K::OrderProposed, ". D C . . P . . . . . . ."),
    (K::OrderSubmitted, ". D C . . P . . . . . . ."),
    // The clerk takes filings or does not, the judge decides, the docket shows it.
    (K::FilingReceived, ". . . . J . . . . . . . ."),
    (K::FilingAccepted, ". . . . J . . . . . . . ."),
    (K::FilingPartiallyAccepted, ". . . . J . . . . . . . ."),
    (K::FilingRejected, ". . . . J . . . . . . . ."),
    (K::FilingReceiptConfirmed, ". . . . J . . . . . . . ."),
    (K::FilingReviewed, ". . . . J . . . . . . . ."),
    (K::HearingSet, ". . . . J . . . . . . . ."),
    (K::HearingContinued, ". . . . J . . . . . . . ."),
    (K::ChallengeSustained, ". . . . J . . . . . . . ."),
    (K::ChallengeOverruled, ". . . . J . . . . . . . ."),
    (K::ReliefGranted, ". . . . J . . . . . . . ."),
    (K::ReliefDenied, ". . . . J . . . . . . . ."),
    (K::ReliefReversed, ". . . . J . . . . . . . ."),
    (K::OrderApplied, ". . . . J . . . . . . . ."),
    (K::OrderVacated, ". . . . J . . . . . . . ."),
    (K::OrderIssued, ". . . . J . . . . . . . ."),
    (K::OrderFiled, ". . . . J . . . . . . . ."),
    (K::OrderRowsExplained, ". . . . J . . . . . . . ."),
    (K::OrderCompleted, ". . . . J . . . . . . . ."),
    (K::OrderAmended, ". . . . J . . . . . . . ."),
    (K::OrderSetAside, ". . . . J . . . . . . . ."),
    (K::DispositionEntered, ". . . . J . . . . . . . ."),
    (K::SealingOrdered, ". . . . J . . . . . . . ."),
    (K::SealingExecuted, ". . . . J . . . . . . . ."),
    (K::Unsealed, ". . . . J . . . . . . . ."),
    (K::RecordNotFound, ". . . . J . . . . . . . ."),
    (K::DispositionReportedToDoj, ". . . . J . . . . . . . ."),
    // Each custodian speaks of its own copy.
    (K::RecordDestroyed, ". . . . J . . L . . . . ."),
    // Whoever answers for the records has what is private of them destroyed; the operator what retention names, which
    // therefore comes first.
    (K::RetentionSet, ". . . . . . . . . . . K ."),
    (K::ShredOrdered, ". . . . J . . . . . . K R"),
    (K::CustodianAcknowledged, ". D C . J . B L . . . . ."),
    // The state repository, of its own status.
    (K::DojReportRejected, "S . . . . . . . . . . . ."),
    (K::DojRecordUpdated, "S . . . . . . . . . . . ."),
    (K::DojRecordRegressed, "S . . . . . . . . . . . ."),
    // Telling the person, and that it need not be.
    (K::PersonNoticeAttempted, ". D C . . P . . M . . . ."),
    (K::PersonNoticeDelivered, ". D C . . P . . M . . . ."),
    (K::PersonNoticeUndeliverable, ". D C . . P . . M . . . ."),
    (K::PersonNoticeWaived, ". D C . . P . . . . . . ."),
    // What is the same, and what is open again.
    (K::DuplicateLinked, ". D C . J . . . . . . . ."),
    (K::DuplicateUnlinked, ". D C . J . . . . . . . ."),
    (K::CaseReopened, ". D C . J . . . . . . . ."),
    (K::ListReconciled, ". D C . J . . . . . . . ."),
    // Whoever states anything about cases puts its own right.
    (K::FactCorrected, "S D C A J P B L M . . . ."),
    (K::EventRetracted, "S D C A J P B L M . . . ."),
    // Those whose facts wait for a case take them back.
    (K::ConfirmationResolved, "S . . . J . B L . . . . ."),
    // Programmes.
    (K::InitiativeOpened, ". D C . . . . . . . . K ."),
    (K::PolicyAdopted, ". D C . . . . . . . . K ."),
    (K::InitiativeAnnounced, ". D C . . . . . . . . K ."),
    (K::InitiativeStarted, ". D C . . . . . . . . K ."),
    (K::InitiativeCompleted, ". D C . . . . . . O . K ."),
    (
        K::InitiativeClosedWithRemainder,
        ". D C . . . . . . . . K .",
    ),
    // Frozen figures.
    (K::AnnouncementPublished, ". . . . . . . . . . W . ."),
    (K::AnnouncementCorrected, ". . . . . . . . . . W . ."),
    // Who takes part.
    (K::OrganisationRegistered, ". . . . . . . . . . . K ."),
    (K::RoleGranted, ". . . . . . . . . . . K ."),
    (K::RoleRevoked, ". . . . . . . . . . . K ."),
    (K::PrincipalBound, ". . . . . . . . . . . K ."),
    (K::PrincipalUnbound, ". . . . . . . . . . . K ."),
    (K::TokenIssued, ". . . . . . . . . . . K ."),
    (K::TokenRevoked, ". . . . . . . . . . . K ."),
    (K::SigningKeyAdded, ". . . . . . . . . . . K ."),
    (K::SigningKeyRotated, ". . . . . . . . . . . K ."),
    (K::SigningKeyRevoked, ". . . . . . . . . . . K ."),
    (K::SignaturesRequired, ". . . . . . . . . . . K ."),
    // From here on what is stated about organisations waits for another one: these come last.
    (K::ApprovalRequired, ". . . . . . . . . . . K ."),
    (K::ActApproved, ". . . . . . . . . O . K ."),
    (K::ActRejected, ". . . . . . . . . O . K ."),
    // Keys of checkpoints are changed where the key files are, and posted by nobody.
    (K::CheckpointKeySucceeded, ". . . . . . . . . . . . ."),
    (K::CheckpointKeyRetired, ". . . . . . . . . . . . ."),
];

/// What the ledger makes of other facts, and nobody posts.
pub(super) const MADE_BY_THE_LEDGER: [K; 5] = [
    K::ConfirmationHeld,
    K::ConfirmationMatched,
    K::ConfirmationSighted,
    K::RestrictedRead,
    K::ShredConfirmed,
];

/// What each role must never post, whatever else it may.
pub(super) const NEVER: [(char, &[K]); 9] = [
    (
        'S',
        &[
            K::DispositionEntered,
            K::ReliefGranted,
            K::ReviewApproved,
            K::EligibilityDetermined,
        ],
    ),
    (
        'D',
        &[
            K::DispositionEntered,
            K::SealingExecuted,
            K::DojRecordUpdated,
        ],
    ),
    (
        'C',
        &[
            K::DispositionEntered,
            K::SealingExecuted,
            K::DojRecordUpdated,
        ],
    ),
    ('A', &[K::ReviewApproved, K::EligibilityDetermined]),
    ('J', &[K::ReviewApproved, K::EligibilityDetermined]),
    (
        'P',
        &[K::ReviewApproved, K::DispositionEntered, K::ReliefGranted],
    ),
    (
        'M',
        &[
            K::DispositionEntered,
            K::SealingExecuted,
            K::ReviewApproved,
            K::DojRecordUpdated,
        ],
    ),
    (
        'O',
        &[
            K::DispositionEntered,
            K::SealingExecuted,
            K::ReviewApproved,
            K::DojRecordUpdated,
        ],
    ),
    (
        'W',
        &[
            K::DispositionEntered,
            K::SealingExecuted,
            K::ReviewApproved,
            K::DojRecordUpdated,
        ],
    ),
];

/// The columns of a line: who may, and who may not.
pub(super) fn columns(line: &str) -> impl Iterator<Item = (Member, bool)> {
    let cells = line.split(' ').zip(MEMBERS);
    cells.map(move |(cell, member)| {
        let letter = cell.parse::<char>().unwrap();
        assert!(letter == '.' || letter == member.letter, "{line}");
        (member, letter != '.')
    })
}
