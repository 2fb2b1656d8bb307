//! The manuals are run: every `console` block, in order, in an empty folder.
//!
//! A line with `$ ` is a command; `\` at its end goes on in the next line. What follows up to the
//! next command must be printed, line by line and in that order: `...` stands for any lines, `[..]`
//! for any text. Without `echo $?` behind it a command must succeed. Servers run in the background
//! on a free port, which the commands after it are told. Operators follow their manual with entries
//! in the ledger, too: it is run once more with a list imported as soon as a server is there.

use std::collections::BTreeMap;
use std::process::Command;

use crate::support::{BINARY, Place, Server, root};

struct Step {
    command: String,
    shows: Vec<String>,
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if !inside => {}
            _ => match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => {
                    steps.push(Step {
                        command: command.to_owned(),
                        shows: Vec::new(),
                    });
                }
                (None, Some(step)) if step.command.ends_with('\\') => {
                    step.command.pop();
                    step.command.push_str(line.trim_start());
                }
                (None, Some(step)) => step.shows.push(line.to_owned()),
                (None, None) => panic!("a block begins without a command: {line}"),
            },
        }
    }
    steps
}

/// Whether a line is as the document has it; how wide columns are does not matter.
fn fits(pattern: &str, line: &str) -> bool {
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (pattern, line) = (squeezed(pattern), squeezed(line));
    let mut parts = pattern.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    rest.is_empty() || last.is_some_and(|last| last.is_empty() || rest.ends_with(last))
}

/// Whether what was printed is as the document has it; else the line that is missing.
fn shows(expected: &[String], printed: &str) -> Result<(), String> {
    let mut lines = printed.lines().map(str::trim_end).peekable();
    let mut anything = false;
    for pattern in expected {
        if pattern == "..." {
            anything = true;
            continue;
        }
        let found = if anything {
            lines.by_ref().any(|line| fits(pattern, line))
        } else {
            lines.next().is_some_and(|line| fits(pattern, line))
        };
        if !found {
            return Err(pattern.clone());
        }
        anything = false;
    }
    if !expected.is_empty()
        && !anything
        && let Some(line) = lines.next()
    {
        return Err(format!("the end, found {line}"));
    }
    Ok(())
}

/// A list of cases into the ledger that is being served.
fn import(place: &Place, server: &Server) {
    place.ok("gen-data --shape NEVADA-2020 --cases 50 --format court --out list.csv");
    place.ok(&format!(
        "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda --as court-nevada \
         --role COURT --server {}",
        server.address
    ));
}

fn run(name: &str, when_served: impl Fn(&Place, &Server)) {
    let document = std::fs::read_to_string(root().join("docs").join(name)).unwrap();
    let place = Place::new();
    let mut settings: BTreeMap<String, String> = BTreeMap::new();
    let mut server: Option<Server> = None;
    let mut code = 0;
    let steps = steps(&document);
    assert!(!steps.is_empty(), "{name} has no commands");
    for (
        at,
        Step {
            command,
            shows: expected,
        },
    ) in steps.iter().enumerate()
    {
        let asks_code = |step: Option<&Step>| step.is_some_and(|step| step.command == "echo $?");
        let printed = if command == "echo $?" {
            std::mem::take(&mut code).to_string()
        } else if let Some(words) = command.strip_prefix("export ") {
            settings.extend(words.split_whitespace().map(|word| {
                let (name, value) = word.split_once('=').unwrap();
                (name.to_owned(), value.to_owned())
            }));
            String::new()
        } else if command.starts_with("kill -TERM") {
            code = server.take().unwrap().terminate();
            String::new()
        } else if command == "caseledger serve --data ledger" {
            let started = place.serve();
            when_served(&place, &started);
            settings.insert("CASELEDGER_SERVER".to_owned(), started.address.clone());
            settings.insert("CASELEDGER_LOG".to_owned(), started.http.clone());
            let said = started.said.clone();
            server = Some(started);
            said
        } else if command.contains("--tls-cert") && command.starts_with("caseledger serve") {
            let words = command.strip_prefix("caseledger").unwrap_or_default();
            let mut serve = place.command(&format!("{words} --listen 127.0.0.1:0"));
            serve.env("CASELEDGER__LOG__FILTER", "warn");
            let started = Place::serve_by(serve);
            settings.insert("CASELEDGER_SERVER".to_owned(), started.address.clone());
            let said = started.said.clone();
            server = Some(started);
            said
        } else {
            let folder = std::path::Path::new(BINARY).parent().unwrap();
            let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
            let mut shell = Command::new("sh");
            shell
                .args(["-c", &format!("{command} 2>&1")])
                .current_dir(place.path(""));
            shell.env("PATH", path).env("NO_COLOR", "1").envs(&settings);
            let ended = shell.output().unwrap();
            code = ended.status.code().unwrap();
            String::from_utf8(ended.stdout).unwrap()
        };
        if !asks_code(steps.get(at + 1)) {
            assert_eq!(code, 0, "{name}: {command}\n{printed}");
        }
        if let Err(missing) = shows(expected, &printed) {
            panic!("{name}: {command}\nexpected {missing:?} in\n{printed}");
        }
    }
}

#[test]
fn the_manual_for_users_is_true() {
    run("USING.md", |_, _| ());
}

#[test]
fn the_manual_for_operators_is_true() {
    run("OPERATING.md", |_, _| ());
}

#[test]
fn the_manual_for_operators_is_true_of_a_ledger_with_entries() {
    run("OPERATING.md", import);
}

#[test]
fn both_manuals_and_the_help_list_the_same_exit_codes() {
    let rows = |name: &str| {
        let text = std::fs::read_to_string(root().join("docs").join(name)).unwrap();
        let table = text
            .lines()
            .skip_while(|line| *line != "| code | meaning |")
            .skip(2);
        let codes =
            table.map_while(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok());
        codes.collect::<Vec<u8>>()
    };
    let help = Place::new().ok("--help");
    let codes = help
        .lines()
        .skip_while(|line| *line != "Exit codes:")
        .skip(1);
    let codes = codes.map_while(|line| line.split_whitespace().next()?.parse().ok());
    let codes: Vec<u8> = codes.collect();
    assert_eq!(codes, [0, 1, 2, 3, 4, 5]);
    assert_eq!(rows("USING.md"), codes);
    assert_eq!(rows("OPERATING.md"), codes);
}

#[test]
fn documents_that_do_not_fit_are_noticed() {
    let expected = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| (*line).to_owned())
            .collect::<Vec<_>>()
    };
    assert!(shows(&expected(&["a", "...", "d [..] f"]), "a\nb\nc\nd e f\n").is_ok());
    assert!(shows(&expected(&["a", "..."]), "a\nb\n").is_ok());
    assert!(shows(&expected(&["a"]), "a\nb\n").is_err());
    assert!(shows(&expected(&["b"]), "a\nb\n").is_err());
    assert!(shows(&expected(&["...", "b"]), "b\na\n").is_err());
    assert!(shows(&expected(&["d [..] f"]), "d e g\n").is_err());
    assert!(shows(&[], "anything").is_ok());
}
