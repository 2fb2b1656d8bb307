//! The keeper: a thread for durable work that no acknowledgement waits for.
//!
//! It writes the high-water mark when the head has moved and prepares the next segment. Failing at either is not an
//! error here: the mark is tried again at the next tick and once more at close, the segment by the writer itself.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use crate::{
    disk::Disk,
    guard::Guard,
    journal::{JournalIndex, Spare, SpareSlot, lock_spare},
};

/// How far the mark may lag behind the head.
const GUARD_EVERY: Duration = Duration::from_millis(500);

/// What the keeper is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Prepare the next segment.
    Spare,
    /// Write the high-water mark now.
    Guard,
    /// End.
    Stop,
}

/// What the keeper works on.
#[derive(Debug)]
pub(crate) struct Duties {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) index: Arc<JournalIndex>,
    pub(crate) spare: Arc<SpareSlot>,
    pub(crate) journal: PathBuf,
    pub(crate) segment_bytes: u64,
    pub(crate) guard: Arc<Guard>,
}

/// The running thread.
#[derive(Debug)]
pub(crate) struct Keeper {
    tasks: Sender<Task>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(crate) fn start(
        duties: Duties,
        tasks: (Sender<Task>, Receiver<Task>),
    ) -> std::io::Result<Self> {
        let (sender, receiver) = tasks;
        let thread = std::thread::Builder::new()
            .name("log-keeper".to_owned())
            .spawn(move || duties.run(&receiver))?;
        Ok(Self {
            tasks: sender,
            thread: Some(thread),
        })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Both fail only when the thread is gone already.
        self.tasks.send(Task::Stop).ok();
        drop(self.thread.take().map(JoinHandle::join));
    }
}

impl Duties {
    fn run(&self, tasks: &Receiver<Task>) {
        let mut at = Instant::now();
        loop {
            let task = tasks.recv_timeout(GUARD_EVERY);
            match task {
                Ok(Task::Spare) => self.prepare_spare(),
                Ok(Task::Guard) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Task::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            if task == Ok(Task::Guard) || at.elapsed() >= GUARD_EVERY {
                at = Instant::now();
                // Tried again at the next tick, and once more at close.
                self.guard.write(self.index.head()).ok();
            }
        }
    }

    fn prepare_spare(&self) {
        let mut slot = lock_spare(&self.spare);
        if slot.is_none() {
            *slot = Spare::prepare(&*self.disk, &self.journal, self.segment_bytes).ok();
        }
    }
}

/// The keeper's inbox.
pub(crate) fn tasks() -> (Sender<Task>, Receiver<Task>) {
    mpsc::channel()
}
