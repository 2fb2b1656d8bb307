//! A ledger and two witnesses as processes: what is published carries their cosignatures.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use caseledger_chain::{Note, Policy, VerifierKey};

use crate::support::{Place, Server, awaited};

/// A witness of the ledger in this place, and its verifier key.
fn witness(place: &Place, name: &str) -> (Server, VerifierKey) {
    let made = place.ok(&format!(
        "witness init {name} --name witness.example/{name} -o json"
    ));
    let key = made
        .split('"')
        .find(|text| text.starts_with("witness.example/"));
    let key = VerifierKey::parse(key.unwrap()).unwrap();
    let log = fs::read_to_string(place.path("ledger.vkey")).unwrap();
    place.ok(&format!("witness add-log {name} --key {}", log.trim()));
    let mut command = place.command(&format!("witness serve {name} --listen 127.0.0.1:0"));
    command.env("CASELEDGER__LOG__FILTER", "warn");
    (Place::serve_by(command), key)
}

fn checkpoint(address: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /checkpoint HTTP/1.1\r\nhost: log\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    bytes.split_off(end.unwrap() + 4)
}

/// Where a server says that it publishes.
fn http_of(said: &str) -> String {
    let http = said.lines().find_map(|line| line.strip_prefix("http "));
    http.unwrap()
        .trim()
        .trim_start_matches("http://")
        .to_owned()
}

#[test]
fn what_is_published_carries_the_cosignatures_of_the_policy() {
    let place = Place::with_ledger();
    let [(one, key_one), (two, key_two)] = ["w1", "w2"].map(|name| witness(&place, name));
    let log = fs::read_to_string(place.path("ledger.vkey")).unwrap();
    let text = format!(
        "log {log}witness one {key_one} {}\nwitness two {key_two} {}\n\
         group both all one two\nquorum both\n",
        one.address, two.address
    );
    fs::write(place.path("policy"), &text).unwrap();
    let policy = Policy::parse(&text).unwrap();
    let server = place.serve_with("--policy policy");
    let http = http_of(&server.said);

    place.ok("gen-data --shape NEVADA-2020 --cases 3 --out list.csv --format court");
    place.ok(&format!(
        "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda \
         --as court-nevada --role COURT --server {} --key ledger.vkey",
        server.address
    ));
    let key = VerifierKey::parse(log.trim()).unwrap();
    let size = awaited("both cosign", || {
        let note = checkpoint(&http);
        let open = Note::open(&note, &policy.keys(&key)).unwrap();
        let size: u64 = open.text().lines().nth(1).unwrap().parse().unwrap();
        (size > 0 && policy.satisfied(&open).is_reached()).then_some(size)
    });
    let verified = place.ok(&format!(
        "verify http://{http}/ --key ledger.vkey --policy policy -o json"
    ));
    assert!(
        verified.contains("\"cosigned_by\": [\n    \"one\",\n    \"two\""),
        "{verified}"
    );
    // The same log judged by who asks for a witness that has never seen it.
    place.ok("witness init w3 --name witness.example/w3");
    let third = place.ok("witness show w3 -o json");
    let third = third
        .split('"')
        .find(|text| text.starts_with("witness.example/w3+"));
    fs::write(
        place.path("strict"),
        format!("witness three {}\nquorum three\n", third.unwrap()),
    )
    .unwrap();
    let ended = place.run(&format!(
        "verify http://{http}/ --key ledger.vkey --policy strict -o json"
    ));
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.out.contains("witnesses-missing"), "{ended:?}");
    assert_eq!(server.terminate(), 0);
    for (process, name) in [(one, "w1"), (two, "w2")] {
        assert_eq!(process.terminate(), 0);
        let shown = place.ok(&format!("witness show {name} -o json"));
        assert!(shown.contains(&format!("\"size\": {size}")), "{shown}");
    }
    // Nobody is there to sign again, and what they have signed is still shown.
    let server = place.serve_with("--policy policy");
    let again = checkpoint(&http_of(&server.said));
    let open = Note::open(&again, &policy.keys(&key)).unwrap();
    assert!(policy.satisfied(&open).is_reached(), "{open:?}");
    assert_eq!(open.text().lines().nth(1), Some(&*size.to_string()));
    assert_eq!(server.terminate(), 0);
}

#[test]
fn a_witness_that_cannot_be_right_is_refused_by_its_exit_code() {
    let place = Place::with_ledger();
    let (server, key) = witness(&place, "w1");
    let secret = fs::metadata(place.path("w1/witness.key")).unwrap();
    assert_eq!(secret.permissions().mode() & 0o777, 0o600);
    let log = fs::read_to_string(place.path("ledger.vkey")).unwrap();
    for (words, code) in [
        ("witness init w1 --name witness.example/w1".to_owned(), 1),
        ("witness serve w1 --listen 127.0.0.1:0".to_owned(), 3),
        (format!("witness add-log w1 --key {}", log.trim()), 3),
        ("witness init w2 --name a+b".to_owned(), 2),
        ("serve --data ledger --policy ledger.vkey".to_owned(), 2),
    ] {
        let ended = place.run(&words);
        assert_eq!(ended.code, code, "{words}: {ended:?}");
        assert!(!(ended.out + &ended.err).contains("PRIVATE"), "{words}");
    }
    assert_eq!(server.terminate(), 0);
    for (words, code) in [
        (format!("witness add-log w1 --key {}", log.trim()), 1),
        (format!("witness add-log w1 --key {key}"), 2),
        ("witness serve w1 --listen 0.0.0.0:0".to_owned(), 2),
    ] {
        let ended = place.run(&words);
        assert_eq!(ended.code, code, "{words}: {ended:?}");
    }
    // A pipe in place of the key is refused, and not waited for.
    fs::rename(place.path("w1/witness.key"), place.path("kept.key")).unwrap();
    let pipe = place.path("w1/witness.key");
    let made = Command::new("mkfifo")
        .args(["-m", "600"])
        .arg(&pipe)
        .status();
    assert!(made.unwrap().success());
    let piped = place.run("witness serve w1 --listen 127.0.0.1:0");
    assert_eq!(piped.code, 1, "{piped:?}");
    assert!(piped.err.contains("not a regular file"), "{piped:?}");
    fs::rename(place.path("kept.key"), &pipe).unwrap();
    let file = fs::read_dir(place.path("w1/logs")).unwrap().next();
    fs::write(file.unwrap().unwrap().path(), "").unwrap();
    let damaged = place.run("witness serve w1 --listen 127.0.0.1:0");
    assert_eq!(damaged.code, 4, "{damaged:?}");
    assert!(damaged.err.contains("damaged"), "{damaged:?}");
}
