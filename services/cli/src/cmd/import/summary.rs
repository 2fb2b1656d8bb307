//! What an import says at its end: what became of every row.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::ImportArgs;
use super::send::Sent;
use crate::import::{ImportSummary, Skipped};
use crate::output::{Cell, Report, Sheet, hex, thousands};

/// The report, without what was sent for a dry run. `refused` are the cases that the ledger refused,
/// or would.
pub(super) fn report(
    args: &ImportArgs,
    checked: &ImportSummary,
    sent: Option<&Sent>,
    refused: u64,
    errors: &Path,
) -> Report {
    let fates = fates(checked);
    let mut sheet = Sheet::rows(["rows", "what_became_of_them"]);
    for (count, what, _) in fates.iter().filter(|(count, _, _)| *count > 0) {
        sheet.push([Cell::Count(*count), Cell::from(what.as_str())]);
    }
    Report::new(document(args, checked, &fates, sent, errors))
        .sheet(card(args, checked, sent, errors))
        .line("")
        .sheet(sheet)
        .line("")
        .line(conclusion(args, checked, sent, refused))
}

fn card(args: &ImportArgs, checked: &ImportSummary, sent: Option<&Sent>, errors: &Path) -> Sheet {
    let mut fields = vec![
        ("list", Cell::from(args.cohort.to_string())),
        ("file", Cell::from(args.file.display().to_string())),
        ("file_digest", Cell::from(hex(&checked.file_digest))),
        ("rows", Cell::Count(checked.rows)),
        ("subjects", Cell::Count(checked.subjects)),
        ("convictions", Cell::Count(checked.convictions)),
        ("cases", Cell::Count(checked.cases)),
        ("charges", Cell::Count(checked.charges)),
        ("felonies", Cell::Count(checked.controls.felonies.into())),
        (
            "misdemeanors",
            Cell::Count(checked.controls.misdemeanors.into()),
        ),
        (
            "infractions",
            Cell::Count(checked.controls.infractions.into()),
        ),
        (
            "severity_unknown",
            Cell::Count(checked.controls.unknown.into()),
        ),
    ];
    if let Some(sent) = sent {
        fields.extend([
            ("added", Cell::Count(sent.added)),
            ("known_from_other_lists", Cell::Count(sent.sighted)),
            ("already_sealed", Cell::Count(sent.already_sealed)),
            ("recorded_before", Cell::Count(sent.recorded_before)),
            ("receipts_verified", Cell::Count(sent.receipts)),
        ]);
    }
    fields.push(("errors", Cell::from(errors.display().to_string())));
    Sheet::card(fields)
}

/// How many rows, what became of them, and the stable name of that.
fn fates(checked: &ImportSummary) -> Vec<(u64, String, String)> {
    let fates = &checked.fates;
    let fixed = [
        (fates.charges, "became a charge of a case", "charges"),
        (
            fates.sentence_parts,
            "further parts of a sentence, folded",
            "sentence_parts",
        ),
        (fates.duplicates, "equal to an earlier row", "duplicates"),
        (
            fates.not_convictions,
            "arrests, dismissals and the like",
            "not_convictions",
        ),
        (fates.bad, "refused: an error of their own", "bad"),
        (
            fates.refused,
            "refused: another row of the subject has an error",
            "refused",
        ),
    ];
    let fixed = fixed.map(|(count, what, name)| (count, what.to_owned(), name.to_owned()));
    let skipped = fates
        .skipped
        .iter()
        .map(|(reason, Skipped { cases, rows })| {
            let what = format!(
                "of {} cases not imported: {}",
                thousands(*cases),
                reason.code()
            );
            (
                *rows,
                what,
                format!("skipped_{}", reason.code().to_ascii_lowercase()),
            )
        });
    fixed.into_iter().chain(skipped).collect()
}

fn document(
    args: &ImportArgs,
    checked: &ImportSummary,
    fates: &[(u64, String, String)],
    sent: Option<&Sent>,
    errors: &Path,
) -> Value {
    let rows = fates
        .iter()
        .map(|(count, _, name)| (name.clone(), json!(count)));
    let codes = checked
        .errors
        .iter()
        .map(|(code, count)| ((*code).to_owned(), json!(count)));
    let sent = sent.map(|sent| {
        json!({
            "added": sent.added,
            "known_from_other_lists": sent.sighted,
            "already_sealed": sent.already_sealed,
            "recorded_before": sent.recorded_before,
            "receipts_verified": sent.receipts,
            "received_rows": sent.received.rows,
        })
    });
    json!({
        "cohort": args.cohort.as_str(),
        "file_digest": hex(&checked.file_digest),
        "dry_run": args.dry_run,
        "rows": checked.rows,
        "subjects": checked.subjects,
        "subjects_refused": checked.subjects_refused,
        "convictions": checked.convictions,
        "cases": checked.cases,
        "charges": checked.charges,
        "felonies": checked.controls.felonies,
        "misdemeanors": checked.controls.misdemeanors,
        "infractions": checked.controls.infractions,
        "severity_unknown": checked.controls.unknown,
        "fates": rows.collect::<Map<String, Value>>(),
        "errors": codes.collect::<Map<String, Value>>(),
        "errors_file": errors,
        "evidence": {
            "deceased": checked.evidence.deceased,
            "pc290_registrations": checked.evidence.pc290_registrations,
            "superstrikes": checked.evidence.superstrikes,
        },
        "sent": sent,
    })
}

fn conclusion(
    args: &ImportArgs,
    checked: &ImportSummary,
    sent: Option<&Sent>,
    refused: u64,
) -> String {
    match sent {
        None if refused > 0 => format!(
            "Dry run: nothing was sent. {} cases would be, and {} of them refused.",
            thousands(checked.cases),
            thousands(refused)
        ),
        None => {
            format!(
                "Dry run: nothing was sent. {} cases would be.",
                thousands(checked.cases)
            )
        }
        Some(Sent {
            added: 0,
            sighted: 0,
            recorded_before,
            ..
        }) if *recorded_before > 0 => {
            format!(
                "{} had been imported before: nothing was added.",
                args.cohort
            )
        }
        Some(Sent { added, sighted, .. }) => format!(
            "{} is sealed: {} cases added, {} known from other lists.",
            args.cohort,
            thousands(*added),
            thousands(*sighted)
        ),
    }
}
