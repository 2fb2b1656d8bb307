//! What courts say, and what it becomes.

use bytes::Bytes;
use caseledger_domain::vocabulary::{
    Coded, DenialGround, DestructionAuthority, DismissalReason, FilingRejection, NewDisposition,
    Remedy, ReviewStatus, SealExtent, SealSurface, SearchResult, Severity,
};
use caseledger_domain::{
    CaseFact, CaseId, ChargeId, Command, Date, Expected, Fact, FilingFact, Scope, Target,
};

use super::*;
use pb::filing_confirmation::Statement;

/// A message as courts send them, saying this.
pub(super) fn message(statement: Statement) -> pb::FilingConfirmation {
    pb::FilingConfirmation {
        source_system: "odyssey".into(),
        source_message_id: format!("{DOCKET}/review/1"),
        in_reply_to: "m-17".into(),
        court: "lasc-cjc".into(),
        case_number: DOCKET.into(),
        defendant: String::new(),
        case_id: Bytes::new(),
        filing_id: "F-1".into(),
        envelope_id: "E-9".into(),
        scope: None,
        statement: Some(statement),
        documents: Vec::new(),
    }
}

fn review(status: &str, docketing: &str) -> pb::FilingReview {
    pb::FilingReview {
        review_status: status.into(),
        docketing_status: docketing.into(),
        received_at: "2020-02-10T16:40:00-08:00".into(),
        official_filed_on: "2020-02-11".into(),
        reviewed_on: "2020-02-12".into(),
        entered_on_docket_at: "2020-02-13".into(),
        reason: "wrong court".into(),
        rejected_charges: Vec::new(),
    }
}

fn commands(wire: &pb::FilingConfirmation, codes: &Codes) -> Vec<Command> {
    let read = filing_confirmation(wire, codes, &Hashes).unwrap();
    read.submission.commands
}

fn only(statement: Statement) -> Command {
    let mut commands = commands(&message(statement), &Codes::default());
    assert_eq!(commands.len(), 1);
    commands.remove(0)
}

fn on(day: u32) -> Date {
    Date::from_yyyymmdd(day).unwrap()
}

fn refused(wire: &pb::FilingConfirmation) -> Vec<String> {
    let errors = filing_confirmation(wire, &Codes::default(), &Hashes).unwrap_err();
    assert!(!errors.to_string().contains(DOCKET), "{errors}");
    let errors = errors.violations().iter();
    errors.map(|error| error.field.clone()).collect()
}

#[test]
fn a_review_is_what_review_and_docketing_say_together() {
    let filing = Hashes.filing("LASC-CJC", "F-1");
    let received = CaseFact::FilingReceived { filing };
    let accepted = CaseFact::FilingAccepted {
        filing,
        received_on: Some(on(20_200_210)),
    };
    let partly = CaseFact::FilingPartiallyAccepted {
        filing,
        rejected: Vec::new(),
        reason: Coded::Known(FilingRejection::WrongCourt),
    };
    let rejected = CaseFact::FilingRejected {
        filing,
        reason: Coded::Known(FilingRejection::WrongCourt),
    };
    for (status, docketing, fact, day) in [
        ("accepted", "", &accepted, 20_200_211),
        ("ACCEPTED", "docketed", &accepted, 20_200_211),
        ("Accepted", "pending", &accepted, 20_200_211),
        ("accepted", "rejected", &rejected, 20_200_212),
        ("partially accepted", "", &partly, 20_200_211),
        ("partially-accepted", "docketed", &partly, 20_200_211),
        ("rejected", "", &rejected, 20_200_212),
        ("rejected", "docketed", &rejected, 20_200_212),
        ("received", "", &received, 20_200_210),
        ("received", "pending", &received, 20_200_210),
        ("received", "docketed", &accepted, 20_200_211),
        ("", "docketed", &accepted, 20_200_211),
        ("", "pending", &received, 20_200_210),
        ("", "rejected", &rejected, 20_200_212),
    ] {
        let command = only(Statement::Review(review(status, docketing)));
        assert_eq!(
            command.fact,
            Fact::Case(fact.clone()),
            "{status}/{docketing}"
        );
        assert_eq!(command.occurred_on, on(day), "{status}/{docketing}");
        let token = Hashes.case_token("LASC-CJC", DOCKET, "1");
        assert_eq!(command.target, Target::CaseKey(token));
        assert_eq!(command.scope, Scope::WholeCase);
        assert_eq!(command.expected, Expected::Any);
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one entry per statement: it is the table"
)]
fn every_other_statement_is_one_fact_on_its_own_day() {
    let order = Hashes.order("LASC-CJC", "ORD7");
    let number = || "ORD 7".to_owned();
    for (statement, fact) in [
        (
            Statement::DocketEntry(pb::DocketEntry {
                disposition: "Dismissed".into(),
                entered_on: "2020-02-11".into(),
                reason: "HS-11361.9".into(),
                order_number: number(),
                ..pb::DocketEntry::default()
            }),
            CaseFact::DispositionEntered {
                disposition: NewDisposition::Dismissed,
                severity_after: None,
                reason: Some(Coded::Unmapped("HS-11361.9".parse().unwrap())),
                order: Some(order),
            },
        ),
        (
            Statement::DocketEntry(pb::DocketEntry {
                disposition: "REDESIGNATED".into(),
                entered_on: "2020-02-11".into(),
                severity_after: "misdemeanor".into(),
                ..pb::DocketEntry::default()
            }),
            CaseFact::DispositionEntered {
                disposition: NewDisposition::Redesignated,
                severity_after: Some(Severity::Misdemeanor),
                reason: None,
                order: None,
            },
        ),
        (
            Statement::DocketEntry(pb::DocketEntry {
                disposition: "DISMISSED".into(),
                entered_on: "2020-02-11".into(),
                reason: "hs 11361 9".into(),
                ..pb::DocketEntry::default()
            }),
            CaseFact::DispositionEntered {
                disposition: NewDisposition::Dismissed,
                severity_after: None,
                reason: Some(Coded::Known(DismissalReason::Hs113619)),
                order: None,
            },
        ),
        (
            Statement::Ruling(pb::Ruling {
                ruling: "granted".into(),
                ordered_on: "2020-02-11".into(),
                order_number: number(),
                remedy: "dismiss and seal".into(),
                reason: String::new(),
            }),
            CaseFact::ReliefGranted {
                order,
                remedy: Remedy::DismissAndSeal,
            },
        ),
        (
            Statement::Ruling(pb::Ruling {
                ruling: "DENIED".into(),
                ordered_on: "2020-02-11".into(),
                reason: "PROCEDURAL".into(),
                ..pb::Ruling::default()
            }),
            CaseFact::ReliefDenied {
                order: None,
                ground: Coded::Known(DenialGround::Procedural),
            },
        ),
        (
            Statement::Ruling(pb::Ruling {
                ruling: "sealing ordered".into(),
                ordered_on: "2020-02-11".into(),
                order_number: number(),
                ..pb::Ruling::default()
            }),
            CaseFact::SealingOrdered { order },
        ),
        (
            Statement::Sealing(pb::SealingReport {
                executed_on: "2020-02-11".into(),
                surfaces: vec!["microfilm".into(), "portal".into(), "PORTAL".into()],
                extent: "file".into(),
                order_number: number(),
            }),
            CaseFact::SealingExecuted {
                surfaces: [SealSurface::Portal, SealSurface::Microfilm]
                    .into_iter()
                    .collect(),
                extent: SealExtent::File,
                order: Some(order),
            },
        ),
        (
            Statement::MissingRecord(pb::MissingRecord {
                finding: "not found".into(),
                found_on: "2020-02-11".into(),
                reason: "file missing".into(),
            }),
            CaseFact::RecordNotFound {
                search: Coded::Known(SearchResult::FileMissing),
            },
        ),
        (
            Statement::MissingRecord(pb::MissingRecord {
                finding: "destroyed".into(),
                found_on: "2020-02-11".into(),
                reason: "GC 68152".into(),
            }),
            CaseFact::RecordDestroyed {
                authority: Coded::Known(DestructionAuthority::Gc68152),
            },
        ),
    ] {
        let command = only(statement);
        assert_eq!(command.fact, Fact::Case(fact));
        assert_eq!(command.occurred_on, on(20_200_211));
    }
}

#[test]
fn a_status_nobody_knows_is_kept_where_filings_keep_it_and_decides_nothing() {
    let mut wire = message(Statement::Review(review("Returned", "")));
    let read = filing_confirmation(&wire, &Codes::default(), &Hashes).unwrap();
    let filing = Hashes.filing("LASC-CJC", "F-1");
    let [on_case, on_filing] = &read.submission.commands[..] else {
        panic!("two facts");
    };
    assert_eq!(
        on_case.fact,
        Fact::Case(CaseFact::FilingReceived { filing })
    );
    assert_eq!(on_filing.target, Target::Filing(filing));
    let status: Coded<ReviewStatus> = Coded::Unmapped("Returned".parse().unwrap());
    let reviewed = FilingFact::FilingReviewed {
        status,
        accepted: 0,
        rejected: 0,
        reason: None,
    };
    assert_eq!(on_filing.fact, Fact::Filing(reviewed));
    let reading = pb::CodeReading {
        field: "review_status".into(),
        raw: "Returned".into(),
        code: String::new(),
    };
    assert_eq!(read.readings, [reading]);

    // The operator says what it means: another fact, of the same message.
    let mut codes = Codes::default();
    codes
        .insert("ODYSSEY", "review_status", "RETURNED", "REJECTED")
        .unwrap();
    let mapped = filing_confirmation(&wire, &codes, &Hashes).unwrap();
    let rejected = CaseFact::FilingRejected {
        filing,
        reason: Coded::Known(FilingRejection::WrongCourt),
    };
    assert_eq!(mapped.submission.commands[0].fact, Fact::Case(rejected));
    assert_eq!(mapped.readings[0].code, "REJECTED");
    assert_eq!(mapped.submission.content, read.submission.content);
    assert_eq!(mapped.submission.message_id, read.submission.message_id);
    let told = Codes::of_readings(&wire.source_system, &mapped.readings).unwrap();
    assert_eq!(told, codes);

    // What is too long to be a code is none.
    wire.statement = Some(Statement::Review(review(&"x".repeat(49), "")));
    assert_eq!(refused(&wire), ["review.review_status"]);
    wire.statement = Some(Statement::Review(review("returned; see J\u{f6}rg", "")));
    assert_eq!(refused(&wire), ["review.review_status"]);
}

#[test]
fn an_operator_s_mapping_goes_before_the_ledger_s_words_and_is_checked() {
    let mut codes = Codes::default();
    codes
        .insert("odyssey", "review_status", "accepted", "RECEIVED")
        .unwrap();
    let wire = message(Statement::Review(review("Accepted", "")));
    let filing = Hashes.filing("LASC-CJC", "F-1");
    assert_eq!(
        commands(&wire, &codes)[0].fact,
        Fact::Case(CaseFact::FilingReceived { filing })
    );
    let mut insert = |field, raw, word| codes.insert("odyssey", field, raw, word).unwrap_err();
    assert!(matches!(
        insert("status", "x", "ACCEPTED"),
        CodeError::Field { .. }
    ));
    assert!(matches!(
        insert("review_status", "x", "OK"),
        CodeError::Word { .. }
    ));
    assert!(matches!(
        insert("review_status", "", "ACCEPTED"),
        CodeError::Text { .. }
    ));
    assert!(matches!(
        insert("review_status", "ACCEPTED", "ACCEPTED"),
        CodeError::Twice { .. }
    ));
}

#[test]
fn the_reason_of_a_rejection_may_stand_on_the_document() {
    let mut said = review("rejected", "");
    said.reason = String::new();
    let mut wire = message(Statement::Review(said));
    assert_eq!(refused(&wire), ["review.reason"]);
    wire.documents = vec![
        pb::ReviewedDocument {
            docket_id: "D-1".into(),
            sha256: vec![7; 32].into(),
            status: "accepted".into(),
            reject_reason: "FEE".into(),
            sealed: true,
        },
        pb::ReviewedDocument {
            status: "rejected".into(),
            reject_reason: "format".into(),
            ..pb::ReviewedDocument::default()
        },
    ];
    let rejected = CaseFact::FilingRejected {
        filing: Hashes.filing("LASC-CJC", "F-1"),
        reason: Coded::Known(FilingRejection::Format),
    };
    assert_eq!(
        commands(&wire, &Codes::default())[0].fact,
        Fact::Case(rejected)
    );
}

#[test]
fn every_violation_is_told_with_its_path() {
    let mut wire = message(Statement::Review(pb::FilingReview::default()));
    wire.source_system = String::new();
    wire.source_message_id = "x".repeat(201);
    wire.court = "A court of law in Los Angeles".into();
    wire.case_number = format!("{DOCKET}; BA1");
    wire.filing_id = String::new();
    wire.envelope_id = "\u{e9}".into();
    wire.documents = vec![pb::ReviewedDocument {
        sha256: vec![7; 31].into(),
        status: "lost".into(),
        ..pb::ReviewedDocument::default()
    }];
    assert_eq!(
        refused(&wire),
        [
            "source_message_id",
            "source_system",
            "court",
            "case_number",
            "envelope_id",
            "documents[0].sha256",
        ]
    );
    let mut wire = message(Statement::Review(pb::FilingReview::default()));
    wire.filing_id = String::new();
    assert_eq!(refused(&wire), ["review.filing_id", "review.review_status"]);
    let ruling = pb::Ruling {
        ruling: "granted".into(),
        ..pb::Ruling::default()
    };
    assert_eq!(
        refused(&message(Statement::Ruling(ruling))),
        ["ruling.ordered_on", "ruling.order_number", "ruling.remedy"]
    );
    let mut accepted = review("accepted", "");
    accepted.rejected_charges = vec![1];
    assert_eq!(
        refused(&message(Statement::Review(accepted))),
        ["review.rejected_charges"]
    );
}

#[test]
fn a_case_is_named_once_by_its_key_or_by_its_id() {
    let received = || Statement::Review(review("received", ""));
    let mut wire = message(received());
    wire.case_id = vec![7; 16].into();
    assert_eq!(refused(&wire), ["case_id"]);
    wire.case_number = String::new();
    wire.scope = some_charges(vec![2, 1]);
    let command = commands(&wire, &Codes::default()).remove(0);
    assert_eq!(command.target, Target::Case(CaseId::from_bytes([7; 16])));
    assert_eq!(
        command.scope,
        Scope::Charges(vec![ChargeId(2), ChargeId(1)])
    );
    wire.case_id = Bytes::new();
    assert_eq!(refused(&wire), ["case_number"]);
}

#[test]
fn message_ids_are_those_of_the_source_and_differ_between_sources() {
    let wire = message(Statement::Review(review("received", "")));
    let id = |wire: &pb::FilingConfirmation| {
        let read = filing_confirmation(wire, &Codes::default(), &Hashes);
        read.unwrap().submission.message_id
    };
    let mut other = wire.clone();
    other.source_system = "ODYSSEY".into();
    assert_eq!(id(&other), id(&wire));
    other.source_system = "odyssey-2".into();
    assert_ne!(id(&other), id(&wire));
    // What is not recorded still tells two messages apart.
    let content = |wire: &pb::FilingConfirmation| {
        let read = filing_confirmation(wire, &Codes::default(), &Hashes);
        read.unwrap().submission.content
    };
    let mut other = wire.clone();
    other.envelope_id = "E-10".into();
    assert_eq!(id(&other), id(&wire));
    assert_ne!(content(&other), content(&wire));
}

#[test]
fn nothing_personal_shows_in_debug() {
    let wire = message(Statement::Ruling(pb::Ruling {
        order_number: DOCKET.into(),
        ..pb::Ruling::default()
    }));
    let request = pb::PostFilingConfirmationRequest {
        confirmation: Some(wire),
    };
    assert!(!format!("{request:?}").contains(DOCKET));
}

fn header() -> pb::ManifestHeader {
    pb::ManifestHeader {
        batch_id: "2020-02-11 (1)".into(),
        source_system: "odyssey".into(),
        court: "LASC-CJC".into(),
        cohort: "LA-2020-DOJ.1".into(),
        order_number: "ORD 7".into(),
        filing_id: "F-1".into(),
        file_digest: vec![7; 32].into(),
        totals: Some(event::ControlTotals {
            rows: 3,
            felonies: 1,
            misdemeanors: 2,
            infractions: 0,
            unknown: 0,
        }),
    }
}

fn row(number: u32, statement: Statement) -> pb::ManifestRow {
    let confirmation = pb::FilingConfirmation {
        case_number: DOCKET.into(),
        statement: Some(statement),
        ..pb::FilingConfirmation::default()
    };
    pb::ManifestRow {
        row: number,
        severity: event::Severity::Felony.into(),
        confirmation: Some(confirmation),
    }
}

#[test]
fn a_row_says_what_the_header_says_for_it() {
    let header = manifest_header(header()).unwrap();
    let sealed = || {
        Statement::Sealing(pb::SealingReport {
            executed_on: "2020-02-11".into(),
            extent: "FILE".into(),
            ..pb::SealingReport::default()
        })
    };
    let read = |row| manifest_row(&header, &row, &Codes::default(), &Hashes);
    let first = read(row(1, sealed())).unwrap().submission;
    let Fact::Case(CaseFact::SealingExecuted { order, .. }) = first.commands[0].fact else {
        panic!("a seal");
    };
    assert_eq!(order, Some(Hashes.order("LASC-CJC", "ORD7")));
    let second = read(row(2, sealed())).unwrap().submission;
    assert_ne!(first.message_id, second.message_id);
    let asked = pb::GetManifestStatusRequest {
        batch_id: "2020-02-11 (1)".into(),
        source_system: "ODYSSEY".into(),
        first_row: 1,
        rows: 2,
    };
    assert_eq!(
        manifest_status(&asked, &Hashes).unwrap(),
        [(1, first.message_id), (2, second.message_id)]
    );

    let mut said = row(3, Statement::Review(review("accepted", "")));
    let confirmation = said.confirmation.as_mut().unwrap();
    confirmation.source_message_id = "m-1".into();
    let errors = read(said).unwrap_err();
    assert_eq!(
        errors.violations()[0].field,
        "confirmation.source_message_id"
    );
    assert_eq!(errors.violations()[0].why, Why::FollowsFromHeader);
}

#[test]
fn totals_that_do_not_add_up_are_no_header() {
    let mut wire = header();
    wire.totals.as_mut().unwrap().felonies = 2;
    wire.batch_id = String::new();
    let errors = manifest_header(wire).unwrap_err();
    let fields: Vec<_> = errors
        .violations()
        .iter()
        .map(|error| &error.field[..])
        .collect();
    assert_eq!(fields, ["header.batch_id", "header.totals"]);
}
