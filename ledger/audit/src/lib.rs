//! The replay: everything that a log comes to, derived again from its entry bytes.
//!
//! ```text
//! entries, in order --> workers: leaf hash, chain hash, header, event     (each entry by itself)
//!                          |
//!                       follower: links, messages, tree, states, rules    (one after the other)
//!                          |
//!                    Followed --entries of corrected cases, once more--> Derived
//! ```
//!
//! Whoever has the bytes can ask: `fsck` has them from the journal, `verify` from published
//! bundles. It shares no code with the writer except the decoders and the folds of the domain,
//! because they are what the bytes *mean*.
//!
//! Entries are not kept: memory grows with the streams, and with the entries only by what names
//! them (a message id and a link within the stream). Nothing here reads or writes anything, waits
//! for anything but its own threads, or knows what time it is. It never panics on any bytes.

mod announced;
mod authority;
mod batch;
mod derived;
mod fault;
mod follow;
mod judge;
mod links;
mod messages;
mod prepare;
mod replay;
mod signature;
mod streams;
mod tiles;

pub use batch::Batch;
pub use derived::{Derived, Followed, Paused};
pub use fault::{ContentError, FINDINGS_MAX, Fault, Finding, NotChecked, Question};
pub use messages::SequenceGap;
pub use replay::{Plan, Recount, Replay};
pub use streams::{Stream, Streams};

#[cfg(test)]
mod tests;
