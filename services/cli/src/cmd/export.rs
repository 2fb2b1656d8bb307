//! `export`: all entries, in a file that others can read.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use caseledger_chain::{
    BundleError, ChainCheck, Checkpoint, Digest, EntryRef, Frontier, LinkError, Size, leaf_hash,
    push_bundle_entry,
};
use caseledger_client::pb::v1;
use caseledger_client::{Client, Receipt};
use clap::Args;

use crate::args::LedgerArgs;
use crate::connect;
use crate::exit::{Exit, Failure, io_failure};
use crate::output::{Output, json, thousands};
use crate::progress;

/// Write all entries to a file.
///
/// Two forms: JSON lines, one event a line, with the field names of the API; or with --raw the
/// exact bytes, each entry after its length in two bytes, big-endian, as in entry bundles
/// (docs/FORMAT.md). Either way every entry is checked while it passes: it must follow the one
/// before, and all of them together must have the root of a signed checkpoint.
///
/// Beside the file stands the receipt of the last entry, FILE.tlog-proof. Its checkpoint covers
/// exactly what was exported.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger export --out ledger.jsonl --key ledger.vkey
  caseledger export --data ledger --raw --out ledger.entries
  caseledger export --out - | jq 'select(.event.flags > 0)'")]
pub(crate) struct ExportArgs {
    /// File to write; - for standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Write the exact bytes of the entries instead of JSON
    #[arg(long)]
    raw: bool,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Why an export is not what the ledger signed.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error("the first entry is none: {0}")]
    First(#[source] caseledger_chain::DecodeError),
    #[error("entry at position {expected} is missing, found {found}")]
    Missing { expected: u64, found: u64 },
    #[error("entries end at size {found}, the signed checkpoint says {expected}")]
    Short { expected: Size, found: Size },
    #[error("entries up to size {size} have root {found}, the signed checkpoint says {expected}")]
    Root {
        size: Size,
        expected: Digest,
        found: Digest,
    },
    #[error("receipt of the last entry is for size {found}, expected {expected}")]
    Receipt { expected: Size, found: Size },
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        Self::new(Exit::Found, error)
    }
}

/// Runs the command.
pub(crate) async fn run(args: &ExportArgs, output: &Output) -> Result<(), Failure> {
    let size =
        connect::with_client(&args.ledger, async |client| export(client, args).await).await?;
    output.note(&format!(
        "{} entries written to {}, chain and root verified",
        thousands(size.get()),
        args.out.display()
    ));
    Ok(())
}

async fn export(client: &Client, args: &ExportArgs) -> Result<Size, Failure> {
    let Checkpoint { size, root, .. } = client.checkpoint().await?;
    let mut out = open(&args.out)?;
    let name = args.out.display();
    if let Some(last) = size.last() {
        let request = v1::ReadAllRequest {
            from_position: Some(0),
            direction: v1::Direction::Forwards.into(),
            limit: size.get(),
            decode: !args.raw,
        };
        let mut replies = client.read_all(request).await?;
        let mut passing = Passing::default();
        let bar = progress::bar(size.get(), "entries").with_message("exporting");
        let mut bytes = Vec::new();
        while let Some(reply) = replies.next().await? {
            bytes.clear();
            for entry in &reply.entries {
                passing.check(entry)?;
                write_entry(&mut bytes, entry, args.raw)?;
            }
            out.write_all(&bytes).map_err(io_failure("write", &name))?;
            bar.inc(reply.entries.len() as u64);
        }
        passing.finish(size, root)?;
        bar.finish_and_clear();
        if args.out.as_os_str() != "-" {
            write_receipt(&client.receipt(last).await?, size, &args.out)?;
        }
    }
    out.flush().map_err(io_failure("write", &name))?;
    Ok(size)
}

/// What has passed so far.
#[derive(Default)]
struct Passing {
    chain: Option<ChainCheck>,
    tree: Frontier,
}

impl Passing {
    fn check(&mut self, entry: &v1::Entry) -> Result<(), ExportError> {
        let (expected, found) = (self.tree.size().get(), entry.position);
        if expected != found {
            return Err(ExportError::Missing { expected, found });
        }
        let chain = match &mut self.chain {
            Some(chain) => chain,
            none => {
                let first = EntryRef::decode(&entry.raw).map_err(ExportError::First)?;
                none.insert(ChainCheck::new(first.header().ledger))
            }
        };
        chain.push(&entry.raw)?;
        self.tree.push(leaf_hash(&entry.raw));
        Ok(())
    }

    fn finish(self, size: Size, root: Digest) -> Result<(), ExportError> {
        if let Some(chain) = &self.chain {
            chain.finish()?;
        }
        let (found, derived) = (self.tree.size(), self.tree.root());
        if found != size {
            return Err(ExportError::Short {
                expected: size,
                found,
            });
        }
        if derived != root {
            return Err(ExportError::Root {
                size,
                expected: root,
                found: derived,
            });
        }
        Ok(())
    }
}

fn write_entry(out: &mut Vec<u8>, entry: &v1::Entry, raw: bool) -> Result<(), Failure> {
    if raw {
        return Ok(push_bundle_entry(out, &entry.raw).map_err(ExportError::from)?);
    }
    let event = entry.event.clone().unwrap_or_default();
    let line = json::message("RecordedEvent", &event)?;
    serde_json::to_writer(&mut *out, &line).map_err(|error| Failure::new(Exit::Refused, error))?;
    out.push(b'\n');
    Ok(())
}

fn open(path: &Path) -> Result<Box<dyn Write>, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdout()));
    }
    let file = File::create(path).map_err(io_failure("create", path.display()))?;
    Ok(Box::new(BufWriter::new(file)))
}

fn write_receipt(receipt: &Receipt, size: Size, export: &Path) -> Result<(), Failure> {
    let found = receipt.checkpoint().size;
    if found != size {
        return Err(ExportError::Receipt {
            expected: size,
            found,
        }
        .into());
    }
    let mut path = export.as_os_str().to_owned();
    path.push(".tlog-proof");
    let path = PathBuf::from(path);
    std::fs::write(&path, receipt.file()).map_err(io_failure("write", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_entries_that_do_not_come_in_order() {
        let entry = v1::Entry {
            position: 1,
            ..v1::Entry::default()
        };
        let refused = Passing::default().check(&entry);
        assert!(matches!(
            refused,
            Err(ExportError::Missing {
                expected: 0,
                found: 1
            })
        ));
    }

    #[test]
    fn refuses_an_end_that_was_not_signed() {
        let finish = |size| Passing::default().finish(size, Frontier::new().root());
        assert!(finish(Size::ZERO).is_ok());
        assert!(matches!(
            finish(Size::new(1)),
            Err(ExportError::Short { .. })
        ));
        let other = Passing::default().finish(Size::ZERO, Digest::ZERO);
        assert!(matches!(other, Err(ExportError::Root { .. })));
    }
}
