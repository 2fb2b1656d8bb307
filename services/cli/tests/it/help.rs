//! What `--help` says is reviewed like code: it stands in `tests/cmd`, one file for each command.
//! After a change run the tests with `CASELEDGER_ACCEPT=1` and review the difference.

use std::fs;
use std::path::PathBuf;

use crate::support::Place;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cmd")
        .join(format!("{name}.txt"))
}

fn check(name: &str, words: &str) {
    let help = Place::new().ok(words);
    let path = golden(name);
    if std::env::var_os("CASELEDGER_ACCEPT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &help).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        help,
        expected,
        "{words} has changed; see {}",
        path.display()
    );
}

/// The commands that the main help lists.
fn commands() -> Vec<String> {
    let help = Place::new().ok("--help");
    let list = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let list = list.take_while(|line| !line.is_empty());
    // What stands further to the right goes on with the line before.
    let list = list.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    list.filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn help_is_as_reviewed() {
    check("caseledger", "--help");
    for command in commands() {
        check(&command, &format!("{command} --help"));
    }
}

#[test]
fn no_reviewed_help_is_of_a_command_that_is_gone() {
    let commands = commands();
    assert!(commands.len() > 20, "{commands:?}");
    for file in fs::read_dir(golden("caseledger").parent().unwrap()).unwrap() {
        let name = file
            .unwrap()
            .path()
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        assert!(
            name == "caseledger" || commands.contains(&name),
            "{name} is no command"
        );
    }
}

#[test]
fn every_shell_gets_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.ok(&format!("completions {shell}"));
        assert!(
            script.contains("caseledger") && script.contains("totals"),
            "{shell}"
        );
    }
}
