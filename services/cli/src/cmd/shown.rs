//! Codes of the API as people read them.

use caseledger_chain::StreamKey;
use caseledger_client::pb::event::v1 as event;
use caseledger_client::pb::v1;
use caseledger_domain::{StreamId, StreamKind};

use crate::output::{Cell, hex, json};

/// A stream as `history` takes it; a kind of a later release is shown by its number.
pub(crate) fn stream(stream: StreamKey) -> String {
    let kind = StreamKind::from_number(stream.kind);
    match kind.map(|kind| StreamId::from_parts(kind, stream.id)) {
        Some(Ok(stream)) => stream.to_string(),
        Some(Err(_)) | None => format!("{}/{}", stream.kind, hex(&stream.id)),
    }
}

/// A code of the API.
pub(crate) trait Code: TryFrom<i32> {
    /// Its name without that of the enumeration; nothing for "unspecified".
    fn name(self) -> Option<&'static str>;

    /// A number as a cell: the name if this release knows it.
    fn cell(number: i32) -> Cell {
        if number == 0 {
            return Cell::None;
        }
        Cell::Text(text::<Self>(number))
    }
}

macro_rules! codes {
    ($($module:ident::$code:ident,)+) => {
        $(impl Code for $module::$code {
            fn name(self) -> Option<&'static str> {
                let name = json::without_prefix(self.as_str_name(), stringify!($code));
                (i32::from(self) != 0).then_some(name)
            }
        })+
    };
}

codes! {
    event::Custodian,
    event::Decision,
    event::Denominator,
    event::Disposition,
    event::FactKind,
    event::FilingVehicle,
    event::Flag,
    event::LegalBasis,
    event::Notice,
    event::OrderEffect,
    event::OrderKind,
    event::Phase,
    event::Repository,
    event::ReadPurpose,
    event::Role,
    event::Seal,
    event::Severity,
    event::ShredBasis,
    event::Source,
    event::Unit,
    v1::CohortStatus,
    v1::Exit,
    v1::FilingStatus,
    v1::InitiativeStatus,
    v1::OrderStatus,
    v1::Phase,
    v1::Unit,
}

/// The name, or the number of a code from a later release.
fn text<T: Code>(number: i32) -> String {
    let known = T::try_from(number).ok().and_then(Code::name);
    known.map_or_else(|| number.to_string(), str::to_owned)
}

/// Some codes, separated by spaces.
pub(super) fn codes<T: Code>(numbers: &[i32]) -> String {
    numbers
        .iter()
        .map(|number| text::<T>(*number))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The flags of an event, of which each is a bit.
pub(super) fn flags(bits: u32) -> String {
    let set: Vec<i32> = (1..32).filter(|bit| bits >> bit & 1 == 1).collect();
    codes::<event::Flag>(&set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_like_those_of_the_totals() {
        assert_eq!(
            v1::Phase::cell(v1::Phase::Dismissed.into()),
            Cell::from("DISMISSED")
        );
        assert_eq!(v1::Phase::cell(0), Cell::None);
        assert_eq!(v1::Phase::cell(99), Cell::from("99"));
    }

    #[test]
    fn flags_are_bits() {
        assert_eq!(flags(1 << 3 | 1 << 9), "NO_DETERMINATION NO_ORDER");
        assert_eq!(flags(0), "");
    }
}
