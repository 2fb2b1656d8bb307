//! Announced figures, counted again.
//!
//! An announcement rests on exactly the entries before it, so a replay has what it needs in hand
//! when it gets there: how the cases stand, and the root of the tree.

use caseledger_chain::Digest;
use caseledger_domain::{
    AnnouncementFact, Frozen,
    view::{AsOf, Totals},
};

use crate::fault::Fault;

/// What speaks against its figures, counted over `totals` of `size` entries whose tree has `root`.
pub(crate) fn figures(
    fact: &AnnouncementFact,
    totals: &Totals,
    size: u64,
    root: Digest,
) -> Vec<Fault> {
    let sheet = fact.sheet();
    let expected = Frozen {
        size,
        root: root.to_bytes(),
    };
    let mut faults = Vec::new();
    match sheet.frozen {
        Some(found) if found != expected => {
            faults.push(Fault::Frozen {
                expected,
                found,
                later: 0,
            });
        }
        Some(_) => {}
        None => faults.push(Fault::NotFrozen),
    }
    let counted = totals.tallies(&sheet.figures, AsOf::Now);
    for ((figure, counted), number) in sheet.figures.iter().zip(counted).zip(1..) {
        // One that cannot be counted is against the rules, which are judged by themselves.
        let Ok(expected) = counted else { continue };
        let found = figure.stated();
        if found != Some(expected) {
            faults.push(Fault::FigureDiffers {
                figure: number,
                expected,
                found,
            });
        }
    }
    faults
}
