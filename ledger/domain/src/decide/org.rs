//! Decisions about organisations: the registry has the rules, because they look at all of them.

use crate::command::{Command, Context, Target};
use crate::fact::{Fact, OrgFact};
use crate::registry::is_genesis;
use crate::rejection::Rejection;
use crate::state::OrgState;

use super::stage::Step;
use super::{Decided, keys};

pub(super) fn decide(
    state: &OrgState,
    fact: &OrgFact,
    command: &Command,
    context: &Context<'_>,
) -> Decided {
    let mut step = Step::new(command, context);
    match (command.target, fact.key_change()) {
        (Target::Ledger, Some(change)) => step.refuse(keys::key_refusal(state, change)),
        (_, Some(_)) => step.refuse([Rejection::KeyHolderOnly {
            attempted: fact.kind(),
        }]),
        (Target::Ledger, None) => step.refuse(genesis(state, fact, context)),
        (Target::Org(organisation), None) => match context.authority {
            Some(authority) => {
                let registry = authority.registry;
                let (poster, today) = (context.poster, context.today);
                step.refuse(registry.refusals(organisation, poster, fact, today));
                step.flags = registry.flags(fact);
            }
            None => step.refuse([Rejection::NotDeclared(fact.kind())]),
        },
        // The caller sees to it that the stream is that of the target.
        (_, None) => {}
    }
    step.decided(Fact::Org(fact.clone()))
}

/// Where the data folder is, authority is declared once and in this order; what is stated later is posted.
fn genesis(state: &OrgState, fact: &OrgFact, context: &Context<'_>) -> Option<Rejection> {
    let next = is_genesis(state, context.poster, context.role, fact);
    (!next).then_some(Rejection::NotGenesis(fact.kind()))
}
