//! Ledgers that declare who may state what: tables of grants, days, places, acts and approvals.

use std::collections::{BTreeMap, BTreeSet};

use crate::command::{Command, Context, Expected, Scope, Target};
use crate::event::{Event, Flags};
use crate::evolve;
use crate::fact::{Fact, FactKind, OrgFact};
use crate::id::OrgId;
use crate::registry::{Authority, Registry};
use crate::rejection::Rejection;
use crate::state::{OrgState, State};
use crate::text::Text;
use crate::vocabulary::Role;

use super::support::*;

mod acts;
mod approvals;
mod places;

/// The organisations of a ledger, with what became of each post.
#[derive(Clone, Debug)]
struct Ledger {
    registry: Registry,
    orgs: BTreeMap<OrgId, State>,
    today: &'static str,
    kinds: BTreeSet<FactKind>,
    flags: Flags,
}

/// The kinds of facts about organisations that are accepted somewhere.
pub(super) fn accepted() -> BTreeSet<FactKind> {
    acts::everything().kinds
}

/// The flags that facts about organisations raise.
pub(super) fn raised() -> Flags {
    approvals::two_persons().flags
}

/// The rules of authority that refuse something.
pub(super) fn refused() -> BTreeSet<&'static str> {
    let acts = acts::rows().into_iter().map(|(.., rejection)| rejection);
    let places = places::rows()
        .into_iter()
        .filter_map(|(.., rejection)| rejection);
    let rules = acts.chain(places).chain(places::every_missing());
    let attempted = FactKind::RoleGranted;
    // Those two have a test of their own, of a ledger that declares no authority yet.
    let first = [
        Rejection::NotDeclared(attempted),
        Rejection::NotGenesis(attempted),
    ];
    rules
        .chain(first)
        .map(|rejection| rejection.rule())
        .collect()
}

fn id(text: &str) -> OrgId {
    text.parse().unwrap()
}

fn court(code: &str) -> Text<16> {
    code.parse().unwrap()
}

fn about(target: Target, fact: Fact) -> Command {
    Command {
        target,
        expected: Expected::Any,
        scope: Scope::WholeCase,
        occurred_on: day(ON),
        fact,
    }
}

fn registered() -> OrgFact {
    OrgFact::OrganisationRegistered {
        name: "SUPERIOR COURT".parse().unwrap(),
    }
}

fn bound(uri: &str) -> OrgFact {
    bound_until(uri, None)
}

fn bound_until(uri: &str, until: Option<&str>) -> OrgFact {
    OrgFact::PrincipalBound {
        uri: uri.parse().unwrap(),
        valid_until: until.map(day),
    }
}

fn unbound(uri: &str) -> OrgFact {
    OrgFact::PrincipalUnbound {
        uri: uri.parse().unwrap(),
    }
}

fn granted(role: Role) -> OrgFact {
    limited(role, &[], &[])
}

fn limited(role: Role, counties: &[u16], courts: &[&str]) -> OrgFact {
    OrgFact::RoleGranted {
        role,
        counties: counties.to_vec(),
        courts: courts.iter().copied().map(court).collect(),
        valid_from: day("2020-01-01"),
        valid_until: None,
    }
}

fn lasting(role: Role, from: &str, until: Option<&str>) -> OrgFact {
    OrgFact::RoleGranted {
        role,
        counties: Vec::new(),
        courts: Vec::new(),
        valid_from: day(from),
        valid_until: until.map(day),
    }
}

fn revoked(role: Role) -> OrgFact {
    OrgFact::RoleRevoked { role }
}

impl Ledger {
    fn undeclared() -> Self {
        Self {
            registry: Registry::default(),
            orgs: BTreeMap::new(),
            today: TODAY,
            kinds: BTreeSet::new(),
            flags: Flags::NONE,
        }
    }

    /// As `init` leaves it.
    fn declared() -> Self {
        let mut ledger = Self::undeclared();
        for fact in genesis() {
            ledger.record(OPERATOR, Target::Ledger, fact).unwrap();
        }
        ledger
    }

    fn authority(&self) -> Option<Authority<'_>> {
        self.registry.is_declared().then_some(Authority {
            registry: &self.registry,
            counties: &[],
            court: None,
        })
    }

    fn context<'a>(&self, who: Who, authority: Option<Authority<'a>>) -> Context<'a> {
        Context {
            today: day(self.today),
            poster: org(who),
            role: who.1,
            policy: None,
            cohort: None,
            canonical: None,
            history: &[],
            order_counts: None,
            authority,
        }
    }

    fn decide(&self, who: Who, target: Target, fact: OrgFact) -> Result<Vec<Event>, Rejection> {
        let organisation = match target {
            Target::Org(organisation) => organisation,
            _ => OrgId::OPERATOR,
        };
        let fresh = State::Org(OrgState::default());
        let state = self.orgs.get(&organisation).unwrap_or(&fresh);
        let context = self.context(who, self.authority());
        crate::decide(state, &about(target, Fact::Org(fact)), &context)
    }

    fn record(&mut self, who: Who, target: Target, fact: OrgFact) -> Result<Flags, Rejection> {
        let events = self.decide(who, target, fact)?;
        let [event] = &events[..] else {
            panic!("{events:?}");
        };
        let organisation = match target {
            Target::Org(organisation) => organisation,
            _ => OrgId::OPERATOR,
        };
        let state = self.orgs.remove(&organisation);
        let state = state.unwrap_or_else(|| State::Org(OrgState::default()));
        self.orgs.insert(organisation, evolve(state, event));
        self.registry.apply(organisation, org(who), event);
        self.kinds.insert(event.fact.kind());
        self.flags = self.flags.union(event.flags);
        // The stream by itself and the registry of all come to the same.
        let folded = self.registry.org(organisation).cloned().map(State::Org);
        let known = folded.is_none() || folded.as_ref() == self.orgs.get(&organisation);
        assert!(known, "{organisation}: {folded:?}");
        Ok(event.flags)
    }

    /// The operator states something about an organisation.
    fn given(self, organisation: &str, facts: impl IntoIterator<Item = OrgFact>) -> Self {
        self.given_by(OPERATOR, organisation, facts)
    }

    fn given_by(
        mut self,
        who: Who,
        organisation: &str,
        facts: impl IntoIterator<Item = OrgFact>,
    ) -> Self {
        for fact in facts {
            let said = fact.clone();
            if let Err(rejection) = self.record(who, Target::Org(id(organisation)), fact) {
                panic!("{rejection}: {said:?}");
            }
        }
        self
    }

    fn on(mut self, today: &'static str) -> Self {
        self.today = today;
        self
    }

    fn refusal(&self, who: Who, organisation: &str, fact: OrgFact) -> Rejection {
        self.decide(who, Target::Org(id(organisation)), fact)
            .unwrap_err()
    }
}

/// What `init` records.
fn genesis() -> [OrgFact; 3] {
    [
        registered(),
        granted(Role::Operator),
        bound("spiffe://ledger.example/operator"),
    ]
}
