//! What is on disk: the journal that commits, and the store derived from it.
//!
//! ```text
//! append ── journal: one write + one fdatasync        <== THE COMMIT POINT
//!             │ acknowledged
//!             ├── tail      commits in memory that the store does not have yet
//!             ├── applier   one thread: packs entries and leaf hashes into the store
//!             └── keeper    one thread: high-water mark, next segment's zeros
//! read   ── store, then tail; only what is durable
//! open   ── meta, guard, journal tail, store under a watchdog, catch-up, comparison
//! ```
//!
//! What it is not: it knows no event and no view. Entries are opaque but for their chain hash; views are bytes.
//! It is blocking and has one writer.
//!
//! **Invariants.** S1 nothing is acknowledged before `fdatasync` returned. S2 no reader sees what is not durable.
//! S3 the store never knows more than the journal; if it does, the journal is damaged. S4 the store can be deleted
//! at any time. S5 one file names sled, one names bincode. S6 what was acknowledged and is not there is named, never
//! cut.

mod applier;
mod backlog;
mod bring_up;
mod commit;
pub mod derived;
mod disk;
mod file;
mod guard;
mod journal;
mod keeper;
mod log;
mod marks;
mod memory;
mod open;
mod pack;
mod paths;
mod reader;
mod regular;
mod sled;
mod snapshots;
mod store_error;

pub use commit::{Commit, CommitError, ENTRY_BYTES_MAX};
pub use file::FileLog;
pub use journal::{
    CopyError, CopySegment, Damage, Fault, JournalCopy, JournalScan, Part, ScannedFrame,
};
pub use log::{
    AppendError, CommitLog, Entries, Head, LogError, LogReader, ReadLimit, ReplayFrame, Snapshots,
    Unavailable,
};
pub use marks::MarkError;
pub use memory::MemoryLog;
pub use open::{
    Access, OpenError, OpenOptions, OpenReport, OpenStep, Progress, RebuildReason,
    SEGMENT_BYTES_MIN, StoreOpened, Witness,
};
pub use paths::{GuardInside, Meta, MetaError, Paths};
pub use regular::open_regular;
pub use store_error::{SNAPSHOT_NAME_MAX, StoreError};

#[cfg(test)]
mod tests;
