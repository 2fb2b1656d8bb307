//! `bundle`: all that the ledger said about one stream, as one file that verifies offline.

use std::array::TryFromSliceError;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use caseledger_chain::{Digest, Position, Size, TlogProof, VerifierKey};
use caseledger_client::Client;
use caseledger_client::pb::v1;
use clap::Args;
use serde_json::json;

use super::history;
use super::verify::NOT_ASKED;
use crate::args::{LedgerArgs, StreamArg};
use crate::bundle::{BYTES_MAX, Bundle, BundleError};
use crate::connect;
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Cell, Output, Report, Sheet, thousands};

/// Write all that the ledger said about a case, an order, a list or an announcement to one file.
///
/// The file is a tar archive: one receipt per entry, the signed checkpoint that all of them lead
/// to, the key, a manifest and a summary in plain words. Anybody with the ledger's public key
/// verifies it offline, with `caseledger verify FILE.tar` or with other tools. At one size of the
/// ledger it has the same bytes for ever.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger bundle 5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f --out case.tar --key ledger.vkey
  caseledger bundle order/5f0c0a7e1d2b4c3d8e9f0a1b2c3d4e5f --at 12000 --out order.tar
  caseledger bundle announcement/press.7 --out figures.tar --key ledger.vkey")]
pub(crate) struct BundleArgs {
    /// The stream: a case, a list, filing/ID, order/ID or announcement/ID
    stream: StreamArg,

    /// Size of the ledger to answer for [default: now]
    #[arg(long, value_name = "SIZE", value_parser = clap::value_parser!(u64).range(1..))]
    at: Option<u64>,

    /// File to write; its name should end in .tar
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Why there is no bundle, or none that holds.
#[derive(Debug, thiserror::Error)]
enum Outcome {
    #[error("{file} is NOT verified: {source}")]
    NotVerified {
        file: String,
        #[source]
        source: BundleError,
    },
    #[error("{0} is NOT verified: it is longer than any bundle")]
    TooLong(String),
    #[error("the ledger's answer does not hold: {0}")]
    Answer(#[source] BundleError),
    #[error("the ledger's answer holds no proof: {0}")]
    Proof(#[source] caseledger_chain::TlogProofError),
    #[error("the ledger's answer has a hash of {0} bytes, expected 32")]
    Hash(usize),
    #[error("the ledger has no entry in this stream")]
    Nothing,
}

/// Runs the command.
pub(crate) async fn run(args: &BundleArgs, output: &Output) -> Result<(), Failure> {
    let bundle = connect::with_client(&args.ledger, async |client| gather(client, args).await);
    let bundle = bundle.await?;
    let bytes = bundle
        .archive()
        .map_err(|error| Failure::new(Exit::Refused, error))?;
    fs::write(&args.out, bytes).map_err(io_failure("write", args.out.display()))?;
    if args.ledger.key.is_none() {
        output.note(
            "verified with the key that the ledger names itself; pin the key with --key to prove \
             more than that",
        );
    }
    output.note(&format!(
        "{} entries of {} written to {}, every proof verified",
        thousands(bundle.receipts.len() as u64),
        bundle.stream(),
        args.out.display()
    ));
    Ok(())
}

/// Asks for every entry of the stream, and for its proof to one checkpoint: the one that covers
/// the last entry of the size asked for, which is the same for ever.
async fn gather(client: &Client, args: &BundleArgs) -> Result<Bundle, Failure> {
    let history = history::read(client, &args.stream.0, args.at).await?;
    let at = Size::new(args.at.unwrap_or(history.complete_to));
    let Some(last) = at.last() else {
        return Err(Failure::new(Exit::Refused, Outcome::Nothing));
    };
    let covering = client.receipt(last).await?;
    let size = covering.checkpoint().size;
    let note = TlogProof::parse(&covering.file())
        .map_err(|error| Failure::new(Exit::Found, Outcome::Proof(error)))?
        .checkpoint;
    let mut proofs = Vec::with_capacity(history.events.len());
    for recorded in &history.events {
        let index = Position::new(recorded.position);
        let receipt = client.receipt(index).await?;
        let request = v1::GetInclusionProofRequest {
            position: index.get(),
            size: size.get(),
        };
        let answer = client.get_inclusion_proof(request).await?;
        let mut hashes = Vec::with_capacity(answer.hashes.len());
        for hash in &answer.hashes {
            let bytes: [u8; Digest::LEN] =
                hash[..].try_into().map_err(|_error: TryFromSliceError| {
                    Failure::new(Exit::Found, Outcome::Hash(hash.len()))
                })?;
            hashes.push(Digest::from_bytes(bytes));
        }
        let proof = TlogProof {
            extra: Some(receipt.entry().to_vec()),
            index,
            proof: hashes,
            checkpoint: note.clone(),
        };
        proofs.push(proof.render());
    }
    if proofs.is_empty() {
        return Err(Failure::new(Exit::Refused, Outcome::Nothing));
    }
    Bundle::new(&proofs, at, client.trust().key())
        .map_err(|error| Failure::new(Exit::Found, Outcome::Answer(error)))
}

/// Verifies a bundle, offline.
///
/// # Errors
/// [`Failure`] if it cannot be read or does not hold.
pub(super) fn verify(file: &str, key: &VerifierKey) -> Result<Report, Failure> {
    let mut bytes = Vec::new();
    fs::File::open(file)
        .and_then(|open| open.take(BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(io_failure("read", file))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(Failure::new(Exit::Found, Outcome::TooLong(file.to_owned())));
    }
    let bundle = Bundle::verify(&bytes, key).map_err(|source| {
        let file = file.to_owned();
        Failure::new(Exit::Found, Outcome::NotVerified { file, source })
    })?;
    let (origin, stream) = (key.name().to_string(), bundle.stream());
    let entries = bundle.receipts.len() as u64;
    let json = json!({
        "verified": true,
        "origin": origin,
        "stream": stream,
        "at": bundle.at.get(),
        "entries": entries,
        "not_asked": [NOT_ASKED],
    });
    let card = Sheet::card([
        ("origin", Cell::from(origin)),
        ("stream", Cell::from(stream)),
        ("at", Cell::Count(bundle.at.get())),
        ("entries", Cell::Count(entries)),
    ]);
    Ok(Report::new(json)
        .line("VERIFIED: these entries are in the ledger, with none left out between them.")
        .line("")
        .sheet(card)
        .line(format!("not asked: {NOT_ASKED}")))
}
