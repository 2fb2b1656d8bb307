//! The gRPC service over the engine.
//!
//! ```text
//! listener --- grpc (parse, convert) --- gate --- engine
//!     |            status: every failure, one map      one writer thread
//!     |            identity: who calls
//!     +--- health, drain
//! ```
//!
//! Async ends at the gate. What a caller sees is in `docs/API.md`.

mod config;
mod gate;
mod grpc;
mod health;
mod identity;
mod listener;
mod server;
mod status;
mod tail;
pub mod telemetry;

pub use config::{
    Config, ConfigError, Connection, Drain, ENV_PREFIX, Layer, Limits, Listen, Log, LogFormat,
};
pub use identity::{IdentityError, PRINCIPAL, Principal, ROLE};
pub use server::{ServeError, Server};
