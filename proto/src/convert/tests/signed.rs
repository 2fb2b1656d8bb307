//! What a submission is signed with: kept as it came if it says what is posted, and refused otherwise.

use caseledger_chain::subject_commitment;
use prost::Message as _;

use super::*;
use crate::convert::{posted_fact, posted_subject};
use crate::pb::event::v1::PostedReference;
use crate::pb::event::v1::fact::Kind;
use crate::submission::Submission;
use crate::wire_error::WireErrors;

fn accepted() -> pb::Post {
    let mut post = post(Kind::FilingAccepted(event::FilingAccepted::default()));
    post.scope = some_charges(vec![2, 1]);
    post.references = Some(pb::References {
        filing: Some(filing_key("F-1")),
        ..Default::default()
    });
    post
}

fn opened() -> pb::Post {
    pb::Post {
        target: target(pb::target::Target::Organisation("lasc".into())),
        scope: None,
        ..post(Kind::RoleRevoked(event::RoleRevoked {
            role: event::Role::Court.into(),
        }))
    }
}

fn signed(salt: u8) -> pb::Submission {
    let mut wire = of(vec![accepted(), opened()]);
    let parts = wire.posts.iter().map(|post| pb::SignedPost {
        public_part: posted_fact(post).encode_to_vec().into(),
        subject: posted_subject(post).encode_to_vec().into(),
        salt: vec![salt; 32].into(),
    });
    wire.signed = Some(pb::SignedSubmission {
        key: vec![1; 32].into(),
        signature: vec![salt; 64].into(),
        posts: parts.collect(),
    });
    wire
}

fn read(wire: pb::Submission) -> Result<Submission, WireErrors> {
    submission(wire, &Hashes)
}

/// What is wrong with it, but for a change.
fn found(change: impl FnOnce(&mut pb::SignedSubmission)) -> Vec<String> {
    let mut wire = signed(9);
    change(wire.signed.as_mut().unwrap());
    let errors = read(wire).unwrap_err();
    let told = errors.to_string();
    assert!(!told.contains(DOCKET), "{told}");
    let listed = errors.violations().iter();
    listed.map(|error| error.field.clone()).collect()
}

#[test]
fn what_is_signed_is_kept_as_it_came_and_the_rest_as_a_commitment() {
    let wire = signed(9);
    let parts = wire.signed.clone().unwrap().posts;
    let taken = read(wire).unwrap().signed.unwrap();
    assert_eq!((taken.by.key, taken.by.signature), ([1; 32], [9; 64]));
    for (taken, part) in taken.posts.iter().zip(&parts) {
        assert_eq!(taken.public, part.public_part);
        let commitment = subject_commitment(&[9; 32], &part.subject);
        assert_eq!(taken.commitment, commitment);
        let shown = String::from_utf8_lossy(&taken.public).into_owned();
        assert!(!shown.contains(DOCKET) && !shown.contains("F-1"), "{shown}");
    }
    // A key of a case is in the subject, the id of an organisation in the public part.
    let (first, second) = (posted_fact(&accepted()), posted_fact(&opened()));
    assert_eq!(first.stream, None);
    assert_eq!(first.references, [i32::from(PostedReference::Filing)]);
    assert_eq!(first.charges, [2, 1]);
    let named = second.stream.unwrap().stream;
    assert_eq!(
        named,
        Some(event::posted_stream::Stream::Org("lasc".into()))
    );
    assert!(posted_subject(&accepted()).target.is_some());
    assert_eq!(posted_subject(&opened()), pb::PostedSubject::default());
}

#[test]
fn a_submission_signed_anew_is_the_same_submission() {
    let unsigned = of(vec![accepted(), opened()]);
    let contents = [unsigned, signed(1), signed(2)].map(|wire| read(wire).unwrap());
    assert_eq!(contents[0].content, contents[1].content);
    assert_eq!(contents[1].content, contents[2].content);
    // What waits weighs what it has.
    assert!(contents[1].bytes > contents[0].bytes + 2 * 96);
    let shown = format!("{:?} {:?}", signed(1), contents[1]);
    assert!(
        !shown.contains(DOCKET) && !shown.contains("BA98"),
        "{shown}"
    );
}

#[test]
fn what_says_something_else_than_the_post_is_refused() {
    let public = |change: fn(&mut event::PostedFact)| {
        found(|signed| {
            let part = &mut signed.posts[0].public_part;
            let mut public = event::PostedFact::decode(part.as_ref()).unwrap();
            change(&mut public);
            *part = public.encode_to_vec().into();
        })
    };
    let changes: [fn(&mut event::PostedFact); 5] = [
        |public| public.occurred_on += 1,
        |public| public.charges.reverse(),
        |public| public.references.clear(),
        |public| public.fact = posted_fact(&opened()).fact,
        |public| public.stream = posted_fact(&opened()).stream,
    ];
    for change in changes {
        assert_eq!(public(change), ["signed.posts[0].public_part"]);
    }
    let other = found(|signed| signed.posts[0].subject = signed.posts[1].subject.clone());
    assert_eq!(other, ["signed.posts[0].subject"]);
    let swapped = found(|signed| signed.posts.swap(0, 1));
    assert_eq!(swapped.len(), 4);
    // With room for something else, or no message at all.
    let push = |bytes: &bytes::Bytes, more: &[u8]| [bytes, more].concat();
    let hidden = found(|signed| {
        let post = &mut signed.posts[1];
        post.public_part = push(&post.public_part, &[0x7a, 1, 65]).into();
        post.subject = push(&post.subject, &[0x7a, 1, 65]).into();
    });
    let both = ["signed.posts[1].public_part", "signed.posts[1].subject"];
    assert_eq!(hidden, both);
    let broken = found(|signed| {
        let post = &mut signed.posts[1];
        (post.public_part, post.subject) = (vec![0xff].into(), vec![0xff].into());
    });
    assert_eq!(broken, both);
}

#[test]
fn keys_signatures_salts_and_their_number_are_what_they_must_be() {
    assert_eq!(found(|signed| signed.key.clear()), ["signed.key"]);
    let short = found(|signed| signed.signature = vec![1; 63].into());
    assert_eq!(short, ["signed.signature"]);
    let salt = found(|signed| signed.posts[1].salt = vec![1; 31].into());
    assert_eq!(salt, ["signed.posts[1].salt"]);
    assert_eq!(found(|signed| drop(signed.posts.pop())), ["signed.posts"]);
}
