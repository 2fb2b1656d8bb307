//! The keys that sign checkpoints: shown, replaced, retired.

use std::fs;

use serde_json::Value;

use crate::support::Place;

fn shown(place: &Place) -> Vec<Value> {
    let shown: Value = serde_json::from_str(&place.ok("key show --data ledger -o json")).unwrap();
    shown["keys"].as_array().unwrap().clone()
}

/// One more list in a ledger that nobody serves.
fn import(place: &Place, number: u8) {
    place.ok(&format!(
        "gen-data --shape NEVADA-2020 --cases 3 --out list{number}.csv --format court"
    ));
    place.ok(&format!(
        "import list{number}.csv --format court --cohort NEVADA-2020.{number} --agency nevcoda \
         --as court-nevada --role COURT --data ledger"
    ));
}

#[test]
fn the_verifier_key_is_shown_and_no_secret_is_needed_for_it() {
    let place = Place::with_ledger();
    let vkey = fs::read_to_string(place.path("ledger.vkey")).unwrap();
    fs::remove_dir_all(place.path("ledger.keys")).unwrap();
    let keys = shown(&place);
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(keys[0]["verifier_key"], vkey.trim_end());
    assert_eq!(keys[0]["since_size"], 0);
    let table = place.ok("key show --data ledger");
    assert!(table.contains(vkey.trim_end()), "{table}");
    // A folder that is no ledger has no key.
    assert_eq!(place.run("key show --data nowhere").code, 1);
}

#[test]
fn a_key_is_replaced_while_those_who_pinned_the_old_one_go_on_and_learn_the_new_one() {
    let place = Place::with_ledger();
    import(&place, 1);
    fs::copy(place.path("ledger.vkey"), place.path("old.vkey")).unwrap();
    let none = place.run("key retire --data ledger");
    assert!(
        none.code == 1 && none.err.contains("rotate first"),
        "{none:?}"
    );

    place.ok("key rotate --data ledger");
    let twice = place.run("key rotate --data ledger");
    assert!(
        twice.code == 1 && twice.err.contains("retire that one first"),
        "{twice:?}"
    );
    let keys = shown(&place);
    assert_eq!(keys.len(), 2, "{keys:?}");
    let successor = keys[1]["verifier_key"].as_str().unwrap().to_owned();
    fs::write(place.path("new.vkey"), format!("{successor}\n")).unwrap();
    let id = successor.split('+').nth(1).unwrap();
    let beside = fs::read_to_string(place.path(&format!("ledger.{id}.vkey"))).unwrap();
    assert_eq!(beside.trim_end(), successor);
    let pinned = fs::read(place.path("ledger.vkey")).unwrap();
    assert_eq!(pinned, fs::read(place.path("old.vkey")).unwrap());

    let verify =
        |server: &str, key: &str| place.run(&format!("verify {server} --key {key} -o json"));
    let server = place.serve();
    for key in ["old.vkey", "new.vkey"] {
        let verified = verify(&server.http, key);
        assert_eq!(verified.code, 0, "{key}: {verified:?}");
        let said: Value = serde_json::from_str(&verified.out).unwrap();
        assert_eq!(said["keys"][0]["what"], "successor");
        assert_eq!(said["keys"][0]["verifier_key"], successor.as_str());
    }
    assert_eq!(server.terminate(), 0);
    import(&place, 2);
    for key in ["", "--key old.vkey", "--key new.vkey"] {
        place.ok(&format!("fsck --data ledger {key}"));
    }

    place.ok("key retire --data ledger");
    // Nothing needs it any more, and the journal is enough to have every receipt again.
    fs::remove_file(place.path("ledger.keys/checkpoint.key")).unwrap();
    fs::remove_dir_all(place.path("ledger/store")).unwrap();
    fs::remove_file(place.path("ledger/store.mark")).unwrap();
    let now = fs::read(place.path("ledger.vkey")).unwrap();
    assert_eq!(now, fs::read(place.path("new.vkey")).unwrap());
    import(&place, 3);
    place.ok("fsck --data ledger");
    let server = place.serve();
    let verified = verify(&server.http, "new.vkey");
    assert_eq!(verified.code, 0, "{verified:?}");
    let said: Value = serde_json::from_str(&verified.out).unwrap();
    assert_eq!(said["keys"][1]["what"], "retired");
    let refused = verify(&server.http, "old.vkey");
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.out.contains("checkpoint-not-signed"), "{refused:?}");
    // A log that is not believed says nothing of keys.
    let said: Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!(said["keys"], Value::Array(Vec::new()));
    assert_eq!(server.terminate(), 0);

    let table = place.ok("key show --data ledger");
    assert!(
        table.contains("retired") && table.contains("present"),
        "{table}"
    );
}
