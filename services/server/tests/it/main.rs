//! A real server, real connections, and callers that know only the `.proto` files.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod blocking;
mod commands;
mod courts;
mod courts_refused;
mod crowded;
mod documented;
mod events;
mod lifecycle;
mod limits;
mod matrix;
mod organisations;
mod overload;
mod private;
mod published;
mod queries;
mod refusals;
mod refused_log;
mod reports;
mod restricted;
mod shreds;
mod streams;
mod support;
mod tls;
mod witnessed;
