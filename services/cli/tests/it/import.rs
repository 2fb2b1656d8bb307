//! Lists through the binary: whole, repeated, wrong.

use std::process::Stdio;

use crate::support::Place;

const COURT: &str = "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda \
                     --data ledger --as court-nevada --role COURT -o json";

fn with_list(words: &str) -> Place {
    let place = Place::with_ledger();
    place.ok(&format!(
        "gen-data --shape NEVADA-2020 --out list.csv {words}"
    ));
    place
}

#[test]
fn a_list_is_imported_once() {
    let place = with_list("--cases 300 --format court");
    let first = place.ok(COURT);
    assert!(first.contains("\"added\": 300"), "{first}");
    assert!(first.contains("\"recorded_before\": 0"), "{first}");
    let size = place.ok("status --data ledger -o json");
    let again = place.ok(COURT);
    assert!(again.contains("\"added\": 0"), "{again}");
    assert!(again.contains("\"recorded_before\": 300"), "{again}");
    assert_eq!(place.ok("status --data ledger -o json"), size);
    let cohort = place.ok("cohort NEVADA-2020.1 --data ledger -o json");
    assert!(cohort.contains("\"MANIFEST_SEALED\""), "{cohort}");
    assert!(cohort.contains("\"cases\": 300"), "{cohort}");
    assert!(cohort.contains("\"refused\": 0"), "{cohort}");
    place.ok("fsck --data ledger");
}

/// What stands behind a name in a JSON document that has the name once.
fn number(json: &str, name: &str) -> u64 {
    let after = json.split_once(&format!("\"{name}\": ")).unwrap().1;
    after
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn an_import_that_was_killed_is_taken_up_again() {
    let place = Place::with_ledger();
    place.ok("gen-data --shape LA-2021-COURT --scale 20 --out list.csv");
    let server = place.serve();
    let words = format!(
        "import list.csv --format court --cohort LA-2021-COURT.1 --agency lada -o json \
         --as lada --role PROSECUTOR_COUNTY --server {}",
        server.address
    );
    let mut killed = place.command(&words).stdout(Stdio::null()).spawn().unwrap();
    let size = format!("status -o json --server {}", server.address);
    while number(&place.ok(&size), "size") < 100 {}
    killed.kill().unwrap();
    killed.wait().unwrap();
    let said = place.ok(&words);
    let (added, before) = (number(&said, "added"), number(&said, "recorded_before"));
    assert_eq!(added + before, 2_900, "{said}");
    assert!(before >= 99, "{said}");
    // Opened, sealed, and each case once.
    assert_eq!(number(&place.ok(&size), "size"), 2_902);
    assert_eq!(server.terminate(), 0);
    place.ok("fsck --data ledger");
}

#[test]
fn an_extract_is_found_again_by_its_numbers() {
    let place = with_list("--cases 20 --format doj --directory agencies.csv");
    let words = "import list.csv --format doj --cohort NEVADA-2020.1 --agency nevcoda --county 57 \
                 --directory agencies.csv --as-of 2019-07-01 --data ledger --as ca-doj \
                 --role STATE_REPOSITORY -o json";
    let said = place.ok(words);
    assert!(said.contains("\"added\": 20"), "{said}");
    let totals = place.ok("totals --by county,agency --data ledger -o csv");
    assert_eq!(totals, "county,agency,cases\n057,nevcoda,20\n");
    let cases = place.ok("cases --data ledger -o csv");
    let id = cases.lines().nth(1).unwrap().split(',').next().unwrap();
    let case = place.ok(&format!("case {id} --data ledger"));
    assert!(case.contains("IDENTIFIED"), "{case}");
    let history = place.ok(&format!("history {id} --data ledger"));
    assert!(history.contains("CASE_IDENTIFIED"), "{history}");
}

#[test]
fn a_dry_run_sends_nothing() {
    let place = with_list("--cases 10 --format court");
    // There is no server, and none is asked.
    let words = "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda --dry-run";
    let said = place.ok(words);
    assert!(
        said.contains("Dry run: nothing was sent. 10 cases would be."),
        "{said}"
    );
}

const HEADER: &str = "case_number,defendant,court,county,agency,section,severity,conviction_date\n";

#[test]
fn a_dry_run_finds_what_only_the_rules_of_the_ledger_refuse() {
    let place = Place::with_ledger();
    let sound = "SYN-NV-1,1,NEVADA-SC,57,nevcoda,HS 11358,FELONY,1999-01-04\n";
    let ahead = "SYN-NV-2,1,NEVADA-SC,57,nevcoda,HS 11358,FELONY,2150-01-04\n";
    std::fs::write(place.path("list.csv"), format!("{HEADER}{sound}{ahead}")).unwrap();
    let offline =
        "import list.csv --format court --cohort NEVADA-2020.1 --agency nevcoda --dry-run";
    let rehearsed = place.run(offline);
    assert_eq!(rehearsed.code, 4, "{rehearsed:?}");
    assert!(
        rehearsed
            .out
            .contains("2 cases would be, and 1 of them refused"),
        "{}",
        rehearsed.out
    );
    let errors = || std::fs::read_to_string(place.path("list.csv.errors.csv")).unwrap();
    let foretold = errors();
    assert!(foretold.contains("3,OUT_OF_BOUNDS,case,"), "{foretold}");
    let ended = place.run(COURT);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert_eq!(errors(), foretold);
    let far = format!("{offline} --received-on 2150-01-01");
    let ended = place.run(&far);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.err.contains("no ledger would take the list"),
        "{}",
        ended.err
    );
    let ended = place.run(&format!("{offline} --as hope --role COMMUNITY"));
    assert_eq!(ended.code, 1, "{ended:?}");
}

#[test]
fn a_file_without_a_readable_row_is_refused_and_no_list_is_opened() {
    let place = Place::with_ledger();
    let bad = "SYN-NV-1,1,NEVADA-SC,57,nevcoda,HS 11358,GRAVE,1999-01-04\n";
    for (rows, says) in [("", "none of its 0 rows"), (bad, "none of its 1 rows")] {
        std::fs::write(place.path("list.csv"), format!("{HEADER}{rows}")).unwrap();
        for words in [COURT, &format!("{COURT} --dry-run")] {
            let ended = place.run(words);
            assert_eq!(ended.code, 1, "{ended:?}");
            assert!(ended.err.contains(says), "{}", ended.err);
        }
    }
    let status = place.ok("status --data ledger -o json");
    assert!(status.contains("\"size\": 0"), "{status}");
}

#[test]
fn totals_that_do_not_agree_are_told_in_words() {
    let place = Place::with_ledger();
    let row = "SYN-NV-1,1,NEVADA-SC,57,nevcoda,HS 11358,FELONY,1999-01-04\n";
    std::fs::write(
        place.path("list.csv"),
        format!("{HEADER}{row}#TOTAL,2,1,1,0,0\n"),
    )
    .unwrap();
    let ended = place.run(COURT);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.err.contains(
            "declares rows 2, felonies 1, misdemeanors 1, infractions 0, unknown 0, but the file \
             has rows 1, felonies 1, misdemeanors 0"
        ),
        "{}",
        ended.err
    );
}

#[test]
fn rows_that_are_wrong_keep_their_case_out_and_are_counted() {
    let place = with_list("--cases 10 --format court");
    let list = std::fs::read_to_string(place.path("list.csv")).unwrap();
    // The first row loses its severity; the totals row no longer holds.
    let mut lines: Vec<String> = list.lines().map(str::to_owned).collect();
    lines[1] = lines[1]
        .replacen("FELONY", "GRAVE", 1)
        .replacen("MISDEMEANOR", "GRAVE", 1);
    lines.retain(|line| !line.starts_with("#TOTAL"));
    std::fs::write(place.path("list.csv"), lines.join("\n")).unwrap();
    let ended = place.run(COURT);
    assert_eq!(ended.code, 4, "{ended:?}");
    assert!(
        ended.err.contains("list.csv.errors.csv says why"),
        "{}",
        ended.err
    );
    let errors = std::fs::read_to_string(place.path("list.csv.errors.csv")).unwrap();
    assert!(
        errors
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("2,UNKNOWN_CODE,severity,"),
        "{errors}"
    );
    let refused = errors.lines().count() as u64 - 1;
    let cohort = place.ok("cohort NEVADA-2020.1 --data ledger -o json");
    assert!(
        cohort.contains(&format!("\"refused\": {refused}")),
        "{cohort}\n{errors}"
    );
    assert!(cohort.contains("\"cases\": 9"), "{cohort}");
}

#[test]
fn another_file_under_the_same_list_is_refused() {
    let place = with_list("--cases 10 --format court");
    place.ok(COURT);
    place.ok("gen-data --shape NEVADA-2020 --cases 11 --format court --out list.csv");
    let ended = place.run(COURT);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.err.contains("begun with another file"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("--supersedes"), "{}", ended.err);
}

#[test]
fn the_same_file_with_other_options_is_refused() {
    let place = with_list("--cases 10 --format doj");
    let words = |agency: &str| {
        format!(
            "import list.csv --format doj --cohort NEVADA-2020.1 --agency {agency} --data ledger \
             --as ca-doj --role STATE_REPOSITORY"
        )
    };
    place.ok(&words("nevcoda"));
    let ended = place.run(&words("sacda"));
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(
        ended.err.contains("imported before from other content"),
        "{}",
        ended.err
    );
}

#[test]
fn files_that_are_no_lists_are_refused_as_a_whole() {
    let place = Place::with_ledger();
    let check = |content: &[u8], says: &str| {
        std::fs::write(place.path("list.csv"), content).unwrap();
        let ended = place.run(COURT);
        assert_eq!(ended.code, 1, "{ended:?}");
        assert!(
            ended.err.contains("list.csv") && ended.err.contains(says),
            "{}",
            ended.err
        );
    };
    check(b"", "no rows");
    check(b"colour,taste\nred,sweet\n", "not known");
    assert!(
        place
            .ok("status --data ledger -o json")
            .contains("\"size\": 0")
    );
    let ended = place.run(&COURT.replace("list.csv", "nowhere.csv"));
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains("nowhere.csv"), "{}", ended.err);
}

#[test]
fn who_may_not_post_lists_is_told_so() {
    let place = with_list("--cases 3 --format court");
    let ended = place.run(&COURT.replace("COURT -o", "COMMUNITY -o"));
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.err.contains("error:"), "{}", ended.err);
}
