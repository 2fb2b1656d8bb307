//! Versioned policy: deadlines and working periods that an initiative has adopted.
//!
//! The values live in events, not in code, so that a check made later uses the policy that was in
//! force at its position.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::text::Text;

/// The rules an eligibility determination was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RuleSet {
    /// Its name.
    pub id: Text<16>,
    /// Its version, from 1.
    pub version: u16,
}

impl fmt::Display for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.id, self.version)
    }
}

/// What an initiative holds itself to. Days count from the earlier act of each pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Policy {
    /// Version, from 1; a later version supersedes.
    pub version: u16,
    /// The current rule set.
    pub rule_set: RuleSet,
    /// Last day to challenge; later challenges are flagged. For lists under H&S 11361.9 this is
    /// 2020-07-01.
    pub challenge_deadline: Option<Date>,
    /// Approved to filed, in days.
    pub approved_to_filed_days: u16,
    /// Filed to decided, in days.
    pub filed_to_decided_days: u16,
    /// Ordered to entered on the docket, in days.
    pub ordered_to_entered_days: u16,
    /// Dismissed to sealed, in days.
    pub dismissed_to_sealed_days: u16,
    /// Entered to reported to DOJ, in days. PC 13151 gives the court 30.
    pub entered_to_reported_days: u16,
    /// Reported to updated by DOJ, in days.
    pub reported_to_updated_days: u16,
}
