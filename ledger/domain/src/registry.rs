//! Who may state what, as the ledger itself says it: the fold of every stream of an organisation (docs/LIFECYCLE.md).
//!
//! Identity is who calls: [`Registry::principal`] and [`Registry::token`] say for whom a certificate or a token speaks.
//! Authority is what an organisation may state: [`Authority::judge`] says it of a command, and [`Registry::permits`] of an
//! event that was recorded. Both are judged at a position, by the entries before it and the day it was recorded on.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::date::Date;
use crate::event::{Event, Flag};
use crate::evolve::org as fold;
use crate::fact::Fact;
use crate::id::OrgId;
use crate::state::{Credential, Grant, OrgState, Retention};
use crate::text::Text;
use crate::uri::Uri;
use crate::vocabulary::Role;

mod act;
mod place;

pub use act::is_genesis;
pub use place::{Authority, Place};

/// Every organisation. Default: of a ledger that declares no authority.
///
/// Clones share what they have in common, so that a registry behind an `Arc` costs its readers nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    orgs: BTreeMap<OrgId, Arc<Organisation>>,
    principals: BTreeMap<Uri, OrgId>,
    tokens: BTreeMap<[u8; 32], OrgId>,
    signing_keys: BTreeMap<[u8; 32], OrgId>,
}

/// An organisation, and who stated what waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Organisation {
    state: OrgState,
    /// By revision of the act.
    proposers: BTreeMap<u64, OrgId>,
}

/// Nobody speaks for an organisation with that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// It was never given to anybody, or was taken back.
    #[error("it belongs to no organisation of this ledger; have the operator bind it")]
    Nobody,
    /// Its days are over.
    #[error("it spoke for {organisation} until {until}; have the operator bind it again")]
    Over {
        /// For whom it spoke.
        organisation: OrgId,
        /// The last day on which it did.
        until: Date,
    },
}

impl Registry {
    /// Takes one more event of the stream of an organisation; what is about anything else changes nothing.
    pub fn apply(&mut self, organisation: OrgId, poster: OrgId, event: &Event) {
        let Fact::Org(fact) = &event.fact else {
            return;
        };
        let known = Arc::make_mut(self.orgs.entry(organisation).or_default());
        let revision = known.state.revisions;
        known.state = fold::org(std::mem::take(&mut known.state), event.flags, fact);
        if event.flags.contains(Flag::AwaitsApproval) {
            known.proposers.insert(revision, poster);
        }
        let state = &known.state;
        known
            .proposers
            .retain(|revision, _| state.waiting(*revision).is_some());
        index(&mut self.principals, organisation, &state.principals);
        index(&mut self.tokens, organisation, &state.tokens);
        index(&mut self.signing_keys, organisation, &state.signing_keys);
    }

    /// Whether the ledger declares who may state what: its operator is registered. Without that, roles alone are judged.
    pub fn is_declared(&self) -> bool {
        self.org(OrgId::OPERATOR).is_some()
    }

    /// An organisation that is registered.
    pub fn org(&self, organisation: OrgId) -> Option<&OrgState> {
        let state = &self.orgs.get(&organisation)?.state;
        state.name.is_some().then_some(state)
    }

    /// Every organisation that is registered, and every one that has acts waiting, by id.
    pub fn orgs(&self) -> impl Iterator<Item = (OrgId, &OrgState)> {
        let shown = |state: &OrgState| state.name.is_some() || !state.pending.is_empty();
        self.orgs
            .iter()
            .map(|(organisation, known)| (*organisation, &known.state))
            .filter(move |(_, state)| shown(state))
    }

    /// For whom a certificate with that name speaks on that day. The name is compared byte for byte.
    ///
    /// # Errors
    /// [`Unknown`] if for nobody.
    pub fn principal(&self, uri: &str, on: Date) -> Result<OrgId, Unknown> {
        // What is no name was bound to nobody.
        let uri = Uri::parse(uri).map_err(|_no_name| Unknown::Nobody)?;
        let organisation = self.principals.get(&uri).ok_or(Unknown::Nobody)?;
        self.speaks(*organisation, |state| &state.principals, &uri, on)
    }

    /// For whom the token with that SHA-256 speaks on that day.
    ///
    /// # Errors
    /// [`Unknown`] if for nobody.
    pub fn token(&self, sha256: &[u8; 32], on: Date) -> Result<OrgId, Unknown> {
        let organisation = self.tokens.get(sha256).ok_or(Unknown::Nobody)?;
        self.speaks(*organisation, |state| &state.tokens, sha256, on)
    }

    fn speaks<T: PartialEq>(
        &self,
        organisation: OrgId,
        list: impl Fn(&OrgState) -> &Vec<Credential<T>>,
        id: &T,
        on: Date,
    ) -> Result<OrgId, Unknown> {
        let state = self.org(organisation).ok_or(Unknown::Nobody)?;
        let mut held = list(state).iter();
        let held = held.find(|held| held.id == *id).ok_or(Unknown::Nobody)?;
        match held.valid_until {
            Some(until) if until < on => Err(Unknown::Over {
                organisation,
                until,
            }),
            Some(_) | None => Ok(organisation),
        }
    }

    /// The roles that an organisation may act in on that day, by ascending number.
    pub fn roles(&self, organisation: OrgId, on: Date) -> impl Iterator<Item = &Grant> {
        let grants = self.org(organisation).into_iter();
        grants
            .flat_map(|state| &state.grants)
            .filter(move |grant| grant.in_force(on))
    }

    /// Whether an organisation signs with that key on that day.
    pub fn signing_key(&self, organisation: OrgId, key: &[u8; 32], on: Date) -> bool {
        let mut keys = self.org(organisation).into_iter();
        keys.any(|state| {
            let mut keys = state.signing_keys.iter();
            keys.any(|known| known.id == *key && known.in_force(on))
        })
    }

    /// Whether everything that an organisation submits must be signed.
    pub fn signatures_required(&self, organisation: OrgId) -> bool {
        self.org(organisation)
            .is_some_and(|state| state.signatures_required)
    }

    /// Whether acts wait for a second organisation.
    pub fn approval_required(&self) -> bool {
        self.org(OrgId::OPERATOR)
            .is_some_and(|state| state.approval_required)
    }

    /// How long private parts are kept once everything in a case is sealed, if anything was said of that.
    pub fn retention(&self) -> Option<Retention> {
        self.org(OrgId::OPERATOR)?.retention
    }

    /// Who stated an act that waits.
    pub fn proposer(&self, organisation: OrgId, revision: u64) -> Option<OrgId> {
        let known = self.orgs.get(&organisation)?;
        known.proposers.get(&revision).copied()
    }

    fn state(&self, organisation: OrgId) -> Option<&OrgState> {
        self.orgs.get(&organisation).map(|known| &known.state)
    }

    /// The counties that a court lies in, as far as courts' own grants of a single county say so.
    fn counties_of(&self, court: Text<16>, on: Date) -> impl Iterator<Item = u16> {
        let grants = self.orgs.values().flat_map(|known| &known.state.grants);
        grants.filter_map(move |grant| match grant.counties[..] {
            [county] if grant.role == Role::Court && grant.in_force(on) => grant
                .courts
                .iter()
                .any(|named| place::same_court(*named, court))
                .then_some(county),
            _ => None,
        })
    }
}

/// Makes the part of an index that belongs to an organisation anew.
fn index<T: Ord + Clone>(
    index: &mut BTreeMap<T, OrgId>,
    organisation: OrgId,
    held: &[Credential<T>],
) {
    index.retain(|_, holder| *holder != organisation);
    index.extend(held.iter().map(|held| (held.id.clone(), organisation)));
}
