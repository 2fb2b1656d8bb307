//! A witness of transparency logs (C2SP tlog-witness): it remembers one checkpoint of every log it
//! watches, and cosigns another only if that one extends it.
//!
//! ```text
//! POST /add-checkpoint --> parse --> judge, under the lock of the log   400 403 404 409 422
//!                                      | cosign
//!                                      | write, sync, rename, sync      THE POINT OF NO RETURN
//!                                    reply with the cosignature         200
//! GET /<sha256 of the origin>/checkpoint   the last one, as stored
//! ```
//!
//! It shares with the logs it watches the formats of `caseledger-chain` and nothing else, so that a
//! defect of a ledger is not one of its witness. It is small enough to be read by whoever has to
//! trust it.
//!
//! What is kept:
//!
//! - No cosignature leaves before the checkpoint is on disk as the last one.
//! - Two requests for one log are judged one after the other, and two witnesses never share a
//!   folder.
//! - What cannot be read is never taken for "nothing cosigned yet": the witness does not start.

pub use error::{StateFault, WitnessError};
pub use folder::{add_log, init, show};
pub use server::Server;
pub use witness::{Declined, LogStatus, Witness};

mod disk;
mod error;
mod folder;
mod server;
mod state;
mod witness;
