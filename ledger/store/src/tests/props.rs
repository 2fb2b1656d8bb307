//! The log on disk against the log in memory, under generated operations.

use std::sync::Arc;

use caseledger_chain::{Position, Size};
use proptest::prelude::*;

use super::support::{World, all_entries, check_whole, commit};
use crate::{CommitLog, FileLog, MemoryLog, ReadLimit};

#[derive(Clone, Debug)]
enum Op {
    Append(Vec<usize>),
    Checkpoint(u64),
    Snapshot(u8, usize),
    Read(u64, usize, usize),
    Close,
    Drop,
    /// Power cut that keeps nothing but what was synced: the journal.
    Cut,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => prop::collection::vec(prop_oneof![0..400_usize, 5700..6300_usize], 1..12)
            .prop_filter("one frame must fit a segment", |b| b.iter().sum::<usize>() < 12_000)
            .prop_map(Op::Append),
        2 => any::<u64>().prop_map(Op::Checkpoint),
        1 => (0..3_u8, 0..20_000_usize).prop_map(|(name, len)| Op::Snapshot(name, len)),
        3 => (any::<u64>(), 0..50_usize, 0..9000_usize).prop_map(|(at, n, b)| Op::Read(at, n, b)),
        1 => Just(Op::Close),
        1 => Just(Op::Drop),
        1 => Just(Op::Cut),
    ]
}

struct Pair {
    world: World,
    file: FileLog,
    memory: MemoryLog,
    /// Derived records survive a clean close; what was not flushed may be lost in a crash.
    derived_may_lag: bool,
}

impl Pair {
    fn reopen(self, how: &Op) -> Self {
        let Self {
            world,
            file,
            memory,
            derived_may_lag,
        } = self;
        let (world, derived_may_lag) = match how {
            Op::Close => {
                Box::new(file).close().unwrap();
                (world, derived_may_lag)
            }
            Op::Cut => {
                let copy = world.copy();
                drop(file);
                (copy, true)
            }
            _ => {
                drop(file);
                (world, true)
            }
        };
        let (file, report) = world.open();
        assert_eq!(report.head, memory.head().unwrap());
        assert_eq!(report.torn_bytes_cut, 0);
        Self {
            world,
            file,
            memory,
            derived_may_lag,
        }
    }

    fn apply(mut self, op: &Op) -> Self {
        let head = self.memory.head().unwrap();
        let size = head.size.get();
        match op {
            Op::Append(bodies) => {
                let commit = commit(head, bodies);
                let expected = self.memory.append(head, Arc::clone(&commit)).unwrap();
                assert_eq!(self.file.append(head, commit).unwrap(), expected);
            }
            Op::Checkpoint(at) => {
                let at = Size::new(at % (size + 2));
                let note = at.get().to_string();
                let expected = self.memory.record_checkpoint(at, note.as_bytes()).is_ok();
                assert_eq!(
                    self.file.record_checkpoint(at, note.as_bytes()).is_ok(),
                    expected
                );
            }
            Op::Snapshot(name, len) => {
                let (name, bytes) = (format!("view-{name}"), vec![*name; *len]);
                self.memory
                    .snapshots()
                    .save(&name, head.size, &bytes)
                    .unwrap();
                self.file
                    .snapshots()
                    .save(&name, head.size, &bytes)
                    .unwrap();
                assert_eq!(
                    self.file.snapshots().load(&name).unwrap(),
                    Some((head.size, bytes))
                );
            }
            Op::Read(at, entries, bytes) => {
                let at = Position::new(at % (size + 2));
                let max = ReadLimit {
                    entries: *entries,
                    bytes: *bytes,
                };
                let (file, memory) = (self.file.reader(), self.memory.reader());
                assert_eq!(file.read(at, max).ok(), memory.read(at, max).ok());
                assert_eq!(
                    file.leaves(at, *entries).ok(),
                    memory.leaves(at, *entries).ok()
                );
                assert_eq!(file.entry(at).unwrap(), memory.entry(at).unwrap());
                if !self.derived_may_lag {
                    let expected = memory.checkpoint_covering(at).unwrap();
                    assert_eq!(file.checkpoint_covering(at).unwrap(), expected);
                }
            }
            Op::Close | Op::Drop | Op::Cut => return self.reopen(op),
        }
        self
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn behaves_like_the_log_in_memory(ops in prop::collection::vec(op(), 1..40)) {
        let world = World::new();
        let (file, _) = world.open();
        let pair = Pair { world, file, memory: MemoryLog::new(), derived_may_lag: false };
        let pair = ops.iter().fold(pair, Pair::apply);
        let head = pair.memory.head().unwrap();
        check_whole(&*pair.file.reader(), head);
        assert_eq!(all_entries(&*pair.file.reader()), all_entries(&*pair.memory.reader()));
        drop(pair.world);
    }

    #[test]
    fn scan_never_panics_and_ends_on_any_bytes(
        edits in prop::collection::vec((any::<u16>(), any::<u8>()), 1..30),
        cut in any::<u16>(),
    ) {
        let world = World::new();
        world.fill(&[&[10, 20], &[30], &[200; 8]]);
        super::support::edit(&world.segments()[0], |bytes| {
            for (at, value) in &edits {
                let at = usize::from(*at) % 2500;
                bytes[at] = *value;
            }
            bytes.truncate(usize::from(cut));
        });
        let ledger = super::support::LEDGER;
        let mut scan = crate::JournalScan::open(world.paths.journal(), ledger).unwrap();
        let mut items = 0;
        while scan.next_frame().is_some() {
            items += 1;
            assert!(items < 1000);
        }
        drop(crate::journal::Tail::scan(&world.paths.journal(), ledger));
    }
}
