//! Public test vectors of other projects, which are not part of this repository.
//!
//! They run when `CASELEDGER_VECTORS` names a directory with `merkle/`, the `testdata` folder of
//! github.com/transparency-dev/merkle, and `tlog-testdata/`, the `testdata/log` folder of
//! github.com/transparency-dev/tessera. Without the variable they say so and pass.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use caseledger_chain::{
    Checkpoint, Digest, MemoryTree, Position, Size, VerifierKey, consistency_proof, decode_bundle,
    leaf_hash, verify_consistency, verify_inclusion,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const TESTDATA_VKEY: &str =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

fn vectors(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CASELEDGER_VECTORS");
    if root.is_none() {
        // Past the harness, which shows what a test prints only if it fails.
        let said = "skipped: CASELEDGER_VECTORS does not name a directory with";
        writeln!(std::io::stderr(), "{said} {folder}").unwrap();
    }
    root.map(|root| Path::new(&root).join(folder))
}

/// Every JSON file below `folder`, parsed, with its path.
fn probes(folder: &Path) -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(probes(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let probe = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            found.push((path, probe));
        }
    }
    found
}

fn size(probe: &Value, field: &str) -> Size {
    Size::new(probe[field].as_u64().unwrap())
}

fn bytes(value: &Value) -> Vec<u8> {
    use caseledger_chain::TlogProof;
    // The extra field of a proof is base64 of any length, which is all that is needed here.
    let text = format!(
        "c2sp.org/tlog-proof@v1\nextra {}\nindex 0\n\n",
        value.as_str().unwrap()
    );
    TlogProof::parse(&text).unwrap().extra.unwrap()
}

/// `None` for what cannot be a digest, which our types refuse before any verifier runs.
fn digest(bytes: &[u8]) -> Option<Digest> {
    bytes.try_into().ok().map(Digest::from_bytes)
}

/// A digest that differs for different bytes, for probes whose roots are opaque texts.
fn stand_in(bytes: &[u8]) -> Digest {
    let hashed = || Sha256::digest([b"stand-in", bytes].concat());
    digest(bytes).unwrap_or_else(|| Digest::from_bytes(hashed().into()))
}

fn proof(probe: &Value) -> Vec<Vec<u8>> {
    match &probe["proof"] {
        Value::Null => Vec::new(),
        hashes => hashes.as_array().unwrap().iter().map(bytes).collect(),
    }
}

fn assert_verdicts(folder: &str, verify: impl Fn(&Value) -> bool) {
    let Some(root) = vectors("merkle") else {
        return;
    };
    let probes = probes(&root.join(folder));
    let (mut accepted, mut refused) = (0, 0);
    for (path, probe) in &probes {
        let expected = !probe["wantErr"].as_bool().unwrap();
        assert_eq!(
            verify(probe),
            expected,
            "{}: {}",
            path.display(),
            probe["desc"]
        );
        if expected {
            accepted += 1;
        } else {
            refused += 1;
        }
    }
    eprintln!("{folder}: {accepted} probes accepted, {refused} refused, as stated");
    assert!(
        accepted > 0 && refused > 0,
        "no probes in {}",
        root.display()
    );
}

#[test]
fn gives_the_stated_verdict_on_inclusion_probes() {
    assert_verdicts("inclusion", |probe| {
        let leaf = digest(&bytes(&probe["leafHash"]));
        let root = digest(&bytes(&probe["root"]));
        let proof: Option<Vec<_>> = proof(probe).iter().map(|hash| digest(hash)).collect();
        let (Some(leaf), Some(root), Some(proof)) = (leaf, root, proof) else {
            return false;
        };
        let position = Position::new(probe["leafIdx"].as_u64().unwrap());
        verify_inclusion(&leaf, position, size(probe, "treeSize"), &proof, &root).is_ok()
    });
}

#[test]
fn gives_the_stated_verdict_on_consistency_probes() {
    assert_verdicts("consistency", |probe| {
        let [old_root, new_root] = ["root1", "root2"].map(|field| stand_in(&bytes(&probe[field])));
        let proof: Vec<_> = proof(probe).iter().map(|hash| stand_in(hash)).collect();
        let (old, new) = (size(probe, "size1"), size(probe, "size2"));
        verify_consistency(old, new, &proof, &old_root, &new_root).is_ok()
    });
}

#[test]
fn recomputes_and_verifies_the_log_of_tessera() {
    let Some(root) = vectors("tlog-testdata") else {
        return;
    };
    let key = VerifierKey::parse(TESTDATA_VKEY).unwrap();
    let last = fs::read(root.join("tile/entries/000.p/15")).unwrap();
    let all = decode_bundle(&last, 15).unwrap();
    let tree: MemoryTree = all.iter().map(|entry| leaf_hash(entry)).collect();
    let mut checkpoints = Vec::new();
    for count in 0..=15_u16 {
        let note = fs::read(root.join(format!("checkpoint.{count}"))).unwrap();
        let checkpoint = Checkpoint::open(&note, &key).unwrap();
        assert_eq!(checkpoint.size, Size::new(count.into()));
        assert_eq!(
            Ok(checkpoint.root),
            caseledger_chain::root(&tree, checkpoint.size)
        );
        if count > 0 {
            let bundle = fs::read(root.join(format!("tile/entries/000.p/{count}"))).unwrap();
            let tile = fs::read(root.join(format!("tile/0/000.p/{count}"))).unwrap();
            let entries = decode_bundle(&bundle, count).unwrap();
            let leaves: Vec<u8> = entries
                .iter()
                .flat_map(|entry| leaf_hash(entry).to_bytes())
                .collect();
            assert_eq!(entries, all[..count.into()]);
            assert_eq!(leaves, tile);
        }
        checkpoints.push(checkpoint);
    }
    for (at, new) in checkpoints.iter().enumerate() {
        for old in &checkpoints[1.min(at)..at] {
            let proof = consistency_proof(&tree, old.size, new.size).unwrap();
            verify_consistency(old.size, new.size, &proof, &old.root, &new.root).unwrap();
        }
    }
    let latest = fs::read(root.join("checkpoint")).unwrap();
    assert_eq!(Checkpoint::open(&latest, &key).unwrap(), checkpoints[15]);
}
