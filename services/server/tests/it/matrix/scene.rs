//! A stream in which a fact can be stated, and the fact: everything that a cell of the table needs.

use caseledger_domain::vocabulary::{
    Coded, FilingVehicle, LegalBasis, NotDoneReason, OrderEffect, OrderKind, ReviewStatus, Role,
    RowOutcome, Set, Source, Vocabulary as _, WithdrawReason,
};
use caseledger_domain::{
    CaseId, CohortFact, ControlTotals, Fact, FactKind as K, FilingFact, InitiativeFact, Manifest,
    OrderFact, OrderId, OrgFact, Policy, RemainderItem,
};
use caseledger_proto::pb::event::v1::{self as ev, fact::Kind};
use caseledger_proto::pb::v1;
use caseledger_proto::pb::v1::target::Target;

use super::facts::{ON, day, rules};
use super::table::Member;
use crate::reports::figures;
use crate::support::post;

pub(super) const COURT: &str = "LASC";

/// A second operator, who states what the first one approves.
pub(super) const DEPUTY: &str = "deputy";

/// Whoever posts, and the names of what it posts about: each scene has its own.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) number: u64,
    pub(super) member: Member,
    /// The prosecutor of the case.
    pub(super) own: &'static str,
    /// Another one.
    pub(super) other: &'static str,
    /// A case that others may be the same as.
    pub(super) canonical: CaseId,
}

/// One post of one organisation.
pub(super) type Step = (&'static str, v1::Post);

/// What a fact is about.
enum About {
    Case,
    Initiative,
    Cohort,
    Filing,
    Order,
    Announcement,
    Org,
}

const fn about(kind: K) -> About {
    match kind as u16 {
        101..=106 => About::Initiative,
        121..=123 => About::Cohort,
        141..=146 => About::Filing,
        161..=168 => About::Order,
        221..=222 => About::Announcement,
        201..=215 | 241..=242 => About::Org,
        _ => About::Case,
    }
}

fn manifest(rows: u32) -> Manifest {
    Manifest {
        rows,
        root: [9; 32],
    }
}

fn totals() -> ControlTotals {
    ControlTotals {
        rows: 1,
        felonies: 0,
        misdemeanors: 1,
        infractions: 0,
        unknown: 0,
    }
}

fn policy(version: u16) -> Policy {
    Policy {
        version,
        rule_set: rules(),
        challenge_deadline: None,
        approved_to_filed_days: 30,
        filed_to_decided_days: 60,
        ordered_to_entered_days: 30,
        dismissed_to_sealed_days: 30,
        entered_to_reported_days: 30,
        reported_to_updated_days: 30,
    }
}

impl Scene {
    pub(super) fn new(number: u64, member: Member, kind: K, canonical: CaseId) -> Self {
        let (city, county) = ("pasadena", "lada");
        let is_city = member.letter == 'C';
        // Who is referred to is not who refers.
        let referred = matches!(kind, K::ReferralAccepted | K::ReferralReturned);
        let (own, other) = if is_city == referred {
            (county, city)
        } else {
            (city, county)
        };
        Self {
            number,
            member,
            own,
            other,
            canonical,
        }
    }

    fn id(&self) -> [u8; 16] {
        let mut id = [0x50; 16];
        id[8..].copy_from_slice(&self.number.to_be_bytes());
        id
    }

    fn key(&self, last: u8) -> [u8; 32] {
        let mut key = [last; 32];
        key[..16].copy_from_slice(&self.id());
        key
    }

    fn uri(&self) -> String {
        format!("caseledger://org/x{}", self.number)
    }

    fn target(&self, kind: K) -> Target {
        let number = self.number;
        match about(kind) {
            About::Case => Target::CaseKey(v1::CaseKey {
                court: COURT.to_owned(),
                number: format!("BA{number:06}"),
                defendant: "1".to_owned(),
            }),
            About::Initiative => Target::Initiative(format!("M-{number}")),
            About::Cohort => Target::Cohort(format!("M-{number}.1")),
            About::Filing => Target::Filing(v1::FilingReference {
                reference: Some(v1::filing_reference::Reference::Id(
                    self.id().to_vec().into(),
                )),
            }),
            About::Order => Target::Order(v1::OrderReference {
                reference: Some(v1::order_reference::Reference::Id(
                    self.id().to_vec().into(),
                )),
            }),
            About::Announcement => Target::Announcement(format!("press.{number}")),
            About::Org if matches!(kind, K::ApprovalRequired | K::RetentionSet) => {
                Target::Organisation("operator".to_owned())
            }
            About::Org => Target::Organisation(format!("x{number}")),
        }
    }

    /// A post of a plain fact of that kind.
    pub(super) fn post(&self, kind: K) -> v1::Post {
        let fact = match about(kind) {
            About::Case => Fact::Case(self.case(kind)),
            About::Initiative => Fact::Initiative(self.initiative(kind)),
            About::Cohort => Fact::Cohort(self.cohort(kind)),
            About::Filing => Fact::Filing(filing(kind)),
            About::Order => Fact::Order(order(kind)),
            About::Announcement => return self.with(kind, announcement(kind)),
            About::Org => Fact::Org(self.org(kind)),
        };
        self.stating(kind, &fact)
    }

    /// Opens the list of that number that cases of scenes stand on.
    pub(super) fn list(&self, number: u32) -> v1::Post {
        let opened = self.cohort(K::CohortOpened);
        let opened = match opened {
            CohortFact::CohortOpened {
                source,
                file_digest,
                declared,
                supersedes,
                ..
            } => CohortFact::CohortOpened {
                version: u16::try_from(number).unwrap(),
                source,
                file_digest,
                declared,
                supersedes,
            },
            other => other,
        };
        let fact = ev::Fact::from(&Fact::Cohort(opened)).kind.unwrap();
        v1::Post {
            occurred_on: ON,
            ..post(Target::Cohort(format!("LA-2021-COURT.{number}")), fact)
        }
    }

    pub(super) fn stating(&self, kind: K, fact: &Fact) -> v1::Post {
        self.with(kind, ev::Fact::from(fact).kind.unwrap())
    }

    fn with(&self, kind: K, fact: Kind) -> v1::Post {
        v1::Post {
            occurred_on: ON,
            ..post(self.target(kind), fact)
        }
    }

    /// What is posted before, so that a fact of that kind can be stated.
    pub(super) fn before(&self, kind: K) -> Vec<Step> {
        let by = |who, kind| (who, self.post(kind));
        let (me, court) = (self.member.org, "lasc");
        let press = |kind| by("press", kind);
        let operator = |kind| by("operator", kind);
        match kind {
            K::PolicyAdopted | K::InitiativeAnnounced | K::InitiativeStarted => {
                vec![by(self.runner(), K::InitiativeOpened)]
            }
            K::InitiativeCompleted | K::InitiativeClosedWithRemainder => {
                let opened = by(self.runner(), K::InitiativeOpened);
                vec![opened, by(self.runner(), K::InitiativeStarted)]
            }
            K::CohortSealed => vec![by(me, K::CohortOpened)],
            K::CohortSuperseded => vec![by(me, K::CohortOpened), by(me, K::CohortSealed)],
            K::FilingSent => vec![by(me, K::FilingPrepared)],
            K::FilingReceiptConfirmed | K::FilingRetracted => {
                vec![by(self.own, K::FilingPrepared), by(self.own, K::FilingSent)]
            }
            K::FilingReviewed | K::ListReconciled => vec![
                by(self.own, K::FilingPrepared),
                by(self.own, K::FilingSent),
                by(court, K::FilingReceiptConfirmed),
            ],
            K::OrderSubmitted => vec![by(me, K::OrderProposed)],
            K::OrderFiled => vec![by(court, K::OrderIssued)],
            K::OrderRowsExplained | K::OrderAmended | K::OrderSetAside => {
                vec![by(court, K::OrderIssued), by(court, K::OrderFiled)]
            }
            K::OrderCompleted => {
                let steps = [K::OrderIssued, K::OrderFiled, K::OrderRowsExplained];
                steps.map(|kind| by(court, kind)).to_vec()
            }
            K::AnnouncementCorrected => vec![press(K::AnnouncementPublished)],
            K::RoleGranted | K::PrincipalBound | K::TokenIssued | K::SigningKeyAdded => {
                vec![operator(K::OrganisationRegistered)]
            }
            K::RoleRevoked => [K::OrganisationRegistered, K::RoleGranted]
                .map(operator)
                .to_vec(),
            K::PrincipalUnbound => [K::OrganisationRegistered, K::PrincipalBound]
                .map(operator)
                .to_vec(),
            K::TokenRevoked => [K::OrganisationRegistered, K::TokenIssued]
                .map(operator)
                .to_vec(),
            K::SigningKeyRotated | K::SigningKeyRevoked | K::SignaturesRequired => {
                [K::OrganisationRegistered, K::SigningKeyAdded]
                    .map(operator)
                    .to_vec()
            }
            // It waits, at revision 0 of the organisation: by now two have to agree.
            K::ActApproved | K::ActRejected => {
                let proposer = if me == "operator" { DEPUTY } else { "operator" };
                vec![by(proposer, K::OrganisationRegistered)]
            }
            _ if matches!(about(kind), About::Case) => {
                let steps = self.before_case(kind).into_iter();
                steps
                    .map(|(who, fact)| (who, self.stating(K::CaseIdentified, &Fact::Case(fact))))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Who runs the programme: whoever acts, or a prosecutor for one that oversees.
    fn runner(&self) -> &'static str {
        match self.member.letter {
            'D' | 'C' | 'K' => self.member.org,
            _ => self.own,
        }
    }

    fn initiative(&self, kind: K) -> InitiativeFact {
        match kind {
            K::InitiativeOpened => InitiativeFact::InitiativeOpened {
                basis: LegalBasis::Hs113619,
                lead: self.own.parse().unwrap(),
                counties: vec![37],
                policy: policy(1),
            },
            K::PolicyAdopted => InitiativeFact::PolicyAdopted { policy: policy(2) },
            K::InitiativeAnnounced => InitiativeFact::InitiativeAnnounced,
            K::InitiativeStarted => InitiativeFact::InitiativeStarted,
            K::InitiativeCompleted => InitiativeFact::InitiativeCompleted,
            K::InitiativeClosedWithRemainder => InitiativeFact::InitiativeClosedWithRemainder {
                remainder: vec![RemainderItem {
                    reason: Coded::Known(NotDoneReason::AwaitingCourt),
                    cases: 1,
                }],
            },
            other => panic!("{other:?} is not about an initiative"),
        }
    }

    fn cohort(&self, kind: K) -> CohortFact {
        match kind {
            K::CohortOpened => CohortFact::CohortOpened {
                version: 1,
                source: Source::CourtRecords,
                file_digest: [1; 32],
                declared: totals(),
                supersedes: None,
            },
            K::CohortSealed => CohortFact::CohortSealed {
                received: totals(),
                refused: 0,
            },
            K::CohortSuperseded => CohortFact::CohortSuperseded {
                by: format!("M-{}.2", self.number).parse().unwrap(),
                added: 1,
                removed: 1,
                changed: 0,
            },
            other => panic!("{other:?} is not about a list"),
        }
    }

    fn org(&self, kind: K) -> OrgFact {
        let (uri, valid_until) = (self.uri().parse().unwrap(), None);
        let (sha256, key) = (self.key(1), self.key(2));
        match kind {
            K::OrganisationRegistered => OrgFact::OrganisationRegistered {
                name: "AN ORGANISATION".parse().unwrap(),
            },
            K::RoleGranted => OrgFact::RoleGranted {
                role: Role::Court,
                counties: vec![37],
                courts: Vec::new(),
                valid_from: day(ON),
                valid_until,
            },
            K::RoleRevoked => OrgFact::RoleRevoked { role: Role::Court },
            K::PrincipalBound => OrgFact::PrincipalBound { uri, valid_until },
            K::PrincipalUnbound => OrgFact::PrincipalUnbound { uri },
            K::TokenIssued => OrgFact::TokenIssued {
                sha256,
                valid_until,
            },
            K::TokenRevoked => OrgFact::TokenRevoked { sha256 },
            K::SigningKeyAdded => OrgFact::SigningKeyAdded { key, valid_until },
            K::SigningKeyRotated => OrgFact::SigningKeyRotated {
                old: key,
                new: self.key(3),
            },
            K::SigningKeyRevoked => OrgFact::SigningKeyRevoked { key },
            K::SignaturesRequired => OrgFact::SignaturesRequired { required: true },
            K::ApprovalRequired => OrgFact::ApprovalRequired { required: true },
            K::RetentionSet => OrgFact::RetentionSet {
                days_after_sealing: 0,
                forget_after_days: 0,
            },
            K::ActApproved => OrgFact::ActApproved { revision: 0 },
            K::ActRejected => OrgFact::ActRejected { revision: 0 },
            K::CheckpointKeySucceeded => OrgFact::CheckpointKeySucceeded { successor: key },
            K::CheckpointKeyRetired => OrgFact::CheckpointKeyRetired { retired: key },
            other => panic!("{other:?} is not about an organisation"),
        }
    }
}

fn filing(kind: K) -> FilingFact {
    match kind {
        K::FilingPrepared => FilingFact::FilingPrepared {
            vehicle: FilingVehicle::List,
            court: COURT.parse().unwrap(),
            initiative: None,
            manifest: Some(manifest(3)),
        },
        K::FilingSent => FilingFact::FilingSent,
        K::FilingReceiptConfirmed => FilingFact::FilingReceiptConfirmed { rows: Some(3) },
        K::FilingReviewed => FilingFact::FilingReviewed {
            status: Coded::Known(ReviewStatus::Accepted),
            accepted: 3,
            rejected: 0,
            reason: None,
        },
        K::FilingRetracted => FilingFact::FilingRetracted {
            reason: Coded::Known(WithdrawReason::OtherVehicle),
        },
        K::ListReconciled => FilingFact::ListReconciled {
            only_sender: 0,
            only_court: 0,
            matched: 3,
        },
        other => panic!("{other:?} is not about a filing"),
    }
}

fn order(kind: K) -> OrderFact {
    let (kind_of_order, court) = (OrderKind::Blanket, COURT.parse().unwrap());
    let effects = Set::EMPTY
        .with(OrderEffect::Dismiss)
        .with(OrderEffect::Seal);
    match kind {
        K::OrderProposed => OrderFact::OrderProposed {
            kind: kind_of_order,
            court,
            effects,
            manifest: Some(manifest(3)),
        },
        K::OrderSubmitted => OrderFact::OrderSubmitted,
        K::OrderIssued => OrderFact::OrderIssued {
            kind: kind_of_order,
            court,
            effects,
            basis: LegalBasis::Stipulated,
            manifest: Some(manifest(3)),
        },
        K::OrderFiled => OrderFact::OrderFiled,
        K::OrderRowsExplained => OrderFact::OrderRowsExplained {
            outcome: RowOutcome::NotFound,
            rows: vec![1, 2, 3],
        },
        K::OrderCompleted => OrderFact::OrderCompleted {
            applied: 0,
            already: 0,
            not_found: 3,
            rejected: 0,
        },
        K::OrderAmended => OrderFact::OrderAmended {
            added: Some(manifest(2)),
            removed: Some(manifest(1)),
        },
        K::OrderSetAside => OrderFact::OrderSetAside {
            by: OrderId::from_bytes([2; 16]),
        },
        other => panic!("{other:?} is not about an order"),
    }
}

fn announcement(kind: K) -> Kind {
    let sheet = Some(ev::Sheet {
        reference: "https://da.example/news/1".to_owned(),
        figures: figures(),
        frozen: None,
    });
    if kind == K::AnnouncementPublished {
        return Kind::AnnouncementPublished(ev::AnnouncementPublished { sheet });
    }
    let known = ev::coded_correction_reason::Code::Known(ev::CorrectionReason::Typo.into());
    Kind::AnnouncementCorrected(ev::AnnouncementCorrected {
        target: 0,
        reason: Some(ev::CodedCorrectionReason { code: Some(known) }),
        sheet,
    })
}

/// The number of the role on the wire.
pub(super) fn on_the_wire(role: Role) -> ev::Role {
    ev::Role::from_str_name(&format!("ROLE_{}", role.code())).unwrap()
}
