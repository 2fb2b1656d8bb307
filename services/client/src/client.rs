//! One connection to one ledger, with a method for each call.

use std::sync::Arc;
use std::time::Duration;

use caseledger_chain::{Checkpoint, Digest, Position, SigningKey, verify_consistency};
use caseledger_proto::convert::announcement_submission;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::admin_service_client::AdminServiceClient;
use caseledger_proto::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::event_service_client::EventServiceClient;
use caseledger_proto::pb::v1::private_service_client::PrivateServiceClient;
use caseledger_proto::pb::v1::query_service_client::QueryServiceClient;
use caseledger_proto::pb::v1::report_service_client::ReportServiceClient;
use http::uri::Scheme;
use tokio::sync::OnceCell;
use tonic::Request;
use tonic::transport::{Channel, Endpoint};

use crate::call::Policy;
use crate::error::ClientError;
use crate::follow::Follow;
use crate::principal::Principal;
use crate::receipt::{Disbelief, Receipt};
use crate::recorded;
use crate::signer::{SignError, Signer};
use crate::submitter::Submitter;
use crate::tls::{Access, TlsError};
use crate::trust::{Point, Trust, TrustError};

/// The largest answer that is read, in bytes.
pub(crate) const REPLY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Time to connect, with the handshake.
const CONNECT: Duration = Duration::from_secs(5);

/// Flow control windows: how much the server may send ahead, in bytes.
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;

/// A ledger, as seen by somebody who does not trust it. Clones share connection and trust.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) channel: Channel,
    pub(crate) principal: Option<Principal>,
    access: Access,
    pub(crate) trust: Arc<Trust>,
    pub(crate) policy: Policy,
    signs: Option<Arc<Signs>>,
}

/// A key to sign with, and the ledger to sign for, once it is known.
#[derive(Debug)]
struct Signs {
    key: SigningKey,
    signer: OnceCell<Signer>,
}

/// A submission that is recorded: what the receipts prove, not what the server says.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// One per entry, by ascending position.
    pub receipts: Vec<Receipt>,
    /// Whether it had been recorded before; then the receipts are the original ones.
    pub duplicate: bool,
}

/// What a ledger says about itself. Nothing in it is verified, least of all the key: compare that
/// with one from elsewhere before pinning it.
///
/// # Errors
/// [`ClientError`] if there is no server at the address, or it does not answer.
pub async fn ledger_info_unverified(
    address: &str,
) -> Result<v1::GetLedgerInfoResponse, ClientError> {
    ledger_info_unverified_with(address, &Access::default()).await
}

/// The same where the server asks who calls.
///
/// # Errors
/// As [`ledger_info_unverified`].
pub async fn ledger_info_unverified_with(
    address: &str,
    access: &Access,
) -> Result<v1::GetLedgerInfoResponse, ClientError> {
    let channel = channel_unverified(address, access).await?;
    Policy::default()
        .run(|left| {
            let mut request = Request::new(v1::GetLedgerInfoRequest {});
            show(access, &mut request);
            request.set_timeout(left);
            let mut client = AuditServiceClient::new(channel.clone());
            async move { Ok(client.get_ledger_info(request).await?.into_inner()) }
        })
        .await
}

/// Connects, over TLS where the address says so, for calls that nobody makes safe: no answer is verified, no call is
/// tried again, and no token is sent. Everybody but a measurement wants [`Client::connect_with`].
///
/// # Errors
/// As [`Client::connect_with`].
pub async fn channel_unverified(address: &str, access: &Access) -> Result<Channel, ClientError> {
    let endpoint = endpoint(address)?;
    let https = endpoint.uri().scheme() == Some(&Scheme::HTTPS);
    if !https && access.token().is_some() {
        return Err(TlsError::TokenInTheClear.into());
    }
    let connector = access.calls(https, CONNECT)?;
    Ok(endpoint.connect_with_connector(connector).await?)
}

/// Adds what proves who calls.
fn show<T>(access: &Access, request: &mut Request<T>) {
    if let Some(token) = access.token() {
        request
            .metadata_mut()
            .insert("authorization", token.value());
    }
}

fn endpoint(address: &str) -> Result<Endpoint, ClientError> {
    let endpoint =
        Endpoint::from_shared(address.to_owned()).map_err(|source| ClientError::Address {
            address: address.to_owned(),
            source,
        })?;
    Ok(endpoint
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20)))
}

macro_rules! unary {
    ($($(#[$doc:meta])* $service:ident :: $method:ident($request:ident) -> $response:ident;)+) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`ClientError`], after as many attempts as the policy allows.
            pub async fn $method(
                &self,
                request: v1::$request,
            ) -> Result<v1::$response, ClientError> {
                self.policy
                    .run(|left| {
                        let request = self.request(request.clone(), Some(left));
                        let mut client = self.$service();
                        async move { Ok(client.$method(request).await?.into_inner()) }
                    })
                    .await
            }
        )+
    };
}

macro_rules! streaming {
    ($($(#[$doc:meta])* $service:ident :: $method:ident($request:ident) -> $response:ident;)+) => {
        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`ClientError`] if the stream cannot be opened.
            pub async fn $method(
                &self,
                request: v1::$request,
            ) -> Result<Follow<v1::$response>, ClientError> {
                self.policy
                    .run(|_left| {
                        let request = self.request(request.clone(), None);
                        let mut client = self.$service();
                        async move { Ok(Follow::new(client.$method(request).await?.into_inner())) }
                    })
                    .await
            }
        )+
    };
}

impl Client {
    /// Connects to a server, as `http://127.0.0.1:7400`.
    ///
    /// # Errors
    /// [`ClientError::Address`] if that is no address, [`ClientError::Unreachable`] if nobody
    /// answers there.
    pub async fn connect(
        address: &str,
        principal: Option<Principal>,
        trust: Trust,
    ) -> Result<Self, ClientError> {
        Self::connect_with(address, Access::default(), principal, trust).await
    }

    /// Connects to a server that asks who calls, as `https://ledger.example:7400`.
    ///
    /// # Errors
    /// As [`Self::connect`]; [`ClientError::Tls`] if what `https` needs cannot be used, or if a
    /// token would be sent without it.
    pub async fn connect_with(
        address: &str,
        access: Access,
        principal: Option<Principal>,
        trust: Trust,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            channel: channel_unverified(address, &access).await?,
            principal,
            access,
            trust: Arc::new(trust),
            policy: Policy::default(),
            signs: None,
        })
    }

    /// The same with another policy for trying again.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// The same, signing everything that it submits and that is not signed yet with a key of the principal's. Which ledger
    /// is signed for is taken from its first entry, under the pinned key, when something is submitted first: nobody can
    /// have signatures made for another one.
    #[must_use]
    pub fn with_signer(self, key: SigningKey) -> Self {
        let signs = Signs {
            key,
            signer: OnceCell::new(),
        };
        Self {
            signs: Some(Arc::new(signs)),
            ..self
        }
    }

    /// Signs a submission, if this client signs and nobody has done it.
    pub(crate) async fn signed(
        &self,
        submission: v1::Submission,
    ) -> Result<v1::Submission, ClientError> {
        let (Some(signs), None) = (&self.signs, &submission.signed) else {
            return Ok(submission);
        };
        let principal = self.principal.as_ref().ok_or(SignError::Nobody)?;
        let signer = signs
            .signer
            .get_or_try_init(|| async {
                let first = self.receipt(Position::ZERO).await?;
                Ok::<_, ClientError>(Signer::new(first.header().ledger))
            })
            .await?;
        Ok(signer.signed(&signs.key, principal, submission)?)
    }

    /// Refuses a call that would leave out a signature, if this client signs.
    pub(crate) fn bears_no_signature(&self) -> Result<(), SignError> {
        match self.signs {
            Some(_) => Err(SignError::CourtMessage),
            None => Ok(()),
        }
    }

    /// The same connection and trust, speaking for somebody else. It signs nothing: keys are one organisation's.
    #[must_use]
    pub fn speaking_for(&self, principal: Principal) -> Self {
        Self {
            principal: Some(principal),
            signs: None,
            ..self.clone()
        }
    }

    /// What is believed.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Records one submission, all of its posts or none, and verifies every receipt. It is safe
    /// to call again with the same message id after any error.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the server's reason; [`ClientError::Disbelief`] if a receipt
    /// does not prove what it should.
    pub async fn submit(&self, submission: v1::Submission) -> Result<Accepted, ClientError> {
        let submission = self.signed(submission).await?;
        let reply = self
            .policy
            .run(|left| {
                let request = v1::SubmitRequest {
                    submission: Some(submission.clone()),
                };
                let request = self.request(request, Some(left));
                let mut client = self.commands();
                async move { Ok(client.submit(request).await?.into_inner()) }
            })
            .await?;
        let accepted = self.believe(&submission, reply)?;
        if self.trust.is_due() {
            self.prove().await?;
        }
        Ok(accepted)
    }

    /// Publishes figures, or corrects them, and verifies the receipt: what the ledger counted
    /// stands in its entry. A request has no place for a signature: a client that signs sends the same message as a
    /// submission.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn publish_announcement(
        &self,
        request: v1::PublishAnnouncementRequest,
    ) -> Result<Accepted, ClientError> {
        if self.signs.is_some() {
            return self.submit(announcement_submission(request)).await;
        }
        let reply = self
            .policy
            .run(|left| {
                let request = self.request(request.clone(), Some(left));
                let mut client = self.reports();
                async move { Ok(client.publish_announcement(request).await?.into_inner()) }
            })
            .await?;
        let reply = v1::SubmitResponse {
            receipts: reply.receipt.into_iter().collect(),
            duplicate: reply.duplicate,
        };
        let accepted = self.believe(&announcement_submission(request), reply)?;
        if self.trust.is_due() {
            self.prove().await?;
        }
        Ok(accepted)
    }

    /// A stream of submissions with at most `window` batches (at least 1) in flight.
    pub fn submitter(&self, window: usize) -> Submitter {
        Submitter::new(self.clone(), window)
    }

    /// What became of a submission of this principal whose answer was lost: its verified
    /// receipts, or nothing if it is not recorded. It may still be under way.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn submission_status(
        &self,
        message_id: [u8; 16],
    ) -> Result<Option<Accepted>, ClientError> {
        let request = v1::GetSubmissionStatusRequest {
            message_id: message_id.to_vec().into(),
        };
        let reply = self
            .policy
            .run(|left| {
                let request = self.request(request.clone(), Some(left));
                let mut client = self.commands();
                async move { Ok(client.get_submission_status(request).await?.into_inner()) }
            })
            .await?;
        let Some(recorded) = reply.recorded else {
            return Ok(None);
        };
        let receipts = recorded::message(&message_id, self.org(), recorded.receipts, &self.trust)?;
        Ok(Some(Accepted {
            receipts,
            duplicate: recorded.duplicate,
        }))
    }

    /// The receipt of an entry, verified.
    ///
    /// # Errors
    /// As [`Self::submit`].
    pub async fn receipt(&self, position: Position) -> Result<Receipt, ClientError> {
        let request = v1::GetReceiptRequest {
            position: position.get(),
        };
        let reply = self.get_receipt_unverified(request).await?;
        let receipt = reply.receipt.ok_or(Disbelief::Missing("receipt"))?;
        let receipt = Receipt::verify(receipt, &self.trust)?;
        if receipt.position() == position {
            return Ok(receipt);
        }
        let (expected, found) = (position.to_string(), receipt.position().to_string());
        Err(Disbelief::Other {
            field: "position",
            expected,
            found,
        }
        .into())
    }

    /// Verifies a receipt that came with an answer or in a stream.
    ///
    /// # Errors
    /// [`ClientError::Disbelief`] if it proves nothing.
    pub fn verified(&self, receipt: v1::Receipt) -> Result<Receipt, ClientError> {
        Ok(Receipt::verify(receipt, &self.trust)?)
    }

    /// The newest checkpoint, verified, and the proof that it extends all seen before.
    ///
    /// # Errors
    /// [`ClientError::Disbelief`] if the ledger has been rewritten or rolled back.
    pub async fn checkpoint(&self) -> Result<Checkpoint, ClientError> {
        let reply = self
            .get_checkpoint_unverified(v1::GetCheckpointRequest {})
            .await?;
        let note = std::str::from_utf8(&reply.checkpoint)
            .map_err(|_cause| Disbelief::Missing("checkpoint in UTF-8"))?;
        let checkpoint = self.trust.open(note).map_err(Disbelief::from)?;
        let found = checkpoint.size;
        if let Some(Point { size: seen, .. }) = self.trust.proven()
            && seen > found
        {
            return Err(Disbelief::from(TrustError::RolledBack { seen, found }).into());
        }
        self.prove().await?;
        Ok(checkpoint)
    }

    /// Demands the proof that the checkpoints seen so far belong to one history that was only
    /// ever added to.
    ///
    /// # Errors
    /// [`ClientError::Disbelief`] if they do not.
    pub async fn prove(&self) -> Result<(), ClientError> {
        let Some(obligation) = self.trust.obligation() else {
            return Ok(());
        };
        let new = obligation.new;
        for old in obligation.old {
            let request = v1::GetConsistencyProofRequest {
                old_size: old.size.get(),
                new_size: new.size.get(),
            };
            let reply = self.get_consistency_proof_unverified(request).await?;
            let hashes: Option<Vec<Digest>> = reply
                .hashes
                .iter()
                .map(|hash| {
                    <[u8; 32]>::try_from(hash.as_ref())
                        .ok()
                        .map(Digest::from_bytes)
                })
                .collect();
            let hashes = hashes.ok_or(Disbelief::Missing("proof made of 32-byte hashes"))?;
            verify_consistency(old.size, new.size, &hashes, &old.root, &new.root).map_err(
                |source| {
                    let (old, new) = (old.size, new.size);
                    Disbelief::from(TrustError::Inconsistent { old, new, source })
                },
            )?;
        }
        self.trust.discharge(new);
        Ok(())
    }

    unary! {
        /// Where one case stands.
        queries::get_case(GetCaseRequest) -> GetCaseResponse;
        /// Cases that match.
        queries::list_cases(ListCasesRequest) -> ListCasesResponse;
        /// Everything recorded about one stream.
        queries::get_history(GetHistoryRequest) -> GetHistoryResponse;
        /// The cases of a case key or of a person's identifier.
        queries::look_up(LookUpRequest) -> LookUpResponse;
        /// Confirmations that match no known case.
        queries::list_unmatched(ListUnmatchedRequest) -> ListUnmatchedResponse;
        /// Counts, with unit and denominator, now or at any past size.
        queries::totals(TotalsRequest) -> TotalsResponse;
        /// The private parts of a case. A read of a sealed case is recorded before it is answered.
        privates::get_private(GetPrivateRequest) -> GetPrivateResponse;
        /// How far an initiative is.
        queries::get_initiative(GetInitiativeRequest) -> GetInitiativeResponse;
        /// How far an imported list is.
        queries::get_cohort(GetCohortRequest) -> GetCohortResponse;
        /// How far a filing is.
        queries::get_filing(GetFilingRequest) -> GetFilingResponse;
        /// How far an order is.
        queries::get_order(GetOrderRequest) -> GetOrderResponse;
        /// Who an organisation is and what it may do.
        queries::get_organisation(GetOrganisationRequest) -> GetOrganisationResponse;
        /// Every organisation, page by page.
        queries::list_organisations(ListOrganisationsRequest) -> ListOrganisationsResponse;
        /// What one submitter has sent, and which of its own numbers are missing.
        queries::get_feed(GetFeedRequest) -> GetFeedResponse;
        /// The same of all submitters, each with its first gaps.
        queries::list_feeds(ListFeedsRequest) -> ListFeedsResponse;
        /// The figures of an announcement as they were frozen, and what the ledger counts again.
        reports::reproduce_announcement(ReproduceAnnouncementRequest) -> ReproduceAnnouncementResponse;
        /// Announcements as they stand.
        reports::list_announcements(ListAnnouncementsRequest) -> ListAnnouncementsResponse;
        /// What the ledger says about itself.
        audits::get_ledger_info(GetLedgerInfoRequest) -> GetLedgerInfoResponse;
        /// A proof to be verified by the caller.
        audits::get_inclusion_proof(GetInclusionProofRequest) -> GetInclusionProofResponse;
        /// Posts that were refused, newest first; for oversight and the operator.
        audits::list_refusals(ListRefusalsRequest) -> ListRefusalsResponse;
        /// Exact bytes of entries, to be verified by the caller.
        audits::get_entries(GetEntriesRequest) -> GetEntriesResponse;
    }

    streaming! {
        /// Reports every new revision of some streams.
        queries::watch(WatchRequest) -> WatchResponse;
        /// Destroys private parts; how far that is, then what is confirmed.
        admins::shred(ShredRequest) -> ShredResponse;
        /// The entries of one stream.
        events::read_stream(ReadStreamRequest) -> ReadStreamResponse;
        /// The entries of the ledger.
        events::read_all(ReadAllRequest) -> ReadAllResponse;
        /// The entries from a position on, first past ones, then new ones.
        events::subscribe(SubscribeRequest) -> SubscribeResponse;
    }

    /// Verifies the answer to a submission.
    pub(crate) fn believe(
        &self,
        submission: &v1::Submission,
        reply: v1::SubmitResponse,
    ) -> Result<Accepted, Disbelief> {
        let receipts = recorded::submission(submission, self.org(), reply.receipts, &self.trust)?;
        if let Some(signed) = &submission.signed {
            recorded::signed(signed, &receipts, reply.duplicate)?;
        }
        Ok(Accepted {
            receipts,
            duplicate: reply.duplicate,
        })
    }

    pub(crate) fn org(&self) -> &str {
        self.principal.as_ref().map_or("", Principal::org)
    }

    pub(crate) fn request<T>(&self, message: T, left: Option<Duration>) -> Request<T> {
        let mut request = Request::new(message);
        if let Some(principal) = &self.principal {
            principal.write_to(request.metadata_mut());
        }
        show(&self.access, &mut request);
        if let Some(left) = left {
            request.set_timeout(left);
        }
        request
    }

    pub(crate) fn commands(&self) -> CommandServiceClient<Channel> {
        CommandServiceClient::new(self.channel.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    fn queries(&self) -> QueryServiceClient<Channel> {
        QueryServiceClient::new(self.channel.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    fn privates(&self) -> PrivateServiceClient<Channel> {
        PrivateServiceClient::new(self.channel.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    fn admins(&self) -> AdminServiceClient<Channel> {
        AdminServiceClient::new(self.channel.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    fn reports(&self) -> ReportServiceClient<Channel> {
        ReportServiceClient::new(self.channel.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    fn events(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    fn audits(&self) -> AuditServiceClient<Channel> {
        AuditServiceClient::new(self.channel.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }
}

macro_rules! audits_unverified {
    ($($name:ident = $method:ident($request:ident) -> $response:ident;)+) => {
        impl Client {
            $(
                async fn $name(
                    &self,
                    request: v1::$request,
                ) -> Result<v1::$response, ClientError> {
                    self.policy
                        .run(|left| {
                            let request = self.request(request, Some(left));
                            let mut client = self.audits();
                            async move { Ok(client.$method(request).await?.into_inner()) }
                        })
                        .await
                }
            )+
        }
    };
}

audits_unverified! {
    get_receipt_unverified = get_receipt(GetReceiptRequest) -> GetReceiptResponse;
    get_checkpoint_unverified = get_checkpoint(GetCheckpointRequest) -> GetCheckpointResponse;
    get_consistency_proof_unverified = get_consistency_proof(GetConsistencyProofRequest) -> GetConsistencyProofResponse;
}
