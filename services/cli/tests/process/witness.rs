//! `kill -9` of a witness: what it cosigned it knows again, and it never cosigns two histories.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use caseledger_chain::{
    AddCheckpoint, Checkpoint, KeyName, MemoryTree, Origin, SigningKey, Size, consistency_proof,
    leaf_hash, root,
};

use crate::rig::{Dice, caseledger, count, text};

const ORIGIN: &str = "process.example/watched";

/// More entries than any run gets to.
const ENTRIES: u64 = 20_000;

/// The witness as a child process; killed when dropped.
struct Watching {
    child: Child,
    address: String,
}

impl Watching {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_caseledger"))
            .args(["witness", "serve", text(folder), "--listen", "127.0.0.1:0"])
            .env("CASELEDGER__LOG__FILTER", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = lines.map(Result::unwrap);
        let address = said.find_map(|line| {
            let (_, address) = line.split_once("http://")?;
            Some(address.trim().to_owned())
        });
        Self {
            child,
            address: address.unwrap(),
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // `kill -9`, unless it has ended.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Histories that part behind `common` entries.
fn history(name: u8, common: u64) -> MemoryTree {
    let entry = |i: u64| (i, if i < common { 0 } else { name });
    (0..ENTRIES)
        .map(|i| leaf_hash(format!("{:?}", entry(i)).as_bytes()))
        .collect()
}

fn request(log: &SigningKey, tree: &MemoryTree, old: u64, size: u64) -> String {
    let (old, size) = (Size::new(old), Size::new(size));
    let origin = Origin::parse(ORIGIN).unwrap();
    let checkpoint = Checkpoint::new(origin, size, root(tree, size).unwrap());
    let request = AddCheckpoint {
        old,
        proof: consistency_proof(tree, old, size).unwrap(),
        checkpoint: checkpoint.sign(log).unwrap().into_note(),
    };
    request.render()
}

/// Status and body of the answer; none if the witness was gone before it was whole.
fn add(address: &str, request: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!(
        "POST /add-checkpoint HTTP/1.1\r\nhost: w\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        request.len()
    );
    stream.write_all((head + request).as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    body.ends_with('\n').then(|| (status, body.to_owned()))
}

#[test]
fn a_killed_witness_has_lost_nothing_and_signs_one_history() {
    let seed = count("CASELEDGER_SEED", 7) as u64;
    let mut dice = Dice::new(seed);
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("w");
    let log = SigningKey::from_seed(KeyName::parse(ORIGIN).unwrap(), &[1; 32]);
    for words in [
        ["init", "--name", "process.example/w"],
        ["add-log", "--key", &log.vkey()],
    ] {
        let [verb, option, value] = words;
        let ended = caseledger(&["witness", verb, text(&folder), option, value]);
        assert!(ended.status.success(), "{ended:?}");
    }
    let ours = history(0, ENTRIES);
    let mut stored = 0;
    for round in 0..count("CASELEDGER_WITNESS_KILLS", 12) {
        let mut witness = Watching::start(&folder);
        let acknowledged = AtomicU64::new(stored);
        let enough = stored + 1 + dice.below(20);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                loop {
                    let old = acknowledged.load(Ordering::SeqCst);
                    let asked = request(&log, &ours, old, old + 1);
                    match add(&witness.address, &asked) {
                        Some((200, _line)) => acknowledged.store(old + 1, Ordering::SeqCst),
                        Some(other) => panic!("seed {seed}, round {round}: {other:?}"),
                        None => return,
                    }
                }
            });
            while acknowledged.load(Ordering::SeqCst) < enough {
                std::thread::yield_now();
            }
            let id = witness.child.id().to_string();
            let killed = Command::new("kill").args(["-KILL", &id]).status();
            assert!(killed.unwrap().success());
        });
        witness.child.wait().unwrap();
        let acknowledged = acknowledged.load(Ordering::SeqCst);

        let witness = Watching::start(&folder);
        // From a size that it cannot have: it says the one it has.
        let asked = request(&log, &ours, ENTRIES, ENTRIES);
        let (status, size) = add(&witness.address, &asked).unwrap();
        assert_eq!(status, 409);
        stored = size.trim_end().parse().unwrap();
        // One may be stored whose cosignature was on its way.
        assert!(
            (acknowledged..=acknowledged + 1).contains(&stored),
            "seed {seed}, round {round}: {acknowledged} acknowledged, {stored} stored"
        );
        let other = history(1, acknowledged - 1);
        for old in [acknowledged, stored] {
            let fork = request(&log, &other, old, stored + 1);
            let (status, _) = add(&witness.address, &fork).unwrap();
            let expected = if old == stored { 422 } else { 409 };
            assert_eq!(status, expected, "seed {seed}, round {round}");
        }
    }
}
