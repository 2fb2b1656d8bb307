//! The fault matrix: each durable step of the journal fails, with nothing, everything or half of it persisted. Columns
//! say what the append answers and whether the log goes on; behind each row the ledger is opened again and compared.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use super::support::{LEDGER, World, check_whole, commit};
use crate::{
    AppendError, CommitLog, Head, JournalScan, Unavailable,
    disk::{Disk, DiskFile, RealDisk},
    open::{open_on, restore_guard_on},
};

/// A durable step, told apart by what was last written to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    WriteFrame,
    SyncFrame,
    WriteFooter,
    Truncate,
    SyncFooter,
    ReadOnly,
    CreateSpare,
    WriteZeros,
    SyncZeros,
    WriteHeader,
    SyncHeader,
    Rename,
    SyncFolder,
    /// The guard and the mark have other files.
    Other,
}

/// What is on the disk although the step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    All,
    Half,
}

#[derive(Clone, Debug)]
struct Fault {
    steps: Vec<Step>,
    left: Left,
    kind: io::ErrorKind,
}

/// The real disk, with the armed fault.
#[derive(Clone, Debug, Default)]
struct FaultyDisk {
    armed: Arc<Mutex<Option<Fault>>>,
    renamed: Arc<Mutex<Option<(PathBuf, PathBuf)>>>,
    unsynced: Arc<Mutex<Option<Unsynced>>>,
}

/// A file and what the disk has of it, when the page cache has more.
type Unsynced = (PathBuf, Vec<u8>);

#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    file: Box<dyn DiskFile>,
    /// For reading back what the last sync had.
    readable: fs::File,
    journal: bool,
    state: Mutex<FileState>,
}

#[derive(Debug)]
struct FileState {
    synced: Vec<u8>,
    last: Step,
    written: (Vec<u8>, u64),
}

impl FaultyDisk {
    fn arm(&self, fault: Option<Fault>) {
        *self.armed.lock().unwrap() = fault;
    }

    fn fault(&self, step: Step) -> Option<Fault> {
        self.armed
            .lock()
            .unwrap()
            .clone()
            .filter(|fault| fault.steps.contains(&step))
    }

    /// Fails a step that either happens or does not.
    fn step(&self, step: Step, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let Some(fault) = self.fault(step) else {
            return act();
        };
        if fault.left == Left::All {
            act()?;
        }
        Err(fault.kind.into())
    }

    fn wrap(&self, path: &Path, file: Box<dyn DiskFile>) -> io::Result<Box<dyn DiskFile>> {
        let readable = fs::File::options().read(true).write(true).open(path)?;
        let unsynced = self.unsynced.lock().unwrap().clone();
        let durable = unsynced.filter(|(of, _)| of == path);
        let state = FileState {
            synced: durable.map_or_else(|| fs::read(path), |(_, bytes)| Ok(bytes))?,
            last: Step::Other,
            written: (Vec::new(), 0),
        };
        let journal = is_journal(path);
        let (disk, state) = (self.clone(), Mutex::new(state));
        Ok(Box::new(FaultyFile {
            disk,
            file,
            readable,
            journal,
            state,
        }))
    }
}

fn is_journal(path: &Path) -> bool {
    path.parent()
        .is_some_and(|folder| folder.ends_with("journal"))
        || path.ends_with("journal")
}

impl Disk for FaultyDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let step = if is_journal(path) {
            Step::CreateSpare
        } else {
            Step::Other
        };
        if let Some(fault) = self.fault(step) {
            if fault.left == Left::All {
                RealDisk.create(path)?;
            }
            return Err(fault.kind.into());
        }
        self.wrap(path, RealDisk.create(path)?)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.wrap(path, RealDisk.open(path)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if !is_journal(to) {
            return RealDisk.rename(from, to);
        }
        *self.renamed.lock().unwrap() = Some((from.to_owned(), to.to_owned()));
        self.step(Step::Rename, || RealDisk.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        if !is_journal(dir) {
            return RealDisk.sync_dir(dir);
        }
        if self
            .fault(Step::SyncFolder)
            .is_some_and(|fault| fault.left == Left::Nothing)
            && let Some((from, to)) = self.renamed.lock().unwrap().take()
        {
            RealDisk.rename(&to, &from)?;
        }
        self.step(Step::SyncFolder, || RealDisk.sync_dir(dir))
    }

    fn set_read_only(&self, path: &Path) -> io::Result<()> {
        self.step(Step::ReadOnly, || RealDisk.set_read_only(path))
    }
}

impl FaultyFile {
    /// Puts back what was there at the last sync, and the first `keep` bytes of the last write.
    fn lose(&self, state: &FileState, keep: usize) -> io::Result<()> {
        self.file.set_len(state.synced.len() as u64)?;
        self.file.write_all_at(&state.synced, 0)?;
        self.file
            .write_all_at(&state.written.0[..keep], state.written.1)
    }

    fn sync(&self, act: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut state = self.state.lock().unwrap();
        let step = match state.last {
            Step::WriteFrame => Step::SyncFrame,
            Step::WriteFooter => Step::SyncFooter,
            Step::WriteZeros => Step::SyncZeros,
            Step::WriteHeader => Step::SyncHeader,
            _ => Step::Other,
        };
        if let Some(fault) = self.disk.fault(step) {
            match fault.left {
                Left::All => {}
                Left::Nothing => self.lose(&state, 0)?,
                Left::Half => self.lose(&state, state.written.0.len() / 2)?,
            }
            return Err(fault.kind.into());
        }
        act()?;
        let len = self.readable.metadata()?.len() as usize;
        state.synced.resize(len, 0);
        std::os::unix::fs::FileExt::read_exact_at(&self.readable, &mut state.synced, 0)
    }
}

impl DiskFile for FaultyFile {
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let step = match bytes.get(..4) {
            _ if !self.journal => Step::Other,
            Some(b"CLFR") => Step::WriteFrame,
            Some(b"CLEN") => Step::WriteFooter,
            Some(b"CLSG") => Step::WriteHeader,
            _ => Step::WriteZeros,
        };
        let mut state = self.state.lock().unwrap();
        state.last = step;
        state.written = (bytes.to_vec(), offset);
        let Some(fault) = self.disk.fault(step) else {
            return self.file.write_all_at(bytes, offset);
        };
        let keep = match fault.left {
            Left::Nothing => 0,
            Left::All => bytes.len(),
            Left::Half => bytes.len() / 2,
        };
        self.file.write_all_at(&bytes[..keep], offset)?;
        Err(fault.kind.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync(|| self.file.sync_data())
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync(|| self.file.sync_all())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let step = if self.journal {
            Step::Truncate
        } else {
            Step::Other
        };
        self.disk.step(step, || self.file.set_len(len))
    }
}

/// What the append answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    FullDisk,
    Failed,
    Indeterminate,
}

/// Whether the next append on the same log succeeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Progress,
    Fatal,
}

fn check(steps: &[Step], left: Left, kind: io::ErrorKind, answer: Answer, then: Then) {
    let case = format!("{steps:?} leaves {left:?}, {kind}");
    let mut world = World::new();
    let disk = FaultyDisk::default();
    let opened = open_on(Arc::new(disk.clone()), &world.paths, &world.options, &());
    let (mut log, _) = opened.unwrap();
    let mut acknowledged = log
        .append(Head::EMPTY, commit(Head::EMPTY, &[100]))
        .unwrap();
    disk.arm(Some(Fault {
        steps: steps.to_vec(),
        left,
        kind,
    }));
    let mut tries = 0;
    let (error, end) = loop {
        assert!(tries < 20, "{case}: never happened");
        tries += 1;
        let next = commit(acknowledged, &[2000, 500]);
        let end = next.end();
        match log.append(acknowledged, next) {
            Ok(head) => acknowledged = head,
            Err(error) => break (error, end),
        }
    };
    let found = match &error {
        AppendError::Unavailable(Unavailable::FullDisk(_)) => Answer::FullDisk,
        AppendError::Unavailable(Unavailable::Failed(_)) => Answer::Failed,
        AppendError::Indeterminate(_) => Answer::Indeterminate,
        other => panic!("{case}: {other:?}"),
    };
    assert_eq!(found, answer, "{case}");
    check_whole(&*log.reader(), acknowledged);
    assert_eq!(
        log.head().ok(),
        (answer != Answer::Indeterminate).then_some(acknowledged),
        "{case}"
    );

    if answer == Answer::FullDisk {
        // A crash right here must not bring the refused commit back.
        let crashed = world.copy();
        let (_, report) = crashed.open();
        assert_eq!(
            (report.head, report.torn_bytes_cut),
            (acknowledged, 0),
            "{case}"
        );
    }
    disk.arm(None);
    match (log.append(acknowledged, commit(acknowledged, &[7])), then) {
        (Ok(head), Then::Progress) => acknowledged = head,
        (Err(AppendError::Unavailable(Unavailable::Stopped)), Then::Fatal) => {}
        (other, _) => panic!("{case}: then {other:?}"),
    }
    drop(log);

    world.options.segment_bytes = 32 << 10;
    let (mut log, report) = world
        .try_open()
        .unwrap_or_else(|error| panic!("{case}: {error}"));
    let possible = answer == Answer::Indeterminate && report.head == end;
    assert!(
        report.head == acknowledged || possible,
        "{case}: {report:?}"
    );
    check_whole(&*log.reader(), report.head);
    let head = log
        .append(report.head, commit(report.head, &[1, 2]))
        .unwrap();
    check_whole(&*log.reader(), head);
    Box::new(log).close().unwrap();
    let mut scan = JournalScan::open(world.paths.journal(), LEDGER).unwrap();
    while let Some(found) = scan.next_frame() {
        assert!(found.is_ok(), "{case}: {found:?}");
    }
    assert_eq!(scan.head(), head, "{case}");
}

const EVERY: [Left; 3] = [Left::Nothing, Left::All, Left::Half];
const EITHER: [Left; 2] = [Left::Nothing, Left::All];

#[test]
fn a_failing_frame_write_or_sync_stops_the_log_and_is_indeterminate() {
    for step in [Step::WriteFrame, Step::SyncFrame] {
        for left in EVERY {
            check(
                &[step],
                left,
                io::ErrorKind::Other,
                Answer::Indeterminate,
                Then::Fatal,
            );
        }
    }
}

#[test]
fn a_full_disk_refuses_the_commit_and_goes_on_when_there_is_space() {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    for left in EVERY {
        check(
            &[Step::WriteFrame],
            left,
            StorageFull,
            Answer::FullDisk,
            Then::Progress,
        );
        check(
            &[Step::WriteZeros],
            left,
            StorageFull,
            Answer::FullDisk,
            Then::Progress,
        );
        // What was written of the frame cannot be erased: nobody knows.
        let both = [Step::WriteFrame, Step::WriteZeros];
        check(&both, left, StorageFull, Answer::Indeterminate, Then::Fatal);
    }
    for left in EITHER {
        check(
            &[Step::CreateSpare],
            left,
            QuotaExceeded,
            Answer::FullDisk,
            Then::Progress,
        );
    }
    check(
        &[Step::SyncZeros],
        Left::Nothing,
        StorageFull,
        Answer::FullDisk,
        Then::Progress,
    );
}

#[test]
fn a_failing_change_of_segments_stops_the_log_and_writes_nothing_of_the_commit() {
    let torn = [
        Step::WriteFooter,
        Step::SyncFooter,
        Step::WriteHeader,
        Step::SyncHeader,
        Step::SyncZeros,
    ];
    for step in torn {
        for left in EVERY {
            check(
                &[step],
                left,
                io::ErrorKind::Other,
                Answer::Failed,
                Then::Fatal,
            );
        }
    }
    for step in [
        Step::Truncate,
        Step::ReadOnly,
        Step::CreateSpare,
        Step::Rename,
        Step::SyncFolder,
    ] {
        for left in EITHER {
            check(
                &[step],
                left,
                io::ErrorKind::Other,
                Answer::Failed,
                Then::Fatal,
            );
        }
    }
}

#[test]
fn open_makes_the_last_frame_durable_before_it_counts() {
    let world = World::new();
    world.fill(&[&[100], &[200]]);
    // Behind a failed sync the kernel may hold a frame that is not on the disk and believe it clean.
    for step in [Step::WriteFrame, Step::SyncFrame] {
        let disk = FaultyDisk::default();
        disk.arm(Some(Fault {
            steps: vec![step],
            left: Left::All,
            kind: io::ErrorKind::Other,
        }));
        let opened = open_on(Arc::new(disk), &world.paths, &world.options, &());
        assert!(
            matches!(opened, Err(crate::OpenError::Io { .. })),
            "{step:?}: {opened:?}"
        );
    }
}

#[test]
fn a_guard_is_made_again_only_over_a_frame_that_is_durable() {
    let world = World::new();
    let head = world.fill(&[&[100], &[200]]);
    fs::remove_file(world.paths.guard()).unwrap();
    for step in [Step::WriteFrame, Step::SyncFrame] {
        let disk = FaultyDisk::default();
        disk.arm(Some(Fault {
            steps: vec![step],
            left: Left::All,
            kind: io::ErrorKind::Other,
        }));
        let restored = restore_guard_on(&disk, &world.paths, head);
        assert!(
            matches!(restored, Err(crate::OpenError::Io { .. })),
            "{step:?}: {restored:?}"
        );
        assert!(!world.paths.guard().exists(), "{step:?}");
    }
    let restored = restore_guard_on(&FaultyDisk::default(), &world.paths, head);
    assert_eq!(restored.unwrap(), head);
}

#[test]
fn a_frame_that_was_only_in_the_page_cache_is_known_to_nobody_when_it_is_lost() {
    let world = World::new();
    let durable = world.fill(&[&[100]]);
    // Everything but the journal is as it was before the second commit.
    let crashed = world.copy();
    world.fill(&[&[200]]);
    let newest = crashed.segments().pop().unwrap();
    let on_disk = fs::read(&newest).unwrap();
    fs::copy(world.segments().pop().unwrap(), &newest).unwrap();

    let disk = FaultyDisk::default();
    *disk.unsynced.lock().unwrap() = Some((newest.clone(), on_disk.clone()));
    disk.arm(Some(Fault {
        steps: vec![Step::SyncFrame],
        left: Left::Nothing,
        kind: io::ErrorKind::Other,
    }));
    let opened = open_on(Arc::new(disk), &crashed.paths, &crashed.options, &());
    assert!(
        matches!(opened, Err(crate::OpenError::Io { .. })),
        "{opened:?}"
    );
    assert_eq!(fs::read(&newest).unwrap(), on_disk, "the frame is lost");
    let (log, report) = crashed.open();
    assert_eq!(report.head, durable);
    check_whole(&*log.reader(), durable);
}

#[test]
fn a_guard_that_cannot_be_written_is_known_to_be_behind() {
    let world = World::new();
    let disk = FaultyDisk::default();
    let opened = open_on(Arc::new(disk.clone()), &world.paths, &world.options, &());
    let (mut log, _) = opened.unwrap();
    let reader = log.reader();
    disk.arm(Some(Fault {
        steps: vec![Step::Other],
        left: Left::Nothing,
        kind: io::ErrorKind::StorageFull,
    }));
    let head = log
        .append(Head::EMPTY, commit(Head::EMPTY, &[100, 200]))
        .unwrap();
    assert_eq!(reader.guard_behind(), 2);
    disk.arm(None);
    Box::new(log).close().unwrap();
    assert_eq!(reader.guard_behind(), 0);
    drop(reader);
    let (log, _) = world.open();
    assert_eq!(
        (log.reader().guard_behind(), log.head().unwrap()),
        (0, head)
    );
}

#[test]
fn a_store_mark_that_cannot_be_written_fails_only_the_close() {
    let world = World::new();
    let disk = FaultyDisk::default();
    let opened = open_on(Arc::new(disk.clone()), &world.paths, &world.options, &());
    let (mut log, _) = opened.unwrap();
    let kind = io::ErrorKind::StorageFull;
    disk.arm(Some(Fault {
        steps: vec![Step::Other],
        left: Left::Nothing,
        kind,
    }));
    let head = log
        .append(Head::EMPTY, commit(Head::EMPTY, &[100]))
        .unwrap();
    assert!(Box::new(log).close().is_err());
    let (log, report) = world.try_open().unwrap();
    assert!(!report.clean_shutdown);
    check_whole(&*log.reader(), head);
}
