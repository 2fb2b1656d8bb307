//! A directory in step with a ledger: from a server, from a folder, from another directory.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::support::{Ended, Place};

/// A ledger with some entries.
fn with_entries() -> Place {
    let place = Place::with_ledger();
    place.ok("gen-data --shape NEVADA-2020 --cases 3 --out list.csv --format court");
    import(&place, "--data ledger", 1);
    place
}

fn import(place: &Place, into: &str, version: u32) {
    place.ok(&format!(
        "import list.csv --format court --cohort NEVADA-2020.{version} --agency nevcoda {into} \
         --as court-nevada --role COURT"
    ));
}

fn size(place: &Place, dir: &str) -> Option<u64> {
    let note = fs::read_to_string(place.path(dir).join("checkpoint")).ok()?;
    Some(note.lines().nth(1).unwrap().parse().unwrap())
}

fn same(place: &Place, one: &str, other: &str) {
    let list = |dir: &str| {
        let found = Command::new("find")
            .arg(place.path(dir))
            .args(["-type", "f"])
            .output();
        let found = String::from_utf8(found.unwrap().stdout).unwrap();
        let root = place.path(dir);
        let mut files: Vec<_> = found
            .lines()
            .map(|file| {
                let name = file
                    .strip_prefix(root.to_str().unwrap())
                    .unwrap()
                    .to_owned();
                (name, fs::read(file).unwrap())
            })
            .collect();
        files.sort();
        files
    };
    assert_eq!(list(one), list(other), "{one} and {other}");
}

#[test]
fn wherever_a_log_comes_from_the_directory_is_the_same() {
    let place = with_entries();
    place.ok("publish folder --data ledger");
    let server = place.serve();
    let http = &server.http;
    place.ok(&format!("publish served --from {http} --key ledger.vkey"));
    place.ok("publish copied --from served --key ledger.vkey");
    same(&place, "folder", "served");
    same(&place, "folder", "copied");
    let again = place.ok("publish copied --from folder --key ledger.vkey -o json");
    assert!(again.contains("\"files_written\": 0"), "{again}");
}

/// The nice values of all threads of a process.
fn nice(process: u32) -> Vec<i32> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    // A thread may end meanwhile.
    let stats = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("stat")).ok());
    // Behind the name, which may have spaces, nice is the 17th field.
    let nice = |stat: String| {
        let (_, fields) = stat.rsplit_once(')').unwrap();
        fields.split_whitespace().nth(16).unwrap().parse().unwrap()
    };
    stats.map(nice).collect()
}

#[test]
fn a_directory_follows_until_it_is_told_to_stop() {
    let place = with_entries();
    let server = place.serve();
    let words = format!(
        "publish site --from {} --key ledger.vkey --follow",
        server.http
    );
    let mut following = place.command(&words).stdout(Stdio::null()).spawn().unwrap();
    while size(&place, "site").is_none() {
        assert_eq!(following.try_wait().unwrap(), None);
    }
    let before = size(&place, "site");
    import(&place, &format!("--server {}", server.address), 2);
    while size(&place, "site") == before {
        assert_eq!(following.try_wait().unwrap(), None);
    }
    // Whoever posts goes first: not only of the main thread.
    let own = nice(std::process::id());
    let theirs = nice(following.id());
    assert!(
        theirs.iter().all(|nice| *nice == (own[0] + 10).min(19)),
        "{own:?} {theirs:?}"
    );
    let id = following.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(asked.success());
    assert_eq!(following.wait().unwrap().code(), Some(0));
    place.ok("publish copied --from site --key ledger.vkey");
}

#[test]
fn says_why_it_does_not_publish() {
    let place = with_entries();
    place.ok("publish site --data ledger");
    let refused = |words: &str| -> Ended { place.run(words) };
    place.ok("init --data other --origin ledger.example/test");

    let ended = refused("publish copy --from site --key other.vkey");
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(
        ended.err.contains("not a checkpoint of the pinned key"),
        "{}",
        ended.err
    );

    let bundle = fs::read_dir(place.path("site/tile/entries/000.p")).unwrap();
    let bundle = bundle.last().unwrap().unwrap().path();
    let mut bytes = fs::read(&bundle).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&bundle, bytes).unwrap();
    let ended = refused("publish copy --from site --key ledger.vkey");
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.err.contains("tile/entries/000.p/"), "{}", ended.err);
    assert!(!place.path("copy/checkpoint").exists());

    // The same name and key, and less of the history: both notes are told, and no more is made of it.
    place.ok("publish before --data ledger");
    import(&place, "--data ledger", 2);
    place.ok("publish after --data ledger");
    let ended = refused("publish after --from before --key ledger.vkey");
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(ended.err.contains("rolled back"), "{}", ended.err);
    assert!(
        ended.err.contains("no proof of misconduct"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("evidence"), "{}", ended.err);
    assert_eq!(
        ended.err.matches("\n\u{2014} ledger.example/test ").count(),
        2,
        "{}",
        ended.err
    );

    let ended = refused("publish copy --from nowhere --key ledger.vkey");
    assert_eq!(ended.code, 3, "{ended:?}");
    let ended = refused("publish copy --from ftp://log.example/ --key ledger.vkey");
    assert_eq!(ended.code, 2, "{ended:?}");
    let ended = refused("publish copy");
    assert_eq!(ended.code, 2, "{ended:?}");
    let ended = refused("publish copy --from site --data ledger");
    assert_eq!(ended.code, 2, "{ended:?}");

    // Not the fault of the log, which a later try might not have.
    fs::create_dir_all(place.path("broken/checkpoint")).unwrap();
    let ended = refused("publish broken --from after --key ledger.vkey --follow");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.err.contains("broken/checkpoint cannot be read"),
        "{}",
        ended.err
    );

    let lock = File::create(place.path("copy/.lock")).unwrap();
    lock.lock().unwrap();
    let ended = refused("publish copy --from after --key ledger.vkey");
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.err.contains("by another process"), "{}", ended.err);
    drop(lock);
    place.ok("publish copy --from after --key ledger.vkey");
}
