//! docs/API.md against the code: the tables of reasons and of limits.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use caseledger_domain::RULES;
use caseledger_proto::Reason;
use caseledger_server::Config;

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/API.md")
}

fn page() -> String {
    std::fs::read_to_string(path()).unwrap()
}

/// The cells of the rows between two markers.
fn table(page: &str, name: &str) -> Vec<Vec<String>> {
    let begin = format!("<!-- begin {name} -->\n");
    let end = format!("<!-- end {name} -->");
    let (_, rest) = page.split_once(&begin).unwrap();
    let (table, _) = rest.split_once(&end).unwrap();
    let rows = table.lines().skip(2).filter(|line| !line.is_empty());
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect()
    })
    .collect()
}

/// Compares a table with what it should be; `UPDATE_GOLDEN=1` rewrites it.
fn check(name: &str, expected: &[(&str, &str)]) {
    let page = page();
    let mut listing = String::from("| reason | meaning |\n|---|---|\n");
    for (code, meaning) in expected {
        writeln!(listing, "| `{code}` | {meaning} |").unwrap();
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let (begin, end) = (
            format!("<!-- begin {name} -->\n"),
            format!("<!-- end {name} -->"),
        );
        let (before, rest) = page.split_once(&begin).unwrap();
        let (_, after) = rest.split_once(&end).unwrap();
        std::fs::write(path(), format!("{before}{begin}{listing}{end}{after}")).unwrap();
        return;
    }
    let found = table(&page, name);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|row| (&row.first().unwrap()[..], &row.last().unwrap()[..]))
        .collect();
    assert_eq!(
        found, expected,
        "the table of {name} should say:\n{listing}"
    );
}

#[test]
fn every_reason_stands_in_the_page_with_its_meaning() {
    let technical = Reason::TECHNICAL
        .iter()
        .map(|(reason, meaning)| (reason.code(), *meaning));
    check("reasons", &technical.collect::<Vec<_>>());
    check("rules", RULES);
}

#[test]
fn every_key_of_the_configuration_stands_in_the_page_with_its_default() {
    let page = page();
    let found = table(&page, "configuration");
    let defaults = toml::Table::try_from(Config::default()).unwrap();
    let mut expected = Vec::new();
    for (section, keys) in &defaults {
        for (key, value) in keys.as_table().unwrap() {
            let value = value.to_string().trim_matches('"').to_owned();
            expected.push((format!("{section}.{key}"), value));
        }
    }
    let mut found: Vec<_> = found
        .iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}
