//! Life cycles of initiatives, cohorts, filings and orders beyond the usual way.

use crate::event::{Flag, Flags};
use crate::fact::{CohortFact, FilingFact, OrderFact};
use crate::id::StreamKind;
use crate::state::{FilingState, FilingStatus, OrderState, OrderStatus, State};
use crate::vocabulary::{Coded, ReviewStatus, RowOutcome};

use super::support::*;

fn filing(stream: &Stream) -> &FilingState {
    match &stream.state {
        State::Filing(state) => state,
        other => panic!("not a filing: {other:?}"),
    }
}

fn order(stream: &Stream) -> &OrderState {
    match &stream.state {
        State::Order(state) => state,
        other => panic!("not an order: {other:?}"),
    }
}

fn sent(rows: u32) -> Stream {
    Stream::new(StreamKind::Filing).given([
        post(DA, filing_prepared(Some(rows))),
        post(DA, FilingFact::FilingSent),
    ])
}

fn receipt(rows: u32) -> Post {
    post(
        COURT,
        FilingFact::FilingReceiptConfirmed { rows: Some(rows) },
    )
}

#[test]
fn flags_counts_of_the_court_that_are_not_those_of_the_sender() {
    let mismatch = flags(&[Flag::CountMismatch]);
    assert_eq!(sent(3).event(receipt(2)).flags, mismatch);
    assert_eq!(sent(3).event(receipt(3)).flags, Flags::NONE);
    let received = sent(3).given([receipt(3)]);
    assert_eq!(
        received.clone().event(post(COURT, reviewed(2, 0))).flags,
        mismatch
    );
    assert_eq!(
        received.clone().event(post(COURT, reviewed(2, 1))).flags,
        Flags::NONE
    );
    let accepted_none = FilingFact::FilingReviewed {
        status: Coded::Known(ReviewStatus::Accepted),
        accepted: 0,
        rejected: 3,
        reason: None,
    };
    assert_eq!(
        received.clone().event(post(COURT, accepted_none)).flags,
        mismatch
    );
    let reconciled = |only_sender, matched| {
        post(
            DA,
            FilingFact::ListReconciled {
                only_sender,
                only_court: 1,
                matched,
            },
        )
    };
    assert_eq!(received.clone().event(reconciled(1, 2)).flags, Flags::NONE);
    assert_eq!(received.clone().event(reconciled(0, 2)).flags, mismatch);
}

#[test]
fn does_not_go_back_when_a_receipt_arrives_after_the_review() {
    let mut stream = sent(3).given([receipt(3), post(COURT, reviewed(3, 0))]);
    let event = stream.event(receipt(3));
    assert_eq!(event.flags, flags(&[Flag::OutOfOrder]));
    assert_eq!(filing(&stream).status, Some(FilingStatus::Accepted));
}

#[test]
fn takes_the_filers_word_after_the_courts_receipt() {
    let mut stream = Stream::new(StreamKind::Filing).given([receipt(3)]);
    stream.event(post(DA, filing_prepared(Some(3))));
    assert_eq!(filing(&stream).status, Some(FilingStatus::Received));
    assert_eq!(
        stream.refusal(post(DA, filing_prepared(Some(3)))).rule(),
        "STAGE_NOT_ALLOWED"
    );
}

#[test]
fn keeps_a_withdrawn_filing_withdrawn_when_a_review_crosses_it() {
    let withdrawn = FilingFact::FilingRetracted {
        reason: Coded::Known(crate::vocabulary::WithdrawReason::NoLongerSeeking),
    };
    let mut stream = sent(3).given([post(DA, withdrawn)]);
    let event = stream.event(post(COURT, reviewed(3, 0)));
    assert!(event.flags.contains(Flag::OutOfOrder));
    assert_eq!(filing(&stream).status, Some(FilingStatus::Withdrawn));
}

#[test]
fn does_not_undo_an_amendment_when_the_order_is_stated_again() {
    let amended = OrderFact::OrderAmended {
        added: Some(manifest(2)),
        removed: None,
    };
    let mut stream = Stream::new(StreamKind::Order)
        .given([post(COURT, order_issued(Some(5))), post(COURT, amended)]);
    let event = stream.event(post(COURT, order_issued(Some(5))));
    assert_eq!(event.flags, flags(&[Flag::OutOfOrder]));
    assert_eq!(order(&stream).declared, 7);
}

#[test]
fn opens_a_completed_order_again_when_rows_are_added() {
    let mut stream = Stream::new(StreamKind::Order).given([
        post(COURT, order_issued(Some(2))),
        post(COURT, rows_explained(RowOutcome::Rejected, &[1, 2])),
    ]);
    let done = OrderFact::OrderCompleted {
        applied: 0,
        already: 0,
        not_found: 0,
        rejected: 2,
    };
    stream.event(post(COURT, done));
    assert_eq!(order(&stream).status, Some(OrderStatus::Applied));
    stream.event(post(
        COURT,
        OrderFact::OrderAmended {
            added: Some(manifest(1)),
            removed: None,
        },
    ));
    assert_eq!(order(&stream).status, Some(OrderStatus::Filed));
}

#[test]
fn refuses_row_zero_and_rows_past_the_manifest() {
    let stream = Stream::new(StreamKind::Order).given([post(COURT, order_issued(Some(2)))]);
    for rows in [&[0, 1][..], &[2, 3]] {
        let refusal = stream.refusal(post(COURT, rows_explained(RowOutcome::Already, rows)));
        assert_eq!(refusal.rule(), "ROW_OUT_OF_RANGE");
    }
}

#[test]
fn is_strict_about_lists_whoever_owns_them() {
    let sealed = CohortFact::CohortSealed {
        received: totals(2, 3),
        refused: 0,
    };
    let stream = Stream::new(StreamKind::Cohort).given([
        post(DOJ, cohort_opened(totals(2, 3))),
        post(DOJ, sealed.clone()),
    ]);
    assert_eq!(
        stream.refusal(post(DOJ, sealed)).rule(),
        "STAGE_NOT_ALLOWED"
    );
}
