//! Keys that organisations sign their submissions with.

use std::path::PathBuf;

use caseledger_domain::{OrgFact, OrgId};
use caseledger_engine::{SystemRandom, submitter_key};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Of, Until, bytes32};
use crate::args::FormatArgs;
use crate::exit::{Exit, Failure};
use crate::output::{Cell, Output, Report, Sheet, hex};

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key in a new file, and show its public half for the operator to add
    ///
    /// The file is the secret, of mode 0600; whoever has it signs for the organisation. The ledger never has it.
    New(NewArgs),
    #[command(flatten)]
    Change(Box<SigningKeyCommand>),
}

#[derive(Debug, Subcommand)]
pub(super) enum SigningKeyCommand {
    /// Add an Ed25519 public key
    Add {
        #[command(flatten)]
        of: Of,
        /// 64 hexadecimal digits
        #[arg(value_name = "KEY", value_parser = bytes32)]
        signing_key: [u8; 32],
        #[command(flatten)]
        until: Until,
    },
    /// Put another key in the place of one, until the same day
    Rotate {
        #[command(flatten)]
        of: Of,
        /// The key that is replaced, 64 hexadecimal digits
        #[arg(value_parser = bytes32)]
        old: [u8; 32],
        /// The key in its place, 64 hexadecimal digits
        #[arg(value_parser = bytes32)]
        new: [u8; 32],
    },
    /// Revoke a key
    Revoke {
        #[command(flatten)]
        of: Of,
        /// 64 hexadecimal digits
        #[arg(value_name = "KEY", value_parser = bytes32)]
        signing_key: [u8; 32],
    },
}

/// Whose key, and where.
#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Id of the organisation, as `lasc`
    #[arg(value_name = "ORG")]
    organisation: OrgId,

    /// File to make
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    format: FormatArgs,
}

impl SigningKeyCommand {
    /// What it states, about whom.
    pub(super) fn act(&self) -> (&Of, OrgFact) {
        match self {
            Self::Add {
                of,
                signing_key,
                until,
            } => {
                let (key, valid_until) = (*signing_key, until.until);
                (of, OrgFact::SigningKeyAdded { key, valid_until })
            }
            Self::Rotate { of, old, new } => {
                let (old, new) = (*old, *new);
                (of, OrgFact::SigningKeyRotated { old, new })
            }
            Self::Revoke { of, signing_key } => {
                let key = *signing_key;
                (of, OrgFact::SigningKeyRevoked { key })
            }
        }
    }
}

/// Runs `org key new`.
pub(super) fn new(args: &NewArgs, output: &Output) -> Result<(), Failure> {
    let made = submitter_key::create(&args.file, args.organisation, &SystemRandom);
    let made = made.map_err(|error| Failure::new(Exit::Refused, error))?;
    let of = args.organisation.as_str();
    let key = hex(&made.verifier().public_bytes());
    let file = args.file.display().to_string();
    let json = json!({ "organisation": of, "file": file, "key": key });
    let card = Sheet::card([
        ("organisation", Cell::from(of)),
        ("file", Cell::from(file)),
        ("key", Cell::from(key.as_str())),
    ]);
    let report = Report::new(json).sheet(card).line("").line(format!(
        "The operator adds it with: caseledger org key add {of} {key}"
    ));
    output.show(args.format.format, &report)
}
