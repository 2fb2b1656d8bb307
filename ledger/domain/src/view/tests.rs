//! Tests of the views against figures counted by hand and against a recount that knows nothing of
//! rows, facets or tapes.

mod card;
mod history;
mod recount;
mod totals;
mod totals_random;
mod worklists;
