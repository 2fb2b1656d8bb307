//! What the life cycles of initiatives, cohorts, filings and orders have in common
//! (docs/LIFECYCLE.md): a claim is refused where the stage does not allow it, an official fact is
//! recorded and flagged.

use crate::authority;
use crate::command::{Command, Context, Scope};
use crate::event::{Charges, Event, Flag, Flags};
use crate::fact::{Fact, FactKind, Manifest};
use crate::rejection::{Quantity, Rejection, Stage};

use super::{Decided, content};

/// One fact on a stream that is not a case.
pub(super) struct Step<'a> {
    pub(super) command: &'a Command,
    pub(super) context: &'a Context<'a>,
    pub(super) flags: Flags,
    pub(super) refusals: Vec<Rejection>,
}

impl<'a> Step<'a> {
    /// The fact, with nothing said against it but a list of charges.
    pub(super) fn new(command: &'a Command, context: &'a Context<'a>) -> Self {
        let attempted = command.fact.kind();
        let refusals = match command.scope {
            Scope::WholeCase => Vec::new(),
            Scope::Charges(_) => vec![Rejection::ScopeNotApplicable { attempted }],
        };
        Self {
            command,
            context,
            flags: Flags::NONE,
            refusals,
        }
    }

    pub(super) fn refuse(&mut self, refusal: impl IntoIterator<Item = Rejection>) {
        self.refusals.extend(refusal);
    }

    pub(super) fn flag_if(&mut self, condition: bool, flag: Flag) {
        self.flags = self.flags.with_if(condition, flag);
    }

    /// The stage has to allow the fact; `allows` is the life cycle.
    pub(super) fn stage(&mut self, stands: Stage, allows: impl Fn(FactKind) -> bool) {
        let attempted = self.command.fact.kind();
        if allows(attempted) {
            return;
        }
        if authority::is_official(self.context.role) && !is_list(stands) {
            self.flags = self.flags.with(Flag::OutOfOrder);
            return;
        }
        let allowed = FactKind::ALL.iter().copied().filter(|kind| allows(*kind));
        self.refusals.push(Rejection::StageNotAllowed {
            stands,
            attempted,
            allowed: allowed.collect(),
        });
    }

    /// A manifest has at least one row.
    pub(super) fn manifest(&mut self, manifest: Option<Manifest>) {
        self.refuse(manifest.and_then(|manifest| {
            content::within(
                Quantity::ManifestRows,
                manifest.rows.into(),
                1,
                u32::MAX.into(),
            )
        }));
    }

    pub(super) fn decided(self, fact: impl Into<Fact>) -> Decided {
        if !self.refusals.is_empty() {
            return Err(self.refusals);
        }
        Ok(vec![Event {
            occurred_on: self.command.occurred_on,
            role: self.context.role,
            flags: self.flags,
            charges: Charges::default(),
            fact: fact.into(),
        }])
    }
}

/// A list is its owner's own statement, whoever the owner is: never a fact about somebody else.
const fn is_list(stands: Stage) -> bool {
    match stands {
        Stage::Cohort(_) => true,
        Stage::Initiative(_) | Stage::Filing(_) | Stage::Order(_) => false,
    }
}
