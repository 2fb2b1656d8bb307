//! The binary from outside: what people and scripts see.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that cannot go on fails its test"
)]

mod announce;
mod audit;
mod backup;
mod bundle;
mod court;
mod documents;
mod exits;
mod golden;
mod guard;
mod help;
mod hostile;
mod import;
mod key;
mod monitor;
mod older;
mod org;
mod private;
mod publish;
mod receipts;
mod restore;
mod support;
mod tls;
mod witness;
