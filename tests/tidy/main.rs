//! Rules of the repository, as tests.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on fails its test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::root;

/// What each crate may depend on: other crates of the workspace, and for the two pure crates
/// everything. See docs/ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("caseledger-chain", &[]),
    ("caseledger-domain", &[]),
    (
        "caseledger-proto",
        &["caseledger-chain", "caseledger-domain"],
    ),
    ("caseledger-store", &["caseledger-chain"]),
    ("caseledger-vault", &["caseledger-chain"]),
    (
        "caseledger-audit",
        &["caseledger-chain", "caseledger-domain", "caseledger-proto"],
    ),
    (
        "caseledger-engine",
        &[
            "caseledger-audit",
            "caseledger-chain",
            "caseledger-domain",
            "caseledger-proto",
            "caseledger-store",
        ],
    ),
    (
        "caseledger-server",
        &[
            "caseledger-chain",
            "caseledger-domain",
            "caseledger-engine",
            "caseledger-proto",
        ],
    ),
    ("caseledger-witness", &["caseledger-chain"]),
    (
        "caseledger-client",
        &["caseledger-chain", "caseledger-proto"],
    ),
    (
        "caseledger",
        &[
            "caseledger-audit",
            "caseledger-chain",
            "caseledger-client",
            "caseledger-domain",
            "caseledger-engine",
            "caseledger-proto",
            "caseledger-server",
            "caseledger-witness",
        ],
    ),
];

/// Everything the pure crates may use: none of it reads, writes, waits or tells the time.
const OUTSIDE: &[(&str, &[&str])] = &[
    (
        "caseledger-audit",
        &[
            "caseledger-chain",
            "caseledger-domain",
            "caseledger-proto",
            "hashbrown",
            "thiserror",
        ],
    ),
    ("caseledger-chain", &["blake3", "ed25519-dalek", "sha2"]),
    ("caseledger-domain", &["serde", "thiserror"]),
];

/// Crates that only some rooms may name: nothing below `services/` is async, and only one crate
/// knows the storage engine.
const QUARANTINED: &[(&str, &[&str])] = &[
    ("bincode", &["caseledger-store"]),
    ("sled", &["caseledger-store"]),
    (
        "tokio",
        &[
            "caseledger",
            "caseledger-client",
            "caseledger-server",
            "caseledger-witness",
        ],
    ),
    (
        "tonic",
        &[
            "caseledger",
            "caseledger-client",
            "caseledger-proto",
            "caseledger-server",
            "caseledger-witness",
        ],
    ),
];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let needed = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                // Tests may look everywhere; only what ships is bound by the arrows.
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), needed)
        })
        .collect()
}

#[test]
fn crates_depend_only_downwards() {
    let dependencies = dependencies();
    let known: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    for name in dependencies
        .keys()
        .filter(|name| *name != "caseledger-tests")
    {
        assert!(known.contains(name.as_str()), "crate {name} has no arrows");
    }
    for (name, allowed) in ARROWS {
        for needed in dependencies[*name]
            .iter()
            .filter(|needed| needed.starts_with("caseledger"))
        {
            assert!(
                allowed.contains(&needed.as_str()),
                "{name} must not depend on {needed}"
            );
        }
    }
    for (name, allowed) in OUTSIDE {
        for needed in &dependencies[*name] {
            assert!(
                allowed.contains(&needed.as_str()),
                "{name} must not depend on {needed}"
            );
        }
    }
    for (quarantined, rooms) in QUARANTINED {
        for (name, needed) in dependencies
            .iter()
            .filter(|(name, _)| *name != "caseledger-tests")
        {
            assert!(
                !needed.contains(*quarantined) || rooms.contains(&name.as_str()),
                "{name} must not depend on {quarantined}"
            );
        }
    }
}

/// Files that git would ship, with the given ending.
fn files(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for top in ["proto", "ledger", "services", "tests", "docs"] {
        collect(&root().join(top), ending, &mut found);
    }
    assert!(!found.is_empty());
    found.sort();
    found
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "node_modules" {
            collect(&path, ending, found);
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

/// Whether a file was written by the protocol compiler; a test of the package makes it again.
fn is_generated(path: &Path) -> bool {
    let package = root().join("services/python/src/caseledger");
    path.starts_with(package.join("v1")) || path.starts_with(package.join("event"))
}

#[test]
fn sources_can_be_held_in_the_head() {
    let written = files(".py").into_iter().filter(|path| !is_generated(path));
    for path in files(".rs").into_iter().chain(written) {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        assert!(
            lines <= 700,
            "{} has {lines} lines; is there a second room in it?",
            path.display()
        );
        // A unit's tests are about the unit, whose file says what it is.
        let of_a_unit = path.components().any(|part| part.as_os_str() == "src")
            && path
                .iter()
                .any(|part| part == "tests" || part == "tests.rs");
        assert!(
            of_a_unit
                || ["//!", "#!", "\"\"\""]
                    .iter()
                    .any(|doc| text.starts_with(doc)),
            "{} does not begin by saying what it is",
            path.display()
        );
        for leftover in [
            concat!("FIX", "ME"),
            concat!("TO", "DO"),
            concat!("XX", "X"),
        ] {
            assert!(
                !text.contains(leftover),
                "{} has a leftover {leftover}",
                path.display()
            );
        }
    }
}

#[test]
fn only_one_file_names_the_storage_engine() {
    let types = ["Db", "Tree", "Config", "Batch", "IVec", "Error"];
    let names = |text: &str| {
        text.contains("use sled")
            || types
                .iter()
                .any(|name| text.contains(&format!("sled::{name}")))
    };
    let naming: Vec<PathBuf> = files(".rs")
        .into_iter()
        .filter(|path| !path.starts_with(root().join("tests")))
        .filter(|path| names(&std::fs::read_to_string(path).unwrap()))
        .collect();
    assert_eq!(naming, [root().join("ledger/store/src/sled.rs")]);
}

/// Every write of the vault passes the one module that tests can interrupt.
#[test]
fn one_file_of_the_vault_touches_files() {
    let vault = root().join("ledger/vault/src");
    let touching: Vec<PathBuf> = files(".rs")
        .into_iter()
        .filter(|path| path.starts_with(&vault) && !path.ends_with("tests.rs"))
        .filter(|path| std::fs::read_to_string(path).unwrap().contains("fs::"))
        .collect();
    assert_eq!(touching, [vault.join("disk.rs")]);
}

#[test]
fn the_top_level_is_as_agreed() {
    let allowed = [
        "Cargo.toml",
        "Cargo.lock",
        "proto",
        "ledger",
        "services",
        "tests",
        "docs",
        "README.md",
        "target",
    ];
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            name.starts_with('.') || allowed.contains(&name.as_str()),
            "{name} at the top level"
        );
    }
}

#[test]
fn the_pages_link_to_pages_that_exist() {
    for path in files(".md").into_iter().chain([root().join("README.md")]) {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let target = path.parent().unwrap().join(file);
            assert!(
                target.exists(),
                "{} links to {file}, which does not exist",
                path.display()
            );
        }
    }
}
