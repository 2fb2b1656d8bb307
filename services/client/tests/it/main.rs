//! The client against a real server, and against one that lies.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod court;
mod distrust;
mod honest;
mod liar;
#[path = "../../../server/tests/it/support.rs"]
#[expect(
    dead_code,
    reason = "shared with the tests of the server, which use all of it"
)]
mod support;
