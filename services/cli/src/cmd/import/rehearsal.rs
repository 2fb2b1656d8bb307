//! What the ledger would refuse, as far as that is known without asking it: a list is decided upon
//! by the same rules, as if it were the first thing in an empty ledger.

use std::collections::BTreeMap;

use caseledger_client::pb::v1;
use caseledger_domain::vocabulary::{Role, Vocabulary as _};
use caseledger_domain::{
    CohortState, Context, ControlTotals, Date, OrgId, Rejection, State, decide, evolve,
};
use caseledger_engine::IndexKey;
use caseledger_proto::convert;
use caseledger_proto::reason::Reason;

use super::ImportArgs;
use super::post::List;
use crate::import::ImportedCase;

/// Stands in for the ledger.
#[derive(Debug)]
pub(super) struct Rehearsal {
    list: List,
    cohort: CohortState,
    today: Date,
    poster: OrgId,
    role: Role,
    pseudonyms: IndexKey,
}

/// What would be refused, and how: code and message as the ledger gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// Cases that would be refused, by their line.
pub(super) type RefusedCases = BTreeMap<u32, Refused>;

impl Rehearsal {
    /// Opens the list. Without `--as` and `--role` it is the agency that posts.
    ///
    /// # Errors
    /// [`Refused`] if no ledger would take the list.
    pub(super) fn open(args: &ImportArgs, list: List, today: Date) -> Result<Self, Refused> {
        let org = args.ledger.org.as_deref().and_then(|org| org.parse().ok());
        let role = args.ledger.role.as_deref().and_then(Role::from_code);
        let (poster, role) = match (org, role) {
            (Some(org), Some(role)) => (org, role),
            _ => (args.agency, Role::ProsecutorCounty),
        };
        let mut rehearsal = Self {
            list,
            cohort: CohortState::default(),
            today,
            poster,
            role,
            // Nobody sees the pseudonyms, so they need no secret.
            pseudonyms: IndexKey::new(&[0; 32]),
        };
        let fresh = State::Cohort(CohortState::default());
        let opened = rehearsal.decide(fresh, list.opened(ControlTotals::default()))?;
        if let State::Cohort(cohort) = opened {
            rehearsal.cohort = cohort;
        }
        Ok(rehearsal)
    }

    /// What a ledger that knows nothing else would refuse of a case.
    pub(super) fn refused(&self, case: &ImportedCase) -> Option<Refused> {
        let fresh = State::Case(caseledger_domain::CaseState::default());
        self.decide(fresh, self.list.identified(case)).err()
    }

    /// The state behind a submission.
    fn decide(&self, mut state: State, submission: v1::Submission) -> Result<State, Refused> {
        let read = convert::submission(submission, &self.pseudonyms);
        let read = read.map_err(|malformed| Refused {
            code: Reason::MalformedField.code(),
            message: malformed.to_string(),
        })?;
        let context = Context {
            today: self.today,
            poster: self.poster,
            role: self.role,
            policy: None,
            cohort: Some(&self.cohort),
            canonical: None,
            history: &[],
            order_counts: None,
            authority: None,
        };
        for (index, command) in read.commands.iter().enumerate() {
            let refused = |rejection: Rejection| Refused {
                code: rejection.rule(),
                message: format!("posts[{index}]: {rejection}"),
            };
            for event in decide(&state, command, &context).map_err(refused)? {
                state = evolve(state, &event);
            }
        }
        Ok(state)
    }
}
