//! Events that the rules forbid, well chained: every one has its finding, and its allowed twin none.

use caseledger_domain::vocabulary::SearchResult;
use caseledger_domain::{FactKind, FilingFact, Flag, InitiativeFact};

use super::*;
use steps::*;

mod steps;

/// What is found in a log of these steps, behind the list that every log opens with.
fn found(steps: &[Step]) -> Vec<String> {
    let mut log = Log::new();
    let mut message = MessageId::from_bytes([0; 16]);
    for (at, step) in steps.iter().enumerate() {
        let parts = 1 + steps[at + 1..]
            .iter()
            .take_while(|next| next.goes_on)
            .count() as u16;
        let part = steps[..=at]
            .iter()
            .rev()
            .take_while(|step| step.goes_on)
            .count() as u16;
        log.push_in(&step.event, step.stream, |header| {
            header.submitter = SubmitterId::parse(step.org).unwrap();
            if !step.goes_on {
                message = header.message_id;
            }
            header.message_id = message;
            header.recorded_at = 5_000;
            (header.part, header.parts) = (part, part + parts);
        });
    }
    log.faults().iter().map(Fault::to_string).collect()
}

/// The steps before, the one that is forbidden, what is found of it, and what is allowed instead.
type Row = (&'static str, Vec<Step>, Step, &'static [&'static str], Step);

#[test]
#[expect(clippy::too_many_lines, reason = "one row per rule")]
fn every_event_that_the_rules_forbid_has_its_finding_and_its_allowed_twin_none() {
    let a_case = || case(DA, identified());
    let eligible = || vec![a_case(), case(DA, determined())];
    let with = |mut steps: Vec<Step>, more: Vec<Step>| {
        steps.extend(more);
        steps
    };
    let rows: Vec<Row> = vec![
        (
            "an initiative opened twice",
            vec![initiative(DA, begun())],
            initiative(DA, begun()),
            &["STAGE_NOT_ALLOWED: the initiative stands PLANNED"],
            initiative(DA, InitiativeFact::InitiativeStarted),
        ),
        (
            "an initiative run by somebody else",
            vec![initiative(DA, begun())],
            initiative(OTHER_DA, InitiativeFact::InitiativeStarted),
            &["NOT_INITIATIVE_LEAD"],
            initiative(DA, InitiativeFact::InitiativeStarted),
        ),
        (
            "a policy that was adopted before",
            vec![initiative(DA, begun())],
            initiative(DA, adopted(1)),
            &["POLICY_VERSION_NOT_NEXT"],
            initiative(DA, adopted(2)),
        ),
        (
            "a list opened twice",
            vec![],
            cohort(opened()),
            &["STAGE_NOT_ALLOWED: the cohort stands OPEN"],
            cohort(sealed()),
        ),
        (
            "a list sealed twice",
            vec![cohort(sealed())],
            cohort(sealed()),
            &["STAGE_NOT_ALLOWED: the cohort stands MANIFEST_SEALED"],
            cohort(superseded()),
        ),
        (
            "a list sealed that nobody opened",
            vec![],
            cohort(sealed()).within(StreamId::Cohort(other_list())),
            &["STREAM_NOT_OPENED"],
            cohort(sealed()),
        ),
        (
            "a case on a list that nobody opened",
            vec![],
            case(DA, listed_as(other_list())),
            &["COHORT_UNKNOWN"],
            a_case(),
        ),
        (
            "a case on a list that is sealed",
            vec![cohort(sealed())],
            a_case(),
            &["COHORT_NOT_OPEN"],
            cohort(superseded()),
        ),
        (
            "a sighting on a list that nobody opened",
            vec![a_case()],
            case(DA, sighted(other_list())),
            &["COHORT_UNKNOWN"],
            case(DA, noticed()),
        ),
        (
            "a filing prepared twice",
            vec![filing(DA, prepared())],
            filing(DA, prepared()),
            &["STAGE_NOT_ALLOWED: the filing stands PREPARED"],
            filing(DA, FilingFact::FilingSent),
        ),
        (
            "a filing sent that nobody prepared",
            vec![],
            filing(DA, FilingFact::FilingSent),
            &["STAGE_NOT_ALLOWED: the filing stands none"],
            filing(DA, prepared()),
        ),
        (
            "a receipt for what nobody sent, as if it were in order",
            vec![],
            filing(COURT, FilingFact::FilingReceiptConfirmed { rows: None }),
            &["is flagged {}, the rules raise {OutOfOrder, NoSubmission}"],
            filing(COURT, FilingFact::FilingReceiptConfirmed { rows: None })
                .flagged(&[Flag::OutOfOrder, Flag::NoSubmission]),
        ),
        (
            "a review of what nobody sent, as if it were in order",
            vec![],
            filing(COURT, reviewed()),
            &["is flagged {}, the rules raise {OutOfOrder, NoSubmission}"],
            filing(COURT, reviewed()).flagged(&[Flag::OutOfOrder, Flag::NoSubmission]),
        ),
        (
            "rows of an order that nobody signed",
            vec![],
            order(explained()),
            &["ORDER_NOT_BLANKET", "ROW_OUT_OF_RANGE"],
            order(issued()),
        ),
        (
            "a row explained twice",
            vec![order(issued()), order(explained())],
            order(explained()),
            &["ROW_EXPLAINED_TWICE"],
            order(completed()),
        ),
        (
            "an order completed twice, as if it were in order",
            vec![order(issued()), order(explained()), order(completed())],
            order(completed()),
            &["is flagged {}, the rules raise {OutOfOrder}"],
            order(completed()).flagged(&[Flag::OutOfOrder]),
        ),
        (
            "a second approval",
            with(eligible(), vec![case(DA, approved())]),
            case(DA, approved()),
            &[
                "MOVE_NOT_ALLOWED: charge #1 stands APPROVED: ReviewApproved is not allowed from there; allowed are ",
            ],
            case(DA, submitted()),
        ),
        (
            "a decision about a duplicate",
            vec![
                a_case(),
                a_case().within(StreamId::Case(OTHER_CASE)),
                case(DA, linked(OTHER_CASE)),
            ],
            case(DA, determined()),
            &["CASE_IS_DUPLICATE", "MOVE_NOT_ALLOWED"],
            case(DA, unlinked()).flagged(&[Flag::Redirected]),
        ),
        (
            "a link to a case that nobody named",
            vec![a_case()],
            case(DA, linked(OTHER_CASE)),
            &["CANONICAL_CASE_UNKNOWN"],
            case(DA, noticed()),
        ),
        (
            "a link to itself",
            vec![a_case()],
            case(DA, linked(CaseId::from_bytes([2; 16]))),
            &["DUPLICATE_CYCLE"],
            case(DA, noticed()),
        ),
        (
            "a decision about a case that is granted and sealed",
            vec![a_case(), granted(), shut()],
            case(DA, determined()),
            &["MOVE_NOT_ALLOWED: charge #1 stands GRANTED"],
            case(COURT, CaseFact::Unsealed { order: ORDER }),
        ),
        (
            "a referral of a case that is granted",
            vec![a_case(), granted()],
            case(DA, referred()),
            &["MOVE_NOT_ALLOWED: charge #1 stands GRANTED"],
            case(DA, withdrawn()).flagged(&[Flag::WithdrawnAfterGrant]),
        ),
        (
            "a case reopened that never left",
            eligible(),
            case(DA, reopened()),
            &["MOVE_NOT_ALLOWED: charge #1 stands ELIGIBLE"],
            case(DA, declined()),
        ),
        (
            "a decision about the case of another prosecutor",
            vec![a_case()],
            case(OTHER_DA, determined()),
            &["NOT_YOUR_CASE"],
            case(DA, determined()),
        ),
        (
            "a felony decided by a city attorney",
            vec![case(DA, of_the_city(Severity::Felony))],
            case(CITY, determined()),
            &["CITY_ATTORNEY_FELONY"],
            case(DA, told()),
        ),
        (
            "a misdemeanor of the city decided by the county",
            vec![case(DA, of_the_city(Severity::Misdemeanor))],
            case(DA, determined()),
            &["NOT_YOUR_CASE"],
            case(CITY, determined()),
        ),
        (
            "a referral taken by nobody it was made to",
            vec![a_case(), case(DA, referred())],
            case(OTHER_DA, CaseFact::ReferralAccepted),
            &["NOT_REFERRED_TO_YOU"],
            case(CITY, CaseFact::ReferralAccepted),
        ),
        (
            "a notice that arrived before it was given",
            vec![a_case()],
            case(DA, CaseFact::PersonNoticeDelivered),
            &["NOTICE_NOT_ALLOWED"],
            case(DA, told()),
        ),
        (
            "another filing withdrawn than was made",
            with(
                eligible(),
                vec![case(DA, approved()), case(DA, submitted())],
            ),
            case(DA, withdrawn_from(5)),
            &["OTHER_FILING"],
            case(DA, withdrawn_from(4)),
        ),
        (
            "another determination replaced than is in force",
            eligible(),
            case(DA, redetermined(0)),
            &["WRONG_SUPERSEDES"],
            case(DA, redetermined(1)),
        ),
        (
            "a case voided by one alone",
            vec![a_case()],
            case(DA, voided("lada")),
            &["APPROVER_IS_POSTER"],
            case(DA, voided("sfda")),
        ),
        (
            "a second charge with the number of the third",
            vec![a_case()],
            case(DA, CaseFact::ChargeAdded { charge: charge(3) }).of(&[3]),
            &["CHARGE_NOT_NEXT"],
            case(DA, CaseFact::ChargeAdded { charge: charge(2) }).of(&[2]),
        ),
        (
            "an approval of no charge",
            eligible(),
            case(DA, approved()).of(&[]),
            &["ReviewApproved lists other charges than it is about"],
            case(DA, approved()),
        ),
        (
            "a link that lists a charge",
            vec![a_case(), a_case().within(StreamId::Case(OTHER_CASE))],
            case(DA, linked(OTHER_CASE)).of(&[1]),
            &["DuplicateLinked lists other charges than it is about"],
            case(DA, linked(OTHER_CASE)),
        ),
        (
            "a docket entry that was known",
            vec![a_case(), case(COURT, dismissed()).flagged(AHEAD)],
            case(COURT, dismissed()).flagged(AHEAD),
            &["DispositionEntered was known already"],
            case(COURT, dismissed()).flagged(AHEAD).on(20_210_928),
        ),
        (
            "a confirmation that waits for a case that is there",
            vec![a_case()],
            held(),
            &["DispositionEntered waits for its case, which is identified"],
            case(COURT, dismissed()).flagged(AHEAD),
        ),
        (
            "a confirmation that waits for its case twice",
            vec![held()],
            held(),
            &["DispositionEntered was known already"],
            a_case(),
        ),
        (
            "a match of something else than was held",
            vec![held(), a_case()],
            matched(CaseFact::RecordNotFound {
                search: Coded::Known(SearchResult::NoSuchNumber),
            }),
            &["the match of revision 0 is not what was held there"],
            matched(dismissed()),
        ),
        (
            "a determination by rules that are no longer in force, as if they were",
            vec![
                initiative(DA, begun()),
                a_case(),
                initiative(DA, adopted(2)),
            ],
            case(DA, determined()),
            &["is flagged {}, the rules raise {SupersededRules}"],
            case(DA, determined_by(2)),
        ),
    ];
    for (name, before, forbidden, expected, allowed) in rows {
        let faults = found(&with(before.clone(), vec![forbidden]));
        assert_eq!(faults.len(), expected.len(), "{name}: {faults:#?}");
        for (fault, expected) in faults.iter().zip(expected) {
            assert!(
                fault.starts_with("an event that the rules forbid: "),
                "{fault}"
            );
            assert!(fault.contains(expected), "{name}: {fault}");
        }
        let faults = found(&with(before, vec![allowed]));
        assert_eq!(faults, [""; 0], "{name}: what is allowed instead");
    }
}

#[test]
fn what_a_list_adds_to_a_known_case_is_its_owners_to_state() {
    let added = || case(VENDOR, CaseFact::ChargeAdded { charge: charge(2) }).of(&[2]);
    let seen = CaseFact::ConfirmationSighted {
        kind: FactKind::CaseIdentified,
    };
    let seen = || case(VENDOR, seen.clone()).of(&[]);
    let before = || vec![case(DA, identified()), seen()];
    let mut together = before();
    together.push(added().going_on());
    assert_eq!(found(&together), [""; 0]);
    // By itself a vendor states no charge.
    let mut apart = before();
    apart.push(added());
    let faults = found(&apart);
    assert!(
        matches!(&faults[..], [fault] if fault.contains("who may not")),
        "{faults:?}"
    );
}

/// The case of a determination, corrected with other rules.
fn corrected(who: Who, before: &[Step]) -> Step {
    let correction = |restored| CaseFact::FactCorrected {
        target: 1,
        replacement: Box::new(determined_by(2)),
        replacement_on: Date::from_yyyymmdd(20_210_927).unwrap(),
        reason: Coded::Known(CorrectionReason::Typo),
        restored,
    };
    let of_case = before
        .iter()
        .filter(|step| matches!(step.event.fact, Fact::Case(_)));
    let mut history: Vec<(OrgId, Event)> = of_case
        .map(|step| (step.org.parse().unwrap(), step.event.clone()))
        .collect();
    let unrestored = case(who, correction(Vec::new()));
    history.push((who.0.parse().unwrap(), unrestored.event));
    case(who, correction(refold(&history).charges))
}

#[test]
fn a_correction_is_judged_by_whose_it_is_and_by_the_policy_of_its_moment() {
    let before = vec![
        initiative(DA, begun()),
        case(DA, identified()),
        case(DA, determined()),
    ];
    let log = |correction: Step| {
        let mut steps = before.clone();
        // What is adopted afterwards bears on nothing before it.
        steps.extend([correction, initiative(DA, adopted(2))]);
        found(&steps)
    };
    let flagged = corrected(DA, &before).flagged(&[Flag::SupersededRules]);
    assert_eq!(log(flagged.clone()), [""; 0]);
    let faults = log(corrected(DA, &before));
    let expected = "FactCorrected is flagged {}, the rules raise {SupersededRules}";
    assert!(
        matches!(&faults[..], [fault] if fault.contains(expected)),
        "{faults:?}"
    );
    let other = corrected(OTHER_DA, &before).flagged(&[Flag::SupersededRules]);
    let faults = log(other);
    assert!(
        matches!(&faults[..], [fault] if fault.contains("NOT_YOUR_FACT")),
        "{faults:?}"
    );
}
