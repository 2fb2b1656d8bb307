//! What is beside the ledger and what is missing in it, seen from outside: refused posts outlive a
//! kill, and gaps in a submitter's numbers are told until they are closed.

use std::io::Write as _;
use std::path::Path;
use std::process::Output;

use caseledger_client::pb::v1;
use caseledger_client::{Client, Principal};
use tokio::runtime::Runtime;

use crate::rig::{Served, caseledger, code, files, init, submission, text};

/// A submission with a number of the submitter's own.
fn numbered(message: u64, number: u64) -> v1::Submission {
    let mut one = submission(message);
    one.submitter_sequence = number;
    one
}

/// The same content under another message id: the stream exists by then.
fn again(message: u64, id: u64) -> v1::Submission {
    let mut one = submission(message);
    one.message_id = submission(id).message_id;
    one
}

async fn overseer(client: &Client) -> Vec<v1::RefusedPost> {
    let oversight = Principal::new("aud", "OVERSIGHT").unwrap();
    let request = v1::ListRefusalsRequest {
        page: Some(v1::Page {
            limit: 100,
            token: String::new(),
        }),
        ..v1::ListRefusalsRequest::default()
    };
    let answer = client.speaking_for(oversight).list_refusals(request).await;
    answer.unwrap().refusals
}

fn asked(served: &Served, command: &str, more: &[&str]) -> Output {
    let who = ["--as", "aud", "--role", "OVERSIGHT"];
    let mut arguments = vec![command, "--server", served.address.as_str()];
    arguments.extend(who.iter().chain(more));
    caseledger(&arguments)
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Adds the first half of a line to the newest file of the log, as a crash would leave it.
fn tear(data: &Path) {
    let newest = files(&data.join("refused")).pop().unwrap();
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(newest)
        .unwrap();
    file.write_all(b"{\"n\":3,\"at\":17").unwrap();
}

#[test]
fn refused_posts_that_were_shown_outlive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ledger");
    let key = init(&data);
    let served = Served::start(&data);
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let client = served.client(&key).await;
        client.submit(submission(0)).await.unwrap();
        for id in [10, 11] {
            client.submit(again(0, id)).await.unwrap_err();
        }
        assert_eq!(overseer(&client).await.len(), 2);
    });
    served.kill();
    tear(&data);

    let served = Served::start(&data);
    runtime.block_on(async {
        let client = served.client(&key).await;
        client.submit(again(0, 12)).await.unwrap_err();
        let told = overseer(&client).await;
        let numbers: Vec<u64> = told.iter().map(|post| post.number).collect();
        assert_eq!(numbers, [3, 2, 1]);
        assert!(told.iter().all(|post| post.content == told[0].content));
    });
    let table = asked(&served, "refused", &["-o", "csv"]);
    assert_eq!(code(table.status), 0, "{table:?}");
    let csv = out(&table);
    assert_eq!(csv.lines().count(), 4, "{csv}");
    assert!(
        csv.contains("lada,PROSECUTOR_COUNTY,WRONG_EXPECTED_REVISION STAGE_NOT_ALLOWED,Submit"),
        "{csv}"
    );
    let by_rule = asked(
        &served,
        "refused",
        &["--reason", "STAGE_NOT_ALLOWED", "-o", "csv"],
    );
    assert_eq!(out(&by_rule), csv);
    let none = asked(&served, "refused", &["--submitter", "lasc", "-o", "json"]);
    assert!(out(&none).contains("\"refusals\": []"), "{none:?}");
    let others = caseledger(&[
        "refused",
        "--server",
        &served.address,
        "--as",
        "lasc",
        "--role",
        "COURT",
    ]);
    assert_eq!(code(others.status), 1, "{others:?}");
    served.stop();
    // The folder can be asked without a server, and the ledger knows nothing of it.
    let folder = caseledger(&["refused", "--data", text(&data), "--limit", "1"]);
    assert!(out(&folder).contains("There are older ones"), "{folder:?}");
    let checked = caseledger(&["fsck", "--data", text(&data)]);
    assert_eq!(code(checked.status), 0, "{checked:?}");
    assert!(out(&checked).contains("size          1"), "{checked:?}");
}

#[test]
fn gaps_are_told_until_they_are_closed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ledger");
    let key = init(&data);
    let runtime = Runtime::new().unwrap();
    let post = |served: &Served, submission: v1::Submission| {
        let key = key.clone();
        runtime.block_on(async {
            let client = served.client(&key).await;
            client.submit(submission).await.map(drop)
        })
    };
    let served = Served::start(&data);
    for (message, number) in [(0, 1), (1, 4)] {
        post(&served, numbered(message, number)).unwrap();
    }
    served.kill();

    // Folded from the journal the gap is the same.
    let served = Served::start(&data);
    post(&served, numbered(2, 4)).unwrap_err();
    let feeds = asked(&served, "feeds", &[]);
    assert_eq!(code(feeds.status), 4, "{feeds:?}");
    assert!(out(&feeds).contains("lada"), "{feeds:?}");
    let one = asked(&served, "feeds", &["lada", "-o", "json"]);
    for expected in [
        "\"missing\": 2",
        "\"from\": 2",
        "\"to\": 3",
        "\"opened_by\": 1",
    ] {
        assert!(out(&one).contains(expected), "{expected}: {one:?}");
    }
    served.stop();
    let checked = caseledger(&["fsck", "--data", text(&data)]);
    assert_eq!(code(checked.status), 4, "{checked:?}");
    let said = out(&checked);
    assert!(
        said.contains("numbers 2 to 3 of lada were never recorded"),
        "{said}"
    );

    let served = Served::start(&data);
    for (message, number) in [(2, 3), (3, 2)] {
        post(&served, numbered(message, number)).unwrap();
    }
    let feeds = asked(&served, "feeds", &["-o", "csv"]);
    assert_eq!(code(feeds.status), 0, "{feeds:?}");
    assert!(out(&feeds).contains("lada,4,4,4,0,0"), "{feeds:?}");
    served.stop();
    let checked = caseledger(&["fsck", "--data", text(&data)]);
    assert_eq!(code(checked.status), 0, "{checked:?}");
}
