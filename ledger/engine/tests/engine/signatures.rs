//! Submissions that their submitters sign.

use caseledger_audit::{Batch, Fault, Plan, Recount, Replay};
use caseledger_chain::{
    Digest, EntryRef, PostedParts, SigningKey, SubmitterId, SubmitterStatement,
};
use caseledger_domain::vocabulary::Vocabulary as _;
use caseledger_domain::{Command, OrgFact, Scope};
use caseledger_engine::{
    Ack, Engine, Poster, SignedPost, SignedSubmission, Submission, SubmitError,
    fsck::{self, Depth},
};
use caseledger_proto::event_codec::{Body, Signature, decode_body};
use caseledger_proto::pb::event::v1::PostedFact;
use prost::Message as _;

use crate::authority::{about, declared, introduce, operator};
use crate::support::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed("lada".parse().unwrap(), &[seed; 32])
}

fn public(seed: u8) -> [u8; 32] {
    key(seed).verifier().public_bytes()
}

fn parts(command: &Command, salt: u8) -> SignedPost {
    let charges = match &command.scope {
        Scope::WholeCase => Vec::new(),
        Scope::Charges(ids) => ids.iter().map(|id| u32::from(id.0)).collect(),
    };
    let posted = PostedFact {
        occurred_on: command.occurred_on.yyyymmdd(),
        fact: Some((&command.fact).into()),
        charges,
        stream: None,
        references: Vec::new(),
    };
    SignedPost {
        public: posted.encode_to_vec(),
        commitment: Digest::from_bytes([salt; 32]),
    }
}

/// The submission, signed with the key of that seed for that ledger.
fn signed(engine: &Engine, poster: Poster, of: Submission, seed: u8, salt: u8) -> Submission {
    let posts: Vec<SignedPost> = of.commands.iter().map(|one| parts(one, salt)).collect();
    let statement = SubmitterStatement::new(
        engine.identity().ledger(),
        SubmitterId::from_bytes(poster.org.to_bytes()).unwrap(),
        poster.role.number().into(),
        caseledger_chain::MessageId::from_bytes(of.message_id),
        of.submitter_seq,
        posts.iter().map(|post| PostedParts {
            public: &post.public,
            commitment: post.commitment,
        }),
    );
    let by = Signature {
        key: public(seed),
        signature: statement.sign(&key(seed)),
    };
    Submission {
        signed: Some(SignedSubmission::new(by, posts)),
        ..of
    }
}

fn added(seed: u8) -> Command {
    let (key, valid_until) = (public(seed), Some(date(20_210_927)));
    let act = OrgFact::SigningKeyAdded { key, valid_until };
    about(prosecutor().org, act)
}

fn required(required: bool) -> Command {
    about(prosecutor().org, OrgFact::SignaturesRequired { required })
}

fn entry(ack: &Ack, at: usize) -> (caseledger_chain::Header, Body) {
    let entry = EntryRef::decode(ack.receipts[at].entry()).unwrap();
    let header = entry.header().clone();
    let body = decode_body(header.body_type, header.body_version, entry.body()).unwrap();
    (header, body)
}

/// A ledger whose prosecutor signs with key 1.
fn signing() -> (Folder, Engine) {
    let folder = declared();
    let (engine, _) = folder.open();
    introduce(&engine);
    accept(
        &engine,
        operator(),
        submission(900, vec![added(1), required(true)]),
    );
    (folder, engine)
}

#[test]
fn whoever_has_to_sign_is_recorded_with_its_own_signature_or_not_at_all() {
    let (folder, engine) = signing();
    let opened = || submission(1, vec![open_initiative(), open_cohort()]);
    let refused = |of| submit(&engine, prosecutor(), of).unwrap_err();
    assert!(matches!(
        refused(opened()),
        SubmitError::SignatureRequired { organisation } if organisation == prosecutor().org
    ));
    let other = signed(&engine, prosecutor(), opened(), 2, 7);
    assert!(matches!(
        refused(other),
        SubmitError::SigningKeyUnknown { key, .. } if key.to_bytes() == public(2)
    ));
    let right = || signed(&engine, prosecutor(), opened(), 1, 7);
    let mut renumbered = right();
    renumbered.submitter_seq = 1;
    assert!(matches!(
        refused(renumbered),
        SubmitError::SignatureInvalid(_)
    ));
    let in_another_role = Poster {
        role: caseledger_domain::vocabulary::Role::Court,
        ..prosecutor()
    };
    let found = submit(&engine, in_another_role, right()).unwrap_err();
    assert!(matches!(found, SubmitError::SignatureInvalid(_)), "{found}");
    let mut fewer = right();
    fewer.signed.as_mut().unwrap().posts.pop();
    let found = refused(fewer);
    assert!(
        matches!(
            found,
            SubmitError::SignedPosts {
                found: 1,
                expected: 2
            }
        ),
        "{found}"
    );

    let ack = submit(&engine, prosecutor(), right()).unwrap();
    let sent = right().signed.unwrap();
    for (at, post) in sent.posts.iter().enumerate() {
        let (header, body) = entry(&ack, at);
        assert_eq!(
            (header.body_version, header.commitment),
            (2, post.commitment)
        );
        let kept = body.signed.unwrap();
        assert_eq!(kept.public, post.public);
        assert_eq!(kept.by, (at == 0).then_some(sent.by));
    }
    // Signed anew, with other salts, or not at all, it is the same submission.
    for again in [signed(&engine, prosecutor(), opened(), 1, 8), opened()] {
        let again = submit(&engine, prosecutor(), again).unwrap();
        assert!(again.duplicate);
        assert_eq!(again.receipts[0].entry(), ack.receipts[0].entry());
    }
    // Who need not sign may.
    let found = submit(&engine, operator(), submission(2, vec![required(false)])).unwrap();
    let (header, body) = entry(&found, 0);
    assert_eq!((header.body_version, body.signed), (1, None));
    let also = signed(
        &engine,
        prosecutor(),
        submission(3, vec![identify(0)]),
        1,
        7,
    );
    accept(&engine, prosecutor(), also);
    accept(&engine, prosecutor(), submission(4, vec![identify(1)]));
    engine.close().unwrap();
    // Opening reads them, and the check finds nothing.
    let (engine, _) = folder.open();
    engine.close().unwrap();
    let key = folder.identity.verifier();
    let report = fsck::check(&folder.paths, key, Depth::Everything, &|_| ()).unwrap();
    assert!(report.is_ok(), "{report:#?}");
}

#[test]
fn what_a_submission_says_of_keys_bears_on_the_next_one() {
    let (_folder, engine) = signing();
    let (old, new) = (public(1), public(2));
    let rotated = about(prosecutor().org, OrgFact::SigningKeyRotated { old, new });
    let first = signed(
        &engine,
        prosecutor(),
        submission(1, vec![open_initiative(), open_cohort()]),
        1,
        7,
    );
    accept(&engine, prosecutor(), first);
    accept(&engine, operator(), submission(2, vec![rotated]));
    let by = |seed, message| {
        let of = submission(message, vec![identify(message)]);
        submit(
            &engine,
            prosecutor(),
            signed(&engine, prosecutor(), of, seed, 7),
        )
    };
    let found = by(1, 3).unwrap_err();
    assert!(
        matches!(found, SubmitError::SigningKeyUnknown { .. }),
        "{found}"
    );
    assert!(by(2, 4).is_ok());
}

/// What is found in the entries, `at_once` of them at hand together.
fn found(entries: &[Vec<u8>], at_once: usize) -> Vec<(u64, Fault)> {
    let plan = Plan {
        ledger: None,
        recount: Recount::AtEnd,
        day: caseledger_engine::court_day,
    };
    let mut replay = Replay::start(plan).unwrap();
    for entries in entries.chunks(at_once) {
        let mut batch = Batch::new();
        for entry in entries {
            batch.push(entry);
        }
        replay.push(batch);
    }
    let derived = replay.finish().conclude();
    let found = derived.integrity.into_iter();
    found
        .map(|finding| (finding.position.unwrap().get(), finding.fault))
        .collect()
}

#[test]
fn a_signature_is_over_all_posts_of_a_submission_wherever_they_are_read() {
    let (_folder, engine) = signing();
    let opened = submission(1, vec![open_initiative(), open_cohort()]);
    let ack = submit(
        &engine,
        prosecutor(),
        signed(&engine, prosecutor(), opened, 1, 7),
    )
    .unwrap();
    let first = ack.receipts[0].position();
    let reader = engine.reader();
    let size = reader.size().get();
    let mut entries: Vec<Vec<u8>> = (0..size)
        .map(|at| {
            reader
                .recorded(caseledger_chain::Position::new(at))
                .unwrap()
        })
        .map(|recorded| recorded.entry.to_vec())
        .collect();
    for at_once in [1, 2, 100] {
        assert_eq!(found(&entries, at_once), [], "{at_once}");
    }
    // Nothing is chained to the last entry.
    let last = entries.pop().unwrap();
    let entry = EntryRef::decode(&last).unwrap();
    let mut header = entry.header().clone();
    header.commitment = Digest::from_bytes([8; 32]);
    let mut forged = Vec::new();
    caseledger_chain::encode(&header, entry.body(), &mut forged).unwrap();
    entries.push(forged);
    for at_once in [1, 2, 100] {
        let found = found(&entries, at_once);
        assert!(
            matches!(found[..], [(at, Fault::SignatureInvalid(_))] if at == first.get()),
            "{at_once}: {found:?}"
        );
    }
}
