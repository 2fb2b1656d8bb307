//! What a decision may know besides the stream itself, gathered before it is made.

use caseledger_domain::{
    CaseFact, Command, Context, Date, Event, Fact, FilingFact, InitiativeId, OrderCounts,
    OrderFact, OrgId, State, StreamId, registry::Authority,
};
use caseledger_store::LogReader;

use crate::{
    error::ReadError,
    job::Poster,
    limits,
    overlay::{Draft, Overlay},
    packed::Packed,
    shared::Shared,
    stored::Stored,
    world::World,
};

/// Where in the overlay the things are that a decision may look at.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    initiative: Option<usize>,
    cohort: Option<usize>,
    canonical: Option<usize>,
    history: Vec<(OrgId, Event)>,
    order_counts: Option<OrderCounts>,
}

/// Whether a command closes an order, for which every application before it must be counted.
pub(super) const fn closes_order(command: &Command) -> bool {
    matches!(command.fact, Fact::Order(OrderFact::OrderCompleted { .. }))
}

impl Gathered {
    /// Takes what the command refers to into the overlay.
    pub(super) fn new(
        overlay: &mut Overlay,
        world: &World,
        shared: &Shared,
        target: usize,
        command: &Command,
    ) -> Result<Self, ReadError> {
        let mut gathered = Self::default();
        let load = |overlay: &mut Overlay, stream| {
            overlay
                .load(world, stream)
                .map(Some)
                .map_err(ReadError::State)
        };
        let Some(draft) = overlay.draft(target) else {
            return Ok(gathered);
        };
        let (stream, initiative) = (draft.stream(), initiative(draft, command));
        if let Some(initiative) = initiative {
            gathered.initiative = load(overlay, StreamId::Initiative(initiative))?;
        }
        match &command.fact {
            Fact::Case(
                CaseFact::CaseIdentified { cohort, .. }
                | CaseFact::SightingAdded { cohort, .. }
                | CaseFact::SightingRemoved { cohort },
            ) => gathered.cohort = load(overlay, StreamId::Cohort(*cohort))?,
            Fact::Case(CaseFact::DuplicateLinked { canonical, .. }) => {
                gathered.canonical = load(overlay, StreamId::Case(*canonical))?;
            }
            Fact::Case(CaseFact::FactCorrected { replacement, .. }) => {
                if let CaseFact::DuplicateLinked { canonical, .. } = **replacement {
                    gathered.canonical = load(overlay, StreamId::Case(canonical))?;
                }
                gathered.history = history(overlay, world, &*shared.log, &stream)?;
            }
            Fact::Case(CaseFact::EventRetracted { .. } | CaseFact::ConfirmationResolved { .. }) => {
                gathered.history = history(overlay, world, &*shared.log, &stream)?;
            }
            Fact::Order(OrderFact::OrderCompleted { .. }) => {
                let counts = count_order(overlay, world, shared, target)?;
                gathered.order_counts = Some(counts);
            }
            Fact::Case(_)
            | Fact::Initiative(_)
            | Fact::Cohort(_)
            | Fact::Filing(_)
            | Fact::Order(_)
            | Fact::Org(_) => {}
        }
        Ok(gathered)
    }

    /// The context of the decision.
    pub(super) fn context<'a>(
        &'a self,
        overlay: &'a Overlay,
        today: Date,
        poster: &Poster,
        authority: Authority<'a>,
    ) -> Context<'a> {
        let state = |at: Option<usize>| overlay.draft(at?).filter(|draft| !draft.is_new());
        let policy = match state(self.initiative).and_then(Draft::state) {
            Some(State::Initiative(initiative)) => initiative.policy.as_ref(),
            _ => None,
        };
        let cohort = match state(self.cohort).and_then(Draft::state) {
            Some(State::Cohort(cohort)) => Some(cohort),
            _ => None,
        };
        let canonical = match state(self.canonical).and_then(Draft::state) {
            Some(State::Case(case)) => Some(case),
            _ => None,
        };
        Context {
            today,
            poster: poster.org,
            role: poster.role,
            policy,
            cohort,
            canonical,
            history: &self.history,
            order_counts: self.order_counts,
            authority: authority.registry.is_declared().then_some(authority),
        }
    }

    /// The counties of the initiative concerned; none if it is not known.
    pub(super) fn counties<'a>(&self, overlay: &'a Overlay) -> &'a [u16] {
        let initiative = self.initiative.and_then(|at| overlay.draft(at));
        match initiative.and_then(Draft::state) {
            Some(State::Initiative(initiative)) => &initiative.counties,
            _ => &[],
        }
    }
}

/// The initiative whose policy applies: of the list that the fact names, else of the newest list
/// that has the case.
fn initiative(draft: &Draft, command: &Command) -> Option<InitiativeId> {
    match (&command.fact, draft.stream(), draft.state()) {
        (
            Fact::Case(
                CaseFact::CaseIdentified { cohort, .. }
                | CaseFact::SightingAdded { cohort, .. }
                | CaseFact::SightingRemoved { cohort },
            ),
            ..,
        ) => Some(cohort.initiative()),
        (Fact::Filing(FilingFact::FilingPrepared { initiative, .. }), ..) => *initiative,
        (_, _, Some(State::Case(case))) => case.initiative(),
        (_, _, Some(State::Filing(filing))) => filing.initiative,
        (_, StreamId::Initiative(initiative), _) => Some(initiative),
        (_, StreamId::Cohort(cohort), _) => Some(cohort.initiative()),
        (_, StreamId::Case(_) | StreamId::Filing(_) | StreamId::Order(_) | StreamId::Org(_), _) => {
            None
        }
    }
}

/// The events of a stream with their posters: from the log, then those of this group.
fn history(
    overlay: &Overlay,
    world: &World,
    log: &dyn LogReader,
    stream: &StreamId,
) -> Result<Vec<(OrgId, Event)>, ReadError> {
    let mut history = Vec::new();
    let positions = world.stream(stream).into_iter().flat_map(Packed::positions);
    for position in positions.map(caseledger_chain::Position::new) {
        let bytes = log.entry(position)?.ok_or(ReadError::Missing(position))?;
        let stored =
            Stored::decode(&bytes).map_err(|source| ReadError::Entry { position, source })?;
        history.push((stored.org, stored.event));
    }
    let fresh = overlay
        .events
        .iter()
        .filter(|applied| applied.stream == *stream);
    history.extend(fresh.map(|applied| (applied.org, applied.event.clone())));
    Ok(history)
}

/// How many cases an order was applied to: what the views count, once they hold everything, and
/// what this submission applied before. The caller sees to it that the group has nothing else.
fn count_order(
    overlay: &Overlay,
    world: &World,
    shared: &Shared,
    target: usize,
) -> Result<OrderCounts, ReadError> {
    let draft = overlay.draft(target);
    let stream = draft.map(Draft::stream);
    let (Some(StreamId::Order(order)), Some(State::Order(state))) =
        (stream, draft.and_then(Draft::state))
    else {
        return Ok(OrderCounts::default());
    };
    shared.wait_for_views(world.head().size, limits::READ_WAIT_MAX)?;
    let mut fresh: Vec<u32> = overlay
        .events
        .iter()
        .filter_map(|applied| match applied.event.fact {
            Fact::Case(CaseFact::OrderApplied { order: of, row, .. }) if of == order => Some(row),
            _ => None,
        })
        .collect();
    fresh.sort_unstable();
    fresh.dedup();
    let views = shared.views();
    let worklists = views.worklists();
    let mut counts = worklists.order_counts(order);
    if !fresh.is_empty() {
        // A row that was applied in an earlier group is counted there.
        let open = worklists.order_rows_open(order, state);
        let added = open.filter(|row| fresh.binary_search(row).is_ok()).count();
        counts.applied = counts.applied.saturating_add(added as u32);
    }
    Ok(counts)
}
