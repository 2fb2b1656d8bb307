//! What is sealed is restricted, and what is destroyed stays so: decision tables and properties.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::authority::{Reader, Reading};
use crate::command::{Context, Target};
use crate::decide::{retention_due, retention_refusal};
use crate::event::{Charges, Event, Flag};
use crate::fact::{CaseFact, FactKind, OrgFact};
use crate::id::{ChargeId, OrgId};
use crate::registry::{Authority, Registry};
use crate::rejection::{PrivateRule, Quantity, Rejection};
use crate::state::{CaseState, PrivateState, Restriction, Retention, Seal};
use crate::view::{AsOf, Dimension, Filter, Totals, TotalsQuery, Unit};
use crate::vocabulary::{
    ReadPurpose, Role, SealExtent, SealSurface, Set, ShredBasis, Tombstone, Vocabulary as _,
};

use super::refuses::Row;
use super::support::*;
use super::wild::wild_post;

mod readers;

fn two() -> Stream {
    Stream::case(vec![charge(1), charge(2)])
}

fn sealing(extent: SealExtent) -> CaseFact {
    CaseFact::SealingExecuted {
        surfaces: Set::<SealSurface>::all(),
        extent,
        order: Some(ORDER_2),
    }
}

/// One of two charges sealed inside an open file.
fn redacted() -> Stream {
    two().given([post(COURT, sealing(SealExtent::Count)).of(&[1])])
}

fn sealed() -> Stream {
    redacted().given([post(COURT, sealing(SealExtent::Count))
        .of(&[2])
        .on("2021-10-01")])
}

pub(super) fn ordered() -> Stream {
    sealed().given([post(CUSTODIAN, FactKind::ShredOrdered)])
}

fn shredded() -> Stream {
    ordered().given([own(FactKind::ShredConfirmed)])
}

/// As the ledger records it.
fn own(fact: impl Into<Posted>) -> Post {
    let mut made = post(OPERATOR, fact);
    made.command.target = Target::LedgerCase(CASE);
    made
}

fn read(reader: Who, purpose: ReadPurpose) -> Post {
    own(CaseFact::RestrictedRead {
        reader: org(reader),
        reader_role: reader.1,
        purpose,
    })
}

fn not_sealed(id: u16, stands: Seal, attempted: FactKind) -> Rejection {
    let charge = ChargeId(id);
    PrivateRule::ChargeNotSealed {
        charge,
        stands,
        attempted,
    }
    .into()
}

/// The kinds of facts that are accepted.
pub(super) fn accepted() -> BTreeSet<FactKind> {
    let stream = sealed().given([
        read(DEFENDER, ReadPurpose::CounselOfPerson),
        post(CUSTODIAN, FactKind::ShredOrdered),
        own(FactKind::ShredConfirmed),
    ]);
    let history = stream.history.iter();
    history.map(|(_, event)| event.fact.kind()).collect()
}

/// The stream, the post, and the rule that refuses it.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows() -> Vec<Row> {
    let made = |attempted| Rejection::LedgerMade { attempted };
    let gone = |attempted| {
        Rejection::from(PrivateRule::Destroyed {
            ordered: 3,
            attempted,
        })
    };
    let basis = |role, basis| Rejection::from(PrivateRule::BasisNotAllowed { role, basis });
    let posted = |kind: FactKind| post(OPERATOR, kind);
    let by_other = |who, kind: FactKind| {
        let mut made = own(kind);
        made.who = who;
        made
    };
    let retained = |who| {
        let basis = ShredBasis::Retention;
        post(who, shred(basis))
    };
    let unset = || Rejection::from(PrivateRule::RetentionNotSet);
    let voided = || {
        let other = CaseFact::CaseVoided {
            reason: crate::vocabulary::Coded::Known(crate::vocabulary::VoidReason::TestData),
            approver: org(OTHER_DA),
        };
        Stream::case(vec![charge(1)]).given([post(DA, other)])
    };
    vec![
        // Made by the ledger, in the name of its operator, and posted by nobody.
        (
            sealed(),
            posted(FactKind::RestrictedRead),
            made(FactKind::RestrictedRead),
        ),
        (
            ordered(),
            posted(FactKind::ShredConfirmed),
            made(FactKind::ShredConfirmed),
        ),
        (
            ordered(),
            by_other(("second", Role::Operator), FactKind::ShredConfirmed),
            made(FactKind::ShredConfirmed),
        ),
        (
            sealed(),
            by_other(("second", Role::Operator), FactKind::RestrictedRead),
            made(FactKind::RestrictedRead),
        ),
        // Who reads, and for what.
        (
            sealed(),
            read(COMMUNITY, ReadPurpose::PersonRequest),
            PrivateRule::ReaderNotAllowed {
                poster: org(COMMUNITY),
                role: Role::Community,
            }
            .into(),
        ),
        (
            sealed(),
            read(COURT, ReadPurpose::Oversight),
            PrivateRule::PurposeNotAllowed {
                role: Role::Court,
                purpose: ReadPurpose::Oversight,
            }
            .into(),
        ),
        (
            redacted(),
            read(COURT, ReadPurpose::CourtProceeding).of(&[1, 2]),
            not_sealed(2, Seal::Open, FactKind::RestrictedRead),
        ),
        (
            two(),
            read(COURT, ReadPurpose::CourtProceeding),
            Rejection::NothingInScope {
                attempted: FactKind::RestrictedRead,
            },
        ),
        (
            ordered(),
            read(COURT, ReadPurpose::CourtProceeding),
            PrivateRule::NothingToRead(3).into(),
        ),
        // Everything has to be sealed, or destroyed by the statute.
        (
            redacted(),
            post(CUSTODIAN, FactKind::ShredOrdered),
            not_sealed(2, Seal::Open, FactKind::ShredOrdered),
        ),
        (
            redacted().given([post(COURT, FactKind::RecordDestroyed).of(&[2])]),
            post(COURT, shred(ShredBasis::Custodian)),
            not_sealed(2, Seal::Open, FactKind::ShredOrdered),
        ),
        (
            voided(),
            post(CUSTODIAN, FactKind::ShredOrdered),
            not_sealed(1, Seal::Open, FactKind::ShredOrdered),
        ),
        (
            Stream::new(crate::id::StreamKind::Case),
            post(COURT, FactKind::ShredOrdered),
            Rejection::CaseUnknown {
                attempted: FactKind::ShredOrdered,
            },
        ),
        (
            sealed(),
            post(OPERATOR, FactKind::ShredOrdered),
            basis(Role::Operator, ShredBasis::Custodian),
        ),
        (
            sealed(),
            post(OPERATOR, shred(ShredBasis::Statute)),
            basis(Role::Operator, ShredBasis::Statute),
        ),
        (sealed(), retained(CUSTODIAN), unset()),
        (sealed(), retained(OPERATOR), unset()),
        (
            ordered(),
            post(COURT, FactKind::ShredOrdered),
            PrivateRule::OrderedAlready(3).into(),
        ),
        (
            shredded(),
            post(COURT, FactKind::ShredOrdered),
            PrivateRule::OrderedAlready(3).into(),
        ),
        (
            sealed(),
            own(FactKind::ShredConfirmed),
            PrivateRule::NotOrdered.into(),
        ),
        (
            shredded(),
            own(FactKind::ShredConfirmed),
            PrivateRule::NotOrdered.into(),
        ),
        (
            ordered(),
            own(CaseFact::ShredConfirmed {
                generation: 0,
                records: 0,
            }),
            Rejection::OutOfBounds {
                what: Quantity::Generation,
                found: 0,
                min: 1,
                max: u32::MAX.into(),
            },
        ),
        // What was sealed does not come back.
        (
            ordered(),
            post(COURT, FactKind::Unsealed).on("2022-01-01"),
            gone(FactKind::Unsealed),
        ),
        (
            shredded(),
            post(COURT, FactKind::Unsealed).on("2022-01-01"),
            gone(FactKind::Unsealed),
        ),
        (
            ordered(),
            post(COURT, retracted(1)),
            gone(FactKind::EventRetracted),
        ),
        (
            shredded(),
            post(
                COURT,
                corrected(2, entered(crate::vocabulary::NewDisposition::Dismissed), ON),
            ),
            gone(FactKind::FactCorrected),
        ),
        (
            redacted().given([
                post(COURT, FactKind::RecordDestroyed).of(&[2]),
                post(COURT, shred(ShredBasis::Statute)),
            ]),
            post(COURT, retracted(2)),
            gone(FactKind::EventRetracted),
        ),
        // Facts of the ledger about a case go with no other fact.
        (
            sealed(),
            own(FactKind::Unsealed),
            Rejection::RoleNotAllowed {
                role: Role::Operator,
                attempted: FactKind::Unsealed,
                allowed: &[Role::Court],
            },
        ),
        (
            sealed(),
            own(shred(ShredBasis::Retention)),
            Rejection::StreamMismatch {
                stream: crate::id::StreamKind::Case,
                attempted: FactKind::ShredOrdered,
            },
        ),
        // The private facts themselves are not corrected.
        (
            ordered(),
            post(CUSTODIAN, retracted(3)),
            Rejection::RoleNotAllowed {
                role: Role::RecordCustodian,
                attempted: FactKind::EventRetracted,
                allowed: crate::authority::posters(FactKind::EventRetracted),
            },
        ),
        (
            sealed().given([post(COURT, FactKind::ShredOrdered)]),
            post(COURT, retracted(3)),
            Rejection::NotCorrectable {
                target: 3,
                kind: FactKind::ShredOrdered,
                instead: None,
            },
        ),
    ]
}

/// The rules that refuse reads, what comes too early, and what is not kept any more.
pub(super) fn refused() -> BTreeSet<&'static str> {
    let day_before = Some(Retention {
        days_after_sealing: 30,
        forget_after_days: 0,
    });
    let early = retention_refusal(sealed().state(), day_before, day("2021-10-30"));
    let missing = reader(COURT).reads(sealed().state(), None).err();
    // Refused where private parts are kept: a decision does not know what came with a post.
    let ordered = shredded().state().private.ordered();
    let kept = ordered.map(|ordered| PrivateRule::KeptNoMore(ordered).into());
    let refused = [early, missing, kept].into_iter().flatten();
    refused.map(|rejection| rejection.rule()).collect()
}

fn reader(who: Who) -> Reader<'static> {
    Reader {
        poster: org(who),
        role: who.1,
        today: day(TODAY),
        registry: None,
        stated: false,
    }
}

fn charges_of(ids: &[u16]) -> Charges {
    Charges::new(ids.iter().copied().map(ChargeId).collect())
}

#[test]
fn sealing_restricts_the_charges_and_then_the_file() {
    let restriction = |stream: &Stream| stream.state().restriction();
    assert_eq!(restriction(&two()), Restriction::None);
    let count = restriction(&redacted());
    assert_eq!(count, Restriction::Charges(charges_of(&[1])));
    assert!(count.covers(&charges_of(&[1])));
    assert!(!count.covers(&charges_of(&[1, 2])) && !count.covers(&Charges::default()));
    assert_eq!(restriction(&sealed()), Restriction::Whole);
    assert!(restriction(&sealed()).covers(&Charges::default()));
    // The file as a whole, whichever charges the court named.
    let file = two().given([post(COURT, sealing(SealExtent::File)).of(&[1])]);
    assert_eq!(restriction(&file), Restriction::Whole);
    // Reversed by a court while nothing is destroyed.
    let back = sealed().given([post(COURT, FactKind::Unsealed).on("2022-01-01")]);
    assert_eq!(restriction(&back), Restriction::None);
    // A charge that is found later opens no file whose private parts are given up.
    let later = CaseFact::ChargeAdded { charge: charge(3) };
    let found = ordered().given([post(COURT, later)]);
    assert_eq!(restriction(&found), Restriction::Whole);
}

#[test]
fn every_role_reads_what_it_may_and_no_more() {
    let purposes = || core::iter::once(None).chain(ReadPurpose::ALL.iter().copied().map(Some));
    for role in Role::ALL {
        let who = somebody(*role);
        let open = matches!(
            role,
            Role::StateRepository
                | Role::ProsecutorCounty
                | Role::ProsecutorCity
                | Role::Court
                | Role::Defender
                | Role::Probation
                | Role::LawEnforcement
        );
        let restricted = matches!(
            role,
            Role::StateRepository
                | Role::ProsecutorCounty
                | Role::Court
                | Role::Defender
                | Role::LawEnforcement
                | Role::Oversight
        );
        for purpose in purposes() {
            let reads = |stream: Stream| reader(who).reads(stream.state(), purpose).ok();
            assert_eq!(reads(two()), open.then_some(Reading::Open), "{role}");
            let oversees = purpose == Some(ReadPurpose::Oversight);
            let fits = purpose.is_some() && oversees == (*role == Role::Oversight);
            let recorded = |ids| (restricted && fits).then(|| Reading::Recorded(charges_of(ids)));
            let part = match purpose {
                None => open.then_some(Reading::Redacted),
                Some(_) => recorded(&[1]),
            };
            assert_eq!(reads(redacted()), part, "{role} {purpose:?}");
            assert_eq!(reads(sealed()), recorded(&[1, 2]), "{role} {purpose:?}");
            assert_eq!(reads(ordered()), None);
            assert_eq!(reads(shredded()), None);
            // What is read is what may be recorded as read, by the guards of the fact.
            if let Some(purpose) = purpose {
                let decided = sealed().decide(&read(who, purpose));
                let fact_fits = (restricted || *role == Role::ProsecutorCity) && fits;
                assert_eq!(decided.is_ok(), fact_fits, "{role} {purpose}");
            }
        }
        let finds = restricted || *role == Role::RecordCustodian;
        for stream in [sealed(), ordered(), shredded()] {
            assert_eq!(reader(who).finds(stream.state()), finds, "{role}");
        }
        for stream in [two(), redacted()] {
            assert!(reader(who).finds(stream.state()), "{role}");
        }
    }
}

#[test]
fn a_prosecutor_reads_sealed_cases_of_its_own_alone() {
    let purpose = Some(ReadPurpose::CriminalJustice);
    let stream = sealed();
    assert!(reader(DA).reads(stream.state(), purpose).is_ok());
    let refused = reader(OTHER_DA).reads(stream.state(), purpose).unwrap_err();
    assert_eq!(refused.rule(), "READER_NOT_ALLOWED");
    assert!(!reader(OTHER_DA).finds(stream.state()));
    // A charge that was referred to it and taken over is its own.
    let referred = two().given([
        post(DA, FactKind::ReferredToProsecutor).of(&[2]),
        post(CITY, FactKind::ReferralAccepted),
        post(COURT, sealing(SealExtent::Count)),
    ]);
    assert!(reader(CITY).finds(referred.state()));
}

/// A ledger in which these organisations have these roles in these courts, with that retention.
fn registry(grants: &[(Who, &str)], retention: Option<u16>) -> Registry {
    let mut registry = Registry::default();
    let mut say = |organisation: OrgId, fact: OrgFact| {
        let event = Event {
            occurred_on: day(ON),
            role: Role::Operator,
            flags: flags(&[]),
            charges: Charges::default(),
            fact: crate::fact::Fact::Org(fact),
        };
        registry.apply(organisation, OrgId::OPERATOR, &event);
    };
    for (who, court) in [(OPERATOR, "")].iter().chain(grants) {
        let name = "SOMEBODY".parse().unwrap();
        say(org(*who), OrgFact::OrganisationRegistered { name });
        let granted = OrgFact::RoleGranted {
            role: who.1,
            counties: Vec::new(),
            courts: court.parse().into_iter().collect(),
            valid_from: day("2020-01-01"),
            valid_until: None,
        };
        say(org(*who), granted);
    }
    if let Some(days_after_sealing) = retention {
        let set = OrgFact::RetentionSet {
            days_after_sealing,
            forget_after_days: 0,
        };
        say(OrgId::OPERATOR, set);
    }
    registry
}

#[test]
fn what_retention_names_is_destroyed_from_its_day_on() {
    let registry = registry(&[(CUSTODIAN, "")], Some(30));
    let stream = sealed();
    // The newest sealing was on 1 October.
    for (today, who, expected) in [
        ("2021-10-30", OPERATOR, Some("RETENTION_NOT_OVER")),
        ("2021-10-31", OPERATOR, None),
        ("2021-10-30", CUSTODIAN, Some("RETENTION_NOT_OVER")),
        ("2021-10-31", CUSTODIAN, None),
    ] {
        let order = post(who, shred(ShredBasis::Retention));
        let context = Context {
            today: day(today),
            poster: org(who),
            role: who.1,
            authority: Some(Authority {
                registry: &registry,
                counties: &[],
                court: None,
            }),
            ..Context::afterwards(org(who), who.1)
        };
        let decided = crate::decide(&stream.state, &order.command, &context);
        let rule = decided.as_ref().err().map(Rejection::rule);
        assert_eq!(rule, expected, "{today} {who:?}");
        let due = |stream: &Stream| {
            let retention = registry.retention().unwrap();
            retention_due(stream.state(), retention, day(today))
        };
        assert_eq!(due(&stream), expected.is_none(), "{today}");
        for other in [two(), redacted(), ordered(), shredded()] {
            assert!(!due(&other), "{today} {:?}", other.state());
        }
    }
    // Without a day after sealing, on the day itself.
    let at_once = Some(Retention {
        days_after_sealing: 0,
        forget_after_days: 0,
    });
    assert_eq!(
        retention_refusal(stream.state(), at_once, day("2021-10-01")),
        None
    );
}

#[test]
fn what_was_ordered_and_destroyed_is_in_the_state() {
    assert_eq!(sealed().state().private, PrivateState::Open);
    let (on, basis, tombstone) = (day(ON), ShredBasis::Custodian, Tombstone::Kept);
    let expected = PrivateState::ShredOrdered {
        on,
        revision: 3,
        basis,
        tombstone,
    };
    assert_eq!(ordered().state().private, expected);
    let expected = PrivateState::Shredded {
        on,
        revision: 4,
        ordered: 3,
        tombstone,
    };
    assert_eq!(shredded().state().private, expected);
    // By statute what is destroyed counts as what is sealed.
    let destroyed = redacted().given([
        post(COURT, FactKind::RecordDestroyed).of(&[2]),
        post(CUSTODIAN, shred(ShredBasis::Statute)),
    ]);
    assert!(destroyed.state().private.is_given_up());
}

#[test]
fn a_list_that_names_a_destroyed_case_again_changes_nothing_but_what_it_is_flagged() {
    for stream in [ordered(), shredded()] {
        let further = CaseFact::SightingAdded {
            cohort: "SF-2018.1".parse().unwrap(),
            row: 7,
            source: crate::vocabulary::Source::StateRepository,
        };
        let lists: [(Who, CaseFact, FactKind); 3] = [
            (DA, identified(vec![charge(1)]), FactKind::CaseIdentified),
            // Another person, and a charge that the case does not have.
            (CITY, city_case(), FactKind::CaseIdentified),
            (DOJ, further, FactKind::SightingAdded),
        ];
        for (who, fact, kind) in lists {
            let mut again = stream.clone();
            let event = again.event(post(who, fact));
            assert_eq!(event.flags, flags(&[Flag::SealedAlready]));
            let sighted = crate::fact::Fact::Case(CaseFact::ConfirmationSighted { kind });
            assert_eq!(event.fact, sighted);
            let expected = CaseState {
                revisions: stream.state().revisions + 1,
                ..stream.state().clone()
            };
            assert_eq!(*again.state(), expected);
        }
        // A list that takes no rows takes none of these either.
        let mut closed = stream.clone();
        closed.cohort = None;
        let refused = closed.refusal(post(DOJ, {
            let mut other = identified(vec![charge(1)]);
            if let CaseFact::CaseIdentified { cohort, .. } = &mut other {
                *cohort = "SF-2018.1".parse().unwrap();
            }
            other
        }));
        assert_eq!(refused.rule(), "COHORT_UNKNOWN");
    }
}

#[test]
fn court_facts_about_a_destroyed_case_are_recorded_unless_they_open_it() {
    shredded().given([
        post(COURT, FactKind::DispositionReportedToDoj).on("2022-01-01"),
        post(DOJ, FactKind::DojRecordUpdated).on("2022-02-01"),
        post(COURT, sealing(SealExtent::File)).on("2022-03-01"),
        // What a sealing said is put right as long as it stays one.
        post(
            COURT,
            corrected(1, sealing(SealExtent::Redacted), "2021-09-20"),
        ),
    ]);
}

/// Every figure of every unit by every dimension.
fn figures(totals: &Totals) -> Vec<String> {
    let mut figures = Vec::new();
    for unit in Unit::ALL {
        for dimension in Dimension::ALL {
            if let Ok(query) = TotalsQuery::new(unit, &[*dimension], Filter::default()) {
                let answer = totals.query(&query, AsOf::Now);
                figures.push(format!("{unit:?} {dimension:?} {:?}", answer.groups));
            }
        }
    }
    figures
}

fn totals(stream: &Stream) -> Totals {
    let mut totals = Totals::default();
    totals.apply(0, CASE, stream.state());
    totals
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn no_figure_changes_by_reading_destroying_or_listing_again(
        posts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 12), 0..20),
    ) {
        let mut stream = two();
        for post in posts.iter().map(|bytes| wild_post(bytes)) {
            let _refused = stream.post(&post);
        }
        let seal = post(COURT, sealing(SealExtent::Count)).on("2023-06-01");
        let _refused = stream.post(&seal);
        let before = figures(&totals(&stream));
        let given = stream.state().private.is_given_up();
        let steps = [
            read(DEFENDER, ReadPurpose::CounselOfPerson),
            post(CUSTODIAN, shred(ShredBasis::Statute)),
            own(FactKind::ShredConfirmed),
            post(DA, identified(vec![charge(1), charge(2), charge(3)])),
        ];
        for (at, step) in steps.iter().enumerate() {
            if at == 3 && !stream.state().private.is_given_up() {
                break;
            }
            let done = stream.post(step);
            // Whatever happened before, the case is sealed now.
            prop_assert!(done.is_ok() || given || stream.state().charges.iter().any(|charge| {
                charge.seal != Seal::Sealed
            }) , "{done:?}");
            prop_assert_eq!(&figures(&totals(&stream)), &before);
        }
    }

    #[test]
    fn nothing_opens_a_case_again_once_its_private_parts_are_given_up(
        posts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 12), 0..40),
    ) {
        let mut stream = ordered();
        for post in posts.iter().map(|bytes| wild_post(bytes)) {
            let _refused = stream.post(&post);
            let charges = [1, 2].map(|id| stream.charge(id).seal);
            prop_assert_eq!(charges, [Seal::Sealed; 2]);
            prop_assert_eq!(stream.state().restriction(), Restriction::Whole);
        }
    }
}
