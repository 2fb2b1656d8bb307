//! `kill -9` under load: nothing acknowledged is missing or doubled.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use caseledger_chain::VerifierKey;
use caseledger_client::Client;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::rig::{Dice, Served, caseledger, code, count, init, message_id, submission, text};

/// Clients that post at the same time.
const CLIENTS: u64 = 64;

/// What was acknowledged: number of the submission -> its receipt file.
type Acknowledged = BTreeMap<u64, String>;

/// Posts until the server dies, and says what was acknowledged.
fn load(
    clients: Vec<Client>,
    next: &Arc<AtomicU64>,
    acks: u64,
    enough: &Arc<Notify>,
) -> JoinSet<Acknowledged> {
    let acknowledged = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for client in clients {
        let (next, acknowledged, enough) = (
            Arc::clone(next),
            Arc::clone(&acknowledged),
            Arc::clone(enough),
        );
        tasks.spawn(async move {
            let mut mine = Acknowledged::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Ok(accepted) = client.submit(submission(number)).await else {
                    return mine;
                };
                let receipt = accepted
                    .receipts
                    .first()
                    .map(caseledger_client::Receipt::file);
                mine.insert(number, receipt.unwrap());
                if acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == acks {
                    enough.notify_one();
                }
            }
        });
    }
    tasks
}

async fn clients(served: &Served, key: &VerifierKey) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        // One attempt: a dead server is the end of the load, not a reason to wait.
        let policy = caseledger_client::Policy {
            attempts: 1,
            ..caseledger_client::Policy::default()
        };
        clients.push(served.client(key).await.with_policy(policy));
    }
    clients
}

async fn verify(data: &Path, key: &VerifierKey, acknowledged: &Acknowledged) {
    let served = Served::start(data);
    let client = served.client(key).await;
    for (number, receipt) in acknowledged {
        let status = client.submission_status(message_id(*number)).await.unwrap();
        let recorded = status.unwrap_or_else(|| panic!("acknowledged submission {number} is gone"));
        assert_eq!(recorded.receipts.len(), 1, "submission {number} is doubled");
        assert_eq!(
            recorded.receipts[0].file(),
            *receipt,
            "another receipt for {number}"
        );
    }
    drop(client);
    served.stop();
    check(data);
}

fn check(data: &Path) {
    let checked = caseledger(&["fsck", "--data", text(data), "-o", "json"]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert_eq!(code(checked.status), 0, "{said}");
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_by_kill_9() {
    let rounds = count("CASELEDGER_KILLS", 3);
    let seed = 20_211_127;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ledger");
    let key = init(&data);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut dice = Dice::new(seed);
    let mut acknowledged = Acknowledged::new();
    let next = Arc::new(AtomicU64::new(0));
    for round in 0..rounds {
        let acks = 1 + dice.below(400);
        runtime.block_on(async {
            let served = Served::start(&data);
            let clients = clients(&served, &key).await;
            let enough = Arc::new(Notify::new());
            let mut tasks = load(clients, &next, acks, &enough);
            enough.notified().await;
            // Wherever the writer is now: deciding, in the middle of a sync, replying.
            served.kill();
            while let Some(mine) = tasks.join_next().await {
                acknowledged.extend(mine.unwrap());
            }
            // A check finds a crash no damage, whether a start came before it or not.
            if round % 2 == 0 {
                check(&data);
            }
            verify(&data, &key, &acknowledged).await;
        });
        eprintln!(
            "round {round}: {} acknowledged so far, seed {seed}",
            acknowledged.len()
        );
    }
    assert!(acknowledged.len() >= rounds);
}
