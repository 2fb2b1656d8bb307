//! The lists: synthetic cases, identified on the ledger.

use caseledger_client::Client;
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1::target;
use caseledger_domain::vocabulary::{LegalBasis, Severity};
use caseledger_domain::{
    CaseId, ChargeId, CohortId, ControlTotals, Date, Fact, InitiativeFact, InitiativeId, OrgId,
    Policy, RuleSet, Text,
};
use sha2::{Digest as _, Sha256};

use super::stage::{Act, Stage, about, case_id};
use super::{Scale, day};
use crate::cmd::import::post::List;
use crate::exit::{Exit, Failure};
use crate::gen_data::{Shape, cases};
use crate::import::ImportedCase;
use crate::import::plan::count_severity;

/// A case of the play.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    /// Its id on the ledger.
    pub(super) id: CaseId,
    /// Who prosecutes it, in the end.
    pub(super) agency: OrgId,
    /// Its cannabis charges: what relief is about.
    pub(super) charges: Vec<ChargeId>,
    /// Its other charges.
    pub(super) others: Vec<ChargeId>,
    /// The gravest of the cannabis charges.
    pub(super) severity: Severity,
}

/// An initiative with its list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Programme {
    /// What is generated.
    pub(super) shape: Shape,
    /// Legal basis.
    pub(super) basis: LegalBasis,
    /// Who leads it.
    pub(super) lead: &'static str,
    /// When it was opened and its list received.
    pub(super) opened_on: u32,
    /// Last day to challenge.
    pub(super) challenge_deadline: Option<u32>,
    /// Kind of list, with who sends it.
    pub(super) source: event::Source,
    /// The organisation in whose name every case is listed, where the list names no other.
    pub(super) listed_for: Option<&'static str>,
}

impl Programme {
    /// Its id.
    ///
    /// # Errors
    /// [`Failure`] if the shape's slug is none.
    pub(super) fn initiative(&self) -> Result<InitiativeId, Failure> {
        self.shape
            .initiative()
            .parse()
            .map_err(|error| Failure::new(Exit::Refused, error))
    }

    /// Its rules.
    ///
    /// # Errors
    /// [`Failure`] if the slug is too long for them.
    pub(super) fn rules(&self) -> Result<RuleSet, Failure> {
        let id = Text::parse(self.shape.initiative());
        Ok(RuleSet {
            id: id.map_err(|error| Failure::new(Exit::Refused, error))?,
            version: 1,
        })
    }

    /// Opens initiative and list, identifies every case, seals the list.
    ///
    /// `rekey` may put another key on a case: that of one that is already known.
    ///
    /// # Errors
    /// [`Failure`] if anything is refused.
    pub(super) async fn list(
        &self,
        stage: &mut Stage,
        scale: Scale,
        sender: &Client,
        rekey: impl Fn(u32, ImportedCase) -> ImportedCase,
    ) -> Result<Vec<Listed>, Failure> {
        let lead = stage.party(self.lead, "PROSECUTOR_COUNTY")?;
        let opened_on = day(self.opened_on)?;
        let initiative = self.initiative()?;
        let opened = InitiativeFact::InitiativeOpened {
            basis: self.basis,
            lead: org(self.lead)?,
            counties: vec![self.shape.county()],
            policy: self.policy()?,
        };
        let target = || target::Target::Initiative(initiative.to_string());
        let act = Act {
            party: &lead,
            what: &format!("{initiative}: open"),
        };
        stage
            .one(act, about(target(), opened_on, &Fact::Initiative(opened)))
            .await?;

        let generated: Vec<ImportedCase> = cases(self.shape, scale.size, scale.seed)
            .map(|case| rekey(case.serial(), case.imported()))
            .collect();
        let mut totals = ControlTotals::default();
        for case in &generated {
            count_severity(&mut totals, case.severity());
        }
        let list = self.cohort(initiative, scale, opened_on)?;
        let identify = Act {
            party: sender,
            what: &format!("{initiative}: identify"),
        };
        stage
            .send(identify, [list.opened(totals)].into_iter())
            .await?;
        let listed_for = self.listed_for.map(org).transpose()?;
        let submissions = generated.iter().map(|case| {
            let mut submission = list.identified(case);
            for post in &mut submission.posts {
                relist(post, listed_for);
            }
            submission
        });
        let streams = stage.send(identify, submissions).await?;
        stage
            .send(identify, [list.sealed(totals, 0)].into_iter())
            .await?;
        generated
            .iter()
            .zip(&streams)
            .map(|(case, stream)| Ok(listed(case, case_id(stream)?)))
            .collect()
    }

    fn cohort(&self, initiative: InitiativeId, scale: Scale, on: Date) -> Result<List, Failure> {
        let digest = Sha256::new()
            .chain_update(b"synthetic list\0")
            .chain_update(initiative.as_str().as_bytes())
            .chain_update(scale.seed.to_be_bytes())
            .finalize();
        Ok(List {
            cohort: CohortId::new(initiative, 1)
                .map_err(|error| Failure::new(Exit::Refused, error))?,
            source: self.source,
            supersedes: None,
            file_digest: digest.into(),
            received_on: on,
        })
    }

    /// The periods of PC 13151 and working values where no statute gives one.
    fn policy(&self) -> Result<Policy, Failure> {
        Ok(Policy {
            version: 1,
            rule_set: self.rules()?,
            challenge_deadline: self.challenge_deadline.map(day).transpose()?,
            approved_to_filed_days: 90,
            filed_to_decided_days: 60,
            ordered_to_entered_days: 30,
            dismissed_to_sealed_days: 30,
            entered_to_reported_days: 30,
            reported_to_updated_days: 30,
        })
    }
}

/// Lists a case in the name of the office that receives the list; a city takes it by referral.
fn relist(post: &mut caseledger_client::pb::v1::Post, agency: Option<OrgId>) {
    let kind = post.fact.as_mut().and_then(|fact| fact.kind.as_mut());
    if let (Some(agency), Some(event::fact::Kind::CaseIdentified(fact))) = (agency, kind) {
        agency.as_str().clone_into(&mut fact.agency);
    }
}

fn listed(case: &ImportedCase, id: CaseId) -> Listed {
    let of = |cannabis: bool| {
        let charges = case
            .charges()
            .iter()
            .filter(move |c| c.family.is_cannabis() == cannabis);
        charges.map(|charge| charge.id).collect()
    };
    Listed {
        id,
        agency: case.agency(),
        charges: of(true),
        others: of(false),
        severity: case.severity(),
    }
}

/// An organisation by its id.
///
/// # Errors
/// [`Failure`] if it is none.
pub(super) fn org(id: &str) -> Result<OrgId, Failure> {
    id.parse()
        .map_err(|error| Failure::new(Exit::Refused, error))
}
