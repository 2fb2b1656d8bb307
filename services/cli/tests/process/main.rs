//! The binary under force: killed while it works, damaged while it rests, cut off from power.
//!
//! The default run is short; `CASELEDGER_KILLS` and `CASELEDGER_FLIPS` make it as long as wanted.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that cannot go on fails its test"
)]

mod damage;
mod kill;
mod power;
mod refused;
mod rig;
mod witness;
