//! Decision tables and properties.

mod accepts;
mod announcements;
mod arrival;
mod authority;
mod batches;
mod corrections;
mod flags;
mod flows;
mod keys;
mod model;
mod moves;
mod private;
mod properties;
mod refuses;
mod standing;
mod support;
mod wild;
