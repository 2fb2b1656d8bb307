//! A receipt, offline.
//!
//! Nothing here but the chain crate decides: no server, no store, no clock.

use std::fs;
use std::io::{self, Read as _};

use caseledger_chain::{
    PostedParts, ReceiptError, StatementError, SubmitterStatement, VerifiedReceipt, VerifierKey,
    verify_receipt,
};
use caseledger_client::pb::event::v1::{self as event, Event};
use caseledger_domain::vocabulary::Vocabulary as _;
use caseledger_proto::event_codec::{Signed, decode_body};
use prost::Message as _;
use serde_json::{Value, json};

use super::NOT_ASKED;
use crate::cmd::shown::{self, Code};
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Cell, Report, Sheet, date, hex, time};

/// The longest receipt is an entry of 64 KiB in base64 with 63 hashes and some signatures.
const RECEIPT_BYTES_MAX: u64 = 1 << 20;

/// Why a file is not verified.
#[derive(Debug, thiserror::Error)]
enum VerifyError {
    #[error("{file} is NOT verified: {source}")]
    Receipt {
        file: String,
        #[source]
        source: ReceiptError,
    },
    #[error("{0} is NOT verified: it is longer than any receipt")]
    TooLong(String),
    #[error("{0} is NOT verified: it is not text")]
    NotText(String),
    #[error("{file} is NOT verified: the submitter's signature does not hold: {source}")]
    Signature {
        file: String,
        #[source]
        source: StatementError,
    },
}

/// Verifies a receipt file, or standard input for `-`.
pub(super) fn verify(file: &str, key: &VerifierKey) -> Result<Report, Failure> {
    let text = read(file)?;
    let receipt = verify_receipt(&text, key).map_err(|source| {
        let file = file.to_owned();
        Failure::new(Exit::Found, VerifyError::Receipt { file, source })
    })?;
    let signer = signer(&receipt).map_err(|source| {
        let file = file.to_owned();
        Failure::new(Exit::Found, VerifyError::Signature { file, source })
    })?;
    Ok(report(&receipt, key.name().as_str(), signer.as_ref()))
}

/// Whoever signed what the entry was recorded for.
struct Signer {
    key: [u8; 32],
    /// Whether the signature was verified: an entry alone is enough where it is the only one of its submission.
    verified: bool,
}

fn signer(receipt: &VerifiedReceipt) -> Result<Option<Signer>, StatementError> {
    let header = receipt.header();
    // A body that no event has is shown as it is.
    let body = decode_body(header.body_type, header.body_version, receipt.body()).ok();
    let Some((
        role,
        Some(Signed {
            public,
            by: Some(by),
        }),
    )) = body.map(|body| (body.event.role, body.signed))
    else {
        return Ok(None);
    };
    let verified = header.parts == 1;
    if verified {
        let post = PostedParts {
            public: &public,
            commitment: header.commitment,
        };
        SubmitterStatement::new(
            header.ledger,
            header.submitter,
            role.number().into(),
            header.message_id,
            header.submitter_seq,
            [post].into_iter(),
        )
        .verify(&by.key, &by.signature)?;
    }
    let key = by.key;
    Ok(Some(Signer { key, verified }))
}

fn read(file: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let read = if file == "-" {
        io::stdin()
            .lock()
            .take(RECEIPT_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
    } else {
        let opened = fs::File::open(file);
        opened.and_then(|open| open.take(RECEIPT_BYTES_MAX + 1).read_to_end(&mut bytes))
    };
    read.map_err(io_failure("read", file))?;
    if bytes.len() as u64 > RECEIPT_BYTES_MAX {
        return Err(Failure::new(
            Exit::Found,
            VerifyError::TooLong(file.to_owned()),
        ));
    }
    let text = String::from_utf8(bytes).ok();
    text.ok_or_else(|| Failure::new(Exit::Found, VerifyError::NotText(file.to_owned())))
}

fn report(receipt: &VerifiedReceipt, origin: &str, signer: Option<&Signer>) -> Report {
    let header = receipt.header();
    let checkpoint = receipt.checkpoint();
    let stream = shown::stream(header.stream);
    // The proof covers the bytes; what they say is read for convenience.
    let said = Event::decode(receipt.body()).ok();
    let kind = event::FactKind::try_from(i32::from(header.body_type))
        .ok()
        .and_then(Code::name);
    let occurred_on = said
        .as_ref()
        .map_or(Cell::None, |event| date(event.occurred_on));
    let role = said
        .as_ref()
        .map_or(Cell::None, |event| event::Role::cell(event.role));
    let json = json!({
        "verified": true,
        "origin": origin,
        "ledger_id": header.ledger.to_string(),
        "position": header.position.get(),
        "stream": stream,
        "revision": header.revision,
        "fact": kind,
        "occurred_on": said.as_ref().map(|event| event.occurred_on),
        "submitter": header.submitter.as_str(),
        "signed_by": signer.map(|signer| hex(&signer.key)),
        "signature_verified": signer.map(|signer| signer.verified),
        "recorded_at_us": header.recorded_at,
        "message_id": hex(&header.message_id.to_bytes()),
        "chain_hash": hex(&receipt.chain_hash().to_bytes()),
        "checkpoint_size": checkpoint.size.get(),
        "checkpoint_root": checkpoint.root.to_base64(),
        "entry": hex(receipt.entry()),
        "not_asked": [NOT_ASKED],
    });
    let text = |name: &str| Cell::from(json.get(name).and_then(Value::as_str).unwrap_or_default());
    let signed_by = signer.map_or(Cell::None, |signer| {
        let more = if signer.verified {
            ""
        } else {
            ", not verified: it is over all entries of the submission"
        };
        Cell::from(format!(
            "{} of {}{more}",
            hex(&signer.key),
            header.submitter
        ))
    });
    let card = Sheet::card([
        ("origin", text("origin")),
        ("ledger_id", text("ledger_id")),
        ("position", Cell::Number(header.position.get())),
        ("stream", text("stream")),
        ("revision", Cell::Number(header.revision)),
        ("fact", text("fact")),
        ("occurred_on", occurred_on),
        ("submitter", text("submitter")),
        ("role", role),
        ("signed_by", signed_by),
        ("recorded_at", time(header.recorded_at)),
        ("message_id", text("message_id")),
        ("chain_hash", text("chain_hash")),
        ("checkpoint_size", Cell::Count(checkpoint.size.get())),
        ("checkpoint_root", text("checkpoint_root")),
    ]);
    Report::new(json.clone())
        .line("VERIFIED: this entry is in the ledger, with exactly these bytes.")
        .line("")
        .sheet(card)
        .line(format!("not asked: {NOT_ASKED}"))
}
