//! Facts about an announcement: figures that somebody published, frozen so that anybody can count
//! them again.
//!
//! **Announced is not done.** A figure has no verb of its own: its stage is both what it counts and
//! what may be said of it. What is only to be dismissed is published as `APPROVED` or `FILED`, and
//! `DISMISSED` counts what a docket shows.

use serde::{Deserialize, Serialize};

use crate::state::Phase;
use crate::text::Text;
use crate::view::{Dimension, Unit};
use crate::vocabulary::{Coded, CorrectionReason, Denominator};

/// A fact about an announcement. Poster: a press office, of its own announcements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnnouncementFact {
    /// Figures were published; the business date is that of the announcement.
    AnnouncementPublished {
        /// The figures.
        sheet: Sheet,
    },
    /// Figures published before were wrong; these stand in their place.
    AnnouncementCorrected {
        /// Revision that is corrected.
        target: u64,
        /// Why.
        reason: Coded<CorrectionReason>,
        /// The figures as they should have been said, counted anew.
        sheet: Sheet,
    },
}

impl AnnouncementFact {
    /// The figures that it states.
    pub const fn sheet(&self) -> &Sheet {
        match self {
            Self::AnnouncementPublished { sheet } | Self::AnnouncementCorrected { sheet, .. } => {
                sheet
            }
        }
    }

    /// The same, to be filled in.
    pub const fn sheet_mut(&mut self) -> &mut Sheet {
        match self {
            Self::AnnouncementPublished { sheet } | Self::AnnouncementCorrected { sheet, .. } => {
                sheet
            }
        }
    }
}

/// The figures of an announcement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Where it was published: an address, or the code of a title. It names nobody.
    pub reference: Text<120>,
    /// The figures, 1 to [`FIGURES_MAX`](crate::decide::limits::FIGURES_MAX).
    pub figures: Vec<Figure>,
    /// What they rest on. Filled in by the ledger; a post has none.
    pub frozen: Option<Frozen>,
}

/// The ledger that figures rest on: exactly the entries before the one that has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// How many entries.
    pub size: u64,
    /// RFC 6962 root of the tree over them.
    pub root: [u8; 32],
}

/// One figure: how it is counted, and what that came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What the sheet calls it. It names nobody.
    pub label: Text<24>,
    /// What it counts has reached this phase: the only verb that goes with it.
    pub stage: Phase,
    /// What is counted.
    pub unit: Unit,
    /// Which ones; all must hold.
    pub filters: Vec<FigureFilter>,
    /// What it is a share of.
    pub denominator: Denominator,
    /// How many. A post may state it and is refused if the ledger counts otherwise; an event has
    /// it.
    pub value: Option<u64>,
    /// Of how many; likewise.
    pub of: Option<u64>,
}

/// One part of which cases or charges a figure is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureFilter {
    /// The dimension.
    pub dimension: Dimension,
    /// Its values, one of which it has.
    pub values: Vec<Text<64>>,
}
