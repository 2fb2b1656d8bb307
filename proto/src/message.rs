//! Messages that facts are made of: one line per message gives both directions.

use caseledger_domain::{
    Charge, ChargeState, ControlTotals, Determined, Figure, FigureFilter, Frozen, Manifest, Policy,
    RemainderItem, RuleSet, Sheet,
};

use crate::fact::{FIGURE_FILTERS_MAX, FIGURE_VALUES_MAX, FIGURES_MAX};
use crate::field::{Nested, Wire, from_one, list, texts};
use crate::pb::event::v1 as pb;
use crate::wire_error::Reader;

/// Reads one field, with the check named for it or else the one that its types imply.
macro_rules! take {
    ($r:ident, $wire:ident, $field:ident) => {
        Wire::take(&$wire.$field, stringify!($field), $r)
    };
    ($r:ident, $wire:ident, $field:ident, $check:path) => {
        $check(&$wire.$field, stringify!($field), $r)
    };
}
pub(crate) use take;

/// `Name { field, .. }` for a message and a domain type with the same field names;
/// `field from other` where the domain calls it `other`, `via check` where the types do not say
/// enough. All fields are read before one of them gives up, so that every violation is reported.
macro_rules! messages {
    ($($name:ident { $($field:ident $(from $domain:ident)? $(via $check:path)?),+ $(,)? })+) => {$(
        impl Nested for $name {
            type Pb = pb::$name;

            fn put_message(&self) -> pb::$name {
                let Self { $($($domain:)? $field),+ } = self;
                pb::$name { $($field: Wire::put($field)),+ }
            }

            fn take_message(wire: &pb::$name, r: &mut Reader) -> Option<Self> {
                $(let $field = take!(r, wire, $field $(, $check)?);)+
                $(let $field = $field?;)+
                Some(Self { $($($domain:)? $field),+ })
            }
        }
    )+};
}

messages! {
    Charge {
        id,
        section,
        family,
        severity,
        conviction_year via from_one,
        counts via from_one,
        sentence,
        in_comment_only,
    }
    ChargeState {
        charge,
        decision,
        decided_on from decision_on,
        decision_before,
        determined,
        proposed,
        disposition,
        disposition_on,
        severity_after,
        seal,
        seal_on,
        surfaces,
        extent,
        repository,
        repository_on,
        notice,
        notice_on,
        order,
        seal_order,
        filing,
        supervision,
        referred_to,
        claimed,
        submitted,
        entered_since,
        case_word,
        case_word_on,
    }
    ControlTotals { rows, felonies, misdemeanors, infractions, unknown }
    Determined { determination, remedy, reason, rules, revision }
    Figure {
        label,
        stage,
        unit,
        filters via list::<0, FIGURE_FILTERS_MAX, _>,
        denominator,
        value,
        of,
    }
    FigureFilter { dimension, values via texts::<FIGURE_VALUES_MAX, 64> }
    Frozen { size, root }
    Manifest { rows via from_one, root }
    Policy {
        version via from_one,
        rule_set,
        challenge_deadline_on from challenge_deadline,
        approved_to_filed_days,
        filed_to_decided_days,
        ordered_to_entered_days,
        dismissed_to_sealed_days,
        entered_to_reported_days,
        reported_to_updated_days,
    }
    RemainderItem { reason, cases }
    RuleSet { id, version via from_one }
    Sheet { reference, figures via list::<1, FIGURES_MAX, _>, frozen }
}
