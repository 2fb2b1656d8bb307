//! From the cases of a list to submissions. The demonstration posts its lists with the same code.

use bytes::Bytes;
use caseledger_client::pb::event::v1::{self as event, fact::Kind};
use caseledger_client::pb::v1::{self, expected::Expectation, scope, target};
use caseledger_domain::vocabulary::Vocabulary as _;
use caseledger_domain::{Charge, CohortId, ControlTotals, Date};

use crate::import::plan::Details;
use crate::import::{ImportedCase, message_id};

/// Stands for the opening of a list where cases have their ordinal.
const OPENED: u64 = u64::MAX;
/// Stands for the sealing of a list where cases have their ordinal.
const SEALED: u64 = u64::MAX - 1;

/// A list, as all its messages name it. The same list gives the same messages, byte for byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    /// Its id.
    pub(crate) cohort: CohortId,
    /// Kind of list.
    pub(crate) source: event::Source,
    /// The list it replaces.
    pub(crate) supersedes: Option<CohortId>,
    /// SHA-256 of the file.
    pub(crate) file_digest: [u8; 32],
    /// When it was received: the business date of everything in it.
    pub(crate) received_on: Date,
}

impl List {
    /// The list is opened, and declares so much.
    pub(crate) fn opened(&self, declared: ControlTotals) -> v1::Submission {
        let opened = event::CohortOpened {
            version: self.version(),
            source: self.source.into(),
            file_digest: self.file_digest.to_vec(),
            declared: Some(totals(declared)),
            supersedes: self
                .supersedes
                .map(|cohort| cohort.to_string())
                .unwrap_or_default(),
        };
        self.about_list(
            OPENED,
            v1::ExpectedState::NoStream,
            Kind::CohortOpened(opened),
        )
    }

    /// A case stands on it.
    pub(crate) fn identified(&self, case: &ImportedCase) -> v1::Submission {
        let court = case.court().as_str().to_owned();
        let fact = event::CaseIdentified {
            cohort: self.cohort.to_string(),
            row: case.row(),
            source: self.source.into(),
            county: case.county().into(),
            court: court.clone(),
            agency: case.agency().as_str().to_owned(),
            person: Vec::new(),
            charges: case.charges().iter().map(charge).collect(),
        };
        let key = v1::CaseKey {
            court,
            number: case.case_number().expose().to_owned(),
            defendant: case.defendant().expose().to_owned(),
        };
        let person = case.person().map(|person| v1::PersonIdentifier {
            issuer: person.issuer.as_str().to_owned(),
            value: person.id.expose().to_owned(),
        });
        let references = person.map(|person| v1::References {
            person: Some(person),
            ..v1::References::default()
        });
        self.submission(
            case.ordinal(),
            v1::Post {
                target: Some(v1::Target {
                    target: Some(target::Target::CaseKey(key)),
                }),
                expected: Some(expected(v1::ExpectedState::Any)),
                scope: Some(v1::Scope {
                    scope: Some(scope::Scope::WholeCase(v1::WholeCase {})),
                }),
                occurred_on: self.received_on.yyyymmdd(),
                fact: Some(event::Fact {
                    kind: Some(Kind::CaseIdentified(fact)),
                }),
                references,
                private: details(case.details()),
            },
        )
    }

    /// All rows are in.
    pub(crate) fn sealed(&self, received: ControlTotals, refused: u32) -> v1::Submission {
        let sealed = event::CohortSealed {
            received: Some(totals(received)),
            refused,
        };
        self.about_list(
            SEALED,
            v1::ExpectedState::Exists,
            Kind::CohortSealed(sealed),
        )
    }

    /// The number behind the dot: lists of one initiative replace each other in that order.
    fn version(&self) -> u32 {
        let id = self.cohort.as_str();
        id.rsplit_once('.')
            .and_then(|(_, number)| number.parse().ok())
            .unwrap_or(1)
    }

    fn about_list(&self, ordinal: u64, state: v1::ExpectedState, kind: Kind) -> v1::Submission {
        let cohort = target::Target::Cohort(self.cohort.to_string());
        self.submission(
            ordinal,
            v1::Post {
                target: Some(v1::Target {
                    target: Some(cohort),
                }),
                expected: Some(expected(state)),
                scope: None,
                occurred_on: self.received_on.yyyymmdd(),
                fact: Some(event::Fact { kind: Some(kind) }),
                references: None,
                private: None,
            },
        )
    }

    fn submission(&self, ordinal: u64, post: v1::Post) -> v1::Submission {
        let id = message_id(self.cohort.as_str(), &self.file_digest, ordinal);
        v1::Submission {
            message_id: Bytes::copy_from_slice(&id),
            submitter_sequence: 0,
            posts: vec![post],
            signed: None,
        }
    }
}

/// What is kept apart from the ledger; nothing where the list has nothing of it.
fn details(details: &Details) -> Option<v1::PrivateDetails> {
    let names = details.names.iter().map(|name| name.expose().to_owned());
    let birth_date = details.birth_date.map(|date| date.expose().yyyymmdd());
    let wire = v1::PrivateDetails {
        names: names.collect(),
        birth_date: birth_date.unwrap_or_default(),
        ..v1::PrivateDetails::default()
    };
    (wire != v1::PrivateDetails::default()).then_some(wire)
}

fn expected(state: v1::ExpectedState) -> v1::Expected {
    v1::Expected {
        expectation: Some(Expectation::State(state.into())),
    }
}

fn totals(totals: ControlTotals) -> event::ControlTotals {
    let ControlTotals {
        rows,
        felonies,
        misdemeanors,
        infractions,
        unknown,
    } = totals;
    event::ControlTotals {
        rows,
        felonies,
        misdemeanors,
        infractions,
        unknown,
    }
}

fn charge(charge: &Charge) -> event::Charge {
    event::Charge {
        id: charge.id.0.into(),
        section: charge.section.as_str().to_owned(),
        // The numbers of the vocabulary are those of the wire.
        family: charge.family.number().into(),
        severity: charge.severity.number().into(),
        conviction_year: charge.conviction_year.into(),
        counts: charge.counts.into(),
        sentence: charge.sentence.number().into(),
        in_comment_only: charge.in_comment_only,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gen_data::{Shape, Size, cases};

    fn list() -> List {
        List {
            cohort: "LA-2020-DOJ.12".parse().unwrap(),
            source: event::Source::StateRepository,
            supersedes: None,
            file_digest: [7; 32],
            received_on: Date::from_yyyymmdd(20_190_701).unwrap(),
        }
    }

    #[test]
    fn the_same_case_is_the_same_message_and_no_two_messages_share_an_id() {
        let list = list();
        let made = cases(Shape::La2020Doj, Size::cases(50).unwrap(), 1);
        let imported: Vec<_> = made.map(|case| case.imported()).collect();
        let mut ids = std::collections::BTreeSet::new();
        for case in &imported {
            let submission = list.identified(case);
            assert_eq!(submission, list.identified(case));
            assert!(ids.insert(submission.message_id.to_vec()));
        }
        assert!(ids.insert(list.opened(ControlTotals::default()).message_id.to_vec()));
        assert!(ids.insert(list.sealed(ControlTotals::default(), 0).message_id.to_vec()));
    }

    #[test]
    fn lists_are_numbered_by_their_id() {
        assert_eq!(list().version(), 12);
    }
}
