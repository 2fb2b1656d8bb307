//! Who gets in over TLS, who does not, and what he is told.

use std::sync::Arc;

use caseledger_proto::pb::event::v1 as ev;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_proto::pb::v1::court_service_client::CourtServiceClient;
use caseledger_proto::pb::v1::query_service_client::QueryServiceClient;
use caseledger_server::{Config, PRINCIPAL, ROLE, ServeError, Server};
use futures::stream;
use rustls::HandshakeKind;
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use time::{Duration, OffsetDateTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use self::ca::{Ca, Certified, dns};
use self::declared::{LADA, LEFT, OVER, TOKEN, granted, revoked};
use self::served::{
    alert_to, ask, ask_with, get, measure, noted, refusal, serve, state, unauthenticated,
};
use crate::published::LONG;
use crate::support::{Fault, Running, engine, message_id, opened, submit};

pub(crate) mod ca;
pub(crate) mod declared;
mod lapsed;
mod lists;
pub(crate) mod served;

#[tokio::test]
async fn a_certificate_names_its_organisation_by_exactly_one_uri() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    let ask = async |identity: Option<Certified>| {
        ask(&ca.channel(server.address, identity.as_ref())).await
    };
    ask(Some(ca.client(&[LADA]))).await.unwrap();
    let named = ca.issue(LADA, vec![dns("lada.example")], |_| {});
    for (identity, expected) in [
        (None, "NO_IDENTITY"),
        (
            Some(ca.client(&["caseledger://org/other"])),
            "UNKNOWN_PRINCIPAL",
        ),
        (
            Some(ca.client(&["caseledger://org/lada/"])),
            "UNKNOWN_PRINCIPAL",
        ),
        (
            Some(ca.client(&["CASELEDGER://ORG/LADA"])),
            "UNKNOWN_PRINCIPAL",
        ),
        (Some(ca.client(&[LEFT])), "PRINCIPAL_EXPIRED"),
        (
            Some(ca.client(&[LADA, "caseledger://org/other"])),
            "CERTIFICATE_URI_AMBIGUOUS",
        ),
        (
            Some(ca.client(&["caseledger://org/*"])),
            "CERTIFICATE_URI_AMBIGUOUS",
        ),
        (Some(ca.client(&[])), "CERTIFICATE_WITHOUT_URI"),
        // The common name is the right URI, and is not looked at.
        (Some(named), "CERTIFICATE_WITHOUT_URI"),
    ] {
        assert_eq!(refusal(ask(identity).await), unauthenticated(expected));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_ends_the_handshake() {
    let (ca, others) = (Ca::new("ours"), Ca::new("theirs"));
    let server = serve(&ca, |_| {}).await;
    let expired = ca.issue("client", vec![ca::uri(LADA)], |params| {
        params.not_after = OffsetDateTime::now_utc() - Duration::days(1);
    });
    let no_client = ca.issue("client", vec![ca::uri(LADA)], |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    });
    for (identity, alert) in [
        (others.client(&[LADA]), "UnknownCA"),
        (expired, "CertificateExpired"),
        (no_client, "UnsupportedCertificate"),
    ] {
        let told = alert_to(&ca, server.address, &identity).await;
        assert!(told.contains(alert), "{alert}: {told}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_revoked_while_it_is_used_is_cut_off_and_taken_no_more() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    let (revoked, kept) = (ca.client(&[LADA]), ca.client(&[LADA]));
    let mut open = [
        ca.stream(server.address, Some(&revoked), b"h2").await,
        ca.stream(server.http, Some(&revoked), b"http/1.1").await,
    ];
    let other = ca.channel(server.address, Some(&kept));
    ask(&ca.channel(server.address, Some(&revoked)))
        .await
        .unwrap();
    ask(&other).await.unwrap();

    ca.revoke(&[&revoked]);
    for stream in &mut open {
        // Ends, however it does.
        let _end = timeout(LONG, stream.read_to_end(&mut Vec::new()))
            .await
            .unwrap();
    }
    let told = alert_to(&ca, server.address, &revoked).await;
    assert!(told.contains("CertificateRevoked"), "{told}");
    ask(&other).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn files_that_cannot_be_used_change_nothing_and_are_counted() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    let revoked = ca.client(&[LADA]);
    ca.revoke(&[&revoked]);
    let loaded = "caseledger_tls_reloads_total{outcome=\"loaded\"}";
    let refused = "caseledger_tls_reloads_total{outcome=\"refused\"}";
    let counted = async |line, least| {
        let counting = async { while measure(&ca, &server, line).await < Some(least) {} };
        timeout(LONG, counting).await.unwrap();
    };
    counted(loaded, 1).await;
    for (number, (name, text)) in [
        ("clients.crl", ""),
        (
            "clients.crl",
            "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        ),
        ("ca.pem", "nothing"),
        ("server.pem", ca.client(&[LADA]).pem.as_str()),
    ]
    .into_iter()
    .enumerate()
    {
        let before = std::fs::read_to_string(ca.file(name)).unwrap();
        ca.replace(name, text);
        counted(refused, number as u64 + 1).await;
        let told = alert_to(&ca, server.address, &revoked).await;
        assert!(told.contains("CertificateRevoked"), "{name}: {told}");
        ca.replace(name, &before);
        counted(loaded, number as u64 + 2).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn only_tls_1_3_is_spoken() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    for address in [server.address, server.http] {
        let config = ca.config(None, &[&TLS12]);
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let connecting = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await;
        let told = connecting.unwrap_err().to_string();
        assert!(told.contains("ProtocolVersion"), "{told}");

        let mut plain = TcpStream::connect(address).await.unwrap();
        plain
            .write_all(b"GET /livez HTTP/1.1\r\nhost: log\r\n\r\n")
            .await
            .unwrap();
        let mut answer = Vec::new();
        let read = timeout(LONG, plain.read_to_end(&mut answer)).await.unwrap();
        // At most an alert.
        assert!(read.is_err() || answer.len() <= 7, "{answer:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_resumed_so_every_connection_shows_its_certificate() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    let mut config = ca.config(Some(&ca.client(&[LADA])), &[&TLS13]);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let connector = TlsConnector::from(Arc::new(config));
    for _ in 0..2 {
        let stream = TcpStream::connect(server.http).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = connector.connect(name, stream).await.unwrap();
        // With the answer there would be a ticket.
        let request = b"GET /livez HTTP/1.1\r\nhost: log\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let read = timeout(LONG, stream.read_to_end(&mut Vec::new())).await;
        read.unwrap().unwrap();
        assert_eq!(
            stream.get_ref().1.handshake_kind(),
            Some(HandshakeKind::Full)
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_token_is_taken_over_tls_only() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    let (nobody, lada) = (
        ca.channel(server.address, None),
        ca.channel(server.address, Some(&ca.client(&[LADA]))),
    );
    let bearer = |token: &str| format!("Bearer {token}");
    let unknown = bearer("clt_DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD");
    ask_with(&nobody, "authorization", &bearer(TOKEN))
        .await
        .unwrap();
    ask_with(&lada, "authorization", &bearer(TOKEN))
        .await
        .unwrap();
    for (channel, value, expected) in [
        (&nobody, &unknown, "TOKEN_UNKNOWN"),
        (&lada, &unknown, "TOKEN_UNKNOWN"),
        (&nobody, &bearer(OVER), "TOKEN_EXPIRED"),
        (&nobody, &bearer("clt_AAAA"), "TOKEN_MALFORMED"),
    ] {
        let asked = ask_with(channel, "authorization", value).await;
        assert_eq!(refusal(asked), unauthenticated(expected));
    }
    let asked = ask_with(&lada, PRINCIPAL, "lasc").await;
    assert_eq!(refusal(asked), unauthenticated("IDENTITIES_DISAGREE"));
    server.stop().await;

    let plain = Running::start().await;
    let asked = ask_with(&plain.channel().await, "authorization", &bearer(TOKEN)).await;
    assert_eq!(refusal(asked), unauthenticated("TOKEN_WITHOUT_TLS"));
    plain.stop().await;
}

#[tokio::test]
async fn a_role_is_one_that_is_granted() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    let lada = ca.channel(server.address, Some(&ca.client(&[LADA])));
    let mut commands = CommandServiceClient::new(lada.clone());
    // Its only role need not be named.
    commands
        .submit(submit(opened(message_id(1), "ONE")))
        .await
        .unwrap();
    let mut as_court = Request::new(submit(opened(message_id(2), "TWO")));
    as_court
        .metadata_mut()
        .insert(ROLE, "COURT".parse().unwrap());
    let refused = commands.submit(as_court).await.map(|_accepted| ());
    let not_granted = (Code::PermissionDenied, "ROLE_NOT_GRANTED".to_owned());
    assert_eq!(refusal(refused), not_granted);

    state(&ca, &server, 1, granted(ev::Role::Publisher)).await;
    let open = commands
        .submit(submit(opened(message_id(3), "THREE")))
        .await;
    let ambiguous = (Code::InvalidArgument, "ROLE_AMBIGUOUS".to_owned());
    assert_eq!(refusal(open.map(|_accepted| ())), ambiguous);
    let case = v1::GetCaseRequest::default();
    let mut as_publisher = Request::new(case);
    as_publisher
        .metadata_mut()
        .insert(ROLE, "PUBLISHER".parse().unwrap());
    let read = QueryServiceClient::new(lada.clone())
        .get_case(as_publisher)
        .await;
    let not_allowed = (Code::PermissionDenied, "READ_NOT_ALLOWED".to_owned());
    assert_eq!(refusal(read.map(|_case| ())), not_allowed);
    server.stop().await;
}

#[tokio::test]
async fn a_stream_ends_when_its_role_does() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    let lada = ca.channel(server.address, Some(&ca.client(&[LADA])));
    let batch = |number: u64, slug: &str| v1::SubmitStreamRequest {
        correlation: number,
        submissions: vec![opened(message_id(number), slug)],
    };
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let requests = stream::unfold(receiver, async |mut receiver| {
        let request: v1::SubmitStreamRequest =
            tokio::sync::mpsc::Receiver::recv(&mut receiver).await?;
        Some((request, receiver))
    });
    sender.send(batch(1, "ONE")).await.unwrap();
    let mut commands = CommandServiceClient::new(lada);
    let mut answers = commands.submit_stream(requests).await.unwrap().into_inner();
    answers.message().await.unwrap().unwrap();

    state(&ca, &server, 1, revoked(ev::Role::ProsecutorCounty)).await;
    sender.send(batch(2, "TWO")).await.unwrap();
    let ended = timeout(LONG, answers.message()).await.unwrap();
    let not_granted = (Code::PermissionDenied, "ROLE_NOT_GRANTED".to_owned());
    assert_eq!(refusal(ended.map(|_answer| ())), not_granted);
    server.stop().await;
    let lada = (Some("lada".to_owned()), None, "ROLE_NOT_GRANTED".to_owned());
    assert!(noted(&ca).contains(&lada), "{:?}", noted(&ca));
}

#[tokio::test]
async fn a_court_that_is_no_court_any_more_posts_nothing_on_a_stream_that_is_open() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    let lada = ca.channel(server.address, Some(&ca.client(&[LADA])));
    // It cannot be read, and is answered all the same: what counts here is who says it.
    let said = |correlation| v1::PostFilingConfirmationsRequest {
        correlation,
        confirmations: vec![v1::FilingConfirmation::default()],
    };
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    let requests = stream::unfold(receiver, async |mut receiver| {
        let request: v1::PostFilingConfirmationsRequest =
            tokio::sync::mpsc::Receiver::recv(&mut receiver).await?;
        Some((request, receiver))
    });
    sender.send(said(1)).await.unwrap();
    let mut courts = CourtServiceClient::new(lada);
    let answers = courts.post_filing_confirmations(requests).await;
    let mut answers = answers.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    assert_eq!((answer.correlation, answer.results.len()), (1, 1));

    state(&ca, &server, 1, revoked(ev::Role::ProsecutorCounty)).await;
    sender.send(said(2)).await.unwrap();
    let ended = timeout(LONG, answers.message()).await.unwrap();
    let not_granted = (Code::PermissionDenied, "ROLE_NOT_GRANTED".to_owned());
    assert_eq!(refusal(ended.map(|_answer| ())), not_granted);
    server.stop().await;
    let lada = (Some("lada".to_owned()), None, "ROLE_NOT_GRANTED".to_owned());
    assert!(noted(&ca).contains(&lada), "{:?}", noted(&ca));
}

#[tokio::test]
async fn what_is_public_needs_no_certificate_and_cases_do() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |_| {}).await;
    for path in ["/checkpoint", "/livez", "/readyz"] {
        assert_eq!(get(&ca, &server, path).await.0, 200, "{path}");
    }
    assert_eq!(get(&ca, &server, "/tile/0/000").await.0, 404);
    let nobody = ca.channel(server.address, None);
    let check = HealthCheckRequest::default();
    HealthClient::new(nobody.clone())
        .check(check)
        .await
        .unwrap();
    let case = v1::GetCaseRequest::default();
    let read = QueryServiceClient::new(nobody.clone()).get_case(case).await;
    assert_eq!(
        refusal(read.map(|_case| ())),
        unauthenticated("NO_IDENTITY")
    );
    // Figures, too: who is asked over TLS knows whom it answers.
    let totals = v1::TotalsRequest::default();
    let read = QueryServiceClient::new(nobody).totals(totals).await;
    assert_eq!(
        refusal(read.map(|_totals| ())),
        unauthenticated("NO_IDENTITY")
    );
    server.stop().await;
}

#[tokio::test]
async fn a_handshake_has_its_time() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |config| config.tls.handshake_ms = 100).await;
    for address in [server.address, server.http] {
        let mut silent = TcpStream::connect(address).await.unwrap();
        let end = timeout(LONG, silent.read_to_end(&mut Vec::new())).await;
        assert_eq!(end.unwrap().unwrap(), 0);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_thousand_who_say_nothing_keep_nobody_out() {
    const SILENT: usize = 1_000;
    let ca = Ca::new("ours");
    let server = serve(&ca, |config| {
        // Fewer places than there are of them, and no time in which they would go by themselves.
        config.connection.connections = 4;
        config.http.connections = 4;
        config.tls.handshakes = 32;
        config.tls.handshake_ms = 600_000;
    })
    .await;
    let mut silent = Vec::new();
    for number in 0..SILENT {
        let address = if number % 2 == 0 {
            server.address
        } else {
            server.http
        };
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    let lada = ca.channel(server.address, Some(&ca.client(&[LADA])));
    ask(&lada).await.unwrap();
    assert_eq!(get(&ca, &server, "/checkpoint").await.0, 200);
    // The oldest have made room, the newest may still try.
    for stream in &mut silent[..2] {
        let end = timeout(LONG, stream.read_to_end(&mut Vec::new())).await;
        assert_eq!(end.unwrap().unwrap(), 0);
    }
    let newest = silent.last_mut().unwrap();
    assert!(
        newest
            .try_read(&mut [0])
            .is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    );
    server.stop().await;
}

#[tokio::test]
async fn those_without_a_certificate_leave_room_for_those_with_one() {
    let ca = Ca::new("ours");
    let server = serve(&ca, |config| {
        config.connection.connections = 4;
        // Less than strangers have for their first request.
        config.tls.handshake_ms = 2_000;
    })
    .await;
    let mut strangers = Vec::new();
    for _ in 0..8 {
        strangers.push(ca.stream(server.address, None, b"h2").await);
    }
    let lada = ca.channel(server.address, Some(&ca.client(&[LADA])));
    ask(&lada).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn others_reach_only_a_ledger_that_says_who_may_do_what() {
    let ca = Ca::new("ours");
    let mut config = Config::default();
    config.listen.address = "0.0.0.0:0".parse().unwrap();
    config.tls.cert = ca.text("server.pem");
    config.tls.key = ca.text("server.key");
    let fault = Fault::default();
    let refused = Server::bind(config, engine(&fault)).await.unwrap_err();
    assert!(
        matches!(refused, ServeError::Undeclared { .. }),
        "{refused}"
    );
}
