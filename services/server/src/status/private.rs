//! What is said where private parts are not read, or not destroyed.

use caseledger_domain::{PrivateRule, Rejection};
use caseledger_engine::{PrivateError, ShredError};
use caseledger_proto::Reason;
use tonic::Code;

use super::{Missing, RETRY_LATER, Told, by_rule, internal, log, not_found, read};

pub(super) fn private(failed: &PrivateError) -> Told {
    match failed {
        PrivateError::NoSuchCase(_) => not_found(Missing::Stream("case")),
        PrivateError::Shredded {
            ordered,
            ordered_on,
            basis,
            confirmed_on,
        } => {
            let rule = Rejection::from(PrivateRule::NothingToRead(*ordered));
            let told = by_rule(&rule, failed.to_string())
                .with("ordered", ordered)
                .with("ordered_on", ordered_on)
                .with("basis", basis);
            match confirmed_on {
                Some(day) => told.with("destroyed_on", day),
                None => told,
            }
        }
        // The keys are elsewhere, or were put away after a failure: the parts are whole. Only opening the ledger again
        // helps, so nobody is asked to try again soon.
        PrivateError::Keys(_) => {
            log(failed);
            Told::new(
                Code::Unavailable,
                Reason::StoreUnavailable,
                "the vault of this ledger is not at hand; private parts are read when it is opened with it",
            )
        }
        PrivateError::Read(error) => read(error),
    }
}

/// Somebody waits for what is sealed. Only opening the ledger again helps, so there is no word of trying again soon.
pub(super) fn not_recorded() -> Told {
    Told::new(
        Code::Unavailable,
        Reason::StoreUnavailable,
        "the ledger records nothing until it is opened again, and what is sealed is answered only once it is recorded \
         that it is read; its operator has to start it again",
    )
}

pub(super) fn shred(failed: &ShredError) -> Told {
    match failed {
        ShredError::Vault(_) | ShredError::StoreUnavailable(_) | ShredError::NoRandomness(_) => {
            log(failed);
            Told::new(
                Code::Unavailable,
                Reason::StoreUnavailable,
                "what is ordered is not all destroyed and confirmed, and will be by another call or when the ledger \
                 is opened again",
            )
            .retry(RETRY_LATER)
        }
        ShredError::Stopped => Told::new(
            Code::Unavailable,
            Reason::StoreUnavailable,
            "the ledger stopped; what is ordered is destroyed when it is opened again",
        )
        .retry(RETRY_LATER),
        ShredError::ReadOnly => Told::new(
            Code::FailedPrecondition,
            Reason::ReadOnly,
            failed.to_string(),
        ),
        ShredError::Refused(_) => {
            log(failed);
            internal()
        }
        ShredError::Read(error) => read(error),
    }
}
