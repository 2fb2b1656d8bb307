//! How parts of a message are written.

use core::fmt;

use crate::command::Expected;
use crate::date::Date;
use crate::fact::FactKind;
use crate::vocabulary::RowOutcome;

use super::Rejection;

pub(super) struct Maybe<'a, T>(pub(super) &'a Option<T>);

impl<T: fmt::Display> fmt::Display for Maybe<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("none"),
        }
    }
}

pub(super) struct Revision<'a>(pub(super) &'a Option<u64>);

impl fmt::Display for Revision<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(revision) => write!(f, "revision {revision}"),
            None => f.write_str("no revision"),
        }
    }
}

pub(super) struct End<'a>(pub(super) &'a Option<Date>);

impl fmt::Display for End<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(until) => until.fmt(f),
            None => f.write_str("its revocation"),
        }
    }
}

pub(super) struct Believed<'a>(pub(super) &'a Expected);

impl fmt::Display for Believed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expected::Any => f.write_str("anything"),
            Expected::Exists => f.write_str("an existing stream"),
            Expected::NoStream => f.write_str("no stream"),
            Expected::Revision(revision) => write!(f, "revision {revision}"),
        }
    }
}

pub(super) struct Counter<'a>(pub(super) &'a Option<FactKind>);

impl fmt::Display for Counter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.map_or("the fact it is about", FactKind::as_str))
    }
}

pub(super) struct Outcome<'a>(pub(super) &'a Option<RowOutcome>);

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(outcome) => outcome.fmt(f),
            None => f.write_str("APPLIED"),
        }
    }
}

pub(super) struct List<'a, T>(pub(super) &'a [T]);

impl<T: fmt::Display> fmt::Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, self.0, ", ", |f, item| item.fmt(f))
    }
}

pub(super) struct Debugged<'a, T>(pub(super) &'a [T]);

impl<T: fmt::Debug> fmt::Display for Debugged<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, self.0, ", ", |f, item| item.fmt(f))
    }
}

pub(super) struct Sentences<'a>(pub(super) &'a [Rejection]);

impl fmt::Display for Sentences<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, self.0, "; ", |f, item| item.fmt(f))
    }
}

fn joined<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    between: &str,
    write: fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    if items.is_empty() {
        return f.write_str("none");
    }
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        write(f, item)?;
    }
    Ok(())
}
