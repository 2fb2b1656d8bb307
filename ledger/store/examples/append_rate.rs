//! Prints what the store does on this machine: append, random read, open after a clean close and after a crash.
//!
//! ```text
//! cargo run --release -p caseledger-store --example append_rate -- [entries] [folder]
//! ```

#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use std::{
    error::Error,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use caseledger_chain::{
    Digest, Header, KeyName, LedgerId, MessageId, Position, SigningKey, StreamKey, SubmitterId,
    chain_hash, encode, leaf_hash,
};
use caseledger_store::{Commit, CommitLog, FileLog, Head, Meta, OpenOptions, Paths};

type Outcome<T> = Result<T, Box<dyn Error>>;

const LEDGER: LedgerId = LedgerId::from_bytes([1; 16]);

/// Builds a commit of `count` entries of about 300 bytes.
fn commit(head: Head, count: usize, submitter: SubmitterId) -> Outcome<Arc<Commit>> {
    let mut commit = Commit::new(Position::new(head.size.get()), head.chain);
    let mut at = head;
    for _ in 0..count {
        let position = at.size.get();
        let mut id = [0; 16];
        id[..8].copy_from_slice(&position.to_be_bytes());
        let header = Header {
            ledger: LEDGER,
            position: Position::new(position),
            recorded_at: position,
            prev: at.chain,
            stream: StreamKey { kind: 1, id },
            revision: 0,
            stream_prev: Digest::ZERO,
            submitter,
            submitter_seq: 0,
            message_id: MessageId::from_bytes(id),
            part: 0,
            parts: 1,
            content: at.chain,
            commitment: Digest::ZERO,
            body_type: 1,
            body_version: 1,
        };
        encode(&header, &[7; 60], commit.entries_mut())?;
        commit.seal_entry()?;
        let entry = commit.entry(commit.len() - 1);
        let (leaf, hash) = (leaf_hash(entry), chain_hash(entry));
        commit.push_leaf(leaf);
        at = Head::new(position + 1, hash);
    }
    commit.set_last_chain(at.chain);
    Ok(Arc::new(commit))
}

fn rate(label: &str, count: u32, took: Duration) {
    let per_second = f64::from(count) / took.as_secs_f64();
    println!(
        "{label:<44} {count:>9} in {:>8.1} ms {per_second:>12.0} /s",
        took.as_secs_f64() * 1e3
    );
}

/// Appends `entries` in commits of `group` and reports the time in `append` alone.
fn append(log: &mut FileLog, entries: usize, group: usize) -> Outcome<()> {
    let submitter = SubmitterId::parse("bench.example")?;
    let (mut head, mut took) = (log.head()?, Duration::ZERO);
    let started = Instant::now();
    for _ in 0..entries / group {
        let commit = commit(head, group, submitter)?;
        let start = Instant::now();
        head = log.append(head, commit)?;
        took += start.elapsed();
    }
    let count = u32::try_from(entries / group * group)?;
    rate(
        &format!("append, {group} per commit, in append"),
        count,
        took,
    );
    rate(
        &format!("append, {group} per commit, with encoding"),
        count,
        started.elapsed(),
    );
    Ok(())
}

fn random_reads(log: &FileLog) -> Outcome<()> {
    let reader = log.reader();
    let (size, mut at) = (reader.head().size.get(), 1_u64);
    for label in ["random entry reads, first", "random entry reads, warm"] {
        let start = Instant::now();
        let mut bytes = 0;
        for _ in 0..200_000 {
            at = at
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            bytes += reader
                .entry(Position::new((at >> 20) % size))?
                .map_or(0, |entry| entry.len());
        }
        rate(label, 200_000, start.elapsed());
        assert!(bytes > 0);
    }
    Ok(())
}

fn open(paths: &Paths, label: &str) -> Outcome<FileLog> {
    let start = Instant::now();
    let (log, report) = FileLog::open(paths, OpenOptions::default(), &())?;
    println!(
        "{label:<44} {:>8.1} ms, {:?}",
        start.elapsed().as_secs_f64() * 1e3,
        report.store
    );
    Ok(log)
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Outcome<()> {
    std::fs::create_dir_all(to)?;
    for file in std::fs::read_dir(from)? {
        let file = file?;
        let target = to.join(file.file_name());
        if file.file_type()?.is_dir() {
            copy(&file.path(), &target)?;
        } else {
            std::fs::copy(file.path(), target)?;
        }
    }
    Ok(())
}

fn bytes(folder: &std::path::Path) -> Outcome<u64> {
    let mut sum = 0;
    for file in std::fs::read_dir(folder)? {
        let file = file?;
        sum += if file.file_type()?.is_dir() {
            bytes(&file.path())?
        } else {
            file.metadata()?.len()
        };
    }
    Ok(sum)
}

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let entries: usize = arguments
        .next()
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = arguments
        .next()
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = tempfile::tempdir_in(folder)?;
    let paths = Paths::new(dir.path().join("data"), dir.path().join("guard"))?;
    let key = SigningKey::from_seed(KeyName::parse("bench.example")?, &[1; 32]);
    let meta = Meta::new(LEDGER, key.verifier().clone(), Digest::ZERO, "append_rate")?;
    FileLog::init(&paths, &meta)?;
    let mut log = open(&paths, "open, new")?;
    append(&mut log, 5_000, 1)?;
    append(&mut log, 50_000, 64)?;
    append(&mut log, entries, 1000)?;
    // What a kill leaves: the copy is taken while everything runs.
    let crashed = Paths::new(dir.path().join("crashed"), dir.path().join("crashed guard"))?;
    copy(paths.data(), crashed.data())?;
    std::fs::copy(paths.guard(), crashed.guard())?;
    random_reads(&log)?;
    let start = Instant::now();
    Box::new(log).close()?;
    println!(
        "{:<44} {:>8.1} ms",
        "close",
        start.elapsed().as_secs_f64() * 1e3
    );
    let (journal, store) = (bytes(&paths.journal())?, bytes(&paths.store())?);
    println!("bytes: journal {journal}, store {store}");
    let log = open(&paths, "open, closed cleanly")?;
    random_reads(&log)?;
    Box::new(log).close()?;
    Box::new(open(&crashed, "open, after a kill")?).close()?;
    std::fs::remove_dir_all(paths.store())?;
    Box::new(open(&paths, "open, store deleted")?).close()?;
    Ok(())
}
