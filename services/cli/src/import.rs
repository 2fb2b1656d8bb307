//! Reading lists of cases: the state's extract and court records.
//!
//! ```text
//! file --first pass--> what is wrong with it, which subjects are bad
//!      --second pass-> rows -> subject -> convictions -> cases -> sink
//!                        \-> row errors -> error file
//! ```
//!
//! A file is read twice, as [`stream`] explains, so that nothing is handed on from a file that is
//! refused as a whole, and nothing of a subject that has a bad row. Every row is accounted for in
//! the [`ImportSummary`]. A dry run is the same with a sink that does nothing.
//!
//! Personal data stays inside [`Private`]; names and birth dates are checked and left out.

use std::path::Path;

use caseledger_domain::{Date, OrgId};

use crate::import::court::Court;
use crate::import::doj::Doj;

pub(crate) mod court;
mod directory;
pub(crate) mod doj;
mod draft;
pub(crate) mod issue;
mod key;
pub(crate) mod plan;
pub(crate) mod section;
mod source;
mod stream;

pub(crate) use directory::Directory;
pub(crate) use issue::{ErrorFile, Problem, RowError};
pub(crate) use plan::{
    ImportSummary, ImportedCase, PersonKey, Private, SkipReason, Skipped, message_id,
};
pub(crate) use source::FileError;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// The 95-column extract of the California Department of Justice.
    Doj,
    /// Our own CSV of court records.
    Court,
}

/// What the file itself does not say. The same file with other options gives other cases, so an
/// import is resumed with the options it was begun with.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The format.
    pub(crate) format: Format,
    /// The prosecuting agency where neither file nor directory names one.
    pub(crate) agency: OrgId,
    /// Only cases of this county (FIPS number within the state); all if none.
    pub(crate) county: Option<u16>,
    /// The day as of which a sentence of an extract counts as served. Without it the extract's
    /// sentences are of unknown status.
    pub(crate) as_of: Option<Date>,
    /// Which court and which prosecutor stand behind the agency codes of an extract.
    pub(crate) directory: Directory,
}

/// Where the results of an import go. An error of a sink ends the import.
pub(crate) struct Sinks<'a, E> {
    /// Takes each case, in a fixed order.
    pub(crate) case: &'a mut dyn FnMut(ImportedCase) -> Result<(), E>,
    /// Takes each row error, in a fixed order.
    pub(crate) error: &'a mut dyn FnMut(RowError) -> Result<(), E>,
    /// Hears how far the import has come, about every 4096 rows and at the end of each pass.
    pub(crate) progress: &'a mut dyn FnMut(Progress),
}

/// Which of the two passes is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Looking for what is wrong; nothing is handed on.
    Check,
    /// Handing cases on.
    Import,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The pass.
    pub(crate) pass: Pass,
    /// Rows read in this pass.
    pub(crate) rows: u64,
    /// Bytes read in this pass.
    pub(crate) bytes: u64,
    /// Size of the file.
    pub(crate) bytes_total: u64,
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError<E> {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// A sink refused. What it took before stays; the import can be repeated in full.
    #[error("{0}")]
    Sink(E),
}

/// Reads a file twice and hands its cases and errors on.
///
/// A file with bad rows is not an error: they come out through [`Sinks::error`], and the summary
/// counts them. [`ImportSummary::refusal`] says whether the file was refused as a whole.
///
/// # Errors
/// [`ImportError::File`] if the file cannot be read to its end, [`ImportError::Sink`] with the
/// first error of a sink.
pub(crate) fn read<E>(
    path: &Path,
    options: &Options,
    sinks: &mut Sinks<'_, E>,
) -> Result<ImportSummary, ImportError<E>> {
    match options.format {
        Format::Doj => stream::run(path, Doj::new(options), sinks),
        Format::Court => stream::run(path, Court::new(options), sinks),
    }
}

#[cfg(test)]
pub(crate) mod tests;
