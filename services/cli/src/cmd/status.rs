//! `status`: what a ledger is, and how far.

use caseledger_client::pb::v1;
use clap::Args;
use serde_json::{Value, json};

use crate::args::{FormatArgs, LedgerArgs};
use crate::connect;
use crate::exit::Failure;
use crate::output::{Cell, Output, Report, Sheet, hex};

/// Show what a ledger is and how far it is.
///
/// The newest checkpoint is verified with the key given by --key. Without --key it is only known
/// to agree with the key that the ledger itself names; compare that with one from elsewhere.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  caseledger status
  caseledger status --key ledger.vkey
  caseledger status --data ledger -o json")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    format: FormatArgs,

    #[command(flatten)]
    ledger: LedgerArgs,
}

/// Runs the command.
pub(crate) async fn run(args: &StatusArgs, output: &Output) -> Result<(), Failure> {
    let (info, checkpoint) = connect::with_client(&args.ledger, async |client| {
        let info = client.get_ledger_info(v1::GetLedgerInfoRequest {}).await?;
        Ok((info, client.checkpoint().await?))
    })
    .await?;
    let pinned = args.ledger.key.is_some();
    let verified = if pinned {
        "with the key given"
    } else {
        "with the key the ledger names"
    };
    let json = json!({
        "origin": info.origin,
        "ledger_id": hex(&info.ledger_id),
        "verifier_key": info.verifier_key,
        "key_pinned": pinned,
        "size": checkpoint.size.get(),
        "root": checkpoint.root.to_base64(),
        "entry_version": info.entry_version,
        "server_version": info.server_version,
    });
    let text = |name: &str| Cell::from(json.get(name).and_then(Value::as_str).unwrap_or_default());
    let card = Sheet::card([
        ("origin", text("origin")),
        ("ledger_id", text("ledger_id")),
        ("verifier_key", text("verifier_key")),
        ("size", Cell::Count(checkpoint.size.get())),
        ("root", text("root")),
        ("checkpoint", Cell::from(format!("verified {verified}"))),
        ("entry_version", Cell::Number(info.entry_version.into())),
        ("server_version", text("server_version")),
    ]);
    output.show(args.format.format, &Report::new(json.clone()).sheet(card))
}
