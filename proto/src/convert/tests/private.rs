//! What is private of a post: what is kept, what is refused, and that nothing of it shows.

use caseledger_chain::subject_commitment;
use caseledger_domain::vocabulary::{ReadPurpose, ShredBasis, Tombstone};
use caseledger_domain::{CaseId, FactKind, Target};
use prost::Message as _;

use super::*;
use crate::PRIVATE_PART_MAX;
use crate::convert::{posted_fact, posted_subject};
use crate::pb::event::v1::fact::Kind;
use crate::submission::{PrivateOf, Submission};

const NAME: &str = "José Ünwritten-Marker";

fn details() -> pb::PrivateDetails {
    pb::PrivateDetails {
        names: vec![NAME.into()],
        birth_date: 19_700_102,
        identifiers: vec![cii()],
        note: "seen twice\nsee the file".into(),
    }
}

fn listed() -> pb::Post {
    post(Kind::CaseIdentified(identified()))
}

fn with(details: pb::PrivateDetails) -> pb::Post {
    pb::Post {
        private: Some(details),
        ..listed()
    }
}

fn by_id() -> Option<pb::Target> {
    target(pb::target::Target::CaseId(vec![5; 16].into()))
}

fn taken(posts: Vec<pb::Post>) -> Submission {
    submission(of(posts), &Hashes).unwrap()
}

fn part(private: &PrivateOf) -> pb::PrivatePart {
    private_part(&private.bytes).unwrap()
}

#[test]
fn a_part_is_kept_for_who_names_the_key_and_for_who_gives_details() {
    let started = || post(Kind::ReviewStarted(event::ReviewStarted {}));
    let mut by_id_alone = started();
    by_id_alone.target = by_id();
    let mut by_id_with = by_id_alone.clone();
    by_id_with.private = Some(details());
    let submission = taken(vec![started(), by_id_alone, by_id_with, with(details())]);
    let kept = submission.private.iter();
    let kept: Vec<_> = kept.map(|of| (of.command, of.explicit)).collect();
    assert_eq!(kept, [(0, false), (2, true), (3, true)]);
    let [named, given, both] = &submission.private[..] else {
        panic!("{kept:?}");
    };
    // The key as it was posted, leading zeros and all.
    let only_key = pb::PrivatePart {
        key: Some(key()),
        ..Default::default()
    };
    assert_eq!(part(named), only_key);
    let all = pb::PrivatePart {
        key: None,
        identifiers: vec![cii()],
        names: vec![NAME.into()],
        birth_date: 19_700_102,
        note: details().note,
    };
    assert_eq!(part(given), all);
    let key = Some(key());
    assert_eq!(part(both), pb::PrivatePart { key, ..all });
}

#[test]
fn identifiers_of_references_and_details_are_kept_once_each() {
    let mut post = with(pb::PrivateDetails {
        identifiers: vec![
            pb::PersonIdentifier {
                issuer: "ca-cii".into(),
                value: "a-012 345.57".into(),
            },
            pb::PersonIdentifier {
                issuer: "FBI".into(),
                value: "7".into(),
            },
        ],
        ..Default::default()
    });
    post.references = Some(pb::References {
        person: Some(cii()),
        ..Default::default()
    });
    let kept = part(&taken(vec![post]).private[0]).identifiers;
    let kept: Vec<_> = kept.iter().map(|id| (&*id.issuer, &*id.value)).collect();
    assert_eq!(kept, [("CA-CII", CII), ("FBI", "7")]);
}

#[test]
fn the_largest_part_that_is_taken_fits() {
    let long = |letter: &str, length: usize| letter.repeat(length);
    let largest = pb::PrivateDetails {
        names: (0..8).map(|_| long("x", 200)).collect(),
        birth_date: 21_991_231,
        identifiers: (0..16)
            .map(|at| pb::PersonIdentifier {
                issuer: long("I", 16),
                value: format!("{at:02}{}", long("9", 62)),
            })
            .collect(),
        note: long("y", 2_000),
    };
    let submission = taken(vec![with(largest)]);
    let length = submission.private[0].bytes.len();
    assert!((4_000..=PRIVATE_PART_MAX).contains(&length), "{length}");
}

#[test]
fn what_is_out_of_bounds_is_refused_with_its_path_and_without_its_content() {
    type Change = fn(&mut pb::PrivateDetails);
    let rows: [(Change, &str); 13] = [
        (|d| *d = pb::PrivateDetails::default(), ""),
        (|d| d.names = vec!["Ana".into(); 9], ".names"),
        (|d| d.names = vec![String::new()], ".names[0]"),
        (|d| d.names = vec!["é".repeat(101)], ".names[0]"),
        (|d| d.names = vec!["Ana\u{7}".into()], ".names[0]"),
        (|d| d.names = vec!["Ana\nBo".into()], ".names[0]"),
        (|d| d.names = vec!["  ".into()], ".names[0]"),
        (|d| d.birth_date = 19_700_230, ".birth_date"),
        (|d| d.identifiers = vec![cii(); 17], ".identifiers"),
        (|d| d.identifiers = vec![cii(), cii()], ".identifiers"),
        (
            |d| d.identifiers[0].value = "A;B".into(),
            ".identifiers[0].value",
        ),
        (|d| d.note = "z".repeat(2_001), ".note"),
        (|d| d.note = "z\u{85}".into(), ".note"),
    ];
    for (change, field) in rows {
        let mut given = details();
        change(&mut given);
        let errors = submission(of(vec![with(given)]), &Hashes).unwrap_err();
        let fields: Vec<_> = errors
            .violations()
            .iter()
            .map(|v| v.field.as_str())
            .collect();
        assert_eq!(fields, [format!("posts[0].private{field}")], "{errors}");
        let shown = format!("{errors} {errors:?}");
        assert!(!shown.contains(CII) && !shown.contains("Ana"), "{shown}");
    }
    let filing = pb::Post {
        target: target(pb::target::Target::Filing(filing_key("F-1"))),
        scope: None,
        private: Some(details()),
        ..post(Kind::FilingSent(event::FilingSent {}))
    };
    let errors = submission(of(vec![filing]), &Hashes).unwrap_err();
    let expected = Why::PrivateNotTaken(FactKind::FilingSent);
    assert_eq!(errors.violations()[0].why, expected);
}

#[test]
fn nothing_private_shows_in_debug() {
    let wire = of(vec![with(details())]);
    let subject = posted_subject(&wire.posts[0]);
    let part = pb::GetPrivateResponse {
        records: vec![pb::PrivateRecord {
            position: 1,
            revision: 0,
            part: Some(part(&taken(wire.posts.clone()).private[0])),
        }],
        ..Default::default()
    };
    let shown = format!(
        "{wire:?} {subject:?} {part:?} {:?} {:?}",
        details(),
        taken(wire.posts.clone())
    );
    for marker in [DOCKET, CII, "Marker", "19700102", "seen twice"] {
        assert!(!shown.contains(marker), "{marker}: {shown}");
    }
}

#[test]
fn other_private_content_is_other_content() {
    let content = |post: pb::Post| taken(vec![post]).content;
    let mut other = details();
    other.note.push('.');
    assert_ne!(content(with(details())), content(listed()));
    assert_ne!(content(with(details())), content(with(other)));
}

#[test]
fn who_signs_commits_to_the_details_too() {
    let signed = |post: &pb::Post, subject: pb::PostedSubject| {
        let mut wire = of(vec![post.clone()]);
        wire.signed = Some(pb::SignedSubmission {
            key: vec![1; 32].into(),
            signature: vec![2; 64].into(),
            posts: vec![pb::SignedPost {
                public_part: posted_fact(post).encode_to_vec().into(),
                subject: subject.encode_to_vec().into(),
                salt: vec![9; 32].into(),
            }],
        });
        submission(wire, &Hashes)
    };
    let post = with(details());
    let subject = posted_subject(&post);
    assert_eq!(subject.private, Some(details()));
    let taken = signed(&post, subject.clone()).unwrap().signed.unwrap();
    let commitment = subject_commitment(&[9; 32], &subject.encode_to_vec());
    assert_eq!(taken.posts[0].commitment, commitment);
    // Signed without them, or with others.
    let without = pb::PostedSubject {
        private: None,
        ..subject.clone()
    };
    let errors = signed(&post, without).unwrap_err();
    assert_eq!(errors.violations()[0].field, "signed.posts[0].subject");
    assert!(signed(&listed(), subject).is_err());
    // Without details it is the subject that docs/FORMAT.md has, which was signed before there were any.
    let court = || "COURT-19".to_owned();
    let mut accepted = pb::Post {
        target: target(pb::target::Target::CaseKey(pb::CaseKey {
            court: court(),
            number: "A-1".into(),
            defendant: "1".into(),
        })),
        ..listed()
    };
    let filing = pb::FilingKey {
        court: court(),
        filing_id: "F-1".into(),
    };
    accepted.references = Some(pb::References {
        filing: Some(pb::FilingReference {
            reference: Some(pb::filing_reference::Reference::Key(filing)),
        }),
        ..Default::default()
    });
    assert_eq!(
        hex::encode(posted_subject(&accepted).encode_to_vec()),
        "0a1412120a08434f5552542d31391203412d311a013112132211120f0a08434f5552542d31391203462d31"
    );
}

#[test]
fn reads_who_asks_for_private_parts_and_what_for() {
    let page = |token: &str| {
        Some(pb::Page {
            limit: 10,
            token: token.to_owned(),
        })
    };
    let ask_page = |case, purpose: i32, page| {
        let asked = pb::GetPrivateRequest {
            case,
            purpose,
            page,
        };
        get_private(&asked, &Hashes)
    };
    let ask = |case, purpose: i32| {
        ask_page(case, purpose, page("7")).map(|asked| {
            assert_eq!((asked.page.limit, asked.page.from), (10, Some(7)));
            (asked.case, asked.purpose)
        })
    };
    let id = || Some(pb::get_private_request::Case::CaseId(vec![5; 16].into()));
    let case = Target::Case(CaseId::from_bytes([5; 16]));
    assert_eq!(ask(id(), 0), Ok((case, None)));
    assert_eq!(ask(id(), 6), Ok((case, Some(ReadPurpose::Oversight))));
    let by_key = Some(pb::get_private_request::Case::CaseKey(key()));
    assert!(matches!(ask(by_key, 1), Ok((Target::CaseKey(_), Some(_)))));
    for (case, purpose, field) in [(None, 1, "case"), (id(), 7, "purpose")] {
        let errors = ask(case, purpose).unwrap_err();
        assert_eq!(errors.violations()[0].field, field);
    }
    for (page, field) in [(None, "page"), (page("07"), "page.token")] {
        let errors = ask_page(id(), 1, page).unwrap_err();
        assert_eq!(errors.violations()[0].field, field);
    }
}

#[test]
fn reads_whose_private_parts_are_destroyed() {
    use pb::shred_request::Which;

    let ask = |which| shred(&pb::ShredRequest { which });
    let cases = |ids: &[u8], basis: i32, tombstone: i32| {
        let case_ids = ids.iter().map(|id| vec![*id; 16].into()).collect();
        Some(Which::Cases(pb::ShredCases {
            case_ids,
            basis,
            tombstone,
        }))
    };
    let expected = Shred::Cases {
        cases: vec![CaseId::from_bytes([1; 16]), CaseId::from_bytes([2; 16])],
        basis: ShredBasis::Statute,
        tombstone: Tombstone::Forgotten,
    };
    assert_eq!(ask(cases(&[1, 2], 3, 2)), Ok(expected));
    let tombstone = Tombstone::Kept;
    let due = Which::Due(pb::ShredDue { tombstone: 1 });
    assert_eq!(ask(Some(due)), Ok(Shred::Due { tombstone }));
    let open = Which::Open(pb::ShredOpen {});
    assert_eq!(ask(Some(open)), Ok(Shred::Open));
    for (which, field) in [
        (None, "which"),
        (cases(&[], 1, 1), "cases.case_ids"),
        (cases(&[1, 1], 1, 1), "cases.case_ids"),
        (cases(&[1], 0, 1), "cases.basis"),
        (cases(&[1], 1, 3), "cases.tombstone"),
        (
            Some(Which::Due(pb::ShredDue { tombstone: 0 })),
            "due.tombstone",
        ),
    ] {
        let errors = ask(which).unwrap_err();
        assert_eq!(errors.violations()[0].field, field);
    }
    let short = Which::Cases(pb::ShredCases {
        case_ids: vec![vec![1; 15].into()],
        basis: 1,
        tombstone: 1,
    });
    let errors = ask(Some(short)).unwrap_err();
    assert_eq!(errors.violations()[0].field, "cases.case_ids[0]");
}

#[test]
fn a_part_with_a_docket_key_makes_the_token_by_which_its_case_was_posted() {
    let named = taken(vec![listed()]);
    let Target::CaseKey(token) = named.commands[0].target else {
        panic!("{:?}", named.commands[0].target);
    };
    let of = |bytes: &[u8]| token_of_part(bytes, &Hashes);
    assert_eq!(of(&named.private[0].bytes), Some(token));
    let mut by_id_with = with(details());
    by_id_with.target = by_id();
    assert_eq!(of(&taken(vec![by_id_with]).private[0].bytes), None);
    assert_eq!(of(b"\xff"), None);
}
