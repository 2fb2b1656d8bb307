//! Honest logs that grow, and views that were forged with the right key.

use std::path::Path;
use std::time::Duration;

use caseledger_chain::{Origin, SigningKey};

use super::patience::VIEW_TIME;
use super::*;
use crate::publish::tests::{Log, key};
use crate::source::Resource;

/// A view that takes its time for every file.
struct Slow(Log, Duration);

impl LogSource for Slow {
    fn locate(&self, resource: &Resource) -> String {
        self.0.locate(resource)
    }

    async fn read(&self, resource: Resource) -> Result<Bytes, SourceError> {
        tokio::time::sleep(self.1).await;
        self.0.read(resource).await
    }
}

/// A view; none is one that nobody answers for.
#[derive(Clone)]
struct At(Option<Log>);

impl LogSource for At {
    fn locate(&self, resource: &Resource) -> String {
        format!("log:{resource}")
    }

    async fn read(&self, resource: Resource) -> Result<Bytes, SourceError> {
        match &self.0 {
            Some(log) => log.read(resource).await,
            None => Err(SourceError::Unreachable {
                at: self.locate(&resource),
                source: "nobody".into(),
            }),
        }
    }
}

/// One look at views named by letters, from the state in a directory.
async fn look(dir: &Path, views: &[Option<&Log>]) -> Look {
    let state = MonitorState::open(dir).unwrap();
    let views = ["a", "b", "c"].into_iter().zip(views);
    let views = views.map(|(place, log)| (place.to_owned(), At(log.cloned())));
    let resumed = Monitor::resume(key().verifier().clone(), views.collect(), &state);
    let mut monitor = resumed.unwrap();
    let look = monitor.look().await;
    monitor.keep(&look, &state).unwrap();
    look
}

/// The same history up to `fork`, another one behind it.
fn forked(size: usize, fork: usize) -> Log {
    let mut entries = Log::new(size).entries;
    for entry in entries.iter_mut().skip(fork) {
        entry.extend(b", another history");
    }
    Log::of(entries)
}

fn kinds(look: &Look) -> Vec<(&str, &str)> {
    let found = look.found.iter();
    found
        .map(|found| (found.place.as_str(), found.fault.kind()))
        .collect()
}

/// What was found, and how many of it a stranger can be convinced of with the key alone.
fn convincing(look: &Look) -> usize {
    let evidence = look
        .found
        .iter()
        .filter_map(|found| found.evidence.as_deref());
    evidence
        .map(|evidence| {
            let read = Evidence::verify(&evidence.render(), key().verifier()).unwrap();
            assert_eq!(read, *evidence);
        })
        .count()
}

/// What each view is.
type Step = Vec<Option<Log>>;
/// Name, what was looked at before, what is looked at then, what is found, how much is proven.
type Row<'a> = (&'a str, Vec<Step>, Step, &'a [(&'a str, &'a str)], usize);

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one row per deviation")]
async fn every_deviation_has_its_name_and_its_evidence() {
    let log = Log::new;
    let signer = SigningKey::from_seed("ledger.example/test".parse().unwrap(), &[6; 32]);
    let mut foreign = log(600);
    let origin = Origin::parse("ledger.example/test").unwrap();
    let checkpoint =
        caseledger_chain::Checkpoint::new(origin, foreign.tree.size(), foreign.tree.root());
    foreign.note = checkpoint.sign(&signer).unwrap().into_note();
    let mut silent = log(600);
    silent.note.clear();
    let table: Vec<Row<'_>> = vec![
        (
            "one log, two views, one behind",
            vec![vec![Some(log(300)), Some(log(200))]],
            vec![Some(log(70_000)), Some(log(600))],
            &[],
            0,
        ),
        (
            "split view at one size",
            vec![],
            vec![Some(log(600)), Some(forked(600, 3))],
            &[("b", "split-view")],
            1,
        ),
        (
            "split view at two sizes",
            vec![],
            vec![Some(forked(512, 511)), Some(log(70_000))],
            &[("a", "split-view")],
            1,
        ),
        (
            "split view in which the newest entry is another one",
            vec![],
            vec![Some(log(257)), Some(forked(257, 256)), Some(log(258))],
            &[("b", "split-view")],
            1,
        ),
        (
            "split between views that were never seen together",
            vec![vec![Some(log(600)), None], vec![None, Some(log(300))]],
            vec![None, Some(forked(700, 599))],
            &[("b", "history-rewritten")],
            1,
        ),
        (
            "a log rolled back to its own past",
            vec![vec![Some(log(600))]],
            vec![Some(log(300))],
            &[("a", "rolled-back")],
            0,
        ),
        (
            "a log rolled back to another past, with a mirror that proves it",
            vec![vec![Some(log(600)), Some(log(600))]],
            vec![Some(forked(300, 10)), Some(log(600))],
            &[("a", "split-view"), ("a", "history-rewritten")],
            2,
        ),
        (
            "a mirror that is behind what the log had",
            vec![vec![Some(log(600)), Some(log(200))]],
            vec![None, Some(log(300))],
            &[],
            0,
        ),
        (
            "a fork behind a new address, smaller than what was verified elsewhere",
            vec![vec![None, Some(log(600))]],
            vec![Some(forked(300, 10))],
            &[("a", "rolled-back")],
            0,
        ),
        (
            "a tail that was rewritten",
            vec![vec![Some(log(600))]],
            vec![Some(forked(700, 599))],
            &[("a", "history-rewritten")],
            1,
        ),
        (
            "a history rewritten at its size",
            vec![vec![Some(log(600))]],
            vec![Some(forked(600, 0))],
            &[("a", "history-rewritten")],
            1,
        ),
        (
            "another key",
            vec![vec![Some(log(300))]],
            vec![Some(foreign), Some(log(300))],
            &[("a", "checkpoint-not-signed")],
            0,
        ),
        (
            "no signature",
            vec![],
            vec![Some(silent)],
            &[("a", "checkpoint-not-signed")],
            0,
        ),
        (
            "a tile of another tree",
            vec![vec![Some(log(300))]],
            vec![Some(log(600).forging("tile/0/001"))],
            &[("a", "tile-differs")],
            0,
        ),
        (
            "a right edge of another tree",
            vec![],
            vec![Some(log(600).forging("tile/1/000.p/2"))],
            &[("a", "tile-differs")],
            0,
        ),
    ];
    for (name, before, now, found, proven) in table {
        let dir = tempfile::tempdir().unwrap();
        for step in &before {
            let seen = look(
                dir.path(),
                &step.iter().map(Option::as_ref).collect::<Vec<_>>(),
            )
            .await;
            assert_eq!(kinds(&seen), [], "{name}");
        }
        let now: Vec<_> = now.iter().map(Option::as_ref).collect();
        let seen = look(dir.path(), &now).await;
        assert_eq!(kinds(&seen), found, "{name}");
        assert_eq!(convincing(&seen), proven, "{name}");
        // Nothing of it was kept, so it is found again.
        let again = look(dir.path(), &now).await;
        assert_eq!(kinds(&again), found, "{name}");
    }
}

#[tokio::test]
async fn proofs_from_tiles_are_those_of_the_tree() {
    for new in [1, 2, 255, 256, 257, 512, 600, 65_536, 65_539, 70_000] {
        let log = Log::new(new);
        let checkpoint = caseledger_chain::Checkpoint::open(log.note.as_bytes(), key().verifier());
        let mut tiles = Tiles::load(&log, &checkpoint.unwrap()).await.unwrap();
        let edges = [
            1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537,
        ];
        for old in edges.into_iter().chain([new - 1, new]) {
            let old = Size::new(old as u64);
            if old.is_zero() || old > log.tree.size() {
                continue;
            }
            let expected = caseledger_chain::consistency_proof(&log.tree, old, log.tree.size());
            assert_eq!(
                tiles.proof(old).await.unwrap(),
                expected.unwrap(),
                "{old} to {new}"
            );
        }
    }
}

#[tokio::test]
async fn what_was_verified_is_known_after_a_restart_and_a_lost_write_is_caught_up() {
    let dir = tempfile::tempdir().unwrap();
    let kept = || {
        let entries = std::fs::read_dir(dir.path()).unwrap();
        let mut files: Vec<_> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|ending| ending == "checkpoint")
            })
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    };
    for size in [0, 1, 255, 256, 300, 300, 66_000] {
        let log = Log::new(size);
        let before = kept();
        assert_eq!(kinds(&look(dir.path(), &[Some(&log)]).await), []);
        let after = kept();
        assert_eq!(after.len(), 2);
        assert!(after.iter().all(|(_, note)| note == log.note.as_bytes()));
        // A kill behind the first write: a file has its old content, another is half written.
        if let (Some((path, note)), Some((other, _))) = (before.first(), after.last()) {
            std::fs::write(path, note).unwrap();
            let name = other.file_name().unwrap().to_string_lossy();
            std::fs::write(dir.path().join(format!(".{name}.new")), "ledger").unwrap();
        }
        assert_eq!(kinds(&look(dir.path(), &[Some(&log)]).await), []);
        assert_eq!(kept(), after);
    }
}

#[tokio::test]
async fn a_view_that_nobody_answers_for_is_no_finding_and_forgets_nothing() {
    let dir = tempfile::tempdir().unwrap();
    look(dir.path(), &[Some(&Log::new(300)), Some(&Log::new(300))]).await;
    let seen = look(dir.path(), &[None, Some(&Log::new(400))]).await;
    assert_eq!(kinds(&seen), []);
    assert!(seen.shown.first().unwrap().trouble.is_some());
    assert_eq!(seen.ahead().unwrap().0, 1);
    let seen = look(dir.path(), &[Some(&Log::new(299)), None]).await;
    assert_eq!(kinds(&seen), [("a", "rolled-back")]);
}

#[tokio::test]
async fn a_view_behind_what_was_verified_is_unread_until_somebody_has_the_tiles_that_tell() {
    let unread = |look: &Look| -> Vec<bool> {
        let shown = look.shown.iter();
        shown.map(|shown| shown.trouble.is_some()).collect()
    };
    let dir = tempfile::tempdir().unwrap();
    let (whole, behind) = (Log::new(600), Log::new(200));
    look(dir.path(), &[Some(&whole), Some(&behind)]).await;
    // It moves on to a fork, or is honest: nobody can tell, and nothing is kept.
    for moved in [forked(300, 250), Log::new(300)] {
        let seen = look(dir.path(), &[None, Some(&moved)]).await;
        assert_eq!(kinds(&seen), []);
        assert_eq!(unread(&seen), [true, true]);
        assert!(seen.ahead().is_none());
    }
    let seen = look(dir.path(), &[Some(&whole), Some(&forked(300, 250))]).await;
    assert_eq!(kinds(&seen).first(), Some(&("b", "split-view")));
    // Partial tiles of 600 are not there any more; the tree of 700 tells as well.
    let grown = Log::new(700).forging("tile/0/002.p/88");
    let seen = look(dir.path(), &[Some(&grown), Some(&Log::new(300))]).await;
    assert_eq!((kinds(&seen), unread(&seen)), (vec![], vec![false, false]));
}

#[tokio::test(start_paused = true)]
async fn a_view_that_answers_slowly_is_given_up_and_the_others_are_read() {
    let dir = tempfile::tempdir().unwrap();
    look(dir.path(), &[Some(&Log::new(300)), Some(&Log::new(300))]).await;
    let state = MonitorState::open(dir.path()).unwrap();
    // Less than any one request may take.
    let seconds = [("a", 29), ("b", 0), ("c", 29)];
    let views = seconds.map(|(place, seconds)| {
        let slow = Slow(Log::new(70_000), Duration::from_secs(seconds));
        (place.to_owned(), slow)
    });
    let monitor = Monitor::resume(key().verifier().clone(), views.into(), &state).unwrap();
    // The views share nothing but the comparison, so that no time adds up; the clock is not that of the wall.
    let look = tokio::time::timeout(VIEW_TIME * 2, monitor.look()).await;
    let seen = look.expect("the views wait for each other");
    assert_eq!(kinds(&seen), []);
    let unread = seen.shown.iter().map(|shown| shown.trouble.is_some());
    assert_eq!(unread.collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(seen.ahead().unwrap().0, 1);
}

#[tokio::test]
async fn evidence_proves_nothing_once_anything_in_it_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let seen = look(dir.path(), &[Some(&forked(300, 299)), Some(&Log::new(600))]).await;
    let evidence = seen.found.first().unwrap().evidence.as_ref().unwrap();
    let text = evidence.render();
    let own = key();
    for line in 0..text.lines().count() {
        let without: String = text
            .split_inclusive('\n')
            .enumerate()
            .filter(|(at, _)| *at != line)
            .map(|(_, line)| line)
            .collect();
        assert!(
            Evidence::verify(&without, own.verifier()).is_err(),
            "{line}"
        );
    }
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        assert!(Evidence::is_claimed_by(&bytes), "{at}");
        if let Ok(changed) = String::from_utf8(bytes) {
            assert!(Evidence::verify(&changed, own.verifier()).is_err(), "{at}");
        }
    }
    assert!(Evidence::verify(&format!("{text}\n"), own.verifier()).is_err());
    let other = SigningKey::from_seed("ledger.example/test".parse().unwrap(), &[6; 32]);
    assert!(Evidence::verify(&text, other.verifier()).is_err());
    // Two checkpoints of one log contradict nothing, whatever root is claimed for the older.
    let open = |log: &Log| Signed::open(log.note.as_bytes(), own.verifier()).unwrap();
    let (old, new) = (Log::new(256), Log::new(600));
    let proof = caseledger_chain::consistency_proof(&new.tree, old.tree.size(), new.tree.size());
    let proof = proof.unwrap();
    let refused = Evidence::prove(open(&old), open(&new), old.tree.root(), proof.clone());
    assert!(matches!(refused, Err(EvidenceError::Consistent)));
    let refused = Evidence::prove(open(&old), open(&new), new.tree.root(), proof);
    assert!(matches!(refused, Err(EvidenceError::Proof(_))));
}

#[test]
fn one_monitor_uses_a_directory_and_evidence_is_filed_once() {
    let dir = tempfile::tempdir().unwrap();
    let state = MonitorState::open(dir.path()).unwrap();
    let second = MonitorState::open(dir.path()).unwrap_err();
    assert!(matches!(second, StateError::Locked { .. }), "{second}");
    let evidence = |fork| {
        let open = |log: &Log| Signed::open(log.note.as_bytes(), key().verifier()).unwrap();
        let second = Log::new(300);
        let (first, root) = (open(&forked(300, fork)), second.tree.root());
        Evidence::prove(first, open(&second), root, Vec::new()).unwrap()
    };
    let first = state.file(&evidence(1)).unwrap();
    assert_eq!(first, dir.path().join("evidence-1.txt"));
    assert_ne!(state.file(&evidence(2)).unwrap(), first);
    assert_eq!(state.file(&evidence(1)).unwrap(), first);
}

#[tokio::test]
async fn a_state_that_was_changed_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    look(dir.path(), &[Some(&Log::new(300))]).await;
    let state = MonitorState::open(dir.path()).unwrap();
    let views = || vec![("a".to_owned(), At(None))];
    let monitor = Monitor::resume(key().verifier().clone(), views(), &state).unwrap();
    let kept = dir.path().join(&monitor.file);
    let note = std::fs::read_to_string(&kept).unwrap();
    std::fs::write(&kept, note.replace("\n300\n", "\n200\n")).unwrap();
    let refused = Monitor::resume(key().verifier().clone(), views(), &state);
    let refused = refused.err().unwrap();
    assert!(
        matches!(&refused, StateError::Checkpoint { path, .. } if *path == kept),
        "{refused}"
    );
}
