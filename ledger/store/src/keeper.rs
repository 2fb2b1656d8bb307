//! The keeper: a thread for durable work that no acknowledgement waits for.
//!
//! It writes the high-water mark when the head has moved and prepares the next segment. Failing at either stops nothing
//! here: the mark is tried again at the next tick and once more at close, the segment by the writer itself. A mark that
//! stays behind protects less, so an operator is told when that begins and when it is over.

use std::{
    io,
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
    pub(crate) fn start(duties: Duties, tasks: (Sender<Task>, Receiver<Task>)) -> io::Result<Self> {
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
        let mut failing = false;
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
                let written = self.guard.write(self.index.head());
                if turned(&mut failing, &written) {
                    self.tell(written);
                }
            }
        }
    }

    /// Says that writing the mark has begun to fail, or works again.
    fn tell(&self, written: io::Result<()>) {
        let path = self.guard.path().display();
        match written {
            Ok(()) => tracing::info!(%path, "high-water mark written again"),
            Err(error) => tracing::error!(
                %path,
                error = &error as &dyn std::error::Error,
                "high-water mark not written; it falls behind the entries until it can be"
            ),
        }
    }

    fn prepare_spare(&self) {
        let mut slot = lock_spare(&self.spare);
        if slot.is_none() {
            *slot = Spare::prepare(&*self.disk, &self.journal, self.segment_bytes).ok();
        }
    }
}

/// Whether failing has begun or ended with this outcome; `failing` is what it was before, and becomes what it is.
fn turned(failing: &mut bool, outcome: &io::Result<()>) -> bool {
    let before = std::mem::replace(failing, outcome.is_err());
    before != *failing
}

/// The keeper's inbox.
pub(crate) fn tasks() -> (Sender<Task>, Receiver<Task>) {
    mpsc::channel()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_told_once_that_it_fails_and_once_that_it_works_again() {
        let failed = || Err(io::ErrorKind::StorageFull.into());
        let outcomes = [Ok(()), failed(), failed(), Ok(()), Ok(()), failed()];
        let mut failing = false;
        let told = outcomes.map(|outcome| turned(&mut failing, &outcome));
        assert_eq!(told, [false, true, false, true, false, true]);
    }
}
