//! A recount: the same questions answered straight from a map of states, slowly, with sets and
//! strings.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{CaseId, PersonRef};
use crate::state::{CaseState, ChargeState, Decision, Phase};
use crate::view::{Axis, Dimension, Excluded, Filter, Group, TotalsAnswer, TotalsQuery, Unit};
use crate::vocabulary::Vocabulary;

pub(super) type Cases = BTreeMap<CaseId, CaseState>;

/// One thing to count.
struct Item<'a> {
    case: &'a CaseState,
    /// The charge, counting charges.
    charge: Option<&'a ChargeState>,
    id: (CaseId, u16),
}

#[derive(PartialEq)]
enum Standing {
    Counts,
    Duplicate,
    Voided,
    Unknown,
}

pub(super) fn recount(cases: &Cases, query: &TotalsQuery, complete_to: u64) -> TotalsAnswer {
    let unit = query.unit();
    let items = items(cases, unit);
    let counting = |standing: Standing| {
        items
            .iter()
            .filter(|item| item.standing() == standing && item.has_values(query.filter()))
            .count() as u64
    };
    let excluded = Excluded {
        duplicates: counting(Standing::Duplicate),
        voided: counting(Standing::Voided),
    };
    let counts: Vec<&Item<'_>> = items
        .iter()
        .filter(|item| item.standing() == Standing::Counts)
        .collect();
    let passing: Vec<&&Item<'_>> = counts
        .iter()
        .filter(|item| {
            item.has_values(query.filter())
                && query
                    .filter()
                    .stage()
                    .is_none_or(|stage| item.phase().is_some_and(|phase| phase >= stage))
        })
        .collect();

    let mut groups: BTreeMap<Vec<(usize, String)>, BTreeSet<Counted>> = BTreeMap::new();
    for item in &passing {
        let mut keys = vec![Vec::new()];
        for dimension in query.group_by() {
            keys = keys
                .into_iter()
                .flat_map(|key: Vec<(usize, String)>| {
                    item.texts(*dimension).into_iter().map(move |text| {
                        let mut key = key.clone();
                        key.push((place(*dimension, &text), text));
                        key
                    })
                })
                .collect();
        }
        for key in keys {
            groups.entry(key).or_default().extend(item.counted(unit));
        }
    }
    let distinct = |items: &mut dyn Iterator<Item = Option<Counted>>| {
        items.flatten().collect::<BTreeSet<_>>().len() as u64
    };
    TotalsAnswer {
        unit,
        axes: query
            .group_by()
            .iter()
            .map(|dimension| Axis {
                dimension: *dimension,
                additive: unit != Unit::People
                    && !matches!(
                        dimension.name(),
                        "initiative" | "cohort" | "source" | "flag"
                    ),
            })
            .collect(),
        groups: groups
            .into_iter()
            .filter(|(_, members)| !members.is_empty())
            .map(|(key, members)| Group {
                key: key.into_iter().map(|(_, text)| text).collect(),
                count: members.len() as u64,
            })
            .collect(),
        total: distinct(&mut passing.iter().map(|item| item.counted(unit))),
        counted: distinct(&mut counts.iter().map(|item| item.counted(unit))),
        people_unknown_cases: if unit == Unit::People {
            let unknown = passing.iter().filter(|item| item.person().is_none());
            unknown.count() as u64
        } else {
            0
        },
        excluded,
        unmatched: cases.values().map(|case| case.held.len() as u64).sum(),
        complete_to,
    }
}

/// Identified cases that pass a filter.
pub(super) fn listed(cases: &Cases, filter: &Filter) -> BTreeSet<CaseId> {
    items(cases, Unit::Cases)
        .iter()
        .filter(|item| {
            item.standing() != Standing::Unknown
                && item.has_values(filter)
                && filter
                    .stage()
                    .is_none_or(|stage| item.phase().is_some_and(|phase| phase >= stage))
        })
        .map(|item| item.id.0)
        .collect()
}

/// What an item counts as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    Item(CaseId, u16),
    Person(PersonRef),
}

fn items(cases: &Cases, unit: Unit) -> Vec<Item<'_>> {
    let of_case = |(id, case): (&CaseId, _)| Item {
        case,
        charge: None,
        id: (*id, 0),
    };
    match unit {
        Unit::Cases | Unit::People => cases.iter().map(of_case).collect(),
        Unit::Charges => cases
            .iter()
            .flat_map(|(id, case)| {
                case.charges.iter().map(move |charge| Item {
                    case,
                    charge: Some(charge),
                    id: (*id, charge.charge.id.0),
                })
            })
            .collect(),
    }
}

/// Where a text stands among the others: closed vocabularies in their order, no value last.
fn place(dimension: Dimension, text: &str) -> usize {
    if text == dimension.absent() && dimension != Dimension::Severity {
        return usize::MAX;
    }
    let values = dimension.values().unwrap_or_default();
    values.iter().position(|value| *value == text).unwrap_or(0)
}

impl Item<'_> {
    fn standing(&self) -> Standing {
        let decision = self.charge.map(|charge| charge.decision);
        if self.case.identity.is_none() {
            Standing::Unknown
        } else if self.case.duplicate_of.is_some() {
            Standing::Duplicate
        } else if self
            .case
            .charges
            .iter()
            .all(|charge| charge.decision == Decision::Voided)
            || decision == Some(Decision::Voided)
        {
            Standing::Voided
        } else if decision == Some(Decision::Duplicate) {
            Standing::Duplicate
        } else {
            Standing::Counts
        }
    }

    fn person(&self) -> Option<PersonRef> {
        self.case.identity.and_then(|identity| identity.person)
    }

    fn counted(&self, unit: Unit) -> Option<Counted> {
        match unit {
            Unit::Cases | Unit::Charges => Some(Counted::Item(self.id.0, self.id.1)),
            Unit::People => self.person().map(Counted::Person),
        }
    }

    fn phase(&self) -> Option<Phase> {
        match self.charge {
            Some(charge) => Some(charge.phase()),
            None => self.case.phase(),
        }
    }

    fn has_values(&self, filter: &Filter) -> bool {
        filter.values().iter().all(|(dimension, wanted)| {
            self.texts(*dimension)
                .iter()
                .any(|text| wanted.contains(text))
        })
    }

    /// The charge whose offence and ground speak for the item.
    fn gravest(&self) -> Option<&ChargeState> {
        if self.charge.is_some() {
            return self.charge;
        }
        let mut charges: Vec<&ChargeState> = self.case.charges.iter().collect();
        charges.sort_by_key(|charge| {
            let other = !charge.charge.family.is_cannabis();
            (other, charge.charge.severity.number(), charge.charge.id)
        });
        charges.first().copied()
    }

    /// The charge whose tracks speak for the item.
    fn hindmost(&self) -> Option<&ChargeState> {
        if self.charge.is_some() {
            return self.charge;
        }
        let mut pursued: Vec<&ChargeState> = self.case.charges.iter().collect();
        pursued.retain(|charge| charge.pursued());
        pursued.sort_by_key(|charge| (charge.phase(), charge.complete(), charge.charge.id));
        pursued.first().copied().or(self.gravest())
    }

    fn decade(&self) -> Option<String> {
        let cannabis = |charge: &&ChargeState| charge.charge.family.is_cannabis();
        let charges = &self.case.charges;
        let earliest = match self.charge {
            Some(charge) => Some(charge.charge.conviction_year),
            None if charges.iter().any(|charge| cannabis(&charge)) => charges
                .iter()
                .filter(cannabis)
                .map(|charge| charge.charge.conviction_year)
                .min(),
            None => charges.iter().map(|c| c.charge.conviction_year).min(),
        };
        earliest.map(|year| format!("{}0s", year / 10))
    }

    /// The values in a dimension, at least one.
    fn texts(&self, dimension: Dimension) -> Vec<String> {
        let identity = self.case.identity;
        let listed = || self.case.sightings.iter().filter(|s| s.listed);
        let (gravest, hindmost) = (self.gravest(), self.hindmost());
        let one = |text: Option<String>| text.into_iter().collect::<BTreeSet<_>>();
        let texts = match dimension {
            Dimension::Initiative => listed()
                .map(|s| s.cohort.initiative().to_string())
                .collect(),
            Dimension::Cohort => listed().map(|s| s.cohort.to_string()).collect(),
            Dimension::Source => listed().map(|s| s.source.to_string()).collect(),
            Dimension::Flag => self
                .case
                .flags
                .iter()
                .map(|f| f.code().to_owned())
                .collect(),
            Dimension::County => one(identity.map(|i| format!("{:03}", i.county))),
            Dimension::Court => one(identity.map(|i| i.court.to_string())),
            Dimension::Agency => one(identity.map(|i| i.agency.to_string())),
            Dimension::Severity => one(gravest.map(|c| c.charge.severity.to_string())),
            Dimension::Family => one(gravest.map(|c| c.charge.family.to_string())),
            Dimension::Section => one(gravest.map(|c| c.charge.section.to_string())),
            Dimension::ConvictionDecade => one(self.decade()),
            Dimension::Remedy => one(gravest.and_then(|c| Some(c.remedy()?.to_string()))),
            Dimension::Reason => one(gravest.and_then(|c| Some(c.determined?.reason.to_string()))),
            Dimension::Phase => one(self.phase().map(|phase| phase.to_string())),
            Dimension::AnyPhase => one(self.case.any_phase().map(|phase| phase.to_string())),
            Dimension::Exit => one(match self.charge {
                Some(charge) => charge.exit().map(|exit| exit.to_string()),
                None => self.case.exit().map(|exit| exit.to_string()),
            }),
            Dimension::Complete => {
                let complete = match self.charge {
                    Some(charge) => charge.complete(),
                    None => self.case.complete(),
                };
                one(Some(if complete { "YES" } else { "NO" }.to_owned()))
            }
            Dimension::Decision => one(hindmost.map(|c| c.decision.to_string())),
            Dimension::Disposition => one(hindmost.map(|c| c.disposition.to_string())),
            Dimension::Seal => one(hindmost.map(|c| c.seal.to_string())),
            Dimension::Repository => one(hindmost.map(|c| c.repository.to_string())),
            Dimension::Notice => one(hindmost.map(|c| c.notice.to_string())),
        };
        if texts.is_empty() {
            vec![dimension.absent().to_owned()]
        } else {
            texts.into_iter().collect()
        }
    }
}
