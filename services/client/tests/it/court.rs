//! A court's messages: verified when nobody lies, and not believed when somebody does.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use caseledger_chain::SigningKey;
use caseledger_client::manifest_totals;
use caseledger_client::{BatchNews, Client, ClientError, Disbelief, Principal, SignError, Trust};
use caseledger_proto::Reason;
use caseledger_proto::pb::event::v1::Severity;
use caseledger_proto::pb::v1::court_service_client::CourtServiceClient;
use caseledger_proto::pb::v1::court_service_server::{CourtService, CourtServiceServer};
use caseledger_proto::pb::v1::filing_confirmation::Statement;
use caseledger_proto::pb::v1::{self, ConfirmationStatus as S};
use futures::Stream;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status, Streaming};

use crate::honest::client;
use crate::support::{Running, key};

fn review(id: &str, number: &str, status: &str) -> v1::FilingConfirmation {
    v1::FilingConfirmation {
        source_system: "odyssey".to_owned(),
        source_message_id: id.to_owned(),
        court: "LASC".to_owned(),
        case_number: number.to_owned(),
        filing_id: "F-1".to_owned(),
        statement: Some(Statement::Review(v1::FilingReview {
            review_status: status.to_owned(),
            official_filed_on: "2021-09-27".to_owned(),
            ..v1::FilingReview::default()
        })),
        ..v1::FilingConfirmation::default()
    }
}

#[tokio::test]
async fn messages_and_batches_come_back_verified() {
    let server = Running::start().await;
    let court = client(server.address, "lasc", "COURT").await;
    let held = court
        .confirm(review("m-1", "BA1", "accepted"))
        .await
        .unwrap();
    assert_eq!((held.status, held.receipts.len()), (S::Held, 1));
    let unmapped = court
        .confirm(review("m-2", "BA2", "Returned"))
        .await
        .unwrap();
    assert_eq!((unmapped.status, unmapped.receipts.len()), (S::Held, 2));
    let refused = court.confirm(review("m-3", "", "accepted")).await.unwrap();
    assert_eq!(
        refused.refusal.unwrap().reason,
        Some(Reason::MalformedField)
    );

    let rows = |numbers: [&str; 3]| -> Vec<v1::ManifestRow> {
        let row = |(row, number): (u32, &str)| v1::ManifestRow {
            row,
            severity: Severity::Felony.into(),
            confirmation: Some(v1::FilingConfirmation {
                source_system: String::new(),
                source_message_id: String::new(),
                court: String::new(),
                ..review("", number, "accepted")
            }),
        };
        (1..).zip(numbers).map(row).collect()
    };
    let batch = rows(["BA3", "", "BA4"]);
    let mut header = v1::ManifestHeader {
        batch_id: "b-1".to_owned(),
        source_system: "odyssey".to_owned(),
        court: "LASC".to_owned(),
        file_digest: vec![7; 32].into(),
        totals: Some(manifest_totals(&batch)),
        ..v1::ManifestHeader::default()
    };
    let mut posting = court
        .post_manifest(header.clone(), batch.clone())
        .await
        .unwrap();
    let mut statuses = Vec::new();
    while let Some(news) = posting.next().await.unwrap() {
        match news {
            BatchNews::Rows(rows) => {
                statuses.extend(rows.iter().map(|(row, confirmed)| (*row, confirmed.status)));
            }
            BatchNews::Summary(sum) => assert_eq!((sum.held, sum.refused), (2, 1)),
        }
    }
    assert_eq!(statuses, [(1, S::Held), (2, S::Refused), (3, S::Held)]);
    // What does not add up is not sent at all.
    header.totals.as_mut().unwrap().felonies = 2;
    let error = court.post_manifest(header, batch).await.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().violations[0].subject,
        "header.totals"
    );
    server.stop().await;
}

#[tokio::test]
async fn who_signs_is_told_that_a_message_bears_no_signature() {
    let server = Running::start().await;
    let court = client(server.address, "lasc", "COURT").await;
    let key = SigningKey::from_seed("lasc".parse().unwrap(), &[9; 32]);
    let signs = court.clone().with_signer(key);
    let message = review("m-1", "BA1", "accepted");
    let error = signs.confirm(message.clone()).await.unwrap_err();
    let no_place = |error: &ClientError| {
        assert!(
            matches!(error, ClientError::Unsigned(SignError::CourtMessage)),
            "{error:?}"
        );
    };
    no_place(&error);
    let header = v1::ManifestHeader {
        batch_id: "b-1".to_owned(),
        source_system: "odyssey".to_owned(),
        court: "LASC".to_owned(),
        file_digest: vec![7; 32].into(),
        totals: Some(manifest_totals(&[])),
        ..v1::ManifestHeader::default()
    };
    no_place(&signs.post_manifest(header, Vec::new()).await.unwrap_err());
    // Nothing was sent: the message is not known yet.
    let first = court.confirm(message).await.unwrap();
    assert_eq!(first.status, S::Held);
    server.stop().await;
}

type Lie = Box<dyn Fn(&mut v1::FilingConfirmation, &mut v1::ConfirmationResult) + Send + Sync>;

/// Passes messages on, and changes them or their answers.
struct Liar {
    ledger: Channel,
    /// What is done to the message before it is passed on, and to the answer.
    lies: Arc<Mutex<(Lie, Lie)>>,
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl CourtService for Liar {
    async fn post_filing_confirmation(
        &self,
        request: Request<v1::PostFilingConfirmationRequest>,
    ) -> Result<Response<v1::PostFilingConfirmationResponse>, Status> {
        let mut courts = CourtServiceClient::new(self.ledger.clone());
        let (metadata, extensions, mut message) = request.into_parts();
        let mut nothing = v1::ConfirmationResult::default();
        let said = message.confirmation.as_mut().unwrap();
        self.lies.lock().unwrap().0(said, &mut nothing);
        let mut said = said.clone();
        let request = Request::from_parts(metadata, extensions, message);
        let mut reply = courts.post_filing_confirmation(request).await?;
        let result = reply.get_mut().result.as_mut().unwrap();
        self.lies.lock().unwrap().1(&mut said, result);
        Ok(reply)
    }

    type PostFilingConfirmationsStream = Answers<v1::PostFilingConfirmationsResponse>;

    async fn post_filing_confirmations(
        &self,
        _request: Request<Streaming<v1::PostFilingConfirmationsRequest>>,
    ) -> Result<Response<Self::PostFilingConfirmationsStream>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    type PostManifestStream = Answers<v1::PostManifestResponse>;

    async fn post_manifest(
        &self,
        _request: Request<Streaming<v1::PostManifestRequest>>,
    ) -> Result<Response<Self::PostManifestStream>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    async fn get_manifest_status(
        &self,
        _request: Request<v1::GetManifestStatusRequest>,
    ) -> Result<Response<v1::GetManifestStatusResponse>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    type ListWorklistStream = Answers<v1::ListWorklistResponse>;

    async fn list_worklist(
        &self,
        _request: Request<v1::ListWorklistRequest>,
    ) -> Result<Response<Self::ListWorklistStream>, Status> {
        Err(Status::unimplemented("not asked here"))
    }

    type ReconcileStream = Answers<v1::ReconcileResponse>;

    async fn reconcile(
        &self,
        _request: Request<Streaming<v1::ReconcileRequest>>,
    ) -> Result<Response<Self::ReconcileStream>, Status> {
        Err(Status::unimplemented("not asked here"))
    }
}

async fn lying(ledger: Channel, lies: Arc<Mutex<(Lie, Lie)>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::builder().add_service(CourtServiceServer::new(Liar { ledger, lies }));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

#[tokio::test]
async fn what_was_not_said_is_not_believed_to_be_recorded() {
    let server = Running::start().await;
    let honest = || -> Lie { Box::new(|_, _| {}) };
    let lies = Arc::new(Mutex::new((honest(), honest())));
    let address = lying(server.channel().await, Arc::clone(&lies)).await;
    let principal = Principal::new("lasc", "COURT").unwrap();
    let trust = Trust::pinned(key().verifier().clone());
    let address = format!("http://{address}");
    let court = Client::connect(&address, Some(principal), trust)
        .await
        .unwrap();
    assert_eq!(
        court
            .confirm(review("m-0", "BA0", "accepted"))
            .await
            .unwrap()
            .status,
        S::Held
    );

    let on_message: Lie = Box::new(|said, _| {
        let Some(Statement::Review(review)) = &mut said.statement else {
            panic!("a review");
        };
        review.official_filed_on = "2021-09-26".to_owned();
    });
    let other_reading: Lie = Box::new(|_, result| {
        result.readings = vec![v1::CodeReading {
            field: "review_status".to_owned(),
            raw: "accepted".to_owned(),
            code: "RECEIVED".to_owned(),
        }];
    });
    let no_receipts: Lie = Box::new(|_, result| result.receipts.clear());
    let other_id: Lie = Box::new(|_, result| result.message_id = vec![0; 16].into());
    let no_refusal: Lie = Box::new(|_, result| result.status = S::Refused.into());
    let cases = [
        (on_message, honest()),
        (honest(), other_reading),
        (honest(), no_receipts),
        (honest(), other_id),
        (honest(), no_refusal),
    ];
    for (at, lie) in cases.into_iter().enumerate() {
        *lies.lock().unwrap() = lie;
        let number = format!("BA{}", at + 1);
        let message = review(&format!("m-{}", at + 1), &number, "accepted");
        let error = court.confirm(message).await.unwrap_err();
        let ClientError::Disbelief(why) = error else {
            panic!("lie {at}: {error}");
        };
        let expected = match at {
            0 | 1 => matches!(*why, Disbelief::NotPosted { .. }),
            2 | 4 => matches!(*why, Disbelief::Missing(_)),
            _ => matches!(*why, Disbelief::Other { .. }),
        };
        assert!(expected, "lie {at}: {why}");
    }
    server.stop().await;
}
