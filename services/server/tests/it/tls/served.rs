//! A server over TLS whose ledger declares authority, and how it is asked.

use std::net::SocketAddr;

use caseledger_proto::pb::event::v1::fact::Kind;
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::audit_service_client::AuditServiceClient;
use caseledger_proto::pb::v1::command_service_client::CommandServiceClient;
use caseledger_server::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use super::ca::{Ca, Certified};
use super::declared::{OPERATOR, about, declared};
use crate::published::LONG;
use crate::support::{Fault, Running, message_id, submission, submit};

/// A server of the ledger in which `lada` is a county prosecutor. Refused posts are kept beside it.
pub(crate) async fn serve(ca: &Ca, change: impl FnOnce(&mut Config)) -> Running {
    let engine = declared(&ca.file("ledger"));
    let refused = ca.file("refused");
    Running::keeping(Some(&refused), engine, Fault::default(), |config| {
        config.tls.cert = ca.text("server.pem");
        config.tls.key = ca.text("server.key");
        config.tls.client_ca = ca.text("ca.pem");
        config.tls.client_crl = ca.text("clients.crl");
        config.tls.reload_ms = 10;
        change(config);
    })
    .await
}

/// Has the operator state something about the prosecutor.
pub(crate) async fn state(ca: &Ca, server: &Running, number: u64, fact: Kind) {
    state_all(ca, server, number, vec![about("lada", fact)]).await;
}

/// Has the operator state things about organisations.
pub(crate) async fn state_all(ca: &Ca, server: &Running, number: u64, posts: Vec<v1::Post>) {
    let operator = ca.channel(server.address, Some(&ca.client(&[OPERATOR])));
    let stated = submission(message_id(2_000 + number), posts);
    let mut commands = CommandServiceClient::new(operator);
    commands.submit(submit(stated)).await.unwrap();
}

/// A call that anybody may make who is known.
pub(crate) async fn ask(channel: &Channel) -> Result<(), Status> {
    let mut audits = AuditServiceClient::new(channel.clone());
    let asked = audits.get_ledger_info(v1::GetLedgerInfoRequest {});
    timeout(LONG, asked).await.unwrap().map(|_info| ())
}

pub(crate) async fn ask_with(
    channel: &Channel,
    name: &'static str,
    value: &str,
) -> Result<(), Status> {
    let mut request = Request::new(v1::GetLedgerInfoRequest {});
    request.metadata_mut().insert(name, value.parse().unwrap());
    let mut audits = AuditServiceClient::new(channel.clone());
    audits.get_ledger_info(request).await.map(|_info| ())
}

pub(crate) fn refusal(asked: Result<(), Status>) -> (Code, String) {
    let status = asked.unwrap_err();
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    (status.code(), info.reason.clone())
}

/// Organisation, role and reason of every post that was refused. The server has to have stopped.
pub(crate) fn noted(ca: &Ca) -> Vec<(Option<String>, Option<String>, String)> {
    let mut noted = Vec::new();
    for file in std::fs::read_dir(ca.file("refused")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let field = |name: &str| line[name].as_str().map(str::to_owned);
            noted.push((field("org"), field("role"), field("reason").unwrap()));
        }
    }
    noted
}

pub(crate) fn unauthenticated(reason: &str) -> (Code, String) {
    (Code::Unauthenticated, reason.to_owned())
}

/// The alert by which a certificate is refused. It comes when the client is done already.
pub(crate) async fn alert_to(ca: &Ca, address: SocketAddr, identity: &Certified) -> String {
    let mut stream = ca.stream(address, Some(identity), b"h2").await;
    let read = timeout(LONG, stream.read(&mut [0; 64])).await.unwrap();
    read.unwrap_err().to_string()
}

/// The value of a measure; none before it is there.
pub(crate) async fn measure(ca: &Ca, server: &Running, line: &str) -> Option<u64> {
    let (_, page) = get(ca, server, "/metrics").await;
    let found = page.lines().find_map(|found| found.strip_prefix(line))?;
    found.trim().parse().ok()
}

/// One request for a page, without a certificate: status and body.
pub(crate) async fn get(ca: &Ca, server: &Running, path: &str) -> (u16, String) {
    let mut stream = ca.stream(server.http, None, b"http/1.1").await;
    let request = format!("GET {path} HTTP/1.1\r\nhost: log\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(LONG, stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}
