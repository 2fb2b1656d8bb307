//! A log that was published once, and verified by a program that others wrote from `docs/FORMAT.md` and
//! `docs/AUDITING.md` alone. Its bytes do not change; whatever becomes of this program, it verifies.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::Place;

fn golden(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    folder.join(name).display().to_string()
}

#[test]
fn a_log_of_the_first_release_verifies_for_ever() {
    let words = format!(
        "verify {} --key {} -o json",
        golden("log"),
        golden("log.vkey")
    );
    let report: Value = serde_json::from_str(&Place::new().ok(&words)).unwrap();
    let expected = [
        ("verified", json!(true)),
        ("integrity", json!("OK")),
        ("completeness", json!("OK")),
        ("ledger_id", json!("ef331b697d8fa03bce3b808365cc3f50")),
        ("size", json!(600)),
        (
            "chain_hash",
            json!("617b70a90e061eba6e69f8e9893a0cd927e2f994978695079ae00d7dadf6c44a"),
        ),
        (
            "root",
            json!("QbEYqtcqad+UuxJ42KYSzidZDZD37Mv/TgIFUkuBZIQ="),
        ),
        (
            "totals",
            json!({ "cases": 90, "charges": 111, "people": 81 }),
        ),
    ];
    for (field, value) in expected {
        assert_eq!(report[field], value, "{field}");
    }
}

#[test]
fn a_receipt_of_the_first_release_verifies_for_ever() {
    let words = format!(
        "verify {} --key {} -o json",
        golden("123.tlog-proof"),
        golden("log.vkey")
    );
    let report: Value = serde_json::from_str(&Place::new().ok(&words)).unwrap();
    assert_eq!(report["position"], json!(123));
    assert_eq!(
        report["stream"],
        json!("case/17026d1a50648d82a4e2931bc207eb08")
    );
    assert_eq!(report["checkpoint_size"], json!(600));
}
