//! The ledger as a service: gRPC for those who work with it, HTTP for those who check it.
//!
//! ```text
//! listener --- grpc (parse, convert) --- gate --- engine
//!     |            status: every failure, one map      one writer thread
//!     |            identity: who calls
//!     +--- health, drain                            publication: the checkpoint that is shown
//!     +--- http (checkpoint, tiles, entries, health, metrics) --+
//!                                                    |
//!                                       witnesses: who cosigns it
//! ```
//!
//! Async ends at the gate. What a caller sees is in `docs/API.md`.

mod codes;
mod config;
mod gate;
mod grpc;
mod health;
mod http;
mod identity;
mod listener;
mod metrics;
mod publication;
mod server;
mod status;
mod tail;
pub mod telemetry;
mod witnesses;

pub use codes::CodesError;
pub use config::{
    Config, ConfigError, Connection, Court, Drain, ENV_PREFIX, Http, HttpAddress, HttpAddressError,
    Layer, Limits, Listen, Log, LogFormat, Witness,
};
pub use identity::{IdentityError, PRINCIPAL, Principal, ROLE};
pub use server::{Opening, ServeError, Server};
pub use witnesses::{WitnessPolicyError, WitnessUrlError};
