//! Views as folds.
//!
//! A view starts as its [`Default`] and sees every event of the ledger once, in order of
//! positions. It holds nothing that the events do not say, so a view that is lost, doubted or of
//! an older version is thrown away and folded again, and comes out equal (`PartialEq`). A
//! serialized view is a shortcut past that replay and never a source.
//!
//! - [`Totals`]: how many cases, charges and people stand where, now and at any past position,
//!   and which cases those are.
//! - [`Worklists`]: what somebody still has to look at: confirmations without a case, orders not
//!   applied to every row, codes nobody knows.
//! - [`Standing`], [`Open`]: how far a case is at its court, and what is open there; functions of its
//!   state alone.
//! - [`CaseCard`]: one case at a glance; a function of its state alone.

mod card;
mod count;
mod dimension;
mod docket;
mod facet;
mod figure;
mod interner;
mod query;
mod rows;
mod sieve;
mod table;
mod tape;
mod totals;
mod worklists;

pub use card::{CaseCard, ChargeCard, RollUp};
pub use dimension::{Dimension, Unit};
pub use docket::{Open, OpenCharges, Standing};
pub use figure::Tally;
pub use query::{
    AsOf, Axis, CasePage, Excluded, Filter, GROUP_BY_MAX, Group, ListedCase, QueryError,
    TotalsAnswer, TotalsQuery,
};
pub use totals::Totals;
pub use worklists::{CodedField, UnmappedCode, Unmatched, Worklists};

#[cfg(test)]
mod tests;
