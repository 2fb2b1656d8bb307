//! Logs followed from outside: honest ones, and views of one that do not agree.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use caseledger_chain::{Digest, EntryRef};
use caseledger_domain::vocabulary::{Coded, CorrectionReason};
use caseledger_domain::{CaseFact, Event, OrderId, OrgId, refold};
use caseledger_proto::event_codec::decode_event;
use serde_json::Value;

use crate::audit::forgery::{CASES, append, chain_anew, flip, honest, key, noticed, publish, with};
use crate::support::{Ended, Place};

/// The entries of an honest log, and its key in a file.
fn log(place: &Place) -> Vec<Vec<u8>> {
    let entries = honest(place);
    fs::write(place.path("log.vkey"), key(1).verifier().to_string()).unwrap();
    entries
}

/// The same with another entry at a position, well chained.
fn rewritten(entries: &[Vec<u8>], at: usize) -> Vec<Vec<u8>> {
    let mut entries = entries.to_vec();
    entries[at] = with(&entries[at], |header| {
        header.content = Digest::from_bytes([7; 32]);
    });
    chain_anew(&mut entries);
    entries
}

/// One step over views, which is one line of JSON.
fn once(place: &Place, views: &str) -> (Ended, Value) {
    let words = format!("monitor {views} --key log.vkey --state watch --once -o json");
    let ended = place.run(&words);
    assert!(ended.out.lines().count() <= 1, "{ended:?}");
    let step = serde_json::from_str(&ended.out).unwrap_or_default();
    (ended, step)
}

fn kinds(step: &Value) -> Vec<&str> {
    let findings = step["findings"].as_array().unwrap().iter();
    findings
        .map(|finding| finding["kind"].as_str().unwrap())
        .collect()
}

#[test]
fn honest_views_agree_from_step_to_step() {
    let place = Place::with_ledger();
    let entries = log(&place);
    for (size, mirrored, new) in [
        (0, 0, 0_u64),
        (200, 0, 200),
        (260, 200, 260),
        (302, 302, 302),
    ] {
        publish(&place.path("log"), &entries[..size], &key(1));
        publish(&place.path("mirror"), &entries[..mirrored], &key(1));
        let (ended, step) = once(&place, "log mirror");
        assert_eq!(ended.code, 0, "{ended:?}");
        assert_eq!(step["size"], size as u64);
        // Each run replays from the beginning.
        assert_eq!(step["new_entries"], new);
        assert_eq!(step["views"][1]["size"], mirrored as u64);
    }
    let told = place.ok("monitor log mirror --key log.vkey --state watch --once");
    assert_eq!(
        told,
        "ledger.example/test: size 302, 302 new entries verified, 2 of 2 views read and consistent\n"
    );
    let (ended, step) = once(&place, "log http://127.0.0.1:1/");
    assert_eq!(ended.code, 3, "{ended:?}");
    assert_eq!(step["size"], CASES as u64 + 2);
    let ended = place.run("monitor log mirror log --key log.vkey --key log.vkey --state watch");
    assert_eq!(ended.code, 2, "{ended:?}");
}

#[test]
fn a_split_view_is_found_and_the_evidence_convinces_a_stranger() {
    let place = Place::with_ledger();
    let entries = log(&place);
    for (size, number) in [(302_usize, 1), (280, 2)] {
        publish(&place.path("log"), &entries, &key(1));
        publish(
            &place.path("mirror"),
            &rewritten(&entries, 255)[..size],
            &key(1),
        );
        let (ended, step) = once(&place, "log mirror");
        assert_eq!(ended.code, 4, "{ended:?}");
        assert_eq!(kinds(&step), ["split-view"]);
        let evidence = format!("watch/evidence-{number}.txt");
        assert_eq!(step["findings"][0]["evidence"], evidence);
        let told = place.run("monitor log mirror --key log.vkey --state watch --once");
        assert!(
            told.out.contains(&format!("evidence: {evidence}\n")),
            "{told:?}"
        );

        let verified = place.run(&format!("verify {evidence} --key log.vkey -o json"));
        assert_eq!(verified.code, 4, "{verified:?}");
        assert!(
            verified.err.contains(
                "these two checkpoints were signed by the same key and contradict each other"
            ),
            "{verified:?}"
        );
        let report: Value = serde_json::from_str(&verified.out).unwrap();
        assert_eq!(report["first_size"], size as u64);
        assert_eq!(report["second_size"], CASES as u64 + 2);

        fs::write(place.path("other.vkey"), key(2).verifier().to_string()).unwrap();
        let refused = place.run(&format!("verify {evidence} --key other.vkey"));
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.err.contains("proves nothing"), "{refused:?}");
        // What is no evidence any more is not taken for a receipt, whose code 4 would say the opposite.
        let mut flipped = fs::read(place.path(&evidence)).unwrap();
        flipped[0] ^= 1;
        fs::write(place.path("flipped.txt"), flipped).unwrap();
        let refused = place.run("verify flipped.txt --key log.vkey");
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.err.contains("proves nothing"), "{refused:?}");
        fs::remove_dir_all(place.path("mirror")).unwrap();
    }
}

type Forge<'a> = &'a dyn Fn(&mut Vec<Vec<u8>>, &mut Vec<Box<dyn Fn(&Path)>>);

#[test]
fn what_is_wrong_with_new_entries_is_found_and_nothing_of_them_is_kept() {
    let place = Place::with_ledger();
    let entries = log(&place);
    let order = OrderId::from_bytes([9; 16]);
    let table: &[(Forge<'_>, &[&str])] = &[
        (
            &|entries, _| *entries = rewritten(entries, 270),
            &["history-rewritten"],
        ),
        (&|entries, _| entries.truncate(270), &["rolled-back"]),
        (
            &|entries, _| append(entries, CaseFact::Unsealed { order }, |_| ()),
            &["rule-broken"],
        ),
        (
            &|entries, _| {
                append(entries, noticed(), |header| {
                    header.prev = Digest::from_bytes([5; 32]);
                });
            },
            &["entry-altered"],
        ),
        (
            &|entries, _| append(entries, noticed(), |header| header.parts = 2),
            &["message-cut"],
        ),
        (
            &|entries, files| {
                append(entries, noticed(), |_| ());
                files.push(Box::new(|log| {
                    fs::remove_dir_all(log.join("tile/entries/001.p")).unwrap();
                }));
            },
            &["entries-missing"],
        ),
        (
            &|entries, files| {
                append(entries, noticed(), |_| ());
                files.push(Box::new(|log| flip(&log.join("tile/0/001.p/47"), 3)));
            },
            &["tile-differs"],
        ),
        (
            &|entries, files| {
                append(entries, noticed(), |_| ());
                // The content of what was submitted, in the first entry of the bundle.
                files.push(Box::new(|log| {
                    flip(&log.join("tile/entries/001.p/47"), 2 + 170);
                }));
            },
            &["root-differs", "tile-differs", "entry-altered"],
        ),
        (
            &|_, files| {
                files.push(Box::new(|log| {
                    fs::remove_file(log.join("checkpoint")).unwrap();
                }));
            },
            &["checkpoint-missing"],
        ),
    ];
    for (row, (forge, expected)) in table.iter().enumerate() {
        for folder in ["log", "watch"] {
            drop(fs::remove_dir_all(place.path(folder)));
        }
        publish(&place.path("log"), &entries, &key(1));
        assert_eq!(once(&place, "log").0.code, 0);
        let (mut forged, mut files) = (entries.clone(), Vec::new());
        forge(&mut forged, &mut files);
        fs::remove_dir_all(place.path("log")).unwrap();
        publish(&place.path("log"), &forged, &key(1));
        for change in &files {
            change(&place.path("log"));
        }
        for _ in 0..2 {
            let (ended, step) = once(&place, "log");
            assert_eq!(ended.code, 4, "row {row}: {ended:?}");
            assert_eq!(kinds(&step), *expected, "row {row}: {step:#}");
            assert_eq!(step["size"], CASES as u64 + 2, "row {row}");
        }
    }
}

/// A monitor that follows, and what it says.
fn watch(place: &Place, views: &str) -> (Child, impl Iterator<Item = Value> + use<>) {
    let words = format!("monitor {views} --key log.vkey --state watch --interval 1 -o json");
    let mut command = place.command(&words);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let steps = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap());
    (child, steps)
}

#[test]
fn what_cannot_be_read_is_waited_for_and_what_no_root_covered_is_read_again() {
    let place = Place::with_ledger();
    let entries = log(&place);
    publish(&place.path("log"), &entries, &key(1));
    let bundles = |name: &str| place.path("log/tile/entries").join(name);
    fs::rename(bundles("001.p"), bundles("there")).unwrap();
    // It is not absent, and cannot be read: a link that leads to itself.
    symlink("001.p", bundles("001.p")).unwrap();
    let (ended, step) = once(&place, "log");
    assert_eq!(ended.code, 3, "{ended:?}");
    assert_eq!(step["size"], Value::Null);
    let (mut child, mut steps) = watch(&place, "log");
    let step = steps.next().unwrap();
    assert_eq!(
        (&step["new_entries"], &step["size"]),
        (&256.into(), &Value::Null)
    );
    symlink("there", bundles("link")).unwrap();
    fs::rename(bundles("link"), bundles("001.p")).unwrap();
    let step = steps.find(|step| step["views"][0]["unread"].is_null());
    let step = step.unwrap();
    assert_eq!(
        (&step["new_entries"], &step["size"]),
        (&302.into(), &302.into())
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_a_mirror_forged_before_it_fell_silent_accuses_nobody_else() {
    let place = Place::with_ledger();
    let entries = log(&place);
    let mut forged = entries.clone();
    forged[255] = with(&entries[255], |header| {
        header.content = Digest::from_bytes([7; 32]);
    });
    for (view, entries) in [("log", &entries), ("mirror", &entries), ("forged", &forged)] {
        publish(&place.path(view), entries, &key(1));
    }
    for file in ["tile/entries/000", "tile/0/000"] {
        let from = place.path("forged").join(file);
        fs::copy(from, place.path("mirror").join(file)).unwrap();
    }
    // Neither absent nor readable.
    let silence = |file: &str| {
        let (link, file) = (place.path("mirror/link"), place.path("mirror").join(file));
        symlink(file.file_name().unwrap(), &link).unwrap();
        fs::rename(link, file).unwrap();
    };
    silence("tile/entries/001.p/46");
    let (mut child, mut steps) = watch(&place, "mirror log");
    let step = steps.next().unwrap();
    assert_eq!(
        (&step["new_entries"], &step["size"]),
        (&256.into(), &Value::Null)
    );
    silence("checkpoint");
    let step = steps.find(|step| step["size"] == 302 || !kinds(step).is_empty());
    let step = step.unwrap();
    assert_eq!(kinds(&step), [""; 0], "{step:#}");
    assert_eq!(step["new_entries"], 302);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Only the whole history of a case can judge a correction, and most of it was replayed before.
#[test]
fn corrections_are_judged_by_what_was_replayed_in_earlier_steps() {
    let place = Place::with_ledger();
    let mut entries = log(&place);
    append(&mut entries, noticed(), |_| ());
    let history: Vec<(OrgId, Event)> = [&entries[1], entries.last().unwrap()]
        .into_iter()
        .map(|entry| {
            let entry = EntryRef::decode(entry).unwrap();
            let header = entry.header();
            let event = decode_event(header.body_type, header.body_version, entry.body());
            let org = OrgId::from_bytes(header.submitter.to_bytes());
            (org.unwrap(), event.unwrap())
        })
        .collect();
    let restored = refold(&history[..1]).charges;
    let retracted = |restored| CaseFact::EventRetracted {
        target: 1,
        reason: Coded::Known(CorrectionReason::WrongCase),
        restored,
    };
    publish(&place.path("log"), &entries, &key(1));
    let (mut child, mut steps) = watch(&place, "log");
    assert_eq!(steps.next().unwrap()["size"], 303);
    append(&mut entries, retracted(restored.clone()), |_| ());
    publish(&place.path("log"), &entries, &key(1));
    let right = steps.find(|step| step["size"] == 304 || !kinds(step).is_empty());
    assert_eq!(kinds(&right.unwrap()), [""; 0]);
    // What was taken back is not taken back again.
    append(&mut entries, retracted(restored), |_| ());
    publish(&place.path("log"), &entries, &key(1));
    let wrong = steps.find(|step| !kinds(step).is_empty()).unwrap();
    assert_eq!(kinds(&wrong), ["rule-broken"]);
    assert_eq!(wrong["findings"][0]["position"], 304);
    assert_eq!(child.wait().unwrap().code(), Some(4));
}

#[test]
fn a_log_that_never_answers_holds_up_no_other() {
    let place = Place::with_ledger();
    let entries = log(&place);
    publish(&place.path("log"), &entries[..250], &key(1));
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    fs::write(place.path("other.vkey"), key(2).verifier().to_string()).unwrap();
    let views = format!(
        "http://{}/ --key other.vkey log",
        silent.local_addr().unwrap()
    );
    let (mut child, mut steps) = watch(&place, &views);
    assert_eq!(steps.next().unwrap()["size"], 250);
    publish(&place.path("log"), &entries, &key(1));
    // No step of the other log has ended yet.
    let grown = steps.find(|step| step["size"] != 250).unwrap();
    assert_eq!(grown["size"], 302);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn goes_on_where_it_was_and_ends_when_told_to_or_when_something_is_found() {
    let place = Place::with_ledger();
    let entries = log(&place);
    publish(&place.path("log"), &entries[..250], &key(1));
    let (mut child, mut steps) = watch(&place, "log");
    assert_eq!(steps.next().unwrap()["new_entries"], 250);
    // Only what is new is replayed, across a bundle that was not full.
    publish(&place.path("log"), &entries, &key(1));
    let grown = steps.find(|step| step["size"] == 302).unwrap();
    assert_eq!(grown["new_entries"], 52);
    let id = child.id().to_string();
    let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(asked.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let (mut child, mut steps) = watch(&place, "log");
    assert_eq!(steps.next().unwrap()["new_entries"], 302);
    publish(&place.path("log"), &rewritten(&entries, 301), &key(1));
    let found = steps.find(|step| !kinds(step).is_empty());
    assert_eq!(kinds(&found.unwrap()), ["history-rewritten"]);
    assert_eq!(child.wait().unwrap().code(), Some(4));
    assert!(place.path("watch/evidence-1.txt").is_file());
}
