//! A ledger whose guard is gone: refused, read, and restored.

use std::fs;

use crate::support::{Place, get};

const IMPORT: &str = "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda \
                      --as court-nevada --role COURT";

/// A ledger with a few lists in it, closed, and the receipt of its last entry.
fn ledger() -> Place {
    let place = Place::with_ledger();
    place.ok("gen-data --shape NEVADA-2020 --cases 3 --out list.csv --format court");
    place.ok(&format!("{IMPORT} --data ledger"));
    place.ok("export --data ledger --raw --out entries");
    place
}

#[test]
fn a_ledger_without_its_guard_is_read_and_goes_on_behind_a_checkpoint_that_somebody_kept() {
    let place = ledger();
    fs::remove_file(place.path("ledger.guard")).unwrap();
    let refused = place.run("serve --data ledger --listen 127.0.0.1:0");
    assert_eq!(refused.code, 1, "{refused:?}");
    for said in ["ledger.guard is missing", "guard restore", "--read-only"] {
        assert!(refused.err.contains(said), "{said:?}: {refused:?}");
    }

    let server = place.serve_with("--read-only");
    let at = format!("--server {} --key ledger.vkey", server.address);
    let status = place.ok(&format!("status {at}"));
    assert!(status.contains("verified with the key given"), "{status}");
    let import = place.run(&format!("{IMPORT} {at}").replace("NEVADA-2020.1", "NEVADA-2020.2"));
    // Not a thing that a later try changes.
    assert_eq!(import.code, 1, "{import:?}");
    assert!(import.err.contains("read-only"), "{import:?}");
    let ready = get(&server.http, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    assert!(
        ready.ends_with("ready to be read; nothing is recorded\n"),
        "{ready}"
    );
    let measures = get(&server.http, "/metrics");
    let counted = "caseledger_submissions_refused_total{reason=\"READ_ONLY\"} ";
    assert!(measures.contains(counted), "{measures}");
    assert_eq!(server.terminate(), 0);
    assert!(!place.path("ledger.guard").exists());

    // The receipt was kept by somebody who was told that its entry is recorded.
    let restored = place.ok("guard restore --data ledger --checkpoint entries.tlog-proof");
    assert!(restored.contains("checkpoint size"), "{restored}");
    let again = place.run("guard restore --data ledger --checkpoint entries.tlog-proof");
    assert_eq!(again.code, 1, "{again:?}");
    assert_eq!(place.serve().terminate(), 0);
    place.ok("fsck --data ledger");
}
