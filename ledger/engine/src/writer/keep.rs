//! Keeping what is private of a submission: sealed in front of the commit point, beside the entries that it came with.
//!
//! Nothing of it is in the group before the submission is accepted as a whole, so a refused one leaves neither a key nor a
//! record. In the frame, key, record and entry become durable at once.

use caseledger_chain::{Digest, Position, SALT_LEN};
use caseledger_domain::{CaseFact, CaseId, Fact, PrivateRule, State, StreamId};
use caseledger_proto::{PRIVATE_PART_MAX, PrivateOf};
use caseledger_vault::{Place, SystemRandom, WrappedKey, commitment, seal_part};
use zeroize::Zeroizing;

use super::{Writer, admit::check_size};
use crate::{
    error::SubmitError,
    limits,
    private::{KeysError, vault_case},
    sidecar,
};

/// What of a submission goes beside its entries.
#[derive(Default)]
pub(super) struct Kept {
    /// Data keys of cases that had none.
    keys: Vec<(CaseId, WrappedKey)>,
    /// Sealed parts, with the positions of their entries.
    parts: Vec<(Position, Vec<u8>)>,
    /// Bytes of the parts before they were sealed.
    bytes: usize,
}

/// What a private part is about.
pub(super) struct About {
    pub(super) stream: StreamId,
    /// Whether it comes with the first event of a case that was named by its key.
    pub(super) first: bool,
    /// The revision that ordered the destruction of what is private of the case, if one did.
    pub(super) given_up: Option<u64>,
    /// Whether a list names the case. A list names whom it names, and is told by a flag that the case stays sealed.
    pub(super) listed: bool,
}

/// The revision that ordered the destruction of what is private of a case.
pub(super) fn given_up(state: &State) -> Option<u64> {
    match state {
        State::Case(case) => case.private.ordered(),
        State::Initiative(_)
        | State::Cohort(_)
        | State::Filing(_)
        | State::Order(_)
        | State::Announcement(_)
        | State::Org(_) => None,
    }
}

/// Whether a list names a case.
pub(super) const fn is_listing(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Case(CaseFact::CaseIdentified { .. } | CaseFact::SightingAdded { .. })
    )
}

impl Writer {
    /// Seals the part of a command for the entry that comes next, if it is to be kept; the commitment to it.
    pub(super) fn keep_part(
        &self,
        kept: &mut Kept,
        part: &PrivateOf,
        about: &About,
    ) -> Result<Option<Digest>, SubmitError> {
        let StreamId::Case(case) = about.stream else {
            return Ok(None);
        };
        match about.given_up {
            Some(ordered) if part.explicit && !about.listed => {
                return Err(SubmitError::Refused {
                    command: part.command,
                    rejection: PrivateRule::KeptNoMore(ordered).into(),
                });
            }
            Some(_) => return Ok(None),
            None if !part.explicit && !about.first => return Ok(None),
            None => {}
        }
        let (found, max) = (part.bytes.len(), PRIVATE_PART_MAX);
        check_size("bytes in a private part", found, max)?;
        kept.bytes += found;
        check_size(
            "bytes in private parts",
            kept.bytes,
            limits::PRIVATE_BYTES_MAX,
        )?;
        let position = self.head.size.get() + self.group.overlay.events.len() as u64;
        let position = Position::new(position);
        let keys = self.shared.keys();
        let known = keys.wrapped(case).or_else(|| {
            let mut fresh = kept.keys.iter().filter(|(of, _)| *of == case);
            let fresh = fresh.next().map(|(_, wrapped)| *wrapped);
            fresh.or_else(|| self.group.keys.get(&case).copied())
        });
        let key = if let Some(wrapped) = known {
            keys.unwrap(case, &wrapped)?
        } else {
            let fresh = kept.keys.len() + self.group.keys.len();
            let (key, wrapped) = keys.make(case, fresh)?;
            kept.keys.push((case, wrapped));
            key
        };
        drop(keys);
        // From where case ids come, because the commitment stands in the entry; no key and no nonce does.
        let mut salt = Zeroizing::new([0; SALT_LEN]);
        self.random.fill(&mut *salt)?;
        let place = Place {
            ledger: self.shared.identity.ledger(),
            case: vault_case(case),
            position,
        };
        let sealed = seal_part(&key, &place, &salt, &part.bytes, &SystemRandom);
        kept.parts
            .push((position, sealed.map_err(KeysError::from)?));
        Ok(Some(commitment(&salt, &part.bytes)))
    }

    /// Puts what was sealed beside the entries of the group.
    pub(super) fn keep_private(&mut self, kept: Kept) {
        let commit = &mut self.group.commit;
        for (case, wrapped) in &kept.keys {
            commit.push_sidecar(sidecar::DATA_KEY, &sidecar::encode_data_key(*case, wrapped));
        }
        for (position, record) in &kept.parts {
            commit.push_sidecar(
                sidecar::PRIVATE,
                &sidecar::encode_private(*position, record),
            );
        }
        self.group.keys.extend(kept.keys);
    }
}
