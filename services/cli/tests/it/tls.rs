//! Certificates for development, and the ledger over https.

use std::fs;
use std::io::BufRead as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::Value;
use x509_parser::pem::parse_x509_pem;
use x509_parser::prelude::GeneralName;

use crate::support::{Ended, Place, Server};

const TLS: &str = "--tls-cert certs/server.pem --tls-key certs/server.key --client-ca certs/ca.pem \
                   --client-crl certs/clients.crl";

fn mode(place: &Place, name: &str) -> u32 {
    let metadata = fs::metadata(place.path(name)).unwrap();
    metadata.permissions().mode() & 0o777
}

/// The same address by the name that is in the certificate.
fn localhost(address: &str) -> String {
    address.replace("127.0.0.1", "localhost")
}

/// A ledger over https, with certificates of two organisations in `certs`.
fn served() -> (Place, Server) {
    let place = Place::with_ledger();
    place.ok("dev-certs certs --org lasc --org lada");
    let server = place.serve_with(TLS);
    (place, server)
}

fn refused(ended: &Ended, code: i32, told: &str) {
    assert!(ended.code == code && ended.err.contains(told), "{ended:?}");
}

#[test]
fn certificates_for_development_are_made_once_and_say_so() {
    let place = Place::new();
    let said = place.ok("dev-certs certs --org lasc");
    assert!(
        said.contains("caseledger://org/lasc") && said.contains("development only"),
        "{said}"
    );
    assert_eq!(mode(&place, "certs"), 0o700);
    for name in ["ca", "server", "lasc"] {
        assert_eq!(mode(&place, &format!("certs/{name}.key")), 0o600);
    }
    let text = fs::read(place.path("certs/lasc.pem")).unwrap();
    let (_, pem) = parse_x509_pem(&text).unwrap();
    let certificate = pem.parse_x509().unwrap();
    assert!(
        certificate
            .subject()
            .to_string()
            .contains("DEVELOPMENT ONLY")
    );
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let names = &names.value.general_names;
    assert_eq!(names[..], [GeneralName::URI("caseledger://org/lasc")]);

    let files = ["ca.pem", "ca.key", "server.key", "lasc.pem", "lasc.key"];
    let read = || files.map(|name| fs::read(place.path(&format!("certs/{name}"))).unwrap());
    let before = read();
    refused(
        &place.run("dev-certs certs --org lasc"),
        1,
        "certs/lasc.key",
    );
    place.ok("dev-certs certs --org lada");
    assert_eq!(before, read());
    refused(
        &place.run("dev-certs certs --revoke nobody"),
        1,
        "certs/nobody.pem",
    );
}

#[test]
fn a_log_is_audited_over_https() {
    let (place, server) = served();
    let http = localhost(&server.http);
    assert!(http.starts_with("https://localhost:"), "{http}");
    let ca = "--tls-ca certs/ca.pem --key ledger.vkey";
    place.ok(&format!("publish site --from {http} {ca}"));
    place.ok(&format!("monitor {http} --state watch --once {ca}"));
    let audited = place.run(&format!("verify {http} {ca}"));
    assert_eq!(
        audited.code,
        place.run("verify site --key ledger.vkey").code,
        "{audited:?}"
    );

    let unknown = place.run(&format!(
        "verify {http} --key ledger.vkey --tls-ca certs/lasc.pem"
    ));
    refused(&unknown, 3, "UnknownIssuer");
    let none = place.run(&format!(
        "verify {http} --key ledger.vkey --tls-ca certs/server.key"
    ));
    refused(&none, 2, "certs/server.key holds no certificate");
    assert_eq!(server.terminate(), 0);
}

#[test]
fn callers_are_told_what_they_have_not_shown() {
    let (place, server) = served();
    let address = localhost(&server.address);
    let status = format!("status --server {address} --tls-ca certs/ca.pem --key ledger.vkey");
    let nobody = place.run(&status);
    refused(&nobody, 1, "neither a client certificate nor a token");
    assert!(
        nobody.err.contains("--tls-cert FILE --tls-key FILE"),
        "{nobody:?}"
    );
    let unbound = place.run(&format!(
        "{status} --tls-cert certs/lasc.pem --tls-key certs/lasc.key"
    ));
    refused(&unbound, 1, "no organisation is bound");
    let wrong = format!("status --server {address} --tls-ca certs/lasc.pem --key ledger.vkey");
    let wrong = place.run(&wrong);
    refused(&wrong, 1, "the server is not believed: ");
    assert!(wrong.err.contains("--tls-ca FILE"), "{wrong:?}");
    let half = place.run(&format!("{status} --tls-cert certs/lasc.pem"));
    refused(&half, 2, "go together");
    assert_eq!(server.terminate(), 0);
}

/// A ledger over https that declares its operator, which may be asked by certificate.
fn declared() -> (Place, Server) {
    let place = Place::new();
    place.ok("dev-certs certs --org operator --org lasc");
    place.ok(
        "init --data ledger --origin ledger.example/test --operator-uri caseledger://org/operator",
    );
    let mut command = place.command(&format!("serve --data ledger --listen 127.0.0.1:0 {TLS}"));
    // Read anew when it is asked to, and not before.
    command.env("CASELEDGER__TLS__RELOAD_MS", "3600000");
    let server = Place::serve_by({
        command.stderr(Stdio::piped());
        command
    });
    (place, server)
}

#[test]
fn an_organisation_is_who_its_certificate_or_token_says_until_it_is_revoked() {
    let (place, mut server) = declared();
    let address = localhost(&server.address);
    let at = format!("--server {address} --tls-ca certs/ca.pem --key ledger.vkey");
    let operator = format!("{at} --tls-cert certs/operator.pem --tls-key certs/operator.key");
    let court = format!("{at} --tls-cert certs/lasc.pem --tls-key certs/lasc.key");
    let refused_court = place.run(&format!("cases {court}"));
    refused(&refused_court, 1, "no organisation is bound");
    // The operator sees whom to bind.
    let mut log = server.complaints().lines();
    let line = log.find_map(|line| {
        let line = line.unwrap();
        line.contains("no organisation is bound").then_some(line)
    });
    assert!(line.unwrap().contains("caseledger://org/lasc"));
    place.ok(&format!(
        "org register lasc --name COURT --as operator {operator}"
    ));
    place.ok(&format!(
        "org bind lasc caseledger://org/lasc --as operator {operator}"
    ));
    refused(
        &place.run(&format!("cases {court}")),
        1,
        "does not have that role",
    );
    place.ok(&format!("org grant lasc COURT --as operator {operator}"));
    place.ok(&format!("cases {court}"));
    refused(
        &place.run(&format!("cases {court} --as lada")),
        1,
        "different organisations",
    );

    let issued = place.ok(&format!(
        "org token issue lasc --as operator -o json {operator}"
    ));
    let token = issued
        .split('"')
        .find(|text| text.starts_with("clt_"))
        .unwrap();
    fs::write(place.path("token"), token).unwrap();
    fs::set_permissions(place.path("token"), fs::Permissions::from_mode(0o600)).unwrap();
    place.ok(&format!("cases {at} --token-file token"));

    place.ok("dev-certs certs --revoke lasc");
    server.hang_up();
    assert!(log.any(|line| line.unwrap().contains("were read anew")));
    // The caller is told why, and so is the operator.
    let mut told = |asked: &str, why: &str, reason: &str| {
        let ended = place.run(asked);
        refused(&ended, 1, "the server refused the client certificate: ");
        let (error, hint) = ended.err.split_once("hint: ").unwrap();
        assert!(error.contains(why), "{error}");
        assert!(
            hint.contains("--tls-cert") && !hint.contains("caseledger serve"),
            "{hint}"
        );
        let line = log.find_map(|line| {
            let line = line.unwrap();
            line.contains("client certificate refused").then_some(line)
        });
        assert!(line.unwrap().contains(reason));
    };
    told(&format!("cases {court}"), "it is revoked", "revoked");
    place.ok("dev-certs others --org lasc");
    let unknown = format!("{at} --tls-cert others/lasc.pem --tls-key others/lasc.key");
    // CAs for development all have one name.
    told(
        &format!("cases {unknown}"),
        "another CA of the same name",
        "bad_signature",
    );
    place.ok(&format!("cases {at} --token-file token"));
    assert_eq!(server.terminate(), 0);
}

#[test]
fn who_signs_need_not_be_said_where_key_certificate_and_ledger_say_it() {
    let (place, server) = declared();
    let at = localhost(&server.address);
    let at = format!("--server {at} --tls-ca certs/ca.pem --key ledger.vkey");
    let operator = format!("{at} --tls-cert certs/operator.pem --tls-key certs/operator.key");
    let org = |words: &str| place.ok(&format!("org {words} {operator}"));
    org("register lasc --name COURT");
    org("bind lasc caseledger://org/lasc");
    org("grant lasc COURT");
    let json = |words: &str| -> Value {
        serde_json::from_str(&place.ok(&format!("{words} -o json"))).unwrap()
    };
    let made = json("org key new lasc sign.key");
    let public = made["key"].as_str().unwrap();
    org(&format!("key add lasc {public}"));

    let court = format!("{at} --tls-cert certs/lasc.pem --tls-key certs/lasc.key");
    let hold = |id: &str| {
        let row = format!(
            "statement=RULING,case_number={id},status=GRANTED,date=2020-02-11,order=ORD-7,remedy=DISMISS_AND_SEAL"
        );
        let words =
            format!("court confirm --source odyssey --court LASC-CJC --id {id} --row {row}");
        let held = json(&format!("{words} {court}"));
        held["case_id"].as_str().unwrap().to_owned()
    };
    let resolve = |case: &str, rest: &str| {
        let words =
            format!("unmatched resolve {case} 0 --reason WRONG_CASE --signing-key sign.key");
        format!("{words} {court} {rest}")
    };
    let resolved = json(&resolve(&hold("SYN-1"), ""));
    let position = &resolved["positions"][0];
    place.ok(&format!("receipt {position} {court} --out one.tlog-proof"));
    let shown = json("verify one.tlog-proof --key ledger.vkey");
    assert_eq!(shown["signed_by"], public, "{shown}");

    // With two roles nobody but the caller can say which one signs.
    let case = hold("SYN-2");
    org("grant lasc OVERSIGHT");
    refused(&place.run(&resolve(&case, "")), 1, "--role");
    json(&resolve(&case, "--role COURT"));
    let other = place.run(&resolve(&case, "--as lada --role COURT"));
    refused(&other, 2, "is a key of lasc");
    assert_eq!(server.terminate(), 0);
}

#[test]
fn secrets_that_others_can_read_are_refused() {
    let place = Place::with_ledger();
    place.ok("dev-certs certs --org lasc");
    let open = |name: &str| {
        fs::set_permissions(place.path(name), fs::Permissions::from_mode(0o644)).unwrap();
    };
    open("certs/server.key");
    let serve = place.run(&format!("serve --data ledger --listen 127.0.0.1:0 {TLS}"));
    refused(&serve, 2, "certs/server.key has mode 644");
    open("certs/lasc.key");
    let ca = "--tls-ca certs/ca.pem --key ledger.vkey --server https://localhost:1";
    let ask = place.run(&format!(
        "status {ca} --tls-cert certs/lasc.pem --tls-key certs/lasc.key"
    ));
    refused(&ask, 1, "certs/lasc.key has mode 644");
    fs::write(place.path("token"), "clt_AAAA\n").unwrap();
    open("token");
    refused(
        &place.run(&format!("status {ca} --token-file token")),
        1,
        "token has mode 644",
    );
}

#[test]
fn a_token_goes_over_https_only_and_is_never_shown() {
    let place = Place::with_ledger();
    let secret = |text: &str| {
        fs::write(place.path("token"), text).unwrap();
        fs::set_permissions(place.path("token"), fs::Permissions::from_mode(0o600)).unwrap();
    };
    let status = "status --server http://127.0.0.1:1 --token-file token";
    secret("clt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
    let clear = place.run(status);
    refused(&clear, 2, "a token is sent over https only");
    secret("clt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+\n");
    let malformed = place.run(status);
    refused(&malformed, 2, "this is no token");
    for ended in [clear, malformed] {
        assert!(
            !ended.err.contains("AAAA") && ended.out.is_empty(),
            "{ended:?}"
        );
    }
}

#[test]
fn half_of_what_tls_needs_is_refused() {
    let place = Place::with_ledger();
    let ended = place.run("serve --data ledger --tls-cert server.pem");
    refused(&ended, 2, "tls.cert is set and tls.key is not");
    let ended = place.run("serve --data ledger --tls-cert server.pem --tls-key server.key");
    refused(&ended, 2, "tls.cert server.pem cannot be read");
}
