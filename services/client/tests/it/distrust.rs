//! Every lie is noticed, and named.

use caseledger_chain::{CheckpointError, KeyName, ReceiptError, SigningKey};
use caseledger_client::{Client, ClientError, Disbelief, TrustError};
use caseledger_proto::pb::v1;

use crate::honest::prosecutor;
use crate::liar::Liar;
use crate::support::{Fault, Running, engine_signing, message_id, opened};

async fn disbelief(client: &Client, submission: v1::Submission) -> Disbelief {
    match client.submit(submission).await {
        Err(ClientError::Disbelief(disbelief)) => *disbelief,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_receipt_signed_by_another_key_is_refused() {
    let name = KeyName::parse("example.org/test-ledger").unwrap();
    let other = SigningKey::from_seed(name, &[8; 32]);
    let fault = Fault::default();
    let server = Running::over(engine_signing(other, &fault), fault, |_| {}).await;
    let client = prosecutor(server.address).await;
    let disbelief = disbelief(&client, opened(message_id(1), "ONE")).await;
    assert!(
        matches!(
            disbelief,
            Disbelief::Trust(TrustError::Checkpoint(CheckpointError::Note(_)))
        ),
        "{disbelief:?}"
    );
    server.stop().await;
}

type ReplyLie = fn(&mut v1::SubmitResponse);
type RequestLie = fn(&mut v1::Submission);
type Noticed = fn(&Disbelief) -> bool;

/// Changes to a reply, and what each must be noticed as.
fn lies_about_replies() -> [(ReplyLie, Noticed); 8] {
    [
        (
            |reply| {
                let mut entry = reply.receipts[0].entry.to_vec();
                *entry.last_mut().unwrap() ^= 1;
                reply.receipts[0].entry = entry.into();
            },
            |found| matches!(found, Disbelief::Proof(ReceiptError::Inclusion(_))),
        ),
        (
            |reply| reply.receipts[0].entry.truncate(40),
            |found| matches!(found, Disbelief::Proof(ReceiptError::Entry(_))),
        ),
        (
            |reply| reply.receipts[0].tlog_proof.push('x'),
            |found| matches!(found, Disbelief::Proof(_) | Disbelief::Trust(_)),
        ),
        (
            |reply| reply.receipts[0].position += 1,
            |found| {
                matches!(
                    found,
                    Disbelief::Contradiction {
                        field: "position",
                        ..
                    }
                )
            },
        ),
        (
            |reply| reply.receipts[0].revision += 1,
            |found| {
                matches!(
                    found,
                    Disbelief::Contradiction {
                        field: "revision",
                        ..
                    }
                )
            },
        ),
        (
            |reply| reply.receipts[0].chain_hash = vec![0; 32].into(),
            |found| {
                matches!(
                    found,
                    Disbelief::Contradiction {
                        field: "chain hash",
                        ..
                    }
                )
            },
        ),
        (
            |reply| {
                let other = v1::stream_ref::Stream::Initiative("OTHER".to_owned());
                reply.receipts[0].stream = Some(v1::StreamRef {
                    stream: Some(other),
                });
            },
            |found| {
                matches!(
                    found,
                    Disbelief::Contradiction {
                        field: "stream",
                        ..
                    }
                )
            },
        ),
        (
            |reply| reply.receipts.clear(),
            |found| matches!(found, Disbelief::Missing("receipt")),
        ),
    ]
}

#[tokio::test]
async fn any_change_to_a_reply_is_noticed() {
    let server = Running::start().await;
    let (liar, address) = Liar::start(server.channel().await).await;
    let client = prosecutor(address).await;
    for (number, (lie, expected)) in (0..).zip(lies_about_replies()) {
        liar.change_replies(lie);
        let found = disbelief(&client, opened(message_id(number), &format!("I-{number}"))).await;
        assert!(expected(&found), "lie {number}: {found:?}");
    }
    // Flags are the ledger's remark, which nobody can check without its rules.
    liar.change_replies(|_| {});
    client
        .submit(opened(message_id(100), "LAST"))
        .await
        .unwrap();
    server.stop().await;
}

#[tokio::test]
async fn a_receipt_of_something_else_is_refused() {
    let server = Running::start().await;
    let (liar, address) = Liar::start(server.channel().await).await;
    let client = prosecutor(address).await;
    let first = client.submit(opened(message_id(1), "ONE")).await.unwrap();
    let old = first.receipts[0].message().clone();
    liar.change_replies(move |reply| reply.receipts = vec![old.clone()]);
    let found = disbelief(&client, opened(message_id(2), "TWO")).await;
    assert!(
        matches!(
            found,
            Disbelief::Other {
                field: "message id",
                ..
            }
        ),
        "{found:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn what_was_recorded_must_be_what_was_posted() {
    let server = Running::start().await;
    let (liar, address) = Liar::start(server.channel().await).await;
    let client = prosecutor(address).await;
    let lies: [RequestLie; 3] = [
        |submission| submission.posts[0].occurred_on -= 1,
        |submission| {
            use caseledger_proto::pb::event::v1::fact::Kind;
            let fact = submission.posts[0].fact.as_mut().unwrap();
            let Some(Kind::InitiativeOpened(opened)) = &mut fact.kind else {
                panic!()
            };
            opened.counties = vec![59];
        },
        |submission| {
            let mut more = submission.posts[0].clone();
            let other = v1::target::Target::Initiative("MORE".to_owned());
            more.target = Some(v1::Target {
                target: Some(other),
            });
            submission.posts.push(more);
        },
    ];
    for (number, lie) in (0..).zip(lies) {
        liar.change_requests(move |request| lie(request.submission.as_mut().unwrap()));
        let found = disbelief(&client, opened(message_id(number), &format!("I-{number}"))).await;
        assert!(
            matches!(found, Disbelief::NotPosted { .. }),
            "lie {number}: {found:?}"
        );
    }
    liar.change_requests(|request| request.submission.as_mut().unwrap().submitter_sequence = 9);
    let found = disbelief(&client, opened(message_id(50), "SEQ")).await;
    assert!(
        matches!(
            found,
            Disbelief::Other {
                field: "submitter sequence",
                ..
            }
        ),
        "{found:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn two_histories_of_one_key_are_noticed() {
    let (one, two) = (Running::start().await, Running::start().await);
    let (liar, address) = Liar::start(one.channel().await).await;
    let client = prosecutor(address).await;
    for number in 0..3 {
        client
            .submit(opened(message_id(number), &format!("I-{number}")))
            .await
            .unwrap();
    }
    client.checkpoint().await.unwrap();
    // The other history: longer, so that no size is the same.
    let honest = prosecutor(two.address).await;
    for number in 10..15 {
        honest
            .submit(opened(message_id(number), &format!("I-{number}")))
            .await
            .unwrap();
    }
    liar.speak_for(two.channel().await);
    let error = client.checkpoint().await.unwrap_err();
    let ClientError::Disbelief(found) = error else {
        panic!("{error:?}")
    };
    assert!(
        matches!(*found, Disbelief::Trust(TrustError::Inconsistent { .. })),
        "{found:?}"
    );
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn a_second_root_for_a_size_and_a_rollback_are_noticed() {
    let (one, two, three) = (
        Running::start().await,
        Running::start().await,
        Running::start().await,
    );
    let (liar, address) = Liar::start(one.channel().await).await;
    let client = prosecutor(address).await;
    client.submit(opened(message_id(1), "ONE")).await.unwrap();
    client.checkpoint().await.unwrap();
    prosecutor(two.address)
        .await
        .submit(opened(message_id(2), "TWO"))
        .await
        .unwrap();
    liar.speak_for(two.channel().await);
    let error = client.checkpoint().await.unwrap_err();
    let ClientError::Disbelief(found) = error else {
        panic!("{error:?}")
    };
    assert!(
        matches!(*found, Disbelief::Trust(TrustError::Equivocation { .. })),
        "{found:?}"
    );
    liar.speak_for(three.channel().await);
    let error = client.checkpoint().await.unwrap_err();
    let ClientError::Disbelief(found) = error else {
        panic!("{error:?}")
    };
    assert!(
        matches!(*found, Disbelief::Trust(TrustError::RolledBack { .. })),
        "{found:?}"
    );
    for server in [one, two, three] {
        server.stop().await;
    }
}

/// The submission, signed for that ledger.
fn signed(ledger: caseledger_chain::LedgerId, submission: v1::Submission) -> v1::Submission {
    let key = SigningKey::from_seed("lada".parse().unwrap(), &[9; 32]);
    let principal = caseledger_client::Principal::new("lada", "PROSECUTOR_COUNTY").unwrap();
    let signer = caseledger_client::Signer::new(ledger);
    signer.signed(&key, &principal, submission).unwrap()
}

#[tokio::test]
async fn a_signature_that_was_taken_away_is_missed() {
    let server = Running::start().await;
    let (liar, address) = Liar::start(server.channel().await).await;
    let client = prosecutor(address).await;
    let first = client.submit(opened(message_id(1), "ONE")).await.unwrap();
    let ledger = first.receipts[0].header().ledger;
    liar.change_requests(|request| request.submission.as_mut().unwrap().signed = None);
    let found = disbelief(&client, signed(ledger, opened(message_id(2), "TWO"))).await;
    assert!(
        matches!(found, Disbelief::NotSigned(at) if at.get() == 1),
        "{found:?}"
    );
    // An honest ledger that knows no such key says so, and nobody is deceived.
    liar.change_requests(|_| ());
    let refused = client
        .submit(signed(ledger, opened(message_id(3), "SIX")))
        .await;
    let reason = refused.unwrap_err().reason();
    assert_eq!(reason, Some(caseledger_proto::Reason::SigningKeyUnknown));
    // A client that signs learns for which ledger, and says who it is.
    let key = SigningKey::from_seed("lada".parse().unwrap(), &[9; 32]);
    let signs = client.clone().with_signer(key);
    let refused = signs
        .submit(opened(message_id(4), "TEN"))
        .await
        .unwrap_err();
    assert_eq!(
        refused.reason(),
        Some(caseledger_proto::Reason::SigningKeyUnknown)
    );
    server.stop().await;
}
