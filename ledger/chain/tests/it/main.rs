//! What the crate promises to the outside: golden bytes, public vectors, agreement with
//! independent implementations, properties, and the examples of `docs/FORMAT.md`.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod cross;
#[cfg(test)]
mod format_doc;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod receipt;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod statement;
#[cfg(test)]
mod worked_vector;
