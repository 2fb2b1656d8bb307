//! Who takes part in a ledger: declared with it, stated by its operator, judged at every post and again by `fsck`.

use serde_json::Value;

use crate::support::{Ended, Place, Server};

const OPERATOR: &str = "--as operator --role OPERATOR";
const AG: &str = "--as ag --role OVERSIGHT";

/// A ledger that declares its operator, and a server of it.
fn declared() -> (Place, Server) {
    let place = Place::new();
    let made = place.ok("init --data ledger --origin ledger.example/test \
         --operator-uri spiffe://ledger.example/operator --operator-name OFFICE -o json");
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!(made["operator_uri"], "spiffe://ledger.example/operator");
    let server = place.serve();
    (place, server)
}

fn run(place: &Place, server: &Server, words: &str, who: &str) -> Ended {
    place.run(&format!("org {words} --server {} {who}", server.address))
}

fn json(place: &Place, server: &Server, words: &str, who: &str) -> Value {
    let ended = run(place, server, &format!("{words} -o json"), who);
    assert_eq!(ended.code, 0, "{words}: {ended:?}");
    serde_json::from_str(&ended.out).unwrap()
}

fn says(ended: &Ended, code: i32, said: &str) {
    assert!(
        ended.code == code && ended.err.contains(said),
        "{said}: {ended:?}"
    );
}

#[test]
fn an_organisation_is_registered_granted_and_known_and_posts_what_it_may() {
    let (place, server) = declared();
    let operator = |words: &str| json(&place, &server, words, OPERATOR);
    let recorded = operator("register nevcoda --name NEVADA-COUNTY-DA");
    assert_eq!(recorded["fact"], "OrganisationRegistered");
    assert_eq!(
        (&recorded["position"], &recorded["awaits_approval"]),
        (&3.into(), &false.into())
    );
    operator("grant nevcoda PROSECUTOR_COUNTY --county nevada --until 2199-12-31");
    operator("bind nevcoda urn:nevcoda:posts");
    operator("unbind nevcoda urn:nevcoda:posts");
    operator("bind nevcoda spiffe://nevcoda.example/posts --until 2199-12-31");
    let key = "ab".repeat(32);
    operator(&format!("key add nevcoda {key}"));
    operator(&format!("key rotate nevcoda {key} {}", "cd".repeat(32)));
    operator("require-signatures nevcoda on");
    operator("require-signatures nevcoda off");

    let shown = operator("show nevcoda");
    let known = &shown["organisation"];
    assert_eq!(known["name"], "NEVADA-COUNTY-DA");
    assert_eq!(known["grants"][0]["role"], "PROSECUTOR_COUNTY");
    assert_eq!(known["grants"][0]["counties"], serde_json::json!([57]));
    assert_eq!(
        known["principals"][0]["uri"],
        "spiffe://nevcoda.example/posts"
    );
    assert_eq!(known["principals"].as_array().unwrap().len(), 1);
    assert_eq!(known["signing_keys"][0]["key"], "cd".repeat(32));
    let table = run(&place, &server, "show nevcoda", OPERATOR).out;
    assert!(
        table.contains("spiffe://nevcoda.example/posts") && table.contains("057"),
        "{table}"
    );
    let csv = run(&place, &server, "list -o csv", OPERATOR).out;
    assert!(
        csv.contains("nevcoda,NEVADA-COUNTY-DA,PROSECUTOR_COUNTY"),
        "{csv}"
    );

    // It may post about its own county, and nobody else may in its place.
    place.ok("gen-data --shape NEVADA-2020 --cases 3 --out list.csv --format court");
    let import = |who: &str| {
        place.run(&format!(
            "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda {who} --server {}",
            server.address
        ))
    };
    let stranger = import("--as court-nevada --role COURT");
    assert!(stranger.err.contains("is not registered"), "{stranger:?}");
    let other = import("--as nevcoda --role COURT");
    assert!(other.err.contains("is not granted COURT"), "{other:?}");
    let own = import("--as nevcoda --role PROSECUTOR_COUNTY");
    assert_eq!(own.code, 0, "{own:?}");
    says(
        &run(
            &place,
            &server,
            "register x --name X",
            "--as nevcoda --role OPERATOR",
        ),
        1,
        "is not granted OPERATOR",
    );
    says(
        &run(&place, &server, "revoke operator OPERATOR", OPERATOR),
        1,
        "nobody would be left",
    );
    says(
        &run(&place, &server, "grant nevcoda JUDGE", OPERATOR),
        2,
        "is no role",
    );
    says(
        &run(&place, &server, "bind nevcoda nobody@example", OPERATOR),
        2,
        "@",
    );
    assert_eq!(server.terminate(), 0);

    // A key of checkpoints is replaced in the same stream, and strangers see both.
    place.ok("key rotate --data ledger");
    let checked: Value = serde_json::from_str(&place.ok("fsck --data ledger -o json")).unwrap();
    assert_eq!(
        (&checked["integrity"], &checked["authority_declared"]),
        (&"OK".into(), &true.into())
    );
    let server = place.serve();
    let verified = place.ok(&format!("verify {} --key ledger.vkey -o json", server.http));
    let verified: Value = serde_json::from_str(&verified).unwrap();
    assert_eq!(verified["authority_declared"], true, "{verified}");
    let last = checked["size"].as_u64().unwrap() - 1;
    let keys = verified["keys"].as_array().unwrap();
    assert_eq!((keys.len(), &keys[0]["position"]), (1, &last.into()));
}

#[test]
fn a_token_is_shown_once_and_only_its_digest_is_recorded() {
    let (place, server) = declared();
    json(&place, &server, "register lasc --name LASC", OPERATOR);
    let issued = json(
        &place,
        &server,
        "token issue lasc --until 2199-12-31",
        OPERATOR,
    );
    let (token, sha256) = (
        issued["token"].as_str().unwrap(),
        issued["sha256"].as_str().unwrap(),
    );
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    assert!(
        token.len() == 47 && token.starts_with("clt_") && token.bytes().all(alphabet),
        "{token}"
    );
    let shown = run(&place, &server, "show lasc -o json", OPERATOR).out;
    assert!(!shown.contains(sha256) && !shown.contains(token), "{shown}");
    let known: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(known["organisation"]["tokens"].as_array().unwrap().len(), 1);
    let history = place.ok(&format!(
        "history org/lasc --server {} {OPERATOR} -o json",
        server.address
    ));
    assert!(
        history.contains(sha256) && !history.contains(token),
        "{history}"
    );
    json(
        &place,
        &server,
        &format!("token revoke lasc {sha256}"),
        OPERATOR,
    );
    let again = run(
        &place,
        &server,
        &format!("token revoke lasc {sha256}"),
        OPERATOR,
    );
    says(&again, 1, "nothing to take back");
}

#[test]
fn where_approval_is_required_a_second_organisation_approves_or_rejects() {
    let (place, server) = declared();
    let operator = |words: &str| json(&place, &server, words, OPERATOR);
    says(
        &run(&place, &server, "require-approval on", OPERATOR),
        1,
        "nobody would be left",
    );
    operator("register ag --name ATTORNEY-GENERAL");
    operator("grant ag OVERSIGHT");
    operator("bind ag urn:ag:console");
    operator("require-approval on");
    let waits = operator("register lasc --name LASC");
    assert_eq!(
        (&waits["awaits_approval"], &waits["revision"]),
        (&true.into(), &0.into())
    );
    operator("register sfsc --name SFSC");
    let pending = operator("pending");
    let pending = pending["pending"].as_array().unwrap();
    assert_eq!(pending.len(), 2);
    assert_eq!(
        (&pending[0]["organisation"], &pending[0]["proposer"]),
        (&"lasc".into(), &"operator".into())
    );
    let table = run(&place, &server, "pending", OPERATOR).out;
    assert!(
        table.contains("OrganisationRegistered") && table.contains("LASC"),
        "{table}"
    );

    says(
        &run(&place, &server, "approve lasc 0", OPERATOR),
        1,
        "a second organisation has to approve",
    );
    json(&place, &server, "approve lasc 0", AG);
    json(&place, &server, "reject sfsc 0", AG);
    assert_eq!(operator("show lasc")["organisation"]["name"], "LASC");
    says(&run(&place, &server, "show sfsc", OPERATOR), 1, "org");
    says(
        &run(&place, &server, "approve sfsc 0", AG),
        1,
        "does not wait",
    );
}

#[test]
fn a_ledger_that_declares_nothing_says_so_and_takes_no_organisations() {
    let place = Place::with_ledger();
    let refused = place.run(&format!(
        "org register lasc --name LASC --data ledger {OPERATOR}"
    ));
    says(&refused, 1, "declares no authority");
    let listed = place.ok("org list --data ledger");
    assert!(listed.contains("roles alone are judged"), "{listed}");
    let checked = place.ok("fsck --data ledger");
    assert!(checked.contains("no authority was declared"), "{checked}");
}
