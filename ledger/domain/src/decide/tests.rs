//! Decision tables and properties.

mod accepts;
mod announcements;
mod batches;
mod corrections;
mod flags;
mod flows;
mod keys;
mod model;
mod moves;
mod properties;
mod refuses;
mod support;
mod wild;
