//! The engine: the single writer, and everything that follows from what it wrote.
//!
//! ```text
//! Job --inbox, bounded--> writer: idempotency, decide, encode, journal append + fdatasync
//!                                                              <== THE COMMIT POINT
//!                         tree, checkpoint, world, replies
//!                                 |
//!                                 +--bounded--> projector: views    <-- Reader
//!                                                                    <-- Prover
//! ```
//!
//! [`Engine::submit`] hands a [`Job`] to one thread, which decides against the state in memory and
//! commits as many waiting submissions as there are in one group. A reply is sent only after the
//! group is durable, and carries a [`Receipt`] for every entry: its exact bytes and the proof that
//! a signed checkpoint covers them.
//!
//! What it is not: it knows no wire and no async. Callers block or pass a closure.
//!
//! **Invariants.** E1 only the writer thread appends. E2 nothing is shown or acknowledged that is
//! not durable. E3 one message of one submitter is recorded at most once, for ever. E4 a submission
//! is recorded whole or not at all. E5 the same position has the same receipt bytes for ever.
//! E6 world, tree and views are folds of the journal: recovery runs the code of the live path.
//! E7 recorded time never goes backwards. E8 a read waits until the views hold everything that was
//! durable when it arrived. E9: what is private of an entry is durable with it, sealed; nothing of it is there in any other
//! form, and of a case it is destroyed wholly or not at all.

pub mod backup;
mod bits;
mod blob;
mod clock;
mod engine;
mod error;
mod feed;
pub mod fsck;
pub mod genesis;
pub mod guard;
mod identity;
pub mod index;
mod index_file;
mod index_key;
mod job;
mod keeper;
pub mod keys;
pub mod limits;
mod overlay;
mod own;
mod packed;
mod paths;
mod private;
mod projector;
mod prover;
mod publisher;
mod random;
mod reader;
mod receipt;
mod recovery;
pub mod restore;
pub mod rotation;
mod shared;
mod sidecar;
mod signers;
mod stored;
pub mod submitter_key;
mod tree;
pub mod vault;
mod world;
mod writer;

pub use clock::{Clock, Days, ManualClock, SystemClock, ZoneMissing, court_day};
pub use engine::{CloseError, Engine, Parts};
pub use error::{QueueError, ReadError, SignError, SubmitError};
pub use feed::{Feed, Gap};
pub use identity::{Identity, InitError, KeyFileError, init, read_secret};
pub use index_file::{IndexFileFault, ReplaceError};
pub use index_key::IndexKey;
pub use job::{Ack, Job, Outcome, Poster, Reply};
pub use keeper::SaveError;
pub use own::RecordError;
pub use paths::{LedgerPaths, PathsError};
pub use private::{
    KeysError, PartsWanted, PrivateError, PrivatePart, PrivateParts, ShredReplayed, Unreadable,
    UnreadablePart, VaultOpened,
};
pub use projector::Views;
pub use prover::{LatestCheckpoint, Prover};
pub use publisher::Publisher;
pub use random::{NoRandomness, Random, SeededRandom, SystemRandom};
pub use reader::{AtSize, Direction, Reader, Recorded, StreamCursor, Submitted};
pub use receipt::Receipt;
pub use recovery::{Config, OpenError, OpenReport, Replayed, Step};
pub use stored::StoredError;
pub use tree::NodeError;
pub use writer::{ShredError, ShredRound, ShredStep, Shredded};

pub use caseledger_vault::{Finished, Generation, RewrapError, VaultError};

pub use caseledger_store::{Access, CopyError, CopySegment, Head, StoreOpened, open_regular};

pub use caseledger_proto::{
    CanonicalCase, NamedCourt, Pseudonyms, SignedPost, SignedSubmission, Submission,
};
