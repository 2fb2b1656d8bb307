//! What courts ask: worklists and comparisons.

use caseledger_domain::Target;
use caseledger_domain::view::{Open, Standing};

use super::*;

/// A case, and how far its court has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The row, as the court numbers it.
    pub row: u32,
    /// [`Target::Case`] or [`Target::CaseKey`].
    pub case: Target,
    /// How far.
    pub standing: Standing,
}

/// Reads what a worklist is to show.
///
/// # Errors
/// [`WireErrors`] with every violation.
pub fn worklist(wire: &pb::ListWorklistRequest) -> Result<Open, WireErrors> {
    use pb::WorklistKind as K;

    read(|r| {
        let court = key::court(&wire.court, "court", r);
        let open = match K::try_from(wire.kind) {
            Ok(K::OrderedNotEntered) => Some(Open::OrderedNotEntered),
            Ok(K::EnteredNotSealed) => Some(Open::EnteredNotSealed),
            Ok(K::RejectedNotRefiled) => Some(Open::RejectedNotRefiled),
            Ok(K::Unspecified) => {
                r.reject("kind", Why::Missing);
                None
            }
            Err(_) => {
                r.reject("kind", Why::UnknownNumber(wire.kind));
                None
            }
        };
        court?;
        open
    })
}

/// Reads cases to compare.
///
/// # Errors
/// [`WireErrors`] with every violation.
pub fn reconcile(
    wire: &pb::ReconcileRequest,
    pseudonyms: &dyn Pseudonyms,
) -> Result<Vec<Claimed>, WireErrors> {
    use pb::reconcile_row::Case;

    read(|r| {
        r.count("rows", wire.rows.len(), (1, BATCH_ROWS_MAX))?;
        r.items("rows", wire.rows.iter(), |row, r| {
            let standing = standing(row.standing, r);
            let case = match r.present("case", row.case.as_ref())? {
                Case::CaseId(id) => exact_bytes(id, "case_id", r)
                    .map(CaseId::from_bytes)
                    .map(Target::Case),
                Case::CaseKey(key) => r
                    .field("case_key", |r| key::take_case_key(key, r, pseudonyms))
                    .map(Target::CaseKey),
            };
            Some(Claimed {
                row: row.row,
                case: case?,
                standing: standing?,
            })
        })
    })
}

fn standing(number: i32, r: &mut Reader) -> Option<Standing> {
    use pb::CourtStanding as S;

    Some(match S::try_from(number) {
        Ok(S::NotFiled) => Standing::NotFiled,
        Ok(S::Rejected) => Standing::Rejected,
        Ok(S::Filed) => Standing::Filed,
        Ok(S::Denied) => Standing::Denied,
        Ok(S::Granted) => Standing::Granted,
        Ok(S::Entered) => Standing::Entered,
        Ok(S::Sealed) => Standing::Sealed,
        Ok(S::Unspecified) => {
            r.reject("standing", Why::Missing);
            return None;
        }
        Err(_) => {
            r.reject("standing", Why::UnknownNumber(number));
            return None;
        }
    })
}
