//! What a charge comes to is a function of what courts and repositories stated of it, each with its day, and not of
//! the order in which they said it.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::fact::{CaseFact, FactKind};
use crate::id::{ChargeId, FilingId, StreamKind};
use crate::state::{ChargeState, Decision, Exit, Phase, Repository};
use crate::vocabulary::{
    Coded, Determination, FilingRejection, FilingVehicle, NewDisposition, SealExtent, SealSurface,
    Set, Vocabulary,
};

use super::support::*;

/// Where the charge stood before they said anything.
#[derive(Clone, Copy, Debug)]
enum Start {
    Listed,
    Approved,
    Submitted,
    /// By its prosecutor, on a day between theirs.
    Withdrawn,
    /// Nowhere: everything waits for the list.
    Unknown,
}

const STARTS: [Start; 5] = [
    Start::Listed,
    Start::Approved,
    Start::Submitted,
    Start::Withdrawn,
    Start::Unknown,
];

fn came_to<'a>(start: Start, posts: impl Iterator<Item = &'a Post>) -> ChargeState {
    let listed = [post(DA, identified(vec![charge(1)]))];
    let posts = posts.cloned();
    let stream = Stream::new(StreamKind::Case);
    let stream = match start {
        Start::Listed => stream.given(listed).given(posts),
        Start::Approved => stream.given(listed).given(to_approval()).given(posts),
        Start::Submitted => stream
            .given(listed)
            .given(to_approval())
            .given([post(DA, FactKind::FilingSubmitted)])
            .given(posts),
        Start::Withdrawn => stream
            .given(listed)
            .given(to_approval())
            .given([post(DA, FactKind::CaseWithdrawn)])
            .given(posts),
        Start::Unknown => stream.given(posts).given(listed),
    };
    *stream.charge(1)
}

/// Every order of so many.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for shorter in orders(last) {
        for at in 0..count {
            let mut order = shorter.clone();
            order.insert(at, last);
            all.push(order);
        }
    }
    all
}

fn sealed(extent: SealExtent, surfaces: Set<SealSurface>) -> CaseFact {
    CaseFact::SealingExecuted {
        surfaces,
        extent,
        order: Some(ORDER_2),
    }
}

fn statement() -> impl Strategy<Value = Post> {
    let kinds = [
        (COURT, FactKind::FilingReceived),
        (COURT, FactKind::FilingAccepted),
        (COURT, FactKind::FilingRejected),
        (COURT, FactKind::HearingSet),
        (COURT, FactKind::HearingContinued),
        (COURT, FactKind::ReliefGranted),
        (COURT, FactKind::ReliefDenied),
        (COURT, FactKind::ChallengeSustained),
        (COURT, FactKind::RecordNotFound),
        (COURT, FactKind::RecordDestroyed),
        (DOJ, FactKind::PriorReliefFound),
        (COURT, FactKind::SealingOrdered),
        (COURT, FactKind::DispositionReportedToDoj),
        (DOJ, FactKind::DojReportRejected),
        (DOJ, FactKind::DojRecordUpdated),
        (DOJ, FactKind::DojRecordRegressed),
    ];
    let of_kind = prop::sample::select(kinds.to_vec()).prop_map(|(who, kind)| post(who, kind));
    let entry = prop::sample::select(NewDisposition::ALL.to_vec())
        .prop_map(|disposition| post(COURT, entered(disposition)));
    let seal = (
        prop::sample::select(SealExtent::ALL.to_vec()),
        prop::sample::subsequence(SealSurface::ALL.to_vec(), 1..=2),
    )
        .prop_map(|(extent, surfaces)| post(COURT, sealed(extent, surfaces.into_iter().collect())));
    prop_oneof![kinds.len() as u32 => of_kind, 2 => entry, 2 => seal]
}

/// The days between which a charge is withdrawn lie on both sides of that.
fn dated(statements: &BTreeMap<u8, Post>) -> Vec<Post> {
    let dated = statements.iter();
    dated
        .map(|(day, post)| post.clone().on(&format!("2021-09-{day:02}")))
        .collect()
}

/// How the second of two charges stood before they said anything; the first was approved and filed.
#[derive(Clone, Copy, Debug)]
enum Second {
    Filed,
    Approved,
    Challenged,
    Ineligible,
    /// Nothing was filed for the first one either.
    Unfiled,
}

const SECONDS: [Second; 5] = [
    Second::Filed,
    Second::Approved,
    Second::Challenged,
    Second::Ineligible,
    Second::Unfiled,
];

fn put(second: Second) -> Vec<Post> {
    let approved = |ids: &[u16]| to_approval().map(|step| step.of(ids)).to_vec();
    let filed = |ids: &[u16]| post(DA, FactKind::FilingSubmitted).of(ids);
    let mut steps = vec![post(DA, identified(vec![charge(1), charge(2)]))];
    match second {
        Second::Filed => {
            steps.extend(approved(&[1, 2]));
            steps.push(filed(&[1, 2]));
        }
        Second::Approved => {
            steps.extend(approved(&[1, 2]));
            steps.push(filed(&[1]));
        }
        Second::Challenged => {
            steps.extend(approved(&[1]));
            steps.push(post(DA, eligible()).of(&[2]));
            steps.push(post(DA, FactKind::ReviewStarted).of(&[2]));
            steps.push(post(DA, FactKind::Challenged).of(&[2]));
            steps.push(filed(&[1]));
        }
        Second::Ineligible => {
            steps.extend(approved(&[1]));
            steps.push(post(DA, determined(Determination::Ineligible)).of(&[2]));
            steps.push(filed(&[1]));
        }
        Second::Unfiled => steps.extend(approved(&[1, 2])),
    }
    steps
}

/// A statement about the whole case, about one of its charges, or that accepts one and rejects the other.
fn statement_of_two() -> impl Strategy<Value = Post> {
    let named: [&[u16]; 4] = [&[], &[], &[1], &[2]];
    let scoped = (statement(), prop::sample::select(named.to_vec())).prop_map(|(post, ids)| {
        if ids.is_empty() { post } else { post.of(ids) }
    });
    let both = (1_u16..=2, any::<bool>()).prop_map(|(refused, whole)| {
        let answer = post(
            COURT,
            CaseFact::FilingPartiallyAccepted {
                filing: FILING,
                rejected: vec![ChargeId(refused)],
                reason: Coded::Known(FilingRejection::CaseNumberNotFound),
            },
        );
        if whole {
            answer
        } else {
            answer.of(&[3 - refused])
        }
    });
    prop_oneof![9 => scoped, 1 => both]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_a_charge_comes_to_does_not_depend_on_the_order_of_arrival(
        start in prop::sample::select(STARTS.to_vec()),
        statements in prop::collection::btree_map(20_u8..=30, statement(), 2..=5),
    ) {
        let posts = dated(&statements);
        let in_order = came_to(start, posts.iter());
        for order in orders(posts.len()) {
            let found = came_to(start, order.iter().map(|at| &posts[*at]));
            prop_assert_eq!(found, in_order, "arrived as {:?}", order);
        }
    }

    #[test]
    fn what_two_charges_come_to_does_not_depend_on_the_order_of_arrival(
        second in prop::sample::select(SECONDS.to_vec()),
        listed_last in any::<bool>(),
        statements in prop::collection::btree_map(20_u8..=30, statement_of_two(), 2..=5),
    ) {
        let posts = dated(&statements);
        let come_to = |order: &[usize]| {
            let posts = order.iter().map(|at| posts[*at].clone());
            let stream = Stream::new(StreamKind::Case);
            let stream = if listed_last {
                stream.given(posts).given(vec![post(DA, identified(vec![charge(1), charge(2)]))])
            } else {
                stream.given(put(second)).given(posts)
            };
            [*stream.charge(1), *stream.charge(2)]
        };
        let in_order = come_to(&(0..posts.len()).collect::<Vec<_>>());
        for order in orders(posts.len()) {
            prop_assert_eq!(come_to(&order), in_order, "arrived as {:?}", order);
        }
    }
}

/// What is stated of an approved charge, in order; what it has come to.
struct Row {
    stated: &'static [(FactKind, &'static str)],
    decision: Decision,
    before: Decision,
    exit: Option<Exit>,
    phase: Phase,
}

#[test]
fn a_charge_that_left_keeps_the_furthest_that_it_had_come() {
    use FactKind as K;
    const FIRST: &str = "2021-10-05";
    const SECOND: &str = "2021-10-10";
    const THIRD: &str = "2021-10-20";
    let rows = [
        Row {
            stated: &[(K::ReliefGranted, FIRST), (K::ReliefDenied, SECOND)],
            decision: Decision::Denied,
            before: Decision::Granted,
            exit: Some(Exit::Denied),
            phase: Phase::Approved,
        },
        Row {
            stated: &[(K::ReliefDenied, FIRST), (K::ReliefGranted, SECOND)],
            decision: Decision::Granted,
            before: Decision::Approved,
            exit: None,
            phase: Phase::Approved,
        },
        Row {
            stated: &[
                (K::FilingAccepted, FIRST),
                (K::FilingRejected, SECOND),
                (K::RecordNotFound, THIRD),
            ],
            decision: Decision::NotFound,
            before: Decision::Filed,
            exit: Some(Exit::NotFound),
            phase: Phase::Filed,
        },
        Row {
            stated: &[
                (K::FilingAccepted, FIRST),
                (K::FilingRejected, SECOND),
                (K::ReliefDenied, THIRD),
            ],
            decision: Decision::Denied,
            before: Decision::Filed,
            exit: Some(Exit::Denied),
            phase: Phase::Filed,
        },
        Row {
            stated: &[
                (K::FilingAccepted, FIRST),
                (K::FilingRejected, SECOND),
                (K::RecordDestroyed, THIRD),
            ],
            decision: Decision::Destroyed,
            before: Decision::Filed,
            exit: Some(Exit::Destroyed),
            phase: Phase::Filed,
        },
        // Of one day, the one further down the list of track A.
        Row {
            stated: &[(K::ReliefGranted, FIRST), (K::ReliefDenied, FIRST)],
            decision: Decision::Denied,
            before: Decision::Granted,
            exit: Some(Exit::Denied),
            phase: Phase::Approved,
        },
        Row {
            stated: &[(K::FilingRejected, FIRST), (K::FilingAccepted, FIRST)],
            decision: Decision::Filed,
            before: Decision::FilingRejected,
            exit: None,
            phase: Phase::Filed,
        },
    ];
    for row in rows {
        let posts: Vec<_> = row
            .stated
            .iter()
            .map(|(kind, on)| post(COURT, *kind).on(on))
            .collect();
        for order in orders(posts.len()) {
            let found = came_to(Start::Approved, order.iter().map(|at| &posts[*at]));
            let found = (
                found.decision,
                found.decision_before,
                found.exit(),
                found.phase(),
            );
            let expected = (row.decision, Some(row.before), row.exit, row.phase);
            assert_eq!(found, expected, "{:?} arrived as {order:?}", row.stated);
        }
    }
}

/// What the repository has of two filed charges, in whatever order this arrives.
fn repository_has(posts: &[Post], expected: [Repository; 2]) {
    for order in orders(posts.len()) {
        let posts = order.iter().map(|at| posts[*at].clone());
        let stream = Stream::new(StreamKind::Case)
            .given(put(Second::Filed))
            .given(posts);
        let found = [stream.charge(1), stream.charge(2)].map(|charge| charge.repository);
        assert_eq!(found, expected, "arrived as {order:?}");
    }
}

#[test]
fn a_word_about_a_case_counts_for_what_was_entered_by_its_day() {
    let dismissed = |id| post(COURT, entered(NewDisposition::Dismissed)).of(&[id]);
    let posts = [
        dismissed(1).on("2021-10-05"),
        post(COURT, FactKind::DispositionReportedToDoj).on("2021-10-10"),
        dismissed(2).on("2021-10-15"),
    ];
    repository_has(&posts, [Repository::Reported, Repository::NotReported]);
}

#[test]
fn a_word_about_a_charge_is_no_repetition_of_one_about_the_case() {
    let updated = || post(DOJ, FactKind::DojRecordUpdated);
    let posts = [updated(), updated().of(&[1])];
    repository_has(&posts, [Repository::Updated, Repository::NotReported]);
}

#[test]
fn a_late_answer_to_an_earlier_filing_is_about_what_was_ever_filed() {
    let refiled = CaseFact::FilingSubmitted {
        filing: FilingId::from_bytes([9; 16]),
        row: None,
        vehicle: FilingVehicle::Motion,
    };
    let mut stream = Stream::new(StreamKind::Case)
        .given(put(Second::Approved))
        .given([
            post(COURT, FactKind::FilingRejected).on("2021-10-08"),
            post(DA, refiled).of(&[1]).on("2021-10-10"),
        ]);
    let late = stream.event(post(COURT, FactKind::FilingReceived).on("2021-10-07"));
    assert_eq!(late.charges.as_slice(), [ChargeId(1)]);
}

#[test]
fn a_seal_covers_the_most_that_any_statement_says() {
    let posts = [
        post(COURT, sealed(SealExtent::File, Set::all())).on("2021-10-10"),
        post(COURT, sealed(SealExtent::Redacted, Set::all())).on("2021-10-15"),
        post(COURT, sealed(SealExtent::Count, Set::all())).on("2021-10-05"),
    ];
    for order in orders(posts.len()) {
        let found = came_to(Start::Approved, order.iter().map(|at| &posts[*at]));
        let found = (found.extent, found.seal_on);
        let expected = (Some(SealExtent::File), Some(day("2021-10-05")));
        assert_eq!(found, expected, "arrived as {order:?}");
    }
}
