//! Revocation lists that are not what they say.

use std::error::Error as _;
use std::fs;

use caseledger_server::{Config, ServeError, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::ca::Ca;
use super::declared::{LADA, declared};
use super::served::{alert_to, ask, measure, serve};
use crate::published::LONG;
use crate::support::Running;

/// The same with one character of its signature, which is what it ends with, being another one.
fn flipped(list: &str) -> String {
    let end = list.find("-----END").unwrap() - 10;
    let at = list[..end].rfind(char::is_alphabetic).unwrap();
    let other = if list.as_bytes()[at] == b'A' {
        "B"
    } else {
        "A"
    };
    let mut flipped = list.to_owned();
    flipped.replace_range(at..=at, other);
    flipped
}

/// Waits until a measure is that much.
async fn counted(ca: &Ca, server: &Running, line: &str, least: u64) {
    let counting = async { while measure(ca, server, line).await < Some(least) {} };
    timeout(LONG, counting).await.unwrap();
}

#[tokio::test]
async fn a_list_that_its_ca_has_not_signed_changes_nothing_and_cuts_nobody() {
    let (ca, namesake, other) = (Ca::new("ours"), Ca::new("ours"), Ca::new("theirs"));
    let (revoked, kept) = (ca.client(&[LADA]), ca.client(&[LADA]));
    ca.revoke(&[&revoked]);
    let server = serve(&ca, |_| {}).await;
    let mut open = ca.stream(server.http, Some(&kept), b"http/1.1").await;
    let lists = [
        flipped(&ca.list(&[])),
        namesake.list(&[]),
        other.list(&[]),
        // One that is right does not make up for the next one.
        format!("{}{}", ca.list(&[]), other.list(&[])),
    ];
    for (list, number) in lists.iter().zip(1..) {
        ca.replace("clients.crl", list);
        let refused = "caseledger_tls_reloads_total{outcome=\"refused\"}";
        counted(&ca, &server, refused, number).await;
        ask(&ca.channel(server.address, Some(&kept))).await.unwrap();
        let told = alert_to(&ca, server.address, &revoked).await;
        assert!(told.contains("CertificateRevoked"), "{number}: {told}");
    }
    let request = b"GET /livez HTTP/1.1\r\nhost: log\r\nconnection: close\r\n\r\n";
    open.write_all(request).await.unwrap();
    let mut answer = String::new();
    let read = timeout(LONG, open.read_to_string(&mut answer)).await;
    read.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.stop().await;
}

#[tokio::test]
async fn nothing_is_served_with_a_list_that_its_ca_has_not_signed() {
    let ca = Ca::new("ours");
    ca.replace("clients.crl", &flipped(&ca.list(&[])));
    let mut config = Config::default();
    config.listen.address = "127.0.0.1:0".parse().unwrap();
    config.tls.cert = ca.text("server.pem");
    config.tls.key = ca.text("server.key");
    config.tls.client_ca = ca.text("ca.pem");
    config.tls.client_crl = ca.text("clients.crl");
    let bound = Server::bind(config, declared(&ca.file("ledger"))).await;
    let refused = bound.unwrap_err();
    assert!(matches!(refused, ServeError::Tls(_)), "{refused}");
    let told = refused.source().unwrap().to_string();
    assert!(
        told.contains("clients.crl has a list of \"CN=ours\""),
        "{told}"
    );
}

#[tokio::test]
async fn a_handshake_that_a_list_ends_is_counted() {
    // Of two CAs of one name the first list counts for both.
    let (ca, namesake) = (Ca::new("ours"), Ca::new("ours"));
    let both = |name| fs::read_to_string(ca.file(name)).unwrap();
    ca.replace(
        "clients.crl",
        &format!("{}{}", both("clients.crl"), namesake.list(&[])),
    );
    let second = fs::read_to_string(namesake.file("ca.pem")).unwrap();
    ca.replace("ca.pem", &format!("{second}{}", both("ca.pem")));
    let server = serve(&ca, |_| {}).await;
    alert_to(&ca, server.address, &namesake.client(&[LADA])).await;
    let refused = "caseledger_tls_certificates_refused_total{reason=\"bad_revocation_list\"}";
    counted(&ca, &server, refused, 1).await;
    server.stop().await;
}
