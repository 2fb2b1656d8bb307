//! Announced figures: frozen, counted again by anybody, and not to be altered by anybody.

use std::fs;

use caseledger_chain::{EntryRef, encode};
use caseledger_domain::{AnnouncementFact, Fact};
use caseledger_proto::event_codec::{BODY_VERSION, decode_event, encode_event};
use serde_json::Value;

use crate::audit::forgery::{chain_anew, exported, header, key, publish};
use crate::support::Place;

const PUBLISH: &str = "announce publish press.1 --on 2021-09-27 \
    --reference https://da.example/news/1 --as press --role PUBLISHER --data ledger";

/// A ledger of three cases, of which three figures are announced.
fn announced() -> Place {
    let place = Place::with_ledger();
    import(&place, 1);
    place.ok(&format!(
        "{PUBLISH} --figure ALL;IDENTIFIED;cases --figure DONE;DISMISSED;cases;of=FILTERS \
         --figure COURT;IDENTIFIED;charges;source=COURT_RECORDS"
    ));
    place
}

fn import(place: &Place, list: u32) {
    place.ok("gen-data --shape NEVADA-2020 --cases 3 --out list.csv --format court");
    place.ok(&format!(
        "import list.csv --format court --cohort NEVADA-2020.{list} --agency nevcoda --data ledger \
         --as court-nevada --role COURT"
    ));
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn figures_are_published_shown_listed_and_counted_again() {
    let place = announced();
    let words = "announce reproduce press.1 --data ledger";
    let said = json(&place.ok(&format!("{words} -o json")));
    assert_eq!(said["reproduced"], true, "{said}");
    let statement = &said["statements"][0];
    let (position, size) = (
        &statement["position"],
        &statement["sheet"]["frozen"]["size"],
    );
    assert_eq!(position, size);
    assert_eq!(
        statement["again"][0],
        serde_json::json!({ "value": 3, "of": 3 })
    );
    assert_eq!(
        statement["again"][1],
        serde_json::json!({ "value": 0, "of": 3 })
    );
    let page = place.ok(words);
    assert!(page.contains("REPRODUCED"), "{page}");
    let shown = place.ok("announce show press.1 --data ledger");
    assert!(
        shown.contains("DISMISSED") && shown.contains("da.example"),
        "{shown}"
    );
    let listed = json(&place.ok("announce list --data ledger -o json"));
    assert_eq!(listed["announcements"][0]["announcement"], "press.1");
    // Published again it is the same; what differs is refused with both values.
    let again = announced_again(&place, "ALL;IDENTIFIED;cases;value=4", "press.2");
    assert_eq!(again.0, 1);
    assert!(
        again.1.contains("states 4, the ledger counts 3"),
        "{}",
        again.1
    );
    place.ok("fsck --data ledger");
    place.ok("publish site --data ledger");
    place.ok("verify site --key ledger.vkey");
}

fn announced_again(place: &Place, figure: &str, id: &str) -> (i32, String) {
    let words = PUBLISH.replace("press.1", id);
    let ended = place.run(&format!("{words} --figure {figure}"));
    (ended.code, ended.err)
}

#[test]
fn the_same_command_is_the_same_announcement_and_a_correction_restates() {
    let place = announced();
    import(&place, 2);
    let same = place.ok(&format!(
        "{PUBLISH} --figure ALL;IDENTIFIED;cases --figure DONE;DISMISSED;cases;of=FILTERS \
         --figure COURT;IDENTIFIED;charges;source=COURT_RECORDS -o json"
    ));
    assert_eq!(json(&same)["duplicate"], true, "{same}");
    place.ok(&format!(
        "{PUBLISH} --figure ALL;IDENTIFIED;charges --corrects 0 --reason TYPO"
    ));
    let said = json(&place.ok("announce reproduce press.1 --data ledger -o json"));
    assert_eq!(said["statements"][1]["corrects"], 0, "{said}");
    assert_eq!(said["reproduced"], true, "{said}");
    let refused = announced_again(&place, "ALL;IDENTIFIED;people", "press.1");
    assert_eq!(refused.0, 1);
    assert!(refused.1.contains("published already"), "{}", refused.1);
}

#[test]
fn who_must_sign_publishes_with_its_key_and_not_without() {
    let place = Place::new();
    place.ok("init --data ledger --origin ledger.example/test \
         --operator-uri spiffe://ledger.example/operator --operator-name OFFICE");
    let server = place.serve();
    let org = |words: &str| {
        let operator = format!("--as operator --role OPERATOR --server {}", server.address);
        place.ok(&format!("org {words} {operator}"));
    };
    org("register press --name PRESS-OFFICE");
    org("grant press PUBLISHER");
    let made = json(&place.ok("org key new press press.key -o json"));
    let public = made["key"].as_str().unwrap();
    org(&format!("key add press {public}"));
    org("require-signatures press on");
    let words = PUBLISH.replace("--data ledger", &format!("--server {}", server.address));
    let words = format!("{words} --figure ALL;IDENTIFIED;cases");
    let refused = place.run(&words);
    assert!(
        refused.code != 0 && refused.err.contains("signs everything that it submits"),
        "{refused:?}"
    );
    let sign = || json(&place.ok(&format!("{words} --signing-key press.key -o json")));
    let said = sign();
    let position = &said["receipt"]["position"];
    assert_eq!(&said["sheet"]["frozen"]["size"], position, "{said}");
    let again = sign();
    assert_eq!(again["duplicate"], true, "{again}");
    assert_eq!(&again["receipt"]["position"], position, "{again}");
    assert_eq!(server.terminate(), 0);
    place.ok(&format!(
        "receipt {position} --data ledger --out one.tlog-proof"
    ));
    let shown = json(&place.ok("verify one.tlog-proof --key ledger.vkey -o json"));
    assert_eq!(shown["signed_by"], public, "{shown}");
    assert_eq!(shown["signature_verified"], true, "{shown}");
    place.ok("fsck --data ledger");
}

#[test]
fn a_bundle_has_the_figures_proves_them_and_has_one_form() {
    let place = announced();
    place.ok("bundle announcement/press.1 --data ledger --key ledger.vkey --out figures.tar");
    let whole = fs::read(place.path("figures.tar")).unwrap();
    let said = json(&place.ok("verify figures.tar --key ledger.vkey -o json"));
    assert_eq!(said["stream"], "announcement/press.1");
    let at = said["at"].as_u64().unwrap();
    let text = String::from_utf8_lossy(&whole);
    assert!(
        text.contains("ALL: 3 of 3 cases, IDENTIFIED (of: LEDGER)"),
        "{text}"
    );
    assert!(
        text.contains("DONE: 0 of 3 cases, DISMISSED (of: FILTERS)"),
        "{text}"
    );
    import(&place, 2);
    place.ok(&format!(
        "bundle announcement/press.1 --at {at} --data ledger --out again.tar"
    ));
    assert_eq!(fs::read(place.path("again.tar")).unwrap(), whole);
    fs::remove_dir_all(place.path("ledger")).unwrap();
    for at in (0..whole.len()).step_by(419) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(place.path("altered.tar"), bytes).unwrap();
        let ended = place.run("verify altered.tar --key ledger.vkey");
        assert_eq!(ended.code, 4, "byte {at}: {ended:?}");
    }
}

/// The announcement with another value, its hashes and signatures made anew.
fn altered(entry: &[u8]) -> Vec<u8> {
    let head = header(entry);
    let body = EntryRef::decode(entry).unwrap().body().to_vec();
    let mut said = decode_event(head.body_type, BODY_VERSION, &body).unwrap();
    let Fact::Announcement(AnnouncementFact::AnnouncementPublished { sheet }) = &mut said.fact
    else {
        panic!("{said:?}");
    };
    sheet.figures[1].value = Some(3);
    let (mut body, mut bytes) = (Vec::new(), Vec::new());
    encode_event(&said, &mut body);
    encode(&head, &body, &mut bytes).unwrap();
    bytes
}

#[test]
fn a_figure_that_the_operator_alters_is_found_in_the_published_log() {
    let place = announced();
    let mut entries = exported(&place);
    fs::write(place.path("log.vkey"), key(1).verifier().to_string()).unwrap();
    publish(&place.path("log"), &entries, &key(1));
    place.ok("verify log --key log.vkey");
    let last = entries.len() - 1;
    entries[last] = altered(&entries[last]);
    chain_anew(&mut entries);
    publish(&place.path("log"), &entries, &key(1));
    let ended = place.run("verify log --key log.vkey -o json");
    assert_eq!(ended.code, 4, "{ended:?}");
    let report = json(&ended.out);
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{report}");
    assert_eq!(findings[0]["kind"], "figure-differs");
    assert!(
        ended
            .out
            .contains("announced figure 2 is 3 of 3, the entries before it come to 0 of 3"),
        "{}",
        ended.out
    );
}
