//! Bounds of what a command may state, in one place.

/// Most charges of a case; also bounds an event, which lists them.
pub const CHARGES_MAX: u16 = 200;

/// How many days a business date may lie ahead of the ledger's own day: clocks and time zones of
/// posters differ, but nobody knows next week (docs/LIFECYCLE.md, clock disagreement).
pub const FUTURE_DAYS: i64 = 3;

/// How many days ahead a hearing may be set: five years.
pub const HEARING_DAYS: i64 = 5 * 366;

/// Earliest year of conviction: California's first.
pub const CONVICTION_YEAR_MIN: u16 = 1850;

/// Most reasons of one determination.
pub const REASONS_MAX: usize = 8;

/// Most counties of an initiative: California has 58.
pub const COUNTIES_MAX: usize = 58;

/// Most kinds of remainder.
pub const REMAINDER_MAX: usize = 32;

/// Most rows explained by one event, so that it stays under the size of an entry.
pub const EXPLAINED_ROWS_MAX: usize = 10_000;

/// Most counties, and most courts, of one grant.
pub const GRANT_PLACES_MAX: usize = 64;

/// Most principals, tokens and signing keys that an organisation has at a time, of each.
pub const CREDENTIALS_MAX: usize = 32;

/// Most acts about one organisation that wait for approval at a time.
pub const PENDING_MAX: usize = 32;
