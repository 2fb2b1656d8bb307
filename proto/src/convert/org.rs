//! Organisations, for people.

use caseledger_domain::{Fact, OrgFact, OrgId, Pending, Registry};

use super::request::page_behind;
use crate::field::{Nested as _, Wire, parse};
use crate::pb::event::v1 as event;
use crate::pb::event::v1::fact::Kind;
use crate::pb::v1 as pb;
use crate::wire_error::{WireErrors, read};

/// Reads the field `organisation` of a message.
///
/// # Errors
/// [`WireErrors`] if it is missing or no id.
pub fn org_id(wire: &str) -> Result<OrgId, WireErrors> {
    read(|r| parse(wire, "organisation", r))
}

/// Organisations at most, and behind which one they begin.
///
/// # Errors
/// [`WireErrors`] names the field.
pub fn organisations(
    wire: &pb::ListOrganisationsRequest,
) -> Result<(usize, Option<OrgId>), WireErrors> {
    page_behind(wire.page.as_ref())
}

/// An organisation as the registry has it; none if it is not known. Digests of tokens are left out: whoever administers
/// tokens has them, and nobody else needs them.
pub fn organisation(registry: &Registry, id: OrgId) -> Option<pb::Organisation> {
    let (_, state) = registry.orgs().find(|(known, _)| *known == id)?;
    let grants = state.grants.iter().map(|grant| event::RoleGranted {
        role: grant.role.put(),
        counties: grant.counties.put(),
        courts: grant.courts.put(),
        valid_from: grant.valid_from.put(),
        valid_until: grant.valid_until.put(),
    });
    let principals = state.principals.iter().map(|held| event::PrincipalBound {
        uri: held.id.put(),
        valid_until: held.valid_until.put(),
    });
    let tokens = state.tokens.iter().map(|held| pb::Token {
        valid_until: held.valid_until.put(),
    });
    let signing_keys = state
        .signing_keys
        .iter()
        .map(|held| event::SigningKeyAdded {
            key: held.id.put(),
            valid_until: held.valid_until.put(),
        });
    let waits = state
        .pending
        .iter()
        .map(|waiting| pending(registry, id, waiting));
    Some(pb::Organisation {
        organisation: id.put(),
        name: state.name.map_or_else(String::new, |name| name.put()),
        revisions: state.revisions,
        grants: grants.collect(),
        principals: principals.collect(),
        tokens: tokens.collect(),
        signing_keys: signing_keys.collect(),
        signatures_required: state.signatures_required,
        approval_required: state.approval_required,
        pending: waits.collect(),
    })
}

fn pending(registry: &Registry, id: OrgId, waiting: &Pending) -> pb::PendingAct {
    let Pending { revision, act } = waiting;
    let mut shown = Fact::Org(OrgFact::clone(act)).put_message();
    match &mut shown.kind {
        Some(Kind::TokenIssued(token)) => token.sha256.clear(),
        Some(Kind::TokenRevoked(token)) => token.sha256.clear(),
        _ => {}
    }
    let proposer = registry.proposer(id, *revision);
    pb::PendingAct {
        revision: *revision,
        proposer: proposer.map_or_else(String::new, |proposer| proposer.put()),
        act: Some(shown),
    }
}
