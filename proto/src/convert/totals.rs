//! Questions for totals, and the answers.

use caseledger_chain::Size;
use caseledger_domain::Phase;
use caseledger_domain::view::{AsOf, Dimension, Filter, TotalsAnswer, TotalsQuery, Unit};
use caseledger_domain::vocabulary::Vocabulary as _;

use crate::pb::v1 as pb;
use crate::wire_error::{Reader, Why, WireErrors, read};

/// Most filters of one question.
pub const FILTERS_MAX: usize = 16;

/// Most values of one filter.
pub const FILTER_VALUES_MAX: usize = 100;

/// Longest value of a filter, in bytes.
const VALUE_MAX: usize = 64;

/// Reads a question for totals.
///
/// # Errors
/// [`WireErrors`] with every violation.
pub fn totals_query(wire: &pb::TotalsRequest) -> Result<(TotalsQuery, AsOf), WireErrors> {
    read(|r| {
        let unit = take_unit(wire.unit, r);
        let group_by = r.items("group_by", wire.group_by.iter(), |name, r| {
            take_dimension(name, r)
        });
        let filter = take_filters(&wire.filters, r);
        let as_of = take_as_of(wire.as_of, r);
        let filter = filter?;
        let filter = match wire.phase_at_least {
            0 => filter,
            number => filter.reaching(take_phase(number, r)?),
        };
        let query = r.accept("group_by", TotalsQuery::new(unit?, &group_by?, filter))?;
        Some((query, as_of?))
    })
}

/// Reads the filters of a list of cases.
///
/// # Errors
/// [`WireErrors`] with every violation.
pub fn list_filter(wire: &[pb::Filter]) -> Result<Filter, WireErrors> {
    read(|r| take_filters(wire, r))
}

/// An answer on the wire.
pub fn totals_answer(answer: TotalsAnswer) -> pb::TotalsResponse {
    let dimension = |axis: &caseledger_domain::view::Axis| pb::TotalsDimension {
        name: axis.dimension.name().to_owned(),
        additive: axis.additive,
    };
    let unit = match answer.unit {
        Unit::Cases => pb::Unit::Cases,
        Unit::Charges => pb::Unit::Charges,
        Unit::People => pb::Unit::People,
    };
    pb::TotalsResponse {
        unit: unit.into(),
        group_by: answer.axes.iter().map(dimension).collect(),
        groups: answer
            .groups
            .into_iter()
            .map(|group| pb::TotalsGroup {
                keys: group.key,
                count: group.count,
            })
            .collect(),
        total: answer.total,
        denominator: answer.counted,
        excluded_duplicates: answer.excluded.duplicates,
        excluded_voided: answer.excluded.voided,
        unmatched: answer.unmatched,
        people_unknown_cases: answer.people_unknown_cases,
        complete_to: answer.complete_to,
    }
}

fn take_unit(number: i32, r: &mut Reader) -> Option<Unit> {
    match pb::Unit::try_from(number) {
        Ok(pb::Unit::Cases) => return Some(Unit::Cases),
        Ok(pb::Unit::Charges) => return Some(Unit::Charges),
        Ok(pb::Unit::People) => return Some(Unit::People),
        Ok(pb::Unit::Unspecified) => r.reject("unit", Why::Missing),
        Err(_) => r.reject("unit", Why::UnknownNumber(number)),
    }
    None
}

fn take_dimension(name: &str, r: &mut Reader) -> Option<Dimension> {
    let dimension = Dimension::from_name(name);
    if dimension.is_none() {
        r.reject_here(Why::UnknownDimension);
    }
    dimension
}

fn take_filters(wire: &[pb::Filter], r: &mut Reader) -> Option<Filter> {
    r.count("filters", wire.len(), (0, FILTERS_MAX))?;
    let parts = r.items("filters", wire.iter(), |filter, r| {
        let dimension = r.field("dimension", |r| take_dimension(&filter.dimension, r));
        r.count("values", filter.values.len(), (1, FILTER_VALUES_MAX))?;
        r.items("values", filter.values.iter(), |value, r| {
            let (min, max, found) = (1, VALUE_MAX, value.len());
            if (min..=max).contains(&found) {
                return Some(());
            }
            r.reject_here(Why::Length { min, max, found });
            None
        })?;
        // Each filter is tried alone first, so that a violation names it.
        let alone = Filter::default().with(dimension?, &filter.values);
        r.accept("values", alone)?;
        Some((dimension?, &filter.values))
    })?;
    parts
        .into_iter()
        .try_fold(Filter::default(), |filter, (dimension, values)| {
            r.accept("filters", filter.with(dimension, values))
        })
}

fn take_phase(number: i32, r: &mut Reader) -> Option<Phase> {
    let phase = u8::try_from(number).ok().and_then(Phase::from_number);
    if phase.is_none() {
        r.reject("phase_at_least", Why::UnknownNumber(number));
    }
    phase
}

/// A size is the number of entries; the view asks for the position of the last of them.
fn take_as_of(size: Option<u64>, r: &mut Reader) -> Option<AsOf> {
    let Some(size) = size else {
        return Some(AsOf::Now);
    };
    let last = Size::new(size).last();
    if last.is_none() {
        let (min, max, found) = (1, u64::MAX, 0);
        r.reject("as_of", Why::Range { min, max, found });
    }
    last.map(|last| AsOf::Position(last.get()))
}
