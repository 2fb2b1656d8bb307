//! `AuditService`: open to everybody, because everything here can be checked.

use bytes::Bytes;
use caseledger_chain::{Digest, Position, Size, leaf_hash};
use caseledger_proto::convert;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_server::AuditService;
use tonic::{Request, Response, Status};

use super::command;
use crate::gate::Gate;
use crate::status::Failure;

/// `caseledger.v1.AuditService`.
#[derive(Clone, Debug)]
pub(super) struct Audits(pub(super) Gate);

#[tonic::async_trait]
impl AuditService for Audits {
    async fn get_ledger_info(
        &self,
        _request: Request<v1::GetLedgerInfoRequest>,
    ) -> Result<Response<v1::GetLedgerInfoResponse>, Status> {
        let prover = self.0.prover();
        let verifier = prover.verifier();
        Ok(Response::new(v1::GetLedgerInfoResponse {
            origin: verifier.name().to_string(),
            ledger_id: Bytes::copy_from_slice(&self.0.ledger().to_bytes()),
            verifier_key: verifier.to_string(),
            size: prover.latest().size.get(),
            entry_version: caseledger_chain::entry::VERSION.into(),
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
        }))
    }

    async fn get_checkpoint(
        &self,
        _request: Request<v1::GetCheckpointRequest>,
    ) -> Result<Response<v1::GetCheckpointResponse>, Status> {
        let latest = self.0.prover().latest();
        let checkpoint = Bytes::copy_from_slice(latest.note.as_bytes());
        Ok(Response::new(v1::GetCheckpointResponse { checkpoint }))
    }

    async fn get_receipt(
        &self,
        request: Request<v1::GetReceiptRequest>,
    ) -> Result<Response<v1::GetReceiptResponse>, Status> {
        let position = Position::new(request.into_inner().position);
        let receipt = self.0.prover().receipt(position).map_err(Failure::from)?;
        let receipt = Some(command::receipt(&receipt)?);
        Ok(Response::new(v1::GetReceiptResponse { receipt }))
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<v1::GetInclusionProofRequest>,
    ) -> Result<Response<v1::GetInclusionProofResponse>, Status> {
        let v1::GetInclusionProofRequest { position, size } = request.into_inner();
        if position >= size {
            return Err(Failure::Field("position", "not in a tree of that size").into());
        }
        let (position, size) = (Position::new(position), Size::new(size));
        let prover = self.0.prover();
        let hashes = prover.inclusion(position, size).map_err(Failure::from)?;
        let entry = self
            .0
            .reader()
            .recorded(position)
            .map_err(Failure::from)?
            .entry;
        let leaf = bytes(leaf_hash(&entry));
        let hashes = hashes.into_iter().map(bytes).collect();
        Ok(Response::new(v1::GetInclusionProofResponse {
            leaf,
            hashes,
        }))
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Result<Response<v1::GetConsistencyProofResponse>, Status> {
        let v1::GetConsistencyProofRequest { old_size, new_size } = request.into_inner();
        if old_size > new_size {
            return Err(Failure::Field("old_size", "more than new_size; swap them").into());
        }
        let prover = self.0.prover();
        let hashes = prover
            .consistency(Size::new(old_size), Size::new(new_size))
            .map_err(Failure::from)?;
        let hashes = hashes.into_iter().map(bytes).collect();
        Ok(Response::new(v1::GetConsistencyProofResponse { hashes }))
    }

    async fn get_entries(
        &self,
        request: Request<v1::GetEntriesRequest>,
    ) -> Result<Response<v1::GetEntriesResponse>, Status> {
        let v1::GetEntriesRequest {
            from_position,
            limit,
        } = request.into_inner();
        let reader = self.0.reader();
        let size = reader.size();
        if from_position > size.get() {
            return Err(Failure::BeyondLedger {
                asked: from_position,
                size,
            }
            .into());
        }
        let limit = convert::limit(limit).map_err(Failure::from)?;
        let found = reader
            .read(Position::new(from_position), limit)
            .map_err(Failure::from)?;
        let entries = found.iter().map(|(_, entry)| entry.clone()).collect();
        Ok(Response::new(v1::GetEntriesResponse {
            entries,
            complete_to: size.get(),
        }))
    }
}

fn bytes(digest: Digest) -> Bytes {
    Bytes::copy_from_slice(digest.as_ref())
}
