//! One case at a glance.

use serde::{Deserialize, Serialize};

use crate::event::Flags;
use crate::id::CaseId;
use crate::state::{CaseIdentity, CaseState, ChargeState, Disposition, Exit, Phase, Sighting};
use crate::vocabulary::{Custodian, Determination, Set, Severity, Vocabulary};

/// A case at a glance: its state with everything that is derived from it. A function of the
/// state alone, so a card of a past revision is the card of the state folded up to there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseCard {
    /// Number of events so far; the newest revision is one less.
    pub revisions: u64,
    /// Where and whose it is; none while only unmatched confirmations are known.
    pub identity: Option<CaseIdentity>,
    /// The lowest phase among its pursued charges.
    pub phase: Option<Phase>,
    /// The highest phase among its pursued charges.
    pub any_phase: Option<Phase>,
    /// Why it is not pursued, if no charge is.
    pub exit: Option<Exit>,
    /// What holds of the case as a whole.
    pub roll_up: Set<RollUp>,
    /// Every charge, by ascending id.
    pub charges: Vec<ChargeCard>,
    /// Every flag raised.
    pub flags: Flags,
    /// Lists that have or had it.
    pub sightings: Vec<Sighting>,
    /// Custodians that acknowledged.
    pub custodians: Set<Custodian>,
    /// The case that counts, if this one is a duplicate.
    pub duplicate_of: Option<CaseId>,
    /// Confirmations that wait for the case to be identified.
    pub held: u32,
    /// Revisions that were retracted or corrected.
    pub retracted: Vec<u64>,
}

/// A charge at a glance: its tracks and where they lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeCard {
    /// The charge on its tracks.
    pub state: ChargeState,
    /// The public phase.
    pub phase: Phase,
    /// How it left the way to relief, if it did.
    pub exit: Option<Exit>,
    /// Whether relief is about it and is on its way or done.
    pub pursued: bool,
    /// Whether nothing remains to be done.
    pub complete: bool,
}

/// What may hold of a case as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum RollUp {
    /// It counts in totals. `COUNTED`
    Counted = 1,
    /// Some charge is eligible by the determination in force, and each such charge has its relief
    /// on the docket. `ALL_ELIGIBLE_RELIEVED`
    AllEligibleRelieved = 2,
    /// It has cannabis charges, and each has its relief on the docket. `ALL_CANNABIS_RELIEVED`
    AllCannabisRelieved = 3,
    /// Convictions remain that relief is not about: the file cannot be sealed whole.
    /// `OTHER_CONVICTIONS_REMAIN`
    OtherConvictionsRemain = 4,
    /// It had a felony, and none is left. `FELONY_REMOVED`
    FelonyRemoved = 5,
    /// Nothing remains to be done. `COMPLETE`
    Complete = 6,
    /// The defender was told of a challenge. `DEFENDER_NOTICED`
    DefenderNoticed = 7,
    /// Two sources disagree about who or what it is, and nobody resolved it. `MISMATCH_OPEN`
    MismatchOpen = 8,
}

impl Vocabulary for RollUp {
    const ALL: &'static [Self] = &[
        Self::Counted,
        Self::AllEligibleRelieved,
        Self::AllCannabisRelieved,
        Self::OtherConvictionsRemain,
        Self::FelonyRemoved,
        Self::Complete,
        Self::DefenderNoticed,
        Self::MismatchOpen,
    ];

    fn number(self) -> u8 {
        self as u8
    }

    fn code(self) -> &'static str {
        match self {
            Self::Counted => "COUNTED",
            Self::AllEligibleRelieved => "ALL_ELIGIBLE_RELIEVED",
            Self::AllCannabisRelieved => "ALL_CANNABIS_RELIEVED",
            Self::OtherConvictionsRemain => "OTHER_CONVICTIONS_REMAIN",
            Self::FelonyRemoved => "FELONY_REMOVED",
            Self::Complete => "COMPLETE",
            Self::DefenderNoticed => "DEFENDER_NOTICED",
            Self::MismatchOpen => "MISMATCH_OPEN",
        }
    }
}

impl RollUp {
    /// Whether it holds of a case.
    pub fn holds(self, case: &CaseState) -> bool {
        match self {
            Self::Counted => case.counted(),
            Self::AllEligibleRelieved => all_relieved(case, eligible),
            Self::AllCannabisRelieved => {
                all_relieved(case, |charge| charge.charge.family.is_cannabis())
            }
            Self::OtherConvictionsRemain => case.other_convictions_remain(),
            Self::FelonyRemoved => {
                let mut felonies = felonies(case).peekable();
                felonies.peek().is_some() && felonies.all(felony_removed)
            }
            Self::Complete => case.complete(),
            Self::DefenderNoticed => case.defender_noticed,
            Self::MismatchOpen => case.mismatch_open,
        }
    }
}

impl CaseCard {
    /// The card of a case.
    pub fn new(case: &CaseState) -> Self {
        Self {
            revisions: case.revisions,
            identity: case.identity,
            phase: case.phase(),
            any_phase: case.any_phase(),
            exit: case.exit(),
            roll_up: RollUp::ALL
                .iter()
                .copied()
                .filter(|roll_up| roll_up.holds(case))
                .collect(),
            charges: case.charges.iter().map(ChargeCard::new).collect(),
            flags: case.flags,
            sightings: case.sightings.clone(),
            custodians: case.custodians,
            duplicate_of: case.duplicate_of,
            held: case.held.len() as u32,
            retracted: case.retracted.clone(),
        }
    }
}

impl ChargeCard {
    /// The card of a charge.
    pub fn new(charge: &ChargeState) -> Self {
        Self {
            state: *charge,
            phase: charge.phase(),
            exit: charge.exit(),
            pursued: charge.pursued(),
            complete: charge.complete(),
        }
    }
}

fn eligible(charge: &ChargeState) -> bool {
    charge
        .determined
        .is_some_and(|determined| determined.determination == Determination::Eligible)
}

/// Whether some charges are meant, and all of them have their relief on the docket.
fn all_relieved(case: &CaseState, meant: impl Fn(&ChargeState) -> bool) -> bool {
    let mut charges = case
        .charges
        .iter()
        .filter(|charge| meant(charge))
        .peekable();
    charges.peek().is_some() && charges.all(ChargeState::entered)
}

fn felonies(case: &CaseState) -> impl Iterator<Item = &ChargeState> {
    case.charges
        .iter()
        .filter(|charge| charge.charge.severity == Severity::Felony)
}

/// Whether a felony is none any more: dismissed, or of a known lower grade.
fn felony_removed(charge: &ChargeState) -> bool {
    match charge.disposition {
        Disposition::Dismissed => true,
        Disposition::Redesignated | Disposition::Resentenced => matches!(
            charge.severity_after,
            Some(Severity::Misdemeanor | Severity::Infraction)
        ),
        Disposition::Conviction | Disposition::NotFound | Disposition::Destroyed => false,
    }
}
