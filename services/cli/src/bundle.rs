//! Audit bundles: all that the ledger said about one stream up to a size, as one file that
//! verifies offline.
//!
//! ```text
//! SUMMARY.txt                 the same for people
//! checkpoint                  the signed checkpoint that all proofs lead to
//! ledger.vkey                 the key; whoever verifies has another copy of it
//! manifest.json               what is in it, with SHA-256 digests
//! proofs/<revision>.tlog-proof   one receipt per entry, revision in 6 digits
//! ```
//!
//! A ustar archive in this order with fixed owners and times. Everything follows from the proofs,
//! the key and the size, and is made again to verify it: a bundle has one form.

use std::io::{self, Read as _};

use caseledger_chain::{
    ReceiptError, Size, TlogProof, TlogProofError, VerifiedReceipt, VerifierKey, verify_receipt,
};
use caseledger_client::pb::event::v1::fact::Kind;
use caseledger_client::pb::event::v1::{self as event, Event};
use prost::Message as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::cmd::shown::{self, Code};
use crate::output::{Cell, date, hex, time};

/// The longest bundle that is read, in bytes: some ten thousand entries.
pub(crate) const BYTES_MAX: u64 = 256 << 20;

/// The name of this form. A later one gets another.
const FORMAT: &str = "caseledger-bundle@v1";

/// Why a bundle is none, or cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BundleError {
    #[error("it is no archive of the parts that a bundle has: {0}")]
    Archive(#[from] io::Error),
    #[error("its part {0} is no regular file")]
    Kind(String),
    #[error("its manifest does not say for which size it is")]
    Manifest,
    #[error("it has no proofs")]
    Empty,
    #[error("proof of revision {revision}: {source}")]
    Proof {
        revision: u64,
        #[source]
        source: ReceiptError,
    },
    #[error("proof of revision {revision}: {source}")]
    Text {
        revision: u64,
        #[source]
        source: TlogProofError,
    },
    #[error("proof of revision {expected} is about revision {found}, or about another stream")]
    Order { expected: u64, found: u64 },
    #[error("revision {0} does not name the one before it as its predecessor")]
    Link(u64),
    #[error("proof of revision {0} leads to another checkpoint than the first")]
    Checkpoint(u64),
    #[error("it is for size {at}, which its entries or its checkpoint of size {size} contradict")]
    Size { at: Size, size: Size },
    #[error("{0} is not what its proofs come to")]
    Part(String),
    #[error(
        "figures of revision {revision} rest on {found} entries, expected the {expected} before them"
    )]
    Frozen {
        revision: u64,
        expected: u64,
        found: u64,
    },
    #[error("cannot write the manifest: {0}")]
    Json(#[from] serde_json::Error),
}

/// A bundle whose proofs hold.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// By revision.
    pub(crate) receipts: Vec<VerifiedReceipt>,
    /// The size that it is for: no later entry is in it.
    pub(crate) at: Size,
    /// The signed checkpoint.
    note: String,
    parts: Vec<(String, Vec<u8>)>,
}

impl Bundle {
    /// Makes the bundle of one proof per revision, from revision 0 on.
    pub(crate) fn new(proofs: &[String], at: Size, key: &VerifierKey) -> Result<Self, BundleError> {
        let mut receipts: Vec<VerifiedReceipt> = Vec::with_capacity(proofs.len());
        let mut note: Option<String> = None;
        for (text, revision) in proofs.iter().zip(0..) {
            let receipt = verify_receipt(text, key)
                .map_err(|source| BundleError::Proof { revision, source })?;
            let proof =
                TlogProof::parse(text).map_err(|source| BundleError::Text { revision, source })?;
            follows(receipts.last(), &receipt, revision)?;
            if *note.get_or_insert_with(|| proof.checkpoint.clone()) != proof.checkpoint {
                return Err(BundleError::Checkpoint(revision));
            }
            rests(&receipt)?;
            receipts.push(receipt);
        }
        let (Some(last), Some(note)) = (receipts.last(), note) else {
            return Err(BundleError::Empty);
        };
        let size = last.checkpoint().size;
        if at > size || !at.contains(last.header().position) {
            return Err(BundleError::Size { at, size });
        }
        let mut bundle = Self {
            receipts,
            at,
            note,
            parts: Vec::new(),
        };
        bundle.parts = bundle.parts(proofs, key)?;
        Ok(bundle)
    }

    /// Reads a bundle and makes it again: every byte must come out as it was.
    pub(crate) fn verify(bytes: &[u8], key: &VerifierKey) -> Result<Self, BundleError> {
        let mut parts = Vec::new();
        // Raw, so that nothing but what stands there is read: the library fills the holes of a
        // sparse file with as many zeros as its header asks for.
        for entry in tar::Archive::new(bytes).entries()?.raw(true) {
            let entry = entry?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if entry.header().entry_type() != tar::EntryType::Regular {
                return Err(BundleError::Kind(name));
            }
            let mut part = Vec::new();
            entry.take(bytes.len() as u64).read_to_end(&mut part)?;
            parts.push((name, part));
        }
        let manifest = parts.iter().find(|(name, _)| name == "manifest.json");
        let manifest = manifest.and_then(|(_, part)| serde_json::from_slice::<Value>(part).ok());
        let at = manifest.and_then(|manifest| manifest.get("at")?.as_u64());
        let at = Size::new(at.ok_or(BundleError::Manifest)?);
        let proofs = parts.iter().filter(|(name, _)| name.starts_with("proofs/"));
        let proofs: Vec<String> = proofs
            .map(|(_, part)| String::from_utf8_lossy(part).into_owned())
            .collect();
        let bundle = Self::new(&proofs, at, key)?;
        let mut expected = bundle.parts.iter();
        for found in &parts {
            if expected.next() != Some(found) {
                return Err(BundleError::Part(found.0.clone()));
            }
        }
        if let Some((name, _)) = expected.next() {
            return Err(BundleError::Part(name.clone()));
        }
        if bundle.archive()? != bytes {
            return Err(BundleError::Part("the archive around the parts".to_owned()));
        }
        Ok(bundle)
    }

    /// The file.
    pub(crate) fn archive(&self) -> Result<Vec<u8>, BundleError> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, part) in &self.parts {
            let mut header = tar::Header::new_ustar();
            header.set_size(part.len() as u64);
            header.set_mode(0o644);
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(0);
            header.set_entry_type(tar::EntryType::Regular);
            archive.append_data(&mut header, name, part.as_slice())?;
        }
        Ok(archive.into_inner()?)
    }

    /// The stream, as `history` takes it.
    pub(crate) fn stream(&self) -> String {
        self.receipts
            .first()
            .map(|receipt| shown::stream(receipt.header().stream))
            .unwrap_or_default()
    }

    fn parts(
        &self,
        proofs: &[String],
        key: &VerifierKey,
    ) -> Result<Vec<(String, Vec<u8>)>, BundleError> {
        let mut rest = vec![
            ("checkpoint".to_owned(), self.note.clone().into_bytes()),
            ("ledger.vkey".to_owned(), format!("{key}\n").into_bytes()),
        ];
        let named = (0..).zip(proofs).map(|(revision, proof): (u64, _)| {
            let name = format!("proofs/{revision:06}.tlog-proof");
            (name, proof.clone().into_bytes())
        });
        let proofs: Vec<(String, Vec<u8>)> = named.collect();
        let summary = ("SUMMARY.txt".to_owned(), self.summary(key).into_bytes());
        let listed = [&summary].into_iter().chain(&rest).chain(&proofs);
        let files = listed.map(|(name, part)| {
            json!({ "name": name, "bytes": part.len(), "sha256": hex(&Sha256::digest(part)) })
        });
        let manifest = json!({
            "format": FORMAT,
            "origin": key.name().to_string(),
            "stream": self.stream(),
            "at": self.at.get(),
            "revisions": self.receipts.len(),
            "files": files.collect::<Vec<Value>>(),
        });
        let manifest = format!("{}\n", serde_json::to_string_pretty(&manifest)?);
        rest.push(("manifest.json".to_owned(), manifest.into_bytes()));
        Ok([summary].into_iter().chain(rest).chain(proofs).collect())
    }

    /// What is in it, for people.
    fn summary(&self, key: &VerifierKey) -> String {
        let mut lines = vec![
            format!(
                "What the ledger {} says about {}",
                key.name(),
                self.stream()
            ),
            format!(
                "up to its size {}: {} entries, one line each.",
                self.at,
                self.receipts.len()
            ),
            String::new(),
        ];
        for receipt in &self.receipts {
            lines.push(line(receipt));
            lines.extend(figures(receipt));
        }
        lines.extend([
            String::new(),
            "Each entry has a file in proofs/, which proves that it is in the ledger with exactly"
                .to_owned(),
            "these bytes, and each names the one before it, so that none between them is left out."
                .to_owned(),
            "That none follows the last one is shown by the whole published log alone.".to_owned(),
            String::new(),
            "To check this file anywhere, with the ledger's public key from a source you trust:"
                .to_owned(),
            "  caseledger verify FILE.tar --key ledger.vkey".to_owned(),
            "or follow docs/AUDITING.md with a program of your own.".to_owned(),
        ]);
        let mut text = lines.join("\n");
        text.push('\n');
        text
    }
}

fn follows(
    before: Option<&VerifiedReceipt>,
    receipt: &VerifiedReceipt,
    expected: u64,
) -> Result<(), BundleError> {
    let header = receipt.header();
    let same = before.is_none_or(|before| before.header().stream == header.stream);
    if header.revision != expected || !same {
        let found = header.revision;
        return Err(BundleError::Order { expected, found });
    }
    if before.is_some_and(|before| before.chain_hash() != header.stream_prev) {
        return Err(BundleError::Link(expected));
    }
    Ok(())
}

/// What an entry announces, if it announces anything.
fn sheet(receipt: &VerifiedReceipt) -> Option<event::Sheet> {
    let said = Event::decode(receipt.body()).ok()?;
    match said.fact?.kind? {
        Kind::AnnouncementPublished(fact) => fact.sheet,
        Kind::AnnouncementCorrected(fact) => fact.sheet,
        _ => None,
    }
}

/// Figures are those of the entries before them, and of no others.
fn rests(receipt: &VerifiedReceipt) -> Result<(), BundleError> {
    let Some(frozen) = sheet(receipt).and_then(|sheet| sheet.frozen) else {
        return Ok(());
    };
    let (expected, found) = (receipt.header().position.get(), frozen.size);
    let revision = receipt.header().revision;
    if expected == found {
        return Ok(());
    }
    Err(BundleError::Frozen {
        revision,
        expected,
        found,
    })
}

/// The figures of an entry, one line each, and what they rest on.
fn figures(receipt: &VerifiedReceipt) -> Vec<String> {
    let Some(sheet) = sheet(receipt) else {
        return Vec::new();
    };
    let mut lines = vec![format!("    published as {}", sheet.reference)];
    lines.extend(sheet.figures.iter().map(|figure| {
        format!(
            "    {}: {} of {} {}, {}{}",
            figure.label,
            words(figure.value.map_or(Cell::None, Cell::Number)),
            words(figure.of.map_or(Cell::None, Cell::Number)),
            words(event::Unit::cell(figure.unit)).to_lowercase(),
            words(event::Phase::cell(figure.stage)),
            filters(figure),
        )
    }));
    if let Some(frozen) = sheet.frozen {
        lines.push(format!(
            "    counted over the {} entries before, root {}",
            frozen.size,
            hex(&frozen.root)
        ));
    }
    lines
}

/// Which ones a figure counts, and what it is a share of.
fn filters(figure: &event::Figure) -> String {
    let parts = figure.filters.iter();
    let parts = parts.map(|part| format!(", {} {}", part.dimension, part.values.join(" or ")));
    let of = words(event::Denominator::cell(figure.denominator));
    format!("{} (of: {of})", parts.collect::<String>())
}

/// One entry: when it was recorded, what happened when, and who said so.
fn line(receipt: &VerifiedReceipt) -> String {
    let header = receipt.header();
    let said = Event::decode(receipt.body()).unwrap_or_default();
    let kind = event::FactKind::try_from(i32::from(header.body_type));
    let kind = kind.ok().and_then(Code::name).unwrap_or("?");
    format!(
        "{}  position {}  {kind}  of {}, by {} as {}",
        words(time(header.recorded_at)),
        header.position,
        words(date(said.occurred_on)),
        header.submitter.as_str(),
        words(event::Role::cell(said.role)),
    )
}

fn words(cell: Cell) -> String {
    match cell {
        Cell::Text(text) => text,
        Cell::Count(number) | Cell::Number(number) => number.to_string(),
        Cell::None => "-".to_owned(),
    }
}
