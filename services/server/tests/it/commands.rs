//! `CommandService` and `AuditService`: acknowledged is recorded and provable.

use caseledger_chain::{
    Digest, Position, Size, verify_consistency, verify_inclusion, verify_proof,
};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;

use crate::support::{Running, accepted, as_court, as_prosecutor, key, message_id, opened, submit};

#[tokio::test]
async fn a_receipt_proves_the_entry_and_stays_the_same() {
    let server = Running::start().await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    let mut audits = AuditServiceClient::new(server.channel().await);
    for number in 0..5 {
        let opening = opened(message_id(number), &format!("I-{number}"));
        let reply = commands
            .submit(as_prosecutor(submit(opening)))
            .await
            .unwrap()
            .into_inner();
        assert!(!reply.duplicate);
        let [receipt] = &reply.receipts[..] else {
            panic!("{} receipts", reply.receipts.len())
        };
        let verified = verify_proof(&receipt.entry, &receipt.tlog_proof, key().verifier()).unwrap();
        assert_eq!(verified.header().position, Position::new(number));
        assert_eq!(receipt.position, number);
        assert_eq!(receipt.chain_hash, verified.chain_hash().as_ref());
        let request = v1::GetReceiptRequest { position: number };
        let again = audits.get_receipt(request).await.unwrap().into_inner();
        assert_eq!(again.receipt.as_ref(), Some(receipt));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_confirmation_without_a_case_waits_for_it() {
    let server = Running::start().await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    let request = submit(accepted(message_id(1), "BA 123.456"));
    let reply = commands
        .submit(as_court(request))
        .await
        .unwrap()
        .into_inner();
    let flags = &reply.receipts[0].flags;
    let unmatched = caseledger_domain::Flag::Unmatched as i32;
    assert!(flags.contains(&unmatched), "{flags:?}");
    server.stop().await;
}

#[tokio::test]
async fn the_same_message_32_times_at_once_is_one_entry() {
    let server = Running::start().await;
    let channel = server.channel().await;
    let calls = (0..32).map(|_| {
        let mut commands = CommandServiceClient::new(channel.clone());
        tokio::spawn(async move {
            let request = as_prosecutor(submit(opened(message_id(9), "ONE")));
            commands.submit(request).await.unwrap().into_inner()
        })
    });
    let calls: Vec<_> = calls.collect();
    let mut replies = Vec::new();
    for call in calls {
        replies.push(call.await.unwrap());
    }
    assert_eq!(replies.iter().filter(|reply| !reply.duplicate).count(), 1);
    let receipts = &replies[0].receipts;
    assert!(replies.iter().all(|reply| reply.receipts == *receipts));
    let mut audits = AuditServiceClient::new(channel);
    let info = audits
        .get_ledger_info(v1::GetLedgerInfoRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(info.size, 1);
    server.stop().await;
}

#[tokio::test]
async fn the_status_of_a_submission_is_the_truth() {
    let server = Running::start().await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    let ask = || {
        let message_id = message_id(4).to_vec().into();
        v1::GetSubmissionStatusRequest { message_id }
    };
    let before = commands
        .get_submission_status(as_prosecutor(ask()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((before.recorded, before.complete_to), (None, 0));
    let request = as_prosecutor(submit(opened(message_id(4), "ONE")));
    let reply = commands.submit(request).await.unwrap().into_inner();
    let after = commands
        .get_submission_status(as_prosecutor(ask()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(after.recorded, Some(reply));
    assert_eq!(after.complete_to, 1);
    // The message id of one poster says nothing about another's.
    let other = commands
        .get_submission_status(as_court(ask()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(other.recorded, None);
    server.stop().await;
}

#[tokio::test]
async fn checkpoints_proofs_and_entries_fit_together() {
    let server = Running::start().await;
    let mut commands = CommandServiceClient::new(server.channel().await);
    let mut audits = AuditServiceClient::new(server.channel().await);
    let mut checkpoints = Vec::new();
    for number in 0..7 {
        let note = audits
            .get_checkpoint(v1::GetCheckpointRequest {})
            .await
            .unwrap()
            .into_inner();
        let key = key();
        checkpoints
            .push(caseledger_chain::Checkpoint::open(&note.checkpoint, key.verifier()).unwrap());
        let opening = opened(message_id(number), &format!("I-{number}"));
        commands
            .submit(as_prosecutor(submit(opening)))
            .await
            .unwrap();
    }
    let digests = |hashes: Vec<bytes::Bytes>| -> Vec<Digest> {
        hashes
            .iter()
            .map(|hash| Digest::from_bytes(hash[..].try_into().unwrap()))
            .collect()
    };
    let newest = checkpoints.last().unwrap();
    for old in &checkpoints[1..] {
        let request = v1::GetConsistencyProofRequest {
            old_size: old.size.get(),
            new_size: newest.size.get(),
        };
        let hashes = audits
            .get_consistency_proof(request)
            .await
            .unwrap()
            .into_inner()
            .hashes;
        verify_consistency(
            old.size,
            newest.size,
            &digests(hashes),
            &old.root,
            &newest.root,
        )
        .unwrap();
    }
    let request = v1::GetEntriesRequest {
        from_position: 0,
        limit: 100,
    };
    let entries = audits
        .get_entries(request)
        .await
        .unwrap()
        .into_inner()
        .entries;
    assert_eq!(entries.len(), 7);
    for position in 0..newest.size.get() {
        let request = v1::GetInclusionProofRequest {
            position,
            size: newest.size.get(),
        };
        let proof = audits
            .get_inclusion_proof(request)
            .await
            .unwrap()
            .into_inner();
        let leaf = caseledger_chain::leaf_hash(&entries[position as usize]);
        assert_eq!(proof.leaf, leaf.as_ref());
        let (index, size) = (Position::new(position), Size::new(newest.size.get()));
        verify_inclusion(&leaf, index, size, &digests(proof.hashes), &newest.root).unwrap();
    }
    let info = audits
        .get_ledger_info(v1::GetLedgerInfoRequest {})
        .await
        .unwrap()
        .into_inner();
    assert_eq!(info.verifier_key, key().vkey());
    assert_eq!(info.origin, "example.org/test-ledger");
    assert_eq!(info.ledger_id, [3; 16][..]);
    server.stop().await;
}
