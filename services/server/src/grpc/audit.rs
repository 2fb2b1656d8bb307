//! `AuditService`: open to everybody where what it says can be checked.

use bytes::Bytes;
use caseledger_chain::{Digest, Position, Size, leaf_hash};
use caseledger_engine::{Prover, Reader};
use caseledger_proto::convert;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_server::AuditService;
use tonic::{Request, Response, Status};

use super::{command, refusals};
use crate::gate::Gate;
use crate::status::Failure;

/// `caseledger.v1.AuditService`.
#[derive(Clone, Debug)]
pub(super) struct Audits(pub(super) Gate);

impl Audits {
    /// Answers a question that reads the store.
    async fn answer<Q, A>(
        &self,
        request: Request<Q>,
        answer: impl FnOnce(Q, &Prover, &Reader) -> Result<A, Failure> + Send + 'static,
    ) -> Result<Response<A>, Status>
    where
        Q: Send + 'static,
        A: Send + 'static,
    {
        let (metadata, _, question) = request.into_parts();
        let prover = self.0.prover().clone();
        let read = self
            .0
            .read_long(move |reader| answer(question, &prover, reader));
        let answer = self.0.within(&metadata.into_headers(), read).await?;
        Ok(Response::new(answer))
    }
}

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
        let answer = |v1::GetReceiptRequest { position }, prover: &Prover, _: &Reader| {
            let receipt = prover.receipt(Position::new(position))?;
            let receipt = Some(command::receipt(&receipt)?);
            Ok(v1::GetReceiptResponse { receipt })
        };
        self.answer(request, answer).await
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<v1::GetInclusionProofRequest>,
    ) -> Result<Response<v1::GetInclusionProofResponse>, Status> {
        let answer = |question, prover: &Prover, reader: &Reader| {
            let v1::GetInclusionProofRequest { position, size } = question;
            if position >= size {
                return Err(Failure::Field("position", "not in a tree of that size"));
            }
            let (position, size) = (Position::new(position), Size::new(size));
            let hashes = prover.inclusion(position, size)?;
            let leaf = bytes(leaf_hash(&reader.recorded(position)?.entry));
            let hashes = hashes.into_iter().map(bytes).collect();
            Ok(v1::GetInclusionProofResponse { leaf, hashes })
        };
        self.answer(request, answer).await
    }

    async fn get_consistency_proof(
        &self,
        request: Request<v1::GetConsistencyProofRequest>,
    ) -> Result<Response<v1::GetConsistencyProofResponse>, Status> {
        let answer = |question, prover: &Prover, _: &Reader| {
            let v1::GetConsistencyProofRequest { old_size, new_size } = question;
            if old_size > new_size {
                return Err(Failure::Field("old_size", "more than new_size; swap them"));
            }
            let hashes = prover.consistency(Size::new(old_size), Size::new(new_size))?;
            let hashes = hashes.into_iter().map(bytes).collect();
            Ok(v1::GetConsistencyProofResponse { hashes })
        };
        self.answer(request, answer).await
    }

    async fn get_entries(
        &self,
        request: Request<v1::GetEntriesRequest>,
    ) -> Result<Response<v1::GetEntriesResponse>, Status> {
        let answer = |question, _: &Prover, reader: &Reader| {
            let v1::GetEntriesRequest {
                from_position,
                limit,
            } = question;
            let size = reader.size();
            if from_position > size.get() {
                return Err(Failure::BeyondLedger {
                    asked: from_position,
                    size,
                });
            }
            let found = reader.read(Position::new(from_position), convert::limit(limit)?)?;
            Ok(v1::GetEntriesResponse {
                entries: found.iter().map(|(_, entry)| entry.clone()).collect(),
                complete_to: size.get(),
            })
        };
        self.answer(request, answer).await
    }

    /// Not open to everybody: it says who tried what.
    async fn list_refusals(
        &self,
        request: Request<v1::ListRefusalsRequest>,
    ) -> Result<Response<v1::ListRefusalsResponse>, Status> {
        let principal = super::principal(request.extensions())?;
        principal.read_refusals()?;
        let refused = self.0.refused().clone();
        let answer = move |question, _: &Prover, _: &Reader| refusals::list(&refused, question);
        self.answer(request, answer).await
    }
}

fn bytes(digest: Digest) -> Bytes {
    Bytes::copy_from_slice(digest.as_ref())
}
