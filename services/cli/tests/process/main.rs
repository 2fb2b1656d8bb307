//! The binary under force: killed while it works, damaged while it rests, cut off from power.
//!
//! The default run is short; `CASELEDGER_KILLS`, `CASELEDGER_BATCH_ROWS` and `CASELEDGER_FLIPS` make it as long as
//! wanted. What is drawn by chance is drawn from a seed that is printed; `CASELEDGER_SEED` gives another to the hostile feed.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper that cannot go on fails its test"
)]

mod court;
mod damage;
mod hostile;
mod kill;
mod power;
mod refused;
mod rig;
mod witness;
