//! What every programme has in common: moves made case by case, and blanket orders.

use caseledger_chain::{MemoryTree, leaf_hash};
use caseledger_client::Client;
use caseledger_domain::vocabulary::{
    Coded, Determination, DeterminationReason, DismissalReason, FilingVehicle, LegalBasis,
    NewDisposition, OrderEffect, OrderKind, Remedy, ReportMethod, ReviewStatus, RowOutcome,
    SealExtent, SealSurface, Set,
};
use caseledger_domain::{
    CaseFact, Date, Fact, FilingFact, FilingId, InitiativeFact, Manifest, OrderFact, OrderId,
    RuleSet, Text,
};

use super::Mismatch;
use super::list::Listed;
use super::stage::{
    Act, Stage, about, about_case, filing_id, filing_target, order_id, order_target,
};
use crate::exit::{Exit, Failure};

/// The stage with the name of the programme that is played.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    /// The stage.
    pub(super) stage: &'a mut Stage,
    /// Initiative slug: the first half of every act's name.
    pub(super) slug: &'static str,
    /// The court of the county, as it is coded.
    pub(super) court: &'static str,
}

/// A blanket order with its rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blanket {
    /// Its id.
    pub(super) id: OrderId,
    /// Its effects on each case.
    pub(super) effects: Set<OrderEffect>,
    /// The relief it grants, if it grants any.
    pub(super) remedy: Option<Remedy>,
}

impl Scene<'_> {
    /// The same fact about each case, on its cannabis charges.
    ///
    /// # Errors
    /// [`Failure`] if one is refused.
    pub(super) async fn each(
        &mut self,
        party: &Client,
        what: &str,
        cases: &[&Listed],
        fact: impl Fn(usize, &Listed) -> Result<(Date, CaseFact), Failure>,
    ) -> Result<(), Failure> {
        let posts: Vec<_> = cases
            .iter()
            .enumerate()
            .map(|(at, case)| {
                let (on, stated) = fact(at, case)?;
                Ok(about_case(case.id, &case.charges, on, stated))
            })
            .collect::<Result<_, Failure>>()?;
        let what = format!("{}: {what}", self.slug);
        self.stage
            .play(Act { party, what: &what }, posts.into_iter())
            .await?;
        Ok(())
    }

    /// The initiative takes a step.
    ///
    /// # Errors
    /// [`Failure`] if it is refused.
    pub(super) async fn initiative(
        &mut self,
        lead: &Client,
        on: Date,
        fact: InitiativeFact,
    ) -> Result<(), Failure> {
        let target = caseledger_client::pb::v1::target::Target::Initiative(self.slug.to_owned());
        let fact = Fact::Initiative(fact);
        let what = format!("{}: {}", self.slug, fact.kind().as_str());
        self.stage
            .one(
                Act {
                    party: lead,
                    what: &what,
                },
                about(target, on, &fact),
            )
            .await?;
        Ok(())
    }

    /// A batch filing from preparation to the court's receipt, with all its rows.
    ///
    /// # Errors
    /// [`Failure`] if a step is refused.
    pub(super) async fn filing(
        &mut self,
        (filer, court): (&Client, &Client),
        vehicle: FilingVehicle,
        rows: &[&Listed],
        on: Date,
    ) -> Result<FilingId, Failure> {
        let number = format!("SYN-{}-{}", self.slug, vehicle_code(vehicle));
        let target = || filing_target(self.court, &number);
        let declared = row_count(rows);
        let prepared = FilingFact::FilingPrepared {
            vehicle,
            court: self.court_code()?,
            initiative: Some(
                self.slug
                    .parse()
                    .map_err(|error| Failure::new(Exit::Refused, error))?,
            ),
            manifest: Some(manifest(self.slug, rows)),
        };
        let what = format!("{}: prepare the {}", self.slug, vehicle_code(vehicle));
        let post = about(target(), on, &Fact::Filing(prepared));
        let stream = self
            .stage
            .one(
                Act {
                    party: filer,
                    what: &what,
                },
                post,
            )
            .await?;
        let steps = [
            (filer, "send", FilingFact::FilingSent),
            (
                court,
                "receive",
                FilingFact::FilingReceiptConfirmed {
                    rows: Some(declared),
                },
            ),
            (
                court,
                "review",
                FilingFact::FilingReviewed {
                    status: Coded::Known(ReviewStatus::Accepted),
                    accepted: declared,
                    rejected: 0,
                    reason: None,
                },
            ),
        ];
        for (party, step, fact) in steps {
            let what = format!("{}: {step} the {}", self.slug, vehicle_code(vehicle));
            let post = about(target(), on, &Fact::Filing(fact));
            self.stage.one(Act { party, what: &what }, post).await?;
        }
        filing_id(&stream)
    }

    /// A blanket order that one party proposes and another one joins in putting before the court.
    ///
    /// # Errors
    /// [`Failure`] if a step is refused.
    pub(super) async fn propose(
        &mut self,
        (asking, joining): (&Client, &Client),
        number: &str,
        effects: Set<OrderEffect>,
        rows: &[&Listed],
        on: Date,
    ) -> Result<(), Failure> {
        let proposed = OrderFact::OrderProposed {
            kind: OrderKind::Blanket,
            court: self.court_code()?,
            effects,
            manifest: Some(manifest(number, rows)),
        };
        for (party, fact) in [(asking, proposed), (joining, OrderFact::OrderSubmitted)] {
            let fact = Fact::Order(fact);
            let what = format!("{}: {} {number}", self.slug, fact.kind().as_str());
            let post = about(order_target(self.court, number), on, &fact);
            self.stage.one(Act { party, what: &what }, post).await?;
        }
        Ok(())
    }

    /// A blanket order, signed.
    ///
    /// # Errors
    /// [`Failure`] if it is refused.
    pub(super) async fn sign(
        &mut self,
        court: &Client,
        number: &str,
        effects: Set<OrderEffect>,
        basis: LegalBasis,
        rows: &[&Listed],
        on: Date,
    ) -> Result<Blanket, Failure> {
        let issued = OrderFact::OrderIssued {
            kind: OrderKind::Blanket,
            court: self.court_code()?,
            effects,
            basis,
            manifest: Some(manifest(number, rows)),
        };
        let what = format!("{}: sign {number}", self.slug);
        let post = about(order_target(self.court, number), on, &Fact::Order(issued));
        let id = order_id(
            &self
                .stage
                .one(
                    Act {
                        party: court,
                        what: &what,
                    },
                    post,
                )
                .await?,
        )?;
        let remedy = effects
            .contains(OrderEffect::Dismiss)
            .then_some(Remedy::DismissAndSeal);
        Ok(Blanket {
            id,
            effects,
            remedy,
        })
    }

    /// Applies a blanket order to those of its rows that can be, explains the others, and has the
    /// court account for all of them.
    ///
    /// # Errors
    /// [`Failure`] if the rows do not add up.
    pub(super) async fn apply(
        &mut self,
        court: &Client,
        number: &str,
        order: Blanket,
        (rows, not_found): (&[&Listed], &[usize]),
        on: Date,
    ) -> Result<(), Failure> {
        let Blanket {
            id,
            effects,
            remedy,
        } = order;
        let numbered = || rows.iter().copied().enumerate();
        let (applied, numbers): (Vec<&Listed>, Vec<u32>) = numbered()
            .filter(|(at, _)| !not_found.contains(at))
            .map(|(at, case)| (case, at as u32 + 1))
            .unzip();
        self.each(court, &format!("apply {number}"), &applied, |at, _| {
            let row = numbers.get(at).copied().unwrap_or_default();
            Ok((
                on,
                CaseFact::OrderApplied {
                    order: id,
                    row,
                    effects,
                    remedy,
                },
            ))
        })
        .await?;
        let mut facts = Vec::new();
        if !not_found.is_empty() {
            let rows = not_found.iter().map(|at| *at as u32 + 1).collect();
            facts.push(OrderFact::OrderRowsExplained {
                outcome: RowOutcome::NotFound,
                rows,
            });
        }
        facts.push(OrderFact::OrderCompleted {
            applied: row_count(&applied),
            already: 0,
            not_found: not_found.len() as u32,
            rejected: 0,
        });
        for fact in facts.into_iter().map(Fact::Order) {
            let what = format!("{}: {} {number}", self.slug, fact.kind().as_str());
            let post = about(order_target(self.court, number), on, &fact);
            self.stage
                .one(
                    Act {
                        party: court,
                        what: &what,
                    },
                    post,
                )
                .await?;
        }
        Ok(())
    }

    fn court_code(&self) -> Result<Text<16>, Failure> {
        Text::parse(self.court).map_err(|error| Failure::new(Exit::Refused, error))
    }
}

/// Eligible for dismissal and sealing.
pub(super) fn eligible(
    rules: RuleSet,
    reason: DeterminationReason,
    remedy: Remedy,
    on: Date,
) -> CaseFact {
    CaseFact::EligibilityDetermined {
        determination: Determination::Eligible,
        remedy: Some(remedy),
        rules,
        reasons: vec![Coded::Known(reason)],
        evaluated_as_of: on,
    }
}

/// A dismissal on the docket.
pub(super) fn dismissed(reason: DismissalReason, order: OrderId) -> CaseFact {
    CaseFact::DispositionEntered {
        disposition: NewDisposition::Dismissed,
        severity_after: None,
        reason: Some(Coded::Known(reason)),
        order: Some(order),
    }
}

/// Sealed everywhere; a file with other convictions is redacted, not closed.
pub(super) fn sealed(case: &Listed, order: Option<OrderId>) -> CaseFact {
    let extent = if case.others.is_empty() {
        SealExtent::File
    } else {
        SealExtent::Redacted
    };
    CaseFact::SealingExecuted {
        surfaces: Set::<SealSurface>::all(),
        extent,
        order,
    }
}

/// Reported to the state repository in a batch.
pub(super) const fn reported() -> CaseFact {
    CaseFact::DispositionReportedToDoj {
        method: ReportMethod::Batch,
    }
}

/// A day within `span` days from `first`, later the further back in the list a case stands: mass
/// relief is entered over months.
pub(super) fn spread(first: Date, span: u32, at: usize, of: usize) -> Result<Date, Failure> {
    let offset = u64::from(span) * at as u64 / of.max(1) as u64;
    Date::from_days(first.days().saturating_add_unsigned(offset))
        .map_err(|error| Failure::new(Exit::Refused, error))
}

fn row_count(rows: &[&Listed]) -> u32 {
    // A list has at most five million cases.
    rows.len() as u32
}

const fn vehicle_code(vehicle: FilingVehicle) -> &'static str {
    match vehicle {
        FilingVehicle::Motion => "MOTION",
        FilingVehicle::Petition => "PETITION",
        FilingVehicle::Application => "APPLICATION",
        FilingVehicle::List => "LIST",
    }
}

/// Rows and the root over their sorted, salted keys.
fn manifest(salt: &str, rows: &[&Listed]) -> Manifest {
    let mut keys: Vec<_> = rows.iter().map(|case| case.id).collect();
    keys.sort_unstable();
    let tree: MemoryTree = keys
        .iter()
        .map(|key| leaf_hash(&[salt.as_bytes(), key.as_ref()].concat()))
        .collect();
    Manifest {
        rows: row_count(rows),
        root: tree.root().to_bytes(),
    }
}

/// One case of a programme, or the reason why there is none.
///
/// # Errors
/// [`Failure`] if the list is too short.
pub(super) fn pick<'a>(cases: &[&'a Listed], at: usize) -> Result<&'a Listed, Failure> {
    cases
        .get(at)
        .copied()
        .ok_or_else(|| Mismatch::failure("cases in the list", at + 1, cases.len()))
}
