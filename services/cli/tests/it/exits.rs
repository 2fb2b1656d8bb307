//! Exit codes and error messages: scripts branch on the one, people act on the other.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Place, awaited};

/// Longer than anything here takes; a test that waits so long fails.
const LONG: Duration = Duration::from_mins(1);

fn check(place: &Place, words: &str, code: i32, says: &[&str]) {
    let ended = place.run(words);
    assert_eq!(ended.code, code, "{words}: {ended:?}");
    for said in says {
        assert!(
            ended.err.contains(said),
            "{words} does not say {said:?}: {}",
            ended.err
        );
    }
}

#[test]
fn a_command_line_without_sense_ends_with_2() {
    let place = Place::new();
    check(&place, "tell", 2, &["unrecognized subcommand"]);
    check(&place, "", 2, &["Usage:"]);
    check(&place, "case", 2, &["required"]);
    check(&place, "case xyz", 2, &["32 hexadecimal digits"]);
    check(&place, "history person/1", 2, &["is no stream"]);
    check(
        &place,
        "totals --unit residents",
        2,
        &["possible values: cases, charges, people"],
    );
    check(&place, "totals --where county", 2, &["DIMENSION=VALUE"]);
    check(&place, "totals --at 0", 2, &["0 is not in 1.."]);
    check(
        &place,
        "status --server nonsense:x:y",
        2,
        &["error:", "http://127.0.0.1:7400"],
    );
    check(&place, "init --data x --origin with+plus", 2, &["--origin"]);
    check(
        &place,
        "init --data x --keys x/keys --origin a.example/b",
        2,
        &["inside the data folder"],
    );
    check(
        &place,
        "verify x --key nonsense",
        2,
        &["neither a verifier key nor a file"],
    );
    let list = "import x --format court --cohort LA-2021-COURT.1 --agency lada";
    check(&place, &format!("{list} --county 38"), 2, &["58 counties"]);
    check(
        &place,
        &format!("{list} --received-on 2021-02-30"),
        2,
        &["is no date"],
    );
}

#[test]
fn a_server_that_is_not_there_ends_with_3() {
    let place = Place::new();
    // Port 1 is nobody's.
    check(
        &place,
        "status --server http://127.0.0.1:1",
        3,
        &[
            "error: cannot reach 127.0.0.1:1: connection refused; is `caseledger serve` running \
             there?\nhint: start",
        ],
    );
}

#[test]
fn what_is_refused_ends_with_1_and_says_what_to_do() {
    let place = Place::with_ledger();
    check(
        &place,
        "init --data ledger --origin a.example/b",
        1,
        &["exists already"],
    );
    check(
        &place,
        "status --data nowhere",
        1,
        &["nowhere", "caseledger init"],
    );
    check(&place, "fsck --data nowhere", 1, &["nowhere"]);
    check(
        &place,
        "initiative LA-2021-COURT --data ledger",
        1,
        &["no such initiative", "an import opens no initiative"],
    );
    check(
        &place,
        "verify nowhere.tlog-proof --key ledger.vkey",
        1,
        &["cannot read nowhere"],
    );
    let nobody = "00000000000000000000000000000000";
    check(
        &place,
        &format!("case {nobody} --data ledger"),
        1,
        &["error:"],
    );
    check(&place, "receipt 5 --data ledger", 1, &["error:"]);
    check(
        &place,
        "totals --by colour --data ledger",
        1,
        &["no such dimension; docs/USING.md"],
    );
    check(
        &place,
        "totals --at 9 --data ledger",
        1,
        &["9 is beyond the ledger's size 0"],
    );
    check(
        &place,
        "history LA-2021-COURT --data ledger",
        1,
        &["error:"],
    );
}

#[test]
fn addresses_that_others_can_reach_are_refused() {
    let place = Place::with_ledger();
    check(
        &place,
        "serve --data ledger --listen 0.0.0.0:0",
        2,
        &["not a loopback address"],
    );
    check(
        &place,
        "serve --data ledger --listen 192.0.2.1:7400",
        2,
        &["not a loopback address"],
    );
}

#[test]
fn settings_that_do_not_exist_are_refused() {
    let place = Place::with_ledger();
    fs::write(place.path("bad.toml"), "[limits]\npages = 5\n").unwrap();
    check(
        &place,
        "serve --data ledger --config bad.toml",
        2,
        &["bad.toml", "pages"],
    );
    check(
        &place,
        "serve --data ledger --config nowhere.toml",
        2,
        &["nowhere.toml"],
    );
    let mut command = place.command("serve --data ledger");
    let ended = command
        .env("CASELEDGER__LIMITS__LONG_READS", "0")
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&ended.stderr).contains("limits.long_reads is 0, allowed is 1")
    );
}

#[test]
fn a_server_that_is_told_to_stop_ends_with_0() {
    let place = Place::with_ledger();
    let server = place.serve();
    let status = place.ok(&format!(
        "status --server {} --key ledger.vkey",
        server.address
    ));
    assert!(status.contains("verified with the key given"), "{status}");
    assert_eq!(server.terminate(), 0);
    place.ok("fsck --data ledger");
}

#[test]
fn a_server_that_is_told_to_stop_while_it_opens_the_ledger_ends_with_0() {
    let place = Place::with_ledger();
    let (segment, kept) = (
        place.path("ledger/journal/00000000000000000000.seg"),
        place.path("kept.seg"),
    );
    fs::rename(&segment, &kept).unwrap();
    // Whoever reads it waits for somebody to write, and nobody does.
    let made = Command::new("mkfifo").arg(&segment).status().unwrap();
    assert!(made.success());
    let http = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let http = http.unwrap();
    let mut child = place
        .command(&format!(
            "serve --data ledger --listen 127.0.0.1:0 --http {http}"
        ))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    // Probes are answered while the ledger is being opened.
    awaited("somebody answers probes", || TcpStream::connect(http).ok());
    let id = child.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    let begun = Instant::now();
    let ended = loop {
        let ended = child.try_wait().unwrap();
        if ended.is_some() || begun.elapsed() > LONG {
            break ended;
        }
        thread::yield_now();
    };
    if ended.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(asked.success());
    assert_eq!(ended.unwrap().code(), Some(0));
    fs::rename(&kept, &segment).unwrap();
    assert_eq!(place.serve().terminate(), 0);
}

#[test]
fn a_ledger_that_a_server_has_is_not_opened_twice() {
    let place = Place::with_ledger();
    let server = place.serve();
    let ended = place.run("status --data ledger");
    assert_ne!(ended.code, 0);
    assert!(ended.err.contains("in use"), "{}", ended.err);
    let ended = place.run("fsck --data ledger");
    assert_eq!(ended.code, 3, "{ended:?}");
    assert_eq!(server.terminate(), 0);
}

#[test]
fn a_server_with_another_key_is_not_believed() {
    let place = Place::with_ledger();
    place.ok("init --data other --origin ledger.example/test");
    let server = place.serve();
    let words = format!("status --server {} --key other.vkey", server.address);
    check(&place, &words, 4, &["not believed", "correct --key"]);
}

#[test]
fn who_does_not_say_for_whom_is_told_how() {
    let place = Place::with_ledger();
    let server = place.serve();
    let words = format!("cases --server {}", server.address);
    check(&place, &words, 1, &["--as lada --role PROSECUTOR_COUNTY"]);
    let words = format!("totals --server {}", server.address);
    place.ok(&words);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let mut child = place
        .command("completions bash")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Nobody reads: the pipe is broken before or while the script is written.
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(
        ended.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

/// A pipe whose reader has gone.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn the_hint_to_a_damaged_ledger_toml_is_about_it() {
    let place = Place::with_ledger();
    fs::write(place.path("ledger/ledger.toml"), "format = 2\nnonsense\n").unwrap();
    check(
        &place,
        "fsck --data ledger",
        1,
        &["ledger.toml line 2", "restore ledger.toml from a copy"],
    );
    let elsewhere = Place::with_ledger();
    fs::remove_dir_all(elsewhere.path("ledger.keys")).unwrap();
    check(
        &elsewhere,
        "fsck --data ledger",
        1,
        &["is missing", "give the public key with --key"],
    );
}

#[test]
fn the_first_start_of_a_ledger_is_told_as_such() {
    let place = Place::with_ledger();
    let served = place.serve();
    assert!(
        served.said.contains(" ms, new, 0 entries"),
        "{}",
        served.said
    );
    assert_eq!(served.terminate(), 0);
    assert_eq!(
        place.ok("totals --data ledger").lines().next(),
        Some("cases  0")
    );
}

#[test]
fn a_server_whose_output_nobody_reads_closes_its_ledger_and_ends_with_0() {
    let place = Place::with_ledger();
    let mut command = place.command("serve --data ledger --listen 127.0.0.1:0");
    command.stdout(unread()).stderr(unread());
    assert_eq!(command.status().unwrap().code(), Some(0));
    let served = place.serve();
    assert!(
        served.said.contains("closed cleanly before"),
        "{}",
        served.said
    );
    assert_eq!(served.terminate(), 0);
}

#[test]
fn a_server_whose_log_nobody_reads_serves_and_ends_with_0() {
    let place = Place::with_ledger();
    let mut command = place.command("serve --data ledger --listen 127.0.0.1:0");
    command.stderr(unread());
    let server = Place::serve_by(command);
    place.ok(&format!("status --server {}", server.address));
    assert_eq!(server.terminate(), 0);
}

#[test]
fn an_export_that_nobody_reads_is_no_error() {
    let place = Place::with_ledger();
    place.ok("gen-data --shape NEVADA-2020 --cases 5 --out list.csv --format court");
    place.ok(
        "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda --data ledger \
              --as court-nevada --role COURT",
    );
    let words = "export --out - --data ledger --as court-nevada --role COURT";
    let ended = place.command(words).stdout(unread()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!((ended.status.code(), &said[..]), (Some(0), ""));
}

#[test]
fn fsck_finds_a_changed_byte_and_ends_with_4() {
    let place = Place::with_ledger();
    place.ok("gen-data --shape NEVADA-2020 --cases 5 --out list.csv --format court");
    place.ok(
        "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda --data ledger \
              --as court-nevada --role COURT",
    );
    place.ok("fsck --data ledger");
    let journal = fs::read_dir(place.path("ledger/journal")).unwrap();
    let mut segments: Vec<_> = journal.map(|entry| entry.unwrap().path()).collect();
    segments.sort();
    let segment = segments
        .iter()
        .find(|path| path.extension().is_some_and(|end| end == "seg"))
        .unwrap();
    let mut bytes = fs::read(segment).unwrap();
    // Inside the body of an entry: a section.
    let at = bytes
        .windows(8)
        .position(|window| window == b"HS 11357")
        .unwrap();
    bytes[at] ^= 1;
    fs::write(segment, bytes).unwrap();
    let ended = place.run("fsck --data ledger -o json");
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(
        ended.out.contains("\"integrity\": \"FINDINGS\""),
        "{}",
        ended.out
    );
    assert!(ended.err.contains("docs/OPERATING.md"), "{}", ended.err);
}
