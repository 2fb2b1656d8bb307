//! Decision tables and properties.

mod accepts;
mod authority;
mod batches;
mod corrections;
mod flags;
mod flows;
mod keys;
mod model;
mod moves;
mod properties;
mod refuses;
mod standing;
mod support;
mod wild;
