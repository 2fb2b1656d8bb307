//! The ledger as a service: gRPC for those who work with it, HTTP for those who check it.
//!
//! ```text
//! tls: who may come in
//!     |
//! listener --- admission --- grpc (parse, convert) --- gate --- engine
//!     |          quota: how much               status: every failure, one map
//!     |          identity: who calls           refused: the log of refused posts
//!     +--- health, drain                            publication: the checkpoint that is shown
//!     +--- http (checkpoint, tiles, entries, health, metrics) --+
//!                                                    |
//!                                       witnesses: who cosigns it
//! ```
//!
//! Async ends at the gate. What a caller sees is in `docs/API.md`.

mod admission;
mod arrival;
mod call;
mod codes;
mod config;
mod files;
mod gate;
mod grpc;
mod health;
mod http;
mod identity;
mod listener;
mod metrics;
mod publication;
mod quota;
mod refused;
mod server;
mod status;
mod tail;
pub mod telemetry;
mod tls;
mod witnesses;

pub use codes::CodesError;
pub use config::{
    Config, ConfigError, Connection, Court, Drain, ENV_PREFIX, Http, HttpAddress, HttpAddressError,
    Layer, Limits, Listen, Log, LogFormat, Refused, Tls, Witness,
};
pub use files::make_room;
pub use identity::{IdentityError, PRINCIPAL, Principal, ROLE};
pub use server::{Opening, ServeError, Server};
pub use tls::{Reload, TlsError};
pub use witnesses::{WitnessPolicyError, WitnessUrlError};
